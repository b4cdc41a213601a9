"""The numbers that Word writes before paragraphs by itself (ISO/IEC 29500-1, 17.9), as far as questions use them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_RUSSIAN = "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЫЭЮЯ"  # as Word counts: without Ё, Й, Ъ, Ь
_HEADING = re.compile(r"heading|title|заголовок|название|toc", re.IGNORECASE)
_LEVELS = 9
_DEEPEST = 20  # styles that are based on each other


def _value(parent: Element | None, name: str, default: str = "") -> str:
    child = parent.find(f"{W}{name}") if parent is not None else None
    return child.get(f"{W}val", default) if child is not None else default


def _number(text: str, default: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else default


class Styles:
    """Styles: which are headings, which number their paragraphs, and how their letters are written."""

    def __init__(self, root: Element | None) -> None:
        self._styles = {} if root is None else {style.get(f"{W}styleId", ""): style for style in root.iter(f"{W}style")}

    def is_heading(self, style: str) -> bool:
        """Whether paragraphs of the style are headings rather than text."""
        found = self._styles.get(style)
        return bool(_HEADING.search(_value(found, "name", style) if found is not None else style))

    def letters(self, style: str, name: str) -> Element | None:
        """A property of the letters of a style (``vanish``), its own or of what it is based on."""
        for _ in range(_DEEPEST):
            found = self._styles.get(style)
            if found is None:
                break
            said = found.find(f"{W}rPr/{W}{name}")
            if said is not None:
                return said
            style = _value(found, "basedOn")
        return None

    def numbering_of(self, properties: Element | None, style: str) -> tuple[int, int]:
        """List and level of a paragraph: its own, else those of its style; list 0 is none."""
        own = properties.find(f"{W}numPr") if properties is not None else None
        level = _value(own, "ilvl")
        for _ in range(_DEEPEST):
            if own is not None and _value(own, "numId"):
                return _number(_value(own, "numId")), min(_number(level or _value(own, "ilvl")), _LEVELS - 1)
            found = self._styles.get(style)
            if found is None:
                break
            inner = found.find(f"{W}pPr")
            own = inner.find(f"{W}numPr") if inner is not None else None
            style = _value(found, "basedOn")
        return 0, 0


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
                _number(level.get(f"{W}ilvl", "")): _level(level) for level in one.iter(f"{W}lvl")
            }
            for one in root.iter(f"{W}abstractNum")
        }
        for one in root.iter(f"{W}num"):
            known = _value(one, "abstractNumId")
            found = _List(known, dict(abstract.get(known, {})))
            for override in one.iter(f"{W}lvlOverride"):
                index = _number(override.get(f"{W}ilvl", ""))
                inner = override.find(f"{W}lvl")
                if inner is not None:
                    found.levels[index] = _level(inner)
                if override.find(f"{W}startOverride") is not None:
                    found.starts[index] = _number(_value(override, "startOverride"), 1)
            self._lists[_number(one.get(f"{W}numId", ""))] = found

    def next(self, number_id: int, level: int) -> str:
        """What Word writes before the next paragraph of this list and level: ``3.``, ``Б)``; empty for none."""
        found = self._lists.get(number_id)
        if found is None or level not in found.levels:
            return ""
        counts = self._counts.setdefault(found.abstract, [0] * _LEVELS)
        if level in found.starts and (number_id, level) not in self._begun:
            self._begun.add((number_id, level))
            counts[level] = found.starts[level] - 1
        elif counts[level] == 0:
            counts[level] = found.levels[level].start - 1
        counts[level] += 1
        counts[level + 1 :] = [0] * (_LEVELS - level - 1)
        if found.levels[level].format in {"bullet", "none"}:
            return ""

        def written(match: re.Match[str]) -> str:
            index = int(match.group(1)) - 1
            inner = found.levels.get(index)
            return _written(counts[index] or (inner.start if inner else 1), inner.format if inner else "decimal")

        return re.sub(r"%([1-9])", written, found.levels[level].text[:40]).strip()


def _level(element: Element) -> _Level:
    return _Level(
        _value(element, "numFmt", "decimal"), _value(element, "lvlText"), _number(_value(element, "start", "1"), 1)
    )


def _written(count: int, number_format: str) -> str:
    letters = {"upperLetter": _LATIN, "lowerLetter": _LATIN.lower(), "russianUpper": _RUSSIAN,
               "russianLower": _RUSSIAN.lower()}.get(number_format)  # fmt: skip
    return str(count) if letters is None or not 1 <= count <= len(letters) else letters[count - 1]
