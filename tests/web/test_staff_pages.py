"""Staff pages of the test day: each for the right people, nothing typed lost, grave acts by two, files kept by nobody."""

from __future__ import annotations

import re
import zipfile
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from sqlalchemy import select

from accounts.rules import Role
from competitions.models import Competition
from core import audit
from core.db import db, transaction
from testing_center.models.attempts import Attempt, Protocol
from testing_center.models.places import Centre, Room, Workstation
from testing_center.models.sittings import Incident, Participant, Sitting
from testing_center.services import delivery, entry, sittings
from tests.services.test_participants_file import workbook
from tests.web.signing_in import csrf_token, post, sign_in

BASE = "/staff/sittings"


@pytest.fixture
def admin(client, make):
    """A test administrator, signed in."""
    return sign_in(client, make.user(Role.TEST_ADMINISTRATOR))


def proctor_of(sitting):
    return db.session.get_one(Sitting, sitting.id).proctors[0]


def page_of(answer):
    return unescape(answer.get_data(as_text=True))


def submitted(make, clock, sitting, seat=1):
    """Somebody at this seat has taken the test and ended it; returns the attempt's id."""
    attempt_id = entry.enter(make.codes(sitting)[seat - 1], "", "10.0.0.1", now=clock()).id
    with transaction():
        delivery.start(attempt_id, 1, "ky", now=clock())
    with transaction():
        delivery.submit(attempt_id, 1, now=clock())
    return attempt_id


def entries(action):
    return list(db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == action)))


def refusals():
    return [audit.facts(found)["code"] for found in entries("refused")]


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
    own, other = make.sitting(), make.sitting()
    sign_in(client, proctor_of(own))
    assert own.number in page_of(client.get(f"{BASE}/"))
    assert other.number not in page_of(client.get(f"{BASE}/"))
    assert client.get(f"{BASE}/{own.id}/").status_code == 200
    assert client.get(f"{BASE}/{other.id}/").status_code == 404


def test_pages_without_names_stay_without_names(client, make, clock):
    sitting = make.sitting()
    submitted(make, clock, sitting)
    sign_in(client, make.user(Role.AUTHORITY_OFFICER))
    for path in ("", "protocols/"):
        assert "Үсөнбаева" not in page_of(client.get(f"{BASE}/{sitting.id}/{path}"))


# --- sittings


def test_sittings_are_filtered_by_what_stands_in_the_address(client, make, admin):
    open_one, planned = make.sitting(), make.sitting(open=False)
    html = page_of(client.get(f"{BASE}/?status=open"))
    assert open_one.number in html and planned.number not in html
    html = page_of(client.get(f"{BASE}/?centre={planned.centre.id}"))
    assert planned.number in html and open_one.number not in html
    assert planned.number in page_of(client.get(f"{BASE}/?on=2026-11-28"))
    assert planned.number not in page_of(client.get(f"{BASE}/?on=2026-11-29"))
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
    path, proctor = f"{BASE}/{sitting.id}/", proctor_of(sitting)
    sign_in(client, proctor)
    assert post(client, f"{path}opening", page=path).status_code == 303
    html = page_of(client.get(path))
    assert proctor.full_name in html and "Another person opens the sitting" in html
    assert post(client, f"{path}opening", page="/staff/account").status_code == 409
    sign_in(client, make.user(Role.TEST_ADMINISTRATOR))
    assert "Confirm and open the sitting" in page_of(client.get(path))
    assert post(client, f"{path}opening", page=path).status_code == 303
    assert db.session.get_one(Sitting, sitting.id).status == "open"


def test_the_opening_asks_for_the_password_again_after_five_minutes(client, make, clock):
    sitting = make.sitting(open=False)
    sign_in(client, proctor_of(sitting))
    clock.advance(timedelta(minutes=5, seconds=1))
    answer = post(client, f"{BASE}/{sitting.id}/opening", page=f"{BASE}/{sitting.id}/")
    assert answer.status_code == 200 and "proof-password" in page_of(answer)
    assert db.session.get_one(Sitting, sitting.id).status == "planned"


