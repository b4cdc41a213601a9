"""Pages of corrections and annulments: prepared by one person, seen and applied by another."""

from __future__ import annotations

import re

import pytest

from accounts.models import User
from accounts.rules import Role
from core import audit
from core.db import db, transaction
from testing_center.models.errata import Annulment, Correction
from testing_center.rules.errata import CorrectionStatus
from testing_center.services import corrections as services
from tests.correction_scene import CorrectionScene
from tests.web.signing_in import post, proof, sign_in

BELOW = {1: 1, 2: 0, 3: 0}
ABOVE = {1: 0, 2: 0, 3: 0}
INDEX = "/staff/corrections/"


@pytest.fixture
def scene(make, clock):
    """Two people whom a corrected key at place 1 makes change places."""
    return CorrectionScene(make, clock, [BELOW, ABOVE])


def page(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def filled(scene, **changes) -> dict:
    """What is posted for place 1: the second option is right instead."""
    return {
        "grounds": "Апелляция № 1", "kind_1": "wrong_key", "accepted_1": [scene.option(1, 1)], "reason_1": "китеп",
    } | changes  # fmt: skip


def prepared(scene) -> str:
    """The address of a prepared correction."""
    return f"{INDEX}{scene.prepare(scene.wrong_key(1, 1)).id}/"


def test_one_chooses_a_form_and_questions_and_prepares_a_correction(client, scene):
    sign_in(client, scene.first)
    assert "6" in page(client, f"{INDEX}forms")
    path = f"{INDEX}forms/{scene.form_id}"
    assert "Choose at least one question" in page(client, f"{path}?lang=en")
    answer = post(client, f"{path}?place=1&chosen=1", filled(scene), page=f"{path}?place=1&lang=en")
    assert answer.status_code == 303
    correction = db.session.scalars(db.select(Correction)).one()
    assert (correction.status, correction.grounds) == (CorrectionStatus.PREPARED, "Апелляция № 1")
    assert answer.location == f"{INDEX}{correction.id}/"
    assert scene.scores == [2, 3]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"accepted_1": []}, "Choose which answers are right"),
        ({"reason_1": ""}, "Fill in this field"),
        ({"grounds": "  "}, "Write the grounds"),
        ({"kind_1": "void"}, None),
    ],
)
def test_what_is_refused_stands_on_the_page_and_nothing_typed_is_lost(client, scene, changes, sentence):
    sign_in(client, scene.first)
    path = f"{INDEX}forms/{scene.form_id}?place=1&chosen=1&lang=en"
    answer = post(client, path, filled(scene, **changes), page=path)
    if sentence is None:
        assert answer.status_code == 303
        return
    html = answer.get_data(as_text=True)
    assert sentence in html and db.session.query(Correction).count() == 0
    assert 'value="китеп"' in html or "Апелляция № 1" in html


def test_the_preview_shows_scores_who_crosses_and_how_the_order_of_the_competition_changes(client, scene):
    path = prepared(scene)
    sign_in(client, scene.second)
    text = page(client, f"{path}?lang=en")
    numbers = [candidate.attempt.number for candidate in scene.candidates]
    for words in ("2 → 3", "3 → 2", "Meets now", "Meets no longer", "The first place changes", *numbers):
        assert words in text
    assert f"Before: {numbers[1]}. After: {numbers[0]}" in text


def test_a_second_person_applies_what_they_saw(client, scene):
    path = prepared(scene)
    sign_in(client, scene.first)
    assert "another person applies it" in page(client, f"{path}?lang=en")
    sign_in(client, scene.second)
    digest = re.search(r'name="digest"[^>]*value="([0-9a-f]{64})"', client.get(path).get_data(as_text=True)).group(1)
    answer = post(client, f"{path}application", {"digest": digest, **proof(client, scene.second)}, page=path)
    assert answer.status_code == 303 and scene.scores == [3, 2]
    assert "Applied" in page(client, f"{path}?lang=en")
    db.session.rollback()
    assert not list(audit.verify())


def test_what_an_applied_correction_has_changed_stays_on_its_page_whatever_comes_later(client, scene):
    path = prepared(scene)
    numbers = [candidate.attempt.number for candidate in scene.candidates]
    people = scene.first.id, scene.second.id
    scene.apply(db.session.scalars(db.select(Correction)).one())
    sign_in(client, scene.first)
    shown = page(client, f"{path}?lang=en")
    for words in ("What it has changed", "2 → 3", "3 → 2", "Meets now", "Meets no longer", "The first place changes",
                  f"Before: {numbers[1]}. After: {numbers[0]}", *numbers):  # fmt: skip
        assert words in shown
    assert "Preview" not in shown
    scene.first, scene.second = (db.session.get_one(User, user_id) for user_id in people)
    scene.correct(*scene.void(1))
    assert page(client, f"{path}?lang=en") == shown


def test_a_correction_applied_before_this_was_kept_says_so(client, scene):
    path = prepared(scene)
    scene.apply(db.session.scalars(db.select(Correction)).one())
    with transaction():
        db.session.scalars(db.select(Correction)).one().effects = None
    sign_in(client, scene.first)
    assert "was not kept in one list at that time" in page(client, f"{path}?lang=en")


