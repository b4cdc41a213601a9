"""Everything that scores follow from, as plain rows for an independent recount: forms with keys, errata, attempts.

No name and no person is in them. They hold questions with their keys, and the salts that keep a leaf of a form from
being guessed: whoever writes them to a file keeps it from others' eyes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from competitions.models import Competition
from core.db import db
from question_bank import sealing
from question_bank.models import TestForm
from question_bank.queries import get_form
from testing_center import queries
from testing_center.accepted import open_accepted
from testing_center.models.attempts import Attempt, ResponseEvent, Result
from testing_center.models.errata import Correction, Erratum
from testing_center.models.sittings import Sitting
from testing_center.rules.errata import CorrectionStatus
from testing_center.sheets import get_sheet

Row = dict[str, Any]


def forms() -> Iterator[Row]:
    """Each form that somebody sat: its digest, and all that the digest follows from (proof: sealed forms).

    ``terms`` hold the cut score; each item has its ``salt`` in hex, its subject area, and ``sealed``: position, kind,
    texts, ids of options and targets, key, points, and whether a part of them is given, as they were sealed.
    """
    sat = select(Attempt.form_id)
    found = select(TestForm.id).where(TestForm.id.in_(sat)).order_by(TestForm.digest)
    for form in map(get_form, db.session.scalars(found).all()):
        sheet = get_sheet(form.id)
        items = [
            {
                "area": sheet.items[item.position].area, "salt": sealing.open_salt(item).hex(),
                "sealed": sealing.leaf_content(item),
            }
            for item in form.items
        ]  # fmt: skip
        terms = sealing.terms(form.id, form.variant, form.specification, len(form.items), form.scoring_version)
        yield {"form": form.digest.hex(), "terms": terms, "items": items}


def errata() -> Iterator[Row]:
    """Each erratum of an applied correction, in the order in which they were applied.

    ``attempt`` is the number of the attempt whose answer is restated (``accepted`` is the one response that counts),
    null where the erratum is one of the form.
    """
    rows = db.session.execute(
        select(Erratum, Correction.number, TestForm.digest, Attempt.number)
        .join(Erratum.correction).join(Correction.form).join(Erratum.attempt, isouter=True)
        .where(Correction.status == CorrectionStatus.APPLIED)
        .order_by(Correction.decided_at, Correction.number, Erratum.place, Erratum.id)
    )  # fmt: skip
    for erratum, number, digest, attempt in rows:
        yield {
            "form": digest.hex(), "correction": number, "place": erratum.place, "kind": str(erratum.kind),
            "accepted": open_accepted(erratum), "attempt": attempt,
        }  # fmt: skip


def attempts() -> Iterator[Row]:
    """Each attempt with the result in force and every event: [place, epoch, revision, response, late]."""
    results = {row.id: row for row in _results()}
    found = db.session.execute(
        select(
            ResponseEvent.attempt_id, ResponseEvent.place, ResponseEvent.epoch, ResponseEvent.revision,
            ResponseEvent.response, ResponseEvent.is_late,
        )
        .order_by(ResponseEvent.attempt_id, ResponseEvent.id).execution_options(yield_per=5000)
    )  # fmt: skip
    for attempt_id, rows in groupby(found, key=lambda row: row.attempt_id):
        events = [[row.place, row.epoch, row.revision, row.response, row.is_late] for row in rows]
        if attempt_id in results:
            yield _attempt(results.pop(attempt_id), events)
    for row in results.values():
        yield _attempt(row, [])


def _results() -> list[Any]:
    newest = select(Result.attempt_id, func.max(Result.revision).label("revision")).group_by(Result.attempt_id)
    last, annulled = newest.subquery(), queries.annulled_sittings()
    return list(
        db.session.execute(
            select(
                Attempt.id, Attempt.number, Attempt.round, TestForm.digest, Competition.number.label("competition"),
                Attempt.sitting_id.in_(annulled).label("annulled"), Result.revision, Result.score, Result.maximum,
                Result.outcome, Result.areas,
            )
            .join(Result, Result.attempt_id == Attempt.id)
            .join(last, (last.c.attempt_id == Result.attempt_id) & (last.c.revision == Result.revision))
            .join(TestForm, TestForm.id == Attempt.form_id)
            .join(Sitting, Sitting.id == Attempt.sitting_id)
            .join(Competition, Competition.id == Attempt.competition_id)
        )
    )  # fmt: skip


def _attempt(row: Any, events: list[Any]) -> Row:
    return {
        "number": row.number, "competition": row.competition, "round": row.round, "form": row.digest.hex(),
        "annulled": bool(row.annulled), "revision": row.revision, "score": row.score, "maximum": row.maximum,
        "outcome": str(row.outcome), "areas": {area["code"]: area["points"] for area in row.areas}, "events": events,
    }  # fmt: skip
