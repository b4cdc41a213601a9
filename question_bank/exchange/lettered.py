"""Questions whose options are marked by letters, as Aiken files and Word documents have them.

Letters may be Latin, Russian or Kyrgyz, and mixed as people type them: ``А, В, С, D``. An option's letter must be one
that may stand at its place; the letter of the answer is that of the option which has it, or which has one that looks
the same, or the one at its place in its alphabet; where these say different options, nobody guesses: it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import ItemDraft, Medium, OptionDraft, PlaceKind, Problem, check_draft
from question_bank.exchange.languages import in_languages
from question_bank.exchange.reading import Finding, Given, Refused, file_problem, merge
from question_bank.kinds.base import text_column
from question_bank.rules import ItemKind

_LATIN, CYRILLIC = "ABCDEFGHIJKLMNOP", "АБВГДЕЖЗИКЛМНОПР"
_ALIKE = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
OPTIONS_MOST = len(_LATIN)

#: A letter that may mark an option.
LETTER = f"[{_LATIN}{CYRILLIC}{_LATIN.lower()}{CYRILLIC.lower()}С]"
_ANSWER = re.compile(
    r"\s*(?:answers?|correct answer|key|туура жооп(?:тор)?|туура жообу|жооп(?:тор)?|жообу|ачкыч(?:ы)?"
    r"|правильный ответ|правильные ответы|верный ответ|ответы?|ключ)\s*[:：]\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_BETWEEN = re.compile(r"[\s,;.)/]+|\b(?:жана|и|and)\b", re.IGNORECASE)


def fits(mark: str, index: int) -> bool:
    """Whether a letter may mark the option at this place (from 0) in a Latin or a Cyrillic list."""
    if not 0 <= index < OPTIONS_MOST:
        return False
    sign = mark.upper()
    allowed = {_LATIN[index], CYRILLIC[index]}
    return sign in allowed or sign.translate(_ALIKE) in {one.translate(_ALIKE) for one in allowed}


def place_of(mark: str, marks: Sequence[str]) -> int | None:
    """The option (from 0) that a letter names among options marked so; None where it names none or may name two."""
    sign, signs = mark.upper(), [one.upper() for one in marks]
    for said in (signs, [one.translate(_ALIKE) for one in signs]):
        wanted = sign if said is signs else sign.translate(_ALIKE)
        if said.count(wanted) == 1 and (said is signs or _by_alphabet(sign, len(marks)) in {None, said.index(wanted)}):
            return said.index(wanted)
        if said.count(wanted):
            return None
    return _by_alphabet(sign, len(marks))


def _by_alphabet(sign: str, count: int) -> int | None:
    alphabet = _LATIN if sign in _LATIN else CYRILLIC
    index = alphabet.find(sign)
    return index if 0 <= index < count else None


def answer_line(text: str) -> list[str] | None:
    """The letters of a line like ``ANSWER: B`` or ``Туура жооп: А, В``; None where it is no such line."""
    match = _ANSWER.fullmatch(text)
    return None if match is None else letters(match.group(1))


def letters(text: str) -> list[str]:
    """The letters of an answer; what is no letter is given back as it is."""
    return [piece for piece in _BETWEEN.split(text) if piece]


@dataclass
class Lettered:
    """A question as it stands in the file; texts are plain, or HTML where ``is_rich``."""

    place: int
    stem: str = ""
    marks: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    signed: set[int] = field(default_factory=set)  # options with a sign of their own that says: right
    looked: list[set[int]] = field(default_factory=list)  # options whose letters look otherwise, by each manner
    said: list[str] | None = None  # letters that an answer line or a key table names
    is_rich: bool = False
    media: tuple[Medium, ...] = ()
    faults: list[Finding] = field(default_factory=list)


def asked(given: Given) -> list[Problem]:
    """What the person has still to say about a file that cannot say it; problems of the file."""
    problems = []
    if not given.prefix:
        problems.append(
            file_problem(
                "prefix_missing", _l("Say how the ids of the questions begin: the file has none. Example: LAW")
            )
        )
    if not given.subject_area:
        problems.append(
            file_problem("subject_area_missing", _l("Say the subject area of the questions: the file has none."))
        )
    return problems


def draft_of(
    question: Lettered, number: int, given: Given, *, place_kind: PlaceKind
) -> tuple[ItemDraft | None, list[Problem]]:
    """The draft, or None where there is no such question; and everything that is wrong with it.

    ``number`` is its place among the questions of the file, from 1: its id is ``<prefix>-<number>``.
    """
    external_id = f"{given.prefix}-{number:03d}" if given.prefix else ""

    def problem(finding: Finding) -> Problem:
        named = external_id or None
        return Problem(
            question.place, place_kind, named, finding.code, finding.message, finding.column, finding.severity
        )

    own = list(question.faults)
    try:
        key = _key(question, own)
    except Refused as refusal:
        # Of lines that are no question at all, what they lack to be one is noise.
        is_none = any(fault.code in {"text_alone", "stem_missing"} for fault in own)
        return None, [problem(one) for one in (own if is_none else [*own, refusal.finding])]
    columns = ["stem", *(text_column("option", n, "ky").removesuffix("_ky") for n in range(len(question.options)))]
    texts, findings = in_languages([question.stem, *question.options], columns, given)
    draft = ItemDraft(
        external_id=external_id,
        subject_area=given.subject_area,
        sub_topic=given.sub_topic,
        difficulty=given.difficulty,
        stem_ky=texts[0].ky,
        stem_ru=texts[0].ru,
        options=tuple(OptionDraft(text.ky, text.ru) for text in texts[1:]),
        key=key,
        kind=str(ItemKind.MULTIPLE_RESPONSE if len(key) > 1 else ItemKind.SINGLE_CHOICE),
        is_rich=question.is_rich,
        media=question.media,
        place=question.place,
        place_kind=place_kind,
    )
    # What every question of the file lacks is said once, of the file (``asked``); a key, by ``_key``.
    said = {"id_missing", "subject_area_missing", "no_correct"}
    common = [found for found in check_draft(draft) if found.code not in said]
    return draft, merge([problem(finding) for finding in [*own, *findings]], common)


def _key(question: Lettered, findings: list[Finding]) -> tuple[int, ...]:
    """The right options; refuses a question whose answer is missing, unclear or said in two ways that differ."""
    if not question.options:
        raise Refused("options_missing", _l("There are no options under the question. Write each as: A) text"))
    said: set[int] = set()
    for letter in question.said or []:
        index = place_of(letter, question.marks) if len(letter) == 1 else None
        if index is None:
            raise Refused(
                "answer_unclear",
                _l(
                    "It is not clear which option the answer names. Write the letter exactly as it stands before the "
                    "option. Answer: %(answer)s",
                    answer=", ".join(question.said or [])[:40],
                ),
                column="correct",
            )
        said.add(index)
    if said and question.signed and said != question.signed:
        raise Refused(
            "answers_differ",
            _l("The mark at the options and the answer line name different options. Leave one of them."),
            column="correct",
        )
    if not said and not question.signed and any(one != question.looked[0] for one in question.looked):
        raise Refused(
            "answers_differ",
            _l("Different options are bold, underlined, highlighted or coloured. Mark the right one with *"),
            column="correct",
        )
    key = tuple(sorted(said or question.signed or (question.looked[0] if question.looked else ())))
    if not key and any(fault.severity == "error" for fault in question.faults):
        return ()  # of which the reader has spoken already
    if not key:
        raise Refused("no_correct", _l("No option is marked correct."), column="correct")
    if len(key) > 1:
        message = _l("Several options are marked right: the question is taken as multiple response.")
        findings.append(Finding("several_taken", message, "correct", "warning"))
    return key
