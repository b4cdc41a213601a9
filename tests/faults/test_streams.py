"""Saves that come twice, late, out of order and from a place that was left: what is in force is what a model says."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from flask import Flask

from accounts.models import User
from accounts.rules import Role
from core.clock import ManualClock
from core.db import db, transaction
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.models.sittings import CandidateCode
from testing_center.services import codes, delivery
from testing_center.sheets import get_sheet
from tests.candidates import Browser
from tests.faults.invariants import Log, Save, broken, the_first

STREAMS = int(os.environ.get("FAULTS_STREAMS", "24"))  # over both databases
SENT, ITEMS = 14, 5
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@dataclass
class Model:
    """What the delivery of saves promises, in a few lines: of each question the highest revision is in force."""

    # revision, response, flag, receipt
    saved: dict[int, tuple[int, list[str], bool, str]] = field(default_factory=dict)
    epoch: int = 1
    is_over: bool = False

    def expect(self, epoch: int, position: int, sent: dict[str, Any]) -> str:
        """How the save will be answered."""
        revision, response, flag, _receipt = self.saved.get(position, (0, [], False, ""))
        if epoch != self.epoch:
            return "continued_elsewhere"
        if (sent["revision"], sent["response"], sent["flagged"]) == (revision, response, flag):
            return "again"
        if self.is_over:
            return "attempt_closed"
        return "saved" if sent["revision"] > revision else "stale_revision"


class Stream:
    """One candidate whose network loses the order of things."""

    def __init__(self, app: Flask, clock: ManualClock, code: str, log: Log, seed: int, proctor: UUID) -> None:
        self.app, self.clock, self.code, self.log, self.proctor = app, clock, code, log, proctor
        self.random, self.model, self.seen = Random(seed), Model(), set()
        self.browsers = [Browser(app)]
        assert self.browsers[0].enter(code).status_code == 200
        shown = self.browsers[0].start().json["items"]
        self.options = {item["position"]: [option["option"] for option in item["options"]] for item in shown}
        self.first = {position: self.random.choice(options) for position, options in self.options.items()}

    def attempt(self) -> Attempt:
        db.session.rollback()
        return db.session.scalars(
            db.select(Attempt).join(Attempt.code).where(CandidateCode.lookup == codes.lookup_of(self.code))
        ).one()

    def run(self) -> None:
        """Send, lose, repeat and reorder; move to another workstation; go on after the deadline; submit."""
        sent = self.network(self.written(1))
        if self.random.random() < 0.3:
            for one in sent[: len(sent) // 2]:
                self.deliver(*one)
            self.move()
            sent = sent[len(sent) // 2 :] + self.network(self.written(2))
        for one in sent:
            self.deliver(*one)
        late = self.random.random() < 0.5
        if late:
            self.clock.at = self.attempt().deadline_at + SECOND
            self.model.is_over = True
            for one in self.random.choices(sent, k=4) + self.network(self.written(self.model.epoch))[:6]:
                self.deliver(*one)
        answer = self.browsers[-1].submit()
        assert (answer.status_code, answer.json["score"]) == (200, self.score())
        self.log.scored(self.code, answer.json["score"])
        self.model.is_over = True
        for one in self.random.choices(sent, k=3):
            self.deliver(*one)
        self.check()

    def written(self, epoch: int) -> list[tuple[int, int, dict[str, Any]]]:
        """What a page sends in its own order: revisions rise, and now and then two windows think of the same one."""
        revisions = {position: self.model.saved.get(position, (0,))[0] for position in self.options}
        sent = []
        for _ in range(SENT):
            position = self.random.randint(1, ITEMS)
            revisions[position] += self.random.random() < 0.8 or not revisions[position]
            response = [self.random.choice(self.options[position])] if self.random.random() < 0.9 else []
            flagged = self.random.random() < 0.2
            sent.append((epoch, position, {"response": response, "revision": revisions[position], "flagged": flagged}))
        return sent

    def network(self, sent: list[Any]) -> list[Any]:
        """Some arrive not at all, some several times, some much later."""
        arriving = [(n + self.random.choice((0, 0, 0, 1.5, 4, 9)), n, one) for n, one in enumerate(sent)
                    for _ in range(self.random.choice((0, 1, 1, 1, 2, 3)))]  # fmt: skip
        return [one for _when, _n, one in sorted(arriving, key=lambda found: found[:2])]

    def move(self) -> None:
        """Go on at another workstation."""
        with transaction():
            token = codes.issue_resume_token(
                self.attempt(),
                reason="The computer broke down.",
                by=db.session.get_one(User, self.proctor),
                now=self.clock(),
            )
        self.browsers.append(Browser(self.app, address="192.168.10.8"))
        assert self.browsers[-1].enter(self.code, token).status_code == 200
        self.browsers[-1].show()
        self.model.epoch += 1

    def deliver(self, epoch: int, position: int, body: dict[str, Any]) -> None:
        """One save arrives; the answer is what the model expects, to the receipt."""
        self.clock.advance(SECOND)
        save = Save(self.code, position, tuple(body["response"]), body["revision"])
        self.log.sends(save)
        expected = self.model.expect(epoch, position, body)
        answer = self.browsers[epoch - 1].save(position, **body)
        said = answer.json
        if expected in ("saved", "again"):
            assert answer.status_code == 200, (expected, said)
            self.log.told(save, said["receipt"])
            assert (said["response"], said["revision"]) == (body["response"], body["revision"])
            if expected == "again":
                assert said["receipt"] == self.model.saved[position][3]
            else:
                assert said["receipt"] not in self.seen
            self.seen.add(said["receipt"])
            self.model.saved[position] = (body["revision"], body["response"], body["flagged"], said["receipt"])
            return
        assert (answer.status_code, said["code"]) == (409, expected)
        if said.get("kept"):
            self.log.too_late(save)
        if expected == "stale_revision":
            assert (said["revision"], said["response"]) == self.model.saved[position][:2]

    def score(self) -> int:
        """Points that anybody would give: the first option in the bank is the right one."""
        attempt = self.attempt()
        items = get_sheet(attempt.form_id).items
        right = {n: [items[delivery.place_of(attempt.id, n)].options[0].id] for n in self.options}
        return sum(saved[1] == right[position] for position, saved in self.model.saved.items())

    def check(self) -> None:
        """The rows: what is in force, and that nothing was scored that was not acknowledged."""
        attempt = self.attempt()
        rows = db.session.scalars(
            db.select(ResponseEvent).filter_by(attempt_id=attempt.id, is_late=False).order_by("epoch", "revision")
        ).all()
        in_force = {row.place: (row.revision, row.response, row.flagged) for row in rows}
        assert in_force == {
            delivery.place_of(attempt.id, position): saved[:3] for position, saved in self.model.saved.items()
        }
        assert attempt.ended_at <= attempt.deadline_at


def test_replayed_reordered_duplicated_and_delayed_saves_leave_what_the_model_says(app, make, clock):
    people, log, by = max(STREAMS // 2, 1), Log(), make.user(Role.PROCTOR).id
    for seed, code in enumerate(make.codes(make.sitting(people=people, items=ITEMS, minutes=60))):
        began = clock()
        Stream(app, clock, code, log, seed, by).run()
        clock.at = began  # the next one begins at the same hour
    assert broken(app, log, right=the_first) == []
