"""In no state of a test does any address say what the bank keeps, or break: each is asked in each, with empty hands."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from core.db import db, transaction
from testing_center.models.attempts import Attempt
from tests.candidates import Browser
from tests.security.house import path_of
from tests.web.test_canary import Canary, canary, listen  # noqa: F401 (the fixture)

ENDS = {"api.submit", "exam.finish"}  # after the others: what they do is not undone
STATES = ["ready", "running", "paused", "ended", "left"]


def doors(app: Flask) -> list[Rule]:
    """Addresses open to candidates and to everybody, those that end a test last."""
    found = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and getattr(app.view_functions[rule.endpoint], "access", "") in {"candidate", "public"}
    ]
    return sorted(found, key=lambda rule: (rule.endpoint in ENDS, rule.rule))


def bring(browser: Browser, code: str, state: str, clock: Any) -> None:
    """The test of this browser into a state."""
    browser.enter(code)
    if state == "ready":
        return
    browser.start()
    browser.save(1, [])
    if state == "ended":
        browser.submit()
    with transaction():
        attempt = db.session.scalars(db.select(Attempt)).one()
        if state == "paused":
            attempt.status, attempt.paused_at = "paused", clock()
        elif state == "left":
            attempt.epoch += 1


@pytest.mark.parametrize("state", STATES)
def test_no_address_says_or_breaks_anything(
    app: Flask, clock: Any, canary: Canary, state: str  # noqa: F811
) -> None:  # fmt: skip
    app.config["WTF_CSRF_ENABLED"] = False
    browser = Browser(app)
    bring(browser, canary.codes[0], state, clock)
    listen(app, canary, browser.client)
    with browser.client.session_transaction() as session:
        inside = dict(session)
    attempt = db.session.scalars(db.select(Attempt)).one()
    stood = {column.key: getattr(attempt, column.key) for column in Attempt.__table__.c}
    broken = []
    for rule in doors(app):
        for method in sorted({"GET", "POST", "PUT"} & (rule.methods or set())):
            with browser.client.session_transaction() as session:
                session.clear()
                session.update(inside)
            body = {"json": {}} if rule.endpoint.startswith("api.") else {}
            answer = browser.client.open(path_of(rule, {}), method=method, **body)
            if answer.status_code >= 500 and rule.endpoint != "web.readyz":
                broken.append((method, rule.rule, answer.status_code))
            if rule.endpoint not in ENDS:
                with transaction():
                    db.session.execute(db.update(Attempt).values(**stood))
    assert not broken
    assert len(canary.heard) > 50
    assert canary.leaks() == []
