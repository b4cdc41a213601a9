"""Candidates from an xlsx file: every refused row is named with its reason, and it is all or nothing."""

from __future__ import annotations

import zipfile
from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from accounts.rules import Role
from competitions.models import Bar
from core.db import db, transaction
from core.i18n import force_locale
from regulation.law import CURRENT
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import ParticipantsFileExpired, ParticipantsFileRefused
from testing_center.services import participants_file, registration
from testing_center.services.participants_sheet import COLUMNS
from testing_center.services.participants_template import write_template


@pytest.fixture
def admin(make):
    return make.user(Role.TEST_ADMINISTRATOR)


@pytest.fixture
def place(make):
    """A sitting in preparation with four seats, and a competition."""
    sitting = make.sitting(people=2, open=False, present=False)
    return sitting, make.competition()


@pytest.fixture
def row(place, make):
    """A good row, with some cells changed."""
    sitting, competition = place

    def cells(**changes):
        person = make.person()
        good = {
            "surname": "Чороева", "given_name": "Айнура", "patronymic": "Токтогуловна",
            "personal_number": person.personal_number, "email": "a@mail.kg", "phone": "0555 123456", "language": "ky",
            "competition": competition.number, "centre": sitting.centre.name_ky, "sitting": sitting.number,
        }  # fmt: skip
        return good | changes

    return cells


def workbook(*rows, title="candidates", columns=COLUMNS, change=None):
    book = Workbook()
    book.active.title = title
    book.active.append(columns)
    for cells in rows:
        book.active.append([cells.get(name) for name in columns])
    if change:
        change(book.active)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.fixture(autouse=True)
def in_english(app):
    """Sentences in the language of the sources, so that a change of a translation changes no test."""
    with force_locale("en"):
        yield


def plan(data, clock):
    return participants_file.plan_file(data, now=clock())


def found(data, clock):
    """What is wrong, as (row, column, code)."""
    return [(finding.row, finding.column, finding.code) for finding in plan(data, clock).findings]


def people(sitting):
    return db.session.scalars(select(Participant).where(Participant.sitting_id == sitting.id)).all()


# --- good files


def test_a_dry_run_changes_nothing_and_the_confirmation_registers_everybody(place, row, clock, admin):
    sitting, _competition = place
    data = workbook(row(), row(language="ru", patronymic=None, email=None))
    assert not plan(data, clock).findings and len(people(sitting)) == 2
    with transaction():
        made = participants_file.carry_out(plan(data, clock), by=admin, now=clock())
    assert [participant.language for participant in made] == ["ky", "ru"]
    assert sorted(participant.seat for participant in people(sitting)) == [1, 2, 3, 4]


def test_a_pin_typed_as_a_number_of_14_digits_is_taken(row, clock):
    assert not found(workbook(row(personal_number=21505197800123)), clock)


def test_spaces_around_a_cell_empty_rows_and_the_order_of_columns_do_not_matter(row, clock):
    data = workbook({}, row(surname="  Чороева ", language=" ky "), {}, columns=tuple(reversed(COLUMNS)))
    assert not found(data, clock)
    assert plan(data, clock).entries[0].data.surname == "Чороева"


def test_the_centre_may_be_left_out_or_written_in_russian(place, row, clock):
    sitting, _competition = place
    assert not found(workbook(row(centre=None), row(centre=sitting.centre.name_ru.upper())), clock)


def test_the_template_has_the_columns_of_the_contract_and_offers_what_there_is(place, clock):
    sitting, competition = place
    book = load_workbook(BytesIO(write_template()))
    assert [cell.value for cell in book["candidates"][1]] == list(COLUMNS)
    offered = {cell.value for column in book["lists"].columns for cell in column}
    assert {sitting.number, competition.number, sitting.centre.name_ky} <= offered
    assert len(book["candidates"].data_validations.dataValidation) == 4
    assert [code for _row, _column, code in found(write_template(), clock)] == ["no_rows"]


# --- refused rows


def test_a_pin_of_13_digits_is_refused_and_the_sentence_speaks_of_lost_zeros(row, clock):
    data = workbook(row(), row(personal_number="2150519780012"), row(personal_number=2150519780012))
    assert found(data, clock) == [
        (3, "personal_number", "personal_number_invalid"),
        (4, "personal_number", "personal_number_invalid"),
    ]
    assert "Excel" in str(plan(data, clock).findings[0].message)


def test_a_barred_person_is_refused_with_the_date_of_return(row, make, clock, admin):
    cells = row()
    person = make.person(**{name: cells[name] for name in ("personal_number", "surname", "given_name", "patronymic")})
    other = make.sitting(people=0, open=False)
    with transaction():
        known = registration.register(other, make.competition(), person, "ky", by=admin, now=clock())
        db.session.add(
            Bar(
                person_id=known.person_id, failed_on=date(2026, 2, 1), returns_on=date(2027, 2, 1),
                law_version=CURRENT.version, created_at=clock(),
            )
        )  # fmt: skip
    assert found(workbook(cells), clock) == [(2, "personal_number", "barred")]
    assert "01.02.2027" in str(plan(workbook(cells), clock).findings[0].message)


def test_a_person_twice_in_the_file_is_refused_at_the_second_row(row, clock):
    first = row()
    data = workbook(first, row(), row(personal_number=first["personal_number"]))
    assert found(data, clock) == [(4, "personal_number", "duplicate_in_file")]
    assert "2" in str(plan(data, clock).findings[0].message)


