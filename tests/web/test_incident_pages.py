"""The register of incidents on its pages: numbers, measures, acts as PDF, and the ways that may follow."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest

from accounts.rules import Role
from core.db import db, transaction
from testing_center import result_queries
from testing_center.models.hall import HallAct
from testing_center.models.sittings import Incident, Sitting
from testing_center.rules.acts import ActKind
from testing_center.rules.sittings import IncidentCategory
from testing_center.services import acts, sittings
from testing_center.services.acts import Asked
from tests import closing
from tests.candidates import Candidate
from tests.web.reading import BASE, page_of, proctor_of
from tests.web.signing_in import post, sign_in


@pytest.fixture
def scene(client, make, clock):
    """A running sitting with one candidate at work, an incident, its proctor signed in; the incident's page."""
    client.set_cookie("language", "en")
    sitting = make.sitting(people=1)
    candidate = Candidate(clock, make.codes(sitting)[0]).enter().start()
    proctor = proctor_of(sitting)
    with transaction():
        found = db.session.get_one(Sitting, sitting.id)
        incident = sittings.report_incident(
            found, IncidentCategory.TECHNICAL, "Коммутатор өчтү.", None, by=proctor, now=clock()
        )
        asked = Asked(ActKind.PAUSE, IncidentCategory.TECHNICAL, "Коммутатор")
        act = acts.ask(found, asked, [candidate.attempt_id], by=proctor, now=clock())
    sign_in(client, proctor)
    return sitting, act.id, f"{BASE}/{sitting.id}/incidents/{incident.id}/"


def test_incidents_bear_their_number_everywhere_and_lead_to_their_page(client, scene):
    sitting, _act, page = scene
    for path in (f"{BASE}/{sitting.id}/", f"{BASE}/{sitting.id}/incidents/"):
        html = page_of(client.get(path))
        assert "И-1" in html and page in html
    assert "Коммутатор өчтү." in page_of(client.get(page))


def test_the_number_of_a_new_incident_is_told(client, scene):
    path = f"{BASE}/{scene[0].id}/incident"
    answer = post(client, path, {"category": "staff", "text": "Экинчи"}, page=path)
    assert "И-2" in page_of(client.get(answer.location))


def test_the_register_is_a_pdf_that_nobody_keeps(client, scene):
    base = f"{BASE}/{scene[0].id}/incidents/"
    answer = post(client, f"{base}register", page=base)
    assert answer.data.startswith(b"%PDF") and answer.headers["Cache-Control"] == "no-store"


def test_an_act_of_staff_is_named_as_a_measure_and_offered_no_more(client, scene):
    _sitting, act_id, page = scene
    assert "Name as a measure" in page_of(client.get(page))
    assert post(client, f"{page}measures", {"act": str(act_id)}, page=page).status_code == 303
    html = page_of(client.get(page))
    assert "Name as a measure" not in html and "No act of staff is named" not in html


def test_a_message_is_offered_as_a_measure_by_its_words(client, scene, clock):
    sitting, act_id, page = scene
    with transaction():
        found = db.session.get_one(Sitting, sitting.id)
        attempts = [target.attempt_id for target in db.session.get_one(HallAct, act_id).targets]
        asked = Asked(ActKind.MESSAGE, IncidentCategory.TECHNICAL, "", wording="Суу ичкиле")
        acts.ask(found, asked, attempts, by=proctor_of(sitting), now=clock())
    html = page_of(client.get(page))
    assert re.search(r">\d\d:\d\d:\d\d · Message · Суу ичкиле</option>", html)
    assert re.search(r">\d\d:\d\d:\d\d · Pause · Коммутатор</option>", html)