def test_a_sitting_that_is_not_ready_says_what_is_missing(client, make):
    sitting = make.sitting(people=0, open=False)
    sign_in(client, proctor_of(sitting))
    answer = post(client, f"{BASE}/{sitting.id}/opening", page="/staff/account")
    assert answer.status_code == 409 and "participants" in page_of(answer)


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
    path, fields, sitting = registering
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
    from testing_center.services import codes, registration

    person = make.person(**{name: fields[name] for name in ("personal_number", "surname", "given_name", "patronymic")})
    admin = make.user(Role.TEST_ADMINISTRATOR)
    with transaction():
        registration.register(failed, make.competition(), person, "ky", by=admin, now=clock())
    with transaction():
        codes.issue_codes(failed, by=admin, now=clock())
    make.open(failed)
    make.present(failed)
    clock.advance(timedelta(minutes=30))
    submitted(make, clock, failed)
    answer = post(client, path, fields, page=path)
    html = page_of(answer)
    assert answer.status_code == 409 and "Possible from: 28.11.2027" in html
    assert 'id="personal_number-error"' in html and 'value="0555 123456"' in html
    assert refusals()[-1] == "barred"


def test_a_changed_name_is_offered_where_the_pin_is_known_under_another(client, make, registering):
    path, fields, sitting = registering
    known = make.participants(sitting)[0]
    other = make.sitting(people=0, open=False)
    path = f"{BASE}/{other.id}/participants/new"
    pin = "2" + "0" * 13
    from testing_center.services import registration

    admin = make.user(Role.TEST_ADMINISTRATOR)
    with transaction():
        registration.register(
            make.sitting(people=0, open=False), make.competition(), make.person(personal_number=pin), "ky", by=admin,
            now=make.clock(),
        )  # fmt: skip
    html = page_of(post(client, path, fields | {"personal_number": pin}, page=path))
    assert "registered under another name" in html and 'name="has_new_name"' in html and known.person.surname in html
    sent = fields | {"personal_number": pin, "has_new_name": "y"}
    assert post(client, path, sent, page=path).status_code == 303


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
    cells, sitting = good
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
            with pytest.raises(Exception, match="invalid_code"):
                entry.enter(code, "12345678", f"10.0.{number}.1", now=clock())
    path = f"{BASE}/{sitting.id}/"
    assert "Codes locked after too many tries" in page_of(client.get(f"{path}codes/"))
    assert post(client, f"{path}codes/unlock/1", page=f"{path}codes/").status_code == 303
    sign_in(client, proctor_of(sitting))
    assert "Seats: 2" in page_of(client.get(f"{path}room/"))
    assert post(client, f"{path}room/seats/2/unlock", page=f"{path}room/seats/2").status_code == 303
    assert [entry.enter(code, "", "10.0.0.1", now=clock()).epoch for code in codes] == [1, 1]


# --- the room


def test_the_room_renews_itself_while_the_sitting_is_open_and_shows_no_score(client, make, clock):
    sitting = make.sitting(items=5, cut_score=3)
    submitted(make, clock, sitting)
    sign_in(client, proctor_of(sitting))
    answer = client.get(f"{BASE}/{sitting.id}/room/")
    assert answer.headers["Refresh"] == "15" and "Finished" in page_of(answer)
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
    answer = post(client, f"{path}/{participant.id}", {"presence": "refused"}, page=path)
    assert answer.status_code == 303 and answer.location.endswith("#seat-1")
    assert [p.presence for p in make.participants(sitting)] == ["refused", "expected"]
    post(client, f"{path}/{participant.id}", {"presence": "nonsense"}, page=path)
    assert [p.presence for p in make.participants(sitting)] == ["refused", "expected"]


def test_a_resume_code_is_shown_once_with_the_time_until_which_it_is_valid(client, make, clock):
    sitting = make.sitting()
    code = make.codes(sitting)[0]
    entry.enter(code, "", "10.0.0.1", now=clock())
    sign_in(client, proctor_of(sitting))
    path = f"{BASE}/{sitting.id}/room/seats/1"
    html = page_of(post(client, path, {"reason": "экран күйбөй калды"}, page=path))
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
    assert post(client, path, page=path).status_code == 303
    assert db.session.get_one(Sitting, sitting.id).status == "closed"


# --- protocols


