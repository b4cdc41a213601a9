"""Annulling a sitting: its results do not count, its candidates are called anew; two persons, never a deletion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts.models import User
from core import audit
from core.db import db
from core.errors import Refusal
from testing_center import queries
from testing_center.models.attempts import Attempt
from testing_center.models.errata import Annulment
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules import errata as rules
from testing_center.rules.annulments import check_may_call
from testing_center.rules.errata import CorrectionStatus
from testing_center.rules.scoring import Outcome
from testing_center.rules.sittings import SittingAlreadyOpen, SittingStatus
from testing_center.services import bars, notices, registration, summaries
from testing_center.services.links import open_link
from testing_center.services.sittings import check_forms_new

OnAnnulment = Callable[[Annulment, User, datetime], None]
_followers: list[OnAnnulment] = []


def on_annulment(follow: OnAnnulment) -> OnAnnulment:
    """Register what a room above does when a sitting is annulled, in the same transaction."""
    _followers.append(follow)
    return follow


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

    Attempts, results and protocols stay in the record; the next version of the summary protocol says so.

    Raises:
        NotPrepared: it was applied or cancelled already.
        AnotherPersonNeeded: the one who prepared it.
        SummaryAltered: the summary protocol is no longer the one that was fixed.
    """
    _lock(annulment)
    rules.check_may_apply(annulment.status, annulment.prepared_by_id, by.id)
    annulment.status, annulment.decided_by_id, annulment.decided_at = CorrectionStatus.APPLIED, by.id, now
    sitting, people = annulment.sitting, _people(annulment.sitting)
    for attempt in _held(sitting):
        result = queries.latest_result(attempt.id)
        if result is not None and result.outcome == Outcome.DOES_NOT_MEET and attempt.round == 0:
            person_id = people[open_link(sitting, attempt).participant_id].person_id
            bars.lift_bar(attempt, person_id, now=now)
    for participant in people.values():
        if participant.withdrawn_at is None:
            participant.annulled_at = now
            notices.tell_annulled(participant, annulment.reason, now=now)
    audit.record("annulment.applied", annulment, by=by, at=now, sitting=sitting.number, reason=annulment.reason)
    for follow in _followers:
        follow(annulment, by, now)
    summaries.after_annulment(annulment, by=by, now=now)
    audit.checkpoint("sitting annulled", at=now)
    return len(people)


def _held(sitting: Sitting) -> list[Attempt]:
    """The attempts, held until the end of the transaction: an appeal that is being filed is there by then."""
    query = select(Attempt).where(Attempt.sitting_id == sitting.id).order_by(Attempt.number)
    return list(db.session.scalars(query.with_for_update()))


def _people(sitting: Sitting) -> dict[object, Participant]:
    query = select(Participant).where(Participant.sitting_id == sitting.id)
    query = query.options(joinedload(Participant.person), joinedload(Participant.competition))
    return {participant.id: participant for participant in db.session.scalars(query)}


def to_call(sitting_id: UUID) -> list[Participant]:
    """Those of an annulled sitting who wait for a new one (:func:`queries.waits_anew`), by seat (1 statement)."""
    query = select(Participant).where(Participant.sitting_id == sitting_id, queries.waits_anew())
    query = query.options(joinedload(Participant.person), joinedload(Participant.competition))
    return list(db.session.scalars(query.order_by(Participant.seat)))


def call_anew(
    annulment: Annulment, sitting: Sitting, *, by: User, now: datetime, random: Random | None = None
) -> tuple[int, list[Participant]]:
    """Register everybody of an annulled sitting for the new one and tell them; returns how many, and who is left out.

    Why somebody is left out, :func:`left_out` says. May be repeated for them, with this sitting or another.

    Raises:
        NotAnnulled: the annulment is not in force.
        OtherTest: the sitting is of another test.
        SittingAlreadyOpen: too late for a registration.
        FormSatBefore: the new sitting holds a form that was sat at the annulled one.
    """
    _lock(annulment)
    check_may_call(annulment.status, annulment.sitting.specification_id, sitting.specification_id)
    if sitting.status != SittingStatus.PLANNED:
        raise SittingAlreadyOpen
    waiting = to_call(annulment.sitting_id)
    check_forms_new(sitting.forms, [known.person_id for known in waiting])
    registered, left = 0, []
    for known in waiting:
        try:
            participant = registration.register_anew(sitting, known, by=by, now=now, random=random)
        except Refusal as refusal:
            left.append((known, refusal))
        else:
            notices.tell_called(participant, now=now)
            registered += 1
    annulment.anew = sitting
    audit.record(
        "annulment.called_anew", annulment, by=by, at=now, sitting=sitting.number, registered=registered,
        left_out=[[known.id, refusal.code] for known, refusal in left],
    )  # fmt: skip
    return registered, [known for known, _refusal in left]


def left_out(annulment: Annulment, *, now: datetime) -> list[tuple[Participant, Refusal | None]]:
    """Who of the annulled sitting is not registered at the new one, with what keeps them from it now, if anything."""
    if annulment.anew is None:
        return []
    return [(known, _kept_from(annulment.anew, known, now=now)) for known in to_call(annulment.sitting_id)]


def _kept_from(sitting: Sitting, known: Participant, *, now: datetime) -> Refusal | None:
    try:
        registration.check_anew(sitting, known, now=now)
    except Refusal as refusal:
        return refusal
    return None


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


@audit.witness("annulment.called_anew")
def _call_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The new sitting is still the one to which candidates were called last."""
    annulment = db.session.get(Annulment, audit.subject_id(entry))
    later = select(audit.AuditEntry.number).where(
        audit.AuditEntry.subject == entry.subject, audit.AuditEntry.action == entry.action,
        audit.AuditEntry.number > entry.number,
    )  # fmt: skip
    if db.session.scalars(later.limit(1)).first() is None and (
        annulment is None or annulment.anew is None or annulment.anew.number != audit.facts(entry)["sitting"]
    ):
        yield "the new sitting after this annulment was altered"
