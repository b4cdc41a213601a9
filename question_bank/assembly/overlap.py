"""How much forms must have in common: what no drawing, however clever, can get below.

Counting twice: an item on x forms is in common to x(x − 1)/2 pairs of forms. All pairs of k forms together may have at
most s·k(k − 1)/2 items in common where any two may have s. The first use of an item costs nothing, the second one pair
more, the third two; so the cheapest way to fill all places of all forms is to take every item once, then every item
twice, and so on, as far as its uses go. Where even that costs more than is allowed, it is impossible.

Source: both bounds are Johnson's for constant weight codes: Johnson (1962), A new upper bound for error-correcting
codes, IRE Transactions on Information Theory 8(3), 203–207. Enemies are left out of account: they only leave less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def allowed(shared: int, forms: int) -> int:
    """How many items all pairs of so many forms may have in common together."""
    return shared * forms * (forms - 1) // 2


def most_forms(items: int, size: int, shared: int) -> int | None:
    """Johnson's bound: so many forms at most of ``size`` out of ``items``, any two with ``shared`` in common at most.

    An item stands on as many forms as there can be of the other items with one less in common. None: no bound.
    """
    if size <= shared:
        return None
    if shared < 0:
        return 1
    if not shared:
        return items // size
    held = most_forms(items - 1, size - 1, shared - 1)
    return None if held is None else items * held // size


def costs(items_by_uses: Mapping[int, int]) -> Counter[int]:
    """How many uses cost how many pairs; ``items_by_uses``: how many items may stand on so many of the new forms."""
    found: Counter[int] = Counter()
    for uses, items in items_by_uses.items():
        found.update({cost: items for cost in range(uses)})
    return found


def cheapest(from_: Counter[int], places: int) -> Counter[int]:
    """The cheapest uses that fill so many places; fewer where there are no more."""
    found: Counter[int] = Counter()
    for cost in sorted(from_):
        found[cost] = min(from_[cost], places)
        places -= found[cost]
    return found


def beyond(filled: Iterable[tuple[Name, Counter[int]]], budget: int) -> Counter[Name]:
    """How many places of which cells stay empty at least, and no more than there must: the dearest are given up first.

    ``filled``: the uses that fill each cell most cheaply.
    """
    parts = [(cost, name, uses) for name, counted in filled for cost, uses in counted.items() if uses]
    over, empty = sum(cost * uses for cost, _name, uses in parts) - budget, Counter[Name]()
    for cost, name, uses in sorted(parts, key=lambda part: (-part[0], str(part[1]))):
        if over <= 0 or not cost:
            break
        given_up = min(uses, -(-over // cost))
        empty[name] += given_up
        over -= given_up * cost
    return empty
