"""Moodle XML, the format in which Moodle gives out questions of every kind, for questions in two languages.

Elements as in Moodle 4 (docs.moodle.org, 'Moodle XML format'; question/format/xml/format.php and
question/type/ordering/questiontype.php in its source). What our bank needs is written so that Moodle keeps it:

- the external id is ``idnumber`` and the name; the category path is subject area and sub-topic (``$course$/top/…``);
- both languages stand in one text between the marks of Moodle's multilang2 filter;
- difficulty, source, author, enemies, 'all or nothing' and 'rich text' are tags (``moodle_tags``);
- texts are HTML; pictures are ``file`` elements beside the text that shows them (``moodle_text``).

Left out on reading: feedback, hints and general feedback (warning); the texts for right and wrong answers as a whole,
marks and penalties, shuffling and numbering of options, deeper levels of categories, and tags of other names.
"""

from __future__ import annotations

import re

from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import DIFFICULTIES, ItemDraft, OptionDraft, Problem, Reading, check_draft
from question_bank.exchange.gift import category_path
from question_bank.exchange.languages import in_one_sentence
from question_bank.exchange.moodle_answers import Answers, read_answers, said
from question_bank.exchange.moodle_tags import read_tags
from question_bank.exchange.moodle_text import Field, Texts, as_field, read_texts
from question_bank.exchange.reading import (
    NOTHING_GIVEN,
    STANDARD,
    Finding,
    Given,
    Limits,
    Refused,
    Unreadable,
    check_duplicates,
    clean_text,
    file_problem,
    merge,
    reading,
    refused,
    too_many,
)
from question_bank.exchange.xml import Element, parse
from question_bank.kinds.base import text_column
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.rules import ItemKind

_ID = re.compile(r"[^\s,;]{1,64}")
_CODE = re.compile(r"[\w.-]+")
_ID_SEPARATORS = re.compile(r"[\s,;]+")
_FEEDBACK = Finding("feedback_dropped", _l("Feedback is left out: the bank does not keep it."), severity="warning")


def looks(data: bytes) -> bool:
    """Whether this is Moodle's XML rather than another program's."""
    return b"<quiz" in data[:4096]


def read(data: bytes, given: Given = NOTHING_GIVEN, *, limits: Limits = STANDARD) -> Reading:
    """Read a file's questions and everything that is wrong with them; places are line numbers of the file."""
    try:
        root = parse(data, limits)
        if root.tag != "quiz":
            raise Unreadable("not_moodle", _l("This is not a Moodle XML file: it does not begin with <quiz>."))
        questions = [element for element in root if element.tag == "question" and isinstance(element, Element)]
        if len(questions) > limits.items:
            raise too_many(limits)
    except Unreadable as refusal:
        return refused(refusal.problem)
    drafts: list[ItemDraft] = []
    problems: list[Problem] = []
    category: tuple[str, ...] = ()
    seen = 0
    for element in questions:
        if element.get("type") == "category":
            category = category_path(said(element, "category"))
            continue
        seen += 1
        draft, findings = _question(element, category, given, seen)
        drafts += [draft] if draft else []
        problems += findings
    if not seen:
        problems.append(file_problem("no_items", _l("There are no questions in the file.")))
    return reading(drafts, [*in_one_sentence(problems, drafts), *check_duplicates(drafts)], seen)


