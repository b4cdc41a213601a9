"""Hearings of appeals (¶34–35): the list, the appeal with its stages, the key on the screen, findings, votes, protocol.

Everything about a key needs an open viewing of the person who asks; the rest of these pages shows none before the
decision.
"""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from accounts.auth import requires
from accounts.rules import Permission
from appeals import queries
from appeals.forms.hearings import (
    FindingForm,
    InviteForm,
    LapseForm,
    OpenForm,
    VoteForm,
    finding_form,
    known_findings,
)
from appeals.rules.commission import NoCommission
from appeals.rules.hearing import INVITED_AHEAD, WAIT_FOR_CANDIDATE
from appeals.rules.states import FINAL, AppealStatus
from appeals.services import deliberation, filing, hearings, protocols
from appeals.services.letters import is_invitation_sent
from appeals.services.review import review as key_review
from appeals.views.desk import badge_of
from appeals.views.standing import Standing, check_table, look, standing_of
from appeals.views.words import FINDING_BADGES, OUTCOME_BADGES, awaited, letters, stages
from core import web
from core.clock import request_now
from core.db import transaction
from core.drawn import act_over
from core.errors import Refusal
from core.i18n import gettext as _
from core.listed import Listed
from testing_center.forms.fields import ReasonForm, put
from testing_center.rules.sittings import INCIDENT_NAMES
from testing_center.sheets import get_sheet
from testing_center.staff_queries import found
from testing_center.views.room import me, page_number

FINDING_FIELDS = {
    "finding_incomplete": "reason", "counting_answer_missing": "counts", "answer_counts_already": "counts",
    "key_unchanged": "accepted", "nothing_added": "accepted", "findings_exclude": "kind",
}  # fmt: skip
blueprint = Blueprint("hearings", __name__, url_prefix="/staff/appeals")


def _done(appeal_id: UUID, sentence: str, endpoint: str = "hearings.show") -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for(endpoint, appeal_id=appeal_id), 303)


@blueprint.get("/")
@requires(Permission.APPEALS_VIEW)
def index() -> ResponseReturnValue:
    """Appeals that this person may see: those that wait, or all; a number in the address."""
    text, everything = request.args.get("q", "").strip(), bool(request.args.get("all"))
    rows = [
        appeal for appeal in queries.appeals_for(me())
        if (everything or appeal.status not in FINAL) and text.casefold() in appeal.number.casefold()
    ]  # fmt: skip
    return render_template(
        "appeals/hearings/index.html", found=Listed(rows, page=page_number()), text=text, everything=everything,
        badge_of=badge_of, outcomes=OUTCOME_BADGES,
    )  # fmt: skip


@blueprint.get("/<uuid:appeal_id>/")
@requires(Permission.APPEALS_VIEW)
def show(appeal_id: UUID) -> ResponseReturnValue:
    """An appeal: its stages, the application, the table, and what this person can do now."""
    return _page(appeal_id)


def _page(appeal_id: UUID, refusal: Refusal | None = None) -> ResponseReturnValue:
    where = standing_of(appeal_id)
    appeal = where.appeal
    if where.reads:
        look(appeal)
    signers = protocols.signers(where.protocol) if where.protocol else []
    return render_template(
        "appeals/hearings/show.html", appeal=appeal, where=where, badge=badge_of(appeal), refusal=refusal,
        application=filing.application_content(appeal) if where.reads and appeal.application_sealed else None,
        destroyed=act_over(filing.paper_of(appeal)), outcomes=OUTCOME_BADGES,
        stages=stages(appeal, signed=len(signers) - len(where.unsigned), signers=len(signers)),
        awaited=awaited(appeal, is_viewed=where.is_viewed, unsigned=len(where.unsigned)), findings=FINDING_BADGES,
        statuses=AppealStatus,
    )  # fmt: skip


