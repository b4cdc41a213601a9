"""Taking an appeal back at one's own screen or by a paper at the desk, and rejecting what somebody else filed (¶33)."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.rules import Role
from appeals import queries
from appeals.services import filing
from core import audit
from core.db import db, transaction
from testing_center.rules.codes import LOCK_CODE_AFTER, new_code
from tests.appeal_scene import AppealScene
from tests.web.at_the_table import anew
from tests.web.reading import BASE, entries, page_of
from tests.web.signing_in import csrf_token, post, sign_in
from tests.web.test_appeal_pages import APPEAL, filed, seated

WITHDRAW = f"{APPEAL}withdraw"


@pytest.fixture
def scene(make, clock):
    """A closed sitting; its candidate has filed five minutes ago."""
    scene = AppealScene(make, clock)
    scene.file()
    clock.advance(timedelta(minutes=5))
    return scene


@pytest.fixture
def own(client, scene):
    """The candidate's browser."""
    return seated(client, scene.candidates[0])


@pytest.fixture
def desk(client, scene):
    """The proctor's browser."""
    client.set_cookie("language", "en")
    sign_in(client, scene.proctor)
    return client


def at_desk(scene, rest: str = "") -> str:
    """The address of the desk, or of an act upon the appeal."""
    appeal = filed(scene)
    return f"{BASE}/{scene.sitting_id}/appeals/" + (f"{appeal.id}/{rest}" if rest and appeal else "")


def refusals(scene) -> list[tuple[str, str, dict]]:
    """Code, subject and details of what was refused."""
    db.session.rollback()
    found = [(audit.facts(entry), entry.subject) for entry in entries("refused")]
    return [(said["code"], subject, said["params"]) for said, subject in found]


# --- at one's own screen


def test_withdrawing_asks_for_ones_own_code_and_ends_the_appeal(own, scene):
    page = page_of(own.get(WITHDRAW))
    assert "Withdraw the appeal?" in page and "only you can withdraw" in page
    assert post(own, WITHDRAW, {"code": scene.candidates[0].code}, page=WITHDRAW).status_code == 303
    appeal = filed(scene)
    assert appeal is not None and appeal.status == "withdrawn" and appeal.withdrawn_by_id is None
    assert "The appeal is withdrawn" in page_of(own.get(APPEAL))


def test_whoever_sits_at_a_workstation_left_open_withdraws_nothing(own, scene):
    subject = f"appeal:{filed(scene).id}"
    for typed in (new_code(), "1234 5678"):
        answer = post(own, WITHDRAW, {"code": typed}, page=WITHDRAW)
        page = page_of(answer)
        assert answer.status_code == 409 and 'id="code-error"' in page and f'value="{typed}"' in page
        assert "This is not the code with which this test was entered" in page
    assert filed(scene).status == "filed"
    assert refusals(scene) == [("not_the_code_of_this_test", subject, {})] * 2  # what was typed is not kept


def test_without_a_code_the_page_says_what_to_type(own, scene):
    assert "Type the 16 digits on your slip." in page_of(post(own, WITHDRAW, {"code": ""}, page=WITHDRAW))
    assert filed(scene).status == "filed" and refusals(scene) == []


def test_a_code_typed_wrongly_too_often_is_locked_and_unlocked_in_the_room(app, own, scene):
    for _ in range(LOCK_CODE_AFTER):
        post(own, WITHDRAW, {"code": new_code()}, page=WITHDRAW)
    page = page_of(post(own, WITHDRAW, {"code": scene.candidates[0].code}, page=WITHDRAW))
    assert "so it is locked" in page and filed(scene).status == "filed"
    proctor, seat = app.test_client(), f"{BASE}/{scene.sitting_id}/room/seats/1"
    proctor.set_cookie("language", "en")
    sign_in(proctor, scene.proctor)
    assert "The code is locked after too many tries" in page_of(proctor.get(seat))
    assert post(proctor, f"{seat}/unlock", page=seat).status_code == 303
    assert post(own, WITHDRAW, {"code": scene.candidates[0].code}, page=WITHDRAW).status_code == 303


