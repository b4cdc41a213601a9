"""The cells of a row that say what kind a question is and what is right: read from text and written as text.

``correct``, by kind: the letter of the right option (single choice) or letters of all (multiple response); A for true,
B for false; the letters of the lines in their right order, or nothing where they stand in it (ordering); each line's
letter with the number of its match, as in ``A2, B1`` (matching); the number, then ± and the tolerance (numeric).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import LANGUAGES, ItemDraft
from question_bank.kinds.base import LETTERS, OPTIONS_MAX, Key, Wording, letter, text_column
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.kinds.numeric import decimal
from question_bank.rules import ItemKind

TARGET_COLUMNS = tuple(text_column("target", n, language) for language in LANGUAGES for n in range(OPTIONS_MAX))
KIND_COLUMNS = ("kind", "partial", *TARGET_COLUMNS, "text")  # may be missing: a file without them holds single choice
PARTIAL = ("yes", "no")
RICH = "rich"

_SEPARATORS = re.compile(r"[\s,;.()/]+")
_PAIR = re.compile(r"\s*([A-FА])\s*[-–=:→>]*\s*([1-6])\s*(?:[,;]|$|(?=[A-FА]))", re.IGNORECASE)
_TOLERANCE = re.compile(r"\s*(?:±|\+/-|\+-|;)\s*")
_SAID = {
    "A": 0, "А": 0, "TRUE": 0, "ТУУРА": 0, "ВЕРНО": 0,
    "B": 1, "FALSE": 1, "ТУУРА ЭМЕС": 1, "НЕВЕРНО": 1,
}  # fmt: skip


def kind_said(row: Mapping[str, str]) -> str:
    """The kind as the row names it; single choice where it names none."""
    return row.get("kind", "").strip().lower().replace(" ", "_") or ItemKind.SINGLE_CHOICE


def texts_said(row: Mapping[str, str], side: str) -> tuple[Wording, ...]:
    """Texts of a side; empty ones at the end are left out."""
    found = [
        Wording(*(row.get(text_column(side, index, language), "") for language in LANGUAGES))
        for index in range(OPTIONS_MAX)
    ]
    while found and not (found[-1].ky or found[-1].ru):
        found.pop()
    if side == "option" and not found and kind_said(row) == ItemKind.TRUE_FALSE:
        return TRUE_FALSE
    return tuple(found)


def key_said(row: Mapping[str, str], options: int) -> Key:
    """The key that ``correct`` names, whatever is wrong with it (see :func:`key_fault`)."""
    correct = row.get("correct", "")
    match kind_said(row):
        case ItemKind.NUMERIC:
            said = [decimal(one) or one for one in _TOLERANCE.split(correct.strip()) if one]
            return (*said, "0")[: max(2, len(said))] if said else ()
        case ItemKind.MATCHING:
            return tuple(sorted((_index(pair[0]), int(pair[1]) - 1) for pair in _PAIR.findall(correct.upper())))
        case ItemKind.TRUE_FALSE:
            word = " ".join(correct.upper().split())
            return (_SAID[word],) if word in _SAID else ()
        case ItemKind.ORDERING:
            return tuple(map(_index, _letters(correct))) if correct.strip() else tuple(range(options))
    return tuple(dict.fromkeys(_index(one) for one in _letters(correct) if one in LETTERS))


def key_fault(row: Mapping[str, str]) -> tuple[str, object, str] | None:
    """What is wrong with ``correct`` or ``partial`` as they are written: a code, a sentence and the column, or None.

    Options are lettered A–F in Latin. Cyrillic А is the first letter in both alphabets; В, С and Е look Latin, but in
    Kyrgyz and Russian lettering (А, Б, В, Г, Д, Е) В is the third option, so they are refused and not guessed.
    """
    kind, correct = kind_said(row), row.get("correct", "")
    if row.get("partial", "").strip().lower() not in ("", *PARTIAL):
        return "partial_word", _l("Write yes or no, or leave the cell empty."), "partial"
    if row.get("text", "").strip().lower() not in ("", RICH):
        return "text_word", _l("Write rich where the texts are HTML, or leave the cell empty."), "text"
    if kind == ItemKind.NUMERIC or (kind == ItemKind.TRUE_FALSE and " ".join(correct.upper().split()) in _SAID):
        return None
    if kind == ItemKind.MATCHING:
        if _PAIR.sub("", correct.upper()).strip():
            return "pairs", _l("Write each line's letter and the number of its match. Example: A2, B1, C3"), "correct"
        return None
    for said in _letters(correct):
        if said in LETTERS:
            continue
        if "Ѐ" <= said <= "ӿ":
            sentence = _l(
                "The correct option is written with a Cyrillic letter, and it is not clear which one is meant. "
                "Write a Latin letter: A, B, C, D, E or F. Letter: %(letter)s",
                letter=said,
            )
            return "cyrillic_letter", sentence, "correct"
        return "correct_letter", _l("Write the correct option as one Latin letter: A, B, C, D, E or F."), "correct"
    return None


def key_cells(item: ItemDraft) -> dict[str, str]:
    """Kind, key and targets of a draft as cells."""
    cells = {"kind": item.kind, "partial": "yes" if item.is_partial else "", "correct": _written(item)}
    cells["text"] = RICH if item.is_rich else ""
    for index, target in enumerate(item.targets):
        cells |= {text_column("target", index, language): getattr(target, language) for language in LANGUAGES}
    return cells


def _written(item: ItemDraft) -> str:
    if item.kind == ItemKind.NUMERIC:
        value, tolerance = (*(str(one).replace(".", ",") for one in item.key), "0")[:2]
        return value if tolerance == "0" else f"{value} ± {tolerance}"
    return ", ".join(
        f"{letter(mark[0])}{mark[1] + 1}" if isinstance(mark, tuple) else letter(int(mark)) for mark in item.key
    )


def _letters(correct: str) -> list[str]:
    return ["A" if one == "А" else one for one in _SEPARATORS.sub("", correct).upper()]


def _index(said: str) -> int:
    """The option's index; one beyond all options for what is no letter of one."""
    return LETTERS.find("A" if said == "А" else said) % (OPTIONS_MAX + 1)
