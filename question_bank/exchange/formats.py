"""The formats by name: a new one is a module with ``read`` and ``write`` and one line here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from question_bank.exchange import aiken, gift, moodle_writing, moodle_xml, word
from question_bank.exchange.drafts import ItemDraft, Reading
from question_bank.exchange.markings import without_pictures
from question_bank.exchange.qti import reading as qti
from question_bank.exchange.qti import writing as qti_writing
from question_bank.exchange.reading import NOTHING_GIVEN, STANDARD, Given


class UnknownFormat(Refusal):
    code = "unknown_format"
    message = _l("This file format is not known: %(name)s. Known formats: %(formats)s")


class TooManyToWrite(Refusal):
    code = "too_many_to_write"
    message = _l(
        "A file of this format holds fewer questions than these. At most: %(most)s. Questions: %(n)s. Choose another "
        "format."
    )


class NotWritable(Refusal):
    code = "not_writable"
    message = _l(
        "This format cannot hold all these questions: %(reason)s Questions: %(n)s (%(ids)s). "
        "Choose another format, or leave them out."
    )


_NAMED = 10  # ids in a sentence


@dataclass(frozen=True)
class Format:
    """One file format; the first of ``extensions`` (lower case, with the dot) is the one that export gives.

    ``asks`` names the fields of ``Given`` that its files cannot say themselves; the page of the import asks for them.
    ``needs`` names those without which no question can come in. ``most`` is how many questions a file may hold.
    A format that is only read has no ``write_items``. ``unwritable`` says in a sentence why a question cannot stand in
    such a file. ``looks`` tells its files from those of other formats with the same extension.
    """

    name: str
    extensions: tuple[str, ...]
    media_type: str
    read_items: Callable[[bytes, Given], Reading]
    write_items: Callable[[Iterable[ItemDraft]], bytes] | None
    asks: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    most: int = STANDARD.items
    unwritable: Callable[[ItemDraft], object | None] = lambda _item: None
    looks: Callable[[bytes], bool] = lambda _data: True

    def read(self, data: bytes, given: Given = NOTHING_GIVEN) -> Reading:
        """The questions of a file and everything that is wrong with them; never raises for what a file holds."""
        return self.read_items(data, given)

    def check_many(self, count: int) -> None:
        """Refuse more questions than a file may hold, before any work is done."""
        if count > self.most:
            raise TooManyToWrite(most=self.most, n=count)

    def unheld(self, items: Iterable[ItemDraft]) -> list[tuple[str, object]]:
        """Ids of the questions that cannot stand in such a file, each with the reason in a sentence."""
        return [(item.external_id, reason) for item in items if (reason := self.unwritable(item)) is not None]

    def write(self, items: Iterable[ItemDraft]) -> bytes:
        """The questions as a file of this format.

        Raises:
            UnknownFormat: the format is only read.
            TooManyToWrite: a file of the format holds fewer.
            NotWritable: it cannot hold some of the questions; nothing is written, as nothing may be changed.
        """
        if self.write_items is None:
            raise UnknownFormat(name=self.name, formats=", ".join(WRITTEN))
        wanted = list(items)
        self.check_many(len(wanted))
        if left := self.unheld(wanted):
            ids = ", ".join(external_id for external_id, _reason in left[:_NAMED]) + (" …" if left[_NAMED:] else "")
            raise NotWritable(reason=left[0][1], n=len(left), ids=ids)
        return self.write_items(wanted)


def _read_workbook(data: bytes, given: Given) -> Reading:
    from question_bank.exchange import xlsx  # and with it 13 MiB of libraries, which most days nobody needs

    return xlsx.read(data, given)


def _write_workbook(items: Iterable[ItemDraft]) -> bytes:
    from question_bank.exchange import xlsx

    return xlsx.write(items)


_ALL = ("language", "subject_area", "sub_topic", "difficulty", "prefix")
_LETTERED = ("subject_area", "prefix")  # files without ids and without a place in the bank
_TREE = 10_000  # questions of a Moodle file: what is held of it at once (``Limits.tree_elements``)
_PACKAGE = 8_000  # of a QTI package: two files of each question, and their manifest

FORMATS: dict[str, Format] = {
    known.name: known
    for known in (
        Format(
            "xlsx",
            # Old .xls and macro workbooks come to the same reader: it says what to do with the first, and never runs
            # what the second carries.
            (".xlsx", ".xlsm", ".xls"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            _read_workbook,
            _write_workbook,
            unwritable=without_pictures,
        ),
        Format(
            "gift",
            (".gift", ".txt"),
            "text/plain; charset=utf-8",
            gift.read,
            gift.write,
            asks=_ALL,
            unwritable=without_pictures,
            looks=lambda data: not aiken.looks(data),
        ),
        Format(
            "aiken",
            (".txt",),
            "text/plain; charset=utf-8",
            aiken.read,
            aiken.write,
            asks=_ALL,
            needs=_LETTERED,
            unwritable=aiken.unwritable,
            looks=aiken.looks,
        ),
        Format(
            "moodle-xml",
            (".xml",),
            "application/xml",
            moodle_xml.read,
            moodle_writing.write,
            asks=_ALL,
            most=_TREE,
            looks=moodle_xml.looks,
        ),
        Format(
            "word",
            # Old .doc and documents with macros come to the same reader: it says what to do with them.
            (".docx", ".docm", ".doc"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            word.read,
            None,
            asks=_ALL,
            needs=_LETTERED,
        ),
        # All three read every version; they differ in what they write.
        Format(
            "qti",
            (".zip", ".xml"),
            "application/zip",
            qti.read,
            qti_writing.write,
            asks=_ALL,
            most=_PACKAGE,
            looks=qti.looks,
        ),
        Format(
            "qti-2.2",
            (".zip",),
            "application/zip",
            qti.read,
            qti_writing.write_2_2,
            asks=_ALL,
            most=_PACKAGE,
            looks=qti.looks,
        ),
        Format(
            "qti-2.1",
            (".zip",),
            "application/zip",
            qti.read,
            qti_writing.write_2_1,
            asks=_ALL,
            most=_PACKAGE,
            looks=qti.looks,
        ),
    )
}

#: Names of the formats that can be written.
WRITTEN = tuple(name for name, known in FORMATS.items() if known.write_items)


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


def by_content(filename: str, data: bytes) -> Format:
    """The format of a file by its extension and, where several formats have it, by what it holds.

    Refuses an unknown extension and lists the known formats.
    """
    alike = [known for known in FORMATS.values() if filename.strip().lower().endswith(known.extensions)]
    return next((known for known in alike if known.looks(data)), alike[0] if alike else by_filename(filename))