def test_a_workstation_that_keeps_failing_waits_a_minute(own, scene):
    for _ in range(30):
        post(own, WITHDRAW, {"code": "1"}, page=WITHDRAW)
    answer = post(own, WITHDRAW, {"code": scene.candidates[0].code}, page=WITHDRAW)
    assert answer.status_code == 429 and answer.headers["Retry-After"]
    assert 'id="code-error"' in page_of(answer) and filed(scene).status == "filed"


# --- by a paper at the desk


def confirm(scene) -> None:
    """The person is recognised meanwhile."""
    with transaction():
        filing.confirm_person(scene.appeal(), by=scene.sitting.proctors[0], now=scene.clock())


def said(scene, **more) -> dict[str, str]:
    """The form of a paper signed now."""
    then = scene.clock().astimezone(ZoneInfo("Asia/Bishkek"))
    whole = {"on": f"{then:%d.%m.%Y}", "at": f"{then:%H:%M}", "is_signed": "y", "is_recognised": "y"} | more
    return {name: value for name, value in whole.items() if value}


def test_the_desk_takes_a_paper_and_shows_when_it_was_signed_and_who_took_it(app, desk, scene):
    path, name = at_desk(scene, "withdrawal"), scene.sitting.proctors[0].full_name
    assert "Withdrawal on paper" in page_of(desk.get(at_desk(scene)))
    assert post(desk, path, said(scene), page=path).status_code == 303
    assert filed(scene).status == "withdrawn"
    page = page_of(desk.get(at_desk(scene)))
    assert "on paper: 28.11.2026, 10:05" in page and name in page and path not in page
    assert "On paper, signed" in page_of(seated(app.test_client(), scene.candidates[0]).get(APPEAL))


@pytest.mark.parametrize("missing", ["on", "at", "is_signed", "is_recognised"])
def test_a_paper_without_a_date_a_signature_or_the_person_is_not_taken_and_nothing_typed_is_lost(desk, scene, missing):
    path, typed = at_desk(scene, "withdrawal"), said(scene, **{missing: ""})
    page = page_of(post(desk, path, typed, page=path))
    assert f'id="{missing}-error"' in page and filed(scene).status == "filed"
    assert all(f'value="{typed[name]}"' in page for name in ("on", "at") if name != missing)


def test_a_paper_signed_before_the_filing_is_refused_beside_the_time(desk, scene):
    path = at_desk(scene, "withdrawal")
    answer = post(desk, path, said(scene, at="09:59"), page=path)
    page = page_of(answer)
    assert answer.status_code == 409 and 'id="at-error"' in page and 'value="09:59"' in page and "10:00:00" in page
    assert filed(scene).status == "filed" and [one[0] for one in refusals(scene)] == ["paper_time_wrong"]


def test_a_hearing_from_which_the_candidate_withdrew_on_paper_says_so(app, desk, scene):
    confirm(scene)
    anew(scene)
    scene.open()
    path = at_desk(scene, "withdrawal")
    post(desk, path, said(scene), page=path)
    anew(scene)
    sign_in(chair := app.test_client(), scene.chair)
    page = page_of(chair.get(f"/staff/appeals/{filed(scene).id}/?lang=en"))
    assert "On paper, signed: 28.11.2026, 10:05" in page and "The appeal has come to its end" in page


# --- somebody else filed


def test_the_proctor_rejects_what_somebody_else_filed_and_the_candidate_files_their_own(app, desk, scene):
    number, path = filed(scene).number, at_desk(scene, "rejection")
    assert "Not the candidate" in page_of(desk.get(at_desk(scene)))
    assert "Last moment" in page_of(desk.get(path))
    assert post(desk, path, {"reason": "Башка киши отурган."}, page=path).status_code == 303
    assert filed(scene) is None
    page = page_of(desk.get(at_desk(scene)))
    assert "Not filed by the candidate" in page and "Башка киши отурган." in page and "Take the appeal" in page
    own = seated(app.test_client(), scene.candidates[0])
    assert "File an appeal" in page_of(own.get("/exam/result"))
    form = page_of(own.get(APPEAL))
    assert number in form and "Башка киши отурган." in form and "file your own appeal now" in form
    assert post(own, APPEAL, {"grounds": "Өзүм."}, page=APPEAL).status_code == 303
    assert filed(scene).number == f"{number}2" and f"{number}2" in page_of(desk.get(at_desk(scene)))


