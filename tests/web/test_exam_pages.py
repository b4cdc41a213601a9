"""The candidate's pages without script: the whole way from the slip to the protocol, by forms alone."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect
from werkzeug.test import TestResponse

from accounts.rules import Role
from core.db import db, transaction
from question_bank.rules import Navigation
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.models.sittings import CandidateCode, Sitting
from testing_center.rules.delivery import AttemptStatus
from testing_center.services import codes
from testing_center.sheets import get_sheet
from tests import closing
from tests.candidates import Browser
from tests.web.counting import statements

PAGE_BYTES = 60 * 1024


class Reader:
    """A browser that reads pages, follows redirects and sends the forms that stand on them."""

    def __init__(self, app: Flask, *, address: str = "192.168.10.7") -> None:
        self.client: FlaskClient = app.test_client()
        self.client.environ_base["REMOTE_ADDR"] = address
        self.html, self.path = "", ""

    def read(self, answer: TestResponse) -> TestResponse:
        """Keep the page and where it stands."""
        self.html, self.path = unescape(answer.data.decode(errors="replace")), answer.request.path
        return answer

    def open(self, path: str) -> TestResponse:
        """Go to a page."""
        return self.read(self.client.get(path, follow_redirects=True))

    def send(self, path: str, follow: bool = True, **fields: object) -> TestResponse:
        """Send a form with the token of the page that is open."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.html)
        data = {"csrf_token": token.group(1) if token else ""} | fields
        return self.read(self.client.post(path, data=data, follow_redirects=follow))

    def enter(self, code: str, resume: str = "") -> TestResponse:
        """Type the code at the door."""
        self.open("/exam/")
        return self.send("/exam/", code=code, resume=resume)

    def start(self, language: str = "ky") -> TestResponse:
        """Agree to the rules and start."""
        self.open("/exam/rules")
        return self.send("/exam/rules", agree="1", language=language)

    def options(self) -> list[str]:
        """Ids of the options on the page, in the order shown."""
        return re.findall(r'name="response"[^>]*value="([^"]+)"', self.html)

    def revision(self) -> str:
        """Revision that the form on the page would send."""
        return re.search(r'name="revision" value="(\d+)"', self.html).group(1)

    def answer(self, index: int | None, go: str = "stay", **fields: object) -> TestResponse:
        """Choose an option of the question that is open and press a button."""
        chosen = {} if index is None else {"response": self.options()[index]}
        return self.send(self.path, revision=self.revision(), go=go, **chosen, **fields)

    def cookie(self) -> str:
        """The session cookie."""
        found = self.client.get_cookie("session")
        return found.value if found else ""


@pytest.fixture
def slips(make):
    """The codes of an open sitting of two: five questions, sixty minutes, cut score three."""
    return make.codes(make.sitting(people=2))


@pytest.fixture
def reader(app, slips):
    """Somebody who has entered and not yet started."""
    reader = Reader(app)
    assert reader.enter(slips[0]).status_code == 200
    return reader


@pytest.fixture
def running(reader):
    """Somebody at the first question."""
    assert reader.start().status_code == 200
    return reader


def events() -> list[ResponseEvent]:
    """What is on disk."""
    db.session.rollback()
    return list(db.session.scalars(db.select(ResponseEvent).order_by(ResponseEvent.id)))


