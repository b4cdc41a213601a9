"""The candidate's own appeal: draw it up, print it, take it back (¶33). Nothing here knows a key."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from appeals import queries
from appeals.forms.candidate import AppealForm, OwnCodeForm
from appeals.models import Appeal
from appeals.rules.states import OUTCOME_NAMES, STATUS_NAMES, AppealStatus
from appeals.services import filing, withdrawing
from core import audit, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from testing_center.access import candidate_only
from testing_center.forms.fields import put
from testing_center.models.attempts import Attempt
from testing_center.rules.delivery import AttemptOpen, AttemptStatus
from testing_center.services import entry
from testing_center.staff_queries import found
from testing_center.views import exam

blueprint = Blueprint("appeal", __name__, url_prefix="/exam/appeal")
blueprint.context_processor(exam.candidate_context)
FIELDS = {"grounds_too_long": "grounds", "no_such_question": "questions"}
CODE_FIELDS = dict.fromkeys(("not_the_code_of_this_test", "code_is_locked", "too_many_tries"), "code")


def _load(attempt_id: UUID, epoch: int) -> Attempt:
    attempt = exam.load(attempt_id, epoch)
    if attempt.status != AttemptStatus.ENDED:
        raise AttemptOpen
    return attempt


@blueprint.route("/", methods=["GET", "POST"])
@candidate_only
def file(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """The application; once it is filed, its number and what comes next."""
    attempt = _load(attempt_id, epoch)
    appeal = queries.appeal_of_attempt(attempt_id)
    if appeal is not None:
        return _filed(appeal)
    form = AppealForm(attempt)
    g.refusal_subject = audit.name_of(attempt)  # the record of a late one says whose it was

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, FIELDS)
        window = filing.window(attempt, now=request_now())
        late = None if window.is_open else queries.late_refusal(attempt_id)
        return render_template(
            "appeals/candidate/file.html", form=form, window=window, late=late,
            times=audit.facts(late)["params"] if late else {}, rejected=queries.rejected_of(attempt_id),
        )  # fmt: skip

    if form.is_submitted():
        web.show_refusals(page)
        filing.check_in_time(attempt, now=request_now())
    if not form.validate_on_submit():
        return page()
    with transaction():
        filing.file(attempt_id, epoch, form.grounds.data or "", form.places, by=attempt, now=request_now())
    return redirect(url_for("appeal.file"), 303)


@blueprint.post("/late")
@candidate_only
def late(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """Put on record that this appeal came too late: the refusal with its times and its number."""
    attempt = _load(attempt_id, epoch)
    with transaction():
        filing.record_late(attempt_id, epoch, by=attempt, now=request_now())
    return redirect(url_for("appeal.file"), 303)


def _filed(appeal: Appeal) -> ResponseReturnValue:
    return render_template(
        "appeals/candidate/filed.html", appeal=appeal, statuses=AppealStatus, names=STATUS_NAMES,
        outcomes=OUTCOME_NAMES, window=filing.window(appeal.attempt, now=request_now()),
    )  # fmt: skip


def _own(attempt_id: UUID) -> Appeal:
    return found(queries.appeal_of_attempt(attempt_id))


@blueprint.get("/application.pdf")
@candidate_only
def application(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """The application on paper, to be signed by hand."""
    _load(attempt_id, epoch)
    pdf = filing.application_pdf(_own(attempt_id), now=request_now())
    return Response(pdf, mimetype="application/pdf", headers={"Content-Disposition": 'inline; filename="appeal.pdf"'})


@blueprint.route("/withdraw", methods=["GET", "POST"])
@candidate_only
def withdraw(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """Take the appeal back: a page of its own, since it is not filed again, with one's own code typed again."""
    attempt, form = _load(attempt_id, epoch), OwnCodeForm()
    appeal = _own(attempt_id)
    g.refusal_subject = audit.name_of(appeal)  # the record of a wrong code says whose appeal it was

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, CODE_FIELDS)
        return render_template("appeals/candidate/withdraw.html", form=form, appeal=appeal)

    withdrawing.check_may_withdraw(appeal, on_paper=False)  # too late: there is no page to do it
    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    proof = entry.prove_own_code(attempt, form.code.data or "", request.remote_addr or "-", now=request_now())
    with transaction():
        withdrawing.withdraw(appeal, proof, by=attempt, now=request_now())
    flash(_("You have withdrawn the appeal. The result stays as it is."), "ok")
    return redirect(url_for("appeal.file"), 303)
