"""What holds while a question is being written: translations that are missing or behind, several tabs, autosave."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from core.errors import Refusal
from core.i18n import lazy_gettext as _l

#: Pictures that no version shows, and texts that nobody came back to, are dropped after this.
LEFT_ALONE = timedelta(days=30)

#: A text of a question: ``stem``, ``option`` or ``target``, then its words in Kyrgyz and in Russian.
Text = tuple[str, str, str]
_AT = {"ky": 1, "ru": 2}


class TranslationMissing(Refusal):
    code = "translation_missing"
    message = _l(
        "The question is written in one language only. Write the translation, then submit it: %(language)s. "
        "It is kept as a draft."
    )


class LooksLikeOthers(Refusal):
    code = "looks_like_others"
    message = _l("It looks like other questions. Compare them on its own page and submit it there: %(ids)s")


class SavedElsewhere(Refusal):
    code = "saved_elsewhere"
    message = _l(
        "This question was saved in another window. Time: %(time)s. Nothing was overwritten: copy what you need from "
        "here, then reload the page."
    )


class EditedMeanwhile(Refusal):
    code = "edited_meanwhile"
    message = _l("This question was saved anew after you had opened it here.")


class TranslationBehind(Refusal):
    code = "translation_behind"
    message = _l(
        "One language changed after the other. Read both, then tick that they ask the same, or return the question: "
        "%(items)s"
    )


class ChangedSinceShown(Refusal):
    code = "changed_since_shown"
    message = _l("The question has changed since you opened this page. Read it again: %(item)s")


class NotShown(ChangedSinceShown):
    code = "not_shown"
    message = _l("The question changed or the page is old: open it again. Question: %(item)s")


def check_shown(shown: str, edition: str, *, item: str) -> None:
    """Refuse a decision on words nobody has read; ``shown`` is the edition that the page showed, empty: it did not say.

    ``item`` is the identifier, for the sentence.
    """
    if not shown:
        raise NotShown(item=item)
    if shown != edition:
        raise ChangedSinceShown(item=item)


def check_compared(stale: Collection[str], *, is_ticked: bool) -> None:
    """Refuse to approve where a translation may be behind and nobody says that both languages were read.

    ``stale`` are the identifiers of such questions. A comment does not do instead of the tick.
    """
    if stale and not is_ticked:
        raise TranslationBehind(items=", ".join(sorted(stale)))


def check_revision(given: int, stored: int, *, time: str) -> None:
    """Refuse an autosave that does not build on the last one; ``time`` is when that one came, for the sentence."""
    if given != stored:
        raise SavedElsewhere(time=time)


def check_based_on(based_on: datetime | None, edited_at: datetime) -> None:
    """Refuse to save over what somebody else saved meanwhile; ``based_on`` None: the page did not say."""
    if based_on is not None and based_on != edited_at:
        raise EditedMeanwhile


def behind(agreed: Collection[Text], now: Collection[Text], *, anew: str) -> dict[Text, str]:
    """The texts of which one language may be behind the other, each with that language: ``ky`` or ``ru``.

    ``agreed`` are the texts of which both languages were last written, or said to agree; ``now`` those that are there.
    A text is behind in the language that is still as it was agreed while the other is another, and of ``anew`` where
    both are there from before but stood with other texts. Written anew in both, or translated only now, none is.
    """
    pairs = set(agreed)
    known = {language: {(text[0], text[at]) for text in pairs if text[at].strip()} for language, at in _AT.items()}
    found = {}
    for text in now:
        place, ky, ru = text
        if text in pairs or (place, ky, "") in pairs or (place, "", ru) in pairs:
            continue
        old = [language for language, at in _AT.items() if (place, text[at]) in known[language]]
        if old:
            found[text] = anew if len(old) > 1 else old[0]
    return found


def still_agreed(agreed: Collection[Text], now: Collection[Text], found: Collection[Text]) -> list[Text]:
    """What the next change is compared with: texts that agree now, and what those in ``found`` once agreed on.

    In an order that tells nothing of the order of options.
    """
    sides = {(text[0], language, text[at]) for text in found for language, at in _AT.items()}
    kept = {text for text in agreed for language, at in _AT.items() if (text[0], language, text[at]) in sides}
    return sorted(kept | (set(now) - set(found)))
