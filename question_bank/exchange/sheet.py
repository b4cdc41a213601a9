"""The sheet `items`: its columns, and how a cell becomes text and text becomes a cell."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping

from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import LANGUAGES, ItemDraft
from question_bank.exchange.markings import cleaned
from question_bank.exchange.reading import Finding, clean_text
from question_bank.exchange.sheet_keys import KIND_COLUMNS, RICH, key_said, kind_said, texts_said
from question_bank.kinds.base import LETTERS, text_column

SHEET = "items"
OPTION_COLUMNS = tuple(
    text_column("option", index, language) for language in LANGUAGES for index in range(len(LETTERS))
)
COLUMNS = (
    "external_id", "subject_area", "sub_topic", "difficulty", "stem_ky", "stem_ru",
    *OPTION_COLUMNS,
    "correct", "source", "author", "enemies", *KIND_COLUMNS,
)  # fmt: skip
REQUIRED = tuple(name for name in COLUMNS if name not in KIND_COLUMNS)

# Why a cell is not text: the sentence for the cells that it holds of.
FAULTS: dict[str, Callable[[str], object]] = {
    "formula": lambda cells: _l(
        "Formulas are not taken. Replace them by their values (Paste special, Values). Cells: %(cells)s", cells=cells
    ),
    "date_in_cell": lambda cells: _l(
        "Dates and times are not taken. Format the cell as text and type it again. Cells: %(cells)s", cells=cells
    ),
    "error_in_cell": lambda cells: _l("Excel shows an error here. Correct it. Cells: %(cells)s", cells=cells),
    "boolean_in_cell": lambda cells: _l(
        "TRUE and FALSE are not taken as logical values. Format the cell as text and type it again. Cells: %(cells)s",
        cells=cells,
    ),
    "number_format": lambda cells: _l(
        "Excel shows this number in a format of its own (percent, currency, leading zeros …), which is not its value. "
        "Write it as text, as it is to be read. Cells: %(cells)s",
        cells=cells,
    ),
    "letters_in_cell": lambda cells: _l(
        "Letters here are superscript, subscript or struck out, which the cell's text does not say. Write "
        "H<sub>2</sub>O with the word rich in the column text, or take the format away. Cells: %(cells)s",
        cells=cells,
    ),
    "number_in_cell": lambda cells: _l(
        "This number cannot be read as text. Format the cell as text and type it again. Cells: %(cells)s", cells=cells
    ),
}

# Excel writes a few characters, and underscores that would look like them, as _xHHHH_ (ECMA-376 part 1, 22.9.2.19).
_ESCAPED = re.compile(r"_x005F_|_x(000D|000A|0009)_", re.IGNORECASE)
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_AS_IT_IS = {"General", "@", "0"}  # formats that show a number's own digits; "0" those of a whole one
_ID_SEPARATORS = re.compile(r"[\s,;]+")


def text_of(value: object, data_type: str, shown_as: str = "General") -> tuple[str, str | None]:
    """A cell's text, cleaned; or, second, the name of what it holds instead (a key of ``FAULTS``).

    ``shown_as`` is the cell's number format. A number becomes the digits that Excel shows: 5 and 5.0 are the text
    ``5``.
    """
    if data_type == "f":
        return "", "formula"
    if data_type == "e":
        return "", "error_in_cell"
    if data_type == "d" or isinstance(value, dt.date | dt.time | dt.timedelta):
        return "", "date_in_cell"
    match value:
        case None:
            return "", None
        case bool():
            return "", "boolean_in_cell"
        case int() | float() if shown_as not in _AS_IT_IS or (
            shown_as == "0" and isinstance(value, float) and not value.is_integer()
        ):
            return "", "number_format"
        case int():
            return str(value), None
        case float():
            if value.is_integer() and abs(value) < 1e15:
                return str(int(value)), None
            shown = f"{value:.15g}"
            return (shown, None) if re.fullmatch(r"-?\d+\.\d+", shown) else ("", "number_in_cell")
        case _:
            return clean_text(_ESCAPED.sub(_unescape, str(value))), None


def escape(text: str) -> str:
    """Text as it must stand in a cell for Excel, and for ``text_of``, to show exactly that text."""
    return _LOOKS_ESCAPED.sub("_x005F_", text)


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match.group(1), 16)) if match.group(1) else "_"


def draft_of(row: Mapping[str, str], place: int) -> tuple[ItemDraft, list[Finding]]:
    """The draft that a row's texts make, whatever is wrong with them; ``check_draft`` and ``key_fault`` judge it.

    The findings are of its HTML: what of it is not kept.
    """
    options = texts_said(row, "option")
    difficulty = row["difficulty"]
    draft = ItemDraft(
        external_id=row["external_id"],
        subject_area=row["subject_area"],
        sub_topic=row["sub_topic"],
        difficulty=int(difficulty) if re.fullmatch(r"[0-9]{1,3}", difficulty) else 0,
        stem_ky=row["stem_ky"],
        stem_ru=row["stem_ru"],
        options=options,
        targets=texts_said(row, "target"),
        key=key_said(row, len(options)),
        is_partial=row.get("partial", "").strip().lower() == "yes",
        kind=kind_said(row),
        source=row["source"],
        author=row["author"],
        enemies=tuple(dict.fromkeys(enemy for enemy in _ID_SEPARATORS.split(row["enemies"]) if enemy)),
        place=place,
        place_kind="row",
    )
    return cleaned(draft) if row.get("text", "").strip().lower() == RICH else (draft, [])
