"""What was answered to an item: each option with who chose it, or the commonest answers; with nothing that is withheld.

Beside the facility a table of options is a key: what is made here is stored sealed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from math import floor
from typing import Any

from question_bank.statistics import groups
from question_bank.statistics.disclosure import shares
from question_bank.statistics.items import GROUP, ItemFigures, suspect
from question_bank.statistics.withheld import Part, Row, Told

COMMON_MOST = 10


def of_options(
    chosen: Sequence[frozenset[int]], figures: ItemFigures, sums: Sequence[int], told: Told
) -> dict[str, Any]:  # fmt: skip
    """Each option with its share among all, among the best and the weakest 27 per cent, and in each score group.

    Shares in groups of a wrong option are None where they tell of one or two (:func:`disclosure.shares`). ``among``:
    lowest and highest score of each score group, none where no option has shares to be drawn. ``sums`` are everybody's
    scores.
    ``together``: how many chose one of the options that are not shown, None where several can be chosen; ``suspect``:
    the wrong option for which the key is suspected, where it is shown; ``omitted``: None where it is withheld.
    """
    among = groups.by_score(sums)
    size, people = max(1, floor(GROUP * len(chosen) + 0.5)), [len(group) for group in among]
    rows: list[dict[str, Any]] = []
    for one in figures.options:
        if one.option in told.rows:
            rows.append({"option": one.option, "is_key": one.is_key, "chosen": None})
            continue
        counts = [sum(one.option in chosen[place] for place in group) for group in among]
        ends = shares([one.upper * size, one.lower * size], [size, size])
        drawn = shares(counts, people) if among else None
        if one.is_key:  # as the facility, it tells what was wrong of nobody
            ends = [one.upper, one.lower]
            drawn = [count / n for count, n in zip(counts, people, strict=True)] if among else None
        upper, lower = ends or (None, None)
        rows.append({**asdict(one), "upper": upper, "lower": lower, "groups": drawn})
    best = suspect(figures.options)
    hidden = [one.chosen for one in figures.options if one.option in told.rows]
    is_one_each = sum(one.chosen for one in figures.options) == sum(bool(one) for one in chosen)
    omitted = sum(not one for one in chosen)
    is_drawn = any(row.get("groups") for row in rows)
    bounds = [{"low": min(sums[one] for one in group), "high": max(sums[one] for one in group)} for group in among]
    return {
        "options": rows, "among": bounds if is_drawn else [],
        "omitted": None if Part.OMITTED in told.parts else omitted,
        "together": sum(hidden) if is_one_each and Part.OMITTED not in told.parts and hidden else None,
        "suspect": None if best is None or best.option in told.rows else best.option,
    }  # fmt: skip


def commonest(answers: Sequence[Row], points: Sequence[int], rest: Sequence[int], told: Told) -> dict[str, Any]:
    """Answers that are shown: how many gave each, their mean points and mean score on the other items.

    The most frequent first; of equally frequent ones those with more points first. ``others``: how many gave another
    one; ``omitted``: how many gave none, None where they stand with the others.
    """
    who: defaultdict[Row, list[int]] = defaultdict(list)
    for place, answer in enumerate(answers):
        who[answer].append(place)
    omitted = len(who.pop(None, []))
    shown: list[list[Any]] = [
        [answer, len(people), sum(points[one] for one in people) / len(people),
         sum(rest[one] for one in people) / len(people)]
        for answer, people in who.items() if answer not in told.rows
    ]  # fmt: skip
    shown.sort(key=lambda one: (-one[1], -one[2], str(one[0])))
    is_withheld = Part.OMITTED in told.parts
    others = len(answers) - sum(one[1] for one in shown) - (0 if is_withheld else omitted)
    return {"common": shown, "others": others, "omitted": None if is_withheld else omitted}


def beyond(counts: Sequence[tuple[Row, int, int]]) -> frozenset[Row]:
    """Answers (answer, people, points) after the ``COMMON_MOST`` commonest ones: they stand with the others."""
    order = sorted(counts, key=lambda one: (-one[1], -one[2], str(one[0])))
    return frozenset(answer for answer, _people, _points in order[COMMON_MOST:])
