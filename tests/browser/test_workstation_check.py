"""The check of a computer in a real browser: measured with script, told without it, also where the clock is wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from testing_center.rules.workstations import TYPED
from tests.browser.conftest import OpenPage
from tests.browser.hall import Hall
from tests.browser.watching import findings, follow

pytestmark = pytest.mark.browser


def state_of(page: Page, name: str) -> str:
    """What the badge of a row says."""
    return page.locator("tr", has=page.get_by_role("rowheader", name=name)).locator(".c-badge").inner_text().strip()


def check(page: Page, hall: Hall) -> None:
    page.goto(f"{hall.address}/exam/?lang=en")
    follow(page.get_by_role("link", name="Check this computer"))
    page.locator("#typed").fill(TYPED)
    page.get_by_role("button", name="Check this computer").click()
    expect(page.locator("table")).to_be_visible()


def test_a_good_computer_is_measured_and_found_fit(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    check(page, hall)
    for name in ("Browser", "Scripts", "Cookies", "Clock", "Way to the server", "Answers kept", "Screen", "Keyboard"):
        assert state_of(page, name) == "In order", name
    expect(page.get_by_text("This computer is fit for a test")).to_be_visible()
    assert page.evaluate("indexedDB.databases()") == []  # what was tried is gone
    assert not findings(page, "check")


def test_a_clock_that_is_an_hour_off_is_told_and_does_no_harm(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=1))
    check(page, hall)
    assert state_of(page, "Clock") == "Look at it"
    expect(page.get_by_text(re.compile(r"Seconds off: \+3(599|60\d)"))).to_be_visible()
    expect(page.get_by_text("The time of the test is counted by the server")).to_be_visible()
    assert not findings(page, "check with a wrong clock")


def test_without_script_it_says_what_cannot_be_measured(open_page: OpenPage, hall: Hall):
    page, _watch = open_page(java_script_enabled=False)
    check(page, hall)
    assert state_of(page, "Scripts") == "Look at it" and state_of(page, "Clock") == "Not measured"
    assert state_of(page, "Cookies") == state_of(page, "Browser") == state_of(page, "Keyboard") == "In order"
