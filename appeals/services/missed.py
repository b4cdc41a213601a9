"""A signature that cannot be given (¶35): who died or left the service does not keep an appeal open for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

from accounts.models import User
from accounts.rules import Permission
from appeals import queries
from appeals.models import AppealProtocol, CommissionMember, MissedSignature
from appeals.rules import commission as seats
from appeals.rules import hearing as rules
from appeals.rules.states import AppealStatus, check_status
from appeals.services.protocols import unsigned
from core import audit
from core.crypto import canonical, sha256
from core.db import db


def record_missed(
    protocol: AppealProtocol, member: CommissionMember, reason: str, document: str, *, by: User, now: datetime
) -> MissedSignature:  # fmt: skip
    """Record that a member who decided cannot sign, and by which document this is known.

    The chair records it; of the chair, and where the chair is not there any more, an administrator.

    Raises:
        AppealNotOpen: the appeal is not decided, or its protocol is handed over.
        NotInCommission: neither the chair nor, where it is their part, an administrator.
        AlreadySigned: this signature is not awaited.
        MissedIncomplete: no reason, or no document.
    """
    appeal = protocol.appeal
    queries.lock(appeal)
    check_status(appeal.status, AppealStatus.DECIDED)
    if not may_record(protocol, member, by):
        raise seats.NotInCommission
    if all(one.id != member.id for one in unsigned(protocol)):
        raise rules.AlreadySigned
    reason, document = rules.check_missed(reason, document)
    missed = MissedSignature(
        id=uuid4(), protocol=protocol, member_id=member.id, reason=reason, document=document, recorded_at=now,
        recorded_by_id=by.id,
    )  # fmt: skip
    db.session.add(missed)
    audit.record(
        "appeal_protocol.signature_missed", missed, by=by, at=now, protocol=protocol.id, member=member.id,
        missed=_fingerprint(missed),
    )  # fmt: skip
    return missed


def may_record(protocol: AppealProtocol, member: CommissionMember, by: User) -> bool:
    """Whether it is this person's part to say that the member cannot sign."""
    chair = next((one for one in queries.in_office(member.commission) if one.is_chair and one.user.is_active), None)
    if by.id == member.user_id:
        return False
    if chair is not None and not member.is_chair:
        return chair.user_id == by.id
    return Permission.COMMISSIONS_MANAGE in by.permissions


def _fingerprint(missed: MissedSignature) -> bytes:
    """SHA-256 over why and by which document: a person's misfortune is not for the trail."""
    return sha256(canonical([str(missed.id), str(missed.member_id), missed.reason, missed.document]))


@audit.witness("appeal_protocol.signature_missed")
def _missing_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Who could not sign, why and who says so is still on record."""
    said, missed = audit.facts(entry), db.session.get(MissedSignature, audit.subject_id(entry))
    if missed is None or (
        _fingerprint(missed).hex(), str(missed.protocol_id), missed.recorded_at, f"user:{missed.recorded_by_id}",
    ) != (said["missed"], said["protocol"], entry.at, entry.actor):  # fmt: skip
        yield "the record of this signature that cannot be given was altered"
