"""No sequence of calls brings an appeal into a state that the regulation forbids (¶33–35).

A machine files, confirms, rejects, withdraws, hears, finds, votes, decides, signs, hands over and moves the clock in
any order; the services either refuse, and then nothing has changed, or do what the regulation lets them do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from appeals import queries
from appeals.rules.states import AppealOutcome, AppealStatus, FindingKind
from appeals.services import filing
from core.db import db
from core.errors import Refusal
from tests import forbidden
from tests.appeal_scene import AppealScene
from tests.conftest import MORNING
from tests.remembered import empty

HOUR = timedelta(hours=1)
WHO = st.sampled_from([0, 1])
STEPS = st.sampled_from(
    [timedelta(seconds=1), timedelta(minutes=16), timedelta(minutes=59, seconds=59), HOUR, 24 * HOUR]
)
STAGES = ["filed", "rejected", "late", "invited", "heard", "withdrawn", "voting", "signed"]
OUTCOMES, SEATS = st.sampled_from(list(AppealOutcome)), st.sampled_from([0, 1, 2])
KINDS = st.sampled_from([FindingKind.AGREES, FindingKind.VOID, FindingKind.WRONG_KEY])
EXAMPLES = {"sqlite": 8, "postgresql": 3}


class Procedure(RuleBasedStateMachine):
    """Two candidates of one sitting, a chair and two members."""

    make: Any
    clock: Any
    reached: set[str]

    @initialize(ended=st.booleans(), stage=st.sampled_from(STAGES))
    def begin(self, ended: bool, stage: str) -> None:
        """A fresh installation; the sitting may still be running, the first appeal may have come some way already."""
        db.session.remove()
        empty()
        self.clock.at = MORNING
        self.make = self.make.anew()
        self.scene = AppealScene(self.make, self.clock, people=2, close=False, items=3, cut_score=1)
        self.memory = forbidden.Memory(reached=self.reached)
        if ended:
            self.scene.close_sitting()
        self.file(0, (1,))
        self.nothing_forbidden_has_happened()
        if stage == "rejected":  # the candidate's own comes after it
            self.reject(0, "Башка киши отурган.")
            self.nothing_forbidden_has_happened()
            self.file(0, (1,))
        elif stage == "late":  # nobody rejects it any more; what follows recognises the person, or waits in vain
            self.close_sitting()
            self.wait(HOUR + timedelta(seconds=1))
            self.reject(0, "Башка киши отурган.")
        elif stage == "invited":
            self.invite(0)
            self.wait(timedelta(hours=24, minutes=16))
        elif stage in ("heard", "withdrawn"):
            self.confirm(0)
            self.open(0, "ID 1", None)
            self.nothing_forbidden_has_happened()
            if stage == "withdrawn":
                self.withdraw_on_paper(0, timedelta(0))
                self.nothing_forbidden_has_happened()
        elif stage == "voting":  # somebody has not voted yet
            for act in (
                lambda: self.confirm(0), lambda: self.open(0, "ID 1", None), self.close_sitting,
                lambda: self.view(0, 0), lambda: self.withdraw_on_paper(0, timedelta(0)),  # too late
                lambda: self.find(0, 1, FindingKind.VOID),
                lambda: self.vote(0, 0, AppealOutcome.UPHELD), lambda: self.vote(0, 1, AppealOutcome.UPHELD),
                lambda: self.decide(0, 0),
            ):  # fmt: skip
                act()
        elif stage == "signed":
            self.come_to_a_decision(0, FindingKind.VOID)
            for seat in (0, 1, 2):
                self.sign(0, seat)

    def attempt(self, act: Callable[[], Any]) -> bool:
        """Whether it was done; a refusal changes nothing."""
        before = self.state()
        try:
            act()
        except Refusal:
            assert self.state() == before
            return False
        return True

    def state(self) -> list[Any]:
        db.session.rollback()
        return [
            (a.number, a.status, a.confirmed_at, a.invited_for, len(queries.votes_of(a)), len(queries.findings_of(a)))
            for a in queries.appeals_of(self.scene.sitting)
        ]

    def found(self, who: int) -> Any:
        db.session.rollback()
        return queries.appeal_of_attempt(self.scene.candidates[who].attempt_id)

    # --- what people do

    @rule(who=WHO, places=st.sampled_from([(), (1,), (1, 3)]))
    def file(self, who: int, places: tuple[int, ...]) -> None:
        sitting = self.scene.sitting
        late = sitting.closed_at is not None and self.clock() > sitting.closed_at + HOUR
        known = self.found(who)
        assert self.attempt(lambda: self.scene.file(who, places=places)) is (known is None and not late)

    @rule(step=STEPS)
    def wait(self, step: timedelta) -> None:
        self.clock.advance(step)

    @rule()
    def close_sitting(self) -> None:
        self.attempt(self.scene.close_sitting)

    @rule(who=WHO)
    def confirm(self, who: int) -> None:
        if self.found(who):
            self.attempt(lambda: self.scene.confirm(who))

    @rule(who=WHO)
    def withdraw(self, who: int) -> None:
        if self.found(who):
            self.attempt(lambda: self.scene.withdraw(who))

    @rule(who=WHO)
    def withdraw_with_the_code_of_another(self, who: int) -> None:
        if self.found(who):
            assert not self.attempt(lambda: self.scene.prove(who, self.scene.candidates[1 - who].code))

    @rule(who=WHO, ago=st.sampled_from([timedelta(0), timedelta(seconds=30), HOUR]))
    def withdraw_on_paper(self, who: int, ago: timedelta) -> None:
        if self.found(who):
            self.attempt(lambda: self.scene.withdraw_on_paper(who, ago=ago))

    @rule(who=WHO, reason=st.sampled_from([" ", "Башка киши отурган."]))
    def reject(self, who: int, reason: str) -> None:
        appeal = self.found(who)
        if appeal:
            waits = appeal.status == AppealStatus.FILED and appeal.confirmed_at is None
            waits = waits and filing.window(appeal.attempt, now=self.clock()).is_open
            done = self.attempt(lambda: self.scene.reject(who, reason))
            assert done is (waits and bool(reason.strip()))
            assert not done or self.found(who) is None, "an appeal of a stranger stands for the candidate's"

    @rule(who=WHO)
    def invite(self, who: int) -> None:
        if self.found(who):
            self.attempt(lambda: self.scene.invite(who))

    @rule(who=WHO)
    def lapse(self, who: int) -> None:
        if self.found(who):
            self.attempt(lambda: self.scene.lapse(who))

    @rule(who=WHO, note=st.sampled_from(["", "ID 1", "ID 2"]), absent=st.sampled_from([None, None, 0, 1, 2]))
    def open(self, who: int, note: str, absent: int | None) -> None:
        if self.found(who):
            present = [user for n, user in enumerate(self.scene.table) if n != absent]
            self.attempt(lambda: self.scene.open(who, present=present, note=note))

    @rule(who=WHO, seat=SEATS, absent=st.sampled_from([None, None, 0, 1, 2]))
    def view(self, who: int, seat: int, absent: int | None = None) -> None:
        if self.has_hearing(who):
            present = [user for n, user in enumerate(self.scene.table) if n != absent]
            done = self.attempt(lambda: self.scene.view(who, by=self.scene.table[seat], present=present))
            assert not done or self.scene.sitting.closed_at is not None, "the key was shown while the sitting ran"

    @rule(who=WHO)
    def adjourn(self, who: int) -> None:
        if self.has_hearing(who):
            done = self.attempt(lambda: self.scene.adjourn(who))
            assert not done or not self.found(who).hearing.viewings, "adjourned after the key was shown"

    @rule(who=WHO)
    def close_hearing(self, who: int) -> None:
        if self.has_hearing(who):
            self.attempt(lambda: self.scene.close_hearing(who))

    def has_hearing(self, who: int) -> bool:
        appeal = self.found(who)
        return appeal is not None and appeal.hearing is not None

    @rule(who=WHO, place=st.sampled_from([1, 3]), kind=KINDS)
    def find(self, who: int, place: int, kind: FindingKind) -> None:
        if self.found(who):
            right = [[self.scene.option(place, 1, who)]] if kind == FindingKind.WRONG_KEY else []
            self.attempt(lambda: self.scene.find(place, kind, *right, who=who))

    @rule(who=WHO, seat=SEATS, outcome=OUTCOMES)
    def vote(self, who: int, seat: int, outcome: AppealOutcome) -> None:
        if self.found(who):
            self.attempt(lambda: self.scene.vote(self.scene.table[seat], outcome, who=who))

    @rule(who=WHO, outcome=OUTCOMES)
    def all_vote(self, who: int, outcome: AppealOutcome) -> None:
        for seat in (0, 1, 2):
            self.vote(who, seat, outcome)

    @rule(who=WHO, seat=SEATS)
    def decide(self, who: int, seat: int) -> None:
        if self.found(who):
            self.attempt(lambda: self.scene.decide(who, by=self.scene.table[seat]))

    @rule(who=WHO, kind=KINDS)
    def come_to_a_decision(self, who: int, kind: FindingKind) -> None:
        """The straight way, so that the far end of the procedure is often reached."""
        outcome = AppealOutcome.DISMISSED if kind == FindingKind.AGREES else AppealOutcome.UPHELD
        for act in (
            lambda: self.confirm(who), lambda: self.open(who, "ID 1", None), self.close_sitting,
            lambda: self.view(who, 0), lambda: self.find(who, 1, kind), lambda: self.find(who, 3, kind),
            lambda: self.all_vote(who, outcome), lambda: self.decide(who, 0),
        ):  # fmt: skip
            act()
            self.nothing_forbidden_has_happened()

    @rule(who=WHO, seat=SEATS)
    def sign(self, who: int, seat: int) -> None:
        if self.is_decided(who):
            self.attempt(lambda: self.scene.sign(self.scene.table[seat], who))

    @rule(who=WHO)
    def hand_over(self, who: int) -> None:
        if self.found(who):
            self.attempt(lambda: self.scene.hand_over(who))

    def is_decided(self, who: int) -> bool:
        appeal = self.found(who)
        return appeal is not None and queries.protocol_of(appeal) is not None

    # --- what the regulation forbids

    @invariant()
    def nothing_forbidden_has_happened(self) -> None:
        db.session.rollback()
        forbidden.in_appeals(self.memory)

    def teardown(self) -> None:
        if hasattr(self, "scene"):
            forbidden.trail_holds()


def test_no_sequence_of_acts_reaches_a_state_that_the_regulation_forbids(app, make, clock):
    reached: set[str] = set()
    machine = type("Played", (Procedure,), {"make": make, "clock": clock, "reached": reached})
    for stage in STAGES:  # each is reached, whatever chance chooses below
        straight = machine()
        straight.begin(False, stage)
        straight.nothing_forbidden_has_happened()
        straight.teardown()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES[db.engine.dialect.name], stateful_step_count=16, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        ),
    )  # fmt: skip
    played = {"filed", "hearing", "decided", "withdrawn", "rejected"}  # or else the procedure was not played
    assert {f"appeal {status}" for status in played} <= reached
