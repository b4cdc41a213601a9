"""The order of a competition by scores (¶29): equal scores share a place, a total order is never invented."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby


@dataclass(frozen=True)
class Placed:
    """A place in the order: the attempt's public number, the sum that gave the place, the place (1, 1, 3)."""

    code: str
    total: int
    place: int


@dataclass(frozen=True)
class Between:
    """A tie-break as the order needs it: between whom, the points of those who sat it, and who stands ``behind``.

    Behind are those who declined it while others did not (:func:`ranking.rules.tie_break.gave_way`).
    """

    entrants: Collection[str]
    points: Mapping[str, int] = field(default_factory=dict)
    behind: Collection[str] = ()


def places(totals: Mapping[str, int]) -> list[Placed]:
    """Places by totals, the highest first; equal totals share a place and the next place counts them all (1, 1, 3).

    Who shares a place stands in the order of codes, which says nothing.
    """
    groups = [[code] for code in totals]
    return _numbered(_by_points(groups, totals), totals)


def refined(main: Mapping[str, int], rounds: Sequence[Between]) -> list[Placed]:
    """Places by main scores, then by the tie-breaks between those who were tied (¶29: the sum decides).

    ``rounds`` are the tie-breaks that were held, in order; who has no points gets 0, and whoever declined stands behind
    those who did not, also where their sums are equal. A round counts only where its entrants are exactly those who
    share a place when it is their turn: a correction that draws somebody else into the tie, or lifts somebody out of
    it, leaves the old round without effect for everybody. Within a shared place all sums are equal, so the points of
    the round order them as their new sums do; nobody outside the tie gains or loses a place by it.
    """
    return _numbered(*_refine(main, rounds))


def counted(main: Mapping[str, int], rounds: Sequence[Between]) -> list[int]:
    """Which rounds (by index) count in :func:`refined`."""
    groups = _by_points([[code] for code in main], main)
    found = []
    for index, one in enumerate(rounds):
        split = _split(groups, one)
        if split is not None:
            groups = split
            found.append(index)
    return found


def tied_at(placed: Collection[Placed], place: int) -> frozenset[str]:
    """Who shares this place; empty where at most one person holds it."""
    codes = frozenset(one.code for one in placed if one.place == place)
    return codes if len(codes) > 1 else frozenset()


def _refine(main: Mapping[str, int], rounds: Sequence[Between]) -> tuple[list[list[str]], dict[str, int]]:
    groups, totals = _by_points([[code] for code in main], main), dict(main)
    for one in rounds:
        split = _split(groups, one)
        if split is None:
            continue
        groups = split
        for code in one.entrants:
            totals[code] += one.points.get(code, 0)
    return groups, totals


def _split(groups: Sequence[Sequence[str]], one: Between) -> list[list[str]] | None:
    """The groups with the one of these entrants ordered by their points; None where they are no group of several."""
    wanted = set(one.entrants)
    if len(wanted) < 2 or not any(set(group) == wanted for group in groups):
        return None
    split: list[list[str]] = []
    for group in groups:
        if set(group) == wanted:
            gained = {code: -1 if code in one.behind else one.points.get(code, 0) for code in group}
            split += _by_points([[code] for code in group], gained)
        else:
            split.append(list(group))
    return split


def _by_points(groups: Sequence[Sequence[str]], points: Mapping[str, int]) -> list[list[str]]:
    codes = sorted((code for group in groups for code in group), key=lambda code: (-points[code], code))
    return [list(equal) for _points, equal in groupby(codes, key=lambda code: points[code])]


def _numbered(groups: Sequence[Sequence[str]], totals: Mapping[str, int]) -> list[Placed]:
    placed: list[Placed] = []
    for group in groups:
        place = len(placed) + 1
        placed += [Placed(code, totals[code], place) for code in group]
    return placed
