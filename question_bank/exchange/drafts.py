"""Item drafts, which every exchange format reads and writes, and the rules that a draft keeps in each of them.

Pure values: no database, no web. Only what the file itself can tell is judged here; whether a subject area or an
enemy exists, and whether an id is already taken in the bank, is for the service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from core import markup
from core.i18n import lazy_gettext as _l
from core.letters import seen
from question_bank.exchange import characters, rich
from question_bank.kinds.base import Content, Finding, Key, Wording, text_column
from question_bank.kinds.registry import kind_of
from question_bank.rules import ItemKind

PlaceKind = Literal["row", "line", "question", "file"]
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


@dataclass(frozen=True)
class Medium:
    """A picture of a question; ``name`` is the SHA-256 of ``content`` in hex with ``.png``, ``.jpg`` or ``.svg``."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class ItemDraft:
    """One question as a file gives it.

    ``key`` is as its kind writes it (``question_bank.kinds``): indexes into ``options``, pairs of indexes into
    ``options`` and ``targets``, or value and tolerance. ``enemies`` are external ids. ``place`` (1-based row or line)
    says where the question stands and takes no part in comparison. ``is_rich``: its texts (stem, options, targets) are
    HTML of the short allow-list, else they are plain; ``media`` are the pictures that they show, by
    ``<img src="name" alt="…">``, in the order of their names.
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
    is_rich: bool = False
    media: tuple[Medium, ...] = ()
    place: int = field(default=0, compare=False)
    place_kind: PlaceKind = field(default="file", compare=False)


def tidied(draft: ItemDraft) -> ItemDraft:
    """A question without faults in the one way of writing of its kind: two that say the same are equal."""
    kind, draft = kind_of(draft.kind), settled(draft)
    content = kind.tidy(Content(draft.options, draft.targets, kind.canonical(draft.key), draft.is_partial))
    return replace(draft, options=tuple(content.options), targets=tuple(content.targets), key=content.key)


def settled(draft: ItemDraft) -> ItemDraft:
    """A rich question with its texts as they are kept, and only the pictures that they show; a plain one as it is."""
    if not draft.is_rich:
        return replace(draft, media=())
    clean = with_texts(draft, markup.clean)
    shown = set(rich.names(texts_of(clean)))
    media = sorted((medium for medium in draft.media if medium.name in shown), key=lambda medium: medium.name)
    return replace(clean, media=tuple(media))


def with_texts(draft: ItemDraft, change: Callable[[str], str]) -> ItemDraft:
    """The question with every text of its stem, options and targets changed in the same way."""
    options, targets = (
        tuple(Wording(change(text.ky), change(text.ru)) for text in texts) for texts in (draft.options, draft.targets)
    )
    return replace(
        draft, stem_ky=change(draft.stem_ky), stem_ru=change(draft.stem_ru), options=options, targets=targets
    )


def texts_of(draft: ItemDraft) -> Iterator[tuple[str, str]]:
    """Column and text of the stem, options and targets in both languages."""
    yield from (("stem_ky", draft.stem_ky), ("stem_ru", draft.stem_ru))
    for side, texts in (("option", draft.options), ("target", draft.targets)):
        for index, text in enumerate(texts):
            yield from ((text_column(side, index, language), getattr(text, language)) for language in LANGUAGES)


def missing_language(draft: ItemDraft) -> str | None:
    """``ky`` or ``ru`` where the question is wholly written in the other language and has no word in this one."""
    return _missing(judged(draft))


def languages_with_words(draft: ItemDraft) -> tuple[str, ...]:
    """The languages in which the question is written at all; both where it has no word yet."""
    found = _written(with_texts(draft, rich.words) if draft.is_rich else draft)
    return tuple(language for language in LANGUAGES if language in found) or LANGUAGES


def judged(draft: ItemDraft) -> ItemDraft:
    """The question with what its texts are told apart by (see ``rich.translated``); a plain one as it is."""
    if not draft.is_rich:
        return draft
    ky, ru = rich.translated(draft.stem_ky, draft.stem_ru)
    options, targets = (
        tuple(Wording(*rich.translated(text.ky, text.ru)) for text in texts) for texts in (draft.options, draft.targets)
    )
    return replace(draft, stem_ky=ky, stem_ru=ru, options=options, targets=targets)


def _missing(plain: ItemDraft) -> str | None:
    written = _written(plain)
    missing = [language for language in LANGUAGES if language not in written]
    return missing[0] if len(missing) == 1 else None


def _written(draft: ItemDraft) -> set[str]:
    """The languages that have a text which the kind itself does not give; the texts are plain."""
    return {column[-2:] for column, text in texts_of(draft) if text.strip() and not _is_given(draft, column)}


def _is_given(draft: ItemDraft, column: str) -> bool:
    """Whether a text is the same in every question of the kind."""
    return draft.kind == ItemKind.TRUE_FALSE and column.startswith("option")


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


_STEM_MISSING = {
    "ky": _l("The question text in Kyrgyz is missing."),
    "ru": _l("The question text in Russian is missing."),
}
_TRANSLATION_MISSING = {
    "ky": _l("The Kyrgyz translation is missing: the question stays a draft until it is there."),
    "ru": _l("The Russian translation is missing: the question stays a draft until it is there."),
}


def check_draft(draft: ItemDraft, *, called: Callable[[str], str] = str) -> list[Problem]:
    """Everything wrong with one question that the file itself can tell; empty where it may be taken.

    Id of 1–64 characters without spaces, commas and semicolons; a subject area; difficulty 1–5; the stem in both
    languages; options, targets and key as the kind wants them; lengths; no damaged characters and none that turn a text
    round (``characters``); of a rich question the pictures with their alternative texts. A blank sub-topic is left to
    the service. A question that is wholly in one language gets a warning (``translation_missing``): it may be kept as a
    draft. ``called`` is what a column is called where the sentences are read.
    """
    plain = judged(draft)
    missing = _missing(plain)
    findings = [
        *_identity(draft), *_stem(plain, missing), *_content(plain, missing), *_enemies(draft),
        *_texts(draft, plain, called),
    ]  # fmt: skip
    if draft.is_rich:
        findings += rich.findings(list(texts_of(draft)), [(medium.name, medium.content) for medium in draft.media])
    place = (draft.place or None, draft.place_kind, draft.external_id or None)
    problems = [Problem(*place, code, message, column) for code, message, column in findings]
    if missing:
        sentence = _TRANSLATION_MISSING[missing]
        problems.append(Problem(*place, "translation_missing", sentence, f"stem_{missing}", "warning"))
    return problems


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


def _stem(draft: ItemDraft, missing: str | None) -> Iterator[Finding]:
    for language, stem in (("ky", draft.stem_ky), ("ru", draft.stem_ru)):
        if not seen(stem) and language != missing:
            yield "stem_missing", _STEM_MISSING[language], f"stem_{language}"


def _content(draft: ItemDraft, missing: str | None) -> Iterator[Finding]:
    if draft.kind not in set(ItemKind):
        return
    options, targets = draft.options, draft.targets
    if missing:  # judged by the language that is there; what the kind itself gives has both
        there = "ru" if missing == "ky" else "ky"
        alike = [tuple(Wording(*(getattr(text, there),) * 2) for text in texts) for texts in (options, targets)]
        options, targets = (options if draft.kind == ItemKind.TRUE_FALSE else alike[0]), alike[1]
    for code, message, column in kind_of(draft.kind).check(Content(options, targets, draft.key, draft.is_partial)):
        if not (missing and column.endswith(f"_{missing}") and not code.endswith(("too_few", "too_many", "gap"))):
            yield code, message, column


def _enemies(draft: ItemDraft) -> Iterator[Finding]:
    if draft.external_id and draft.external_id in draft.enemies:
        yield "enemy_of_itself", _l("A question cannot be its own enemy. Take its id out of the list."), "enemies"
    if any(len(enemy) > ID_LENGTH or not _ID.fullmatch(enemy) for enemy in draft.enemies):
        yield "enemies", _l("Enemies are ids of other questions, separated by commas."), "enemies"


def _texts(draft: ItemDraft, judged: ItemDraft, called: Callable[[str], str]) -> Iterator[Finding]:
    """``judged``: the same with the words of its texts alone, which lengths are counted in."""
    bounds = [("source", draft.source, SOURCE_LENGTH), ("author", draft.author, AUTHOR_LENGTH)]
    bounds += [
        (column, text, STEM_LENGTH if column.startswith("stem") else OPTION_LENGTH) for column, text in texts_of(judged)
    ]
    for column, text, longest in bounds:
        if len(text) > longest:
            yield "too_long", _too_long(longest), column
    named = [
        ("external_id", draft.external_id), ("source", draft.source), ("author", draft.author),
        ("enemies", ", ".join(draft.enemies)), *texts_of(draft),
    ]  # fmt: skip
    yield from characters.findings(named, is_rich=draft.is_rich, called=called)


def _too_long(longest: int) -> object:
    return _l("The text is too long. Most characters allowed: %(count)s", count=longest)
