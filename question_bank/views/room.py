"""What the pages of this room share: the Flask blueprint, names of states, tabs."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, request, url_for
from flask_login import current_user

from accounts.models import User
from accounts.rules import Permission
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from question_bank import queries, sealing
from question_bank.models import Item
from question_bank.rules import ItemStatus, ReviewAct, SpecificationStatus

room = Blueprint("question_bank", __name__, url_prefix="/staff")

ITEM_BADGES = {
    ItemStatus.DRAFT: (_l("Draft"), "", "pen"),
    ItemStatus.IN_REVIEW: (_l("Waits for approval"), "warn", "clock"),
    ItemStatus.RETURNED: (_l("Returned to the author"), "bad", "left"),
    ItemStatus.APPROVED: (_l("Approved"), "ok", "check"),
}
ACTS = {
    ReviewAct.CREATED: _l("Written"),
    ReviewAct.EDITED: _l("Edited"),
    ReviewAct.SUBMITTED: _l("Submitted for approval"),
    ReviewAct.APPROVED: _l("Approved"),
    ReviewAct.RETURNED: _l("Returned with a comment"),
}
SPECIFICATION_BADGES = {
    SpecificationStatus.DRAFT: (_l("Draft"), "", "pen"),
    SpecificationStatus.SUBMITTED: (_l("Waits for the authority"), "warn", "clock"),
    SpecificationStatus.RETURNED: (_l("Returned with a comment"), "bad", "left"),
    SpecificationStatus.APPROVED: (_l("Approved"), "ok", "check"),
}


def me() -> User:
    """The person who makes this request."""
    user: User = current_user._get_current_object()
    return user


def may(permission: str) -> bool:
    """Whether this person holds a permission, by its value (for templates)."""
    return current_user.is_authenticated and Permission(permission) in current_user.permissions


def page_number() -> int:
    """The page asked for, 1 where that is not a number."""
    return min(max(request.args.get("page", 1, type=int), 1), 10**6)


def shown_editions() -> dict[UUID, str]:
    """What the page showed on which this person decided, by the ids of versions; see ``sealing.edition``."""
    found = {}
    for given in request.form.getlist("edition"):
        name, _space, edition = given.partition(" ")
        with suppress(ValueError):
            found[UUID(name)] = edition
    return found


def still_read(chosen: Collection[UUID]) -> frozenset[str]:
    """Of the versions that were ticked, those that are still as the page showed them: their ticks are kept."""
    shown = shown_editions()
    found = queries.versions_in(chosen)
    return frozenset(str(one.id) for one in found if shown.get(one.id) == sealing.edition(one))


def bank_tabs() -> list[dict[str, Any]]:
    """Tabs over the pages of the bank that this person may open."""
    return _tabs(
        (_("Questions"), "question_bank.items", Permission.BANK_VIEW),
        (_("Waiting for approval"), "question_bank.queue", Permission.BANK_APPROVE),
        (_("Approval sessions"), "question_bank.sessions", Permission.BANK_APPROVE),
        (_("Quarantine"), "question_bank.quarantine", Permission.BANK_VIEW),
        (_("Sources"), "question_bank.sources", Permission.BANK_VIEW),
        (_("Import"), "question_bank.import_file", Permission.BANK_AUTHOR),
        (_("Export"), "question_bank.export", Permission.BANK_APPROVE),
        (_("Subject areas"), "question_bank.subjects", Permission.BANK_VIEW),
    )


def design_tabs() -> list[dict[str, Any]]:
    """Tabs over the pages of test design that this person may open."""
    return _tabs(
        (_("Specifications"), "question_bank.specifications", Permission.TEST_VIEW),
        (_("Blueprints"), "question_bank.blueprints", Permission.TEST_VIEW),
    )


def _tabs(*tabs: tuple[str, str, Permission]) -> list[dict[str, Any]]:
    held = current_user.permissions
    return [
        {"label": label, "href": url_for(endpoint), "current": request.path == url_for(endpoint)}
        for label, endpoint, permission in tabs
        if permission in held
    ]


def item_links(item: Item) -> list[tuple[str, str]]:
    """Pages of rooms above about a question (``app.extensions["item_links"]``): what each is called, its address."""
    found = (link(item, me()) for link in current_app.extensions.get("item_links", ()))
    return [link for link in found if link]


@room.app_context_processor
def _names() -> dict[str, Any]:
    return {
        "bank_tabs": bank_tabs, "design_tabs": design_tabs, "edition_of": sealing.edition, "item_links": item_links,
        "may": may,
    }  # fmt: skip
