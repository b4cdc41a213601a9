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

from collections.abc import Collection, Hashable, Mapping, Sequence
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
    def lacking(self) -> int:
        """People without all points."""
        return self.people - self.full

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
    if before and (rest := _rest(tally, before)).people:
        before = [*before, (rest, decide(rest))]
    if tally.people < LEAST_PEOPLE or any(one.people < LEAST_PEOPLE for one, _told in before):
        return Told(rows=frozenset(tally.rows))
    parts = {Part.OUTCOME} if tally.is_void else set()
    rows = hidden_rows(tally, is_outcome_shown=not tally.is_void, forced=_forced(tally, before))
    if None in rows or tells(tally.omitted, tally.people) or is_few(tally.lacking) or not _left_open(before):
        parts.add(Part.OMITTED)
        rows |= {None} & tally.rows.keys()
    small = {
        Part.SPREAD: len(tally.levels) > 2 and any(map(is_few, tally.levels.values())),
        Part.TIME: tally.timed < LEAST_PEOPLE, Part.LANGUAGES: any(map(is_few, tally.cells)),
        Part.PEOPLE: is_few(tally.both),
    }  # fmt: skip
    parts |= {part for part, is_small in small.items() if is_small or _is_withheld(before, part)}
    if Part.OUTCOME in parts:
        parts |= {Part.SPREAD, Part.LANGUAGES}
    return Told(frozenset(parts), rows)


def _rest(tally: Tally, before: Before) -> Tally:
    """Everything that was counted less what was counted at the sittings that are shown."""
    shown = [one for one, _told in before]

    def less(mine: Mapping[Any, int], theirs: Sequence[Mapping[Any, int]]) -> dict[Any, int]:
        return {key: n - sum(other.get(key, 0) for other in theirs) for key, n in mine.items()}

    counts = {
        name: getattr(tally, name) - sum(getattr(one, name) for one in shown)
        for name in ("people", "some", "full", "timed", "both")
    }
    cells = less(dict(enumerate(tally.cells)), [dict(enumerate(one.cells)) for one in shown])
    rows = less(tally.rows, [one.rows for one in shown])
    if not tally.is_named or not rows.get(None):
        rows = {row: n for row, n in rows.items() if n or (tally.is_named and row is not None)}
    levels = less(tally.levels, [one.levels for one in shown])
    return replace(tally, **counts, levels=levels, cells=tuple(cells.values()), rows=rows)


def _is_withheld(before: Before, part: Part) -> bool:
    return part != Part.TIME and any(part in told.parts for _tally, told in before)


def _left_open(before: Before) -> bool:
    """Whether all together may say who left it out although single sittings do not: their sum has several solutions."""
    hidden = [one.omitted for one, told in before if Part.OMITTED in told.parts]
    return not hidden or (max(hidden) < LEAST_ALIKE and is_open(hidden))


def is_open(counts: Sequence[int]) -> bool:
    """Whether hidden numbers stay unknown when their sum is known.

    There must be at least ``SEVERAL`` that are somebody, and small ones neither all as small nor all as great as they
    can be; among great ones, hidden for the sake of others, the sum must leave room.
    """
    found = [count for count in counts if count]
    together = sum(found)
    if len(found) < SEVERAL:
        return False
    if max(found) < LEAST_ALIKE:
        return len(found) < together < (LEAST_ALIKE - 1) * len(found)
    return together > LEAST_ALIKE * len(found)


def _forced(tally: Tally, before: Before) -> set[Row]:
    """Rows to hide in the table of all sittings, since those that show them would give the one that does not."""
    found: set[Row] = set()
    for row in tally.rows:
        hidden = [one.rows.get(row, 0) for one, told in before if row in told.rows]
        if sum(hidden) and not is_open(hidden):
            found.add(row)
    return found


def hidden_rows(tally: Tally, *, is_outcome_shown: bool, forced: Collection[Row] = ()) -> frozenset[Row]:
    """Rows of a table of answers that are not shown: small ones, and as many more that none can be calculated back."""
    rows = tally.rows
    if not tally.is_exclusive:
        return _hidden_marks(tally, is_outcome_shown=is_outcome_shown, forced=forced)
    hidden = {
        row for row, people in rows.items() if people < LEAST_ALIKE and (people or (tally.is_named and row is not None))
    }
    hidden |= {row for row in {*forced, *tally.late} if row in rows}
    sides: list[set[Row]] = [set(rows)]
    if is_outcome_shown:  # who has points, and who lacks some, are known from the facility
        sides = [{row for row in rows if row not in tally.worthless}, {row for row in rows if row not in tally.right}]
    for side in sides:
        _fill_up(hidden, side, rows, 2 if tally.is_named else 1)
    return frozenset(hidden)


def _fill_up(hidden: set[Row], side: Collection[Row], rows: Mapping[Row, int], least: int) -> None:
    """Hide further rows of a side whose sum is known; where nobody is hidden, nothing is.

    In the order of their names, no answer last: taken by size, the smallest first, their size would tell of the others.
    """
    if not sum(rows[row] for row in side if row in hidden):
        hidden -= {row for row in side if row in hidden}
    more = sorted((row for row in side if row not in hidden and rows[row]), key=lambda row: (row is None, str(row)))
    while inside := [row for row in side if row in hidden]:
        together = sum(rows[row] for row in inside)
        has_one_solution = least > 1 and together == (LEAST_ALIKE - 1) * len(
            inside
        )  # each as great as a small one can be
        if (together >= LEAST_ALIKE and len(inside) >= least and not has_one_solution) or not more:
            return
        hidden.add(more.pop(0))


def _hidden_marks(tally: Tally, *, is_outcome_shown: bool, forced: Collection[Row]) -> frozenset[Row]:
    """The same where several options are chosen: no sum binds them, but with part of the points the facility does."""
    marks = {row: people for row, people in tally.rows.items() if row is not None}
    hidden = {row for row, n in marks.items() if n < LEAST_ALIKE or tally.people - n < LEAST_ALIKE or row in forced}
    if not sum(marks[row] for row in hidden):
        hidden = set()
    if len(hidden) == 1 and is_outcome_shown:
        hidden |= set(sorted(marks.keys() - hidden, key=str)[:1])
    return frozenset(hidden | ({None} if is_few(tally.omitted) or None in forced else set()))
