"""Scoring: a pure function of the sealed form and the response events, in integers only."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from question_bank.kinds.base import Response
from question_bank.kinds.registry import KINDS
from question_bank.rules import ItemKind


class Outcome(enum.StrEnum):
    """¶26: the score meets the qualification requirements, or does not."""

    MEETS = "meets"
    DOES_NOT_MEET = "does_not_meet"


@dataclass(frozen=True)
class KeyedItem:
    """What scoring needs of an item in a form: its place, its key, its points, its subject area, and its kind.

    The key is written as its kind writes it in the ids of the form. ``options`` is how many there are to choose from;
    ``is_partial``: part of the points for an answer that is partly right. ``also`` are further keys that a correction
    accepts: the best of them counts. A void item gives its points to everybody who sat the form: cut score and maximum
    were approved before the test and stay (¶22; docs/adr/0014-corrections.md).
    """

    position: int
    key: Response
    points: int
    area: str
    also: tuple[Response, ...] = ()
    is_void: bool = False
    kind: ItemKind = ItemKind.SINGLE_CHOICE
    options: int = 0
    is_partial: bool = False

    def earned(self, response: Sequence[str] | None) -> int:
        """Points for the response in force; None where there is none."""
        if self.is_void:
            return self.points
        if not response:
            return 0
        given, kind, best = tuple(response), KINDS[self.kind], 0
        for right in (self.key, *self.also):
            earned = kind.earned(right, given, self.points, options=self.options, is_partial=self.is_partial)
            best = max(best, earned)
        return best


@dataclass(frozen=True)
class Event:
    """One acknowledged change of an answer; ``position`` is the item's place in the form."""

    position: int
    epoch: int
    revision: int
    response: tuple[str, ...]
    is_late: bool = False


@dataclass(frozen=True)
class Score:
    """Points by item place and by subject area, their sum and the maximum."""

    points: Mapping[int, int]
    areas: Mapping[str, tuple[int, int, int]]  # area → items, points, maximum
    total: int
    maximum: int

    def outcome(self, cut_score: int) -> Outcome:
        """¶22, 26: at the cut score the requirements are met."""
        return Outcome.MEETS if self.total >= cut_score else Outcome.DOES_NOT_MEET


def current(events: Iterable[Event]) -> dict[int, Event]:
    """The answer in force at each place: the highest (epoch, revision) that came in time."""
    latest: dict[int, Event] = {}
    for event in events:
        if event.is_late:
            continue
        known = latest.get(event.position)
        if known is None or (event.epoch, event.revision) > (known.epoch, known.revision):
            latest[event.position] = event
    return latest


def score(form: Sequence[KeyedItem], events: Iterable[Event]) -> Score:
    """Score an attempt: an item gives its points if the answer in force is exactly a right one, or it is void."""
    answers = current(events)
    points: dict[int, int] = {}
    areas: dict[str, tuple[int, int, int]] = {}
    for item in form:
        answer = answers.get(item.position)
        earned = item.earned(answer.response if answer else None)
        points[item.position] = earned
        count, total, maximum = areas.get(item.area, (0, 0, 0))
        areas[item.area] = (count + 1, total + earned, maximum + item.points)
    return Score(points, areas, sum(points.values()), sum(item.points for item in form))
