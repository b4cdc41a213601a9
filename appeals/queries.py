"""Reading appeals, commissions and hearings; what is not there or not yours is a 404. No key is opened here."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from accounts.models import RoleGrant, User
from accounts.rules import PERMISSIONS, Permission
from appeals.models import Appeal, AppealProtocol, Commission, CommissionMember, Finding, Hearing, KeyViewing, Vote
from appeals.rules.states import FINAL
from core import audit
from core.db import Model, db
from question_bank.models import FormItem, ItemReview, ItemVersion, TestForm
from question_bank.rules import HANDS_ON, ReviewAct
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Sitting, sitting_form, sitting_proctor
from testing_center.queries import is_form_busy
from testing_center.staff_queries import found

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
    """The appeal against the result of this attempt, if there is one."""
    return db.session.scalar(select(Appeal).where(Appeal.attempt_id == attempt_id))


def appeals_of(sitting: Sitting) -> list[Appeal]:
    """Appeals of the sitting in the order of filing, with their attempts."""
    return list(db.session.scalars(_appeals(Attempt.sitting_id == sitting.id)))


def open_appeals(sitting_ids: Collection[UUID]) -> list[Appeal]:
    """Appeals of these sittings that have not come to an end: neither handed over, withdrawn nor lapsed."""
    return list(db.session.scalars(_appeals(Attempt.sitting_id.in_(sitting_ids), Appeal.status.not_in(FINAL))))


def appeals_for(user: User) -> list[Appeal]:
    """Appeals that this person may see, the latest first.

    Members in office see those of their commissions, proctors those of their sittings, administrators, authority
    officers and auditors all.
    """
    return list(db.session.scalars(_appeals(*_visible(user)).order_by(None).order_by(Appeal.filed_at.desc())))


def _appeals(*conditions: ColumnElement[bool]) -> Select[Appeal]:
    query = select(Appeal).join(Appeal.attempt).join(Attempt.sitting).where(*conditions)
    loaded = contains_eager(Appeal.attempt).contains_eager(Attempt.sitting)
    return query.options(loaded, selectinload(Appeal.hearing)).order_by(Appeal.filed_at, Appeal.number)


def _visible(user: User) -> tuple[ColumnElement[bool], ...]:
    if user.permissions & SEES_ALL:
        return ()
    heard = select(Commission.sitting_id).join(Commission.members).where(
        CommissionMember.user_id == user.id, CommissionMember.left_at.is_(None)
    )  # fmt: skip
    run = select(sitting_proctor.c.sitting_id).where(sitting_proctor.c.user_id == user.id)
    return (or_(Attempt.sitting_id.in_(heard), Attempt.sitting_id.in_(run)),)


# --- commissions


def commission_of(sitting: Sitting) -> Commission | None:
    """The commission of the sitting with everybody who ever sat on it, if one was approved."""
    query = select(Commission).where(Commission.sitting_id == sitting.id)
    return db.session.scalar(query.options(selectinload(Commission.members).joinedload(CommissionMember.user)))


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


def present_members(hearing: Hearing) -> list[CommissionMember]:
    """Members at the table of a hearing who are in office now, the chair first."""
    commission = commission_of(hearing.appeal.sitting)
    return [m for m in in_office(commission) if str(m.id) in hearing.attendance] if commission else []


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


def authors_of(sitting: Sitting) -> set[UUID]:
    """Who wrote, edited or submitted a version that stands in a form of the sitting (1 statement)."""
    versions = _versions_in(sitting)
    reviewed = select(ItemReview.by_id).where(ItemReview.version_id.in_(versions), ItemReview.act.in_(HANDS_ON))
    created = select(ItemVersion.created_by_id).where(ItemVersion.id.in_(versions))
    return set(db.session.scalars(created.union(reviewed)))


def approvers_of(sitting: Sitting) -> set[UUID]:
    """Who approved a version that stands in a form of the sitting (1 statement)."""
    versions = _versions_in(sitting)
    reviewed = select(ItemReview.by_id).where(ItemReview.version_id.in_(versions), ItemReview.act == ReviewAct.APPROVED)
    approved = select(ItemVersion.approved_by_id).where(
        ItemVersion.id.in_(versions), ItemVersion.approved_by_id.is_not(None)
    )
    return {person for person in db.session.scalars(approved.union(reviewed)) if person}


def _versions_in(sitting: Sitting) -> Select[UUID]:
    return (
        select(FormItem.item_version_id)
        .join(sitting_form, sitting_form.c.form_id == FormItem.form_id)
        .where(sitting_form.c.sitting_id == sitting.id)
    )


# --- the trail


def has_entry(action: str, row: Model) -> bool:
    """Whether the trail knows this act upon this row."""
    query = select(audit.AuditEntry.number).where(
        audit.AuditEntry.action == action, audit.AuditEntry.subject == audit.name_of(row)
    )
    return db.session.scalars(query.limit(1)).first() is not None


# --- hearings


def get_hearing(hearing_id: UUID) -> Hearing:
    """The hearing, or 404."""
    return found(db.session.get(Hearing, hearing_id))


def get_viewing(viewing_id: UUID) -> KeyViewing:
    """The viewing, or 404."""
    return found(db.session.get(KeyViewing, viewing_id))


def open_viewings(hearing: Hearing) -> list[KeyViewing]:
    """Viewings that nobody has ended."""
    query = select(KeyViewing).where(KeyViewing.hearing_id == hearing.id, KeyViewing.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(KeyViewing.begun_at)))


def open_viewing(hearing: Hearing, user: User) -> KeyViewing | None:
    """The viewing in which this person looks at the key now, if there is one."""
    return next((viewing for viewing in open_viewings(hearing) if viewing.user_id == user.id), None)


def protocol_of(appeal: Appeal) -> AppealProtocol | None:
    """The protocol of the appeal, once it is decided."""
    return db.session.scalar(select(AppealProtocol).where(AppealProtocol.appeal_id == appeal.id))


def get_protocol(protocol_id: UUID) -> AppealProtocol:
    """The protocol of an appeal, or 404."""
    return found(db.session.get(AppealProtocol, protocol_id))


def findings_of(appeal: Appeal) -> list[Finding]:
    """Findings by place in the form."""
    query = select(Finding).where(Finding.appeal_id == appeal.id).order_by(Finding.place)
    return list(db.session.scalars(query))


def votes_of(appeal: Appeal) -> list[Vote]:
    """Votes in the order in which they were cast, those of members who left since included."""
    query = select(Vote).where(Vote.appeal_id == appeal.id).options(joinedload(Vote.member))
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


def is_form_free(form: TestForm) -> bool:
    """Whether nobody works on the form or is about to: no attempt open, no sitting with it opening or open (¶35)."""
    return not is_form_busy(form.id)


def lock_sittings_with(form: TestForm) -> None:
    """Hold every sitting that holds the form, so that none of them opens before this transaction ends."""
    holding = select(sitting_form.c.sitting_id).where(sitting_form.c.form_id == form.id)
    db.session.execute(select(Sitting.id).where(Sitting.id.in_(holding)).order_by(Sitting.id).with_for_update())


def was_key_shown(form_id: UUID) -> bool:
    """Whether somebody has looked at this form's key at a hearing: it is not used again."""
    query = (
        select(KeyViewing.id)
        .join(KeyViewing.hearing)
        .join(Hearing.appeal)
        .join(Appeal.attempt)
        .where(Attempt.form_id == form_id)
    )
    return db.session.scalars(query.limit(1)).first() is not None
