"""Reading corrections and annulments for staff pages; no key is opened here."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.exceptions import NotFound

from accounts.models import User
from appeals.models import Appeal, Finding
from appeals.rules.states import FindingKind
from core import audit
from core.db import db
from question_bank.models import TestForm
from ranking.due_queries import uncorrected, waiting
from testing_center.models.attempts import Attempt, Result
from testing_center.models.errata import Annulment, Correction
from testing_center.models.sittings import Participant, Sitting
from testing_center.queries import waits_anew
from testing_center.rules.errata import CorrectionStatus
from testing_center.rules.sittings import SittingStatus


def corrections() -> list[Correction]:
    """All corrections, the latest first."""
    query = select(Correction).options(
        joinedload(Correction.form).joinedload(TestForm.specification), joinedload(Correction.prepared_by),
        joinedload(Correction.decided_by), selectinload(Correction.errata),
    )  # fmt: skip
    return list(db.session.scalars(query.order_by(Correction.prepared_at.desc(), Correction.number.desc())))


def annulments() -> list[Annulment]:
    """All annulments, the latest first."""
    query = select(Annulment).options(
        joinedload(Annulment.sitting), joinedload(Annulment.prepared_by), joinedload(Annulment.anew)
    )
    return list(db.session.scalars(query.order_by(Annulment.prepared_at.desc())))


def corrections_for(user: User) -> list[Correction]:
    """Corrections that this person may apply or cancel: prepared by somebody else, the oldest first (1 statement)."""
    query = select(Correction).where(
        Correction.status == CorrectionStatus.PREPARED, Correction.prepared_by_id != user.id
    )
    query = query.options(joinedload(Correction.prepared_by)).order_by(Correction.prepared_at, Correction.number)
    return list(db.session.scalars(query))


def annulments_for(user: User) -> list[Annulment]:
    """Annulments that this person may apply or cancel: prepared by somebody else, the oldest first (1 statement)."""
    query = select(Annulment).where(Annulment.status == CorrectionStatus.PREPARED, Annulment.prepared_by_id != user.id)
    query = query.options(joinedload(Annulment.sitting), joinedload(Annulment.prepared_by))
    return list(db.session.scalars(query.order_by(Annulment.prepared_at, Annulment.id)))


def annulments_to_call() -> list[Annulment]:
    """Annulments whose candidates are not called to a new sitting yet, the oldest first (1 statement)."""
    somebody = exists().where(Participant.sitting_id == Annulment.sitting_id, waits_anew())
    query = select(Annulment).where(Annulment.status == CorrectionStatus.APPLIED, Annulment.anew_id.is_(None), somebody)
    return list(db.session.scalars(query.options(joinedload(Annulment.sitting)).order_by(Annulment.decided_at)))


def sittings_for(annulment: Annulment) -> list[Sitting]:
    """Planned sittings of the same test, to which candidates of an annulled sitting may be called; the next first."""
    query = select(Sitting).where(
        Sitting.specification_id == annulment.sitting.specification_id, Sitting.status == SittingStatus.PLANNED
    )
    return list(db.session.scalars(query.order_by(Sitting.starts_at, Sitting.number)))


def get_correction(correction_id: UUID) -> Correction:
    """The correction, or 404."""
    correction = db.session.get(Correction, correction_id)
    if correction is None:
        raise NotFound
    return correction


def get_annulment(annulment_id: UUID) -> Annulment:
    """The annulment, or 404."""
    annulment = db.session.get(Annulment, annulment_id)
    if annulment is None:
        raise NotFound
    return annulment


def get_sat_form(form_id: UUID) -> TestForm:
    """A form that somebody sat, or 404."""
    form = db.session.get(TestForm, form_id)
    if form is None or db.session.scalar(select(Attempt.id).where(Attempt.form_id == form_id).limit(1)) is None:
        raise NotFound
    return form


def sat_forms() -> list[tuple[TestForm, int]]:
    """Forms that somebody has sat to the end, with how many have a result; the latest sealed first."""
    counted = (
        select(Attempt.form_id, func.count(func.distinct(Result.attempt_id)).label("people"))
        .join(Result, Result.attempt_id == Attempt.id).group_by(Attempt.form_id).subquery()
    )  # fmt: skip
    rows = db.session.execute(
        select(TestForm, counted.c.people).join(counted, counted.c.form_id == TestForm.id)
        .options(joinedload(TestForm.specification)).order_by(TestForm.sealed_at.desc(), TestForm.variant)
    )  # fmt: skip
    return [(form, people) for form, people in rows]


def people_of(form_id: UUID) -> int:
    """How many attempts on the form have a result."""
    query = select(func.count(func.distinct(Result.attempt_id))).join(Attempt, Attempt.id == Result.attempt_id)
    return db.session.scalar(query.where(Attempt.form_id == form_id)) or 0


def forms_due() -> set[UUID]:
    """Forms with a finding of a decided appeal that no correction has settled, nor one that is prepared may settle."""
    prepared = select(Correction.form_id).where(Correction.status == CorrectionStatus.PREPARED)
    sat = select(Attempt.form_id).where(Attempt.form_id.not_in(prepared)).distinct()
    return uncorrected(set(db.session.scalars(sat)))


def findings_due(form_id: UUID) -> list[Finding]:
    """Findings of decided appeals on the form that call for a correction not made yet, the latest decision last."""
    query = (
        select(Finding).join(Finding.appeal).where(Finding.id.in_(waiting({form_id})))
        .options(joinedload(Finding.appeal).joinedload(Appeal.attempt))
        .order_by(Appeal.decided_at, Appeal.number, Finding.place)
    )  # fmt: skip
    return list(db.session.scalars(query))


def restates(finding: Finding) -> UUID | None:
    """The attempt whose answer the finding restates; None where it is about the key."""
    return finding.appeal.attempt_id if finding.kind == FindingKind.RECORDING_FAULT else None


def closed_sittings() -> list[Sitting]:
    """Closed sittings that are not annulled and are not about to be, the latest first."""
    taken = select(Annulment.sitting_id).where(Annulment.status != CorrectionStatus.CANCELLED)
    query = select(Sitting).where(Sitting.status == SittingStatus.CLOSED, Sitting.id.not_in(taken))
    return list(db.session.scalars(query.order_by(Sitting.starts_at.desc())))


def cancellation_reason(annulment: Annulment) -> str:
    """Why it was cancelled, as the trail has it; empty where the trail does not say."""
    query = select(audit.AuditEntry).where(
        audit.AuditEntry.subject == audit.name_of(annulment), audit.AuditEntry.action == "annulment.cancelled"
    )
    entry = db.session.scalars(query).first()
    return str(audit.facts(entry).get("reason", "")) if entry else ""
