"""The proctor's room: who came, what happens at each seat, going on elsewhere. No score is shown here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from accounts.auth import requires
from accounts.rules import Permission
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from core.names import search_form
from testing_center import staff_queries
from testing_center.forms.fields import ReasonForm, put
from testing_center.models.sittings import Sitting
from testing_center.rules.codes import RESUME_LASTS
from testing_center.rules.delivery import AttemptStatus
from testing_center.rules.hall import STATE_NAMES, SeatState
from testing_center.rules.sittings import INCIDENT_NAMES, Presence, SittingStatus
from testing_center.services import hall as services
from testing_center.services import registration
from testing_center.services.hall import Plan
from testing_center.views.room import PRESENCE_BADGES, SEAT_LOOKS, SITTING_BADGES, clock_of, me, sitting_tabs

REFRESH_SECONDS = 15
LOOK = "proctor's room"

blueprint = Blueprint("hall", __name__, url_prefix="/staff/sittings/<uuid:sitting_id>/room")


@blueprint.context_processor
def looks() -> dict[str, Any]:
    """How states look and are called."""
    return {
        "looks": SEAT_LOOKS,
        "names": STATE_NAMES,
        "states": SeatState,
        "clock_of": clock_of,
        "status": SittingStatus,
    }


def _plan(sitting: Sitting) -> Plan:
    """The room now; who looks is recorded once a quarter of an hour."""
    now = request_now()
    if services.is_look_due(sitting, LOOK, by=me(), now=now):
        with transaction():
            services.record_look(sitting, LOOK, by=me(), now=now)
    return services.seat_plan(sitting, now=now)


@blueprint.get("/")
@requires(Permission.SITTING_RUN)
def show(sitting_id: UUID) -> Response:
    """The seat plan and the table of seats; it renews itself while the sitting is open."""
    sitting = staff_queries.get_sitting_to_run(sitting_id, me())
    plan, text = _plan(sitting), search_form(request.args.get("q", ""))
    state = request.args.get("state", type=SeatState)
    rows = [
        seat
        for seat in plan.taken
        if (not state or seat.state == state)
        and (not text or text == str(seat.number) or (seat.participant and text in seat.participant.person.name_search))
    ]
    page = render_template(
        "testing_center/hall.html", sitting=sitting, tabs=sitting_tabs(sitting), badges=SITTING_BADGES, plan=plan,
        rows=rows, wanted=state, incidents=staff_queries.incidents_of(sitting), incident_names=INCIDENT_NAMES,
        late=sum(seat.progress.late for seat in plan.taken), refresh=REFRESH_SECONDS,
    )  # fmt: skip
    answer = make_response(page)
    if sitting.status == SittingStatus.OPEN:
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


@blueprint.get("/presence")
@requires(Permission.SITTING_RUN)
def presence(sitting_id: UUID) -> ResponseReturnValue:
    """The presence check: one person, one button; there is no 'all present'."""
    sitting = staff_queries.get_sitting_to_run(sitting_id, me())
    text = request.args.get("q", "")
    return render_template(
        "testing_center/presence.html", sitting=sitting, tabs=sitting_tabs(sitting), badges=SITTING_BADGES, text=text,
        people=staff_queries.participants(sitting, text), presence=Presence, presence_badges=PRESENCE_BADGES,
        everybody=staff_queries.participants(sitting),
    )  # fmt: skip


@blueprint.post("/presence/<uuid:participant_id>")
@requires(Permission.SITTING_RUN)
def set_presence(sitting_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """Note that one person came, did not come, or was not let in."""
    noted = request.form.get("presence", type=Presence)
    with transaction():
        sitting = staff_queries.get_sitting_to_run(sitting_id, me())
        participant = staff_queries.get_participant(participant_id, sitting, lock=True)
        if noted is not None:
            registration.set_presence(participant, noted, by=me(), now=request_now())
        seat = participant.seat
    return redirect(
        url_for("hall.presence", sitting_id=sitting_id, q=request.form.get("q") or None) + f"#seat-{seat}", 303
    )


@blueprint.route("/seats/<int:number>", methods=["GET", "POST"])
@requires(Permission.SITTING_RUN)
def seat(sitting_id: UUID, number: int) -> ResponseReturnValue:
    """One seat: what happens there; a token with which the candidate goes on elsewhere, shown once."""
    sitting, form, now = staff_queries.get_sitting_to_run(sitting_id, me()), ReasonForm(), request_now()

    def page(refusal: Refusal | None = None, token: str = "") -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"reason_needed": "reason"})
        found = _plan(sitting).at(number) or services.seat_taken(sitting, number, now=now)
        return render_template(
            "testing_center/seat.html", sitting=sitting, seat=found, form=form, token=token, until=now + RESUME_LASTS,
            presence_badges=PRESENCE_BADGES, attempt_status=AttemptStatus, user=current_user,
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        token = services.resume_token(sitting, number, reason=form.reason.data, by=me(), now=now)
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
