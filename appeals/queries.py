"""Reading appeals, commissions and hearings; what is not there or not yours is a 404. No key is opened here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, null, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from accounts.models import RoleGrant, User
from accounts.rules import PERMISSIONS, Permission
from appeals.models import Appeal, AppealProtocol, Commission, CommissionMember, Finding, Hearing, KeyViewing, Vote
from appeals.rules.filing import FilingWindowClosed
from appeals.rules.states import FINAL, AppealStatus
from appeals.rules.viewing import is_viewing_open
from core import audit
from core.db import Model, db
from testing_center.models.attempts import Attempt
from testing_center.models.places import Room
from testing_center.models.sittings import Sitting, sitting_proctor
from testing_center.staff_queries import found, is_administrator

SEES_ALL = frozenset({Permission.COMMISSIONS_MANAGE, Permission.RESULTS_DECIDE, Permission.AUDIT_VIEW})


def lock(row: Model) -> None:
    """Hold the row until the end of the transaction and read it anew: what is decided on is what is true."""
    db.session.flush()
    db.session.refresh(row, with_for_update=True)


# --- appeals


def get_appeal(appeal_id: UUID, *, lock: bool = False) -> Appeal:
    """The appeal, or 404; with ``lock``, for a change."""
    return found(db.session.get(Appeal, appeal_id, with_for_update=lock or None, populate_existing=lock))


def get_appeal_to_see(appeal_id: UUID, user: User) -> Appeal:
    """An appeal that this person may look at, or 404 (see :func:`appeals_for`)."""
    return found(db.session.scalar(_appeals(*_visible(user), Appeal.id == appeal_id)))


def appeal_of_attempt(attempt_id: UUID) -> Appeal | None:
    """The appeal against the result of this attempt, if there is one; one that somebody else filed is none."""
    query = select(Appeal).where(Appeal.attempt_id == attempt_id, Appeal.status != AppealStatus.REJECTED)
    return db.session.scalar(query)


def rejected_of(attempt_id: UUID) -> list[Appeal]:
    """Appeals against this result that the proctor rejected because somebody else had filed them, the first first."""
    query = select(Appeal).where(Appeal.attempt_id == attempt_id, Appeal.status == AppealStatus.REJECTED)
    return list(db.session.scalars(query.order_by(Appeal.filed_at, Appeal.number)))


def appeals_of(sitting: Sitting) -> list[Appeal]:
    """Appeals of the sitting in the order of filing, with attempts, viewings and who rejected them or took a paper."""
    query = _appeals(Attempt.sitting_id == sitting.id)
    query = query.options(selectinload(Appeal.hearing).selectinload(Hearing.viewings))
    people = (selectinload(Appeal.rejected_by), selectinload(Appeal.withdrawn_by))  # not joined: rows are locked
    return list(db.session.scalars(query.options(*people)))


def open_appeals(sitting_ids: Collection[UUID]) -> list[Appeal]:
    """Appeals of these sittings that have not come to an end: neither handed over, withdrawn, rejected nor lapsed."""
    return list(db.session.scalars(_appeals(Attempt.sitting_id.in_(sitting_ids), Appeal.status.not_in(FINAL))))


def appeals_for(user: User) -> list[Appeal]:
    """Appeals that this person may see, the latest first.

    Members in office see those of their commissions, proctors those of their sittings, administrators, authority
    officers and auditors all.
    """
    return list(db.session.scalars(_appeals(*_visible(user)).order_by(None).order_by(Appeal.filed_at.desc())))


def appeals_before(user: User) -> list[Appeal]:
    """Appeals not at their end that come before a commission on which this person sits (3 statements)."""
    query = _appeals(Attempt.sitting_id.in_(_heard_by(user)), Appeal.status.not_in(FINAL))
    return list(db.session.scalars(query.options(selectinload(Appeal.hearing).selectinload(Hearing.viewings))))


def unconfirmed_for(user: User) -> list[Appeal]:
    """Appeals whose person nobody has recognised yet, of sittings that this person runs, the oldest first."""
    waiting = [Appeal.status == AppealStatus.FILED, Appeal.confirmed_at.is_(None)]
    if not is_administrator(user):
        waiting.append(Attempt.sitting_id.in_(_run_by(user)))
    return list(db.session.scalars(_appeals(*waiting)))


def _appeals(*conditions: ColumnElement[bool]) -> Select[Appeal]:
    query = select(Appeal).join(Appeal.attempt).join(Attempt.sitting).where(*conditions)
    place = contains_eager(Appeal.attempt).contains_eager(Attempt.sitting).joinedload(Sitting.room)
    loaded = (place.joinedload(Room.centre), selectinload(Appeal.hearing))
    return query.options(*loaded).order_by(Appeal.filed_at, Appeal.number)


def _visible(user: User) -> tuple[ColumnElement[bool], ...]:
    if user.permissions & SEES_ALL:
        return ()
    return (or_(Attempt.sitting_id.in_(_heard_by(user)), Attempt.sitting_id.in_(_run_by(user))),)


def _heard_by(user: User) -> Select[UUID]:
    return select(Commission.sitting_id).join(Commission.members).where(
        CommissionMember.user_id == user.id, CommissionMember.left_at.is_(None)
    )  # fmt: skip


def _run_by(user: User) -> Select[UUID]:
    return select(sitting_proctor.c.sitting_id).where(sitting_proctor.c.user_id == user.id)


# --- commissions


def commission_of(sitting: Sitting) -> Commission | None:
    """The commission of the sitting with everybody who ever sat on it, if one was approved."""
    query = select(Commission).where(Commission.sitting_id == sitting.id)
    return db.session.scalar(query.options(selectinload(Commission.members).joinedload(CommissionMember.user)))


def offices_of(sitting_ids: Collection[UUID]) -> dict[UUID, list[CommissionMember]]:
    """Who sits now on the commissions of these sittings, by sitting, the chair first (1 statement)."""
    query = select(CommissionMember).join(CommissionMember.commission).where(
        Commission.sitting_id.in_(sitting_ids), CommissionMember.left_at.is_(None)
    )  # fmt: skip
    found: dict[UUID, list[CommissionMember]] = {sitting_id: [] for sitting_id in sitting_ids}
    loaded = query.options(contains_eager(CommissionMember.commission)).order_by(CommissionMember.place)
    for member in db.session.scalars(loaded):
        found[member.commission.sitting_id].append(member)
    return found


def member_of(commission: Commission, user: User) -> CommissionMember | None:
    """This person's place on the commission, if they are in office."""
    return next((member for member in in_office(commission) if member.user_id == user.id), None)


