"""The timed test: start, submit, close (¶24–26). Called alike by the API, the pages and the sweeper.

Answers are kept in :mod:`testing_center.services.saving`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from core import audit
from core.crypto import canonical, sha256
from core.db import db, transaction
from core.errors import CannotOpen
from question_bank.rules import Navigation
from regulation.law import law
from testing_center import queries
from testing_center.models.attempts import Attempt, Result
from testing_center.models.sittings import Sitting
from testing_center.rules import delivery as rules
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.rules.sittings import SittingStatus
from testing_center.services import contacts, timekeeping
from testing_center.services.results import end_attempt
from testing_center.sheets import get_sheet

SWEEPER, AT_ONCE = audit.System("sweeper"), timedelta()


def start(attempt_id: UUID, epoch: int, language: str, *, now: datetime) -> Attempt:
    """Begin the test: the time runs from ``now``. Idempotent: a second call changes nothing.

    Where the test has no such ``language``, or none is named, the attempt stays in its own.

    Raises:
        SittingNotOpen: before the opening or after the closing.
        NotAuthorised: the proctor has not let them start yet, or has paused the hall.
        AttemptClosed: it has ended.
        ContinuedElsewhere: the attempt is open at another workstation.
    """
    attempt = queries.lock_attempt(attempt_id)
    rules.check_epoch(epoch, attempt.epoch)
    if attempt.status == AttemptStatus.ENDED:
        raise rules.AttemptClosed
    if attempt.status in (AttemptStatus.IN_PROGRESS, AttemptStatus.PAUSED):
        return attempt
    rules.check_begun(attempt.sitting.status == SittingStatus.OPEN, attempt.sitting.starts_at, now=now)
    if attempt.held_at or (attempt.sitting.starts_together and attempt.authorised_at is None):
        raise rules.NotAuthorised
    sheet = get_sheet(attempt.form_id)
    attempt.status, attempt.started_at = AttemptStatus.IN_PROGRESS, now
    attempt.deadline_at = rules.deadline(now, sheet.minutes, attempt.extra_minutes)
    if language in sheet.languages:
        attempt.language = language
    audit.record(
        "attempt.started", attempt, by=attempt, at=now, deadline_at=attempt.deadline_at, form=sheet.digest,
        language=attempt.language, number=attempt.number, shown=fingerprint(attempt), **_counts_for(attempt),
        **timekeeping.granted(attempt),
    )  # fmt: skip
    return attempt


def fingerprint(attempt: Attempt) -> bytes:
    """SHA-256 over what must not change once an attempt has begun: the order shown and the link to the person."""
    return sha256(canonical(attempt.order), attempt.link_sealed)


def _counts_for(attempt: Attempt) -> dict[str, object]:
    """Where an attempt counts, and by which law."""
    return {"competition": str(attempt.competition_id), "round": attempt.round, "law": attempt.law_version}


@audit.witness("attempt.started")
def _start_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Order, link and number are those with which the attempt began; its deadline moved by what the trail says."""
    said, attempt = audit.facts(entry), db.session.get(Attempt, audit.subject_id(entry))
    if attempt is None:
        yield "the attempt is missing"
        return
    given = timekeeping.given_by_trail(attempt)
    deadline_at = datetime.fromisoformat(said["deadline_at"]) + given.total
    if (attempt.number, attempt.deadline_at, fingerprint(attempt).hex()) != (
        said["number"], deadline_at, said["shown"],
    ):  # fmt: skip
        yield "the order, link, number or deadline of this attempt was altered"
    if not _counts_for(attempt).items() <= said.items():
        yield "the competition, round or law of this attempt was altered"
    if attempt.started_at != entry.at:
        yield "the start of this attempt was altered"
    if not timekeeping.is_known(attempt, given, extra_minutes=said.get("extra_minutes", 0)):
        yield "the time of this attempt was altered: the record has some that the trail does not know"
    if timekeeping.has_unknown_pause(attempt):
        yield "a pause is there that the trail does not know"


