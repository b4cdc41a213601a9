"""The formats by name: a new one is a module with ``read`` and ``write`` and one line here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from question_bank.exchange import gift, xlsx
from question_bank.exchange.drafts import ItemDraft, Reading


class UnknownFormat(Refusal):
    code = "unknown_format"
    message = _l("This file format is not known: %(name)s. Known formats: %(formats)s")


@dataclass(frozen=True)
class Format:
    """One file format; the first of ``extensions`` (lower case, with the dot) is the one that export gives."""

    name: str
    extensions: tuple[str, ...]
    media_type: str
    read: Callable[[bytes], Reading]
    write: Callable[[Iterable[ItemDraft]], bytes]


FORMATS: dict[str, Format] = {
    known.name: known
    for known in (
        Format(
            "xlsx",
            # Old .xls and macro workbooks come to the same reader: it says what to do with the first, and never runs
            # what the second carries.
            (".xlsx", ".xlsm", ".xls"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            xlsx.read,
            xlsx.write,
        ),
        Format("gift", (".gift", ".txt"), "text/plain; charset=utf-8", gift.read, gift.write),
    )
}


def by_name(name: str) -> Format:
    """The format called ``name``; refuses an unknown name and lists the known ones."""
    try:
        return FORMATS[name.strip().lower()]
    except KeyError:
        raise UnknownFormat(name=name, formats=", ".join(FORMATS)) from None


def by_filename(filename: str) -> Format:
    """The format of a file by its extension; refuses an unknown extension and lists the known formats."""
    lowered = filename.strip().lower()
    for known in FORMATS.values():
        if lowered.endswith(known.extensions):
            return known
    raise UnknownFormat(name=filename, formats=", ".join(FORMATS))
