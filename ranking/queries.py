"""Reading what the ranking of a competition follows from; nothing here opens a sealed link."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.exceptions import NotFound

from appeals.models import Appeal, Finding
from appeals.rules.states import AppealStatus, FindingKind
from competitions.models import Application, Competition
from core.db import db
from question_bank.models import TestForm
from ranking.models import AuthorityAct, Ranking, TieBreak, TieBreakEntrant
from ranking.rules.acts import ActKind
from testing_center.models.attempts import Attempt, Result
from testing_center.models.errata import Annulment, Correction, Erratum
from testing_center.models.places import Room
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.errata import CorrectionStatus

OPEN_APPEALS = (AppealStatus.FILED, AppealStatus.HEARING, AppealStatus.DECIDED)
CHANGES_THE_KEY = (FindingKind.WRONG_KEY, FindingKind.SEVERAL_RIGHT, FindingKind.VOID)


@dataclass(frozen=True)
class Tested:
    """An attempt of the competition with the result in force; ``result`` is None where it has none (yet)."""

    attempt: Attempt
    result: Result | None


def tested(competition: Competition) -> list[Tested]:
    """Attempts of a competition, main and tie-break, by number (2 statements)."""
    attempts = db.session.scalars(
        select(Attempt)
        .where(Attempt.competition_id == competition.id)
        .options(
            joinedload(Attempt.sitting).joinedload(Sitting.room).joinedload(Room.centre),
            joinedload(Attempt.form).joinedload(TestForm.specification),
        )
        .order_by(Attempt.number)
    )
    ordered = db.session.scalars(
        select(Result).join(Result.attempt).where(Attempt.competition_id == competition.id).order_by(Result.revision)
    )
    results = {result.attempt_id: result for result in ordered}
    return [Tested(attempt, results.get(attempt.id)) for attempt in attempts]


def applications(competition: Competition) -> list[Application]:
    """Applications of a competition (1 statement)."""
    return list(db.session.scalars(select(Application).where(Application.competition_id == competition.id)))


def registered(competition: Competition) -> list[Participant]:
    """Registrations for the main test that count: neither taken back nor annulled (1 statement)."""
    query = select(Participant).where(
        Participant.competition_id == competition.id, Participant.round == 0, Participant.withdrawn_at.is_(None),
        Participant.annulled_at.is_(None),
    )  # fmt: skip
    return list(db.session.scalars(query.options(joinedload(Participant.sitting))))


def annulments(sitting_ids: Collection[UUID]) -> dict[UUID, Annulment]:
    """The annulment of each of these sittings that is prepared or in force (1 statement)."""
    query = select(Annulment).where(
        Annulment.sitting_id.in_(sitting_ids), Annulment.status != CorrectionStatus.CANCELLED
    )
    return {one.sitting_id: one for one in db.session.scalars(query)}


def appeals(attempt_ids: Collection[UUID]) -> list[Appeal]:
    """Appeals against the results of these attempts (1 statement)."""
    return list(db.session.scalars(select(Appeal).where(Appeal.attempt_id.in_(attempt_ids))))


def corrections(form_ids: Collection[UUID]) -> list[Correction]:
    """Corrections of these forms with their errata (2 statements)."""
    query = select(Correction).where(Correction.form_id.in_(form_ids)).options(selectinload(Correction.errata))
    return list(db.session.scalars(query))


def uncorrected(form_ids: Collection[UUID]) -> set[UUID]:
    """Forms with a finding of a decided appeal that changes the key, and no correction that names the place yet."""
    found = db.session.execute(
        select(Attempt.form_id, Finding.place)
        .join(Appeal, Appeal.id == Finding.appeal_id)
        .join(Attempt, Attempt.id == Appeal.attempt_id)
        .where(
            Attempt.form_id.in_(form_ids),
            Finding.kind.in_(CHANGES_THE_KEY),
            Appeal.status.in_((AppealStatus.DECIDED, AppealStatus.CLOSED)),
        )
    ).all()
    settled = db.session.execute(
        select(Correction.form_id, Erratum.place)
        .join(Erratum, Erratum.correction_id == Correction.id)
        .where(Correction.form_id.in_(form_ids), Correction.status != CorrectionStatus.PREPARED)
    ).all()
    done = {(form_id, place) for form_id, place in settled}
    return {form_id for form_id, place in found if (form_id, place) not in done}


def tie_breaks(competition: Competition) -> list[TieBreak]:
    """Tie-breaks of a competition by round, with entrants and sitting (constant number of statements)."""
    places = selectinload(TieBreak.places)
    return list(
        db.session.scalars(
            select(TieBreak)
            .where(TieBreak.competition_id == competition.id)
            .options(
                places.joinedload(TieBreakEntrant.attempt), places.joinedload(TieBreakEntrant.held),
                joinedload(TieBreak.sitting),
            )
            .order_by(TieBreak.round)
        )
    )  # fmt: skip


def get_tie_break(tie_break_id: UUID, *, lock: bool = False) -> TieBreak:
    """The tie-break, or 404; with ``lock``, for a change."""
    found = db.session.get(TieBreak, tie_break_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound
    return found


def acts_of(competition: Competition) -> list[AuthorityAct]:
    """What the authority did, in the order in which it was written down, with the attempts concerned (1 statement)."""
    query = select(AuthorityAct).where(AuthorityAct.competition_id == competition.id)
    query = query.options(joinedload(AuthorityAct.attempt)).order_by(AuthorityAct.recorded_at, AuthorityAct.id)
    return list(db.session.scalars(query))


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


def published() -> list[Ranking]:
    """The ranking published last of each competition, the newest first (1 statement)."""
    newest = (
        select(Ranking.competition_id, func.max(Ranking.revision).label("revision"))
        .where(Ranking.published_at.is_not(None)).group_by(Ranking.competition_id).subquery()
    )  # fmt: skip
    query = (
        select(Ranking)
        .join(
            newest, (Ranking.competition_id == newest.c.competition_id) & (Ranking.revision == newest.c.revision)
        )
        .options(joinedload(Ranking.competition))
        .order_by(Ranking.published_at.desc(), Ranking.id)
    )  # fmt: skip
    return list(db.session.scalars(query))


def appointed_from_reserve() -> set[str]:
    """Public numbers of the attempts of those who were appointed from the reserve already."""
    query = select(Attempt.number).join(AuthorityAct, AuthorityAct.attempt_id == Attempt.id)
    return set(db.session.scalars(query.where(AuthorityAct.kind == ActKind.APPOINT_FROM_RESERVE)))


def attempt_by_number(number: str) -> Attempt:
    """The attempt with this public number, or 404."""
    found = db.session.scalar(select(Attempt).where(Attempt.number == number))
    if found is None:
        raise NotFound
    return found


def in_work() -> list[Competition]:
    """Competitions with attempts whose last ranking is older than what could change it, or that have none.

    The sweeper looks at these alone: a decided competition costs it nothing (5 statements).
    """
    ranked = _latest(select(Ranking.competition_id, func.max(Ranking.created_at)).group_by(Ranking.competition_id))
    chosen = _latest(
        select(AuthorityAct.competition_id, func.max(AuthorityAct.recorded_at)).group_by(AuthorityAct.competition_id)
    )
    corrected = _latest(
        select(Attempt.competition_id, func.max(Correction.decided_at))
        .join(Correction, Correction.form_id == Attempt.form_id)
        .where(Correction.status == CorrectionStatus.APPLIED)
        .group_by(Attempt.competition_id)
    )
    annulled = _latest(
        select(Attempt.competition_id, func.max(Annulment.decided_at))
        .join(Annulment, Annulment.sitting_id == Attempt.sitting_id)
        .where(Annulment.status == CorrectionStatus.APPLIED)
        .group_by(Attempt.competition_id)
    )
    found = db.session.scalars(
        select(Competition).where(Competition.id.in_(select(Attempt.competition_id))).order_by(Competition.number)
    )
    return [
        one
        for one in found
        if one.id not in ranked
        or any(one.id in later and later[one.id] >= ranked[one.id] for later in (chosen, corrected, annulled))
    ]


def _latest(query: object) -> dict[UUID, datetime]:
    return {competition_id: at for competition_id, at in db.session.execute(query) if at is not None}  # type: ignore[call-overload]


def to_arrange(now: datetime) -> list[TieBreak]:
    """Tie-breaks without place and time whose deadline has not passed, the nearest first (1 statement)."""
    query = select(TieBreak).where(TieBreak.sitting_id.is_(None), TieBreak.deadline_at >= now)
    query = query.options(joinedload(TieBreak.competition))
    return list(db.session.scalars(query.order_by(TieBreak.deadline_at, TieBreak.id)))


def to_publish() -> list[Ranking]:
    """The last ranking of each competition where it is not published, the oldest first (1 statement)."""
    newest = (
        select(Ranking.competition_id, func.max(Ranking.revision).label("revision"))
        .group_by(Ranking.competition_id).subquery()
    )  # fmt: skip
    query = (
        select(Ranking)
        .join(newest, (Ranking.competition_id == newest.c.competition_id) & (Ranking.revision == newest.c.revision))
        .where(Ranking.published_at.is_(None))
        .options(joinedload(Ranking.competition))
        .order_by(Ranking.created_at, Ranking.id)
    )
    return list(db.session.scalars(query))
