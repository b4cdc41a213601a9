"""What is wrong with a file, as a list to correct it by."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from core.i18n import gettext as _
from question_bank.exchange.drafts import Problem
from question_bank.exchange.sheet import escape
from question_bank.services.planned import Judged


def as_text(found: Judged) -> str:
    """Every fault and remark, a line each: place, id, column, what it is."""
    return "".join("\t".join(row) + "\n" for row in _rows(found))


def as_sheet(found: Judged) -> bytes:
    """The same as a workbook; what stands in a cell is text, whatever the file's own ids look like."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("faults")
    for row in _rows(found):
        cells = [WriteOnlyCell(sheet, value=escape(text)) for text in row]
        for cell in cells:
            cell.data_type = "s"
        sheet.append(cells)
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()


def _rows(found: Judged) -> Iterator[tuple[str, ...]]:
    yield _("Place"), _("Identifier"), _("Column"), _("Severity"), _("What is wrong")
    for problem in found.problems:
        severity = _("Fault") if problem.severity == "error" else _("Remark")
        message = " ".join(str(problem.message).split())
        yield place_of(problem), problem.external_id or "", problem.column or "", severity, message


def place_of(problem: Problem) -> str:
    """Where a problem is, in words: ``Row: 12``, ``Line: 40``, ``Question: 7`` or the file."""
    if problem.place is None:
        return _("The file")
    if problem.place_kind == "question":
        return _("Question: %(n)s", n=problem.place)
    return _("Row: %(n)s", n=problem.place) if problem.place_kind == "row" else _("Line: %(n)s", n=problem.place)
