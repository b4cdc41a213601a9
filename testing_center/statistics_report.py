"""Stored statistics as the pages, the report and the table show them; nothing here opens a key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, defer, joinedload
from werkzeug.exceptions import NotFound

from core.db import db
from question_bank.models import Item, ItemVersion, SubTopic, TestForm, TestSpecification
from question_bank.statistics import maps, plots, withheld
from question_bank.statistics.disclosure import LEAST_PEOPLE
from question_bank.statistics.items import HEEDED, Flag
from question_bank.statistics.languages import Difference
from question_bank.statistics.maps import Spot
from question_bank.statistics.shapes import Picture
from question_bank.statistics.withheld import Part
from question_bank.statistics_models import ExamStatistics, ItemStatistics
from testing_center import statistics_queries as queries
from testing_center.models.places import Room
from testing_center.models.sittings import Sitting
from testing_center.statistics_words import DOT, FLAG_ORDER

#: Figures of an item in the order of the tables, and with what each is withheld.
PARTS = {
    "facility": Part.OUTCOME, "deviation": Part.SPREAD, "discrimination": Part.OUTCOME, "upper_lower": Part.OUTCOME,
    "omitted": Part.OMITTED, "seconds": Part.TIME,
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """An item in the table: its number there, its figures, and what it is called in the bank."""

    number: int
    found: ItemStatistics

    @property
    def external_id(self) -> str:
        """Identifier of the question in the bank."""
        return self.found.version.item.external_id

    @property
    def is_void(self) -> bool:
        """Whether a correction made it void."""
        return bool(self.found.details.get("void"))

    @property
    def is_small(self) -> bool:
        """Whether too few people met it for any figure."""
        return self.found.omitted is None

    def withholds(self, name: str) -> bool:
        """Whether a figure is there and not shown; ``name`` is that of the column of :class:`ItemStatistics`."""
        known = getattr(self.found, name) is not None
        return known and PARTS[name] in self.found.details.get("withheld", withheld.EVERYTHING)

    def value(self, name: str) -> float | None:
        """A figure as far as it may be shown; None where it is not defined or withheld."""
        found: float | None = None if self.withholds(name) else getattr(self.found, name)
        return found

    def said(self, name: str, say: Callable[[float | None], str]) -> str:
        """A figure as text, a dot where it is withheld."""
        return DOT if self.withholds(name) else say(self.value(name))

    @property
    def flags(self) -> list[Flag]:
        """The most urgent first."""
        return [flag for flag in FLAG_ORDER if flag in self.found.flags]

    @property
    def is_heeded(self) -> bool:
        """Whether somebody should look at it."""
        return any(flag in HEEDED for flag in self.flags)

    @property
    def languages(self) -> dict[str, Any] | None:
        """Kyrgyz against Russian, as it was stored."""
        found: dict[str, Any] | None = self.found.details.get("languages")
        return found if "withheld" in self.found.details else None

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Score groups of the item characteristic, as they were stored."""
        found: list[dict[str, Any]] = self.found.details.get("groups") or []
        return found if "withheld" in self.found.details else []

    @property
    def difference(self) -> Difference | None:
        """Class of the difference between the languages, where they could be compared."""
        said = (self.languages or {}).get("difference")
        return Difference(said) if said else None


#: What the table can be sorted by: a name of the address and the value of a row (None stands last).
SORTS: dict[str, Any] = {
    "number": lambda row: row.number,
    "people": lambda row: row.found.people,
    "facility": lambda row: row.value("facility"),
    "discrimination": lambda row: row.value("discrimination"),
    "d": lambda row: row.value("upper_lower"),
    "omitted": lambda row: row.value("omitted"),
    "time": lambda row: row.value("seconds"),
    "flags": lambda row: min((FLAG_ORDER.index(flag) for flag in row.flags), default=None),
    "languages": lambda row: row.difference and -ord(row.difference),
}


def ordered(rows: Sequence[Row], by: str, *, down: bool) -> list[Row]:
    """Rows by a column of ``SORTS``, else by number; what has no value stands last either way."""
    value = SORTS.get(by, SORTS["number"])
    known = sorted((row for row in rows if value(row) is not None), key=lambda row: (value(row), row.number))
    return [*(reversed(known) if down else known), *(row for row in rows if value(row) is None)]


@dataclass(frozen=True)
class ExamReport:
    """A test at a sitting or at all of them, with everything that is shown of it."""

    exam: ExamStatistics
    sitting: Sitting | None
    rows: list[Row]
    variants: dict[str, int]  # form id → its variant
    is_due: bool  # what it follows from has changed: it is calculated anew before long
    annulled: list[str]
    left_out: tuple[int, int]  # sittings too small to be shown, and their people

    @property
    def figures(self) -> dict[str, Any]:
        """Figures of the test as a whole; empty where too few people sat it."""
        return self.exam.figures

    @property
    def specification(self) -> TestSpecification:
        """The test."""
        return self.exam.specification

    def pictures(self) -> list[Picture]:
        """Plots of the test: scores, map of the items, the two languages where they were compared."""
        if not self.figures:
            return []
        figures = self.figures
        found = [
            plots.distribution(figures["bins"], figures["width"], figures["cut_score"], figures["maximum"]),
            maps.item_map([
                Spot(row.number, facility, discrimination, row.is_heeded)
                for row in self.rows
                if (facility := row.value("facility")) is not None
                and (discrimination := row.value("discrimination")) is not None
            ]),
        ]  # fmt: skip
        compared = [
            Spot(
                row.number, row.languages["facility"]["ky"], row.languages["facility"]["ru"],
                row.difference not in (None, Difference.NEGLIGIBLE), str(row.difference or "–"),
            )
            for row in self.rows
            if row.languages and row.languages["facility"]
        ]  # fmt: skip
        return [*found, maps.language_map(compared)] if compared else found


