"""One question of a GIFT file: from its lines to a draft (the format is told in ``gift``)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import ItemDraft, OptionDraft, Problem, check_draft
from question_bank.exchange.gift_answers import OTHER_KINDS, Answers, read_answers
from question_bank.exchange.gift_text import (
    Bilingual,
    HtmlFound,
    TextFormat,
    bilingual,
    hold,
    html_of,
    plain_text,
    restore,
    split_format,
)
from question_bank.exchange.languages import without_marks
from question_bank.exchange.markings import cleaned
from question_bank.exchange.reading import NOTHING_GIVEN, Finding, Given, Refused, clean_text, merge
from question_bank.kinds.base import text_column

_LONGEST = 100_000  # characters of one question; also bounds the time that a hostile one can take
_COMMENT = re.compile(r"//\s*(difficulty|source|author|enemies|partial|text)\s*:(.*)", re.IGNORECASE)
_TITLE = re.compile(r"\s*::(.*?)::", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_ID = re.compile(r"[^\s,;]{1,64}")
_CODE = re.compile(r"[\w.-]+")
_ID_SEPARATORS = re.compile(r"[\s,;]+")
_BLANK = "_____"  # what Moodle puts where the options stand in the middle of a sentence


@dataclass(frozen=True)
class Block:
    """The lines of one question with its comments; ``start`` is the first line's number in the file."""

    start: int
    lines: tuple[str, ...]
    category: tuple[str, ...]


def read_question(block: Block, given: Given, number: int) -> tuple[ItemDraft | None, list[Problem]]:
    """The draft, or None where the text cannot be read as a question; and everything that is wrong with it.

    ``given`` fills what the file lacks, unless nothing is said there; ``number`` is the question's place in the file.
    """
    text, comments, place = _without_comments(block)
    held = hold(text)
    title = _TITLE.match(held)
    external_id = clean_text(restore(title.group(1))) if title else ""
    if given.prefix and not _ID.fullmatch(external_id):
        external_id = f"{given.prefix}-{number:03d}"

    def problem(finding: Finding, at: int = place) -> Problem:
        named = external_id or None
        return Problem(at, "line", named, finding.code, finding.message, finding.column, finding.severity)

    try:
        if len(text) > _LONGEST:
            message = _l("The question is too long. Perhaps the blank line after it is missing.")
            raise Refused("question_too_long", message)
        stem, answers = _split_answers(held, title.end() if title else 0)
        found, findings = read_answers(answers, comments)
        is_rich = comments.get("text", "").strip().lower() == "rich"
        texts, text_findings = _texts(stem, found, is_rich, given)
    except Refused as refusal:
        line = place if refusal.offset is None else block.start + held.count("\n", 0, refusal.offset)
        return None, [problem(refusal.finding, line)]
    category = _category(block, given)
    draft = ItemDraft(
        external_id=external_id,
        subject_area=category[0] if category else "",
        sub_topic=category[1] if len(category) > 1 else "",
        difficulty=_difficulty(comments, given),
        stem_ky=texts[0].ky,
        stem_ru=texts[0].ru,
        kind=str(found.kind),
        options=found.fixed or tuple(OptionDraft(text.ky, text.ru) for text in texts[1 : len(found.options) + 1]),
        targets=tuple(OptionDraft(text.ky, text.ru) for text in texts[len(found.options) + 1 :]),
        key=found.key,
        is_partial=found.is_partial,
        source=comments.get("source", ""),
        author=comments.get("author", ""),
        enemies=tuple(dict.fromkeys(enemy for enemy in _ID_SEPARATORS.split(comments.get("enemies", "")) if enemy)),
        place=place,
        place_kind="line",
    )
    draft, left_out = cleaned(draft) if is_rich else (draft, [])
    common = check_draft(draft)
    if any(finding.severity == "error" for finding in text_findings):
        # What the common rules say of texts that were read by halves is noise.
        common = [found for found in common if not (found.column or "").startswith(("stem", "option", "target"))]
    own = [*findings, *left_out, *text_findings, *_missing(category, draft.difficulty, external_id, comments)]
    return draft, merge([problem(finding) for finding in own], common)


def _without_comments(block: Block) -> tuple[str, dict[str, str], int]:
    """The text with comment lines emptied, what the comments say, and the line where the question begins."""
    body: list[str] = []
    comments: dict[str, str] = {}
    place = 0
    for number, line in enumerate(block.lines, start=block.start):
        stripped = line.strip()
        if not stripped.startswith("//"):
            body.append(line)
            place = place or number
            continue
        body.append("")
        if match := _COMMENT.match(stripped):
            comments[match.group(1).lower()] = clean_text(restore(hold(match.group(2))))
    return "\n".join(body), comments, place


