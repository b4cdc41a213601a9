"""The practice test in a real browser, with script and without: the exam's own page, and nothing left behind."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from testing_center.services import practice
from tests.browser.conftest import OpenPage
from tests.browser.hall import Hall
from tests.browser.watching import findings, follow

pytestmark = pytest.mark.browser


def begin(page: Page, hall: Hall) -> None:
    page.goto(f"{hall.address}/exam/?lang=en")
    follow(page.get_by_role("link", name="Practice test"))
    follow(page.get_by_role("button", name="Begin the practice"))


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_the_practice_from_the_entry_page_to_its_end(open_page: OpenPage, hall: Hall, script: bool):
    page, _watch = open_page(java_script_enabled=script)
    found = []
    page.goto(f"{hall.address}/exam/?lang=en")
    follow(page.get_by_role("link", name="Practice test"))
    found += findings(page, "practice") if script else []
    follow(page.get_by_role("button", name="Begin the practice"))
    for position, sample in enumerate(practice.samples(), start=1):
        expect(page.locator("h1")).to_have_text(f"Question: {position} / 10")
        if script:
            assert page.locator(".c-clock__value").inner_text().startswith("0:1")
            found += findings(page, sample.item.kind.name)
        if sample.item.kind.name in ("single_choice", "true_false"):
            page.locator(f'[name=response][value="{sample.key[0]}"]').check(force=True)
            if script:
                expect(page.locator("[data-status]")).to_have_text(re.compile(r"Saved \d\d:\d\d:\d\d"))
        follow(page.locator("[data-next]"))
    found += findings(page, "review") if script else []
    expect(page.locator(".c-note__title", has_text="Questions without an answer: 4")).to_be_visible()
    page.locator("[data-dialog]").click()
    follow(page.get_by_role("button", name="Yes, finish the test"))
    expect(page.get_by_text("Right answers: 6 / 10")).to_be_visible()
    found += findings(page, "end of the practice") if script else []
    assert not found, "\n".join(found)


def test_one_learns_palette_flags_keys_language_and_colours_and_nothing_stays_behind(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    begin(page, hall)
    entry = page.locator("[data-palette] [data-position='1']")
    page.locator(".c-choice__label").first.click()
    expect(entry).to_have_class(re.compile("is-done"))
    page.keyboard.press("Alt+Comma")
    expect(entry).to_have_class(re.compile("is-flag"))
    page.locator(".c-details summary").click()
    expect(page.locator(".c-keys kbd").first).to_be_visible()
    with page.expect_navigation():
        page.keyboard.press("Alt+KeyR")
    expect(page.locator("[data-palette] [data-position='1']")).to_have_class(re.compile("is-done is-flag"))
    follow(page.locator(".c-lang [value=ru]"))
    expect(page.locator(".c-question__stem")).to_have_text("Вода замерзает при температуре 0 °C.")
    page.locator(".c-menu summary").click()
    follow(page.locator(".c-menu [value=dark]"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("indexedDB.databases()") == []


def test_an_answer_given_without_a_network_is_sent_when_it_is_back(open_page: OpenPage, hall: Hall):
    page, watch = open_page()
    watch.excuse("ERR_INTERNET_DISCONNECTED")
    begin(page, hall)
    page.context.set_offline(True)
    page.locator(".c-choice__label").first.click()
    expect(page.locator("[data-offline]")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("[data-status]")).to_have_class("c-saved")
    expect(page.locator("[data-offline]")).not_to_be_visible()