def get_exam(exam_id: UUID) -> ExamStatistics:
    """Statistics of a test with its specification, or 404 (1 statement)."""
    query = select(ExamStatistics).where(ExamStatistics.id == exam_id).options(joinedload(ExamStatistics.specification))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def find_exam(sitting_id: UUID) -> UUID | None:
    """Id of the statistics of a sitting, where they are calculated (1 statement)."""
    return db.session.scalar(select(ExamStatistics.id).where(ExamStatistics.sitting_id == sitting_id))


def get_report(exam_id: UUID) -> ExamReport:
    """A test with its items by external id, or 404 (a constant number of statements)."""
    exam = get_exam(exam_id)
    source = queries.sources(exam.specification_id).get(exam.specification_id)
    sitting = db.session.get(Sitting, exam.sitting_id) if exam.sitting_id else None
    variants = db.session.execute(
        select(TestForm.id, TestForm.variant).where(TestForm.specification_id == exam.specification_id)
    )
    return ExamReport(
        exam, sitting, _rows(exam.id), {str(form_id): variant for form_id, variant in variants},
        is_due=source is None or source.basis != exam.basis,
        annulled=source.annulled if source and sitting is None else [],
        left_out=_left_out(exam) if sitting is None else (0, 0),
    )  # fmt: skip


def _rows(exam_id: UUID) -> list[Row]:
    query = (
        select(ItemStatistics)
        .join(ItemStatistics.version).join(ItemVersion.item)
        .where(ItemStatistics.exam_id == exam_id)
        .options(
            contains_eager(ItemStatistics.version).contains_eager(ItemVersion.item),
            contains_eager(ItemStatistics.version).joinedload(ItemVersion.sub_topic).joinedload(SubTopic.area),
            defer(ItemStatistics.answers_sealed),
        )
        .order_by(Item.external_id, ItemVersion.number)
    )  # fmt: skip
    return [Row(number, found) for number, found in enumerate(db.session.scalars(query), start=1)]


def _left_out(exam: ExamStatistics) -> tuple[int, int]:
    """Sittings whose people are not among those of all sittings together."""
    of_sittings = db.session.scalars(
        select(ExamStatistics.people).where(
            ExamStatistics.specification_id == exam.specification_id, ExamStatistics.sitting_id.is_not(None)
        )
    ).all()
    missing = sum(of_sittings) - exam.people
    return (sum(people < LEAST_PEOPLE for people in of_sittings), missing) if missing else (0, 0)


def get_found(exam_id: UUID, version_id: UUID) -> ItemStatistics:
    """What a test said of an item version, what was answered included, or 404 (1 statement)."""
    query = select(ItemStatistics).join(ItemStatistics.version).join(ItemVersion.item)
    query = query.where(ItemStatistics.exam_id == exam_id, ItemStatistics.item_version_id == version_id)
    query = query.options(contains_eager(ItemStatistics.version).contains_eager(ItemVersion.item))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def get_item(exam_id: UUID, version_id: UUID) -> tuple[ExamReport, Row]:
    """An item in a test, or 404; with the whole test, since its number is that of the table."""
    report = get_report(exam_id)
    for row in report.rows:
        if row.found.item_version_id == version_id:
            return report, row
    raise NotFound


@dataclass(frozen=True)
class Listed:
    """A test in the list: all its sittings together, and each sitting."""

    whole: ExamStatistics
    sittings: list[tuple[ExamStatistics, Sitting]]


def listed() -> list[Listed]:
    """Every test that has statistics, the one sat last first (2 statements)."""
    query = select(ExamStatistics).options(joinedload(ExamStatistics.specification))
    exams = list(db.session.scalars(query))
    sittings = _sittings({exam.sitting_id for exam in exams if exam.sitting_id})
    found = []
    for whole in (exam for exam in exams if exam.sitting_id is None):
        of_test = [
            (exam, sittings[exam.sitting_id])
            for exam in exams
            if exam.specification_id == whole.specification_id and exam.sitting_id in sittings
        ]
        of_test.sort(key=lambda one: (one[1].starts_at, one[1].number), reverse=True)
        found.append(Listed(whole, of_test))
    latest = {one.whole.id: one.sittings[0][1].starts_at for one in found if one.sittings}
    return sorted(found, key=lambda one: (one.whole.id in latest, latest.get(one.whole.id), one.whole.id), reverse=True)


def _sittings(ids: Iterable[UUID]) -> dict[UUID | None, Sitting]:
    query = select(Sitting).where(Sitting.id.in_(list(ids))).options(joinedload(Sitting.room).joinedload(Room.centre))
    return {sitting.id: sitting for sitting in db.session.scalars(query)}


def history(item_id: UUID) -> tuple[Item, list[tuple[Row, Sitting | None]]]:
    """An item with what each test and sitting said of each of its versions, the newest first; 404 for no such item."""
    item = db.session.get(Item, item_id)
    if item is None:
        raise NotFound
    query = (
        select(ItemStatistics)
        .join(ItemStatistics.version)
        .where(ItemVersion.item_id == item_id)
        .options(
            contains_eager(ItemStatistics.version), defer(ItemStatistics.answers_sealed),
            joinedload(ItemStatistics.exam).joinedload(ExamStatistics.specification),
        )
        .order_by(ItemVersion.number.desc())
    )  # fmt: skip
    rows = list(db.session.scalars(query))
    sittings = _sittings({row.exam.sitting_id for row in rows if row.exam.sitting_id})
    return item, [(Row(0, row), sittings.get(row.exam.sitting_id)) for row in rows]
