"""Acts upon candidates: asked for on a page of its own, confirmed or declined by a second person, and their record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
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
from testing_center import hall_queries, staff_queries
from testing_center.forms.fields import ReasonForm, put
from testing_center.forms.hall import LABELS, ActForm
from testing_center.models.sittings import Sitting
from testing_center.rules.acts import STATUS_NAMES, USUALLY, ActKind, ActStatus
from testing_center.rules.seats import SeatsInvalid, read_seats, write_seats
from testing_center.services import acts as services
from testing_center.services import console, foreseen
from testing_center.services.console import Console
from testing_center.views.hall_console import LOOK, kinds_of, words
from testing_center.views.room import SITTING_BADGES, me, note_look, sitting_tabs

AT_FIELDS = {
    "seats_invalid": "seats", "nobody_concerned": "seats", "reason_needed": "reason", "minutes_invalid": "minutes",
    "message_invalid": "wording", "outage_invalid": "ended", "nothing_lost": "began",
}  # fmt: skip

blueprint = Blueprint("hall_acts", __name__, url_prefix="/staff/sittings/<uuid:sitting_id>/room")


@blueprint.route("/act", methods=["GET", "POST"])
@requires(Permission.SITTING_RUN)
def act(sitting_id: UUID) -> ResponseReturnValue:
    """Do something to the chosen seats: who is concerned, why, and what will happen."""
    sitting, now = staff_queries.get_sitting_to_run(sitting_id, me()), request_now()
    kind = request.args.get("kind", ActKind.MESSAGE, type=ActKind)
    note_look(sitting, LOOK)
    hall = console.look(sitting, now=now)
    form = ActForm(kind, sitting, staff_queries.incidents_of(sitting), data=_begin(sitting, hall, kind))

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, AT_FIELDS)
        return render_template(
            "testing_center/act.html", sitting=sitting, form=form, kind=kind, label=LABELS[kind], k=words(sitting),
            kinds=kinds_of(sitting), ahead=_ahead(hall, form), ActKind=ActKind,
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        done = services.ask(sitting, form.asked(now=now), hall.attempts_at(form.chosen), by=me(), now=now)
        said = _said(done.status, len(done.targets))
    flash(said, "ok" if done.status == ActStatus.DONE else "warn")
    return redirect(url_for("hall.show", sitting_id=sitting_id), 303)


def _begin(sitting: Sitting, hall: Console, kind: ActKind) -> dict[str, Any]:
    """What the form begins with: seats that were ticked, or everybody whom the act can concern; the outage recorded."""
    seats = request.args.getlist("seat", type=int)
    if request.args.get("all"):
        seats = [row.number for row in hall.rows if foreseen.can_concern(kind, row)]
    begin: dict[str, Any] = {"seats": write_seats(seats), "incident": request.args.get("incident", "")}
    begin["category"] = USUALLY[kind].value
    if kind == ActKind.OUTAGE and (span := foreseen.outage_recorded(hall, seats, now=request_now())):
        began, ended = (moment.astimezone(sitting.zone) for moment in span)
        whole = ended.replace(microsecond=0) + timedelta(seconds=1 if ended.microsecond else 0)
        begin |= {"began": began.time().replace(microsecond=0), "ended": whole.time()}
    return begin


def _ahead(hall: Console, form: ActForm) -> foreseen.Foreseen:
    """What the act would do as the form stands; nobody is concerned where the seats cannot be read."""
    try:
        seats = read_seats(form.seats.data or "")
    except SeatsInvalid:
        seats = []
    is_outage = form.kind == ActKind.OUTAGE and form.began.data and form.ended.data
    window = form.window(now=request_now()) if is_outage else None
    return foreseen.foresee(hall, form.kind, seats, window, now=request_now())


def _said(status: ActStatus, people: int) -> str:
    if status == ActStatus.WAITING:
        return _("It waits for a second person. Candidates concerned: %(n)s", n=people)
    return _("Done. Candidates concerned: %(n)s", n=people)


@blueprint.post("/acts/<uuid:act_id>")
@requires(Permission.SITTING_RUN, fresh=True)
def confirm(sitting_id: UUID, act_id: UUID) -> ResponseReturnValue:
    """The second person confirms what waits, and proves who they are."""
    with transaction():
        staff_queries.get_sitting_to_run(sitting_id, me())
        waits = hall_queries.get_act(act_id, sitting_id, lock=True)
        status = services.confirm(waits, by=me(), now=request_now()).status
    flash(str(STATUS_NAMES[status]), "ok" if status == ActStatus.DONE else "warn")
    return redirect(url_for("hall.show", sitting_id=sitting_id), 303)


@blueprint.route("/acts/<uuid:act_id>/decline", methods=["GET", "POST"])
@requires(Permission.SITTING_RUN, fresh=True)
def decline(sitting_id: UUID, act_id: UUID) -> ResponseReturnValue:
    """The second person declines what waits, and says why."""
    sitting, form = staff_queries.get_sitting_to_run(sitting_id, me()), ReasonForm()
    waits = hall_queries.get_act(act_id, sitting_id)
    if not form.validate_on_submit():
        return render_template(
            "testing_center/decline.html", sitting=sitting, form=form, act=waits, k=words(sitting), ActKind=ActKind
        )
    with transaction():
        waits = hall_queries.get_act(act_id, sitting_id, lock=True)
        status = services.decline(waits, reason=form.reason.data, by=me(), now=request_now()).status
    flash(str(STATUS_NAMES[status]), "warn")
    return redirect(url_for("hall.show", sitting_id=sitting_id), 303)


@blueprint.get("/acts")
@requires(Permission.SITTING_RUN)
def log(sitting_id: UUID) -> ResponseReturnValue:
    """Everything that was done in this sitting, the latest first."""
    sitting = staff_queries.get_sitting_to_run(sitting_id, me())
    note_look(sitting, LOOK)
    return render_template(
        "testing_center/acts.html", sitting=sitting, tabs=sitting_tabs(sitting), badges=SITTING_BADGES,
        hall=console.look(sitting, now=request_now()), acts=hall_queries.acts_of(sitting.id), k=words(sitting),
    )  # fmt: skip
