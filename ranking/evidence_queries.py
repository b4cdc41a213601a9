"""Reading what the standing of competitions follows from, for many at once; nothing here opens a sealed link.

The number of statements does not depend on how many competitions are asked for, nor on how many people took part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import defer, joinedload, load_only, selectinload

from appeals.models import Appeal
from appeals.rules.states import AppealStatus
from competitions.models import Application
from core.db import db
from question_bank.models import TestForm
from ranking.models import AuthorityAct, TieBreak, TieBreakEntrant
from ranking.rules.acts import ActKind
from testing_center.models.attempts import Attempt, Result
from testing_center.models.errata import Annulment, Correction
from testing_center.models.places import Room
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.errata import CorrectionStatus
from testing_center.rules.sittings import SittingStatus

OPEN_APPEALS = (AppealStatus.FILED, AppealStatus.HEARING, AppealStatus.DECIDED)
Row = TypeVar("Row")


@dataclass(frozen=True)
class Tested:
    """An attempt of the competition with the result in force; ``result`` is None where it has none (yet)."""

    attempt: Attempt
    result: Result | None


def tested(competition_ids: Collection[UUID], *, is_whole: bool = False) -> dict[UUID, list[Tested]]:
    """Attempts of these competitions, main and tie-break, by number; every competition is a key (4 statements).

    What a standing does not need of thousands of attempts (the order of the items, the sealed link) is left in the
    database unless ``is_whole``.
    """
    query = select(Attempt).where(Attempt.competition_id.in_(competition_ids)).order_by(Attempt.number)
    query = query.options(
        selectinload(Attempt.sitting).joinedload(Sitting.room).joinedload(Room.centre),
        selectinload(Attempt.form).joinedload(TestForm.specification),
    )
    if not is_whole:
        query = query.options(defer(Attempt.order), defer(Attempt.link_sealed))
    ordered = db.session.scalars(
        select(Result).join(Result.attempt).where(Attempt.competition_id.in_(competition_ids))
        .options(load_only(Result.attempt_id, Result.score, Result.maximum, Result.cut_score))
        .order_by(Result.revision)
    )  # fmt: skip
    results = {result.attempt_id: result for result in ordered}
    return _by_competition(
        ((one.competition_id, Tested(one, results.get(one.id))) for one in db.session.scalars(query)), competition_ids
    )


def may_be_tied(competition_ids: Collection[UUID]) -> set[UUID]:
    """Competitions without a main sitting to come in which two people ever had the same score (1 statement).

    All others have no tie, whatever else is true of them: what their standing follows from need not be read.
    """
    to_come = select(Participant.competition_id).join(Participant.sitting).where(
        Participant.competition_id.in_(competition_ids), Participant.round == 0, Participant.withdrawn_at.is_(None),
        Participant.annulled_at.is_(None), Sitting.status != SittingStatus.CLOSED,
    )  # fmt: skip
    own = Attempt.competition_id
    query = (
        select(own).join(Result, Result.attempt_id == Attempt.id)
        .where(own.in_(competition_ids), own.not_in(to_come), Attempt.round == 0)
        .group_by(Attempt.competition_id, Result.score)
        .having(func.count(Result.attempt_id.distinct()) > 1)
    )  # fmt: skip
    return set(db.session.scalars(query))


def applications(competition_ids: Collection[UUID]) -> dict[UUID, list[Application]]:
    """Applications of these competitions; every competition is a key (1 statement)."""
    rows = db.session.scalars(select(Application).where(Application.competition_id.in_(competition_ids)))
    return _by_competition(((one.competition_id, one) for one in rows), competition_ids)


def registered(competition_ids: Collection[UUID]) -> dict[UUID, list[Participant]]:
    """Registrations for the main tests that count: neither taken back nor annulled (1 statement)."""
    query = select(Participant).where(
        Participant.competition_id.in_(competition_ids), Participant.round == 0, Participant.withdrawn_at.is_(None),
        Participant.annulled_at.is_(None),
    )  # fmt: skip
    rows = db.session.scalars(query.options(joinedload(Participant.sitting)))
    return _by_competition(((one.competition_id, one) for one in rows), competition_ids)


def annulments(sitting_ids: Collection[UUID]) -> dict[UUID, Annulment]:
    """The annulment of each of these sittings that is prepared or in force (1 statement)."""
    query = select(Annulment).where(
        Annulment.sitting_id.in_(sitting_ids), Annulment.status != CorrectionStatus.CANCELLED
    )
    return {one.sitting_id: one for one in db.session.scalars(query)}


def appeals(competition_ids: Collection[UUID]) -> dict[UUID, Appeal]:
    """Appeals against results of these competitions by attempt, main test and tie-breaks (1 statement).

    Of one that was rejected because somebody else filed it, and of the candidate's own, the latter.
    """
    query = select(Appeal).join(Appeal.attempt).where(Attempt.competition_id.in_(competition_ids))
    own_last = (Appeal.status != AppealStatus.REJECTED, Appeal.filed_at)
    return {one.attempt_id: one for one in db.session.scalars(query.order_by(*own_last))}


def corrections(form_ids: Collection[UUID]) -> list[Correction]:
    """Corrections of these forms (1 statement)."""
    return list(db.session.scalars(select(Correction).where(Correction.form_id.in_(form_ids))))


def tie_breaks(competition_ids: Collection[UUID]) -> dict[UUID, list[TieBreak]]:
    """Tie-breaks of these competitions by round, with entrants and sitting (2 statements)."""
    places = selectinload(TieBreak.places)
    rows = db.session.scalars(
        select(TieBreak)
        .where(TieBreak.competition_id.in_(competition_ids))
        .options(
            places.joinedload(TieBreakEntrant.attempt), places.joinedload(TieBreakEntrant.held),
            joinedload(TieBreak.sitting),
        )
        .order_by(TieBreak.round)
    )  # fmt: skip
    return _by_competition(((one.competition_id, one) for one in rows), competition_ids)


def acts(competition_ids: Collection[UUID]) -> dict[UUID, list[AuthorityAct]]:
    """What the authority did, in the order in which it was written down, with the attempts concerned (1 statement)."""
    query = select(AuthorityAct).where(AuthorityAct.competition_id.in_(competition_ids))
    found = db.session.scalars(query.options(joinedload(AuthorityAct.attempt)))
    order = list(ActKind).index  # of two acts of one moment, the one that the other follows from stands first
    acts = sorted(found, key=lambda one: (one.recorded_at, order(one.kind), one.id))
    return _by_competition(((one.competition_id, one) for one in acts), competition_ids)


def _by_competition(rows: Iterable[tuple[UUID, Row]], competition_ids: Collection[UUID]) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = {competition_id: [] for competition_id in competition_ids}
    for competition_id, row in rows:
        found[competition_id].append(row)
    return found
