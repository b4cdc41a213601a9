"""Reading what is handed over of the people with a place: protocols of tests and of appeals; no link is opened here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from appeals.models import Appeal, AppealProtocol, Finding
from appeals.rules.states import AppealStatus
from core.db import db
from ranking.due_queries import CHANGES_THE_KEY
from testing_center.models.attempts import Attempt, Protocol, Result
from testing_center.models.errata import Correction, Erratum
from testing_center.rules.errata import CorrectionStatus


@dataclass(frozen=True)
class Cause:
    """An appeal whose findings at ``places`` of the form were put right by a correction."""

    protocol: AppealProtocol
    correction: Correction
    places: tuple[int, ...]


def protocols_of(attempt_ids: Collection[UUID]) -> list[Protocol]:
    """Every version of the protocols of these attempts, by number, then version (1 statement)."""
    query = select(Protocol).join(Protocol.result).join(Result.attempt).where(Result.attempt_id.in_(attempt_ids))
    query = query.options(contains_eager(Protocol.result).contains_eager(Result.attempt))
    return list(db.session.scalars(query.order_by(Protocol.number, Protocol.version)))


def appeal_protocols_of(attempt_ids: Collection[UUID]) -> list[AppealProtocol]:
    """The protocols of decided appeals against these attempts, by number (1 statement)."""
    query = select(AppealProtocol).join(AppealProtocol.appeal).where(Appeal.attempt_id.in_(attempt_ids))
    query = query.options(contains_eager(AppealProtocol.appeal))
    return list(db.session.scalars(query.order_by(AppealProtocol.number)))


def changing(competition_id: UUID) -> list[Correction]:
    """Corrections that changed a result of this competition, by number (1 statement).

    A result that a correction made has its moment; whose points did not change has no new one.
    """
    changed = select(Result.id).join(Attempt, Attempt.id == Result.attempt_id).where(
        Attempt.competition_id == competition_id, Attempt.form_id == Correction.form_id, Result.revision > 1,
        Result.created_at == Correction.decided_at,
    )  # fmt: skip
    query = select(Correction).where(Correction.status == CorrectionStatus.APPLIED, changed.exists())
    return list(db.session.scalars(query.order_by(Correction.number)))


def causes_of(corrections: Collection[Correction]) -> list[Cause]:
    """Appeals that these corrections put right for everybody, by correction and protocol (3 statements).

    Each finding belongs to the correction of its question that was prepared first after its decision.
    """
    forms, wanted = {one.form_id for one in corrections}, {one.id: one for one in corrections}
    findings = db.session.execute(
        select(Finding.place, Finding.kind, Appeal.id, Appeal.decided_at, Attempt.form_id)
        .join(Appeal, Appeal.id == Finding.appeal_id).join(Attempt, Attempt.id == Appeal.attempt_id)
        .where(
            Attempt.form_id.in_(forms), Finding.kind.in_(CHANGES_THE_KEY), Finding.withdrawn_at.is_(None),
            Appeal.status.in_((AppealStatus.DECIDED, AppealStatus.CLOSED)),
        )
    ).all()  # fmt: skip
    applied = db.session.execute(
        select(Erratum.place, Erratum.kind, Correction.id, Correction.form_id, Correction.prepared_at)
        .join(Correction, Correction.id == Erratum.correction_id)
        .where(
            Correction.form_id.in_(forms), Correction.status == CorrectionStatus.APPLIED, Erratum.attempt_id.is_(None)
        )
        .order_by(Correction.prepared_at)
    ).all()  # fmt: skip
    places: dict[tuple[UUID, UUID], set[int]] = {}
    for found in findings:
        spot = (found.form_id, found.place, str(found.kind))
        first = next(
            (one.id for one in applied if (one.form_id, one.place, str(one.kind)) == spot
             and one.prepared_at >= found.decided_at), None,
        )  # fmt: skip
        if first in wanted:
            places.setdefault((first, found.id), set()).add(found.place)
    appeals = {appeal_id for _correction, appeal_id in places}
    query = select(AppealProtocol).where(AppealProtocol.appeal_id.in_(appeals)).order_by(AppealProtocol.number)
    protocols = db.session.scalars(query.options(joinedload(AppealProtocol.appeal).joinedload(Appeal.attempt))).all()
    return [
        Cause(protocol, correction, tuple(sorted(places[correction.id, protocol.appeal_id])))
        for correction in sorted(wanted.values(), key=lambda one: one.number)
        for protocol in protocols
        if (correction.id, protocol.appeal_id) in places
    ]
