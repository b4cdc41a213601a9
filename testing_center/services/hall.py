"""What a proctor does at a seat, and who sits where. Links are opened for it, so every look is audited.

The page that proctors watch comes from :mod:`testing_center.services.console`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from werkzeug.exceptions import NotFound

from accounts.models import User
from core import audit
from core.db import db
from testing_center import hall_queries, result_queries, staff_queries
from testing_center.models.attempts import Attempt
from testing_center.models.hall import ActTarget, Extension, HallAct
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.result_queries import Progress
from testing_center.rules.codes import ReasonNeeded
from testing_center.rules.delivery import remaining_seconds
from testing_center.rules.hall import SeatState, seat_state
from testing_center.rules.sittings import IncidentCategory, Presence, SittingNotRunning, SittingStatus
from testing_center.rules.time import Span, length
from testing_center.services import codes, registration, sittings
from testing_center.services.console import Console
from testing_center.services.links import open_link

# A page that renews itself every 15 seconds would fill the trail: one entry a person, sitting and purpose says as much.
LOOK_LASTS = timedelta(minutes=15)


@dataclass(frozen=True)
class Seat:
    """One seat as the proctor sees it; no score. ``remaining`` is seconds, only while the test runs."""

    number: int
    participant: Participant | None = None
    state: SeatState | None = None
    attempt: Attempt | None = None
    code: CandidateCode | None = None
    is_locked: bool = False
    items: int = 0
    progress: Progress = field(default_factory=Progress)
    remaining: int | None = None


@dataclass(frozen=True)
class Plan:
    """All seats of the room, in order."""

    seats: tuple[Seat, ...]

    @property
    def taken(self) -> list[Seat]:
        """Seats with a participant."""
        return [seat for seat in self.seats if seat.participant]

    @property
    def counts(self) -> Counter[SeatState]:
        """How many seats are in each state."""
        return Counter(seat.state for seat in self.taken if seat.state)

    @property
    def first_end(self) -> int | None:
        """Seconds until the first test ends by the clock."""
        return min((seat.remaining for seat in self.taken if seat.remaining is not None), default=None)

    def at(self, number: int) -> Seat | None:
        """The seat with this number where somebody sits."""
        return next((seat for seat in self.taken if seat.number == number), None)


def is_look_due(sitting: Sitting, purpose: str, *, by: User, now: datetime) -> bool:
    """Whether this person's opening of the links has to be recorded (again)."""
    recent = select(audit.AuditEntry.body).where(
        audit.AuditEntry.action == "links.opened", audit.AuditEntry.actor == by.actor_name,
        audit.AuditEntry.subject == audit.name_of(sitting), audit.AuditEntry.at > now - LOOK_LASTS,
    )  # fmt: skip
    return all((body or {}).get("facts", {}).get("purpose") != purpose for body in db.session.scalars(recent))


def record_look(sitting: Sitting, purpose: str, *, by: User, now: datetime) -> None:
    """Record that this person sees who sits behind which code or attempt for the next quarter of an hour."""
    audit.record("links.opened", sitting, by=by, at=now, purpose=purpose)


def seat_plan(sitting: Sitting, *, now: datetime) -> Plan:
    """The room now; the caller records the look."""
    people = {participant.id: participant for participant in staff_queries.participants(sitting)}
    in_force = {open_link(sitting, code).participant_id: code for code in staff_queries.codes_in_force(sitting)}
    attempts = {open_link(sitting, row).participant_id: row for row in result_queries.attempts_of(sitting)}
    progress, locked = result_queries.progress_of(sitting), staff_queries.locked(in_force.values())
    taken = {
        person.seat: _seat(person, in_force.get(person.id), attempts.get(person.id), progress, locked, sitting, now=now)
        for person in people.values()
    }
    numbers = sorted(taken.keys() | {workstation.seat for workstation in sitting.room.workstations})
    return Plan(tuple(taken.get(number, Seat(number)) for number in numbers))


