"""Pages after an annulment: what is prepared is not annulled; a new sitting is planned and everybody called to it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from accounts.models import User
from accounts.rules import Role
from core import audit
from core.db import db, transaction
from question_bank.services.forms import seal_forms
from testing_center.models.errata import Annulment
from testing_center.models.sittings import Sitting
from testing_center.services import annulments, sittings
from tests.correction_scene import CorrectionScene
from tests.web.signing_in import post, sign_in

INDEX = "/staff/corrections/"
HOME = "/staff/"
WAITS = "Call a new sitting in place of an annulled one"


@pytest.fixture
def scene(make, clock):
    return CorrectionScene(make, clock, [{1: 0}, {1: 0}])


def page(client, path: str) -> str:
    answer = client.get(f"{path}{'&' if '?' in path else '?'}lang=en")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def prepared(scene) -> Annulment:
    with transaction():
        made = annulments.annul_prepare(scene.sitting, "Жарык өчтү", by=scene.first, now=scene.clock())
    return db.session.get_one(Annulment, made.id)


def annulled(scene) -> Annulment:
    made = prepared(scene).id
    with transaction():
        annulments.annul_apply(db.session.get_one(Annulment, made), by=scene.second, now=scene.clock())
    return db.session.get_one(Annulment, made)


def planned(scene, seats: int = 3) -> Sitting:
    room, proctor = scene.make.room(seats), scene.make.user(Role.PROCTOR)
    with transaction():
        specification = scene.sitting.specification
        forms = seal_forms(specification, 1, by=scene.first, now=scene.clock())
        made = sittings.plan_sitting(
            "Т-2026-900", specification, room, scene.clock() + timedelta(days=3), forms, [proctor], by=scene.first,
            now=scene.clock(),
        )  # fmt: skip
    return db.session.get_one(Sitting, made.id)


def test_a_prepared_annulment_does_not_stand_under_the_annulled_ones(client, scene):
    annulment_id, second = prepared(scene).id, scene.second.id
    sign_in(client, scene.first)
    text = page(client, INDEX)
    assert "Annulments that wait for a second person" in text and "Annulled sittings" not in text
    with transaction():
        by = db.session.get_one(User, second)
        annulments.annul_apply(db.session.get_one(Annulment, annulment_id), by=by, now=scene.clock())
    text = page(client, INDEX)
    assert "Annulled sittings" in text and "Annulments that wait" not in text and "Жарык өчтү" in text


def test_until_a_new_sitting_is_called_the_home_page_of_administrators_names_it(client, browser, scene):
    annulment = annulled(scene).id
    sign_in(client, scene.first)
    assert WAITS in page(client, HOME) and scene.sitting.number in page(client, HOME)
    officer = browser(scene.second)
    assert WAITS not in page(officer, HOME)
    path = f"{INDEX}annulments/{annulment}/"
    assert "An administrator plans it" in page(officer, path)
    assert "Plan the new sitting" in page(client, path) and "Register everybody" not in page(client, path)
    html = client.get(path).get_data(as_text=True)
    assert f"/staff/sittings/new?specification={scene.sitting.specification_id}" in html


def test_everybody_is_registered_in_one_step_and_who_could_not_be_is_named_with_the_reason(client, scene):
    annulment, new = annulled(scene).id, planned(scene, seats=1)
    path = f"{INDEX}annulments/{annulment}/"
    sign_in(client, scene.first)
    answer = post(client, f"{path}new-sitting", {"anew": str(new.id)}, page=path)
    assert answer.status_code == 303
    [left] = [one.person.full_name for one, _why in annulments.left_out(
        db.session.get_one(Annulment, annulment), now=scene.clock())]  # fmt: skip
    text = page(client, path)
    assert f"{left} " in text and "The room has no free seat" in text and "Т-2026-900" in text
    assert len(scene.make.participants(db.session.get_one(Sitting, new.id))) == 1
    assert WAITS not in page(client, HOME)
    db.session.rollback()
    assert not list(audit.verify())


def test_a_sitting_that_is_not_planned_or_of_another_test_is_not_offered(client, scene, make):
    path = f"{INDEX}annulments/{annulled(scene).id}/"
    new, other = planned(scene).id, make.sitting(people=0, open=False, present=False).id
    sign_in(client, scene.first)
    html = client.get(path).get_data(as_text=True)
    assert str(new) in html and str(other) not in html
    answer = post(client, f"{path}new-sitting", {"anew": str(other)}, page=path)
    assert answer.status_code == 200 and scene.make.participants(db.session.get_one(Sitting, other)) == []


def test_only_whoever_registers_participants_calls_them_anew(client, scene):
    path, new = f"{INDEX}annulments/{annulled(scene).id}/", planned(scene)
    sign_in(client, scene.second)
    assert post(client, f"{path}new-sitting", {"anew": str(new.id)}, page=path).status_code == 403


def test_a_form_that_was_sat_is_not_offered_for_the_new_sitting_and_refused_where_it_was_planned_before(client, scene):
    specification, sat = scene.sitting.specification_id, scene.form_id
    with transaction():
        before = sittings.plan_sitting(
            "Т-2026-899", scene.sitting.specification, scene.make.room(3), scene.clock() + timedelta(days=3),
            [scene.form], [scene.make.user(Role.PROCTOR)], by=scene.first, now=scene.clock(),
        ).id  # fmt: skip
    annulment = annulled(scene).id
    sign_in(client, scene.first)
    plan = f"/staff/sittings/new?specification={specification}"
    assert "Seal new forms" in page(client, plan) and str(sat) not in client.get(plan).get_data(as_text=True)
    with transaction():
        seal_forms(scene.sitting.specification, 1, by=scene.first, now=scene.clock())
    words = page(client, plan)
    assert "Forms left out: 1" in words and "Form 2" in words and "Form 1" not in words
    path = f"{INDEX}annulments/{annulment}/"
    answer = post(client, f"{path}new-sitting", {"anew": str(before)}, page=path)
    assert answer.status_code == 409
    words = " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())
    assert scene.sitting.number in words and scene.form.digest.hex()[:12] in words
    assert scene.make.participants(db.session.get_one(Sitting, before)) == []
