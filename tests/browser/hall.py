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
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from core.config import from_environ
from core.db import db, transaction
from testing_center import queries
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.models.sittings import CandidateCode, Sitting
from testing_center.services.codes import issue_resume_token, lookup_of
from wsgi import create_app

ROOT = Path(__file__).parents[2]
ITEMS, CUT_SCORE, MINUTES, CANDIDATES = 8, 5, 45, 36
READY_WITHIN = 30  # seconds that a busy machine may need to start the server


@dataclass(frozen=True)
class Slip:
    """A code slip, with the name that stands on its envelope."""

    name: str
    code: str
    seat: int


def environment(folder: Path) -> dict[str, str]:
    """What the product finds in its environment."""
    return {**os.environ, "INSTANCE_PATH": str(folder), "DATABASE_URL": ""}


def flask(folder: Path, *arguments: str) -> str:
    """Run a command of the product; what it prints."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment(folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def installed() -> tuple[TemporaryDirectory[str], dict[str, Any]]:
    """A folder with the demonstration's data, and what loading it has said: made once, each hall has its own copy."""
    made = TemporaryDirectory(prefix="hall-", ignore_cleanup_errors=True)
    flask(Path(made.name), "db", "upgrade")
    said = flask(
        Path(made.name), "demo", "load", "--candidates", str(CANDIDATES), "--items", str(ITEMS),
        "--duration-minutes", str(MINUTES), "--format", "json",
    )  # fmt: skip
    return made, json.loads(said)


class Hall:
    """One installation in a folder of its own, served by a real server on a free port of this computer."""

    def __init__(self, folder: Path) -> None:
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = environment(folder) | {"PORT": str(self.port)}
        made, loaded = installed()
        shutil.copytree(made.name, folder, dirs_exist_ok=True)
        self.staff: dict[str, dict[str, Any]] = {account["username"]: account for account in loaded["staff"]}
        self.digests = {form["digest"] for form in loaded["forms"]}
        self._slips = iter([Slip(**candidate) for candidate in loaded["candidates"]])
        self.app: Flask = create_app(from_environ({"INSTANCE_PATH": str(folder)}))

    @contextmanager
    def serving(self) -> Iterator[Hall]:
        """Serve for the length of the block."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve"]
        log = Path(self.environment["INSTANCE_PATH"]) / "server.log"
        with (
            log.open("w") as written,
            subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=written, stderr=written) as server,
        ):
            try:
                self._wait(server, log)
                yield self
            finally:
                server.terminate()
                server.wait(READY_WITHIN)
                with self.app.app_context():
                    db.engine.dispose()

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
