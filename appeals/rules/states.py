"""States, findings, outcomes and conflicts, with the words for them (¶33–35)."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import Refusal
from core.i18n import lazy_gettext as _l


class AppealStatus(enum.StrEnum):
    """Life of an appeal."""

    FILED = "filed"
    WITHDRAWN = "withdrawn"  # by the candidate only
    HEARING = "hearing"  # the candidate is present and the key may be shown
    DECIDED = "decided"  # the commission has voted; the protocol waits for signatures
    CLOSED = "closed"  # signed by all and handed over
    LAPSED = "lapsed"  # the candidate did not come to a hearing they were invited to
    ANNULLED = "annulled"  # the sitting was, before the appeal was decided: no result is left to appeal against
    REJECTED = "rejected"  # by the proctor, before any hearing: somebody else filed it at the candidate's workstation


FINAL = frozenset(
    {
        AppealStatus.WITHDRAWN, AppealStatus.CLOSED, AppealStatus.LAPSED, AppealStatus.ANNULLED, AppealStatus.REJECTED,
    }
)  # fmt: skip


class FindingKind(enum.StrEnum):
    """What the key review showed of one disputed item (¶35)."""

    AGREES = "agrees"
    RECORDING_FAULT = "recording_fault"
    WRONG_KEY = "wrong_key"
    SEVERAL_RIGHT = "several_right"
    VOID = "void"


@dataclass(frozen=True)
class FindingData:
    """A finding as it is written down; ``accepted`` are responses, each a list of option ids."""

    kind: FindingKind
    reason: str
    accepted: Sequence[Sequence[str]] = ()


class AppealOutcome(enum.StrEnum):
    """How the commission decided."""

    DISMISSED = "dismissed"
    UPHELD_IN_PART = "upheld_in_part"
    UPHELD = "upheld"


class Conflict(enum.StrEnum):
    """Why a person may not sit on the commission of a sitting (¶34, decision)."""

    AUTHOR = "author"
    APPROVER = "approver"
    PROCTOR = "proctor"
    ORGANISER = "organiser"
    DESK = "desk"
    APPOINTER = "appointer"
    RECUSED = "recused"


STATUS_NAMES = {
    AppealStatus.FILED: _l("Filed"),
    AppealStatus.WITHDRAWN: _l("Withdrawn by the candidate"),
    AppealStatus.HEARING: _l("In hearing"),
    AppealStatus.DECIDED: _l("Decided, waiting for signatures"),
    AppealStatus.CLOSED: _l("Handed over to the candidate"),
    AppealStatus.LAPSED: _l("The candidate did not come"),
    AppealStatus.ANNULLED: _l("The result was annulled"),
    AppealStatus.REJECTED: _l("Not filed by the candidate"),
}
FINDING_NAMES = {
    FindingKind.AGREES: _l("Result, answer and key agree"),
    FindingKind.RECORDING_FAULT: _l("The answer was recorded wrongly"),
    FindingKind.WRONG_KEY: _l("The key is wrong"),
    FindingKind.SEVERAL_RIGHT: _l("More than one answer is right"),
    FindingKind.VOID: _l("The question cannot be judged"),
}
OUTCOME_NAMES = {
    AppealOutcome.DISMISSED: _l("Dismissed"),
    AppealOutcome.UPHELD_IN_PART: _l("Upheld in part"),
    AppealOutcome.UPHELD: _l("Upheld"),
}
CONFLICT_NAMES = {
    Conflict.AUTHOR: _l("wrote a question of this test"),
    Conflict.APPROVER: _l("approved a question of this test"),
    Conflict.PROCTOR: _l("proctor of this sitting"),
    Conflict.ORGANISER: _l("planned, opened or closed this sitting"),
    Conflict.DESK: _l("recognised persons at this sitting"),
    Conflict.APPOINTER: _l("approves this commission"),
    Conflict.RECUSED: _l("left this commission"),
}


class AppealNotOpen(Refusal):
    """``status`` is the stable code of the state; the sentence names it in words."""

    code = "appeal_not_open"
    message = _l("This is not possible for an appeal in this state: %(state)s.")

    def __str__(self) -> str:
        return str(self.message) % {"state": STATUS_NAMES[AppealStatus(self.params["status"])]}


class FindingsExclude(Refusal):
    code = "findings_exclude"
    message = _l(
        "These findings exclude each other. Two stand together only where an answer was recorded wrongly and the "
        "question itself is at fault: a wrong key, more than one right answer, or a question that cannot be judged."
    )


def check_together(kinds: Sequence[FindingKind]) -> None:
    """An answer recorded wrongly may stand beside one fault of the item itself; 'agrees' excludes all others (¶35).

    Raises:
        FindingsExclude: two faults of the item, the same finding twice, or 'agrees' beside another.
    """
    of_item = [kind for kind in kinds if kind != FindingKind.RECORDING_FAULT]
    is_alone = FindingKind.AGREES not in kinds or len(kinds) == 1
    if len(of_item) > 1 or len(kinds) - len(of_item) > 1 or not is_alone:
        raise FindingsExclude


def check_status(status: AppealStatus, *allowed: AppealStatus) -> None:
    """Refuse an act that the appeal's state does not allow."""
    if status not in allowed:
        raise AppealNotOpen(status=str(status))
