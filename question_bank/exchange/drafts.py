"""Item drafts, which every exchange format reads and writes, and the rules that a draft keeps in each of them.

Pure values: no database, no web. Only what the file itself can tell is judged here; whether a subject area or an
enemy exists, and whether an id is already taken in the bank, is for the service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from core.i18n import lazy_gettext as _l

PlaceKind = Literal["row", "line", "file"]
Severity = Literal["error", "warning"]

LETTERS = "ABCDEF"
LANGUAGES = ("ky", "ru")
SINGLE_CHOICE = "single_choice"

ID_LENGTH = 64
CODE_LENGTH = 64
STEM_LENGTH = 4_000
OPTION_LENGTH = 1_000
SOURCE_LENGTH = 500
AUTHOR_LENGTH = 200
OPTIONS_MIN, OPTIONS_MAX = 2, 6
DIFFICULTIES = range(1, 6)

# An id stands in lists of enemies, so it cannot hold what separates a list.
_ID = re.compile(r"[^\s,;]+")
_CODE = re.compile(r"[\w.-]+")
# Characters that no file can carry safely: controls, lone surrogates, noncharacters; U+FFFD stands for a lost letter.
_LOST = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]")
# The language mark of the GIFT format (see gift.py): as text it would be taken for a mark.
_MARK = re.compile(r"\{\s*mlang", re.IGNORECASE)


@dataclass(frozen=True)
class OptionDraft:
    """One option in both languages."""

    ky: str
    ru: str


@dataclass(frozen=True)
class ItemDraft:
    """One question as a file gives it.

    ``key`` holds indexes into ``options``; ``enemies`` are external ids. ``place`` (1-based row or line) says where
    the question stands and takes no part in comparison.
    """

    external_id: str
    subject_area: str
    sub_topic: str
    difficulty: int
    stem_ky: str
    stem_ru: str
    options: tuple[OptionDraft, ...]
    key: tuple[int, ...]
    source: str = ""
    author: str = ""
    enemies: tuple[str, ...] = ()
    kind: str = SINGLE_CHOICE
    place: int = field(default=0, compare=False)
    place_kind: PlaceKind = field(default="file", compare=False)


@dataclass(frozen=True)
class Problem:
    """One thing to mend: ``str(message)`` is a sentence in the reader's language that says what and how.

    ``code`` is stable. ``place`` is a 1-based row or line, or None for the file as a whole. ``column`` is the name
    of the field (the same in every format: the header of the xlsx bank). An ``error`` refuses the question (or, where
    ``place_kind`` is ``file``, the file); after a ``warning`` the question is taken.
    """

    place: int | None
    place_kind: PlaceKind
    external_id: str | None
    code: str
    message: object
    column: str | None = None
    severity: Severity = "error"


@dataclass(frozen=True)
class Reading:
    """What a file gave: the questions without an error, everything that is wrong, and how many questions it holds."""

    items: tuple[ItemDraft, ...]
    problems: tuple[Problem, ...]
    seen: int

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that refuse a question or the file."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def letter(index: int) -> str:
    """``A`` for 0 … ``F`` for 5; a number from the seventh option on."""
    return LETTERS[index] if index < len(LETTERS) else str(index + 1)


def option_column(index: int, language: str) -> str:
    """``option_a_ky`` for 0 and ``ky``: the name of an option's text in problems and in the xlsx header."""
    return f"option_{letter(index).lower()}_{language}"


_Finding = tuple[str, object, str]

_STEM_MISSING = {
    "ky": _l("The question text in Kyrgyz is missing."),
    "ru": _l("The question text in Russian is missing."),
}
_OPTION_MISSING: dict[str, Callable[[str], object]] = {
    "ky": lambda option: _l("The Kyrgyz text of an option is missing. Option: %(option)s", option=option),
    "ru": lambda option: _l("The Russian text of an option is missing. Option: %(option)s", option=option),
}
_OPTIONS_EQUAL: dict[str, Callable[[str], object]] = {
    "ky": lambda pair: _l("Two options are the same in Kyrgyz. Options: %(options)s", options=pair),
    "ru": lambda pair: _l("Two options are the same in Russian. Options: %(options)s", options=pair),
}


def check_draft(draft: ItemDraft) -> list[Problem]:
    """Everything wrong with one question that the file itself can tell; empty where it may be taken.

    Id of 1–64 characters without spaces, commas and semicolons; a subject area; difficulty 1–5; the stem in both
    languages; 2–6 options without a gap, each in both languages, no two alike in a language; exactly one key, within
    the options; lengths; no damaged characters. A blank sub-topic is left to the service.
    """
    findings = [
        *_identity(draft), *_stem(draft), *_options(draft), *_key(draft), *_enemies(draft), *_texts(draft)
    ]  # fmt: skip
    place = (draft.place or None, draft.place_kind, draft.external_id or None)
    return [Problem(*place, code, message, column) for code, message, column in findings]


