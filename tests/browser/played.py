"""Days that are over in an installation of their own: sittings with appeals, a decided competition and a tied one.

Everything was played before the server starts: its sweeper would end, at the hour that it is, what was begun this
morning. The files that go on from there share it, and each takes people of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from playwright.sync_api import Page

from appeals import queries
from core.clock import ManualClock
from core.db import db, transaction
from tests.appeal_scene import AppealScene
from tests.browser.desk import sign_in
from tests.browser.hall import Hall
from tests.candidates import Candidate
from tests.factories import Make
from tests.ranking_scene import RankingScene

Seat = tuple[UUID, int]  # an attempt and its epoch: what a workstation is told by its cookie
LONG = "Кара-Суу районундагы Т. Сатылганов атындагы № 14 өзгөчөлөштүрүлгөн жалпы билим берүүчү мектеп-гимназиясы"
ADMITTED = ("Асанова", "Бейшенова", "Чороева", "Жумабекова")  # the best first
SIGNED_IN_FOR = timedelta(minutes=4)  # after five a grave act asks who one is


@dataclass(frozen=True)
class Played:
    """A hall with a sitting that runs, one closed long ago, one half an hour ago, one planned; all tests have ended.

    ``candidates`` have sat in the one that runs, ``stranger`` too; one competition is ``decided``, and another,
    ``tied``, waits for the place of its tie-break.
    """

    hall: Hall
    running: UUID
    closed: UUID
    planned: UUID
    candidates: list[Seat]
    codes: list[str]
    stranger: Seat
    late: Seat
    half: Seat
    decided: str
    tied: str
    signed_in: dict[str, tuple[datetime, list[Any]]] = field(default_factory=dict)

    def sign_in(self, page: Page, username: str) -> None:
        """Sign in, or go on with the session of a moment ago: a one-time code is taken once."""
        at, cookies = self.signed_in.get(username, (datetime.min.replace(tzinfo=UTC), []))
        if datetime.now(UTC) - at < SIGNED_IN_FOR:
            page.context.add_cookies(cookies)
            page.goto(f"{self.hall.address}/staff/")
            return
        sign_in(page, self.hall, username)
        self.signed_in[username] = datetime.now(UTC), page.context.cookies()

    def seat(self, page: Page, who: Seat, language: str = "ky") -> None:
        """Let this browser be the candidate's own workstation."""
        with self.hall.app.app_context():
            client = self.hall.app.test_client()
            with client.session_transaction() as session:
                session["attempt"], session["language"] = [str(who[0]), who[1]], language
            cookie = client.get_cookie("session")
        assert cookie is not None
        page.context.add_cookies([{"name": "session", "value": cookie.value, "url": self.hall.address}])
        page.goto(f"{self.hall.address}/exam/result")

    def appeal(self, who: Seat) -> str:
        """Id of this candidate's appeal."""
        with self.hall.app.app_context():
            found = queries.appeal_of_attempt(who[0])
            assert found is not None
            return str(found.id)

    def status(self, who: Seat) -> str:
        """State of this candidate's appeal in the database; empty where there is none."""
        with self.hall.app.app_context():
            found = queries.appeal_of_attempt(who[0])
            return found.status if found else ""


def play(hall: Hall) -> Played:
    """Played eight hours ago, and the last sitting half an hour ago, in a hall that is not served yet."""
    now = datetime.now(UTC).replace(microsecond=0)
    clock = ManualClock(now - timedelta(hours=8))
    with hall.app.app_context():
        make = Make(hall.app, clock)
        running = AppealScene(make, clock, people=7, close=False)
        closed = AppealScene(make, clock)
        planned = make.sitting(open=False, present=False).id
        decided, tied = _contests(make, clock)
        clock.at = now - timedelta(minutes=30)
        half = AppealScene(make, clock)
        stranger, *others = running.candidates
        found = Played(
            hall, running.sitting_id, closed.sitting_id, planned, [_seat(one) for one in others],
            [one.code for one in others], _seat(stranger), _seat(closed.candidates[0]), _seat(half.candidates[0]),
            decided, tied,
        )  # fmt: skip
        db.session.remove()
        db.engine.dispose()
    return found


def _seat(one: Candidate) -> Seat:
    return one.attempt_id, one.epoch


def _contests(make: Make, clock: ManualClock) -> tuple[str, str]:
    decided, tied = RankingScene(make, clock), RankingScene(make, clock)
    with transaction():
        decided.competition.school_ky = LONG
    decided.test([7, 6, 4, 1])
    tied.test([6, 6, 5])
    with transaction():
        for participant, surname in zip(make.participants(decided.sitting), ADMITTED, strict=True):
            participant.person.surname = surname
    decided.after_appeals()
    tied.sweep()
    return str(decided.competition_id), str(tied.competition_id)
