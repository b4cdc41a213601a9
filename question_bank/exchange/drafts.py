"""Item drafts, which every exchange format reads and writes, and the rules that a draft keeps in each of them.

Pure values: no database, no web. Only what the file itself can tell is judged here; whether a subject area or an
enemy exists, and whether an id is already taken in the bank, is for the service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from core.i18n import lazy_gettext as _l
from question_bank.kinds.base import Content, Finding, Key, Wording, text_column
from question_bank.kinds.registry import kind_of
from question_bank.rules import ItemKind

PlaceKind = Literal["row", "line", "file"]
Severity = Literal["error", "warning"]
OptionDraft = Wording

LANGUAGES = ("ky", "ru")

ID_LENGTH = 64
CODE_LENGTH = 64
STEM_LENGTH = 4_000
OPTION_LENGTH = 1_000
SOURCE_LENGTH = 500
AUTHOR_LENGTH = 200
DIFFICULTIES = range(1, 6)

# An id stands in lists of enemies, so it cannot hold what separates a list.
_ID = re.compile(r"[^\s,;]+")
_CODE = re.compile(r"[\w.-]+")
# Characters that no file can carry safely: controls, lone surrogates, noncharacters; U+FFFD stands for a lost letter.
_LOST = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]")
# The language mark of the GIFT format (see gift.py): as text it would be taken for a mark.
_MARK = re.compile(r"\{\s*mlang", re.IGNORECASE)


@dataclass(frozen=True)
class ItemDraft:
    """One question as a file gives it.

    ``key`` is as its kind writes it (``question_bank.kinds``): indexes into ``options``, pairs of indexes into
    ``options`` and ``targets``, or value and tolerance. ``enemies`` are external ids. ``place`` (1-based row or line)
    says where the question stands and takes no part in comparison.
    """

    external_id: str
    subject_area: str
    sub_topic: str
    difficulty: int
    stem_ky: str
    stem_ru: str
    options: tuple[OptionDraft, ...]
    key: Key
    source: str = ""
    author: str = ""
    enemies: tuple[str, ...] = ()
    kind: str = ItemKind.SINGLE_CHOICE
    targets: tuple[OptionDraft, ...] = ()
    is_partial: bool = False
    place: int = field(default=0, compare=False)
    place_kind: PlaceKind = field(default="file", compare=False)


def tidied(draft: ItemDraft) -> ItemDraft:
    """A question without faults in the one way of writing of its kind: two that say the same are equal."""
    kind = kind_of(draft.kind)
    content = kind.tidy(Content(draft.options, draft.targets, kind.canonical(draft.key), draft.is_partial))
    return replace(draft, options=tuple(content.options), targets=tuple(content.targets), key=content.key)


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


def option_column(index: int, language: str) -> str:
    """``option_a_ky`` for 0 and ``ky``: the name of an option's text in problems and in the xlsx header."""
    return text_column("option", index, language)


_STEM_MISSING = {
    "ky": _l("The question text in Kyrgyz is missing."),
    "ru": _l("The question text in Russian is missing."),
}


def check_draft(draft: ItemDraft) -> list[Problem]:
    """Everything wrong with one question that the file itself can tell; empty where it may be taken.

    Id of 1–64 characters without spaces, commas and semicolons; a subject area; difficulty 1–5; the stem in both
    languages; options, targets and key as the kind wants them; lengths; no damaged characters. A blank sub-topic is
    left to the service.
    """
    findings = [
        *_identity(draft), *_stem(draft), *_content(draft), *_enemies(draft), *_texts(draft)
    ]  # fmt: skip
    place = (draft.place or None, draft.place_kind, draft.external_id or None)
    return [Problem(*place, code, message, column) for code, message, column in findings]


def _identity(draft: ItemDraft) -> Iterator[Finding]:
    if draft.kind not in set(ItemKind):
        yield "kind", _l("There is no such kind of question here. Kind: %(kind)s", kind=draft.kind), "kind"
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


def _stem(draft: ItemDraft) -> Iterator[Finding]:
    for language, stem in (("ky", draft.stem_ky), ("ru", draft.stem_ru)):
        if not stem.strip():
            yield "stem_missing", _STEM_MISSING[language], f"stem_{language}"


def _content(draft: ItemDraft) -> Iterator[Finding]:
    if draft.kind in set(ItemKind):
        yield from kind_of(draft.kind).check(Content(draft.options, draft.targets, draft.key, draft.is_partial))


def _enemies(draft: ItemDraft) -> Iterator[Finding]:
    if draft.external_id and draft.external_id in draft.enemies:
        yield "enemy_of_itself", _l("A question cannot be its own enemy. Take its id out of the list."), "enemies"
    if any(len(enemy) > ID_LENGTH or not _ID.fullmatch(enemy) for enemy in draft.enemies):
        yield "enemies", _l("Enemies are ids of other questions, separated by commas."), "enemies"


def _texts(draft: ItemDraft) -> Iterator[Finding]:
    bounds = [
        ("stem_ky", draft.stem_ky, STEM_LENGTH),
        ("stem_ru", draft.stem_ru, STEM_LENGTH),
        ("source", draft.source, SOURCE_LENGTH),
        ("author", draft.author, AUTHOR_LENGTH),
    ]
    for index, option in enumerate(draft.options):
        bounds += [(option_column(index, language), getattr(option, language), OPTION_LENGTH) for language in LANGUAGES]
    for index, target in enumerate(draft.targets):
        bounds += [
            (text_column("target", index, language), getattr(target, language), OPTION_LENGTH) for language in LANGUAGES
        ]
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
