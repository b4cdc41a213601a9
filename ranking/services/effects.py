"""What a prepared correction would do to competitions: places, ties and winners before and after (¶29)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from competitions.models import Competition
from core.db import db
from ranking.models import TieBreak
from ranking.rules.effects import Effect, Move, Scores, compare
from ranking.rules.outcome import between, settled
from ranking.services.evidence import Evidence, gather
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
def plain(preview: Preview, now: datetime) -> list[dict[str, Any]]:
    """The effects as they are kept with the correction that is applied."""
    found = effects(preview, now=now)
    return [{"id": str(one.competition_id), "number": one.number, **asdict(one.effect)} for one in found]


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


def effects(preview: Preview, *, now: datetime) -> list[CompetitionEffect]:
    """The competitions in which anything changes, by number (a constant number of statements).

    The old places are those of the standing, as they are but for this correction and what it settles: a tie-break
    counts where it counts there. Where the main test is not past appeal, which has no places yet, they follow from the
    scores in force.
    """
    touched = {row.competition_id for row in preview.rows if row.changes}
    if not touched:
        return []
    sat = select(Attempt.competition_id).where(Attempt.form_id == preview.form_id)
    corrected = {row.attempt_id: row.new_score for row in preview.rows}
    main, rounds = _main(sat), _rounds(sat, touched, preview.form_id, now=now)
    found = []
    for competition_id, number in db.session.execute(
        select(Competition.id, Competition.number).where(Competition.id.in_(sat)).order_by(Competition.number)
    ):
        if competition_id not in touched:
            continue
        own, held = main[competition_id], rounds.get(competition_id)
        before = _as_scores(own, held, lambda _attempt_id, score: score)
        after = _as_scores(own, held, lambda attempt_id, score: corrected.get(attempt_id, score))
        effect = compare(before, after, {row.number: row.cut_score for row in own})
        if effect.moves:
            found.append(CompetitionEffect(competition_id, number, effect))
    return found


def _as_scores(main: list[Any], held: Evidence | None, score_of: Callable[[UUID, int], int]) -> Scores:
    """Main scores and the rounds that count; only the scores may be others than those in force."""
    scores = {row.number: score_of(row.id, row.score) for row in main}
    if held is None:
        return Scores(scores)
    attempts = {
        one.round: {each.attempt.number: each.held_id for each in one.places if each.held_id} for one in held.tie_breaks
    }
    rounds = [
        replace(one, points={code: score_of(attempts[one.number][code], n) for code, n in one.points.items()})
        for one in settled(held.facts.rounds)
    ]
    return Scores(scores, between(rounds))


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


def _rounds(
    sat: Select[Any], touched: Collection[UUID], form_id: UUID, *, now: datetime
) -> dict[UUID, Evidence]:  # fmt: skip
    """What the standing knows of tie-breaks, of those competitions that have any, but for corrections of this form."""
    query = select(Competition).where(
        Competition.id.in_(sat), Competition.id.in_(select(TieBreak.competition_id))
    )  # fmt: skip
    having = [one for one in db.session.scalars(query) if one.id in touched]
    found = zip(having, gather(having, now=now, but_for=form_id), strict=True) if having else ()
    return {one.id: evidence for one, evidence in found}