@blueprint.route("/<uuid:appeal_id>/invitation", methods=["GET", "POST"])
@requires(Permission.APPEALS_LEAD)
def invite(appeal_id: UUID) -> ResponseReturnValue:
    """The chair names the day and the time of the hearing."""
    form, appeal = InviteForm(), queries.get_appeal_to_see(appeal_id, me())

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"invitation_too_short": "at"})
        return render_template(
            "appeals/hearings/invite.html", form=form, appeal=appeal, wait=WAIT_FOR_CANDIDATE, ahead=INVITED_AHEAD
        )

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        hearings.invite(appeal, form.moment(appeal.sitting.zone), by=me(), now=request_now())
    return _done(appeal_id, _("The invitation is recorded. Tell the candidate."))


@blueprint.route("/<uuid:appeal_id>/lapse", methods=["GET", "POST"])
@requires(Permission.APPEALS_LEAD)
def lapse(appeal_id: UUID) -> ResponseReturnValue:
    """The candidate did not come: a page of its own, since the appeal ends with it."""
    appeal = queries.get_appeal_to_see(appeal_id, me())
    is_sent = is_invitation_sent(appeal)
    form = LapseForm(is_sent=is_sent)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"not_told": "told_how"})
        return render_template("appeals/hearings/lapse.html", form=form, appeal=appeal, is_sent=is_sent)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        hearings.lapse(appeal, form.told_how.data or "", by=me(), now=request_now())
    return _done(appeal_id, _("The appeal has ended without a hearing: the candidate did not come."))


@blueprint.route("/<uuid:appeal_id>/opening", methods=["GET", "POST"])
@requires(Permission.APPEALS_LEAD)
def open_hearing(appeal_id: UUID) -> ResponseReturnValue:
    """The chair opens the hearing: the candidate's document, the members present."""
    appeal = queries.get_appeal_to_see(appeal_id, me())
    commission = queries.commission_of(appeal.sitting)
    if commission is None:
        raise NoCommission
    office = queries.in_office(commission)
    form = OpenForm(office)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"presence_missing": "presence_note", "no_quorum": "members"})
        return render_template("appeals/hearings/open.html", form=form, appeal=appeal)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    present = [member for member in office if member.id in form.members.data]
    with transaction():
        hearings.open_hearing(appeal, form.presence_note.data, present, by=me(), now=request_now())
    return _done(appeal_id, _("The hearing is open."))


@blueprint.get("/<uuid:appeal_id>/review/", defaults={"question": None})
@blueprint.get("/<uuid:appeal_id>/review/<int:question>")
@requires(Permission.APPEALS_HEAR)
def review(appeal_id: UUID, question: int | None) -> ResponseReturnValue:
    """Key review: one question at a time, the disputed ones first; only inside this person's own viewing."""
    where = standing_of(appeal_id)
    seen = key_review(where.appeal, by=me(), now=request_now())
    first = where.disputed[0] if where.disputed else 1
    item = seen.item(question or first)
    if item is None:
        raise NotFound
    order = where.disputed + [one.question for one in seen.items if not one.is_disputed]
    here = order.index(item.question)
    return render_template(
        "appeals/hearings/review.html", appeal=where.appeal, where=where, seen=seen, item=item,
        letters=letters(item.language), form=_finding_form(where, item.question), incident_names=INCIDENT_NAMES,
        previous=order[here - 1] if here else None, next=order[here + 1] if here + 1 < len(order) else None,
        known=where.found(item.place), findings=FINDING_BADGES, recorded={one.place for one in where.findings},
    )  # fmt: skip


def _finding_form(where: Standing, question: int) -> FindingForm:
    """The finding that there is, over the options as the candidate saw them; what was found right is not filled in."""
    place, attempt = where.place(question), where.appeal.attempt
    item, language = get_sheet(attempt.form_id).items[place], attempt.language
    _question, _place, order, target_order = next(shown for shown in attempt.shown() if shown[0] == question)
    ids = [item.options[index].id for index in order]
    texts = item.texts(language)
    texts |= {one: f"{letter}. {texts[one]}" for letter, one in zip(letters(language), ids, strict=False)}
    targets = [(item.targets[index].id, texts[item.targets[index].id]) for index in target_order]
    recorded = "; ".join(item.kind.words(deliberation.counting_answer(where.appeal, place), texts))
    data = known_findings(where.found(place))
    return finding_form(item, [(one, texts[one]) for one in ids], targets, recorded, data)


