"""Drawing parallel forms: at random, few items twice, enemies apart, equally difficult."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING

from question_bank.assembly.plan import (
    NO_LIMITS,
    Candidate,
    Cell,
    FormsShareTooMuch,
    FormsUneven,
    Limits,
    both_ways,
    refuse,
    shortages,
)  # fmt: skip

if TYPE_CHECKING:
    from question_bank.assembly.proof import Filled

TRIES = 20
DEPTH = 3  # how many items may give way, one after the other, so that one more finds its place
TRIALS = 500  # how many ways to make room for one item are tried before drawing begins anew
SWAPS = 2000
ROUNDING = 1e-9  # sums of the same facilities in another order are the same score


@dataclass(frozen=True)
class Forms:
    """Parallel forms: the ids of their items in random order, and the score expected on each, in items."""

    items: list[list[str]]
    expected: list[float]

    @property
    def spread(self) -> float:
        """How far the expected scores are apart."""
        return max(self.expected) - min(self.expected)

    @property
    def shared(self) -> int:
        """The most items that two of the forms have in common."""
        return max((len(set(one) & set(other)) for one, other in combinations(self.items, 2)), default=0)


def assemble(
    cells: Sequence[Cell], bank: Collection[Candidate], forms: int, *, random: Random, limits: Limits = NO_LIMITS
) -> Forms:  # fmt: skip
    """Draw ``forms`` parallel forms from the bank, sharing as few items as the bank allows, enemies never together.

    ``random`` must be cryptographic (``secrets.SystemRandom``). Where drawing gets stuck an exact search decides
    whether it can be done at all (:mod:`question_bank.assembly.proof`), and its answer is taken.

    Raises:
        BlueprintShort: it cannot be done; names every cell that is short.
        FormsShareTooMuch: it can, but not so that two forms share at most ``limits.shared`` items, as far as was found.
        FormsUneven: the expected scores stay further apart than ``limits.tolerance``.
    """
    bank = both_ways(bank)
    refuse(shortages(cells, bank, forms, limits))
    for _try in range(TRIES):
        table = _Table(cells, bank, forms, random, limits)
        if table.fill():
            break
    else:
        from question_bank.assembly.proof import fill  # 20 MB with numpy: not for a process that only runs tests

        found = fill(cells, bank, forms, limits)
        refuse(found.short)
        table = _Table(cells, bank, forms, random, limits)
        if not table.take(found):
            raise FormsShareTooMuch(forms=forms, most=limits.shared)
    table.balance()
    table.verify()
    drawn = Forms([random.sample(sorted(form), len(form)) for form in table.forms], table.expected())
    apart = drawn.spread * limits.points
    if limits.tolerance is not None and apart > limits.tolerance + ROUNDING:
        raise FormsUneven(spread=f"{apart:.2f}", tolerance=f"{limits.tolerance:.2f}")
    return drawn


class _Table:
    """Forms in the making: for each, which item stands in which cell."""

    def __init__(
        self, cells: Sequence[Cell], bank: Collection[Candidate], forms: int, random: Random, limits: Limits
    ) -> None:
        self.cells, self.random, self.limits = cells, random, limits
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
        """Fill every cell of every form; the cells with the least to choose from come first."""
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
                if not self._fits(number, self.items[item_id]):
                    return False
                self._put(number, item_id, cell)
        for number, chosen in enumerate(found.forms):
            for (group, cell), count in chosen.free.items():
                for item in self._best(self.items[item_id] for item_id in group):
                    if count and self._fits(number, item):
                        self._put(number, item.id, cell)
                        count -= 1
                if count:
                    return False
        return True

    def verify(self) -> None:
        """Look at every form anew: a fault of the search above never becomes a form.

        Raises:
            RuntimeError: a form is not what the blueprint says, or enemies stand in it.
        """
        wanted = Counter({cell: cell.count for cell in self.cells})
        for form in self.forms:
            fits = all(cell in self.pools and self.items[item] in self.pools[cell] for item, cell in form.items())
            if not fits or Counter(form.values()) != wanted:
                raise RuntimeError("a form was drawn that its blueprint does not allow")
            if any(not self.items[item].enemies.isdisjoint(form) for item in form):
                raise RuntimeError("a form was drawn with questions that exclude each other")

    def expected(self) -> list[float]:
        """Score expected on each form."""
        return [sum(self.items[item].expected for item in form) for form in self.forms]

    def balance(self) -> None:
        """Exchange items of one cell between the hardest and the easiest form until no exchange brings them nearer."""
        for _swap in range(SWAPS if len(self.forms) > 1 else 0):
            scores = self.expected()
            low, high = scores.index(min(scores)), scores.index(max(scores))
            found = self._exchange(high, low, scores[high] - scores[low])
            if found is None:
                return
            gives, takes = found
            cells = self.forms[high][gives], self.forms[low][takes]
            self._drop(high, gives)
            self._drop(low, takes)
            self._put(high, takes, cells[0])
            self._put(low, gives, cells[1])

    def _exchange(self, high: int, low: int, gap: float) -> tuple[str, str] | None:
        """The pair whose exchange brings the two forms nearest to each other."""
        by_cell = defaultdict(list)
        for item, cell in self.forms[low].items():
            by_cell[cell].append(item)
        pairs = []
        for gives, cell in self.forms[high].items():
            for takes in by_cell[cell]:
                change = self.items[gives].expected - self.items[takes].expected
                if 1e-9 < change < gap - 1e-9:
                    pairs.append((abs(gap - 2 * change), gives, takes))
        nearest = ((gives, takes) for _off, gives, takes in sorted(pairs))
        return next((pair for pair in nearest if self._may(high, pair[0], low, pair[1])), None)

    def _may(self, high: int, gives: str, low: int, takes: str) -> bool:
        cells = self.forms[high][gives], self.forms[low][takes]
        self._drop(high, gives)
        self._drop(low, takes)
        good = self._fits(high, self.items[takes])
        if good:
            self._put(high, takes, cells[0])
            good = self._fits(low, self.items[gives])
            self._drop(high, takes)
        self._put(high, gives, cells[0])
        self._put(low, takes, cells[1])
        return good

    def _place(self, number: int, cell: Cell, depth: int) -> bool:
        """Put one more item of the cell into the form; items in the way may move on, ``depth`` deep."""
        ready = [item for item in self.pools[cell] if self.left[item.id] and item.id not in self.forms[number]]
        ready = self._best(ready)
        for item in ready:
            if self._fits(number, item):
                self._put(number, item.id, cell)
                return True
        for item in ready if depth else ():
            if not self.trials:
                return False
            self.trials -= 1
            foes = {foe: self.forms[number][foe] for foe in item.enemies if foe in self.forms[number]}
            before = dict(self.forms[number])
            for foe in foes:
                self._drop(number, foe)
            if self._fits(number, item):
                self._put(number, item.id, cell)
                if all(self._place(number, place, depth - 1) for place in foes.values()):
                    return True
            self._restore(number, before)
        return False

    def _best(self, ready: Iterable[Candidate]) -> list[Candidate]:
        """Those on the fewest of these forms first, then those with the most uses left; at random among equals."""
        return sorted(ready, key=lambda item: (len(self.holders[item.id]), -self.left[item.id]))

    def _fits(self, number: int, item: Candidate) -> bool:
        form, most = self.forms[number], self.limits.shared
        if item.id in form or not self.left[item.id] or not item.enemies.isdisjoint(form):
            return False
        return most is None or all(self.shares[_pair(number, other)] < most for other in self.holders[item.id])

    def _put(self, number: int, item: str, cell: Cell) -> None:
        for other in self.holders[item]:
            self.shares[_pair(number, other)] += 1
        self.holders[item].add(number)
        self.left[item] -= 1
        self.forms[number][item] = cell

    def _drop(self, number: int, item: str) -> None:
        self.holders[item].discard(number)
        for other in self.holders[item]:
            self.shares[_pair(number, other)] -= 1
        self.left[item] += 1
        del self.forms[number][item]

    def _restore(self, number: int, before: dict[str, Cell]) -> None:
        for item in [item for item, cell in self.forms[number].items() if before.get(item) != cell]:
            self._drop(number, item)
        for item, cell in before.items():
            if item not in self.forms[number]:
                self._put(number, item, cell)


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
