"""The timed test: start, save, submit, close (¶24–26). Called alike by the API, the pages and the sweeper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import cast
from uuid import UUID

from flask import current_app
from sqlalchemy import Connection, Table, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from core import audit
from core.crypto import canonical, keyring, sha256
from core.db import db, plain_transaction, transaction
from core.errors import CannotOpen
from question_bank.rules import Navigation
from regulation.law import law
from testing_center import queries
from testing_center.models.attempts import Attempt, ResponseEvent, Result
from testing_center.models.sittings import Sitting
from testing_center.rules import delivery as rules
from testing_center.rules.delivery import AttemptStatus, EndKind, Saved
from testing_center.rules.sittings import SittingStatus
from testing_center.services.results import end_attempt
from testing_center.sheets import get_sheet

SWEEPER = audit.System("sweeper")


@dataclass(frozen=True)
class Receipt:
    """What the server has on disk for one question; ``late`` says that it will not be scored."""

    position: int
    response: tuple[str, ...]
    revision: int
    flagged: bool
    saved_at: datetime
    receipt: str
    remaining_seconds: int
    late: bool = False


def start(attempt_id: UUID, epoch: int, language: str, *, now: datetime) -> Attempt:
    """Begin the test: the time runs from ``now``. Idempotent: a second call changes nothing.

    Raises:
        SittingNotOpen: before the opening or after the closing.
        AttemptClosed: it has ended.
        ContinuedElsewhere: the attempt is open at another workstation.
    """
    attempt = queries.lock_attempt(attempt_id)
    rules.check_epoch(epoch, attempt.epoch)
    if attempt.status == AttemptStatus.ENDED:
        raise rules.AttemptClosed
    if attempt.status == AttemptStatus.IN_PROGRESS:
        return attempt
    rules.check_begun(attempt.sitting.status == SittingStatus.OPEN, attempt.sitting.starts_at, now=now)
    sheet = get_sheet(attempt.form_id)
    attempt.status, attempt.started_at = AttemptStatus.IN_PROGRESS, now
    attempt.deadline_at = rules.deadline(now, sheet.minutes)
    if language in sheet.languages:
        attempt.language = language
    audit.record(
        "attempt.started", attempt, by=attempt, at=now, deadline_at=attempt.deadline_at, form=sheet.digest,
        language=attempt.language, number=attempt.number, shown=fingerprint(attempt),
    )  # fmt: skip
    return attempt


def fingerprint(attempt: Attempt) -> bytes:
    """SHA-256 over what must not change once an attempt has begun: the order shown and the link to the person."""
    return sha256(canonical(attempt.order), attempt.link_sealed)


@audit.witness("attempt.started")
def _start_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Order, link, number and deadline are still those with which the attempt began."""
    said, attempt = audit.facts(entry), db.session.get(Attempt, audit.subject_id(entry))
    if attempt is None:
        yield "the attempt is missing"
    elif (attempt.number, audit.plain(attempt.deadline_at), fingerprint(attempt).hex()) != (
        said["number"], said["deadline_at"], said["shown"],
    ):  # fmt: skip
        yield "the order, link, number or deadline of this attempt was altered"


@lru_cache(maxsize=8192)
def _layout(attempt_id: UUID) -> tuple[UUID, tuple[int, ...]]:
    """The form, and its places in the order in which this attempt shows them; fixed when the attempt was made."""
    form_id, order = db.session.execute(select(Attempt.form_id, Attempt.order).where(Attempt.id == attempt_id)).one()
    return form_id, tuple(order["items"])


def place_of(attempt_id: UUID, position: int) -> int:
    """Place in the form of the question shown at ``position`` (from 1).

    Raises:
        NoSuchPosition: there is none.
    """
    _form_id, places = _layout(attempt_id)
    if not 1 <= position <= len(places):
        raise rules.NoSuchPosition
    return places[position - 1]


# The statements of a save are written once, over tables and with parameters: building them anew over classes for each
# save costs more than the statements themselves (docs/adr/0008-save-path.md). One save of an attempt at a time: what
# ends it waits, and whoever waited here sees it ended. Answers are of the moment before the wait: see save().
_attempts, _events = cast(Table, Attempt.__table__), cast(Table, ResponseEvent.__table__)
_locked = (
    select(
        _attempts.c.id, _attempts.c.status, _attempts.c.epoch, _attempts.c.reached, _attempts.c.deadline_at,
        _attempts.c.language,
    )
    .where(_attempts.c.id == bindparam("attempt_id"))
    .with_for_update(key_share=True)
    .subquery("locked")
)  # fmt: skip
_STATE = (
    select(
        *(column for column in _locked.c if column.name != "id"), _events.c.epoch.label("saved_epoch"),
        _events.c.revision, _events.c.response, _events.c.flagged, _events.c.saved_at,
    )
    .outerjoin_from(
        _locked, _events,
        (_events.c.attempt_id == _locked.c.id) & (_events.c.place == bindparam("place")) & _events.c.is_late.is_(False),
    )
    .order_by(_events.c.epoch.desc(), _events.c.revision.desc())
    .limit(1)
)  # fmt: skip
_INSERT = insert(_events)


