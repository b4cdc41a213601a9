"""The delivery API as it is described: every call, every refusal, and whatever a broken program may send."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from sqlalchemy import inspect
from werkzeug.test import TestResponse

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from question_bank.rules import Navigation
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.models.sittings import Sitting
from testing_center.rules.codes import grouped
from testing_center.rules.delivery import LATE_MOST
from testing_center.services import codes
from testing_center.views.openapi import DOCUMENT
from tests import closing
from tests.candidates import Browser
from tests.web.signing_in import sign_in

CODES = {
    status: {code.strip() for code in said["description"].split("code:")[1].split("(")[0].split(",")}
    for path in DOCUMENT["paths"].values()
    for call in path.values()
    for status, said in call["responses"].items()
    if "code:" in said["description"]
}


def check(answer: TestResponse, status: int, code: str | None = None) -> Any:
    """The answer has this status, and the shape that the document gives for this call and status."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    request = answer.request
    path = request.path.removeprefix("/api/v1")
    template = "/attempt/responses/{position}" if path.startswith("/attempt/responses/") else path
    said = DOCUMENT["paths"][template][request.method.lower()]["responses"]
    assert str(status) in said, f"{request.method} {template} does not say that it may answer {status}"
    [(kind, content)] = said[str(status)]["content"].items()
    assert answer.mimetype == kind
    schema = {"$ref": content["schema"]["$ref"], "components": DOCUMENT["components"]}
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(answer.json)
    if code:
        assert answer.json["code"] == code
        assert code in said[str(status)]["description"], f"{template} does not name {code}"
        assert answer.json["status"] == status and answer.json["detail"]
    return answer.json


def again(sitting: Sitting) -> Sitting:
    """The sitting as it is now: requests end the session in which it was made."""
    return db.session.get_one(Sitting, inspect(sitting).identity[0])


@pytest.fixture
def sitting(make):
    """An open sitting of two: five questions, sixty minutes, cut score three."""
    return make.sitting(people=2)


@pytest.fixture
def slips(make, sitting):
    """The codes by seat."""
    return make.codes(sitting)


@pytest.fixture
def browser(app, slips):
    """A browser that has entered."""
    browser = Browser(app)
    check(browser.enter(slips[0]), 200)
    return browser


@pytest.fixture
def running(browser):
    """A browser in which the test runs; ``items`` are the questions as it sees them."""
    browser.items = check(browser.start(), 200)["items"]
    return browser


def option(browser: Browser, position: int, index: int = 0) -> str:
    """Id of the option shown at ``index`` of a question."""
    return browser.items[position - 1]["options"][index]["option"]


# The document


def test_the_document_is_valid_openapi(client):
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    validate(answer.json)


