"""Rescoring everybody who sat a form: the comparison, and the new results and protocols that follow from it (¶26, 35).

The comparison takes a constant number of statements however many attempts there are: answers come in one ordered
stream. New results are written by hundreds, each with a version of the protocol that names the one before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, String, func, select, true, type_coerce
from sqlalchemy.orm import joinedload

from competitions.models import Competition
from core import audit
from core.crypto import canonical, seal_with, sha256
from core.db import db
from testing_center import queries
from testing_center.models.attempts import Attempt, Protocol, ResponseEvent, Result
from testing_center.models.errata import Correction
from testing_center.models.places import Room
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.errata import AnswersAltered
from testing_center.rules.rescoring import Rescored, Restated, Why, restate
from testing_center.rules.scoring import Event, KeyedItem, Outcome, score
from testing_center.services import bars, notices, results
from testing_center.services.links import open_link, sitting_key
from testing_center.sheets import get_sheet

Progress = Callable[[int, int], None]  # attempts done, of how many
CHUNK = 250


def compare(
    form_id: UUID, key: Sequence[KeyedItem], restated: Mapping[UUID, Restated], *,
    only: Collection[UUID] | None = None, progress: Progress | None = None,
) -> tuple[Rescored, ...]:  # fmt: skip
    """Every result in force on the form beside the one that ``key`` gives, by public number.

    Where an answer of an attempt is restated, that one is scored instead of the recorded one. ``only`` limits the
    comparison to these attempts. Attempts of annulled sittings are left out; those that never began have no result.
    """
    cut_score, found = get_sheet(form_id).cut_score, {row.id: row for row in _in_force(form_id, only)}
    total, rescored = len(found), {}
    for key_of_attempt, events in groupby(_answers(form_id, only), key=itemgetter(0)):
        attempt_id = UUID(str(key_of_attempt))
        if attempt_id in found:
            answers = [Event(row.place, row.epoch, row.revision, _chosen(row.response)) for row in events]
            answers = restate(answers, restated.get(attempt_id, {}))
            rescored[attempt_id] = _compared(found[attempt_id], key, answers, cut_score)
            if progress and len(rescored) % CHUNK == 0:
                progress(len(rescored), total)
    for attempt_id in found.keys() - rescored.keys():  # nothing was ever answered
        answers = restate([], restated.get(attempt_id, {}))
        rescored[attempt_id] = _compared(found[attempt_id], key, answers, cut_score)
    if progress:
        progress(total, total)
    return tuple(sorted(rescored.values(), key=lambda row: row.number))


def _in_force(form_id: UUID, only: Collection[UUID] | None) -> list[Any]:
    newest = select(Result.attempt_id, func.max(Result.revision).label("revision")).group_by(Result.attempt_id)
    last = newest.subquery()
    return list(
        db.session.execute(
            select(
                Attempt.id, Attempt.number, Attempt.round, Attempt.competition_id, Result.id.label("result_id"),
                Competition.number.label("competition"), Sitting.number.label("sitting"), Result.revision,
                Result.score, Result.outcome, Result.areas,
            )
            .join(Result, Result.attempt_id == Attempt.id)
            .join(last, (last.c.attempt_id == Result.attempt_id) & (last.c.revision == Result.revision))
            .join(Sitting, Sitting.id == Attempt.sitting_id)
            .join(Competition, Competition.id == Attempt.competition_id)
            .where(
                Attempt.form_id == form_id, Attempt.sitting_id.not_in(queries.annulled_sittings()), _among(only)
            )
        )
    )  # fmt: skip


def _among(only: Collection[UUID] | None) -> ColumnElement[bool]:
    return true() if only is None else Attempt.id.in_(only)


# Hundreds of thousands of answers: ids and responses are taken as the driver gives them, for each is one of few.
_OF_ATTEMPT = type_coerce(ResponseEvent.attempt_id, String).label("of_attempt")
_RESPONSE = type_coerce(ResponseEvent.response, String).label("response")


def _chosen(response: str | list[str]) -> tuple[str, ...]:
    """A response as SQLite (text) or PostgreSQL (a list) gives it."""
    return _parsed(response) if isinstance(response, str) else tuple(response)


@lru_cache(maxsize=4096)
def _parsed(response: str) -> tuple[str, ...]:
    return tuple(json.loads(response))


def _answers(form_id: UUID, only: Collection[UUID] | None) -> Iterator[Any]:
    """Answers that came in time, attempt after attempt."""
    return iter(
        db.session.execute(
            select(_OF_ATTEMPT, ResponseEvent.place, ResponseEvent.epoch, ResponseEvent.revision, _RESPONSE)
            .join(Attempt, Attempt.id == ResponseEvent.attempt_id)
            .where(Attempt.form_id == form_id, ResponseEvent.is_late.is_(False), _among(only))
            .order_by(ResponseEvent.attempt_id, ResponseEvent.id)
            .execution_options(yield_per=5000)
        )
    )  # fmt: skip


def _compared(row: Any, key: Sequence[KeyedItem], answers: list[Event], cut_score: int) -> Rescored:
    scored = score(key, answers)
    return Rescored(
        attempt_id=row.id, number=row.number, sitting=row.sitting, competition_id=row.competition_id,
        competition=row.competition, round=row.round, result_id=row.result_id, revision=row.revision,
        old_score=row.score, new_score=scored.total, old_outcome=row.outcome,
        new_outcome=scored.outcome(cut_score),
        old_points={area["code"]: (area["items"], area["points"]) for area in row.areas},
        new_points={code: (items, points) for code, (items, points, _maximum) in scored.areas.items()},
    )  # fmt: skip


def fix(
    correction: Correction,
    rows: Sequence[Rescored],
    *,
    by: audit.Actor,
    now: datetime,
    progress: Progress | None = None,
) -> None:
    """New results, protocols, bars and letters for all ``rows``; who gained or lost nothing is told so.

    Raises:
        AnswersAltered: answers are no longer those that the result was fixed with; nothing may be built on them.
    """
    iterator, done = iter(rows), 0
    while chunk := list(islice(iterator, CHUNK)):
        attempts = _attempts(chunk)
        people = _participants(attempts)
        changed = [row for row in chunk if row.changes]
        protocols = _supersede(correction, changed, attempts, by=by, now=now)
        for row in chunk:
            attempt, participant = attempts[row.attempt_id], people[row.attempt_id]
            if row.crosses and row.round == 0:
                move = bars.lift_bar if row.new_outcome == Outcome.MEETS else bars.set_bar
                move(attempt, participant.person_id, now=now)
            why = _why(correction, row.attempt_id)
            notices.tell_corrected(row, participant, protocols.get(row.attempt_id), why, now=now)
        db.session.flush()
        done += len(chunk)
        if progress:
            progress(done, len(rows))


def _attempts(rows: Sequence[Rescored]) -> dict[UUID, Attempt]:
    place = joinedload(Attempt.sitting).joinedload(Sitting.room).joinedload(Room.centre)
    query = select(Attempt).where(Attempt.id.in_([row.attempt_id for row in rows])).options(place)
    return {attempt.id: attempt for attempt in db.session.scalars(query)}


def _participants(attempts: dict[UUID, Attempt]) -> dict[UUID, Participant]:
    behind = {attempt.id: open_link(attempt.sitting, attempt).participant_id for attempt in attempts.values()}
    query = select(Participant).where(Participant.id.in_(behind.values()))
    query = query.options(joinedload(Participant.person), joinedload(Participant.competition))
    found = {participant.id: participant for participant in db.session.scalars(query)}
    return {attempt_id: found[participant_id] for attempt_id, participant_id in behind.items()}


def _supersede(
    correction: Correction, rows: Sequence[Rescored], attempts: dict[UUID, Attempt], *, by: audit.Actor, now: datetime
) -> dict[UUID, Protocol]:  # fmt: skip
    """A new result and a new version of the protocol for each of these attempts."""
    if not rows:
        return {}
    wanted = [row.result_id for row in rows]
    old = {found.attempt_id: found for found in db.session.scalars(select(Result).where(Result.id.in_(wanted)))}
    before = {p.result_id: p for p in db.session.scalars(select(Protocol).where(Protocol.result_id.in_(wanted)))}
    _check_answers(old, attempts)
    made = {row.attempt_id: _next_result(row, old[row.attempt_id], now=now) for row in rows}
    db.session.add_all(made.values())
    said = [
        ("attempt.rescored", attempts[row.attempt_id], _facts(correction, row, made[row.attempt_id])) for row in rows
    ]
    protocols = {}
    for row, entry in zip(rows, audit.record_all(said, by=by, at=now), strict=True):
        protocols[row.attempt_id] = _next_protocol(
            correction, attempts[row.attempt_id], made[row.attempt_id], before[row.result_id], entry, now=now
        )
    db.session.add_all(protocols.values())
    audit.record_all(
        [
            ("protocol.issued", p, {"number": p.number, "version": p.version, "content": p.content_digest})
            for p in protocols.values()
        ],
        by=by,
        at=now,
    )
    return protocols


def _why(correction: Correction, attempt_id: UUID) -> Why:
    """What the correction is for this attempt: of the form, of its own answers, or both."""
    concerned = {erratum.attempt_id for erratum in correction.errata}
    return Why(is_of_form=None in concerned, is_restated=attempt_id in concerned)


def _named(correction: Correction, attempt: Attempt) -> dict[str, Any]:
    """The correction as a protocol names it, with the questions by their numbers on this candidate's screen."""
    order = attempt.order["items"]

    def numbers(attempt_id: UUID | None) -> list[int]:
        return sorted(order.index(one.place) + 1 for one in correction.errata if one.attempt_id == attempt_id)

    said = {"number": correction.number, "questions": numbers(None)}
    restated = numbers(attempt.id)
    return {**said, "restated": restated} if restated else said


