"""The technical commission of a sitting: approve it before the sitting, recuse, substitute (¶34)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from appeals import queries
from appeals.forms.commissions import ApproveForm, SubstituteForm
from appeals.models import CommissionMember
from appeals.services import commissions
from core import i18n, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from testing_center import staff_queries
from testing_center.forms.fields import ReasonForm, put
from testing_center.models.sittings import Sitting
from testing_center.rules.sittings import SittingStatus
from testing_center.staff_queries import found
from testing_center.views.room import SITTING_BADGES, me, sitting_tabs

blueprint = Blueprint("commissions", __name__, url_prefix="/staff/sittings/<uuid:sitting_id>/commission")
FIELDS = {"act_needed": "act_number", "commission_size": "members", "one_chair": "chair"}


@blueprint.get("/")
@requires(Permission.COMMISSIONS_MANAGE)
def show(sitting_id: UUID) -> ResponseReturnValue:
    """Who sits on the commission, who left and why, who took their place."""
    sitting = staff_queries.get_sitting(sitting_id)
    commission = queries.commission_of(sitting)
    taken = {member.place for member in commission.members if member.left_at is None} if commission else set()
    return render_template(
        "appeals/commissions/show.html", sitting=sitting, tabs=sitting_tabs(sitting), badges=SITTING_BADGES,
        commission=commission, taken=taken, may_approve=sitting.status == SittingStatus.PLANNED,
        names={member.id: member.user.full_name for member in commission.members} if commission else {},
    )  # fmt: skip


@blueprint.route("/approve", methods=["GET", "POST"])
@requires(Permission.COMMISSIONS_MANAGE)
def approve(sitting_id: UUID) -> ResponseReturnValue:
    """Chair and members by an act of the department."""
    sitting, now = staff_queries.get_sitting(sitting_id), request_now()
    chairs = {user.id: user for user in commissions.possible_members(sitting, chair=True)}
    people = {user.id: user for user in commissions.possible_members(sitting)}
    form = ApproveForm(chairs.values(), people.values(), act_on=now.astimezone(i18n.zone()).date())

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, FIELDS)
        return render_template("appeals/commissions/approve.html", sitting=sitting, form=form)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    members = [people[one] for one in form.members.data if one != form.chair.data]
    with transaction():
        commissions.approve(
            staff_queries.get_sitting(sitting_id), chairs[form.chair.data], members, form.act_number.data,
            form.act_on.data, by=me(), now=now,
        )  # fmt: skip
    return _done(sitting_id, _("The commission is approved."))


@blueprint.route("/members/<uuid:member_id>/recuse", methods=["GET", "POST"])
@requires(Permission.COMMISSIONS_MANAGE)
def recuse(sitting_id: UUID, member_id: UUID) -> ResponseReturnValue:
    """A member leaves: a declared relative, or another reason."""
    sitting, form = staff_queries.get_sitting(sitting_id), ReasonForm()
    member = _of(sitting, member_id)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"reason_missing": "reason"})
        return render_template("appeals/commissions/recuse.html", sitting=sitting, form=form, member=member)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        commissions.recuse(member, form.reason.data, by=me(), now=request_now())
    return _done(sitting_id, _("The recusal is recorded. Name a substitute."))


@blueprint.route("/members/<uuid:member_id>/substitute", methods=["GET", "POST"])
@requires(Permission.COMMISSIONS_MANAGE)
def substitute(sitting_id: UUID, member_id: UUID) -> ResponseReturnValue:
    """Somebody takes the place of a member who left."""
    sitting = staff_queries.get_sitting(sitting_id)
    member = _of(sitting, member_id)
    people = {user.id: user for user in commissions.possible_members(sitting, chair=member.is_chair)}
    now = request_now()
    form = SubstituteForm(people.values(), act_on=now.astimezone(i18n.zone()).date())

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, FIELDS)
        return render_template("appeals/commissions/substitute.html", sitting=sitting, form=form, member=member)

    if request.method == "GET" or not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        commissions.substitute(member, people[form.user.data], form.act_number.data, form.act_on.data, by=me(), now=now)
    return _done(sitting_id, _("The substitute is named."))


def _of(sitting: Sitting, member_id: UUID) -> CommissionMember:
    member = queries.get_member(member_id)
    return found(member if member.commission.sitting_id == sitting.id else None)


def _done(sitting_id: UUID, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("commissions.show", sitting_id=sitting_id), 303)
