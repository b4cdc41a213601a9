"""What the bank has, counted: whether it can fill the cells of a blueprint, and which of them are short."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from question_bank.assembly import overlap
from question_bank.assembly.plan import NO_LIMITS, Candidate, Cell, Limits, Place, Shortage


class Stock:
    """How many items the bank has at each place, by the number of forms that hold them: what counting needs of it."""

    def __init__(
        self, counts: Mapping[tuple[str, str, int, int], int], with_enemies: Iterable[tuple[str, int]] = ()
    ) -> None:
        """``counts``: items by subject area, sub-topic, difficulty and number of forms that hold them.

        ``with_enemies``: subject areas and difficulties of the items that name enemies.
        """
        self.with_enemies = frozenset(with_enemies)
        self.by_forms: defaultdict[Place, Counter[int]] = defaultdict(Counter)
        for (area, topic, difficulty, before), count in counts.items():
            if count:
                self.by_forms[area, topic, difficulty][before] += count
                self.by_forms[area, None, difficulty][before] += count

    @classmethod
    def of(cls, bank: Iterable[Candidate]) -> Stock:
        """The stock of these items."""
        bank = list(bank)
        counts = Counter((item.area, item.sub_topic, item.difficulty, item.forms) for item in bank)
        return cls(counts, {(item.area, item.difficulty) for item in bank if item.enemies})

    def is_bound(self, cells: Sequence[Cell]) -> bool:
        """Whether items that the cells could take name enemies: what is counted is then the most it can be."""
        return any((cell.area, cell.difficulty) in self.with_enemies for cell in cells)

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
        return found or self._too_much_in_common(cells, forms, limits)

    def _too_much_in_common(self, cells: Sequence[Cell], forms: int, limits: Limits) -> list[Shortage]:
        """Cells short since two forms may share but so many items (:mod:`overlap`); ``available`` is at most that."""
        if not limits.shared:
            return []
        filled, taken = [], defaultdict[Place, Counter[int]](Counter)
        full: dict[Cell, int] = {}
        for cell in sorted(cells, key=lambda cell: cell.sub_topic is None):
            items: Counter[int] = Counter()
            for before, count in self.by_forms[cell.place].items():
                items[limits.left(before, forms)] += count
            uses = overlap.costs(items)
            if cell.sub_topic is None:
                uses -= taken[cell.place]
            filled.append((cell, overlap.cheapest(uses, cell.count * forms)))
            taken[cell.area, None, cell.difficulty] += filled[-1][1]
            most = self._most_uses(cell, cells, forms, limits)
            full[cell] = sum(n for cost, n in overlap.costs(items).items() if cost < most)
        empty = overlap.beyond(filled, overlap.allowed(limits.shared, forms))
        empty = empty or Counter({cell: 1 for cell, uses in full.items() if uses < cell.count * forms})
        return [Shortage(one, one.count * forms - empty[one], one.count * forms) for one in cells if empty[one]]

    def _most_uses(self, own: Cell, cells: Sequence[Cell], forms: int, limits: Limits) -> int:
        """On how many of the forms an item of a cell can stand, since those forms share that item already."""
        assert limits.shared is not None
        most, pools = forms, Counter({place: self._usable(place, forms, limits) for place in self.by_forms})
        every = sum(n for (_area, topic, _difficulty), n in pools.items() if topic is None)
        parts = [(every - 1, sum(cell.count for cell in cells) - 1)]
        for cell in cells:
            one = int((cell.area, cell.difficulty) == (own.area, own.difficulty))
            parts.append((pools[cell.place] - one, cell.count - one))
        bounds = (overlap.most_forms(items, size, limits.shared - 1) for items, size in parts)
        return min([most, *(bound for bound in bounds if bound is not None)])

    def _usable(self, place: Place, forms: int, limits: Limits) -> int:
        """How many items of a place may stand on one of the forms at least."""
        return sum(n for before, n in self.by_forms[place].items() if limits.left(before, forms))

    def most_forms(self, cells: Sequence[Cell], limits: Limits, most: int) -> int:
        """The greatest number of forms up to ``most`` that nothing short stands against; 0 where no form can be made.

        As exact as :func:`shortages`: enemies, and a limit on shared items other than 0, may leave fewer still.
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
    in each exactly when the uses that are left add up to ``forms · n`` (Gale, 1957; Ryser, 1957). With another limit
    what is found is impossible, but what is not found need not be possible (:mod:`overlap`).
    """
    return Stock.of(bank).shortages(cells, forms, limits)
