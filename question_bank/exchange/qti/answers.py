"""The answers of a QTI item as one of our kinds: options, targets and key, where it is scored as ours are.

======================  ===========================================================================================
choiceInteraction       single choice (cardinality single, or one choice at most), else multiple response; two options
                        that say true and false are true or false
orderInteraction        ordering: all lines, all or nothing
matchInteraction        matching: each line of one side has one match on the other
textEntryInteraction    a number (base type float or integer) with its tolerance
======================  ===========================================================================================

Partial credit is ours where the mapping gives exactly what our formula gives: for a multiple response *r/R − w/W* and
never below zero, for matching the share of the lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from xml.etree.ElementTree import Element

from core.i18n import lazy_gettext as _l
from question_bank.exchange.qti.processing import Correct, Mapped, Scoring, Within, number
from question_bank.exchange.reading import Refused
from question_bank.kinds.base import Key, letter
from question_bank.kinds.numeric import decimal
from question_bank.rules import ItemKind

INTERACTIONS = ("choiceInteraction", "orderInteraction", "matchInteraction", "textEntryInteraction")
_ACCURACY = Decimal("0.001")  # of a share: programs write a third as 0.333


@dataclass(frozen=True)
class Answers:
    """Kind, key as indexes, and the elements of options and targets in the order of the file."""

    kind: ItemKind
    key: Key
    options: tuple[Element, ...] = ()
    targets: tuple[Element, ...] = ()
    is_partial: bool = False


@dataclass(frozen=True)
class Declaration:
    """What the item declares of its response."""

    cardinality: str
    base_type: str
    correct: tuple[str, ...] = ()
    entries: Mapping[str, Decimal] = field(default_factory=dict)
    default: Decimal = Decimal(0)
    lower: Decimal | None = None
    upper: Decimal | None = None

    def worth(self, value: str) -> Decimal:
        """What one value of the response is worth in the mapping."""
        return self.entries.get(value, self.default)


def declared(found: Element) -> Declaration:
    """The declaration of the response; refuses a mapping whose numbers are none."""
    mapping = found.find("mapping")
    correct = tuple((value.text or "").strip() for value in found.findall("correctResponse/value"))
    if found.get("baseType") in {"pair", "directedPair"}:
        correct = tuple(" ".join(value.split()) for value in correct)
    shape = found.get("cardinality", ""), found.get("baseType", "")
    if mapping is None:
        return Declaration(*shape, correct)
    numbers = [mapping.get("defaultValue", "0"), mapping.get("lowerBound"), mapping.get("upperBound")]
    default, lower, upper = (None if one is None else _number(one) for one in numbers)
    entries = {
        " ".join(entry.get("mapKey", "").split()): _number(entry.get("mappedValue", ""))
        for entry in mapping.findall("mapEntry")
    }
    return Declaration(*shape, correct, entries, default or Decimal(0), lower, upper)


def _number(text: str) -> Decimal:
    value = number(text)
    if value is None:
        raise otherwise(_l("A number of the mapping is none."))
    return value


def otherwise(reason: object) -> Refused:
    """The refusal of a question that would be scored otherwise here."""
    return Refused("scored_otherwise", reason, column="correct")


def no_key() -> Refused:
    """The refusal of a question whose right answer the file does not say."""
    return Refused("no_correct", _l("The file does not say which answer is right (correctResponse)."), column="correct")


def answers(interaction: Element, said: Declaration, how: Scoring) -> Answers:
    """The answers of an interaction; refuses by name what the bank does not have or would score otherwise."""
    match interaction.tag:
        case "choiceInteraction":
            return _choice(interaction, said, how)
        case "orderInteraction":
            return _order(interaction, said, how)
        case "matchInteraction":
            return _match(interaction, said, how)
    return _number_of(said, how)


def _children(parent: Element, name: str) -> tuple[Element, ...]:
    return tuple(child for child in parent if child.tag == name)


def _identifiers(options: Sequence[Element]) -> list[str]:
    found = [option.get("identifier", "") for option in options]
    if "" in found or len(set(found)) < len(found):
        raise Refused(
            "identifiers", _l("Two options have one identifier, or an option has none: the key is not clear.")
        )
    return found


def _indexes(values: Sequence[str], identifiers: Sequence[str]) -> tuple[int, ...]:
    try:
        return tuple(identifiers.index(value) for value in values)
    except ValueError:
        raise Refused(
            "correct_unknown", _l("The right answer names an option that is not there."), column="correct"
        ) from None


def _choice(interaction: Element, said: Declaration, how: Scoring) -> Answers:
    options = _children(interaction, "simpleChoice")
    names = _identifiers(options)
    is_one = said.cardinality == "single" or interaction.get("maxChoices", "1").strip() == "1"
    kind = ItemKind.SINGLE_CHOICE if is_one else ItemKind.MULTIPLE_RESPONSE
    if isinstance(how, Mapped):
        weights = [said.worth(name) for name in names]
        key = tuple(index for index, weight in enumerate(weights) if weight > 0)
        fits = _is_one_of(weights, said, how) if is_one else _is_ours(weights, said, how)
        if not fits:
            raise otherwise(_weights_sentence(weights))
        if said.correct and set(_indexes(said.correct, names)) != set(key):
            raise _two_keys()
        return Answers(kind, key, options, is_partial=not is_one)
    key = _indexes(_right(said, how), names)
    if is_one and len(key) > 1:
        raise otherwise(
            _l("Several options are right, but one may be chosen: nobody could answer this question wholly.")
        )
    return Answers(kind, tuple(sorted(set(key))), options)


def _right(said: Declaration, how: Scoring) -> tuple[str, ...]:
    """The right response of a question that gives all its points or none."""
    if not isinstance(how, Correct):
        raise otherwise(_l("Options are scored as numbers."))
    if how.value is not None:
        if said.cardinality != "single" or (said.correct and said.correct != (how.value,)):
            raise _two_keys()
        return (how.value,)
    if not said.correct:
        raise no_key()
    return said.correct


def _two_keys() -> Refused:
    return otherwise(_l("The declared right answer and the scoring say different options."))


def _weights_sentence(weights: Sequence[Decimal]) -> object:
    return _l(
        "These weights are not taken. For single choice one option has a weight; for multiple response the right "
        "options share the points, the wrong ones share as many below zero, and the sum is never below zero. "
        "Weights: %(weights)s",
        weights="; ".join(f"{letter(index)} {weight}" for index, weight in enumerate(weights[:20])),
    )


def _floor(said: Declaration, how: Mapped) -> Decimal | None:
    """The least that the mapping gives."""
    if how.floor:
        return max(said.lower or Decimal(0), Decimal(0))
    return said.lower


def _is_one_of(weights: Sequence[Decimal], said: Declaration, how: Mapped) -> bool:
    """One option gives points, all others none."""
    rights = [weight for weight in weights if weight > 0]
    floor, rest = _floor(said, how), [weight for weight in weights if weight <= 0]
    if len(rights) != 1 or (floor is not None and floor > 0) or (said.upper is not None and said.upper <= 0):
        return False
    return not any(rest) or floor == 0


def _is_ours(weights: Sequence[Decimal], said: Declaration, how: Mapped) -> bool:
    """Right options share a whole, wrong ones the same below zero; the sum is kept between zero and the whole."""
    rights = [weight for weight in weights if weight > 0]
    wrongs = [-weight for weight in weights if weight <= 0]
    if not rights or not wrongs or _floor(said, how) != 0:
        return False
    whole = sum(rights, Decimal(0))
    near = _ACCURACY * whole
    return (
        all(abs(weight - whole / len(rights)) <= near for weight in rights)
        and all(abs(weight - whole / len(wrongs)) <= near for weight in wrongs)
        and (said.upper is None or said.upper >= whole - near)
    )


def _order(interaction: Element, said: Declaration, how: Scoring) -> Answers:
    options = _children(interaction, "simpleChoice")
    if said.cardinality != "ordered":
        raise otherwise(_l("The right order is not declared as an order."))
    key = _indexes(_right(said, how), _identifiers(options))
    return Answers(ItemKind.ORDERING, key, options)


def _match(interaction: Element, said: Declaration, how: Scoring) -> Answers:
    sets = _children(interaction, "simpleMatchSet")
    if len(sets) != 2:
        raise Refused("match_sets", _l("A matching question has two sets."))
    left, right = (_children(one, "simpleAssociableChoice") for one in sets)
    lines, matches = _identifiers(left), _identifiers(right)
    if isinstance(how, Mapped):
        pairs = [pair for pair, weight in said.entries.items() if weight > 0]
        whole = sum((said.entries[pair] for pair in pairs), Decimal(0))
        fits = (
            all(abs(said.entries[pair] - whole / len(pairs)) <= _ACCURACY * whole for pair in pairs)
            and not any(weight < 0 for weight in said.entries.values())
            and said.default == 0
            and (said.upper is None or said.upper >= whole * (1 - _ACCURACY))
            and (_floor(said, how) or 0) <= 0
        )
        if not fits or not pairs:
            raise otherwise(_l("Of a matching question each line that is matched rightly gives the same share."))
        if said.correct and set(said.correct) != set(pairs):
            raise _two_keys()
    else:
        pairs = list(_right(said, how))
    split = [pair.split(" ") for pair in pairs]
    if any(len(pair) != 2 for pair in split):
        raise no_key()
    firsts, seconds = [pair[0] for pair in split], [pair[1] for pair in split]
    # The side whose every line has one match stands on the left here, whichever the file puts first.
    is_turned = sorted(firsts) != sorted(lines) and sorted(seconds) == sorted(matches)
    if is_turned:
        left, right, lines, matches, firsts, seconds = right, left, matches, lines, seconds, firsts
    if sorted(firsts) != sorted(lines):
        raise otherwise(_l("Every line on the left has one match."))
    key = tuple(sorted(zip(_indexes(firsts, lines), _indexes(seconds, matches), strict=True)))
    return Answers(ItemKind.MATCHING, key, left, right, is_partial=isinstance(how, Mapped))


def _number_of(said: Declaration, how: Scoring) -> Answers:
    if said.base_type not in {"float", "integer"} or said.cardinality != "single":
        raise Refused(
            "kind_short_answer",
            _l("This question is answered with words. The bank takes only questions that are scored automatically."),
        )
    if isinstance(how, Mapped):
        rights = [value for value, weight in said.entries.items() if weight > 0]
        if len(rights) != 1 or not _is_one_of([*said.entries.values(), said.default], said, how):
            raise otherwise(_l("A number question has one right number."))
        how = Within(number(rights[0]), number(rights[0]))
    elif isinstance(how, Correct):
        how = Within() if how.value is None else Within(number(how.value), number(how.value))
    with localcontext(prec=100):  # beyond the digits of any two numbers that are read
        return Answers(ItemKind.NUMERIC, _around(said, how))


def _around(said: Declaration, how: Within) -> Key:
    """Bounds as a number and its tolerance."""
    low, high = how.low, how.high
    if low is None or high is None:
        values = [number(value) for value in said.correct]
        if len(values) != 1 or values[0] is None:
            raise no_key()
        low, high = values[0] - how.below, values[0] + how.above
    value, tolerance = (decimal(f"{half:f}") for half in ((low + high) / 2, (high - low) / 2))
    if value is None or tolerance is None or high < low:
        raise otherwise(
            _l("The number or its tolerance is too long or too large. Digits before the sign: 15, after it: 10")
        )
    return value, tolerance
