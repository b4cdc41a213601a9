"""What holds while a question is being written: translations that are missing or behind, several tabs, autosave."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime, timedelta

from core.errors import Refusal
from core.i18n import lazy_gettext as _l

#: Pictures that no version shows, and texts that nobody came back to, are dropped after this.
LEFT_ALONE = timedelta(days=30)


class TranslationMissing(Refusal):
    code = "translation_missing"
    message = _l(
        "The question is written in one language only. Write the translation, then submit it: %(language)s. "
        "It is kept as a draft."
    )


class SavedElsewhere(Refusal):
    code = "saved_elsewhere"
    message = _l(
        "This question was saved in another window. Time: %(time)s. Nothing was overwritten: copy what you need from "
        "here, then reload the page."
    )


class EditedMeanwhile(Refusal):
    code = "edited_meanwhile"
    message = _l(
        "Somebody else has saved this question since you began. Your text is still here and was not saved. Look at the "
        "new text in another window, then save again: yours will then take its place."
    )


class ChangedSinceShown(Refusal):
    code = "changed_since_shown"
    message = _l("The question has changed since you opened this page. Read it again: %(item)s")


def check_shown(shown: str | None, edition: str, *, item: str) -> None:
    """Refuse a decision on words nobody has read; ``shown`` is the edition that the page showed, None: it did not say.

    ``item`` is the identifier, for the sentence.
    """
    if shown is not None and shown != edition:
        raise ChangedSinceShown(item=item)


def check_revision(given: int, stored: int, *, time: str) -> None:
    """Refuse an autosave that does not build on the last one; ``time`` is when that one came, for the sentence."""
    if given != stored:
        raise SavedElsewhere(time=time)


def check_based_on(based_on: datetime | None, edited_at: datetime) -> None:
    """Refuse to save over what somebody else saved meanwhile; ``based_on`` None: the page did not say."""
    if based_on is not None and based_on != edited_at:
        raise EditedMeanwhile


def stale_after(stale: str | None, changed: Set[str], *, holds: bool) -> str | None:
    """The language that is behind after a change: ``ky``, ``ru`` or None.

    ``stale`` is the one that was behind before, ``changed`` the languages whose words changed, ``holds`` that the
    author says the translation still holds. A language is no longer behind once it was touched itself.
    """
    if holds or {"ky", "ru"} <= changed:
        return None
    if not changed:
        return stale
    behind = "ru" if "ky" in changed else "ky"
    return None if stale in changed else behind
