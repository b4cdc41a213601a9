"""A closed sitting of one form, whose candidates answered by plan, and two people who correct the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from accounts.models import User
from accounts.rules import Role
from core.clock import ManualClock
from core.db import db, transaction
from question_bank.models import TestForm
from testing_center.models.errata import Correction
from testing_center.models.sittings import Sitting
from testing_center.rules.errata import ErratumData, ErratumKind
from testing_center.services import corrections
from testing_center.services.corrections import Preview
from testing_center.sheets import get_sheet
from tests import closing
from tests.candidates import Candidate
from tests.factories import Make

Plan = Mapping[int, int]  # place in the form → index of the option chosen; 0 is the key


class CorrectionScene:
    """Each of ``plans`` is one candidate's answers by place; the sitting has closed."""

    def __init__(
        self, make: Make, clock: ManualClock, plans: Sequence[Plan], *, items: int = 6, cut_score: int = 3
    ) -> None:
        self.make, self.clock = make, clock
        given = (tuple(tuple(plan.items()) for plan in plans), items, cut_score)
        self.sitting_id, self.form_id, first, second, played = make.recall(
            ("corrections", given), lambda: self._arrange(plans, items, cut_score)
        )
        self.first, self.second = db.session.get_one(User, first), db.session.get_one(User, second)
        self.candidates = [Candidate.again(clock, *one) for one in played]

    def _arrange(self, plans: Sequence[Plan], items: int, cut_score: int) -> tuple[Any, ...]:
        """Ids of the sitting, the form and the two people, and what tells each candidate."""
        make, clock = self.make, self.clock
        sitting = make.sitting(people=len(plans), items=items, cut_score=cut_score)
        self.sitting_id, self.form_id = sitting.id, sitting.forms[0].id
        codes = make.codes(sitting)
        played = [self._play(code, plan) for code, plan in zip(codes, plans, strict=True)]
        first, second = make.user(Role.TEST_ADMINISTRATOR), make.user(Role.AUTHORITY_OFFICER)
        clock.advance(timedelta(minutes=1))
        with transaction():
            closing.close(self.sitting, by=first, now=clock())
        clock.advance(timedelta(hours=2))
        return self.sitting_id, self.form_id, first.id, second.id, [one.told for one in played]

    @classmethod
    def of(cls, make: Make, clock: ManualClock, sitting: Sitting) -> CorrectionScene:
        """A scene over a closed sitting that somebody else made."""
        scene = cls.__new__(cls)
        scene.make, scene.clock, scene.candidates = make, clock, []
        scene.sitting_id, scene.form_id = sitting.id, sitting.forms[0].id
        scene.first, scene.second = make.user(Role.TEST_ADMINISTRATOR), make.user(Role.AUTHORITY_OFFICER)
        return scene

    def _play(self, code: str, plan: Plan) -> Candidate:
        candidate = Candidate(self.clock, code).enter().start()
        order = candidate.attempt.order["items"]
        for place, index in plan.items():
            candidate.save(order.index(place) + 1, [self.option(place, index)])
        candidate.submit()
        return candidate

    @property
    def sitting(self) -> Sitting:
        """The sitting as it is now."""
        return db.session.get_one(Sitting, self.sitting_id)

    @property
    def form(self) -> TestForm:
        """The form that everybody sat."""
        return db.session.get_one(TestForm, self.form_id)

    @property
    def scores(self) -> list[int]:
        """The score in force of each candidate."""
        db.session.rollback()
        return [candidate.result.score for candidate in self.candidates]

    def option(self, place: int, index: int) -> str:
        """Id of an option of the item at a place of the form."""
        return get_sheet(self.form_id).items[place].options[index].id

    def wrong_key(self, place: int, *right: int) -> ErratumData:
        """The key at this place is wrong: these options are right instead."""
        return self._erratum(place, ErratumKind.WRONG_KEY, right)

    def several(self, place: int, *right: int) -> ErratumData:
        """These options are right as well."""
        return self._erratum(place, ErratumKind.SEVERAL_RIGHT, right)

    def void(self, *places: int) -> list[ErratumData]:
        """No answer can be judged at these places."""
        return [self._erratum(place, ErratumKind.VOID, ()) for place in places]

    def _erratum(self, place: int, kind: ErratumKind, right: Sequence[int]) -> ErratumData:
        return ErratumData(place, kind, [[self.option(place, index)] for index in right], "апелляциянын чечими")

    def prepare(self, *errata: ErratumData, by: User | None = None) -> Correction:
        """Prepared by the first person."""
        with transaction():
            correction = corrections.prepare(
                self.form, "Апелляция № Т/001-А", errata, by=by or self.first, now=self.clock()
            )
        return db.session.get_one(Correction, correction.id)

    def preview(self, correction: Correction) -> Preview:
        """What it would do."""
        db.session.rollback()
        return corrections.preview(correction)

    def apply(self, correction: Correction, *, by: User | None = None, digest: bytes | None = None) -> int:
        """Applied by the second person, who has seen the preview."""
        seen = digest or self.preview(correction).digest
        with transaction():
            return corrections.apply(correction, seen, by=by or self.second, now=self.clock())

    def correct(self, *errata: ErratumData) -> Correction:
        """Prepared and applied."""
        correction = self.prepare(*errata)
        self.apply(correction)
        return correction
