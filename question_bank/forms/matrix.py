"""The matrix of a blueprint: subject areas by difficulty, as a page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.i18n import current_language
from question_bank import rules
from question_bank.assembly.plan import Cell
from question_bank.assembly.stock import Stock
from question_bank.models import Blueprint, SubjectArea

LEVELS = {str(difficulty): difficulty for difficulty in rules.DIFFICULTIES}
DIGITS = 9  # of a count, leading noughts with it: what is longer is no number that anybody typed


class Matrix:
    """The cells of a blueprint as a page shows them: texts as typed, rows in order, faults by cell.

    A row is ``law`` (the whole area) or ``law/documents``; an input is called ``cell-<row>-<difficulty>``.
    """

    def __init__(self, areas: Sequence[SubjectArea], texts: Mapping[tuple[str, int], str], rows: Sequence[str]) -> None:
        self.areas, self.texts = areas, dict(texts)
        self.rows = set(rows) | {row for (row, _difficulty), text in texts.items() if text and "/" in row}
        self.faults = {place for place, text in self.texts.items() if text and not self._is_count(text)}

    @classmethod
    def typed(cls, areas: Sequence[SubjectArea], form: Mapping[str, str], rows: Sequence[str]) -> Matrix:
        """What came with a request."""
        texts = {}
        for name, text in form.items():
            kind, _dash, place = name.partition("-")
            row, _dash, difficulty = place.rpartition("-")
            if kind == "cell" and difficulty in LEVELS:
                texts[row, LEVELS[difficulty]] = text.strip()
        return cls(areas, texts, rows)

    @classmethod
    def of(cls, areas: Sequence[SubjectArea], blueprint: Blueprint) -> Matrix:
        """What a blueprint holds."""
        cells = [cell.as_cell() for cell in blueprint.cells]
        return cls(areas, {(_row_of(cell), cell.difficulty): str(cell.count) for cell in cells}, [])

    @staticmethod
    def _is_count(text: str) -> bool:
        return len(text) <= DIGITS and text.isdecimal() and text.isascii() and int(text) <= 999

    def cells(self) -> list[Cell]:
        """Cells with a count, in the order of the page; faulty ones are left out."""
        found = []
        for row, _name, _is_topic in self.lines():
            area, _slash, topic = row.partition("/")
            for difficulty in rules.DIFFICULTIES:
                text = self.texts.get((row, difficulty), "")
                if self._is_count(text) and int(text):
                    found.append(Cell(area, difficulty, int(text), topic or None))
        return found

    def lines(self) -> list[tuple[str, str, bool]]:
        """Rows of the page: name of the inputs, name for the person, whether it is a sub-topic."""
        language, found = current_language(), []
        for area in self.areas:
            has_cells = any(row == area.code and text for (row, _d), text in self.texts.items())
            if area.is_active or has_cells:
                found.append((area.code, area.name(language), False))
            for topic in area.sub_topics:
                row = f"{area.code}/{topic.code}"
                if row in self.rows:
                    found.append((row, topic.name(language), True))
        return found

    def row_total(self, row: str) -> int:
        """Items of a row."""
        return sum(cell.count for cell in self.cells() if _row_of(cell) == row)

    def column_total(self, difficulty: int) -> int:
        """Items of a difficulty."""
        return sum(cell.count for cell in self.cells() if cell.difficulty == difficulty)

    @property
    def total(self) -> int:
        """Items of a form."""
        return sum(cell.count for cell in self.cells())


def counts_by_row(stock: Stock) -> dict[str, dict[int, int]]:
    """What the page counts with while somebody types: by ``row-difficulty``, items by the forms that hold them."""
    return {
        f"{area}/{topic}-{level}" if topic else f"{area}-{level}": dict(counts)
        for (area, topic, level), counts in stock.by_forms.items()
    }


def _row_of(cell: Cell) -> str:
    return f"{cell.area}/{cell.sub_topic}" if cell.sub_topic else cell.area
