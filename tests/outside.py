"""The system from outside: browsers that send forms with their tokens or speak the API, and what a call has written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import Engine, event, select
from werkzeug.exceptions import MethodNotAllowed, NotFound

from accounts.models import User
from accounts.rules import PERMISSIONS, Permission, Role
from core.clock import ManualClock
from core.db import db
from testing_center.models.attempts import Attempt
from testing_center.rules.delivery import AttemptStatus
from testing_center.services import delivery
from testing_center.sheets import get_sheet
from tests.web.signing_in import proof, sign_in

#: What any call may leave, a refused one too: its record, the session in use, a one-time code that is used up, the
#: count of wrong codes.
TRACES = frozenset({"audit_entry", "audit_head", "audit_checkpoint", "staff_session", "throttle_counter", "user"})
#: What any call of a candidate may leave whose time is over: the end at the deadline, the answer that came too late.
AT_THE_END = frozenset({"attempt", "response_event", "result", "protocol", "bar"})
ACCOUNT = "/staff/account"
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)')
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Written:
    """Tables in which a row was added, changed or removed, and that was committed, since it was last asked."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.tables = engine, set[str]()
        self.is_changed = True  # whether anything but traces was written since somebody last set it to False
        self.again: Callable[[], Answer] | None = None  # the last form or call once more, byte by byte
        self._ears: list[tuple[str, Callable[..., None]]] = [
            ("after_cursor_execute", self._executed), ("commit", self._committed), ("rollback", self._rolled_back),
        ]  # fmt: skip
        for name, ear in self._ears:
            event.listen(engine, name, ear)

    def _executed(self, connection: Any, cursor: Any, statement: str, *_more: Any) -> None:
        found = _WRITES.match(statement)
        if found and (cursor.rowcount or statement.lstrip().startswith("INSERT")):
            connection.info.setdefault("written", set()).add(found[1])

    def _committed(self, connection: Any) -> None:
        written = connection.info.pop("written", set())
        self.tables |= written
        self.is_changed = self.is_changed or not written <= TRACES

    def _rolled_back(self, connection: Any) -> None:
        connection.info.pop("written", None)

    def take(self) -> frozenset[str]:
        """The tables; from now on it is empty again."""
        found, self.tables = frozenset(self.tables), set()
        return found

    def stop(self) -> None:
        """Listen no more."""
        for name, ear in self._ears:
            event.remove(self.engine, name, ear)


@dataclass(frozen=True)
class Answer:
    """What came back; ``may_leave`` are the tables that even a refused call of this browser may have written to."""

    method: str
    path: str
    status: int
    body: bytes
    location: str
    wrote: frozenset[str]
    may_leave: frozenset[str] = TRACES

    @property
    def is_done(self) -> bool:
        """Whether the call has changed anything."""
        return self.status < 400 and not self.wrote <= TRACES

    @property
    def sent_away(self) -> bool:
        """Whether the door was shown: the sign-in page, or the page for the code."""
        return self.status == 303 and (self.location.startswith("/staff/sign-in") or self.location == "/exam/")


Judge = Callable[["Browser", Answer], None]


class Browser:
    """Somebody's browser. ``judge`` sees every answer."""

    def __init__(self, app: Flask, clock: ManualClock, written: Written, judge: Judge) -> None:
        self.app, self.clock, self.written, self.judge = app, clock, written, judge
        self.client = app.test_client()
        self.client.set_cookie("language", "en")
        self.token = ""

    def call(self, method: str, path: str, **more: Any) -> Answer:
        """One request; keeps the token that a form on the page would send."""
        may_leave = self.may_leave()
        self.written.take()
        got = self.client.open(path, method=method, **more)
        answer = Answer(method, path, got.status_code, got.data, got.location or "", self.written.take(), may_leave)
        if got.mimetype == "text/html" and (found := _TOKEN.search(got.get_data(as_text=True))):
            self.token = found[1]
        if method != "GET":
            self.written.again = lambda: self.call(method, path, **more)
        self.judge(self, answer)
        return answer

    def may_leave(self) -> frozenset[str]:
        """Tables that a refused call may have written to."""
        return TRACES

    def may(self, _permission: Permission) -> bool:
        """Whether this browser's owner holds a permission."""
        return False

    def ready(self, page: str) -> None:
        """Open the page on which the form stands, unless there is a token from an earlier one."""
        if not self.token:
            self.call("GET", page)

    def send(self, path: str, data: dict[str, Any] | None = None, *, page: str = "/exam/") -> Answer:
        """Send a form that stands on ``page``; without a page read lately, from there, else with an older token."""
        self.ready(page)
        return self.call("POST", path, data={**(data or {}), "csrf_token": self.token})


