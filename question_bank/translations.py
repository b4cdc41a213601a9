"""Which language a version is written in, and which of them is behind."""

from __future__ import annotations

from collections.abc import Sequence

from core import markup
from question_bank.exchange.drafts import ItemDraft, missing_language
from question_bank.kinds.base import Wording
from question_bank.models import ItemVersion
from question_bank.writing import Text, behind, still_agreed


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


def pairs(draft: ItemDraft) -> list[Text]:
    """Every text in both its languages, in the order of the draft; plain ones as rich text says the same."""
    texts = [("stem", draft.stem_ky, draft.stem_ru)]
    texts += [("option", text.ky, text.ru) for text in draft.options]
    texts += [("target", text.ky, text.ru) for text in draft.targets]
    kept = str if draft.is_rich else markup.as_html
    return [(place, kept(ky), kept(ru)) for place, ky, ru in texts]


def compare(version: ItemVersion, before: ItemDraft, after: ItemDraft, *, holds: bool) -> None:
    """Note on a version which language is behind after a change of its texts; ``holds``: the author says that none is.

    ``before`` and ``after`` are as their author wrote them. Each text is judged by itself. Of one that is flagged
    without a note of what was agreed (flags of earlier releases) nothing but a tick is believed.
    """
    was, now = pairs(before), pairs(after)
    if holds or missing_language(after):
        version.stale_language = version.agreed_texts = None
        return
    if sorted(was) == sorted(now) or (version.stale_language and not version.agreed_texts):
        return
    agreed = [(place, ky, ru) for place, ky, ru in version.agreed_texts or was]
    kyrgyz_stands = [text[:2] for text in was] == [text[:2] for text in now]
    found = behind(agreed, now, anew="ky" if kyrgyz_stands else "ru")
    version.stale_language = max(found.values(), default=None)
    version.agreed_texts = still_agreed(agreed, now, found) if found else None
