"""Beginning and ending a viewing of the key: who is there is asked each time (¶35)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from appeals import form_queries, queries
from appeals.forms.hearings import ViewingForm
from appeals.rules.commission import NotInCommission
from appeals.rules.viewing import VIEWING_LASTS
from appeals.services import viewings
from appeals.services.table import check_open
from appeals.views.hearings import shown_on_page
from appeals.views.standing import standing_of
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from testing_center.forms.fields import put
from testing_center.staff_queries import found
from testing_center.views.room import me

FIELDS = {
    "candidate_absent": "is_here", "presence_missing": "presence_note", "no_quorum": "members",
    "declaration_missing": "members", "conflict_of_interest": "members",
}  # fmt: skip
blueprint = Blueprint("viewings", __name__, url_prefix="/staff/appeals/<uuid:appeal_id>/viewings")


@blueprint.route("", methods=["GET", "POST"])
@requires(Permission.APPEALS_HEAR)
def begin(appeal_id: UUID) -> ResponseReturnValue:
    """Show the key on the screen, from now until somebody ends it: the candidate, the members, what it spends."""
    where = standing_of(appeal_id)
    if not where.is_at_table:
        raise NotInCommission
    check_open(where.appeal, found(where.hearing))
    if where.viewing is not None:
        return redirect(url_for("hearings.review", appeal_id=appeal_id), 303)
    others = [member for member in where.office if where.member is None or member.id != where.member.id]
    form = ViewingForm(others)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, FIELDS)
        appeal = queries.get_appeal(appeal_id)
        return render_template(
            "appeals/hearings/view.html", form=form, appeal=appeal, lasts=VIEWING_LASTS,
            spent=form_queries.spent_by(appeal.attempt.form),
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        viewings.begin(
            found(where.hearing), form.presence_note.data, [one for one in others if one.id in form.members.data],
            is_here=form.is_here.data, by=me(), now=request_now(),
        )  # fmt: skip
    return redirect(url_for("hearings.review", appeal_id=appeal_id), 303)


@blueprint.post("/<uuid:viewing_id>/end")
@requires(Permission.APPEALS_HEAR)
def end(appeal_id: UUID, viewing_id: UUID) -> ResponseReturnValue:
    """Take the key off the screen: one's own viewing or another's."""
    where, viewing = standing_of(appeal_id), queries.get_viewing(viewing_id)
    shown_on_page(appeal_id)
    with transaction():
        viewings.end_viewing(
            found(viewing if viewing.hearing.appeal_id == where.appeal.id else None), by=me(), now=request_now()
        )
    flash(_("The viewing has ended. The key is not shown any more."), "ok")
    return redirect(url_for("hearings.show", appeal_id=appeal_id), 303)
