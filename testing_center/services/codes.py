"""Candidate codes: issue, print, revoke, unlock, and the leave to go on elsewhere."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import uuid4

from sqlalchemy import func, select

from accounts.models import User
from core import audit, throttle
from core.crypto import keyring, open_with, seal_with
from core.db import db
from testing_center.models.attempts import Attempt, ResumeToken
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.rules import codes as rules
from testing_center.rules.codes import CodeStatus
from testing_center.rules.delivery import AttemptClosed, AttemptStatus
from testing_center.rules.sittings import IncidentCategory, SittingAlreadyOpen, SittingStatus
from testing_center.services.links import Link, open_link, seal_link, sitting_key


@dataclass(frozen=True)
class Slip:
    """What is printed on one slip: never a name."""

    number: int
    seat: int
    code: str


def lookup_of(code: str) -> bytes:
    """The keyed hash under which a code is stored."""
    return keyring().lookup("codes", code, ("candidate_code",))


def issue_codes(sitting: Sitting, *, by: User, now: datetime, random: Random | None = None) -> int:
    """Issue a code to every participant of the sitting who has none; returns how many were issued (¶24).

    Ordinals and slip numbers are each dealt at random, so that neither tells who holds a code. ``random`` is the
    demonstration's seeded source; nobody else gives one. Codes themselves always come from ``secrets``.
    """
    if sitting.status == SittingStatus.CLOSED:
        raise SittingAlreadyOpen
    served = {open_link(sitting, code).participant_id for code in usable_codes(sitting)}
    waiting = [
        participant
        for participant in db.session.scalars(
            select(Participant)
            .where(Participant.sitting_id == sitting.id, Participant.withdrawn_at.is_(None))
            .order_by(Participant.seat)
        )
        if participant.id not in served
    ]
    for participant, ordinal, slip in _dealt(sitting, waiting, random or secrets.SystemRandom()):
        _issue(sitting, participant, ordinal, slip, now=now)
    if waiting:
        audit.record("codes.issued", sitting, by=by, at=now, count=len(waiting))
    return len(waiting)


def _dealt(sitting: Sitting, waiting: list[Participant], random: Random) -> list[tuple[Participant, int, int]]:
    used = db.session.scalar(
        select(func.coalesce(func.max(CandidateCode.ordinal), 0)).where(CandidateCode.sitting_id == sitting.id)
    )
    numbers = list(range((used or 0) + 1, (used or 0) + 1 + len(waiting)))
    ordinals, slips = random.sample(numbers, len(numbers)), random.sample(numbers, len(numbers))
    return list(zip(waiting, ordinals, slips, strict=True))


def _issue(sitting: Sitting, participant: Participant, ordinal: int, slip: int, *, now: datetime) -> CandidateCode:
    code, code_id = rules.new_code(), uuid4()
    row = CandidateCode(
        id=code_id, sitting=sitting, ordinal=ordinal, lookup=lookup_of(code), status=CodeStatus.ISSUED, issued_at=now,
        code_sealed=seal_with(sitting_key(sitting), code.encode(), ("candidate_code", str(code_id), "code")),
        link_sealed=seal_link(sitting, "candidate_code", code_id, Link(participant.id, participant.seat, slip)),
    )  # fmt: skip
    db.session.add(row)
    return row


def usable_codes(sitting: Sitting) -> list[CandidateCode]:
    """Codes of the sitting that are in force: issued or already used."""
    return list(
        db.session.scalars(
            select(CandidateCode).where(
                CandidateCode.sitting_id == sitting.id,
                CandidateCode.status.in_((CodeStatus.ISSUED, CodeStatus.REDEEMED)),
            )
        )
    )


def slips_to_print(sitting: Sitting, *, reason: str, by: User, now: datetime) -> list[Slip]:
    """Open the unused codes for printing, in the order of seats; every print is audited, a reprint needs a reason.

    Raises:
        CodesNotPrintable: no unused code.
        ReasonNeeded: something was printed before and no reason is given.
    """
    rows = [code for code in usable_codes(sitting) if code.status == CodeStatus.ISSUED and code.code_sealed]
    if not rows:
        raise rules.CodesNotPrintable
    if any(row.printed_at for row in rows) and not reason.strip():
        raise rules.ReasonNeeded
    slips = []
    for row in rows:
        link = open_link(sitting, row)
        code = open_with(sitting_key(sitting), row.code_sealed or b"", ("candidate_code", str(row.id), "code")).decode()
        slips.append(Slip(link.slip, link.seat, code))
        row.printed_at = now
    audit.record("codes.printed", sitting, by=by, at=now, count=len(slips), reason=reason.strip())
    return sorted(slips, key=lambda slip: slip.seat)


@dataclass(frozen=True)
class Envelope:
    """A line of the envelope list: who gets which slip."""

    participant: Participant
    slip: int
    seat: int


def envelope_list(sitting: Sitting, *, by: User, now: datetime) -> list[Envelope]:
    """Open the links to list who gets which slip, by name; audited."""
    links = [open_link(sitting, code) for code in usable_codes(sitting)]
    people = {
        participant.id: participant
        for participant in db.session.scalars(select(Participant).where(Participant.sitting_id == sitting.id))
    }
    lines = [Envelope(people[link.participant_id], link.slip, link.seat) for link in links]
    audit.record("links.opened", sitting, by=by, at=now, count=len(lines), purpose="envelope list")
    return sorted(lines, key=lambda line: line.participant.person.name_sort)


def replace_code(participant: Participant, *, reason: str, by: User, now: datetime) -> CandidateCode:
    """Revoke a participant's unused code (a lost slip) and issue another.

    Raises:
        ReasonNeeded: no reason.
        CodesNotPrintable: the participant has no unused code.
    """
    if not reason.strip():
        raise rules.ReasonNeeded
    sitting = participant.sitting
    for row in usable_codes(sitting):
        if row.status == CodeStatus.ISSUED and open_link(sitting, row).participant_id == participant.id:
            revoke(row, reason=reason, now=now)
            fresh = _issue(sitting, *_dealt(sitting, [participant], secrets.SystemRandom())[0], now=now)
            db.session.flush()
            audit.record("code.replaced", fresh, by=by, at=now, old=row.id, reason=reason.strip())
            return fresh
    raise rules.CodesNotPrintable


def revoke(code: CandidateCode, *, reason: str, now: datetime) -> None:
    """Make an unused code unusable and destroy its sealed text; the caller audits."""
    code.status, code.revoked_at, code.revoke_reason, code.code_sealed = CodeStatus.REVOKED, now, reason.strip(), None


def lock_key(code: CandidateCode) -> str:
    """Name of the counter of consecutive failures with this code."""
    return f"code:{code.id}"


def unlock(code: CandidateCode, *, by: User, now: datetime) -> None:
    """Let a code that was tried too often be tried again."""
    throttle.forget(lock_key(code))
    audit.record("code.unlocked", code, by=by, at=now)


def issue_resume_token(
    attempt: Attempt, *, reason: str, category: IncidentCategory = IncidentCategory.TECHNICAL, by: User, now: datetime
) -> str:
    """Eight digits with which this candidate goes on at another workstation: ten minutes, five tries, once.

    Raises:
        ReasonNeeded: no reason.
        AttemptClosed: the attempt has ended.
    """
    if not reason.strip():
        raise rules.ReasonNeeded
    if attempt.status == AttemptStatus.ENDED:
        raise AttemptClosed
    token = rules.new_resume_token()
    row = ResumeToken(
        id=uuid4(), attempt_id=attempt.id, lookup=resume_lookup(attempt, token), category=category,
        reason=reason.strip(), issued_by_id=by.id, issued_at=now, expires_at=now + rules.RESUME_LASTS,
    )  # fmt: skip
    db.session.add(row)
    audit.record("resume_token.issued", attempt, by=by, at=now, category=str(category), reason=reason.strip())
    return token


def resume_lookup(attempt: Attempt, token: str) -> bytes:
    """The keyed hash under which a resume token of this attempt is stored."""
    return keyring().lookup("codes", token, ("resume_token", str(attempt.id)))
