"""The hearing: in the candidate's presence, the key on the screen, findings, votes, signatures (¶35)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TypeVar

from appeals.rules.filing import told
from appeals.rules.states import AppealOutcome, FindingKind
from core.errors import Refusal
from core.i18n import lazy_gettext as _l

PRESENCE_NOTE_MAX = 200  # characters
WAIT_FOR_CANDIDATE = timedelta(minutes=15)  # from the moment of the invitation; the regulation names none (ADR 0015)
GAP = timedelta(seconds=60)  # a longer pause between two saves is shown at key review
CHANGES_KEY = frozenset({FindingKind.WRONG_KEY, FindingKind.SEVERAL_RIGHT})
Someone = TypeVar("Someone")


class InvitationPast(Refusal):
    code = "invitation_past"
    message = _l("The hearing must be in the future.")


class TooEarlyToLapse(Refusal):
    code = "too_early_to_lapse"
    message = _l("The commission waits for the candidate until: %(until)s.")


class PresenceMissing(Refusal):
    code = "presence_missing"
    message = _l("There is no hearing without the candidate. Write down the document they showed.")


class HearingClosed(Refusal):
    code = "hearing_closed"
    message = _l("The hearing is closed.")


class FormInUse(Refusal):
    code = "form_in_use"
    message = _l("The key is not shown while somebody still sits this test.")


class ViewingNotOpen(Refusal):
    code = "viewing_not_open"
    status = 403
    title = _l("The key is closed")
    message = _l("The key is shown only during a viewing that you have begun in the hearing.")


class KeyNotReviewed(Refusal):
    code = "key_not_reviewed"
    message = _l("The commission decides after the key was shown in the candidate's presence.")


class FindingIncomplete(Refusal):
    code = "finding_incomplete"
    message = _l("State the reason of the finding and, where the key changes, what is right instead.")


class FindingsMissing(Refusal):
    code = "findings_missing"
    message = _l("A finding is missing for these questions: %(questions)s.")


class VotesMissing(Refusal):
    code = "votes_missing"
    message = _l("Members who have not voted yet: %(names)s.")


class NoDecision(Refusal):
    code = "no_decision"
    message = _l("The votes are equal and the chair's vote does not decide between them. Vote again.")


class OutcomeUnfounded(Refusal):
    code = "outcome_unfounded"
    message = _l("The outcome does not follow from the findings. Correct the findings or vote again.")


class AlreadySigned(Refusal):
    code = "already_signed"
    message = _l("You have signed this protocol already.")


class SignaturesMissing(Refusal):
    code = "signatures_missing"
    message = _l("The protocol is not signed by all yet. Missing: %(names)s.")


def check_invitation(at: datetime, *, now: datetime) -> None:
    """A hearing that the candidate is invited to lies ahead."""
    if at < now:
        raise InvitationPast


def check_may_lapse(invited_for: datetime | None, *, zone: tzinfo, now: datetime) -> None:
    """Only who was invited, and was waited for, has not come (¶35: no hearing without the candidate)."""
    until = None if invited_for is None else invited_for + WAIT_FOR_CANDIDATE
    if until is None or now <= until:
        raise TooEarlyToLapse(until=told(until, zone))


def check_presence(note: str) -> str:
    """The document by which the candidate was recognised at the hearing (¶35)."""
    if not note.strip() or len(note.strip()) > PRESENCE_NOTE_MAX:
        raise PresenceMissing
    return note.strip()


def check_finding(
    kind: FindingKind, reason: str, accepted: Sequence[Collection[str]], allowed: Collection[str]
) -> None:
    """A finding has a reason; a changed key says which options are right, a finding of another kind says none (¶35).

    ``allowed`` are the option ids of the item; each of ``accepted`` is one right response.
    """
    fits = all(response and set(response) <= set(allowed) for response in accepted)
    if not reason.strip() or not fits or bool(accepted) != (kind in CHANGES_KEY):
        raise FindingIncomplete


def check_findings(lacking: Sequence[int]) -> None:
    """Every disputed item has a finding before the decision (¶35); ``lacking`` are numbers on the screen."""
    if lacking:
        raise FindingsMissing(questions=", ".join(map(str, sorted(lacking))))


def check_votes(lacking: Sequence[str]) -> None:
    """Every member present votes (¶34, decision); ``lacking`` are names."""
    if lacking:
        raise VotesMissing(names=", ".join(lacking))


def check_signatures(lacking: Sequence[str]) -> None:
    """The chair and all members sign before the protocol is handed over (¶35); ``lacking`` are names."""
    if lacking:
        raise SignaturesMissing(names=", ".join(lacking))


def decision(
    votes: Mapping[Someone, AppealOutcome], chair: Someone, findings: Collection[FindingKind]
) -> AppealOutcome:
    """The outcome with most votes; at equal votes the chair's side (¶34–35, decision).

    Raises:
        NoDecision: several lead, and the chair voted for none of them.
        OutcomeUnfounded: upheld although everything agrees, or dismissed although something does not.
    """
    counts = Counter(votes.values())
    most = max(counts.values(), default=0)
    leading = [outcome for outcome, n in counts.items() if n == most]
    if len(leading) == 1:
        outcome = leading[0]
    elif votes.get(chair) in leading:
        outcome = votes[chair]
    else:
        raise NoDecision
    is_fault_found = any(kind != FindingKind.AGREES for kind in findings)
    if is_fault_found == (outcome == AppealOutcome.DISMISSED):
        raise OutcomeUnfounded
    return outcome
