"""The candidate's pages: code, rules, questions, review, end. Each works in full without script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from core import web
from core.clock import request_now
from core.db import transaction
from core.errors import Refusal
from core.static import compressed
from question_bank.rules import ItemKind, Navigation
from testing_center import access, queries, question_queries
from testing_center.access import candidate_only, current_attempt
from testing_center.forms.entry import CodeForm
from testing_center.models.attempts import Attempt
from testing_center.rules import delivery as rules
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.services import delivery, entry, pulse, saving
from testing_center.services.links import participant_of
from testing_center.sheets import get_sheet
from testing_center.views.questions import questions_of, shown_at

PAUSED_REFRESH = 10  # seconds after which the page of a paused test looks again
AHEAD = 9  # questions that come along with the one that is asked for
TYPED_MAX = 40  # characters of a number that was not understood

blueprint = Blueprint("exam", __name__, url_prefix="/exam")


@blueprint.context_processor
def candidate_context() -> dict[str, Any]:
    """What every candidate page shows at the top: the person's own name, seat, and the time left."""
    attempt: Attempt | None = g.get("attempt")
    if attempt is None:
        return {}
    participant, sheet = participant_of(attempt), get_sheet(attempt.form_id)
    runs = attempt.status in (AttemptStatus.IN_PROGRESS, AttemptStatus.PAUSED)
    left = (
        rules.remaining_seconds(attempt.deadline_at, now=request_now(), paused_at=attempt.paused_at)
        if runs and attempt.deadline_at
        else None
    )
    return {
        "attempt": attempt, "sheet": sheet, "participant": participant, "zone": attempt.sitting.zone,
        "remaining": left, "content_language": attempt.language, "outbox": pulse.outbox_of(attempt.id),
    }  # fmt: skip


def load(attempt_id: UUID, epoch: int) -> Attempt:
    """The attempt for this page; refusals on the way lead where the person can go on."""
    web.show_refusals(show_refusal)
    g.attempt = current_attempt(attempt_id, epoch)
    attempt: Attempt = g.attempt
    return attempt


def show_refusal(refusal: Refusal) -> ResponseReturnValue:
    """Where a refusal leads: the end to the result, a lost race back to the question, the rest to its own page."""
    match refusal:
        case rules.AttemptClosed():
            is_own_act = "attempt" in g and g.attempt.end_kind == EndKind.SUBMITTED
            flash(str(refusal.title if is_own_act else refusal), "warn")
            return redirect(url_for("exam.result"), 303)
        case rules.AttemptNotStarted():
            return redirect(url_for("exam.rules_page"), 303)
        case rules.AttemptPaused():
            return redirect(url_for("exam.paused"), 303)
        case rules.NotAuthorised():
            flash(str(refusal), "warn")
            return redirect(url_for("exam.rules_page"), 303)
        case rules.StaleRevision() | rules.NoWayBack() | rules.InvalidResponse():
            flash(str(refusal), "warn")
            return redirect(request.path if request.endpoint == "exam.answer" else url_for("exam.resume"), 303)
    return web.error_page(refusal.status, str(refusal.title), str(refusal))


@blueprint.get("/")
@web.public
def entry_page() -> ResponseReturnValue:
    """The code from the slip; a browser that has entered goes on where it was."""
    if access.is_inside():
        return redirect(url_for("exam.resume"), 303)
    return render_template("exam/entry.html", form=CodeForm())


@blueprint.post("/", endpoint="entry")
@web.public
def enter() -> ResponseReturnValue:
    """Enter with a code; the typed code stays where it is refused."""
    form = CodeForm()
    web.show_refusals(lambda refusal: render_template("exam/entry.html", form=form, refusal=refusal))
    if not form.validate_on_submit():
        return render_template("exam/entry.html", form=form), 422
    attempt = entry.enter(
        form.code.data or "", form.resume.data or "", request.remote_addr or "-", now=request_now(),
        in_safe_browser=access.in_safe_browser(),
    )  # fmt: skip
    chosen = session.get("language") or request.cookies.get("language")
    if attempt.status == AttemptStatus.READY and chosen in get_sheet(attempt.form_id).languages:  # chosen at the door
        with transaction():
            delivery.set_language(attempt.id, attempt.epoch, chosen, now=request_now())
    access.remember(attempt)
    return redirect(url_for("exam.resume"), 303)