def test_a_rejection_without_a_reason_or_of_a_recognised_person_is_refused(desk, scene):
    path = at_desk(scene, "rejection")
    assert 'id="reason-error"' in page_of(post(desk, path, {"reason": "  "}, page=path))
    confirm(scene)
    answer = post(desk, path, {"reason": "Башка киши отурган."}, page=path)
    page = page_of(answer)
    assert answer.status_code == 409 and "confirmed by document already" in page and "Башка киши отурган." in page
    assert filed(scene).status == "filed" and [one[0] for one in refusals(scene)] == ["person_was_confirmed"]


def test_after_the_hour_nobody_is_offered_to_reject_and_a_page_opened_before_refuses_it(desk, scene, clock):
    clock.at = scene.sitting.closed_at + timedelta(minutes=59, seconds=59)
    sign_in(desk, scene.sitting.proctors[0])
    path = at_desk(scene, "rejection")
    assert path in page_of(desk.get(at_desk(scene)))
    clock.advance(timedelta(seconds=1))
    opened = csrf_token(desk, path)  # in the last moment itself it is in time
    clock.advance(timedelta(seconds=1))
    answer = desk.post(path, data={"reason": "Башка киши отурган.", "csrf_token": opened})
    page = page_of(answer)
    assert answer.status_code == 409 and "The time ran out at: 28.11.2026 11:00:00" in page
    assert "Башка киши отурган." in page and "Reject: not the candidate" not in page
    listed = page_of(desk.get(at_desk(scene)))
    assert path not in listed and "The commission invites the person" in listed and "Document seen, confirm" in listed
    assert desk.get(path).status_code == 409 and filed(scene).status == "filed"
    assert {one[0] for one in refusals(scene)} == {"rejection_too_late"}


def test_whose_appeal_was_rejected_reads_after_the_hour_what_is_true_and_no_promise(app, desk, scene, clock):
    path = at_desk(scene, "rejection")
    post(desk, path, {"reason": "Башка киши отурган."}, page=path)
    clock.at = scene.sitting.closed_at + timedelta(hours=1, seconds=1)
    page = page_of(seated(app.test_client(), scene.candidates[0]).get(APPEAL))
    assert "It is not considered. Your own appeal could be filed until: 11:00" in page and "tell the" not in page


def test_once_the_key_was_shown_no_withdrawal_is_offered_and_it_is_said_why(app, desk, scene):
    confirm(scene)
    anew(scene)
    scene.open()
    sign_in(desk, scene.sitting.proctors[0])
    path = at_desk(scene, "withdrawal")
    assert path in page_of(desk.get(at_desk(scene))) and desk.get(path).status_code == 200
    opened = csrf_token(desk, path)
    anew(scene)
    scene.view()
    answer = desk.post(path, data={**said(scene), "csrf_token": opened})
    for refused in (answer, desk.get(path), seated(app.test_client(), scene.candidates[0]).get(WITHDRAW)):
        assert refused.status_code == 409 and "What was seen concerns everybody" in page_of(refused)
    assert path not in page_of(desk.get(at_desk(scene)))
    assert WITHDRAW not in page_of(seated(app.test_client(), scene.candidates[0]).get(APPEAL))
    assert filed(scene).status == "hearing"


def test_the_commission_sees_that_no_hearing_follows(app, desk, scene):
    appeal_id, path = filed(scene).id, at_desk(scene, "rejection")
    post(desk, path, {"reason": "Башка киши отурган."}, page=path)
    anew(scene)
    sign_in(chair := app.test_client(), scene.chair)
    page = page_of(chair.get(f"/staff/appeals/{appeal_id}/?lang=en"))
    assert "Not filed by the candidate" in page and "The appeal has come to its end" in page
    assert "Open the hearing" not in page and "Declare about relatives" not in page


@pytest.mark.parametrize("act", ["rejection", "withdrawal"])
def test_the_proctor_of_another_sitting_does_neither(client, make, scene, act):
    path = at_desk(scene, act)
    sign_in(client, make.user(Role.PROCTOR))
    assert client.get(path).status_code in (403, 404)
    assert queries.get_appeal(filed(scene).id).status == "filed"
