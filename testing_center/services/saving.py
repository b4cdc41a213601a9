"""One answer of a timed test is kept: the path of the most frequent act, and of answers that come too late (¶24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import cast
from uuid import UUID

from sqlalchemy import Connection, Table, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from core import audit, metrics
from core.crypto import keyring
from core.db import db, durably, transaction
from question_bank.rules import Navigation
from testing_center import queries
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.rules import delivery as rules
from testing_center.rules.delivery import AttemptStatus, Saved
from testing_center.services.delivery import layout, place_of, settle
from testing_center.sheets import Sheet, get_sheet


@dataclass(frozen=True)
class Receipt:
    """What the server has on disk for one question; ``late`` says that it will not be scored.

    ``kept`` is false of a late answer beyond the ``LATE_MOST`` that are kept of a question.
    """

    position: int
    response: tuple[str, ...]
    revision: int
    flagged: bool
    saved_at: datetime
    receipt: str
    remaining_seconds: int
    late: bool = False
    kept: bool = True


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


class _LeftBehind(Exception):
    """The workstation was left: what it had not sent yet is to be kept, not scored."""


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
    What a workstation sends that the candidate has left is refused, and kept as well: at most ``LATE_MOST`` of a
    question.

    Raises:
        ContinuedElsewhere, NoSuchPosition, InvalidResponse, AttemptNotStarted, AttemptPaused, NoWayBack,
        StaleRevision: nothing is changed.
    """
    place, sheet = place_of(attempt_id, position), get_sheet(layout(attempt_id)[0])
    sent = _Sent(attempt_id, epoch, position, place, tuple(response), revision, flagged, now)
    for is_last_try in (False, True):
        try:
            saved, deadline_at = durably(partial(_save, sent, sheet))
            metrics.count("app_saves_acknowledged_total")
            return _receipt(attempt_id, place, position, saved, deadline_at, now=now)
        except _TooLate as late:
            with transaction():
                kept = _keep_late(attempt_id, epoch, position, revision, late, now=now)
            if kept is None:
                raise rules.AttemptPaused from None
            return kept
        except _LeftBehind:
            with transaction():
                _keep_left_behind(attempt_id, epoch, position, response, revision, flagged or False, now=now)
            raise rules.ContinuedElsewhere from None
        except IntegrityError:  # the same save was in flight twice: the other is committed now, and will be found
            if is_last_try:
                raise
    raise AssertionError("unreachable")


@dataclass(frozen=True, slots=True)
class _Sent:
    """One save as it came."""

    attempt_id: UUID
    epoch: int
    position: int
    place: int
    response: tuple[str, ...]
    revision: int
    flagged: bool | None
    now: datetime


def _save(sent: _Sent, sheet: Sheet, connection: Connection) -> tuple[Saved, datetime]:
    """Judge a save under the attempt's lock and keep it: what is saved there now, and the deadline."""
    place = sent.place
    row = connection.execute(_STATE, {"attempt_id": sent.attempt_id, "place": place}).one()
    if sent.epoch != row.epoch:
        raise _LeftBehind
    answer = rules.check_response(sent.response, sheet.items[place].kind, sheet.items[place].parts)
    if row.status == AttemptStatus.READY:
        raise rules.AttemptNotStarted
    known = (
        Saved(row.saved_epoch, row.revision, tuple(row.response), row.flagged, row.saved_at)
        if row.revision
        else rules.NOTHING_SAVED
    )
    flag = known.flagged if sent.flagged is None else sent.flagged
    if rules.is_retry(known, revision=sent.revision, response=answer, flagged=flag):
        return known, row.deadline_at
    if row.status == AttemptStatus.PAUSED:
        raise rules.AttemptPaused
    if row.status == AttemptStatus.ENDED or rules.is_over(row.deadline_at, now=sent.now):
        raise _TooLate(place, answer, flag, row.language)
    rules.check_revision(known, revision=sent.revision)
    if sheet.navigation == Navigation.FORWARD:
        rules.check_position(sheet.navigation, reached=row.reached, position=sent.position)
        connection.execute(_attempts.update().where(_attempts.c.id == sent.attempt_id).values(reached=sent.position))
    saved = Saved(sent.epoch, sent.revision, answer, flag, sent.now)
    _insert(connection, sent.attempt_id, place, saved, row.language, is_late=False)
    return saved, row.deadline_at


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


def _keep_late(
    attempt_id: UUID, epoch: int, position: int, revision: int, late: _TooLate, *, now: datetime
) -> Receipt | None:
    """Keep the answer beside those that count; None where the clock stands, so that it may yet count."""
    attempt = queries.lock_attempt(attempt_id)
    settle(attempt, now=now, is_there=True)
    if attempt.status == AttemptStatus.PAUSED:  # out of reach at its deadline: the answer may yet count
        return None
    saved, is_kept = _kept_late(attempt, epoch, position, revision, late, now=now)
    receipt = _receipt(attempt_id, late.place, position, saved, attempt.deadline_at or now, now=now, late=True)
    return receipt if is_kept else replace(receipt, kept=False)


def _kept_late(
    attempt: Attempt, epoch: int, position: int, revision: int, late: _TooLate, *, now: datetime
) -> tuple[Saved, bool]:
    """What is kept of an answer that came too late, and whether it is: each once, ``LATE_MOST`` of a question."""
    of_place = [row for row in queries.events_of(attempt.id) if row.is_late and row.place == late.place]
    known = {row.revision: tuple(row.response) for row in of_place if row.epoch == epoch}
    is_known = revision in known and late.answer in known.values()
    if revision in known and not is_known:
        revision = max(known) + 1  # two windows were late with different answers: both are kept
    saved = Saved(epoch, revision, late.answer, late.flagged, now)
    is_new = not is_known and len(of_place) < rules.LATE_MOST
    if is_new:
        _insert(db.session.connection(), attempt.id, late.place, saved, late.language, is_late=True)
        audit.record(
            "response.late", attempt, by=attempt, at=now, position=position, revision=revision,
            **({"left_behind": True} if epoch != attempt.epoch else {}),
        )  # fmt: skip
    return saved, is_new or is_known


def _keep_left_behind(
    attempt_id: UUID, epoch: int, position: int, response: Sequence[str], revision: int, flagged: bool, *, now: datetime
) -> None:
    """Keep what a workstation had not sent when the candidate left it; what was acknowledged then is there already."""
    attempt, place = queries.lock_attempt(attempt_id), place_of(attempt_id, position)
    item = get_sheet(attempt.form_id).items[place]
    answer = item.kind.read(response, item.parts)
    if answer is None or attempt.started_at is None:
        return
    own = (place, epoch, revision, answer)
    in_time = (row for row in queries.events_of(attempt_id) if not row.is_late)
    if any((row.place, row.epoch, row.revision, tuple(row.response)) == own for row in in_time):
        return
    _kept_late(attempt, epoch, position, revision, _TooLate(place, answer, flagged, attempt.language), now=now)
