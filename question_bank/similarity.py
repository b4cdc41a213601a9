"""How alike two questions are, and keys by which alike ones meet in an index; pure.

A text is the set of its words, each cut to its first six letters (Kyrgyz and Russian change the ends of words), and
of its neighbouring pairs of words. Likeness is the Jaccard coefficient of two such sets. The keys are MinHash bands
(Broder 1997; Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, §3.4): of two texts with likeness s at least
one of ``BANDS`` keys agrees with probability ``1 − (1 − s³)⁶``: 0.77 for 0.6, 0.99 for 0.8, 0.02 for 0.15; a copy is
nearly always found by one of its two languages. One more key is the stem itself, so that equal stems always meet.
"""

from __future__ import annotations

import enum
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b, shake_128
from itertools import pairwise

from core.names import search_form

BANDS, ROWS = 6, 3
ROOT = 6  # letters of a word that count
NEAR = 0.6
STEM_WORDS = 4  # from so many on, an equal stem says something
_WORD = re.compile(r"\w+")
_HASHES = struct.Struct(f"<{BANDS * ROWS}I")
_KEY = struct.Struct("<q")


class Likeness(enum.StrEnum):
    """How a question is like another, the gravest first."""

    EQUAL = "equal"
    SAME_STEM = "same_stem"
    NEAR = "near"


@dataclass(frozen=True)
class Text:
    """A question in one language: its stem, and the texts of options and targets."""

    language: str
    stem: str
    parts: tuple[str, ...] = ()

    @cached_property
    def words(self) -> list[str]:
        """The words of the stem, folded."""
        return _words(self.stem)

    @cached_property
    def features(self) -> frozenset[str]:
        """Words by their first letters, and neighbouring pairs of them: a text is held against many others."""
        found: set[str] = set()
        for line in (self.stem, *self.parts):
            roots = [word[:ROOT] for word in _words(line)]
            found.update(roots)
            found.update(f"{one} {other}" for one, other in pairwise(roots))
        return frozenset(found)


def _words(text: str) -> list[str]:
    return _WORD.findall(search_form(text))


def keys(text: Text) -> list[int]:
    """The keys of a text, signed 64-bit numbers; none where there are no words. Languages never share a key."""
    if not text.features:
        return []
    least = [min(column) for column in zip(*map(_hashes, text.features), strict=True)]
    found = [_key(text.language, band, least[band * ROWS : (band + 1) * ROWS]) for band in range(BANDS)]
    words = text.words
    return [*found, _key(text.language, "stem", words)] if len(words) >= STEM_WORDS else found


@lru_cache(maxsize=1 << 16)
def _hashes(feature: str) -> tuple[int, ...]:
    """A number of a feature for each row of the signature; most words of a bank come again and again."""
    return _HASHES.unpack(shake_128(feature.encode()).digest(_HASHES.size))


def _key(*parts: object) -> int:
    return int(_KEY.unpack(blake2b(repr(parts).encode(), digest_size=_KEY.size).digest())[0])


def likeness(one: Text, other: Text) -> tuple[Likeness | None, float]:
    """What two texts of one language have in common: the gravest word for it, and the Jaccard coefficient (0 to 1).

    Equal: the same words in the stem and in every part, whatever their order, case, punctuation.
    """
    if one.words == other.words and one.words:
        same = sorted(map(_words, one.parts)) == sorted(map(_words, other.parts))
        if same:
            return Likeness.EQUAL, 1.0
        if len(one.words) >= STEM_WORDS:
            return Likeness.SAME_STEM, _jaccard(one, other)
    share = _jaccard(one, other)
    return (Likeness.NEAR if share >= NEAR else None), share


def _jaccard(one: Text, other: Text) -> float:
    common = len(one.features & other.features)
    return common / (len(one.features) + len(other.features) - common) if one.features or other.features else 0.0


def gravest(found: Iterable[tuple[Likeness | None, float]]) -> tuple[Likeness | None, float]:
    """The gravest of several judgements, e.g. of both languages."""
    order: Sequence[Likeness | None] = (*Likeness, None)
    return min(found, key=lambda one: (order.index(one[0]), -one[1]), default=(None, 0.0))
