"""Reading attempts, results and protocols for staff pages; no link is opened here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, Text, cast, func, select
from sqlalchemy.orm import contains_eager, joinedload

from core.db import db
from testing_center.models.attempts import Attempt, Protocol, ResponseEvent, Result
from testing_center.models.sittings import Sitting, SittingProtocol
from testing_center.staff_queries import found


def attempts_of(sitting: Sitting) -> list[Attempt]:
    """Attempts of the sitting by number, with their forms."""
    query = select(Attempt).where(Attempt.sitting_id == sitting.id).options(joinedload(Attempt.form))
    return list(db.session.scalars(query.order_by(Attempt.number)))


@dataclass(frozen=True)
class Progress:
    """How far an attempt is: questions answered now, last save, answers that came too late."""

    answered: int = 0
    saved_at: datetime | None = None
    late: int = 0


def progress_of(sitting: Sitting) -> dict[UUID, Progress]:
    """Progress of each attempt that has saved anything (2 statements)."""
    place = (ResponseEvent.attempt_id, ResponseEvent.place)
    newest = func.row_number().over(
        partition_by=place, order_by=(ResponseEvent.epoch.desc(), ResponseEvent.revision.desc())
    )
    latest = (
        select(ResponseEvent.attempt_id, ResponseEvent.response, newest.label("newest"))
        .join(Attempt, Attempt.id == ResponseEvent.attempt_id)
        .where(Attempt.sitting_id == sitting.id, ResponseEvent.is_late.is_(False))
        .subquery()
    )
    answered = db.session.execute(
        select(latest.c.attempt_id, func.count())
        .where(latest.c.newest == 1, cast(latest.c.response, Text) != "[]")
        .group_by(latest.c.attempt_id)
    )
    counts: dict[UUID, int] = dict(answered.all())
    late = func.sum(func.coalesce(cast(ResponseEvent.is_late, Integer), 0))
    rows = db.session.execute(
        select(ResponseEvent.attempt_id, func.max(ResponseEvent.saved_at), late)
        .join(Attempt, Attempt.id == ResponseEvent.attempt_id)
        .where(Attempt.sitting_id == sitting.id)
        .group_by(ResponseEvent.attempt_id)
    )
    return {attempt_id: Progress(counts.get(attempt_id, 0), saved_at, int(n)) for attempt_id, saved_at, n in rows}


def newest_results(sitting: Sitting) -> dict[UUID, Result]:
    """The result in force of each attempt that has one."""
    query = select(Result).join(Result.attempt).where(Attempt.sitting_id == sitting.id).order_by(Result.revision)
    return {result.attempt_id: result for result in db.session.scalars(query)}


def _protocols(*conditions: Any) -> Select[Any]:
    query = select(Protocol).join(Protocol.result).join(Result.attempt).where(*conditions)
    return query.options(contains_eager(Protocol.result).contains_eager(Result.attempt))


def newest_protocols(sitting: Sitting) -> list[Protocol]:
    """The protocol in force of each attempt, by number."""
    rows: Iterable[Protocol] = db.session.scalars(
        _protocols(Attempt.sitting_id == sitting.id).order_by(Protocol.number, Protocol.version)
    )
    return list({protocol.number: protocol for protocol in rows}.values())


def get_protocol(protocol_id: UUID) -> Protocol:
    """The protocol with result and attempt, or 404."""
    protocol: Protocol | None = db.session.scalar(_protocols(Protocol.id == protocol_id))
    return found(protocol)


def newest_version(number: str) -> int:
    """The version of the protocol that is in force."""
    return db.session.scalar(select(func.max(Protocol.version)).where(Protocol.number == number)) or 0


def scores_in_force(sitting_id: UUID) -> dict[str, Any]:
    """Score, maximum and outcome in force by public number (1 statement, no rows of the session)."""
    rows = db.session.execute(
        select(Attempt.number, Result.score, Result.maximum, Result.outcome)
        .join(Result, Result.attempt_id == Attempt.id)
        .where(Attempt.sitting_id == sitting_id)
        .order_by(Result.revision)
    )
    return {row.number: row for row in rows}


def summary_protocols(sitting_id: UUID) -> list[SittingProtocol]:
    """Every version of the summary protocol, the newest first; none while the sitting runs."""
    query = select(SittingProtocol).where(SittingProtocol.sitting_id == sitting_id)
    return list(db.session.scalars(query.order_by(SittingProtocol.version.desc())))


def summary_protocol(sitting: Sitting) -> SittingProtocol | None:
    """The summary protocol in force; None while the sitting runs."""
    return next(iter(summary_protocols(sitting.id)), None)
