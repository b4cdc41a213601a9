"""The room as the application sees it: its pages and its entry in the menu."""

from __future__ import annotations

from flask import Flask

from accounts import nav
from accounts.nav import NavEntry
from accounts.rules import Permission
from competitions.views import applications, competitions
from core.i18n import lazy_gettext as _l


def init_app(app: Flask) -> None:
    """Register pages and the menu entry."""
    for page in (competitions, applications):
        app.register_blueprint(page.blueprint)
    nav.register(
        app,
        NavEntry(
            _l("Competitions"), "competitions.index", Permission.COMPETITIONS_VIEW, 40,
            _l("Competitions for the posts of school heads."),
        ),
    )  # fmt: skip
