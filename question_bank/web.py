"""The room as the application sees it: its pages and its entries in the menu."""

from __future__ import annotations

from flask import Flask

from accounts import nav
from accounts.nav import NavEntry
from accounts.rules import Permission
from core.i18n import lazy_gettext as _l
from question_bank.views import blueprints, exchange, items, queue, sealed_forms, specifications, subjects
from question_bank.views.room import room

PAGES = (items, queue, exchange, subjects, blueprints, specifications, sealed_forms)  # each adds its pages to the room


def init_app(app: Flask) -> None:
    """Register pages and menu entries."""
    app.register_blueprint(room)
    nav.register(
        app,
        NavEntry(
            _l("Question bank"), "question_bank.items", Permission.BANK_VIEW, 20,
            _l("Questions in both languages: write, import, approve."),
        ),
        NavEntry(
            _l("Tests"), "question_bank.specifications", Permission.TEST_VIEW, 30,
            _l("Blueprints, specifications approved by the authority, sealed forms."),
        ),
    )  # fmt: skip
