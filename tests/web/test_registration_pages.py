"""Registering people by form and by file: nothing typed is lost, every refusal names its field or row."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from accounts.rules import Role
from core.db import db, transaction
from testing_center.models.sittings import Participant
from testing_center.services import codes as codes_service
from testing_center.services import registration
from tests.services.test_participants_file import workbook
from tests.web.reading import BASE, page_of, refusals, submitted
from tests.web.signing_in import csrf_token, post, sign_in


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def admin(client, make):
    """A test administrator, signed in."""
    return sign_in(client, make.user(Role.TEST_ADMINISTRATOR))


# --- registration


@pytest.fixture
def registering(client, make, admin):
    sitting, competition = make.sitting(people=1, open=False), make.competition()
    fields = {
        "personal_number": "21505197800123", "surname": "Абдыкеримова", "given_name": "Өкүмкан",
        "patronymic": "Ыңтымаковна", "email": "a@mail.kg", "phone": "0555 123456", "language": "ru",
        "competition_id": str(competition.id),
    }  # fmt: skip
    return f"{BASE}/{sitting.id}/participants/new", fields, sitting


def test_a_person_is_registered_and_found_by_name(client, registering):
    path, fields, sitting = registering
    assert post(client, path, fields, page=path).status_code == 303
    html = page_of(client.get(f"{BASE}/{sitting.id}/participants/?q=абдыкер"))
    assert "Абдыкеримова Өкүмкан Ыңтымаковна" in html and "Үсөнбаева" not in html


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("personal_number", "2150519780012", "A PIN has 14 digits."),
        ("email", "a@mail", "The e-mail address is not valid."),
        ("surname", "", "Fill in this field."),
    ],
)
def test_a_fault_is_said_at_its_field_and_nothing_typed_is_lost(client, registering, field, typed, sentence):
    path, fields, _sitting = registering
    sent = fields | {field: typed}
    html = page_of(post(client, path, sent, page=path))
    assert sentence in html and f'id="{field}-error"' in html
    for name in ("personal_number", "surname", "given_name", "patronymic", "email", "phone"):
        assert f'name="{name}"' in html and f'value="{sent[name]}"' in html
    assert re.search(r'checked[^>]*value="ru"', html) and f'selected value="{sent["competition_id"]}"' in html
    assert len(db.session.scalars(select(Participant)).all()) == 1


def test_a_barred_person_is_refused_with_the_date_and_the_form_comes_back(client, make, clock, registering):
    path, fields, _sitting = registering
    failed = make.sitting(people=0, open=False)
    person = make.person(**{name: fields[name] for name in ("personal_number", "surname", "given_name", "patronymic")})
    admin = make.user(Role.TEST_ADMINISTRATOR)
    with transaction():
        registration.register(failed, make.competition(), person, "ky", by=admin, now=clock())
    with transaction():
        codes_service.issue_codes(failed, by=admin, now=clock())
    make.open(failed)
    make.present(failed)
    clock.advance(timedelta(minutes=30))
    submitted(make, clock, failed)
    answer = post(client, path, fields, page=path)
    html = page_of(answer)
    assert answer.status_code == 409 and "Possible from: 28.11.2027" in html
    assert 'id="personal_number-error"' in html and 'value="0555 123456"' in html
    assert refusals()[-1] == "barred"


def test_a_changed_name_is_offered_where_the_pin_is_known_under_another(client, make, clock, registering):
    path, fields, _sitting = registering
    admin = make.user(Role.TEST_ADMINISTRATOR)
    known = make.person(personal_number=fields["personal_number"])
    other, competition = make.sitting(people=0, open=False), make.competition()
    with transaction():
        registration.register(other, competition, known, "ky", by=admin, now=clock())
    html = page_of(post(client, path, fields, page=path))
    assert "registered under another name" in html and 'name="has_new_name"' in html and known.surname in html
    assert post(client, path, fields | {"has_new_name": "y"}, page=path).status_code == 303


def test_a_withdrawal_asks_for_a_reason_and_then_takes_the_code_away(client, make, admin):
    sitting = make.sitting(open=False)
    path = f"{BASE}/{sitting.id}/participants/{make.participants(sitting)[0].id}/withdraw"
    assert "Fill in this field." in page_of(post(client, path, {"reason": " "}, page=path))
    assert post(client, path, {"reason": "оорусу"}, page=path).status_code == 303
    assert make.participants(sitting)[0].withdrawn_at is not None


# --- a file of candidates


def upload(client, data, name="candidates.xlsx"):
    path = f"{BASE}/participants/import"
    fields = {"csrf_token": csrf_token(client, path), "file": (BytesIO(data), name)}
    return client.post(path, data=fields, content_type="multipart/form-data")


@pytest.fixture
def good(make):
    sitting, competition = make.sitting(people=1, open=False), make.competition()

    def cells(**changes):
        return {
            "surname": "Чороева", "given_name": "Айнура", "personal_number": make.person().personal_number,
            "language": "ky", "competition": competition.number, "sitting": sitting.number,
        } | changes  # fmt: skip

    return cells, sitting


def test_a_file_is_checked_first_and_registers_everybody_when_confirmed(client, admin, good):
    cells, _sitting = good
    html = page_of(upload(client, workbook(cells(), cells())))
    assert "Nobody is registered yet" in html and len(db.session.scalars(select(Participant)).all()) == 1
    rows = re.search(r'name="rows"[^>]*value="([^"]+)"', html)[1]
    assert post(client, f"{BASE}/participants/import/confirm", {"rows": rows}).status_code == 303
    assert len(db.session.scalars(select(Participant)).all()) == 3
    answer = post(client, f"{BASE}/participants/import/confirm", {"rows": rows})  # the same page sent again
    assert answer.status_code == 409 and "registered already" in page_of(answer)


def test_each_refused_row_is_shown_with_number_column_and_reason(client, admin, good):
    cells, _sitting = good
    html = page_of(upload(client, workbook(cells(), cells(personal_number="2150519780012"), cells(sitting="Т-1"))))
    rows = re.findall(r'<tr><td class="is-num">(\d+)</td><td>(\w+)</td><th scope="row">([^<]+)', html)
    assert [(row, column) for row, column, _ in rows] == [("3", "personal_number"), ("4", "sitting")]
    assert 'name="rows"' not in html and len(db.session.scalars(select(Participant)).all()) == 1


def test_a_file_that_is_no_list_is_refused_in_words(client, admin):
    assert "This is not an Excel workbook" in page_of(upload(client, b"not a workbook"))
    assert "Choose an .xlsx file." in page_of(upload(client, b"x", "list.ods"))
