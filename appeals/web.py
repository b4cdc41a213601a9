"""Registers the pages of technical appeals."""

from __future__ import annotations

from flask import Flask, current_app

from accounts import nav
from accounts.models import User
from accounts.nav import NavEntry
from accounts.rules import Permission
from appeals import models, queries  # noqa: F401 - its tables belong to the database
from appeals.services import (  # noqa: F401 - hooks, witnesses, /verify
    annulled,
    deliberation,
    filing,
    rejecting,
    verification,
    withdrawing,
)
from appeals.services import commissions as seats
from appeals.services import viewings as keys_on_screens
from appeals.views import candidate, commissions, declarations, desk, hearing_papers, hearings, home, viewings
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from testing_center import staff_queries
from testing_center.models.sittings import Sitting

Tab = tuple[str, str, bool]


def desk_tab(sitting: Sitting, user: User) -> Tab:
    """The appeal desk, for whoever runs the sitting."""
    may = Permission.APPEAL_DESK in user.permissions and staff_queries.runs(sitting, user)
    return _("Appeals"), "appeal_desk.index", may


def commission_tab(_sitting: Sitting, user: User) -> Tab:
    """The commission, for whoever approves it."""
    return _("Commission"), "commissions.show", Permission.COMMISSIONS_MANAGE in user.permissions


def commission_step(sitting: Sitting) -> tuple[str, str, bool, str, str, Permission]:
    """In the readiness list: without a commission that can hear appeals the sitting is not opened (¶34)."""
    commission = queries.commission_of(sitting)
    people = len(queries.in_office(commission)) if commission else 0
    stands = seats.commission_missing(sitting) is None
    hint = _("Approve a technical commission with a chair who is in office.")
    label, detail = _("Technical commission approved"), _("People: %(n)s", n=people)
    return label, detail, stands, hint, "commissions.show", Permission.COMMISSIONS_MANAGE


def end_overdue_viewings() -> str | None:
    """Chore: end viewings of a key that are over by themselves."""
    ended = keys_on_screens.end_overdue(now=current_app.extensions["clock"]())
    return f"Viewings of a key ended after their time: {ended}." if ended else None


def init_app(app: Flask) -> None:
    """Register blueprints, tabs of a sitting, panels of the home page, the chore, and what the result page asks."""
    for page in (candidate, desk, commissions, declarations, hearings, viewings, hearing_papers):
        app.register_blueprint(page.blueprint)
    app.extensions.setdefault("sitting_tabs", []).extend((desk_tab, commission_tab))
    app.extensions.setdefault("home_panels", []).extend((home.hearings, home.desk))
    app.extensions.setdefault("readiness_steps", []).append(commission_step)
    app.extensions.setdefault("chores", []).append(end_overdue_viewings)
    app.jinja_env.globals["appeal_of_attempt"] = queries.appeal_of_attempt
    nav.register(
        app,
        NavEntry(
            _l("Appeals"), "hearings.index", Permission.APPEALS_VIEW, 43,
            _l("Technical appeals: hearings, the key in the presence of the candidate, decisions, protocols."),
        ),
    )  # fmt: skip
