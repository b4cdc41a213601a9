"""Corrections for everybody who sat a form: preparing, the preview with its effects, applying by a second person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, request, stream_template, url_for
from flask.typing import ResponseReturnValue

from accounts import queries as people
from accounts.auth import requires
from accounts.rules import Permission
from core import audit, i18n, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from core.listed import Listed
from ranking import correction_queries as queries
from ranking.correction_forms import ApplyForm, CancelForm, correction_form
from ranking.services import findings
from ranking.services.effects import effects, kept
from ranking.views.progress import End, Step, told
from testing_center.forms.fields import put
from testing_center.models.errata import Correction
from testing_center.rules.errata import KIND_NAMES, STATUS_NAMES, CorrectionStatus
from testing_center.services import corrections as services
from testing_center.services.rescoring import Progress
from testing_center.sheets import get_sheet
from testing_center.views.room import me, page_number

BADGES = {
    CorrectionStatus.PREPARED: (STATUS_NAMES[CorrectionStatus.PREPARED], "warn", "clock"),
    CorrectionStatus.APPLIED: (STATUS_NAMES[CorrectionStatus.APPLIED], "ok", "check"),
    CorrectionStatus.CANCELLED: (STATUS_NAMES[CorrectionStatus.CANCELLED], "", "cross"),
}
TOLD_FROM = 500  # attempts; fewer are rescored before anybody asks how far it is
blueprint = Blueprint("corrections", __name__, url_prefix="/staff/corrections")


@blueprint.get("/")
@requires(Permission.CORRECTIONS_MANAGE)
def index() -> ResponseReturnValue:
    """Forms that wait for a correction after an appeal, and all corrections and annulments."""
    due = queries.forms_due()
    return render_template(
        "ranking/corrections/index.html", corrections=queries.corrections(), annulments=queries.annulments(),
        due=[(form, people) for form, people in queries.sat_forms() if form.id in due], badges=BADGES,
    )  # fmt: skip


@blueprint.get("/forms")
@requires(Permission.CORRECTIONS_MANAGE)
def forms() -> ResponseReturnValue:
    """Which form is corrected."""
    return render_template("ranking/corrections/forms.html", found=queries.sat_forms(), due=queries.forms_due())


@blueprint.route("/forms/<uuid:form_id>", methods=["GET", "POST"])
@requires(Permission.CORRECTIONS_MANAGE)
def new(form_id: UUID) -> ResponseReturnValue:
    """Prepare a correction: which questions, and what is right instead; findings of appeals are filled in."""
    sat, sheet = queries.get_sat_form(form_id), get_sheet(form_id)
    g.refusal_subject = audit.name_of(sat)  # a refusal tells something of the key: the record says of which form
    with transaction():
        due = findings.open_due(sat, by=me(), now=request_now())
    sat, known, restated = queries.get_sat_form(form_id), due.errata, due.restated
    places = {place for place in request.args.getlist("place", type=int) if place in sheet.items}
    if not places and not request.args.get("chosen"):
        places = {erratum.place for erratum in known}
    form = correction_form(sheet, places, known, restated, due.grounds, i18n.current_language())

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"correction_grounds_missing": "grounds"})
        return render_template("ranking/corrections/new.html", form=form, sat=sat, sheet=sheet, places=places)

    if not (places or restated) or not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        sat = queries.get_sat_form(form_id)
        correction = services.prepare(sat, form.grounds.data, form.errata, by=me(), now=request_now())
    return _done(correction.id, _("The correction is prepared. Nothing has changed yet: a second person applies it."))


@blueprint.get("/<uuid:correction_id>/")
@requires(Permission.CORRECTIONS_MANAGE)
def show(correction_id: UUID) -> ResponseReturnValue:
    """A correction: while it waits, the preview for everybody who sat the form; once applied, what it has changed."""
    return _page(correction_id, ApplyForm())


def _page(correction_id: UUID, form: ApplyForm) -> ResponseReturnValue:
    with transaction():
        right = findings.open_errata(queries.get_correction(correction_id), by=me(), now=request_now())
    correction = queries.get_correction(correction_id)
    seen = services.preview(correction) if correction.status == CorrectionStatus.PREPARED else None
    was = kept(correction) if correction.status == CorrectionStatus.APPLIED else None
    found = [*seen.rows] if seen else [*was.rows] if was else []
    rows = sorted(found, key=lambda row: (not row.crosses, not row.changes, row.number))
    if seen:
        form.digest.data = seen.digest.hex()
    return render_template(
        "ranking/corrections/show.html", correction=correction, right=right, kinds=KIND_NAMES, badges=BADGES, form=form,
        sheet=get_sheet(correction.form_id), preview=seen, was=was, rows=Listed(rows, page=page_number()),
        effects=effects(seen, now=request_now()) if seen else was.effects if was else [], me=me(),
    )  # fmt: skip


@blueprint.post("/<uuid:correction_id>/application")
@requires(Permission.CORRECTIONS_MANAGE, each_time=True)
def apply(correction_id: UUID) -> ResponseReturnValue:
    """Apply what the preview showed, by another person than the one who prepared it."""
    form = ApplyForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            form.form_errors.append(str(refusal))
        return _page(correction_id, form)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    correction, digest, now = queries.get_correction(correction_id), _digest(form.digest.data), request_now()
    if queries.people_of(correction.form_id) > TOLD_FROM:
        return _told(correction, digest, now)
    with transaction():
        count = services.apply(queries.get_correction(correction_id), digest, by=me(), now=now)
    return _done(correction_id, _("The correction is applied. Attempts rescored: %(count)s", count=count))


def _told(correction: Correction, digest: bytes, now: datetime) -> ResponseReturnValue:
    """Apply it in a page that tells how far it is."""
    correction_id, user_id = correction.id, me().id

    def work(progress: Progress) -> int:
        with transaction():
            found, by = queries.get_correction(correction_id), people.get_user(user_id)
            return services.apply(found, digest, by=by, now=now, progress=progress)

    steps = _kept(told(work), f"correction:{correction_id}", now)
    back = url_for("corrections.show", correction_id=correction_id)
    page = stream_template("ranking/corrections/applying.html", number=correction.number, back=back, steps=steps)
    return Response(page, mimetype="text/html")


def _kept(steps: Iterator[Step | End], subject: str, now: datetime) -> Iterator[Step | End]:
    """The same steps; a refusal at the end is kept in the record, as everywhere."""
    for step in steps:
        if isinstance(step, End) and step.refusal:
            audit.record_refusal(step.refusal, subject, by=me(), at=now)
        yield step


def _digest(text: str) -> bytes:
    """What is no digest is the digest of no preview."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


@blueprint.route("/<uuid:correction_id>/cancellation", methods=["GET", "POST"])
@requires(Permission.CORRECTIONS_MANAGE)
def cancel(correction_id: UUID) -> ResponseReturnValue:
    """Cancel a prepared correction as a whole."""
    form = CancelForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"correction_grounds_missing": "reason"})
        correction = queries.get_correction(correction_id)
        back = url_for("corrections.show", correction_id=correction_id)
        return render_template("ranking/corrections/cancel.html", form=form, number=correction.number, back=back)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        services.cancel(queries.get_correction(correction_id), form.reason.data, by=me(), now=request_now())
    return _done(correction_id, _("The correction is cancelled. Nothing was changed."))


def _done(correction_id: UUID, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("corrections.show", correction_id=correction_id), 303)
