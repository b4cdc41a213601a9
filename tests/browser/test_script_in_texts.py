"""Script in every text that people write: no page runs it, even where nothing but the escaping stands against it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from sqlalchemy import String, Text

from core.db import Base, db, transaction
from tests.security.conftest import house  # noqa: F401  (a fixture)
from tests.security.house import House, path_of, staff_rules

pytestmark = pytest.mark.browser
PAYLOADS = (
    "<script>ran.push(1)</script>", "\"'><img src=x onerror=ran.push(1)>", "javascript:ran.push(1)//",
    "</textarea></title></script><svg onload=ran.push(1)>", "{{7*7}}${ran.push(1)}",
    "<iframe srcdoc='<script>top.ran.push(1)</script>'></iframe>",
)  # fmt: skip
#: What no person writes: numbers, ids, digests and words of which there is a list.
NO_TEXT = (
    "number",
    "_id",
    "digest",
    "law_version",
    "username",
    "language",
    "version",
    "time_zone",
    "order",
    "code",
    "name_s",
)


def fill(payload: str) -> int:
    """Write the payload into every free text of every table; returns into how many columns."""
    filled = 0
    with transaction():
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                free = type(column.type) in (String, Text) and (getattr(column.type, "length", 0) or 9999) >= 64
                if not free or column.unique or column.primary_key or any(one in column.name for one in NO_TEXT):
                    continue
                if table.name in ("audit_entry", "audit_head", "ranking", "alembic_version", "throttle_counter"):
                    continue
                done = db.session.execute(table.update().where(column.is_not(None)).values({column.name: payload}))
                filled += bool(done.rowcount)
    return filled


def pages(house: House) -> Iterator[tuple[str, str]]:  # noqa: F811
    """Every page of staff, with its address."""
    for rule, permission in staff_rules(house.app, "GET"):
        path = path_of(rule, house.ours.ids)
        answer = house.browser(house.holder(permission)).get(path)
        if answer.mimetype == "text/html" and answer.status_code in (200, 409):
            yield path, answer.text
        answer.close()


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # a page is made alike from both
def test_no_page_of_staff_runs_what_people_wrote(browser: Browser, house: House) -> None:  # noqa: F811
    """The page stands without its content security policy: that would hide a missing escape."""
    context = browser.new_context()
    context.route("**/*", lambda route: route.abort())
    page, shown, ran = context.new_page(), 0, []
    page.evaluate("window.ran = []")
    payload = "".join(PAYLOADS)
    assert fill(payload) > 10
    for path, html in pages(house):
        page.set_content(html, wait_until="commit")
        shown += "ran.push" in html
        links = page.locator("[href^='javascript:' i], [src^='javascript:' i], [action^='javascript:' i]").count()
        if page.evaluate("window.ran.length") or links:
            ran.append(path)
    context.close()
    assert shown > 10 and ran == []
