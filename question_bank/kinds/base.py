"""What every kind of question promises: to check its content, to read a response, to score it exactly.

A key is written as a response is: for a version with indexes into its options and targets (``Key``), for a form with
the ids that the form gave them (``Response``). Responses are those of the delivery API: one id, several, all in order,
``left:right`` pairs, or one decimal; an empty response withdraws the answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import Any

from core.i18n import lazy_gettext as _l
from core.letters import seen
from question_bank.rules import ItemKind

Mark = int | tuple[int, int] | str
Key = tuple[Mark, ...]
Response = tuple[str, ...]
Finding = tuple[str, object, str]  # stable code, a sentence that says what to do, the column of the file

LETTERS = "ABCDEF"
OPTIONS_MAX = len(LETTERS)


def letter(index: int) -> str:
    """``A`` for 0 … ``F`` for 5; a number from the seventh on."""
    return LETTERS[index] if index < OPTIONS_MAX else str(index + 1)


@dataclass(frozen=True)
class Wording:
    """A text in both languages: an option, a line to put in order, one side of a match."""

    ky: str
    ru: str


@dataclass(frozen=True)
class Content:
    """What of a question its kind judges; ``targets`` are what the options are matched to."""

    options: Sequence[Wording]
    targets: Sequence[Wording]
    key: Key
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """Ids of a question in a form, in the author's order."""

    options: Response = ()
    targets: Response = ()


class Kind(ABC):
    """One kind of question. ``shuffles``: the options are shown to each candidate in an order of their own."""

    name: ItemKind
    label: object
    instruction: object  # what the candidate is to do
    misread: object = _l(
        "The answer was not saved, because it is not one of the options of this question. "
        "Reload the page and choose again."
    )
    options: range = range(2, OPTIONS_MAX + 1)  # how many
    targets: range = range(0, 1)
    shuffles = True
    takes_partial = False
    is_one_of = False  # the answer is one option: of several right ones each is a right answer of its own

    @abstractmethod
    def check_key(self, content: Content) -> Iterator[Finding]:
        """What is wrong with the key."""

    @abstractmethod
    def canonical(self, key: Sequence[Any]) -> Key:
        """The key as it is sealed and compared: the same key is always written in the same way."""

    @abstractmethod
    def bind(self, key: Key, parts: Parts) -> Response:
        """The key in the ids of a form."""

    @abstractmethod
    def read(self, response: Sequence[object], parts: Parts) -> Response | None:
        """A response as it is kept, or None where it is not one of this question; empty withdraws."""

    def read_key(self, said: Sequence[object], parts: Parts) -> Response | None:
        """A right answer as a person states it in the ids of a form, whole; None where it is none."""
        return self.read(said, parts) or None

    def is_right(self, key: Response, response: Response) -> bool:
        """Whether the response is wholly right."""
        return response == key

    def share(self, key: Response, response: Response, *, options: int) -> Fraction:
        """How much of the question is right, 0 to 1; for most kinds all or nothing. ``options``: how many there are."""
        return Fraction(self.is_right(key, response))

    def earned(self, key: Response, response: Response, points: int, *, options: int, is_partial: bool = False) -> int:
        """Points for a response, whole and never below zero.

        All the points for a response that is wholly right; with partial credit the share of them that is right, rounded
        down; else none.
        """
        if response and self.is_right(key, response):
            return points
        if not response or not (is_partial and self.takes_partial):
            return 0
        return int(points * self.share(key, response, options=options))

    def words(self, response: Response, texts: Mapping[str, str]) -> list[str]:
        """A response as people read it; ``texts`` by the ids of options and targets."""
        return [texts[one] for one in response]

    def key_words(self, key: Response, texts: Mapping[str, str]) -> list[str]:
        """A key as people read it."""
        return self.words(key, texts)

    def tidy(self, content: Content) -> Content:
        """The same question as its author writes it: where the order of writing is the key, in the right order."""
        return content

    def scatter(self, content: Content, random: Random) -> Content:
        """The same question as it is stored: where the order of writing is the key, in an order that tells nothing.

        Choices keep their author's order, by which people speak of them; that order does tell something (many write the
        right answer first), and so whoever may not see the key sees :meth:`veiled`.
        """
        return content

    def veiled(self, content: Content, random: Random) -> Content:
        """The same question without its key, its texts in an order of chance: for those who may not see the key."""
        if not self.shuffles:  # what every question has in the same order tells nothing by it
            return replace(content, key=())
        options, targets = (tuple(random.sample(list(side), len(side))) for side in (content.options, content.targets))
        return replace(content, options=options, targets=targets, key=())

    def check(self, content: Content) -> Iterator[Finding]:
        """Everything wrong with the question; empty where it may be taken."""
        yield from _check_count(content.options, self.options, _COUNT, "option_{}_ky")
        yield from _check_count(content.targets, self.targets, _TARGETS, "target_{}_ky")
        for side, texts in (("option", content.options), ("target", content.targets)):
            yield from _check_texts(side, texts)
        if content.is_partial and not self.takes_partial:
            yield "partial", _l("This kind of question gives all its points or none."), "partial"
        yield from self.check_key(content)