def test_the_act_is_drawn_up_in_versions_and_had_as_a_pdf(client, scene):
    _sitting, act_id, page = scene
    assert post(client, f"{page}act", {"present": "Асан уулу Үсөн"}, page=page).status_code == 303
    again = post(client, f"{page}act", {"present": "Асан уулу Үсөн"}, page=page)
    assert again.status_code == 409 and "says the same already" in page_of(again)
    post(client, f"{page}measures", {"act": str(act_id)}, page=page)
    assert post(client, f"{page}act", {"present": "Асан уулу Үсөн"}, page=page).status_code == 303
    assert post(client, f"{page}act/2", page=page).data.startswith(b"%PDF")
    assert post(client, f"{page}act/1", page=page).data == post(client, f"{page}act/1", page=page).data
    assert post(client, f"{page}act/3", page=page).status_code == 404


@pytest.mark.parametrize(
    ("roles", "is_handed", "is_led"),
    [
        ([Role.TEST_ADMINISTRATOR], True, False), ([Role.AUTHORITY_OFFICER], True, False),
        ([Role.PROCTOR, Role.ITEM_APPROVER], True, True), ([Role.AUDITOR], False, False),
    ],
)  # fmt: skip
def test_the_words_for_the_question_bank_are_shown_to_be_handed_on_and_stand_in_no_address(
    client, make, scene, roles, is_handed, is_led
):
    page, who = scene[2], make.user(*roles)
    with transaction():
        (sitting := db.session.scalars(db.select(Sitting)).one()).proctors.append(db.session.merge(who))
        number = sitting.number
    sign_in(client, who)
    html = page_of(client.get(page))
    assert (f">{number}/И-1. Коммутатор өчтү.</textarea>" in html) is is_handed
    assert ("To the questions" in html) is is_led
    assert not [way for way in re.findall(r'(?:href|action)="([^"]*)"', html) if "Коммутатор" in unquote(way)]


def test_an_approver_sees_no_sitting_for_all_that(client, make, scene):
    sign_in(client, make.user(Role.ITEM_APPROVER))
    assert client.get(scene[2]).status_code == 403


def test_what_is_written_down_after_the_closing_says_so(client, make, clock, scene):
    sitting_id = scene[0].id
    words = "Written down after the closing"
    assert words not in page_of(client.get(f"{BASE}/{sitting_id}/incidents/"))
    clock.advance(timedelta(hours=3))
    with transaction():
        found = db.session.get_one(Sitting, sitting_id)
        found.status, found.closed_at, found.closed_by_id = "closed", clock(), found.proctors[0].id
    clock.advance(timedelta(minutes=1))
    with transaction():
        found = db.session.get_one(Sitting, sitting_id)
        sittings.report_incident(
            found, IncidentCategory.STAFF, "Кийин билинди", None, by=found.proctors[0], now=clock()
        )
    sign_in(client, db.session.get_one(Sitting, sitting_id).proctors[0])
    assert page_of(client.get(f"{BASE}/{sitting_id}/incidents/")).count(words) == 1


def test_an_incident_of_another_sitting_is_not_there(client, make, scene):
    other = make.sitting(people=1)
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    incident = db.session.scalars(db.select(Incident)).one().id
    assert client.get(f"{BASE}/{other.id}/incidents/{incident}/").status_code == 404


def test_after_the_closing_an_incident_leads_to_the_annulment_with_its_words_as_the_reason(client, make, clock, scene):
    page, sitting_id = scene[2], scene[0].id
    sign_in(client, admin := make.user(Role.TEST_ADMINISTRATOR))
    assert "annulled after its closing" in page_of(client.get(page))
    with transaction():
        found = db.session.get_one(Sitting, sitting_id)
        resume = Asked(ActKind.RESUME, IncidentCategory.TECHNICAL, "Коммутатор")
        acts.ask(found, resume, [one.id for one in result_queries.attempts_of(found)], by=admin, now=clock())
    clock.advance(timedelta(hours=2))
    with transaction():
        closing.close(db.session.get_one(Sitting, sitting_id), by=admin, now=clock())
    sign_in(client, admin)
    assert "Prepare the annulment" in page_of(client.get(page))
    html = page_of(client.get(f"/staff/corrections/annulments/new?sitting={sitting_id}&incident=1"))
    assert "И-1. Коммутатор өчтү." in html
    assert re.search(rf'<option[^>]*selected[^>]*value="{sitting_id}"|value="{sitting_id}"[^>]*selected', html)
