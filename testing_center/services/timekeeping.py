"""The clock of an attempt: stopped, set going, and moved by what was given. Each change is a row and an audit entry.

Attempts are locked by the caller. Each function returns what is to be recorded, so that an act upon a whole hall
writes its entries at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from core import audit
from core.db import db
from testing_center.models.attempts import Attempt
from testing_center.models.hall import Extension, HallAct, Pause
from testing_center.rules.delivery import AttemptStatus
from testing_center.rules.time import Span, TimeKind, length

Said = tuple[str, object, dict[str, Any]]
STOPPED, RUNS, GIVEN = "time.stopped", "time.runs", "time.given"


def stop(attempt: Attempt, act: HallAct | None, *, at: datetime) -> list[Said]:
    """Stop the clock of an attempt in progress, at a moment not after its deadline; ``act`` None: it was out of reach.

    The pause gives back what it takes when :func:`run` ends it.
    """
    attempt.status, attempt.paused_at = AttemptStatus.PAUSED, at
    db.session.add(Pause(id=uuid4(), attempt_id=attempt.id, act_id=act.id if act else None, began_at=at))
    return [(STOPPED, attempt, {"act": act.id if act else None, "from": at})]


def granted(attempt: Attempt) -> dict[str, int]:
    """What the start of an attempt says of time that was granted to the person beforehand; its row, if there is any."""
    if not attempt.extra_minutes or attempt.started_at is None:
        return {}
    more = timedelta(minutes=attempt.extra_minutes)
    db.session.add(
        Extension(
            id=uuid4(), attempt_id=attempt.id, kind=TimeKind.ACCOMMODATION, length=more, spans=[],
            at=attempt.started_at,
        )
    )  # fmt: skip
    return {"extra_minutes": attempt.extra_minutes}


def run(attempt: Attempt, pause: Pause, act: HallAct, *, now: datetime) -> list[Said]:
    """End the pause: the attempt has exactly the time that it had when the clock stopped."""
    said, took = time_up(attempt, pause, act, now=now), [(pause.began_at, now)]
    return [*said, *give(attempt, TimeKind.PAUSE, length(took), act, took, now=now)] if pause.began_at < now else said


def time_up(attempt: Attempt, pause: Pause, act: HallAct, *, now: datetime) -> list[Said]:
    """End the pause of an attempt that was out of reach at its deadline without giving time: the clock closes it."""
    attempt.status, attempt.paused_at = AttemptStatus.IN_PROGRESS, None
    pause.ended_at, pause.ended_by_act_id = now, act.id
    return [(RUNS, attempt, {"act": act.id})]


def give(
    attempt: Attempt, kind: TimeKind, more: timedelta, act: HallAct, spans: Sequence[Span] = (), *, now: datetime
) -> list[Said]:
    """Move the deadline of an attempt by ``more``; ``spans`` is the proof of what was lost."""
    if attempt.deadline_at is None:
        raise RuntimeError(f"attempt {attempt.id} has no deadline to move")
    attempt.deadline_at += more
    proof = [[audit.plain(began), audit.plain(ended)] for began, ended in spans]
    row = Extension(id=uuid4(), attempt_id=attempt.id, kind=kind, length=more, spans=proof, act_id=act.id, at=now)
    db.session.add(row)
    return [(GIVEN, attempt, {"act": act.id, "row": row.id, **_measured(row), "deadline_at": attempt.deadline_at})]


def _measured(row: Extension) -> dict[str, Any]:
    return {"kind": str(row.kind), "microseconds": row.length // timedelta(microseconds=1), "spans": row.spans}


@audit.witness(GIVEN)
def _given_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The row is still there and says what the trail says."""
    said = audit.facts(entry)
    row = db.session.get(Extension, UUID(said["row"]))
    if row is None or row.attempt_id != audit.subject_id(entry):
        yield "time that was given is missing from the record"
    elif not {"act": str(row.act_id), **_measured(row)}.items() <= said.items() or row.at != entry.at:
        yield "time that was given was altered"


@dataclass(frozen=True)
class Given:
    """All that the trail says was given to an attempt while it ran: ``rows`` are ids of extensions."""

    total: timedelta
    rows: frozenset[str]


def given_by_trail(attempt: Attempt) -> Given:
    """What the trail says of an attempt's time."""
    entries = db.session.scalars(
        select(audit.AuditEntry).where(
            audit.AuditEntry.subject == audit.name_of(attempt), audit.AuditEntry.action == GIVEN
        )
    )
    said = [audit.facts(entry) for entry in entries]
    total = timedelta(microseconds=sum(one.get("microseconds", 0) for one in said))
    return Given(total, frozenset(one["row"] for one in said if "row" in one))


def is_known(attempt: Attempt, given: Given, *, extra_minutes: int) -> bool:
    """Whether the record has no other time than the trail: rows that were given, and what was granted beforehand."""
    rows = list(db.session.scalars(select(Extension).where(Extension.attempt_id == attempt.id)))
    beforehand = [(row.length, row.at) for row in rows if row.kind == TimeKind.ACCOMMODATION]
    granted_then = [(timedelta(minutes=extra_minutes), attempt.started_at)] if extra_minutes else []
    own = {str(row.id) for row in rows if row.kind != TimeKind.ACCOMMODATION}
    return own <= given.rows and (beforehand, attempt.extra_minutes) == (granted_then, extra_minutes)


def has_unknown_pause(attempt: Attempt) -> bool:
    """Whether the record has more pauses than the trail."""
    known = select(audit.AuditEntry.number).where(
        audit.AuditEntry.subject == audit.name_of(attempt), audit.AuditEntry.action == STOPPED
    )
    rows = select(Pause.id).where(Pause.attempt_id == attempt.id)
    return len(db.session.scalars(rows).all()) > len(db.session.scalars(known).all())
