"""Papers of a hearing: the protocol with its signatures, handing it over, protocol and application as PDF (¶35)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from appeals.forms.commissions import MissedForm
from appeals.models import AppealProtocol
from appeals.rules.commission import NotInCommission
from appeals.rules.states import AppealOutcome, AppealStatus, FindingKind
from appeals.services import filing, protocols
from appeals.services import missed as missing
from appeals.views.standing import Standing, look, standing_of
from appeals.views.words import FINDING_BADGES, OUTCOME_BADGES
from core import audit, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from testing_center.forms.fields import put
from testing_center.staff_queries import found
from testing_center.views.room import download, filename, me

blueprint = Blueprint("hearing_papers", __name__, url_prefix="/staff/appeals/<uuid:appeal_id>")


def _reader(appeal_id: UUID) -> tuple[Standing, AppealProtocol]:
    """The appeal and its protocol, for somebody who may read it; 404 before the decision."""
    where = standing_of(appeal_id)
    if not where.reads:
        raise NotInCommission
    return where, found(where.protocol)


def _done(appeal_id: UUID, sentence: str) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("hearing_papers.protocol", appeal_id=appeal_id), 303)


@blueprint.get("/protocol")
@requires(Permission.APPEALS_VIEW)
def protocol(appeal_id: UUID) -> ResponseReturnValue:
    """What the protocol says, who has signed it and who has not."""
    return _page(appeal_id)


def _page(appeal_id: UUID, refusal: Refusal | None = None) -> ResponseReturnValue:
    where, found_protocol = _reader(appeal_id)
    look(found_protocol)
    content = protocols.protocol_content(found_protocol)
    return render_template(
        "appeals/hearings/protocol.html", appeal=where.appeal, where=where, protocol=found_protocol, content=content,
        signers=protocols.signers(found_protocol), refusal=refusal,
        missed={one.member_id: one for one in found_protocol.missed},
        excusable=[one.id for one in where.unsigned if missing.may_record(found_protocol, one, me())],
        outcome=AppealOutcome, kind=FindingKind,
        signatures={signature.member_id: signature for signature in found_protocol.signatures},
        outcomes=OUTCOME_BADGES, findings=FINDING_BADGES, statuses=AppealStatus, moment=datetime.fromisoformat,
    )  # fmt: skip


def _shown_on_page(appeal_id: UUID) -> None:
    """A refusal of this act stands on the page of the protocol."""
    web.show_refusals(lambda refusal: _page(appeal_id, refusal))


@blueprint.post("/protocol/signature")
@requires(Permission.APPEALS_HEAR, each_time=True)
def sign(appeal_id: UUID) -> ResponseReturnValue:
    """Sign the digest of the protocol; password and one-time code are asked for at this very act."""
    _where, signed = _reader(appeal_id)
    _shown_on_page(appeal_id)
    with transaction():
        protocols.sign(signed, by=me(), now=request_now())
    return _done(appeal_id, _("You have signed the protocol."))


@blueprint.route("/protocol/signatures/<uuid:member_id>/missed", methods=["GET", "POST"])
@requires(Permission.APPEALS_VIEW)
def missed(appeal_id: UUID, member_id: UUID) -> ResponseReturnValue:
    """Record that a member who decided cannot sign."""
    form, (where, waiting) = MissedForm(), _reader(appeal_id)
    member = found(next((one for one in protocols.signers(waiting) if one.id == member_id), None))
    if not missing.may_record(waiting, member, me()):
        raise NotInCommission

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"missed_incomplete": "document"})
        return render_template("appeals/hearings/missed.html", form=form, appeal=where.appeal, member=member)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        missing.record_missed(
            waiting, member, form.reason.data, form.document.data, by=me(), now=request_now()
        )  # fmt: skip
    return _done(appeal_id, _("It is recorded that this member could not sign."))


@blueprint.post("/protocol/handing-over")
@requires(Permission.APPEALS_VIEW)
def hand_over(appeal_id: UUID) -> ResponseReturnValue:
    """The candidate has received the protocol signed by all."""
    where, signed = _reader(appeal_id)
    _shown_on_page(appeal_id)
    protocols.protocol_pdf(signed, now=request_now())
    with transaction():
        protocols.hand_over(where.appeal, by=me(), now=request_now())
    return _done(appeal_id, _("The protocol is handed over. The appeal is closed."))


@blueprint.post("/protocol/file")
@requires(Permission.APPEALS_VIEW)
def protocol_file(appeal_id: UUID) -> ResponseReturnValue:
    """The protocol as a PDF, when all have signed."""
    _where, signed = _reader(appeal_id)
    _shown_on_page(appeal_id)
    pdf, name = protocols.protocol_pdf(signed, now=request_now()), filename(signed.number, "pdf")
    with transaction():
        audit.record("appeal_protocol.opened", signed, by=me(), at=request_now(), number=signed.number)
    return download(pdf, name)


@blueprint.post("/application")
@requires(Permission.APPEALS_VIEW)
def application(appeal_id: UUID) -> ResponseReturnValue:
    """The candidate's application as a PDF, for the commission."""
    where = standing_of(appeal_id)
    if not where.reads:
        raise NotInCommission
    pdf, name = filing.application_pdf(where.appeal, now=request_now()), filename(where.appeal.number, "pdf")
    with transaction():
        audit.record("appeal.application_printed", where.appeal, by=me(), at=request_now())
    return download(pdf, name)
