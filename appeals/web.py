"""Registers the pages of technical appeals."""

from __future__ import annotations

from flask import Flask

from accounts import nav
from accounts.models import User
from accounts.nav import NavEntry
from accounts.rules import Permission
from appeals import models, queries  # noqa: F401 - its tables belong to the database
from appeals.services import deliberation, filing, verification  # noqa: F401 - spent forms, witnesses, /verify
from appeals.views import candidate, commissions, desk, hearing_papers, hearings
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


def commission_step(sitting: Sitting) -> tuple[str, str, bool]:
    """In the readiness list: without an approved commission nobody can hear an appeal, and later none is approved."""
    commission = queries.commission_of(sitting)
    people = len(queries.in_office(commission)) if commission else 0
    return _("Technical commission approved"), _("People: %(n)s", n=people), commission is not None


def init_app(app: Flask) -> None:
    """Register blueprints, tabs of a sitting, and what the result page asks."""
    for page in (candidate, desk, commissions, hearings, hearing_papers):
        app.register_blueprint(page.blueprint)
    app.extensions.setdefault("sitting_tabs", []).extend((desk_tab, commission_tab))
    app.extensions.setdefault("readiness_steps", []).append(commission_step)
    app.jinja_env.globals["appeal_of_attempt"] = queries.appeal_of_attempt
    nav.register(
        app,
        NavEntry(
            _l("Appeals"), "hearings.index", Permission.APPEALS_VIEW, 43,
            _l("Technical appeals: hearings, the key in the presence of the candidate, decisions, protocols."),
        ),
    )  # fmt: skip
