"""Codes of a sitting: issue, print, envelopes, a lost slip, a locked code."""

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
from testing_center.forms.fields import PrintForm, ReasonForm, put
from testing_center.rules.codes import CodeStatus
from testing_center.rules.sittings import SittingStatus
from testing_center.services import codes as services
from testing_center.services import hall, printing
from testing_center.views.room import SITTING_BADGES, download, filename, me, seats_seen, sitting_tabs

LOOK = "locked codes"

blueprint = Blueprint("codes", __name__, url_prefix="/staff/sittings/<uuid:sitting_id>/codes")


@blueprint.get("/")
@requires(Permission.CODES_MANAGE)
def index(sitting_id: UUID) -> ResponseReturnValue:
    """How the codes stand; what can be printed."""
    return _page(sitting_id, PrintForm(formdata=None))


def _page(sitting_id: UUID, form: PrintForm) -> ResponseReturnValue:
    sitting = staff_queries.get_sitting(sitting_id)
    locked = staff_queries.locked(staff_queries.codes_in_force(sitting))
    seats = []
    if locked:  # only then a link has to be opened, to say whose code it is
        seats = [seat for seat in seats_seen(sitting, LOOK).taken if seat.is_locked]
    people = staff_queries.participants(sitting)
    counts = staff_queries.code_counts(sitting)
    return render_template(
        "testing_center/codes.html", sitting=sitting, tabs=sitting_tabs(sitting), badges=SITTING_BADGES, form=form,
        counts=counts, statuses=CodeStatus, people=people, locked=seats, printed_at=staff_queries.last_print(sitting),
        waiting=max(0, len(people) - counts[CodeStatus.ISSUED] - counts[CodeStatus.REDEEMED]),
        is_reprint=staff_queries.needs_reason(sitting), is_closed=sitting.status == SittingStatus.CLOSED,
    )  # fmt: skip


@blueprint.post("/issue")
@requires(Permission.CODES_MANAGE)
def issue(sitting_id: UUID) -> ResponseReturnValue:
    """Issue a code to everybody who has none."""
    with transaction():
        sitting = staff_queries.get_sitting(sitting_id, lock=True)
        count = services.issue_codes(sitting, by=me(), now=request_now())
    return _done(sitting_id, _("Codes issued: %(n)s", n=count))


@blueprint.post("/slips")
@requires(Permission.CODES_MANAGE, fresh=True)
def print_slips(sitting_id: UUID) -> ResponseReturnValue:
    """The slips of all unused codes as a PDF; a reprint says why."""
    form = PrintForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"reason_needed": "reason"})
        return _page(sitting_id, form)

    if not form.validate():
        return page()
    web.show_refusals(page)
    sitting = staff_queries.get_sitting(sitting_id)
    pdf = printing.slips_pdf(sitting, reason=form.reason.data or "", by=me(), now=request_now())
    name = filename(f"{sitting.number}-slips", "pdf")
    return download(pdf, name)


@blueprint.post("/envelopes")
@requires(Permission.CODES_MANAGE, fresh=True)
def print_envelopes(sitting_id: UUID) -> ResponseReturnValue:
    """The list of who gets which slip, by name."""
    sitting = staff_queries.get_sitting(sitting_id)
    pdf = printing.envelopes_pdf(sitting, by=me(), now=request_now())
    name = filename(f"{sitting.number}-envelopes", "pdf")
    return download(pdf, name)


@blueprint.route("/<uuid:participant_id>/replace", methods=["GET", "POST"])
@requires(Permission.CODES_MANAGE)
def replace(sitting_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """Revoke the code of a lost slip and issue another."""
    sitting, form = staff_queries.get_sitting(sitting_id), ReasonForm()
    participant = staff_queries.get_participant(participant_id, sitting)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"reason_needed": "reason"})
        return render_template("testing_center/code_replace.html", form=form, sitting=sitting, participant=participant)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        locked = staff_queries.get_participant(participant_id, sitting, lock=True)
        services.replace_code(locked, reason=form.reason.data, by=me(), now=request_now())
    return _done(sitting_id, _("The old code is revoked. Print the new slip."))


@blueprint.post("/unlock/<int:seat>")
@requires(Permission.CODES_MANAGE)
def unlock(sitting_id: UUID, seat: int) -> ResponseReturnValue:
    """Let a code that was tried too often be tried again."""
    with transaction():
        sitting = staff_queries.get_sitting(sitting_id)
        hall.unlock_seat(sitting, seat, by=me(), now=request_now())
    return _done(sitting_id, _("The code can be used again. Seat: %(n)s", n=seat))


def _done(sitting_id: UUID, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("codes.index", sitting_id=sitting_id), 303)
