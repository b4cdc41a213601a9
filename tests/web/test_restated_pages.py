"""Pages of an answer that was recorded wrongly: found at the hearing, proposed, previewed and applied (¶35)."""

from __future__ import annotations

import re

import pytest

from appeals.rules.states import AppealOutcome
from core.db import db
from testing_center.models.errata import Correction
from tests.restated_scene import RestatedScene
from tests.web.at_the_table import anew, at, press, question_of, read
from tests.web.reading import page_of
from tests.web.signing_in import post, proof, sign_in

INDEX = "/staff/corrections/"


@pytest.fixture
def scene(make, clock):
    return RestatedScene(make, clock)


def text(scene, place: int, index: int) -> str:
    """Words of an option, as protocols and corrections have them."""
    option = next(item for item in scene.attempt().form.items if item.position == place).version.options[index]
    return f"{option['ky']} / {option['ru']}"


def said(client, path: str) -> str:
    """The words of a page of corrections, in English."""
    return read(client, f"{path}?lang=en")


def prepared(client, scene) -> str:
    """What the commission stated is prepared as it is proposed; the address of the correction."""
    sign_in(client, scene.correction.first)
    path = f"{INDEX}forms/{scene.attempt().form_id}"
    html = client.get(f"{path}?lang=en").get_data(as_text=True)
    [box] = [tag for tag in re.findall(r"<input[^>]*>", html) if 'name="restated"' in tag]
    assert " checked" in box
    value = re.search(r'value="([^"]+)"', box).group(1)
    answer = post(client, path, {"grounds": "Т/001-А", "restated": [value]}, page=path)
    assert answer.status_code == 303
    return answer.location


def test_the_commission_states_which_answer_counts(client, scene):
    scene.heard(places=[1])
    sign_in(client, scene.members[0])
    path = at(scene, f"findings/{question_of(scene, 1)}")
    typed = {"kind": "recording_fault", "reason": "Кагазда башка жооп.", "counts": ""}
    assert f"The recorded answer: {'АБВГДЕ'[shown_as(scene, 1, 0)]}" in read(client, path)
    assert "Choose which answer counts" in page_of(post(client, path, typed, page=path))
    kept = post(client, path, typed | {"counts": scene.option(1, 0)}, page=path)
    assert "This answer is the one that was recorded" in page_of(kept) and "Кагазда башка жооп." in page_of(kept)
    other = typed | {"kind": "agrees", "counts": scene.option(1, 1)}
    assert "Choose the recorded answer" in page_of(post(client, path, other, page=path))
    assert post(client, path, typed | {"counts": scene.option(1, 1)}, page=path).status_code == 303
    words = f"Recorded: {text(scene, 1, 0)}; counts: {text(scene, 1, 1)}"
    assert words in read(client, at(scene)) and words in read(client, at(scene, "vote"))
    assert post(client, path, typed | {"counts": "none"}, page=path).status_code == 303
    words = f"Recorded: {text(scene, 1, 0)}; counts: no answer"
    assert words in read(client, at(scene))
    anew(scene)
    scene.all_vote(AppealOutcome.UPHELD)
    scene.decide()
    assert words in read(client, at(scene, "protocol"))


def shown_as(scene, place: int, index: int) -> int:
    """Where an option stood on the candidate's screen."""
    order: list[int] = scene.attempt().order["options"][question_of(scene, place) - 1]
    return order.index(index)


def test_what_was_stated_waits_is_previewed_for_that_one_attempt_and_applied_by_another_person(client, scene):
    scene.upheld((3, 0))
    sign_in(client, scene.correction.first)
    assert "Decided appeals wait for a correction" in said(client, INDEX)
    path = prepared(client, scene)
    mine, others = scene.attempt().number, scene.attempt(1).number
    sign_in(client, scene.correction.second)
    words = said(client, path)
    assert f"Recorded: no answer; counts: {text(scene, 3, 0)}" in words
    assert "Only the attempts whose answers are put right" in words and "Nobody else is concerned" in words
    assert mine in words and "2 → 3" in words and "Meets now" in words
    rows = words[words.index("Only the attempts") :]
    assert others not in rows and "Attempts rescored 1" in words
    digest = re.search(r'name="digest"[^>]*value="([0-9a-f]{64})"', client.get(path).get_data(as_text=True)).group(1)
    typed = {"digest": digest, **proof(client, scene.correction.second)}
    assert post(client, f"{path}application", typed, page=path).status_code == 303
    assert scene.scores == [3, 2]
    assert "Decided appeals wait" not in said(client, INDEX)


