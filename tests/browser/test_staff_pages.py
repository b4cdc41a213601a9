"""Every page that staff can come to by links: no fault on the console, axe finds nothing, nothing is cut off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.desk import sign_in
from tests.browser.hall import Hall
from tests.browser.watching import follow, staff_findings

pytestmark = pytest.mark.browser
ROLES = ["author", "approver", "administrator", "proctor", "officer", "auditor", "admin"]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FILES = re.compile(r"\.(pdf|xlsx|csv|zip|json|gift|xml|txt)$")
LINKS = "links => links.map((a) => a.getAttribute('href')).filter((h) => h.startsWith('/staff/'))"


def shape(path: str) -> str:
    """A path without what tells one record from another: pages of one shape are the same page."""
    return re.sub(r"/\d+(?=/|$)", "/1", UUID.sub("id", path.split("?")[0].split("#")[0]))


@pytest.fixture(scope="module")
def looked_at() -> set[str]:
    """Pages that axe has seen in the hands of another role: they are opened again, but looked at once."""
    return set()


@pytest.mark.parametrize("username", ROLES)
def test_every_page_of_the_menu_and_behind_it(open_page: OpenPage, hall: Hall, username: str, looked_at: set[str]):
    page, _watch = open_page()
    sign_in(page, hall, username)
    expect(page.locator(".c-nav a").first).to_be_visible()
    waiting, seen, found = ["/staff/"], {"/staff/"}, []
    while waiting:
        path = waiting.pop(0)
        page.goto(hall.address + path)
        if shape(path) not in looked_at:
            looked_at.add(shape(path))
            found += staff_findings(page, path)
        for link in page.locator("a[href]").evaluate_all(LINKS):
            if shape(link) not in seen and not FILES.search(shape(link)):
                seen.add(shape(link))
                waiting.append(link)
    assert len(seen) > 2
    assert not found, "\n".join(found)


def test_the_pages_before_signing_in(open_page: OpenPage, hall: Hall):
    page, _watch = open_page()
    found = []
    page.goto(f"{hall.address}/staff/sign-in")
    found += staff_findings(page, "sign in")
    page.locator("#username").fill("author")
    page.locator("#password").fill("not the password")
    follow(page.locator("main form .c-button"))
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("#username")).to_have_value("author")
    found += staff_findings(page, "sign in refused")
    page.goto(f"{hall.address}/verify/")
    found += staff_findings(page, "verification")
    assert not found, "\n".join(found)
