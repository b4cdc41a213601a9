"""What a cell of a workbook says: its text, or why it has none; and what of its look its text does not say."""

from __future__ import annotations

from typing import Any

from openpyxl.cell.rich_text import CellRichText, TextBlock

from question_bank.exchange.package import Part
from question_bank.exchange.sheet import text_of

_SMALL = {"superscript", "subscript"}
_NO_STYLE = (LookupError, TypeError)  # a cell names a style that the workbook does not have, or no number


def said(cell: Any) -> tuple[str, str | None]:
    """Text and fault of a filled cell."""
    value = cell.value
    whole = _font(cell)
    if whole is not None and (whole.strike or whole.vertAlign in _SMALL):
        return "", "letters_in_cell"
    if isinstance(value, CellRichText):
        fonts = [part.font for part in value if isinstance(part, TextBlock)]
        if any(font.strike or font.vertAlign in _SMALL for font in fonts):
            return "", "letters_in_cell"
        return text_of(str(value), "s")
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return text_of(value, cell.data_type, cell.number_format)
        except _NO_STYLE:
            return "", "number_format"
    return text_of(value, cell.data_type)


def stands_out(cell: Any, part: Part) -> bool:
    """Whether words of a cell stand out from its others: bold, slanted or underlined, which its text does not say."""
    if not isinstance(cell.value, CellRichText):
        return bool(part.standing) and cell.value is not None and (cell.row, cell.column) in part.standing
    fonts = [part.font for part in cell.value if isinstance(part, TextBlock) and part.text.strip()]
    plain = any(isinstance(part, str) and part.strip() for part in cell.value)
    manners = {(bool(font.b), bool(font.i), font.u not in (None, "none")) for font in fonts}
    return len(manners | ({(False, False, False)} if plain else set())) > 1


def _font(cell: Any) -> Any:
    """The font of a whole cell; None for the usual one, and for a style that the workbook does not have."""
    try:
        return cell.font if cell.has_style else None
    except _NO_STYLE:
        return None
