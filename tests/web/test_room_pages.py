"""Codes and the proctor's room: papers that nobody keeps, states of seats, going on elsewhere, closing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from testing_center.models.sittings import Incident, Sitting
from testing_center.rules.codes import InvalidCode
from testing_center.services import delivery, entry
from tests.closing import account_for_everybody
from tests.web.reading import BASE, entries, page_of, proctor_of, submitted
from tests.web.signing_in import post, sign_in


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def admin(client, make):
    """A test administrator, signed in."""
    return sign_in(client, make.user(Role.TEST_ADMINISTRATOR))


# --- codes


def test_slips_are_a_pdf_that_nobody_keeps_and_a_reprint_asks_why(client, make, admin):
    sitting = make.sitting(open=False)
    path = f"{BASE}/{sitting.id}/codes/"
    answer = post(client, f"{path}slips", page=path)
    assert answer.data.startswith(b"%PDF") and answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    again = post(client, f"{path}slips", {"reason": ""}, page=path)
    assert again.status_code == 409 and "Give a reason" in page_of(again) and 'id="reason-error"' in page_of(again)
    assert post(client, f"{path}slips", {"reason": "принтер"}, page=path).data.startswith(b"%PDF")
    assert post(client, f"{path}envelopes", page=path).data.startswith(b"%PDF")
    assert client.get(f"{path}slips").status_code == 405


def test_printing_asks_for_the_password_again(client, make, clock, admin):
    sitting = make.sitting(open=False)
    clock.advance(timedelta(minutes=5, seconds=1))
    for paper in ("slips", "envelopes"):
        answer = post(client, f"{BASE}/{sitting.id}/codes/{paper}", page=f"{BASE}/{sitting.id}/codes/")
        assert not answer.data.startswith(b"%PDF") and "proof-password" in page_of(answer)


def test_codes_are_issued_and_a_lost_slip_is_replaced(client, make, admin):
    sitting = make.sitting(open=False)
    before, path = make.codes(sitting), f"{BASE}/{sitting.id}/codes/"
    replace = f"{path}{make.participants(sitting)[0].id}/replace"
    assert post(client, replace, {"reason": "жоголду"}, page=replace).status_code == 303
    assert make.codes(sitting)[0] != before[0]
    assert post(client, f"{path}issue", page=path).status_code == 303


def test_a_locked_code_is_shown_and_unlocked_by_the_administrator_or_the_proctor(client, make, clock, admin):
    sitting = make.sitting(people=2)
    codes = make.codes(sitting)
    for code in codes:
        for number in range(10):
            with pytest.raises(InvalidCode):
                entry.enter(code, "12345678", f"10.0.{number}.1", now=clock())
    path = f"{BASE}/{sitting.id}/"
    assert "Codes locked after too many tries" in page_of(client.get(f"{path}codes/"))
    assert post(client, f"{path}codes/unlock/1", page=f"{path}codes/").status_code == 303
    sign_in(client, proctor_of(sitting))
    html = page_of(client.get(f"{path}room/"))
    assert "locked after too many tries" in html and f'Seat numbers: <a href="{path}room/seats/2">2</a>' in html
    assert post(client, f"{path}room/seats/2/unlock", page=f"{path}room/seats/2").status_code == 303
    assert [entry.enter(code, "", "10.0.0.1", now=clock()).epoch for code in codes] == [1, 1]


# --- the room


def test_the_room_renews_itself_while_the_sitting_is_open_and_shows_no_score(client, make, clock):
    sitting = make.sitting(items=5, cut_score=3)
    submitted(make, clock, sitting)
    sign_in(client, proctor_of(sitting))
    answer = client.get(f"{BASE}/{sitting.id}/room/")
    assert 'http-equiv="refresh" content="15;url=' in page_of(answer) and "Finished" in page_of(answer)
    for path in ("room/", "room/seats/1"):
        html = page_of(client.get(f"{BASE}/{sitting.id}/{path}"))
        assert (
            "Score" not in html and "meet" not in html.lower() and "0 / 5</dd>" not in html.replace("Answers", "")[:0]
        )
    assert len([e for e in entries("links.opened") if "room" in audit.facts(e)["purpose"]]) == 1
    clock.advance(timedelta(minutes=16))
    client.get(f"{BASE}/{sitting.id}/room/")
    assert len([e for e in entries("links.opened") if "room" in audit.facts(e)["purpose"]]) == 2


def test_presence_is_noted_one_by_one(client, make):
    sitting = make.sitting(present=False)
    sign_in(client, proctor_of(sitting))
    path, participant = f"{BASE}/{sitting.id}/room/presence", make.participants(sitting)[0]
    answer = post(client, f"{path}/{participant.id}", {"presence": "absent"}, page=path)
    assert answer.status_code == 303 and answer.location.endswith("#seat-1")
    assert [p.presence for p in make.participants(sitting)] == ["absent", "expected"]
    post(client, f"{path}/{participant.id}", {"presence": "nonsense"}, page=path)
    assert [p.presence for p in make.participants(sitting)] == ["absent", "expected"]


def test_a_resume_code_is_shown_once_with_the_time_until_which_it_is_valid(client, make, clock):
    sitting = make.sitting()
    code = make.codes(sitting)[0]
    entry.enter(code, "", "10.0.0.1", now=clock())
    sign_in(client, proctor_of(sitting))
    path = f"{BASE}/{sitting.id}/room/seats/1"
    html = page_of(post(client, path, {"category": "technical", "reason": "экран күйбөй калды"}, page=path))
    token = re.search(r'u-strong">(\d{4} \d{4})</span>', html)[1]
    assert "10:10:00" in html and token not in page_of(client.get(path))
    assert entry.enter(code, token, "10.0.0.2", now=clock()).epoch == 2
    assert "Fill in this field." in page_of(post(client, path, {"reason": ""}, page=path))


def test_an_incident_is_recorded(client, make):
    sitting = make.sitting()
    sign_in(client, proctor_of(sitting))
    path = f"{BASE}/{sitting.id}/incident"
    html = page_of(post(client, path, {"text": "Жарык өчтү", "seat": "2"}, page=path))
    assert "Жарык өчтү" in html and 'value="2"' in html and 'id="category-error"' in html
    fields = {"text": "Жарык өчтү", "category": "environment"}
    assert post(client, path, fields, page=path).status_code == 303
    assert db.session.scalars(select(Incident)).one().text == "Жарык өчтү"
    assert "Жарык өчтү" in page_of(client.get(f"{BASE}/{sitting.id}/"))


def test_a_sitting_is_closed_on_a_page_of_its_own_and_not_while_somebody_works(client, make, clock):
    sitting = make.sitting()
    attempt = entry.enter(make.codes(sitting)[0], "", "10.0.0.1", now=clock()).id
    with transaction():
        delivery.start(attempt, 1, "ky", now=clock())
    sign_in(client, proctor_of(sitting))
    path = f"{BASE}/{sitting.id}/close"
    answer = post(client, path, page=path)
    assert answer.status_code == 409 and "Still working: 1" in page_of(answer)
    with transaction():
        delivery.submit(attempt, 1, now=clock())
    with transaction():
        account_for_everybody(db.session.get_one(Sitting, sitting.id), by=proctor_of(sitting), now=clock())
    assert post(client, path, {"slips_left": "1"}, page=path).status_code == 303
    assert db.session.get_one(Sitting, sitting.id).status == "closed"
