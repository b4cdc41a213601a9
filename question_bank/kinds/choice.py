"""Single choice, multiple response, true or false."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from core.i18n import lazy_gettext as _l
from question_bank.kinds.base import Content, Finding, Key, Kind, Parts, Response, Wording, letter
from question_bank.rules import ItemKind

#: The two options of every true-or-false question, always in this order.
TRUE_FALSE = (Wording("Туура", "Верно"), Wording("Туура эмес", "Неверно"))


class _Choice(Kind):
    """The key is a set of options."""

    def canonical(self, key: Sequence[Any]) -> Key:
        return tuple(sorted({int(index) for index in key}))

    def bind(self, key: Key, parts: Parts) -> Response:
        return tuple(sorted(parts.options[index] for index in key if isinstance(index, int)))

    def read(self, response: Sequence[object], parts: Parts) -> Response | None:
        """Option ids without order; a response with anything else in it is not one of this question."""
        known = {one for one in response if isinstance(one, str) and one in parts.options}
        return tuple(sorted(known)) if len(known) == len(response) else None

    def check_key(self, content: Content) -> Iterator[Finding]:
        beyond = [letter(index) for index in content.key if isinstance(index, int) and index >= len(content.options)]
        if not content.key:
            yield "no_correct", _l("No option is marked correct."), "correct"
        elif beyond:
            yield (
                "correct_beyond_options",
                _l(
                    "The correct letter names an option that is not there. Letter: %(letters)s",
                    letters=", ".join(beyond),
                ),
                "correct",
            )


class SingleChoice(_Choice):
    """One option is right."""

    name, label = ItemKind.SINGLE_CHOICE, _l("Single choice")
    instruction = _l("Choose one answer")
    is_one_of = True

    def read(self, response: Sequence[object], parts: Parts) -> Response | None:
        return super().read(response, parts) if len(response) <= 1 else None

    def check_key(self, content: Content) -> Iterator[Finding]:
        yield from super().check_key(content)
        if len(content.key) > 1:
            marked = ", ".join(letter(index) for index in content.key if isinstance(index, int))
            sentence = _l("A question of this kind has one correct option. Marked: %(letters)s", letters=marked)
            yield "several_correct", sentence, "correct"


class TrueFalse(SingleChoice):
    """A statement, and whether it is true; the two options are the same for every question and keep their order."""

    name, label = ItemKind.TRUE_FALSE, _l("True or false")
    instruction = _l("Say whether this is true")
    options, shuffles = range(2, 3), False

    def check(self, content: Content) -> Iterator[Finding]:
        yield from super().check(content)
        if tuple(content.options) != TRUE_FALSE:
            yield (
                "true_false",
                _l("A question of this kind has the options true and false, in this order."),
                "option_a_ky",
            )


class MultipleResponse(_Choice):
    """Several options are right, at least one and not all.

    Partial credit: of the points the share ``max(0, r/R − w/W)``, where r of the R right and w of the W wrong options
    were chosen: who chooses everything, or as much wrong as right, gains nothing.
    """

    name, label = ItemKind.MULTIPLE_RESPONSE, _l("Multiple response")
    instruction = _l("Choose all right answers")
    options = range(3, 7)
    takes_partial = True

    def check_key(self, content: Content) -> Iterator[Finding]:
        yield from super().check_key(content)
        if content.options and len(content.key) >= len(content.options):
            yield "all_correct", _l("At least one option must be wrong."), "correct"

    def share(self, key: Response, response: Response, *, options: int) -> Fraction:
        right, wrong = len(set(response) & set(key)), len(set(response) - set(key))
        against = Fraction(wrong, options - len(key)) if wrong else Fraction(0)
        return max(Fraction(0), Fraction(right, len(key)) - against)
