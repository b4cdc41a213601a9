"""At the desk, in a browser (¶33): what somebody else filed is rejected, a paper that takes an appeal back is taken."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.played import Played
from tests.browser.test_appeals import WORDS, send
from tests.browser.watching import findings, follow, staff_findings

pytestmark = pytest.mark.browser
BISHKEK = ZoneInfo("Asia/Bishkek")


def file(page: Page, played: Played) -> None:
    """Somebody files at the workstation of this candidate."""
    played.seat(page, played.stranger)
    page.goto(f"{played.hall.address}/exam/appeal/")
    send(page)
    page.context.clear_cookies()


def test_a_stranger_is_rejected_the_candidate_files_and_later_withdraws_on_paper(open_page: OpenPage, played: Played):
    page, _watch = open_page()
    desk = f"{played.hall.address}/staff/sittings/{played.running}/appeals/"
    file(page, played)
    played.sign_in(page, "administrator")
    page.goto(desk)
    follow(page.locator(f"#appeal-{played.appeal(played.stranger)} a[href$='/rejection']"))
    found = staff_findings(page, "rejecting")
    send(page)
    expect(page.locator("#reason-error")).to_be_visible()
    found += staff_findings(page, "rejecting without a reason")
    page.locator("#reason").fill(WORDS)
    send(page)
    page.wait_for_url(desk)
    expect(page.locator("main tbody").first).to_contain_text(WORDS)  # nobody's grounds stand there
    found += staff_findings(page, "desk with a rejected appeal")
    assert played.status(played.stranger) == ""
    page.context.clear_cookies()
    played.seat(page, played.stranger)
    page.goto(f"{played.hall.address}/exam/appeal/")
    expect(page.locator("main")).to_contain_text(WORDS)
    found += findings(page, "application after a rejection")
    send(page)
    assert played.status(played.stranger) == "filed"
    page.context.clear_cookies()
    played.sign_in(page, "administrator")
    page.goto(desk)
    follow(page.locator(f"#appeal-{played.appeal(played.stranger)} a[href$='/withdrawal']"))
    found += staff_findings(page, "withdrawal on paper")
    send(page)
    expect(page.locator("#is_recognised-error")).to_be_visible()
    found += staff_findings(page, "withdrawal on paper refused")
    now = datetime.now(BISHKEK)
    page.locator("#on").fill(f"{now:%d.%m.%Y}")
    page.locator("#at").fill(f"{now:%H:%M}")
    for box in ("is_signed", "is_recognised"):
        page.locator(f"label[for={box}]").click()
    send(page)
    page.wait_for_url(desk)
    assert played.status(played.stranger) == "withdrawn"
    found += staff_findings(page, "desk after a withdrawal on paper")
    assert not found, "\n".join(found)
