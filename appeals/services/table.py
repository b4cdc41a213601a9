"""Who acts at the table of a hearing: the chair, a member who is there, a member who has seen the key (¶34–35)."""

from __future__ import annotations

from accounts.models import User
from appeals import queries
from appeals.models import Appeal, Commission, CommissionMember, Hearing
from appeals.rules import commission as seats
from appeals.rules import viewing as rules
from appeals.rules.hearing import HearingClosed
from appeals.rules.states import AppealStatus, check_status
from core.db import db


def commission_for(appeal: Appeal) -> Commission:
    """The commission that hears the appeal, held until the end of the transaction.

    Raises:
        NoCommission: none was approved for the sitting.
    """
    commission = queries.commission_of(appeal.sitting)
    if commission is None:
        raise seats.NoCommission
    queries.lock(commission)
    return commission


def check_chair(appeal: Appeal, by: User) -> CommissionMember:
    """The chair in office, who acts.

    Raises:
        NotInCommission, OnlyTheChair: somebody else acts.
        NoCommission: none was approved.
    """
    member = queries.member_of(commission_for(appeal), by)
    if member is None:
        raise seats.NotInCommission
    if not member.is_chair:
        raise seats.OnlyTheChair
    return member


def check_present(appeal: Appeal, by: User) -> CommissionMember:
    """The member at the table of this hearing who acts: there when it opened, or at a viewing of the key since.

    Raises:
        NotInCommission: not in office, or not at this hearing.
        NoCommission: none was approved.
    """
    member = queries.member_of(commission_for(appeal), by)
    if appeal.hearing is not None:
        db.session.refresh(appeal.hearing)  # a substitute may have come to the table
    if member is None or appeal.hearing is None or str(member.id) not in appeal.hearing.at_table:
        raise seats.NotInCommission
    return member


def check_witness(appeal: Appeal, by: User) -> CommissionMember:
    """The member who acts and was there when the key was shown.

    Raises:
        NotInCommission, NoCommission: as :func:`check_present`.
        NotAtViewing: they have not seen the key in the candidate's presence.
    """
    member = check_present(appeal, by)
    rules.check_saw(appeal.hearing is not None and str(member.id) in appeal.hearing.witnesses)
    return member


def check_open(appeal: Appeal, hearing: Hearing) -> None:
    """Refuse what is done only while the hearing is open.

    Raises:
        AppealNotOpen, HearingClosed.
    """
    check_status(appeal.status, AppealStatus.HEARING)
    if hearing.closed_at is not None:
        raise HearingClosed
