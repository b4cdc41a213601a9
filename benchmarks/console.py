"""The proctor's console: processor time of a refresh with 200, 500 and 1,000 candidates at work in one sitting."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import click
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from benchmarks.installations import installation
from core.db import db, transaction
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.services import contacts
from tests.crowd import at_work
from tests.factories import Make
from tests.web.reading import proctor_of
from tests.web.signing_in import sign_in

Figure = dict[str, Any]
PEOPLE, ITEMS, ROUNDS = (200, 500, 1000), 60, 15
CHANGED = 50  # every so-manieth candidate saves an answer between two refreshes: a sitting of an hour saves less
EVERY = timedelta(seconds=2)


def figures(only: str | None = None) -> dict[str, Figure]:
    """Everything of this module; it belongs to SQLite."""
    if only not in (None, "sqlite"):
        return {}
    found = {}
    with click.progressbar(PEOPLE, label="Console") as sizes:
        for people in sizes:
            with TemporaryDirectory(prefix="bench-") as folder:
                found[f"console_refresh_{people}"] = refresh(Path(folder), people)
    return found


def refresh(folder: Path, people: int) -> Figure:
    """The whole request for what has changed: session, rows, comparison, HTML; the first one counts all answers."""
    with installation(folder, f"sqlite:///{folder}/db.sqlite3") as (make, clock):
        sitting = at_work(make, people, items=ITEMS, seed=people)
        sitting_id, client, random = sitting.id, make.app.test_client(), Random(people)
        attempts = list(db.session.scalars(select(Attempt.id).where(Attempt.sitting_id == sitting_id)))
        sign_in(client, proctor_of(sitting))
        path = f"/staff/sittings/{sitting_id}/room/live"
        first, version = _look(client, path, "")
        took, rows = [], 0
        for number in range(ROUNDS + 1):
            clock.advance(EVERY)
            _save(make, random.sample(attempts, people // CHANGED), number)
            for attempt_id in attempts:  # everybody's page calls, which is no change; the first time it is one
                contacts.calls().hear(attempt_id, now=clock())
            spent, told = _look(client, path, version["version"])
            rows, version = rows + len(told["rows"]), told
            took += [spent] if number else []
        assert rows == ROUNDS * (people // CHANGED) + people, "somebody else's seat changed"
    return {
        "ours": round(median(took), 1), "ours_min": round(min(took), 1), "ours_max": round(max(took), 1),
        "first": round(first, 1), "unit": "ms of processor time/refresh",
    }  # fmt: skip


def _look(client: FlaskClient, path: str, since: str) -> tuple[float, dict[str, Any]]:
    before = process_time()
    answer = client.get(path, query_string={"since": since}, headers={"Accept": "application/json"})
    spent = (process_time() - before) * 1000
    assert answer.status_code == 200, answer.status
    told: dict[str, Any] = answer.get_json()
    return spent, told


def _save(make: Make, attempts: list[Any], number: int) -> None:
    now = make.clock()
    with transaction():
        db.session.execute(
            insert(ResponseEvent),
            [
                {"attempt_id": one, "place": 1 + number % ITEMS, "epoch": 9, "revision": 1 + number, "response": ["x"],
                 "flagged": False, "language": "ky", "saved_at": now, "is_late": False}
                for one in attempts
            ],
        )  # fmt: skip


if __name__ == "__main__":
    for name, figure in figures().items():
        print(name, figure)
