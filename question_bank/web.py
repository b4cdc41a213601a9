"""The room as the application sees it: its pages and its entries in the menu."""

from __future__ import annotations

from typing import Any

from flask import Flask, url_for

from accounts import nav
from accounts.models import User
from accounts.nav import NavEntry
from accounts.rules import Permission
from core.clock import request_now
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.i18n import zone
from question_bank import (
    draw_models,  # noqa: F401 - its tables belong to the database
    life_models,  # noqa: F401 - its tables belong to the database
    quarantine_queries,
    queries,
    rich_models,  # noqa: F401 - its tables belong to the database
    source_queries,
    statistics_models,  # noqa: F401 - its tables belong to the database
    work_models,  # noqa: F401 - its tables belong to the database
)
from question_bank.services import key_exports
from question_bank.views import (
    blueprints,
    bulk,
    draws,
    editor,
    exchange,
    exporting,
    items,
    life,
    listing,
    own,
    preview,
    quarantine,
    queue,
    sealed_forms,
    sessions,
    sources,
    specifications,
    subjects,
)
from question_bank.views.room import room

PAGES = (  # each adds its pages to the room; ``own`` its gate
    own, listing, bulk, items, editor, preview, queue, exchange, exporting, subjects, blueprints, draws, specifications,
    sealed_forms, life, quarantine, sources, sessions,
)  # fmt: skip


def panels(person: User) -> list[tuple[str, dict[str, Any]]]:
    """What waits for this person, for the home page: a template and its values."""
    waits = []
    if Permission.BANK_APPROVE in person.permissions and (count := queries.queue_length(person.id)):
        sentence = _("Questions waiting for your decision: %(n)s", n=count)
        waits.append((sentence, url_for("question_bank.queue")))
    if Permission.BANK_APPROVE in person.permissions and (
        count := key_exports.waiting_for(person.id, now=request_now())
    ):
        sentence = _("Requests for answer keys that a second person confirms: %(n)s", n=count)
        waits.append((sentence, url_for("question_bank.export")))
    waits += _of_life(person)
    if Permission.TEST_APPROVE in person.permissions and (count := queries.specifications_waiting()):
        sentence = _("Specifications waiting for your decision: %(n)s", n=count)
        waits.append((sentence, url_for("question_bank.specifications")))
    return [("question_bank/_waits.html", {"waits": waits})] if waits else []


def _of_life(person: User) -> list[tuple[str, str]]:
    """What waits because of quarantines and sources: for approvers, and for those who seal forms."""
    waits, today = [], request_now().astimezone(zone()).date()
    if Permission.BANK_APPROVE in person.permissions:
        if count := quarantine_queries.quarantined_for(person.id):
            sentence = _("Questions in quarantine that you may take out: %(n)s", n=count)
            waits.append((sentence, url_for("question_bank.quarantine")))
        if count := source_queries.due_count(on=today):
            sentence = _("Questions whose source has changed or is no longer in force: %(n)s", n=count)
            waits.append((sentence, url_for("question_bank.sources")))
    if Permission.TEST_DESIGN in person.permissions and (count := quarantine_queries.suspect_form_count()):
        sentence = _("Sealed variants that hold a question in quarantine: %(n)s", n=count)
        waits.append((sentence, url_for("question_bank.quarantine")))
    return waits


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
