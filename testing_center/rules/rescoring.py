"""What a correction does to the result of an attempt: a pure comparison of two scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from testing_center.rules.scoring import Event, Outcome

Points = Mapping[str, tuple[int, int]]  # area → items, points
Restated = Mapping[int, tuple[str, ...]]  # place → the response that counts there, empty for no answer


def restate(events: Iterable[Event], restated: Restated) -> list[Event]:
    """What is scored where an answer was recorded wrongly: the one that counts instead, all others untouched (¶35)."""
    kept = [event for event in events if event.position not in restated]
    return [*kept, *(Event(place, 0, 0, response) for place, response in restated.items())]


@dataclass(frozen=True)
class Rescored:
    """An attempt with the result in force (``old``) and the one that follows from the corrected key (``new``).

    ``number``, ``sitting`` and ``competition`` are public numbers; ``round`` is 0 for the main test.
    """

    attempt_id: UUID
    number: str
    sitting: str
    competition_id: UUID
    competition: str
    round: int
    result_id: UUID
    revision: int
    old_score: int
    new_score: int
    old_outcome: Outcome
    new_outcome: Outcome
    old_points: Points
    new_points: Points

    @property
    def changes(self) -> bool:
        """Whether a new result is due: the score, or the points of a subject area, are others."""
        return self.old_score != self.new_score or dict(self.old_points) != dict(self.new_points)

    @property
    def crosses(self) -> bool:
        """Whether the cut score lies between both scores (¶26, 28); never in a tie-break, which has none."""
        return self.old_outcome != self.new_outcome

    @property
    def difference(self) -> int:
        """Points gained, negative where lost."""
        return self.new_score - self.old_score


@dataclass(frozen=True)
class Why:
    """Why an attempt is rescored: a question was corrected for everybody, an answer of this attempt was restated."""

    is_of_form: bool
    is_restated: bool


@dataclass(frozen=True)
class Counts:
    """How many attempts a correction rescores, and what becomes of them."""

    rescored: int
    changed: int
    raised: int
    lowered: int
    now_meet: int
    no_longer_meet: int


def count(rows: tuple[Rescored, ...]) -> Counts:
    """Counts over all attempts of a form."""
    crossing = [row for row in rows if row.crosses]
    return Counts(
        rescored=len(rows), changed=sum(row.changes for row in rows), raised=sum(row.difference > 0 for row in rows),
        lowered=sum(row.difference < 0 for row in rows),
        now_meet=sum(row.new_outcome == Outcome.MEETS for row in crossing),
        no_longer_meet=sum(row.new_outcome == Outcome.DOES_NOT_MEET for row in crossing),
    )  # fmt: skip
