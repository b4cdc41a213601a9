"""Where a person stands in the matter of an appeal: what they may read, and what they can do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from werkzeug.exceptions import NotFound

from accounts.models import User
from accounts.rules import Permission
from appeals import queries
from appeals.models import (
    Appeal,
    AppealProtocol,
    Commission,
    CommissionMember,
    Finding,
    Hearing,
    KeyViewing,
    Vote,
)
from appeals.rules.commission import NotInCommission
from appeals.rules.hearing import WAIT_FOR_CANDIDATE, KeyNotReviewed
from appeals.rules.states import AppealStatus, check_status
from appeals.services import looks, protocols
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
    viewing: KeyViewing | None
    protocol: AppealProtocol | None
    unsigned: list[CommissionMember]
    is_form_free: bool
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
        """The chair, when the proctor has recognised the person."""
        return self.may_invite and self.appeal.confirmed_at is not None

    @property
    def may_view(self) -> bool:
        """Everybody at the table of a hearing that is not closed, when nobody works on the form any more."""
        return self.in_hearing and self.hearing is not None and self.hearing.closed_at is None and self.is_form_free

    @property
    def may_close(self) -> bool:
        """The chair at the table, once."""
        return self.in_hearing and self.is_chair and self.hearing is not None and self.hearing.closed_at is None

    @property
    def may_find(self) -> bool:
        """Everybody at the table, when the key was shown; voting likewise."""
        return self.in_hearing and self.is_viewed

    @property
    def may_decide(self) -> bool:
        """The chair at the table, when the key was shown."""
        return self.may_find and self.is_chair

    @property
    def may_sign(self) -> bool:
        """Whoever decided and has not signed."""
        return self.member is not None and any(one.id == self.member.id for one in self.unsigned)

    @property
    def may_hand_over(self) -> bool:
        """A member in office or an administrator, when all have signed."""
        manages = Permission.COMMISSIONS_MANAGE in self.user.permissions
        is_ready = self.appeal.status == AppealStatus.DECIDED and not self.unsigned
        return is_ready and (self.member is not None or manages)

    @property
    def own_vote(self) -> Vote | None:
        """How this person has voted so far."""
        return self.votes.get(self.member.id) if self.member else None

    def finding(self, place: int) -> Finding | None:
        """What was found of the item at this place of the form."""
        return next((one for one in self.findings if one.place == place), None)

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
    protocol, shown = queries.protocol_of(appeal), appeal.attempt.order["items"]
    return Standing(
        appeal=appeal, user=user, commission=commission,
        member=queries.member_of(commission, user) if commission else None,
        office=queries.in_office(commission) if commission else [],
        present=queries.present_members(hearing) if hearing else [],
        findings=sorted(queries.findings_of(appeal), key=lambda one: shown.index(one.place)),
        votes={vote.member_id: vote for vote in queries.votes_of(appeal)},
        viewing=queries.open_viewing(hearing, user) if hearing else None, protocol=protocol,
        unsigned=protocols.unsigned(protocol) if protocol else [],
        is_form_free=queries.is_form_free(appeal.attempt.form), now=now,
    )  # fmt: skip


def check_table(where: Standing) -> None:
    """Refuse the page of a finding or a vote to whoever could not send it.

    Raises:
        AppealNotOpen, NotInCommission, KeyNotReviewed: as the service would.
    """
    check_status(where.appeal.status, AppealStatus.HEARING)
    if not where.is_at_table:
        raise NotInCommission
    if not where.is_viewed:
        raise KeyNotReviewed


def standing_of(appeal_id: UUID) -> Standing:
    """How the person who makes this request stands before an appeal that they may see; else 404."""
    return standing(queries.get_appeal_to_see(appeal_id, me()), me(), now=request_now())


def look(row: Appeal | AppealProtocol) -> None:
    """Record once a quarter of an hour that this person reads a name or a protocol."""
    if looks.is_due(row, by=me(), now=request_now()):
        with transaction():
            looks.record(row, by=me(), now=request_now())