def _split_answers(held: str, start: int) -> tuple[str, str]:
    """The stem, and what stands between the braces; the options may stand in the middle of a sentence."""
    braces = list(_BRACE.finditer(held, start))
    if not braces:
        raise Refused("kind_description", OTHER_KINDS["description"])
    signs = "".join(brace.group() for brace in braces)
    if signs == "{}":
        opening, closing = (brace.start() for brace in braces)
        after = held[closing + 1 :]
        return held[start:opening] + (_BLANK + after if after.strip() else ""), held[opening + 1 : closing]
    if signs.startswith("{}{"):
        raise Refused(
            "blank_line_missing",
            _l(
                "A second question begins here. Put a blank line between questions, or write \\{ for a brace in a text."
            ),
            offset=braces[2].start(),
        )
    # The brace that does not fit: the second of two alike, or the one that is alone.
    wrong = 0 if len(signs) == 1 or signs[0] == "}" else next(i for i in (1, 2) if signs[i] != "{}"[i % 2])
    raise Refused(
        "unbalanced_braces",
        _l(
            "The braces do not match. A question has one { and one }, with no blank line between them; "
            "write \\{ and \\} for braces in a text."
        ),
        offset=braces[wrong].start(),
    )


def _texts(stem: str, answers: Answers, is_rich: bool, given: Given) -> tuple[list[Bilingual], list[Finding]]:
    """The stem, options and targets in both languages, and what is wrong with their marks (each said once)."""
    stem_format, stem = split_format(stem)
    formatted = [("stem", stem_format, stem)]
    for side, held_texts in (("option", answers.options), ("target", answers.targets)):
        for index, held in enumerate(held_texts):
            column = text_column(side, index, "ky").removesuffix("_ky")
            formatted.append((column, *split_format(held, stem_format)))
    found: dict[str, Finding] = {}
    if any(text_format == "markdown" for _, text_format, _ in formatted):
        message = _l("The text is in Markdown: its signs are kept as they are written.")
        found["markdown"] = Finding("markdown_kept", message, severity="warning")
    read = [html_of(held) if is_rich else _plain(held, text_format, column) for column, text_format, held in formatted]
    alone = without_marks(read, given) if given != NOTHING_GIVEN else None
    if alone is not None:
        return alone, list(found.values())
    texts = []
    for (column, _format, _held), text in zip(formatted, map(bilingual, read), strict=True):
        for fault in text.faults:
            if finding := _mark_finding(fault, f"{column}_ky"):
                found.setdefault(fault, finding)
        # A language without a mark is missing, whatever stands outside the marks of the other.
        texts.append(Bilingual("" if "ky" in text.faults else text.ky, "" if "ru" in text.faults else text.ru))
    return texts, list(found.values())


def _plain(held: str, text_format: TextFormat, column: str) -> str:
    try:
        return plain_text(held, text_format)
    except HtmlFound as found:
        raise Refused(
            "html_text",
            _l(
                "HTML is not taken. Leave plain text, or write [plain] before a text in which < and > are meant as "
                "signs. Found: %(tag)s",
                tag=found.tag[:60],
            ),
            column=f"{column}_ky",
        ) from found


def _mark_finding(fault: str, column: str) -> Finding | None:
    """The finding for a fault of language marks; None for a missing language, of which the common rules speak."""
    if fault == "unmarked":
        message = _l(
            "The text is not marked by language, and both Kyrgyz and Russian are needed. Write "
            "\\{mlang ky\\}…\\{mlang\\}\\{mlang ru\\}…\\{mlang\\}"
        )
        return Finding("languages_not_marked", message, column)
    if fault == "open":
        return Finding("mark_not_closed", _l("A language mark is not closed. Write \\{mlang ky\\}…\\{mlang\\}"), column)
    if fault == "other":
        message = _l("Languages other than Kyrgyz and Russian are left out.")
        return Finding("other_language_dropped", message, severity="warning")
    return None


def _missing(category: tuple[str, ...], difficulty: int, external_id: str, comments: dict[str, str]) -> list[Finding]:
    """What GIFT has no place for of its own, with where to write it."""
    found = []
    if not external_id:
        message = _l("The question has no id. Write it as the title: ::LAW-001::")
        found.append(Finding("id_missing", message, "external_id"))
    if not category:
        message = _l("The subject area is missing. Write a line before the question: $CATEGORY: subject-area/sub-topic")
        found.append(Finding("subject_area_missing", message, "subject_area"))
    elif len(category) > 2:
        message = _l(
            "The category has too many levels. Write: $CATEGORY: subject-area/sub-topic. Category: %(path)s",
            path="/".join(category)[:200],
        )
        found.append(Finding("category_levels", message, "subject_area"))
    if not difficulty and not comments.get("difficulty"):
        message = _l("The difficulty is missing. Write a line before the question: // difficulty: 3")
        found.append(Finding("difficulty", message, "difficulty"))
    return found


def _category(block: Block, given: Given) -> tuple[str, ...]:
    """Subject area and sub-topic by the category, where its names are codes; else what the person says."""
    if given.subject_area and not (block.category and all(map(_CODE.fullmatch, block.category[:2]))):
        return tuple(part for part in (given.subject_area, given.sub_topic) if part)
    return block.category


def _difficulty(comments: dict[str, str], given: Given) -> int:
    """The level as a number, 0 (which no rule allows) where it is none."""
    text = comments.get("difficulty", "")
    if not text and given != NOTHING_GIVEN:
        return given.difficulty
    return int(text) if re.fullmatch(r"[0-9]{1,3}", text) else 0
