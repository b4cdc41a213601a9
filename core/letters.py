"""Texts as they look: signs that nobody sees, letters of two alphabets that look the same; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

#: Signs that turn what follows them round, so that a text is not read as it is stored (Unicode Standard Annex 9):
#: embeddings, overrides and isolates, and the marks of Arabic and Hebrew (after U+200F, ``5 − 3`` is ``3 − 5``).
#: U+200E stands for a letter of our own direction: it turns nothing.
TURNING = re.compile("[\u061c\u200f\u202a-\u202e\u2066-\u2069]")
# Not of the category Cf, and still without a look of their own: joiners, fillers, selectors of variants.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_CYRILLIC = "АВЕЁЅІЇЈКМНОӨРСТҮХаеёѕіїјоөрсухӕ"
_LATIN = "ABEËSIÏJKMHOƟPCTYXaeësiïjoɵpcyxæ"
_LOOK = {ord(cyrillic): latin for cyrillic, latin in zip(_CYRILLIC, _LATIN, strict=True)}
_CYRILLIC_OF = {ord(latin): cyrillic for cyrillic, latin in zip(_CYRILLIC, _LATIN, strict=True)}
# Roman numbers that are one sign look like letters, too: Ⅳ
_SEEN_AS = _LOOK | {sign: unicodedata.normalize("NFKC", chr(sign)) for sign in range(0x2160, 0x2180)}
_LIKE_LATIN, _LIKE_CYRILLIC = frozenset(map(chr, _LOOK)), frozenset(_LOOK.values())
# Letters alone: digits end a word, those above and below the line and fractions too (Н₂О, х²).
_WORD = re.compile(r"[^\W\d_\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209f\u2150-\u215f\u2460-\u24ff]+")
_ENDED = re.compile(r"([A-Za-z]+)([а-яёңөү]+)")
# What by far the most texts have none of: signs without a look, letters of two alphabets side by side.
_HIDDEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_SIDE_BY_SIDE = re.compile("[A-Za-zËÏƟëïɵæ](?=[\u0400-\u052f])|[\u0400-\u052f](?=[A-Za-zËÏƟëïɵæ])")
_ABBREVIATION = re.compile(r"[A-Z]{2,}|[a-z][A-Z]+")
# Endings of Kyrgyz after a vowel or a voiced sound, after a voiceless one, of numbers in order; Russian ones of cases.
_VOICED = frozenset(
    "ны ни ну нү ды ди ду дү нын нин нун нүн дын дин дун дүн га ге го гө да де до дө дан ден дон дөн "  # noqa: SIM905
    "лар лер лор лөр дар дер дор дөр чы чи чу чү нчы нчи нчу нчү".split()
)
_VOICELESS = frozenset(
    "ты ти ту тү тын тин тун түн ка ке ко кө та те то тө тан тен тон төн тар тер тор төр чы чи чу чү".split()  # noqa: SIM905
)
_RUSSIAN = frozenset("а е у ы и ой ом ем ам ах ами ов".split())  # noqa: SIM905
_NAMED_VOICELESS = "FHSXYZfhsxyz"  # эф, аш, эс, икс, игрек, зет


def seen(text: str) -> str:
    """What is seen of a text: without signs that have no look (category Cf, soft hyphens too), single spaces."""
    if not text.isprintable():  # by far the most texts have none of them
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return " ".join(_UNSEEN.sub("", unicodedata.normalize("NFC", text)).split())


def look(text: str) -> str:
    """What a text looks like: as by :func:`seen`, Cyrillic letters that look like Latin ones written as these.

    So are Roman numbers of one sign.
    """
    return seen(text).translate(_SEEN_AS)


def as_read(text: str) -> str:
    """A text as somebody reads it who knows nothing of alphabets: by it copies are compared, not words shown.

    Signs without a look are gone; words of two alphabets (see :func:`mixed_words`) have their Latin letters that look
    like Cyrillic ones written as these. By far the most texts come back as they are.
    """
    bare = _UNSEEN.sub("", _HIDDEN.sub("", text))
    if _SIDE_BY_SIDE.search(bare):
        for word in set(mixed_words(bare)):
            bare = bare.replace(word, word.translate(_CYRILLIC_OF))
    return bare


def mixed_words(text: str) -> Iterator[str]:
    """Words with letters of two alphabets, of which one has only letters that the other has too, by their look.

    Signs of neither alphabet count for nothing (``ΔТ``, ``πх``). A Latin name with an ending of one's own is no such
    word (see :func:`_is_name_with_ending`).
    """
    for word in _WORD.findall(seen(text)):
        if word.isascii():
            continue
        cyrillic = {sign for sign in word if "\u0400" <= sign <= "\u052f"}
        latin = {sign for sign in word if unicodedata.name(sign, "").startswith("LATIN ")}
        if not cyrillic or not latin or _is_name_with_ending(word):
            continue
        if cyrillic <= _LIKE_LATIN or latin <= _LIKE_CYRILLIC:
            yield word


def _is_name_with_ending(word: str) -> bool:
    """Whether a word is a name in Latin letters and then an ending in small Cyrillic ones.

    Of two letters or more a name with a letter that no Cyrillic one looks like (``Wordу``, ``HRы``) and an abbreviation
    (``ATMге``, ``pHтын``, ``iOSту``) may have any ending. A name of three letters or more that all look Cyrillic
    (``Macка``) has a known ending of Kyrgyz or Russian; a single letter one of Kyrgyz that its own name takes
    (``Aдан``, ``Xти``; but not ``Aта``). A word that could be either, as ``Aны``, is taken for a name.
    """
    found = _ENDED.fullmatch(word)
    if found is None:
        return False
    name, ending = found.groups()
    if len(name) == 1:
        return ending in (_VOICELESS if name in _NAMED_VOICELESS else _VOICED)
    if _ABBREVIATION.fullmatch(name) or not _LIKE_CYRILLIC.issuperset(name):
        return True
    return len(name) > 2 and name[0].isupper() and ending in _VOICED | _VOICELESS | _RUSSIAN


def turning(text: str) -> str:
    """The first sign of :data:`TURNING` by its number and name, e.g. ``U+202E RIGHT-TO-LEFT OVERRIDE``; else empty."""
    found = TURNING.search(text)
    return f"U+{ord(found[0]):04X} {unicodedata.name(found[0])}" if found else ""
