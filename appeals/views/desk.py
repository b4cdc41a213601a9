"""The appeal desk of a sitting: recognise who filed, or not; take an appeal, or the paper that takes it back (¶33)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from accounts.auth import requires
from accounts.rules import Permission
from appeals import queries
from appeals.forms.candidate import DeskForm, PaperForm, RejectForm
from appeals.models import Appeal
from appeals.rules.states import STATUS_NAMES, AppealStatus
from appeals.services import filing, rejecting, withdrawing
from core import audit, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from testing_center import staff_queries
from testing_center.forms.fields import put
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.services import hall
from testing_center.staff_queries import found
from testing_center.views.room import SITTING_BADGES, download, filename, me, seats_seen, sitting_tabs

blueprint = Blueprint("appeal_desk", __name__, url_prefix="/staff/sittings/<uuid:sitting_id>/appeals")
FIELDS = {"grounds_too_long": "grounds", "no_such_question": "questions"}
LOOK = "appeal desk"
BADGES = {
    AppealStatus.FILED: ("info", "pen"), AppealStatus.WITHDRAWN: ("quiet", "cross"),
    AppealStatus.HEARING: ("warn", "eye"), AppealStatus.DECIDED: ("warn", "pen"), AppealStatus.CLOSED: ("ok", "check"),
    AppealStatus.LAPSED: ("", "cross"), AppealStatus.ANNULLED: ("", "cross"), AppealStatus.REJECTED: ("bad", "cross"),
}  # fmt: skip


def badge_of(appeal: Appeal) -> tuple[str, str, str]:
    """Word, kind and sign of an appeal's state, as ``ui.badge`` takes them."""
    kind, icon = BADGES[appeal.status]
    return str(STATUS_NAMES[appeal.status]), kind, icon


@blueprint.get("/")
@requires(Permission.APPEAL_DESK)
def index(sitting_id: UUID) -> ResponseReturnValue:
    """Appeals of the sitting, and the seats from which one may still be filed."""
    sitting = staff_queries.get_sitting_to_run(sitting_id, me())
    appeals, plan, now = queries.appeals_of(sitting), seats_seen(sitting, LOOK), request_now()
    standing = {appeal.attempt_id for appeal in appeals if appeal.status != AppealStatus.REJECTED}
    seats = [seat for seat in plan.taken if seat.attempt and seat.attempt.ended_at and _has_result(seat)]
    return render_template(
        "appeals/desk/index.html", sitting=sitting, tabs=sitting_tabs(sitting), badges=SITTING_BADGES,
        filed=[(seat, one) for seat in seats for one in appeals if seat.attempt and seat.attempt.id == one.attempt_id],
        open_seats=[
            (seat, filing.window(seat.attempt, now=now))
            for seat in seats
            if seat.attempt and seat.attempt.id not in standing
        ],
        badge_of=badge_of, statuses=AppealStatus, to_withdraw={one.id for one in appeals if _may_withdraw(one)},
        to_reject={one.id for one in appeals if filing.window(one.attempt, now=now).is_open},
    )  # fmt: skip


def _may_withdraw(appeal: Appeal) -> bool:
    is_shown = appeal.hearing is not None and bool(appeal.hearing.viewings)
    return appeal.status in (AppealStatus.FILED, AppealStatus.HEARING) and not is_shown


def _has_result(seat: hall.Seat) -> bool:
    attempt = seat.attempt
    return attempt is not None and attempt.status == AttemptStatus.ENDED and attempt.end_kind != EndKind.NOT_STARTED


@blueprint.route("/seats/<int:number>", methods=["GET", "POST"])
@requires(Permission.APPEAL_DESK)
def take(sitting_id: UUID, number: int) -> ResponseReturnValue:
    """The candidate writes at the desk, the proctor recognises them at once; a late one is refused with the times."""
    sitting = staff_queries.get_sitting_to_run(sitting_id, me())
    seat = seats_seen(sitting, LOOK).at(number)
    if seat is None:
        raise NotFound
    attempt = found(seat.attempt)
    g.refusal_subject = audit.name_of(attempt)  # the record of a late one says whose it was
    form = DeskForm(attempt)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, FIELDS)
        return render_template(
            "appeals/desk/take.html", sitting=sitting, seat=seat, form=form,
            window=filing.window(attempt, now=request_now()),
        )  # fmt: skip

    if form.is_submitted():
        web.show_refusals(page)
        filing.check_in_time(attempt, now=request_now())
    if not form.validate_on_submit():
        return page()
    with transaction():
        appeal = filing.file(attempt.id, None, form.grounds.data or "", form.places, by=me(), now=request_now())
        filing.confirm_person(appeal, by=me(), now=request_now())
        sentence = _("The appeal is registered. Number: %(number)s. Print the application and let it be signed.",
                     number=appeal.number)  # fmt: skip
    return _done(sitting_id, sentence)


