"""A number, with a tolerance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.i18n import lazy_gettext as _l
from question_bank.kinds.base import Content, Finding, Key, Kind, Parts, Response
from question_bank.rules import ItemKind

# At most 15 digits before and 10 after the sign, as people write them: comma or point, spaces between thousands.
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,10})?")
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]")


def decimal(text: str) -> str | None:
    """A decimal as it is kept: ``"-3.5"``, without superfluous zeros; None where the text is none.

    >>> decimal("1 234,50"), decimal("−0"), decimal("1e5")
    ('1234.5', '0', None)
    """
    plain = _SPACES.sub("", text).replace(",", ".").replace("−", "-").replace("–", "-")
    if not _NUMBER.fullmatch(plain):
        return None
    number = Decimal(plain)
    return format(number.normalize(), "f") if number else "0"


class Numeric(Kind):
    """A number is right within the tolerance of the key, both ends included; compared exactly, in decimals."""

    name, label = ItemKind.NUMERIC, _l("Numeric answer")
    instruction = _l("Write a number")
    misread = _l("The answer was not saved: write a number with digits. Example: 12,5")
    options = range(0, 1)

    def canonical(self, key: Sequence[Any]) -> Key:
        value, tolerance = (decimal(str(one)) or str(one) for one in (*key, "0")[:2])
        return value, tolerance

    def check_key(self, content: Content) -> Iterator[Finding]:
        value, tolerance = (*(decimal(str(one)) for one in content.key), None, None)[:2]
        if value is None:
            yield "number", _l("The right number is missing or is no number. Example: 12,5"), "correct"
        elif tolerance is None or Decimal(tolerance) < 0:
            yield "tolerance", _l("The tolerance is a number that is not below zero. Example: 0,1"), "correct"

    def bind(self, key: Key, parts: Parts) -> Response:
        return tuple(str(one) for one in key)

    def read(self, response: Sequence[object], parts: Parts) -> Response | None:
        if not response:
            return ()
        number = decimal(response[0]) if len(response) == 1 and isinstance(response[0], str) else None
        return None if number is None else (number,)

    def read_key(self, said: Sequence[object], parts: Parts) -> Response | None:
        """Value and tolerance; a value alone is meant exactly."""
        if not 1 <= len(said) <= 2:
            return None
        value, tolerance = (decimal(str(one)) for one in (*said, "0")[:2])
        return (value, tolerance) if value and tolerance and Decimal(tolerance) >= 0 else None

    def is_right(self, key: Response, response: Response) -> bool:
        """Within the tolerance, both ends included."""
        value, tolerance = map(Decimal, key)
        return abs(Decimal(response[0]) - value) <= tolerance

    def words(self, response: Response, texts: Mapping[str, str]) -> list[str]:
        return [one.replace(".", ",") for one in response]

    def key_words(self, key: Response, texts: Mapping[str, str]) -> list[str]:
        value, tolerance = self.words(key, texts)
        return [value if tolerance == "0" else f"{value} ± {tolerance}"]