# The whole way


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_a_candidate_without_script_goes_from_the_slip_to_the_protocol(app, slips, language, clock):
    reader = Reader(app)
    reader.open(f"/exam/?lang={language}")
    assert f'lang="{language}"' in reader.html
    reader.send("/exam/", code=slips[0], resume="")
    assert reader.path == "/exam/rules"
    assert "Үсөнбаева Өкүмкан Ыңтымаковна" in reader.html
    digest = get_sheet(db.session.scalars(db.select(Attempt.form_id)).one()).digest
    assert digest[:4].upper() in reader.html and digest[-4:].upper() in reader.html
    reader.send("/exam/rules", agree="1", language=language)
    assert reader.path == "/exam/questions/1"
    word = {"ky": "Суроо", "ru": "Вопрос"}[language]
    for position in range(1, 6):
        assert re.search(rf'<legend[^>]*lang="{language}">{word} \d+', reader.html)
        place = db.session.scalars(db.select(Attempt)).one().order["items"][position - 1]
        right = get_sheet(db.session.scalars(db.select(Attempt.form_id)).one()).items[place].options[0].id
        clock.advance(timedelta(minutes=1))
        reader.answer(reader.options().index(right), go=str(position + 1) if position < 5 else "review")
    assert reader.path == "/exam/review"
    reader.open("/exam/finish")
    reader.send("/exam/finish")
    assert reader.path == "/exam/result"
    assert "топтолгон балл квалификациялык талаптарга жооп берет" in reader.html.lower()
    assert "набранный балл соответствует квалификационным требованиям" in reader.html.lower()
    assert re.search(r'c-score__value">5<', reader.html)
    assert reader.client.get("/exam/protocol.pdf").data[:5] == b"%PDF-"
    reader.send("/exam/leave")
    assert reader.path == "/exam/"
    assert reader.client.get("/exam/result").status_code == 303


def test_the_rules_come_in_the_language_chosen_at_the_door_and_the_next_person_chooses_anew(app, slips):
    reader = Reader(app)
    reader.open("/exam/?lang=ru")
    reader.send("/exam/", code=slips[0], resume="")
    assert reader.path == "/exam/rules" and '<html lang="ru"' in reader.html
    assert re.search(r'value="ru" checked', reader.html)
    reader.send("/exam/leave")  # the test has not begun
    assert reader.path == "/exam/" and '<html lang="ky"' in reader.html


def test_the_first_question_is_served_only_after_the_start(reader):
    for path in ("/exam/questions/1", "/exam/review", "/exam/finish"):
        reader.open(path)
        assert reader.path == "/exam/rules"
        assert "Суроо 1" not in reader.html
    assert db.session.scalars(db.select(Attempt)).one().status == AttemptStatus.READY


def test_who_does_not_agree_to_the_rules_does_not_start_and_keeps_the_language_chosen(reader):
    answer = reader.send("/exam/rules", language="ru")
    assert answer.status_code == 422
    assert re.search(r'value="ru" checked', reader.html)
    db.session.rollback()
    assert db.session.scalars(db.select(Attempt)).one().started_at is None


def test_the_time_left_comes_from_the_server(running, clock):
    assert 'data-clock="3600"' in running.html
    clock.advance(timedelta(minutes=7, seconds=0.5))
    running.open("/exam/questions/2")
    assert 'data-clock="3179"' in running.html


def test_saved_is_said_only_with_the_moment_at_which_the_server_saved(running, clock):
    clock.advance(timedelta(minutes=1, seconds=7))
    assert "10:01:07" not in running.html
    running.answer(0)
    assert "10:01:07" in running.html
    assert re.search(rf'value="{running.options()[0]}"[^>]* checked', running.html)


def test_an_answer_may_be_changed_flagged_and_taken_back(running):
    running.answer(0)
    running.answer(2, flag="1")
    running.answer(2, clear="1")
    assert [(len(e.response), e.flagged, e.revision) for e in events()] == [(1, False, 1), (1, True, 2), (0, True, 3)]
    assert " checked" not in running.html.split("c-choice", 1)[1].split("c-bar", 1)[0]


def test_a_look_at_a_question_is_no_event(running):
    for _ in range(2):
        running.answer(None, go="2")
        running.answer(None, go="1")
    assert events() == []


def test_the_palette_tells_answered_flagged_and_not_seen(running):
    running.answer(0, go="2")
    running.answer(None, flag="1")
    states = {
        n: set(classes.split())
        for classes, n in re.findall(r'class="(c-palette__item[^"]*)"[^>]*data-position="(\d)"', running.html)
    }
    assert "is-done" in states["1"] and "is-flag" in states["2"] and "is-new" in states["3"]
    assert "is-new" not in states["2"]


def test_the_language_changes_in_mid_test_and_the_answers_stay(running):
    running.answer(1)
    running.send("/exam/language", language="ru", next="/exam/questions/1")
    assert running.path == "/exam/questions/1" and "Вопрос" in running.html
    assert re.search(rf'value="{running.options()[1]}"[^>]* checked', running.html)


