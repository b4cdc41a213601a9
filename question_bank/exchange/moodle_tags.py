"""What Moodle has no field for, as tags of the question, which Moodle keeps and shows to teachers only.

``difficulty:3``, ``partial:no``, ``text:rich``, ``source:…``, ``author:…``, ``enemies:A, B``. A tag of Moodle has at
most 50 characters, one space in a row and none at its ends, and no angle brackets or back quotes: such characters are
written as ``%XX``, and a value that is too long stands in numbered pieces: ``source.1:…``, ``source.2:…``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, unquote

LONGEST = 50  # TAG_MAX_LENGTH of Moodle
_PIECE = re.compile(r"(difficulty|partial|text|source|author|enemies)(?:\.([0-9]{1,3}))?:(.*)", re.DOTALL)
_UNSAFE = re.compile(r"[%<>`\x00-\x1f\x7f-\x9f]|[^\S ]|^ | $|(?<= ) ")
_SIGN = re.compile(r"%[0-9A-F]{2}|.", re.DOTALL)


def write_tags(values: Mapping[str, str]) -> Iterator[str]:
    """The tags that say these values; an empty value says nothing."""
    for name, value in values.items():
        encoded = _UNSAFE.sub(lambda found: quote(found.group(), safe=""), value)
        if not encoded:
            continue
        if len(name) + 1 + len(encoded) <= LONGEST:
            yield f"{name}:{encoded}"
        else:
            room = LONGEST - len(name) - len(".999:")
            yield from (f"{name}.{number}:{piece}" for number, piece in enumerate(_pieces(encoded, room), start=1))


def _pieces(encoded: str, room: int) -> Iterator[str]:
    """The text in pieces that neither begin nor end with a space, and that cut no ``%XX``."""
    piece = ""
    for sign in _SIGN.findall(encoded):
        if len(piece) + len(sign) > room - 2:  # room for a last space written as %20
            yield piece[:-1] + "%20" if piece.endswith(" ") else piece
            piece = ""
        piece += "%20" if sign == " " and not piece else sign
    yield piece


def read_tags(tags: Iterable[str]) -> dict[str, str]:
    """The values that tags say, by their names; other tags say nothing here."""
    found: dict[str, dict[int, str]] = {}
    for tag in tags:
        if match := _PIECE.fullmatch(tag.strip()):
            name, number, piece = match.groups()
            found.setdefault(name, {})[int(number or 0)] = piece
    return {name: unquote("".join(pieces[number] for number in sorted(pieces))) for name, pieces in found.items()}
