"""Reading what the ranking of a competition follows from; nothing here opens a sealed link."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager, joinedload, selectinload
from werkzeug.exceptions import NotFound

from competitions.models import Application, Competition
from competitions.rules import Financing
from core.db import db
from question_bank.models import TestForm
from ranking import evidence_queries as evidence
from ranking.evidence_queries import Tested
from ranking.models import AuthorityAct, Ranking, TieBreak, TieBreakEntrant
from ranking.rules.reserve import OF_RESERVE
from ranking.rules.tie_break import is_uncontested
from testing_center.models.attempts import Attempt
from testing_center.models.errata import Annulment, Correction
from testing_center.models.sittings import Participant
from testing_center.rules.errata import CorrectionStatus


def tested(competition: Competition) -> list[Tested]:
    """Attempts of a competition, main and tie-break, by number (4 statements)."""
    return evidence.tested([competition.id], is_whole=True)[competition.id]


def applications(competition: Competition) -> list[Application]:
    """Applications of a competition (1 statement)."""
    return evidence.applications([competition.id])[competition.id]


def registered(competition: Competition) -> list[Participant]:
    """Registrations for the main test that count: neither taken back nor annulled (1 statement)."""
    return evidence.registered([competition.id])[competition.id]


def tie_breaks(competition: Competition) -> list[TieBreak]:
    """Tie-breaks of a competition by round, with entrants and sitting (2 statements)."""
    return evidence.tie_breaks([competition.id])[competition.id]


def get_tie_break(tie_break_id: UUID, *, lock: bool = False) -> TieBreak:
    """The tie-break with its entrants and what they sat, or 404; with ``lock``, for a change."""
    attempt = selectinload(TieBreak.places).joinedload(TieBreakEntrant.attempt)
    loaded = [attempt.joinedload(Attempt.form).joinedload(TestForm.specification)]
    found = db.session.get(TieBreak, tie_break_id, options=loaded, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound
    return found


def acts_of(competition: Competition) -> list[AuthorityAct]:
    """What the authority did, in the order in which it was written down, with the attempts concerned (1 statement)."""
    return evidence.acts([competition.id])[competition.id]


def latest_ranking(competition_id: UUID) -> Ranking | None:
    """The ranking drawn up last."""
    query = select(Ranking).where(Ranking.competition_id == competition_id).order_by(Ranking.revision.desc())
    return db.session.scalars(query.limit(1)).first()


def rankings_of(competition: Competition) -> list[Ranking]:
    """All rankings of a competition, the newest first."""
    query = select(Ranking).where(Ranking.competition_id == competition.id).order_by(Ranking.revision.desc())
    return list(db.session.scalars(query))


def get_ranking(ranking_id: UUID, *, lock: bool = False) -> Ranking:
    """The ranking, or 404; with ``lock``, for a change."""
    found = db.session.get(Ranking, ranking_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound
    return found


def published(*conditions: ColumnElement[bool]) -> list[Ranking]:
    """The ranking published last of each competition, the newest first (1 statement); of those that meet conditions."""
    query = _newest(Ranking.published_at.is_not(None)).where(*conditions).options(joinedload(Ranking.competition))
    return list(db.session.scalars(query.order_by(Ranking.published_at.desc(), Ranking.id)))


def first_published(competition_id: UUID) -> UUID | None:
    """Id of the ranking of this competition that was published first (1 statement)."""
    query = select(Ranking.id).where(Ranking.competition_id == competition_id, Ranking.published_at.is_not(None))
    return db.session.scalar(query.order_by(Ranking.revision).limit(1))


def published_among(competition_ids: Collection[UUID]) -> set[UUID]:
    """Which of these competitions have published results (1 statement)."""
    query = select(Ranking.competition_id).where(
        Ranking.competition_id.in_(competition_ids), Ranking.published_at.is_not(None)
    )
    return set(db.session.scalars(query))


def latest_rankings(competition_ids: Collection[UUID]) -> dict[UUID, Ranking]:
    """The ranking drawn up last of each of these competitions that has one (1 statement)."""
    found = db.session.scalars(_newest(Ranking.competition_id.in_(competition_ids)))
    return {one.competition_id: one for one in found}


def _newest(*conditions: ColumnElement[bool]) -> Select[Ranking]:
    """The last of each competition's rankings that meet the conditions."""
    newest = (
        select(Ranking.competition_id, func.max(Ranking.revision).label("revision"))
        .where(*conditions).group_by(Ranking.competition_id).subquery()
    )  # fmt: skip
    return select(Ranking).join(
        newest, (Ranking.competition_id == newest.c.competition_id) & (Ranking.revision == newest.c.revision)
    )


