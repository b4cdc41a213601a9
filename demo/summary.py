"""What a played competition leaves behind: protocols and rankings as PDF, ``summary.json`` (contracts: Files)."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from appeals.models import AppealProtocol
from appeals.services import protocols as appeal_protocols
from core.crypto import sha256
from core.db import db, transaction
from ranking.models import Ranking
from ranking.services import decisions
from ranking.services.content import as_content
from ranking.services.state import Standing
from testing_center.models.attempts import Protocol, Result
from testing_center.models.sittings import SittingProtocol
from testing_center.services import printing
from testing_center.services import results as result_services


@dataclass(frozen=True)
class Played:
    """What came of it: where each competition stands, its ranking, who appealed, what was corrected or annulled."""

    contests: Sequence[tuple[Standing, Ranking | None]]
    appeals: Sequence[dict[str, Any]]
    errata: Sequence[dict[str, Any]]
    annulments: Sequence[dict[str, Any]] = ()


def write(played: Played, seed: int, output: Path, *, now: datetime) -> Path:
    """Write the files and return the path of ``summary.json``. Codes are public numbers."""
    found: dict[str, Any] = {
        "seed": seed, "competitions": [_competition(standing) for standing, _ranking in played.contests],
        "appeals": list(played.appeals), "errata": list(played.errata),
        "annulments": list(played.annulments), "protocols": _protocols(output, now=now),
    }  # fmt: skip
    _papers(played, output, now=now)
    path = output / "summary.json"
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    return path


def _competition(standing: Standing) -> dict[str, Any]:
    content = as_content(standing)
    kept = ("items", "cut_score", "maximum", "status", "ground", "winner", "reserve", "barred")
    return {
        "id": content["competition"]["number"], **{name: content[name] for name in kept},
        "ranking": [row | {"tie_breaks": [n or 0 for n in row["tie_breaks"]]} for row in content["ranking"]],
        "tie_breaks": [
            {name: one[name] for name in ("round", "place", "items", "candidates")} for one in content["tie_breaks"]
        ],
    }  # fmt: skip


def _protocols(output: Path, *, now: datetime) -> list[dict[str, Any]]:
    """Every version of every protocol."""
    protocols = db.session.scalars(
        select(Protocol).options(joinedload(Protocol.result).joinedload(Result.attempt))
        .order_by(Protocol.number, Protocol.version)
    ).all()  # fmt: skip
    rows = []
    with click.progressbar(protocols, label="Protocols", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        for protocol in bar:
            with transaction():
                pdf = result_services.protocol_pdf(protocol, now=now)
            name = f"{protocol.number.replace('/', '-')}-v{protocol.version}.pdf"
            (output / name).write_bytes(pdf)
            rows.append(
                {
                    "code": protocol.result.attempt.number, "file": name, "sha256": sha256(pdf).hex(),
                    "version": protocol.version, "outcome": str(protocol.result.outcome),
                }
            )  # fmt: skip
    return rows


def _papers(played: Played, output: Path, *, now: datetime) -> None:
    for paper in db.session.scalars(select(SittingProtocol)).all():
        name = f"{paper.sitting.number}-summary{'' if paper.version == 1 else f'-v{paper.version}'}.pdf"
        with transaction():
            (output / name).write_bytes(printing.summary_pdf(paper, now=now))
    for protocol in db.session.scalars(select(AppealProtocol)).all():
        with transaction():
            pdf = appeal_protocols.protocol_pdf(protocol, now=now)
        (output / f"{protocol.number.replace('/', '-')}.pdf").write_bytes(pdf)
    for standing, ranking in played.contests:
        if ranking is not None:
            with transaction():
                pdf = decisions.ranking_pdf(ranking, now=now)
            (output / f"{standing.competition.number}-ranking.pdf").write_bytes(pdf)
