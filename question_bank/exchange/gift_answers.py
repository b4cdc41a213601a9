r"""What stands between the braces of a GIFT question, for each kind of question that the bank has.

========================  ==========================================================================================
single choice             ``=right ~wrong ~wrong`` (``~%100%`` is right, ``~%0%`` wrong)
multiple response         ``~%50%right ~%50%right ~%-50%wrong ~%-50%wrong``: 100 % shared by the right options, −100 %
                          by the wrong ones, which is our partial credit; other weights are refused
true or false             ``TRUE``, ``T``, ``FALSE`` or ``F``
matching                  ``=left -> right``; ``= -> right`` is a match that fits no line
number                    ``#12.5``, ``#12.5:0.5`` (tolerance) or ``#12..13`` (range)
ordering                  ``>4 ALL VERTICAL ALL_OR_NOTHING SHOW none`` and each line in its right order on a line of its
                          own, as Moodle's ordering question has it; other grading, or a part of the lines, is refused
========================  ==========================================================================================

A comment line ``// partial: no`` says that a multiple response or matching question gives all its points or none, which
GIFT cannot say: Moodle gives a part of them all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import ItemDraft
from question_bank.exchange.gift_text import restore, write_bilingual
from question_bank.exchange.reading import Finding, Refused
from question_bank.kinds.base import Key, Wording, letter
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.kinds.numeric import decimal
from question_bank.rules import ItemKind

_OPTION_SIGN = re.compile(r"([~=])")
_WEIGHT = re.compile(r"\s*%\s*(-?[0-9]{1,3}(?:\.[0-9]{0,8})?)\s*%")
_RANGE = re.compile(r"(.+?)\.\.(.+)")
_ORDERING = re.compile(r"\s*>\s*([0-9]{1,3})?((?:\s+[A-Za-z_0-9]+)*)\s*")
_ALL_OF_ORDERING = {"ALL", "EXACT", "RANDOM", "REL", "CONTIGUOUS", "CONTIG"}
_GRADING = "ALL_OR_NOTHING"
_TRUE, _FALSE = {"T", "TRUE"}, {"F", "FALSE"}
ACCURACY = Decimal("0.001")  # of a weight in percent: Moodle writes a third as 33.33333

OTHER_KINDS = {
    "description": _l("This is a description, not a question: it has no options in { }."),
    "essay": _l("This is an essay question. The bank takes only questions that are scored automatically."),
    "short_answer": _l("This is a short answer question. For single choice write the wrong options with ~."),
    "numerical": _l("A number question has one right number. Write {#12.5:0.5}, the tolerance after the colon."),
}


@dataclass(frozen=True)
class Answers:
    """Kind, texts (held, see ``gift_text``; ``fixed`` where the kind has its own) and key."""

    kind: ItemKind
    options: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    key: Key = ()
    is_partial: bool = False
    fixed: tuple[Wording, ...] = ()


def read_answers(held: str, comments: Mapping[str, str]) -> tuple[Answers, list[Finding]]:
    """The answers, and what is left out of them; raises Refused for kinds that the bank does not have, by name."""
    kept, general, _ = held.partition("####")
    is_partial = comments.get("partial", "").strip().lower() != "no"
    if kept.strip().startswith("#"):
        answers, feedback = _number(kept.strip()[1:])
    elif kept.strip().startswith(">"):
        answers, feedback = _ordering(kept), False
    else:
        texts = [piece.partition("#") for piece in _OPTION_SIGN.split(kept)]
        feedback = any(sign for _, sign, _ in texts)
        answers = _signed("".join(text for text, _, _ in texts), is_partial)
    if not feedback and not general:
        return answers, []
    message = _l("Feedback is left out: the bank does not keep it.")
    return answers, [Finding("feedback_dropped", message, severity="warning")]


def _signed(answers: str, is_partial: bool) -> Answers:
    """Answers marked with signs, and true or false, which has none."""
    plain = answers.strip().upper()
    if not plain:
        raise Refused("kind_essay", OTHER_KINDS["essay"])
    if plain in _TRUE | _FALSE:
        return Answers(ItemKind.TRUE_FALSE, key=(0 if plain in _TRUE else 1,), fixed=TRUE_FALSE)
    lead, *pieces = _OPTION_SIGN.split(answers)
    signs, texts = pieces[::2], pieces[1::2]
    is_matching = "~" not in signs and bool(texts) and all("->" in text for text in texts)
    if "~" not in signs and not is_matching:
        raise Refused("kind_short_answer", OTHER_KINDS["short_answer"])
    if lead.strip():
        raise Refused(
            "stray_text", _l("There is text before the first option. Begin the right option with =, the others with ~.")
        )
    return _matching(texts, is_partial) if is_matching else _choice(signs, texts, is_partial)


def _choice(signs: list[str], texts: list[str], is_partial: bool) -> Answers:
    """Single choice, or multiple response where the weights are those of our partial credit."""
    found = [_WEIGHT.match(text) for text in texts]
    weights = [
        Decimal(match.group(1)) if match else Decimal(100 if sign == "=" else 0)
        for match, sign in zip(found, signs, strict=True)
    ]
    options = tuple(text[match.end() if match else 0 :] for match, text in zip(found, texts, strict=True))
    key = tuple(index for index, weight in enumerate(weights) if weight > 0)
    if set(weights) <= {Decimal(0), Decimal(100)}:
        return Answers(ItemKind.SINGLE_CHOICE, options, key=key)
    shares = partial_weights(len(options), key)
    if any(abs(weight - share) > ACCURACY for weight, share in zip(weights, shares, strict=True)):
        raise Refused(
            "partial_weight",
            _l(
                "These weights are not taken. For single choice mark one option with = and the others with ~; for "
                "multiple response the right options share 100 percent and the wrong ones −100. Weights in percent: "
                "%(weights)s",
                weights="; ".join(f"{letter(index)} {weight}" for index, weight in enumerate(weights)),
            ),
            column="correct",
        )
    return Answers(ItemKind.MULTIPLE_RESPONSE, options, key=key, is_partial=is_partial)


def partial_weights(options: int, key: tuple[int, ...]) -> list[Decimal]:
    """Percent of each option that say our partial credit; none where nothing is right or nothing wrong."""
    right, wrong = len(key), options - len(key)
    return [
        (Decimal(100) / right if index in key else Decimal(-100) / wrong).quantize(Decimal("0.00001"))
        for index in range(options)
    ]


def _matching(texts: list[str], is_partial: bool) -> Answers:
    sides = [tuple(side.strip() for side in text.split("->", 1)) for text in texts]
    targets = list(dict.fromkeys(right for _left, right in sides))
    lines = [(left, right) for left, right in sides if left]
    key = tuple((index, targets.index(right)) for index, (_left, right) in enumerate(lines))
    return Answers(ItemKind.MATCHING, tuple(left for left, _right in lines), tuple(targets), key, is_partial)


def _number(text: str) -> tuple[Answers, bool]:
    """One right number; several with weights of their own are not ours."""
    pieces = [piece for piece in text.split("=") if piece.strip()]
    bodies = [piece.partition("#") for piece in pieces]
    if len(bodies) != 1:
        raise Refused("kind_numerical", OTHER_KINDS["numerical"], column="correct")
    [(body, feedback, _rest)] = bodies
    weight = _WEIGHT.match(body)
    if weight and Decimal(weight.group(1)) != 100:
        raise Refused("kind_numerical", OTHER_KINDS["numerical"], column="correct")
    said = restore(body[weight.end() if weight else 0 :]).strip()
    return Answers(ItemKind.NUMERIC, key=_interval(said)), bool(feedback)


def _interval(said: str) -> Key:
    value, _colon, tolerance = said.partition(":")
    if match := _RANGE.fullmatch(said):
        low, high = (decimal(one) for one in match.groups())
        if low is not None and high is not None:
            try:
                middle, half = (Decimal(low) + Decimal(high)) / 2, (Decimal(high) - Decimal(low)) / 2
            except InvalidOperation:
                return said, "0"
            return _plain(f"{middle:f}"), _plain(f"{half:f}")
    return _plain(value), _plain(tolerance or "0")


def _plain(number: str) -> str:
    """A number in its one way of writing; what is none stays as it is, for the common rules to speak of."""
    return decimal(number) or number.strip()


def _ordering(held: str) -> Answers:
    head, *lines = (line for line in held.split("\n") if line.strip())
    match = _ORDERING.fullmatch(head)
    count, words = (match.group(1), match.group(2).split()) if match else (None, [])
    if not words or _GRADING not in words or (count and int(count) < len(lines)) or not _ALL_OF_ORDERING & set(words):
        raise Refused(
            "ordering_grading",
            _l(
                "This ordering question cannot be taken as it is: here all lines are shown, and only the whole right "
                "order gives points. Begin the answers with: >%(count)s ALL VERTICAL ALL_OR_NOTHING SHOW none",
                count=max(len(lines), 1),
            ),
            column="correct",
        )
    return Answers(ItemKind.ORDERING, tuple(line.strip() for line in lines), key=tuple(range(len(lines))))


def write_answers(item: ItemDraft) -> list[str]:
    """What stands between the braces, in lines; ``item`` as its author writes it (lines in the right order)."""

    def text(wording: Wording) -> str:
        return write_bilingual(wording.ky, wording.ru)

    match item.kind:
        case ItemKind.TRUE_FALSE:
            return ["TRUE" if item.key == (0,) else "FALSE"]
        case ItemKind.NUMERIC:
            value, tolerance = item.key
            return [f"#{value}" if tolerance == "0" else f"#{value}:{tolerance}"]
        case ItemKind.ORDERING:
            head = f">{len(item.options)} ALL VERTICAL {_GRADING} SHOW none"
            return [head, *(f"\t{text(line)}" for line in item.options)]
        case ItemKind.MATCHING:
            right = dict(mark for mark in item.key if isinstance(mark, tuple))
            used = [f"\t={text(line)} -> {text(item.targets[right[n]])}" for n, line in enumerate(item.options)]
            rest = [target for index, target in enumerate(item.targets) if index not in right.values()]
            return [*used, *(f"\t= -> {text(target)}" for target in rest)]
        case ItemKind.MULTIPLE_RESPONSE:
            key = tuple(index for index in item.key if isinstance(index, int))
            weights = partial_weights(len(item.options), key)
            return [
                f"\t~%{decimal(str(weight))}%{text(option)}"
                for weight, option in zip(weights, item.options, strict=True)
            ]
    return [("\t=" if index in item.key else "\t~") + text(option) for index, option in enumerate(item.options)]
