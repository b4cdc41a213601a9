"""Who may file a technical appeal until when (¶33)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, tzinfo

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from regulation.law import Regulation

GROUNDS_MAX = 4000  # characters


class FilingWindowClosed(Refusal):
    code = "filing_window_closed"
    title = _l("The time for appeals is over")
    message = _l(
        "A technical appeal is accepted within one hour after the test ends. Your test ended: %(ended)s. "
        "The sitting ended: %(closed)s. Last moment: %(until)s. Now: %(now)s."
    )


class NotLateYet(Refusal):
    code = "not_late_yet"
    message = _l("The time for appeals has not run out. File the appeal.")


class NothingToAppeal(Refusal):
    code = "nothing_to_appeal"
    message = _l("The test was not begun, so there is no result to appeal against.")


class ResultAnnulled(Refusal):
    code = "result_annulled"
    message = _l(
        "The sitting was annulled: its results do not count, so there is nothing to appeal against. A new sitting is "
        "called."
    )


class AppealExists(Refusal):
    code = "appeal_exists"
    message = _l("An appeal against this result was filed already: %(number)s.")


class GroundsTooLong(Refusal):
    code = "grounds_too_long"
    message = _l("The grounds are too long. Characters allowed: %(most)s. Characters written: %(n)s.")


class NoSuchQuestion(Refusal):
    code = "no_such_question"
    message = _l("The test has no such question: %(n)s.")


class OnlyTheCandidate(Refusal):
    code = "only_the_candidate"
    status = 403
    message = _l("Only the candidate files and withdraws an appeal.")


class PersonNotConfirmed(Refusal):
    code = "person_not_confirmed"
    message = _l("The proctor has not confirmed the person who filed the appeal.")


def told(moment: datetime | None, zone: tzinfo) -> str:
    """A moment as a person reads it in this time zone; a dash where there is none."""
    return f"{moment.astimezone(zone):%d.%m.%Y %H:%M:%S}" if moment else "—"


def check_may_file(
    own_end: datetime, sitting_end: datetime | None, *, law: Regulation, zone: tzinfo, now: datetime
) -> None:
    """Refuse before one's own end, or later than an hour after the later end; both bounds are in time (¶33).

    ``sitting_end`` is None while the sitting runs: the window has not begun to close.
    """
    refusal = out_of_time(own_end, sitting_end, law=law, zone=zone, now=now)
    if refusal is not None:
        raise refusal


def out_of_time(
    own_end: datetime, sitting_end: datetime | None, *, law: Regulation, zone: tzinfo, now: datetime
) -> FilingWindowClosed | None:
    """The refusal with its times, as :func:`check_may_file` raises it; None where an appeal is in time (¶33)."""
    until = max(own_end, sitting_end) + law.appeal_window if sitting_end else None
    if now >= own_end and (until is None or now <= until):
        return None
    return FilingWindowClosed(
        ended=told(own_end, zone), closed=told(sitting_end, zone), until=told(until, zone), now=told(now, zone)
    )


def check_grounds(text: str) -> str:
    """The grounds without blanks around them; empty is allowed: disagreement is the only condition (¶33)."""
    grounds = text.strip()
    if len(grounds) > GROUNDS_MAX:
        raise GroundsTooLong(most=GROUNDS_MAX, n=len(grounds))
    return grounds


def check_places(places: Collection[int], known: Collection[int]) -> list[int]:
    """The disputed places of the form, each once and in order; none need be named (¶33).

    Raises:
        NoSuchQuestion: a place that the form does not have.
    """
    for place in places:
        if place not in known:
            raise NoSuchQuestion(n=place)
    return sorted(set(places))