@blueprint.route("/<uuid:appeal_id>/findings/<int:question>", methods=["GET", "POST"])
@requires(Permission.APPEALS_HEAR)
def finding(appeal_id: UUID, question: int) -> ResponseReturnValue:
    """All that was found of one question, written down at the table; no key is shown here."""
    where = standing_of(appeal_id)
    place = where.place(question)
    check_table(where)
    form = _finding_form(where, question)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, FINDING_FIELDS)
        sheet = get_sheet(where.appeal.attempt.form_id)
        return render_template(
            "appeals/hearings/finding.html", form=form, appeal=where.appeal, where=where, question=question,
            item=sheet.items[place],
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        deliberation.record_findings(where.appeal, place, form.found, by=me(), now=request_now())
    flash(_("The finding is recorded. Question: %(n)s.", n=question), "ok")
    if where.votes and not queries.votes_of(where.appeal):
        flash(_("The votes cast before it do not count any more. Everybody votes anew."), "warn")
    if where.viewing is not None:
        return redirect(url_for("hearings.review", appeal_id=appeal_id, question=question), 303)
    return redirect(url_for("hearings.show", appeal_id=appeal_id), 303)


@blueprint.route("/<uuid:appeal_id>/adjournment", methods=["GET", "POST"])
@requires(Permission.APPEALS_LEAD)
def adjourn(appeal_id: UUID) -> ResponseReturnValue:
    """The chair adjourns a hearing at which the key was not shown, and says why."""
    form, where = ReasonForm(), standing_of(appeal_id)

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {"adjournment_unexplained": "reason"})
        return render_template("appeals/hearings/adjourn.html", form=form, appeal=where.appeal)

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        hearings.adjourn(found(where.hearing), form.reason.data, by=me(), now=request_now())
    return _done(
        appeal_id, _("The hearing is adjourned. Invite the candidate anew, or open it again when all are here.")
    )


@blueprint.post("/<uuid:appeal_id>/closing")
@requires(Permission.APPEALS_LEAD)
def close_hearing(appeal_id: UUID) -> ResponseReturnValue:
    """The chair closes the hearing: the key is shown no more."""
    where = standing_of(appeal_id)
    shown_on_page(appeal_id)
    with transaction():
        hearings.close_hearing(found(where.hearing), by=me(), now=request_now())
    return _done(appeal_id, _("The hearing is closed. The key is not shown any more."))


@blueprint.route("/<uuid:appeal_id>/vote", methods=["GET", "POST"])
@requires(Permission.APPEALS_HEAR)
def vote(appeal_id: UUID) -> ResponseReturnValue:
    """One's own vote, with a dissent in one's own words."""
    where = standing_of(appeal_id)
    check_table(where)
    known, before = where.own_vote, where.own_vote or where.last_discarded
    form = VoteForm(
        data={"outcome": str(known.outcome) if known else None, "dissent": before.dissent if before else ""}
    )

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            put(form, refusal, {})
        return render_template(
            "appeals/hearings/vote.html", form=form, appeal=where.appeal, where=where, findings=FINDING_BADGES
        )

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        deliberation.vote(where.appeal, form.chosen, form.dissent.data or "", by=me(), now=request_now())
    return _done(appeal_id, _("Your vote is recorded."))


@blueprint.post("/<uuid:appeal_id>/decision")
@requires(Permission.APPEALS_LEAD)
def decide(appeal_id: UUID) -> ResponseReturnValue:
    """The chair fixes the decision by the votes."""
    where = standing_of(appeal_id)
    shown_on_page(appeal_id)
    with transaction():
        deliberation.decide(where.appeal, by=me(), now=request_now())
    return _done(
        appeal_id, _("The decision is fixed. All who were present sign the protocol."), "hearing_papers.protocol"
    )


def shown_on_page(appeal_id: UUID) -> None:
    """A refusal of this act stands on the page of the appeal."""
    web.show_refusals(lambda refusal: _page(appeal_id, refusal))
