"""What forms are drawn from and to what terms: cells of a blueprint, items of the bank, limits, shortages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from core.errors import Refusal
from core.i18n import lazy_gettext as _l

#: Share of the points that candidates are expected to get on an item nobody has sat yet, by difficulty: an assumption,
#: replaced by what statistics say as soon as enough people have met the item.
ASSUMED: Mapping[int, float] = MappingProxyType({1: 0.9, 2: 0.75, 3: 0.6, 4: 0.45, 5: 0.3})
#: How many people must have met an item before its facility counts: its standard error is then at most 0.09.
ENOUGH = 30

Place = tuple[str, str | None, int]  # subject area, sub-topic or None for the whole area, difficulty


class BlueprintShort(Refusal):
    """``found`` are the short cells; ``named`` are words for them, where somebody who knows the words reads it."""

    code = "blueprint_short"
    message = _l("The bank cannot fill this blueprint. Short of approved questions: %(shortages)s")

    def __init__(self, found: Sequence[Shortage] = (), **params: Any) -> None:
        super().__init__(**params)
        self.found = found
        self.named: Mapping[Cell, str] = {}

    def __str__(self) -> str:
        """The record has codes, a person reads words."""
        if not self.named:
            return super().__str__()
        words = (f"{self.named[one.cell]}: {one.available} / {one.wanted}" for one in self.found)
        return str(self.message) % {"shortages": "; ".join(words)}


class FormsShareTooMuch(Refusal):
    code = "forms_share_too_much"
    message = _l(
        "No %(forms)s forms were found that share at most %(most)s questions. Ask for fewer forms, allow more shared "
        "questions, or add questions to the bank."
    )


class FormsUneven(Refusal):
    code = "forms_uneven"
    message = _l(
        "The forms cannot be made equally difficult: the expected scores are %(spread)s points apart, allowed are "
        "%(tolerance)s. Add questions of other difficulty, or allow more."
    )


@dataclass(frozen=True)
class Cell:
    """One cell of a blueprint: so many items of this subject area (and sub-topic, if named) and difficulty."""

    area: str
    difficulty: int
    count: int
    sub_topic: str | None = None

    @property
    def label(self) -> str:
        """Name of the cell in messages, e.g. ``law/labour-law · 3``."""
        return (
            f"{self.area}/{self.sub_topic} · {self.difficulty}"
            if self.sub_topic
            else f"{self.area} · {self.difficulty}"
        )

    @property
    def place(self) -> Place:
        """Where in the bank its items are."""
        return self.area, self.sub_topic, self.difficulty


@dataclass(frozen=True)
class Candidate:
    """An item that may be drawn: identifier, place in the blueprint, and the items it never stands with.

    ``facility`` is the measured share of points (0…1), None where too few have met the item; ``forms`` is on how many
    sealed forms it stands already.
    """

    id: str
    area: str
    sub_topic: str
    difficulty: int
    enemies: frozenset[str] = frozenset()
    facility: float | None = None
    forms: int = 0

    @property
    def expected(self) -> float:
        """Expected share of the points, measured or assumed."""
        return ASSUMED[self.difficulty] if self.facility is None else self.facility

    def fits(self, cell: Cell) -> bool:
        """Whether the item may fill the cell."""
        return (
            self.area == cell.area
            and self.difficulty == cell.difficulty
            and (cell.sub_topic is None or cell.sub_topic == self.sub_topic)
        )


@dataclass(frozen=True)
class Limits:
    """What parallel forms keep to; None where there is no limit.

    ``exposure``: on how many forms an item may stand, all those sealed before included. ``shared``: how many items any
    two of the new forms may share. ``tolerance``: how far the expected scores may be apart, in points, where an item
    gives ``points``.
    """

    exposure: int | None = None
    shared: int | None = None
    tolerance: float | None = None
    points: int = 1

    def uses(self, item: Candidate, forms: int) -> int:
        """On how many of ``forms`` new forms the item may stand."""
        return self.left(item.forms, forms)

    def left(self, before: int, forms: int) -> int:
        """On how many of ``forms`` new forms an item may stand that stands on ``before`` already."""
        most = forms if self.exposure is None else min(forms, max(0, self.exposure - before))
        return min(most, 1) if self.shared == 0 else most


NO_LIMITS, NO_OVERLAP = Limits(), Limits(shared=0)


@dataclass(frozen=True)
class Shortage:
    """A cell that the bank cannot fill: so many places of ``wanted`` can be, in all forms together."""

    cell: Cell
    available: int
    wanted: int

    def __str__(self) -> str:
        return f"{self.cell.label}: {self.available} / {self.wanted}"


def both_ways(bank: Collection[Candidate]) -> list[Candidate]:
    """The same items, each with every enemy, whichever of the two names the other."""
    enemies: defaultdict[str, set[str]] = defaultdict(set)
    for item in bank:
        for foe in item.enemies:
            enemies[item.id].add(foe)
            enemies[foe].add(item.id)
    return [replace(item, enemies=frozenset(enemies[item.id])) if item.id in enemies else item for item in bank]


def refuse(found: Sequence[Shortage]) -> None:
    """Raises: BlueprintShort where anything is short; names every cell."""
    if found:
        raise BlueprintShort(found, shortages="; ".join(map(str, found)))


class Stock:
    """How many items the bank has at each place, by the number of forms that hold them: what counting needs of it."""

    def __init__(self, counts: Mapping[tuple[str, str, int, int], int]) -> None:
        """``counts``: items by subject area, sub-topic, difficulty and number of forms that hold them."""
        self.by_forms: defaultdict[Place, Counter[int]] = defaultdict(Counter)
        for (area, topic, difficulty, before), count in counts.items():
            if count:
                self.by_forms[area, topic, difficulty][before] += count
                self.by_forms[area, None, difficulty][before] += count

    @classmethod
    def of(cls, bank: Iterable[Candidate]) -> Stock:
        """The stock of these items."""
        return cls(Counter((item.area, item.sub_topic, item.difficulty, item.forms) for item in bank))

    def available(self) -> Counter[Place]:
        """How many items each cell could be filled from."""
        return Counter({place: counts.total() for place, counts in self.by_forms.items()})

    def left(self, cells: Sequence[Cell]) -> Counter[Place]:
        """How many items remain at each place when one form is made; below zero where there are too few.

        A sub-topic's own items alone are counted for its cell; a whole area loses what its sub-topics take as well.
        """
        left = self.available()
        for cell in cells:
            left[cell.place] -= cell.count
            if cell.sub_topic is not None:
                left[cell.area, None, cell.difficulty] -= cell.count
        return left

    def uses(self, forms: int, limits: Limits) -> Counter[Place]:
        """How many places of ``forms`` forms the items of each place can take."""
        return Counter(
            {
                place: sum(limits.left(before, forms) * count for before, count in counts.items())
                for place, counts in self.by_forms.items()
            }
        )

    def shortages(self, cells: Sequence[Cell], forms: int = 1, limits: Limits = NO_LIMITS) -> list[Shortage]:
        """See :func:`shortages`."""
        supply, found = self.uses(forms, limits), []
        for cell in cells:
            wanted, left = cell.count * forms, supply[cell.place]
            if cell.sub_topic is None:
                parts = [
                    one for one in cells if one.sub_topic and (one.area, one.difficulty) == (cell.area, cell.difficulty)
                ]
                left -= sum(min(one.count * forms, supply[one.place]) for one in parts)
            if left < wanted:
                found.append(Shortage(cell, left, wanted))
        return found

    def most_forms(self, cells: Sequence[Cell], limits: Limits, most: int) -> int:
        """The greatest number of forms up to ``most`` that nothing short stands against; 0 where no form can be made.

        As exact as :func:`shortages`: enemies, and a limit on shared items other than 0, may leave fewer.
        """
        least, beyond = 0, most + 1
        while beyond - least > 1:
            middle = (least + beyond) // 2
            if self.shortages(cells, middle, limits):
                beyond = middle
            else:
                least = middle
        return least


def shortages(
    cells: Sequence[Cell], bank: Collection[Candidate], forms: int = 1, limits: Limits = NO_LIMITS
) -> list[Shortage]:  # fmt: skip
    """Every cell that the bank cannot fill even where no item had an enemy.

    Exact without enemies and with ``limits.shared`` None or 0: cells are nested (a sub-topic within its area), so that
    it is enough to fill the narrow ones first, and ``forms`` forms of ``n`` places can be filled with different items
    in each exactly when the uses that are left add up to ``forms · n`` (Gale, 1957; Ryser, 1957).
    """
    return Stock.of(bank).shortages(cells, forms, limits)