class Staff(Browser):
    """Somebody of the staff, who signs in again when five minutes are over, unless ``asleep``."""

    def __init__(self, user: User, role: Role, *browser: Any) -> None:
        super().__init__(*browser)
        self.user_id, self.name, self.role = user.id, user.full_name, role
        self.since: datetime | None = None
        self.asleep = False

    @property
    def user(self) -> User:
        """The person as the database has them."""
        return db.session.get_one(User, self.user_id)

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[self.role]

    def ready(self, page: str) -> None:
        if self.since is None or (self.clock() - self.since > timedelta(minutes=4) and not self.asleep):
            sign_in(self.client, self.user)
            self.since, self.token = self.clock(), ""
        super().ready(page)
        if not self.token:
            self.call("GET", ACCOUNT)

    def send(self, path: str, data: dict[str, Any] | None = None, *, page: str = ACCOUNT) -> Answer:
        if self._asks_each_time(path):
            data = {**(data or {}), **proof(self.client, self.user)}
        return super().send(path, data, page=page)

    def _asks_each_time(self, path: str) -> bool:
        """Whether this step asks for password and one-time code however short ago the person has signed in."""
        try:
            endpoint, _values = self.app.url_map.bind("").match(path.split("?")[0], "POST")
        except (MethodNotAllowed, NotFound):
            return False
        return bool(getattr(self.app.view_functions[endpoint], "each_time", False))


class Examinee(Browser):
    """A candidate at a workstation: the page's script speaks the API, or without script forms are sent."""

    def __init__(self, code: str, has_script: bool, *browser: Any) -> None:
        super().__init__(*browser)
        self.code, self.has_script, self.header = code, has_script, ""
        self.attempt_id: UUID | None = None

    @property
    def attempt(self) -> Attempt | None:
        """The attempt as the database has it, once they have entered."""
        return db.session.get(Attempt, self.attempt_id) if self.attempt_id else None

    def may_leave(self) -> frozenset[str]:
        found = db.session.execute(
            select(Attempt.status, Attempt.deadline_at).where(Attempt.id == (self.attempt_id or uuid4()))
        ).one_or_none()
        db.session.rollback()
        is_over = found is not None and (
            found.status == AttemptStatus.ENDED or (found.deadline_at is not None and self.clock() > found.deadline_at)
        )
        return TRACES | AT_THE_END if is_over else TRACES

    def api(self, method: str, path: str, body: object = None) -> Answer:
        """A call of the delivery API."""
        headers = {"X-CSRF-Token": self.header} if self.header else {}
        answer = self.call(method, f"/api/v1{path}", json=body, headers=headers)
        if found := re.search(rb'"csrf_token": ?"([^"]+)"', answer.body):
            self.header = found[1].decode()
        return answer

    def enter(self) -> Answer:
        """Come in with the code."""
        if self.has_script:
            answer = self.api("POST", "/entry", {"code": self.code})
        else:
            answer = self.send("/exam/", {"code": self.code, "resume": ""})
        with self.client.session_transaction() as session:
            self.attempt_id = UUID(session["attempt"][0]) if "attempt" in session else None
        if not self.has_script:
            self.token = ""  # the session is another one now
        return answer

    def start(self) -> Answer:
        """Start the clock."""
        if self.has_script:
            return self.api("POST", "/attempt")
        return self.send("/exam/rules", {"agree": "1", "language": "ky"}, page="/exam/rules")

    def option(self, position: int, index: int) -> str:
        """Id of an option of the question shown at ``position``; index 0 is the sealed key."""
        attempt = self.attempt
        assert self.attempt_id and attempt
        place = delivery.place_of(self.attempt_id, position)
        return get_sheet(attempt.form_id).items[place].options[index].id

    def answer(self, position: int, index: int, revision: int = 0) -> Answer:
        """Choose an option; ``revision`` 0 is the one that the page would send, another one that of an older page."""
        if not self.attempt_id:
            return self.send(f"/exam/questions/{position}", {"response": ["x"], "revision": "1"})
        option = self.option(position, index)
        path = f"/exam/questions/{position}"
        if self.has_script:
            return self.api(
                "PUT", f"/attempt/responses/{position}",
                {"response": [option], "revision": revision or self._next(position)},
            )  # fmt: skip
        page = self.call("GET", path)
        shown = re.search(rb'name="revision" value="(\d+)"', page.body)
        return self.send(path, {"response": [option], "revision": str(revision or (int(shown[1]) if shown else 1))})

    def _next(self, position: int) -> int:
        """The revision that the script would send next."""
        shown = json.loads(self.api("GET", "/attempt").body).get("items", [])
        return next((one["revision"] + 1 for one in shown if one["position"] == position), 1)

    def submit(self) -> Answer:
        """End the test."""
        if self.has_script:
            return self.api("POST", "/attempt/submit")
        return self.send("/exam/finish", page="/exam/finish")

    def result(self) -> Answer:
        """Look at the result, and at what came of it."""
        return self.api("GET", "/attempt/result") if self.has_script else self.call("GET", "/exam/result")

    def questions(self, places: Sequence[int]) -> str:
        """Numbers on the screen of these places of the form; 99 where it has no such place."""
        shown = attempt.order["items"] if (attempt := self.attempt) else []
        return ", ".join(str(shown.index(place) + 1 if place in shown else 99) for place in places)
