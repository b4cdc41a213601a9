"""The register of incidents of a sitting: the list, one incident with its measures and its act, papers."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from accounts.auth import requires
from accounts.rules import Permission
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from testing_center import hall_queries, staff_queries
from testing_center.forms.closing import MeasureForm, PaperForm
from testing_center.forms.fields import put
from testing_center.rules.sittings import INCIDENT_NAMES, SittingStatus
from testing_center.services import incidents as services
from testing_center.views.hall_console import words
from testing_center.views.room import SITTING_BADGES, download, filename, me, sitting_tabs

# Whoever holds one of these hands the words of an incident on, or puts a question into quarantine with them.
KNOWS_QUESTIONS = {Permission.CORRECTIONS_MANAGE, Permission.BANK_VIEW}

blueprint = Blueprint("incidents", __name__, url_prefix="/staff/sittings/<uuid:sitting_id>/incidents")


@blueprint.get("/")
@requires(Permission.SITTINGS_VIEW)
def index(sitting_id: UUID) -> ResponseReturnValue:
    """Every incident of the sitting by its number."""
    sitting = staff_queries.get_sitting_to_see(sitting_id, me())
    return render_template(
        "testing_center/incidents.html", sitting=sitting, tabs=sitting_tabs(sitting), badges=SITTING_BADGES,
        incidents=staff_queries.incidents_of(sitting), names=INCIDENT_NAMES, status=SittingStatus,
        may_run=staff_queries.runs(sitting, me()),
    )  # fmt: skip


@blueprint.post("/register")
@requires(Permission.SITTINGS_VIEW)
def register(sitting_id: UUID) -> ResponseReturnValue:
    """The register as a PDF."""
    sitting = staff_queries.get_sitting_to_see(sitting_id, me())
    pdf = services.register_pdf(sitting, by=me(), now=request_now())
    name = filename(f"{sitting.number}-И", "pdf")
    return download(pdf, name)


def _page(sitting_id: UUID, incident_id: UUID, form: PaperForm, measure: FlaskForm | None = None) -> str:
    sitting = staff_queries.get_sitting_to_see(sitting_id, me())
    incident = services.get_incident(incident_id, sitting)
    held, free = me().permissions, [act for act in hall_queries.acts_of(sitting.id) if act.incident_id is None]
    may_run = staff_queries.runs(sitting, me())
    return render_template(
        "testing_center/incident_page.html", sitting=sitting, incident=incident, names=INCIDENT_NAMES, form=form,
        measure=measure or MeasureForm(free, sitting, formdata=None), measures=services.measures_of(incident),
        papers=services.papers_of(incident), k=words(sitting), may_run=may_run,
        is_closed=sitting.status == SittingStatus.CLOSED, may_quarantine=Permission.BANK_APPROVE in held,
        may_annul=Permission.CORRECTIONS_MANAGE in held, may_view_bank=Permission.BANK_VIEW in held,
        words=services.words_of(incident) if may_run or not held.isdisjoint(KNOWS_QUESTIONS) else "",
    )  # fmt: skip


@blueprint.get("/<uuid:incident_id>/")
@requires(Permission.SITTINGS_VIEW)
def show(sitting_id: UUID, incident_id: UUID) -> ResponseReturnValue:
    """One incident: what happened, measures taken, its act, and what may follow."""
    return _page(sitting_id, incident_id, PaperForm(formdata=None))


@blueprint.post("/<uuid:incident_id>/act")
@requires(Permission.SITTING_RUN)
def draw_up(sitting_id: UUID, incident_id: UUID) -> ResponseReturnValue:
    """Draw up the act on the incident, or its next version."""
    form = PaperForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {})
        return _page(sitting_id, incident_id, form)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        sitting = staff_queries.get_sitting_to_run(sitting_id, me())
        incident = services.get_incident(incident_id, sitting)
        services.draw_up(incident, form.present.data or "", by=me(), now=request_now())
    return _done(sitting_id, incident_id, _("The act on the incident is drawn up."))


@blueprint.post("/<uuid:incident_id>/act/<int:version>")
@requires(Permission.SITTINGS_VIEW)
def paper(sitting_id: UUID, incident_id: UUID, version: int) -> ResponseReturnValue:
    """A version of the act as a PDF."""
    sitting = staff_queries.get_sitting_to_see(sitting_id, me())
    incident = services.get_incident(incident_id, sitting)
    versions = {one.version: one for one in services.papers_of(incident)}
    pdf = services.incident_pdf(staff_queries.found(versions.get(version)), by=me(), now=request_now())
    name = filename(f"{services.number_of(incident)}-{version}", "pdf")
    return download(pdf, name)


@blueprint.post("/<uuid:incident_id>/measures")
@requires(Permission.SITTING_RUN)
def link(sitting_id: UUID, incident_id: UUID) -> ResponseReturnValue:
    """Say that an act of staff was a measure taken upon this incident."""
    sitting = staff_queries.get_sitting_to_run(sitting_id, me())
    form = MeasureForm([act for act in hall_queries.acts_of(sitting.id) if act.incident_id is None], sitting)
    if not form.validate_on_submit():
        return _page(sitting_id, incident_id, PaperForm(formdata=None), form)
    with transaction():
        sitting = staff_queries.get_sitting_to_run(sitting_id, me())
        act = hall_queries.get_act(form.act.data, sitting.id, lock=True)
        services.link(act, services.get_incident(incident_id, sitting), by=me(), now=request_now())
    return _done(sitting_id, incident_id, _("The measure is added to the incident."))


def _done(sitting_id: UUID, incident_id: UUID, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("incidents.show", sitting_id=sitting_id, incident_id=incident_id), 303)
