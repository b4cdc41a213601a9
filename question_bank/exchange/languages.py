"""The two languages in the texts of one question: by the marks of Moodle's multilang2 filter, or one language only.

A question without any mark is in the language that the person names for the file; its other language stays empty: a
translation that is missing. Where one text of a question has marks, all that have words need them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import ItemDraft, Problem
from question_bank.exchange.gift_text import Bilingual, bilingual
from question_bank.exchange.reading import Finding, Given, clean_text, file_problem

_MARK = re.compile(r"\{\s*mlang", re.IGNORECASE)

_FAULTS = {
    "unmarked": (
        "languages_not_marked",
        _l(
            "Some texts of the question are marked by language and this one is not. "
            "Write {mlang ky}…{mlang}{mlang ru}…{mlang}"
        ),
    ),
    "open": ("mark_not_closed", _l("A language mark is not closed. Write {mlang ky}…{mlang}")),
}
_OTHER_LANGUAGE = _l("Languages other than Kyrgyz and Russian are left out.")


def marked(ky: str, ru: str) -> str:
    """Both languages in one text; a language without words is left out."""
    return "".join(f"{{mlang {name}}}{text}{{mlang}}" for name, text in (("ky", ky), ("ru", ru)) if text)


def in_languages(
    texts: Sequence[str], columns: Sequence[str], given: Given, *, words: Callable[[str], str] = str
) -> tuple[list[Bilingual], list[Finding]]:
    """Each text in both languages, and what is wrong with the marks, each fault said once at its first column.

    ``columns`` are the names of the texts without their language: ``stem``, ``option_a``. ``words`` gives what of a
    text people read, which for HTML is not all of it: a text without words needs no marks.
    """
    if (alone := without_marks(texts, given)) is not None:
        return alone, []
    pairs: list[Bilingual] = []
    found: dict[str, Finding] = {}
    for column, text in zip(columns, texts, strict=True):
        pair = bilingual(text)
        for fault in pair.faults:
            if fault == "unmarked" and not any(character.isalpha() for character in words(text)):
                continue
            if fault in _FAULTS:
                found.setdefault(fault, Finding(*_FAULTS[fault], f"{column}_ky"))
            elif fault == "other":
                found.setdefault(fault, Finding("other_language_dropped", _OTHER_LANGUAGE, f"{column}_ky", "warning"))
        # A language without a mark is missing, whatever stands outside the marks of the other.
        pairs.append(Bilingual("" if "ky" in pair.faults else pair.ky, "" if "ru" in pair.faults else pair.ru))
    return pairs, list(found.values())


def without_marks(texts: Sequence[str], given: Given) -> list[Bilingual] | None:
    """The texts of a question without any mark, in the language that the person names; None where one has a mark."""
    if any(_MARK.search(text) for text in texts):
        return None
    return [_alone(clean_text(text), given) for text in texts]


def in_one_sentence(problems: Sequence[Problem], drafts: Sequence[ItemDraft]) -> list[Problem]:
    """The problems of a file, with one warning of the file in place of one a question where all want a translation."""
    missing = [problem for problem in problems if problem.code == "translation_missing"]
    if len(missing) < 2 or len(missing) < len(drafts):
        return list(problems)
    message = _l(
        "The questions are in one language: they come in as drafts, and each waits for its translation. "
        "Questions: %(n)s",
        n=len(missing),
    )
    others = [problem for problem in problems if problem.code != "translation_missing"]
    return [file_problem("translations_missing", message, severity="warning"), *others]


def _alone(text: str, given: Given) -> Bilingual:
    return Bilingual("", text) if given.language == "ru" else Bilingual(text, "")