def test_a_language_that_the_test_does_not_have_leads_back_to_the_question(running):
    assert running.send("/exam/language", language="xx", next="//evil.example/").status_code == 200
    assert running.path == "/exam/questions/1"


def test_a_page_of_another_site_is_never_the_next(running):
    answer = running.send("/exam/language", follow=False, language="ru", next="https://evil.example/")
    assert answer.location == "/"


# The door


def test_a_refused_code_stays_where_it_was_typed(app, slips):
    reader = Reader(app)
    reader.enter(slips[0])
    other = Reader(app)
    for typed, resume, status in (
        ("1234 5678", "", 401),
        (slips[0], "12345678", 401),
        ("", "8765", 422),
        ("9" * 41, "", 422),
    ):
        assert other.enter(typed, resume).status_code == status
        assert f'value="{typed}"' in other.html
        assert resume in other.html
        assert 'role="alert"' in other.html


def test_what_was_typed_comes_back_as_text_and_never_as_markup(app):
    reader = Reader(app)
    reader.open("/exam/")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', reader.html).group(1)
    raw = reader.client.post("/exam/", data={"csrf_token": token, "code": '"><script>alert(1)</script>'}).get_data(
        as_text=True
    )
    assert "<script>alert" not in raw and "&lt;script&gt;" in raw


def test_a_code_too_early_says_why_and_stays_good(app, make):
    sitting = make.sitting(people=1, open=False, present=False)
    reader, code = Reader(app), make.codes(sitting)[0]
    answer = reader.enter(code)
    assert answer.status_code == 409 and f'value="{code}"' in reader.html
    sitting = db.session.get_one(Sitting, inspect(sitting).identity[0])
    make.open(sitting)
    make.present(sitting)
    assert reader.enter(code).status_code == 200 and reader.path == "/exam/rules"


def test_a_workstation_that_keeps_failing_is_asked_to_wait(app, slips):
    reader = Reader(app)
    for _ in range(31):
        answer = reader.enter("1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")


def test_entering_signs_out_whoever_was_signed_in_at_this_computer(app, make, slips):
    from tests.web.signing_in import sign_in

    reader = Reader(app)
    sign_in(reader.client, make.user(Role.TEST_ADMINISTRATOR))
    reader.enter(slips[0])
    with reader.client.session_transaction() as session:
        assert set(session) <= {"attempt", "language", "csrf_token", "seen"}


def test_a_form_of_another_site_is_refused(running):
    page = running.html
    for path, fields in (
        ("/exam/finish", {}),
        ("/exam/questions/1", {"response": "x", "revision": "1"}),
        ("/exam/rules", {"agree": "1"}),
    ):
        running.html = ""
        assert running.send(path, **fields).status_code == 400
    running.html = page
    assert events() == []


def test_a_form_too_large_for_an_answer_is_refused(running):
    answer = running.send("/exam/questions/1", response="x" * 2**20, revision="1")
    assert answer.status_code == 413
    assert events() == []


# Refusals on the way


def test_a_question_that_does_not_exist_is_said_so(running):
    for position in ("0", "6", "9" * 30, "9" * 5000):
        assert running.client.get(f"/exam/questions/{position}").status_code == 404


def test_a_revision_that_is_none_is_not_understood(running):
    for revision in ("", "0", "-1", "x", "1.5", "٣", "9" * 5000):
        assert running.client.get("/exam/questions/1").status_code == 200
        running.open("/exam/questions/1")
        assert running.send("/exam/questions/1", response=running.options()[0], revision=revision).status_code == 400
    assert events() == []


def test_a_button_with_a_strange_target_stays_at_the_question(running):
    for go in ("x", "-1", "0", "9" * 5000, "//evil.example"):
        assert running.answer(None, go=go).status_code == 200
        assert running.path == "/exam/questions/1"


def test_an_option_of_another_question_leads_back_with_a_sentence(running):
    first = running.options()
    running.open("/exam/questions/2")
    running.send("/exam/questions/2", response=first[0], revision="1")
    assert running.path == "/exam/questions/2" and "c-note--warn" in running.html
    assert events() == []


