"""The room as the application sees it: its pages and its entries in the menu."""

from __future__ import annotations

from typing import Any

from flask import Flask, url_for

from accounts import nav
from accounts.models import User
from accounts.nav import NavEntry
from accounts.rules import Permission
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from question_bank import queries
from question_bank.views import blueprints, exchange, items, queue, sealed_forms, specifications, subjects
from question_bank.views.room import room

PAGES = (items, queue, exchange, subjects, blueprints, specifications, sealed_forms)  # each adds its pages to the room


def panels(person: User) -> list[tuple[str, dict[str, Any]]]:
    """What waits for this person, for the home page: a template and its values."""
    waits = []
    if Permission.BANK_APPROVE in person.permissions and (count := queries.queue_length(person.id)):
        sentence = _("Questions waiting for your decision: %(n)s", n=count)
        waits.append((sentence, url_for("question_bank.queue")))
    if Permission.TEST_APPROVE in person.permissions and (count := queries.specifications_waiting()):
        sentence = _("Specifications waiting for your decision: %(n)s", n=count)
        waits.append((sentence, url_for("question_bank.specifications")))
    return [("question_bank/_waits.html", {"waits": waits})] if waits else []


def init_app(app: Flask) -> None:
    """Register pages and menu entries."""
    app.extensions.setdefault("home_panels", []).append(panels)
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
