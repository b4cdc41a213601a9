"""One question of a Word document: its lines into a stem, options, and what says which is right."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core import markup
from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import Medium
from question_bank.exchange.lettered import CYRILLIC, LETTER, OPTIONS_MOST, Lettered, answer_line, fits
from question_bank.exchange.reading import Finding, clean_text
from question_bank.exchange.word_lines import THING, Line, Piece, Table

# A mark of an option: at the beginning of a line, or in it after a space ("А) бир  Б) эки"); a point needs a gap.
_AT_START = re.compile(rf"[\s{THING}]*([*+])?\s*({LETTER})\s?(?:\)|\.(?=\s|$))\s*(\*)?\s*")
_INSIDE = re.compile(
    rf"(?:(?<=[\s{THING}])([*+])?\s?({LETTER})\)|(?:(?<=\t)|(?<=\s\s))([*+])?({LETTER})\.(?=\s))\s*(\*)?\s*"
)
_AUTO = re.compile(rf"\s*({LETTER})\s?[.)]")
_SIGN = re.compile(r"\s*\*\s*")
_DASH = re.compile(r"\s*[•●▪◦○·–—-]\s+(?=\S)")  # typed before an option that has no letter


@dataclass(frozen=True)
class Mark:
    """The mark of an option in a line: where it stands, its letter, whether it has a sign, how it looks."""

    start: int
    end: int
    letter: str
    is_signed: bool
    looks: frozenset[str]
    is_at_start: bool


@dataclass
class _Option:
    mark: Mark
    pieces: list[Piece]


def cut(pieces: Sequence[Piece], start: int, end: int | None = None) -> tuple[Piece, ...]:
    """The pieces of a line from one character to another, as :attr:`Line.text` counts them."""
    kept, at = [], 0
    for piece in pieces:
        until = at + len(piece.in_line)
        low, high = max(at, start), until if end is None else min(until, end)
        if low < high:
            kept.append(replace(piece, text=piece.text[low - at : high - at]))
        at = until
    return tuple(kept)


def behind(pieces: Sequence[Piece], start: int, end: int | None = None) -> tuple[Piece, ...]:
    """The pieces behind a number or a letter, and before them what is no word and stands before it.

    Word puts a picture that words flow around before the first of them.
    """
    return (*(piece for piece in cut(pieces, 0, start) if not piece.text), *cut(pieces, start, end))


def marks_in(line: Line) -> list[Mark]:
    """Everything in a line that may be the mark of an option."""
    text = line.text
    found: list[Mark] = []
    at = 0
    if line.number:
        auto = _AUTO.fullmatch(line.number)
        sign = _SIGN.match(text)
        if auto:
            looks = line.marks | (line.pieces[0].marks if line.pieces else frozenset())
            found.append(Mark(0, sign.end() if sign else 0, auto.group(1), sign is not None, looks, True))
    elif match := _AT_START.match(text):
        looks = _looks(line.pieces, match.start(2))
        signed = bool(match.group(1) or match.group(3))
        found.append(Mark(0, match.end(), match.group(2), signed, looks, True))
    at = found[0].end if found else 0
    for match in _INSIDE.finditer(text, at):
        group = 2 if match.group(2) else 4
        signed = bool(match.group(1) or match.group(3) or match.group(5))
        looks = _looks(line.pieces, match.start(group))
        found.append(Mark(match.start(), match.end(), match.group(group), signed, looks, False))
    return found


def _looks(pieces: Iterable[Piece], at: int) -> frozenset[str]:
    for piece in pieces:
        if at < len(piece.in_line):
            return piece.marks
        at -= len(piece.in_line)
    return frozenset()


def lettered_of(lines: Sequence[Line], parts: Mapping[str, bytes], place: int) -> Lettered:
    """The question that the lines hold, the first of them without its number."""
    question = Lettered(place)
    stem: list[tuple[Piece, ...]] = []
    options: list[_Option] = []
    blank = False
    lines = _with_letters(lines, question)
    at_starts = {mark.letter.upper() for line in lines for mark in marks_in(line)[:1] if mark.is_at_start}
    for position, line in enumerate(lines):
        letters = answer_line(line.text.strip()) if position else None
        if letters is not None:
            if letters:
                question.said = [*(question.said or []), *letters]
            continue
        if not line.text.strip() and not line.is_shown:
            blank = True
            continue
        marks = _accepted(line, options, at_starts, question)
        lead = cut(line.pieces, 0, marks[0].start) if marks else line.pieces
        if line.number and not (marks and marks[0].is_at_start):
            lead = (*replace(line, pieces=()).as_seen, *lead)  # a list in the question: options may name its numbers
        if not options:
            stem += [lead] if lead else []
        elif not marks or marks[0].start > 0:
            _continue(line, lead, options, question, blank)
        ends = [*(mark.start for mark in marks[1:]), None]
        for mark, end in zip(marks, ends, strict=False):
            of_mark = (behind if mark.is_at_start else cut)(line.pieces, mark.end, end)
            options.append(_Option(mark, list(of_mark)))
        blank = False
    _fill(question, stem, options, parts)
    return question


def _with_letters(lines: Sequence[Line], question: Lettered) -> Sequence[Line]:
    """The lines, with letters for options that have only dots or dashes; as they are where any option has a letter."""
    dotted = [index for index, line in enumerate(lines) if index and (line.is_bullet or _DASH.match(line.text))]
    if len(dotted) < 2 or len(dotted) > OPTIONS_MOST or any(marks_in(line) for line in lines):
        return lines
    lettered = list(lines)
    for letter, index in zip(CYRILLIC, dotted, strict=False):
        line = lines[index]
        dash = None if line.is_bullet else _DASH.match(line.text)
        lettered[index] = replace(
            line, number=f"{letter})", pieces=behind(line.pieces, dash.end()) if dash else line.pieces
        )
    message = _l("The options have no letters. They are taken in their order as А, Б, В …")
    question.faults.append(Finding("letters_given", message, "option_a_ky", severity="warning"))
    return lettered


def _accepted(line: Line, options: list[_Option], at_starts: set[str], question: Lettered) -> list[Mark]:
    """The marks of a line that go on where the options before it ended."""
    marks = marks_in(line)
    accepted: list[Mark] = []
    for mark in marks:
        index = len(options) + len(accepted)
        first = options[0].mark if options else accepted[0] if accepted else mark
        alike = mark.letter.isupper() == first.letter.isupper()
        if fits(mark.letter, index) and alike and (mark.is_at_start or mark.letter.upper() not in at_starts):
            accepted.append(mark)
        elif mark.is_at_start and options:
            message = _l("The letters of the options are not in their order: A), B), C) …")
            question.faults.append(Finding("option_order", message, "option_a_ky"))
            accepted.append(mark)
    if accepted and not options and not accepted[0].is_at_start and len(accepted) < 2:
        return []  # a letter in the question itself
    return accepted


def _continue(line: Line, lead: tuple[Piece, ...], options: list[_Option], question: Lettered, blank: bool) -> None:
    """A line after options that is none: the rest of a paragraph, a heading, or something nobody can place."""
    said = "".join(piece.in_line for piece in lead).strip()
    is_table, is_bare = (
        any(piece.table for piece in lead),
        not any(piece.in_line.strip() for piece in options[-1].pieces),
    )
    if not line.is_first or is_table or (is_bare and not said.strip(THING)):
        options[-1].pieces += [Piece("\n"), *lead]
    elif blank or line.is_heading:
        message = _l("A line after the options is left out: %(text)s", text=words(said))
        question.faults.append(Finding("line_left_out", message, severity="warning"))
    else:
        message = _l(
            "This line is neither an option nor an answer. Put it into the question or the option, or leave an empty "
            "line before it: %(text)s",
            text=words(said),
        )
        question.faults.append(Finding("line_unclear", message, "stem_ky"))


def words(text: str) -> str:
    """What a sentence about a line quotes of it."""
    return text.replace(THING, " […] ").strip()[:80]


def _fill(
    question: Lettered, stem: list[tuple[Piece, ...]], options: list[_Option], parts: Mapping[str, bytes]
) -> None:
    """Texts, plain or as HTML, pictures, and what the marks say of the right option."""
    texts = [[piece for line in stem for piece in (Piece("\n"), *line)], *(option.pieces for option in options)]
    pieces = [piece for text in texts for piece in text]
    if any(piece.table for option in options for piece in option.pieces):
        message = _l("A table stands among the options. Put it into the question.")
        question.faults.append(Finding("table_in_option", message, "option_a_ky"))
    pieces += [piece for table in (one.table for one in pieces) if table for piece in _of_cells(table)]
    for thing in {str(piece.thing): piece.thing for piece in pieces if piece.thing}.values():
        message = _l("The question holds what cannot be taken from Word: %(what)s", what=thing)
        question.faults.append(Finding("not_taken", message, "stem_ky"))
    media: dict[str, Medium] = {}
    for name in dict.fromkeys(piece.picture for piece in pieces if piece.picture):
        try:
            found = markup.picture(parts[name])
        except markup.PictureRefused as refusal:
            question.faults.append(Finding(refusal.code, refusal, "stem_ky"))
            continue
        media[name] = Medium(found.name, found.media_type, found.content)
    question.is_rich = any(piece.script or piece.picture or piece.math or piece.table for piece in pieces)
    question.media = tuple(sorted(set(media.values()), key=lambda medium: medium.name))
    if any(map(_stands_out, texts)):
        message = _l(
            "Bold or underlined words of the question become plain. Where they matter, write them in capital letters."
        )
        question.faults.append(Finding("looks_left_out", message, "stem_ky", severity="warning"))
    written = [_html(text, media) if question.is_rich else _plain(text) for text in texts]
    question.stem, question.options = written[0], written[1:]
    question.marks = [option.mark.letter for option in options]
    question.signed = {index for index, option in enumerate(options) if option.mark.is_signed}
    if not question.signed:
        question.looked = _told_by_looks([option.mark.looks for option in options])


def _stands_out(pieces: Iterable[Piece]) -> bool:
    """Whether some words of a text are bold or underlined and others are not."""
    said = (piece for piece in pieces if any(sign.isalnum() for sign in piece.text))
    return len({piece.marks & {"bold", "underline"} for piece in said}) > 1


def _told_by_looks(looks: Sequence[frozenset[str]]) -> list[set[int]]:
    """For each manner in which some of the letters are written and others are not, the options that are."""
    found = []
    for manner in ("bold", "underline", "highlight", "colour"):
        having = {index for index, marks in enumerate(looks) if manner in marks}
        if having and len(having) < len(looks):
            found.append(having)
    return found


def _plain(pieces: Iterable[Piece]) -> str:
    return clean_text(re.sub(r"[ \t]+", " ", "".join(piece.text for piece in pieces)))


def _of_cells(table: Table) -> Iterator[Piece]:
    return (piece for row in table.rows for cell in row for line in cell for piece in line.pieces)


def _table(table: Table, media: Mapping[str, Medium]) -> str:
    rows = []
    for row in table.rows:
        cells = ("<br>".join(_html(line.as_seen, media) for line in cell) for cell in row)
        rows.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _html(pieces: Iterable[Piece], media: Mapping[str, Medium]) -> str:
    written = []
    for piece in pieces:
        if piece.picture in media:
            alt = html.escape(piece.alt)
            written.append(f'<img src="{media[piece.picture].name}" alt="{alt}">')
            continue
        if piece.math:
            written.append(piece.math)
            continue
        if piece.table:
            written.append(_table(piece.table, media))
            continue
        text = html.escape(piece.text, quote=False).replace("\t", " ").replace("\n", "<br>")
        written.append(f"<{piece.script}>{text}</{piece.script}>" if piece.script and text else text)
    return markup.clean(re.sub(r"^(?:\s|<br>)+|(?:\s|<br>)+$", "", "".join(written)))
