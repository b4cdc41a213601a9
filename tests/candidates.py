"""Candidates for tests: one at the desk who calls the services, one in a browser who speaks the delivery API."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.clock import ManualClock
from core.db import db, transaction
from question_bank.rules import ItemKind
from testing_center import queries
from testing_center.models.attempts import Attempt, Result
from testing_center.services import delivery, entry, saving
from testing_center.services.saving import Receipt
from testing_center.sheets import get_sheet

DESK = "192.168.10.7"


@lru_cache(maxsize=64)
def _keys(form_id: UUID) -> dict[int, tuple[str, ...]]:
    return {item.position: item.key for item in queries.sealed_key(form_id)}


class Candidate:
    """A candidate whose computer calls the services, each call in a transaction of its own as a view has it."""

    def __init__(self, clock: ManualClock, code: str, *, address: str = DESK) -> None:
        self.clock, self.code, self.address = clock, code, address
        self.attempt_id: UUID = UUID(int=0)
        self.epoch = 0

    @property
    def told(self) -> tuple[str, str, UUID, int]:
        """All that the computer knows: :meth:`again` goes on with it."""
        return self.code, self.address, self.attempt_id, self.epoch

    @classmethod
    def again(cls, clock: ManualClock, code: str, address: str, attempt_id: UUID, epoch: int) -> Candidate:
        """The candidate as :attr:`told`."""
        found = cls(clock, code, address=address)
        found.attempt_id, found.epoch = attempt_id, epoch
        return found

    def enter(self, resume: str = "", *, address: str | None = None) -> Candidate:
        """Come through the door."""
        attempt = entry.enter(self.code, resume, address or self.address, now=self.clock())
        self.attempt_id, self.epoch = attempt.id, attempt.epoch
        return self

    def start(self, language: str = "") -> Candidate:
        """Start the clock."""
        with transaction():
            delivery.start(self.attempt_id, self.epoch, language, now=self.clock())
        return self

    def save(
        self, position: int, response: Sequence[str], revision: int = 1, *, flagged: bool | None = None
    ) -> Receipt:
        """Save an answer."""
        return saving.save(
            self.attempt_id, self.epoch, position, response, revision=revision, flagged=flagged, now=self.clock()
        )

    def answer(self, *positions: int, right: bool = True, revision: int = 1) -> None:
        """Answer questions rightly or wrongly, whatever their key: not every bank is that of the factories."""
        form_id = self.attempt.form_id
        for position in positions:
            place = delivery.place_of(self.attempt_id, position)
            key, item = _keys(form_id)[place], get_sheet(form_id).items[place]
            if right:  # beside a number stands its tolerance
                response = key[:1] if item.kind.name == ItemKind.NUMERIC else key
            else:
                response = (next(option.id for option in item.options if option.id not in key),)
            self.save(position, response, revision)

    def option(self, position: int, index: int = 0) -> str:
        """Id of an option of the question at ``position``; index 0 is the right one."""
        place = delivery.place_of(self.attempt_id, position)
        return get_sheet(self.attempt.form_id).items[place].options[index].id

    def submit(self) -> Result:
        """End the test."""
        with transaction():
            return delivery.submit(self.attempt_id, self.epoch, now=self.clock())

    @property
    def attempt(self) -> Attempt:
        """The attempt as the database has it now."""
        db.session.rollback()
        return db.session.get_one(Attempt, self.attempt_id, populate_existing=True)

    @property
    def result(self) -> Result:
        """The result in force."""
        found = queries.latest_result(self.attempt_id)
        assert found is not None
        return found


class Browser:
    """A browser that speaks the delivery API as the exam page's script does."""

    def __init__(self, app: Flask, *, address: str = DESK) -> None:
        self.client: FlaskClient = app.test_client()
        self.client.environ_base["REMOTE_ADDR"] = address
        self.token = ""

    def call(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None
    ) -> TestResponse:
        """One call; keeps the token that the answer brings."""
        given = {"X-CSRF-Token": self.token} if self.token else {}
        answer = self.client.open(f"/api/v1{path}", method=method, json=body, headers=given | (headers or {}))
        if answer.is_json and isinstance(answer.json, dict):
            self.token = answer.json.get("csrf_token", self.token)
        return answer

    def enter(self, code: str, resume: str | None = None) -> TestResponse:
        """``POST /entry``."""
        return self.call("POST", "/entry", {"code": code} | ({"resume": resume} if resume is not None else {}))

    def start(self) -> TestResponse:
        """``POST /attempt``."""
        return self.call("POST", "/attempt")

    def show(self) -> TestResponse:
        """``GET /attempt``."""
        return self.call("GET", "/attempt")

    def save(self, position: int, response: object, revision: object = 1, **more: object) -> TestResponse:
        """``PUT /attempt/responses/{position}``."""
        return self.call("PUT", f"/attempt/responses/{position}", {"response": response, "revision": revision} | more)

    def submit(self) -> TestResponse:
        """``POST /attempt/submit``."""
        return self.call("POST", "/attempt/submit")

    def result(self) -> TestResponse:
        """``GET /attempt/result``."""
        return self.call("GET", "/attempt/result")


def at_once(app: Flask, *acts: Callable[[], Any]) -> list[Any]:
    """Let several people act at the same moment, each in a thread; returns what each got, or the exception."""
    barrier, got = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        with app.app_context():
            try:
                barrier.wait(timeout=20)
                got[index] = act()
            except Exception as error:
                got[index] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    db.session.rollback()  # what was read before is out of date
    return got


class Meanwhile:
    """Somebody whose act begins while ours is not committed, and waits for it or goes its own way.

    Leave the block inside the transaction only when the other has begun; on PostgreSQL, when it waits for our lock.
    """

    def __init__(self, app: Flask, act: Callable[[], Any]) -> None:
        self.app, self.act, self.got = app, act, None
        self._began = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with self.app.app_context():
            try:
                self._began.set()
                self.got = self.act()
            except Exception as error:
                self.got = error
            finally:
                db.session.remove()

    def begin(self) -> None:
        """Begin, and come to the point where the other transaction is in the way."""
        self._thread.start()
        self._began.wait(timeout=10)
        if db.engine.dialect.name == "postgresql":
            waiting = db.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            with db.engine.connect() as connection:
                while self._thread.is_alive() and not connection.execute(waiting).scalar():
                    connection.rollback()
                    self._thread.join(timeout=0.01)
        else:
            self._thread.join(timeout=0.2)  # SQLite does not say who waits: long enough to come to the lock

    def end(self) -> Any:
        """What the other one got in the end."""
        self._thread.join(timeout=30)
        db.session.rollback()
        return self.got
