"""Approval sessions: calling one over a list of questions, deciding in it, its minutes."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from accounts.auth import requires
from accounts.rules import Permission
from core import addresses, web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.i18n import gettext as _
from core.i18n import zone
from question_bank import life_queries, listing, session_queries
from question_bank.forms.life import SessionDecisionForm, SessionForm
from question_bank.life import SAYS, SessionDecision
from question_bank.services import approvals as services
from question_bank.views.beside import DECISION_BADGES
from question_bank.views.room import me, page_number, room, shown_editions, still_read
from question_bank.writing import ChangedSinceShown


@room.get("/bank/sessions")
@requires(Permission.BANK_APPROVE)
def sessions() -> ResponseReturnValue:
    """All approval sessions, the latest first."""
    found = session_queries.sessions_page(page_number())
    lengths = session_queries.lengths([one.id for one in found.items])
    return render_template("question_bank/sessions.html", found=found, lengths=lengths)


@room.route("/bank/sessions/new", methods=["GET", "POST"])
@requires(Permission.BANK_APPROVE)
def new_session() -> ResponseReturnValue:
    """Call a session over questions of the queue."""
    people = [person for person in session_queries.approvers() if person.id != me().id]
    form = SessionForm(people, data={"held_on": request_now().astimezone(zone()).date()})
    chosen = {str(one) for one in request.form.getlist("version", type=UUID)}

    def page(refusal: Refusal | None = None) -> ResponseReturnValue:
        if refusal:
            form.form_errors.append(str(refusal))
        offered = session_queries.offered()
        return render_template(
            "question_bank/session_form.html", form=form, offered=offered, chosen=chosen,
            mine=life_queries.own_among({one.item_id for one in offered}, me().id),
        )  # fmt: skip

    if not form.validate_on_submit():
        return page()
    web.show_refusals(page)
    with transaction():
        wanted = set(form.members.data or [])
        members = [person for person in session_queries.approvers() if str(person.id) in wanted]
        versions = listing.versions(request.form.getlist("version", type=UUID))
        session = services.open_session(
            form.held_on.data, form.place.data or "", members, versions, by=me(), now=request_now()
        )
    return _done(session.id, _("The session is open. Decide on each question."))


@room.get("/bank/sessions/<uuid:session_id>")
@requires(Permission.BANK_APPROVE)
def session(session_id: UUID) -> ResponseReturnValue:
    """One session: its members, its agenda with the decisions, its minutes."""
    return _session_page(session_id, SessionDecisionForm(None))


def _session_page(
    session_id: UUID, form: SessionDecisionForm, refusal: Refusal | None = None, chosen: frozenset[str] = frozenset()
) -> ResponseReturnValue:
    if refusal:
        form.form_errors.append(str(refusal))
    addresses.lives_at(url_for("question_bank.session", session_id=session_id))
    found, agenda, person = session_queries.head_of(session_id), session_queries.agenda_of(session_id), me()
    shown = session_queries.agenda_page(session_id, page_number(), agenda.questions)
    return render_template(
        "question_bank/session.html", session=found, agenda=agenda, shown=shown, form=form, badges=DECISION_BADGES,
        mine=life_queries.own_among([entry.version.item_id for entry in shown.items], person.id), chosen=chosen,
        remarked=life_queries.with_open_comments([entry.version_id for entry in shown.items]),
        may_decide=found.closed_at is None and person in found.members, decisions=SessionDecision,
    )  # fmt: skip


@room.post("/bank/sessions/<uuid:session_id>/decide")
@requires(Permission.BANK_APPROVE)
def decide_in_session(session_id: UUID) -> ResponseReturnValue:
    """What the session decided on the ticked questions."""
    form, chosen = SessionDecisionForm(), request.form.getlist("version", type=UUID)
    asked = request.form.get("decision", "")
    decision = SessionDecision(asked) if asked in set(SAYS) else SessionDecision.POSTPONED
    if not form.may_decide(decision):
        return _session_page(session_id, form, chosen=still_read(chosen))

    def refused(refusal: Refusal) -> ResponseReturnValue:
        if isinstance(refusal, ChangedSinceShown):
            form.points.data = []
        return _session_page(session_id, form, refusal, still_read(chosen))

    web.show_refusals(refused)
    with transaction():
        found = session_queries.get_session(session_id)
        count = services.decide(
            found, chosen, decision, form.comment.data or "", points=form.ticked, shown=shown_editions(), by=me(),
            now=request_now(),
        )  # fmt: skip
    return _done(session_id, _("Decided on: %(n)s", n=count), page=page_number())


@room.post("/bank/sessions/<uuid:session_id>/close")
@requires(Permission.BANK_APPROVE)
def close_session(session_id: UUID) -> ResponseReturnValue:
    """End the session and fix its minutes."""
    web.show_refusals(lambda refusal: _session_page(session_id, SessionDecisionForm(None), refusal))
    with transaction():
        services.close(session_queries.get_session(session_id), by=me(), now=request_now())
    return _done(session_id, _("The session is closed. Print the minutes and have them signed."))


@room.get("/bank/sessions/<uuid:session_id>/minutes.pdf")
@requires(Permission.BANK_APPROVE)
def session_minutes(session_id: UUID) -> ResponseReturnValue:
    """The minutes of a closed session."""
    found = session_queries.get_session(session_id)
    pdf, name = services.minutes_pdf(found, now=request_now()), f"{found.number}.pdf"
    answer = send_file(BytesIO(pdf), mimetype="application/pdf", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _done(session_id: UUID, sentence: str, *, page: int = 1) -> ResponseReturnValue:
    flash(sentence, "ok")
    return redirect(url_for("question_bank.session", session_id=session_id, page=page if page > 1 else None), 303)