def test_the_other_tab_sees_the_saved_answer_and_a_sentence(app, running):
    old = running.revision()
    running.answer(0)
    options = running.options()
    running.send("/exam/questions/1", response=options[1], revision=old)
    assert running.path == "/exam/questions/1" and "c-note--warn" in running.html
    assert re.search(rf'value="{options[0]}"[^>]* checked', running.html)
    assert len(events()) == 1


def test_after_the_deadline_the_answer_of_the_form_is_kept_and_the_result_is_shown(running, clock):
    running.answer(0, go="2")
    clock.advance(timedelta(hours=1, microseconds=1))
    running.answer(1)
    assert running.path == "/exam/result" and "c-note--warn" in running.html
    assert [event.is_late for event in events()] == [False, True]
    attempt = db.session.scalars(db.select(Attempt)).one()
    assert attempt.ended_at == attempt.deadline_at


def test_whoever_looks_after_the_deadline_sees_the_result(running, clock):
    clock.advance(timedelta(hours=1, microseconds=1))
    for path in ("/exam/questions/1", "/exam/review", "/exam/finish", "/exam/resume", "/exam/"):
        running.open(path)
        assert running.path == "/exam/result"


def test_the_protocol_is_not_there_before_the_end(running):
    assert running.open("/exam/protocol.pdf").status_code == 409


def test_nobody_leaves_in_mid_test(running):
    running.send("/exam/leave")
    assert running.path == "/exam/questions/1"


def test_the_sitting_closed_before_the_start_leads_to_a_page_of_its_own(make, reader, clock):
    by = make.user(Role.TEST_ADMINISTRATOR)
    with transaction():
        closing.close(db.session.scalars(db.select(Sitting)).one(), by=by, now=clock())
    reader.open("/exam/")
    assert reader.path == "/exam/result" and "c-score" not in reader.html
    reader.send("/exam/leave")
    assert reader.path == "/exam/"


def test_in_a_forward_test_there_is_no_way_back(app, make):
    reader = Reader(app)
    reader.enter(make.codes(make.sitting(people=1, navigation=Navigation.FORWARD))[0])
    reader.start()
    reader.answer(0, go="2")
    assert reader.path == "/exam/questions/2"
    reader.open("/exam/questions/1")
    assert reader.path == "/exam/questions/2" and "c-note--warn" in reader.html
    reader.open("/exam/questions/5")
    assert reader.path == "/exam/questions/2"
    reader.open("/exam/review")
    assert not re.findall(r'<a[^>]*class="c-palette__item', reader.html)


# Two workstations


@pytest.fixture
def elsewhere(app, make, clock, running, slips):
    """The same candidate, who goes on at another computer."""
    running.answer(0)
    by = make.user(Role.PROCTOR)
    with transaction():
        token = codes.issue_resume_token(
            db.session.scalars(db.select(Attempt)).one(), reason="broken", by=by, now=clock()
        )
    elsewhere = Reader(app, address="192.168.10.8")
    elsewhere.enter(slips[0], token)
    return elsewhere


def test_the_test_goes_on_at_another_computer_where_it_stood(running, elsewhere):
    assert elsewhere.path == "/exam/questions/2"
    elsewhere.open("/exam/questions/1")
    assert " checked" in elsewhere.html
    assert running.open("/exam/questions/1").status_code == 409


def test_the_computer_that_was_left_is_free_for_the_next_person(app, running, elsewhere, slips):
    assert running.open("/exam/resume").status_code == 409
    assert running.open("/exam/").status_code == 200 and running.path == "/exam/"
    assert running.enter(slips[1]).status_code == 200 and running.path == "/exam/rules"
    assert elsewhere.open("/exam/questions/1").status_code == 200


def test_the_form_of_the_computer_that_was_left_is_refused_and_its_answer_kept(running, elsewhere):
    running.open("/exam/")
    answer = running.send("/exam/questions/2", False, revision="1", response=elsewhere.options()[0])
    assert answer.status_code == 409
    late = [row for row in events() if row.is_late]
    assert [(row.epoch, row.revision) for row in late] == [(1, 1)]
    elsewhere.open("/exam/questions/2")
    assert " checked" not in elsewhere.html


