"""From a decided competition to its publication in a browser: every page sound, the winner alone is named."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.played import ADMITTED, Played
from tests.browser.watching import findings, follow, staff_findings

pytestmark = pytest.mark.browser
BISHKEK = ZoneInfo("Asia/Bishkek")  # a day typed on a page is a day there, whatever the hour of the test


def test_the_officer_draws_up_and_publishes_and_everybody_reads_it(open_page: OpenPage, played: Played):
    page, _watch = open_page()
    everybody = f"{played.hall.address}/results/"
    page.goto(everybody)
    expect(page.locator(".c-empty")).to_be_visible()
    found = findings(page, "nothing published")
    played.sign_in(page, "officer")
    page.goto(f"{played.hall.address}/staff/results/")
    found += staff_findings(page, "results")
    follow(page.locator(f"a[href$='{played.decided}/']"))
    found += staff_findings(page, "a decided competition")
    follow(page.locator("form[action$='/ranking'] button"))
    follow(page.locator("form[action$='/publication'] button"))
    follow(page.locator(f"a[href='/results/{played.decided}']"))
    expect(page.locator("h1")).to_contain_text("гимназиясы")
    expect(page.locator(".c-statement")).to_contain_text(ADMITTED[0])
    for surname in ADMITTED[1:]:
        expect(page.locator("main")).not_to_contain_text(surname)
    found += findings(page, "a published competition")
    page.goto(everybody)
    found += findings(page, "published competitions")
    page.goto(f"{played.hall.address}/staff/results/reserve/")
    found += staff_findings(page, "the reserve")
    page.goto(f"{played.hall.address}/staff/results/{played.decided}/acts/winner_declined")
    found += staff_findings(page, "an act")
    follow(page.locator("main form button"))
    expect(page.locator("#document-error")).to_be_visible()
    page.locator("#document").fill("Кат № 14")
    page.locator("#on").fill(datetime.now(BISHKEK).strftime("%d.%m.%Y"))
    follow(page.locator("main form button"))
    expect(page.locator("main")).to_contain_text("Кат № 14")
    found += staff_findings(page, "after the refusal of the winner")
    assert not found, "\n".join(found)


def test_the_administrator_arranges_the_tie_break_and_writes_applications_down(open_page: OpenPage, played: Played):
    page, _watch = open_page()
    played.sign_in(page, "administrator")
    found = staff_findings(page, "home with a tie-break that waits")
    page.goto(f"{played.hall.address}/staff/results/{played.tied}/")
    found += staff_findings(page, "a tie")
    page.locator("a[href*='/tie-breaks/']").first.click()
    found += staff_findings(page, "arranging a tie-break")
    follow(page.locator("main form .c-button"))
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("#room_id").select_option(index=1)
    tomorrow = datetime.now(BISHKEK) + timedelta(days=1)
    page.locator("#on").fill(tomorrow.strftime("%d.%m.%Y"))
    page.locator("#at").fill("09:00")
    page.locator("#proctors input").first.check()
    follow(page.locator("main form .c-button"))
    expect(page).to_have_url(f"{played.hall.address}/staff/sittings/{page.url.rstrip('/').rsplit('/', 1)[-1]}/")
    expect(page.locator("main")).to_contain_text("Кошумча тестирлөө")
    page.goto(f"{played.hall.address}/staff/results/{played.tied}/")
    found += staff_findings(page, "a tie that is arranged")
    path = f"{played.hall.address}/staff/competitions/{played.decided}/applications/"
    page.goto(path)
    found += staff_findings(page, "applications")
    page.goto(f"{path}new")
    page.locator("#personal_number").fill("215")
    follow(page.locator("main form .c-button"))
    expect(page.locator("#personal_number-error")).to_be_visible()
    found += staff_findings(page, "an application with a fault")
    assert not found, "\n".join(found)
