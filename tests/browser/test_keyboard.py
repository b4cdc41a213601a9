"""The whole journey by keyboard alone, and at each stop one sees where one is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.candidate import Candidate
from tests.browser.hall import CUT_SCORE, ITEMS

pytestmark = pytest.mark.browser

# The ring may stand on the element or, for a tick box, on its label; and nothing may lie over the middle of it.
FOCUS = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return 'nothing';
  const name = `${e.tagName}#${e.id}.${e.className} ${e.textContent.trim().slice(0, 30)}`;
  const shown = [e, ...(e.labels || [])];
  const ringed = shown.map((x) => getComputedStyle(x))
    .some((s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2);
  if (!ringed) return `no ring on ${name}`;
  const box = shown.at(-1).getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
  const seen = top && shown.some((x) => x.contains(top) || top.contains(x));
  return seen ? '' : `covered or out of sight: ${name} by ${top && top.className}`;
}"""


def tab_to(page: Page, selector: str, *, key: str = "Tab") -> int:
    """Press Tab until the focus stands there; how many stops it took. Every stop on the way must be visible."""
    for stops in range(1, 41):
        page.keyboard.press(key)
        assert page.evaluate(FOCUS) == ""
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return stops
    raise AssertionError(f"no way to {selector} with {key}")


def skip_to_the_content(page: Page) -> None:
    """The first stop of a page is the link past its head, and it works."""
    page.keyboard.press("Tab")
    expect(page.locator(".c-skip")).to_be_focused()
    expect(page.locator(".c-skip")).to_be_in_viewport()
    assert page.evaluate(FOCUS) == ""
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_whole_journey_by_keyboard_alone(candidate: Candidate):
    page = candidate.page
    candidate.go("/exam/")
    page.keyboard.type(candidate.slip.code)
    page.keyboard.press("Enter")
    candidate.is_at("/exam/rules")
    skip_to_the_content(page)
    tab_to(page, "[name=language]")
    page.locator("#lang-ky").check()  # whatever language the slip was made out for
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lang-ru")).to_be_checked()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#lang-ky")).to_be_checked()
    tab_to(page, "#agree")
    page.keyboard.press("Space")
    tab_to(page, "main form .c-button")
    page.keyboard.press("Enter")
    candidate.is_at("/exam/questions/1")

    for position in range(1, ITEMS + 1):
        candidate.is_at(f"/exam/questions/{position}")
        if position == 1:
            skip_to_the_content(page)
        tab_to(page, "[name=response]")
        wanted = candidate.option(right=position <= CUT_SCORE)
        page.keyboard.press("Space")  # takes the first; the arrows go on from it
        for _ in range(wanted):
            page.keyboard.press("ArrowDown")
            assert page.evaluate(FOCUS) == ""
        expect(page.locator("[name=response]").nth(wanted)).to_be_checked()
        candidate.sees_saved()
        page.keyboard.press("Alt+r" if position % 2 else "Alt+R")

    candidate.is_at("/exam/review")
    skip_to_the_content(page)
    tab_to(page, "[data-dialog]")
    page.keyboard.press("Enter")
    expect(page.locator("dialog [data-close]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#finish")).not_to_be_visible()
    page.keyboard.press("Enter")
    tab_to(page, "dialog button:not([data-close])")
    page.keyboard.press("Enter")
    candidate.is_at("/exam/result")
    assert candidate.result()[0] == CUT_SCORE
    skip_to_the_content(page)
    tab_to(page, "a[href$='.pdf']")
    tab_to(page, "form[action='/exam/leave'] button")
    page.keyboard.press("Enter")
    candidate.is_at("/exam/")


def test_the_palette_is_one_stop_with_arrows_inside(candidate: Candidate):
    page = candidate.page
    candidate.enter()
    candidate.start()
    tab_to(page, "[data-palette] a")
    expect(candidate.palette(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(candidate.palette(3)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(candidate.palette(2)).to_be_focused()
    assert page.evaluate(FOCUS) == ""
    page.keyboard.press("ArrowDown")
    expect(candidate.palette(ITEMS)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(candidate.palette(2)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("nav a[href='/exam/review']")).to_be_focused()
    tab_to(page, "[data-palette] a", key="Shift+Tab")
    expect(candidate.palette(2)).to_be_focused()  # back where one left it
    page.keyboard.press("Enter")
    candidate.is_at("/exam/questions/2")


def test_the_short_keys_flag_and_go_on(candidate: Candidate):
    page = candidate.page
    candidate.enter()
    candidate.start()
    page.keyboard.press("Alt+Comma")
    expect(candidate.palette(1)).to_have_class(re.compile("is-flag"))
    candidate.sees_saved()
    page.keyboard.press("Alt+Comma")
    expect(candidate.palette(1)).not_to_have_class(re.compile("is-flag"))
    candidate.sees_saved()
    page.keyboard.press("Alt+KeyR")
    candidate.is_at("/exam/questions/2")


def test_enter_in_a_question_withdraws_nothing(candidate: Candidate):
    page = candidate.page
    candidate.enter()
    candidate.start()
    tab_to(page, "[name=response]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    candidate.sees_saved()
    expect(page.locator("[name=response]").first).to_be_checked()
    assert len(candidate.hall.saved_responses(candidate.slip)) == 1


def test_letter_size_and_colours_by_keyboard(candidate: Candidate):
    page = candidate.page
    candidate.enter()
    candidate.start()
    tab_to(page, ".c-menu summary")
    page.keyboard.press("Enter")
    tab_to(page, ".c-menu [value=contrast]")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "contrast")
    candidate.is_at("/exam/questions/1")
    tab_to(page, "[name=response]")
