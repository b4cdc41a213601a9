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
from question_bank.kinds.base import Kind, Parts, Response

PRESENCE_NOTE_MAX = 200  # characters
WAIT_FOR_CANDIDATE = timedelta(minutes=15)  # from the moment of the invitation; the regulation names none (ADR 0015)
INVITED_AHEAD = timedelta(hours=24)  # so that an invited candidate can come; the regulation names no term (ADR 0015)
TOLD_HOW_MAX = 500  # characters of how a candidate was told of the hearing
REASON_MAX = 500  # characters of why a hearing was adjourned
CHANGES_KEY = frozenset({FindingKind.WRONG_KEY, FindingKind.SEVERAL_RIGHT})
Someone = TypeVar("Someone")


class InvitationTooShort(Refusal):
    code = "invitation_too_short"
    message = _l("The candidate is invited at least 24 hours ahead, so not earlier than: %(earliest)s.")


class TooEarlyToLapse(Refusal):
    code = "too_early_to_lapse"
    message = _l("The commission waits for the candidate until: %(until)s.")


class HourStillRuns(Refusal):
    code = "hour_still_runs"
    message = _l("The time for appeals of this sitting has not run out yet: nobody has missed a hearing.")


class NotTold(Refusal):
    code = "not_told"
    message = _l("The letter with the invitation has not been sent. Write down how the candidate was told.")


class PresenceMissing(Refusal):
    code = "presence_missing"
    message = _l("There is no hearing without the candidate. Write down the document they showed.")


class HearingClosed(Refusal):
    code = "hearing_closed"
    message = _l("The hearing is closed.")


class NothingShown(Refusal):
    code = "nothing_shown"
    message = _l("The key was not shown, so there is nothing to decide on. Adjourn the hearing and state why.")


class KeyWasShown(Refusal):
    code = "key_was_shown"
    message = _l("The key was shown: the hearing is not adjourned any more. Close it.")


class AdjournmentUnexplained(Refusal):
    code = "adjournment_unexplained"
    message = _l("State why the hearing is adjourned.")


class KeyNotReviewed(Refusal):
    code = "key_not_reviewed"
    message = _l("The commission decides after the key was shown in the candidate's presence.")


class FindingIncomplete(Refusal):
    code = "finding_incomplete"
    message = _l("State the reason of the finding and, where the key changes, what is right instead.")


class CountingAnswerMissing(Refusal):
    code = "counting_answer_missing"
    message = _l("State which answer counts: one of the options that were shown, or no answer.")


class AnswerCountsAlready(Refusal):
    code = "answer_counts_already"
    message = _l("This answer is the one that was recorded. State another one, or make another finding.")


class KeyUnchanged(Refusal):
    code = "key_unchanged"
    message = _l("You find the key wrong and name it as right: with this finding nothing would change.")


class NothingAdded(Refusal):
    code = "nothing_added"
    message = _l("You find more than one answer right and add none: name an answer that is not in the key.")


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


class SignatureMissed(Refusal):
    code = "signature_missed"
    message = _l("It is recorded that this member could not sign the protocol.")


class MissedIncomplete(Refusal):
    code = "missed_incomplete"
    message = _l("State why the member cannot sign, and the document that shows it.")


class SignaturesMissing(Refusal):
    code = "signatures_missing"
    message = _l("The protocol is not signed by all yet. Missing: %(names)s.")


def check_invitation(at: datetime, *, zone: tzinfo, now: datetime) -> None:
    """A candidate is invited a day ahead, the bound in time (¶35, decision); who is here needs no invitation."""
    if at < now + INVITED_AHEAD:
        raise InvitationTooShort(earliest=told(now + INVITED_AHEAD, zone))


def check_may_lapse(
    invited_for: datetime | None, *, may_still_file: bool, is_told: bool, zone: tzinfo, now: datetime
) -> None:
    """Only who was invited, was told of it and was waited for has not come (¶35: no hearing without the candidate).

    ``may_still_file``: the sitting runs, or its appeal hour. ``is_told``: the letter went out, or it is written down
    how the candidate was told.

    Raises:
        TooEarlyToLapse, HourStillRuns, NotTold.
    """
    until = None if invited_for is None else invited_for + WAIT_FOR_CANDIDATE
    if until is None or now <= until:
        raise TooEarlyToLapse(until=told(until, zone))
    if may_still_file:
        raise HourStillRuns
    if not is_told:
        raise NotTold


def check_adjournment(reason: str, *, is_shown: bool) -> str:
    """A hearing at which the key was not shown is adjourned for a reason, and heard anew (¶35, decision).

    Raises:
        KeyWasShown, AdjournmentUnexplained.
    """
    if is_shown:
        raise KeyWasShown
    if not reason.strip() or len(reason.strip()) > REASON_MAX:
        raise AdjournmentUnexplained
    return reason.strip()


def check_presence(note: str) -> str:
    """The document by which the candidate was recognised at the hearing (¶35)."""
    if not note.strip() or len(note.strip()) > PRESENCE_NOTE_MAX:
        raise PresenceMissing
    return note.strip()


def check_finding(
    found: FindingKind, reason: str, accepted: Sequence[Sequence[str]], kind: Kind, parts: Parts,
    recorded: Sequence[str] = (), in_force: Sequence[Sequence[str]] = (),
) -> list[Response]:  # fmt: skip
    """A finding has a reason; a changed key says what is right, a finding of another kind says nothing of it (¶35).

    ``kind`` and ``parts`` are those of the question; each of ``accepted`` is one right answer. A recording fault says
    the one response that counts instead of the ``recorded`` one, empty for no answer. ``in_force`` are the right
    answers so far, none of a void item: a wrong key leaves one of them out, several right add to them.

    Returns:
        What is accepted in the one way of writing of its kind.

    Raises:
        FindingIncomplete, CountingAnswerMissing, AnswerCountsAlready, KeyUnchanged, NothingAdded.
    """
    if found == FindingKind.RECORDING_FAULT and reason.strip():
        return [_counting(accepted, kind, parts, recorded)]
    right = [key for said in accepted if (key := kind.read_key(said, parts)) is not None]
    if not reason.strip() or len(right) != len(accepted) or bool(right) != (found in CHANGES_KEY):
        raise FindingIncomplete
    said, known = set(right), {tuple(response) for response in in_force}
    if found == FindingKind.WRONG_KEY and known and known <= said:
        raise KeyUnchanged
    if found == FindingKind.SEVERAL_RIGHT and said <= known:
        raise NothingAdded
    return sorted(said)


def _counting(accepted: Sequence[Sequence[str]], kind: Kind, parts: Parts, recorded: Sequence[str]) -> Response:
    counts = kind.read(accepted[0], parts) if len(accepted) == 1 else None
    if counts is None:
        raise CountingAnswerMissing
    if counts == tuple(recorded):
        raise AnswerCountsAlready
    return counts


def check_findings(lacking: Sequence[int]) -> None:
    """Every disputed item has a finding before the decision (¶35); ``lacking`` are numbers on the screen."""
    if lacking:
        raise FindingsMissing(questions=", ".join(map(str, sorted(lacking))))


def check_votes(lacking: Sequence[str]) -> None:
    """Every member present votes (¶34, decision); ``lacking`` are names."""
    if lacking:
        raise VotesMissing(names=", ".join(lacking))


def check_missed(reason: str, document: str) -> tuple[str, str]:
    """A signature that cannot be given is recorded with its reason and the document that shows it (¶35, decision)."""
    if not reason.strip() or not document.strip():
        raise MissedIncomplete
    return reason.strip(), document.strip()


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
