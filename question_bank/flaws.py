"""Flaws of item writing that a program can see, in Kyrgyz and in Russian; pure.

The rules are those of Haladyna, Downing & Rodriguez, "A Review of Multiple-Choice Item-Writing Guidelines for
Classroom Assessment", Applied Measurement in Education 15 (2002), 309–333 (below: HDR, with the number of the
guideline), and of the National Board of Medical Examiners' Item-Writing Guide (below: NBME, "technical item flaws").
A finding is a hint to a person, never a refusal. Those that follow from the key tell it: ``Flaw.tells_key``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from core import letters, markup
from core.i18n import lazy_gettext as _l
from core.names import search_form
from question_bank import saying
from question_bank.kinds.base import Content, Key, Wording, letter
from question_bank.rules import ItemKind

CHOSEN = (ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_RESPONSE)
LONGER, BY_LETTERS = 1.25, 8  # the key is the longest: by a quarter and by so many letters
UNEVEN, UNEVEN_LETTERS = 3.0, 20  # the longest option against the shortest
RARE, ECHOES = 6, 2  # letters of a word of the stem that counts, and how many such words give the key away
ENDING = 3  # letters by which options agree


@dataclass(frozen=True)
class Flaw:
    """What was found: a stable code, in which language (empty: in both), where (letters of options or words)."""

    code: str
    language: str = ""
    place: str = ""

    @property
    def tells_key(self) -> bool:
        """Whether whoever reads this learns something of the key."""
        return self.code in TELLS_KEY

    @property
    def sentence(self) -> object:
        """What is wrong, in the language of the interface."""
        return FLAWS[self.code]


FLAWS: dict[str, object] = {
    "negative_stem": _l("The question asks for what is not so. Ask positively, or write the negation in capitals."),
    "fragment": _l("The stem is neither a question nor a sentence to complete."),
    "all_of_the_above": _l("'All of the above' lets a candidate who knows two answers guess the rest."),
    "none_of_the_above": _l("'None of the above' shows only that a candidate knows what is wrong."),
    "combined": _l("An option that combines others ('A and B') tests logic rather than knowledge."),
    "equal_options": _l("Two options say the same."),
    "look_alike_options": _l(
        "Two options look the same: they differ only in letters of two alphabets that look alike."
    ),
    "mixed_letters": _l(
        "A word has letters of two alphabets that look alike, Latin among Cyrillic ones. Type it anew."
    ),
    "overlap": _l("Options overlap: one holds the other, or their numbers meet."),
    "uneven_length": _l("The options are of very different length."),
    "uneven_form": _l("The options are not written alike: capital letters or full stops differ."),
    "numbers_differ": _l("The numbers in the Kyrgyz and in the Russian text differ."),
    "longest_is_key": _l("The right answer is much longer than the others."),
    "word_of_stem": _l("A word of the question comes back in the right answer only."),
    "ending": _l("The wrong answers end alike, and the right one does not."),
    "absolute_words": _l("Words such as 'always' or 'never' stand in wrong answers only."),
}
TELLS_KEY = frozenset({"longest_is_key", "word_of_stem", "ending", "absolute_words"})

_WORD = re.compile(r"\w+")
_FRAME = {
    "ky": re.compile(r"\b(кайсы|ким|эмне|кандай|кана|төмөнкү)\w*"),
    "ru": re.compile(r"\b(как(ой|ая|ое|ие|ого|ому|их|им)|что|чего|кто|кого|котор\w+|где|перечисл\w+|следующ\w+)\b"),
}
# What is no negation: 'not less than', 'not only', 'is lacking'.
_BOUNDS = {
    "ky": re.compile(r"\b(кем|аз|көп|ашык|эрте|кеч|төмөн|жогору|кыска|узун|гана)\s+эмес\b|\bжетишпе\w+", re.IGNORECASE),
    "ru": re.compile(
        r"\bне\s+(менее|более|позднее|позже|ранее|раньше|ниже|выше|старше|моложе|меньше|больше|реже|чаще|только|хватает)\b",
        re.IGNORECASE,
    ),
}
# In Kyrgyz the predicate stands last: there a negation turns the question round, elsewhere it describes somebody.
_NEGATIVE = {
    "ky": re.compile(
        r"\b(эмес\w*|\w{2,}[бп](?:айт|ейт|ойт|өйт|аган|еген|огон|өгөн)\w*)(?=(?:\s+\w+)?\W*$)", re.IGNORECASE
    ),
    "ru": re.compile(r"\b(не|кроме|исключением|неверн\w+|неправильн\w+)\b", re.IGNORECASE),
}
_STANDS_OUT = re.compile(r"(<(strong|b|em|i|u)>)([^<]*)(</\2>)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[«\"]?[А-ЯЁҢӨҮ])")
_ASKS = re.compile(r"[?:…]|\.\.\.|_{2,}|[—–-]\s*$")
_IMPERATIVE = {"ky": re.compile(r"(ңыз|ңиз|ңуз|ңүз|гыла|гиле)\b"), "ru": re.compile(r"(йте|ьте|ите)(сь)?\b")}
_ALL = {
    "ky": re.compile(r"(жогору|айтылган|көрсөтүлгөн|саналган|аталган).*\b(баары|бардыгы|баардыгы)|"
                     r"\b(баары|бардыгы|баардыгы|бардык жооптор)\s+туура\b"),
    "ru": re.compile(r"\bвс[её]\s+(выше)?(перечисленн|указанн|названн)|\bвс[её]\s+(ответы\s+|варианты\s+)?верн"),
}  # fmt: skip
_NONE = {
    "ky": re.compile(r"\b(эч бири|эч кайсы\w*|бири да)\b|туура жооп жок"),
    "ru": re.compile(r"\b(ничего|ни один|ни одного|ни одна|никак\w+)\s+из\b|нет (верн|правильн)\w+ (ответ|вариант)"),
}
_COMBINED = re.compile(r"^\W*(?:(?:варианты?|ответы?)\s+)?[a-fа-е]\W{0,2}\s*(?:,|и|жана|менен)\s*\W?[a-fа-е]\b")
_ABSOLUTE = {
    "ky": re.compile(r"\b(дайыма|ар дайым|эч качан|эч кандай|эч ким|сөзсүз)\b"),
    "ru": re.compile(r"\b(всегда|никогда|никак(?:ой|ая|ие|ого)|никто|исключительно|обязательно)\b"),
}
_RANGE = re.compile(
    r"(?<![\d.,])(\d+)\s*[-–—]\s*(\d+)(?![\d.])|\bот\s+(\d+)\w*\s+до\s+(\d+)|(\d+)\w*\s+(\d+)\w*\s+чейин"
)
_COMMON = frozenset({"ылайык", "боюнча", "мындай", "кайсын", "соглас", "случае", "должен", "которы"})  # no clue
_MONTHS = ("янв", "фев", "март", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)}|мая)(?!да\b)\w*")


def find(kind: str, stem_ky: str, stem_ru: str, content: Content) -> list[Flaw]:
    """Everything found in one question, plain texts, in the order of ``FLAWS``; what is in both languages stands once.

    Words in capitals count as emphasised. Rules about options are for choices only.
    """
    found: list[Flaw] = []
    for language, stem in (("ky", stem_ky), ("ru", stem_ru)):
        if not stem.strip():
            continue
        found += _of_stem(kind, language, stem)
        if kind in CHOSEN:
            options = [getattr(option, language) for option in content.options]
            found += _of_options(language, options)
            found += _of_key(language, stem, options, content.key)
        found += _of_letters(language, stem, content)
    if stem_ky.strip() and stem_ru.strip():
        found += _of_both(stem_ky, stem_ru, (*content.options, *content.targets))
    merged = {(flaw.code, flaw.place): flaw for flaw in found}
    for flaw in found:
        if merged[flaw.code, flaw.place].language != flaw.language:
            merged[flaw.code, flaw.place] = Flaw(flaw.code, "", flaw.place)
    return sorted(merged.values(), key=lambda flaw: list(FLAWS).index(flaw.code))


def plain_of_rich(html: str) -> str:
    """The words of a rich text; what stands out in it is in capitals, as a plain text would have it."""
    return markup.plain(_STANDS_OUT.sub(lambda found: f"{found[1]}{found[3].upper()}{found[4]}", html))


def plainly(content: Content, plain: Callable[[str], str]) -> Content:
    """The same content in plain words."""

    def words(texts: Sequence[Wording]) -> list[Wording]:
        return [Wording(plain(text.ky), plain(text.ru)) for text in texts]

    return Content(words(content.options), words(content.targets), content.key, content.is_partial)


def _of_stem(kind: str, language: str, stem: str) -> Iterator[Flaw]:
    """HDR 17 (word the stem positively; if a negative is needed, emphasise it), HDR 14–15 and NBME (a closed stem)."""
    question = _BOUNDS[language].sub(" ", _SENTENCE.split(stem.strip())[-1])
    frame = _FRAME[language].search(question.casefold())
    if kind != ItemKind.TRUE_FALSE and frame:
        asked = question[frame.start() :]
        # Behind a comma 'not' belongs to another clause: 'where does a candidate, not content with …, apply?'
        found = [
            word.group() for word in _NEGATIVE[language].finditer(asked)
            if word.group().casefold() != "не" or "," not in asked[: word.start()]
        ]  # fmt: skip
        quiet = [word for word in found if not word.isupper()]
        if quiet:
            yield Flaw("negative_stem", language, quiet[0])
    asks = _ASKS.search(stem) or _IMPERATIVE[language].search(stem.casefold())
    if kind != ItemKind.TRUE_FALSE and not asks:
        yield Flaw("fragment", language)


def _of_options(language: str, options: Sequence[str]) -> Iterator[Flaw]:
    """HDR 25 (none of the above), 26 (all of the above), 22 (independent options), 23–24 (alike, of equal length)."""
    folded = [search_form(option) for option in options]
    for code, rule in (
        ("all_of_the_above", _ALL[language]), ("none_of_the_above", _NONE[language]), ("combined", _COMBINED),
    ):  # fmt: skip
        if named := [letter(index) for index, option in enumerate(folded) if rule.search(option)]:
            yield Flaw(code, language, ", ".join(named))
    said = [saying.tokens(option) for option in options]
    ranges = [_range(option) for option in folded]
    for one, other in combinations(range(len(options)), 2):
        pair = f"{letter(one)}, {letter(other)}"
        if said[one] and said[one] == said[other]:
            yield Flaw("equal_options", language, pair)
        elif saying.holds(said[one], said[other]) or _meet(ranges[one], ranges[other]):
            yield Flaw("overlap", language, pair)
    lengths = [len(option) for option in folded]
    if lengths and max(lengths) >= UNEVEN * min(lengths) and max(lengths) - min(lengths) >= UNEVEN_LETTERS:
        places = (lengths.index(min(lengths)), lengths.index(max(lengths)))
        yield Flaw("uneven_length", language, ", ".join(letter(index) for index in places))
    for look in (lambda text: text[:1].isupper(), lambda text: text.endswith(".")):
        looks = [look(option.strip()) for option in options if option.strip()[:1].isalpha()]
        if 0 < sum(looks) < len(looks):
            rare = sum(looks) * 2 <= len(looks)
            odd = [letter(index) for index, option in enumerate(options) if look(option.strip()) is rare]
            yield Flaw("uneven_form", language, ", ".join(odd))
            return


def _of_letters(language: str, stem: str, content: Content) -> Iterator[Flaw]:
    """Letters that are not what they look like: nobody sees them, and nobody finds or compares such words."""
    for side in (content.options, content.targets):
        looks = [(letters.look(getattr(text, language)), letters.seen(getattr(text, language))) for text in side]
        for (one, (shape, words)), (other, (like, others)) in combinations(enumerate(looks), 2):
            if shape and shape == like and words != others:
                yield Flaw("look_alike_options", language, f"{letter(one)}, {letter(other)}")
    texts = (stem, *(getattr(text, language) for text in (*content.options, *content.targets)))
    if mixed := list(dict.fromkeys(word for text in texts for word in letters.mixed_words(text))):
        yield Flaw("mixed_letters", language, ", ".join(mixed))


def _of_key(language: str, stem: str, options: Sequence[str], key: Key) -> Iterator[Flaw]:
    """HDR 28 (no clues to the right option) and NBME (testwise flaws): length, absolutes, clangs, grammatical cues."""
    right = [index for index in key if isinstance(index, int) and index < len(options)]
    wrong = [index for index in range(len(options)) if index not in right]
    if not right or not wrong:
        return
    folded = [search_form(option) for option in options]
    named = ", ".join(letter(index) for index in right)
    shortest_right, longest_wrong = min(len(folded[i]) for i in right), max(len(folded[i]) for i in wrong)
    if shortest_right >= LONGER * longest_wrong and shortest_right - longest_wrong >= BY_LETTERS:
        yield Flaw("longest_is_key", language, named)
    rule = _ABSOLUTE[language]
    absolute = [letter(index) for index in wrong if rule.search(folded[index])]
    if absolute and not any(rule.search(folded[index]) for index in right):
        yield Flaw("absolute_words", language, ", ".join(absolute))
    rights, wrongs = (" ".join(folded[index] for index in side) for side in (right, wrong))
    rare = {word[:RARE] for word in _WORD.findall(search_form(stem)) if len(word) >= RARE} - _COMMON
    echoes = sorted(root for root in rare if root in rights and root not in wrongs)
    if len(echoes) >= ECHOES:
        words = [next(word for word in _WORD.findall(rights) if root in word) for root in echoes]
        yield Flaw("word_of_stem", language, f"{named}: {', '.join(words)}")
    ends = {folded[index].rstrip(".,;")[-ENDING:] for index in wrong}
    others = {folded[index].rstrip(".,;")[-ENDING:] for index in right}
    if len(wrong) >= ENDING and len(ends) == 1 and not ends & others and next(iter(ends)).isalpha():
        yield Flaw("ending", language, named)


def _of_both(stem_ky: str, stem_ru: str, parts: Sequence[Wording]) -> Iterator[Flaw]:
    """International Test Commission, Guidelines for Translating and Adapting Tests (2017): versions say the same."""
    for ky, ru, where in ((stem_ky, stem_ru, ""), *((part.ky, part.ru, letter(i)) for i, part in enumerate(parts))):
        left, right = _numbers(ky), _numbers(ru)
        if left and right and left != right:
            yield Flaw("numbers_differ", "", where)


def _numbers(text: str) -> list[int]:
    """Numbers in digits, and months by name, which one language may write in digits: 12.03.2026, 12-март."""
    folded = search_form(text)
    named = ("май" if name == "мая" else name for name in _MONTH.findall(folded))
    return sorted([*map(int, re.findall(r"\d+", folded)), *(_MONTHS.index(name) + 1 for name in named)])


def _range(option: str) -> tuple[int, int] | None:
    found = _RANGE.search(option)
    if found is None:
        return None
    low, high = sorted(int(one) for one in found.groups() if one)
    return low, high


def _meet(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    """Whether two stretches of numbers have one in common; a bound that both name is in both."""
    return one is not None and other is not None and max(one[0], other[0]) <= min(one[1], other[1])
