"""A screen of 1024 × 768 at 200 %: nothing scrolls sideways, the time and the saving stay in sight, and the focus too.

Zoomed so, the window has 512 × 384 pixels of the page. WCAG 2.2: 1.4.10 Reflow, 2.4.11 Focus Not Obscured.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from testing_center.services import practice
from tests.browser.candidate import Candidate
from tests.browser.conftest import OpenPage
from tests.browser.hall import ITEMS, Hall
from tests.browser.watching import follow, layout_findings

pytestmark = pytest.mark.browser
ZOOMED = {"viewport": {"width": 512, "height": 384}, "device_scale_factor": 2}
STOPS = 60  # more than any of these pages has

# What has the focus stands whole in the window, if it is not larger than that, and nothing that sticks lies over it.
# The ring may stand on the element or, for a tick box, on its label.
FOCUS = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return ['', 'nothing'];
  const name = `${e.tagName}#${e.id}.${e.className} ${e.textContent.trim().slice(0, 30)}`;
  const shown = [e, ...(e.labels || [])];
  const box = (['checkbox', 'radio'].includes(e.type) ? shown.at(-1) : e).getBoundingClientRect();
  const faults = [];
  if (box.height <= innerHeight - 128 && (box.top < -1 || box.bottom > innerHeight + 1)) faults.push('out of sight');
  if (box.left < -1 || box.right > innerWidth + 1) faults.push('beyond the edge');
  if (!shown.some((x) => getComputedStyle(x).outlineStyle !== 'none')) faults.push('no ring');
  for (const other of document.querySelectorAll('body *')) {
    const sticks = ['sticky', 'fixed'].includes(getComputedStyle(other).position);
    if (!sticks || shown.some((x) => other.contains(x))) continue;
    const over = other.getBoundingClientRect();
    const high = Math.min(box.bottom, over.bottom) - Math.max(box.top, over.top);
    const wide = Math.min(box.right, over.right) - Math.max(box.left, over.left);
    const [x, y] = [Math.max(box.left, over.left) + wide / 2, Math.max(box.top, over.top) + high / 2];
    if (high > 1 && wide > 1 && other.contains(document.elementFromPoint(x, y)))
      faults.push(`${Math.round(high)} of ${Math.round(box.height)} pixels under ${other.className}`);
  }
  return [name, faults.join(', ')];
}"""


def looked_at(page: Page, where: str) -> list[str]:
    """What is wrong with a page at this size: its layout, and each stop of the keyboard on it, there and back."""
    page.evaluate("document.fonts.ready.then(() => true)")
    found = layout_findings(page)
    for key in ("Tab", "Shift+Tab"):
        page.evaluate("document.activeElement.blur()")
        for _ in range(STOPS):
            page.keyboard.press(key)
            name, fault = page.evaluate(FOCUS)
            if not name:
                break  # round the page, and out of it
            if name and fault:
                found.append(f"{key}: {name}: {fault}")
        else:
            found.append(f"{key} does not come to an end")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    return [f"{where}: {fault}" for fault in found]


def sees_time_and_saving(page: Page) -> None:
    """Both stay in sight wherever one is in the question."""
    expect(page.get_by_role("timer")).to_be_in_viewport(ratio=1)
    expect(page.locator("[data-status]")).to_be_in_viewport(ratio=1)


def test_a_whole_test_by_keyboard_at_two_hundred_per_cent(open_page: OpenPage, hall: Hall, bank: dict[str, str]):
    page, watch = open_page(**ZOOMED)
    watch.excuse("ERR_INTERNET_DISCONNECTED")
    candidate = Candidate(page, hall, bank)
    candidate.go("/exam/")
    found = looked_at(page, "entry")
    page.locator("#code").focus()
    page.keyboard.type(candidate.slip.code)
    page.keyboard.press("Enter")
    candidate.is_at("/exam/rules")
    found += looked_at(page, "rules")
    page.locator("#lang-ky").focus()
    page.keyboard.press("Space")
    page.locator("#agree").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    candidate.is_at("/exam/questions/1")
    expect(page.get_by_role("timer")).to_be_in_viewport(ratio=1)
    expect(page.locator(".c-question__stem")).to_be_in_viewport()
    page.locator("[name=response]").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
        sees_time_and_saving(page)
    candidate.sees_saved()
    found += looked_at(page, "question")
    menu = page.locator(".c-menu summary")
    menu.press("Enter")
    panel = page.locator(".c-menu__panel").bounding_box()
    assert panel and panel["x"] >= 0 and panel["x"] + panel["width"] <= 512, panel
    menu.press("Enter")
    page.context.set_offline(True)  # the notice stands below the question here: the way to it stands beside the saving
    page.locator("[name=response]:checked").focus()
    page.keyboard.press("ArrowUp")
    way = page.locator("[data-offline-way]")
    expect(way).to_be_in_viewport(ratio=1)
    way.press("Enter")
    expect(page.locator("[data-offline]")).to_be_in_viewport()
    page.context.set_offline(False)
    candidate.sees_saved()
    expect(way).not_to_be_visible()
    for position in range(2, ITEMS + 2):
        page.keyboard.press("Alt+KeyR")
        candidate.is_at(f"/exam/questions/{position}" if position <= ITEMS else "/exam/review")
    expect(page.get_by_role("timer")).to_be_in_viewport(ratio=1)
    found += looked_at(page, "review")
    page.locator("[data-dialog]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#finish")).to_be_in_viewport(ratio=1)
    found += [f"dialog: {fault}" for fault in layout_findings(page)]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    candidate.is_at("/exam/result")
    found += looked_at(page, "result")
    assert not found, "\n".join(found)


def test_every_kind_of_question_in_the_largest_letters_at_two_hundred_per_cent(open_page: OpenPage, hall: Hall):
    page, _watch = open_page(**ZOOMED)
    page.context.add_cookies([{"name": "size", "value": "3", "url": hall.address}])
    page.goto(f"{hall.address}/exam/practice/?lang=ky")
    found = looked_at(page, "practice")
    follow(page.locator("main form .c-button"))
    seen = set()
    for position, sample in enumerate(practice.samples(), start=1):
        expect(page.locator("h1")).to_have_text(re.compile(rf"\b{position} / 10"))
        if sample.item.kind.name not in seen:
            seen.add(sample.item.kind.name)
            found += looked_at(page, sample.item.kind.name)
            page.locator("fieldset").locator("input, select, button").locator("visible=true").first.focus()
            sees_time_and_saving(page)
        with page.expect_navigation():
            page.keyboard.press("Alt+KeyR")
    found += looked_at(page, "review of the practice")
    page.locator("[data-dialog]").click()
    follow(page.locator("#finish form .c-button").last)
    found += looked_at(page, "end of the practice")
    assert not found, "\n".join(found)
