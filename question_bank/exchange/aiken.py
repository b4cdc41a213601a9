r"""Aiken, the simplest text format of Moodle: single choice, one line for each text, for questions in one language.

Syntax as in Moodle (docs.moodle.org, 'Aiken format'; question/format/aiken in its source)::

    Question in one line
    A) first
    B. second
    ANSWER: B

Taken beyond that: Russian and Kyrgyz letters, small letters, ``Жооп: Б`` and ``Ответ: Б``, several letters in an answer
(multiple response, with a warning), a question of several lines, and blank lines before and after its options. Lines
with a blank line on both sides and no options under them belong to no question: they are refused, never joined to one.

Both languages are written into one text between the marks of Moodle's multilang2 filter, and read so; a question
without marks is in the language that the person names. The file says nothing else: ids, subject area, sub-topic and
difficulty are ``Given``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import ItemDraft, Problem, Reading, tidied
from question_bank.exchange.languages import in_one_sentence, marked
from question_bank.exchange.lettered import LETTER, Lettered, answer_line, asked, draft_of, fits
from question_bank.exchange.reading import (
    NOTHING_GIVEN,
    STANDARD,
    Finding,
    Given,
    Limits,
    Unreadable,
    decoded,
    file_problem,
    reading,
    refused,
    too_many,
)
from question_bank.rules import ItemKind

_OPTION = re.compile(rf"({LETTER})(?:\)\s*|\.(?:\s+|$))(.*)")
_LONGEST = 100_000  # characters of one question; also bounds what a hostile one can cost
_NOT_TEXT = _l("This is not a text file. Save the questions as plain text and import that file.")
_ANSWER_MISSING = _l("The answer is missing: the line under the options. Write: ANSWER: B")

_ALONE = Finding(
    "text_alone",
    _l(
        "This text belongs to no question: an empty line follows it, and no options. Delete it, or delete the empty "
        "line if it is the beginning of the next question."
    ),
    "stem_ky",
)
_NO_STEM = Finding("stem_missing", _l("There is an option before the text of its question."), "stem_ky")
_ORDER = Finding("option_order", _l("The letters of the options are not in their order: A), B), C) …"), "option_a_ky")


def looks(data: bytes) -> bool:
    """Whether this is Aiken rather than GIFT: an option line is followed by an answer line."""
    lines = [line.strip() for line in data[:65536].decode("utf-8-sig", "replace").splitlines() if line.strip()]
    return any(
        _OPTION.fullmatch(option) and answer_line(answer) is not None for option, answer in itertools.pairwise(lines)
    )


def read(data: bytes, given: Given = NOTHING_GIVEN, *, limits: Limits = STANDARD) -> Reading:
    """Read a file's questions and everything that is wrong with them; places are line numbers of the file."""
    try:
        questions = list(_questions(decoded(data, limits, _NOT_TEXT), limits))
    except Unreadable as refusal:
        return refused(refusal.problem)
    if not questions:
        return refused(file_problem("no_items", _l("There are no questions in the file.")))
    drafts: list[ItemDraft] = []
    problems: list[Problem] = asked(given)
    for number, question in enumerate(questions, start=1):
        draft, findings = draft_of(question, number, given, place_kind="line")
        drafts += [draft] if draft else []
        problems += findings
    return reading(drafts, in_one_sentence(problems, drafts), len(questions))


def _questions(text: str, limits: Limits) -> Iterator[Lettered]:
    """The questions in their order; the answer line ends one, and so does new text after options."""
    found, size = 0, 0
    is_apart = False  # a blank line stands before this one
    question: Lettered | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip("\ufeff\u200b\u2060 \t\xa0\f\v")
        if not line:
            is_apart = True
            continue
        was_apart, is_apart = is_apart, False
        if found >= limits.items:
            raise too_many(limits)
        said = answer_line(line)
        option = _OPTION.fullmatch(line)
        if question and option and (question.options or fits(option.group(1), 0)):
            if not fits(option.group(1), len(question.options)):
                question.faults = [_ORDER]
            question.marks.append(option.group(1))
            question.options.append(option.group(2))
        elif said is not None:
            question = question or Lettered(number)
            question.said = said
        elif question and not question.options and not was_apart:
            question.stem += "\n" + line
        else:
            if question:
                yield _without_answer(question)
                found += 1
            question = Lettered(number, line)
            question.faults += [_NO_STEM] if option and ")" in line[:2] else []
            size = 0
        size += len(line)
        if size > _LONGEST:
            raise Unreadable(
                "question_too_long", _l("A question is too long. Begins in line: %(line)s", line=question.place)
            )
        if said is not None:
            yield question
            found += 1
            question, size = None, 0
    if question:
        yield _without_answer(question)


def _without_answer(question: Lettered) -> Lettered:
    """A question that ended without its answer line."""
    if question.options:
        question.faults.append(Finding("answer_missing", _ANSWER_MISSING, "correct"))
    elif not question.faults:
        question.faults.append(_ALONE)
    return question


def unwritable(item: ItemDraft) -> object | None:
    """Why a question cannot stand in an Aiken file, in a sentence; None where it can."""
    if item.kind != ItemKind.SINGLE_CHOICE:
        return _l("Aiken has single choice only.")
    if item.is_rich or item.media:
        return _l("Aiken has plain text only.")
    texts = [item.stem_ky, item.stem_ru, *(text for option in item.options for text in (option.ky, option.ru))]
    if any("\n" in text for text in texts):
        return _l("Aiken has one line for each text.")
    return None


def write(items: Iterable[ItemDraft]) -> bytes:
    """The questions as UTF-8 text that Moodle takes; each must be one that ``unwritable`` has nothing against."""
    blocks = []
    for item in map(tidied, items):
        options = (
            f"{letter}) {marked(option.ky, option.ru)}" for letter, option in zip("ABCDEF", item.options, strict=False)
        )
        right = "ABCDEF"[next(index for index in item.key if isinstance(index, int))]
        blocks.append("\n".join([marked(item.stem_ky, item.stem_ru), *options, f"ANSWER: {right}", ""]))
    return "\n".join(blocks).encode()
