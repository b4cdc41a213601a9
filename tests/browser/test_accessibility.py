"""axe finds nothing, and nothing is cut off, on any page a candidate can come to."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from testing_center.rules.acts import ActKind
from tests.browser.candidate import Candidate
from tests.browser.conftest import PATIENCE, OpenPage
from tests.browser.hall import Hall
from tests.browser.test_bad_network import is_told
from tests.browser.watching import findings, follow

pytestmark = pytest.mark.browser


def test_every_page_before_the_test(candidate: Candidate):
    page, found = candidate.page, []
    candidate.go("/exam/")
    found += findings(page, "entry")
    page.locator("#code").fill("1234567890123457")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert] a[href='#code']")).to_be_visible()
    page.locator("main details summary").click()
    page.locator(".c-menu summary").click()
    found += findings(page, "entry refused, menus open")
    candidate.enter()
    candidate.is_at("/exam/rules")
    follow(page.locator("main form .c-button"))
    expect(page.locator("[role=alert]")).to_be_visible()
    found += findings(page, "rules not agreed with")
    candidate.go("/exam/rules")
    found += findings(page, "rules")
    candidate.go("/exam/nothing")
    found += findings(page, "page not found")
    assert not found, "\n".join(found)


def test_every_page_of_the_test(open_page: OpenPage, hall: Hall, bank: dict[str, str]):
    page, watch = open_page()
    watch.excuse("ERR_INTERNET_DISCONNECTED")
    page.clock.install()
    candidate, found = Candidate(page, hall, bank), []
    candidate.enter()
    candidate.start()
    found += findings(page, "question")
    candidate.choose(0)
    candidate.sees_saved()
    candidate.press("flag")
    candidate.sees_saved()
    page.locator("main .c-details summary").click()
    page.context.set_offline(True)
    candidate.choose(1)
    is_told(page)
    found += findings(page, "question without a connection")
    page.context.set_offline(False)
    candidate.sees_saved()
    page.locator("nav a[href='/exam/review']").click()
    candidate.is_at("/exam/review")
    found += findings(page, "review")
    page.locator("[data-dialog]").click()
    found += findings(page, "dialog")
    candidate.go("/exam/finish")
    found += findings(page, "finish")
    assert not found, "\n".join(found)


def test_what_the_staff_and_a_second_window_bring_in_russian(open_page: OpenPage, hall: Hall, bank: dict[str, str]):
    page, _watch = open_page()
    page.context.add_cookies([{"name": "language", "value": "ru", "url": hall.address}])
    candidate = Candidate(page, hall, bank)
    candidate.go("/exam/")
    page.locator("#code").fill("1234567890123457")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert] a[href='#code']")).to_be_visible()
    found = findings(page, "entry refused")
    candidate.enter()
    candidate.start("ru")
    hall.act(ActKind.EXTEND, candidate.slip, 5)
    expect(page.locator("[data-said]")).to_be_visible(timeout=PATIENCE)
    found += findings(page, "question with time given")
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.locator("[data-second]")).to_be_visible()
    found += findings(second, "a second window")
    second.close()
    hall.act(ActKind.PAUSE, candidate.slip)
    expect(page.locator("#curtain")).to_be_visible(timeout=PATIENCE)
    found += findings(page, "the curtain")
    assert not found, "\n".join(found)


def test_every_page_after_the_test(candidate: Candidate):
    page, found = candidate.page, []
    candidate.enter()
    candidate.start()
    candidate.answer_all(right=8)
    found += findings(page, "review with nothing open")
    candidate.go("/exam/finish")
    page.locator("main form button").click()
    candidate.is_at("/exam/result")
    found += findings(page, "result that meets")
    candidate.go("/exam/questions/1")
    found += findings(page, "result with a message")
    assert not found, "\n".join(found)


def test_the_result_that_does_not_meet_and_the_window_left_behind(
    candidate: Candidate, open_page: OpenPage, hall: Hall, bank: dict[str, str]
):
    candidate.enter()
    candidate.start()
    there = Candidate(open_page()[0], hall, bank, candidate.slip)
    there.enter(resume=hall.resume_token(candidate.slip))
    there.is_at("/exam/questions/1")
    candidate.go("/exam/questions/2")
    found = findings(candidate.page, "continued elsewhere")
    hall.seconds_left(candidate.slip, -1)
    there.go("/exam/questions/2")
    there.is_at("/exam/result")
    found += findings(there.page, "result at the deadline, with the date of return")
    assert not found, "\n".join(found)
