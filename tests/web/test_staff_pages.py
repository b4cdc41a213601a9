"""Sittings: each page for the right people, planning, opening by two persons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.rules import Role
from core.db import db
from testing_center.models.sittings import Sitting
from tests.web.reading import BASE, page_of, proctor_of, refusals, submitted
from tests.web.signing_in import post, sign_in


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def admin(client, make):
    """A test administrator, signed in."""
    return sign_in(client, make.user(Role.TEST_ADMINISTRATOR))


# --- who may enter


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/", {Role.TEST_ADMINISTRATOR, Role.PROCTOR, Role.AUDITOR, Role.AUTHORITY_OFFICER}),
        ("/new", {Role.TEST_ADMINISTRATOR}),
        ("/participants/import", {Role.TEST_ADMINISTRATOR}),
        ("/participants/template.xlsx", {Role.TEST_ADMINISTRATOR}),
        ("/{id}/participants/", {Role.TEST_ADMINISTRATOR}),
        ("/{id}/participants/new", {Role.TEST_ADMINISTRATOR}),
        ("/{id}/codes/", {Role.TEST_ADMINISTRATOR}),
        ("/{id}/protocols/", {Role.TEST_ADMINISTRATOR, Role.AUTHORITY_OFFICER}),
    ],
)
def test_each_page_is_for_its_roles_only(client, make, path, roles):
    sitting = make.sitting(open=False)
    for role in Role:
        sign_in(client, make.user(role))
        status = client.get(BASE + path.format(id=sitting.id)).status_code
        assert status == (200 if role in roles else 403), role


def test_the_room_is_for_its_own_proctors_and_the_administrator(client, make):
    sitting = make.sitting()
    for user, status in (
        (proctor_of(sitting), 200), (make.user(Role.TEST_ADMINISTRATOR), 200), (make.user(Role.PROCTOR), 403),
        (make.user(Role.AUDITOR), 403),
    ):  # fmt: skip
        sign_in(client, user)
        for path in ("room/", "room/presence", "room/seats/1", "incident", "close"):
            assert client.get(f"{BASE}/{sitting.id}/{path}").status_code == status, path
    assert "not_proctor_here" in refusals()


def test_a_proctor_sees_only_the_sittings_they_are_appointed_to(client, make):
    own, other = ((sitting.id, sitting.number) for sitting in (make.sitting(), make.sitting()))
    sign_in(client, db.session.get_one(Sitting, own[0]).proctors[0])
    html = page_of(client.get(f"{BASE}/"))
    assert own[1] in html and other[1] not in html
    assert client.get(f"{BASE}/{own[0]}/").status_code == 200
    assert client.get(f"{BASE}/{other[0]}/").status_code == 404


def test_pages_without_names_stay_without_names(client, make, clock):
    sitting = make.sitting()
    submitted(make, clock, sitting)
    sign_in(client, make.user(Role.AUTHORITY_OFFICER))
    for path in ("", "protocols/"):
        assert "Үсөнбаева" not in page_of(client.get(f"{BASE}/{sitting.id}/{path}"))


# --- sittings


def test_sittings_are_filtered_by_what_stands_in_the_address(client, make, admin):
    running, sitting = make.sitting().number, make.sitting(open=False)
    planned, centre = sitting.number, sitting.centre.id
    html = page_of(client.get(f"{BASE}/?status=open"))
    assert running in html and planned not in html
    html = page_of(client.get(f"{BASE}/?centre={centre}"))
    assert planned in html and running not in html
    assert planned in page_of(client.get(f"{BASE}/?on=2026-11-28"))
    assert planned not in page_of(client.get(f"{BASE}/?on=2026-11-29"))
    assert client.get(f"{BASE}/?status=nonsense&centre=x&on=y&page=z").status_code == 200


@pytest.fixture
def planning(client, make, admin):
    """What a good planning form holds, and where it is sent."""
    specification = make.specification()
    form, room, proctor = make.forms(specification)[0], make.room(3), make.user(Role.PROCTOR)
    path = f"{BASE}/new?specification={specification.id}"
    fields = {
        "number": "Т-2026-777", "forms": str(form.id), "room_id": str(room.id), "on": "2026-12-01", "at": "10:30",
        "proctors": str(proctor.id),
    }  # fmt: skip
    return path, fields


def test_a_sitting_is_planned_in_the_local_time_of_its_centre(client, planning):
    path, fields = planning
    assert post(client, path, fields, page=path).status_code == 303
    sitting = db.session.scalars(select(Sitting)).one()
    assert sitting.starts_at.isoformat() == "2026-12-01T04:30:00+00:00"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"number": ""}, "Fill in this field."),
        ({"on": "2026-11-27"}, "This moment has passed already."),
        ({"forms": []}, "Choose at least one sealed form"),
        ({"proctors": []}, "Appoint at least one proctor."),
    ],
)
def test_a_planning_form_with_a_fault_comes_back_as_it_was_typed(client, planning, changed, sentence):
    path, fields = planning
    answer = post(client, path, fields | {"number": "Т-2026-778"} | changed, page=path)
    html = page_of(answer)
    assert answer.status_code in {200, 409} and sentence in html and 'value="10:30"' in html
    assert db.session.scalars(select(Sitting)).all() == []


def test_a_number_taken_already_is_said_at_the_field(client, make, planning):
    path, fields = planning
    taken = make.sitting(open=False).number
    answer = post(client, path, fields | {"number": taken}, page=path)
    assert answer.status_code == 409 and f'value="{taken}"' in page_of(answer)
    assert 'id="number-error"' in page_of(answer) and refusals() == ["number_taken"]


# --- opening by two


def test_the_opening_needs_two_persons_and_says_who_was_first(client, make):
    sitting = make.sitting(open=False)
    make.commission(sitting)
    sitting_id, path = sitting.id, f"{BASE}/{sitting.id}/"
    name = sign_in(client, proctor_of(sitting)).full_name
    assert post(client, f"{path}opening", page=path).status_code == 303
    html = page_of(client.get(path))
    assert name in html and "Another person opens the sitting" in html
    assert post(client, f"{path}opening", page="/staff/account").status_code == 409
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    assert "Confirm and open the sitting" in page_of(client.get(path))
    assert post(client, f"{path}opening", page=path).status_code == 303
    assert db.session.get_one(Sitting, sitting_id).status == "open"


def test_the_opening_asks_for_the_password_again_after_five_minutes(client, make, clock):
    sitting = make.sitting(open=False)
    sign_in(client, proctor_of(sitting))
    clock.advance(timedelta(minutes=5, seconds=1))
    answer = post(client, f"{BASE}/{sitting.id}/opening", page=f"{BASE}/{sitting.id}/")
    assert answer.status_code == 200 and "proof-password" in page_of(answer)
    assert db.session.get_one(Sitting, sitting.id).status == "planned"


def test_34_without_a_commission_the_page_says_so_and_offers_no_opening(client, make):
    sitting_id = make.sitting(open=False).id
    path = f"{BASE}/{sitting_id}/"
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    assert f'action="{path}opening"' not in client.get(path).text
    assert "technical commission" in page_of(post(client, f"{path}opening", page="/staff/account"))
    make.commission(db.session.get_one(Sitting, sitting_id))
    assert f'action="{path}opening"' in client.get(path).text


def test_a_sitting_that_is_not_ready_says_what_is_missing(client, make):
    sitting = make.sitting(people=0, open=False)
    sign_in(client, proctor_of(sitting))
    answer = post(client, f"{BASE}/{sitting.id}/opening", page="/staff/account")
    assert answer.status_code == 409 and "participants" in page_of(answer)
