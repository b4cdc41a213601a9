"""A gap of forty underscores, an address, a word without end: texts of questions stay inside of their window."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page

from accounts.models import User
from accounts.rules import Role
from core.clock import ManualClock
from core.db import transaction
from question_bank.exchange.drafts import ItemDraft
from question_bank.kinds.base import Wording
from question_bank.rules import ItemKind
from question_bank.services import approvals, items
from tests.browser.conftest import OpenPage
from tests.browser.hall import Hall
from tests.browser.watching import layout_findings
from tests.factories import Make
from tests.services.bank_files import draft
from tests.web.signing_in import sign_in

pytestmark = pytest.mark.browser
GAP, ADDRESS, ENDLESS = "_" * 40, "https://cbd.minjust.gov.kg/7-21474/edition/1302/kg", "ө" * 300
PARTS = (Wording(GAP, GAP), Wording(ADDRESS, ADDRESS), Wording(ENDLESS, ENDLESS), Wording("Мектеп", "Школа"))
KINDS = {
    ItemKind.SINGLE_CHOICE: {"key": (1,)},
    ItemKind.ORDERING: {"key": (0, 1, 2, 3)},
    ItemKind.MATCHING: {"key": ((0, 0), (1, 1), (2, 2), (3, 3)), "targets": PARTS},
}
WINDOWS = {"wide": (1280, 800, "1"), "narrow": (400, 740, "1"), "narrowest, the largest letters": (320, 740, "3")}


def come_in(page: Page, hall: Hall, person: User) -> None:
    """In the browser of somebody who has signed in."""
    client = hall.app.test_client()
    sign_in(client, person)
    page.context.add_cookies([{"name": "session", "value": client.get_cookie("session").value, "url": hall.address}])


def question(name: str, kind: ItemKind) -> ItemDraft:
    """A question with long words everywhere."""
    stem = f"{name} {kind} {ENDLESS}: {ADDRESS} {GAP}?"
    return draft(f"{name}-{kind}", stem_ky=stem, stem_ru=stem, kind=kind, options=PARTS, **KINDS[kind])


def written(hall: Hall, name: str) -> tuple[User, list[tuple[UUID, UUID]], UUID]:
    """An approver, such questions, and a session with them on its agenda."""
    now = datetime.now(UTC)
    make = Make(hall.app, ManualClock(now))
    author, first, second = (
        make.user(role, name=f"{role}-{uuid4().hex}")
        for role in (Role.ITEM_AUTHOR, Role.ITEM_APPROVER, Role.ITEM_APPROVER)
    )
    make.sub_topic()
    with transaction():
        versions = [items.create_item(question(name, kind), by=author, now=now) for kind in KINDS]
        for version in versions:
            items.submit(version, by=author, now=now)
        session = approvals.open_session(now.date(), "301", [first, second], versions, by=first, now=now)
        return first, [(version.id, version.item_id) for version in versions], session.id


def test_no_text_of_a_question_is_wider_than_its_window(open_page: OpenPage, hall: Hall):
    page, found, name = open_page()[0], [], f"LONG-{uuid4().hex[:6]}"
    with hall.app.app_context():
        approver, versions, session = written(hall, name)
        come_in(page, hall, approver)
    bank = f"{hall.address}/staff/bank"
    paths = [f"/versions/{one}/preview" for one, _item in versions] + [f"/items/{versions[0][1]}"]
    for path in (*paths, f"/?text={name}", f"/queue?text={name}", f"/sessions/{session}"):
        page.goto(f"{bank}{path}")
        assert ENDLESS[:40] in page.locator("main").inner_text()
        for window, (width, height, size) in WINDOWS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("size => { document.documentElement.dataset.size = size; }", size)
            found += [f"{path}, {window}: {fault}" for fault in layout_findings(page)]
    assert not found, "\n".join(found)