@lru_cache(maxsize=8192)
def layout(attempt_id: UUID) -> tuple[UUID, tuple[int, ...]]:
    """The form, and its places in the order in which this attempt shows them; fixed when the attempt was made."""
    form_id, order = db.session.execute(select(Attempt.form_id, Attempt.order).where(Attempt.id == attempt_id)).one()
    return form_id, tuple(order["items"])


def place_of(attempt_id: UUID, position: int) -> int:
    """Place in the form of the question shown at ``position`` (from 1).

    Raises:
        NoSuchPosition: there is none.
    """
    _form_id, places = layout(attempt_id)
    if not 1 <= position <= len(places):
        raise rules.NoSuchPosition
    return places[position - 1]


def places_from(attempt_id: UUID, position: int, count: int) -> tuple[int, ...]:
    """Places in the form of the question shown at ``position`` and of those after it, ``count`` at most.

    Raises:
        NoSuchPosition: there is none at ``position``.
    """
    place_of(attempt_id, position)
    return layout(attempt_id)[1][position - 1 : position - 1 + count]


def settle(attempt: Attempt, *, now: datetime, by: audit.Actor = SWEEPER, is_there: bool = False) -> None:
    """Close a locked attempt whose time has run out *at its deadline*, however late this is noticed.

    A page that was out of reach at that moment may have lost time that can be given back only to a test that has not
    ended: there the clock stands at the deadline until the staff decide. Whether it was is known when it is heard again
    (``is_there``: it is the page that asks), or ``SILENT_AFTER`` after the deadline; until then nothing ends.
    """
    if (
        attempt.status != AttemptStatus.IN_PROGRESS
        or attempt.deadline_at is None
        or not rules.is_over(attempt.deadline_at, now=now)
    ):
        return
    cut_off = contacts.is_cut_off_at(attempt.id, attempt.deadline_at, is_there=is_there, now=now)
    if cut_off is None:
        return
    if cut_off:
        audit.record_all(timekeeping.stop(attempt, None, at=attempt.deadline_at), by=by, at=now)
        return
    end_attempt(attempt, kind=EndKind.DEADLINE, ended_at=attempt.deadline_at, by=by, now=now)


def submit(attempt_id: UUID, epoch: int, *, now: datetime) -> Result:
    """End the test by the candidate's word; idempotent. After the deadline it is the deadline that ended it.

    Raises:
        ContinuedElsewhere: the attempt is open at another workstation.
        AttemptNotStarted: it has not begun.
        AttemptPaused: its clock stands.
    """
    attempt = queries.lock_attempt(attempt_id)
    rules.check_epoch(epoch, attempt.epoch)
    if attempt.status == AttemptStatus.READY or attempt.end_kind == EndKind.NOT_STARTED:
        raise rules.AttemptNotStarted
    settle(attempt, now=now, is_there=True)
    if attempt.status == AttemptStatus.PAUSED:
        raise rules.AttemptPaused
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


def leave(attempt_id: UUID, epoch: int, *, now: datetime) -> bool:
    """Leave the workstation before the start or after the end; whether the browser may forget the attempt.

    The session ends with it: a copy of its cookie opens nothing any more. Whoever left before the start goes on, here
    too, by the proctor's token alone. What the attempt has left behind already may always be forgotten.
    """
    attempt = queries.lock_attempt(attempt_id)
    if epoch != attempt.epoch:
        return True
    settle(attempt, now=now, is_there=True)
    if attempt.status in (AttemptStatus.IN_PROGRESS, AttemptStatus.PAUSED):
        return False
    attempt.epoch += 1
    audit.record("attempt.left", attempt, by=attempt, at=now, epoch=attempt.epoch, workstation=attempt.workstation)
    return True


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


def close_overdue(*, now: datetime, since: timedelta = AT_ONCE) -> int:
    """Close every attempt whose time ran out longer ago than ``since``, each in its own transaction; returns how many.

    An attempt whose sealed parts were tampered with is reported in the log and does not hold up the others.
    """
    closed = 0
    for attempt_id in queries.overdue_attempts(now=now - since):
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
