"""A candidate's whole journey in Russian, in a browser without script: forms and links, nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.candidate import CLOCK_TIME, Candidate
from tests.browser.hall import CUT_SCORE, ITEMS

pytestmark = pytest.mark.browser


@pytest.fixture
def candidate(candidate_without_script: Candidate) -> Candidate:
    """Nobody in this module has script."""
    return candidate_without_script


def test_from_the_code_to_the_result_in_russian(candidate: Candidate):
    page = candidate.page
    candidate.go("/exam/?lang=ru")
    page.locator("#code").fill("1234 5678")
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_have_value("1234 5678")
    expect(page.locator("[role=alert]")).to_be_visible()
    candidate.enter()
    candidate.start("ru")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.get_by_role("timer")).to_contain_text("Осталось времени")
    candidate.answer_all(right=CUT_SCORE - 1, script=False)
    expect(page.locator("[data-palette] .is-done")).to_have_count(ITEMS)
    page.locator("[data-dialog]").click()
    candidate.is_at("/exam/finish")  # a page of its own instead of the dialog
    page.locator("main form a").click()
    candidate.is_at("/exam/review")
    candidate.go("/exam/finish")
    page.locator("main form button").click()
    candidate.is_at("/exam/result")
    assert candidate.result() == (CUT_SCORE - 1, ITEMS, CUT_SCORE)
    expect(page.locator("main p[lang=ru]")).to_have_text("Набранный балл не соответствует квалификационным требованиям")
    assert page.request.get(candidate.hall.address + "/exam/protocol.pdf").body().startswith(b"%PDF-")
    page.locator("form[action='/exam/leave'] button").click()
    candidate.is_at("/exam/")


def test_enter_saves_and_withdraws_nothing(candidate: Candidate):
    page = candidate.page
    candidate.enter()
    candidate.start("ru")
    expect(candidate.status).not_to_have_text(CLOCK_TIME)
    candidate.choose(1)
    page.keyboard.press("Enter")
    expect(candidate.status).to_have_text(CLOCK_TIME)
    candidate.is_at("/exam/questions/1")
    expect(page.locator("[name=response]").nth(1)).to_be_checked()
    page.locator("[name=response]").nth(1).focus()
    page.keyboard.press("Enter")  # once more: nothing new to save, and nothing lost
    expect(page.locator("[name=response]").nth(1)).to_be_checked()
    assert len(candidate.hall.saved_responses(candidate.slip)) == 1


def test_flag_clear_and_language_are_buttons_that_keep_the_answer(candidate: Candidate):
    page = candidate.page
    candidate.enter()
    candidate.start("ru")
    candidate.choose(2)
    candidate.press("flag")
    expect(page.locator("[data-flag]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[name=response]").nth(2)).to_be_checked()
    page.locator("[data-language] [lang=ky]").click()
    expect(page.locator("html")).to_have_attribute("lang", "ky")
    expect(page.locator("[name=response]").nth(2)).to_be_checked()
    candidate.press("flag")
    expect(page.locator("[data-flag]")).to_have_attribute("aria-pressed", "false")
    page.locator("[name=clear]").click()
    expect(candidate.chosen).to_have_count(0)
    candidate.palette(ITEMS).click()
    candidate.is_at(f"/exam/questions/{ITEMS}")
    candidate.press("previous")
    candidate.is_at(f"/exam/questions/{ITEMS - 1}")


def test_the_deadline_passes_and_the_answer_after_it_does_not_count(candidate: Candidate):
    candidate.enter()
    candidate.start("ru")
    candidate.choose(candidate.option(right=True))
    candidate.press("next")
    candidate.is_at("/exam/questions/2")
    candidate.choose(candidate.option(right=True))
    candidate.hall.seconds_left(candidate.slip, -1)
    candidate.press("next")
    candidate.is_at("/exam/result")
    expect(candidate.page.locator(".c-flashes")).to_contain_text("Время истекло")
    assert candidate.result() == (1, ITEMS, CUT_SCORE)
    candidate.go("/exam/questions/3")
    candidate.is_at("/exam/result")


def test_who_has_finished_is_not_told_that_the_time_ran_out(candidate: Candidate):
    candidate.enter()
    candidate.start("ru")
    candidate.go("/exam/finish")
    candidate.page.locator("main form button").click()
    candidate.is_at("/exam/result")
    candidate.go("/exam/questions/1")
    expect(candidate.page.locator(".c-flashes")).to_have_text("Тест завершён")


def test_the_display_is_changed_in_mid_test_and_on_a_refused_page(candidate: Candidate):
    page = candidate.page
    candidate.enter()
    candidate.is_at("/exam/rules")
    page.locator("main form .c-button").click()
    expect(page.locator("#agree")).to_have_attribute("aria-invalid", "true")
    for name, value in (("theme", "dark"), ("size", "3"), ("theme", "contrast")):
        page.locator(".c-menu summary").click()
        page.locator(f".c-menu [name={name}][value='{value}']").click()
        expect(page.locator("html")).to_have_attribute(f"data-{name}", value)
        candidate.is_at("/exam/rules")
    candidate.start("ru")
    expect(page.locator("html")).to_have_attribute("data-theme", "contrast")
