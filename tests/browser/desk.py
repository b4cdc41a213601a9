"""A member of the staff at a desk."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page

from accounts import one_time_codes
from tests.browser.hall import Hall
from tests.browser.watching import follow

NEXT = timedelta(seconds=one_time_codes.STEP_SECONDS)


def sign_in(page: Page, hall: Hall, username: str) -> None:
    """User name, password and the code of the moment; of the next one, where that of this moment is used up."""
    page.goto(f"{hall.address}/staff/sign-in")
    page.locator("#username").fill(username)
    page.locator("#password").fill(hall.staff[username]["password"])
    page.locator("#code").fill(_code(hall, username))
    follow(page.locator("main form .c-button"))
    page.wait_for_url(f"{hall.address}/staff/")


def prove(page: Page, hall: Hall, username: str) -> None:
    """Type password and code once more, where the step that was taken asks for them."""
    if page.locator("#proof-password").count():
        page.locator("#proof-password").fill(hall.staff[username]["password"])
        page.locator("#proof-code").fill(_code(hall, username))
        follow(page.locator("main form button.c-button"))


def _code(hall: Hall, username: str) -> str:
    secret = hall.staff[username]["one_time_code_secret"]
    at = hall.codes[username] = max(datetime.now(UTC), hall.codes[username] + NEXT)
    return one_time_codes.code_at(base64.b32decode(secret + "=" * (-len(secret) % 8)), at)
