"""Closing a sitting: who is not accounted for, the slips left over; afterwards the signatures of the proctors.

The pages belong to the blueprint of sittings.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from testing_center import hall_queries, result_queries, staff_queries
from testing_center.forms.closing import AccountForm, CloseForm
from testing_center.forms.fields import put
from testing_center.models.attempts import Attempt
from testing_center.rules.closing import GAP_NAMES, Gap
from testing_center.rules.delivery import AttemptStatus, is_over
from testing_center.rules.sittings import SittingStatus
from testing_center.services import accounting, closing, signatures
from testing_center.services import sittings as services
from testing_center.views.room import me, note_look
from testing_center.views.sittings import blueprint

LOOK = "closing"


def _page(sitting_id: UUID, form: CloseForm, answered: AccountForm | None = None) -> str:
    """What is closed, and what stands in the way; ``answered`` is the form of one person that was not right."""
    sitting, now = staff_queries.get_sitting_to_run(sitting_id, me()), request_now()
    note_look(sitting, LOOK)
    attempts, left = result_queries.attempts_of(sitting), accounting.unaccounted(sitting)
    working = sum(_runs(attempt, now) for attempt in attempts)
    forms = {one.participant.id: AccountForm.of(one) for one in left}
    if answered is not None:
        forms |= {one.participant.id: answered for one in left if str(one.participant.id) in answered.what.name}
    return render_template(
        "testing_center/sitting_close.html", sitting=sitting, form=form, attempts=attempts, working=working, left=left,
        forms=forms, gaps=GAP_NAMES, unmarked=sum(one.gap == Gap.UNMARKED for one in left),
        people=staff_queries.participants(sitting), status=SittingStatus,
        waiting=hall_queries.waiting_acts(sitting.id), answered=answered,
    )  # fmt: skip


def _runs(attempt: Attempt, now: datetime) -> bool:
    """Whether the test goes on, or its clock stands."""
    if attempt.status == AttemptStatus.IN_PROGRESS:
        return attempt.deadline_at is not None and not is_over(attempt.deadline_at, now=now)
    return attempt.status == AttemptStatus.PAUSED


@blueprint.route("/<uuid:sitting_id>/close", methods=["GET", "POST"])
@requires(Permission.SITTING_RUN)
def close(sitting_id: UUID) -> ResponseReturnValue:
    """Close the sitting: a page of its own, since it cannot be undone."""
    form = CloseForm()

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"slips_uncounted": "slips_left", "slips_differ": "slips_reason"})
        return _page(sitting_id, form)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        sitting = staff_queries.get_sitting_to_run(sitting_id, me(), lock=True)
        services.close_sitting(
            sitting, by=me(), now=request_now(), slips_left=form.slips_left.data,
            slips_reason=form.slips_reason.data or "",
        )  # fmt: skip
    flash(_("The sitting is closed. The summary protocol is ready."), "ok")
    return redirect(url_for("sittings.show", sitting_id=sitting_id), 303)


@blueprint.post("/<uuid:sitting_id>/close/people/<uuid:participant_id>")
@requires(Permission.SITTING_RUN)
def account_for(sitting_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """Write down what became of one person."""
    sitting = staff_queries.get_sitting_to_run(sitting_id, me())
    one = next((one for one in accounting.unaccounted(sitting) if one.participant.id == participant_id), None)
    if one is None:
        return _back(sitting_id)
    form, gap = AccountForm.of(one), one.gap

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"reason_needed": "reason"})
        return _page(sitting_id, CloseForm(formdata=None), form)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        said = {participant_id: (form.account(gap), form.reason.data or "")}
        closing.account_for(staff_queries.get_sitting(sitting_id), said, by=me(), now=request_now())
    return _back(sitting_id)


@blueprint.post("/<uuid:sitting_id>/close/absent")
@requires(Permission.SITTING_RUN)
def absent_unmarked(sitting_id: UUID) -> ResponseReturnValue:
    """Everybody whom nobody has marked did not come."""
    with transaction():
        sitting = staff_queries.get_sitting_to_run(sitting_id, me(), lock=True)
        count = closing.absent_unmarked(sitting, by=me(), now=request_now())
    flash(_("Recorded as absent: %(n)s", n=count), "ok")
    return _back(sitting_id)


@blueprint.post("/<uuid:sitting_id>/signature")
@requires(Permission.SITTING_RUN, fresh=True)
def sign(sitting_id: UUID) -> ResponseReturnValue:
    """A proctor signs the summary protocol."""
    with transaction():
        sitting = staff_queries.get_sitting_to_run(sitting_id, me())
        first = next((one for one in result_queries.summary_protocols(sitting.id) if one.version == 1), None)
        signatures.sign(staff_queries.found(first), by=me(), now=request_now())
    flash(_("You have signed the summary protocol."), "ok")
    return redirect(url_for("sittings.show", sitting_id=sitting_id), 303)


def _back(sitting_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("sittings.close", sitting_id=sitting_id) + "#people", 303)
