"""The technical commission of a sitting (¶34): approved before it, recusal and substitution on record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import uuid4

from accounts.models import User
from accounts.rules import Permission
from appeals import conflict_queries, queries
from appeals.models import Appeal, Commission, CommissionMember
from appeals.rules import commission as rules
from appeals.rules.states import AppealStatus, Conflict
from appeals.services import ballots
from core import audit
from core.db import db
from regulation.law import law
from testing_center.models.sittings import Sitting
from testing_center.rules.sittings import SittingStatus
from testing_center.services import sittings


def conflict_of(sitting: Sitting, user: User) -> Conflict | None:
    """Why this person may not sit on the commission of this sitting; None where nothing is known against it.

    The names of the reasons are ``appeals.rules.states.CONFLICT_NAMES``.
    """
    return _Known(sitting).conflict_of(user)


class _Known:
    """What stands against people, read once for a sitting."""

    def __init__(self, sitting: Sitting) -> None:
        commission = queries.commission_of(sitting)
        left = {member.user_id for member in commission.members if member.left_at} if commission else set()
        self.against = {
            Conflict.AUTHOR: conflict_queries.authors_of(sitting),
            Conflict.APPROVER: conflict_queries.approvers_of(sitting),
            Conflict.PROCTOR: {proctor.id for proctor in sitting.proctors},
            Conflict.ORGANISER: conflict_queries.organisers_of(sitting),
            Conflict.DESK: conflict_queries.recognisers_of(sitting),
            Conflict.APPOINTER: {commission.approved_by_id} if commission else set(),
            Conflict.RECUSED: left,
        }

    def conflict_of(self, user: User) -> Conflict | None:
        return next((conflict for conflict, people in self.against.items() if user.id in people), None)


def possible_members(sitting: Sitting, *, chair: bool = False) -> list[User]:
    """Active people with a role in commissions who may sit on this one and do not yet; ``chair``: who may lead it."""
    commission, known = queries.commission_of(sitting), _Known(sitting)
    sitting_now = {member.user_id for member in queries.in_office(commission)} if commission else set()
    people = queries.users_with(Permission.APPEALS_LEAD if chair else Permission.APPEALS_HEAR)
    return [user for user in people if user.id not in sitting_now and known.conflict_of(user) is None]


def approve(
    sitting: Sitting, chair: User, members: Sequence[User], act_number: str, act_on: date, *, by: User, now: datetime
) -> Commission:
    """The department approves chair and members by its act, while the sitting is still planned (¶34).

    Raises:
        CommissionTooLate: the sitting is opening, open or closed.
        CommissionExists: one was approved already.
        ActNeeded: no number, or a date in the future.
        OneChair, CommissionSize: not exactly one chair, fewer than two or more than five people.
        NotQualified, ConflictOfInterest: somebody has not the role, or may not judge.
    """
    queries.lock(sitting)
    if sitting.status != SittingStatus.PLANNED:
        raise rules.CommissionTooLate
    known = queries.commission_of(sitting)
    if known is not None:
        raise rules.CommissionExists(act=known.act_number)
    rules.check_act(act_number, act_on, today=now.astimezone(sitting.zone).date())
    people = [chair, *members]
    rules.check_composition([user.id for user in people], [chair.id], law=law(sitting.specification.law_version))
    for user in people:
        _check_may_sit(sitting, user, is_chair=user.id == chair.id, by=by)
    commission = Commission(
        id=uuid4(), sitting=sitting, act_number=act_number.strip(), act_on=act_on, approved_by_id=by.id,
        approved_at=now,
    )  # fmt: skip
    db.session.add(commission)
    for place, user in enumerate(people, 1):
        commission.members.append(CommissionMember(id=uuid4(), user_id=user.id, place=place, joined_at=now))
    audit.record(
        "commission.approved", commission, by=by, at=now, sitting=sitting.id, act=commission.act_number, act_on=act_on,
        members=[[member.id, member.user_id, member.place] for member in commission.members],
    )  # fmt: skip
    return commission


@sittings.needed_for_opening
def commission_missing(sitting: Sitting) -> str | None:
    """``"commission"`` unless one is approved that can hear an appeal: a chair and a member in office (¶34)."""
    commission = queries.commission_of(sitting)
    office = queries.in_office(commission) if commission else []
    stands = len(office) >= rules.COMMISSION_MIN and any(member.is_chair for member in office)
    return None if stands else "commission"


@sittings.before_opening
def check_nobody_in_conflict(sitting: Sitting, now: datetime) -> None:
    """Proctors may have been appointed after the commission was approved: whoever sits on it is looked at again (¶34).

    Raises:
        ConflictOfInterest: names the first who may not judge.
    """
    commission, known = queries.commission_of(sitting), _Known(sitting)
    for member in queries.in_office(commission) if commission else ():
        rules.check_conflict(known.conflict_of(member.user), member.user.full_name)


def _check_may_sit(sitting: Sitting, user: User, *, is_chair: bool, by: User) -> None:
    needed = Permission.APPEALS_LEAD if is_chair else Permission.APPEALS_HEAR
    if not user.is_active or needed not in user.permissions:
        raise rules.NotQualified(name=user.full_name)
    conflict = Conflict.APPOINTER if user.id == by.id else conflict_of(sitting, user)
    rules.check_conflict(conflict, user.full_name)


def recuse(member: CommissionMember, reason: str, *, by: User, now: datetime) -> None:
    """A member leaves the commission: a declared relative, or another reason; the place waits for a substitute.

    Votes that were cast on appeals not decided yet do not count any more: those who are left, and the substitute,
    vote anew.

    Raises:
        ReasonMissing: no reason.
        MemberLeft: they left before.
        MemberNeededToSign: they took part in a decision whose protocol they have not signed.
    """
    queries.lock(member.commission)
    db.session.refresh(member)
    if not reason.strip():
        raise rules.ReasonMissing
    if member.left_at is not None:
        raise rules.MemberLeft
    appeals = queries.appeals_of(member.commission.sitting)
    if any(_is_awaited(appeal, member) for appeal in appeals):
        raise rules.MemberNeededToSign
    member.left_at, member.left_reason = now, reason.strip()
    audit.record(
        "commission.member_left", member, by=by, at=now, commission=member.commission_id, user=member.user_id,
        reason=member.left_reason,
    )  # fmt: skip
    for appeal in appeals:
        ballots.discard(appeal, member, by=by, now=now)


def _is_awaited(appeal: Appeal, member: CommissionMember) -> bool:
    """Whether the member decided this appeal, and its protocol waits for their signature."""
    protocol = queries.protocol_of(appeal) if appeal.status == AppealStatus.DECIDED else None
    if protocol is None or all(ballot.member_id != member.id for ballot in queries.votes_of(appeal)):
        return False
    settled = {one.member_id for one in protocol.signatures} | {one.member_id for one in protocol.missed}
    return member.id not in settled


def substitute(
    member: CommissionMember, user: User, act_number: str, act_on: date, *, by: User, now: datetime
) -> CommissionMember:
    """Somebody takes the place of a member who left, by an act of the department like the one that approved them.

    At the table of a hearing that is not decided they sit down when they have declared
    (:func:`appeals.services.declarations.declare`).

    Raises:
        MemberSits: the member has not left, or the place was taken again.
        AlreadyMember: this person sits on the commission.
        ActNeeded: no number, or a date in the future.
        NotQualified, ConflictOfInterest: as in :func:`approve`.
    """
    queries.lock(member.commission)
    db.session.refresh(member)
    commission = member.commission
    sits = queries.in_office(commission)
    if member.left_at is None or any(other.place == member.place for other in sits):
        raise rules.MemberSits
    if any(other.user_id == user.id for other in sits):
        raise rules.AlreadyMember(name=user.full_name)
    rules.check_act(act_number, act_on, today=now.astimezone(commission.sitting.zone).date())
    _check_may_sit(commission.sitting, user, is_chair=member.is_chair, by=by)
    fresh = CommissionMember(
        id=uuid4(), commission=commission, user_id=user.id, place=member.place, joined_at=now, substitutes_id=member.id,
        act_number=act_number.strip(), act_on=act_on,
    )  # fmt: skip
    db.session.add(fresh)
    audit.record(
        "commission.member_substituted", fresh, by=by, at=now, commission=commission.id, user=user.id,
        place=fresh.place, instead_of=member.id, act=fresh.act_number, act_on=act_on,
    )  # fmt: skip
    return fresh


@audit.witness("commission.approved")
def _commission_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The act and the people whom it names are still on record, each at their place."""
    said, commission = audit.facts(entry), db.session.get(Commission, audit.subject_id(entry))
    if commission is None:
        yield "the commission is missing"
        return
    if (str(commission.sitting_id), commission.act_number, str(commission.act_on), commission.approved_at) != (
        said["sitting"], said["act"], said["act_on"], entry.at,
    ):  # fmt: skip
        yield "the approval of this commission was altered"
    now = [[str(m.id), str(m.user_id), m.place] for m in commission.members if m.substitutes_id is None]
    if sorted(now) != sorted(said["members"]):
        yield "the members of this commission were altered"


@audit.witness("commission.member_left")
def _leaving_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Who left, when and why is still on record."""
    said, member = audit.facts(entry), db.session.get(CommissionMember, audit.subject_id(entry))
    if member is None or (str(member.user_id), member.left_at, member.left_reason) != (
        said["user"], entry.at, said["reason"],
    ):  # fmt: skip
        yield "the recusal of this member was altered"


@audit.witness("commission.member_substituted")
def _substitution_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """Who sits instead of whom is still on record."""
    said, member = audit.facts(entry), db.session.get(CommissionMember, audit.subject_id(entry))
    if member is None or (str(member.user_id), member.place, str(member.substitutes_id), member.joined_at) != (
        said["user"], said["place"], said["instead_of"], entry.at,
    ):  # fmt: skip
        yield "the substitution of this member was altered"
        return
    act = None if member.act_on is None else str(member.act_on)
    if (member.act_number, act) != (said.get("act"), said.get("act_on")):  # entries older than this rule name none
        yield "the act of this substitution was altered"
