"""The practice test, open to all: no code, nothing in the database; the pages and the script of the exam itself."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from core import i18n, web
from core.audit import plain
from core.clock import request_now
from core.i18n import current_language
from core.static import compressed
from question_bank.rules import ItemKind
from testing_center import access
from testing_center.rules.delivery import AttemptClosed
from testing_center.services import practice as services
from testing_center.views.questions import Question

KEPT = "practice"  # of the session
LANGUAGES = ("ky", "ru")  # of the questions
TYPED_MAX = 40

blueprint = Blueprint("practice", __name__, url_prefix="/exam/practice")


@blueprint.context_processor
def practice_context() -> dict[str, Any]:
    """What the pages of the exam show, of the practice; the questions are in the page's language, where they are."""
    language = current_language()
    runs = {"remaining": services.remaining(session[KEPT], now=request_now())} if KEPT in session else {}
    return runs | {
        "pages": "practice", "frame": "exam/_practice.html", "forward": False, "zone": i18n.zone(),
        "content_language": language if language in LANGUAGES else LANGUAGES[0],
    }  # fmt: skip


@blueprint.get("/")
@web.public
def index() -> ResponseReturnValue:
    """What the practice is; whoever sits a real test goes back to it."""
    if access.is_inside():
        return redirect(url_for("exam.resume"), 303)
    minutes = int(services.LASTS.total_seconds() // 60)
    return render_template("exam/practice.html", total=len(services.samples()), minutes=minutes, runs=_runs())


@blueprint.post("/")
@web.public
def start() -> ResponseReturnValue:
    """Begin anew."""
    session[KEPT] = services.begin(secrets.randbelow(10**6), now=request_now())
    return redirect(url_for("practice.question", position=1), 303)


@blueprint.get("/resume")
@web.public
def resume() -> ResponseReturnValue:
    """Go on at the first question without an answer."""
    if not _runs():
        return redirect(_elsewhere(), 303)
    first = next((question.position for question in _questions() if not question.is_answered), 1)
    return redirect(url_for("practice.question", position=first), 303)


@blueprint.get("/<int:position>")
@web.public
def question(position: int) -> ResponseReturnValue:
    """One question with its palette."""
    _check(position)
    if not _runs():
        return redirect(_elsewhere(), 303)
    session[KEPT] = services.see(session[KEPT], position)
    return _question(position)


@blueprint.get("/<int:position>/part")
@web.public
def part(position: int) -> ResponseReturnValue:
    """The question alone, for a page that is open, as in the real test."""
    _check(position)
    if not _runs():
        return redirect(_elsewhere(), 303)
    session[KEPT] = services.see(session[KEPT], position)
    shown = _questions()
    return compressed(render_template("exam/_asked.html", question=shown[position - 1], total=len(shown), typed=None))


@blueprint.post("/<int:position>")
@web.public
def answer(position: int) -> ResponseReturnValue:
    """Keep the answer and go where the button says; after the end nothing changes any more."""
    _check(position)
    if not _runs():
        return redirect(_elsewhere(), 303)
    order, flag = request.form.get("order", ""), request.form.get("flag")
    said = order.split(",") if order else [one for one in request.form.getlist("response") if one.strip()]
    state = services.answer(
        session[KEPT], position, () if request.form.get("clear") else said,
        flagged=None if flag is None else flag == "1", now=request_now(),
    )  # fmt: skip
    if state is None:
        flash(str(services.samples()[position - 1].item.kind.misread), "warn")
        return _question(position, said[0][:TYPED_MAX]), 422
    session[KEPT] = state
    return redirect(_next_page(request.form.get("go", ""), position), 303)


def _next_page(go: str, position: int) -> str:
    if go == "review":
        return url_for("practice.review")
    known = re.fullmatch(r"[0-9]{1,3}", go) and 1 <= int(go) <= len(services.samples())
    return url_for("practice.question", position=int(go) if known else position)


@blueprint.put("/responses/<int:position>")
@web.public
def save(position: int) -> ResponseReturnValue:
    """Keep an answer as it is chosen: asked and answered as by the delivery API, so that its script serves here too."""
    _check(position)
    if not _runs():
        return web.problem(409, AttemptClosed.code, str(AttemptClosed()))
    data = request.get_json()
    said, revision, flagged = (data.get(name) for name in ("response", "revision", "flagged"))
    if not isinstance(said, list) or type(revision) is not int or type(flagged) is not bool:
        abort(400)
    state = services.answer(session[KEPT], position, said, flagged=flagged, now=request_now())
    if state is None:
        return web.problem(422, "invalid_response", str(services.samples()[position - 1].item.kind.misread))
    session[KEPT] = state
    kept = services.saved(state, position)
    return jsonify(
        position=position, response=list(kept.response), revision=revision, flagged=kept.flagged,
        saved_at=plain(kept.saved_at or request_now()), remaining_seconds=services.remaining(state, now=request_now()),
    )  # fmt: skip


@blueprint.get("/review")
@web.public
def review() -> ResponseReturnValue:
    """All answers at a glance before the end."""
    return render_template("exam/review.html", questions=_questions()) if _runs() else redirect(_elsewhere(), 303)


@blueprint.get("/finish")
@web.public
def finish_page() -> ResponseReturnValue:
    """Whether the person means it."""
    return render_template("exam/finish.html", questions=_questions()) if _runs() else redirect(_elsewhere(), 303)


@blueprint.post("/finish")
@web.public
def finish() -> ResponseReturnValue:
    """End the practice; what was right is on the next page."""
    if KEPT in session:
        session[KEPT] = services.end(session[KEPT])
    return redirect(_elsewhere(), 303)


@blueprint.post("/language")
@web.public
def language() -> ResponseReturnValue:
    """Switch the language of the questions, and of the page."""
    if request.form.get("language") in LANGUAGES:
        session["language"] = request.form["language"]
    return redirect(web.local_target(request.form.get("next")), 303)


@blueprint.get("/result")
@web.public
def result() -> ResponseReturnValue:
    """What was right, once it is over."""
    if KEPT not in session or _runs():
        return redirect(_elsewhere(), 303)
    shown_in = practice_context()["content_language"]
    return render_template("exam/practice_result.html", judged=services.judged(session[KEPT], shown_in))


def _runs() -> bool:
    return KEPT in session and not services.is_over(session[KEPT], now=request_now())


def _elsewhere() -> str:
    """Where somebody goes who cannot be on this page: to the end of what they began, or to the beginning."""
    if KEPT not in session:
        return url_for("practice.index")
    return url_for("practice.question", position=1) if _runs() else url_for("practice.result")


def _check(position: int) -> None:
    if not 1 <= position <= len(services.samples()):
        abort(404)


def _questions() -> list[Question]:
    state = session[KEPT]
    return [
        Question(position, sample.item, *services.order_of(state, position), services.saved(state, position))
        for position, sample in enumerate(services.samples(), start=1)
    ]


def _question(position: int, typed: str | None = None) -> str:
    shown = _questions()
    is_number = shown[position - 1].item.kind.name == ItemKind.NUMERIC
    return render_template(
        "exam/question.html", questions=shown, question=shown[position - 1], seen=set(session[KEPT]["seen"]),
        typed=typed if is_number else None,
    )  # fmt: skip