def _question(
    element: Element, category: tuple[str, ...], given: Given, number: int
) -> tuple[ItemDraft | None, list[Problem]]:
    """The draft, or None where it cannot be read as a question of ours; and everything that is wrong with it."""
    external_id = _id(element, given, number)

    def problem(finding: Finding) -> Problem:
        named = external_id or said(element, "name")[:60] or None
        return Problem(element.line, "line", named, finding.code, finding.message, finding.column, finding.severity)

    tags = read_tags(said(tag, "text") for tag in element.findall("tags/tag"))
    kind = element.get("type", "")
    try:
        answers = read_answers(element, kind, tags)
        texts = read_texts(_fields(element, answers, tags), given, is_rich=tags.get("text") == "rich")
    except Refused as refusal:
        return None, [problem(refusal.finding)]
    area, topic = _subject(category, given)
    options, targets = _sides(answers, texts)
    draft = ItemDraft(
        external_id=external_id,
        subject_area=area,
        sub_topic=topic,
        difficulty=_difficulty(tags, given),
        stem_ky=texts.texts[0].ky,
        stem_ru=texts.texts[0].ru,
        options=options,
        targets=targets,
        key=answers.key,
        kind=str(answers.kind),
        is_partial=answers.is_partial,
        is_rich=texts.is_rich,
        media=texts.media,
        source=clean_text(tags.get("source", "")),
        author=clean_text(tags.get("author", "")),
        enemies=tuple(dict.fromkeys(enemy for enemy in _ID_SEPARATORS.split(tags.get("enemies", "")) if enemy)),
        place=element.line,
        place_kind="line",
    )
    own = list(texts.findings)
    if _has_feedback(element):
        own.append(_FEEDBACK)
    if not external_id:
        message = _l("The question has no ID number. Write it in Moodle, or say how the ids begin.")
        own.append(Finding("id_missing", message, "external_id"))
    if not area:
        own.append(Finding("subject_area_missing", _l("The subject area is missing."), "subject_area"))
    return draft, merge([problem(finding) for finding in own], check_draft(draft))


def _id(element: Element, given: Given, number: int) -> str:
    """The ID number; else a name that may be one; else one of the person's."""
    idnumber, name = clean_text(said(element, "idnumber")), clean_text(said(element, "name"))
    if idnumber:
        return idnumber
    if _ID.fullmatch(name):
        return name
    return f"{given.prefix}-{number:03d}" if given.prefix else ""


def _subject(category: tuple[str, ...], given: Given) -> tuple[str, str]:
    """Subject area and sub-topic by the category, where its names are codes; else what the person says."""
    if not category or (given.subject_area and not _CODE.fullmatch(category[0])):
        return given.subject_area, given.sub_topic
    return category[0], category[1] if len(category) > 1 else ""


def _difficulty(tags: dict[str, str], given: Given) -> int:
    text = tags.get("difficulty", "").strip()
    if not text:
        return given.difficulty
    return int(text) if text in {str(one) for one in DIFFICULTIES} else 0


def _fields(element: Element, answers: Answers, tags: dict[str, str]) -> list[Field]:
    """The texts of a question: its stem, then options, then targets."""
    is_rich = tags.get("text") == "rich"
    stem = element.find("questiontext")
    stem_format = (stem.get("format") if stem is not None else None) or "html"

    def one(column: str, text: Element | None, default: str) -> Field:
        if text is None:
            return Field(column, "", {})
        files = {(file.get("path") or "/") + (file.get("name") or ""): file.text or "" for file in text.findall("file")}
        chosen = (text.get("format") or default).strip()
        return as_field(column, text.findtext("text") or "", chosen, files, is_rich=is_rich)

    fields = [one("stem", stem if isinstance(stem, Element) else None, "html")]
    for index, option in enumerate(answers.options):
        fields.append(one(text_column("option", index, "ky").removesuffix("_ky"), option, stem_format))
    for index, target in enumerate(answers.targets):
        fields.append(one(text_column("target", index, "ky").removesuffix("_ky"), target, "moodle_auto_format"))
    return fields


def _sides(answers: Answers, texts: Texts) -> tuple[tuple[OptionDraft, ...], tuple[OptionDraft, ...]]:
    if answers.kind == ItemKind.TRUE_FALSE:
        return TRUE_FALSE, ()
    sides = tuple(OptionDraft(text.ky, text.ru) for text in texts.texts[1:])
    return sides[: len(answers.options)], sides[len(answers.options) :]


def _has_feedback(element: Element) -> bool:
    """Whether feedback that somebody wrote is lost; what Moodle puts into every question is not meant."""
    found = [*element.findall("generalfeedback"), *element.findall("hint"), *element.findall("answer/feedback")]
    return any((child.findtext("text") or "").strip() for child in found)
