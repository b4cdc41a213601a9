"""Annulling a sitting: its results do not count, its candidates are called anew; two persons, never a deletion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts.models import User
from core import audit
from core.db import db
from testing_center import queries
from testing_center.models.attempts import Attempt
from testing_center.models.errata import Annulment
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules import errata as rules
from testing_center.rules.errata import CorrectionStatus
from testing_center.rules.scoring import Outcome
from testing_center.rules.sittings import SittingStatus
from testing_center.services import bars, notices
from testing_center.services.links import open_link


def is_annulled(sitting: Sitting) -> bool:
    """Whether the results of the sitting do not count."""
    query = select(Annulment.id).where(Annulment.sitting_id == sitting.id, Annulment.status == CorrectionStatus.APPLIED)
    return db.session.scalar(query) is not None


def annul_prepare(sitting: Sitting, reason: str, *, by: User, now: datetime) -> Annulment:
    """Write down why a closed sitting is to be annulled; nothing changes before another person applies it.

    Raises:
        GroundsMissing: no reason.
        SittingNotClosed: it has not ended.
        AnnulledAlready: an annulment is prepared or applied.
    """
    reason = rules.check_grounds(reason)
    if sitting.status != SittingStatus.CLOSED:
        raise rules.SittingNotClosed
    known = select(Annulment.id).where(
        Annulment.sitting_id == sitting.id, Annulment.status != CorrectionStatus.CANCELLED
    )
    if db.session.scalar(known) is not None:
        raise rules.AnnulledAlready
    annulment = Annulment(
        id=uuid4(), sitting=sitting, reason=reason, status=CorrectionStatus.PREPARED, prepared_by_id=by.id,
        prepared_at=now,
    )  # fmt: skip
    db.session.add(annulment)
    audit.record("annulment.prepared", annulment, by=by, at=now, sitting=sitting.number, reason=reason)
    return annulment


def annul_apply(annulment: Annulment, *, by: User, now: datetime) -> int:
    """Annul the sitting: bars that it brought are lifted, everybody may be registered anew and is told; returns whom.

    Attempts, results and protocols stay in the record.

    Raises:
        NotPrepared: it was applied or cancelled already.
        AnotherPersonNeeded: the one who prepared it.
    """
    _lock(annulment)
    rules.check_may_apply(annulment.status, annulment.prepared_by_id, by.id)
    annulment.status, annulment.decided_by_id, annulment.decided_at = CorrectionStatus.APPLIED, by.id, now
    sitting, people = annulment.sitting, _people(annulment.sitting)
    for attempt in db.session.scalars(select(Attempt).where(Attempt.sitting_id == sitting.id)):
        result = queries.latest_result(attempt.id)
        if result is not None and result.outcome == Outcome.DOES_NOT_MEET and attempt.round == 0:
            person_id = people[open_link(sitting, attempt).participant_id].person_id
            bars.lift_bar(attempt, person_id, now=now)
    for participant in people.values():
        if participant.withdrawn_at is None:
            participant.annulled_at = now
            notices.tell_annulled(participant, now=now)
    audit.record("annulment.applied", annulment, by=by, at=now, sitting=sitting.number, reason=annulment.reason)
    audit.checkpoint("sitting annulled", at=now)
    return len(people)


def _people(sitting: Sitting) -> dict[object, Participant]:
    query = select(Participant).where(Participant.sitting_id == sitting.id)
    query = query.options(joinedload(Participant.person), joinedload(Participant.competition))
    return {participant.id: participant for participant in db.session.scalars(query)}


def annul_cancel(annulment: Annulment, reason: str, *, by: User, now: datetime) -> None:
    """Cancel a prepared annulment.

    Raises:
        NotPrepared, GroundsMissing.
    """
    _lock(annulment)
    rules.check_prepared(annulment.status)
    reason = rules.check_grounds(reason)
    annulment.status, annulment.decided_by_id, annulment.decided_at = CorrectionStatus.CANCELLED, by.id, now
    audit.record("annulment.cancelled", annulment, by=by, at=now, sitting=annulment.sitting.number, reason=reason)


def _lock(annulment: Annulment) -> None:
    db.session.refresh(annulment, with_for_update={"of": Annulment})


@audit.witness("annulment.applied")
def _annulment_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The sitting is still annulled, for the reason given."""
    annulment = db.session.get(Annulment, audit.subject_id(entry))
    said = audit.facts(entry)
    if annulment is None or (annulment.status, annulment.reason, annulment.sitting.number) != (
        CorrectionStatus.APPLIED, said["reason"], said["sitting"],
    ):  # fmt: skip
        yield "the annulment of this sitting was altered"
