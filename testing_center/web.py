"""Registers the pages of the test day and the delivery API."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app

from accounts import nav
from accounts.models import User
from accounts.nav import NavEntry
from accounts.rules import Permission
from core import i18n
from core.clock import request_now
from core.i18n import lazy_gettext as _l
from testing_center import staff_queries, suspect_queries
from testing_center.models import errata  # noqa: F401 - its tables belong to the database
from testing_center.services import (  # noqa: F401 - register
    competition_use,
    corrections,
    delivery,
    seen,
    suspects,
    witnesses,
)
from testing_center.views import (
    api,
    centres,
    codes,
    exam,
    hall,
    media,
    participants,
    protocols,
    sittings,
    statistics,
    verification,
)
from testing_center.views.room import SITTING_BADGES

STAFF_PAGES = (sittings, participants, codes, hall, protocols, centres, statistics)


def close_overdue() -> str | None:
    """Chore: close attempts whose time has run out."""
    closed = delivery.close_overdue(now=current_app.extensions["clock"]())
    return f"Attempts closed at their deadline: {closed}." if closed else None


def todays_sittings(user: User) -> list[tuple[str, dict[str, Any]]]:
    """The panel of the home page: sittings of this day."""
    if Permission.SITTINGS_VIEW not in user.permissions:
        return []
    found = staff_queries.running_today(user, now=request_now(), zone=i18n.zone())
    panel = {"sittings": found, "registered": staff_queries.registered_in(found), "badges": SITTING_BADGES}
    return [("testing_center/_today.html", panel)]


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
        verification.blueprint,
        *(page.blueprint for page in STAFF_PAGES),
    ):
        app.register_blueprint(blueprint)
    app.extensions.setdefault("home_panels", []).extend([doubtful_sittings, todays_sittings])
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
    app.extensions.setdefault("chores", []).extend([close_overdue, statistics.gather_statistics])
