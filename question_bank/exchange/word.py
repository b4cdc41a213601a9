"""Word documents as departments have them: numbered questions, options by letters, the right one marked.

::

    1. Question, of one or several paragraphs
    А) first
    *Б) second, the right one
    В) third   Г) fourth

Numbers and letters are typed or written by Word; options stand in lines of their own or several in one; letters are
Latin, Russian or Kyrgyz (``lettered``). The right option is told, in this order, by ``*`` or ``+`` before its letter
(``*`` also after it); by a line ``Жооп: Б`` under the options; by a key at the end (``word_key``); by the letter being
the only one that is bold, underlined, highlighted or coloured. Two ways that differ refuse the question. Several right
options make it multiple response, all points or none, with a warning. Options with dots or dashes and without letters
are taken in their order as А, Б, В …, with a warning.

Superscripts, subscripts, pictures, formulas and tables of data in the question make it rich; bold, italic and
underlined text becomes plain, capitals are written as such. Drawings, objects, footnotes, and formulas that the MathML
of the allow-list cannot say refuse the question by name. Headings and lines between questions are left out with a
warning. Places are numbers of questions, counted from the first. Only read, never written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from core.i18n import lazy_gettext as _l
from question_bank.exchange import word_key
from question_bank.exchange.drafts import ItemDraft, Problem, Reading
from question_bank.exchange.languages import in_one_sentence
from question_bank.exchange.lettered import Lettered, asked, draft_of
from question_bank.exchange.reading import (
    NOTHING_GIVEN,
    STANDARD,
    Finding,
    Given,
    Limits,
    Unreadable,
    file_problem,
    reading,
    refused,
    too_many,
)
from question_bank.exchange.word_document import Document, as_line, open_document
from question_bank.exchange.word_lines import THING, Line, Table
from question_bank.exchange.word_options import behind, lettered_of, marks_in, words

_AUTO = re.compile(r"(?:№\s*)?([0-9]{1,4})\s*([.)]?)")
_TYPED = re.compile(
    rf"[\s{THING}]*(?:(?:суроо|вопрос)\s*)?(?:№\s*)?([0-9]{{1,4}})(?:\s*-\s*(?:суроо|вопрос))?\s*([.):])(?![0-9])\s*",
    re.IGNORECASE,
)

_NUMBER = re.compile(r"[0-9]{1,4}[.)]?")


@dataclass
class Block:
    """A question with everything up to the next one; ``number`` as the document gives it."""

    number: int
    lines: list[Line] = field(default_factory=list)


def read(data: bytes, given: Given = NOTHING_GIVEN, *, limits: Limits = STANDARD) -> Reading:
    """Read a document's questions and everything that is wrong with them; places are the questions' order."""
    try:
        document = open_document(data, limits)
        blocks, key, before = _blocks(document, limits)
    except Unreadable as refusal:
        return refused(refusal.problem)
    if not blocks:
        message = _l("There are no questions in the document. Number them: 1. 2. 3., the options А) Б) В).")
        return refused(file_problem("no_items", message))
    drafts: list[ItemDraft] = []
    problems: list[Problem] = [*asked(given), *_of_file(blocks, key, before)]
    often = Counter(block.number for block in blocks)
    for place, block in enumerate(blocks, start=1):
        question = lettered_of(block.lines, document.parts, place)
        _use_key(question, key.get(block.number), often[block.number])
        draft, findings = draft_of(question, place, given, place_kind="question")
        drafts += [draft] if draft else []
        problems += findings
    return reading(drafts, in_one_sentence(problems, drafts), len(blocks))


def _blocks(document: Document, limits: Limits) -> tuple[list[Block], dict[int, list[str]], list[str]]:
    """The questions, the key, and the lines before the first question."""
    blocks: list[Block] = []
    key: dict[int, list[str]] = {}
    before: list[str] = []
    style, in_key = "", False
    for line in _lines(document, key, blocks):
        text = f"{line.number} {line.text}"
        pairs = word_key.of_line(text, in_key=in_key)
        started = None if pairs else _start(line)
        if pairs:
            key.update({number: found for number, found in pairs.items() if number not in key})
        elif started and _begins(started, blocks, style):
            if len(blocks) >= limits.items:
                raise too_many(limits)
            number, style, rest = started
            blocks.append(Block(number, [rest]))
            in_key = False
        elif word_key.is_heading(text):
            in_key = True
        elif blocks:
            blocks[-1].lines.append(line)
        elif line.text.strip():
            before.append(line.text.strip())
    return blocks, key, before


def _lines(document: Document, key: dict[int, list[str]], blocks: list[Block]) -> Iterator[Line]:
    """The lines of the document with those of its tables; keys in tables go into ``key``, tables of data stay whole."""
    for block in document.blocks:
        if isinstance(block, Line):
            yield block
            continue
        if pairs := word_key.of_table(block):
            key.update(pairs)
            continue
        lines = list(_of_table(block))
        if any(mark.is_at_start for line in lines for mark in marks_in(line)):
            yield from lines
        elif blocks:
            yield as_line(block)


def _of_table(table: Table) -> Iterator[Line]:
    """The lines of a table row by row; a number alone in its cell stands before the text of the next one."""
    for row in table.rows:
        number = ""
        for cell in row:
            lines = [line for line in cell if line.text.strip() or line.number or line.is_shown]
            alone = (lines[0].number + lines[0].text).strip() if len(lines) == 1 else ""
            if _NUMBER.fullmatch(alone) and cell is not row[-1]:
                number = alone if alone.endswith((".", ")")) else f"{alone}."
                continue
            for line in lines:
                yield replace(line, number=number or line.number, is_first=True)
                number = ""


def _start(line: Line) -> tuple[int, str, Line] | None:
    """Number, its manner, and the rest of a line that may begin a question."""
    if not line.is_first:
        return None
    if line.number:
        auto = _AUTO.fullmatch(line.number)
        return (int(auto.group(1)), f"auto{auto.group(2)}", replace(line, number="")) if auto else None
    typed = _TYPED.match(line.text)
    if typed is None:
        return None
    return int(typed.group(1)), typed.group(2), replace(line, pieces=behind(line.pieces, typed.end()))


def _begins(started: tuple[int, str, Line], blocks: list[Block], style: str) -> bool:
    """Whether a numbered line begins a question rather than being a numbered line within one."""
    number, manner, _rest = started
    if not blocks:
        return True
    if sum(len(marks_in(line)) for line in blocks[-1].lines) >= 2:
        return True
    return manner == style and number == blocks[-1].number + 1


def _use_key(question: Lettered, said: list[str] | None, often: int) -> None:
    """The answer that the key at the end gives, beside what stands at the question itself."""
    if said is None:
        return
    if often > 1:
        message = _l("Several questions have this number, so the key at the end does not tell which it means.")
        question.faults.append(Finding("key_ambiguous", message, "correct"))
    elif question.said is None:
        question.said = said
    elif {one.upper() for one in question.said} != {one.upper() for one in said}:
        message = _l("The key at the end and the answer at the question differ.")
        question.faults.append(Finding("answers_differ", message, "correct"))


def _of_file(blocks: list[Block], key: dict[int, list[str]], before: list[str]) -> Iterator[Problem]:
    if unknown := sorted(key.keys() - {block.number for block in blocks}):
        message = _l(
            "The key at the end names questions that are not in the document: %(numbers)s",
            numbers=", ".join(map(str, unknown[:20])),
        )
        yield file_problem("key_beyond", message, severity="warning")
    if before:
        message = _l("Text before the first question is left out: %(text)s", text=words(" ".join(before)))
        yield file_problem("text_before", message, severity="warning")
