"""Making forms equally difficult: exchanges between forms and with unused items, begun anew where that is stuck."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import chain

from question_bank.assembly.budget import Budget
from question_bank.assembly.plan import Cell
from question_bank.assembly.table import Table

STEPS = 2000
ATTEMPTS = 120  # how often the search begins anew from another start
KICKS = 3  # how many steps at random lead to another start
ROUNDING = 1e-9  # sums of the same facilities in another order are the same score

Step = tuple[float, Callable[[], bool]]  # by how much it brings the scores together (the least is best), and the step


def level(table: Table, wanted: float | None, budget: Budget) -> None:
    """Bring the expected scores together: within ``wanted`` (in items) where that is given, else as near as can be.

    What a step brings is the change of the sum of squared distances of all scores from their mean: the two forms at
    the ends move, towards any other form or towards unused items. Only where nothing else helps is an item taken that
    stands on another form already. A search that is stuck goes on from the best forms with some steps at random, or
    with forms drawn anew, up to ``ATTEMPTS`` times and as long as the ``budget`` lasts.
    """
    if len(table.forms) < 2:
        return
    table.budget = budget
    _descend(table, wanted, budget)
    if wanted is None:
        return
    best, least = table.state(), table.spread
    for attempt in range(ATTEMPTS):
        if least <= wanted + ROUNDING or budget.is_over:
            break
        table.come_back(best)
        if attempt % 4 or not _draw_anew(table):
            table.come_back(best)
            _kick(table)
        _descend(table, wanted, budget)
        if table.spread < least:
            best, least = table.state(), table.spread
    table.come_back(best)


def _descend(table: Table, wanted: float | None, budget: Budget) -> None:
    """Take the best step as long as there is one; others than exchanges between the ends only where they are needed."""
    for _step in range(STEPS):
        if budget.is_over:
            return
        kinds = [_between_ends]
        if wanted is None:
            kinds += [_with_others, _with_unused]
        elif table.spread > wanted + ROUNDING:
            kinds += [_with_others, _with_unused, _with_used]
        if not any(_take(kind(table)) for kind in kinds):
            return


def _take(steps: Iterator[Step]) -> bool:
    good = sorted((step for step in steps if step[0] < -ROUNDING), key=lambda step: step[0])
    return any(take() for _gain, take in good)


def _ends(table: Table) -> tuple[list[float], int, int]:
    scores = table.expected()
    return scores, scores.index(min(scores)), scores.index(max(scores))


def _between_ends(table: Table) -> Iterator[Step]:
    """Exchanges between the hardest and the easiest form."""
    scores, low, high = _ends(table)
    return _exchanges(table, scores, high, low)


def _with_others(table: Table) -> Iterator[Step]:
    """Exchanges of one of these two with any other form."""
    scores, low, high = _ends(table)
    others = [number for number in range(len(scores)) if number not in (low, high)]
    return chain.from_iterable(_exchanges(table, scores, end, other) for end in (high, low) for other in others)


def _exchanges(table: Table, scores: list[float], one: int, other: int) -> Iterator[Step]:
    by_cell: defaultdict[Cell, list[str]] = defaultdict(list)
    for item, cell in table.forms[other].items():
        by_cell[cell].append(item)
    apart = scores[one] - scores[other]
    for gives, cell in table.forms[one].items():
        for takes in by_cell[cell]:
            change = table.items[gives].expected - table.items[takes].expected
            gain = 2 * change * (change - apart)
            if gain < 0:
                yield gain, lambda gives=gives, takes=takes: table.exchange(one, gives, other, takes)  # type: ignore[misc]


def _with_unused(table: Table) -> Iterator[Step]:
    """An item that stands nowhere in place of one of the hardest or the easiest form."""
    return _replacements(table, is_used=False)


def _with_used(table: Table) -> Iterator[Step]:
    """The same with items that stand on other forms: the forms have more in common then."""
    return _replacements(table, is_used=True)


def _replacements(table: Table, *, is_used: bool) -> Iterator[Step]:
    scores, low, high = _ends(table)
    mean, share = sum(scores) / len(scores), 1 - 1 / len(scores)
    ready = {
        cell: [item for item in pool if table.left[item.id] and bool(table.holders[item.id]) == is_used]
        for cell, pool in table.pools.items()
    }
    for end in (low, high):
        for gives, cell in table.forms[end].items():
            before = table.items[gives].expected
            for item in ready[cell]:
                change = item.expected - before
                gain = change * (change * share + 2 * (scores[end] - mean))
                if gain < 0:
                    yield gain, lambda end=end, gives=gives, takes=item.id: table.replace(end, gives, takes)  # type: ignore[misc]


def _draw_anew(table: Table) -> bool:
    """Other forms in place of these; False where drawing got stuck."""
    table.come_back([{} for _form in table.forms])
    for pool in table.pools.values():
        table.random.shuffle(pool)
    return table.fill()


def _kick(table: Table) -> None:
    """Some steps at random, whatever they bring."""
    random = table.random
    for _kick in range(KICKS):
        one, other = random.sample(range(len(table.forms)), 2)
        if not table.forms[one]:
            return
        gives = random.choice(list(table.forms[one]))
        cell = table.forms[one][gives]
        takes = [item for item, where in table.forms[other].items() if where == cell]
        if takes and random.random() < 0.5:
            table.exchange(one, gives, other, random.choice(takes))
        elif pool := [item.id for item in table.pools[cell] if table.left[item.id] and not table.holders[item.id]]:
            table.replace(one, gives, random.choice(pool))
