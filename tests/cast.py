"""Everybody who has a part in a competition, each at a browser of their own, and how they send forms: also as nobody
should."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from click.testing import Result as Said
from flask import Flask, g
from werkzeug.exceptions import MethodNotAllowed

from accounts.models import User
from accounts.rules import Permission, Role
from competitions.models import Competition
from core.clock import ManualClock
from core.db import db, transaction
from question_bank import sealing
from question_bank.models import Blueprint, Item, ItemVersion
from testing_center.models.sittings import Sitting
from testing_center.services import codes, registration, sittings
from tests.factories import Make, in_order
from tests.outside import Answer, Browser, Examinee, Judge, Staff, Written

ITEMS, CUT = 3, 2
PLANTED = "zq7yvk2"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def plant() -> None:
    """Write words into whatever the bank keeps and no candidate may see."""
    with transaction():
        for version in db.session.scalars(db.select(ItemVersion)):
            version.source, version.author = f"source {PLANTED}", f"author {PLANTED}"
            version.rationale_sealed = sealing.seal_rationale(version.id, f"rationale {PLANTED}")
        db.session.execute(db.update(Item).values(external_id=PLANTED + Item.external_id))
        db.session.execute(db.update(Blueprint).values(title=PLANTED))


@dataclass
class Hall:
    """A sitting, its proctor, and who has come to a workstation there, by seat."""

    sitting_id: UUID
    proctor: Staff
    slips: dict[int, str]
    seats: dict[int, Examinee] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/staff/sittings/{self.sitting_id}"

    @property
    def sitting(self) -> Sitting:
        """The sitting as the database has it."""
        return db.session.get_one(Sitting, self.sitting_id)

    @property
    def form_id(self) -> UUID:
        """The form that everybody there sits."""
        return self.sitting.forms[0].id


class Cast:
    """One competition whose main test has three questions. ``twist`` sends the next forms as nobody should."""

    TWISTS = ("another role", "a look", "no token", "another id", "asleep")

    def __init__(
        self, app: Flask, make: Make, clock: ManualClock, written: Written, judge: Judge,
        scripts: Sequence[bool],
    ) -> None:  # fmt: skip
        self.app, self.make, self.clock, self.browser = app, make, clock, (app, clock, written, judge)
        self.first, self.second = self.staff(Role.TEST_ADMINISTRATOR), self.staff(Role.TEST_ADMINISTRATOR)
        self.officer, self.auditor = self.staff(Role.AUTHORITY_OFFICER), self.staff(Role.AUDITOR)
        self.chair = self.staff(Role.COMMISSION_CHAIR)
        self.members = [self.staff(Role.COMMISSION_MEMBER) for _ in range(2)]
        self.substitute, self.stranger = self.staff(Role.COMMISSION_MEMBER), self.staff(Role.PROCTOR)
        self.scripts, self.twist = scripts, ""
        self.impostor: Browser = self.auditor
        self.seen: dict[UUID, str] = {}
        self.competition_id = make.competition().id
        self.halls = [self._main_hall(len(scripts))]

    def staff(self, role: Role) -> Staff:
        """Somebody new with this duty."""
        return Staff(self.make.user(role), role, *self.browser)

    def _main_hall(self, people: int) -> Hall:
        """The main sitting, planned; everybody is registered and has a code."""
        given = (people, self.competition_id, self.first.user_id)
        sitting_id, self.room_id, proctor = self.make.recall(("main hall", given), lambda: self._planned(people))
        return self._hall(sitting_id, Staff(db.session.get_one(User, proctor), Role.PROCTOR, *self.browser))

    def _planned(self, people: int) -> tuple[UUID, UUID, UUID]:
        """Ids of the sitting, the room and the proctor."""
        specification = self.make.specification(ITEMS, cut_score=CUT, bank=4 * ITEMS)
        plant()
        forms, room, proctor = self.make.forms(specification), self.make.room(people + 2), self.make.user(Role.PROCTOR)
        room_id, proctor_id = room.id, proctor.id
        with transaction():
            sitting = sittings.plan_sitting(
                f"Т-2026-{self.make.number()}", specification, room, self.clock(), forms, [proctor],
                by=self.first.user, now=self.clock(),
            )  # fmt: skip
            for _ in range(people):
                person = self.make.person(email=f"a{self.make.number()}@mail.kg")
                registration.register(
                    sitting, self.competition, person, "ky", by=self.first.user, now=self.clock(),
                    by_hand=in_order(sitting),
                )  # fmt: skip
                db.session.flush()
            codes.issue_codes(sitting, by=self.first.user, now=self.clock())
        return sitting.id, room_id, proctor_id

    # --- what is there

    @property
    def competition(self) -> Competition:
        """The competition as the database has it."""
        return db.session.get_one(Competition, self.competition_id)

    @property
    def hall(self) -> Hall:
        """The sitting that was arranged last."""
        return self.halls[-1]

    @property
    def table(self) -> list[Staff]:
        """The chair and the members."""
        return [self.chair, *self.members]

    @property
    def staffs(self) -> list[Staff]:
        """Everybody of the staff."""
        others = [self.first, self.second, self.officer, self.auditor, self.substitute, self.stranger]
        return [*self.table, *others, *(hall.proctor for hall in self.halls)]

    def examinee(self, seat: int) -> Examinee:
        """Who sits there, at the computer since now at the latest."""
        hall = self.hall
        if seat not in hall.seats:
            script = self.scripts[(seat - 1) % len(self.scripts)]
            hall.seats[seat] = Examinee(hall.slips.get(seat, "0" * 16), script, *self.browser)
        return hall.seats[seat]

    def _hall(self, sitting_id: UUID, proctor: Staff) -> Hall:
        """A sitting whose codes are issued, with the slips as they lie at the seats."""
        sitting = db.session.get_one(Sitting, sitting_id)
        slips = self.make.codes(sitting)
        seats = [one.seat for one in self.make.participants(db.session.get_one(Sitting, sitting_id))]
        return Hall(sitting_id, proctor, dict(zip(seats, slips, strict=True)))

    # --- sending

    def send(self, who: Browser, path: str, data: dict[str, Any] | None = None, *, page: str = "") -> Answer:
        """Send a form as ``who``; with a ``twist`` in a way that nobody should."""
        page = page or path
        if not self.twist:
            return who.send(path, data, page=page)
        match self.twist:
            case "another role":
                who = self.impostor
                answer = who.send(path, data, page=page)
            case "a look":
                who.ready(page)
                answer = who.call("GET", path)
            case "no token":
                who.ready(page)
                answer = who.call("POST", path, data={**(data or {}), "csrf_token": "stale"})
            case "another id":
                path = _UUID.sub(lambda _found: str(uuid4()), path)
                answer = who.send(path, data, page=page)
            case _:  # asleep: the session has run out while the page stood open
                who.ready(page)
                self.clock.advance(timedelta(minutes=31))
                answer = who.call("POST", path, data={**(data or {}), "csrf_token": who.token})
        needed = self.permission(path)
        if self.twist != "another role" or not (needed is None or who.may(needed)):
            allowed = needed is None and self.twist in ("another id", "asleep")  # a candidate has no id in an address
            assert allowed or answer.wrote <= answer.may_leave, (self.twist, answer)
            if self.twist == "another role":
                assert answer.status in (400, 403) or answer.sent_away, (who, answer)
            elif self.twist == "no token":
                assert answer.status == 400, answer
        return answer

    def permission(self, path: str) -> Permission | None:
        """The permission that sending a form there takes; None for pages of candidates."""
        try:
            endpoint, _values = self.app.url_map.bind("").match(path.split("?")[0], "POST")
        except MethodNotAllowed:
            return None
        access = str(getattr(self.app.view_functions[endpoint], "access", ""))
        return Permission(access.removeprefix("permission:")) if access.startswith("permission:") else None

    def command(self, *words: str) -> Said:
        """A command at the terminal, which reads the clock anew."""
        db.session.remove()
        for name in list(g):
            g.pop(name)
        return self.app.test_cli_runner().invoke(args=list(words))
