"""Matching what stands on the left to what stands on the right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from core.i18n import lazy_gettext as _l
from question_bank.kinds.base import OPTIONS_MAX, Content, Finding, Key, Kind, Parts, Response
from question_bank.rules import ItemKind


class Matching(Kind):
    """Each option has one right target; a target may serve several options or none.

    Partial credit: of the points the share of options that were matched rightly.
    """

    name, label = ItemKind.MATCHING, _l("Matching")
    instruction = _l("Find the match of each line")
    misread = _l("The answer was not saved: choose one match for a line.")
    targets = range(2, OPTIONS_MAX + 1)
    takes_partial = True

    def canonical(self, key: Sequence[Any]) -> Key:
        return tuple(sorted((int(left), int(right)) for left, right in key))

    def check_key(self, content: Content) -> Iterator[Finding]:
        pairs = _pairs(content.key)
        if sorted(left for left, _right in pairs) != list(range(len(content.options))):
            yield "match_missing", _l("Every line on the left has one match."), "correct"
        elif any(not 0 <= right < len(content.targets) for _left, right in pairs):
            yield "match_beyond", _l("A match names a line that is not there."), "correct"

    def tidy(self, content: Content) -> Content:
        """Targets in the order in which the options need them, then those that nothing matches."""
        used = [right for _left, right in _pairs(content.key)]
        return self._reordered(content, list(dict.fromkeys([*used, *range(len(content.targets))])))

    def scatter(self, content: Content, random: Random) -> Content:
        return self._reordered(content, random.sample(range(len(content.targets)), len(content.targets)))

    def _reordered(self, content: Content, order: list[int]) -> Content:
        pairs = [(left, order.index(right)) for left, right in _pairs(content.key)]
        targets = tuple(content.targets[index] for index in order)
        return replace(content, targets=targets, key=self.canonical(pairs))

    def bind(self, key: Key, parts: Parts) -> Response:
        return tuple(sorted(f"{parts.options[left]}:{parts.targets[right]}" for left, right in _pairs(key)))

    def read(self, response: Sequence[object], parts: Parts) -> Response | None:
        """``left:right`` for each option that has been matched, each option at most once."""
        pairs = [tuple(one.split(":")) for one in response if isinstance(one, str)]
        known = [pair for pair in pairs if len(pair) == 2 and pair[0] in parts.options and pair[1] in parts.targets]
        if len(known) != len(response) or len({left for left, _right in known}) != len(known):
            return None
        return tuple(sorted(":".join(pair) for pair in known))

    def read_key(self, said: Sequence[object], parts: Parts) -> Response | None:
        """A match for every option."""
        key = self.read(said, parts)
        return key if key and len(key) == len(parts.options) else None

    def share(self, key: Response, response: Response, *, options: int) -> Fraction:
        return Fraction(len(set(response) & set(key)), len(key))

    def words(self, response: Response, texts: Mapping[str, str]) -> list[str]:
        return [" → ".join(texts[side] for side in pair.split(":")) for pair in response]


def _pairs(key: Key) -> list[tuple[int, int]]:
    return sorted(mark for mark in key if isinstance(mark, tuple))