def _seat(
    participant: Participant, code: CandidateCode | None, attempt: Attempt | None, progress: dict[UUID, Progress],
    locked: set[UUID], sitting: Sitting, *, now: datetime,
) -> Seat:  # fmt: skip
    is_locked = code is not None and code.id in locked
    status, deadline_at = (attempt.status, attempt.deadline_at) if attempt else (None, None)
    state = seat_state(participant.presence, status, deadline_at, is_locked=is_locked, now=now)
    works = state == SeatState.WORKING and deadline_at is not None
    return Seat(
        participant.seat, participant, state, attempt, code, is_locked, sitting.specification.items,
        progress.get(attempt.id, Progress()) if attempt else Progress(),
        remaining_seconds(deadline_at, now=now) if works and deadline_at else None,
    )  # fmt: skip


def seat_taken(sitting: Sitting, number: int, *, now: datetime) -> Seat:
    """The seat with this number where somebody sits, or 404."""
    seat = seat_plan(sitting, now=now).at(number)
    if seat is None:
        raise NotFound
    return seat


@dataclass(frozen=True)
class Happened:
    """What happened at one seat, for its page."""

    participant: Participant
    attempt: Attempt | None = None
    silences: Sequence[Span] = ()
    extensions: Sequence[Extension] = ()
    messages: Sequence[ActTarget] = ()
    acts: Sequence[HallAct] = ()

    @property
    def silent_for(self) -> timedelta:
        """All recorded silences together."""
        return length(self.silences)


def happened_at(hall: Console, number: int, *, now: datetime) -> Happened:
    """What happened at a taken seat, or 404; the caller records the look."""
    row = hall.taken(number)
    participant = db.session.get_one(Participant, row.participant_id)
    if row.attempt_id is None:
        return Happened(participant)
    one, attempt = row.attempt_id, db.session.get_one(Attempt, row.attempt_id)
    silences = hall_queries.silences_of([one], (attempt.entered_at, now)).get(one, [])
    given = hall_queries.extensions_of([one]).get(one, [])
    messages, acts = hall_queries.messages_to(one), hall_queries.acts_upon(one)
    return Happened(participant, attempt, silences, given, messages, acts)


def refuse_entry(participant: Participant, category: IncidentCategory, reason: str, *, by: User, now: datetime) -> None:
    """Do not let somebody in; why is recorded with the person's presence and as an incident of the seat.

    Raises:
        ReasonNeeded: no reason.
        SittingNotRunning, AlreadyWithdrawn, TestedAlready: see :func:`registration.set_presence`.
    """
    if not reason.strip():
        raise ReasonNeeded
    staff_queries.hold(participant.sitting, alone=True)  # as the incident will, before the trail is locked
    registration.set_presence(participant, Presence.REFUSED, by=by, now=now, reason=reason)
    sittings.report_incident(participant.sitting, category, reason, participant.seat, by=by, now=now)


def unlock_seat(sitting: Sitting, number: int, *, by: User, now: datetime) -> None:
    """Let the code of a seat be tried again; 404 where the seat has none."""
    code = seat_taken(sitting, number, now=now).code
    if code is None:
        raise NotFound
    codes.unlock(code, by=by, now=now)


def resume_token(
    sitting: Sitting, number: int, *, reason: str, category: IncidentCategory = IncidentCategory.TECHNICAL, by: User,
    now: datetime,
) -> str:  # fmt: skip
    """Eight digits with which the candidate at this seat goes on at another workstation.

    Raises:
        SittingNotRunning: the sitting is not open.
        ReasonNeeded, AttemptClosed: see :func:`codes.issue_resume_token`.
    """
    if sitting.status != SittingStatus.OPEN:
        raise SittingNotRunning
    attempt = seat_taken(sitting, number, now=now).attempt
    if attempt is None:
        raise NotFound
    return codes.issue_resume_token(attempt, reason=reason, category=category, by=by, now=now)
