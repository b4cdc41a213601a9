"""Correcting a sealed form for everybody who sat it: prepared by one person, applied or cancelled as a whole (¶35).

The form itself never changes. Nothing is true before it is applied; what is applied is what the preview showed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from accounts.models import User
from core import audit, i18n
from core.crypto import canonical, sha256
from core.db import db
from question_bank.models import TestForm
from testing_center import queries
from testing_center.accepted import fingerprint, open_accepted, seal_accepted
from testing_center.models.errata import Correction, Erratum
from testing_center.rules import errata as rules
from testing_center.rules.errata import CorrectionStatus, ErratumData, ErratumKind
from testing_center.rules.rescoring import Counts, Rescored, count
from testing_center.services import rescoring, summaries
from testing_center.services.annulments import annul_apply, annul_cancel, annul_prepare, is_annulled
from testing_center.services.rescoring import Progress
from testing_center.sheets import get_sheet

__all__ = [
    "ErratumData", "Preview", "annul_apply", "annul_cancel", "annul_prepare", "apply", "cancel", "is_annulled",
    "prepare", "preview",
]  # fmt: skip


ErrataCheck = Callable[[TestForm, Sequence[ErratumData]], None]
_checks: list[ErrataCheck] = []


def checks_errata(check: ErrataCheck) -> ErrataCheck:
    """Register a refusal of a room above: what it raises keeps these errata from being prepared or applied."""
    _checks.append(check)
    return check


@dataclass(frozen=True)
class Preview:
    """What a prepared correction would do to everybody who sat the form; ``digest`` fixes all of it."""

    correction_id: UUID
    form_id: UUID
    cut_score: int
    maximum: int
    rows: tuple[Rescored, ...]
    digest: bytes

    @property
    def counts(self) -> Counts:
        """How many attempts are rescored, and what becomes of them."""
        return count(self.rows)


Effects = Callable[[Preview, datetime], list[dict[str, Any]]]
_effects: list[Effects] = []


def tells_effects(effects: Effects) -> Effects:
    """Register what a room above says of the competitions in which the order changes: plain values, kept for ever."""
    _effects.append(effects)
    return effects


def prepare(form: TestForm, grounds: str, errata: Sequence[ErratumData], *, by: User, now: datetime) -> Correction:
    """Write down a correction of a form; nothing changes before another person applies it.

    Raises:
        GroundsMissing, ErrataMissing, ErratumTwice, NoSuchPlace, ErratumReasonMissing, AcceptedInvalid,
        NothingChanges, NoSuchAttempt, CountingAnswerInvalid, AnswerUnchanged: see :func:`rules.check_errata`.
        TooManyVoid: more than one third of the items would be void: the sitting is to be annulled.
        CorrectionOpen: another correction of the form waits.
        FormInUse: somebody may still work on it.
        FindingSaysOtherwise: a decided appeal found something else of the question (refused by the room of rankings).
    """
    grounds = rules.check_grounds(grounds)
    waiting = db.session.scalar(
        select(Correction.number).where(Correction.form_id == form.id, Correction.status == CorrectionStatus.PREPARED)
    )
    if waiting is not None:
        raise rules.CorrectionOpen(number=waiting)
    if queries.is_form_busy(form.id):
        raise rules.FormInUse
    sheet, key = get_sheet(form.id), queries.keyed_form(form.id)
    parts = {place: item.parts for place, item in sheet.items.items()}
    answers = queries.answers_that_count(form.id, {e.attempt for e in errata if e.attempt})
    errata = rules.check_errata(errata, parts, {item.position: item for item in key}, answers)
    rules.check_void_share(rules.corrected(key, [(e.place, e.kind, e.accepted) for e in errata]))
    for check in _checks:
        check(form, errata)
    correction = Correction(
        id=uuid4(), number=_next_number(now), form=form, grounds=grounds, status=CorrectionStatus.PREPARED,
        prepared_by_id=by.id, prepared_at=now, errata=[_erratum(said) for said in errata],
    )  # fmt: skip
    db.session.add(correction)
    audit.record(
        "correction.prepared", correction, by=by, at=now, number=correction.number, form=form.digest, grounds=grounds,
        errata=_said(correction),
    )  # fmt: skip
    return correction


def _erratum(said: ErratumData) -> Erratum:
    erratum = Erratum(id=uuid4(), place=said.place, kind=said.kind, reason=said.reason.strip(), attempt_id=said.attempt)
    if said.kind != ErratumKind.VOID:
        erratum.accepted_sealed = seal_accepted(erratum, said.accepted)
    return erratum


def _next_number(now: datetime) -> str:
    """``ОҢ-2026-01``: corrections are counted through the year."""
    prefix = f"ОҢ-{now.astimezone(i18n.zone()).year}-"
    known = select(func.count()).select_from(Correction).where(Correction.number.startswith(prefix, autoescape=True))
    return f"{prefix}{(db.session.scalar(known) or 0) + 1:02}"


def _said(correction: Correction) -> list[list[object]]:
    """The errata as the trail keeps them: place, kind, and a digest that tells no key."""
    ordered = sorted(correction.errata, key=lambda e: (e.place, str(e.attempt_id or "")))
    return [[e.place, str(e.kind), fingerprint(e)] for e in ordered]


def preview(correction: Correction, *, progress: Progress | None = None) -> Preview:
    """Old and new result of everybody who sat the form, by public number; changes nothing.

    A correction that only restates answers concerns the attempts that gave them, and nobody else.
    """
    errata = [(erratum.place, erratum.kind, open_accepted(erratum)) for erratum in correction.errata]
    key = rules.corrected(queries.keyed_form(correction.form_id), errata)
    restated = queries.restated_in_force(correction.form_id)
    for erratum, (place, _kind, accepted) in zip(correction.errata, errata, strict=True):
        if erratum.attempt_id is not None:
            restated.setdefault(erratum.attempt_id, {})[place] = tuple(accepted[0])
    rows = rescoring.compare(correction.form_id, key, restated, only=_concerned(correction), progress=progress)
    sheet = get_sheet(correction.form_id)
    said = [[row.number, row.result_id, row.old_score, row.new_score, sorted(row.new_points.items())] for row in rows]
    digest = sha256(canonical(audit.plain([correction.number, _said(correction), said])))
    return Preview(correction.id, correction.form_id, sheet.cut_score, sheet.maximum, rows, digest)


def _concerned(correction: Correction) -> set[UUID] | None:
    """The attempts whose answers are restated; None where the correction concerns everybody who sat the form."""
    if correction.concerns_everybody:
        return None
    return {erratum.attempt_id for erratum in correction.errata if erratum.attempt_id is not None}


def apply(
    correction: Correction, preview_digest: bytes, *, by: User, now: datetime, progress: Progress | None = None
) -> int:
    """Apply a correction as a whole: the second person, who saw the preview; returns how many were rescored.

    Whose points change gets a new result and a new version of the protocol that names the old; a bar is lifted or set
    where the cut score is crossed (¶28), and everybody who was rescored is told.

    Raises:
        NotPrepared: it was applied or cancelled already.
        AnotherPersonNeeded: the one who prepared it.
        FormInUse: somebody may still work on the form.
        FindingSaysOtherwise: an appeal that was decided meanwhile found something else.
        PreviewChanged: the results are not those of the preview any more.
        AnswersAltered, SummaryAltered: answers were altered after their end, or a summary protocol was.
    """
    _lock(correction)
    rules.check_may_apply(correction.status, correction.prepared_by_id, by.id)
    if queries.is_form_busy(correction.form_id):
        raise rules.FormInUse
    for check in _checks:
        check(correction.form, [_as_data(erratum) for erratum in correction.errata])
    found = preview(correction, progress=progress)
    if found.digest != preview_digest:
        raise rules.PreviewChanged
    correction.effects = _kept(found, now=now)
    correction.status, correction.preview_digest = CorrectionStatus.APPLIED, found.digest
    correction.decided_by_id, correction.decided_at = by.id, now
    audit.record(
        "correction.applied", correction, by=by, at=now, number=correction.number, form=correction.form.digest,
        errata=_said(correction), preview=found.digest, rescored=found.counts.rescored, changed=found.counts.changed,
        effects=sha256(correction.effects.encode()),
    )  # fmt: skip
    rescoring.fix(correction, found.rows, by=by, now=now, progress=progress)
    summaries.after_correction(correction, found.rows, by=by, now=now)
    audit.checkpoint("correction applied", at=now)
    return found.counts.rescored


def _as_data(erratum: Erratum) -> ErratumData:
    return ErratumData(erratum.place, erratum.kind, open_accepted(erratum), erratum.reason, erratum.attempt_id)


def _kept(found: Preview, *, now: datetime) -> str:
    """What the preview showed, as it stays with the correction: counts, whoever changes, and every order that does.

    JSON: ``counts`` as :class:`Counts`, ``maximum``, ``rows`` of those whose result changes (public numbers, scores,
    outcomes), ``competitions`` as the room above says it.
    """
    rows = [
        {
            "number": row.number, "competition": row.competition, "round": row.round, "old_score": row.old_score,
            "new_score": row.new_score, "old_outcome": row.old_outcome, "new_outcome": row.new_outcome,
        }
        for row in found.rows
        if row.changes
    ]  # fmt: skip
    competitions = [said for effects in _effects for said in effects(found, now)]
    kept = {"counts": asdict(found.counts), "maximum": found.maximum, "rows": rows, "competitions": competitions}
    return canonical(audit.plain(kept)).decode()


def effects_of(correction: Correction) -> dict[str, Any] | None:
    """What an applied correction has changed (see :func:`_kept`); None where it was applied before this was kept."""
    if correction.effects is None:
        return None
    kept: dict[str, Any] = json.loads(correction.effects)
    return kept


def cancel(correction: Correction, reason: str, *, by: User, now: datetime) -> None:
    """Cancel a prepared correction as a whole; whoever prepared it may do so.

    Raises:
        NotPrepared, GroundsMissing.
    """
    _lock(correction)
    rules.check_prepared(correction.status)
    reason = rules.check_grounds(reason)
    correction.status, correction.decided_by_id, correction.decided_at = CorrectionStatus.CANCELLED, by.id, now
    correction.cancelled_reason = reason
    audit.record("correction.cancelled", correction, by=by, at=now, number=correction.number, reason=reason)


def _lock(correction: Correction) -> None:
    db.session.refresh(correction, with_for_update={"of": Correction})


@audit.witness("correction.prepared")
@audit.witness("correction.applied")
def _correction_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """The correction still says what was prepared and applied, no more and no less."""
    said, correction = audit.facts(entry), db.session.get(Correction, audit.subject_id(entry))
    if correction is None:
        yield "the correction is missing"
        return
    if audit.plain(_said(correction)) != said["errata"] or correction.form.digest.hex() != said["form"]:
        yield "the errata of this correction were altered"
    if entry.action == "correction.applied" and (correction.status, audit.plain(correction.preview_digest)) != (
        CorrectionStatus.APPLIED, said["preview"],
    ):  # fmt: skip
        yield "the decision on this correction was altered"
    if entry.action == "correction.applied" and _digest_of(correction.effects) != said.get("effects"):
        yield "what this correction has changed was altered"


def _digest_of(effects: str | None) -> str | None:
    return None if effects is None else sha256(effects.encode()).hex()


@audit.witness("correction.cancelled")
def _cancellation_holds(entry: audit.AuditEntry) -> Iterator[str]:
    """A cancelled correction stays so, with the reason that was given."""
    said, correction = audit.facts(entry), db.session.get(Correction, audit.subject_id(entry))
    if correction is None or (correction.status, correction.decided_at, correction.cancelled_reason) != (
        CorrectionStatus.CANCELLED, entry.at, said["reason"],
    ):  # fmt: skip
        yield "the cancellation of this correction was altered"
