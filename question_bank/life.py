"""The life of a question after it is written: comments, quarantine, sources, duplicates, approval sessions (¶23–24).

Rules only: no database, no web.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from core.names import search_form
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
    OUTSIDE = "outside"  # not in the session: somebody else had decided before it was closed
    RETIRED = "retired"  # not in the session: the question was taken out of use before it was closed


#: What a session can say; the others are found when it is closed.
SAYS = (SessionDecision.APPROVED, SessionDecision.RETURNED, SessionDecision.POSTPONED)


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
#: Where what is said may tell the key: those read it who may see the key, and whoever said it.
TELLS_KEY = ("", "options", "key")


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


class BeforeSession(Refusal):
    code = "before_session"
    message = _l(
        "An open approval session decides on these questions: decide there, or close it first. "
        "Session: %(session)s. Questions: %(items)s"
    )


class UnknownEnemies(Refusal):
    code = "unknown_enemies"
    message = _l("The bank has no questions with these identifiers: %(ids)s")


class IdInOtherCapitals(Refusal):
    code = "id_in_other_capitals"
    message = _l(
        "The bank has a question whose identifier differs from this one in capitals only. Choose another. "
        "Identifier in the bank: %(external_id)s"
    )


class AlreadyDecided(Refusal):
    code = "already_decided"
    message = _l("These questions are decided already: %(items)s")


class SourceTitleTaken(Refusal):
    code = "source_title_taken"
    message = _l("The register already has a source with this title and number: %(title)s")


class SourceDates(Refusal):
    code = "source_dates"
    message = _l("A source ends after it begins, and another source replaces it.")


class SourceChangedSinceShown(Refusal):
    code = "source_changed_since_shown"
    message = _l(
        "The source was amended, or its entry changed, since you opened this page. Read what is new, then tick again."
    )


class SourceOfDraft(Refusal):
    code = "source_of_draft"
    message = _l("The source of a question that is not approved is chosen by its author, in the draft: %(items)s")


class UnknownEnemy(Refusal):
    code = "unknown_enemy"
    message = _l("The bank has no other question with this identifier: %(external_id)s")


def may_read(field: str, *, said_by: object, person: object, may_see_key: bool) -> bool:
    """Whether a person reads a remark or an answer on a part of a question (see ``TELLS_KEY``)."""
    return may_see_key or field not in TELLS_KEY or said_by == person


def spelled(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """How each of these identifiers is written among the known ones, by what was typed; unknown ones are left out.

    Capitals do not count, as long as it is clear which one is meant.
    """
    exact, folded = set(known), dict[str, list[str]]()
    for one in sorted(exact):
        folded.setdefault(search_form(one), []).append(one)
    meant = {name: [name] if name in exact else folded.get(search_form(name), []) for name in names}
    return {name: found[0] for name, found in meant.items() if len(found) == 1}


def check_enemies(
    named: Iterable[str], known: Mapping[str, str], *, own: str, held: Collection[str] = ()
) -> tuple[str, ...]:
    """The enemies as the bank writes them; ``known`` is what :func:`spelled` found, ``own`` the question's identifier.

    ``held`` are those that the version names already: a file may have named what comes with the next one. What the
    bank writes exactly so is meant before the question itself in other capitals.

    Raises:
        UnknownEnemies: the bank does not have some of them.
    """
    found = {name: _meant(name, known, own) or (name if name in held else None) for name in named}
    if unknown := [name for name, spelling in found.items() if spelling is None]:
        raise UnknownEnemies(ids=", ".join(unknown))
    return tuple(dict.fromkeys(spelling for spelling in found.values() if spelling))


def _meant(name: str, known: Mapping[str, str], own: str) -> str | None:
    is_exact = known.get(name) == name
    return own if search_form(name) == search_form(own) and not is_exact else known.get(name)


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
