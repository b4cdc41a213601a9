"""Whoever was at an annulled sitting does not sit a form of it again: not planned, not registered, not opened (¶24)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from competitions.models import Person
from competitions.people import PersonalData
from core.crypto import keyring
from core.db import db, transaction
from question_bank.services.forms import seal_forms
from testing_center.models.attempts import Attempt
from testing_center.models.errata import Annulment
from testing_center.models.sittings import Sitting
from testing_center.rules.annulments import FormSatBefore
from testing_center.rules.delivery import EndKind
from testing_center.rules.sittings import Presence
from testing_center.services import annulments, codes, registration, sittings
from tests.correction_scene import CorrectionScene


def personal_data(person: Person) -> PersonalData:
    """What a register says of somebody known."""
    pin = keyring().open("link", person.pin_sealed, ("person", str(person.id), "pin")).decode()
    return PersonalData(pin, person.surname, person.given_name, person.patronymic)


class Annulled(CorrectionScene):
    """Two people sat; ``other_id`` is another form of the test; the sitting is annulled with :meth:`annul`."""

    def __init__(self, make, clock) -> None:
        super().__init__(make, clock, [{1: 0, 2: 0, 3: 0}, {1: 0, 2: 0, 3: 0}])  # nobody is barred
        with transaction():
            self.other_id = seal_forms(self.sitting.specification, 1, by=self.first, now=clock())[0].id

    def annul(self) -> Annulment:
        """By two persons."""
        with transaction():
            made = annulments.annul_prepare(self.sitting, "Жарык өчтү", by=self.first, now=self.clock())
        with transaction():
            annulments.annul_apply(db.session.get_one(Annulment, made.id), by=self.second, now=self.clock())
        return db.session.get_one(Annulment, made.id)

    def plan(self, *form_ids, number: str = "Т-2026-900") -> Sitting:
        """A new sitting of the same test with these forms."""
        chosen = [form for form in self.sitting.specification.forms if form.id in form_ids]
        with transaction():
            made = sittings.plan_sitting(
                number, self.sitting.specification, self.make.room(5), self.clock() + timedelta(days=3), chosen,
                [self.make.user(Role.PROCTOR)], by=self.first, now=self.clock(),
            )  # fmt: skip
        return db.session.get_one(Sitting, made.id)

    def call(self, annulment: Annulment, sitting: Sitting) -> int:
        """Everybody is called to it."""
        with transaction():
            return annulments.call_anew(annulment, sitting, by=self.first, now=self.clock())[0]

    def open(self, sitting: Sitting) -> None:
        """The first person confirms."""
        self.make.commission(sitting)
        with transaction():
            codes.issue_codes(sitting, by=self.first, now=self.clock())
        with transaction():
            sittings.confirm_opening(db.session.get_one(Sitting, sitting.id), by=self.first, now=self.clock())


@pytest.fixture
def scene(make, clock) -> Annulled:
    return Annulled(make, clock)


def test_while_they_wait_a_form_that_they_have_sat_is_not_planned_and_the_refusal_names_both(scene):
    scene.annul()
    with pytest.raises(FormSatBefore) as refused:
        scene.plan(scene.other_id, scene.form_id)
    digest = scene.form.digest.hex()[:12]
    assert refused.value.params == {"form": digest, "sitting": scene.sitting.number}
    assert digest in str(refused.value) and scene.sitting.number in str(refused.value)


def test_they_are_not_called_to_a_sitting_that_holds_it(scene):
    before = scene.plan(scene.form_id)  # planned before anybody knew
    annulment = scene.annul()
    with pytest.raises(FormSatBefore):
        scene.call(annulment, before)
    assert scene.make.participants(before) == [] and annulment.anew_id is None
    assert scene.call(annulment, scene.plan(scene.other_id, number="Т-2026-901")) == 2


def test_nor_is_one_of_them_registered_there_by_hand(scene):
    before = scene.plan(scene.form_id)
    scene.annul()
    one = scene.make.participants(scene.sitting)[0]
    with pytest.raises(FormSatBefore), transaction():
        registration.register_anew(before, one, by=scene.first, now=scene.clock())
    with pytest.raises(FormSatBefore), transaction():
        data = personal_data(one.person)
        registration.register(before, one.competition, data, "ky", by=scene.first, now=scene.clock())
    with transaction():  # of somebody else nothing is known against it
        registration.register(before, one.competition, scene.make.person(), "ky", by=scene.first, now=scene.clock())
    scene.open(before)


def test_a_sitting_at_which_one_of_them_was_registered_before_the_annulment_is_not_opened_with_it(scene, make):
    """The same person in another competition: registered there in good time, and the form became known since."""
    before = scene.plan(scene.form_id)
    one = scene.make.participants(scene.sitting)[0]
    with transaction():
        data = personal_data(one.person)
        registration.register(before, make.competition(), data, "ky", by=scene.first, now=scene.clock())
    scene.annul()
    with pytest.raises(FormSatBefore):
        scene.open(before)


def test_who_did_not_come_has_seen_nothing(scene):
    before = scene.plan(scene.form_id)
    with transaction():
        for one in scene.make.participants(scene.sitting):
            one.presence = Presence.ABSENT
    assert scene.call(scene.annul(), before) == 2


def test_a_form_that_nobody_began_is_not_sat(scene):
    with transaction():
        db.session.execute(db.update(Attempt).values(started_at=None, deadline_at=None, end_kind=EndKind.NOT_STARTED))
    assert scene.call(scene.annul(), scene.plan(scene.form_id)) == 2


def test_when_they_are_called_the_form_is_there_for_others_again(scene):
    annulment = scene.annul()
    scene.call(annulment, scene.plan(scene.other_id))
    assert scene.plan(scene.form_id, number="Т-2026-901").forms[0].id == scene.form_id


def test_after_a_second_annulment_both_forms_are_known_to_them(scene):
    """The two annulled sittings stand behind the third; the message names the one of the form."""
    annulment, new = scene.annul(), scene.plan(scene.other_id)
    scene.call(annulment, new)
    with transaction():
        for one in scene.make.participants(new):
            one.presence, one.annulled_at = Presence.PRESENT, scene.clock()
        for attempt in db.session.scalars(db.select(Attempt)):
            attempt.sitting_id, attempt.form_id = new.id, scene.other_id
    with pytest.raises(FormSatBefore) as refused:
        scene.plan(scene.other_id, number="Т-2026-901")
    assert refused.value.params["sitting"] == new.number
