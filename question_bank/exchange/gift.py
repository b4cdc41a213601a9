r"""GIFT, the plain text format of Moodle, for questions in two languages (each kind's answers: ``gift_answers``).

Syntax as in Moodle (docs.moodle.org, 'GIFT format'): UTF-8; questions are separated by blank lines; ``::title::``;
``{ =right ~wrong }``; ``\~ \= \# \{ \} \: \\ \n`` are escapes; ``[html] [moodle] [plain] [markdown]`` before a text;
``//`` starts a comment line. What our bank needs beyond that, written so that Moodle takes the file too::

    $CATEGORY: law/competition-procedure

    // difficulty: 3
    // source: Regulation, paragraph 16
    // author: A. Author
    // enemies: BOD-003, LAW-007
    ::LAW-001::\{mlang ky\}Суроо?\{mlang\}\{mlang ru\}Вопрос?\{mlang\} {
        ~\{mlang ky\}бир\{mlang\}\{mlang ru\}один\{mlang\}
        =\{mlang ky\}эки\{mlang\}\{mlang ru\}два\{mlang\}
    }

- The title is the external id. The category is subject area and sub-topic; ``$course$/top/`` before it is left out.
- Both languages stand in one text between the marks of Moodle's multilang2 filter. Braces of marks may be unescaped
  on import (Moodle would refuse them). A text without words needs no marks; other languages are left out (warning).
- Difficulty, source, author and enemies are comment lines of the question: Moodle does not see them. In their values
  ``\n`` and ``\\`` are escapes as in texts.
- Of files of others, what they lack is taken from what the person says (``Given``), where anything is said: the
  language of a question without a mark, the ids of titles that cannot be ids, subject area and sub-topic where the
  category is no code, the difficulty. Where nothing is said, each lack is a fault.
- Feedback is left out (warning). Weights that are not those of our partial credit are refused, and so are the kinds
  of question that the bank does not have, each by name. HTML beyond paragraphs and line breaks is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.i18n import lazy_gettext as _l
from question_bank.exchange import gift_answers, gift_text
from question_bank.exchange.drafts import ItemDraft, Problem, Reading, tidied, with_texts
from question_bank.exchange.gift_question import Block, read_question
from question_bank.exchange.languages import in_one_sentence
from question_bank.exchange.reading import (
    NOTHING_GIVEN,
    STANDARD,
    Given,
    Limits,
    Unreadable,
    check_duplicates,
    decoded,
    file_problem,
    reading,
    refused,
    too_many,
)
from question_bank.kinds.registry import kind_of

_CONTEXT = re.compile(r"\$[\w-]+\$")
_CATEGORY = "$CATEGORY:"
_NOT_TEXT = _l("This is not a text file. Export the questions as GIFT and import that file.")


def read(data: bytes, given: Given = NOTHING_GIVEN, *, limits: Limits = STANDARD) -> Reading:
    """Read a file's questions and everything that is wrong with them; places are line numbers of the file."""
    try:
        text = decoded(data, limits, _NOT_TEXT)
        blocks = _blocks(text)
        if len(blocks) > limits.items:
            raise too_many(limits)
    except Unreadable as refusal:
        return refused(refusal.problem)
    drafts: list[ItemDraft] = []
    problems: list[Problem] = []
    for number, block in enumerate(blocks, start=1):
        draft, findings = read_question(block, given, number)
        if draft is not None:
            drafts.append(draft)
        problems += findings
    if not blocks:
        problems.append(file_problem("no_items", _l("There are no questions in the file.")))
    return reading(drafts, [*in_one_sentence(problems, drafts), *check_duplicates(drafts)], len(blocks))


def _blocks(text: str) -> list[Block]:
    """The questions: what stands between blank lines, without blocks that are comments only."""
    blocks: list[Block] = []
    category: tuple[str, ...] = ()
    lines: list[str] = []
    start = 1

    def close() -> None:
        if any(line.strip() and not line.strip().startswith("//") for line in lines):
            blocks.append(Block(start, tuple(lines), category))
        lines.clear()

    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip().startswith(_CATEGORY):
            close()
            category = category_path(line.strip().removeprefix(_CATEGORY))
        elif not line.strip():
            close()
        else:
            if not lines:
                start = number
            lines.append(line)
    close()
    return blocks


def category_path(path: str) -> tuple[str, ...]:
    """The parts of a category path, without Moodle's context (``$course$``) and the ``top`` below it."""
    parts = [part.strip() for part in path.split("/")]
    if _CONTEXT.fullmatch(parts[0]):
        parts = parts[2:] if parts[1:2] == ["top"] else parts[1:]
    return tuple(part for part in parts if part)


def write(items: Iterable[ItemDraft]) -> bytes:
    """The questions as a UTF-8 file that ``read`` gives back unchanged and that Moodle takes."""
    lines: list[str] = []
    category: tuple[str, str] | None = None
    for item in map(tidied, items):
        if category != (item.subject_area, item.sub_topic):
            category = (item.subject_area, item.sub_topic)
            lines += ["$CATEGORY: " + "/".join(part for part in category if part), ""]
        lines += [*_question_lines(item), ""]
    return "\n".join(lines).encode()


def _question_lines(item: ItemDraft) -> list[str]:
    sides = (*item.options, *item.targets)
    texts = [item.stem_ky, item.stem_ru, *(text for side in sides for text in (side.ky, side.ru))]
    as_html = item.is_rich or gift_text.needs_html(*texts)
    comments = [("difficulty", str(item.difficulty)), ("source", item.source), ("author", item.author)]
    comments.append(("enemies", ", ".join(item.enemies)))
    if kind_of(item.kind).takes_partial and not item.is_partial:
        comments.append(("partial", "no"))
    comments.append(("text", "rich" if item.is_rich else ""))
    if as_html and not item.is_rich:
        item = with_texts(item, gift_text.in_html)
    stem = gift_text.write_bilingual(item.stem_ky, item.stem_ru)
    return [
        *(f"// {name}: {gift_text.escape_comment(value)}" for name, value in comments if value),
        f"::{gift_text.escape(item.external_id)}::{'[html]' if as_html else ''}{stem} {{",
        *gift_answers.write_answers(item),
        "}",
    ]
