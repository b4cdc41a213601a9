"""What a played day leaves behind: every protocol as PDF, the sitting's summary protocol, ``summary.json``."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competitions.models import Bar, Competition
from core.crypto import sha256
from core.db import db, transaction
from testing_center.models.attempts import Attempt, Protocol, Result
from testing_center.models.sittings import Participant, Sitting, SittingProtocol
from testing_center.rules.scoring import Outcome
from testing_center.services import printing, results
from testing_center.services.links import participant_of


def write(sitting: Sitting, seed: int, output: Path, *, now: datetime) -> Path:
    """Write the files and return the path of ``summary.json`` (contracts: Files). Codes are public numbers.

    Ranking, ties and appeals are decided elsewhere and stand here as not decided: ``status`` null.
    """
    protocols = list(
        db.session.scalars(
            select(Protocol).join(Protocol.result).join(Result.attempt).where(Attempt.sitting_id == sitting.id)
            .options(joinedload(Protocol.result).joinedload(Result.attempt)).order_by(Protocol.number)
        )
    )  # fmt: skip
    rows = []
    with click.progressbar(protocols, label="Protocols", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        for protocol in bar:
            with transaction():
                pdf = results.protocol_pdf(protocol, now=now)
            name = f"{protocol.number.replace('/', '-')}-v{protocol.version}.pdf"
            (output / name).write_bytes(pdf)
            rows.append(
                {
                    "code": protocol.result.attempt.number, "file": name, "sha256": sha256(pdf).hex(),
                    "version": protocol.version, "outcome": str(protocol.result.outcome),
                }
            )  # fmt: skip
    paper = db.session.execute(select(SittingProtocol).where(SittingProtocol.sitting_id == sitting.id)).scalar_one()
    with transaction():
        (output / f"{sitting.number}-summary.pdf").write_bytes(printing.summary_pdf(paper, now=now))
    found: dict[str, Any] = {
        "seed": seed, "competitions": _competitions(sitting, protocols), "appeals": [], "errata": [], "protocols": rows,
    }  # fmt: skip
    path = output / "summary.json"
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    return path


def _competitions(sitting: Sitting, protocols: list[Protocol]) -> list[dict[str, Any]]:
    behind = {protocol.id: participant_of(protocol.result.attempt) for protocol in protocols}
    returns = {bar.person_id: bar.returns_on for bar in db.session.scalars(select(Bar))}
    contests = db.session.scalars(
        select(Competition).join(Participant, Participant.competition_id == Competition.id)
        .where(Participant.sitting_id == sitting.id).distinct().order_by(Competition.number)
    )  # fmt: skip
    spec = sitting.specification
    return [
        {
            "id": contest.number, "items": spec.items, "cut_score": spec.cut_score, "maximum": spec.items,
            "status": None, "ground": None, "ranking": [], "tie_breaks": [], "winner": None, "reserve": [],
            "results": [
                {"code": protocol.result.attempt.number, "main": protocol.result.score}
                for protocol in protocols
                if behind[protocol.id].competition_id == contest.id
            ],
            "barred": [
                {"code": protocol.result.attempt.number, "until": returns[behind[protocol.id].person_id].isoformat()}
                for protocol in protocols
                if behind[protocol.id].competition_id == contest.id and protocol.result.outcome == Outcome.DOES_NOT_MEET
            ],
        }
        for contest in contests
    ]  # fmt: skip
