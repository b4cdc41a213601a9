"""The answers of a Moodle XML question, for each kind of question that the bank has.

===================  =================================================================================================
``multichoice``      ``single`` true: one option of 100 percent, the others 0. ``single`` false: the right options
                     share 100 percent, the wrong ones −100, which is our partial credit; other weights are refused
``multichoiceset``   the plug-in 'all or nothing': multiple response without partial credit (read only)
``truefalse``        answers ``true`` and ``false``
``ordering``         all lines shown, only the whole right order gives points; other gradings are refused
``matching``         ``subquestion`` with its ``answer``; an empty one brings a match that fits no line
``numerical``        one right number with a tolerance, without units
===================  =================================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from xml.etree.ElementTree import Element as PlainElement

from core.i18n import lazy_gettext as _l
from question_bank.exchange.gift_answers import ACCURACY, partial_weights
from question_bank.exchange.reading import Refused
from question_bank.exchange.xml import Element
from question_bank.kinds.base import Key, letter
from question_bank.kinds.numeric import decimal
from question_bank.rules import ItemKind

OTHER_KINDS: dict[str, object] = {
    "essay": _l("essay"),
    "shortanswer": _l("short answer"),
    "description": _l("description"),
    "cloze": _l("embedded answers (cloze)"),
    "multianswer": _l("embedded answers (cloze)"),
    "calculated": _l("calculated"),
    "calculatedsimple": _l("calculated"),
    "calculatedmulti": _l("calculated multiple choice"),
    "ddwtos": _l("drag words into a text"),
    "gapselect": _l("choose missing words"),
    "ddimageortext": _l("drag onto a picture"),
    "ddmarker": _l("markers on a picture"),
    "random": _l("random question"),
    "randomsamatch": _l("random matching"),
}
_KINDS = {
    "multichoice": ItemKind.MULTIPLE_RESPONSE,
    "multichoiceset": ItemKind.MULTIPLE_RESPONSE,
    "truefalse": ItemKind.TRUE_FALSE,
    "ordering": ItemKind.ORDERING,
    "matching": ItemKind.MATCHING,
    "match": ItemKind.MATCHING,
    "numerical": ItemKind.NUMERIC,
}
_WEIGHT = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{0,12})?")
_ALL_OR_NOTHING = "ALL_OR_NOTHING"


@dataclass(frozen=True)
class Answers:
    """Kind and key; ``options`` are elements with a text, ``targets`` the elements of their matches (each once)."""

    kind: ItemKind
    key: Key = ()
    options: tuple[Element, ...] = ()
    targets: tuple[Element, ...] = field(default=())
    is_partial: bool = False


def said(element: PlainElement, name: str, default: str = "") -> str:
    """The text of a child element, or of the ``text`` in it, without blanks at the edges."""
    child = element.find(name)
    if child is None:
        return default
    inner = child.find("text")
    return ((child if inner is None else inner).text or "").strip() or default


def read_answers(question: Element, kind: str, tags: Mapping[str, str]) -> Answers:
    """The answers; raises Refused for kinds that the bank does not have, and for what it would score otherwise."""
    known = _KINDS.get(kind)
    if known is None:
        raise Refused(
            "kind_unknown",
            _l("The bank has no questions of this kind: %(kind)s", kind=OTHER_KINDS.get(kind, kind[:40] or "—")),
            column="kind",
        )
    is_partial = tags.get("partial", "").strip().lower() != "no"
    match known:
        case ItemKind.TRUE_FALSE:
            return _true_false(question)
        case ItemKind.ORDERING:
            return _ordering(question)
        case ItemKind.MATCHING:
            return _matching(question, is_partial)
        case ItemKind.NUMERIC:
            return _numeric(question)
    return _set_of(question) if kind == "multichoiceset" else _choice(question, is_partial)


def _elements(question: Element, name: str) -> tuple[Element, ...]:
    return tuple(child for child in question if child.tag == name and isinstance(child, Element))


def _percent(answer: Element) -> Decimal:
    text = (answer.get("fraction") or said(answer, "fraction", "0")).strip()
    if not _WEIGHT.fullmatch(text):
        message = _l("A weight of an answer is no number of percent: %(weight)s", weight=text[:20])
        raise Refused("weight", message, column="correct")
    return Decimal(text)


def _choice(question: Element, is_partial: bool) -> Answers:
    options = _elements(question, "answer")
    weights = [_percent(answer) for answer in options]
    key = tuple(index for index, weight in enumerate(weights) if weight > 0)
    single = said(question, "single", "true")
    if single not in {"false", "0"}:
        if not set(weights) <= {Decimal(0), Decimal(100)}:
            raise _weights_refused(weights)
        return Answers(ItemKind.SINGLE_CHOICE, key, options)
    shares = partial_weights(len(options), key)
    if any(abs(weight - share) > ACCURACY for weight, share in zip(weights, shares, strict=True)):
        raise _weights_refused(weights)
    return Answers(ItemKind.MULTIPLE_RESPONSE, key, options, is_partial=is_partial)


def _weights_refused(weights: list[Decimal]) -> Refused:
    return Refused(
        "partial_weight",
        _l(
            "These weights would be scored otherwise here. Single choice: 100 percent for one option, 0 for the "
            "others. Multiple response: the right options share 100 percent and the wrong ones −100. "
            "Weights: %(weights)s",
            weights="; ".join(f"{letter(index)} {weight:f}" for index, weight in enumerate(weights[:10])),
        ),
        column="correct",
    )


def _set_of(question: Element) -> Answers:
    options = _elements(question, "answer")
    key = tuple(index for index, answer in enumerate(options) if _percent(answer) > 0)
    return Answers(ItemKind.MULTIPLE_RESPONSE, key, options)


def _true_false(question: Element) -> Answers:
    weights = {said(answer, "text").lower(): _percent(answer) for answer in _elements(question, "answer")}
    if set(weights) != {"true", "false"} or sorted(weights.values()) != [0, 100]:
        raise Refused(
            "true_false_answers",
            _l("A true-or-false question has the answers true and false, one of 100 percent and one of 0."),
            column="correct",
        )
    return Answers(ItemKind.TRUE_FALSE, (0 if weights["true"] == 100 else 1,))


def _ordering(question: Element) -> Answers:
    lines = _elements(question, "answer")
    grading, choosing = said(question, "gradingtype").upper(), said(question, "selecttype").upper()
    if grading != _ALL_OR_NOTHING or choosing not in {"ALL", "EXACT"}:
        raise Refused(
            "ordering_grading",
            _l(
                "This ordering question would be scored otherwise here: all its lines are shown, and only the whole "
                "right order gives points. Set in Moodle: item selection 'all items', grading 'all or nothing'."
            ),
            column="correct",
        )
    return Answers(ItemKind.ORDERING, tuple(range(len(lines))), lines)


def _matching(question: Element, is_partial: bool) -> Answers:
    lines: list[Element] = []
    key: list[tuple[int, int]] = []
    targets: dict[str, Element] = {}
    for line in _elements(question, "subquestion"):
        target = line.find("answer")
        if not isinstance(target, Element):
            raise Refused("match_missing", _l("Every line on the left has one match."), column="correct")
        word = said(target, "text")
        targets.setdefault(word, target)
        if said(line, "text"):
            key.append((len(lines), list(targets).index(word)))
            lines.append(line)
        if len(lines) > 100:
            raise Refused(
                "options_too_many", _l("There are too many options. At most: %(n)s", n=6), column="option_a_ky"
            )
    return Answers(ItemKind.MATCHING, tuple(key), tuple(lines), tuple(targets.values()), is_partial)


def _numeric(question: Element) -> Answers:
    answers = [answer for answer in _elements(question, "answer") if _percent(answer) != 0]
    if len(answers) != 1 or _percent(answers[0]) != 100:
        raise Refused(
            "kind_numerical", _l("A number question has one right number, with its tolerance."), column="correct"
        )
    if question.find("units/unit") is not None:
        raise Refused(
            "numeric_units", _l("Units of numbers are not taken. Write the unit into the question."), column="correct"
        )
    value, tolerance = (said(answers[0], name, default) for name, default in (("text", ""), ("tolerance", "0")))
    return Answers(ItemKind.NUMERIC, (decimal(value) or value[:40], decimal(tolerance) or tolerance[:40]))


def weights_of(options: int, key: Key, kind: str) -> Iterator[str]:
    """Percent of each option as Moodle writes them: ``33.33333``."""
    marks = tuple(index for index in key if isinstance(index, int))
    if kind == ItemKind.MULTIPLE_RESPONSE:
        yield from (decimal(f"{weight:f}") or "0" for weight in partial_weights(options, marks))
    else:
        yield from ("100" if index in marks else "0" for index in range(options))