_COUNT: tuple[Callable[[int], object], Callable[[int], object]] = (
    lambda n: _l("There are too few options. At least: %(n)s", n=n),
    lambda n: _l("There are too many options. At most: %(n)s", n=n),
)
_TARGETS: tuple[Callable[[int], object], Callable[[int], object]] = (
    lambda n: _l("There is too little to match the options to. At least: %(n)s", n=n),
    lambda n: _l("There is too much to match the options to. At most: %(n)s", n=n),
)
_MISSING: dict[str, Callable[[str], object]] = {
    "ky": lambda option: _l("The Kyrgyz text of an option is missing. Option: %(option)s", option=option),
    "ru": lambda option: _l("The Russian text of an option is missing. Option: %(option)s", option=option),
}
_EQUAL: dict[str, Callable[[str], object]] = {
    "ky": lambda pair: _l("Two options are the same in Kyrgyz. Options: %(options)s", options=pair),
    "ru": lambda pair: _l("Two options are the same in Russian. Options: %(options)s", options=pair),
}


def text_column(side: str, index: int, language: str) -> str:
    """``option_a_ky``, ``target_2_ru``: the name of a text in problems and in the xlsx header."""
    return f"{side}_{letter(index).lower() if side == 'option' else index + 1}_{language}"


def _check_count(
    texts: Sequence[Wording], allowed: range, words: tuple[Callable[[int], object], Callable[[int], object]], where: str
) -> Iterator[Finding]:
    side = where.split("_")[0]
    if len(texts) < allowed.start:
        yield f"{side}s_too_few", words[0](allowed.start), text_column(side, len(texts), "ky")
    elif len(texts) >= allowed.stop:
        yield f"{side}s_too_many", words[1](allowed.stop - 1), text_column(side, max(allowed.stop - 1, 0), "ky")


def _check_texts(side: str, texts: Sequence[Wording]) -> Iterator[Finding]:
    sign = letter if side == "option" else lambda index: str(index + 1)
    for index, text in enumerate(texts):
        blank = [language for language in ("ky", "ru") if not seen(getattr(text, language))]
        if len(blank) == 2:
            gap = _l("An option is empty, but a later one is filled. Empty option: %(option)s", option=sign(index))
            yield f"{side}_gap", gap, text_column(side, index, "ky")
            continue
        for language in blank:
            yield f"{side}_language_missing", _MISSING[language](sign(index)), text_column(side, index, language)
    for language in ("ky", "ru"):
        first_with: dict[str, int] = {}
        for index, text in enumerate(texts):
            plain = seen(getattr(text, language))  # nobody tells apart what differs in unseen signs only
            first = first_with.setdefault(plain, index)
            if plain and first != index:
                pair = f"{sign(first)}, {sign(index)}"
                yield f"{side}s_equal", _EQUAL[language](pair), text_column(side, index, language)
