"""Filing an appeal at one's own screen and at the desk, confirming the person, approving the commission (¶33–34)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.rules import Role
from appeals import queries
from appeals.models import Appeal
from appeals.services import filing
from core import audit
from core.db import db, transaction
from testing_center.models.sittings import Sitting
from testing_center.services.hall import seat_plan
from tests.appeal_scene import AppealScene
from tests.candidates import Candidate
from tests.web.reading import BASE, entries, page_of
from tests.web.signing_in import csrf_token, post, sign_in

APPEAL = "/exam/appeal/"


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources."""
    client.set_cookie("language", "en")


@pytest.fixture
def scene(make, clock):
    """A closed sitting with one candidate, who has ended."""
    return AppealScene(make, clock)


def seated(client, candidate):
    """Let ``client`` be the candidate's own browser."""
    with client.session_transaction() as session:
        session.clear()
        session["attempt"], session["language"] = [str(candidate.attempt_id), candidate.epoch], "en"
    client.set_cookie("language", "en")
    return client


@pytest.fixture
def own(client, scene):
    """The candidate's browser."""
    return seated(client, scene.candidates[0])


def filed(scene) -> Appeal | None:
    db.session.rollback()
    return queries.appeal_of_attempt(scene.candidates[0].attempt_id)


def test_disagreement_is_enough(own, scene):
    assert "File an appeal" in page_of(own.get("/exam/result"))
    answer = post(own, APPEAL, {"questions": "", "grounds": ""}, page=APPEAL)
    assert answer.status_code == 303
    appeal = filed(scene)
    assert appeal is not None and appeal.items == []
    page = page_of(own.get(APPEAL))
    assert appeal.number in page and "Now go to the proctor" in page
    assert appeal.number in page_of(own.get("/exam/result"))


def test_questions_are_named_by_the_numbers_on_the_screen(own, scene):
    order = scene.attempt().order["items"]
    post(own, APPEAL, {"questions": "2, 1", "grounds": "Макул эмесмин."}, page=APPEAL)
    appeal = filed(scene)
    assert appeal is not None and appeal.items == sorted(order[:2])
    assert filing.application_content(appeal)["grounds"] == "Макул эмесмин."


@pytest.mark.parametrize("numbers", ["0", "99", "1, икс"])
def test_a_question_that_the_test_does_not_have_is_refused_and_nothing_typed_is_lost(own, scene, numbers):
    page = page_of(post(own, APPEAL, {"questions": numbers, "grounds": "Сөзүм."}, page=APPEAL))
    assert "no such question" in page and "Сөзүм." in page and 'id="questions-error"' in page
    assert filed(scene) is None


def test_a_late_appeal_is_refused_with_the_times_what_was_written_stays_and_the_refusal_is_kept(own, scene, clock):
    page_before = own.get(APPEAL).get_data(as_text=True)
    token = page_before.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    clock.at = scene.sitting.closed_at + timedelta(hours=1, seconds=1)
    answer = own.post(APPEAL, data={"csrf_token": token, "questions": "1", "grounds": "Кечигип калдым."})
    assert answer.status_code == 409
    page = page_of(answer)
    assert "Кечигип калдым." in page and "within one hour" in page
    assert filed(scene) is None
    assert [entry.subject for entry in late_entries(scene)] == [f"attempt:{scene.candidates[0].attempt_id}"]
    assert "The time for appeals is over" in page_of(own.get(APPEAL))


@pytest.mark.parametrize("questions", ["1", "99"])
def test_a_late_appeal_is_kept_as_a_refusal_whatever_it_names(own, scene, clock, questions):
    clock.advance(timedelta(hours=1, seconds=1))
    answer = post(own, APPEAL, {"questions": questions, "grounds": "Кечиктим"}, page="/exam/result")
    assert answer.status_code == 409 and len(late_entries(scene)) == 1


def late_entries(scene) -> list[audit.AuditEntry]:
    """What is on record of appeals that came too late."""
    db.session.rollback()
    return [entry for entry in entries("refused") if audit.facts(entry)["code"] == "filing_window_closed"]