def published_of(financing: Financing) -> list[Ranking]:
    """Every published ranking of the competitions with this financing, the oldest first (1 statement)."""
    query = select(Ranking).join(Ranking.competition).options(contains_eager(Ranking.competition))
    query = query.where(Ranking.published_at.is_not(None), Competition.financing == financing)
    return list(db.session.scalars(query.order_by(Ranking.competition_id, Ranking.revision)))


def acts_about(codes: Collection[str]) -> dict[str, list[AuthorityAct]]:
    """What the authority did about these public numbers, by the day of the document (1 statement)."""
    query = select(Attempt.number, AuthorityAct).join(Attempt, AuthorityAct.attempt_id == Attempt.id)
    query = query.where(Attempt.number.in_(codes)).options(joinedload(AuthorityAct.competition))
    found: dict[str, list[AuthorityAct]] = {}
    for number, act in db.session.execute(query.order_by(AuthorityAct.on, AuthorityAct.recorded_at)):
        found.setdefault(number, []).append(act)
    return found


def dates_of_acts(competition_ids: Collection[UUID]) -> dict[UUID, list[date]]:
    """Days of the acts that belong to the outcome of these competitions (1 statement)."""
    query = select(AuthorityAct.competition_id, AuthorityAct.on).where(AuthorityAct.kind.not_in(OF_RESERVE))
    found: dict[UUID, list[date]] = {}
    for competition_id, on in db.session.execute(query.where(AuthorityAct.competition_id.in_(competition_ids))):
        found.setdefault(competition_id, []).append(on)
    return found


def attempt_by_number(number: str) -> Attempt:
    """The attempt with this public number, or 404."""
    found = db.session.scalar(select(Attempt).where(Attempt.number == number))
    if found is None:
        raise NotFound
    return found


def in_work() -> list[Competition]:
    """Competitions with attempts whose last ranking is older than what could change it, or that have none.

    The sweeper looks at these alone: a decided competition costs it nothing (1 statement).
    """
    return _unsettled(exists().where(Attempt.competition_id == Competition.id))


def unsettled() -> list[Competition]:
    """The same with those in which nobody was tested: they too are recognised as not held (1 statement)."""
    return _unsettled()


def _unsettled(*conditions: ColumnElement[bool]) -> list[Competition]:
    ranked = _latest(Ranking.competition_id, Ranking.created_at, select(Ranking))
    changes = (
        _latest(
            AuthorityAct.competition_id, AuthorityAct.recorded_at,
            select(AuthorityAct).where(AuthorityAct.kind.not_in(OF_RESERVE)),
        ),
        _latest(
            Attempt.competition_id, Correction.decided_at,
            select(Correction).join(Attempt, Attempt.form_id == Correction.form_id)
            .where(Correction.status == CorrectionStatus.APPLIED),
        ),
        _latest(
            Attempt.competition_id, Annulment.decided_at,
            select(Annulment).join(Attempt, Attempt.sitting_id == Annulment.sitting_id)
            .where(Annulment.status == CorrectionStatus.APPLIED),
        ),
    )  # fmt: skip
    query = select(Competition).where(*conditions).order_by(Competition.number)
    for latest in (ranked, *changes):
        query = query.outerjoin(latest, latest.c.competition_id == Competition.id)
    is_older = (latest.c.at >= ranked.c.at for latest in changes)
    return list(db.session.scalars(query.where(or_(ranked.c.at.is_(None), *is_older))))


def _latest(competition_id: InstrumentedAttribute[UUID], at: InstrumentedAttribute[Any], of: Select[Any]) -> Subquery:
    """When it was last so in each competition."""
    columns = competition_id.label("competition_id"), func.max(at).label("at")
    return of.with_only_columns(*columns).group_by(competition_id).subquery()


def to_arrange(now: datetime) -> list[TieBreak]:
    """Tie-breaks without place and time whose deadline has not passed, the nearest first (2 statements)."""
    some_may_come = TieBreak.places.any(TieBreakEntrant.absence.is_(None))
    query = select(TieBreak).where(TieBreak.sitting_id.is_(None), TieBreak.deadline_at >= now, some_may_come)
    query = query.options(
        joinedload(TieBreak.competition), selectinload(TieBreak.places).joinedload(TieBreakEntrant.attempt)
    )
    found = db.session.scalars(query.order_by(TieBreak.deadline_at, TieBreak.id))
    return [one for one in found if not is_uncontested(one.absences)]


def to_publish() -> list[Ranking]:
    """The last ranking of each competition where it is not published, the oldest first (1 statement)."""
    query = _newest().where(Ranking.published_at.is_(None)).options(joinedload(Ranking.competition))
    return list(db.session.scalars(query.order_by(Ranking.created_at, Ranking.id)))