def test_the_next_person_at_a_computer_has_seen_no_question(app, make):
    first, second = make.codes(make.sitting(people=2))
    here = Reader(app)
    here.enter(first)
    here.start()
    here.open("/exam/questions/3")
    assert (
        here.html.count("c-palette__item is-new") == here.html.count("data-position") - 2
    )  # the first one was seen at the start
    here.client.delete_cookie("session")  # nobody said goodbye: the browser was closed and opened again
    here.enter(second)
    here.start()
    assert here.html.count("c-palette__item is-new") == here.html.count("data-position") - 1


@pytest.mark.parametrize("mask", ["", "-1", "0x1", "1_0", "g", "f" * 300])
def test_a_cookie_that_is_not_ours_marks_no_question_as_seen(running, mask):
    running.client.set_cookie("seen", mask)
    assert running.open("/exam/questions/1").status_code == 200
    assert running.html.count("c-palette__item is-new") == running.html.count("data-position") - 1


# Weight


@pytest.fixture
def sixty(app, make):
    """Somebody at the first of sixty questions."""
    reader = Reader(app)
    reader.enter(make.codes(make.sitting(people=1, items=60, cut_score=30))[0])
    reader.start()
    return reader


def test_a_page_of_sixty_questions_stays_under_sixty_kilobytes(sixty):
    for path in ("/exam/questions/1", "/exam/questions/60", "/exam/review", "/exam/finish"):
        assert len(sixty.open(path).data) < PAGE_BYTES, path
    assert len(sixty.cookie()) < 1500


def test_a_question_and_a_save_cost_the_same_whether_there_are_five_questions_or_sixty(app, make, running, sixty):
    counted = {}
    for name, reader in (("five", running), ("sixty", sixty)):
        reader.open("/exam/questions/1")
        with statements() as page:
            assert reader.client.get("/exam/questions/1").status_code == 200
        with statements() as form:
            reader.send("/exam/questions/1", False, response=reader.options()[0], revision="1")
        counted[name] = (len(page), len(form))
    assert counted["five"] == counted["sixty"]
    assert counted["sixty"][0] <= 9 and counted["sixty"][1] <= 9, counted


def test_a_save_over_the_api_costs_one_read_and_one_write(app, make):
    browser = Browser(app)
    browser.enter(make.codes(make.sitting(people=1))[0])
    items = browser.start().json["items"]
    browser.save(1, [], 1)
    with statements() as seen:
        assert browser.save(1, [items[0]["options"][0]["option"]], 2).status_code == 200
    assert [statement.split()[0] for statement in seen if not statement.startswith("BEGIN")] in (
        ["SELECT", "INSERT"], ["SELECT", "SELECT", "INSERT"],  # PostgreSQL locks the attempt first
    )  # fmt: skip


def test_the_code_is_not_in_any_page_after_the_door(running, slips):
    for path in ("/exam/questions/1", "/exam/review"):
        running.open(path)
        assert slips[0] not in running.html.replace(" ", "")
    assert db.session.query(CandidateCode).count() == 2


# How it looks belongs to the attempt


def looks_of(reader: Reader) -> tuple[str, str]:
    """Theme and size of letters of the page that this browser comes to."""
    reader.open("/exam/")
    found = re.search(r'data-theme="(\w+)" data-size="(\d)"', reader.html)
    assert found
    return found[1], found[2]


def test_theme_and_letters_go_with_the_test_to_another_computer_and_not_to_the_next_person(app, make, clock):
    first, second = make.codes(make.sitting(people=2))
    here, there = Reader(app), Reader(app)
    for reader, theme in ((here, "contrast"), (there, "dark")):  # somebody sat there before
        reader.open("/exam/")
        reader.send("/display", theme=theme, next="/exam/")
    here.enter(first)
    here.send("/display", size="3", next="/exam/resume")
    assert looks_of(here) == ("contrast", "3")
    attempt, by = db.session.scalars(db.select(Attempt)).one(), make.user(Role.PROCTOR)
    with transaction():
        token = codes.issue_resume_token(attempt, reason="x", by=by, now=clock())
    there.enter(first, resume=token)
    assert looks_of(there) == ("contrast", "3")
    there.send("/exam/leave")  # the test has not begun
    assert looks_of(there) == ("light", "1")
    there.enter(second)
    assert looks_of(there) == ("light", "1")