def test_after_the_hour_the_candidate_has_the_refusal_recorded_with_the_times_and_a_number(own, scene, clock):
    own.get(APPEAL)
    clock.at = scene.sitting.closed_at + timedelta(hours=1, seconds=1)
    assert "Have a late appeal recorded" in page_of(own.get("/exam/result"))
    before = page_of(own.get(APPEAL))
    assert "Have the refusal recorded" in before and "The refusal is on record" not in before
    assert post(own, f"{APPEAL}late", page=APPEAL).status_code == 303
    [entry] = late_entries(scene)
    assert (entry.subject, entry.at) == (f"attempt:{scene.candidates[0].attempt_id}", clock())
    page = page_of(own.get(APPEAL))
    assert "The refusal is on record" in page and f"<dd>{entry.number}</dd>" in page
    assert all(f"<dd>{time}</dd>" in page for time in audit.facts(entry)["params"].values())
    assert filed(scene) is None and list(audit.verify()) == []


def test_the_refusal_is_recorded_once_however_often_and_wherever_it_is_asked_for(own, scene, clock):
    clock.at = scene.sitting.closed_at + timedelta(hours=1, seconds=1)
    token = csrf_token(own, APPEAL)
    for _ in range(3):
        assert own.post(f"{APPEAL}late", data={"csrf_token": token}).status_code == 303
        clock.advance(timedelta(minutes=1))
    [entry] = late_entries(scene)
    assert audit.facts(entry)["params"]["now"].endswith("01")


def test_a_refusal_at_the_desk_stands_on_the_candidates_own_screen(app, own, scene, clock):
    clock.at = scene.sitting.closed_at + timedelta(hours=1, seconds=1)
    desk, form = app.test_client(), f"{BASE}/{scene.sitting_id}/appeals/seats/{seat_of(scene)}"
    sign_in(desk, scene.proctor)
    assert post(desk, form, {"is_recognised": "y"}, page=form).status_code == 409
    [entry] = late_entries(scene)
    page = page_of(own.get(APPEAL))
    assert f"<dd>{entry.number}</dd>" in page and "Have the refusal recorded" not in page


def test_up_to_the_last_moment_no_refusal_is_recorded_the_appeal_itself_can_be_filed(own, scene, clock):
    clock.at = scene.sitting.closed_at + timedelta(hours=1)
    assert post(own, f"{APPEAL}late", page=APPEAL).status_code == 409
    assert late_entries(scene) == [] and "The time for appeals has not run out" not in page_of(own.get(APPEAL))
    post(own, APPEAL, {}, page=APPEAL)
    clock.advance(timedelta(seconds=1))
    assert post(own, f"{APPEAL}late", page="/exam/result").status_code == 409
    assert late_entries(scene) == []


def test_the_bound_of_the_hour_is_in_time(own, scene, clock):
    clock.at = scene.sitting.closed_at + timedelta(hours=1)
    assert post(own, APPEAL, {}, page=APPEAL).status_code == 303
    assert filed(scene) is not None


def test_the_application_is_a_pdf_and_only_ones_own(own, scene):
    assert own.get(f"{APPEAL}application.pdf").status_code == 404
    post(own, APPEAL, {}, page=APPEAL)
    answer = own.get(f"{APPEAL}application.pdf")
    assert answer.data.startswith(b"%PDF") and answer.headers["Cache-Control"] == "no-store"


def test_while_the_sitting_runs_the_time_is_at_least(client, make, clock):
    scene = AppealScene(make, clock, people=1, close=False)
    assert "At least until" in page_of(seated(client, scene.candidates[0]).get(APPEAL))


def test_nobody_appeals_before_their_own_end(client, make, clock):
    candidate = Candidate(clock, make.codes(make.sitting(people=1))[0]).enter().start()
    assert seated(client, candidate).get(APPEAL).status_code == 409
    assert queries.appeal_of_attempt(candidate.attempt_id) is None


def test_the_desk_takes_an_appeal_and_the_proctor_recognises_the_person(client, scene):
    sign_in(client, scene.proctor)
    path = f"{BASE}/{scene.sitting_id}/appeals/"
    seat = seat_of(scene)
    assert "Take the appeal" in page_of(client.get(path))
    form = f"{path}seats/{seat}"
    refused = page_of(post(client, form, {"questions": "1", "grounds": "Сөз."}, page=form))
    assert 'id="is_recognised-error"' in refused and "Сөз." in refused and filed(scene) is None
    assert post(client, form, {"questions": "1", "grounds": "Сөз.", "is_recognised": "y"}, page=form).status_code == 303
    appeal = filed(scene)
    assert appeal is not None and appeal.confirmed_by_id == scene.proctor.id
    assert post(client, f"{path}{appeal.id}/application", page=path).data.startswith(b"%PDF")


