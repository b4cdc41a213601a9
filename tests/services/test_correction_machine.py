"""No sequence of acts brings a correction where the rules forbid it: one prepared, two persons, whole or not at all."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.db import db, transaction
from core.errors import Refusal
from testing_center.models.errata import Correction
from testing_center.rules.errata import CorrectionStatus
from testing_center.services import corrections
from tests import forbidden, forbidden_results
from tests.conftest import MORNING
from tests.correction_scene import CorrectionScene
from tests.remembered import empty

PLANS = [{1: 1, 2: 0, 3: 0}, {1: 0, 2: 0, 3: 0}, {2: 2, 4: 0}]
ITEMS = 6
EXAMPLES = {"sqlite": 8, "postgresql": 3}


def machine(make: Any, clock: Any) -> type[RuleBasedStateMachine]:
    """The machine over this test's application."""

    class Corrections(RuleBasedStateMachine):
        """The scores are kept beside, by a table of what is right at each place: None where everything is."""

        @initialize()
        def begin(self) -> None:
            db.session.remove()
            empty()
            clock.at = MORNING
            self.scene = CorrectionScene(make.anew(), clock, PLANS, items=ITEMS, cut_score=3)
            self.right: dict[int, set[int] | None] = {place: {0} for place in range(1, ITEMS + 1)}
            self.keys = dict(self.right)
            self.prepared: tuple[Any, int, str, int] | None = None
            self.seen, self.memory = b"", forbidden.Memory()

        @rule(place=st.integers(1, ITEMS), kind=st.sampled_from(["wrong_key", "several", "void"]), n=st.integers(0, 3))
        def prepare(self, place: int, kind: str, n: int) -> None:
            say = self.scene.void(place)[0] if kind == "void" else getattr(self.scene, kind)(place, n)
            try:
                made = self.scene.prepare(say)
            except Refusal as refusal:
                self.refused(refusal.code, place, kind, n)
            else:
                assert self.prepared is None and self.after(place, kind, n) != self.right
                self.prepared, self.seen = (made.id, place, kind, n), b""

        def refused(self, code: str, place: int, kind: str, n: int) -> None:
            after = self.after(place, kind, n)
            if code == "correction_open":
                assert self.prepared is not None
            elif code == "erratum_changes_nothing":
                assert after == self.right
            else:
                assert code == "too_many_void"
                assert sum(one is None for one in after.values()) * 3 > ITEMS

        def after(self, place: int, kind: str, n: int) -> dict[int, set[int] | None]:
            known = self.right[place] or self.keys[place] or set()
            new = {"void": None, "wrong_key": {n}, "several": known | {n}}[kind]
            return self.right | {place: new}

        @precondition(lambda self: self.prepared is not None)
        @rule()
        def look(self) -> None:
            self.seen = self.scene.preview(self.correction).digest

        @property
        def correction(self) -> Correction:
            db.session.rollback()
            return db.session.get_one(Correction, self.prepared[0])

        @precondition(lambda self: self.prepared is not None)
        @rule(by_the_first=st.booleans())
        def apply(self, by_the_first: bool) -> None:
            by = self.scene.first if by_the_first else self.scene.second
            try:
                self.scene.apply(self.correction, by=by, digest=self.seen or bytes(32))
            except Refusal as refusal:
                expected = "correction_needs_another_person" if by_the_first else "preview_changed"
                assert refusal.code == expected and (by_the_first or not self.seen)
            else:
                assert not by_the_first and self.seen
                _id, place, kind, n = self.prepared
                if self.right[place] is not None:
                    self.keys[place] = self.right[place]
                self.right = self.after(place, kind, n)
                self.prepared = None

        @precondition(lambda self: self.prepared is not None)
        @rule()
        def cancel(self) -> None:
            found = self.correction
            with transaction():
                corrections.cancel(found, "себеп", by=self.scene.first, now=clock())
            self.prepared = None

        @invariant()
        def scores_follow_what_was_applied_and_nothing_else(self) -> None:
            if not hasattr(self, "scene"):
                return
            expected = [
                sum(right is None or plan.get(place) in right for place, right in self.right.items()) for plan in PLANS
            ]
            assert self.scene.scores == expected

        @invariant()
        def one_at_most_waits_and_whatever_is_applied_is_by_two(self) -> None:
            if not hasattr(self, "scene"):
                return
            own = db.session.scalars(db.select(Correction).filter_by(form_id=self.scene.form_id)).all()
            waiting = [one.id for one in own if one.status == CorrectionStatus.PREPARED]
            assert waiting == ([self.prepared[0]] if self.prepared else [])
            forbidden.at_the_test(self.memory)
            forbidden_results.corrections_35(self.memory)

        def teardown(self) -> None:
            forbidden.trail_holds()

    return Corrections


def test_no_sequence_of_acts_reaches_what_is_forbidden(app, make, clock):
    case = machine(make, clock).TestCase
    case.settings = settings(
        max_examples=EXAMPLES[db.engine.dialect.name], stateful_step_count=12, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    case().runTest()