@pytest.mark.parametrize("digest", ["00" * 32, "no digest"])
def test_what_was_not_seen_is_refused_on_the_page_and_recorded(client, scene, digest):
    path = prepared(scene)
    sign_in(client, scene.second)
    answer = post(client, f"{path}application?lang=en", {"digest": digest, **proof(client, scene.second)}, page=path)
    assert "The results have changed since you saw the preview" in answer.get_data(as_text=True)
    assert scene.scores == [2, 3]
    [refused] = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="refused"))
    assert audit.facts(refused)["code"] == "preview_changed"


@pytest.fixture
def long(monkeypatch):
    """As if so many sat the form that the page tells how far it is."""
    monkeypatch.setattr("ranking.views.corrections.TOLD_FROM", 1)


def test_a_long_rescoring_tells_how_far_it_is_and_says_at_the_end_that_it_is_done(client, scene, long):
    path = prepared(scene)
    sign_in(client, scene.second)
    digest = re.search(r'name="digest"[^>]*value="([0-9a-f]{64})"', client.get(path).get_data(as_text=True)).group(1)
    html = post(
        client, f"{path}application?lang=en", {"digest": digest, **proof(client, scene.second)}, page=path
    ).get_data(as_text=True)
    assert re.findall(r"Done: (\d) of (\d)", html) == [("2", "2"), ("2", "2")]
    assert "Attempts rescored: 2" in html and html.rstrip().endswith("</html>")
    assert scene.scores == [3, 2]
    db.session.rollback()
    assert not list(audit.verify())


def test_a_long_rescoring_that_is_refused_says_so_changes_nothing_and_is_recorded(client, scene, long):
    path = prepared(scene)
    sign_in(client, scene.second)
    html = post(
        client, f"{path}application?lang=en", {"digest": "00" * 32, **proof(client, scene.second)}, page=path
    ).get_data(as_text=True)
    assert "The results have changed since you saw the preview" in html and "Attempts rescored" not in html
    assert scene.scores == [2, 3]
    [refused] = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="refused"))
    assert audit.facts(refused)["code"] == "preview_changed"


def test_a_long_rescoring_that_fails_says_so_and_changes_nothing(client, scene, long, monkeypatch):
    path = prepared(scene)
    sign_in(client, scene.second)
    digest = re.search(r'name="digest"[^>]*value="([0-9a-f]{64})"', client.get(path).get_data(as_text=True)).group(1)

    def fail(*_args, **_kwargs):
        raise RuntimeError("disk full")

    monkeypatch.setattr("testing_center.services.rescoring.fix", fail)
    html = post(
        client, f"{path}application?lang=en", {"digest": digest, **proof(client, scene.second)}, page=path
    ).get_data(as_text=True)
    assert "Nothing was changed" in html and scene.scores == [2, 3]


def test_opening_a_correction_shows_right_answers_and_is_recorded(client, scene):
    path = prepared(scene)
    sign_in(client, scene.second)
    from testing_center.sheets import get_sheet

    assert get_sheet(scene.form_id).items[1].options[1].text["ky"] in page(client, path)
    [opened] = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="correction.opened"))
    assert opened.actor == f"user:{scene.second.id}"


def test_a_correction_is_cancelled_with_a_reason(client, scene):
    path = prepared(scene)
    sign_in(client, scene.first)
    assert post(client, f"{path}cancellation", {"reason": "ката"}, page=path).status_code == 303
    assert "ката" in page(client, path)
    assert "Cancelled" in page(client, f"{INDEX}?lang=en")


def test_a_sitting_is_annulled_by_two_persons(client, scene):
    sign_in(client, scene.first)
    new = f"{INDEX}annulments/new"
    answer = post(client, new, {"sitting": str(scene.sitting_id), "reason": "жараксыз суроолор"}, page=new)
    assert answer.status_code == 303
    annulment_id = db.session.scalars(db.select(Annulment.id)).one()
    path = f"{INDEX}annulments/{annulment_id}/"
    refused = post(client, f"{path}application?lang=en", proof(client, scene.first), page=path)
    assert "A second person must apply it" in refused.get_data(as_text=True)
    sign_in(client, scene.second)
    assert post(client, f"{path}application", page=path).status_code == 200  # asks for the password, whoever is in
    assert not services.is_annulled(scene.sitting)
    assert post(client, f"{path}application", proof(client, scene.second), page=path).status_code == 303
    db.session.rollback()
    assert services.is_annulled(scene.sitting)
    assert "A new sitting is to be held" in page(client, f"{path}?lang=en")
    assert "жараксыз суроолор" in page(client, INDEX)


def test_an_annulment_is_cancelled_with_a_reason(client, scene):
    sign_in(client, scene.first)
    new = f"{INDEX}annulments/new"
    post(client, new, {"sitting": str(scene.sitting_id), "reason": "чечим"}, page=new)
    path = f"{INDEX}annulments/{db.session.scalars(db.select(Annulment.id)).one()}/"
    assert post(client, f"{path}cancellation", {"reason": "ката"}, page=path).status_code == 303
    assert "ката" in page(client, path)


def test_with_nothing_yet_the_page_says_what_will_stand_there(client, make):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    assert "No correction yet" in page(client, f"{INDEX}?lang=en")
    assert "Nobody has sat a form yet" in page(client, f"{INDEX}forms?lang=en")


def test_what_is_not_there_is_not_found(client, make):
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    nobody = "00000000-0000-0000-0000-000000000001"
    for path in (f"{INDEX}{nobody}/", f"{INDEX}forms/{nobody}", f"{INDEX}annulments/{nobody}/"):
        assert client.get(path).status_code == 404
