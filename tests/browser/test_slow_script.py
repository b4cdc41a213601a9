"""A slow line: somebody chooses an answer while the page's script is still on its way."""

from __future__ import annotations

from threading import Event

import pytest
from playwright.sync_api import expect

from testing_center.services import practice
from tests.browser.conftest import OpenPage
from tests.browser.hall import Hall
from tests.browser.watching import follow, hold

pytestmark = pytest.mark.browser
OWN_KINDS = ("single_choice", "multiple_response", "matching", "numeric")


@pytest.mark.parametrize("kind", OWN_KINDS)
def test_what_is_chosen_before_the_script_is_there_is_saved_when_it_is(open_page: OpenPage, hall: Hall, kind: str):
    page, _watch = open_page()
    page.goto(f"{hall.address}/exam/practice/?lang=ky")
    follow(page.locator("main form .c-button"))
    position = next(n for n, one in enumerate(practice.samples(), start=1) if one.item.kind.name == kind)
    held = hold(page, "**/js/exam/question.js*", times=1)
    page.goto(f"{hall.address}/exam/practice/{position}", wait_until="commit")
    if kind == "matching":
        page.locator("select").first.select_option(index=1)
    elif kind == "numeric":
        page.locator("[data-number]").fill("15")
    else:
        page.locator(".c-choice__label").first.click()
    expect(page.locator("[data-status]")).to_have_class("c-saved c-saved--none")
    held().continue_()
    expect(page.locator("[data-status]")).to_have_class("c-saved")
    page.reload()
    expect(page.locator(f"[data-palette] [data-position='{position}']")).to_have_class("c-palette__item is-done")


def test_a_page_that_nobody_has_touched_saves_nothing(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    page.goto(f"{hall.address}/exam/practice/?lang=ky")
    follow(page.locator("main form .c-button"))
    asked = Event()
    page.on("request", lambda request: asked.set() if request.method == "PUT" else None)
    for position in range(1, len(practice.samples()) + 1):
        page.goto(f"{hall.address}/exam/practice/{position}")
    assert not asked.is_set()
