"""What a proctor sees of the hall now: a row for each seat, cheap enough to be looked at every two seconds.

Rows hold moments, not seconds, so that a row changes only when something happens; the browser ticks. Links between
people and attempts are opened once and remembered in the process; that a person looks is recorded by the view.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, cast
from uuid import UUID

from flask import current_app
from sqlalchemy import String, Table, bindparam, func, literal_column, select, type_coerce, union_all
from werkzeug.exceptions import NotFound

from competitions.models import Person
from core.crypto import open_with
from core.db import db, remembered
from core.throttle import ThrottleCounter
from testing_center.models.attempts import Attempt
from testing_center.models.hall import ActTarget, Contact, Extension, HallAct, Silence
from testing_center.models.places import Workstation
from testing_center.models.sittings import CandidateCode, Incident, Participant, Sitting
from testing_center.result_queries import Progress
from testing_center.rules.acts import ActKind
from testing_center.rules.codes import LOCK_CODE_AFTER, CodeStatus
from testing_center.rules.delivery import AttemptStatus
from testing_center.rules.hall import SeatState, seat_state
from testing_center.rules.seats import BACK_FOR, Connection, connection, differs, digest, version
from testing_center.rules.time import Span
from testing_center.services import contacts
from testing_center.services.links import sitting_key
from testing_center.services.tally import tally_of

NOTHING, NO_TIME = Progress(), timedelta()
REMEMBERED_MOST = 6  # sittings whose digests a process keeps


class Row(NamedTuple):
    """A taken seat; no score. ``since`` belongs to the connection; ``stands_at_end``: out of reach at its deadline."""

    number: int
    participant_id: UUID
    name: str
    search: str
    language: str
    extra_minutes: int
    state: SeatState
    is_locked: bool = False
    attempt_id: UUID | None = None
    workstation: str = ""
    items: int = 0
    answered: int = 0
    late: int = 0
    saved_at: datetime | None = None
    deadline_at: datetime | None = None
    paused_at: datetime | None = None
    connection: Connection = Connection.NONE
    since: datetime | None = None
    given: timedelta = timedelta()
    unread_at: datetime | None = None
    waits: bool = False  # for the proctor's leave to start
    is_held: bool = False  # paused before it began

    @property
    def runs(self) -> bool:
        """Whether there is an attempt that has not ended."""
        return self.state in (SeatState.ENTERED, SeatState.WORKING, SeatState.PAUSED)

    @property
    def stands_at_end(self) -> bool:
        """Whether the clock stopped by itself, since the page was out of reach at its deadline."""
        return self.paused_at is not None and self.paused_at == self.deadline_at

    @property
    def ends_at(self) -> datetime | None:
        """The deadline of a clock that runs."""
        return self.deadline_at if self.state == SeatState.WORKING else None

    def remaining(self, now: datetime) -> int | None:
        """Whole seconds left; while the clock stands, those that were left then; None where no clock was started."""
        if self.deadline_at is None or self.state not in (SeatState.WORKING, SeatState.PAUSED):
            return None
        return max(0, int((self.deadline_at - (self.paused_at or now)).total_seconds()))


@dataclass(frozen=True)
class Console:
    """The hall now: taken seats in order, the numbers of all seats; its version also tells acts and incidents apart."""

    rows: tuple[Row, ...]
    numbers: tuple[int, ...]
    version: str
    by_number: dict[int, Row] = field(repr=False)

    @cached_property
    def counts(self) -> Counter[SeatState]:
        """How many seats are in each state."""
        return Counter(row.state for row in self.rows)

    @cached_property
    def first_end(self) -> datetime | None:
        """When the first test ends by the clock."""
        working = (row.deadline_at for row in self.rows if row.state is SeatState.WORKING)
        return min((moment for moment in working if moment), default=None)

    @property
    def late(self) -> int:
        """Answers that came after a deadline."""
        return sum(row.late for row in self.rows)

    @property
    def locked(self) -> list[Row]:
        """Seats whose code was tried too often."""
        return [row for row in self.rows if row.is_locked]

    @property
    def standing_at_end(self) -> list[Row]:
        """Seats about which the staff have to decide: out of reach when their time ran out."""
        return [row for row in self.rows if row.paused_at and row.stands_at_end]

    def taken(self, number: int) -> Row:
        """The seat with this number where somebody sits, or 404."""
        if number not in self.by_number:
            raise NotFound
        return self.by_number[number]

    def with_connection(self, *wanted: Connection) -> list[Row]:
        """Seats with one of these connections."""
        return [row for row in self.rows if row.connection in wanted]

    def changed(self, since: str) -> tuple[list[Row] | None, bool]:
        """Rows that changed since a version, and whether acts or incidents did; ``None``: everything, it is no use."""
        numbers, happened = differs(since, self.version, list(self.by_number))
        return (None if numbers is None else [self.by_number[number] for number in numbers]), happened

    def attempts_at(self, seats: Iterable[int]) -> list[UUID]:
        """Attempts that these seats have; a seat without one is left out."""
        found = (self.by_number[number].attempt_id for number in seats if number in self.by_number)
        return [attempt_id for attempt_id in found if attempt_id]

    def seats_of(self, attempt_ids: Iterable[UUID]) -> list[int]:
        """Where these attempts sit."""
        seats = {row.attempt_id: row.number for row in self.rows}
        return sorted(seats[attempt_id] for attempt_id in attempt_ids if attempt_id in seats)


class _Facts(NamedTuple):
    """What is known of attempts beside their own rows, by attempt; ``heard``: calls that are not written down yet."""

    heard: dict[UUID, datetime]
    silences: dict[UUID, Span]
    given: dict[UUID, timedelta]
    unread: dict[UUID, datetime]


# Written once, with parameters: building them anew for each refresh costs more than several of them take to run.
_SITTING: Any = bindparam("sitting_id")
_OWN = select(Attempt.id).where(Attempt.sitting_id == _SITTING).scalar_subquery()
_attempt, _contact, _participant, _person = (
    cast(Table, model.__table__) for model in (Attempt, Contact, Participant, Person)
)  # tables, not classes: a thousand rows come through with a third of the work
_ATTEMPTS = (
    select(
        *(_attempt.c[name] for name in ("id", "link_sealed", "status", "workstation", "language")),
        *(_attempt.c[name] for name in ("deadline_at", "paused_at", "authorised_at", "held_at")),
        _contact.c.heard_at,
    )
    .outerjoin(_contact, _contact.c.attempt_id == _attempt.c.id)
    .where(_attempt.c.sitting_id == _SITTING)
)  # fmt: skip
_PEOPLE = (
    select(
        *(_participant.c[name] for name in ("id", "seat", "language", "presence", "extra_minutes")),
        *(_person.c[name] for name in ("surname", "given_name", "patronymic", "name_search")),
    )
    .join(_person, _person.c.id == _participant.c.person_id)
    .where(_participant.c.sitting_id == _SITTING, _participant.c.withdrawn_at.is_(None))
    .order_by(_participant.c.seat)
)
_SEATS = select(Workstation.seat).where(Workstation.room_id == bindparam("room_id"))
_LOCKS = select(ThrottleCounter.key).where(
    ThrottleCounter.key.startswith("code:"), ThrottleCounter.failures >= LOCK_CODE_AFTER
)
_CODES = select(CandidateCode.id, CandidateCode.link_sealed).where(
    CandidateCode.sitting_id == _SITTING, CandidateCode.id.in_(bindparam("code_ids", expanding=True)),
    CandidateCode.status.in_((CodeStatus.ISSUED, CodeStatus.REDEEMED)),
)  # fmt: skip
_SILENCES = (
    select(Silence.attempt_id, Silence.began_at, Silence.ended_at)
    .where(Silence.attempt_id.in_(_OWN), Silence.ended_at >= bindparam("since"))
    .order_by(Silence.ended_at)
)
_GIVEN = select(Extension.attempt_id, Extension.length).where(Extension.attempt_id.in_(_OWN))
_UNREAD = (
    select(ActTarget.attempt_id, func.min(HallAct.asked_at))
    .join(HallAct, HallAct.id == ActTarget.act_id)
    .where(HallAct.sitting_id == _SITTING, HallAct.kind == ActKind.MESSAGE, ActTarget.seen_at.is_(None))
    .group_by(ActTarget.attempt_id)
)
_HAPPENED: Any = union_all(
    select(type_coerce(HallAct.status, String), func.count(), func.count(HallAct.incident_id))
    .where(HallAct.sitting_id == _SITTING).group_by(HallAct.status),
    select(literal_column("'incidents'"), func.count(), func.count()).where(Incident.sitting_id == _SITTING),
)  # fmt: skip


def look(sitting: Sitting, *, now: datetime) -> Console:
    """The hall now (10 statements, however many sit there); the caller records the look."""
    own, key, tally = {"sitting_id": sitting.id}, sitting_key(sitting), tally_of(sitting.id)
    events = tally.read(sitting.id, now=now)  # before the attempts, so that none of them is unknown
    attempts = {_opened(key, "attempt", row.id, row.link_sealed): row for row in _all(_ATTEMPTS, own)}
    progress = tally.add(events, {row.id for row in attempts.values()}, now=now)
    facts, locked = _facts(own, now=now), _locked(key, own)
    items, waits = sitting.specification.items, sitting.starts_together
    rows = tuple(
        _row(person, attempts.get(person.id), person.id in locked, progress, facts, items, waits, now=now)
        for person in _all(_PEOPLE, own)
    )
    by_number = {row.number: row for row in rows}
    numbers = tuple(sorted({*by_number, *db.session.scalars(_SEATS, {"room_id": sitting.room_id})}))
    taken = [-number if number in by_number else number for number in numbers]
    return Console(
        rows, numbers, version(taken, f"{sitting.status} {_happened(own)}", _digests(sitting.id, rows)), by_number
    )


def _all(query: Any, own: dict[str, UUID]) -> Sequence[Any]:
    """All rows at once: one by one they cost twice as much."""
    return db.session.execute(query, own).all()


@lru_cache(maxsize=16384)
def _opened(key: bytes, owner: str, row_id: UUID, sealed: bytes) -> UUID:
    """The participant behind a code or an attempt: the same sealed bytes of the same row are opened once."""
    found = json.loads(open_with(key, sealed, (owner, str(row_id), "link")))["participant"]
    return remembered(UUID(found).hex)


def _locked(key: bytes, own: dict[str, UUID]) -> set[UUID]:
    """Participants whose code was tried too often; few, so that only their links are opened (2 statements)."""
    ids = [UUID(name.removeprefix("code:")) for name in db.session.scalars(_LOCKS)]
    codes = db.session.execute(_CODES, {**own, "code_ids": ids})
    return {_opened(key, "candidate_code", code_id, sealed) for code_id, sealed in codes}


def _facts(own: dict[str, UUID], *, now: datetime) -> _Facts:
    recent = db.session.execute(_SILENCES, {**own, "since": now - BACK_FOR})
    silences = {row.attempt_id: (row.began_at, row.ended_at) for row in recent}
    given: dict[UUID, timedelta] = {}
    for attempt_id, length in db.session.execute(_GIVEN, own):
        given[attempt_id] = given.get(attempt_id, timedelta()) + length
    return _Facts(contacts.calls().last(), silences, given, dict(db.session.execute(_UNREAD, own).all()))


def _happened(own: dict[str, UUID]) -> str:
    """How many acts stand how, are measures, and how many incidents there are, for comparison only (1 statement)."""
    return repr(sorted(tuple(row) for row in db.session.execute(_HAPPENED, own)))


def _row(
    person: Any, attempt: Any, is_locked: bool, progress: dict[UUID, Progress], facts: _Facts, items: int,
    waits: bool, *, now: datetime,
) -> Row:  # fmt: skip
    name = " ".join(part for part in (person.surname, person.given_name, person.patronymic) if part)
    known = (person.seat, person.id, name, person.name_search)
    if attempt is None:
        state = seat_state(person.presence, None, None, is_locked=is_locked, now=now)
        return Row(*known, person.language, person.extra_minutes, state, is_locked)
    done = progress.get(attempt.id, NOTHING)
    written, heard_at = attempt.heard_at, facts.heard.get(attempt.id)
    if heard_at is None or (written is not None and written > heard_at):
        heard_at = written
    if heard_at is not None and done.saved_at is not None:  # whoever saves is in reach, called or not
        heard_at = max(heard_at, done.saved_at)
    deadline_at = attempt.deadline_at
    state = seat_state(person.presence, attempt.status, deadline_at, is_locked=is_locked, now=now, heard_at=heard_at)
    link: tuple[Connection, datetime | None] = (Connection.NONE, None)
    if state != SeatState.ENDED:
        silence = facts.silences.get(attempt.id) if facts.silences else None
        link = connection(heard_at, silence, silent_after=contacts.SILENT_AFTER, now=now)
    is_ready = attempt.status == AttemptStatus.READY
    return Row(
        *known, attempt.language, person.extra_minutes, state, is_locked, attempt.id, attempt.workstation,
        0 if is_ready else items, done.answered, done.late, done.saved_at, deadline_at, attempt.paused_at,
        *link, facts.given.get(attempt.id, NO_TIME) if facts.given else NO_TIME,
        facts.unread.get(attempt.id) if facts.unread else None,
        waits and is_ready and attempt.authorised_at is None, is_ready and attempt.held_at is not None,
    )  # fmt: skip


def _digests(sitting_id: UUID, rows: Sequence[Row]) -> dict[int, bytes]:
    """The digest of each seat; of a row that is as it was the last time it is not computed again."""
    kept: dict[UUID, dict[int, tuple[Row, bytes]]] = current_app.extensions.setdefault("seat_digests", {})
    if sitting_id not in kept and len(kept) >= REMEMBERED_MOST:
        kept.clear()
    before, digests = kept.setdefault(sitting_id, {}), {}
    for row in rows:
        found = before.get(row.number)
        if found is None or found[0] != row:
            found = before[row.number] = (row, digest(repr(row)))
        digests[row.number] = found[1]
    return digests