def _check_answers(old: dict[UUID, Result], attempts: dict[UUID, Attempt]) -> None:
    events = db.session.execute(
        select(
            ResponseEvent.attempt_id, ResponseEvent.place, ResponseEvent.epoch, ResponseEvent.revision,
            ResponseEvent.response, ResponseEvent.flagged, ResponseEvent.language, ResponseEvent.saved_at,
            ResponseEvent.is_late,
        )
        .where(ResponseEvent.attempt_id.in_(old)).order_by(ResponseEvent.attempt_id, ResponseEvent.id)
    )  # fmt: skip
    found = {attempt_id: list(rows) for attempt_id, rows in groupby(events, key=lambda row: row.attempt_id)}
    for attempt_id, result in old.items():
        if results.responses_digest(found.get(attempt_id, [])) != result.responses_digest:
            raise AnswersAltered(number=attempts[attempt_id].number)


def _next_result(row: Rescored, old: Result, *, now: datetime) -> Result:
    return Result(
        id=uuid4(), attempt_id=row.attempt_id, revision=old.revision + 1, supersedes_id=old.id, score=row.new_score,
        maximum=old.maximum, cut_score=old.cut_score, outcome=row.new_outcome,
        areas=[{**area, "points": row.new_points[area["code"]][1]} for area in old.areas],
        scoring_version=old.scoring_version, responses_digest=old.responses_digest, created_at=now,
    )  # fmt: skip


