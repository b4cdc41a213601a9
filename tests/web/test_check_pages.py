"""The check of a computer: open to everybody and kept nowhere; with a room's address it is written down for a seat."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from testing_center.models.places import Room, Workstation, WorkstationCheck
from testing_center.rules.workstations import ROOM_ADDRESS_LASTS, CheckState
from testing_center.services import workstation_checks
from tests.rules.test_workstations import AGENTS, GOOD
from tests.web.reading import page_of, refusals
from tests.web.signing_in import csrf_token, sign_in

PAGE = "/exam/check/"
CHROME = {"User-Agent": AGENTS["Chrome"].format(120)}


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


def kept() -> list[WorkstationCheck]:
    return list(db.session.scalars(select(WorkstationCheck).order_by(WorkstationCheck.at)))


@pytest.fixture
def checking(client, make, clock):
    """A computer at which the room's address is open; returns what happens when its form is sent."""
    room = make.room(3)
    address = workstation_checks.room_address(room, now=clock())
    client.environ_base |= {"HTTP_USER_AGENT": CHROME["User-Agent"]}

    def send(seat: int | str = 2, **changes: str):
        fields = GOOD | {"room": address, "seat": str(seat), "csrf_token": csrf_token(client, f"{PAGE}?room={address}")}
        return client.post(PAGE, data=fields | changes)

    send.address = address
    return room, send


def test_everybody_may_check_a_computer_and_nothing_is_kept(client):
    assert "Check this computer" in page_of(client.get("/exam/"))
    html = page_of(client.get(PAGE, query_string=GOOD | {"checked": "1"}, headers=CHROME))
    assert "This computer is fit for a test" in html and "Chrome 120" in html and "1920 × 1080" in html
    assert kept() == []


def test_without_script_the_page_says_what_that_means(client):
    html = page_of(client.get(PAGE, query_string={"checked": "1", "typed": "ң ө ү 0123456789"}, headers=CHROME))
    assert "The test works without scripts, but less safely" in html
    assert "It is measured by a script of the page." in html


def test_the_server_tells_its_moment(client, clock):
    assert client.get(f"{PAGE}time").json == {"milliseconds": int(clock().timestamp() * 1000)}


def test_with_the_address_of_the_room_the_outcome_is_written_down_for_the_seat(client, make, clock, checking):
    room, send = checking
    assert "Written down for the seat: 2" in page_of(send(typed="н о у 0123456789"))
    (check,) = kept()
    assert check.workstation.seat == 2 and check.state == CheckState.WARN and check.at == clock()
    assert check.facts["letters"] == 0 and check.facts["delay"] == 12 and "typed" not in check.facts
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    html = page_of(client.get(f"/staff/centres/{room.centre_id}/rooms/{room.id}/"))
    assert "Look at it" in html and html.count("Not checked") == 2 and "/exam/check/?room=" in html


def test_the_newest_check_counts(clock, checking):
    room, send = checking
    send(width="320")
    clock.advance(timedelta(minutes=1))
    send()
    (newest,) = workstation_checks.latest_checks(db.session.get_one(Room, room.id)).values()
    assert len(kept()) == 2 and newest.state == CheckState.OK


@pytest.mark.parametrize("seat", ["", "0", "4", "x", "99999"])
def test_a_seat_that_the_room_does_not_have_is_refused_in_words(checking, seat):
    _room, send = checking
    answer = send(seat)
    assert answer.status_code == 422 and "The room has no such seat." in page_of(answer) and kept() == []


def test_twice_within_seconds_is_not_written_down(checking):
    _room, send = checking
    send()
    again = send()
    assert again.status_code == 429 and len(kept()) == 1
    assert "checked a moment ago" in page_of(again)


def test_whoever_has_the_address_writes_nothing_into_the_trail(client, make, clock, checking):
    _room, send = checking
    far = workstation_checks.room_address(make.room(1, address_ranges="10.9.0.0/16"), now=clock())
    before = audit.head()
    assert [send().status_code for _ in range(3)] == [200, 429, 429]
    assert send("77").status_code == 422 and send(1, room=far).status_code == 403
    db.session.rollback()
    assert audit.head() == before and refusals() == []


def test_an_address_counts_for_twelve_hours_and_only_as_it_was_made(client, clock, checking):
    _room, send = checking
    assert send(room="x").status_code == send(room="A" * 54).status_code == 410
    clock.advance(ROOM_ADDRESS_LASTS - timedelta(seconds=1))
    token = csrf_token(client, PAGE)
    assert send(csrf_token=token).status_code == 200
    clock.advance(timedelta(seconds=1))
    fields = GOOD | {"csrf_token": token, "room": send.address, "seat": "1"}
    assert client.post(PAGE, data=fields).status_code == 410 and len(kept()) == 1


def test_an_address_altered_in_one_letter_is_refused(client, make, clock):
    address = workstation_checks.room_address(make.room(1), now=clock())
    for place in range(0, len(address), 5):
        altered = address[:place] + ("A" if address[place] != "A" else "B") + address[place + 1 :]
        assert client.get(PAGE, query_string={"room": altered}).status_code == 410
    assert client.get(PAGE, query_string={"room": address}).status_code == 200


def test_a_computer_outside_the_room_writes_nothing_down(client, make, clock):
    room = make.room(2, address_ranges="192.168.3.0/24")
    address = workstation_checks.room_address(room, now=clock())
    fields = GOOD | {"room": address, "seat": "1", "csrf_token": csrf_token(client, PAGE)}
    assert client.post(PAGE, data=fields).status_code == 403 and kept() == []
    with transaction():
        db.session.scalars(select(Workstation).where(Workstation.seat == 2)).one().address = "192.168.3.7"
    client.environ_base["REMOTE_ADDR"] = "192.168.3.7"
    assert 'value="2"' in client.get(PAGE, query_string={"room": address}).text  # its fixed address tells the seat
    assert client.post(PAGE, data=fields).status_code == 200 and len(kept()) == 1
