"""What the readers of all formats share: limits, clean text, and putting the findings together."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import ItemDraft, Problem, Reading, Severity

# Blank at an edge: white space, and the invisible characters that copying from a browser or Word leaves behind.
_EDGE = re.compile(r"\A[\s\ufeff\u200b\u2060]+|[\s\ufeff\u200b\u2060]+\Z")


@dataclass(frozen=True)
class Limits:
    """How much a file may hold; whatever is larger is refused before it is parsed."""

    file_bytes: int = 32 * 1024 * 1024
    expanded_bytes: int = 64 * 1024 * 1024
    ratio: int = 100  # expanded to packed, for a package that expands to more than a mebibyte
    entries: int = 1_000  # parts in a workbook or a document
    package_entries: int = 50_000  # files in a package of questions: two languages of each, and pictures
    elements: int = 3_000_000  # XML elements in one sheet or string table: about 20,000 full rows
    tree_elements: int = 600_000  # XML elements that are held at once: 10,000 questions of 60 elements
    depth: int = 200  # elements one inside another
    items: int = 20_000


STANDARD = Limits()


@dataclass(frozen=True)
class Given:
    """What the person says about a file that cannot say it itself; what the file does say goes before it.

    ``language`` is that of a file in one language, ``ky`` or ``ru``; ``prefix`` begins the ids of questions that have
    none in the file: ``<prefix>-001`` …
    """

    language: str = "ky"
    subject_area: str = ""
    sub_topic: str = ""
    difficulty: int = 3
    prefix: str = ""


NOTHING_GIVEN = Given()


class Unreadable(Exception):
    """The file as a whole is refused; raised and caught inside the readers, never seen by their callers."""

    def __init__(self, code: str, message: object) -> None:
        super().__init__(code)
        self.problem = file_problem(code, message)


@dataclass(frozen=True)
class Finding:
    """Something wrong with a question, or worth saying of it; its place is known to the caller."""

    code: str
    message: object
    column: str | None = None
    severity: Severity = "error"


class Refused(Exception):
    """A text cannot be read as a question; ``offset`` is where in it, unless it is the question as a whole."""

    def __init__(self, code: str, message: object, *, offset: int | None = None, column: str | None = None) -> None:
        super().__init__(code)
        self.finding = Finding(code, message, column)
        self.offset = offset


def file_problem(code: str, message: object, *, severity: Severity = "error") -> Problem:
    """A problem of the file as a whole."""
    return Problem(None, "file", None, code, message, severity=severity)


def refused(problem: Problem) -> Reading:
    """The reading of a file that could not be read at all."""
    return Reading((), (problem,), 0)


def reading(drafts: Sequence[ItemDraft], problems: Sequence[Problem], seen: int) -> Reading:
    """Join the findings: a draft with an error at its place is left out; problems are in the order of the file."""
    refused_places = {problem.place for problem in problems if problem.severity == "error"}
    items = () if None in refused_places else tuple(draft for draft in drafts if draft.place not in refused_places)
    return Reading(items, tuple(sorted(problems, key=lambda problem: problem.place or 0)), seen)


def decoded(data: bytes, limits: Limits, not_text: object) -> str:
    """The text of a file with ``\\n`` line breaks.

    Raises:
        Unreadable: too large, not UTF-8 (with or without a mark), or no text at all (``not_text`` says what to do).
    """
    if len(data) > limits.file_bytes:
        size = limits.file_bytes // (1024 * 1024)
        raise Unreadable("file_too_large", _l("The file is too large. Limit in megabytes: %(size)s", size=size))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            "not_utf8",
            _l(
                "The file is not in UTF-8. Open it in Notepad, choose Save as, set the encoding to UTF-8, and import "
                "the saved file. First wrong letter in line: %(line)s",
                line=line,
            ),
        ) from error
    if "\0" in text:
        raise Unreadable("not_text", not_text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def too_many(limits: Limits) -> Unreadable:
    """The refusal of a file with more questions than one import takes."""
    return Unreadable(
        "too_many_items",
        _l("The file holds too many questions. Split it into several. Limit: %(limit)s", limit=limits.items),
    )


def clean_text(text: str) -> str:
    """Text as it is kept: line breaks as ``\\n``, composed letters (NFC), nothing blank or invisible at the edges."""
    return _EDGE.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))


def check_duplicates(drafts: Iterable[ItemDraft]) -> list[Problem]:
    """One problem at each question whose id stands more than once in the file; each names the other places."""
    by_id: dict[str, list[ItemDraft]] = defaultdict(list)
    for draft in drafts:
        if draft.external_id:
            by_id[draft.external_id].append(draft)
    return [problem for alike in by_id.values() if len(alike) > 1 for problem in _duplicates(alike)]


def _duplicates(alike: Sequence[ItemDraft]) -> Iterator[Problem]:
    shown = alike[:10]  # a column filled with one id must not give a sentence with 20,000 numbers
    for draft in alike:
        others = ", ".join(dict.fromkeys(str(other.place) for other in shown if other.place != draft.place))
        match draft.place_kind if others else "":
            case "":
                message = _l("This id stands more than once on the same line of the file.")
            case "row":
                message = _l("This id stands in the file more than once. Other rows: %(places)s", places=others)
            case "question":
                message = _l("This id stands in the file more than once. Other questions: %(places)s", places=others)
            case _:
                message = _l("This id stands in the file more than once. Other lines: %(places)s", places=others)
        yield Problem(draft.place, draft.place_kind, draft.external_id, "duplicate_id", message, "external_id")


def merge(own: Sequence[Problem], common: Sequence[Problem]) -> list[Problem]:
    """The reader's own findings, then the common ones about columns of which the reader has not said what is wrong."""
    said = {problem.column for problem in own if problem.severity == "error"}
    return [*own, *(problem for problem in common if problem.column not in said)]
