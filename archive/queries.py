"""What lies in the archive: what was closed when, what may be destroyed, holds, acts, letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from appeals.models import Appeal
from archive import rules
from archive.models import DestructionAct, DestructionLot, LegalHold
from archive.rules import ActStatus, Series
from competitions.models import Competition
from core.db import db
from core.outbox import MOST_TRIES, Letter
from ranking.models import AuthorityAct, Ranking
from ranking.rules.reserve import OF_RESERVE, competition_ended_on
from regulation.law import law
from testing_center.models.attempts import Attempt
from testing_center.staff_queries import found


@dataclass(frozen=True)
class Lot:
    """Records that are kept and destroyed together; ``about_id`` is an appeal or a competition."""

    series: Series
    about_id: UUID
    number: str
    competition_id: UUID
    competition: str
    closed_on: date
    free_from: date
    is_held: bool

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.series}:{self.about_id}"

    def is_due(self, today: date) -> bool:
        """Whether it may be destroyed today."""
        return today >= self.free_from and not self.is_held


def lots(zone: ZoneInfo) -> list[Lot]:
    """Everything closed and not yet destroyed, the earliest first; days are those of ``zone``."""
    held = held_competitions()
    every = [*_appeals(zone, held), *_competitions(zone, held)]
    return sorted(every, key=lambda lot: (lot.free_from, lot.series, lot.number))


def _appeals(zone: ZoneInfo, held: set[UUID]) -> Iterator[Lot]:
    rows = db.session.execute(
        select(
            Appeal.id, Appeal.number, func.coalesce(Appeal.decided_at, Appeal.withdrawn_at, Appeal.lapsed_at),
            Attempt.law_version, Competition.id, Competition.number,
        )
        .join(Attempt, Appeal.attempt_id == Attempt.id)
        .join(Competition, Attempt.competition_id == Competition.id)
        .where(func.coalesce(Appeal.decided_at, Appeal.withdrawn_at, Appeal.lapsed_at).is_not(None))
        .where(~_destroyed(Series.COMMISSION, Appeal.id), ~_destroyed(Series.COMPETITION, Competition.id))
    )  # fmt: skip
    for appeal_id, number, closed_at, version, competition_id, competition in rows:
        day = closed_at.astimezone(zone).date()
        free = rules.may_be_destroyed_from(day, rules.years_kept(Series.COMMISSION, law(version)))
        yield Lot(Series.COMMISSION, appeal_id, number, competition_id, competition, day, free, competition_id in held)


def _competitions(zone: ZoneInfo, held: set[UUID]) -> Iterator[Lot]:
    published = {
        competition_id: at
        for competition_id, at in db.session.execute(
            select(Ranking.competition_id, func.max(Ranking.published_at))
            .where(Ranking.published_at.is_not(None))
            .group_by(Ranking.competition_id)
        )
    }
    acts: dict[UUID, list[date]] = {}
    of_outcome = select(AuthorityAct.competition_id, AuthorityAct.on).where(AuthorityAct.kind.not_in(OF_RESERVE))
    for competition_id, on in db.session.execute(of_outcome):
        acts.setdefault(competition_id, []).append(on)
    competitions = db.session.scalars(select(Competition).where(~_destroyed(Series.COMPETITION, Competition.id)))
    for competition in competitions:
        at = published.get(competition.id)
        day = competition_ended_on(at and at.astimezone(zone).date(), acts.get(competition.id, []))
        if day is None:
            continue
        years = rules.years_kept(Series.COMPETITION, law(competition.law_version))
        yield Lot(
            Series.COMPETITION, competition.id, competition.number, competition.id, competition.number, day,
            rules.may_be_destroyed_from(day, years), competition.id in held,
        )  # fmt: skip


def _destroyed(series: Series, about_id: Any) -> ColumnElement[bool]:
    return (
        select(DestructionLot.id)
        .where(
            DestructionLot.series == series,
            DestructionLot.about_id == about_id,
            DestructionLot.destroyed_at.is_not(None),
        )
        .exists()
    )


def held_competitions() -> set[UUID]:
    """Competitions of which nothing may be destroyed."""
    return set(db.session.scalars(select(LegalHold.competition_id).where(LegalHold.lifted_at.is_(None))))


def holds() -> list[LegalHold]:
    """Holds, those in force first, with their competitions and people (1 statement)."""
    query = select(LegalHold).options(
        joinedload(LegalHold.competition), joinedload(LegalHold.placed_by), joinedload(LegalHold.lifted_by)
    )
    in_order = (LegalHold.lifted_at.is_not(None), LegalHold.placed_at.desc(), LegalHold.id)
    return list(db.session.scalars(query.order_by(*in_order)))


def get_hold(hold_id: UUID, *, lock: bool = False) -> LegalHold:
    """A hold, or 404."""
    return found(db.session.get(LegalHold, hold_id, with_for_update=lock, populate_existing=lock))


def find_competition(number: str) -> Competition | None:
    """The competition with this number."""
    return db.session.scalar(select(Competition).where(Competition.number == number.strip()))


def acts() -> list[DestructionAct]:
    """Acts of destruction, newest first, with who prepared and decided them (1 statement)."""
    query = select(DestructionAct).options(
        joinedload(DestructionAct.prepared_by), joinedload(DestructionAct.decided_by)
    )
    return list(db.session.scalars(query.order_by(DestructionAct.prepared_at.desc(), DestructionAct.id)))


def get_act(act_id: UUID, *, lock: bool = False) -> DestructionAct:
    """An act, or 404."""
    return found(db.session.get(DestructionAct, act_id, with_for_update=lock, populate_existing=lock))


def waiting_act() -> DestructionAct | None:
    """The act that waits for its second person."""
    return db.session.scalar(select(DestructionAct).where(DestructionAct.status == ActStatus.PREPARED))


def letters(state: str) -> Select[Letter]:
    """Letters of the outbox in a state: ``waiting``, ``failed`` (a person has to look), ``sent``."""
    unsent = Letter.sent_at.is_(None)
    stuck = (Letter.tries >= MOST_TRIES) | (Letter.recipient == "")
    which = {"waiting": (unsent, ~stuck), "failed": (unsent, stuck), "sent": (Letter.sent_at.is_not(None),)}
    query = select(Letter).where(*which[state])
    return (
        query.order_by(Letter.sent_at.desc(), Letter.id)
        if state == "sent"
        else query.order_by(Letter.due_at, Letter.written_at, Letter.id)
    )


def letter_counts(now: datetime) -> dict[str, int]:
    """How many letters are in each state, and how many unsent ones are past the day by which they were due."""
    counts = {
        state: db.session.scalar(select(func.count()).select_from(letters(state).order_by(None).subquery())) or 0
        for state in ("waiting", "failed", "sent")
    }
    return counts | {"overdue": overdue_letters(now)}


def overdue_letters(now: datetime) -> int:
    """How many letters have not gone although their day has passed."""
    late = select(func.count()).select_from(Letter).where(Letter.sent_at.is_(None), Letter.due_at < now)
    return db.session.scalar(late) or 0


def get_letter(letter_id: UUID, *, lock: bool = False) -> Letter:
    """A letter, or 404."""
    return found(db.session.get(Letter, letter_id, with_for_update=lock, populate_existing=lock))
