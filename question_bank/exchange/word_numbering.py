"""The numbers that Word writes before paragraphs by itself (ISO/IEC 29500-1, 17.9), as far as questions use them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree.ElementTree import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_RUSSIAN = "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЫЭЮЯ"  # as Word counts: without Ё, Й, Ъ, Ь
_ROMAN = (("M", 1000), ("CM", 900), ("D", 500), ("CD", 400), ("C", 100), ("XC", 90), ("L", 50), ("XL", 40), ("X", 10),
          ("IX", 9), ("V", 5), ("IV", 4), ("I", 1))  # fmt: skip
LEVELS = 9


class Number(NamedTuple):
    """What Word writes before a paragraph; ``read``: the same for telling questions and options, Roman as digits."""

    shown: str
    read: str


def value(parent: Element | None, name: str, default: str = "") -> str:
    child = parent.find(f"{W}{name}") if parent is not None else None
    return child.get(f"{W}val", default) if child is not None else default


def number(text: str, default: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else default


@dataclass
class _Level:
    format: str = "decimal"
    text: str = ""
    start: int = 1


@dataclass
class _List:
    abstract: str
    levels: dict[int, _Level] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)  # by which this list begins anew


class Numbering:
    """Counts the paragraphs of all lists of a document, in their order."""

    def __init__(self, root: Element | None) -> None:
        self._lists: dict[int, _List] = {}
        self._counts: dict[str, list[int]] = {}
        self._begun: set[tuple[int, int]] = set()
        if root is None:
            return
        abstract = {
            one.get(f"{W}abstractNumId", ""): {
                number(level.get(f"{W}ilvl", "")): _level(level) for level in one.iter(f"{W}lvl")
            }
            for one in root.iter(f"{W}abstractNum")
        }
        for one in root.iter(f"{W}num"):
            known = value(one, "abstractNumId")
            found = _List(known, dict(abstract.get(known, {})))
            for override in one.iter(f"{W}lvlOverride"):
                index = number(override.get(f"{W}ilvl", ""))
                inner = override.find(f"{W}lvl")
                if inner is not None:
                    found.levels[index] = _level(inner)
                if override.find(f"{W}startOverride") is not None:
                    found.starts[index] = number(value(override, "startOverride"), 1)
            self._lists[number(one.get(f"{W}numId", ""))] = found

    def is_bullet(self, number_id: int, level: int) -> bool:
        """Whether Word writes a dot or a dash before the paragraphs of this list and level."""
        found = self._lists.get(number_id)
        return found is not None and level in found.levels and found.levels[level].format == "bullet"

    def next(self, number_id: int, level: int) -> Number:
        """The number of the next paragraph of this list and level: ``3.``, ``Б)``; empty for none."""
        found = self._lists.get(number_id)
        if found is None or level not in found.levels:
            return Number("", "")
        counts = self._counts.setdefault(found.abstract, [0] * LEVELS)
        if level in found.starts and (number_id, level) not in self._begun:
            self._begun.add((number_id, level))
            counts[level] = found.starts[level] - 1
        elif counts[level] == 0:
            counts[level] = found.levels[level].start - 1
        counts[level] += 1
        counts[level + 1 :] = [0] * (LEVELS - level - 1)
        if found.levels[level].format in {"bullet", "none"}:
            return Number("", "")

        def written(match: re.Match[str]) -> str:
            index = int(match.group(1)) - 1
            inner = found.levels.get(index)
            return _written(counts[index] or (inner.start if inner else 1), inner.format if inner else "decimal")

        def roman(match: re.Match[str]) -> str:
            inner, count = found.levels.get(int(match.group(1)) - 1), written(match)
            return _roman(count, inner.format) if inner else count

        text = found.levels[level].text[:40]
        return Number(*(re.sub(r"%([1-9])", way, text).strip() for way in (roman, written)))


def _level(element: Element) -> _Level:
    return _Level(
        value(element, "numFmt", "decimal"), value(element, "lvlText"), number(value(element, "start", "1"), 1)
    )


def _written(count: int, number_format: str) -> str:
    letters = {"upperLetter": _LATIN, "lowerLetter": _LATIN.lower(), "russianUpper": _RUSSIAN,
               "russianLower": _RUSSIAN.lower()}.get(number_format)  # fmt: skip
    return str(count) if letters is None or not 1 <= count <= len(letters) else letters[count - 1]


def _roman(count: str, number_format: str) -> str:
    if number_format not in {"upperRoman", "lowerRoman"} or not count.isdigit() or not 0 < int(count) < 4000:
        return count
    rest, signs = int(count), ""
    for sign, worth in _ROMAN:
        signs += sign * (rest // worth)
        rest %= worth
    return signs if number_format == "upperRoman" else signs.lower()
