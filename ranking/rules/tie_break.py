"""The tie-break test (¶29): how large, until when, by which proportions."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from question_bank.assembly.plan import Cell
from regulation.law import Regulation


class Absence(enum.StrEnum):
    """Why one of the tied has no points in a tie-break."""

    ABSENT = "absent"  # did not come, or withdrew
    REFUSED = "refused"  # not recognised at the door
    BARRED = "barred"  # ¶28, by another test in the meantime
    NOT_STARTED = "not_started"  # came and did not begin
    DECLINED = "declined"  # in writing, before the test


#: Who is not expected at the test, which is known beforehand.
NOT_EXPECTED = frozenset({Absence.BARRED, Absence.DECLINED})


class MainTestTooSmall(Refusal):
    code = "main_test_too_small"
    message = _l("A third of the main test is less than one question, so no tie-break test can be held (¶29).")


class TieBreakTooLarge(Refusal):
    code = "tie_break_too_large"
    message = _l("A tie-break test has at most a third of the questions of the main test (¶29): %(n)s.")


class TieBreakTooLate(Refusal):
    code = "tie_break_too_late"
    message = _l("A tie-break test is held within 2 days (¶29). The last moment: %(time)s.")


class TieBreakTooEarly(Refusal):
    code = "tie_break_too_early"
    message = _l("This moment has passed already. Choose a later one.")


class TieBreakArranged(Refusal):
    code = "tie_break_arranged"
    message = _l("Place and time of this tie-break test are fixed already: %(sitting)s.")


class TieBreakNotDue(Refusal):
    code = "tie_break_not_due"
    message = _l("The results have changed: these candidates are not tied any more.")


class TieBreakBegun(Refusal):
    code = "tie_break_begun"
    message = _l("The test is being opened or was held already: whoever does not come gets no points.")


class TieBreakOver(Refusal):
    code = "tie_break_over"
    message = _l("The deadline of this tie-break test has passed.")


class NoTestNeeded(Refusal):
    code = "no_test_needed"
    message = _l("No test is needed any more: one candidate is left.")


class NotExpected(Refusal):
    code = "not_expected"
    message = _l("This candidate is not expected at this tie-break test.")


def expected(absences: Mapping[str, Absence | None]) -> frozenset[str]:
    """Who of the tied is to sit the test: neither declined it nor barred (¶28–29). ``absences`` has all the tied."""
    return frozenset(code for code, why in absences.items() if why not in NOT_EXPECTED)


def is_uncontested(absences: Mapping[str, Absence | None]) -> bool:
    """Whether the others declined, so that the one who is left takes the place without a test (¶29).

    A bar alone (¶28) gives nobody the place: then the one who is left sits the test.
    """
    return len(expected(absences)) == 1 and Absence.DECLINED in absences.values()


def gave_way(absences: Mapping[str, Absence | None]) -> frozenset[str]:
    """Who stands behind the others of the tie, having declined the test; nobody, where nobody else was expected.

    Behind one who takes the place without a test stand all the others, also who is barred.
    """
    left = expected(absences)
    if is_uncontested(absences):
        return frozenset(absences) - left
    return frozenset(code for code, why in absences.items() if why == Absence.DECLINED and left)


def check_may_decline(absence: Absence | None, *, has_begun: bool) -> None:
    """Refuse a refusal of somebody who is not expected, or after the opening of the test was begun (¶29).

    Raises:
        TieBreakBegun, NotExpected: see above.
    """
    if has_begun:
        raise TieBreakBegun
    if absence is not None:
        raise NotExpected


def size(main_items: int, law: Regulation) -> int:
    """Number of questions of a tie-break test: a third of the main test's, rounded down (¶29).

    Raises:
        MainTestTooSmall: that would be none.
    """
    if main_items < law.main_test_min_items:
        raise MainTestTooSmall
    return main_items // law.tie_break_divisor


def check_size(items: int, main_items: int, law: Regulation) -> None:
    """Refuse more than a third of the main test (¶29), and none.

    Raises:
        MainTestTooSmall, TieBreakTooLarge: see above.
    """
    largest = size(main_items, law)
    if not 1 <= items <= largest:
        raise TieBreakTooLarge(n=largest)


def deadline(called_at: datetime, zone: ZoneInfo, law: Regulation) -> datetime:
    """Last moment in which a tie-break test may begin: the same time of day 2 calendar days later in ``zone`` (¶29).

    The days are those of the calendar at the place of testing, whatever the day is in UTC. The moment is in time.
    """
    local = called_at.astimezone(zone)
    later = (local.replace(tzinfo=None) + timedelta(days=law.tie_break_days)).replace(tzinfo=zone, fold=local.fold)
    return later.astimezone(UTC)


def deadline_of_call(tied_since: datetime, zone: ZoneInfo, law: Regulation, *, now: datetime) -> tuple[datetime, bool]:
    """The deadline of a tie-break that is called ``now``, and whether the call is late (¶29).

    The days run from the moment from which the tie is known. Where they are over already (nothing ran that could call
    it), they run from the call, which is late then: a test that nobody could be invited to decides nothing.
    """
    until = deadline(tied_since, zone, law)
    return (until, False) if now <= until else (deadline(now, zone, law), True)


def check_in_time(starts_at: datetime, deadline_at: datetime, *, now: datetime, shown: str) -> None:
    """Refuse a beginning that has passed or lies after the deadline; ``shown`` is the deadline in words.

    Raises:
        TieBreakTooLate, TieBreakTooEarly: see above.
    """
    if now > deadline_at or starts_at > deadline_at:
        raise TieBreakTooLate(time=shown)
    if starts_at < now:
        raise TieBreakTooEarly


def minutes(main_minutes: int, main_items: int, items: int) -> int:
    """Time for ``items`` questions at the pace of the main test, in whole minutes, rounded up."""
    return max(1, -(-main_minutes * items // main_items))


def cells_for(main_cells: Sequence[Cell], items: int) -> list[Cell]:
    """The blueprint of ``items`` questions in the proportions of the main test's (¶29).

    First each subject area gets its part by largest remainder, equal ones to the larger area and then by name. Inside
    an area each cell gets its whole share; what is left goes to the difficulty that has least of its share so far, then
    to the larger remainder, the larger cell, by name: the same blueprint always gives the same. No area and no cell is
    a whole question away from its share. Cells that get nothing are left out; none gets more than in the main test.
    """
    whole = sum(cell.count for cell in main_cells)
    share = {cell: Fraction(cell.count * items, whole) for cell in main_cells}
    count = {cell: int(share[cell]) for cell in main_cells}
    behind: defaultdict[int, Fraction] = defaultdict(Fraction)  # of each difficulty: its share less what it has
    sizes: Counter[str] = Counter()
    for cell in main_cells:
        behind[cell.difficulty] += share[cell] - count[cell]
        sizes[cell.area] += cell.count
    places = _largest_remainder(sizes, items)
    for area in sorted(sizes, key=lambda area: (-sizes[area], area)):
        parts = [cell for cell in main_cells if cell.area == area and count[cell] < share[cell]]
        for _place in range(places[area] - sum(count[cell] for cell in main_cells if cell.area == area)):
            chosen = min(parts, key=lambda c: (-behind[c.difficulty], int(share[c]) - share[c], -c.count, c.label))
            parts.remove(chosen)
            count[chosen] += 1
            behind[chosen.difficulty] -= 1
    return [replace(cell, count=count[cell]) for cell in main_cells if count[cell]]


def _largest_remainder(sizes: Mapping[str, int], places: int) -> dict[str, int]:
    whole = sum(sizes.values())
    parts = {name: divmod(size * places, whole) for name, size in sizes.items()}
    left = places - sum(part for part, _rest in parts.values())
    extra = sorted(parts, key=lambda name: (-parts[name][1], -sizes[name], name))[:left]
    return {name: part + (name in extra) for name, (part, _rest) in parts.items()}
