"""The life of a question after it is written: comments, quarantine, sources, duplicates, approval sessions (¶23–24).

Rules only: no database, no web.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import date, datetime

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from question_bank.rules import CommentNeeded

DECIDERS = 2  # members of an approval session who did not work on the question
REASON_LENGTH = 500
COMMENT_LENGTH = 2_000
PLACE_LENGTH = 200  # of the place in a source


class SuspensionKind(enum.StrEnum):
    """After what a question was put into quarantine."""

    LEAK = "leak"
    FINDING = "finding"
    SOURCE = "source"
    OTHER = "other"


class SourceKind(enum.StrEnum):
    """What a question is taken from."""

    LAW = "law"
    ACT = "act"
    BOOK = "book"
    OTHER = "other"


class SourceState(enum.StrEnum):
    """What a register says of a source on a day; everything but ``IN_FORCE`` asks for a look at its questions."""

    IN_FORCE = "in_force"
    NOT_YET = "not_yet"
    CHANGED = "changed"
    REPLACED = "replaced"
    EXPIRED = "expired"


class SessionDecision(enum.StrEnum):
    """What an approval session did with a version."""

    APPROVED = "approved"
    RETURNED = "returned"
    POSTPONED = "postponed"


class ReviewPoint(enum.StrEnum):
    """What no program can see and the approver says (Haladyna, Downing & Rodriguez 2002, rules 1–8 and 18)."""

    IN_FORCE = "in_force"
    ONE_RIGHT = "one_right"
    LANGUAGES = "languages"
    IMPORTANT = "important"
    PLAUSIBLE = "plausible"
    FAIR = "fair"


#: Where a comment may stand; empty is the question as a whole.
COMMENT_FIELDS = ("", "stem_ky", "stem_ru", "options", "key", "source", "difficulty", "enemies")


class AlreadySuspended(Refusal):
    code = "already_suspended"
    message = _l("This question is in quarantine already.")


class NotSuspended(Refusal):
    code = "not_suspended"
    message = _l("This question is not in quarantine any more. Reload the page.")


class OwnSuspension(Refusal):
    code = "own_suspension"
    message = _l("A second person takes a question out of quarantine, not the one who put it there.")


class OwnQuestionSuspended(Refusal):
    code = "own_question_suspended"
    message = _l("A question is taken out of quarantine by a person who did not write, edit or submit it.")


class OpenComments(Refusal):
    code = "open_comments"
    message = _l("Remarks are still open. Settle them first, or return the question: %(items)s")


class OwnQuestionRemark(Refusal):
    code = "own_question_remark"
    message = _l(
        "A remark is settled by whoever made it, or by an approver who did not write, edit or submit the question."
    )


class CommentSettled(Refusal):
    code = "comment_settled"
    message = _l("This remark is settled already.")


class TooFewDeciders(Refusal):
    code = "too_few_deciders"
    message = _l(
        "At least %(n)s members who did not write, edit or submit the question decide on it. Too few for: %(items)s"
    )


class SessionClosed(Refusal):
    code = "session_closed"
    message = _l("This approval session is closed: its minutes do not change.")


class NotAMember(Refusal):
    code = "not_a_member"
    message = _l("Only a member of this approval session decides in it.")


class NothingChosen(Refusal):
    code = "nothing_chosen"
    message = _l("Tick at least one question.")


class AlreadyOnAgenda(Refusal):
    code = "already_on_agenda"
    message = _l("These questions are before another approval session or wait no longer: %(items)s")


class AlreadyDecided(Refusal):
    code = "already_decided"
    message = _l("These questions are decided already: %(items)s")


class SourceTitleTaken(Refusal):
    code = "source_title_taken"
    message = _l("The register already has a source with this title and number: %(title)s")


class SourceDates(Refusal):
    code = "source_dates"
    message = _l("A source ends after it begins, and another source replaces it.")


class UnknownEnemy(Refusal):
    code = "unknown_enemy"
    message = _l("The bank has no other question with this identifier: %(external_id)s")


def check_reason(text: str) -> str:
    """The reason without spaces around it.

    Raises:
        CommentNeeded: there is none.
    """
    if not text.strip():
        raise CommentNeeded
    return text.strip()


def check_may_lift(*, person: object, suspended_by: object, hands: Collection[object]) -> None:
    """Refuse to end a quarantine by who began it or by ``hands``, who worked on the question (¶23)."""
    if person == suspended_by:
        raise OwnSuspension
    if person in hands:
        raise OwnQuestionSuspended


def check_may_settle(*, person: object, made_by: object, hands: Collection[object]) -> None:
    """Refuse to settle another's remark by ``hands``, who worked on the question; one's own may be taken back (¶23)."""
    if person != made_by and person in hands:
        raise OwnQuestionRemark


def check_deciders(members: Collection[object], hands: Collection[object], *, item: str) -> None:
    """Refuse a collegial decision for which fewer than two members have clean hands."""
    if len(set(members) - set(hands)) < DECIDERS:
        raise TooFewDeciders(n=DECIDERS, items=item)


def source_state(
    *,
    valid_from: date | None,
    valid_until: date | None,
    replaced: bool,
    changed_at: datetime | None,
    checked_at: datetime | None,
    on: date,
) -> SourceState:
    """What a source is worth for one question on a day; the last day of its validity is within it.

    ``changed_at`` is when its newest amendment was entered, ``checked_at`` when somebody last held the question
    against the source (None: the register itself is asked, to which every amendment is news).
    """
    if valid_until is not None and on > valid_until:
        return SourceState.EXPIRED
    if replaced:
        return SourceState.REPLACED
    if changed_at is not None and (checked_at is None or changed_at > checked_at):
        return SourceState.CHANGED
    if valid_from is not None and on < valid_from:
        return SourceState.NOT_YET
    return SourceState.IN_FORCE


def pair_of(one: str, other: str) -> tuple[str, str]:
    """Two identifiers in the one order in which a pair is kept."""
    return (one, other) if one < other else (other, one)
