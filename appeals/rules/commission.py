"""Who sits on a technical commission, and when it can decide (¶34)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import TypeVar

from appeals.rules.states import CONFLICT_NAMES, Conflict
from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from regulation.law import Regulation

COMMISSION_MIN = 2  # a chair and, as ¶35 says, members who sign with the chair
Someone = TypeVar("Someone")


class CommissionSize(Refusal):
    code = "commission_size"
    message = _l("The commission has from %(least)s to %(most)s people, the chair included. Chosen: %(n)s.")


class OneChair(Refusal):
    code = "one_chair"
    message = _l("The commission has exactly one chair. Chosen: %(n)s.")


class ConflictOfInterest(Refusal):
    """``conflict`` is a stable code; the sentence names it in words."""

    code = "conflict_of_interest"
    message = _l("This person cannot sit on the commission: %(name)s. Reason: %(reason)s.")

    def __str__(self) -> str:
        return str(self.message) % {**self.params, "reason": CONFLICT_NAMES[Conflict(self.params["conflict"])]}


class NotQualified(Refusal):
    code = "not_qualified"
    message = _l("This person does not hold the role that this place needs: %(name)s.")


class CommissionExists(Refusal):
    code = "commission_exists"
    message = _l("The commission of this sitting was approved already. Act: %(act)s.")


class CommissionTooLate(Refusal):
    code = "commission_too_late"
    message = _l("The commission is approved before the sitting opens.")


class ActNeeded(Refusal):
    code = "act_needed"
    message = _l("State the number and the date of the act; the date is not in the future.")


class ReasonMissing(Refusal):
    code = "reason_missing"
    message = _l("State the reason.")


class MemberLeft(Refusal):
    code = "member_left"
    message = _l("This member has left the commission already.")


class MemberSits(Refusal):
    code = "member_sits"
    message = _l("This place is taken: its member has not left, or was substituted already.")


class AlreadyMember(Refusal):
    code = "already_member"
    message = _l("This person is in the commission already: %(name)s.")


class MemberNeededToSign(Refusal):
    code = "member_needed_to_sign"
    message = _l("This member has decided an appeal and leaves only after signing its protocol.")


class DeclarationMissing(Refusal):
    code = "declaration_missing"
    message = _l("These members have not declared yet whether they are related to the candidate: %(names)s.")


class DeclaredAlready(Refusal):
    code = "declared_already"
    message = _l("You have declared this already.")


class NoCommission(Refusal):
    code = "no_commission"
    message = _l("No commission was approved for this sitting.")


class NotInCommission(Refusal):
    code = "not_in_commission"
    status = 403
    title = _l("No permission")
    message = _l("You are not in this commission, or not at this hearing.")


class OnlyTheChair(Refusal):
    code = "only_the_chair"
    status = 403
    title = _l("No permission")
    message = _l("Only the chair of the commission does this.")


class NoQuorum(Refusal):
    code = "no_quorum"
    message = _l(
        "More than half of the approved members and the chair must be present. Places: %(places)s. Present: %(n)s."
    )


def check_composition(people: Sequence[Someone], chairs: Collection[Someone], *, law: Regulation) -> None:
    """Exactly one chair, and with the chair at least two and at most five people, each once (¶34)."""
    distinct = set(people)
    if len(chairs) != 1 or not set(chairs) <= distinct:
        raise OneChair(n=len(chairs))
    if not COMMISSION_MIN <= len(distinct) <= law.commission_max or len(distinct) != len(people):
        raise CommissionSize(least=COMMISSION_MIN, most=law.commission_max, n=len(people))


def check_act(number: str, on: date, *, today: date) -> None:
    """The department approves the commission by a dated act (¶34)."""
    if not number.strip() or on > today:
        raise ActNeeded


def check_conflict(conflict: Conflict | None, name: str) -> None:
    """Nobody sits in judgement on their own work or declares a relative and stays (¶34)."""
    if conflict is not None:
        raise ConflictOfInterest(name=name, conflict=str(conflict))


def check_declared(lacking: Sequence[str]) -> None:
    """Who has not declared about relatives does not count as present (¶34, decision); ``lacking`` are names."""
    if lacking:
        raise DeclarationMissing(names=", ".join(lacking))


def check_quorum(places: Collection[Someone], present: Collection[Someone], chair: Someone | None) -> None:
    """More than half of the places that the act approved, the chair's among them and never alone (¶34–35, decision).

    A place whose member has left still counts: nobody can be outvoted by being sent away.
    """
    there = set(present) & set(places)
    if chair not in there or 2 * len(there) <= len(places) or len(there) < COMMISSION_MIN:
        raise NoQuorum(places=len(places), n=len(there))
