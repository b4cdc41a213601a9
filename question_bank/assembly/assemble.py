"""Drawing parallel forms: at random, few items twice, enemies apart, equally difficult."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random

from question_bank.assembly.balance import ROUNDING, level
from question_bank.assembly.budget import Budget
from question_bank.assembly.plan import (
    NO_LIMITS,
    Candidate,
    Cell,
    FormsNeverEven,
    FormsNotFound,
    FormsShareTooMuch,
    FormsUneven,
    Limits,
    both_ways,
    have_enemies,
    refuse,
)  # fmt: skip
from question_bank.assembly.stock import shortages
from question_bank.assembly.table import Table

TRIES = 20
SECONDS = 16.0  # for a whole draw
BALANCE = 4.0  # of these for forms that are equally difficult, before an exact search
BALANCE_FREE = 1.0  # the same where nobody said how near they have to be


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
    cells: Sequence[Cell], bank: Collection[Candidate], forms: int, *, random: Random, limits: Limits = NO_LIMITS,
    seconds: float = SECONDS,
) -> Forms:  # fmt: skip
    """Draw ``forms`` parallel forms from the bank, sharing as few items as the bank allows, enemies never together.

    ``random`` must be cryptographic (``secrets.SystemRandom``). Where drawing gets stuck an exact search decides
    whether it can be done at all (:mod:`question_bank.assembly.proof`), and its answer is taken. All searches together
    end after ``seconds``, within what it takes to notice.

    Raises:
        BlueprintShort: it cannot be done, that is proved; names every cell that is short.
        FormsNotFound: no forms were found within the time; that there are none is not proved. ``FormsShareTooMuch``
            where that is for what two of them may share.
        FormsUneven: none were found whose expected scores are within ``limits.tolerance``; ``FormsNeverEven`` where it
            is proved that there are none.
    """
    budget, bank = Budget(seconds), both_ways(bank)
    is_bound = bool(limits.shared) or have_enemies(cells, bank)
    refuse(shortages(cells, bank, forms, limits), is_bound=is_bound)
    for _try in range(TRIES):
        table = Table(cells, bank, forms, random, limits, budget)
        if table.fill():
            break
        if budget.is_over:
            raise FormsNotFound(forms=forms)
    else:
        table = _searched(cells, bank, forms, random, limits, budget)
    wanted = None if limits.tolerance is None else limits.tolerance / limits.points
    level(table, wanted, budget.part(BALANCE_FREE if wanted is None else BALANCE))
    if wanted is not None and table.spread > wanted + ROUNDING:
        table = _even(table, wanted, budget)
    table.verify()
    return Forms([random.sample(sorted(form), len(form)) for form in table.forms], table.expected())


def _searched(
    cells: Sequence[Cell], bank: Collection[Candidate], forms: int, random: Random, limits: Limits, budget: Budget
) -> Table:  # fmt: skip
    """Forms that an exact search found; it leaves out what two may share, and that is tried after it.

    Raises:
        BlueprintShort: there are none; names the cells that stay short.
        FormsNotFound: none were found, and it is not proved that there are none; names the cells that stayed short.
    """
    from question_bank.assembly.proof import fill  # 20 MB with numpy: not for a process that only runs tests

    found = fill(cells, bank, forms, limits, budget)
    if found is None:
        raise FormsNotFound(forms=forms)
    if found.short and not found.is_proved:
        raise FormsNotFound(found.short, forms=forms)
    refuse(found.short)
    table = Table(cells, bank, forms, random, limits, budget)
    return table if table.take(found) else _apart(cells, bank, forms, random, limits, budget)


def _apart(
    cells: Sequence[Cell], bank: Collection[Candidate], forms: int, random: Random, limits: Limits, budget: Budget
) -> Table:  # fmt: skip
    """Forms that keep to the limit on shared items, by an exact search where the bank is small enough for one.

    Raises:
        BlueprintShort: there are none; names the cells that stay short.
        FormsShareTooMuch: none were found, and it is not proved that there are none; names the scarcest cells.
    """
    from question_bank.assembly.proof import fill_apart

    found = fill_apart(cells, random.sample(list(bank), len(bank)), forms, limits, budget)
    if found is not None and (found.is_proved or not found.short):
        refuse(found.short)
        table = Table(cells, bank, forms, random, limits, budget)
        if table.take(found):
            return table
    scarce = shortages(cells, bank, forms, replace(limits, shared=0))
    raise FormsShareTooMuch(scarce, forms=forms, most=limits.shared)


def _even(nearest: Table, wanted: float, budget: Budget) -> Table:
    """Forms within ``wanted`` by an exact search, where the bank is small enough for one.

    Raises:
        FormsUneven: none were found; ``FormsNeverEven`` where it is proved that there are none.
    """
    from question_bank.assembly.proof import fill_apart

    limits, random, bank = nearest.limits, nearest.random, list(nearest.items.values())
    forms = len(nearest.forms)
    found = fill_apart(nearest.cells, random.sample(bank, len(bank)), forms, limits, budget, within=wanted)
    if found is not None and found.forms:
        table = Table(nearest.cells, bank, forms, random, limits, budget)
        if table.take(found) and table.spread <= wanted + ROUNDING:
            return table
    is_proved = found is not None and found.is_proved and not found.forms
    spread = f"{nearest.spread * limits.points:.2f}"
    raise (FormsNeverEven if is_proved else FormsUneven)(spread=spread, tolerance=f"{limits.tolerance:.2f}")