def in_office(commission: Commission) -> list[CommissionMember]:
    """Who sits on the commission now, the chair first."""
    query = select(CommissionMember).where(
        CommissionMember.commission_id == commission.id, CommissionMember.left_at.is_(None)
    )
    query = query.options(joinedload(CommissionMember.user)).order_by(CommissionMember.place)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def places_of(commission: Commission) -> list[int]:
    """The places that the department's act approved, whoever holds them now."""
    return sorted(member.place for member in commission.members if member.substitutes_id is None)


def witnesses_of(hearing: Hearing) -> list[CommissionMember]:
    """Members in office now who were there when the key was shown, the chair first: those who decide."""
    commission = commission_of(hearing.appeal.sitting)
    return [m for m in in_office(commission) if str(m.id) in hearing.witnesses] if commission else []


def get_member(member_id: UUID) -> CommissionMember:
    """A member, in office or not, or 404."""
    return found(db.session.get(CommissionMember, member_id))


def users_with(permission: Permission) -> list[User]:
    """Active staff whose roles hold the permission, by name."""
    roles = [role for role, permissions in PERMISSIONS.items() if permission in permissions]
    query = select(User).where(
        User.is_active.is_(True), User.grants.any(RoleGrant.role.in_(roles) & RoleGrant.revoked_at.is_(None))
    )
    return list(db.session.scalars(query.order_by(User.name_sort, User.username)))


# --- the trail


def has_entry(action: str, row: Model) -> bool:
    """Whether the trail knows this act upon this row."""
    query = select(audit.AuditEntry.number).where(
        audit.AuditEntry.action == action, audit.AuditEntry.subject == audit.name_of(row)
    )
    return db.session.scalars(query.limit(1)).first() is not None


def entries(action: str, row: Model) -> list[audit.AuditEntry]:
    """What the trail says of this act upon this row, in order, where its words are kept."""
    query = select(audit.AuditEntry).where(
        audit.AuditEntry.action == action, audit.AuditEntry.subject == audit.name_of(row),
        audit.AuditEntry.body.is_not(null()),
    )  # fmt: skip
    return list(db.session.scalars(query.order_by(audit.AuditEntry.number)))


