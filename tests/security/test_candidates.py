"""What a candidate's browser may do where the test stands; how its session begins, is kept, and is of nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from accounts.rules import Role
from core.clock import ManualClock
from core.db import db, transaction
from testing_center.models.attempts import Attempt
from testing_center.services import codes
from tests.candidates import Browser
from tests.factories import Make
from tests.outside import TRACES, Written
from tests.security.house import path_of
from tests.web.signing_in import sign_in

SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # where a test stands is asked alike of both
BODIES = {
    "api.save": {"response": [], "revision": 1}, "api.gap": {"seconds": 3}, "api.pulse": {"seen": []},
    "exam.answer": {"revision": "1", "go": "stay", "flag": "1"}, "exam.start": {"agree": "1", "language": "ky"},
    "exam.finish": {"confirm": "1"}, "exam.language": {"language": "ru"},
    "appeal.file": {"questions": "1", "grounds": "Макул эмесмин."},
}  # fmt: skip
TURNS = {"api.start", "api.submit", "exam.start", "exam.finish", "exam.leave"}  # after these the test stands elsewhere
#: What each state lets write, by endpoint; nothing else leaves more than a trace. An answer that comes too late or from
#: a window that was left behind is kept as such, and counts for nothing.
MAY_WRITE: dict[str, set[str]] = {
    "nobody": set(),
    "staff": set(),
    "continued elsewhere": {"api.save", "exam.answer"},
    "left": set(),
    "left, and its cookie copied": {"api.save", "exam.answer"},
    "left before the start, and its cookie copied": set(),
    "ready": {"api.pulse", "exam.language", "api.start", "exam.start", "exam.leave"},
    "running": {"api.pulse", "exam.language", "api.save", "exam.answer", "api.submit", "exam.finish"},
    # papers are drawn when they are first asked for
    "ended": {
        "api.pulse", "api.save", "exam.answer", "exam.protocol", "exam.leave", "appeal.file", "appeal.application",
    },
}  # fmt: skip
SHUT = tuple(state for state in MAY_WRITE if state not in ("ready", "running", "ended"))


def in_state(app: Flask, make: Make, clock: ManualClock, state: str, code: str) -> Browser:
    """A browser of somebody whose test stands so."""
    browser = Browser(app)
    if state == "staff":
        sign_in(browser.client, make.user(Role.TEST_ADMINISTRATOR))
    if state in ("nobody", "staff"):
        return browser
    browser.enter(code)
    if state == "left before the start, and its cookie copied":
        leave(browser, keeps=True)
    if "ready" in state or "before the start" in state:
        return browser
    browser.start()
    if state == "continued elsewhere":
        by = make.user(Role.PROCTOR)
        with transaction():
            newest = db.select(Attempt).order_by(Attempt.number.desc())
            attempt = next(one for one in db.session.scalars(newest) if one.code.lookup == codes.lookup_of(code))
            token = codes.issue_resume_token(attempt, reason="x", by=by, now=clock())
        assert Browser(app, address="192.168.10.8").enter(code, token).status_code == 200
    elif state != "running":
        browser.submit()
    if state.startswith("left"):
        leave(browser, keeps="copied" in state)
    return browser


def leave(browser: Browser, *, keeps: bool) -> None:
    """Leave the workstation, where somebody may have kept a copy of the cookie."""
    kept = browser.client.get_cookie("session")
    assert browser.client.post("/exam/leave").location == "/exam/"
    if keeps:
        assert kept is not None
        browser.client.set_cookie("session", kept.value)


def candidate_rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """What only a candidate may ask for, by each method."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if getattr(app.view_functions[rule.endpoint], "access", "") == "candidate":
            yield from ((rule, method) for method in ("GET", "POST", "PUT") if method in (rule.methods or ()))


