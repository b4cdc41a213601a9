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
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b, shake_128
from itertools import pairwise

from core.letters import as_read
from core.names import search_form

BANDS, ROWS = 6, 3
ROOT = 6  # letters of a word that count
NEAR = 0.6
STEM_WORDS = 4  # from so many on, an equal stem says something
_WORD = re.compile(r"\w+")
_HASHES = struct.Struct(f"<{BANDS * ROWS}I")
_KEY = struct.Struct("<q")
_BITS = tuple(1 << place for place in range(1024))


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
        """The words of the stem, folded, as somebody reads them."""
        return _words(self.stem)

    @cached_property
    def features(self) -> frozenset[str]:
        """Words by their first letters, and neighbouring pairs of them: a text is held against many others."""
        return _features([self.words, *map(_words, self.parts)])

    @cached_property
    def bits(self) -> int:
        """The features as bits of a number, some of them the same: two such numbers are compared in no time."""
        found = 0
        for feature in self.features:
            found |= _BITS[hash(feature) % len(_BITS)]  # differs from process to process, and is never kept
        return found


def _words(text: str) -> list[str]:
    return _WORD.findall(search_form(as_read(text)))


def keys(text: Text) -> list[int]:
    """The keys of a text, signed 64-bit numbers; none where there are no words. Languages never share a key.

    A text that is not read as it is typed (see ``as_read``) has the keys of both: what was kept by its letters is met.
    """
    found = _keys(text.language, text.words, text.features)
    if any(as_read(one) != one for one in (text.stem, *text.parts)):
        stem, *parts = (_WORD.findall(search_form(one)) for one in (text.stem, *text.parts))
        found += _keys(text.language, stem, _features([stem, *parts]))
    return found


def _keys(language: str, stem: Sequence[str], features: Collection[str]) -> list[int]:
    if not features:
        return []
    least = [min(column) for column in zip(*map(_hashes, features), strict=True)]
    found = [_key(language, band, least[band * ROWS : (band + 1) * ROWS]) for band in range(BANDS)]
    return [*found, _key(language, "stem", list(stem))] if len(stem) >= STEM_WORDS else found


def _features(texts: Iterable[Sequence[str]]) -> frozenset[str]:
    found: set[str] = set()
    for words in texts:
        roots = [word[:ROOT] for word in words]
        found.update(roots, map(" ".join, pairwise(roots)))
    return frozenset(found)


@lru_cache(maxsize=1 << 16)
def _hashes(feature: str) -> tuple[int, ...]:
    """A number of a feature for each row of the signature; most words of a bank come again and again."""
    return _HASHES.unpack(shake_128(feature.encode()).digest(_HASHES.size))


def _key(*parts: object) -> int:
    return int(_KEY.unpack(blake2b(repr(parts).encode(), digest_size=_KEY.size).digest())[0])


def sameness(text: Text) -> object | None:
    """What two texts have in common of which :func:`likeness` says that they are equal or of one stem; none: no words.

    The stem where it is long enough to say something, else the stem and what stands under it.
    """
    words = tuple(text.words)
    if len(words) >= STEM_WORDS:
        return text.language, words
    return (text.language, words, tuple(sorted(map(tuple, map(_words, text.parts))))) if words else None


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


def are_alike(one: Text, other: Text) -> bool:
    """Whether :func:`likeness` has a word for two texts of one language; by far the most pairs are soon told apart.

    Of the features of one text not more are in the other than have a bit in common, and those that share a bit.
    """
    if one.words != other.words:
        common = (one.bits & other.bits).bit_count() + len(one.features) - one.bits.bit_count()
        if _share(one, other, min(common, len(one.features), len(other.features))) < NEAR:
            return False
    return likeness(one, other)[0] is not None


def _jaccard(one: Text, other: Text) -> float:
    return _share(one, other, len(one.features & other.features))


def _share(one: Text, other: Text, common: int) -> float:
    return common / (len(one.features) + len(other.features) - common) if one.features or other.features else 0.0


def gravest(found: Iterable[tuple[Likeness | None, float]]) -> tuple[Likeness | None, float]:
    """The gravest of several judgements, e.g. of both languages."""
    order: Sequence[Likeness | None] = (*Likeness, None)
    return min(found, key=lambda one: (order.index(one[0]), -one[1]), default=(None, 0.0))
