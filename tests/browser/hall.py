"""A real server with a sitting ready to enter, and what only the people behind it can do."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any
from uuid import UUID

from flask import Flask
from flask_migrate import upgrade
from openpyxl import load_workbook
from sqlalchemy import delete, select

from core import audit
from core.config import from_environ
from core.db import db, transaction
from testing_center import hall_queries, queries
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.models.hall import Contact, Extension
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.rules.acts import ActKind
from testing_center.rules.codes import LOCK_CODE_AFTER, InvalidCode
from testing_center.rules.sittings import IncidentCategory, Presence
from testing_center.services import acts, entry
from testing_center.services.codes import issue_resume_token, lookup_of
from wsgi import create_app

ROOT = Path(__file__).parents[2]
ITEMS, CUT_SCORE, MINUTES, CANDIDATES = 8, 5, 45, 96
READY_WITHIN = 90  # seconds that a busy machine may need to start the server


@dataclass(frozen=True)
class Slip:
    """A code slip, with the name that stands on its envelope."""

    name: str
    code: str
    seat: int


def environment(folder: Path) -> dict[str, str]:
    """What the product finds in its environment."""
    return {**os.environ, "INSTANCE_PATH": str(folder), "DATABASE_URL": ""}


def opened(folder: Path) -> Flask:
    """The application whose data lie in a folder."""
    return create_app(from_environ({"INSTANCE_PATH": str(folder)}))


def demonstration(app: Flask, candidates: int) -> dict[str, Any]:
    """Load one more sitting of the demonstration, with all that is missing for it; what loading it has said."""
    said = app.test_cli_runner().invoke(
        args=[
            "demo", "load", "--candidates", str(candidates), "--items", str(ITEMS), "--duration-minutes", str(MINUTES),
            "--format", "json",
        ]
    )  # fmt: skip
    assert said.exit_code == 0, said.output
    found: dict[str, Any] = json.loads(said.stdout)
    return found


@cache
def installed() -> tuple[TemporaryDirectory[str], dict[str, Any]]:
    """A folder with the demonstration's data, and what loading it has said: made once, each hall has its own copy."""
    made = TemporaryDirectory(prefix="hall-", ignore_cleanup_errors=True)
    app = opened(Path(made.name))
    with app.app_context():
        upgrade()
    loaded = demonstration(app, CANDIDATES)
    with app.app_context():
        db.engine.dispose()  # nothing of it stays beside the file
    return made, loaded


