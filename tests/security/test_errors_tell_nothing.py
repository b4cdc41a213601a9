"""Error pages of every route a candidate can reach: broken requests, wrong methods, and a bug with a secret in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.candidates import Browser
from tests.security.house import path_of
from tests.web.test_canary import Canary
from tests.web.test_canary import canary as canary

SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # the pages are made before and after any database
NIGHTLY = "SECURITY_COUNT" in os.environ
#: What no error may tell, whatever was sent: how it is made inside.
INSIDE = (b"Traceback", b"site-packages", b"sqlalchemy", b"SELECT ", b"werkzeug", b'File "', b"/testing_center/")
BROKEN: tuple[dict[str, Any], ...] = (
    {"data": b"\x00\xff{", "content_type": "application/json"},
    {"data": b"[[[[", "content_type": "application/json"},
    {"data": b'{"response": {"$gt": ""}, "revision": 1e400}', "content_type": "application/json"},
    {"data": b"x" * 20_000, "content_type": "application/json"},
    {"data": {"response": "\x00", "revision": "9" * 400}},
    {"data": b"--x", "content_type": "multipart/form-data; boundary=y"},
    {"headers": {"Accept": "text/x-nothing", "Accept-Language": "xx" * 50, "Cookie": "session=a.b.c; language=../.."}},
    {"query_string": "lang=%00&next=//evil&page=-1"},
)


def calls(app: Flask) -> Iterator[tuple[str, str]]:
    """(method, path) of whatever a candidate or a passer-by may ask for, also by methods that it does not know."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if getattr(app.view_functions[rule.endpoint], "access", "") in ("candidate", "public"):
            yield from ((method, path_of(rule, {})) for method in ("GET", "POST", "PUT", "DELETE"))


def check(answer: TestResponse, said: list[object], most: int = 499) -> None:
    """The answer tells nothing of the inside, and is no bug."""
    if answer.status_code > most or any(one.lower() in answer.data.lower() for one in INSIDE):
        said.append((answer.request.method, answer.request.path, answer.status_code))


@SQLITE
@pytest.mark.parametrize("state", ["nobody", "ready", "running", "ended"] if NIGHTLY else ["running", "ended"])
def test_broken_requests_are_answered_without_a_word_of_the_inside(
    app: Flask,
    canary: Canary,
    state: str,
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False  # what is broken comes as far as it can
    browser, said = Browser(app), list[object]()
    if state != "nobody":
        browser.enter(canary.codes[0])
    if state in ("running", "ended"):
        browser.start()
    if state == "ended":
        browser.submit()
    with browser.client.session_transaction() as session:
        kept = dict(session)
    for number, (method, path) in enumerate(calls(app)):
        answer = browser.client.open(path, method=method, **BROKEN[number % len(BROKEN)])
        canary.hear(answer)
        check(answer, said)
        with browser.client.session_transaction() as session:  # a cookie that was broken or taken away is back
            session.clear()
            session.update(kept)
    assert not said and canary.leaks() == []


@SQLITE
def test_a_bug_is_answered_with_a_number_and_no_word_of_what_it_met(
    app: Flask,
    canary: Canary,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wherever it happens: the exception carries a planted word, and the answer the number of the request alone."""
    word, said, heard = canary.word("an exception"), list[object](), 0

    def fails(**_given: object) -> None:
        raise RuntimeError(f"SELECT key FROM item WHERE rationale = '{word}'")

    browser = Browser(app)
    browser.enter(canary.codes[0])
    app.config.update(WTF_CSRF_ENABLED=False, TESTING=False, PROPAGATE_EXCEPTIONS=False)
    for endpoint, view in list(app.view_functions.items()):
        if getattr(view, "access", "") in ("candidate", "public"):
            broken = lambda **given: fails(**given)  # noqa: E731
            broken.access = view.access  # type: ignore[attr-defined]
            monkeypatch.setitem(app.view_functions, endpoint, broken)
    for method, path in calls(app):
        answer = browser.client.open(path, method=method)
        canary.hear(answer)
        check(answer, said, most=500)
        heard += answer.status_code == 500
        if answer.status_code == 500:
            assert answer.headers["X-Request-Id"] in answer.text
            assert "no-store" in answer.headers["Cache-Control"]
    assert heard > 40 and not said and canary.leaks() == []
