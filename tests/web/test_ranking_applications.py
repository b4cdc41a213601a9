"""Pages of the applications for a competition: filed, decided, withdrawn in writing (¶6, 12, 18, 30)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.rules import Role
from competitions.models import Application, Bar, Competition
from competitions.rules import ApplicationState
from core.db import db, transaction
from tests.web.reading import entries, page_of
from tests.web.signing_in import post, sign_in

PERSON = {
    "personal_number": "21505197800123", "surname": "Абдыкеримова", "given_name": "Өкүмкан",
    "patronymic": "Ыңтымаковна", "email": "a@mail.kg", "phone": "0555 123456",
}  # fmt: skip


@pytest.fixture(autouse=True)
def in_english(client):
    """Pages in the language of the sources, so that a change of a translation changes no test."""
    client.set_cookie("language", "en")


@pytest.fixture
def path(client, make):
    """The applications of a competition, before a test administrator."""
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    return f"/staff/competitions/{make.competition().id}/applications/"


@pytest.fixture
def filed(client, path):
    """The path of an application that was written down."""
    assert post(client, f"{path}new", PERSON, page=f"{path}new").status_code == 303
    return f"{path}{only().id}"


def only() -> Application:
    """The one application there is."""
    db.session.rollback()
    return db.session.scalars(select(Application)).one()


def test_a_competition_without_applications_says_what_will_stand_there(client, path):
    assert "No application yet" in page_of(client.get(path))


def test_an_application_is_written_down_and_stands_in_the_list(client, path, filed):
    html = page_of(client.get(path))
    assert "Абдыкеримова Өкүмкан Ыңтымаковна" in html and "Filed" in html and "a@mail.kg" in html
    assert only().state == ApplicationState.FILED and len(entries("application.filed")) == 1


def test_nobody_applies_twice_and_nothing_typed_is_lost(client, path, filed):
    answer = post(client, f"{path}new", PERSON, page=f"{path}new")
    assert answer.status_code == 409
    html = page_of(answer)
    assert "has an application in this competition already" in html and 'value="Абдыкеримова"' in html


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("personal_number", "2150519780012", "A PIN has 14 digits."),
        ("email", "a@mail", "The e-mail address is not valid."),
        ("surname", "", "Fill in this field."),
    ],
)
def test_a_fault_is_said_at_its_field(client, path, field, typed, sentence):
    html = page_of(post(client, f"{path}new", PERSON | {field: typed}, page=f"{path}new"))
    assert sentence in html and f'id="{field}-error"' in html
    assert not db.session.scalars(select(Application)).all()


def test_another_name_under_a_known_number_is_asked_about(client, path, filed):
    other = PERSON | {"surname": "Асанова"}
    answer = post(client, f"{path}new", other, page=f"{path}new")
    assert (
        answer.status_code == 409 and 'id="surname-error"' in page_of(answer) and "use the new one" in page_of(answer)
    )
    again = post(client, f"{path}new", other | {"has_new_name": "y"}, page=f"{path}new")
    assert "has an application in this competition already" in page_of(again)


def test_after_the_last_day_no_application_is_accepted(client, make, clock, path):
    with transaction():
        db.session.scalars(select(Competition)).one().applications_until = clock().date()
    assert post(client, f"{path}new", PERSON, page=f"{path}new").status_code == 303
    clock.advance(timedelta(days=1))
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    late = post(client, f"{path}new", PERSON | {"personal_number": "21505197800124"}, page=f"{path}new")
    assert late.status_code == 409 and "The last day was: 28.11.2026" in page_of(late)


def test_a_person_is_admitted(client, path, filed):
    assert post(client, f"{filed}/decision", {"decision": "admit"}, page=f"{filed}/decision").status_code == 303
    assert only().state == ApplicationState.ADMITTED and "Admitted" in page_of(client.get(path))


def test_a_refusal_needs_its_reason(client, filed):
    answer = post(client, f"{filed}/decision", {"decision": "refuse"}, page=f"{filed}/decision")
    assert answer.status_code == 409 and 'id="reason-error"' in page_of(answer)
    assert only().state == ApplicationState.FILED
    given = {"decision": "refuse", "reason": "Стажы жетпейт"}
    assert post(client, f"{filed}/decision", given, page=f"{filed}/decision").status_code == 303
    assert only().state == ApplicationState.NOT_ADMITTED


def test_what_is_decided_is_not_decided_again(client, filed):
    page = f"{filed}/decision"
    post(client, page, {"decision": "refuse", "reason": "Стажы жетпейт"}, page=page)
    again = post(client, page, {"decision": "admit"}, page=page)
    assert again.status_code == 409 and "It is: Not admitted" in page_of(again)


def test_a_withdrawal_names_the_letter(client, path, filed):
    page = f"{filed}/withdrawal"
    empty = post(client, page, {"document": ""}, page=page)
    assert "Fill in this field." in page_of(empty) and only().state == ApplicationState.FILED
    assert post(client, page, {"document": "Арыз № 4, 28.11.2026"}, page=page).status_code == 303
    assert only().state == ApplicationState.WITHDRAWN and "Candidacy withdrawn" in page_of(client.get(path))


def test_an_admission_is_taken_back_with_a_reason_and_not_by_the_page_of_the_decision(client, path, filed):
    decision, page = f"{filed}/decision", f"{filed}/revocation"
    early = post(client, page, {"reason": "28-пункт"}, page=page)
    assert early.status_code == 409 and only().state == ApplicationState.FILED
    post(client, decision, {"decision": "admit"}, page=decision)
    assert "Take the admission back" in page_of(client.get(path))
    late = post(client, decision, {"decision": "refuse", "reason": "Стажы жетпейт"}, page=decision)
    assert late.status_code == 409 and only().state == ApplicationState.ADMITTED
    empty = post(client, page, {"reason": " "}, page=page)
    assert "Write down the reason" in page_of(empty) and only().state == ApplicationState.ADMITTED
    assert post(client, page, {"reason": "28-пункт"}, page=page).status_code == 303
    assert only().state == ApplicationState.NOT_ADMITTED
    assert len(entries("application.refused")) == 1
    assert "Take the admission back" not in page_of(client.get(path))


def test_who_is_barred_meanwhile_is_named_and_the_missing_last_day_too(client, clock, path, filed):
    with transaction():
        today = clock().date()
        db.session.add(
            Bar(
                person_id=only().person_id, failed_on=today, returns_on=today + timedelta(days=365),
                law_version="provisional-1", created_at=clock(),
            )
        )  # fmt: skip
    html = page_of(client.get(path))
    assert "May take part from: 28.11.2027" in html and "The last day for applications is missing" in html


def test_an_application_of_another_competition_is_not_found_here(client, make, filed):
    elsewhere = f"/staff/competitions/{make.competition().id}/applications/{only().id}"
    assert client.get(f"{elsewhere}/decision").status_code == 404


def test_the_officer_of_the_authority_reads_and_changes_nothing(client, make, path, filed):
    sign_in(client, make.user(Role.AUTHORITY_OFFICER))
    html = page_of(client.get(path))
    assert "Абдыкеримова" in html and "/decision" not in html and "Write down an application" not in html
    assert client.get(f"{path}new").status_code == 403
