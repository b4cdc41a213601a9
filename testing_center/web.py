"""Registers the pages of the test day and the delivery API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, current_app

from accounts import nav
from accounts.models import User
from accounts.nav import NavEntry
from accounts.rules import Permission
from core import i18n
from core.cli import every
from core.clock import request_now
from core.db import BUSY_SECONDS, transaction
from core.i18n import lazy_gettext as _l
from testing_center import access, queries, staff_queries, suspect_queries
from testing_center.models import errata  # noqa: F401 - its tables belong to the database
from testing_center.services import (  # noqa: F401 - register
    competition_use,
    contacts,
    corrections,
    delivery,
    hall_witnesses,
    seen,
    signatures,
    sitting_witnesses,
    suspects,
    witnesses,
    workstation_checks,
)
from testing_center.views import (
    api,
    centres,
    closing,
    codes,
    exam,
    exam_end,
    hall,
    hall_acts,
    hall_console,
    incidents,
    media,
    participants,
    photos,
    practice,
    protocols,
    safe_browser,
    seating,
    sittings,
    statistics,
    verification,
    workstation_check,
)
from testing_center.views.room import SITTING_BADGES

FORGET_EVERY = timedelta(hours=1)
UNDER_WAY = timedelta(seconds=BUSY_SECONDS + 1)  # how long an answer that has come may wait until it is written
EXAM_PAGES = (exam, exam_end)  # each adds its pages to the blueprint of ``exam``
STAFF_PAGES = (
    sittings,
    participants,
    photos,
    seating,
    codes,
    hall,
    hall_console,
    hall_acts,
    incidents,
    protocols,
    centres,
    statistics,
)
SITTING_PAGES = (closing,)  # each adds its pages to the blueprint of ``sittings``


def close_overdue() -> str | None:
    """Chore: close attempts whose time has run out.

    An answer that came in time may still wait for its turn at the disk: it is judged first.
    """
    closed = delivery.close_overdue(now=current_app.extensions["clock"](), since=UNDER_WAY)
    return f"Attempts closed at their deadline: {closed}." if closed else None


def forget_old() -> str | None:
    """Chore: checks of workstations and calls of pages that nobody needs any more."""
    now = current_app.extensions["clock"]()
    with transaction():
        checks, calls = workstation_checks.forget_old(now=now), contacts.forget_old(now=now)
    return f"Old checks of workstations deleted: {checks}. Last calls of pages: {calls}." if checks or calls else None


def todays_sittings(user: User) -> list[tuple[str, dict[str, Any]]]:
    """The panel of the home page: sittings of this day."""
    if Permission.SITTINGS_VIEW not in user.permissions:
        return []
    found = staff_queries.running_today(user, now=request_now(), zone=i18n.zone())
    panel = {"sittings": found, "registered": staff_queries.registered_in(found), "badges": SITTING_BADGES}
    return [("testing_center/_today.html", panel)]


def protocols_to_sign(user: User) -> list[tuple[str, dict[str, Any]]]:
    """The panel of the home page for a proctor: summary protocols that wait for their signature."""
    found = signatures.waiting_for(user) if Permission.SITTING_RUN in user.permissions else []
    return [("testing_center/_to_sign.html", {"sittings": found})] if found else []


def doubtful_sittings(user: User) -> list[tuple[str, dict[str, Any]]]:
    """The panel of the home page for those who arrange sittings: a question in quarantine stands on a chosen form."""
    if Permission.SITTINGS_MANAGE not in user.permissions:
        return []
    found = suspect_queries.not_yet_opened()
    return [("testing_center/_suspects.html", {"sittings": found})] if found else []


def init_app(app: Flask) -> None:
    """Register blueprints, menu entries, the panel of the home page and chores."""
    for blueprint in (
        api.blueprint,
        exam.blueprint,
        media.blueprint,
        practice.blueprint,
        safe_browser.blueprint,
        verification.blueprint,
        workstation_check.blueprint,
        *(page.blueprint for page in STAFF_PAGES),
    ):
        app.register_blueprint(blueprint)
    app.extensions.setdefault("display_kept", []).append(access.keep_display)
    app.extensions.setdefault("home_panels", []).extend([doubtful_sittings, protocols_to_sign, todays_sittings])
    nav.register(
        app,
        NavEntry(
            _l("Sittings"), "sittings.index", Permission.SITTINGS_VIEW, 10,
            _l("Test days: participants, codes, the room, protocols."),
        ),
        NavEntry(
            _l("Centres"), "centres.index", Permission.CENTRES_MANAGE, 50,
            _l("Where tests are held: rooms and workstations."),
        ),
        NavEntry(
            _l("Statistics"), "statistics.index", Permission.STATISTICS_VIEW, 35,
            _l("What sittings have said of tests and questions."),
        ),
    )  # fmt: skip
    app.extensions.setdefault("item_links", []).append(statistics.item_link)
    app.extensions.setdefault("sitting_tabs", []).append(statistics.sitting_tab)
    app.extensions.setdefault("gauges", {})["app_attempts_open"] = (
        "Attempts that have begun and not ended.", queries.count_open
    )  # fmt: skip
    app.extensions.setdefault("recorded", []).append(queries.last_saved)
    app.extensions.setdefault("chores", []).extend(
        [close_overdue, statistics.gather_statistics, every(FORGET_EVERY, forget_old)]
    )
