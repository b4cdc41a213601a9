"""Where a person stands in the matter of an appeal: what they may read, and what they can do now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from werkzeug.exceptions import NotFound

from accounts.models import User
from accounts.rules import Permission
from appeals import conflict_queries, form_queries, queries
from appeals.models import Appeal, AppealProtocol, Commission, CommissionMember, Finding, Hearing, KeyViewing, Vote
from appeals.rules.commission import NotInCommission
from appeals.rules.hearing import WAIT_FOR_CANDIDATE, KeyNotReviewed
from appeals.rules.states import AppealStatus, check_status
from appeals.rules.viewing import check_saw
from appeals.services import content, looks, protocols
from core.clock import request_now
from core.db import transaction
from testing_center.views.room import me


@dataclass(frozen=True)
class Standing:
    """One person before one appeal; the services check again what is done."""

    appeal: Appeal
    user: User
    commission: Commission | None
    member: CommissionMember | None
    office: list[CommissionMember]
    present: list[CommissionMember]
    findings: list[Finding]
    votes: dict[UUID, Vote]
    discarded: dict[UUID, Vote]
    viewing: KeyViewing | None
    protocol: AppealProtocol | None
    unsigned: list[CommissionMember]
    is_form_free: bool
    declared: set[UUID]
    now: datetime

    @property
    def hearing(self) -> Hearing | None:
        """The hearing, once it was opened."""
        return self.appeal.hearing

    @property
    def is_chair(self) -> bool:
        """Whether this person leads the commission."""
        return self.member is not None and self.member.is_chair

    @property
    def is_at_table(self) -> bool:
        """Whether this person sits at the table of the hearing."""
        return self.member is not None and any(member.id == self.member.id for member in self.present)

    @property
    def is_witness(self) -> bool:
        """Whether this person was there when the key was shown."""
        return self.member is not None and self.hearing is not None and str(self.member.id) in self.hearing.witnesses

    @property
    def is_open(self) -> bool:
        """Whether the hearing is open."""
        is_heard = self.appeal.status == AppealStatus.HEARING
        return is_heard and self.hearing is not None and self.hearing.closed_at is None

    @property
    def is_adjourned(self) -> bool:
        """Whether a hearing was opened and adjourned, and the appeal waits to be heard."""
        return self.appeal.status == AppealStatus.FILED and self.hearing is not None

    @property
    def earlier(self) -> list[dict[str, Any]]:
        """Times before this in which the hearing was open, the one that was adjourned last included."""
        if (last := self.hearing) is None:
            return []
        at, now = datetime.fromisoformat, {name: getattr(last, name) for name in ("opened_at", "closed_at", "reason")}
        found = [one | {"opened_at": at(one["opened_at"]), "closed_at": at(one["closed_at"])} for one in last.earlier]
        return [*found, now] if self.is_adjourned else found

    @property
    def people(self) -> dict[str, str]:
        """Names of everybody who ever sat on the commission, by the id of their place."""
        return {str(member.id): member.user.full_name for member in self.commission.members} if self.commission else {}

    @property
    def is_viewed(self) -> bool:
        """Whether the key was shown at all."""
        return self.hearing is not None and bool(self.hearing.viewings)

    @property
    def reads(self) -> bool:
        """Whether application, findings and protocol are for this person: the commission, and who oversees it."""
        return self.member is not None or bool(self.user.permissions & queries.SEES_ALL)

    @property
    def reads_findings(self) -> bool:
        """Findings tell of the key: before the decision they are for the table only."""
        return self.is_at_table or (self.reads and self.appeal.outcome is not None)

    @property
    def in_hearing(self) -> bool:
        """Whether the appeal is being heard and this person is at the table."""
        return self.appeal.status == AppealStatus.HEARING and self.is_at_table

    @property
    def has_declared(self) -> bool:
        """Whether this member has declared that the candidate is no relative."""
        return self.member is not None and self.member.id in self.declared

    @property
    def may_declare(self) -> bool:
        """A member in office, until the decision; who has declared may still find out that they are related."""
        return self.member is not None and self.appeal.status in (AppealStatus.FILED, AppealStatus.HEARING)

    @property
    def may_invite(self) -> bool:
        """The chair, while nobody was heard."""
        return self.appeal.status == AppealStatus.FILED and self.is_chair

    @property
    def may_lapse(self) -> bool:
        """The chair, when the candidate was waited for and did not come."""
        until = self.appeal.invited_for and self.appeal.invited_for + WAIT_FOR_CANDIDATE
        return self.may_invite and until is not None and self.now > until

    @property
    def may_open(self) -> bool:
        """The chair, when the proctor has recognised the person; again where it was adjourned."""
        return self.may_invite and self.appeal.confirmed_at is not None

    @property
    def may_reopen(self) -> bool:
        """The chair, after the key was shown and the hearing closed: whoever has not seen the key can still see it."""
        return self.appeal.status == AppealStatus.HEARING and self.is_chair and not self.is_open

    @property
    def may_view(self) -> bool:
        """Everybody at the table of a hearing that is not closed, when nobody works on the form any more."""
        return self.in_hearing and self.is_open and self.is_form_free

    @property
    def may_close(self) -> bool:
        """The chair, when the key was shown."""
        return self.is_open and self.is_chair and self.is_viewed

    @property
    def may_adjourn(self) -> bool:
        """The chair, while the key was not shown."""
        return self.is_open and self.is_chair and not self.is_viewed

    @property
    def may_find(self) -> bool:
        """Everybody who was there when the key was shown; voting likewise."""
        return self.in_hearing and self.is_witness

    @property
    def may_decide(self) -> bool:
        """The chair, who was there when the key was shown."""
        return self.may_find and self.is_chair

    @property
    def may_sign(self) -> bool:
        """Whoever decided and has not signed."""
        return self.member is not None and any(one.id == self.member.id for one in self.unsigned)

    @property
    def may_hand_over(self) -> bool:
        """A member in office or an administrator, when all have signed."""
        is_ready = self.appeal.status == AppealStatus.DECIDED and not self.unsigned
        return is_ready and (self.member is not None or Permission.COMMISSIONS_MANAGE in self.user.permissions)

    @property
    def own_vote(self) -> Vote | None:
        """How this person has voted so far."""
        return self.votes.get(self.member.id) if self.member else None

    @property
    def is_discarded(self) -> bool:
        """Whether this person has voted, and the vote was taken out of the count since."""
        return self.in_hearing and self.own_vote is None and self.last_discarded is not None

    @property
    def last_discarded(self) -> Vote | None:
        """The last vote of this person that does not count any more."""
        return self.discarded.get(self.member.id) if self.member else None

    def found(self, place: int) -> list[Finding]:
        """What was found of the item at this place of the form: nothing yet, one finding, or two."""
        return [one for one in self.findings if one.place == place]

    def restated(self, finding: Finding) -> dict[str, str | None] | None:
        """The answer recorded and the one that counts, of a recording fault."""
        return content.restated(finding)

    def question(self, place: int) -> int:
        """The number on the candidate's screen."""
        shown: list[int] = self.appeal.attempt.order["items"]
        return shown.index(place) + 1

    def place(self, question: int) -> int:
        """The place in the form of a number on the candidate's screen, or 404."""
        shown: list[int] = self.appeal.attempt.order["items"]
        if not 1 <= question <= len(shown):
            raise NotFound
        return shown[question - 1]

    @property
    def disputed(self) -> list[int]:
        """Numbers on the screen of the questions that the application names."""
        return sorted(self.question(place) for place in self.appeal.items)


