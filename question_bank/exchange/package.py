"""An xlsx file is a zip of XML parts from a stranger: what it holds is measured before anything parses it.

Refused here: files that are no workbook, old .xls and encrypted workbooks, packages that unpack to far more than a
question bank needs (by what the directory says, and again by what really comes out), document type declarations
(entity bombs, external entities), and row numbers made to keep a reader busy.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from xml.parsers import expat

from core.i18n import lazy_gettext as _l
from question_bank.exchange.archive import BROKEN_ZIP, Refusals, check_directory, check_size, unpacked
from question_bank.exchange.reading import Limits, Unreadable

__all__ = ["BROKEN_ZIP", "Part", "corrupt", "inspect"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # compound file: .xls, or an xlsx with a password
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_CONTENT_TYPES = "[Content_Types].xml"
_BIG_PARTS = frozenset({"worksheet", "sst"})
_SMALL_PART_ELEMENTS = 100_000
_RAISED = frozenset({"vertAlign", "strike"})
_MANNERS = _RAISED | {"b", "i", "u"}  # of the runs of a text: a sheet has these elements nowhere else
_OFF = frozenset({"0", "false", "none", "baseline"})
_VALUE_ELEMENTS = frozenset({"v", "is", "f"})


@dataclass
class Part:
    """What one XML part holds: its merged ranges (``A1:B2``), and the last row that has a value.

    ``raised`` and ``standing`` are cells (row, column) whose texts stand in the sheet itself, in runs of which one is
    superscript, subscript or struck out, or bold, slanted or underlined: openpyxl reads such runs as plain text.
    """

    root: str = ""
    elements: int = 0
    merged: list[str] = field(default_factory=list)
    row: int = 0
    last_used_row: int = 0
    column: int = 0
    raised: set[tuple[int, int]] = field(default_factory=set)
    standing: set[tuple[int, int]] = field(default_factory=set)


def inspect(data: bytes, limits: Limits) -> dict[str, Part]:
    """Measure every part of the package, by its name; raises Unreadable where the file must not be parsed."""
    _check_kind(data, limits)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            check_directory(archive, limits, len(data), limits.entries, _REFUSALS)
            if _CONTENT_TYPES not in archive.namelist():
                raise _not_xlsx()
            left = limits.expanded_bytes
            parts: dict[str, Part] = {}
            for entry in archive.infolist():
                part, size = _read_part(archive, entry, left, limits)
                left -= size
                parts[entry.filename] = part
    except BROKEN_ZIP as error:
        raise corrupt() from error
    return parts


def corrupt() -> Unreadable:
    """The refusal of a workbook that is damaged."""
    return Unreadable(
        "corrupt_file",
        _l(
            "The workbook is damaged and cannot be read. Open it in Excel, save it again as .xlsx and import that file."
        ),
    )


def _check_kind(data: bytes, limits: Limits) -> None:
    check_size(data, limits)
    if data.startswith(_OLE):
        if _ENCRYPTED_STREAM in data:
            raise _encrypted()
        raise Unreadable(
            "old_xls", _l("This is an old Excel file (.xls). Open it in Excel, save it as .xlsx and import that file.")
        )
    if not data.startswith(b"PK"):
        raise _not_xlsx()


def _read_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, limits: Limits) -> tuple[Part, int]:
    """Unpack one part to nowhere, counting its bytes and looking at its XML."""
    part = Part()
    parser: expat.XMLParserType | None = _parser(part, limits)
    size = 0
    for chunk in unpacked(archive, entry, left, _REFUSALS):
        size += len(chunk)
        if parser is not None:
            try:
                parser.Parse(chunk)
            except expat.ExpatError:
                parser = None  # a picture, or broken XML that the workbook reader will stumble over
    return part, size


def _parser(part: Part, limits: Limits) -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def doctype(*_: object) -> None:
        raise Unreadable(
            "xml_doctype",
            _l("The workbook holds XML that Excel never writes (DOCTYPE). It was not opened: save it in Excel again."),
        )

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        part.elements += 1
        if part.elements == 1:
            part.root = local
        if part.elements > (limits.elements if part.root in _BIG_PARTS else _SMALL_PART_ELEMENTS):
            raise _bomb()
        if part.root != "worksheet":
            return
        if local == "row":
            _next_row(part, attributes.get("r"))
        elif local == "c":
            part.column = _column(attributes.get("r", ""), part.column)
        elif local in _MANNERS and attributes.get("val") not in _OFF:
            (part.raised if local in _RAISED else part.standing).add((part.row, part.column))
        elif local in _VALUE_ELEMENTS:
            part.last_used_row = part.row
        elif local == "mergeCell":
            part.merged.append(attributes.get("ref", ""))

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    return parser


def _next_row(part: Part, number: str | None) -> None:
    """Row numbers rise: a reader would drop a row that comes late, without a word."""
    row = part.row + 1 if number is None else int(number)
    if row <= part.row:
        raise corrupt()
    part.row, part.column = row, 0


def _column(reference: str, before: int) -> int:
    """The number of the column of a cell (``C7``); the next one where the cell does not say it."""
    number = 0
    for sign in reference[:3].upper():
        if not "A" <= sign <= "Z":
            break
        number = number * 26 + ord(sign) - 64
    return number or before + 1


def _bomb() -> Unreadable:
    return Unreadable(
        "zip_bomb",
        _l(
            "The workbook unpacks to far more data than a question bank needs. It was not opened: "
            "copy the questions into a new template."
        ),
    )


def _encrypted() -> Unreadable:
    return Unreadable(
        "encrypted_file",
        _l("The workbook is protected with a password. Save it without the password and import that file."),
    )


def _not_xlsx() -> Unreadable:
    return Unreadable(
        "not_xlsx",
        _l("This is not an Excel workbook. Open it in Excel or LibreOffice, save it as .xlsx and import that file."),
    )


_REFUSALS = Refusals(corrupt, _bomb, _encrypted)
