"""The xlsx bank: one sheet `items`, a header row in English, one question a row.

``read`` never raises for what a file holds and ``write`` never writes a formula. The template is in ``template``.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import range_boundaries

from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import ItemDraft, Problem, Reading, check_draft
from question_bank.exchange.package import BROKEN_ZIP, Part, corrupt, inspect
from question_bank.exchange.reading import (
    NOTHING_GIVEN,
    STANDARD,
    Given,
    Limits,
    Unreadable,
    check_duplicates,
    file_problem,
    merge,
    reading,
    refused,
)
from question_bank.exchange.sheet import COLUMNS, FAULTS, REQUIRED, SHEET, draft_of, escape
from question_bank.exchange.sheet_cells import said, stands_out
from question_bank.exchange.sheet_keys import key_cells, key_fault
from question_bank.exchange.template import WIDTHS, write_template
from question_bank.kinds.base import letter

__all__ = ["read", "write", "write_template"]

# openpyxl tells of every drop-down and theme that it leaves out; to someone who imports questions that is noise.
warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\..*")

_WIDEST = 256  # columns that are looked at; the bank has 36
_MERGES_NAMED = 100
_NAMED = 20  # cells in a sentence

# What openpyxl and the parsers below it raise for parts that are broken, missing or contradict each other.
_BROKEN = (  # ParseError is a SyntaxError
    *BROKEN_ZIP, zipfile.LargeZipFile,
    LookupError, TypeError, AttributeError, ArithmeticError, SyntaxError, AssertionError,
)  # fmt: skip


def read(data: bytes, given: Given = NOTHING_GIVEN, *, limits: Limits = STANDARD) -> Reading:
    """Read a workbook's questions and everything that is wrong with them; places are the sheet's row numbers."""
    try:
        parts = inspect(data, limits)
        with closing(_open(data)) as workbook:
            sheet = _find_sheet(workbook)
            # The path in the package is private to openpyxl, and the only link to what `inspect` measured.
            return _read_sheet(sheet, parts[sheet._worksheet_path], limits)
    except Unreadable as refusal:
        return refused(refusal.problem)


def _open(data: bytes) -> Any:
    try:
        return load_workbook(BytesIO(data), read_only=True, keep_links=False, rich_text=True)
    except _BROKEN as error:
        raise corrupt() from error


def _whole(rows: Iterator[Any]) -> Iterator[Any]:
    """The rows that openpyxl parses as it goes, its complaints about a broken part turned into a refusal."""
    while True:
        try:
            row = next(rows, None)
        except _BROKEN as error:
            raise corrupt() from error
        if row is None:
            return
        yield row


def _find_sheet(workbook: Any) -> Any:
    for sheet in workbook.worksheets:
        if sheet.title.strip().lower() == SHEET:
            return sheet
    names = ", ".join(sheet.title for sheet in workbook.worksheets)
    raise Unreadable(
        "sheet_missing",
        _l(
            'The workbook has no sheet called "items". Rename the sheet with the questions. Sheets: %(names)s',
            names=names,
        ),
    )


def _read_sheet(sheet: Any, part: Part, limits: Limits) -> Reading:
    if part.last_used_row > limits.items + 1:
        raise Unreadable(
            "too_many_items",
            _l("The file holds too many questions. Split it into several. Limit: %(limit)s", limit=limits.items),
        )
    looking: list[str] = []
    rows = _used_rows(sheet, part, looking)
    header_row, header = next(rows, (0, {}))
    columns, problems = _columns(header, header_row)
    merged = _merged_ranges(part)
    drafts: list[ItemDraft] = []
    named: set[str] = set()
    for number, cells in rows:
        if not _is_question(cells, columns):
            continue
        draft, findings = _question(cells, columns, number)
        drafts.append(draft)
        problems += findings
        for reference, first, last in merged:
            if first <= number <= last:
                named.add(reference)
                problems.append(_merge_problem(reference, number, draft.external_id))
                break
    problems += (_merge_problem(reference, first, None) for reference, first, _ in merged if reference not in named)
    if not drafts:
        problems.append(file_problem("no_items", _l("There are no questions in the file.")))
    elif looking:
        message = _l(
            "Bold, slanted or underlined words of a cell become plain. Where they matter, write <b>…</b> with the word "
            "rich in the column text. Cells: %(cells)s",
            cells=", ".join(looking[:_NAMED]) + (" …" if looking[_NAMED:] else ""),
        )
        problems.append(file_problem("looks_left_out", message, severity="warning"))
    return reading(drafts, [*problems, *check_duplicates(drafts)], len(drafts))


_Cells = dict[int, tuple[str, str | None]]


def _used_rows(sheet: Any, part: Part, looking: list[str]) -> Iterator[tuple[int, _Cells]]:
    """Rows that hold anything: the row's number, and text and fault of each filled cell by column number.

    ``looking`` gets the names of the cells some of whose words are bold, slanted or underlined.
    """
    # Both bounds are ours: the size that the file claims for itself could hide rows, or make up a billion of them.
    rows = sheet.iter_rows(min_row=1, max_row=max(part.last_used_row, 1), max_col=_WIDEST)
    for number, row in enumerate(_whole(rows), start=1):
        filled = {column: cell for column, cell in enumerate(row, start=1) if cell.value is not None}
        cells = {column: found for column, cell in filled.items() if any(found := said(cell))}
        cells.update({at: ("", "letters_in_cell") for at in cells if (number, at) in part.raised})
        looking += (f"{get_column_letter(at)}{number}" for at, cell in filled.items() if stands_out(cell, part))
        if cells:
            yield number, cells


def _columns(header: _Cells, row: int) -> tuple[dict[int, str], list[Problem]]:
    """Names of the columns by number, and what is wrong with the header; Unreadable where columns are missing."""
    problems = _cell_problems(header, {}, row, None)
    names = {column: text.lower() for column, (text, _) in header.items() if text}
    missing = [name for name in REQUIRED if name not in names.values()]
    if missing:
        raise Unreadable(
            "columns_missing",
            _l(
                "Columns are missing in the header row. Take the names from the template. Missing: %(names)s",
                names=", ".join(missing),
            ),
        )
    known = {column: name for column, name in names.items() if name in COLUMNS}
    twice = sorted({name for name in known.values() if list(known.values()).count(name) > 1})
    if twice:
        message = _l("A column stands twice in the header row. Columns: %(names)s", names=", ".join(twice))
        raise Unreadable("columns_repeated", message)
    unknown = [text for text, _ in (header[column] for column in names if column not in known)]
    if unknown:
        message = _l("Columns that are not in the template are left out: %(names)s", names=", ".join(unknown[:10]))
        problems.append(file_problem("columns_unknown", message, severity="warning"))
    return known, problems


def _is_question(cells: _Cells, columns: Mapping[int, str]) -> bool:
    """A row with something in a column of the bank, or with a fault anywhere; notes beside the table are not."""
    return any(column in columns or fault for column, (_, fault) in cells.items())


def _question(cells: _Cells, columns: Mapping[int, str], row: int) -> tuple[ItemDraft, list[Problem]]:
    """The row's draft, and its problems: unreadable cells alone, else what is wrong with the texts."""
    texts = {name: cells.get(column, ("", None))[0] for column, name in columns.items()}
    draft, findings = draft_of(texts, row)
    external_id = draft.external_id or None
    unreadable = _cell_problems(cells, columns, row, external_id)
    if unreadable:
        return draft, unreadable
    fault = key_fault(texts)
    own = [Problem(row, "row", external_id, *fault)] if fault else []
    own += [Problem(row, "row", external_id, one.code, one.message, one.column, one.severity) for one in findings]
    return draft, merge(own, check_draft(draft))


