"""What a sitting says of each item: how many solved it, whether it tells strong from weak, what its distractors do."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import floor

from question_bank.statistics import moments

GROUP = Fraction(27, 100)  # Kelley (1939): the share in each extreme group that tells them apart most surely
FEW = 30  # below so many people a figure is an anecdote: shown, but nothing is concluded from it
EASY, HARD = 0.95, 0.20
WEAK = 0.15  # corrected item-total correlation below which an item hardly adds to the score
IDLE = 0.05  # a wrong option chosen by fewer tempts nobody


@dataclass(frozen=True)
class Answers:
    """One item and everybody who met it; the three sequences are parallel, a place for each person.

    ``points`` are whole points from 0 to ``maximum``; ``rest`` is that person's score on all other items; ``chosen``
    holds the numbers of the options chosen, empty where the item was left out. ``key`` are the options that are right
    where the item is made of options, empty where it is not (numbers, orders).
    """

    maximum: int
    options: int
    key: frozenset[int]
    points: Sequence[int]
    rest: Sequence[int]
    chosen: Sequence[frozenset[int]]
    seconds: Sequence[int] = ()

    def __post_init__(self) -> None:
        if not len(self.points) == len(self.rest) == len(self.chosen):
            raise ValueError("points, rest and chosen must have a place for each person")


@dataclass(frozen=True)
class OptionFigures:
    """How one option was chosen: by which share of all, of the upper and of the lower group, and by whom.

    ``correlation`` is that of choosing it with the score on the other items: above zero, the better choose it.
    """

    option: int
    is_key: bool
    chosen: int
    share: float
    upper: float
    lower: float
    correlation: float | None


class Flag(StrEnum):
    """What the figures of an item give reason to look at; the sentences are in the views."""

    KEY_SUSPECT = "key_suspect"  # a wrong option draws the best candidates more than the key does
    TURNED_ROUND = "turned_round"  # the better the candidate, the worse at this item
    TELLS_LITTLE = "tells_little"
    TOO_EASY = "too_easy"
    TOO_HARD = "too_hard"
    IDLE_OPTION = "idle_option"
    LANGUAGES = "languages"  # people of equal score solve it far more often in one language (class C; see languages)
    FEW_PEOPLE = "few_people"


#: Flags that ask for somebody's eye, the most urgent first; the others are remarks.
HEEDED = (
    Flag.KEY_SUSPECT, Flag.TURNED_ROUND, Flag.LANGUAGES, Flag.TELLS_LITTLE, Flag.TOO_HARD, Flag.TOO_EASY,
)  # fmt: skip


@dataclass(frozen=True)
class ItemFigures:
    """Classical figures of one item; None where a figure is not defined.

    ``facility``: mean points out of the maximum (0…1). ``deviation``: of the points, in points. ``discrimination``:
    corrected item-total correlation (with the score on the *other* items; the point-biserial for 0/1 items).
    ``index``: D, facility in the upper minus facility in the lower 27 %. ``omitted``: share left out. ``seconds``:
    median time.
    """

    people: int
    facility: float | None
    deviation: float | None
    discrimination: float | None
    index: float | None
    omitted: float | None
    seconds: float | None
    options: tuple[OptionFigures, ...]
    flags: frozenset[Flag]


def figures(item: Answers) -> ItemFigures:
    """All figures of an item.

    Sources: Crocker, Algina (1986), Introduction to Classical and Modern Test Theory, ch. 14; Kelley (1939), The
    selection of upper and lower groups for the validation of test items, J. Educ. Psych. 30, 17–24 (groups of 27 %).
    """
    people = len(item.points)
    if not people:
        return ItemFigures(0, None, None, None, None, None, None, (), frozenset({Flag.FEW_PEOPLE}))
    upper, lower = extremes([point + rest for point, rest in zip(item.points, item.rest, strict=True)])
    facility = sum(item.points) / (people * item.maximum)
    index = (_share(item.points, upper) - _share(item.points, lower)) / item.maximum
    options = tuple(_option(item, option, upper, lower) for option in range(item.options))
    discrimination = moments.correlation(item.points, item.rest)
    found = ItemFigures(
        people, facility, moments.deviation(item.points), discrimination, float(index),
        sum(not chosen for chosen in item.chosen) / people, moments.median(item.seconds), options, frozenset(),
    )  # fmt: skip
    return ItemFigures(**{**vars(found), "flags": _flags(found)})


def extremes(totals: Sequence[int]) -> tuple[list[Fraction], list[Fraction]]:
    """How far each person belongs to the upper and to the lower group of 27 %, from 0 to 1.

    People with equal scores are treated alike: where the bound falls among equals, each belongs to the group in the
    same part, so that no order of people changes a figure.
    """
    size = max(Fraction(1), Fraction(floor(GROUP * len(totals) + Fraction(1, 2))))
    return _weights(totals, size), _weights([-total for total in totals], size)


def _weights(totals: Sequence[int], size: Fraction) -> list[Fraction]:
    weight, left = {}, size
    for total, equals in sorted(Counter(totals).items(), reverse=True):
        weight[total] = min(Fraction(1), left / equals)
        left -= weight[total] * equals
    return [weight[total] for total in totals]


def _share(values: Sequence[int], weights: Sequence[Fraction]) -> Fraction:
    """Weighted mean; people of one weight are summed first, since there are few weights and thousands of people."""
    sums: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    known: dict[int, Fraction] = {}
    for value, weight in zip(values, weights, strict=True):
        held = sums[id(weight)]  # the same object for equal totals: far cheaper to tell apart than fractions
        held[0] += value
        held[1] += 1
        known[id(weight)] = weight
    whole = sum((known[name] * people for name, (_value, people) in sums.items()), Fraction(0))
    return sum((known[name] * value for name, (value, _people) in sums.items()), Fraction(0)) / whole


def _option(item: Answers, option: int, upper: Sequence[Fraction], lower: Sequence[Fraction]) -> OptionFigures:
    chose = [int(option in chosen) for chosen in item.chosen]
    return OptionFigures(
        option, option in item.key, sum(chose), sum(chose) / len(chose), float(_share(chose, upper)),
        float(_share(chose, lower)), moments.correlation(chose, item.rest),
    )  # fmt: skip


def suspect(options: Sequence[OptionFigures]) -> OptionFigures | None:
    """The wrong option that draws the best most, more than any key does, and rather the good than the weak."""
    best_key = max((one.upper for one in options if one.is_key), default=1.0)
    drawing = [one for one in options if not one.is_key and one.upper > best_key and (one.correlation or 0) > 0]
    return max(drawing, key=lambda one: one.upper, default=None)


def _flags(found: ItemFigures) -> frozenset[Flag]:
    """What to look at; nothing but the small number is said of an item that fewer than 30 people met."""
    if found.people < FEW:
        return frozenset({Flag.FEW_PEOPLE})
    assert found.facility is not None
    flags, value = set(), found.discrimination
    wrong = [one for one in found.options if not one.is_key]
    if suspect(found.options):
        flags.add(Flag.KEY_SUSPECT)
    if value is not None and value < 0:
        flags.add(Flag.TURNED_ROUND)
    elif value is not None and value < WEAK:
        flags.add(Flag.TELLS_LITTLE)
    if found.facility > EASY:
        flags.add(Flag.TOO_EASY)
    if found.facility < HARD:
        flags.add(Flag.TOO_HARD)
    if found.facility <= EASY and any(one.share < IDLE for one in wrong):
        flags.add(Flag.IDLE_OPTION)
    return frozenset(flags)
