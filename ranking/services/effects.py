"""What a prepared correction would do to competitions: places, ties and winners before and after (¶29)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from competitions.models import Competition
from core.db import db
from ranking.models import TieBreak, TieBreakEntrant
from ranking.rules.effects import Effect, Move, Scores, compare
from testing_center import queries
from testing_center.models.attempts import Attempt, Result
from testing_center.models.errata import Correction
from testing_center.rules.rescoring import Counts
from testing_center.rules.scoring import Outcome
from testing_center.services.corrections import Preview, effects_of, tells_effects


@dataclass(frozen=True)
class CompetitionEffect:
    """What changes in one competition, by its number."""

    competition_id: UUID
    number: str
    effect: Effect


@dataclass(frozen=True)
class Changed:
    """One whose result a correction has changed, by public numbers, as it was when the correction was applied."""

    number: str
    competition: str
    round: int
    old_score: int
    new_score: int
    old_outcome: Outcome
    new_outcome: Outcome

    @property
    def changes(self) -> bool:
        """Whether the score became another; else only the points of subject areas did."""
        return self.old_score != self.new_score

    @property
    def crosses(self) -> bool:
        """Whether the cut score lies between both scores (¶26, 28)."""
        return self.old_outcome != self.new_outcome


@dataclass(frozen=True)
class Kept:
    """What a correction has changed: counts over everybody, those who changed, and the orders that did."""

    counts: Counts
    rows: list[Changed]
    effects: list[CompetitionEffect]


@tells_effects
def plain(preview: Preview) -> list[dict[str, Any]]:
    """The effects as they are kept with the correction that is applied."""
    return [{"id": str(one.competition_id), "number": one.number, **asdict(one.effect)} for one in effects(preview)]


def kept(correction: Correction) -> Kept | None:
    """What an applied correction has changed; None of one that was applied before this was kept."""
    said = effects_of(correction)
    if said is None:
        return None
    return Kept(
        Counts(**said["counts"]),
        [
            Changed(**row | {name: Outcome(row[name]) for name in ("old_outcome", "new_outcome")})
            for row in said["rows"]
        ],
        [CompetitionEffect(UUID(one["id"]), one["number"], _effect(one)) for one in said["competitions"]],
    )  # fmt: skip


def _effect(said: dict[str, Any]) -> Effect:
    def ties(name: str) -> tuple[tuple[int, tuple[str, ...]], ...]:
        return tuple((place, tuple(codes)) for place, codes in said[name])

    moves = tuple(Move(**move) for move in said["moves"])
    return Effect(moves, ties("ties_appear"), ties("ties_vanish"), said["old_winner"], said["new_winner"])


def effects(preview: Preview) -> list[CompetitionEffect]:
    """The competitions in which anything changes, by number (a constant number of statements)."""
    touched = {row.competition_id for row in preview.rows if row.changes}
    if not touched:
        return []
    sat = select(Attempt.competition_id).where(Attempt.form_id == preview.form_id)
    corrected = {row.attempt_id: row.new_score for row in preview.rows}
    main, rounds = _main(sat), _rounds(sat)
    scores = _scores(sat)
    found = []
    for competition_id, number in db.session.execute(
        select(Competition.id, Competition.number).where(Competition.id.in_(sat)).order_by(Competition.number)
    ):
        if competition_id not in touched:
            continue
        own, held = main[competition_id], rounds[competition_id]
        before = _as_scores(own, held, scores.get)
        after = _as_scores(own, held, lambda attempt_id: corrected.get(attempt_id, scores.get(attempt_id)))
        effect = compare(before, after, {row.number: row.cut_score for row in own})
        if effect.moves:
            found.append(CompetitionEffect(competition_id, number, effect))
    return found


def _as_scores(main: list[Any], held: list[list[Any]], score_of: Callable[[UUID], int | None]) -> Scores:
    rounds = []
    for entrants in held:
        points = {row.number: score_of(row.held_id) for row in entrants if row.held_id}
        rounds.append(
            ([row.number for row in entrants], {code: score for code, score in points.items() if score is not None})
        )
    return Scores({row.number: score_of(row.id) or 0 for row in main}, rounds)


def _in_force(sat: Select[Any]) -> Select[UUID, str, UUID, int, int, int]:
    newest = select(Result.attempt_id, func.max(Result.revision).label("revision")).group_by(Result.attempt_id)
    last = newest.subquery()
    return (
        select(Attempt.id, Attempt.number, Attempt.competition_id, Attempt.round, Result.score, Result.cut_score)
        .join(Result, Result.attempt_id == Attempt.id)
        .join(last, (last.c.attempt_id == Result.attempt_id) & (last.c.revision == Result.revision))
        .where(Attempt.competition_id.in_(sat), Attempt.sitting_id.not_in(queries.annulled_sittings()))
    )


def _main(sat: Select[Any]) -> dict[UUID, list[Any]]:
    """Main attempts whose results count, by competition."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in db.session.execute(_in_force(sat).where(Attempt.round == 0).order_by(Attempt.number)):
        found[row.competition_id].append(row)
    return found


def _scores(sat: Select[Any]) -> dict[UUID, int]:
    """The score in force of every attempt whose result counts, tie-breaks included."""
    return {row.id: row.score for row in db.session.execute(_in_force(sat))}


def _rounds(sat: Select[Any]) -> dict[UUID, list[list[Any]]]:
    """Tie-breaks that somebody sat, by competition in their order: (main number, attempt of the tie-break)."""
    rows = db.session.execute(
        select(TieBreak.competition_id, TieBreak.round, Attempt.number, TieBreakEntrant.held_id)
        .join(TieBreakEntrant, TieBreakEntrant.tie_break_id == TieBreak.id)
        .join(Attempt, Attempt.id == TieBreakEntrant.attempt_id)
        .where(TieBreak.competition_id.in_(sat)).order_by(TieBreak.competition_id, TieBreak.round, Attempt.number)
    )  # fmt: skip
    by_round: dict[tuple[UUID, int], list[Any]] = defaultdict(list)
    for row in rows:
        by_round[row.competition_id, row.round].append(row)
    found: dict[UUID, list[list[Any]]] = defaultdict(list)
    for (competition_id, _number), entrants in by_round.items():
        if any(row.held_id for row in entrants):
            found[competition_id].append(entrants)
    return found
