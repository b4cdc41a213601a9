"""The proctor's room: who came, what happens at each seat, going on elsewhere. No score is shown here."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from testing_center import staff_queries
from testing_center.forms.fields import put
from testing_center.forms.hall import MoveForm, RefuseForm
from testing_center.rules.codes import RESUME_LASTS
from testing_center.rules.sittings import IncidentCategory, Presence, SittingStatus
from testing_center.rules.time import TIME_NAMES
from testing_center.services import console, photos, registration
from testing_center.services import hall as services
from testing_center.views import hall_console
from testing_center.views.hall_console import LOOK
from testing_center.views.room import PRESENCE_BADGES, SITTING_BADGES, me, note_look, sitting_tabs

blueprint = Blueprint("hall", __name__, url_prefix="/staff/sittings/<uuid:sitting_id>/room")


@blueprint.get("/")
@requires(Permission.SITTING_RUN)
def show(sitting_id: UUID) -> ResponseReturnValue:
    """The console: seat plan and table, live while the sitting is not closed."""
    return hall_console.page(staff_queries.get_sitting_to_run(sitting_id, me()))


@blueprint.get("/presence")
@requires(Permission.SITTING_RUN)
def presence(sitting_id: UUID) -> ResponseReturnValue:
    """The presence check: one person, one button; there is no 'all present'."""
    sitting = staff_queries.get_sitting_to_run(sitting_id, me())
    if not sitting.closed_at:  # who has entered is known by opening links, and that is on record
        note_look(sitting, LOOK)
    text = request.args.get("q", "")
    return render_template(
        "testing_center/presence.html", sitting=sitting, tabs=sitting_tabs(sitting), badges=SITTING_BADGES, text=text,
        people=staff_queries.participants(sitting, text), presence=Presence, presence_badges=PRESENCE_BADGES,
        everybody=staff_queries.participants(sitting), photos=photos.with_photo(sitting),
        entered=set() if sitting.closed_at else registration.entered(sitting),
    )  # fmt: skip


@blueprint.post("/presence/<uuid:participant_id>")
@requires(Permission.SITTING_RUN)
def set_presence(sitting_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """Note that one person came or did not come; who is not let in is told why, on a page of its own."""
    noted = request.form.get("presence", type=Presence)
    if noted == Presence.REFUSED:
        return redirect(url_for("hall.refuse", sitting_id=sitting_id, participant_id=participant_id), 303)
    with transaction():
        sitting = staff_queries.get_sitting_to_run(sitting_id, me())
        participant = staff_queries.get_participant(participant_id, sitting)
        if noted is not None:
            registration.set_presence(participant, noted, by=me(), now=request_now())
        seat = participant.seat
    return _to_presence(sitting_id, seat, request.form.get("q"))


@blueprint.route("/presence/<uuid:participant_id>/refuse", methods=["GET", "POST"])
@requires(Permission.SITTING_RUN)
def refuse(sitting_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """Do not let one person in, and say why: the reason is recorded as an incident of the seat."""
    sitting, form = staff_queries.get_sitting_to_run(sitting_id, me()), RefuseForm()
    participant = staff_queries.get_participant(participant_id, sitting)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {})
        return render_template("testing_center/refuse.html", sitting=sitting, form=form, participant=participant)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        known, seat = staff_queries.get_participant(participant_id, sitting), participant.seat
        services.refuse_entry(known, IncidentCategory(form.category.data), form.reason.data, by=me(), now=request_now())
    return _to_presence(sitting_id, seat)


def _to_presence(sitting_id: UUID, seat: int, text: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("hall.presence", sitting_id=sitting_id, q=text or None) + f"#seat-{seat}", 303)


@blueprint.route("/seats/<int:number>", methods=["GET", "POST"])
@requires(Permission.SITTING_RUN)
def seat(sitting_id: UUID, number: int) -> ResponseReturnValue:
    """One seat: what happened there; a token with which the candidate goes on elsewhere, shown once."""
    sitting, form, now = staff_queries.get_sitting_to_run(sitting_id, me()), MoveForm(), request_now()

    def page(refusal: Refusal | None = None, token: str | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"reason_needed": "reason"})
        note_look(sitting, LOOK)
        hall = console.look(sitting, now=now)
        row = hall.taken(number)
        return render_template(
            "testing_center/seat.html", sitting=sitting, seat=row, hall=hall, form=form,
            k=hall_console.words(sitting), happened=services.happened_at(hall, number, now=now),
            has_photo=row.participant_id in photos.with_photo(sitting),
            token=token, until=now + RESUME_LASTS, presence_badges=PRESENCE_BADGES, time_names=TIME_NAMES,
            kinds=hall_console.kinds_for(sitting, row), status=SittingStatus,
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        category = IncidentCategory(form.category.data)
        token = services.resume_token(sitting, number, reason=form.reason.data, category=category, by=me(), now=now)
    return page(token=token)


@blueprint.post("/seats/<int:number>/unlock")
@requires(Permission.SITTING_RUN)
def unlock(sitting_id: UUID, number: int) -> ResponseReturnValue:
    """Let the code of this seat be tried again."""
    with transaction():
        sitting = staff_queries.get_sitting_to_run(sitting_id, me())
        services.unlock_seat(sitting, number, by=me(), now=request_now())
    flash(_("The code can be used again. Seat: %(n)s", n=number), "ok")
    return redirect(url_for("hall.seat", sitting_id=sitting_id, number=number), 303)