class Hall:
    """One installation in a folder of its own, served by a real server on a free port of this computer.

    Its sitting is that of the demonstration, or, with another number of ``candidates``, one more beside it.
    """

    def __init__(self, folder: Path, candidates: int = CANDIDATES) -> None:
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = environment(folder) | {"PORT": str(self.port)}
        made, loaded = installed()
        shutil.copytree(made.name, folder, dirs_exist_ok=True)
        self.app = opened(folder)
        if candidates != CANDIDATES:
            loaded = demonstration(self.app, candidates)
        self.sitting: str = loaded["sitting"]
        self.staff: dict[str, dict[str, Any]] = {account["username"]: account for account in loaded["staff"]}
        self.codes = dict.fromkeys(self.staff, datetime.min.replace(tzinfo=UTC))  # when each gave a code last
        self.digests = {form["digest"] for form in loaded["forms"]}
        self._slips = iter([Slip(**candidate) for candidate in loaded["candidates"]])

    @contextmanager
    def serving(self) -> Iterator[Hall]:
        """Serve for the length of the block."""
        self._begin()
        try:
            yield self
        finally:
            self._server.terminate()
            self._server.wait(READY_WITHIN)
            with self.app.app_context():
                db.engine.dispose()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Without power for the length of the block."""
        os.killpg(self._server.pid, SIGKILL)  # with its workers
        self._server.wait(READY_WITHIN)
        try:
            yield
        finally:
            self._begin()

    def _begin(self) -> None:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve"]
        log = Path(self.environment["INSTANCE_PATH"]) / "server.log"
        with log.open("a") as written:
            self._server = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=written, stderr=written,
                start_new_session=True,
            )  # fmt: skip
        try:
            self._wait(self._server, log)
        except AssertionError:
            with suppress(ProcessLookupError):
                os.killpg(self._server.pid, SIGKILL)
            raise

    def _wait(self, server: subprocess.Popen[bytes], log: Path) -> None:
        until = datetime.now(UTC) + timedelta(seconds=READY_WITHIN)
        while datetime.now(UTC) < until:
            try:
                urllib.request.urlopen(f"{self.address}/readyz", timeout=5).close()
            except OSError:
                assert server.poll() is None, log.read_text()
                Event().wait(0.1)
            else:
                return
        raise AssertionError(f"the server was not ready within {READY_WITHIN} s:\n{log.read_text()}")

    def slip(self) -> Slip:
        """A slip that nobody has used."""
        return next(self._slips)

    def seconds_left(self, slip: Slip, seconds: int) -> None:
        """Move the start of this person's test back, so that so many seconds are left of it (none, when negative)."""
        with self.app.app_context(), transaction():
            attempt = _attempt(slip)
            assert attempt.started_at and attempt.deadline_at
            back = attempt.deadline_at - (datetime.now(UTC) + timedelta(seconds=seconds))
            attempt.started_at -= back
            attempt.deadline_at -= back

    def resume_token(self, slip: Slip) -> str:
        """The proctor's leave to go on at another workstation."""
        with self.app.app_context(), transaction():
            attempt = _attempt(slip)
            sitting = db.session.get_one(Sitting, attempt.sitting_id)
            return issue_resume_token(
                attempt, reason="the computer broke", by=sitting.proctors[0], now=datetime.now(UTC)
            )

    def saved_responses(self, slip: Slip) -> list[tuple[int, list[str]]]:
        """Revision and response of every save on disk, in the order in which they came."""
        with self.app.app_context():
            rows = db.session.scalars(
                select(ResponseEvent).where(ResponseEvent.attempt_id == _attempt(slip).id).order_by(ResponseEvent.id)
            )
            return [(row.revision, row.response) for row in rows]

    def saved_events(self, slip: Slip) -> list[tuple[int, int, bool]]:
        """Place in the form, revision and whether late, of every save on disk in the order in which they came."""
        with self.app.app_context():
            rows = db.session.scalars(
                select(ResponseEvent).where(ResponseEvent.attempt_id == _attempt(slip).id).order_by(ResponseEvent.id)
            )
            return [(row.place, row.revision, row.is_late) for row in rows]

    def answers(self, slip: Slip) -> dict[int, tuple[int, list[str]]]:
        """Revision and response in force of each answered question, by its number on the screen."""
        with self.app.app_context():
            attempt = _attempt(slip)
            saved = queries.saved_answers(attempt.id)
            return {
                position: (saved[place].revision, list(saved[place].response))
                for position, place, _options, _targets in attempt.shown()
                if place in saved
            }

    def last_saved_at(self, slip: Slip) -> str:
        """When the last answer was saved, as a clock in the hall shows it."""
        with self.app.app_context():
            attempt = _attempt(slip)
            saved = queries.saved_answers(attempt.id).values()
            moment = max(one.saved_at for one in saved if one.saved_at)
            return f"{moment.astimezone(attempt.sitting.zone):%H:%M:%S}"

    def forget_contact(self, slip: Slip) -> None:
        """As if the page had never called: the clock closes its test."""
        with self.app.app_context(), transaction():
            db.session.execute(delete(Contact).where(Contact.attempt_id == _attempt(slip).id))

    def forget_contacts(self) -> None:
        """As if nobody's page had ever called: a seat that another test has left is not lost in the midst of this."""
        with self.app.app_context(), transaction():
            db.session.execute(delete(Contact))

    def act(self, kind: ActKind, slip: Slip, minutes: int = 0) -> None:
        """What the proctor does to this person's test."""
        with self.app.app_context(), transaction():
            sitting = db.session.get_one(Sitting, UUID(self.sitting))
            asked = acts.Asked(kind, IncidentCategory.TECHNICAL, "the cable", minutes=minutes)
            acts.ask(sitting, asked, [_attempt(slip).id], by=sitting.proctors[0], now=datetime.now(UTC))

    def last_heard(self, slip: Slip, ago: timedelta) -> None:
        """As if this person's page had called so long ago, and never since."""
        self.forget_contact(slip)
        with self.app.app_context(), transaction():
            db.session.add(Contact(attempt_id=_attempt(slip).id, heard_at=datetime.now(UTC) - ago))

    def lock(self, slip: Slip) -> None:
        """As if somebody had tried this person's used code too often."""
        for number in range(LOCK_CODE_AFTER):
            with self.app.app_context(), suppress(InvalidCode):
                entry.enter(slip.code, "12345678", f"10.9.{number}.1", now=datetime.now(UTC))

    def expected(self, slip: Slip) -> None:
        """As before the doors open: nobody has seen this person yet."""
        with self.app.app_context(), transaction():
            own = Participant.sitting_id == UUID(self.sitting), Participant.seat == slip.seat
            person = db.session.scalars(select(Participant).where(*own)).one()
            person.presence, person.presence_at, person.presence_by_id = Presence.EXPECTED, None, None

    def times(self, slip: Slip) -> tuple[timedelta, list[Extension]]:
        """How long this person's test lasts at most, from its start, and what it was given."""
        with self.app.app_context():
            attempt = _attempt(slip)
            assert attempt.started_at and attempt.deadline_at
            rows = hall_queries.extensions_of([attempt.id]).get(attempt.id, [])
            return attempt.deadline_at - attempt.started_at, rows

    def silences(self, slip: Slip) -> list[tuple[datetime, datetime]]:
        """When the server heard nothing of this person's page, from the start of the test on."""
        with self.app.app_context():
            attempt = _attempt(slip)
            ever = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
            found = hall_queries.silences_of([attempt.id], ever).get(attempt.id, [])
            return [(max(began, attempt.started_at or began), ended) for began, ended in found]

    def ended_by(self, slip: Slip) -> str:
        """Who ended this person's test."""
        with self.app.app_context():
            return str(_attempt(slip).end_kind)

    def faults(self) -> list[str]:
        """What the trail finds altered."""
        with self.app.app_context():
            return [fault.what for fault in audit.verify()]

    def connection_gaps(self, slip: Slip) -> list[float]:
        """How long the workstation could not reach the server, each time, in seconds."""
        with self.app.app_context():
            return [(until - since).total_seconds() for since, until in queries.connection_gaps(_attempt(slip))]


def _attempt(slip: Slip) -> Attempt:
    return db.session.scalars(
        select(Attempt).join(CandidateCode, Attempt.code_id == CandidateCode.id)
        .where(CandidateCode.lookup == lookup_of(slip.code))
    ).one()  # fmt: skip


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def answers_in_the_bank() -> dict[str, str]:
    """Text of the right option for each stem, in both languages, as the demonstration's own file has it."""
    sheet = load_workbook(ROOT / "demo" / "bank.xlsx", read_only=True)["items"]
    head, *rows = sheet.iter_rows(values_only=True)
    found = {}
    for row in rows:
        item = {str(name): value for name, value in zip(head, row, strict=True)}
        for language in ("ky", "ru"):
            right = item[f"option_{str(item['correct']).lower()}_{language}"]
            found[str(item[f"stem_{language}"])] = str(right)
    return found
