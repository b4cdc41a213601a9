"""What the workstation says of a lost connection is kept for the key review, and can harm nothing (¶35)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import audit
from core.db import db
from testing_center import queries
from testing_center.models.attempts import Attempt
from testing_center.rules import delivery as rules
from tests.candidates import Browser

PATH = "/api/v1/attempt/gaps"


@pytest.fixture
def running(app, make):
    """A browser whose test runs."""
    browser = Browser(app)
    assert browser.enter(make.codes(make.sitting(people=1))[0]).status_code == 200
    assert browser.start().status_code == 200
    return browser


def gaps():
    """Seconds of each gap of the only attempt."""
    db.session.rollback()
    found = queries.connection_gaps(db.session.scalars(db.select(Attempt)).one())
    return [(until - since).total_seconds() for since, until in found]


def tell(browser, seconds, **headers):
    """The page tells of a gap."""
    return browser.client.post(PATH, json={"seconds": seconds}, headers={"X-CSRF-Token": browser.token, **headers})


def test_a_gap_is_kept_in_the_trail_with_its_length(running, clock):
    clock.advance(timedelta(minutes=10))
    assert tell(running, 45).status_code == 204
    clock.advance(timedelta(minutes=1))
    assert tell(running, 5).status_code == 204
    assert gaps() == [45, 5]
    assert list(audit.verify()) == []


def test_no_gap_is_longer_than_the_test_has_run(running, clock):
    clock.advance(timedelta(minutes=2))
    assert tell(running, 10**9).status_code == 204
    assert gaps() == [120]


@pytest.mark.parametrize("seconds", [0, -1, 1.5, "9", None, True, 2**31])
def test_what_is_no_length_is_refused(running, clock, seconds):
    clock.advance(timedelta(minutes=2))
    assert tell(running, seconds).status_code == 400
    assert gaps() == []


def test_without_the_token_nothing_is_kept(running, clock):
    clock.advance(timedelta(minutes=2))
    assert tell(running, 5, **{"X-CSRF-Token": "x"}).status_code == 400
    assert gaps() == []


def test_an_ended_test_keeps_no_more_gaps(running, clock):
    clock.advance(timedelta(minutes=2))
    assert running.submit().status_code == 200
    assert tell(running, 5).status_code == 204
    assert gaps() == []


def test_a_page_gone_mad_does_not_fill_the_trail(running, clock, monkeypatch):
    monkeypatch.setattr(rules, "GAPS_MOST", 3)
    clock.advance(timedelta(minutes=2))
    assert {tell(running, 5).status_code for _ in range(5)} == {204}
    assert gaps() == [5, 5, 5]
