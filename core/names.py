"""Names of people as databases should search and sort them: neither SQLite nor PostgreSQL knows the Kyrgyz alphabet."""

from __future__ import annotations

import unicodedata

KYRGYZ_ALPHABET = "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"
_ORDER = {letter: f"{place:02}" for place, letter in enumerate(KYRGYZ_ALPHABET)}


def search_form(name: str) -> str:
    """A name as it is searched: casefolded, ё as е, single spaces (databases do not fold Kyrgyz letters)."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().replace("ё", "е").split())


def sort_form(name: str) -> str:
    """A name as it is sorted: by the 36 letters of the Kyrgyz alphabet, spaces first, other signs last."""
    letters = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    return "".join("!" if c == " " else _ORDER.get(c, f"~{c}") for c in letters)
