"""The sheet of candidates: reading rows as text, and what is wrong with the file itself.

The safety checks of the package and the reading of cells are those of the question bank's exchange.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from core.i18n import lazy_gettext as _l
from question_bank.exchange.package import BROKEN_ZIP, Part, corrupt, inspect
from question_bank.exchange.reading import Limits, Unreadable
from question_bank.exchange.sheet import FAULTS, text_of

SHEET = "candidates"
COLUMNS = (
    "surname", "given_name", "patronymic", "personal_number", "email", "phone", "language", "competition", "centre",
    "sitting",
)  # fmt: skip
LIMITS = Limits(file_bytes=4 * 2**20, expanded_bytes=16 * 2**20, entries=200, elements=400_000, items=2_000)
_BROKEN = (*BROKEN_ZIP, LookupError, TypeError, AttributeError, ArithmeticError, SyntaxError, AssertionError)
_WIDEST, _MERGES_NAMED = 64, 20


@dataclass(frozen=True)
class Finding:
    """Why a row, or the file (``row`` None), is refused: a stable code and a sentence."""

    row: int | None
    column: str | None
    code: str
    message: object


@dataclass(frozen=True)
class Row:
    """One row as text, by column; ``number`` is the sheet's."""

    number: int
    texts: dict[str, str]


def read(data: bytes) -> tuple[list[Row], list[Finding]]:
    """Rows of a workbook and what is wrong with it as a file; never raises for what a file holds."""
    from openpyxl import load_workbook

    try:
        parts = inspect(data, LIMITS)
        try:
            with closing(load_workbook(BytesIO(data), read_only=True, keep_links=False)) as workbook:
                sheets: list[Any] = workbook.worksheets
                sheet = next((one for one in sheets if one.title.strip().lower() == SHEET), sheets[0])
                return _read_sheet(sheet, parts[sheet._worksheet_path])
        except _BROKEN as error:
            raise corrupt() from error
    except Unreadable as refusal:
        code = refusal.problem.code
        return [], [Finding(None, None, code, _SENTENCES.get(code, refusal.problem.message))]


# Sentences of the question bank's reader that speak of questions.
_SENTENCES = {
    "zip_bomb": _l(
        "The workbook unpacks to far more data than a list of candidates needs. It was not opened: "
        "copy the rows into a new template."
    ),
}


def _read_sheet(sheet: Any, part: Part) -> tuple[list[Row], list[Finding]]:
    from openpyxl.utils import get_column_letter

    if part.last_used_row > LIMITS.items + 1:
        message = _l("The file holds too many rows. Split it into several. Limit: %(limit)s", limit=LIMITS.items)
        raise Unreadable("too_many_rows", message)
    sheet.reset_dimensions()
    cells = _cells(sheet, part.last_used_row)
    _number, header = next(cells, (0, {}))
    columns = _columns({column: text.lower() for column, (text, _fault) in header.items()})
    findings = [_merge(reference, first) for reference, first in _merged(part)]
    rows = []
    for number, found in cells:
        if not any(column in columns for column in found):
            continue
        rows.append(Row(number, {name: found.get(column, ("", None))[0] for column, name in columns.items()}))
        for column, (_text, fault) in found.items():
            if fault:
                where = f"{get_column_letter(column)}{number}"
                findings.append(Finding(number, columns.get(column), fault, FAULTS[fault](where)))
    if not rows:
        findings.append(Finding(None, None, "no_rows", _l("There are no candidates in the file.")))
    return rows, findings


def _cells(sheet: Any, last: int) -> Iterator[tuple[int, dict[int, tuple[str, str | None]]]]:
    for number, row in enumerate(sheet.iter_rows(min_row=1, max_row=max(last, 1), max_col=_WIDEST), start=1):
        texts = {n: text_of(cell.value, cell.data_type) for n, cell in enumerate(row, 1) if cell.value is not None}
        cells = {n: found for n, found in texts.items() if any(found)}
        if cells:
            yield number, cells


def _columns(names: dict[int, str]) -> dict[int, str]:
    missing = [name for name in COLUMNS if name not in names.values()]
    if missing:
        message = _l(
            "Columns are missing in the header row. Take the names from the template. Missing: %(names)s",
            names=", ".join(missing),
        )
        raise Unreadable("columns_missing", message)
    known = {column: name for column, name in names.items() if name in COLUMNS}
    twice = sorted(name for name, n in Counter(known.values()).items() if n > 1)
    if twice:
        message = _l("A column stands twice in the header row. Columns: %(names)s", names=", ".join(twice))
        raise Unreadable("columns_repeated", message)
    return known


def _merged(part: Part) -> list[tuple[str, int]]:
    from openpyxl.utils.cell import range_boundaries

    if len(part.merged) > _MERGES_NAMED:
        message = _l("The sheet is full of merged cells. Unmerge them: every person is one row.")
        raise Unreadable("merged_cells", message)
    return [(reference, range_boundaries(reference)[1] or 1) for reference in part.merged]


def _merge(reference: str, row: int) -> Finding:
    message = _l("Merged cells: %(cells)s. Unmerge them: every person is one row.", cells=reference)
    return Finding(row, None, "merged_cells", message)
