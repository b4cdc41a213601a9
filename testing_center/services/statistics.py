"""Statistics after each sitting: gathered from codes alone, calculated anew whenever a result may have changed.

A test has them once one of its sittings is closed, that is when every attempt has ended. Another closed sitting, an
applied correction or an applied annulment changes what they follow from (:class:`statistics_queries.Source`); the
sweeper then calculates them anew, all of them, from the answers and the key in force. An annulled sitting counts
nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select

from core import audit
from core.crypto import keyring
from core.db import db, transaction
from question_bank.models import TestSpecification
from question_bank.statistics.disclosure import LEAST_PEOPLE
from question_bank.statistics.gathered import Paper, exam_figures
from question_bank.statistics.items import HEEDED
from question_bank.statistics.itemwise import ItemGathered, item_figures
from question_bank.statistics_models import ExamStatistics, ItemStatistics
from testing_center import statistics_queries as queries
from testing_center.statistics_queries import Source

GATHERER = audit.System("statistics")


def gather_due(*, now: datetime) -> UUID | None:
    """Calculate the statistics of one test whose figures are missing or out of date; its id, None where none is.

    While somebody sits a test nothing is calculated: the computer belongs to the candidates. The calculation reads
    alone; only the storing of what was found is a transaction, and a short one.
    """
    if queries.is_somebody_sitting(now=now):
        return None
    stored = queries.stored_bases()
    for specification_id, source in queries.sources().items():
        if stored.get(specification_id) != source.basis:
            gathered = calculate(specification_id, source)
            with transaction():
                store(specification_id, source, gathered, now=now)
            return specification_id
    return None


Gathered = dict[UUID | None, tuple[int, dict[str, Any], list[ItemGathered]]]


def calculate(specification_id: UUID, source: Source) -> Gathered:
    """People, figures of the test and of its items, by sitting and (None) for all together; changes nothing.

    Of all together nothing is shown from which, less what is shown of single sittings, something follows that is
    withheld of one.
    """
    cut_score = db.session.get_one(TestSpecification, specification_id).cut_score
    papers, forms = queries.papers(source.sittings)
    questions = {str(form_id): form.questions for form_id, form in forms.items()}
    found: Gathered = {}
    for sitting_id, of_sitting in papers.items():
        figures = exam_figures(of_sitting, questions, cut_score)
        found[sitting_id] = len(of_sitting), figures, item_figures(of_sitting, questions) if figures else []
    together = shown_together(papers)
    alone = [sitting_id for sitting_id, of_sitting in papers.items() if len(of_sitting) == len(together)]
    if alone:
        found[None] = found[alone[0]]
        return found
    shown = [one for one in found.values() if one[1]]
    figures = exam_figures(together, questions, cut_score, [of_sitting for _people, of_sitting, _items in shown])
    items = item_figures(together, questions, [of_items for _people, _figures, of_items in shown]) if figures else []
    found[None] = len(together), figures, items
    return found


def shown_together(papers: Mapping[UUID, Sequence[Paper]]) -> list[Paper]:
    """The papers of all sittings; without those too small to be shown, if even together they are too few.

    Else the figures of all less those of the sittings that are shown would tell of a handful of people.
    """
    small = [sitting_id for sitting_id, found in papers.items() if len(found) < LEAST_PEOPLE]
    hidden = sum(len(papers[sitting_id]) for sitting_id in small)
    left_out = set(small) if hidden < LEAST_PEOPLE and len(small) < len(papers) else set()
    return [paper for sitting_id, found in papers.items() if sitting_id not in left_out for paper in found]


def store(specification_id: UUID, source: Source, gathered: Gathered, *, now: datetime) -> None:
    """Put what was calculated in the place of what was stored before; the trail says that keys were used for it."""
    specification = db.session.get_one(TestSpecification, specification_id, with_for_update={"key_share": True})
    query = select(ExamStatistics).where(ExamStatistics.specification_id == specification_id)
    known = {row.sitting_id: row for row in db.session.scalars(query)}
    db.session.execute(delete(ItemStatistics).where(ItemStatistics.exam_id.in_([row.id for row in known.values()])))
    for sitting_id, gone in known.items():
        if sitting_id not in gathered:
            db.session.delete(gone)
    rows: list[dict[str, Any]] = []
    for sitting_id, (people, figures, items) in gathered.items():
        exam = known.get(sitting_id)
        if exam is None:
            exam = ExamStatistics(id=uuid4(), specification_id=specification_id, sitting_id=sitting_id)
            db.session.add(exam)
        heeded = {"heeded": sum(any(flag in HEEDED for flag in _flags(item)) for item in items)} if figures else {}
        exam.people, exam.figures, exam.basis, exam.computed_at = people, figures | heeded, source.basis, now
        rows += [_row(exam.id, item) for item in items]
    db.session.flush()
    if rows:
        db.session.execute(insert(ItemStatistics), rows)
    audit.record(
        "statistics.gathered", specification, by=GATHERER, at=now, sittings=len(gathered) - 1,
        people=gathered[None][0], basis=source.basis,
    )  # fmt: skip


def _row(exam_id: UUID, item: ItemGathered) -> dict[str, Any]:
    row_id, figures = uuid4(), item.figures
    names = ("facility", "deviation", "discrimination", "omitted", "seconds")
    return {
        "id": row_id, "exam_id": exam_id, "item_version_id": UUID(item.version), "people": item.people,
        **{name: getattr(figures, name, None) for name in names}, "upper_lower": getattr(figures, "index", None),
        "flags": _flags(item), "details": item.details,
        "answers_sealed": None if item.answers is None else _seal(row_id, item.answers),
    }  # fmt: skip


def _flags(item: ItemGathered) -> list[str]:
    return sorted(item.figures.flags) if item.figures else []


def _seal(row_id: UUID, answers: dict[str, Any]) -> bytes:
    return keyring().seal("bank", json.dumps(answers).encode(), ("item_statistics", str(row_id), "answers"))


def open_answers(row: ItemStatistics) -> dict[str, Any]:
    """What was answered how often; it tells the key, so whoever opens it for a person audits that.

    Raises:
        CannotOpen: it belongs to another row or was altered.
    """
    if row.answers_sealed is None:
        return {}
    opened: dict[str, Any] = json.loads(
        keyring().open("bank", row.answers_sealed, ("item_statistics", str(row.id), "answers"))
    )
    return opened
