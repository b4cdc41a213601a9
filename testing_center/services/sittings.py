"""A sitting from planning to its summary protocol (¶22–24)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from accounts.models import User
from core import audit
from core.crypto import canonical, sha256
from core.db import db
from question_bank.models import TestForm, TestSpecification
from question_bank.rules import SpecificationNotApproved, SpecificationStatus
from testing_center.models.attempts import Attempt, Result
from testing_center.models.places import Room
from testing_center.models.sittings import CandidateCode, Incident, Participant, Sitting, SittingProtocol
from testing_center.rules import sittings as rules
from testing_center.rules.codes import CodeStatus
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.rules.sittings import IncidentCategory, Presence, SittingStatus
from testing_center.services.links import new_sitting_key


def plan_sitting(
    number: str, specification: TestSpecification, room: Room, starts_at: datetime, forms: Sequence[TestForm],
    proctors: Sequence[User], *, by: User, now: datetime, is_demo: bool = False,
) -> Sitting:  # fmt: skip
    """Schedule a sitting of an approved specification.

    Raises:
        SpecificationNotApproved: the cut score is not approved yet (¶22).
        FormsMissing: no sealed form of this specification is chosen.
        ProctorMissing: nobody proctors.
    """
    if specification.status != SpecificationStatus.APPROVED:
        raise SpecificationNotApproved
    if not forms or any(form.specification_id != specification.id for form in forms):
        raise rules.FormsMissing
    if not proctors:
        raise rules.ProctorMissing
    sitting_id = uuid4()
    sitting = Sitting(
        id=sitting_id, number=number, specification=specification, room=room, starts_at=starts_at,
        status=SittingStatus.PLANNED, link_key_sealed=new_sitting_key(sitting_id), created_by_id=by.id, created_at=now,
        forms=list(forms), proctors=list(proctors), is_demo=is_demo,
    )  # fmt: skip
    db.session.add(sitting)
    audit.record(
        "sitting.planned", sitting, by=by, at=now, number=number, starts_at=starts_at,
        forms=[form.digest for form in forms], proctors=[str(proctor.id) for proctor in proctors],
    )  # fmt: skip
    return sitting


def missing_for_opening(sitting: Sitting) -> list[str]:
    """What keeps the sitting from being opened: stable codes, empty when all is there."""
    waiting = _count(Participant.sitting_id == sitting.id, Participant.withdrawn_at.is_(None))
    codes = db.session.scalar(
        select(func.count()).select_from(CandidateCode)
        .where(CandidateCode.sitting_id == sitting.id, CandidateCode.status == CodeStatus.ISSUED)
    )  # fmt: skip
    missing = []
    if not sitting.forms:
        missing.append("forms")
    if not sitting.proctors:
        missing.append("proctors")
    if not waiting:
        missing.append("participants")
    if (codes or 0) < waiting:
        missing.append("codes")
    return missing


def _count(*conditions: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(Participant).where(*conditions)) or 0


def confirm_opening(sitting: Sitting, *, by: User, now: datetime) -> Sitting:
    """One of the two persons who open a sitting confirms; with the second one it is open.

    Raises:
        SittingAlreadyOpen: it is open or closed.
        NotReady: something is missing; the message names it.
        SecondPersonNeeded: the first person tries again.
    """
    if sitting.status not in (SittingStatus.PLANNED, SittingStatus.OPENING):
        raise rules.SittingAlreadyOpen
    missing = missing_for_opening(sitting)
    if missing:
        raise rules.NotReady(missing=", ".join(missing))
    if sitting.status == SittingStatus.PLANNED:
        sitting.status, sitting.opening_by_id, sitting.opening_at = SittingStatus.OPENING, by.id, now
        audit.record("sitting.opening_confirmed", sitting, by=by, at=now)
        return sitting
    if sitting.opening_by_id == by.id:
        raise rules.SecondPersonNeeded
    sitting.status, sitting.opened_by_id, sitting.opened_at = SittingStatus.OPEN, by.id, now
    audit.record("sitting.opened", sitting, by=by, at=now, forms=[form.digest for form in sitting.forms])
    audit.checkpoint("sitting opened", at=now)
    return sitting


def report_incident(
    sitting: Sitting, category: IncidentCategory, text: str, seat: int | None, *, by: User, now: datetime
) -> Incident:
    """Write down something out of the ordinary."""
    incident = Incident(id=uuid4(), sitting_id=sitting.id, seat=seat, category=category, text=text.strip(), at=now, by_id=by.id)
    db.session.add(incident)
    audit.record("incident.reported", incident, by=by, at=now, sitting=sitting.id, seat=seat, category=str(category))
    return incident


def close_sitting(sitting: Sitting, *, by: User, now: datetime) -> SittingProtocol:
    """Close an open sitting: absences noted, unused codes destroyed, the summary protocol fixed.

    Raises:
        SittingNotRunning: it is not open.
        AttemptsRunning: somebody is still working.
    """
    if sitting.status != SittingStatus.OPEN:
        raise rules.SittingNotRunning
    attempts = list(
        db.session.scalars(
            select(Attempt).where(Attempt.sitting_id == sitting.id).options(joinedload(Attempt.form)).order_by(Attempt.number)
            .with_for_update(of=Attempt)
        )
    )  # fmt: skip
    running = sum(attempt.status == AttemptStatus.IN_PROGRESS for attempt in attempts)
    if running:
        raise rules.AttemptsRunning(n=running)
    for attempt in attempts:
        if attempt.status == AttemptStatus.READY:
            attempt.status, attempt.end_kind, attempt.ended_at = AttemptStatus.ENDED, EndKind.NOT_STARTED, now
    for code in db.session.scalars(
        select(CandidateCode).where(CandidateCode.sitting_id == sitting.id, CandidateCode.status == CodeStatus.ISSUED)
    ):
        code.status, code.code_sealed = CodeStatus.EXPIRED, None
    people = list(
        db.session.scalars(
            select(Participant).where(Participant.sitting_id == sitting.id, Participant.withdrawn_at.is_(None))
        )
    )
    for participant in people:
        if participant.presence == Presence.EXPECTED:
            participant.presence, participant.presence_at, participant.presence_by_id = Presence.ABSENT, now, by.id
    sitting.status, sitting.closed_by_id, sitting.closed_at = SittingStatus.CLOSED, by.id, now
    entry = audit.record("sitting.closed", sitting, by=by, at=now, attempts=len(attempts), participants=len(people))
    content = canonical(_summary(sitting, attempts, people, entry, now=now))
    protocol = SittingProtocol(
        id=uuid4(), sitting_id=sitting.id, version=1, content=content.decode(), content_digest=sha256(content),
        created_at=now,
    )  # fmt: skip
    db.session.add(protocol)
    audit.record("sitting_protocol.issued", protocol, by=by, at=now, content=protocol.content_digest)
    audit.checkpoint("sitting closed", at=now)
    return protocol


def _summary(
    sitting: Sitting, attempts: Sequence[Attempt], people: Sequence[Participant], entry: audit.AuditEntry, *, now: datetime
) -> dict[str, Any]:
    """What the summary protocol says: codes and scores, incidents, the chain's head; no name of a candidate."""
    settings = current_app.extensions["settings"]
    results = {
        result.attempt_id: result
        for result in db.session.scalars(
            select(Result).join(Result.attempt).where(Attempt.sitting_id == sitting.id).order_by(Result.revision)
        )
    }
    presence = Counter(participant.presence for participant in people)
    incidents = db.session.scalars(
        select(Incident).where(Incident.sitting_id == sitting.id).options(joinedload(Incident.by)).order_by(Incident.at)
    )
    outcomes = Counter(str(result.outcome) for result in results.values())
    started = [attempt for attempt in attempts if attempt.started_at]
    content: dict[str, Any] = audit.plain(
        {
            "number": f"{sitting.number}/С", "version": 1, "issued_at": now,
            "sitting": {
                "number": sitting.number, "starts_at": sitting.starts_at, "centre_ky": sitting.centre.name_ky,
                "centre_ru": sitting.centre.name_ru, "address_ky": sitting.centre.address_ky,
                "address_ru": sitting.centre.address_ru, "room": sitting.room.name, "time_zone": sitting.centre.time_zone,
                "opened_at": sitting.opened_at, "closed_at": sitting.closed_at,
                "opened_by": [user.full_name for user in (sitting.opening_by, sitting.opened_by) if user],
                "proctors": [user.full_name for user in sitting.proctors],
            },
            "test": {
                "title_ky": sitting.specification.title_ky, "title_ru": sitting.specification.title_ru,
                "items": sitting.specification.items, "minutes": sitting.specification.minutes,
                "cut_score": sitting.specification.cut_score,
            },
            "counts": {
                "registered": len(people), "present": presence[Presence.PRESENT], "absent": presence[Presence.ABSENT],
                "refused": presence[Presence.REFUSED], "started": len(started), "ended": len(results),
                "meets": outcomes["meets"], "does_not_meet": outcomes["does_not_meet"],
            },
            "attempts": [
                {
                    "number": attempt.number, "form_variant": attempt.form.variant, "started_at": attempt.started_at,
                    "ended_at": attempt.ended_at, "end_kind": str(attempt.end_kind),
                    "score": results[attempt.id].score if attempt.id in results else None,
                    "outcome": str(results[attempt.id].outcome) if attempt.id in results else None,
                }
                for attempt in attempts
            ],
            "incidents": [
                {"at": i.at, "seat": i.seat, "category": str(i.category), "text": i.text, "by": i.by.full_name}
                for i in incidents
            ],
            "forms": [{"variant": form.variant, "digest": form.digest} for form in sitting.forms],
            "audit": {"entry": entry.number, "head": entry.hash},
            "organisation": {
                "name_ky": settings.organisation_name["ky"], "name_ru": settings.organisation_name["ru"],
                "department_ky": settings.department_name["ky"], "department_ru": settings.department_name["ru"],
            },
            "demo": sitting.is_demo,
        }
    )  # fmt: skip
    return content
