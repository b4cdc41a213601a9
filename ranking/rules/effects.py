"""What a correction would do to the order of a competition (¶29): a pure comparison of two orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ranking.rules.order import Between, Placed, refined


@dataclass(frozen=True)
class Scores:
    """The scores of a competition: main tests, and the tie-breaks that were held, in order."""

    main: Mapping[str, int]
    rounds: Sequence[Between] = ()


@dataclass(frozen=True)
class Move:
    """One participant before and after: total and place, the place None below the cut score."""

    code: str
    old_total: int
    new_total: int
    old_place: int | None
    new_place: int | None


@dataclass(frozen=True)
class Effect:
    """What changes in one competition. ``moves`` are those whose total or place changes, by new place.

    Ties are (place, who shares it). A winner is who holds the first place alone.
    """

    moves: tuple[Move, ...]
    ties_appear: tuple[tuple[int, tuple[str, ...]], ...]
    ties_vanish: tuple[tuple[int, tuple[str, ...]], ...]
    old_winner: str | None
    new_winner: str | None

    @property
    def winner_changes(self) -> bool:
        """Whether the first place goes to somebody else, is shared now, or is not shared any more."""
        return self.old_winner != self.new_winner


def compare(before: Scores, after: Scores, cut_score: Mapping[str, int]) -> Effect:
    """Both orders side by side; only who reaches the cut score of their own test has a place (¶32)."""
    old, new = _order(before, cut_score), _order(after, cut_score)
    moves = []
    for code in sorted(after.main):
        move = Move(
            code, old[code].total if code in old else before.main[code],
            new[code].total if code in new else after.main[code],
            old[code].place if code in old else None, new[code].place if code in new else None,
        )  # fmt: skip
        if (move.old_total, move.old_place) != (move.new_total, move.new_place):
            moves.append(move)
    moves.sort(key=lambda move: (move.new_place is None, move.new_place or 0, move.code))
    was, will = _ties(old.values()), _ties(new.values())
    return Effect(
        tuple(moves), tuple(tie for tie in will if tie not in was), tuple(tie for tie in was if tie not in will),
        _winner(old.values()), _winner(new.values()),
    )  # fmt: skip


def _order(scores: Scores, cut_score: Mapping[str, int]) -> dict[str, Placed]:
    reached = {code: score for code, score in scores.main.items() if score >= cut_score[code]}
    return {placed.code: placed for placed in refined(reached, scores.rounds)}


def _ties(placed: Collection[Placed]) -> list[tuple[int, tuple[str, ...]]]:
    shared: dict[int, list[str]] = {}
    for one in placed:
        shared.setdefault(one.place, []).append(one.code)
    return [(place, tuple(sorted(codes))) for place, codes in sorted(shared.items()) if len(codes) > 1]


def _winner(placed: Collection[Placed]) -> str | None:
    first = [one.code for one in placed if one.place == 1]
    return first[0] if len(first) == 1 else None
