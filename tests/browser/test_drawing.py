"""The blueprint counts while one types, without script on asking; variants are drawn and looked at before sealing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from core.db import db
from question_bank.models import TestSpecification
from tests.browser.conftest import OpenPage
from tests.browser.desk import sign_in
from tests.browser.hall import Hall
from tests.browser.watching import follow, staff_findings

pytestmark = pytest.mark.browser
EDITOR = "/staff/tests/blueprints/new"


def beside(page: Page, name: str) -> str:
    """What stands beside a cell: left after it, and in the bank."""
    return page.locator(f"[name='{name}'] + .c-matrix__has").inner_text()


def told(page: Page) -> tuple[list[str], str, str]:
    """Short cells in words, and how many variants the bank gives: without a common question, within the limit."""
    short = page.locator("[data-is-short]:not([hidden]) li").all_inner_texts()
    return short, page.locator("[data-most]").inner_text(), page.locator("[data-most-limited]").inner_text()


def sentences(page: Page) -> list[str]:
    """What the page says of all cells."""
    return page.locator("[data-gives] p:visible").all_inner_texts()


def test_the_blueprint_counts_at_every_key_as_the_server_does_and_variants_are_drawn(open_page: OpenPage, hall: Hall):
    page = open_page()[0]
    sign_in(page, hall, "administrator")
    page.goto(hall.address + EDITOR)
    names = [field.get_attribute("name") or "" for field in page.locator("[name^=cell-]").all()]
    first, second, *_others = [name for name in names if 6 <= int(beside(page, name)) < 60]
    has = int(beside(page, first))
    page.locator(f"[name='{first}']").press_sequentially("3")
    assert beside(page, first) == f"{has - 3} / {has}"
    enemies = page.locator("[data-matrix]").get_attribute("data-enemies") or ""
    is_bound = re.sub("cell-(.*?)(/.*)?-", r'"\1-', first) + '"' in enemies
    assert is_bound == page.locator("[data-is-enough]").is_visible() == page.locator("[data-is-bound]").is_visible()
    filled = sentences(page)
    page.locator("[name=exposure]").fill("2")
    short, apart, limited = told(page)
    assert short == [] and int(apart) == min(20, has // 3) and 0 < int(limited.rstrip("+")) <= 20
    page.locator(f"[name='{second}']").fill("900")
    short, apart, limited = told(page)
    assert len(short) == 1 and "900" in short[0] and (apart, limited) == ("0", "0")
    expect(page.locator(f"[name='{second}']")).to_have_attribute("aria-invalid", "true")
    found = staff_findings(page, "editor of a blueprint")
    live = (*told(page), beside(page, first), beside(page, second))

    plain = open_page(java_script_enabled=False)[0]
    plain.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]  # the same person in another browser
    plain.goto(hall.address + EDITOR)
    plain.locator(f"[name='{first}']").fill("3")
    follow(plain.locator("[value=check] >> visible=true"))
    assert sentences(plain)[:1] == filled[:1]
    plain.locator(f"[name='{second}']").fill("900")
    plain.locator("[name=exposure]").fill("2")
    follow(plain.locator("[value=check] >> visible=true"))
    assert (*told(plain), beside(plain, first), beside(plain, second)) == live

    with hall.app.app_context():
        query = db.select(TestSpecification).where(TestSpecification.title_ky.startswith("Мектеп жетекчилери"))
        spec = db.session.scalars(query).first()
        where = f"/staff/tests/specifications/{spec.id if spec else ''}"
    page.goto(hall.address + where)
    page.locator("[name=count]").fill("2")
    page.locator("form[action$='/draws'] .c-button").click()
    page.wait_for_url(re.compile("/staff/tests/draws/"))
    expect(page.locator("form[action$='/seal'] button")).to_be_visible()
    found += staff_findings(page, "a draw")
    again = page.url
    follow(page.locator("form[action$='/draws'] button"))
    assert page.url != again
    page.goto(hall.address + where)
    page.locator("[name=count]").fill("20")
    page.locator("[name=exposure]").fill("1")
    page.locator("form[action$='/draws'] .c-button").click()
    expect(page.locator("[role=alert] li").first).to_be_visible()
    found += staff_findings(page, "variants that cannot be drawn")
    assert not found, "\n".join(found)
