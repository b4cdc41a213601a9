"""The two language files of one question, put together again."""

from __future__ import annotations

from collections.abc import Sequence

from core.i18n import lazy_gettext as _l
from question_bank.exchange.qti.item_reading import Side
from question_bank.exchange.reading import Refused


def joined(sides: Sequence[Side]) -> tuple[Side | None, Side | None]:
    """The Kyrgyz and the Russian side, at most one of each, alike in everything but their words.

    Raises:
        Refused: they are not: another kind, other options, another key.
    """
    by_language = {one.language: one for one in sides}
    first, second = by_language.get("ky"), by_language.get("ru")
    if len(by_language) < len(sides):
        raise Refused("languages_differ", _l("Both files of this question say that they are in one language."))
    if first is None or second is None:
        return first, second
    if _shape(first) != _shape(second):
        raise Refused(
            "languages_differ",
            _l("The Kyrgyz and the Russian file of this question differ in more than words: in options, key or kind."),
        )
    if first.is_rich != second.is_rich:
        raise Refused(
            "languages_differ",
            _l("One language of this question has formatting or pictures, and the other is plain text."),
        )
    return first, second


def _shape(one: Side) -> tuple[object, ...]:
    return one.kind, one.names, one.answers.key, one.answers.is_partial
