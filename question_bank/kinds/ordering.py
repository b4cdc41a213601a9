"""Putting lines in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from core.i18n import lazy_gettext as _l
from question_bank.kinds.base import Content, Finding, Key, Kind, Parts, Response
from question_bank.rules import ItemKind


class Ordering(Kind):
    """All lines in the one right order, or no points: half an order of steps is not half a knowledge of them."""

    name, label = ItemKind.ORDERING, _l("Ordering")
    instruction = _l("Put the lines in the right order")
    misread = _l("The answer was not saved: give every line a place of its own.")
    options = range(3, 7)

    def canonical(self, key: Sequence[Any]) -> Key:
        return tuple(int(index) for index in key)

    def check_key(self, content: Content) -> Iterator[Finding]:
        if sorted(index for index in content.key if isinstance(index, int)) != list(range(len(content.options))):
            yield "order_incomplete", _l("The right order names every line once."), "correct"

    def tidy(self, content: Content) -> Content:
        lines = [content.options[index] for index in content.key if isinstance(index, int)]
        return replace(content, options=tuple(lines), key=tuple(range(len(lines))))

    def scatter(self, content: Content, random: Random) -> Content:
        drawn = random.sample(range(len(content.options)), len(content.options))
        lines = tuple(content.options[index] for index in drawn)
        key = tuple(drawn.index(index) for index in content.key if isinstance(index, int))
        return replace(content, options=lines, key=key)

    def bind(self, key: Key, parts: Parts) -> Response:
        return tuple(parts.options[index] for index in key if isinstance(index, int))

    def read(self, response: Sequence[object], parts: Parts) -> Response | None:
        """Every id once, in the candidate's order."""
        said = tuple(one for one in response if isinstance(one, str))
        return said if not response or sorted(map(str, response)) == sorted(parts.options) == sorted(said) else None