def test_the_document_describes_every_call_and_no_other(app, client):
    described = {
        (path, method) for path, calls in client.get("/api/v1/openapi.json").json["paths"].items() for method in calls
    }
    served = {
        (rule.rule.removeprefix("/api/v1").replace("<int:position>", "{position}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert served == described


# Entry


def test_a_code_opens_the_door_and_says_what_awaits_the_candidate(app, slips, sitting):
    said = check(Browser(app).enter(grouped(slips[0])), 200)
    assert said["candidate"] == {"name": "Үсөнбаева Өкүмкан Ыңтымаковна"}
    assert said["attempt"]["items"] == 5 and said["attempt"]["duration_seconds"] == 3600
    assert said["attempt"]["status"] == "ready"
    assert said["attempt"]["form_digest"] == again(sitting).forms[0].digest.hex()
    assert said["sitting"]["starts_at"].endswith("Z")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app, slips):
    [cookie] = Browser(app).enter(slips[0]).headers.getlist("Set-Cookie")
    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Expires" not in cookie


def test_in_production_the_cookie_travels_only_encrypted(app, slips):
    app.config["SESSION_COOKIE_SECURE"] = True
    assert "Secure" in Browser(app).enter(slips[0]).headers["Set-Cookie"]


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_over_tls_the_name_of_the_session_cookie_binds_it_to_this_host(app, slips, make, clock):
    """Of candidates and of staff; one of the plain name, which a neighbouring host could set, is no one's."""
    served = app.extensions["create_app"](replace(app.extensions["settings"], production=True), clock=clock)
    browser = Browser(served)
    browser.client.environ_base["wsgi.url_scheme"] = "https"
    [cookie] = browser.enter(slips[0]).headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-session=") and {"Secure", "Path=/"} <= set(cookie.split("; "))
    assert "Domain=" not in cookie and browser.start().status_code == 200
    with served.app_context():
        client = served.test_client()
        client.environ_base["wsgi.url_scheme"] = "https"
        sign_in(client, make.user(Role.AUDITOR))
    assert client.get("/staff/").status_code == 200
    value = client.get_cookie("__Host-session").value
    client.delete_cookie("__Host-session")
    client.set_cookie("session", value, secure=True)
    assert client.get("/staff/").status_code == 303


@pytest.mark.parametrize("typed", ["0000 0000 0000 0000", "1", "", "x" * 9000, "\x00", "1234567890123456"])
def test_a_code_that_is_none_is_refused_and_sets_no_cookie(app, typed):
    answer = Browser(app).enter(typed)
    check(answer, 401, "invalid_code")
    assert "Set-Cookie" not in answer.headers


def test_refused_codes_are_answered_alike_to_the_byte(app, slips):
    Browser(app).enter(slips[0])
    slip = slips[1][:-1] + str((int(slips[1][-1]) + 1) % 10)
    answers = [Browser(app).enter(typed) for typed in (slips[0], slip, "0" * 16, "no code")]
    bodies = {json.dumps({k: v for k, v in a.json.items() if k != "request"}) for a in answers}
    names = {tuple(sorted(set(a.headers.keys()))) for a in answers}
    assert len(bodies) == len(names) == 1
    assert {len(a.data) for a in answers} == {len(answers[0].data)}


def test_before_the_opening_and_without_presence_the_reason_is_said(app, make):
    sitting = make.sitting(people=1, open=False, present=False)
    browser, code = Browser(app), make.codes(sitting)[0]
    check(browser.enter(code), 409, "sitting_not_open")
    make.open(again(sitting))
    check(browser.enter(code), 409, "presence_not_confirmed")
    make.present(again(sitting))
    check(browser.enter(code), 200)


def test_a_workstation_that_keeps_failing_is_told_when_to_try_again(app, slips, clock):
    browser = Browser(app)
    for _ in range(30):
        browser.enter("1")
    clock.advance(timedelta(seconds=15))
    answer = browser.enter(slips[0])
    assert check(answer, 429, "too_many_tries")["retry_after"] == 45
    assert answer.headers["Retry-After"] == "45"
    clock.advance(timedelta(seconds=45))
    check(browser.enter(slips[0]), 200)


def test_another_workstation_goes_on_with_a_resume_code_and_the_first_is_told(app, make, clock, running, slips):
    check(running.save(1, [option(running, 1)]), 200)
    by = make.user(Role.PROCTOR)
    with transaction():
        token = codes.issue_resume_token(
            db.session.scalars(db.select(Attempt)).one(), reason="broken", by=by, now=clock()
        )
    elsewhere = Browser(app, address="192.168.10.8")
    check(elsewhere.enter(slips[0]), 401, "invalid_code")
    said = check(elsewhere.enter(slips[0], f"{token[:4]} {token[4:]}"), 200)
    assert said["attempt"]["status"] == "in_progress"
    assert check(elsewhere.show(), 200)["items"][0]["response"] == [option(running, 1)]
    for call in (running.show, running.start, running.submit, running.result):
        check(call(), 409, "continued_elsewhere")
    check(running.save(1, [], 2), 409, "continued_elsewhere")
    check(elsewhere.save(1, [], 2), 200)


# The test


def test_before_the_start_there_are_no_questions(browser):
    said = check(browser.show(), 200)
    assert (said["status"], said["items"], said["deadline_at"], said["remaining_seconds"]) == ("ready", [], None, None)
    check(browser.save(1, []), 409, "attempt_not_started")
    check(browser.submit(), 409, "attempt_not_started")
    check(browser.result(), 409, "attempt_open")


def test_the_start_is_idempotent_and_answers_as_the_attempt(browser, clock):
    first = check(browser.start(), 200)
    clock.advance(timedelta(minutes=10))
    again = check(browser.start(), 200)
    assert again["deadline_at"] == first["deadline_at"]
    assert (first["remaining_seconds"], again["remaining_seconds"]) == (3600, 3000)
    assert again == check(browser.show(), 200)


def test_the_questions_come_in_the_order_of_this_attempt_with_what_is_saved(running, clock):
    clock.advance(timedelta(seconds=1.5))
    said = check(running.save(2, [option(running, 2, 3)], 1, flagged=True), 200)
    assert said == {
        "position": 2, "response": [option(running, 2, 3)], "revision": 1, "flagged": True, "remaining_seconds": 3598,
        "saved_at": "2026-11-28T04:00:01.500000Z", "receipt": said["receipt"],
    }  # fmt: skip
    items = check(running.show(), 200)["items"]
    assert [item["position"] for item in items] == [1, 2, 3, 4, 5]
    assert [[o["option"] for o in i["options"]] for i in items] == [
        [o["option"] for o in i["options"]] for i in running.items
    ]
    assert (items[1]["response"], items[1]["revision"], items[1]["flagged"]) == ([option(running, 2, 3)], 1, True)
    assert (items[0]["response"], items[0]["revision"], items[0]["flagged"]) == ([], 0, False)


def test_the_same_save_again_is_answered_with_the_same_receipt(running, clock):
    first = check(running.save(1, [option(running, 1)]), 200)
    clock.advance(timedelta(seconds=9))
    again = check(running.save(1, [option(running, 1)]), 200)
    assert (again["receipt"], again["saved_at"], again["remaining_seconds"]) == (
        first["receipt"],
        first["saved_at"],
        3591,
    )


def test_another_tab_is_told_the_answer_in_force(running):
    check(running.save(1, [option(running, 1, 0)], 1), 200)
    said = check(running.save(1, [option(running, 1, 1)], 1), 409, "stale_revision")
    assert (said["response"], said["revision"], said["flagged"]) == ([option(running, 1, 0)], 1, False)


def test_after_the_deadline_the_answer_is_kept_and_the_test_is_closed(running, clock):
    clock.advance(timedelta(hours=1, microseconds=1))
    said = check(running.save(1, [option(running, 1)]), 409, "attempt_closed")
    assert said["kept"] is True
    for revision in range(2, 12):
        said = check(running.save(1, [option(running, 1, revision % 2)], revision), 409, "attempt_closed")
        assert said["kept"] is (revision <= LATE_MOST)
    assert [event.is_late for event in db.session.scalars(db.select(ResponseEvent))] == [True] * LATE_MOST
    trail = [entry.action for entry in db.session.scalars(db.select(audit.AuditEntry))]
    assert (trail.count("response.late"), trail.count("refused")) == (LATE_MOST, 0)
    shown = check(running.show(), 200)
    assert (shown["status"], shown["items"], shown["remaining_seconds"]) == ("ended", [], 0)
    result = check(running.result(), 200)
    assert (result["score"], result["ended_by"], result["submitted_at"]) == (0, "deadline", "2026-11-28T05:00:00Z")
    check(running.start(), 409, "attempt_closed")


def test_who_asks_for_the_result_after_the_deadline_gets_it_though_nobody_closed_the_test(running, clock):
    check(running.result(), 409, "attempt_open")
    clock.advance(timedelta(hours=1, microseconds=1))
    assert check(running.result(), 200)["ended_by"] == "deadline"


def test_25_the_result_is_there_at_once_and_finishing_again_changes_nothing(app, running, clock):
    check(running.save(1, [option(running, 1)]), 200)
    clock.advance(timedelta(minutes=20))
    first = check(running.submit(), 200)
    assert (first["maximum"], first["cut_score"], first["outcome"]) == (5, 3, "does_not_meet")
    assert first["statement"]["ky"] == "топтолгон балл квалификациялык талаптарга жооп бербейт"
    assert (first["submitted_at"], first["appeal_until"]) == ("2026-11-28T04:20:00Z", "2026-11-28T05:20:00Z")
    assert first == check(running.submit(), 200) == check(running.result(), 200)
    pdf = running.client.get(first["protocol_url"])
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")
    assert running.client.get(first["protocol_url"]).data == pdf.data


def test_33_the_hour_of_appeal_moves_on_while_the_sitting_runs_and_then_stands(make, running, sitting, clock):
    running.submit()
    clock.advance(timedelta(hours=2))
    assert check(running.result(), 200)["appeal_until"] == "2026-11-28T07:00:00Z"
    by = make.user(Role.TEST_ADMINISTRATOR)
    with transaction():
        closing.close(again(sitting), by=by, now=clock())
    clock.advance(timedelta(hours=2))
    assert check(running.result(), 200)["appeal_until"] == "2026-11-28T07:00:00Z"


def test_in_a_forward_test_only_what_was_reached_is_shown(app, make):
    browser = Browser(app)
    browser.enter(make.codes(make.sitting(people=1, navigation=Navigation.FORWARD))[0])
    browser.items = check(browser.start(), 200)["items"]
    assert len(browser.items) == 1
    check(browser.save(3, []), 409, "no_way_back")
    check(browser.save(2, []), 200)
    assert [item["position"] for item in check(browser.show(), 200)["items"]] == [1, 2]
    check(browser.save(1, [option(browser, 1)]), 409, "no_way_back")


# Bad input changes nothing


def test_a_position_that_does_not_exist(running):
    for position in ("0", "6", "61", "9" * 20):
        check(running.save(position, []), 404, "no_such_position")


def test_a_position_that_is_no_number(running):
    for position in ("-1", "x", "1.5", "", "9" * 5000):
        answer = running.save(position, [])
        assert (answer.status_code, answer.json["code"]) == (404, "not_found"), position


def test_an_option_of_another_form_another_question_or_two_at_once(app, make, running):
    other = Browser(app)
    other.enter(make.codes(make.sitting(people=1))[0])
    other.items = other.start().json["items"]
    for response in (
        [option(other, 1)],
        [option(running, 2)],
        [option(running, 1), option(running, 1, 1)],
        ["x"],
        [None],
    ):
        check(running.save(1, response), 422, "invalid_response")
    assert db.session.query(ResponseEvent).count() == 0


def test_nobody_reaches_the_test_of_another_candidate(app, running, slips):
    """The attempt comes from the session: whatever stands in the body or the address is nobody else's."""
    check(running.save(1, [option(running, 1)]), 200)
    other = Browser(app)
    check(other.enter(slips[1]), 200)
    other.items = check(other.start(), 200)["items"]
    mine = db.session.scalars(db.select(ResponseEvent)).one().attempt_id
    for path in ("/attempt/responses/1", f"/attempt/responses/1?attempt={mine}&attempt_id={mine}"):
        other.call("PUT", path, {"response": [], "revision": 2, "attempt_id": str(mine), "epoch": 1})
    check(other.submit(), 200)
    db.session.rollback()
    assert [e.revision for e in db.session.scalars(db.select(ResponseEvent).filter_by(attempt_id=mine))] == [1]
    assert check(running.show(), 200)["status"] == "in_progress"


def test_wrong_types_are_not_understood(running):
    for body in (
        [], "text", 7, None, {}, {"response": []}, {"revision": 1}, {"response": "a", "revision": 1},
        {"response": {}, "revision": 1}, {"response": None, "revision": 1}, {"response": [], "revision": "1"},
        {"response": [], "revision": 1.0}, {"response": [], "revision": True}, {"response": [], "revision": None},
        {"response": [], "revision": 0}, {"response": [], "revision": -1}, {"response": [], "revision": 2**31},
        {"response": [], "revision": 1, "flagged": 1}, {"response": [], "revision": 1, "flagged": "true"},
    ):  # fmt: skip
        check(sent(running, json.dumps(body).encode()), 400, "bad_request")
    assert db.session.query(ResponseEvent).count() == 0


def sent(browser: Browser, data: bytes) -> TestResponse:
    """A save with this body, whatever it is."""
    headers = {"X-CSRF-Token": browser.token}
    return browser.client.put(
        "/api/v1/attempt/responses/1", data=data, content_type="application/json", headers=headers
    )


def test_malformed_json_is_not_understood(running):
    unfinished, endless = b'{"response": [], "revision": 1', b"[" * 9000
    for data in (b"", b"{", b"\xff\xfe", unfinished, endless, b'{"revision": ' + b"9" * 5000 + b"}"):
        check(sent(running, data), 400, "bad_request")


def test_half_a_character_is_no_option(running):
    check(sent(running, b'{"response": ["\\ud800"], "revision": 1}'), 422, "invalid_response")


def test_an_entry_with_wrong_types_is_not_understood(client):
    for body in ([], {}, {"code": 1234567890123456}, {"code": None}, {"code": ["1"]}, {"code": "1", "resume": 5}):
        check(client.post("/api/v1/entry", json=body), 400, "bad_request")


def test_another_kind_of_content_is_refused(running):
    """A form of another site cannot send JSON without asking first."""
    headers, put, post = {"X-CSRF-Token": running.token}, running.client.put, running.client.post
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        saved = put("/api/v1/attempt/responses/1", data=b'{"response": []}', content_type=kind, headers=headers)
        check(saved, 415, "unsupported_media_type")
        check(post("/api/v1/entry", data=b'{"code": "1"}', content_type=kind), 415, "unsupported_media_type")


def test_without_the_token_nothing_is_changed(running):
    for token in (None, "", "x", "e30.x.y"):
        headers = {} if token is None else {"X-CSRF-Token": token}
        for method, path in (("POST", ""), ("PUT", "/responses/1"), ("POST", "/submit")):
            body = {"response": [], "revision": 1} if method == "PUT" else None
            answer = running.client.open(f"/api/v1/attempt{path}", method=method, json=body, headers=headers)
            check(answer, 400, "csrf")
    assert db.session.query(ResponseEvent).count() == 0
    assert check(running.show(), 200)["status"] == "in_progress"


def test_the_token_of_another_session_is_not_accepted(app, running, slips):
    other = Browser(app)
    other.enter(slips[1])
    running.token = other.token
    check(running.save(1, []), 400, "csrf")


def test_who_has_not_entered_gets_nowhere(app, client):
    app.config["WTF_CSRF_ENABLED"] = False
    calls = (("GET", ""), ("GET", "/result"), ("POST", ""), ("POST", "/submit"), ("PUT", "/responses/1"))
    for method, path in calls:
        check(client.open(f"/api/v1/attempt{path}", method=method, json={}), 401, "not_entered")


def test_a_session_that_was_tampered_with_is_none(running):
    cookie = running.client.get_cookie("session")
    running.client.set_cookie("session", cookie.value[:-2] + ("AA" if cookie.value[-2:] != "AA" else "BB"))
    check(running.show(), 401, "not_entered")


class Counted(io.RawIOBase):
    """Ten megabytes that count how many of them were read."""

    left = 10 * 2**20
    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = min(len(buffer), self.left)
        buffer[:size] = b" " * size
        self.left, self.taken = self.left - size, self.taken + size
        return size


@pytest.mark.parametrize("is_stated", [True, False])
def test_a_body_of_ten_megabytes_is_refused_without_being_read_whole(running, is_stated):
    """With a stated length not a byte is read; sent in pieces, only as much as a save may have, which is no JSON."""
    for method, path in (("PUT", "/attempt/responses/1"), ("POST", "/entry")):
        stream = Counted()
        in_pieces = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
        length = {"CONTENT_LENGTH": str(10 * 2**20)} if is_stated else in_pieces
        answer = running.client.open(
            f"/api/v1{path}", method=method, content_type="application/json", headers={"X-CSRF-Token": running.token},
            environ_overrides={"wsgi.input": stream} | length,
        )  # fmt: skip
        check(answer, *((413, "too_large") if is_stated else (400, "bad_request")))
        assert stream.taken <= (0 if is_stated else 16 * 1024)


def test_what_is_not_there_and_what_cannot_be_done_are_said_as_problems(running):
    answer = running.call("GET", "/nothing")
    assert (answer.status_code, answer.mimetype, answer.json["code"]) == (404, "application/problem+json", "not_found")
    answer = running.call("DELETE", "/attempt")
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "POST"}


def test_a_bug_is_answered_with_the_number_of_the_request_and_nothing_else(running, monkeypatch):
    from testing_center.views import api

    def break_down(_attempt):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(api, "state", break_down)
    answer = running.show()
    assert (answer.status_code, answer.json["code"]) == (500, "error")
    assert answer.json["request"] == answer.headers["X-Request-Id"]
    assert b"secret" not in answer.data and b"Traceback" not in answer.data


def test_a_lost_race_is_said_and_recorded(running, monkeypatch):
    from sqlalchemy.exc import IntegrityError

    from testing_center.services import saving

    def lose(*_args, **_kwargs):
        raise IntegrityError("INSERT", {}, Exception("duplicate"))

    monkeypatch.setattr(saving, "save", lose)
    answer = running.save(1, [])
    assert (answer.status_code, answer.json["code"]) == (409, "already_done")
    entry = db.session.scalars(db.select(audit.AuditEntry).order_by(audit.AuditEntry.number.desc())).first()
    assert audit.facts(entry)["code"] == "already_done"


# Every refusal is part of the record


def test_each_refusal_is_recorded_with_its_code_and_whose_it_was(running):
    running.save(1, ["x"])
    running.save(9, [])
    last = list(db.session.scalars(db.select(audit.AuditEntry).filter_by(action="refused").order_by("number")))[-2:]
    assert [audit.facts(entry)["code"] for entry in last] == ["invalid_response", "no_such_position"]
    assert all(entry.actor.startswith("attempt:") for entry in last)
    assert list(audit.verify()) == []


# What every answer carries


def test_every_answer_forbids_what_a_page_does_not_need(running, client):
    for answer in (
        running.show(),
        running.save(1, ["x"]),
        client.get("/exam/"),
        client.get("/nothing"),
        client.get("/healthz"),
    ):
        headers = answer.headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin"
        assert len(headers["X-Request-Id"]) >= 8
        assert "Server" not in headers or "Python" not in headers["Server"]


def test_the_id_of_a_request_is_taken_over_only_where_it_is_harmless(client):
    assert (
        client.get("/healthz", headers={"X-Request-Id": "proxy-12345678"}).headers["X-Request-Id"] == "proxy-12345678"
    )
    for given in ("short", "x" * 65, "a b c d e f g", "<script>alert(1)"):
        assert client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"] != given


def test_over_an_encrypted_connection_it_stays_so(client):
    assert (
        "max-age=31536000"
        in client.get("/healthz", base_url="https://exam.example").headers["Strict-Transport-Security"]
    )
    assert "Strict-Transport-Security" not in client.get("/healthz").headers


def test_no_answer_sets_a_cookie_but_those_that_must(running, client):
    for answer in (
        running.show(),
        running.save(1, [option(running, 1)]),
        running.save(1, ["x"]),
        running.submit(),
        running.result(),
    ):
        assert "Set-Cookie" not in answer.headers
    for path in ("/healthz", "/readyz", "/api/v1/openapi.json"):
        assert "Set-Cookie" not in client.get(path).headers


# Life and readiness


def test_the_process_lives(client):
    assert (client.get("/healthz").status_code, client.get("/healthz").json) == (200, {"status": "ok"})


def test_it_is_ready_when_database_migrations_and_keys_are(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "reasons": []})


def test_a_wrong_key_ring_is_a_reason_not_to_be_ready(app, client, clock):
    from core import crypto, key_checks

    with transaction():
        key_checks.check_database(app.extensions["keyring"], now=clock())
    app.extensions["keyring"] = crypto.KeyRing({p: {1: bytes([n]) * 32} for n, p in enumerate(crypto.PURPOSES)})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "unavailable")
    assert "key ring" in answer.json["reasons"][0]


def test_a_missing_migration_is_a_reason_not_to_be_ready(app, client):
    with db.engine.begin() as connection:
        [version] = connection.execute(db.text("SELECT version_num FROM alembic_version")).scalars().all()
        connection.execute(db.text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "db upgrade" in answer.json["reasons"][0]
    finally:
        with db.engine.begin() as connection:
            connection.execute(db.text("UPDATE alembic_version SET version_num = :v"), {"v": version})


def test_a_database_that_does_not_answer_is_a_reason_not_to_be_ready(client, monkeypatch):
    import wsgi

    monkeypatch.setattr(wsgi, "text", lambda _sql: db.text("SELECT * FROM nothing_here"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["reasons"][0].split(":")[0]) == (503, "database")
