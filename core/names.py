"""Names and words as databases should search and sort them: neither SQLite nor PostgreSQL knows the Kyrgyz alphabet."""

from __future__ import annotations

import re
import unicodedata

KYRGYZ_ALPHABET = "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"
_WORD = re.compile(r"[^\W_]+")
# What dictionaries and page layout put into words and nobody types: soft hyphens, stress marks (with the two letters
# that Unicode has for a stressed vowel of Cyrillic). The marks of й and ё are part of their letters and stay.
_UNTYPED = {"\u00ad": "", "\u0300": "", "\u0301": "", "ѐ": "е", "ѝ": "и"}
_ORDER = {letter: f"{place:02}" for place, letter in enumerate(KYRGYZ_ALPHABET)}


def search_form(name: str) -> str:
    """A name as it is searched: casefolded, ё as е, single spaces (databases do not fold Kyrgyz letters).

    Soft hyphens and stress marks are left out.
    """
    folded = unicodedata.normalize("NFC", name).casefold().replace("ё", "е")
    for sign, meant in _UNTYPED.items():  # by far quicker than str.translate, which looks up every letter
        folded = folded.replace(sign, meant)
    return " ".join(folded.split())


def search_words(text: str) -> str:
    """The words of a text as they are searched, with single spaces: nothing is left that a database would take apart.

    A word is letters and digits only, folded as by :func:`search_form`: every database then has the same words.
    """
    return " ".join(_WORD.findall(search_form(text)))


def sort_form(name: str) -> str:
    """A name as it is sorted: by the 36 letters of the Kyrgyz alphabet, spaces first, other signs last."""
    letters = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    return "".join("!" if c == " " else _ORDER.get(c, f"~{c}") for c in letters)
