"""Registers the pages of what the results decide."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, current_app

from accounts import nav
from accounts.nav import NavEntry
from accounts.rules import Permission
from core.cli import every
from core.i18n import lazy_gettext as _l
from ranking.services import closing, verification  # noqa: F401 - who joins no more; codes on papers of rankings
from ranking.services import holders as holder_services
from ranking.services import tie_breaks as tie_break_services
from ranking.views import annulments, competitions, corrections, home, publication, reserve, tie_breaks

PAGES = (competitions, tie_breaks, reserve, publication, corrections, annulments)
NOTE_EVERY = timedelta(minutes=1)


def call_tie_breaks() -> str | None:
    """Chore: settle tie-breaks that were held, and call one wherever a tie is established (¶29)."""
    called = tie_break_services.call_due(now=current_app.extensions["clock"]())
    return f"Tie-break tests called: {called}." if called else None


def note_holders() -> str | None:
    """Chore: marks of those whose places were published before marks were kept (¶6, 37–38)."""
    noted = holder_services.note_missing(now=current_app.extensions["clock"]())
    return f"Holders of places noted: {noted}." if noted else None


def init_app(app: Flask) -> None:
    """Register blueprints, the menu entry, the panel of the home page and chores."""
    for page in PAGES:
        app.register_blueprint(page.blueprint)
    app.extensions.setdefault("home_panels", []).append(home.waiting)
    nav.register(
        app,
        NavEntry(
            _l("Results"), "results.index", Permission.RANKING_VIEW, 45,
            _l("What the results of each competition decide: places, tie-breaks, winner, reserve."),
        ),
        NavEntry(
            _l("Corrections"), "corrections.index", Permission.CORRECTIONS_MANAGE, 47,
            _l("Wrong keys and void questions, corrected for everybody; annulled sittings."),
        ),
    )  # fmt: skip
    app.extensions.setdefault("chores", []).extend([call_tie_breaks, every(NOTE_EVERY, note_holders)])
