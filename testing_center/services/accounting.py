"""Who was expected at a sitting and is not accounted for yet; links are opened to see whose test began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from accounts.models import User
from core import audit
from core.db import db
from testing_center import staff_queries
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.rules import closing as rules
from testing_center.rules.closing import Gap
from testing_center.rules.codes import CodeStatus, ReasonNeeded
from testing_center.rules.sittings import AlreadyWithdrawn, Presence, SittingNotRunning, SittingStatus, Unsat
from testing_center.services.links import open_link


@dataclass(frozen=True)
class Open:
    """Somebody of whom something is still to be written down."""

    participant: Participant
    gap: Gap


@dataclass(frozen=True)
class Slips:
    """Paper slips of a sitting: how many codes were printed, and what became of those."""

    printed: int
    used: int
    unused: int
    revoked: int


def unaccounted(sitting: Sitting) -> list[Open]:
    """Who of those expected is not accounted for, by seat; the caller records the look where it is a person's."""
    begun = whose_test_began(sitting)
    found = []
    for one in staff_queries.participants(sitting):
        gap = rules.gap_of(
            one.presence, has_begun=one.id in begun, has_grounds=bool(one.presence_reason), unsat=one.unsat
        )
        if gap is not None:
            found.append(Open(one, gap))
    return found


def whose_test_began(sitting: Sitting) -> set[UUID]:
    """Ids of the participants whose test began."""
    begun = select(Attempt).where(Attempt.sitting_id == sitting.id, Attempt.started_at.is_not(None))
    return {open_link(sitting, attempt).participant_id for attempt in db.session.scalars(begun)}


def explain(participant: Participant, unsat: Unsat, *, reason: str, by: User, now: datetime) -> None:
    """Write down what became of somebody who came and whose test never began.

    Raises:
        SittingNotRunning: the sitting is not open.
        AlreadyWithdrawn: the registration was taken back.
        ReasonNeeded: no reason.
        NothingToExplain: the person did not come, or their test began.
    """
    sitting = participant.sitting
    staff_queries.hold(sitting, participant)
    if sitting.status != SittingStatus.OPEN:
        raise SittingNotRunning
    if participant.withdrawn_at is not None:
        raise AlreadyWithdrawn
    if not reason.strip():
        raise ReasonNeeded
    if participant.presence != Presence.PRESENT or participant.id in whose_test_began(sitting):
        raise rules.NothingToExplain
    participant.unsat, participant.unsat_reason = unsat, reason.strip()
    audit.record("participant.unsat", participant, by=by, at=now, unsat=str(unsat), reason=reason.strip())


def slips_of(sitting: Sitting) -> Slips:
    """Printed slips by what became of their codes (1 statement)."""
    rows = db.session.execute(
        select(CandidateCode.status, func.count())
        .where(CandidateCode.sitting_id == sitting.id, CandidateCode.printed_at.is_not(None))
        .group_by(CandidateCode.status)
    )
    counts: dict[CodeStatus, int] = dict(rows.all())
    return Slips(
        printed=sum(counts.values()), used=counts.get(CodeStatus.REDEEMED, 0), unused=counts.get(CodeStatus.ISSUED, 0),
        revoked=counts.get(CodeStatus.REVOKED, 0),
    )  # fmt: skip
