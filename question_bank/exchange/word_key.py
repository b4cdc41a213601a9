"""The answer key at the end of a document: a table or lines of numbers and letters."""

from __future__ import annotations

import re

from question_bank.exchange.lettered import LETTER, letters
from question_bank.exchange.word_lines import Table

_NUMBER = re.compile(r"(?:№\s*)?([0-9]{1,4})\s*[.)]?")
_LETTERS = re.compile(rf"{LETTER}(?:\s*[,;/]?\s*{LETTER}){{0,5}}[.)]?")
_HEADER = re.compile(r"[^0-9]{0,40}")
_PAIR = re.compile(rf"\b([0-9]{{1,4}})\s*[-–—.:)=]*\s*({LETTER})(?![^\W_])")
_BETWEEN = re.compile(r"[\s,;.)]*")
_HEADING = re.compile(r"\s*(?:туура\s+)?(?:жооп\w*|ачкыч\w*|ответ\w*|ключ\w*|answers?|key)\s*[:.]?", re.IGNORECASE)


def of_table(table: Table) -> dict[int, list[str]]:
    """The letters by the numbers of the questions; empty where the table is no key.

    Every cell is a number, letters, empty, or a heading in the first row or column; the letters stand right of their
    number or below it.
    """
    grid = [["\n".join(line.number + line.text for line in cell).strip() for cell in row] for row in table.rows]
    found: dict[int, list[str]] = {}
    for y, row in enumerate(grid):
        for x, text in enumerate(row):
            number = _NUMBER.fullmatch(text)
            if number is None:
                if not (not text or _LETTERS.fullmatch(text) or (not (x and y) and _HEADER.fullmatch(text))):
                    return {}
                continue
            right = row[x + 1] if x + 1 < len(row) else ""
            below = grid[y + 1][x] if y + 1 < len(grid) and x < len(grid[y + 1]) else ""
            for beside in (right, below):
                if _LETTERS.fullmatch(beside):
                    found.setdefault(int(number.group(1)), letters(beside))
                    break
    return found


def of_line(text: str, *, in_key: bool = False) -> dict[int, list[str]]:
    """The same of a line like ``Жооптор: 1-А, 2-Б, 3-В``; empty where it is no such line.

    One number alone is a key after a heading only: in its line, or before it (``in_key``).
    """
    heading = _HEADING.match(text)
    rest = text[heading.end() :] if heading else text
    pairs = _PAIR.findall(rest)
    if len(pairs) < (1 if heading or in_key else 2) or not _BETWEEN.fullmatch(_PAIR.sub("", rest)):
        return {}
    return {int(number): [letter] for number, letter in pairs}


def is_heading(text: str) -> bool:
    """Whether a line only announces the key."""
    return _HEADING.fullmatch(text) is not None