def test_the_desk_refuses_a_late_appeal_with_the_times(client, scene, clock):
    form = f"{BASE}/{scene.sitting_id}/appeals/seats/{seat_of(scene)}"
    clock.at = scene.sitting.closed_at + timedelta(hours=1, seconds=1)
    sign_in(client, scene.proctor)
    answer = post(client, form, {"grounds": "Сөз.", "is_recognised": "y"}, page=form)
    assert answer.status_code == 409
    page = page_of(answer)
    assert "Сөз." in page and "Last moment" in page and filed(scene) is None
    assert "out of time" in page_of(client.get(f"{BASE}/{scene.sitting_id}/appeals/"))


def test_the_proctor_confirms_who_filed_at_their_own_screen(client, scene):
    with transaction():
        filing.file(scene.attempt().id, 1, "", [], by=scene.attempt(), now=scene.clock())
    sign_in(client, scene.proctor)
    path = f"{BASE}/{scene.sitting_id}/appeals/"
    appeal = filed(scene)
    assert appeal is not None and "Document seen, confirm" in page_of(client.get(path))
    assert post(client, f"{path}{appeal.id}/confirm", page=path).status_code == 303
    assert "person confirmed" in page_of(client.get(path))


def test_the_proctor_of_another_sitting_has_no_desk_here(client, make, scene):
    sign_in(client, make.user(Role.PROCTOR))
    assert client.get(f"{BASE}/{scene.sitting_id}/appeals/").status_code in (403, 404, 409)


def test_the_commission_is_approved_before_the_sitting(client, make, clock):
    sitting_id = make.sitting(open=False, present=False).id
    chair, member = (
        (user.id, user.full_name) for user in (make.user(Role.COMMISSION_CHAIR), make.user(Role.COMMISSION_MEMBER))
    )
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    path = f"{BASE}/{sitting_id}/commission/"
    assert "No commission is approved" in page_of(client.get(path))
    form = f"{path}approve"
    data = {"act_number": "41-Б", "act_on": "01.11.2026", "chair": str(chair[0]), "members": [str(member[0])]}
    alone = page_of(post(client, form, data | {"members": []}, page=form))
    assert 'value="41-Б"' in alone and 'role="alert"' in alone
    assert post(client, form, data, page=form).status_code == 303
    page = page_of(client.get(path))
    assert "41-Б" in page and chair[1] in page and member[1] in page


def test_a_recusal_gives_a_reason_and_a_substitute_takes_the_place(client, make, scene):
    user = make.user(Role.COMMISSION_MEMBER)
    user_id, name = user.id, user.full_name
    sign_in(client, scene.administrator)
    path, member_id = f"{BASE}/{scene.sitting_id}/commission/", queries.in_office(scene.commission)[1].id
    form = f"{path}members/{member_id}/recuse"
    assert 'id="reason-error"' in page_of(post(client, form, {"reason": " "}, page=form))
    assert post(client, form, {"reason": "Талапкердин тууганы"}, page=form).status_code == 303
    assert "Талапкердин тууганы" in page_of(client.get(path))
    form = f"{path}members/{member_id}/substitute"
    nameless = post(client, form, {"user": str(user_id), "act_number": "", "act_on": "01.11.2026"}, page=form)
    assert 'id="act_number-error"' in page_of(nameless)
    data = {"user": str(user_id), "act_number": "52-Б", "act_on": "01.11.2026"}
    assert post(client, form, data, page=form).status_code == 303
    page = page_of(client.get(path))
    assert name in page and "52-Б" in page


def seat_of(scene) -> int:
    """The seat of the first candidate."""
    sitting = db.session.scalars(select(Sitting).where(Sitting.id == scene.sitting_id)).one()
    return next(seat.number for seat in seat_plan(sitting, now=scene.clock()).taken if seat.attempt)
