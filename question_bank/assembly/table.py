"""Forms in the making: filled at random, an item in the way may move on; what stands where, and what is left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING

from question_bank.assembly.budget import Budget
from question_bank.assembly.plan import Candidate, Cell, Limits

if TYPE_CHECKING:
    from question_bank.assembly.proof import Filled

DEPTH = 3  # how many items may give way, one after the other, so that one more finds its place
TRIALS = 500  # how many ways to make room for one item are tried before drawing begins anew


class Table:
    """Forms in the making: for each, which item stands in which cell."""

    def __init__(
        self, cells: Sequence[Cell], bank: Collection[Candidate], forms: int, random: Random, limits: Limits,
        budget: Budget,
    ) -> None:  # fmt: skip
        """Empty forms. Filling them gives up when the ``budget`` is over."""
        self.cells, self.random, self.limits, self.budget = cells, random, limits, budget
        self.items = {item.id: item for item in bank}
        self.left = {item.id: limits.uses(item, forms) for item in bank}
        self.forms: list[dict[str, Cell]] = [{} for _form in range(forms)]
        self.holders: defaultdict[str, set[int]] = defaultdict(set)
        self.shares: Counter[tuple[int, int]] = Counter()
        self.trials = TRIALS
        places = defaultdict(list)
        for item in random.sample(list(bank), len(bank)):
            places[item.area, item.difficulty].append(item)
        self.pools = {cell: [item for item in places[cell.area, cell.difficulty] if item.fits(cell)] for cell in cells}

    def fill(self) -> bool:
        """Fill every cell of every form; the cells with the least to choose from come first. False: it got stuck."""
        order = sorted(self.cells, key=lambda cell: (cell.sub_topic is None, len(self.pools[cell]) - cell.count))
        for number in range(len(self.forms)):
            for cell in order:
                for _item in range(cell.count):
                    self.trials = TRIALS
                    if not self._place(number, cell, DEPTH):
                        return False
        return True

    def take(self, found: Filled) -> bool:
        """Take over what the exact search found, free choices among equals at random."""
        for number, chosen in enumerate(found.forms):
            for item_id, cell in chosen.named.items():
                if not self.fits(number, self.items[item_id]):
                    return False
                self.put(number, item_id, cell)
        for number, chosen in enumerate(found.forms):
            for (group, cell), count in chosen.free.items():
                for item in self.best(self.items[item_id] for item_id in group):
                    if count and self.fits(number, item):
                        self.put(number, item.id, cell)
                        count -= 1
                if count:
                    return False
        return True

    def verify(self) -> None:
        """Look at every form anew: a fault of the search above never becomes a form.

        Raises:
            RuntimeError: a form is not what the blueprint and the limits say, or enemies stand in it.
        """
        wanted = Counter({cell: cell.count for cell in self.cells})
        for form in self.forms:
            fits = all(cell in self.pools and self.items[item] in self.pools[cell] for item, cell in form.items())
            if not fits or Counter(form.values()) != wanted:
                raise RuntimeError("a form was drawn that its blueprint does not allow")
            if any(not self.items[item].enemies.isdisjoint(form) for item in form):
                raise RuntimeError("a form was drawn with questions that exclude each other")
        uses = Counter(item for form in self.forms for item in form)
        if any(count > self.limits.uses(self.items[item], len(self.forms)) for item, count in uses.items()):
            raise RuntimeError("a question was drawn for more forms than it may stand on")
        shared = (len(one.keys() & other.keys()) for one, other in combinations(self.forms, 2))
        if self.limits.shared is not None and max(shared, default=0) > self.limits.shared:
            raise RuntimeError("forms were drawn that have more in common than they may")

    def expected(self) -> list[float]:
        """Score expected on each form."""
        return [sum(self.items[item].expected for item in form) for form in self.forms]

    @property
    def spread(self) -> float:
        """How far the expected scores are apart."""
        scores = self.expected()
        return max(scores) - min(scores)

    def state(self) -> list[dict[str, Cell]]:
        """What stands where, to come back to."""
        return [dict(form) for form in self.forms]

    def come_back(self, state: Sequence[dict[str, Cell]]) -> None:
        """Put everything where it stood."""
        for number, form in enumerate(self.forms):
            for item in list(form):
                self.drop(number, item)
        for number, before in enumerate(state):
            for item, cell in before.items():
                self.put(number, item, cell)

    def exchange(self, one: int, gives: str, other: int, takes: str) -> bool:
        """Exchange an item of one form for an item of another in the same cell; False where that is not allowed."""
        cells = self.forms[one][gives], self.forms[other][takes]
        self.drop(one, gives)
        self.drop(other, takes)
        if self.fits(one, self.items[takes]):
            self.put(one, takes, cells[0])
            if self.fits(other, self.items[gives]):
                self.put(other, gives, cells[1])
                return True
            self.drop(one, takes)
        self.put(one, gives, cells[0])
        self.put(other, takes, cells[1])
        return False

    def replace(self, number: int, gives: str, takes: str) -> bool:
        """Put an item that is not on the form in place of one that is; False where that is not allowed."""
        cell = self.forms[number][gives]
        self.drop(number, gives)
        good = self.fits(number, self.items[takes])
        self.put(number, takes if good else gives, cell)
        return good

    def _place(self, number: int, cell: Cell, depth: int) -> bool:
        """Put one more item of the cell into the form; items in the way may move on, ``depth`` deep."""
        ready = [item for item in self.pools[cell] if self.left[item.id] and item.id not in self.forms[number]]
        ready = self.best(ready)
        for item in ready:
            if self.fits(number, item):
                self.put(number, item.id, cell)
                return True
        for item in ready if depth else ():
            if not self.trials or self.budget.is_over:
                return False
            self.trials -= 1
            foes = {foe: self.forms[number][foe] for foe in item.enemies if foe in self.forms[number]}
            before = dict(self.forms[number])
            for foe in foes:
                self.drop(number, foe)
            if self.fits(number, item):
                self.put(number, item.id, cell)
                if all(self._place(number, place, depth - 1) for place in foes.values()):
                    return True
            self._restore(number, before)
        return False

    def best(self, ready: Iterable[Candidate]) -> list[Candidate]:
        """Those on the fewest of these forms first, then those with the most uses left; at random among equals."""
        return sorted(ready, key=lambda item: (len(self.holders[item.id]), -self.left[item.id]))

    def fits(self, number: int, item: Candidate) -> bool:
        """Whether the item may stand on the form as it is now."""
        form, most = self.forms[number], self.limits.shared
        if item.id in form or not self.left[item.id] or not item.enemies.isdisjoint(form):
            return False
        return most is None or all(self.shares[_pair(number, other)] < most for other in self.holders[item.id])

    def put(self, number: int, item: str, cell: Cell) -> None:
        """Put an item that fits on the form."""
        for other in self.holders[item]:
            self.shares[_pair(number, other)] += 1
        self.holders[item].add(number)
        self.left[item] -= 1
        self.forms[number][item] = cell

    def drop(self, number: int, item: str) -> None:
        """Take an item off the form."""
        self.holders[item].discard(number)
        for other in self.holders[item]:
            self.shares[_pair(number, other)] -= 1
        self.left[item] += 1
        del self.forms[number][item]

    def _restore(self, number: int, before: dict[str, Cell]) -> None:
        for item in [item for item, cell in self.forms[number].items() if before.get(item) != cell]:
            self.drop(number, item)
        for item, cell in before.items():
            if item not in self.forms[number]:
                self.put(number, item, cell)


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
