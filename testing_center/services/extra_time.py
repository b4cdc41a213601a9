"""Extra time as an accommodation: granted to a person before the sitting is opened, taken back, or carried over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from accounts.models import User
from core import audit
from core.db import db
from testing_center import staff_queries
from testing_center.models.sittings import Participant
from testing_center.rules import sittings as rules
from testing_center.rules.acts import check_minutes
from testing_center.rules.codes import ReasonNeeded
from testing_center.rules.sittings import SittingStatus
from testing_center.rules.time import carried

GRANTED, TAKEN_BACK, CARRIED = "participant.extra_granted", "participant.extra_taken_back", "participant.extra_carried"


def grant(participant: Participant, minutes: int, *, reason: str, by: User, now: datetime) -> None:
    """Grant extra time to a person before the day; ``reason`` names the document, not what it says of health.

    Another grant takes the place of the one before. It is granted to the person: see :func:`carry`.

    Raises:
        ReasonNeeded: no document is named.
        MinutesInvalid: no whole minutes from 1 to 240.
        AlreadyWithdrawn: the registration was taken back.
        SittingAlreadyOpen: two persons are opening the sitting, or it is open or closed.
    """
    if not reason.strip():
        raise ReasonNeeded
    check_minutes(minutes)
    staff_queries.hold(participant.sitting, participant)
    _check_may_grant(participant)
    _set_extra(participant, minutes, reason.strip(), by=by, now=now)
    audit.record(GRANTED, participant, by=by, at=now, minutes=minutes, reason=reason.strip())


def take_back(participant: Participant, *, reason: str, by: User, now: datetime) -> None:
    """Take granted extra time back.

    Raises:
        ReasonNeeded: no reason.
        NoExtraTime: none was granted.
        AlreadyWithdrawn, SittingAlreadyOpen: as :func:`grant`.
    """
    if not reason.strip():
        raise ReasonNeeded
    staff_queries.hold(participant.sitting, participant)
    if not participant.extra_minutes:
        raise rules.NoExtraTime
    _check_may_grant(participant)
    was = participant.extra_minutes
    _set_extra(participant, 0, None, by=by, now=now)
    audit.record(TAKEN_BACK, participant, by=by, at=now, minutes=was, reason=reason.strip())


def carry(known: Participant, to: Participant, *, by: User, now: datetime) -> None:
    """Give somebody who is registered for another test of the same competition what they were granted for the first.

    In proportion to how long both tests last; it may be granted otherwise, or taken back, before that sitting opens.
    """
    minutes = carried(known.extra_minutes, of=known.sitting.specification.minutes, to=to.sitting.specification.minutes)
    if not minutes:
        return
    to.extra_minutes, to.extra_reason, to.extra_by_id, to.extra_at = (
        minutes, known.extra_reason, known.extra_by_id, known.extra_at,
    )  # fmt: skip
    audit.record(
        CARRIED, to, by=by, at=now, minutes=minutes, reason=known.extra_reason, granted_to=known.id,
        granted=known.extra_minutes,
    )  # fmt: skip


def granted_for(participant: Participant) -> Participant | None:
    """The registration for which the extra time was granted that was carried over; None where it was granted here."""
    if not participant.extra_minutes or participant.extra_at is None:
        return None
    same = select(Participant).where(
        Participant.person_id == participant.person_id, Participant.competition_id == participant.competition_id,
        Participant.extra_at == participant.extra_at, Participant.extra_by_id == participant.extra_by_id,
    )  # fmt: skip
    first = db.session.scalars(same.order_by(Participant.registered_at, Participant.id).limit(1)).one()
    return None if first.id == participant.id else first


def _check_may_grant(participant: Participant) -> None:
    if participant.withdrawn_at is not None:
        raise rules.AlreadyWithdrawn
    if participant.sitting.status != SittingStatus.PLANNED:
        raise rules.SittingAlreadyOpen


def _set_extra(participant: Participant, minutes: int, reason: str | None, *, by: User, now: datetime) -> None:
    participant.extra_minutes, participant.extra_reason = minutes, reason
    participant.extra_by_id, participant.extra_at = by.id, now