def late_refusal(attempt_id: UUID) -> audit.AuditEntry | None:
    """The first refusal of a late appeal against the result of this attempt that is on record, from whichever desk."""
    query = select(audit.AuditEntry).where(
        audit.AuditEntry.action == "refused", audit.AuditEntry.subject == f"attempt:{attempt_id}",
        audit.AuditEntry.body.is_not(null()),
    )  # fmt: skip
    refused = db.session.scalars(query.order_by(audit.AuditEntry.number))
    return next((entry for entry in refused if audit.facts(entry)["code"] == FilingWindowClosed.code), None)


# --- hearings


def get_hearing(hearing_id: UUID) -> Hearing:
    """The hearing, or 404."""
    return found(db.session.get(Hearing, hearing_id))


def get_viewing(viewing_id: UUID) -> KeyViewing:
    """The viewing, or 404."""
    return found(db.session.get(KeyViewing, viewing_id))


def first_shown_at(appeal: Appeal) -> datetime | None:
    """When the first viewing of the key of this appeal began, if there was one."""
    query = select(func.min(KeyViewing.begun_at)).join(KeyViewing.hearing).where(Hearing.appeal_id == appeal.id)
    return db.session.scalar(query)


def open_viewings(hearing: Hearing) -> list[KeyViewing]:
    """Viewings that nobody has ended."""
    query = select(KeyViewing).where(KeyViewing.hearing_id == hearing.id, KeyViewing.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(KeyViewing.begun_at)))


def open_viewing(hearing: Hearing, user: User, *, now: datetime) -> KeyViewing | None:
    """The viewing in which this person looks at the key now, if there is one; one that is over by itself is none."""
    own = (viewing for viewing in open_viewings(hearing) if viewing.user_id == user.id)
    return next((one for one in own if is_viewing_open(one.begun_at, one.ended_at, now=now)), None)


def overdue_viewings(*, begun_until: datetime) -> list[UUID]:
    """Viewings that nobody has ended and that began so long ago."""
    query = select(KeyViewing.id).where(KeyViewing.ended_at.is_(None), KeyViewing.begun_at <= begun_until)
    return list(db.session.scalars(query.order_by(KeyViewing.begun_at)))


def protocol_of(appeal: Appeal) -> AppealProtocol | None:
    """The protocol of the appeal, once it is decided."""
    return db.session.scalar(select(AppealProtocol).where(AppealProtocol.appeal_id == appeal.id))


def protocols_among(appeal_ids: Collection[UUID]) -> dict[UUID, AppealProtocol]:
    """The protocols of those of these appeals that are decided, with their signatures, by appeal (3 statements)."""
    query = select(AppealProtocol).where(AppealProtocol.appeal_id.in_(appeal_ids))
    found = db.session.scalars(
        query.options(selectinload(AppealProtocol.signatures), selectinload(AppealProtocol.missed))
    )
    return {one.appeal_id: one for one in found}


def get_protocol(protocol_id: UUID) -> AppealProtocol:
    """The protocol of an appeal, or 404."""
    return found(db.session.get(AppealProtocol, protocol_id))


def findings_of(appeal: Appeal) -> list[Finding]:
    """Findings that stand, by place in the form; where there are two of a place, that of the answer first."""
    query = select(Finding).where(Finding.appeal_id == appeal.id, Finding.withdrawn_at.is_(None))
    query = query.order_by(Finding.place, Finding.kind)
    return list(db.session.scalars(query))


def votes_of(appeal: Appeal) -> list[Vote]:
    """Votes that count, in the order in which they were cast."""
    query = select(Vote).where(Vote.appeal_id == appeal.id, Vote.discarded_at.is_(None))
    query = query.options(joinedload(Vote.member).joinedload(CommissionMember.user))
    return list(db.session.scalars(query.order_by(Vote.cast_at, Vote.id)))


def discarded_votes(appeal: Appeal) -> list[Vote]:
    """Votes that somebody's leaving took out of the count."""
    query = select(Vote).where(Vote.appeal_id == appeal.id, Vote.discarded_at.is_not(None))
    return list(db.session.scalars(query.order_by(Vote.cast_at, Vote.id)))


# --- forms


def digest_shown(attempt: Attempt) -> bytes:
    """The digest that this candidate was shown before the start, as the trail fixed it at that moment.

    Where retention has erased that entry: the digest of the attempt's form.
    """
    query = select(audit.AuditEntry).where(
        audit.AuditEntry.action == "attempt.started", audit.AuditEntry.subject == audit.name_of(attempt)
    )
    entry = db.session.scalars(query.order_by(audit.AuditEntry.number).limit(1)).first()
    said = audit.facts(entry).get("form") if entry else None
    return bytes.fromhex(said) if said else attempt.form.digest