@blueprint.post("/<uuid:appeal_id>/confirm")
@requires(Permission.APPEAL_DESK)
def confirm(sitting_id: UUID, appeal_id: UUID) -> ResponseReturnValue:
    """The proctor has recognised the person by their document."""
    appeal = _of(sitting_id, appeal_id)
    with transaction():
        filing.confirm_person(appeal, by=me(), now=request_now())
    return _done(sitting_id, _("The person is confirmed."))


@blueprint.route("/<uuid:appeal_id>/rejection", methods=["GET", "POST"])
@requires(Permission.APPEAL_DESK)
def reject(sitting_id: UUID, appeal_id: UUID) -> ResponseReturnValue:
    """It was not the candidate who filed it: why, on a page of its own."""
    appeal, form = _of(sitting_id, appeal_id), RejectForm()
    g.refusal_subject = audit.name_of(appeal)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, dict.fromkeys(("rejection_unexplained", "rejection_too_long"), "reason"))
        window = filing.window(appeal.attempt, now=request_now())
        return _of_seat("appeals/desk/reject.html", appeal, form=form, window=window)

    if not form.is_submitted():  # too late: there is no page to do it
        rejecting.check_in_time(appeal, now=request_now())
    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        rejecting.reject(appeal, form.reason.data or "", by=me(), now=request_now())
    return _done(sitting_id, _("The appeal is rejected: it was not filed by the candidate."))


@blueprint.route("/<uuid:appeal_id>/withdrawal", methods=["GET", "POST"])
@requires(Permission.APPEAL_DESK)
def withdraw(sitting_id: UUID, appeal_id: UUID) -> ResponseReturnValue:
    """The candidate takes the appeal back by a signed paper: when it was signed, and that it is they."""
    appeal, form = _of(sitting_id, appeal_id), PaperForm()
    g.refusal_subject = audit.name_of(appeal)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"paper_time_wrong": "at"})
        return _of_seat("appeals/desk/withdraw.html", appeal, form=form)

    withdrawing.check_may_withdraw(appeal, on_paper=True)  # too late: there is no page to do it
    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        signed_at = form.moment(appeal.sitting.zone)
        withdrawing.withdraw_on_paper(appeal, signed_at, by=me(), now=request_now())
    return _done(sitting_id, _("The withdrawal is recorded. The paper stays with the documents of the sitting."))


def _of_seat(template: str, appeal: Appeal, **shown: object) -> str:
    """A page about one appeal, with the seat and the person behind it."""
    plan = seats_seen(appeal.sitting, LOOK)
    seat = next(seat for seat in plan.taken if seat.attempt and seat.attempt.id == appeal.attempt_id)
    return render_template(template, sitting=appeal.sitting, appeal=appeal, seat=seat, **shown)


@blueprint.post("/<uuid:appeal_id>/application")
@requires(Permission.APPEAL_DESK)
def application(sitting_id: UUID, appeal_id: UUID) -> ResponseReturnValue:
    """The application on paper, to be signed by hand."""
    appeal = _of(sitting_id, appeal_id)
    pdf, name = filing.application_pdf(appeal, now=request_now()), filename(appeal.number, "pdf")
    with transaction():
        audit.record("appeal.application_printed", appeal, by=me(), at=request_now())
    return download(pdf, name)


def _of(sitting_id: UUID, appeal_id: UUID) -> Appeal:
    sitting, appeal = staff_queries.get_sitting_to_run(sitting_id, me()), queries.get_appeal(appeal_id)
    return found(appeal if appeal.attempt.sitting_id == sitting.id else None)


def _done(sitting_id: UUID, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("appeal_desk.index", sitting_id=sitting_id), 303)
