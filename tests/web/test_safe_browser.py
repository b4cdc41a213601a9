"""A centre that holds tests in Safe Exam Browser: no other browser enters, goes on, or answers there."""

from __future__ import annotations

import pytest

from core.db import db, transaction
from testing_center.models.sittings import CandidateCode
from testing_center.rules import safe_browser as rules
from testing_center.rules.codes import CodeStatus
from tests.candidates import Browser


class SafeBrowser(Browser):
    """A browser that shows the settings it was given, as Safe Exam Browser does on every request."""

    def call(self, method, path, body=None, *, headers=None):
        address = f"http://localhost/api/v1{path}"
        key = rules.config_key(rules.settings(self.client.application.extensions["settings"].base_url))
        return super().call(method, path, body, headers={rules.HEADER: rules.expected(address, key), **(headers or {})})


@pytest.fixture
def code(make):
    """A code of a sitting at such a centre."""
    sitting = make.sitting(people=1)
    with transaction():
        sitting.centre.requires_safe_browser = True
    return make.codes(sitting)[0]


def status() -> str:
    db.session.rollback()
    return str(db.session.scalars(db.select(CandidateCode.status)).one())


def test_another_browser_does_not_enter_and_the_code_stays_valid(app, code):
    answer = Browser(app).enter(code)
    assert (answer.status_code, answer.json["code"]) == (403, "safe_browser_needed")
    assert status() == CodeStatus.ISSUED
    assert SafeBrowser(app).enter(code).status_code == 200


def test_a_wrong_code_is_told_apart_from_nothing(app, code):
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    assert Browser(app).enter(wrong).json["code"] == "invalid_code"


def test_every_request_shows_the_settings(app, code):
    browser = SafeBrowser(app)
    assert browser.enter(code).status_code == 200
    assert browser.start().status_code == 200
    without = browser.client.get("/api/v1/attempt")
    assert (without.status_code, without.json["code"]) == (403, "safe_browser_needed")
    page = browser.client.get("/exam/questions/1")
    assert page.status_code == 403
    assert "Safe Exam Browser" in page.text
    assert browser.call("GET", "/attempt").status_code == 200


def test_elsewhere_any_browser_will_do(app, make):
    browser = Browser(app)
    assert browser.enter(make.codes(make.sitting(people=1))[0]).status_code == 200
    assert browser.start().status_code == 200


def test_the_settings_file_is_there_for_everybody(client):
    answer = client.get("/exam/settings.seb")
    assert (answer.status_code, answer.mimetype) == (200, "application/seb")
    assert b"<key>startURL</key>" in answer.data
    assert client.get("/exam/quit").location == "/exam/"
