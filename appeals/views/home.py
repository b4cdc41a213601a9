"""Panels of the home page: appeals before one's commission, appeals that wait at the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from accounts.models import User
from accounts.rules import Permission
from appeals import queries
from appeals.models import Appeal
from appeals.rules.states import AppealStatus
from appeals.views.standing import Standing, standings
from appeals.views.words import awaited
from core.clock import request_now
from core.i18n import gettext as _


@dataclass(frozen=True)
class Waiting:
    """An appeal before a commission: when it is heard, what it waits for, whether for this person, and where that is.

    ``at`` is the moment of the invitation, or of the opening; None where neither has been.
    """

    appeal: Appeal
    at: datetime | None
    sentence: str
    is_mine: bool
    href: str


def hearings(user: User) -> list[tuple[str, dict[str, Any]]]:
    """For whoever sits on commissions: appeals that wait, those that wait for this person first."""
    if Permission.APPEALS_HEAR not in user.permissions:
        return []
    rows = [_waiting(where) for where in standings(user, now=request_now())]
    rows.sort(key=lambda one: (not one.is_mine, one.at is None, one.at or one.appeal.filed_at, one.appeal.number))
    return [("appeals/hearings/_waits.html", {"rows": rows})]


def desk(user: User) -> list[tuple[str, dict[str, Any]]]:
    """For whoever runs sittings: appeals whose person is not recognised yet."""
    if Permission.APPEAL_DESK not in user.permissions:
        return []
    return [("appeals/desk/_waits.html", {"appeals": queries.unconfirmed_for(user)})]


def _waiting(where: Standing) -> Waiting:
    appeal, hearing = where.appeal, where.hearing
    own = _own(where)
    is_viewed = where.is_viewed
    page = "hearing_papers.protocol" if appeal.status == AppealStatus.DECIDED else "hearings.show"
    return Waiting(
        appeal, hearing.opened_at if hearing and not where.is_adjourned else appeal.invited_for,
        own or awaited(appeal, is_viewed=is_viewed, unsigned=len(where.unsigned)), bool(own),
        url_for(page, appeal_id=appeal.id),
    )  # fmt: skip


def _own(where: Standing) -> str:
    """What this person is to do now; empty where the appeal waits for others."""
    if where.may_sign:
        return _("Read the protocol and sign it.")
    if where.may_hand_over:
        return _("All have signed. Hand the protocol over to the candidate.")
    if where.may_declare and not where.has_declared and where.appeal.confirmed_at is not None:
        return _("Declare whether you are related to the candidate.")
    if where.may_lapse:
        return _("The candidate was waited for. Open the hearing, or end the appeal if nobody came.")
    if where.may_open:
        if where.appeal.invited_for is None:
            return _("Invite the candidate.")
        return _("The candidate is invited. The chair opens the hearing when the candidate is present.")
    if where.may_find:
        return _("The key was shown. Write down the findings, vote, then the chair fixes the decision.")
    if where.in_hearing:
        return _("The hearing is open. Show the key in the presence of the candidate.")
    return ""
