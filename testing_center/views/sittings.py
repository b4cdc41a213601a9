"""Sittings: the list, planning, the page of one, opening by two persons, incidents."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts import queries as people
from accounts.auth import requires
from accounts.rules import Permission
from core import i18n, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from core.i18n import parse_date
from question_bank import queries as bank
from testing_center import result_queries, staff_queries
from testing_center.forms.fields import put
from testing_center.forms.sittings import IncidentForm, PlanForm, ProctorsForm
from testing_center.rules.sittings import INCIDENT_NAMES, IncidentCategory, SittingStatus
from testing_center.services import printing, signatures, suspects
from testing_center.services import sittings as services
from testing_center.staff_queries import SittingFilter
from testing_center.views.readiness import steps_of
from testing_center.views.room import SITTING_BADGES, download, filename, me, page_number, sitting_tabs

Value = TypeVar("Value")
blueprint = Blueprint("sittings", __name__, url_prefix="/staff/sittings")


@blueprint.get("/")
@requires(Permission.SITTINGS_VIEW)
def index() -> ResponseReturnValue:
    """Sittings, the latest first, filtered by what stands in the address."""
    wanted = SittingFilter(
        status=_asked("status", SittingStatus), centre_id=_asked("centre", UUID), on=_asked("on", parse_date),
        zone=i18n.zone(), proctor_id=me().id if staff_queries.sees_own_only(me()) else None,
    )  # fmt: skip
    found = staff_queries.sittings_page(wanted, page_number())
    return render_template(
        "testing_center/sittings.html", found=found, wanted=wanted, badges=SITTING_BADGES,
        centres=staff_queries.centres(), registered=staff_queries.registered_in(found.items),
        may_plan=staff_queries.is_administrator(me()), own_only=wanted.proctor_id is not None,
    )  # fmt: skip


def _asked(name: str, kind: Callable[[str], Value]) -> Value | None:
    """A value of the address, None where it is not of its kind."""
    return request.args.get(name, type=kind)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.SITTINGS_MANAGE)
def new() -> ResponseReturnValue:
    """Plan a sitting: first the specification, then the rest."""
    asked = request.args.get("specification", type=UUID)
    if asked is None:
        return render_template("testing_center/sitting_specification.html", found=bank.approved_specifications())
    specification, now = bank.get_specification(asked), request_now()
    form = PlanForm(
        specification, staff_queries.active_rooms(), staff_queries.possible_proctors(), i18n.current_language(),
        now=now, data={"number": staff_queries.next_number(now.astimezone(i18n.zone()).year)},
    )  # fmt: skip

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            fields = {"number_taken": "number", "forms_missing": "forms", "form_spent": "forms"}
            put(form, refusal, fields | {"proctor_missing": "proctors", "form_sat_before": "forms"})
        return render_template("testing_center/sitting_form.html", form=form, specification=specification)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        forms = [sealed for sealed in specification.forms if sealed.id in form.forms.data]
        proctors = [people.get_user(user_id) for user_id in form.proctors.data]
        sitting = services.plan_sitting(
            form.number.data,
            specification,
            form.room,
            form.starts_at,
            forms,
            proctors,
            by=me(),
            now=now,
            starts_together=form.starts_together.data,
        )
    return _done(sitting.id, _("The sitting is planned. Register the participants."))


@blueprint.get("/<uuid:sitting_id>/")
@requires(Permission.SITTINGS_VIEW)
def show(sitting_id: UUID) -> ResponseReturnValue:
    """The page of a sitting: what it is, how far its preparation is, what happened."""
    sitting = staff_queries.get_sitting_to_see(sitting_id, me())
    versions = result_queries.summary_protocols(sitting.id)
    return render_template(
        "testing_center/sitting.html", sitting=sitting, tabs=sitting_tabs(sitting), badges=SITTING_BADGES,
        steps=steps_of(sitting), incidents=staff_queries.incidents_of(sitting), incident_names=INCIDENT_NAMES,
        missing=services.missing_for_opening(sitting), may_run=staff_queries.runs(sitting, me()), status=SittingStatus,
        may_change=staff_queries.is_administrator(me()), me=me(), suspects=suspects.suspects_at(sitting),
        signed=signatures.signatures_of(versions[-1]) if versions else [], versions=versions,
    )  # fmt: skip


@blueprint.route("/<uuid:sitting_id>/proctors", methods=["GET", "POST"])
@requires(Permission.SITTINGS_MANAGE)
def proctors(sitting_id: UUID) -> ResponseReturnValue:
    """Appoint other proctors before the sitting opens."""
    sitting = staff_queries.get_sitting(sitting_id)
    form = ProctorsForm(staff_queries.possible_proctors(), data={"proctors": [user.id for user in sitting.proctors]})

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"proctor_missing": "proctors"})
        return render_template("testing_center/sitting_proctors.html", form=form, sitting=sitting)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        chosen = [people.get_user(user_id) for user_id in form.proctors.data]
        locked = staff_queries.get_sitting(sitting_id, lock=True)
        services.appoint_proctors(locked, chosen, by=me(), now=request_now())
    return _done(sitting_id, _("The proctors are appointed."))


@blueprint.post("/<uuid:sitting_id>/opening")
@requires(Permission.SITTING_RUN, fresh=True)
def confirm_opening(sitting_id: UUID) -> ResponseReturnValue:
    """One of two persons confirms that the sitting may open."""
    with transaction():
        sitting = staff_queries.get_sitting_to_run(sitting_id, me(), lock=True)
        opened = services.confirm_opening(sitting, by=me(), now=request_now()).status == SittingStatus.OPEN
    return _done(sitting_id, _("The sitting is open.") if opened else _("Confirmed. A second person must confirm too."))


@blueprint.post("/<uuid:sitting_id>/opening-sheet")
@requires(Permission.SITTING_RUN)
def opening_sheet(sitting_id: UUID) -> ResponseReturnValue:
    """The opening sheet, to be signed by hand."""
    sitting = staff_queries.get_sitting_to_run(sitting_id, me())
    pdf = printing.opening_pdf(sitting, by=me(), now=request_now())
    name = filename(f"{sitting.number}-А", "pdf")
    return download(pdf, name)


@blueprint.route("/<uuid:sitting_id>/incident", methods=["GET", "POST"])
@requires(Permission.SITTING_RUN)
def report_incident(sitting_id: UUID) -> ResponseReturnValue:
    """Write down something out of the ordinary."""
    sitting, form = (
        staff_queries.get_sitting_to_run(sitting_id, me()),
        IncidentForm(seat=request.args.get("seat", type=int)),
    )
    if not form.validate_on_submit():
        return render_template("testing_center/incident.html", form=form, sitting=sitting)
    with transaction():
        category = IncidentCategory(form.category.data)
        incident = services.report_incident(
            sitting, category, form.text.data, form.seat.data, by=me(), now=request_now()
        )
        number = incident.number
    return _done(sitting_id, _("The incident is recorded. Number: %(number)s", number=f"И-{number}"))


def _done(sitting_id: UUID, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("sittings.show", sitting_id=sitting_id), 303)
