"""What stays on record of a refused appeal, and what a decided one does not tell outside the hearing (¶33–35)."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from appeals.rules.states import AppealOutcome, FindingKind
from core import audit
from tests.appeal_scene import AppealScene
from tests.web.reading import BASE, entries, page_of
from tests.web.signing_in import post, sign_in
from tests.web.test_appeal_pages import APPEAL, filed, seat_of, seated

REASON = "zqcanaryreason"


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources."""
    client.set_cookie("language", "en")


@pytest.fixture
def scene(make, clock):
    """A closed sitting with one candidate, who has ended."""
    return AppealScene(make, clock)


def test_the_desk_notes_a_late_appeal_and_the_refusal_says_whose_it_was_with_the_times(client, scene, clock):
    attempt, closed_at, seat = audit.name_of(scene.attempt()), scene.sitting.closed_at, seat_of(scene)
    clock.at = closed_at + timedelta(hours=1, seconds=1)
    sign_in(client, scene.proctor)
    form = f"{BASE}/{scene.sitting_id}/appeals/seats/{seat}"
    assert f'href="{form}"' in client.get(f"{BASE}/{scene.sitting_id}/appeals/").get_data(as_text=True)
    assert "the refusal stays on record" in page_of(client.get(form))
    assert post(client, form, {"grounds": "Сөз.", "is_recognised": "y"}, page=form).status_code == 409
    assert filed(scene) is None
    (refused,) = [entry for entry in entries("refused") if entry.subject == attempt]
    said = audit.facts(refused)
    assert said["code"] == "filing_window_closed"
    until = (closed_at + timedelta(hours=1)).astimezone(scene.sitting.zone)
    assert said["params"]["until"] == f"{until:%d.%m.%Y %H:%M:%S}"


def test_in_time_the_desk_says_nothing_of_being_late(client, scene, clock):
    clock.at = scene.sitting.closed_at + timedelta(hours=1)
    sign_in(client, scene.proctor)
    page = page_of(client.get(f"{BASE}/{scene.sitting_id}/appeals/seats/{seat_of(scene)}"))
    assert "stays on record" not in page


def test_after_the_hour_the_candidate_is_not_told_that_filing_is_under_way(client, scene, clock):
    own = seated(client, scene.candidates[0])
    assert 'aria-current="step"' in own.get(APPEAL).get_data(as_text=True)
    clock.at = scene.sitting.closed_at + timedelta(hours=1, seconds=1)
    assert 'aria-current="step"' not in own.get(APPEAL).get_data(as_text=True)


def test_a_decided_appeal_tells_neither_candidate_page_nor_desk_what_was_found(client, scene):
    place = scene.attempt().order["items"][0]
    scene.heard(places=[place])
    scene.find(place, FindingKind.WRONG_KEY, [scene.option(place, 1)], reason=REASON)
    scene.all_vote(AppealOutcome.UPHELD)
    scene.decide()
    ids = [option for item in scene.attempt().form.items for option in item.option_ids]
    own = seated(client, scene.candidates[0])
    answers = [own.get(path) for path in (APPEAL, "/exam/result", f"{APPEAL}application.pdf")]
    assert "Upheld" in page_of(answers[0])
    sign_in(client, scene.proctor)
    answers.append(client.get(f"{BASE}/{scene.sitting_id}/appeals/"))
    for answer in answers:
        text = answer.data
        if answer.mimetype == "application/pdf":
            text += "".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages).encode()
        assert answer.status_code == 200
        assert not [secret for secret in (REASON, *ids) if secret.encode() in text], answer.request.path