@SQLITE
@pytest.mark.parametrize("state", list(MAY_WRITE))
def test_each_state_lets_write_what_stands_here_and_nothing_else(
    app: Flask, make: Make, clock: ManualClock, state: str
) -> None:
    """Before each call the browser is put back to the state, so that no call lives from the one before it."""
    app.config["WTF_CSRF_ENABLED"] = False  # it has a test of its own, and would hide what is behind it
    wrote, wrong, written = set[str](), list[object](), Written(db.engine)
    slips = iter(make.codes(make.sitting(people=8)))
    browser = in_state(app, make, clock, state, next(slips))
    for rule, method in candidate_rules(app):
        written.take()
        kind = "json" if rule.rule.startswith("/api/") else "data"
        answer = browser.client.open(path_of(rule, {}), method=method, **{kind: BODIES.get(rule.endpoint)})
        if answer.status_code >= 500 or (state in SHUT and answer.status_code not in (303, 401, 409)):
            wrong.append((method, rule.rule, answer.status_code))
        if "no-store" not in answer.headers["Cache-Control"]:
            wrong.append((method, rule.rule, answer.headers["Cache-Control"]))
        if written.take() - TRACES:
            wrote.add(rule.endpoint)
        if method != "GET" and rule.endpoint in TURNS and state not in ("nobody", "staff"):
            browser = in_state(app, make, clock, state, next(slips))
    written.stop()
    assert not wrong
    assert wrote == MAY_WRITE[state]


@pytest.fixture
def slip(make: Make) -> str:
    """A code that is good."""
    return make.codes(make.sitting(people=1))[0]


@SQLITE
def test_every_write_of_a_candidate_asks_for_the_token_of_the_session(app: Flask, slip: str) -> None:
    browser = Browser(app)
    browser.enter(slip)
    browser.start()
    wrong = []
    for rule, method in candidate_rules(app):
        for token in ("", "x"):
            given = {"json": BODIES.get(rule.endpoint)} if rule.rule.startswith("/api/") else {
                "data": {**BODIES.get(rule.endpoint, {}), "csrf_token": token}
            }  # fmt: skip
            if method == "GET":
                continue
            answer = browser.client.open(path_of(rule, {}), method=method, headers={"X-CSRF-Token": token}, **given)
            if answer.status_code != 400:
                wrong.append((method, rule.rule, answer.status_code))
    assert not wrong


@SQLITE
def test_entering_begins_a_new_session_whatever_was_in_the_cookie(app: Flask, slip: str) -> None:
    browser = Browser(app)
    with browser.client.session_transaction() as session:
        session.update(planted="x", csrf_token="chosen by somebody else", staff="x", attempt=["x", 9])
    before = browser.client.get_cookie("session")
    assert browser.enter(slip).status_code == 200
    with browser.client.session_transaction() as session:
        assert {"planted", "staff"}.isdisjoint(session) and session["csrf_token"] != "chosen by somebody else"
    after = browser.client.get_cookie("session")
    assert before and after and before.value != after.value


@SQLITE
@pytest.mark.parametrize("enter", ["/api/v1/entry", "/exam/", "/staff/sign-in"])
def test_in_production_every_cookie_is_secure_hidden_from_script_and_of_this_site(
    app: Flask, slip: str, enter: str
) -> None:
    app.config["SESSION_COOKIE_SECURE"] = True
    client = app.test_client()
    page = client.get("/exam/?lang=ru", base_url="https://exam.example")
    answers = [page, client.post("/display", base_url="https://exam.example")]
    if enter.startswith("/api/"):
        answers.append(client.post(enter, json={"code": slip}, base_url="https://exam.example"))
    else:
        answers.append(client.get(enter, base_url="https://exam.example"))
    cookies = [one for answer in answers for one in answer.headers.getlist("Set-Cookie")]
    assert len(cookies) >= 2
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; ")), cookie
        assert "Domain=" not in cookie


ASKS_NONE = {"api.enter"}  # a session begins here, with a code that no other site knows


@SQLITE
def test_every_write_that_is_open_to_all_asks_for_the_token_too(app: Flask) -> None:
    """Else another site could sign a browser in, send it to a test, or change what it shows."""
    open_to_all = [
        rule for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and getattr(app.view_functions[rule.endpoint], "access", "") == "public"
    ]  # fmt: skip
    client = app.test_client()
    taken = {
        rule.endpoint for rule in open_to_all
        if client.post(path_of(rule, {}), data={"csrf_token": "x"}).status_code not in (400, 404, 410)
    }  # fmt: skip
    assert taken == ASKS_NONE and len(open_to_all) > 5
