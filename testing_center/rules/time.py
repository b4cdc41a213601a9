"""How long a test lasts: what was granted beforehand, what was given, and what an interruption took; pure.

Three different things, all of them data (docs/adr/0026-time.md): an accommodation belongs to the person and is there
from the start; an extension is a decision; a pause and an outage give back exactly what they took, as recorded.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from core.i18n import lazy_gettext as _l

ALONE_MOST = timedelta(minutes=10)  # what one person may give to one candidate, all in all
EXTRA_MOST = timedelta(hours=4)  # of one act: what is more is a slip of the finger
REACHED_AROUND = timedelta(seconds=30)  # an acknowledged answer says that the server was in reach, so long either side

Span = tuple[datetime, datetime]


class TimeKind(enum.StrEnum):
    """Why a test lasts longer than its form says."""

    ACCOMMODATION = "accommodation"  # granted to the person beforehand
    EXTENSION = "extension"  # decided by staff during the test
    PAUSE = "pause"  # the clock stood by order
    OUTAGE = "outage"  # the workstation could not reach the server


TIME_NAMES = {
    TimeKind.ACCOMMODATION: _l("Granted beforehand"),
    TimeKind.EXTENSION: _l("Extension"),
    TimeKind.PAUSE: _l("Pause"),
    TimeKind.OUTAGE: _l("Outage"),
}


def needs_second(given: timedelta, more: timedelta) -> bool:
    """Whether so much ``more`` needs a second person, when ``given`` was given to this candidate before.

    All in all counts, whether it was given as an extension or as an outage: three times five minutes are fifteen, and
    one silence given back in two parts is one silence.
    """
    return given + more > ALONE_MOST


def carried(minutes: int, *, of: int, to: int) -> int:
    """What ``minutes`` granted beforehand for a test of ``of`` minutes are in one of ``to``; a part counts as whole.

    Who needs a quarter longer for the main test needs a quarter longer for a shorter one; never more than one act may
    give.
    """
    return min(-(-minutes * to // of), EXTRA_MOST // timedelta(minutes=1))


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same moments as spans that neither touch nor overlap, in order; empty ones are left out."""
    found: list[Span] = []
    for began, ended in sorted(span for span in spans if span[0] < span[1]):
        if found and began <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ended))
        else:
            found.append((began, ended))
    return found


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What of ``spans`` lies in none of ``taken``."""
    left = joined(spans)
    for began, ended in joined(taken):
        cut = [((a, min(b, began)), (max(a, ended), b)) for a, b in left]
        left = joined(span for pair in cut for span in pair)
    return left


def lost(
    silences: Sequence[Span], window: Span, given_back: Sequence[Span], saved: Sequence[datetime] = ()
) -> list[Span]:
    """What an outage took of one candidate's time: their workstation was silent, within the outage's ``window``.

    The window of a candidate does not begin before their clock did (:func:`of_test`). Nothing is given back twice:
    what a pause or another outage gave already is not lost. Nor is what lies around an answer ``saved`` in the midst
    of a silence: the server was in reach, only the calls did not come.
    """
    reached = [
        (moment - REACHED_AROUND, moment + REACHED_AROUND)
        for moment in saved
        if any(began + REACHED_AROUND < moment < ended - REACHED_AROUND for began, ended in silences)
    ]
    inside = [(max(began, window[0]), min(ended, window[1])) for began, ended in silences]
    return without(inside, [*given_back, *reached])


def is_cut_off(heard: datetime, heard_again: datetime | None, *, silent_after: timedelta, now: datetime) -> bool | None:
    """Whether a page was out of reach between two signs of it; None: it may yet be heard in time.

    A fault that begins just before the end is one as well, but nobody can tell before the page is heard again, or has
    not been heard for ``silent_after``.
    """
    if (heard_again or now) - heard > silent_after:
        return True
    return None if heard_again is None else False


def of_test(window: Span, started_at: datetime) -> Span:
    """What of a window belongs to a test that began at this moment: before it there was no time to lose."""
    return max(window[0], started_at), window[1]


def length(spans: Iterable[Span]) -> timedelta:
    """How long spans that do not overlap are together."""
    return sum((ended - began for began, ended in spans), timedelta())
