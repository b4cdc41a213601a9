"""¶29: a tie-break test has no cut score; its pages say so and state nothing of ¶26."""

from __future__ import annotations

import pytest
from flask import Flask

from core.clock import ManualClock
from core.db import db, transaction
from regulation.law import PROVISIONAL
from testing_center import queries
from testing_center.models.attempts import Attempt
from testing_center.rules.sittings import Presence
from testing_center.services import registration, results
from tests.candidates import Browser
from tests.factories import Make
from tests.ranking_scene import RankingScene
from tests.web.reading import page_of


@pytest.fixture
def browser(app: Flask, make: Make, clock: ManualClock) -> Browser:
    """One of two tied who has entered the tie-break test."""
    scene = RankingScene(make, clock)
    scene.test([6, 6])
    scene.after_appeals()
    scene.sweep()
    sitting = scene.arrange(clock())
    make.open(sitting)
    with transaction():
        for participant in make.participants(sitting):
            registration.set_presence(participant, Presence.PRESENT, by=scene.admin, now=clock())
    browser = Browser(app)
    assert browser.enter(make.codes(sitting)[0]).status_code == 200
    return browser


def attempt() -> Attempt:
    """The attempt of the tie-break."""
    db.session.rollback()
    return db.session.scalars(db.select(Attempt).where(Attempt.round == 1)).one()


def test_the_rules_say_that_it_is_a_tie_break_and_name_no_cut_score(browser: Browser) -> None:
    page = page_of(browser.client.get("/exam/rules?lang=en"))
    assert "Tie-break test" in page
    assert "It has no cut score" in page
    assert "Cut score" not in page


def test_the_result_has_a_score_but_no_cut_score_and_no_statement_of_26(browser: Browser) -> None:
    browser.start()
    answer = browser.submit().json
    assert answer["statement"]["ky"] == PROVISIONAL.by_sum["ky"]
    page = page_of(browser.client.get("/exam/result?lang=en"))
    assert "Result of the tie-break test" in page
    assert "cut score" not in page
    assert PROVISIONAL.meets["ky"][1:] not in page
    assert PROVISIONAL.by_sum["ru"] in page


def test_the_protocol_is_verified_without_a_cut_score(browser: Browser, clock: ManualClock) -> None:
    browser.start()
    browser.submit()
    found = queries.latest_protocol(attempt().id)
    assert found is not None
    assert results.open_content(found)["statement"] is None
    page = page_of(browser.client.get(f"/verify/{found.verification_code}?lang=en"))
    assert "The protocol is genuine" in page
    assert "Cut score" not in page
    assert PROVISIONAL.meets["ky"][1:] not in page
