"""From findings of decided appeals to a correction for everybody who sat the form (¶35)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import User
from appeals.services.accepted import accepted_of
from core import audit
from ranking.correction_queries import findings_due
from testing_center.accepted import open_accepted
from testing_center.models.errata import Correction
from testing_center.rules.errata import ErratumData, ErratumKind
from testing_center.sheets import get_sheet


def errata_due(form_id: UUID) -> list[ErratumData]:
    """What decided appeals found of the form and no correction has settled; of two findings on a place, the later."""
    found = {
        finding.place: ErratumData(finding.place, ErratumKind(str(finding.kind)), accepted_of(finding), finding.reason)
        for finding in findings_due(form_id)
    }
    return [found[place] for place in sorted(found)]


def grounds_due(form_id: UUID) -> str:
    """The appeals in which it was found, by number: ``Т-2026-117/014-А, …``."""
    return ", ".join(dict.fromkeys(finding.appeal.number for finding in findings_due(form_id)))


def open_errata(correction: Correction, *, by: User, now: datetime) -> dict[int, list[str]]:
    """Place → texts of the answers that the correction says are right, in Kyrgyz and Russian; the look is recorded."""
    sheet = get_sheet(correction.form_id)
    texts = {}
    for erratum in correction.errata:
        chosen = {option for response in open_accepted(erratum) for option in response}
        options = [option for option in sheet.items[erratum.place].options if option.id in chosen]
        texts[erratum.place] = [f"{option.text['ky']} / {option.text['ru']}" for option in options]
    audit.record("correction.opened", correction, by=by, at=now, number=correction.number)
    return texts