@blueprint.get("/resume")
@candidate_only
def resume(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """Go on where this attempt stands."""
    attempt = load(attempt_id, epoch)
    if attempt.status == AttemptStatus.READY:
        return redirect(url_for("exam.rules_page"), 303)
    if attempt.status == AttemptStatus.ENDED:
        return redirect(url_for("exam.result"), 303)
    if attempt.status == AttemptStatus.PAUSED:
        return redirect(url_for("exam.paused"), 303)
    shown = questions_of(attempt)
    first = attempt.reached if get_sheet(attempt.form_id).navigation == Navigation.FORWARD else next(
        (question.position for question in shown if not question.is_answered), 1
    )  # fmt: skip
    return redirect(url_for("exam.question", position=first), 303)


@blueprint.get("/rules")
@candidate_only
def rules_page(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """One's own name, the rules, the fingerprint of the form, and the start."""
    attempt = load(attempt_id, epoch)
    if attempt.status != AttemptStatus.READY:
        return redirect(url_for("exam.resume"), 303)
    return render_template("exam/rules.html")


@blueprint.post("/rules")
@candidate_only
def start(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """Start the clock; the first question comes only after this is on disk."""
    load(attempt_id, epoch)
    if not request.form.get("agree"):
        return render_template("exam/rules.html", disagreed=True, chosen=request.form.get("language")), 422
    with transaction(keeps=True):
        attempt = delivery.start(attempt_id, epoch, request.form.get("language", ""), now=request_now())
    session["language"] = attempt.language
    return redirect(url_for("exam.question", position=1), 303)


@blueprint.get("/paused")
@candidate_only
def paused(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """The clock stands; the page goes on by itself, without script too."""
    attempt = load(attempt_id, epoch)
    if attempt.status != AttemptStatus.PAUSED:
        return redirect(url_for("exam.resume"), 303)
    answer = make_response(render_template("exam/paused.html", is_at_end=attempt.paused_at == attempt.deadline_at))
    answer.headers["Refresh"] = str(PAUSED_REFRESH)
    return answer


def running(attempt_id: UUID, epoch: int) -> Attempt:
    """The attempt, if it runs; else the refusal that leads on."""
    attempt = load(attempt_id, epoch)
    if attempt.status == AttemptStatus.READY:
        raise rules.AttemptNotStarted
    if attempt.status == AttemptStatus.ENDED:
        raise rules.AttemptClosed
    if attempt.status == AttemptStatus.PAUSED:
        raise rules.AttemptPaused
    return attempt


@blueprint.get("/questions/<int:position>")
@candidate_only
def question(position: int, attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """One question with its palette."""
    attempt = running(attempt_id, epoch)
    if get_sheet(attempt.form_id).navigation == Navigation.FORWARD:
        with transaction():
            attempt = queries.lock_attempt(attempt_id)
            delivery.open_position(attempt, position)
    else:
        delivery.place_of(attempt_id, position)
    shown = questions_of(attempt)
    typed_at, typed = session.pop("typed", None) or (None, None)
    return render_template(
        "exam/question.html", questions=shown, question=shown[position - 1], seen=access.now_seen(position),
        typed=typed if typed_at == position else None,
        forward=get_sheet(attempt.form_id).navigation == Navigation.FORWARD,
    )  # fmt: skip


@blueprint.get("/questions/<int:position>/part")
@candidate_only
def part(position: int, attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """The question alone, for a page of this test that is open: all that changes on it from one to the next.

    ``?ahead=`` so many that follow come along (``AHEAD`` at most), so that going on asks nothing of the server. A test
    that goes forward only has whole pages: there it counts which questions were opened.
    """
    web.show_refusals(show_refusal)
    ahead = min(request.args.get("ahead", 0, type=int), AHEAD)
    shown = delivery.places_from(attempt_id, position, 1 + max(ahead, 0))
    row, saved = question_queries.open_questions(attempt_id, epoch, shown, now=request_now())
    sheet = get_sheet(row.form_id)
    if sheet.navigation == Navigation.FORWARD:
        abort(404)
    access.now_seen(position)
    # Not by way of Flask: what it adds for whole pages (menus, who has signed in) nothing here asks for.
    asked, zone = current_app.jinja_env.get_template("exam/_asked.html"), ZoneInfo(row.time_zone)
    return compressed("\n".join(
        asked.render(
            question=shown_at(number, row.order, sheet, saved.get(place, rules.NOTHING_SAVED)),
            total=len(sheet.items), sheet=sheet, content_language=row.language, zone=zone, pages="exam", typed=None,
        )
        for number, place in enumerate(shown, position)
    ))  # fmt: skip


@blueprint.post("/questions/<int:position>")
@candidate_only
def answer(position: int, attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """Save the answer of the form and go where the button says.

    One that comes too late, or from a workstation that was left, is kept and never scored.
    """
    try:
        attempt = load(attempt_id, epoch)
    except rules.ContinuedElsewhere:
        _save(attempt_id, epoch, position, _chosen(access.own_attempt(attempt_id), position))
        raise
    chosen = _chosen(attempt, position)
    is_new = position_changed(attempt_id, position, chosen, request.form.get("flag"))
    if is_new and _save(attempt_id, epoch, position, chosen).late:
        return show_refusal(rules.AttemptClosed())
    return redirect(_next_page(request.form.get("go", "stay"), position), 303)


def _save(attempt_id: UUID, epoch: int, position: int, chosen: Sequence[str]) -> saving.Receipt:
    flag = request.form.get("flag")
    return saving.save(
        attempt_id, epoch, position, chosen, revision=_revision(), now=request_now(),
        flagged=None if flag is None else flag == "1",
    )  # fmt: skip


def _chosen(attempt: Attempt, position: int) -> Sequence[str]:
    """The answer of the form in its one way of writing; a button of an ordering question carries the order it makes.

    Raises:
        InvalidResponse: it is none of this question; what was typed stays in its field.
    """
    if request.form.get("clear"):
        return ()
    order = request.form.get("order", "")
    said = order.split(",") if order else [one for one in request.form.getlist("response") if one.strip()]
    item = get_sheet(attempt.form_id).items[delivery.place_of(attempt.id, position)]
    session["typed"] = [position, said[0][:TYPED_MAX]] if said and item.kind.name == ItemKind.NUMERIC else None
    kept = rules.check_response(said, item.kind, item.parts)
    session.pop("typed")
    return kept


def position_changed(attempt_id: UUID, position: int, chosen: Sequence[str], flag: str | None) -> bool:
    """Whether the form says anything new; a look at a question is no event."""
    place = delivery.place_of(attempt_id, position)
    known = queries.saved_answers(attempt_id).get(place, rules.NOTHING_SAVED)
    return tuple(chosen) != known.response or (flag is not None and (flag == "1") != known.flagged)


def _revision() -> int:
    text = request.form.get("revision", "")
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        abort(400)
    return int(text)


def _next_page(go: str, position: int) -> str:
    if go == "review":
        return url_for("exam.review")
    return url_for("exam.question", position=int(go) if re.fullmatch(r"[1-9][0-9]{0,4}", go) else position)


@blueprint.get("/review")
@candidate_only
def review(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """All answers at a glance before the end."""
    attempt = running(attempt_id, epoch)
    forward = get_sheet(attempt.form_id).navigation == Navigation.FORWARD
    return render_template("exam/review.html", questions=questions_of(attempt), forward=forward)


@blueprint.get("/finish")
@candidate_only
def finish_page(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """Whether the candidate means it."""
    return render_template("exam/finish.html", questions=questions_of(running(attempt_id, epoch)))


@blueprint.post("/finish")
@candidate_only
def finish(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """End the test; the score is on the next page."""
    load(attempt_id, epoch)
    with transaction():
        delivery.submit(attempt_id, epoch, now=request_now())
    return redirect(url_for("exam.result"), 303)


@blueprint.post("/language")
@candidate_only
def language(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """Switch the language of the test, and of the page, in mid-test."""
    load(attempt_id, epoch)
    with transaction():
        delivery.set_language(attempt_id, epoch, request.form.get("language", ""), now=request_now())
    session["language"] = request.form["language"]
    return redirect(web.local_target(request.form.get("next")), 303)
