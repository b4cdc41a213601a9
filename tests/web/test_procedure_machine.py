"""No sequence of calls from outside reaches a state that the regulation forbids (¶24–39).

A machine plays a competition through pages, delivery API and commands, in any order, rightly and wrongly: every answer
is 2xx, 3xx or 4xx, a refused call changes nothing, and after every step the database is asked whether anything that is
forbidden has happened (tests/forbidden.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from appeals.rules.states import AppealOutcome, AppealStatus, FindingKind
from core.db import db
from testing_center.rules.sittings import Presence, SittingStatus
from tests import forbidden, forbidden_results
from tests.cast import ITEMS, PLANTED
from tests.conftest import MORNING
from tests.outside import TRACES, Answer, Browser, Examinee, Written
from tests.procedure import Procedure
from tests.procedure_forms import ANEW, FORMS, KINDS
from tests.remembered import empty

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
STEPS = st.sampled_from([SECOND, HOUR - SECOND, HOUR, timedelta(days=2), timedelta(days=366)])
SCORES = st.sampled_from([(3, 3, 1), (3, 3, 3), (3, 2, 2), (3, 3, None), (1, 1, 0), (2, 1, None)])
POINTS = st.tuples(*[st.sampled_from([1, 0, None])] * 3)
PRESENT = st.sampled_from([(1, 2), (0,), (0, 1), (0, 1, 2)])
SEATS, CHOICES, SCRIPTS = st.integers(1, 3), st.integers(0, 3), st.tuples(*[st.booleans()] * 3)
NAMES, TWISTS = st.sampled_from(list(FORMS)), st.sampled_from(Procedure.TWISTS)
#: How far a game has come when it begins: what was done in order.
STAGES = {
    "planned": "", "running": "open sit", "closed": "open sit end close", "heard": "open sit end close hear",
    "corrected": "open sit end close hear correct", "over": "open sit end close pass_hour sweep",
    "tied": "open sit end close pass_hour sweep hold", "published": "open sit end close pass_hour sweep hold publish",
    "old": "open sit end close hear correct pass_hour sweep hold publish year destroy",
}  # fmt: skip


class Play(RuleBasedStateMachine):
    """One competition, three candidates, everybody else who has a part in it, and the terminal."""

    app: Any
    make: Any
    clock: Any
    written: Written
    reached: set[str]

    @initialize(stage=st.sampled_from(list(STAGES)), scores=SCORES, points=POINTS, scripts=SCRIPTS)
    def begin(self, stage: str, scores: Any, points: Any, scripts: Any) -> None:
        """A fresh installation; the game may have come some way already."""
        db.session.remove()
        empty()
        self.clock.at, self.looked_at = MORNING, None
        self.memory = forbidden.Memory(reached=self.reached)
        self.right, self.points = dict(enumerate(scores, 1)), points
        self.make = self.make.anew()
        self.play = Procedure(self.app, self.make, self.clock, self.written, self.judge, scripts)
        for name in STAGES[stage].split():
            getattr(self, f"_{name}")()

    def judge(self, browser: Browser, answer: Answer) -> None:
        """Every answer of every browser is looked at."""
        forbidden.answer_is_lawful(answer)
        if isinstance(browser, Examinee):
            forbidden.tells_no_key(answer, browser, PLANTED)
        if "appeal" in answer.wrote:
            forbidden.steps_33_35(self.memory)

    # --- one form, rightly or wrongly

    @rule(name=NAMES, seat=SEATS, choice=CHOICES)
    def send(self, name: str, seat: int, choice: int) -> None:
        self.fresh()
        FORMS[name](self.play, seat, choice)

    @rule(name=NAMES, seat=SEATS, choice=CHOICES, twist=TWISTS, by=st.integers(0, 11))
    def send_wrongly(self, name: str, seat: int, choice: int, twist: str, by: int) -> None:
        """Another role, a look where a form is due, no token, another id, a session that has run out."""
        self.fresh()
        others: list[Browser] = [*self.play.staffs, *self.play.hall.seats.values()]
        self.play.twist, self.play.impostor = twist, others[by % len(others)]
        FORMS[name](self.play, seat, choice)
        self.play.twist = ""

    @rule()
    def send_again(self) -> None:
        """Twice the same: refused, or nothing is done a second time."""
        if self.written.again is not None:
            db.session.remove()
            answer = self.written.again()
            anew = set[str]().union(*(tables for word, tables in ANEW.items() if f"/{word}" in answer.path))
            assert answer.wrote <= answer.may_leave | anew, f"{answer.path} did it again: {answer.wrote}"

    @rule(step=STEPS)
    def wait(self, step: timedelta) -> None:
        self.fresh()
        self.clock.advance(step)

    @rule(words=st.sampled_from(["sweep", "retention due", "retention run", "audit verify", "forms verify"]))
    def command(self, words: str) -> None:
        self.fresh()
        more = [self.play.hall.sitting.forms[0].digest.hex()] if words == "forms verify" else []
        self.written.take()
        said = self.play.command(*words.split(), *more)
        assert said.exit_code in ((0, 1) if words == "retention run" else (0,)), (words, said.output, said.exception)
        assert words == "sweep" or self.written.take() <= TRACES, f"{words} has changed something"

    def fresh(self) -> None:
        """Something else happens: what was sent last is not the last word any more."""
        db.session.remove()
        self.written.again = None

    # --- the straight way from wherever it stands, so that the far end of the procedure is often reached

    @rule(seat=SEATS, kind=st.sampled_from(KINDS), present=PRESENT)
    def hear(self, seat: int, kind: FindingKind, present: tuple[int, ...]) -> None:
        self.fresh()
        self._hear(seat, kind, present)

    @rule(place=st.integers(1, ITEMS), kind=st.sampled_from(["void", "wrong_key", "several_right"]), index=CHOICES)
    def correct(self, place: int, kind: str, index: int) -> None:
        self.fresh()
        self._correct(place, kind, index)

    @rule(points=POINTS)
    def hold(self, points: Any) -> None:
        self.fresh()
        self.points = points
        self._hold()

    @rule()
    def go_on(self) -> None:
        self.fresh()
        for name in ("open", "sit", "end", "close", "pass_hour", "sweep", "publish"):
            getattr(self, f"_{name}")()

    def stands(self, *statuses: SittingStatus) -> bool:
        """Whether the sitting arranged last is in one of these states."""
        return self.play.hall.sitting.status in statuses

    def _open(self) -> None:
        p = self.play
        if self.stands(SittingStatus.PLANNED):
            p.approve()
            p.confirm_opening(p.hall.proctor)
        if self.stands(SittingStatus.OPENING):
            p.confirm_opening(p.first)
            for seat in p.hall.slips:
                p.note(seat, Presence.ABSENT if self.right.get(seat) is None else Presence.PRESENT)

    def _sit(self) -> None:
        questions = ITEMS if len(self.play.halls) == 1 else 1
        for seat in self.play.hall.slips:
            examinee, score = self.play.examinee(seat), self.right.get(seat)
            if score is not None and self.stands(SittingStatus.OPEN) and examinee.enter().is_done:
                examinee.start()
                for position in range(1, questions + 1):
                    examinee.answer(position, 0 if position <= score else 1)

    def _end(self) -> None:
        self.clock.advance(SECOND)
        for examinee in self.play.hall.seats.values():
            if self.stands(SittingStatus.OPEN):
                examinee.submit()

    def _close(self) -> None:
        if self.stands(SittingStatus.OPEN):
            self.play.close(self.play.hall.proctor)

    def _hear(self, seat: int = 1, kind: FindingKind = FindingKind.VOID, present: tuple[int, ...] = (0,)) -> None:
        p, outcome = self.play, AppealOutcome.DISMISSED if kind == FindingKind.AGREES else AppealOutcome.UPHELD
        if self.status(seat) is None:
            p.file(seat, (1,))
        if self.status(seat) == AppealStatus.FILED:
            p.confirm(seat, p.hall.proctor)
            for member in p.table:
                p.declare(seat, member)
            p.open_hearing(seat, present)
        if self.status(seat) == AppealStatus.FILED:
            p.open_hearing(seat, (0, 1, 2))
        if self.status(seat) == AppealStatus.HEARING and p.view(seat, (0, 1, 2), p.chair).is_done:
            p.find(seat, 1, kind, p.chair)
            for member in p.table:
                p.vote(seat, outcome, member)
            p.at_table(seat, "decision")
        if self.status(seat) == AppealStatus.DECIDED:
            for member in p.table:
                p.at_table(seat, "protocol/signature", who=member)
            p.at_table(seat, "protocol/handing-over")

    def status(self, seat: int) -> AppealStatus | None:
        """How the appeal of who sits there stands."""
        appeal = self.play.appeal(seat)
        return appeal.status if appeal else None

    def _correct(self, place: int = 1, kind: str = "void", index: int = 1) -> None:
        if self.play.prepare(place, kind, index, self.play.first).is_done:
            for who in (self.play.first, self.play.officer) if index == 2 else (self.play.officer,):
                self.play.preview(who)
                self.play.apply(who)

    def _hold(self) -> None:
        """The tie-break called last is arranged in an hour, and held then; its own appeal hour passes."""
        self._sweep()
        self.play.arrange(self.play.first)
        starts_at = self.play.hall.sitting.starts_at
        if len(self.play.halls) > 1 and self.stands(SittingStatus.PLANNED):
            self.clock.at = max(self.clock(), starts_at)
            self.right = dict(enumerate(self.points, 1))
            for name in ("open", "sit", "end", "close", "pass_hour", "sweep"):
                getattr(self, f"_{name}")()

    def _pass_hour(self) -> None:
        self.clock.advance(HOUR + SECOND)

    def _sweep(self) -> None:
        assert self.play.command("sweep").exit_code == 0

    def _publish(self) -> None:
        self.play.rank(self.play.officer)
        self.play.publish(self.play.officer)

    def _year(self) -> None:
        self.clock.advance(timedelta(days=366))

    def _destroy(self) -> None:
        self.play.destroy("prepare", self.play.first)
        self.play.destroy("carry-out", self.play.officer)

    # --- what the regulation forbids

    @invariant()
    def nothing_forbidden_has_happened(self) -> None:
        if self.written.is_changed or self.looked_at != self.clock():
            db.session.remove()
            forbidden.at_the_test(self.memory)
            forbidden.in_appeals(self.memory)
            forbidden_results.after_the_test(self.memory, now=self.clock())
            self.written.is_changed, self.looked_at = False, self.clock()

    def teardown(self) -> None:
        if hasattr(self, "memory"):
            forbidden.trail_holds()


def test_no_sequence_of_calls_reaches_a_state_that_the_regulation_forbids(app, make, clock):
    reached: set[str] = set()
    written = Written(db.engine)
    own = {"app": app, "make": make, "clock": clock, "written": written, "reached": reached}
    try:
        run_state_machine_as_test(
            type("Played", (Play,), own),
            settings=settings(
                max_examples=7, stateful_step_count=14, deadline=None, derandomize=True,
                suppress_health_check=list(HealthCheck), phases=[Phase.generate],
            ),
        )  # fmt: skip
    finally:
        written.stop()
    far = {
        "appeal decided", "appeal closed", "correction applied", "tie-break held", "published", "decided",
        "destruction carried_out",
    }  # fmt: skip
    assert far <= reached, far - reached  # or else the machine has not played the procedure
