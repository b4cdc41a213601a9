"""Entering with a code: from the slip to an attempt of one's own (¶24).

These functions own their transactions, unlike other services: a failure must be counted even though nothing else of
the request is kept.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import joinedload

from core import audit, throttle
from core.db import db, keep, transaction
from testing_center import queries, staff_queries
from testing_center.models.attempts import Attempt, ResumeToken
from testing_center.models.places import Centre, Room
from testing_center.models.sittings import CandidateCode, Sitting
from testing_center.rules import codes as rules
from testing_center.rules.codes import CodeStatus, InvalidCode, TooManyTries
from testing_center.rules.delivery import AttemptStatus, PresenceNotConfirmed, check_begun
from testing_center.rules.safe_browser import SafeBrowserNeeded
from testing_center.rules.sittings import Presence, SittingStatus, is_within
from testing_center.services.codes import lock_key, lookup_of, resume_lookup
from testing_center.services.links import open_link, seal_link
from testing_center.services.seen import form_given
from testing_center.sheets import get_sheet

DOOR = audit.System("entry")


@dataclass(frozen=True)
class OwnCode:
    """Proof that the code of this attempt was typed again just now; it holds for the one act it is given to."""

    attempt_id: UUID


def enter(code_text: str, resume_text: str, address: str, *, now: datetime, in_safe_browser: bool = False) -> Attempt:
    """Redeem a code (once) or go on with an attempt by a proctor's resume token; returns the attempt, ready to go.

    Raises:
        TooManyTries: this workstation failed 30 times within a minute.
        InvalidCode: unknown, mistyped, used, revoked or locked code, a wrong token, or a code of another place: all
            alike.
        SittingNotOpen, PresenceNotConfirmed: the code is good but it is too early; it stays unused.
        SafeBrowserNeeded: the code is good, but not in this browser; it stays unused.
    """
    check_workstation(address, now=now)
    code = rules.normalise(code_text)
    if not rules.is_well_formed(code):
        # A typing slip is seen without the database and costs the code nothing; the workstation's counter still runs.
        _count_failure(address, None, now=now)
        raise InvalidCode
    with transaction(keeps=True):
        row = _hold_code(lookup_of(code))
        token = rules.normalise(resume_text)
        attempt = _admit(row, token, address, in_safe_browser, now=now) if row is not None else None
    if attempt is None:
        _count_failure(address, row, now=now)
        raise InvalidCode
    return attempt


def prove_own_code(attempt: Attempt, code_text: str, address: str, *, now: datetime) -> OwnCode:
    """Whoever sits there types the code of this attempt again: the slip is the candidate's, the session anybody's.

    A failure counts as at the door: of the workstation, of the code, of the centre. A typing slip, seen by the check
    digit, costs the code nothing.

    Raises:
        TooManyTries: this workstation failed 30 times within a minute.
        CodeIsLocked: this code was typed wrongly too often in a row, here or at the door.
        NotTheCodeOfThisTest: mistyped, or another code.
    """
    check_workstation(address, now=now)
    row, code = attempt.code, rules.normalise(code_text)
    failed, _since = throttle.failures(lock_key(row), window=None, now=now)
    if failed >= rules.LOCK_CODE_AFTER:
        _count_failure(address, row, now=now)
        raise rules.CodeIsLocked
    is_code = rules.is_well_formed(code)
    if not is_code or not secrets.compare_digest(row.lookup, lookup_of(code)):
        _count_failure(address, row if is_code else None, now=now)
        raise rules.NotTheCodeOfThisTest
    proof = OwnCode(attempt.id)
    with transaction():
        throttle.forget(lock_key(row))
    return proof


def check_workstation(address: str, *, now: datetime) -> None:
    """Refuse a workstation that keeps failing.

    Raises:
        TooManyTries: with the seconds to wait.
    """
    failed, since = throttle.failures(f"workstation:{address}", window=rules.WORKSTATION_WINDOW, now=now)
    if failed >= rules.WORKSTATION_LIMIT:
        raise TooManyTries(seconds=max(1, int((since + rules.WORKSTATION_WINDOW - now).total_seconds())))


# Written once: everybody asks for it in the same minutes.
_TYPED = (
    select(CandidateCode, Sitting, Room, Centre)
    .join(CandidateCode.sitting).join(Sitting.room).join(Room.centre)
    .where(CandidateCode.lookup == bindparam("lookup")).with_for_update(of=Sitting, read=True)
)  # fmt: skip


def _hold_code(lookup: bytes) -> CandidateCode | None:
    """The code with its sitting, room and centre; the sitting is not closed before the entry is whole (1 statement)."""
    if (row := db.session.execute(_TYPED, {"lookup": lookup}).one_or_none()) is None:
        return None
    keep(*row)
    return row.CandidateCode


def _admit(row: CandidateCode, token: str, address: str, in_safe_browser: bool, *, now: datetime) -> Attempt | None:
    """The attempt this code opens, or None where the answer is 'invalid'; runs in the transaction of :func:`enter`."""
    sitting = row.sitting
    failed, _since = throttle.failures(lock_key(row), window=None, now=now)
    if failed >= rules.LOCK_CODE_AFTER or not is_within(address, sitting.room.address_ranges):
        return None
    if (row.status, bool(token)) not in ((CodeStatus.REDEEMED, True), (CodeStatus.ISSUED, False)):
        return None
    if sitting.centre.requires_safe_browser and not in_safe_browser:
        raise SafeBrowserNeeded
    is_back = row.status == CodeStatus.REDEEMED
    attempt = _resume(row, token, address, now=now) if is_back else _redeem(row, address, now=now)
    if attempt is not None and failed:
        throttle.forget(lock_key(row))
    return attempt


def _redeem(row: CandidateCode, address: str, *, now: datetime) -> Attempt | None:
    sitting, link = row.sitting, open_link(row.sitting, row)
    participant = staff_queries.hold_participant(link.participant_id)  # not marked as absent meanwhile
    check_begun(sitting.status == SittingStatus.OPEN, sitting.starts_at, now=now)
    if participant.presence != Presence.PRESENT:
        raise PresenceNotConfirmed
    taken = db.session.scalars(
        update(CandidateCode)
        .where(CandidateCode.id == row.id, CandidateCode.status == CodeStatus.ISSUED)
        .values(status=CodeStatus.REDEEMED, redeemed_at=now, code_sealed=None)
        .returning(CandidateCode.id)
    ).all()
    if len(taken) != 1:
        return None
    attempt_id, form = uuid4(), form_given(sitting, link.seat)
    sheet = get_sheet(form.id)
    attempt = Attempt(
        id=attempt_id, number=f"{sitting.number}-{row.ordinal:03}", sitting=sitting, form=form, code=row,
        competition_id=participant.competition_id, round=participant.round,
        link_sealed=seal_link(sitting, "attempt", attempt_id, link), law_version=participant.competition.law_version,
        status=AttemptStatus.READY, epoch=1, reached=1, workstation=address, entered_at=now,
        language=participant.language if participant.language in sheet.languages else sheet.languages[0],
        extra_minutes=participant.extra_minutes,
        order=_shuffled(form.id),
    )  # fmt: skip
    db.session.add(attempt)
    audit.record("code.redeemed", row, by=DOOR, at=now, attempt=attempt.id, form=form.digest, workstation=address)
    return attempt


def _shuffled(form_id: UUID) -> dict[str, list[object]]:
    """Order of items and, for each, of options and targets: shuffled for each attempt and stored with it."""
    random, items = secrets.SystemRandom(), list(get_sheet(form_id).items.values())
    random.shuffle(items)
    return {
        "items": [item.place for item in items],
        "options": [_order(len(item.options), random if item.kind.shuffles else None) for item in items],
        "targets": [_order(len(item.targets), random) for item in items],
    }


def _order(count: int, random: Random | None) -> list[int]:
    return random.sample(range(count), count) if random else list(range(count))


def _resume(row: CandidateCode, token: str, address: str, *, now: datetime) -> Attempt | None:
    """Open the attempt here and leave the other window behind, if the proctor's token, the latest one, is right."""
    attempt_id = db.session.scalar(select(Attempt.id).where(Attempt.code_id == row.id))
    if attempt_id is None:
        return None
    attempt = queries.lock_attempt(attempt_id)
    leave = db.session.scalars(
        select(ResumeToken).where(ResumeToken.attempt_id == attempt.id)
        .order_by(ResumeToken.issued_at.desc()).limit(1).with_for_update()
    ).first()  # fmt: skip
    if leave is None or leave.used_at or now > leave.expires_at or leave.tries >= rules.RESUME_TRIES:
        return None
    leave.tries += 1
    if not rules.is_resume_token(token) or not secrets.compare_digest(leave.lookup, resume_lookup(attempt, token)):
        return None
    leave.used_at, attempt.epoch, attempt.workstation = now, attempt.epoch + 1, address
    audit.record("attempt.resumed", attempt, by=DOOR, at=now, epoch=attempt.epoch, workstation=address)
    return attempt


def _count_failure(address: str, row: CandidateCode | None, *, now: datetime) -> None:
    """Count a failure of the workstation, of the code and of the centre; the centre's alarm blocks nobody."""
    throttle.count_failure(f"workstation:{address}", window=rules.WORKSTATION_WINDOW, now=now)
    sittings = _sittings_at(address) if row is None else [row.sitting_id]
    if row is not None and row.status in (CodeStatus.ISSUED, CodeStatus.REDEEMED):
        throttle.count_failure(lock_key(row), window=None, now=now)
    for sitting_id in sittings:
        failed = throttle.count_failure(f"sitting:{sitting_id}", window=rules.CENTRE_WINDOW, now=now)
        if failed == rules.CENTRE_ALARM + 1:
            with transaction():
                audit.record("codes.alarm", db.session.get_one(Sitting, sitting_id), by=DOOR, at=now, failures=failed)


def _sittings_at(address: str) -> list[UUID]:
    """Sittings that run where this workstation may stand: who guesses codes is noticed there."""
    running = db.session.scalars(
        select(Sitting).where(Sitting.status == SittingStatus.OPEN).options(joinedload(Sitting.room))
    )
    return [sitting.id for sitting in running if is_within(address, sitting.room.address_ranges)]
