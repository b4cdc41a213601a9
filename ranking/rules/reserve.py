"""How long somebody stays in the personnel reserve (¶6, 32, 39, Annex 3): pure functions of days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from ranking.rules.acts import ActKind

#: What takes a person out of the reserve: a contract, a refusal of one, or a withdrawal in writing.
LEAVES_RESERVE = frozenset(
    {ActKind.WINNER_ACCEPTED, ActKind.WINNER_DECLINED, ActKind.APPOINT_FROM_RESERVE, ActKind.WITHDREW_FROM_RESERVE}
)
#: What appoints a person, and takes them out of the reserve after every test that they sat up to that day.
APPOINTS = frozenset({ActKind.WINNER_ACCEPTED, ActKind.APPOINT_FROM_RESERVE})
#: What the authority writes down about the reserve alone: the competition it comes from stays as it was decided.
OF_RESERVE = frozenset({ActKind.WITHDREW_FROM_RESERVE})


def competition_ended_on(published_on: date | None, acts_on: Sequence[date]) -> date | None:
    """The day a competition ended: of its published result, or of the authority's last act if that is later.

    Acts of the reserve alone (``OF_RESERVE``) do not belong here. None while no result is published: what has not
    ended is kept.
    """
    return None if published_on is None else max([published_on, *acts_on])


def kept_until(ended_on: date, years: int) -> date:
    """The last day on which what ended on ``ended_on`` is kept: the same calendar day ``years`` later (¶36, 39).

    Where that year has no 29 February, it is 28 February.
    """
    year = ended_on.year + years
    try:
        return ended_on.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 2, 28)


def leaves_on(appointed_on: Collection[date], tested_on: date) -> date | None:
    """The day on which an appointed person left the reserve after the test of ``tested_on``; None where they did not.

    An appointment takes a person out of every reserve, from its own day (¶6, 37–38). Who sits another test after it
    wishes for another post, and has a place by that test.
    """
    return min((on for on in appointed_on if on >= tested_on), default=None)


def is_in_reserve(acts: Collection[ActKind], until: date, *, today: date) -> bool:
    """Whether a person is still in the reserve, after these acts about them (¶6, 32; Annex 3: the term of keeping).

    The last day of the term still belongs to it.
    """
    return today <= until and LEAVES_RESERVE.isdisjoint(acts)