@dataclass
class _TooLate(Exception):
    """The answer is to be kept, not scored: more than the save path does."""

    place: int
    answer: tuple[str, ...]
    flagged: bool
    language: str


def save(
    attempt_id: UUID,
    epoch: int,
    position: int,
    response: Sequence[str],
    *,
    revision: int,
    flagged: bool | None,
    now: datetime,
) -> Receipt:
    """Save one answer as a new event, in a transaction of its own: a receipt is returned only when it is durable.

    ``flagged`` None keeps the mark as it is. The same save again gives the same receipt, even after the end. Another
    answer after the deadline is kept, not scored, the attempt is closed at its deadline, and the receipt says ``late``.

    Raises:
        ContinuedElsewhere, NoSuchPosition, InvalidResponse, AttemptNotStarted, NoWayBack, StaleRevision: nothing is
        changed.
    """
    for is_last_try in (False, True):
        try:
            with plain_transaction() as connection:
                return _save(connection, attempt_id, epoch, position, response, revision, flagged, now=now)
        except _TooLate as late:
            with transaction():
                return _keep_late(attempt_id, epoch, position, revision, late, now=now)
        except IntegrityError:  # the same save was in flight twice: the other is committed now, and will be found
            if is_last_try:
                raise
    raise AssertionError("unreachable")


def _save(
    connection: Connection, attempt_id: UUID, epoch: int, position: int, response: Sequence[str], revision: int,
    flagged: bool | None, *, now: datetime,
) -> Receipt:  # fmt: skip
    place = place_of(attempt_id, position)
    row = connection.execute(_STATE, {"attempt_id": attempt_id, "place": place}).one()
    rules.check_epoch(epoch, row.epoch)
    sheet = get_sheet(_layout(attempt_id)[0])
    answer = rules.check_response(response, sheet.items[place].kind, sheet.items[place].parts)
    if row.status == AttemptStatus.READY:
        raise rules.AttemptNotStarted
    known = (
        Saved(row.saved_epoch, row.revision, tuple(row.response), row.flagged, row.saved_at)
        if row.revision
        else rules.NOTHING_SAVED
    )
    flag = known.flagged if flagged is None else flagged
    if rules.is_retry(known, revision=revision, response=answer, flagged=flag):
        return _receipt(attempt_id, place, position, known, row.deadline_at, now=now)
    if row.status == AttemptStatus.ENDED or rules.is_over(row.deadline_at, now=now):
        raise _TooLate(place, answer, flag, row.language)
    rules.check_revision(known, revision=revision)
    if sheet.navigation == Navigation.FORWARD:
        rules.check_position(sheet.navigation, reached=row.reached, position=position)
        connection.execute(_attempts.update().where(_attempts.c.id == attempt_id).values(reached=position))
    saved = Saved(epoch, revision, answer, flag, now)
    _insert(connection, attempt_id, place, saved, row.language, is_late=False)
    return _receipt(attempt_id, place, position, saved, row.deadline_at, now=now)


def _insert(
    connection: Connection, attempt_id: UUID, place: int, saved: Saved, language: str, *, is_late: bool
) -> None:
    connection.execute(
        _INSERT,
        {
            "attempt_id": attempt_id, "place": place, "epoch": saved.epoch, "revision": saved.revision,
            "response": list(saved.response), "flagged": saved.flagged, "language": language,
            "saved_at": saved.saved_at, "is_late": is_late,
        },
    )  # fmt: skip


def _receipt(
    attempt_id: UUID,
    place: int,
    position: int,
    saved: Saved,
    deadline_at: datetime,
    *,
    now: datetime,
    late: bool = False,
) -> Receipt:
    """A receipt is a keyed hash of the row it speaks of: recomputed, never stored, the same for a retry."""
    chosen = ",".join(saved.response)
    said = f"{attempt_id}|{place}|{saved.epoch}|{saved.revision}|{chosen}|{saved.flagged}|{saved.saved_at}"
    token = keyring().lookup("index", said, ("receipt",))[:8].hex()
    saved_at = saved.saved_at or now
    left = rules.remaining_seconds(deadline_at, now=now)
    return Receipt(position, saved.response, saved.revision, saved.flagged, saved_at, token, left, late)


