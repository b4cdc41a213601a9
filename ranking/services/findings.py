"""From findings of decided appeals to a correction: of the key for everybody, of an answer for one attempt (¶35)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import User
from appeals.services.content import restated
from appeals.services.protocols import check_signed
from core import audit
from question_bank.models import TestForm
from ranking import due_queries
from ranking.correction_queries import findings_due, restates
from ranking.rules.due import Saying, Spot, check_as_found
from testing_center import queries
from testing_center.accepted import open_accepted
from testing_center.models.errata import Correction, Erratum
from testing_center.rules.errata import ErratumData, ErratumKind
from testing_center.services.corrections import checks_errata
from testing_center.sheets import Sheet, get_sheet


@dataclass(frozen=True)
class Restatement:
    """An answer that a commission found recorded wrongly. ``number`` is the attempt's; None stands for no answer."""

    erratum: ErratumData
    number: str
    recorded: str | None
    counts: str | None


@dataclass(frozen=True)
class Said:
    """An erratum in words, Kyrgyz and Russian: the right answers; or, restated, both answers (None for no answer)."""

    right: list[str]
    recorded: str | None = None
    counts: str | None = None


@dataclass(frozen=True)
class Due:
    """Everything that waits for a correction of one form, with what is right opened."""

    errata: list[ErratumData]
    restated: list[Restatement]
    grounds: str


@checks_errata
def check_findings(form: TestForm, errata: Sequence[ErratumData]) -> None:
    """What is corrected where a decided appeal waits is what was found there, in a protocol that all have signed.

    Raises:
        FindingSaysOtherwise: names the appeal.
        SignaturesMissing: the commission's protocol waits for signatures (¶35).
    """
    said = [(Spot(form.id, one.place, one.attempt), Saying(str(one.kind), one.accepted)) for one in errata]
    waiting = due_queries.waiting({form.id})
    concerned = {spot for spot, _said in said}
    opened = [(one, due_queries.saying_of(one)) for one in waiting.values() if one.spot in concerned]
    check_as_found(said, opened)
    for protocol in due_queries.protocols_of([one.id for one, _saying in opened]):
        check_signed(protocol)


def open_due(form: TestForm, *, by: User, now: datetime) -> Due:
    """What waits for a correction of the form, for somebody to look at: it says right answers, so it is recorded."""
    due = Due(errata_due(form.id), restated_due(form.id), grounds_due(form.id))
    places = sorted({one.place for one in due.errata} | {one.erratum.place for one in due.restated})
    if places:
        audit.record("findings.opened", form, by=by, at=now, purpose="correction", places=places, appeals=due.grounds)
    return due


def errata_due(form_id: UUID) -> list[ErratumData]:
    """What decided appeals found of the key and no correction has settled, by place."""
    found = [
        ErratumData(finding.place, ErratumKind(str(finding.kind)), open_accepted(finding), finding.reason)
        for finding in findings_due(form_id)
        if restates(finding) is None
    ]
    return sorted(found, key=lambda erratum: erratum.place)


def restated_due(form_id: UUID) -> list[Restatement]:
    """Answers that decided appeals found recorded wrongly and no correction has settled, by attempt and place."""
    found = []
    for finding in findings_due(form_id):
        attempt_id, answers = restates(finding), restated(finding)
        if attempt_id is not None and answers is not None:
            said, kind = open_accepted(finding), ErratumKind.RESTATED
            erratum = ErratumData(finding.place, kind, said, finding.reason, attempt_id)
            found.append(Restatement(erratum, finding.appeal.attempt.number, answers["recorded"], answers["counts"]))
    return sorted(found, key=lambda one: (one.number, one.erratum.place))


def grounds_due(form_id: UUID) -> str:
    """The appeals in which it was found, by number: ``Т-2026-117/014-А, …``."""
    return ", ".join(dict.fromkeys(finding.appeal.number for finding in findings_due(form_id)))


def open_errata(correction: Correction, *, by: User, now: datetime) -> dict[UUID, Said]:
    """What each erratum says, in words; the look is recorded."""
    sheet = get_sheet(correction.form_id)
    said = {erratum.id: _said(sheet, erratum) for erratum in correction.errata}
    audit.record("correction.opened", correction, by=by, at=now, number=correction.number)
    return said


def _said(sheet: Sheet, erratum: Erratum) -> Said:
    item = sheet.items[erratum.place]
    kind, texts, accepted = item.kind, item.both(), [tuple(one) for one in open_accepted(erratum)]
    if erratum.attempt_id is None:
        return Said(sorted("; ".join(kind.key_words(key, texts)) for key in accepted))
    saved = queries.saved_answers(erratum.attempt_id).get(erratum.place)
    recorded = "; ".join(kind.words(saved.response, texts)) if saved else ""
    return Said([], recorded or None, "; ".join(kind.words(accepted[0], texts)) or None)
