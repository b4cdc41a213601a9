"""Which language a version is written in, and which of them has changed."""

from __future__ import annotations

from collections.abc import Sequence

from question_bank import rules
from question_bank.exchange.drafts import ItemDraft, missing_language, texts_of
from question_bank.kinds.base import Wording
from question_bank.models import ItemVersion


def wordings(texts: Sequence[dict[str, str]]) -> tuple[Wording, ...]:
    """Stored texts as values."""
    return tuple(Wording(text["ky"], text["ru"]) for text in texts)


def missing_translation(version: ItemVersion) -> str | None:
    """``ky`` or ``ru`` where the version has no word in this language."""
    return missing_language(texts_of_version(version))


def texts_of_version(version: ItemVersion) -> ItemDraft:
    """The version without its key and its place: what languages are judged by."""
    return ItemDraft(
        "", "", "", 1, version.stem_ky, version.stem_ru, wordings(version.options), (), kind=str(version.kind),
        targets=wordings(version.targets or ()), is_rich=bool(version.is_rich),
    )  # fmt: skip


def by_language(version: ItemVersion) -> dict[str, list[str]]:
    """Texts of each language; options and targets without their order, which is another each time they are stored."""
    found: dict[str, list[str]] = {language: [] for language in rules.LANGUAGES}
    for column, text in texts_of(texts_of_version(version)):
        found[column[-2:]].append(text)
    return {language: [texts[0], *sorted(texts[1:])] for language, texts in found.items()}