def test_protocols_are_listed_by_public_number_and_every_opening_is_recorded(client, make, clock, admin):
    sitting = make.sitting(people=3)
    codes = make.codes(sitting)
    for code in codes[:2]:
        attempt = entry.enter(code, "", "10.0.0.1", now=clock()).id
        with transaction():
            delivery.start(attempt, 1, "ky", now=clock())
        with transaction():
            delivery.submit(attempt, 1, now=clock())
    with transaction():
        sittings.close_sitting(db.session.get_one(Sitting, sitting.id), by=admin, now=clock())
    path = f"{BASE}/{sitting.id}/protocols/"
    html = page_of(client.get(path))
    assert all(number in html for number in db.session.scalars(select(Attempt.number)))
    protocol = db.session.scalars(select(Protocol).order_by(Protocol.number)).first()
    first = post(client, f"{path}{protocol.id}", page=path)
    assert first.data.startswith(b"%PDF") and post(client, f"{path}{protocol.id}", page=path).data == first.data
    assert post(client, f"{path}summary", page=path).data.startswith(b"%PDF")
    packed = zipfile.ZipFile(BytesIO(post(client, f"{path}all", page=path).data))
    assert len(packed.namelist()) == 3 and packed.testzip() is None
    assert first.data in [packed.read(name) for name in packed.namelist()]
    assert (len(entries("protocol.opened")), len(entries("protocols.packed"))) == (2, 1)


def test_a_protocol_of_another_sitting_is_not_there(client, make, clock, admin):
    sitting, other = make.sitting(), make.sitting()
    submitted(make, clock, sitting)
    protocol = db.session.scalars(select(Protocol)).one()
    page = f"{BASE}/{sitting.id}/protocols/"
    assert post(client, f"{BASE}/{other.id}/protocols/{protocol.id}", page=page).status_code == 404
    assert post(client, f"{BASE}/{other.id}/protocols/summary", page=page).status_code == 404


# --- verification by everybody


def test_anybody_verifies_a_protocol_and_sees_initials_only(client, make, clock):
    sitting = make.sitting()
    submitted(make, clock, sitting)
    protocol = db.session.scalars(select(Protocol)).one()
    asked = client.get(f"/verify/?code={protocol.verification_code.replace('-', ' ').lower()}")
    assert asked.status_code == 303
    html = page_of(client.get(asked.location))
    assert protocol.number in html and "Ү. Ө. Ы." in html and "Үсөнбаева" not in html and "in force" in html
    assert "Топтолгон балл квалификациялык талаптарга жооп бербейт" in html
    assert entries("protocol.verified")[0].subject == f"protocol:{protocol.id}"


def test_a_later_version_supersedes(client, make, clock):
    sitting = make.sitting()
    submitted(make, clock, sitting)
    old = db.session.scalars(select(Protocol)).one()
    from testing_center.services import verification

    assert verification.verify(old.verification_code, "10.0.0.9", by=audit.Anonymous(), now=clock()).in_force
    told = verification.verify(old.verification_code, "10.0.0.9", by=audit.Anonymous(), now=clock())
    assert (told.version, told.newest) == (1, 1)


def test_an_unknown_code_is_said_clearly(client, app):
    answer = client.get("/verify/ZZZZ-2222")
    assert answer.status_code == 404 and "There is no protocol with this code" in page_of(answer)
    assert "Fill in this field." in page_of(client.get("/verify/?code="))


def test_verification_is_slowed_down_for_an_address(client, clock):
    for _ in range(30):
        assert client.get("/verify/ZZZZ-2222").status_code == 404
    answer = client.get("/verify/ZZZZ-2222")
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) <= 60
    clock.advance(timedelta(minutes=1))
    assert client.get("/verify/ZZZZ-2222").status_code == 404


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
    wrong = {"name": "2", "seats": "3", "address_ranges": "192.168.300.0/24"}
    html = page_of(post(client, path, wrong, page=path))
    assert "The address range is not valid" in html and 'value="192.168.300.0/24"' in html
    assert post(client, path, wrong | {"address_ranges": "192.168.3.7/24"}, page=path).status_code == 303
    room = db.session.scalars(select(Room)).one()
    assert room.address_ranges == "192.168.3.0/24" and [w.seat for w in room.workstations] == [1, 2, 3]


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
    answer = post(client, path, {"name": room.name, "seats": "1"}, page=path)
    assert answer.status_code == 409 and 'id="seats-error"' in page_of(answer)
    assert post(client, path, {"name": room.name, "seats": "4"}, page=path).status_code == 303
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
    from testing_center.services import registration

    with transaction():
        registration.register(
            make.sitting(people=0, open=False), db.session.get_one(Competition, competition.id), make.person(), "ky",
            by=make.user(Role.TEST_ADMINISTRATOR), now=clock(),
        )  # fmt: skip
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