def test_what_is_not_chosen_is_not_corrected(client, scene):
    scene.upheld((3, 0))
    sign_in(client, scene.correction.first)
    path = f"{INDEX}forms/{scene.attempt().form_id}?lang=en"
    answer = post(client, path, {"grounds": "Т/001-А"}, page=path)
    assert "Choose at least one question to correct" in page_of(answer)
    assert db.session.query(Correction).count() == 0


def test_an_answer_that_nobody_found_recorded_wrongly_cannot_be_slipped_in(client, scene):
    scene.upheld((3, 0))
    sign_in(client, scene.correction.first)
    path = f"{INDEX}forms/{scene.attempt().form_id}?lang=en"
    answer = post(client, path, {"grounds": "Т/001-А", "restated": [f"3:{scene.attempt(1).id}"]}, page=path)
    assert answer.status_code != 303 and db.session.query(Correction).count() == 0


def test_a_cancelled_correction_says_why(client, scene):
    scene.upheld((3, 0))
    path = prepared(client, scene)
    assert post(client, f"{path}cancellation", {"reason": "Жаңылыштык болду"}, page=path).status_code == 303
    assert "Жаңылыштык болду" in said(client, path)


def test_the_finding_is_recorded_from_the_page_of_the_key_as_well(client, scene):
    scene.heard(places=[3])
    sign_in(client, scene.chair)
    number = question_of(scene, 3)
    typed = {"kind": "recording_fault", "reason": "Актыда бар.", "counts": scene.option(3, 0)}
    answer = press(client, scene, f"findings/{number}", typed, page=at(scene, f"review/{number}"))
    assert answer.status_code == 303
    assert f"Recorded: no answer; counts: {text(scene, 3, 0)}" in read(client, at(scene, f"review/{number}"))


def test_an_answer_recorded_wrongly_and_a_wrong_key_are_found_of_one_question(client, scene):
    scene.heard(places=[1])
    sign_in(client, scene.members[0])
    path, right = at(scene, f"findings/{question_of(scene, 1)}"), scene.option(1, 1)
    both = {"kind": ["recording_fault", "wrong_key"], "reason": "Мыйзам өзгөргөн.", "counts": right}
    assert "Choose what is right" in page_of(post(client, path, both, page=path))
    both |= {"accepted": [right]}
    assert "Write this reason too" in page_of(post(client, path, both, page=path))
    both |= {"counts_reason": "Кагазда башка жооп."}
    alone = both | {"kind": ["wrong_key"], "counts": ""}
    assert "Leave this empty" in page_of(post(client, path, alone, page=path))
    agrees = both | {"kind": ["agrees", "recording_fault"]}
    assert "These findings exclude each other" in page_of(post(client, path, agrees, page=path))
    assert post(client, path, both, page=path).status_code == 303
    html = client.get(path).get_data(as_text=True)
    ticked = re.findall(r"<input checked[^>]* name=\"kind\"[^>]* value=\"(\w*)\"", html)
    assert ticked == ["recording_fault", "wrong_key"]
    assert "Кагазда башка жооп." in html and "Мыйзам өзгөргөн." in html
    for page in (at(scene), at(scene, "vote")):
        words = read(client, page)
        assert "The key is wrong" in words and "The answer was recorded wrongly" in words
    anew(scene)
    scene.all_vote(AppealOutcome.UPHELD)
    scene.decide()
    words = read(client, at(scene, "protocol"))
    assert "Мыйзам өзгөргөн." in words and f"Recorded: {text(scene, 1, 0)}; counts: {text(scene, 1, 1)}" in words
