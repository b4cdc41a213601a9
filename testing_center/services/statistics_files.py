"""Statistics as files: the report for people, the table for further work. No option table and no key is in either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from accounts.models import User
from core import audit
from core.db import transaction
from core.i18n import gettext as _
from question_bank.kinds.registry import kind_of
from question_bank.statistics.disclosure import LEAST_PEOPLE
from question_bank.statistics.shapes import number, percent
from testing_center import statistics_definitions as defined
from testing_center import statistics_words as words
from testing_center.documents import statistics as document
from testing_center.services.papers import organisation
from testing_center.statistics_report import PARTS, ExamReport, Row


@dataclass(frozen=True)
class Number:
    """A number that a cell shows in the words of ``text``."""

    figure: float
    text: str
    places: int

    @property
    def value(self) -> float:
        """To as many places as are shown; a share to whole per cents."""
        return round(self.figure, 2 if self._is_share else self.places) + 0.0

    @property
    def pattern(self) -> str:
        """The number format of the cell, with the words around the number."""
        if self._is_share:
            return "0 %"
        before, _shown, after = self.text.partition(number(self.figure, self.places))
        zeros = "0." + "0" * self.places if self.places else "0"
        return "".join([f'"{before}"' if before else "", zeros, f'"{after}"' if after else ""])

    @property
    def _is_share(self) -> bool:
        return self.text == percent(self.figure)


Value = str | int | float | Number | None


def report_pdf(report: ExamReport, language: str, *, by: User, now: datetime) -> bytes:
    """The report in the language in force (``language`` names it); that it was taken out is recorded."""
    pdf = document.draw(report, organisation(), language, now)
    _record(report, "pdf", language, by=by, now=now)
    return pdf


def table_xlsx(report: ExamReport, language: str, *, by: User, now: datetime) -> bytes:
    """A workbook with the test, its questions, and what every figure means; its opening in a program runs nothing."""
    workbook = Workbook()
    first: Any = workbook.active
    _fill(first, _("Test"), (_("Figure"), _("Value"), _("What it means here")), _of_test(report), (34, 22, 90))
    heads = (
        _("No."), _("Question"), _("Version"), _("Kind of question"), _("Candidates"), _("Facility"),
        _("Standard deviation"), _("Discrimination"), _("Index D"), _("Left out"), _("Seconds"), _("Observations"),
        _("Kyrgyz: candidates"), _("Russian: candidates"), _("Facility in Kyrgyz"), _("Facility in Russian"),
        _("Odds ratio"), _("Delta"), _("Chi-squared"), _("Chance"), _("Class"),
    )  # fmt: skip
    _fill(workbook.create_sheet(), _("Questions"), heads, map(_of_item, report.rows), (6, 18, 9, 20, *([13] * 17)))
    told = ((one.name, one.text, one.source) for one in defined.definitions())
    sheet = workbook.create_sheet()
    _fill(sheet, _("Definitions"), (_("Figure"), _("Definition"), _("Source")), told, (30, 80, 70))
    for line in defined.limits():
        sheet.append([None, _text(line)])
    out = BytesIO()
    workbook.save(out)
    _record(report, "xlsx", language, by=by, now=now)
    return out.getvalue()


def _record(report: ExamReport, kind: str, language: str, *, by: User, now: datetime) -> None:
    with transaction(joins=True):
        audit.record("statistics.exported", report.exam, by=by, at=now, kind=kind, language=language)


def _of_test(report: ExamReport) -> Iterator[Sequence[Value]]:
    yield _("Test"), report.specification.title("ru"), report.specification.title("ky")
    yield _("Sitting"), report.sitting.number if report.sitting else _("All sittings together"), ""
    if not report.figures:
        yield _("Candidates"), _("fewer than %(n)s", n=LEAST_PEOPLE), words.too_few()
        return
    yield _("Candidates"), report.exam.people, ""
    if report.figures["cut_score"]:
        yield _("Cut score"), report.figures["cut_score"], ""
        yield _("Meet the requirements"), _meeting(report.figures), ""
    for one in words.meanings(report.figures):
        value = one.value if one.figure is None else Number(one.figure, one.value, one.places)
        yield one.name, value, one.sentence
    for low, high, people in report.figures["bins"]:
        yield _("Candidates with these scores: %(low)s–%(high)s", low=low, high=high), people, ""


def _meeting(figures: Mapping[str, Any]) -> Value:
    said = words.meeting(figures)
    return said if said == words.DOT else Number(figures["meet"], said, 0)


def _of_item(row: Row) -> list[Value]:
    def figure(name: str) -> Value:
        return words.DOT if row.withholds(name) else _short(row.value(name))

    found, languages = row.found, row.languages or {}
    hidden = words.DOT if languages.get("is_enough") else None
    people, facility = (languages.get(name) or {"ky": hidden, "ru": hidden} for name in ("people", "facility"))
    remarks = [_("Void: left out of the figures")] if row.is_void else [words.flag_sentence(one) for one in row.flags]
    return [
        row.number, row.external_id, found.version.number, str(kind_of(found.version.kind).label),
        _("fewer than %(n)s", n=LEAST_PEOPLE) if row.is_small else found.people, *map(figure, PARTS),
        "; ".join(remarks), people.get("ky"), people.get("ru"), _short(facility.get("ky")), _short(facility.get("ru")),
        *(_short(languages.get(name)) for name in ("odds", "delta", "chi_squared", "chance")),
        languages.get("difference"),
    ]  # fmt: skip


def _short(value: Value) -> Value:
    """To as many places as are shown: the last digits of a figure of few people would tell how it came about."""
    return round(value, 3) if isinstance(value, float) else value


def _fill(sheet: Any, title: str, heads: Sequence[str], rows: Any, widths: Sequence[int]) -> None:
    sheet.title = title[:31]
    sheet.append(list(heads))
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="F1EEE8")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for line, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(line, column, _text(value) if isinstance(value, str) else getattr(value, "value", value))
            if isinstance(value, Number):
                cell.number_format = value.pattern
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(wrap_text=isinstance(cell.value, str), vertical="top")
            if isinstance(cell.value, float) and cell.number_format == "General":
                cell.number_format = "0.000"
    sheet.freeze_panes = "A2"


def _text(value: str) -> str:
    """A text that no program takes for a formula, here or when the table is saved as CSV and opened again."""
    return f"'{value}" if value[:1] in ("=", "+", "@", "\t", "\r") or (value[:1] == "-" and len(value) > 1) else value