def _facts(correction: Correction, row: Rescored, result: Result) -> dict[str, Any]:
    return {
        "correction": correction.id, "result": result.id, "supersedes": row.result_id, "score": result.score,
        "maximum": result.maximum, "cut_score": result.cut_score, "outcome": str(result.outcome),
        "areas": results.points_by_area(result), "before": row.old_score,
    }  # fmt: skip


def _next_protocol(
    correction: Correction, attempt: Attempt, result: Result, before: Protocol, entry: audit.AuditEntry, *,
    now: datetime,
) -> Protocol:  # fmt: skip
    """The version after ``before``: what that one said, with the new result and the reason for it."""
    protocol = Protocol(
        id=uuid4(), number=before.number, version=before.version + 1, result_id=result.id, supersedes_id=before.id,
        verification_code=results.new_verification_code(), audit_number=entry.number, created_at=now,
    )  # fmt: skip
    key, said = sitting_key(attempt.sitting), results.open_content_with(before, attempt)
    changed: dict[str, Any] = {
        "version": protocol.version, "issued_at": now, **results.stated(attempt, result),
        "supersedes": {
            "number": before.number, "version": before.version, "digest": before.content_digest,
            "score": said["result"]["score"],
        },
        "correction": _named(correction, attempt),
        "audit": {"entry": entry.number, "head": entry.hash},
        "verification": results.verification(protocol.verification_code),
    }  # fmt: skip
    content = canonical({**said, **audit.plain(changed)})
    protocol.content_digest = sha256(content)
    protocol.content_sealed = seal_with(key, content, ("protocol", str(protocol.id), "content"))
    return protocol
