"""Results and rankings as JSON lines for an independent recount (``tools/rescore.py``)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from competitions.models import Competition
from core import audit
from core.crypto import sha256
from core.db import db
from ranking import queries
from ranking.services.state import standing
from testing_center.models.attempts import Attempt
from testing_center.services import export


def competitions(*, now: datetime) -> Iterator[dict[str, Any]]:
    """Each competition that somebody was tested for: rounds, acts, and what the application says follows from them.

    Codes are public numbers of main attempts. Every tie-break is there with how far it is, whether it counts or not:
    that is for the reader to find out; ``attempt`` is the one of the tie-break, null for who did not sit it, and
    ``absence`` why, as far as that is known. ``acts`` are those that decide who is offered the contract, in their
    order. ``awaited`` is what still keeps places open: where it names a test or an appeal, there is no ranking.
    """
    tested = select(Attempt.competition_id)
    for competition in db.session.scalars(
        select(Competition).where(Competition.id.in_(tested)).order_by(Competition.number)
    ):
        found, rounds = standing(competition, now=now), queries.tie_breaks(competition)
        states = {one.round: one.state for one in found.tie_breaks}
        yield {
            "competition": competition.number, "status": str(found.status), "winner": found.winner,
            "reserve": list(found.reserve), "awaited": [str(one.kind) for one in found.awaited],
            "acts": [
                {"kind": str(act.kind), "code": act.attempt.number if act.attempt else None} for act in found.acts
            ],
            "tie_breaks": [
                {
                    "round": one.round, "state": str(states[one.round]),
                    "entrants": [
                        {
                            "code": place.attempt.number, "attempt": place.held.number if place.held else None,
                            "absence": str(place.absence) if place.absence else None,
                        }
                        for place in sorted(one.places, key=lambda place: place.attempt.number)
                    ],
                }
                for one in rounds
            ],
            "ranking": [{"code": row.code, "total": row.total, "place": row.place} for row in found.rows] or None,
        }  # fmt: skip


def write(folder: Path, *, by: audit.Actor, now: datetime, progress: Callable[[str], None] | None = None) -> int:
    """Write the four files into a new folder, readable by nobody else; returns how many attempts there are.

    Raises:
        FileExistsError: a file is there already.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files: dict[str, Iterable[dict[str, Any]]] = {
        "forms": export.forms(), "errata": export.errata(), "attempts": export.attempts(),
        "competitions": competitions(now=now),
    }  # fmt: skip
    counts, digests = {}, {}
    for name, rows in files.items():
        counts[name], digests[name] = _write(folder / f"{name}.jsonl", rows)
        if progress:
            progress(name)
    audit.record("results.exported", f"folder:{folder.name}", by=by, at=now, counts=counts, digests=digests)
    return counts["attempts"]


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> tuple[int, bytes]:
    count = 0
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        for row in rows:
            count += 1
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    return count, sha256(path.read_bytes())
