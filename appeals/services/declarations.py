"""What each member declares of the candidate before the hearing: no relation, or related, and then they leave (¶34)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select

from accounts.models import User
from appeals import conflict_queries, queries
from appeals.models import Appeal, CommissionMember, Declaration
from appeals.rules import commission as rules
from appeals.rules.states import AppealStatus, check_status
from appeals.services import commissions
from core import audit
from core.db import db


def declare(appeal: Appeal, *, by: User, now: datetime) -> Declaration:
    """A member declares that they are not related to the candidate; a substitute comes to the table with it.

    Raises:
        AppealNotOpen: the appeal is decided, or has ended.
        NoCommission, NotInCommission: not a member in office.
        DeclaredAlready: once is enough.
    """
    member = _member(appeal, by)
    declaration = _record(appeal, member, is_related=False, by=by, now=now)
    _join(appeal, member, by=by, now=now)
    return declaration


def declare_related(appeal: Appeal, reason: str, *, by: User, now: datetime) -> Declaration:
    """A member declares that they are related to the candidate, and leaves the commission by this act of their own.

    Raises:
        AppealNotOpen, NoCommission, NotInCommission, DeclaredAlready: as :func:`declare`.
        ReasonMissing, MemberNeededToSign: as :func:`appeals.services.commissions.recuse`.
    """
    member = _member(appeal, by)
    declaration = _record(appeal, member, is_related=True, by=by, now=now)
    commissions.recuse(member, reason, by=by, now=now)
    return declaration


def check(appeal: Appeal, present: Sequence[CommissionMember]) -> None:
    """Refuse to count as present whoever has not declared.

    Raises:
        DeclarationMissing: names them.
    """
    declared = conflict_queries.declared_among([appeal.id])[appeal.id]
    rules.check_declared([member.user.full_name for member in present if member.id not in declared])


def _member(appeal: Appeal, by: User) -> CommissionMember:
    queries.lock(appeal)
    check_status(appeal.status, AppealStatus.FILED, AppealStatus.HEARING)
    commission = queries.commission_of(appeal.sitting)
    if commission is None:
        raise rules.NoCommission
    queries.lock(commission)
    member = queries.member_of(commission, by)
    if member is None:
        raise rules.NotInCommission
    return member


def _record(
    appeal: Appeal, member: CommissionMember, *, is_related: bool, by: User, now: datetime
) -> Declaration:  # fmt: skip
    known = select(Declaration.id).where(
        Declaration.appeal_id == appeal.id, Declaration.member_id == member.id, Declaration.is_related == is_related
    )
    if db.session.scalars(known).first() is not None:
        raise rules.DeclaredAlready
    declaration = Declaration(
        id=uuid4(), appeal_id=appeal.id, member_id=member.id, is_related=is_related, declared_at=now
    )
    db.session.add(declaration)
    db.session.flush()
    audit.record(
        "declaration.made", declaration, by=by, at=now, appeal=appeal.id, member=member.id, is_related=is_related
    )
    return declaration


def _join(appeal: Appeal, member: CommissionMember, *, by: User, now: datetime) -> None:
    """A substitute comes to the table of an open hearing at which somebody sat on their place."""
    hearing = appeal.hearing
    if appeal.status != AppealStatus.HEARING or hearing is None or member.substitutes_id is None:
        return
    db.session.refresh(hearing)
    seats = {str(one.id) for one in member.commission.members if one.place == member.place}
    if str(member.id) not in hearing.attendance and seats & set(hearing.attendance):
        hearing.attendance = [*hearing.attendance, str(member.id)]
        audit.record("hearing.joined", hearing, by=by, at=now, appeal=appeal.id, member=member.id)


@audit.witness("declaration.made")
def _declaration_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Who declared what, and when, is still on record."""
    said, declaration = audit.facts(entry), db.session.get(Declaration, audit.subject_id(entry))
    if declaration is None or (
        str(declaration.appeal_id), str(declaration.member_id), declaration.is_related, declaration.declared_at,
    ) != (said["appeal"], said["member"], said["is_related"], entry.at):  # fmt: skip
        yield "this declaration was altered"
    elif f"user:{declaration.member.user_id}" != entry.actor:
        yield "the member who declared this was exchanged"
