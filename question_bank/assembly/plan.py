"""What forms are drawn from and to what terms: cells of a blueprint, items of the bank, limits, refusals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
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
    """``found`` are the short cells; ``named`` are words for them, where somebody who knows the words reads it.

    ``is_bound``: what is said to be available is the most it can be; it may be less.
    """

    code = "blueprint_short"
    message = _l("The bank cannot fill this blueprint. Short of approved questions: %(shortages)s")

    def __init__(self, found: Sequence[Shortage] = (), *, is_bound: bool = False, **params: Any) -> None:
        super().__init__(**params)
        self.found, self.is_bound = found, is_bound
        self.named: Mapping[Cell, str] = {}

    def __str__(self) -> str:
        """The record has codes, a person reads words."""
        if not self.named:
            return super().__str__()
        return str(self.message) % {"shortages": in_words(self.found, self.named)}


class FormsNotFound(Refusal):
    """``scarce`` are the cells to add questions to first, as far as it is known; ``named`` are words for them."""

    code = "forms_not_found"
    message = _l(
        "No %(forms)s forms that keep to all limits were found within the time. That there are none is not proved. Ask "
        "for fewer forms, loosen the limits, or have fewer enemies or more questions in the bank, first where they are "
        "scarcest: %(scarce)s"
    )

    def __init__(self, found: Sequence[Shortage] = (), **params: Any) -> None:
        super().__init__(scarce="; ".join(map(str, found)) or "–", **params)
        self.scarce = found
        self.named: Mapping[Cell, str] = {}

    def __str__(self) -> str:
        """The record has codes, a person reads words."""
        words = in_words(self.scarce, self.named) if self.named and self.scarce else self.params["scarce"]
        return str(self.message) % {**self.params, "scarce": words}


class FormsShareTooMuch(FormsNotFound):
    code = "forms_share_too_much"
    message = _l(
        "No %(forms)s forms were found within the time of which any two share at most %(most)s questions. That there "
        "are none is not proved. Ask for fewer forms, allow more shared questions, or add questions to the bank, first "
        "where they are scarcest: %(scarce)s"
    )


class FormsUneven(Refusal):
    code = "forms_uneven"
    message = _l(
        "No equally difficult forms were found within the time. The expected scores of the nearest are %(spread)s "
        "points apart, allowed are %(tolerance)s. That there are none is not proved. Draw again, allow more, or add "
        "questions of other difficulty."
    )


class FormsNeverEven(FormsUneven):
    code = "forms_never_even"
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


def in_words(found: Sequence[Shortage], names: Mapping[Cell, str]) -> str:
    """Short cells by their names in words."""
    return "; ".join(f"{names[one.cell]}: {one.available} / {one.wanted}" for one in found)


def both_ways(bank: Collection[Candidate]) -> list[Candidate]:
    """The same items, each with every enemy, whichever of the two names the other."""
    enemies: defaultdict[str, set[str]] = defaultdict(set)
    for item in bank:
        for foe in item.enemies:
            enemies[item.id].add(foe)
            enemies[foe].add(item.id)
    return [replace(item, enemies=frozenset(enemies[item.id])) if item.id in enemies else item for item in bank]


def have_enemies(cells: Sequence[Cell], bank: Collection[Candidate]) -> bool:
    """Whether two items that the cells could take never stand together: then what is counted is a bound."""
    places = {(cell.area, cell.difficulty) for cell in cells}
    reached = {item.id: item for item in bank if (item.area, item.difficulty) in places}
    return any(not item.enemies.isdisjoint(reached) for item in reached.values())


def refuse(found: Sequence[Shortage], *, is_bound: bool = False) -> None:
    """Raises: BlueprintShort where anything is short; names every cell. ``is_bound``: counted as the most it can be."""
    if found:
        raise BlueprintShort(found, is_bound=is_bound, shortages="; ".join(map(str, found)))