def test_a_person_registered_already_is_refused(row, clock, admin):
    cells = row()
    with transaction():
        participants_file.carry_out(plan(workbook(cells), clock), by=admin, now=clock())
    assert found(workbook(cells), clock) == [(2, "personal_number", "already_registered")]


def test_unknown_competition_sitting_centre_and_language_are_each_named(row, make, clock):
    other = make.room().centre
    data = workbook(
        row(competition="К-1999-1"), row(sitting="Т-1999-001"), row(centre=other.name_ky), row(language="en")
    )
    assert found(data, clock) == [
        (2, "competition", "unknown_competition"),
        (3, "sitting", "unknown_sitting"),
        (4, "centre", "other_centre"),
        (5, "language", "language"),
    ]


def test_every_empty_cell_that_is_needed_is_named(row, clock):
    empty = dict.fromkeys(("surname", "given_name", "personal_number", "language", "competition", "sitting"))
    assert [column for _row, column, code in found(workbook(row(**empty)), clock) if code == "empty"] == list(empty)


def test_an_address_that_cannot_be_one_and_a_name_that_is_too_long_are_refused(row, clock):
    assert found(workbook(row(email="a@b", surname="Ч" * 81)), clock) == [
        (2, "surname", "too_long"),
        (2, "email", "email_invalid"),
    ]


def test_rows_for_which_the_room_has_no_seat_are_refused(row, clock):
    assert found(workbook(row(), row(), row(), row()), clock) == [
        (4, "sitting", "no_free_seat"),
        (5, "sitting", "no_free_seat"),
    ]


def test_a_sitting_that_is_open_takes_nobody(place, row, make, clock):
    sitting, _competition = place
    make.open(sitting)
    assert found(workbook(row()), clock) == [(2, "sitting", "sitting_already_open")]


def test_with_one_bad_row_nobody_is_registered(place, row, clock, admin):
    sitting, _competition = place
    with pytest.raises(ParticipantsFileRefused) as refused, transaction():
        participants_file.carry_out(plan(workbook(row(), row(language="de")), clock), by=admin, now=clock())
    assert refused.value.params == {"n": 1} and len(people(sitting)) == 2


# --- files that cannot be taken


def test_formulas_dates_and_errors_are_refused_with_the_cell(row, clock):
    data = workbook(row(surname="=A1&B1"), row(phone=date(2026, 1, 2)), row(given_name="#REF!"))
    assert [(line, column) for line, column, _code in found(data, clock)] == [
        (2, "surname"), (3, "phone"), (4, "given_name"),
    ]  # fmt: skip
    assert "A2" in str(plan(data, clock).findings[0].message)


def test_merged_cells_are_refused(row, clock):
    data = workbook(row(), row(), change=lambda sheet: sheet.merge_cells("A2:B2"))
    assert (2, None, "merged_cells") in found(data, clock)


def test_missing_columns_are_named(row, clock):
    data = workbook(row(), columns=COLUMNS[1:-1])
    finding = plan(data, clock).findings[0]
    assert finding.code == "columns_missing" and "surname, sitting" in str(finding.message)


def test_a_column_twice_is_refused(row, clock):
    assert found(workbook(row(), columns=(*COLUMNS, "phone")), clock) == [(None, None, "columns_repeated")]


def test_an_empty_list_and_what_is_no_workbook_are_refused(app, clock):
    assert found(workbook(), clock) == [(None, None, "no_rows")]
    assert found(b"surname;given_name\n", clock) == [(None, None, "not_xlsx")]
    assert found(b"PK\x03\x04 broken", clock) == [(None, None, "corrupt_file")]


def test_a_zip_bomb_is_not_opened_and_the_sentence_speaks_of_candidates(row, clock):
    target = BytesIO(workbook(row()))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big.bin", bytes(50 * 2**20))
    findings = plan(target.getvalue(), clock).findings
    assert findings[0].code == "zip_bomb" and "candidates" in str(findings[0].message)


def test_text_that_begins_like_a_formula_is_text(row, clock):
    def as_text(sheet):
        sheet["A2"].value, sheet["A2"].data_type = "=Чороева", "s"

    data = workbook(row(), change=as_text)
    assert not found(data, clock) and plan(data, clock).entries[0].data.surname == "=Чороева"


# --- between the dry run and the confirmation


def test_the_rows_come_back_for_the_same_person_within_an_hour(row, make, clock, admin):
    checked = plan(workbook(row()), clock)
    text = participants_file.seal(checked, by=admin, now=clock())
    assert checked.rows[0].texts["personal_number"] not in text
    clock.advance(timedelta(hours=1))
    assert tuple(participants_file.unseal(text, by=admin, now=clock())) == checked.rows
    with pytest.raises(ParticipantsFileExpired):
        participants_file.unseal(text, by=make.user(Role.TEST_ADMINISTRATOR), now=clock())
    with pytest.raises(ParticipantsFileExpired):
        participants_file.unseal("not ours", by=admin, now=clock())
    clock.advance(timedelta(seconds=1))
    with pytest.raises(ParticipantsFileExpired):
        participants_file.unseal(text, by=admin, now=clock())


def test_what_has_changed_since_the_dry_run_is_seen_at_the_confirmation(place, row, make, clock, admin):
    sitting, _competition = place
    checked = plan(workbook(row(), row()), clock)
    with transaction():
        registration.register(
            db.session.get_one(Sitting, sitting.id), make.competition(), make.person(), "ky", by=admin, now=clock()
        )
    with pytest.raises(ParticipantsFileRefused), transaction():
        participants_file.carry_out(
            participants_file.plan_rows(list(checked.rows), [], now=clock()), by=admin, now=clock()
        )
    assert len(people(sitting)) == 3