def _identity(draft: ItemDraft) -> Iterator[_Finding]:
    if draft.kind != SINGLE_CHOICE:
        yield "kind", _l("Only single choice questions are taken. Kind: %(kind)s", kind=draft.kind), "kind"
    if not draft.external_id:
        yield "id_missing", _l("The question has no id (external_id)."), "external_id"
    elif len(draft.external_id) > ID_LENGTH:
        yield "too_long", _too_long(ID_LENGTH), "external_id"
    elif not _ID.fullmatch(draft.external_id):
        yield "id_characters", _l("An id has no spaces, commas or semicolons."), "external_id"
    if not draft.subject_area:
        yield "subject_area_missing", _l("The subject area is missing."), "subject_area"
    for column, value in (("subject_area", draft.subject_area), ("sub_topic", draft.sub_topic)):
        if len(value) > CODE_LENGTH:
            yield "too_long", _too_long(CODE_LENGTH), column
        elif value and not _CODE.fullmatch(value):
            yield (
                "code_characters",
                _l("Write the code, as in the template: letters, digits, '-', '_', '.' only."),
                column,
            )
    if draft.difficulty not in DIFFICULTIES:
        yield "difficulty", _l("Difficulty is a whole number from 1 to 5."), "difficulty"


def _stem(draft: ItemDraft) -> Iterator[_Finding]:
    for language, stem in (("ky", draft.stem_ky), ("ru", draft.stem_ru)):
        if not stem.strip():
            yield "stem_missing", _STEM_MISSING[language], f"stem_{language}"


def _options(draft: ItemDraft) -> Iterator[_Finding]:
    if len(draft.options) < OPTIONS_MIN:
        yield "options_too_few", _l("A question has at least 2 options."), option_column(len(draft.options), "ky")
    elif len(draft.options) > OPTIONS_MAX:
        yield "options_too_many", _l("A question has at most 6 options."), option_column(OPTIONS_MAX, "ky")
    for index, option in enumerate(draft.options):
        blank = [language for language in LANGUAGES if not getattr(option, language).strip()]
        if len(blank) == len(LANGUAGES):
            yield (
                "option_gap",
                _l("An option is empty, but a later one is filled. Empty option: %(option)s", option=letter(index)),
                option_column(index, "ky"),
            )
            continue
        for language in blank:
            message = _OPTION_MISSING[language](letter(index))
            yield "option_language_missing", message, option_column(index, language)
    for language in LANGUAGES:
        first_with: dict[str, int] = {}
        for index, option in enumerate(draft.options):
            text = " ".join(getattr(option, language).split())
            if not text:
                continue
            first = first_with.setdefault(text, index)
            if first != index:
                pair = f"{letter(first)}, {letter(index)}"
                yield "options_equal", _OPTIONS_EQUAL[language](pair), option_column(index, language)


def _key(draft: ItemDraft) -> Iterator[_Finding]:
    beyond = [index for index in draft.key if index >= len(draft.options)]
    letters = ", ".join(letter(index) for index in draft.key)
    if not draft.key:
        yield "no_correct", _l("No option is marked correct. Mark exactly one."), "correct"
    elif len(draft.key) > 1:
        yield (
            "several_correct",
            _l("A single choice question has one correct option. Marked: %(letters)s", letters=letters),
            "correct",
        )
    elif beyond:
        yield (
            "correct_beyond_options",
            _l("The correct letter names an option that is not there. Letter: %(letters)s", letters=letters),
            "correct",
        )


def _enemies(draft: ItemDraft) -> Iterator[_Finding]:
    if draft.external_id and draft.external_id in draft.enemies:
        yield "enemy_of_itself", _l("A question cannot be its own enemy. Take its id out of the list."), "enemies"
    if any(len(enemy) > ID_LENGTH or not _ID.fullmatch(enemy) for enemy in draft.enemies):
        yield "enemies", _l("Enemies are ids of other questions, separated by commas."), "enemies"


def _texts(draft: ItemDraft) -> Iterator[_Finding]:
    bounds = [
        ("stem_ky", draft.stem_ky, STEM_LENGTH),
        ("stem_ru", draft.stem_ru, STEM_LENGTH),
        ("source", draft.source, SOURCE_LENGTH),
        ("author", draft.author, AUTHOR_LENGTH),
    ]
    for index, option in enumerate(draft.options):
        bounds += [(option_column(index, language), getattr(option, language), OPTION_LENGTH) for language in LANGUAGES]
    for column, text, longest in bounds:
        if len(text) > longest:
            yield "too_long", _too_long(longest), column
    named = [("external_id", draft.external_id), *((column, text) for column, text, _ in bounds)]
    for column, text in named:
        if _LOST.search(text):
            yield (
                "damaged_text",
                _l("The text holds damaged or invisible control characters. Type it again."),
                column,
            )
        if _MARK.search(text):
            yield "mark_in_text", _l("The text holds a language mark ({mlang …}). Take the mark out."), column


def _too_long(longest: int) -> object:
    return _l("The text is too long. Most characters allowed: %(count)s", count=longest)
