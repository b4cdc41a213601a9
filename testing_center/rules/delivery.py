"""What a candidate may do under the clock (¶24–26, 33). Server time decides; both ends of every bound are stated."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from question_bank.kinds.base import Kind, Parts, Response
from question_bank.rules import Navigation
from regulation.law import Regulation

MAX_BODY_BYTES = 16 * 1024
LATE_MOST = 5  # answers to one question that are kept though they came too late: beyond that, they tell nothing more
GAPS_MOST = 200  # connection gaps that an attempt keeps: beyond that, they tell nothing more


class AttemptStatus(enum.StrEnum):
    """Life of an attempt."""

    READY = "ready"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"  # the clock stands by order of the staff
    ENDED = "ended"


class EndKind(enum.StrEnum):
    """How an attempt ended: by the candidate, the clock, two of the staff, or a closing before it ever began."""

    SUBMITTED = "submitted"
    DEADLINE = "deadline"
    STAFF = "staff"
    NOT_STARTED = "not_started"


class DeliveryRefusal(Refusal):
    """A refusal on the delivery path; ``answer`` is added to the JSON answer."""

    def __init__(self, answer: dict[str, object] | None = None, **params: object) -> None:
        super().__init__(**params)
        self.answer = answer or {}


class PresenceNotConfirmed(DeliveryRefusal):
    code = "presence_not_confirmed"
    title = _l("Ask the proctor")
    message = _l("Your presence is not confirmed yet. Ask the proctor.")


class SittingNotOpen(DeliveryRefusal):
    code = "sitting_not_open"
    title = _l("Please wait")
    message = _l("The sitting is not open yet. Wait for the proctor's word; your code stays valid.")


class AttemptNotStarted(DeliveryRefusal):
    code = "attempt_not_started"
    message = _l("The test has not begun. Press 'Start the test' first.")


class AttemptPaused(DeliveryRefusal):
    code = "attempt_paused"
    title = _l("The test is paused")
    message = _l("The proctor has paused the test. Your time stands still, and your saved answers are kept.")


class NotAuthorised(DeliveryRefusal):
    code = "not_authorised"
    title = _l("Please wait")
    message = _l("The proctor lets everybody start. Your time has not begun.")


class AttemptClosed(DeliveryRefusal):
    code = "attempt_closed"
    title = _l("The test has ended")
    message = _l("Time is up. The test is closed; your saved answers count.")


class AttemptOpen(DeliveryRefusal):
    code = "attempt_open"
    message = _l("The result is shown when the test has ended.")


class ContinuedElsewhere(DeliveryRefusal):
    code = "continued_elsewhere"
    title = _l("The test continues elsewhere")
    message = _l("The test continues on another computer. Answers from this window are not accepted.")


class StaleRevision(DeliveryRefusal):
    code = "stale_revision"
    title = _l("Changed in another window")
    message = _l(
        "This question was answered in another window meanwhile. "
        "The saved answer is shown; choose again if you want to change it."
    )


class NoSuchPosition(DeliveryRefusal):
    code = "no_such_position"
    status = 404
    title = _l("No such question")
    message = _l("This test has no such question.")


class InvalidResponse(DeliveryRefusal):
    code = "invalid_response"
    status = 422
    title = _l("The answer was not understood")
    message = _l(
        "The answer was not saved, because it is not one of the options of this question. "
        "Reload the page and choose again."
    )

    def __init__(self, kind: Kind | None = None) -> None:
        """The sentence is the kind's own: it says what to do."""
        super().__init__()
        self.kind = kind

    def __str__(self) -> str:
        return str(self.kind.misread) if self.kind else super().__str__()


class NoWayBack(DeliveryRefusal):
    code = "no_way_back"
    message = _l("In this test you cannot go back to an earlier question.")


@dataclass(frozen=True)
class Saved:
    """The answer in force at a place, as the server has it."""

    epoch: int
    revision: int
    response: tuple[str, ...]
    flagged: bool
    saved_at: datetime | None


NOTHING_SAVED = Saved(0, 0, (), False, None)


def check_begun(is_open: bool, starts_at: datetime, *, now: datetime) -> None:
    """Refuse before two persons have opened the sitting, and before its scheduled time (¶22: order and schedule)."""
    if not is_open or now < starts_at:
        raise SittingNotOpen


def deadline(started_at: datetime, minutes: int, extra: int = 0) -> datetime:
    """The moment up to and including which answers count; ``extra`` minutes were granted to the person beforehand."""
    return started_at + timedelta(minutes=minutes + extra)


def is_over(deadline_at: datetime, *, now: datetime) -> bool:
    """Whether the time has run out; the deadline itself is still in time."""
    return now > deadline_at


def remaining_seconds(deadline_at: datetime, *, now: datetime, paused_at: datetime | None = None) -> int:
    """Whole seconds left, never negative; while the clock stands, those that were left when it stopped."""
    return max(0, int((deadline_at - (paused_at or now)).total_seconds()))


def check_epoch(own: int, current: int) -> None:
    """Refuse a window that the attempt has left behind."""
    if own != current:
        raise ContinuedElsewhere


def check_response(response: Sequence[object], kind: Kind, parts: Parts) -> Response:
    """A response as it came in, in the one way of writing in which it is kept; empty to withdraw.

    Raises:
        InvalidResponse: it is not a response of this question.
    """
    kept = kind.read(response, parts)
    if kept is None:
        raise InvalidResponse(kind)
    return kept


def is_retry(saved: Saved, *, revision: int, response: Sequence[str], flagged: bool) -> bool:
    """Whether the same save arrives again: same revision, same content."""
    return (revision, tuple(response), flagged) == (saved.revision, saved.response, saved.flagged)


def check_revision(saved: Saved, *, revision: int) -> None:
    """Refuse a save that does not know the answer in force; the refusal names what is saved.

    Raises:
        StaleRevision: an older revision, or the same one with other content.
    """
    if revision <= saved.revision:
        raise StaleRevision({"response": list(saved.response), "revision": saved.revision, "flagged": saved.flagged})


def check_position(navigation: Navigation, *, reached: int, position: int) -> None:
    """In a forward-only test a question that was left cannot be answered again, nor one skipped to."""
    if navigation == Navigation.FORWARD and not reached <= position <= reached + 1:
        raise NoWayBack


def is_reachable(navigation: Navigation, *, reached: int, position: int) -> bool:
    """Whether a question may be looked at: in a forward-only test, those up to the one reached."""
    return navigation == Navigation.FREE or position <= reached


def appeal_until(own_end: datetime, sitting_end: datetime | None, *, law: Regulation, now: datetime) -> datetime:
    """Last moment in which an appeal may be filed (¶33): an hour after the later of both ends.

    While the sitting runs (``sitting_end`` None) it ends in this minute at the earliest: the appeal may be filed *at
    least* until the moment given, which moves on minute by minute.
    """
    return max(own_end, sitting_end or now.replace(second=0, microsecond=0)) + law.appeal_window
