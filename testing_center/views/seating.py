"""Seats of a sitting: deal them, give one by hand, print the plan and the attendance sheet."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
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
from testing_center.forms.participants import SeatForm
from testing_center.rules.seats import write_seats
from testing_center.services import dealing
from testing_center.services import seating as services
from testing_center.views.room import download, filename, me

blueprint = Blueprint("seating", __name__, url_prefix="/staff/sittings/<uuid:sitting_id>/seats")


@blueprint.post("/deal")
@requires(Permission.PARTICIPANTS_MANAGE)
def deal(sitting_id: UUID) -> ResponseReturnValue:
    """Deal all seats anew."""
    with transaction():
        sitting = staff_queries.get_sitting(sitting_id, lock=True)
        people, rivals, one_form = dealing.deal_seats(sitting, by=me(), now=request_now())
        has_forms = len(sitting.forms) > 1
    flash(_("Seats are dealt at random. People: %(n)s", n=people), "ok")
    if rivals:
        flash(
            _("The room is too full to sit all rivals for one post apart. Neighbouring pairs: %(n)s", n=rivals), "warn"
        )
    elif one_form and has_forms:
        flash(_("Neighbours who get the same variant of the test, pairs: %(n)s", n=one_form))
    return redirect(url_for("participants.index", sitting_id=sitting_id), 303)


@blueprint.route("/people/<uuid:participant_id>", methods=["GET", "POST"])
@requires(Permission.PARTICIPANTS_MANAGE)
def give(sitting_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """Give one person another seat for a reason; no deal takes it away."""
    sitting = staff_queries.get_sitting(sitting_id)
    participant = staff_queries.get_participant(participant_id, sitting)
    form = SeatForm(data={"seat": participant.seat, "reason": participant.seat_reason})

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"reason_needed": "reason", "seat_not_free": "seat"})
        return render_template(
            "testing_center/seat_by_hand.html", sitting=sitting, participant=participant, form=form,
            free=write_seats(dealing.free_seats(sitting)), may_change=dealing.may_deal(sitting),
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        known = staff_queries.get_participant(participant_id, sitting)
        by_hand = dealing.ByHand(form.seat.data, form.reason.data)
        dealing.give_seat(known, by_hand, by=me(), now=request_now())
    flash(_("The seat is given. It stays when seats are dealt."), "ok")
    return redirect(url_for("participants.index", sitting_id=sitting_id), 303)


@blueprint.post("/plan.pdf")
@requires(Permission.PARTICIPANTS_MANAGE)
def plan(sitting_id: UUID) -> ResponseReturnValue:
    """The seat plan; each print is recorded."""
    sitting = staff_queries.get_sitting(sitting_id)
    pdf = services.plan_pdf(staff_queries.get_sitting(sitting_id), by=me(), now=request_now())
    return download(pdf, filename(f"{sitting.number}-plan", "pdf"))


@blueprint.post("/attendance.pdf")
@requires(Permission.PARTICIPANTS_MANAGE)
def attendance(sitting_id: UUID) -> ResponseReturnValue:
    """The attendance sheet; each print is recorded."""
    sitting = staff_queries.get_sitting(sitting_id)
    pdf = services.attendance_pdf(staff_queries.get_sitting(sitting_id), by=me(), now=request_now())
    return download(pdf, filename(f"{sitting.number}-attendance", "pdf"))
