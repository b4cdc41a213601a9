"""What forms are drawn from and to what terms: cells of a blueprint, items of the bank, limits, shortages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from core.errors import Refusal
from core.i18n import lazy_gettext as _l

#: Share of the points that candidates are expected to get on an item nobody has sat yet, by difficulty: an assumption,
#: replaced by what statistics say as soon as enough people have met the item.
ASSUMED: Mapping[int, float] = MappingProxyType({1: 0.9, 2: 0.75, 3: 0.6, 4: 0.45, 5: 0.3})


class BlueprintShort(Refusal):
    code = "blueprint_short"
    message = _l("The bank cannot fill this blueprint. Short of approved questions: %(shortages)s")


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

    ``exposure``: on how many forms an item may stand, those sealed before included. ``shared``: how many items any two
    of the new forms may share. ``tolerance``: how far the expected scores may be apart, in items answered rightly.
    """

    exposure: int | None = None
    shared: int | None = None
    tolerance: float | None = None

    def uses(self, item: Candidate, forms: int) -> int:
        """On how many of ``forms`` new forms the item may stand."""
        most = forms if self.exposure is None else min(forms, max(0, self.exposure - item.forms))
        return min(most, 1) if self.shared == 0 else most


NO_LIMITS = Limits()


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
        raise BlueprintShort(shortages="; ".join(map(str, found)))


def shortages(
    cells: Sequence[Cell], bank: Collection[Candidate], forms: int = 1, limits: Limits = NO_LIMITS
) -> list[Shortage]:  # fmt: skip
    """Every cell that the bank cannot fill even where no item had an enemy.

    Exact without enemies and with ``limits.shared`` None or 0: cells are nested (a sub-topic within its area), so that
    it is enough to fill the narrow ones first, and ``forms`` forms of ``n`` places can be filled with different items
    in each exactly when the uses that are left add up to ``forms · n`` (Gale, 1957; Ryser, 1957).
    """
    supply: Counter[tuple[str, str | None, int]] = Counter()
    for item in bank:
        uses = limits.uses(item, forms)
        supply[item.area, item.sub_topic, item.difficulty] += uses
        supply[item.area, None, item.difficulty] += uses
    found = []
    for cell in cells:
        wanted, left = cell.count * forms, supply[cell.area, cell.sub_topic, cell.difficulty]
        if cell.sub_topic is None:
            parts = [
                one for one in cells if one.sub_topic and (one.area, one.difficulty) == (cell.area, cell.difficulty)
            ]
            left -= sum(min(one.count * forms, supply[one.area, one.sub_topic, one.difficulty]) for one in parts)
        if left < wanted:
            found.append(Shortage(cell, left, wanted))
    return found
