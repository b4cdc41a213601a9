"""Who sits a test: the list, registration, withdrawal, and candidates from a file."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from competitions import queries as competitions
from core import i18n, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from testing_center import staff_queries
from testing_center.forms.fields import ReasonForm, put
from testing_center.forms.participants import ConfirmFileForm, ExtraForm, ParticipantsFileForm, RegisterForm
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import ParticipantsFileRefused, SittingStatus
from testing_center.services import dealing, extra_time, participants_file, registration
from testing_center.services.participants_file import Plan
from testing_center.views.room import PRESENCE_BADGES, SITTING_BADGES, download, me, sitting_tabs

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AT_FIELD = {"personal_number_invalid": "personal_number", "barred": "personal_number", "other_name": "surname"}

blueprint = Blueprint("participants", __name__, url_prefix="/staff/sittings")


@blueprint.get("/<uuid:sitting_id>/participants/")
@requires(Permission.PARTICIPANTS_MANAGE)
def index(sitting_id: UUID) -> ResponseReturnValue:
    """Participants by seat; a search by name or seat in the address."""
    sitting, text = staff_queries.get_sitting(sitting_id), request.args.get("q", "")
    found = staff_queries.participants(sitting, text, withdrawn=True)
    return render_template(
        "testing_center/participants.html", sitting=sitting, tabs=sitting_tabs(sitting), badges=SITTING_BADGES,
        found=found, text=text, presence=PRESENCE_BADGES, free=len(dealing.free_seats(sitting)),
        may_register=sitting.status == SittingStatus.PLANNED, may_withdraw=sitting.status != SittingStatus.CLOSED,
        may_deal=dealing.may_deal(sitting), dealt_at=dealing.dealt_at(sitting),
    )  # fmt: skip


@blueprint.route("/<uuid:sitting_id>/participants/new", methods=["GET", "POST"])
@requires(Permission.PARTICIPANTS_MANAGE)
def register(sitting_id: UUID) -> ResponseReturnValue:
    """Register one person; a refusal shows the form again with everything that was typed."""
    sitting = staff_queries.get_sitting(sitting_id)
    form = RegisterForm(competitions.competitions(), i18n.current_language())

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, AT_FIELD)
        return render_template(
            "testing_center/register.html", form=form, sitting=sitting,
            offers_new_name=(refusal and refusal.code == "other_name") or form.has_new_name.data,
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        participant = registration.register(
            staff_queries.get_sitting(sitting_id, lock=True), form.competition, form.values(), form.language.data,
            by=me(), now=request_now(), has_new_name=form.has_new_name.data,
        )  # fmt: skip
        seat = participant.seat
    flash(_("Registered. Seat: %(n)s", n=seat), "ok")
    return redirect(url_for("participants.index", sitting_id=sitting_id), 303)


@blueprint.route("/<uuid:sitting_id>/participants/<uuid:participant_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.PARTICIPANTS_MANAGE)
def withdraw(sitting_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """Take a registration back."""
    sitting, form = staff_queries.get_sitting(sitting_id), ReasonForm()
    participant = staff_queries.get_participant(participant_id, sitting)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"reason_needed": "reason"})
        return render_template("testing_center/withdraw.html", form=form, sitting=sitting, participant=participant)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        locked = staff_queries.get_participant(participant_id, sitting, lock=True)
        registration.withdraw(locked, reason=form.reason.data, by=me(), now=request_now())
    flash(_("The registration is withdrawn."), "ok")
    return redirect(url_for("participants.index", sitting_id=sitting_id), 303)


@blueprint.route("/<uuid:sitting_id>/participants/<uuid:participant_id>/extra-time", methods=["GET", "POST"])
@requires(Permission.PARTICIPANTS_MANAGE)
def extra(sitting_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """Grant extra time to one person, before the sitting is opened."""
    sitting = staff_queries.get_sitting(sitting_id)
    participant = staff_queries.get_participant(participant_id, sitting)
    form = ExtraForm(data={"minutes": participant.extra_minutes or None, "reason": participant.extra_reason})

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"reason_needed": "reason", "minutes_invalid": "minutes"})
        return _extra_page(sitting, participant, form)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        known = staff_queries.get_participant(participant_id, sitting)
        extra_time.grant(known, form.minutes.data, reason=form.reason.data, by=me(), now=request_now())
    flash(_("Extra time is granted."), "ok")
    return redirect(url_for("participants.index", sitting_id=sitting_id), 303)


@blueprint.post("/<uuid:sitting_id>/participants/<uuid:participant_id>/extra-time/withdrawal")
@requires(Permission.PARTICIPANTS_MANAGE)
def take_back_extra(sitting_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """Take granted extra time back."""
    sitting, form = staff_queries.get_sitting(sitting_id), ReasonForm(prefix="back")
    participant = staff_queries.get_participant(participant_id, sitting)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"reason_needed": "reason"})
        return _extra_page(sitting, participant, ExtraForm(formdata=None), form)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        known = staff_queries.get_participant(participant_id, sitting)
        extra_time.take_back(known, reason=form.reason.data, by=me(), now=request_now())
    flash(_("The extra time is taken back."), "ok")
    return redirect(url_for("participants.index", sitting_id=sitting_id), 303)


def _extra_page(
    sitting: Sitting, participant: Participant, form: ExtraForm, back: ReasonForm | None = None
) -> ResponseReturnValue:
    return render_template(
        "testing_center/extra_time.html", sitting=sitting, participant=participant, form=form,
        back=back or ReasonForm(prefix="back", formdata=None), may_change=sitting.status == SittingStatus.PLANNED,
        granted_for=extra_time.granted_for(participant),
    )  # fmt: skip


@blueprint.route("/participants/import", methods=["GET", "POST"])
@requires(Permission.PARTICIPANTS_MANAGE)
def import_file() -> ResponseReturnValue:
    """Check a file row by row; nothing is changed yet."""
    form = ParticipantsFileForm()
    if not form.validate_on_submit():
        return render_template("testing_center/participants_import.html", form=form, plan=None)
    plan = participants_file.plan_file(form.file.data.read(), now=request_now())
    return _dry_run(plan, form.file.data.filename)


def _dry_run(plan: Plan, name: str, status: int = 200) -> ResponseReturnValue:
    rows = "" if plan.findings else participants_file.seal(plan, by=me(), now=request_now())
    confirm = ConfirmFileForm(formdata=None, rows=rows)
    page = render_template(
        "testing_center/participants_import.html", form=ParticipantsFileForm(formdata=None), plan=plan,
        confirm=confirm, name=name,
    )  # fmt: skip
    return page, status


@blueprint.post("/participants/import/confirm")
@requires(Permission.PARTICIPANTS_MANAGE)
def confirm_import() -> ResponseReturnValue:
    """Register everybody in the file that was checked; what has changed since is checked again."""
    now = request_now()
    rows = participants_file.unseal(ConfirmFileForm().rows.data or "", by=me(), now=now)

    def page(refusal: Refusal) -> ResponseReturnValue:
        if not isinstance(refusal, ParticipantsFileRefused):
            return web.error_page(refusal.status, str(refusal.title), str(refusal))
        return _dry_run(participants_file.plan_rows(rows, [], now=now), "", refusal.status)

    web.show_refusals(page)
    with transaction():
        people = participants_file.carry_out(participants_file.plan_rows(rows, [], now=now), by=me(), now=now)
        count = len(people)
    flash(_("Candidates registered: %(n)s", n=count), "ok")
    return redirect(url_for("sittings.index"), 303)


@blueprint.get("/participants/template.xlsx")
@requires(Permission.PARTICIPANTS_MANAGE)
def template() -> ResponseReturnValue:
    """The empty list with drop-downs of competitions, centres and sittings in preparation."""
    from testing_center.services.participants_template import write_template

    return download(write_template(), "candidates.xlsx", XLSX)
