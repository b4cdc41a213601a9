"""The delivery API that the exam page itself uses (contracts: Delivery API); described by ``/api/v1/openapi.json``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from core import web
from core.audit import plain
from core.clock import request_now
from core.db import transaction
from core.markup import Text, address, images
from core.pictures import MEDIA_TYPES
from core.sessions import session_token
from regulation.law import law
from testing_center import access, queries
from testing_center.access import candidate_only, current_attempt
from testing_center.models.attempts import Attempt, Result
from testing_center.rules import delivery as rules
from testing_center.rules.delivery import AttemptClosed, AttemptStatus, EndKind
from testing_center.services import delivery, entry, saving
from testing_center.services import pulse as pulses
from testing_center.services.links import participant_of
from testing_center.services.saving import Receipt
from testing_center.sheets import SheetItem, SheetOption, get_sheet
from testing_center.views.openapi import DOCUMENT

SEEN_MOST = 50  # messages that a page reports as read at once

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


def body() -> dict[str, Any]:
    """The JSON object of the request; 400 for anything else, 415 for another content type."""
    try:
        data = request.get_json()
    except RecursionError:  # brackets within brackets without end
        abort(400)
    if not isinstance(data, dict):
        abort(400)
    return data


def text(data: dict[str, Any], name: str, *, default: str | None = None) -> str:
    """A string member; 400 where it is missing or something else."""
    value = data.get(name, default)
    if not isinstance(value, str):
        abort(400)
    return value


@blueprint.get("/openapi.json")
@web.public
def openapi() -> ResponseReturnValue:
    """What this API is."""
    return jsonify(DOCUMENT)


@blueprint.post("/entry")
@web.csrf.exempt
@web.public
def enter() -> ResponseReturnValue:
    """Enter with a code."""
    data = body()
    attempt = entry.enter(
        text(data, "code"), text(data, "resume", default=""), request.remote_addr or "-", now=request_now(),
        in_safe_browser=access.in_safe_browser(),
    )  # fmt: skip
    access.remember(attempt)
    sheet, sitting = get_sheet(attempt.form_id), attempt.sitting
    return jsonify(
        csrf_token=session_token(),
        candidate={"name": participant_of(attempt).person.full_name},
        sitting={
            "title": sheet.title[attempt.language], "starts_at": plain(sitting.starts_at),
            "place": f"{sitting.centre.name(attempt.language)}, {sitting.room.name}",
        },
        attempt={
            "status": str(attempt.status), "items": len(sheet.items), "duration_seconds": sheet.minutes * 60,
            "form_digest": sheet.digest,
        },
    )  # fmt: skip


@blueprint.post("/attempt")
@candidate_only
def start(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """Start; idempotent."""
    with transaction(keeps=True):
        attempt = delivery.start(attempt_id, epoch, "", now=request_now())
    return jsonify(state(attempt))


@blueprint.get("/attempt")
@candidate_only
def show(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """The attempt as the server has it; questions only while it runs."""
    return jsonify(state(current_attempt(attempt_id, epoch)))


def state(attempt: Attempt) -> dict[str, Any]:
    """What a candidate may know of the attempt: built from shown things only, no key, no correctness."""
    now, sheet = request_now(), get_sheet(attempt.form_id)
    running = (
        attempt.status == AttemptStatus.IN_PROGRESS
        and attempt.deadline_at
        and not rules.is_over(attempt.deadline_at, now=now)
    )
    return {
        "csrf_token": session_token(), "status": str(attempt.status), "server_time": plain(now),
        "deadline_at": plain(attempt.deadline_at),
        "remaining_seconds": (
            rules.remaining_seconds(attempt.deadline_at, now=now, paused_at=attempt.paused_at)
            if attempt.deadline_at
            else None
        ),
        "form_digest": sheet.digest, "language": attempt.language, "items": questions(attempt) if running else [],
    }  # fmt: skip


def questions(attempt: Attempt) -> list[dict[str, Any]]:
    """Questions in the order of this attempt, with the answers saved; in a forward-only test up to the one reached."""
    sheet, saved, language = get_sheet(attempt.form_id), queries.saved_answers(attempt.id), attempt.language
    shown = []
    for position, place, order, targets in attempt.shown():
        if not rules.is_reachable(sheet.navigation, reached=attempt.reached, position=position):
            continue
        item, answer = sheet.items[place], saved.get(place, rules.NOTHING_SAVED)
        shown.append(
            {
                "position": position, **_stem(item, language), "kind": str(item.kind.name),
                "options": [_part("option", item.options[i], language) for i in order],
                "response": list(answer.response), "revision": answer.revision, "flagged": answer.flagged,
                **({"targets": [_part("target", item.targets[i], language) for i in targets]} if targets else {}),
            }
        )  # fmt: skip
    return shown


def _stem(item: SheetItem, language: str) -> dict[str, Any]:
    """The stem in words; of a rich question its HTML besides, and every picture of the question."""
    stem = item.stem[language]
    if not isinstance(stem, Text):
        return {"stem": stem, "media": []}
    texts = [stem, *(part.text[language] for part in (*item.options, *item.targets))]
    return {"stem": str(stem), "stem_html": stem.__html__(), "media": _media(texts)}


def _media(texts: Sequence[str]) -> list[dict[str, str]]:
    shown: dict[str, str] = {}
    for name, alternative in (image for one in texts if isinstance(one, Text) for image in images(one.html)):
        shown.setdefault(name, alternative)
    return [
        {"name": name, "url": address(name), "alt": alternative, "media_type": MEDIA_TYPES[name.rpartition(".")[2]]}
        for name, alternative in shown.items()
    ]


def _part(role: str, part: SheetOption, language: str) -> dict[str, str]:
    shown = part.text[language]
    rich = {"html": shown.__html__()} if isinstance(shown, Text) else {}
    return {role: part.id, "text": str(shown), **rich}


@blueprint.put("/attempt/responses/<int:position>")
@candidate_only
def save(position: int, attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """Save an answer; 200 only after it is durable."""
    data = body()
    response, revision, flagged = data.get("response"), data.get("revision"), data.get("flagged")
    if (
        not isinstance(response, list)
        or type(revision) is not int
        or not 0 < revision < 2**31
        or not (flagged is None or type(flagged) is bool)
    ):
        abort(400)
    receipt = saving.save(attempt_id, epoch, position, response, revision=revision, flagged=flagged, now=request_now())
    if receipt.late:  # what is kept is recorded already: nobody fills the trail with what came after the end
        closed = AttemptClosed()
        return web.problem(closed.status, closed.code, str(closed), kept=receipt.kept)
    return saved_answer(receipt)


def saved_answer(receipt: Receipt) -> ResponseReturnValue:
    """The acknowledgement; written by hand because it is the busiest answer of all."""
    return current_app.response_class(
        json.dumps(
            {
                "position": receipt.position, "response": list(receipt.response), "revision": receipt.revision,
                "flagged": receipt.flagged, "saved_at": plain(receipt.saved_at), "receipt": receipt.receipt,
                "remaining_seconds": receipt.remaining_seconds,
            }
        ),
        mimetype="application/json",
    )  # fmt: skip


@blueprint.post("/attempt/gaps")
@candidate_only
def gap(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """The page could not reach the server for a while; 204 whether or not it is kept."""
    seconds = body().get("seconds")
    if type(seconds) is not int or not 0 < seconds < 2**31:
        abort(400)
    with transaction():
        delivery.report_gap(attempt_id, epoch, seconds, now=request_now())
    return "", 204


@blueprint.post("/attempt/pulse")
@candidate_only
def pulse(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """The page is there; what the staff have done meanwhile. An attempt whose time has run out is closed first."""
    seen = body().get("seen", [])
    if not isinstance(seen, list) or len(seen) > SEEN_MOST:
        abort(400)
    found = pulses.take(attempt_id, epoch, seen=[_id(one) for one in seen], now=request_now())
    if found.status == AttemptStatus.IN_PROGRESS and found.remaining == 0:
        current_attempt(attempt_id, epoch)
    return jsonify(
        status=str(found.status), remaining_seconds=found.remaining, may_start=found.may_start,
        given_seconds=int(found.given.total_seconds()),
        given=[{"id": str(more.id), "seconds": int(more.length.total_seconds())} for more in found.more],
        messages=[{"id": str(message.id), "text": message.text} for message in found.messages],
    )  # fmt: skip


def _id(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        abort(400)


@blueprint.post("/attempt/submit")
@candidate_only
def submit(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """End the test; idempotent."""
    with transaction(keeps=True):
        result = delivery.submit(attempt_id, epoch, now=request_now())
    return jsonify(outcome(result))


@blueprint.get("/attempt/result")
@candidate_only
def result(attempt_id: UUID, epoch: int) -> ResponseReturnValue:
    """The result; an attempt whose time has run out is closed first."""
    current_attempt(attempt_id, epoch)
    found = queries.latest_result(attempt_id)
    if found is None:
        raise rules.AttemptOpen
    return jsonify(outcome(found))


def outcome(result: Result) -> dict[str, Any]:
    """The result as candidates see it (¶25–26, 33)."""
    attempt, regulation = result.attempt, law(result.attempt.law_version)
    # A tie-break test has no cut score and no statement of ¶26: what is said is that the sum of both tests decides.
    statement = regulation.by_sum if attempt.round else regulation.statement(meets=result.outcome == "meets")
    return {
        "score": result.score, "maximum": result.maximum, "cut_score": result.cut_score, "outcome": str(result.outcome),
        "statement": {"ky": statement["ky"], "ru": statement["ru"]}, "submitted_at": plain(attempt.ended_at),
        "ended_by": "candidate" if attempt.end_kind == EndKind.SUBMITTED else str(attempt.end_kind),
        "appeal_until": plain(delivery.appeal_until(attempt, attempt.sitting, now=request_now())),
        "protocol_url": url_for("exam.protocol"),
    }  # fmt: skip
