"""Centres, competitions, the journal and the home page."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from accounts.rules import Role
from competitions.models import Competition
from core import audit
from core.db import db, transaction
from testing_center.models.places import Centre, Room, Workstation
from testing_center.services import registration
from tests.web.reading import entries, page_of, proctor_of
from tests.web.signing_in import post, sign_in


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def admin(client, make):
    """A test administrator, signed in."""
    return sign_in(client, make.user(Role.TEST_ADMINISTRATOR))


# --- places and competitions


def test_a_centre_a_room_and_its_seats_are_made(client, admin):
    path = "/staff/centres/new"
    fields = {
        "name_ky": "Ош борбору", "name_ru": "Ошский центр", "address_ky": "Ош ш.", "address_ru": "г. Ош",
        "time_zone": "Asia/Bishkek", "is_active": "y",
    }  # fmt: skip
    assert post(client, path, fields, page=path).status_code == 303
    again = post(client, path, fields, page=path)
    assert again.status_code == 409 and 'id="name_ky-error"' in page_of(again) and 'value="г. Ош"' in page_of(again)
    centre = db.session.scalars(select(Centre)).one()
    path = f"/staff/centres/{centre.id}/rooms/new"
    wrong = {"name": "2", "seats": "3", "seats_per_row": "2", "address_ranges": "192.168.300.0/24"}
    html = page_of(post(client, path, wrong, page=path))
    assert "The address range is not valid" in html and 'value="192.168.300.0/24"' in html
    assert post(client, path, wrong | {"address_ranges": "192.168.3.7/24"}, page=path).status_code == 303
    room = db.session.scalars(select(Room)).one()
    assert (
        room.address_ranges == "192.168.3.0/24"
        and [w.seat for w in room.workstations] == [1, 2, 3]
        and room.seats_per_row == 2
    )


def test_seats_are_marked_unusable_and_given_addresses(client, make, admin):
    room = make.room(2)
    path = f"/staff/centres/{room.centre_id}/rooms/{room.id}/"
    one, two = db.session.scalars(select(Workstation).order_by(Workstation.seat)).all()
    wrong = page_of(post(client, path, {f"usable-{one.id}": "1", f"address-{two.id}": "10.0.0"}, page=path))
    assert 'value="10.0.0"' in wrong and "The address range is not valid" in wrong
    post(client, path, {f"usable-{one.id}": "1", f"address-{one.id}": "10.0.0.7"}, page=path)
    found = db.session.scalars(select(Workstation).order_by(Workstation.seat)).all()
    assert [(w.is_usable, w.address) for w in found] == [(True, "10.0.0.7"), (False, None)]


def test_a_room_grows_but_never_loses_seats(client, make, admin):
    room = make.room(2)
    path = f"/staff/centres/{room.centre_id}/rooms/{room.id}/edit"
    answer = post(client, path, {"name": room.name, "seats": "1", "seats_per_row": "6"}, page=path)
    assert answer.status_code == 409 and 'id="seats-error"' in page_of(answer)
    assert post(client, path, {"name": room.name, "seats": "4", "seats_per_row": "6"}, page=path).status_code == 303
    assert len(db.session.scalars(select(Workstation)).all()) == 4


def test_a_competition_keeps_the_law_and_changes_only_before_anybody_takes_part(client, make, clock, admin):
    path = "/staff/competitions/new"
    fields = {
        "number": "К-2026-17", "school_ky": "№ 5 мектеп", "school_ru": "Школа № 5", "place_ky": "Өзгөн",
        "place_ru": "Узген", "financing": "local", "announced_on": "2026-11-20",
    }  # fmt: skip
    assert post(client, path, fields, page=path).status_code == 303
    competition = db.session.scalars(select(Competition)).one()
    assert competition.law_version == "provisional-1"
    again = post(client, path, fields | {"school_ky": "№ 6 мектеп"}, page=path)
    assert again.status_code == 409 and 'value="№ 6 мектеп"' in page_of(again) and 'id="number-error"' in page_of(again)
    edit = f"/staff/competitions/{competition.id}/edit"
    assert post(client, edit, fields | {"place_ky": "Өзгөн ш."}, page=edit).status_code == 303
    sitting, person, admin = make.sitting(people=0, open=False), make.person(), make.user(Role.TEST_ADMINISTRATOR)
    with transaction():
        held = db.session.get_one(Competition, competition.id)
        registration.register(sitting, held, person, "ky", by=admin, now=clock())
    answer = post(client, edit, fields, page=edit)
    assert answer.status_code == 409 and "does not change any more" in page_of(answer)
    assert db.session.get_one(Competition, competition.id).place_ky == "Өзгөн ш."
    assert "№ 5 мектеп" in page_of(client.get("/staff/competitions/?q=өзгөн"))


# --- the journal


def test_the_auditor_filters_the_journal_and_checks_the_chain(client, make):
    sitting = make.sitting()
    sign_in(client, make.user(Role.AUDITOR))
    html = page_of(client.get(f"/staff/audit/?action=sitting.opened&subject=sitting:{sitting.id}"))
    assert "Found: 1" in html
    assert "Found: 0" not in page_of(client.get("/staff/audit/?since=2026-11-28&until=2026-11-28&actor=user:"))
    assert "No entry fits" in page_of(client.get("/staff/audit/?until=2026-11-27"))
    assert "nothing was altered" in page_of(post(client, "/staff/audit/check", page="/staff/audit/"))
    with transaction():
        db.session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.action == "sitting.opened")
        ).one().actor = "x"
    html = page_of(post(client, "/staff/audit/check", page="/staff/audit/"))
    assert "The journal does not hold" in html and "its columns differ from its body" in html
    assert [audit.facts(found)["faults"] for found in entries("audit.checked")] == [0, 1]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDITOR])
def test_the_journal_is_for_the_auditor_only(client, make, role):
    sign_in(client, make.user(role))
    assert client.get("/staff/audit/").status_code == 403


def test_todays_sittings_stand_on_the_home_page(client, make):
    sitting = make.sitting()
    sign_in(client, proctor_of(sitting))
    assert sitting.number in page_of(client.get("/staff/"))
