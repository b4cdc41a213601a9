"""Who sits where: dealt at random, so that rivals for one school and equal test forms are apart; pure.

**Objective**, in this order: as few neighbouring pairs as possible who compete for the same school; among such deals,
as few neighbouring pairs as possible with the same test form. Neighbours sit beside, in front of or behind each other.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from random import Random
from types import MappingProxyType

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from testing_center.rules.sittings import NoFreeSeat

SEATS_PER_ROW = 6
SEATS_PER_ROW_MAX = 40
TRIES, STEPS = 4, 120  # deals that are begun anew, and steps of each that may bring nothing better
# One pair of rivals weighs more than all pairs with one form: a room has at most 400 seats, so fewer than 800 pairs.
RIVALS, ONE_FORM = 1000, 1


class DealtTooLate(Refusal):
    """The link of a code holds the seat, and slips name it."""

    code = "dealt_too_late"
    message = _l("Codes are issued already, and slips name the seats: seats are dealt before codes are issued.")


class NobodyToSeat(Refusal):
    code = "nobody_to_seat"
    message = _l("Nobody is registered yet: there is nobody to give a seat to.")


class SeatNotFree(Refusal):
    code = "seat_not_free"
    message = _l("Somebody sits there already, or the seat cannot be used. Seat: %(n)s.")


def place_of(seat: int, per_row: int) -> tuple[int, int]:
    """Row and place in the row, both from 0; seats are numbered row by row."""
    return divmod(seat - 1, per_row)


def neighbours(seats: Collection[int], per_row: int) -> dict[int, list[int]]:
    """For each of these seats the ones beside, in front of and behind it."""
    there = {place_of(seat, per_row): seat for seat in seats}
    steps = ((0, 1), (0, -1), (1, 0), (-1, 0))
    found = {}
    for (row, column), seat in there.items():
        around = ((row + down, column + right) for down, right in steps)
        found[seat] = [there[place] for place in around if place in there]
    return found


def pairs_of(groups: Sequence[Hashable], dealt: Sequence[int], *, per_row: int, variants: int) -> tuple[int, int]:
    """Neighbouring pairs of one group, and neighbouring pairs with one test form; ``dealt`` are the people's seats."""
    sits = dict(zip(dealt, groups, strict=True))
    beside = neighbours(dealt, per_row)
    pairs = [(seat, other) for seat in beside for other in beside[seat] if seat < other]
    rivals = sum(sits[seat] == sits[other] for seat, other in pairs)
    return rivals, sum((seat - other) % variants == 0 for seat, other in pairs)


def best_for(
    group: Hashable, free: Collection[int], others: Mapping[int, Hashable], *, per_row: int, variants: int
) -> list[int]:
    """The free seats that are best for one more person, in order; ``others``: who sits where already, by group."""
    beside = neighbours({*free, *others}, per_row)
    costs = {
        seat: sum(
            RIVALS * (others[other] == group) + ONE_FORM * ((seat - other) % variants == 0)
            for other in beside[seat] if other in others
        )
        for seat in free
    }  # fmt: skip
    return sorted(seat for seat, cost in costs.items() if cost == min(costs.values()))


def deal(
    groups: Sequence[Hashable], seats: Collection[int], *, per_row: int, variants: int, random: Random,
    stay: Mapping[int, Hashable] = MappingProxyType({}),
) -> list[int]:  # fmt: skip
    """A seat for each person, in the order of ``groups`` (a person's group is the school they compete for).

    ``stay`` are seats that were given for a reason, by the group of who sits there: they are not dealt.

    Each deal begins with a random one and is improved by exchanging two seats, one of which may be empty, until
    nothing better was found for a while; the best of a few is taken. On small rooms that is the best there is.

    Raises:
        NoFreeSeat: fewer usable seats than people.
    """
    usable = sorted(set(seats) - stay.keys())
    if len(groups) > len(usable):
        raise NoFreeSeat(seats=len(usable))
    beside = neighbours({*usable, *stay}, per_row)
    best: tuple[int, list[int]] | None = None
    for _try in range(TRIES):
        dealt = [*random.sample(usable, len(groups)), *stay]
        search = _Search([*groups, *stay.values()], dealt, beside, variants, random, stay)
        search.run()
        if best is None or search.least < best[0]:
            best = search.least, search.best
        if best[0] == 0:
            break
    assert best is not None
    return best[1][: len(groups)]


class _Search:
    """One deal under improvement (tabu search): whoever has just moved stays for a few steps, so that it gets on."""

    def __init__(
        self, groups: Sequence[Hashable], dealt: list[int], beside: dict[int, list[int]], variants: int, random: Random,
        stay: Collection[int] = (),
    ) -> None:  # fmt: skip
        self.groups, self.beside, self.variants, self.random = groups, beside, variants, random
        self.sits: dict[int, int | None] = dict.fromkeys(beside)
        self.sits.update({seat: person for person, seat in enumerate(dealt)})
        self.cost = sum(self._cost_at(seat) for seat in beside) // 2
        self.least, self.best = self.cost, list(dealt)
        # seat → step before which it is not touched again
        self.kept: dict[int, float] = dict.fromkeys(stay, math.inf)

    def run(self) -> None:
        """Improve until nothing better was found for ``STEPS`` steps."""
        step = idle = 0
        while self.least and idle < STEPS:
            step, idle = step + 1, idle + 1
            if not self._move(step):
                continue
            if self.cost < self.least:
                idle, self.least = 0, self.cost
                self.best = [0] * len(self.groups)
                for seat, person in self.sits.items():
                    if person is not None:
                        self.best[person] = seat

    def _move(self, step: int) -> bool:
        """Exchange a seat that costs most with the one that helps most; False where every one has just moved."""
        free = [seat for seat in self.beside if self.kept.get(seat, 0) <= step]
        costs = {seat: self._cost_at(seat) for seat in free if self.sits[seat] is not None}
        dear = [seat for seat in costs if (costs[seat] >= RIVALS) == (self.cost >= RIVALS) and costs[seat]]
        if not dear:
            return False
        one = self.random.choice(dear)
        gains: list[tuple[int, int]] = []
        for other in free:
            if other != one and self._differs(one, other):
                gains.append((self._gain(one, other), other))
        if not gains:
            return False
        most = max(gain for gain, _other in gains)
        other = self.random.choice([other for gain, other in gains if gain == most])
        self.sits[one], self.sits[other] = self.sits[other], self.sits[one]
        self.cost -= most
        rest = 1 + self.random.randrange(1 + min(8, len(self.beside) // 3))
        self.kept[one] = self.kept[other] = step + rest
        return True

    def _differs(self, one: int, other: int) -> bool:
        a, b = self.sits[one], self.sits[other]
        return a is None or b is None or self.groups[a] != self.groups[b]

    def _cost_at(self, seat: int) -> int:
        person = self.sits[seat]
        if person is None:
            return 0
        group, total = self.groups[person], 0
        for other in self.beside[seat]:
            there = self.sits[other]
            if there is not None:
                total += RIVALS * (self.groups[there] == group) + ONE_FORM * ((seat - other) % self.variants == 0)
        return total

    def _gain(self, one: int, other: int) -> int:
        """By how much the whole gets better if two seats are exchanged; what is between the two stays the same."""
        sits = self.sits
        before = self._cost_at(one) + self._cost_at(other)
        sits[one], sits[other] = sits[other], sits[one]
        after = self._cost_at(one) + self._cost_at(other)
        sits[one], sits[other] = sits[other], sits[one]
        return before - after