def _keep_late(attempt_id: UUID, epoch: int, position: int, revision: int, late: _TooLate, *, now: datetime) -> Receipt:
    attempt = queries.lock_attempt(attempt_id)
    settle(attempt, now=now)
    kept = {
        row.revision: tuple(row.response)
        for row in queries.events_of(attempt_id)
        if row.is_late and (row.place, row.epoch) == (late.place, epoch)
    }
    is_known = revision in kept and late.answer in kept.values()
    if revision in kept and not is_known:
        revision = max(kept) + 1  # two windows were late with different answers: both are kept
    saved = Saved(epoch, revision, late.answer, late.flagged, now)
    if not is_known:
        _insert(db.session.connection(), attempt_id, late.place, saved, late.language, is_late=True)
        audit.record("response.late", attempt, by=attempt, at=now, position=position, revision=revision)
    return _receipt(attempt_id, late.place, position, saved, attempt.deadline_at or now, now=now, late=True)


def settle(attempt: Attempt, *, now: datetime, by: audit.Actor = SWEEPER) -> None:
    """Close a locked attempt whose time has run out *at its deadline*, however late this is noticed."""
    if (
        attempt.status == AttemptStatus.IN_PROGRESS
        and attempt.deadline_at
        and rules.is_over(attempt.deadline_at, now=now)
    ):
        end_attempt(attempt, kind=EndKind.DEADLINE, ended_at=attempt.deadline_at, by=by, now=now)


def submit(attempt_id: UUID, epoch: int, *, now: datetime) -> Result:
    """End the test by the candidate's word; idempotent. After the deadline it is the deadline that ended it.

    Raises:
        ContinuedElsewhere: the attempt is open at another workstation.
        AttemptNotStarted: it has not begun.
    """
    attempt = queries.lock_attempt(attempt_id)
    rules.check_epoch(epoch, attempt.epoch)
    if attempt.status == AttemptStatus.READY or attempt.end_kind == EndKind.NOT_STARTED:
        raise rules.AttemptNotStarted
    settle(attempt, now=now)
    return end_attempt(attempt, kind=EndKind.SUBMITTED, ended_at=now, by=attempt, now=now)


def report_gap(attempt_id: UUID, epoch: int, seconds: int, *, now: datetime) -> bool:
    """The page tells that it could not reach the server for ``seconds``, and now can; whether it was written down.

    It is the workstation's own word, read at the key review beside the pauses (¶35); a running test only, never longer
    than the test has run, at most ``GAPS_MOST`` of an attempt.

    Raises:
        ContinuedElsewhere: the attempt is open at another workstation.
    """
    attempt = queries.lock_attempt(attempt_id)
    rules.check_epoch(epoch, attempt.epoch)
    if attempt.status != AttemptStatus.IN_PROGRESS or attempt.started_at is None:
        return False
    seconds = min(seconds, int((now - attempt.started_at).total_seconds()))
    if seconds < 1 or len(queries.connection_gaps(attempt)) >= rules.GAPS_MOST:
        return False
    audit.record(queries.CONNECTION_LOST, attempt, by=attempt, at=now, seconds=seconds)
    return True


def set_language(attempt_id: UUID, epoch: int, language: str, *, now: datetime) -> None:
    """Show the test in another of its languages from now on; answers stay as they are.

    Raises:
        ContinuedElsewhere: the attempt is open at another workstation.
        InvalidResponse: the test has no such language.
    """
    attempt = queries.lock_attempt(attempt_id)
    rules.check_epoch(epoch, attempt.epoch)
    if language not in get_sheet(attempt.form_id).languages:
        raise rules.InvalidResponse
    if attempt.status != AttemptStatus.ENDED and attempt.language != language:
        attempt.language = language
        audit.record("attempt.language_changed", attempt, by=attempt, at=now, language=language)


def open_position(attempt: Attempt, position: int) -> int:
    """Note that a question was opened; in a forward-only test it must be the next one.

    Raises:
        NoSuchPosition, NoWayBack.
    """
    place = place_of(attempt.id, position)
    sheet = get_sheet(attempt.form_id)
    rules.check_position(sheet.navigation, reached=attempt.reached, position=position)
    if sheet.navigation == Navigation.FORWARD and position > attempt.reached:
        attempt.reached = position
    return place


def close_overdue(*, now: datetime) -> int:
    """Close every attempt whose time has run out, each in its own transaction; returns how many.

    An attempt whose sealed parts were tampered with is reported in the log and does not hold up the others.
    """
    closed = 0
    for attempt_id in queries.overdue_attempts(now=now):
        try:
            with transaction():
                attempt = queries.lock_attempt(attempt_id)
                before = attempt.status
                settle(attempt, now=now)
                closed += before != attempt.status
        except CannotOpen as error:
            current_app.logger.error("attempt %s cannot be closed: %s was altered", attempt_id, error)
    return closed


def appeal_until(attempt: Attempt, sitting: Sitting, *, now: datetime) -> datetime:
    """Last moment (at least) for a technical appeal (¶33).

    Raises:
        AttemptOpen: the attempt has not ended.
    """
    if attempt.ended_at is None:
        raise rules.AttemptOpen
    return rules.appeal_until(attempt.ended_at, sitting.closed_at, law=law(attempt.law_version), now=now)
