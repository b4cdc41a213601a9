"""Registers the pages of the archive and of the outbox."""

from __future__ import annotations

from flask import Flask, current_app

from accounts import nav
from accounts.nav import NavEntry
from accounts.rules import Permission
from archive import queries
from archive.views import letters, records
from core.i18n import lazy_gettext as _l


def untold() -> str | None:
    """Chore: say how many letters have not gone although the day by which people must be told has passed (¶19, 37)."""
    overdue = queries.overdue_letters(current_app.extensions["clock"]())
    return f"Letters past the day by which people must be told: {overdue}." if overdue else None


def init_app(app: Flask) -> None:
    """Register blueprints, menu entries and the chore."""
    app.extensions.setdefault("chores", []).append(untold)
    for page in (records, letters):
        app.register_blueprint(page.blueprint)
    nav.register(
        app,
        NavEntry(
            _l("Mail"), "outbox.index", Permission.SITTINGS_MANAGE, 70, _l("Letters that wait, failed or were sent.")
        ),
        NavEntry(
            _l("Archive"), "archive.index", Permission.ARCHIVE_MANAGE, 80,
            _l("What is kept how long, legal holds, acts of destruction."),
        ),
    )  # fmt: skip
