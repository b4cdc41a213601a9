"""Whether two options of a question say the same, or one more than the other; plain texts; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from core.names import search_form

SHORT = 12  # letters up to which every sign of an option counts: C, C++, [a; b]
UNIT = 3  # letters of a word whose capitals count beside a number: мВт, МВт

_DASH = re.compile("[\u2010-\u2015\u2212]")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)")
_EDGE = re.compile(r"^[\s«»“”„\"]+|[\s«»“”„\".;,:]+$")
_PAUSES = ".,;:()"
_MATH = "<>=≤≥≠≈√±+×·÷*/^%‰°∞∈∉"
#: Dates and the like as they stand, numbers with a sign that is theirs, words, signs.
_TOKEN = re.compile(r"\d+(?:[.,]\d+){2,}|(?<![\w)\]%])(?:-\s?)?\d+(?:[.,]\d+)?|\d+(?:[.,]\d+)?|\w+|[^\w\s«»“”„\"]")
_DENIES = frozenset({"не", "нет", "без", "минус", "эмес", "жок"})  # what has one more says the contrary
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


def tokens(option: str) -> list[str]:
    """What an option says, in parts: words folded, numbers as numbers (``1,50`` as ``1.5``), signs that mean something.

    In an option that is short, or has a number in it, every sign means something; elsewhere those of mathematics do.
    """
    text = _DASH.sub("-", _EDGE.sub("", unicodedata.normalize("NFC", option)))
    text = _THOUSANDS.sub(lambda found: re.sub(r"\s", "", found[0]), text)
    has_number = any(sign.isdigit() for sign in text)
    is_exact = has_number or len(text) <= SHORT
    found = []
    for token in _TOKEN.findall(text):
        if (number := token.replace(" ", "")) and _NUMBER.fullmatch(number):
            found.append(_number(number))
        elif token[0].isalnum() or token[0] == "_":
            found.append(token if has_number and len(token) <= UNIT else search_form(token))
        elif token in _MATH or is_exact:
            found.append(token)
    return found


def holds(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the words of one stand in a row in the other, which has only words besides.

    A number or a sign more says something else: 1 and 1,5, x and x > 5, 3 years and 3 years 6 months; so does a
    negation: less than 5, not less than 5.
    """
    short, long = sorted((list(one), list(other)), key=len)
    for start in range(len(long) - len(short) + 1) if short else ():
        rest = long[:start] + long[start + len(short) :]
        if (
            long[start : start + len(short)] == short
            and _DENIES.isdisjoint(rest)
            and all(_is_word(one) or one in _PAUSES for one in rest)
        ):
            return True
    return False


def _is_word(token: str) -> bool:
    return any(sign.isalpha() for sign in token)


def _number(token: str) -> str:
    """A number in one way of writing. A nought after a point is kept: 5.10 may be a paragraph beside 5.1."""
    sign, digits = ("-", token[1:]) if token.startswith("-") else ("", token)
    whole, mark, part = digits.replace(",", ".").partition(".")
    part = part.rstrip("0") if "," in digits else part
    return f"{sign}{whole.lstrip('0') or '0'}{mark if part else ''}{part}"
