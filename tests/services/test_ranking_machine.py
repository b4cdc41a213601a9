"""No sequence of calls brings a competition into a state that the regulation forbids (¶29–32, 37).

A machine sweeps, arranges and holds tie-breaks, lets the authority act, draws up, publishes and moves the clock in any
order; the services either refuse, and then nothing has changed, or do what the regulation lets them do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core import outbox
from core.db import db, transaction
from core.errors import Refusal
from ranking import queries
from ranking.models import AuthorityAct, Ranking, TieBreak
from ranking.services import acts, decisions
from testing_center.models.sittings import Participant, Sitting
from tests import forbidden, forbidden_results
from tests.conftest import MORNING
from tests.ranking_scene import RankingScene
from tests.remembered import empty

HOUR, CUT = timedelta(hours=1), 2
EXAMPLES = {"sqlite": 12, "postgresql": 8}
STEPS = st.sampled_from([timedelta(seconds=1), HOUR, HOUR + timedelta(seconds=1), timedelta(days=2, seconds=1)])
SCORES = st.sampled_from([(3, 3), (3, 3, 3), (3, 3, 1), (3, 2, 2), (3, None), (1, 1)])
VERBS = st.sampled_from(["accept", "decline", "contract_second", "announce_anew"])
POINTS = st.sampled_from([(1, 0, 0), (1, 1, 0), (None, 1, 1), (0, None, None), (None, None, None)])


class Contest(RuleBasedStateMachine):
    """One competition with a main test of three questions, so that a tie-break has one."""

    make: Any
    clock: Any
    reached: set[str]

    @initialize(scores=SCORES, stage=st.sampled_from(["held", "called", "over", "declined", "hour"]), points=POINTS)
    def begin(self, scores: tuple[int | None, ...], stage: str, points: tuple[int | None, ...]) -> None:
        """A fresh installation; the main test is closed, and the competition may have come some way already."""
        db.session.remove()
        empty()
        self.clock.at = MORNING
        self.make = self.make.anew()
        self.scene = RankingScene(self.make, self.clock)
        self.scene.test(scores, items=3, cut_score=CUT, bank=12)
        self.memory = forbidden.Memory(reached=self.reached)
        if stage != "hour":
            self.wait(HOUR + timedelta(seconds=1))
        if stage == "declined":
            self.act("decline")
            self.act("contract_second")
        if stage in ("called", "held", "declined"):
            self.sweep()
        if stage == "called" and self.is_called():
            self.decline_the_test(0)
        if stage == "held" and self.is_called():
            self.hold(points)

    def attempt(self, act: Callable[[], Any]) -> None:
        """A refusal changes nothing."""
        before = self.state()
        try:
            act()
        except Refusal as no:
            self.reached.add(no.code)
            assert self.state() == before

    def state(self) -> list[Any]:
        """How much there is of what these acts write, and how the sittings are."""
        db.session.rollback()
        tables = (TieBreak, AuthorityAct, Ranking, Participant, outbox.Letter)
        counts = [db.session.scalar(db.select(db.func.count()).select_from(table)) for table in tables]
        return counts + sorted(str(status) for status in db.session.scalars(db.select(Sitting.status)))

    def is_called(self) -> bool:
        return bool(queries.tie_breaks(self.scene.competition))

    # --- what people and the sweeper do

    @rule()
    def sweep(self) -> None:
        self.attempt(self.scene.sweep)

    @rule(step=STEPS)
    def wait(self, step: timedelta) -> None:
        self.clock.advance(step)

    @precondition(lambda self: self.is_called())
    @rule(points=POINTS)
    def hold(self, points: tuple[int | None, ...]) -> None:
        """The last tie-break is arranged in an hour, and held then; its own appeal hour runs and passes."""
        by_code = {one.number: n for one, n in zip(self.scene.last_round().entrants, points, strict=False)}
        self.attempt(lambda: self.scene.hold(by_code))
        self.sweep()
        self.nothing_forbidden_has_happened()
        self.wait(HOUR + timedelta(seconds=1))
        self.sweep()

    @precondition(lambda self: self.is_called())
    @rule()
    def arrange(self) -> None:
        """The last tie-break is arranged, and perhaps never held."""
        self.attempt(self.scene.arrange)

    @precondition(lambda self: self.is_called())
    @rule(who=st.integers(0, 2))
    def decline_the_test(self, who: int) -> None:
        """One of the tied declines the last tie-break in writing, where that may still be."""

        def doing() -> None:
            entrants = self.scene.last_round().entrants
            self.scene.decline(entrants[who % len(entrants)].number)
            self.reached.add("tie-break declined")

        self.attempt(doing)

    @rule(verb=VERBS)
    def act(self, verb: str) -> None:
        def doing() -> None:
            competition, today = self.scene.competition, self.clock().date()
            with transaction():
                getattr(acts, verb)(competition, "Буйрук № 1", today, by=self.scene.officer, now=self.clock())
            self.reached.add(verb)

        self.attempt(doing)

    @rule()
    def draw_up_and_publish(self) -> None:
        def doing() -> None:
            competition = self.scene.competition
            with transaction():
                drawn = decisions.draw_up(competition, by=self.scene.officer, now=self.clock())
            with transaction():
                decisions.publish(queries.get_ranking(drawn.id), by=self.scene.officer, now=self.clock())

        self.attempt(doing)

    # --- what the regulation forbids

    @invariant()
    def nothing_forbidden_has_happened(self) -> None:
        db.session.rollback()
        forbidden.at_the_test(self.memory)
        forbidden_results.after_the_test(self.memory, now=self.clock())

    def teardown(self) -> None:
        if hasattr(self, "scene"):
            forbidden.trail_holds()


def test_no_sequence_of_acts_reaches_a_state_that_the_regulation_forbids(app, make, clock):  # type: ignore[no-untyped-def]
    reached: set[str] = set()
    machine = type("Played", (Contest,), {"make": make, "clock": clock, "reached": reached})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES[db.engine.dialect.name], stateful_step_count=10, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        ),
    )  # fmt: skip
    played = {"tie_break", "decided", "ranked", "tie-break held", "tie-break declined"}
    played |= {f"round {state}" for state in ("held", "appeals", "uncontested")}
    assert played <= reached  # or else the machine has not played the procedure