def _cell_problems(cells: _Cells, columns: Mapping[int, str], row: int, external_id: str | None) -> list[Problem]:
    """One problem for each kind of fault in the row, naming every cell."""
    found: dict[str, list[int]] = {}
    for column, (_, fault) in cells.items():
        if fault:
            found.setdefault(fault, []).append(column)
    return [
        Problem(
            row,
            "row",
            external_id,
            fault,
            FAULTS[fault](", ".join(f"{get_column_letter(column)}{row}" for column in where)),
            columns.get(where[0]),
        )
        for fault, where in found.items()
    ]


def _merged_ranges(part: Part) -> list[tuple[str, int, int]]:
    """Merged ranges with their first and last row; more than a hundred refuse the file with one sentence."""
    if len(part.merged) > _MERGES_NAMED:
        raise Unreadable(
            "merged_cells", _l("The sheet is full of merged cells. Unmerge them: every question is one row.")
        )
    try:
        bounds = [(reference, range_boundaries(reference)) for reference in part.merged]
    except ValueError as error:
        raise corrupt() from error
    return [(reference, first or 1, last or part.last_used_row) for reference, (_, first, _, last) in bounds]


def _merge_problem(reference: str, row: int, external_id: str | None) -> Problem:
    message = _l("Merged cells: %(cells)s. Unmerge them: every question is one row.", cells=reference)
    return Problem(row, "row", external_id or None, "merged_cells", message)


def write(items: Iterable[ItemDraft]) -> bytes:
    """The questions as a workbook that ``read`` gives back unchanged; text is text even where it starts with ``=``."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(SHEET)
    sheet.freeze_panes = "B2"
    for index, name in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = WIDTHS[name]
    heading = Font(bold=True)
    wrapped = Alignment(wrap_text=True, vertical="top")
    sheet.append([_text_cell(sheet, name, font=heading) for name in COLUMNS])
    for item in items:
        row = _row(item)
        sheet.append(
            [
                item.difficulty if name == "difficulty" else _text_cell(sheet, row.get(name, ""), alignment=wrapped)
                for name in COLUMNS
            ]
        )
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()


def _row(item: ItemDraft) -> dict[str, str]:
    row = {
        "external_id": item.external_id,
        "subject_area": item.subject_area,
        "sub_topic": item.sub_topic,
        "stem_ky": item.stem_ky,
        "stem_ru": item.stem_ru,
        "source": item.source,
        "author": item.author,
        "enemies": ", ".join(item.enemies),
        **key_cells(item),
    }
    for index, option in enumerate(item.options):
        slot = letter(index).lower()
        row[f"option_{slot}_ky"], row[f"option_{slot}_ru"] = option.ky, option.ru
    return row


def _text_cell(sheet: Any, text: str, **style: object) -> Any:
    if not text:
        return None
    cell = WriteOnlyCell(sheet, value=escape(text))
    cell.data_type = "s"  # openpyxl takes text that starts with = for a formula
    cell.number_format = "@"
    if text[0] in "=+-@":
        cell.quotePrefix = True  # Excel keeps it text when the cell is edited, and so does a copy to CSV
    for name, value in style.items():
        setattr(cell, name, value)
    return cell
