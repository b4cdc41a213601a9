"""Annulling a sitting whose results cannot be corrected: prepared by one person, applied by another."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from accounts.auth import requires
from accounts.rules import Permission
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from ranking import correction_queries as queries
from ranking.correction_forms import AnnulForm, CallForm, CancelForm
from ranking.views.corrections import BADGES
from testing_center import staff_queries
from testing_center.forms.fields import PostForm, put
from testing_center.models.errata import Annulment
from testing_center.rules.errata import CorrectionStatus
from testing_center.services import annulments as services
from testing_center.views.room import me

blueprint = Blueprint("annulments", __name__, url_prefix="/staff/corrections/annulments")


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.CORRECTIONS_MANAGE)
def new() -> ResponseReturnValue:
    """Write down which sitting is to be annulled, and why; from an incident's page its words are the reason."""
    form = AnnulForm(queries.closed_sittings(), data=_from_incident())

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"correction_grounds_missing": "reason"})
        return render_template("ranking/corrections/annul.html", form=form)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        sitting = staff_queries.get_sitting(form.sitting.data, lock=True)
        annulment = services.annul_prepare(sitting, form.reason.data, by=me(), now=request_now())
    return _done(annulment.id, _("The annulment is prepared. Nothing has changed yet: a second person applies it."))


def _from_incident() -> dict[str, object]:
    """The sitting and the incident that the address names, as values to begin with."""
    asked, number = request.args.get("sitting", type=UUID), request.args.get("incident", type=int)
    sitting = staff_queries.get_sitting(asked) if asked else None
    said = [one.text for one in staff_queries.incidents_of(sitting) if one.number == number] if sitting else []
    return {"sitting": str(asked) if asked else None, "reason": f"И-{number}. {said[0]}" if said else None}


@blueprint.get("/<uuid:annulment_id>/")
@requires(Permission.CORRECTIONS_MANAGE)
def show(annulment_id: UUID) -> ResponseReturnValue:
    """An annulment, and what it brings."""
    return _page(annulment_id, PostForm())


def _page(annulment_id: UUID, form: FlaskForm) -> ResponseReturnValue:
    annulment = queries.get_annulment(annulment_id)
    cancelled = annulment.status == CorrectionStatus.CANCELLED
    is_tie_break = annulment.sitting.specification.is_tie_break
    may_call = annulment.status == CorrectionStatus.APPLIED and Permission.PARTICIPANTS_MANAGE in me().permissions
    return render_template(
        "ranking/corrections/annulment.html", annulment=annulment, form=form, badges=BADGES, me=me(),
        is_tie_break=is_tie_break,
        reason=queries.cancellation_reason(annulment) if cancelled else "", may_call=may_call,
        people=len(services.to_call(annulment.sitting_id)), call=_call_form(form, annulment) if may_call else None,
        left=services.left_out(annulment, now=request_now()) if may_call else [],
    )  # fmt: skip


def _call_form(form: FlaskForm, annulment: Annulment) -> CallForm:
    return form if isinstance(form, CallForm) else CallForm(queries.sittings_for(annulment))


@blueprint.post("/<uuid:annulment_id>/new-sitting")
@requires(Permission.PARTICIPANTS_MANAGE)
def call(annulment_id: UUID) -> ResponseReturnValue:
    """Register everybody of the annulled sitting for a new one that is planned."""
    form = CallForm(queries.sittings_for(queries.get_annulment(annulment_id)))

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"sitting_already_open": "anew", "other_test": "anew", "form_sat_before": "anew"})
        return _page(annulment_id, form)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        sitting = staff_queries.get_sitting(form.anew.data, lock=True)
        count, left = services.call_anew(queries.get_annulment(annulment_id), sitting, by=me(), now=request_now())
    return _done(annulment_id, _("Registered: %(n)s. Not registered: %(m)s", n=count, m=len(left)))


@blueprint.post("/<uuid:annulment_id>/application")
@requires(Permission.CORRECTIONS_MANAGE, each_time=True)
def apply(annulment_id: UUID) -> ResponseReturnValue:
    """Annul the sitting, by another person than the one who prepared it."""
    form = PostForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            form.form_errors.append(str(refusal))
        return _page(annulment_id, form)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        annulment = queries.get_annulment(annulment_id)
        services.annul_apply(annulment, by=me(), now=request_now())
        is_tie_break = annulment.sitting.specification.is_tie_break
    if is_tie_break:
        return _done(annulment_id, _("The sitting is annulled. Its round of the tie-break does not count."))
    return _done(annulment_id, _("The sitting is annulled. Its candidates may be registered for a new one."))


@blueprint.route("/<uuid:annulment_id>/cancellation", methods=["GET", "POST"])
@requires(Permission.CORRECTIONS_MANAGE)
def cancel(annulment_id: UUID) -> ResponseReturnValue:
    """Cancel a prepared annulment."""
    form = CancelForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"correction_grounds_missing": "reason"})
        number = queries.get_annulment(annulment_id).sitting.number
        back = url_for("annulments.show", annulment_id=annulment_id)
        return render_template("ranking/corrections/cancel.html", form=form, number=number, back=back)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        services.annul_cancel(queries.get_annulment(annulment_id), form.reason.data, by=me(), now=request_now())
    return _done(annulment_id, _("The annulment is cancelled. Nothing was changed."))


def _done(annulment_id: UUID, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("annulments.show", annulment_id=annulment_id), 303)