def standing(appeal: Appeal, user: User, *, now: datetime) -> Standing:
    """How this person stands before the appeal now."""
    commission, hearing = queries.commission_of(appeal.sitting), appeal.hearing
    office = queries.in_office(commission) if commission else []
    present = _present(hearing, office)
    protocol, shown = queries.protocol_of(appeal), appeal.attempt.order["items"]
    return Standing(
        appeal=appeal, user=user, commission=commission, member=_seat(user, office), office=office, present=present,
        findings=sorted(queries.findings_of(appeal), key=lambda one: shown.index(one.place)),
        votes={vote.member_id: vote for vote in queries.votes_of(appeal)},
        discarded={vote.member_id: vote for vote in queries.discarded_votes(appeal)},
        viewing=queries.open_viewing(hearing, user, now=now) if hearing else None, protocol=protocol,
        unsigned=protocols.unsigned(protocol) if protocol else [],
        is_form_free=form_queries.is_form_free(appeal.attempt.form),
        declared=conflict_queries.declared_among([appeal.id])[appeal.id], now=now,
    )  # fmt: skip


def standings(user: User, *, now: datetime) -> list[Standing]:
    """The same for every appeal that waits before a commission of this person, as far as a list shows it.

    Findings, votes and the key are left out. As many statements for many appeals as for one.
    """
    appeals = queries.appeals_before(user)
    offices = queries.offices_of({appeal.attempt.sitting_id for appeal in appeals})
    signed = queries.protocols_among([appeal.id for appeal in appeals])
    declared = conflict_queries.declared_among([appeal.id for appeal in appeals])
    found = []
    for appeal in appeals:
        office, protocol = offices[appeal.attempt.sitting_id], signed.get(appeal.id)
        present, member = _present(appeal.hearing, office), _seat(user, office)
        found.append(
            Standing(
                appeal=appeal, user=user, commission=member.commission if member else None, member=member,
                office=office, present=present, findings=[], votes={}, discarded={}, viewing=None, protocol=protocol,
                unsigned=_unsigned(protocol, present), is_form_free=False, declared=declared[appeal.id], now=now,
            )
        )  # fmt: skip
    return found


def _seat(user: User, office: Sequence[CommissionMember]) -> CommissionMember | None:
    return next((member for member in office if member.user_id == user.id), None)


def _present(hearing: Hearing | None, office: Sequence[CommissionMember]) -> list[CommissionMember]:
    if hearing is None or hearing.reason is not None:  # at one that was adjourned nobody sits any more
        return []
    return [member for member in office if str(member.id) in hearing.at_table]


def _unsigned(protocol: AppealProtocol | None, present: Sequence[CommissionMember]) -> list[CommissionMember]:
    done = {one.member_id for one in protocol.signatures} if protocol else set()
    done |= {one.member_id for one in protocol.missed} if protocol else set()
    return [member for member in present if protocol and member.id not in done]


def check_table(where: Standing) -> None:
    """Refuse the page of a finding or a vote to whoever could not send it.

    Raises:
        AppealNotOpen, NotInCommission, KeyNotReviewed, NotAtViewing: as the service would.
    """
    check_status(where.appeal.status, AppealStatus.HEARING)
    if not where.is_at_table:
        raise NotInCommission
    if not where.is_viewed:
        raise KeyNotReviewed
    check_saw(where.is_witness)


def standing_of(appeal_id: UUID) -> Standing:
    """How the person who makes this request stands before an appeal that they may see; else 404."""
    return standing(queries.get_appeal_to_see(appeal_id, me()), me(), now=request_now())


def look(row: Appeal | AppealProtocol) -> None:
    """Record once a quarter of an hour that this person reads a name or a protocol."""
    if looks.is_due(row, by=me(), now=request_now()):
        with transaction():
            looks.record(row, by=me(), now=request_now())
