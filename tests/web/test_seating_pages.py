"""Seats on the page of participants: dealt by a button until codes are issued, printed by two others."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from accounts.rules import Role
from core.db import db
from testing_center.models.sittings import Participant
from tests.services.test_seating import planned  # noqa: F401 - a fixture
from tests.web.reading import BASE, entries, page_of, refusals
from tests.web.signing_in import post, sign_in


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def admin(client, make):
    """A test administrator, signed in."""
    return sign_in(client, make.user(Role.TEST_ADMINISTRATOR))


def test_seats_are_dealt_by_a_button_and_the_page_says_so(client, admin, planned):  # noqa: F811
    sitting = planned(5, 4)
    path = f"{BASE}/{sitting.id}/participants/"
    assert "Deal the seats" in page_of(client.get(path))
    assert post(client, f"{BASE}/{sitting.id}/seats/deal", page=path).status_code == 303
    html = page_of(client.get(path))
    assert "Seats are dealt at random. People: 9" in html and "Deal the seats again" in html
    seats = db.session.scalars(select(Participant.seat)).all()
    assert len(set(seats)) == 9 and set(seats) <= set(range(1, 13))


def test_a_room_that_cannot_keep_rivals_apart_says_so(client, admin, planned):  # noqa: F811
    sitting = planned(4, seats=4)
    path = f"{BASE}/{sitting.id}/participants/"
    post(client, f"{BASE}/{sitting.id}/seats/deal", page=path)
    assert "The room is too full to sit all rivals for one post apart. Neighbouring pairs: 3" in page_of(
        client.get(path)
    )


def test_a_seat_is_given_by_hand_with_a_reason_and_stays(client, admin, planned):  # noqa: F811
    sitting = planned(2, seats=4)
    one, other = db.session.scalars(select(Participant).order_by(Participant.seat)).all()
    free = next(seat for seat in range(1, 5) if seat not in (one.seat, other.seat))
    path, taken, key = f"{BASE}/{sitting.id}/seats/people/{one.id}", str(other.seat), one.id
    assert path in page_of(client.get(f"{BASE}/{sitting.id}/participants/"))
    html = page_of(post(client, path, {"seat": taken, "reason": "Wheelchair"}, page=path))
    assert "Somebody sits there already" in html and "Wheelchair" in html
    assert 'id="reason-error"' in page_of(post(client, path, {"seat": str(free), "reason": ""}, page=path))
    assert post(client, path, {"seat": str(free), "reason": "Wheelchair"}, page=path).status_code == 303
    post(client, f"{BASE}/{sitting.id}/seats/deal", page=path)
    assert db.session.get_one(Participant, key).seat == free
    assert "Given by hand" in page_of(client.get(path))


def test_with_codes_there_is_no_button_and_the_act_is_refused_in_words(client, make, admin):
    sitting = make.sitting(open=False)
    path = f"{BASE}/{sitting.id}/participants/"
    html = page_of(client.get(path))
    assert "Codes are issued: seats stay as they are" in html and "/seats/deal" not in html
    answer = post(client, f"{BASE}/{sitting.id}/seats/deal", page=path)
    assert answer.status_code == 409 and "Codes are issued already" in page_of(answer)
    assert refusals()[-1] == "dealt_too_late"


@pytest.mark.parametrize(
    ("name", "action"), [("plan", "seat_plan.printed"), ("attendance", "attendance_sheet.printed")]
)
def test_each_paper_is_printed_and_recorded(client, make, admin, name, action):
    sitting = make.sitting(open=False)
    answer = post(client, f"{BASE}/{sitting.id}/seats/{name}.pdf", page=f"{BASE}/{sitting.id}/participants/")
    assert answer.data.startswith(b"%PDF") and len(entries(action)) == 1
