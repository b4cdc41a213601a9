"""Which figures of an item are withheld, so that nobody can calculate back what one or two people did.

Hiding a small number is not enough where the others are shown: the total less what is shown would give it, the facility
times the people gives who chose the key, and the sum of all sittings less the others gives the one that is hidden. So
what is shown always leaves a rest of at least ``LEAST_ALIKE`` people that could be divided in more than one way, or
those few whom the facility itself tells of: that of a question that nearly everybody solves is never withheld, for it
is what such a question is looked for by.

Source of the manner: Hundepool et al. (2012), Statistical Disclosure Control, ch. 4 (threshold rule, complementary
suppression). What it withstands is tried in ``tests/rules/test_statistics_disclosure.py`` by calculating back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from question_bank.statistics.disclosure import LEAST_ALIKE, LEAST_PEOPLE, is_few, tells

Row = Hashable  # an answer; None: left out
SEVERAL = 5  # sittings that withhold a figure, from which on the figure of all together tells of none of them


class Part(StrEnum):
    """What is withheld together, since one of it would give the other."""

    OUTCOME = "outcome"  # of a void question: facility, discrimination, index D, characteristic, languages
    SPREAD = "spread"  # standard deviation of the points: beside the facility it would tell each number of points
    OMITTED = "omitted"
    TIME = "time"
    LANGUAGES = "languages"  # facility in each language
    PEOPLE = "people"  # candidates in each language: the rest used both


EVERYTHING = frozenset(Part)


@dataclass(frozen=True)
class Tally:
    """What was counted of an item: people, those with some points and with all, those who left it out.

    ``levels``: people by number of points; ``timed``: people whose time is known; ``both``: people who used both
    languages; ``cells``: where languages are compared, right and wrong in Kyrgyz, right and wrong in Russian. ``rows``:
    people by answer, None for no answer; ``right`` and ``worthless`` are those of the rows with all points and with
    none. ``is_named``: a row that is hidden is still named (options); ``is_exclusive``: everybody stands in one row;
    ``late``: rows for which the table has no room.
    """

    people: int
    some: int
    full: int
    levels: Mapping[int, int] = field(default_factory=dict)
    timed: int = 0
    both: int = 0
    cells: tuple[int, ...] = ()
    rows: Mapping[Row, int] = field(default_factory=dict)
    right: frozenset[Row] = frozenset()
    worthless: frozenset[Row] = frozenset()
    is_named: bool = True
    is_exclusive: bool = True
    is_void: bool = False
    late: frozenset[Row] = frozenset()

    @property
    def omitted(self) -> int:
        """People who left it out."""
        return self.rows.get(None, 0)


@dataclass(frozen=True)
class Told:
    """What is withheld of an item, and the rows of its table of answers that are hidden (None: left out)."""

    parts: frozenset[Part] = EVERYTHING
    rows: frozenset[Row] = frozenset()


NOTHING_SHOWN = Told()
Before = Sequence[tuple[Tally, Told]]  # the same item at each sitting whose figures are shown


def decide(tally: Tally, before: Before = ()) -> Told:
    """What to withhold; ``before``: of all sittings together, what is shown of single ones.

    People of sittings that are too small to be shown are one more sitting: all together less the others gives it.
    """
    if before and (rest := _rest(tally, [one for one, _told in before])).people:
        before = [*before, (rest, decide(rest))]
    if any(one.people < LEAST_PEOPLE for one in [tally, *(one for one, _told in before)]):
        return Told(rows=frozenset(tally.rows))
    once = {part: [one for one, told in before if part in told.parts] for part in Part}  # sittings that withhold it
    omitted = [one.omitted for one in once[Part.OMITTED]]
    rows = _hidden(tally, before)
    is_withheld = {
        Part.OUTCOME: tally.is_void,
        Part.SPREAD: tally.is_void or once[Part.SPREAD]
        or (len(tally.levels) > 2 and any(map(is_few, tally.levels.values()))),
        Part.OMITTED: None in rows or tells(tally.omitted, tally.people) or is_few(tally.people - tally.full)
        or (omitted and (max(omitted) >= LEAST_ALIKE or not _is_open(omitted))),
        Part.TIME: tally.timed < LEAST_PEOPLE,
        Part.LANGUAGES: tally.is_void or once[Part.LANGUAGES] or any(map(is_few, tally.cells)),
        Part.PEOPLE: once[Part.PEOPLE] or is_few(tally.both),
    }  # fmt: skip
    parts = frozenset(part for part in Part if is_withheld[part])
    return Told(parts, rows | {None} if Part.OMITTED in parts else rows)


def _rest(tally: Tally, shown: Sequence[Tally]) -> Tally:
    """Everything that was counted less what was counted at the sittings that are shown."""

    def less(name: str) -> Counter[Any]:
        left = Counter(getattr(tally, name))
        for one in shown:
            left.subtract(getattr(one, name))
        return left

    counts = {
        name: getattr(tally, name) - sum(getattr(one, name) for one in shown)
        for name in ("people", "some", "full", "timed", "both")
    }
    cells = tuple(n - sum(one.cells[place] for one in shown if one.cells) for place, n in enumerate(tally.cells))
    return replace(tally, **counts, levels=less("levels"), cells=cells, rows=less("rows"))


def _is_open(counts: Sequence[int]) -> bool:
    """Whether hidden numbers stay unknown when their sum is known.

    There must be at least ``SEVERAL`` that are somebody, and small ones neither all as small nor all as great as they
    can be; among great ones, hidden for the sake of others, the sum must leave room.
    """
    found = [count for count in counts if count]
    if len(found) < SEVERAL:
        return False
    if max(found) < LEAST_ALIKE:
        return len(found) < sum(found) < (LEAST_ALIKE - 1) * len(found)
    return sum(found) > LEAST_ALIKE * len(found)


def _hidden(tally: Tally, before: Before) -> frozenset[Row]:
    """Rows of a table of answers that are not shown: small ones, and as many more that none can be calculated back."""
    rows, hidden = tally.rows, set(tally.late)
    for row in rows:  # in the table of all sittings, those that show a row would give the one that does not
        hidden_before = [one.rows.get(row, 0) for one, told in before if row in told.rows]
        if any(hidden_before) and not _is_open(hidden_before):
            hidden.add(row)
    if not tally.is_exclusive:
        return _hidden_marks(tally, hidden)
    hidden |= {row for row, n in rows.items() if is_few(n) or (not n and tally.is_named and row is not None)}
    sides = [rows.keys() - tally.worthless, rows.keys() - tally.right]  # whose sums are known from the facility
    for side in [set(rows)] if tally.is_void else sides:
        _fill_up(hidden, side, rows, tally.is_named)
    return frozenset(hidden)


def _fill_up(hidden: set[Row], side: Set[Row], rows: Mapping[Row, int], is_named: bool) -> None:
    """Hide further rows of a side whose sum is known; where nobody is hidden, nothing is.

    In the order of their names, no answer last: taken by size, the smallest first, their size would tell of the others.
    """
    if not sum(rows[row] for row in hidden & side):
        hidden -= side
    more = sorted((row for row in side - hidden if rows[row]), key=lambda row: (row is None, str(row)))
    while more and (inside := [rows[row] for row in hidden & side]):
        # of rows with names there must be two, and not each as great as a small one can be
        is_known = is_named and (len(inside) < 2 or sum(inside) == (LEAST_ALIKE - 1) * len(inside))
        if sum(inside) >= LEAST_ALIKE and not is_known:
            return
        hidden.add(more.pop(0))


def _hidden_marks(tally: Tally, forced: Set[Row]) -> frozenset[Row]:
    """The same where several options are chosen: no sum binds them, but with part of the points the facility does."""
    marks = {row: n for row, n in tally.rows.items() if row is not None}
    hidden = {row for row, n in marks.items() if not LEAST_ALIKE <= n <= tally.people - LEAST_ALIKE or row in forced}
    if not sum(marks[row] for row in hidden):
        hidden = set()
    if len(hidden) == 1 and not tally.is_void:
        hidden |= set(sorted(marks.keys() - hidden, key=str)[:1])
    return frozenset(hidden | ({None} if is_few(tally.omitted) or None in forced else set()))
