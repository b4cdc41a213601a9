"""A member's own page before a hearing: not related to the candidate, or related, and then they leave (¶34)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from appeals.models import Appeal
from appeals.rules.commission import NotInCommission
from appeals.services import declarations, filing
from appeals.views.standing import look, standing_of
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from testing_center.forms.fields import PostForm, ReasonForm, put
from testing_center.views.room import me

blueprint = Blueprint("declarations", __name__, url_prefix="/staff/appeals/<uuid:appeal_id>/declaration")


def _heard_by_me(appeal_id: UUID) -> Appeal:
    where = standing_of(appeal_id)
    if where.member is None:
        raise NotInCommission
    return where.appeal


@blueprint.route("/", methods=["GET", "POST"])
@requires(Permission.APPEALS_HEAR)
def show(appeal_id: UUID) -> ResponseReturnValue:
    """Who the candidate is, and the two answers; sending the form declares that there is no relation."""
    form, appeal = PostForm(), _heard_by_me(appeal_id)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {})
        look(appeal)
        where = standing_of(appeal_id)
        return render_template(
            "appeals/declarations/show.html", form=form, appeal=where.appeal, where=where,
            candidate=filing.application_content(where.appeal)["name"],
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        declarations.declare(appeal, by=me(), now=request_now())
    return _done(appeal_id, _("Your declaration is recorded: not related to the candidate."))


@blueprint.route("/recusal", methods=["GET", "POST"])
@requires(Permission.APPEALS_HEAR)
def recuse(appeal_id: UUID) -> ResponseReturnValue:
    """The member leaves by their own act: the candidate is a relative."""
    form = ReasonForm(reason=_("The candidate is my relative."))
    appeal = _heard_by_me(appeal_id)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"reason_missing": "reason"})
        return render_template("appeals/declarations/recuse.html", form=form, appeal=appeal)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        declarations.declare_related(appeal, form.reason.data, by=me(), now=request_now())
    flash(_("You have left this commission. The department names a substitute."), "ok")
    return redirect(url_for("hearings.index"), 303)


def _done(appeal_id: UUID, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("hearings.show", appeal_id=appeal_id), 303)
