"""How a QTI item scores a response: what of its response processing is understood, and nothing else.

Understood are the standard's templates ``match_correct`` and ``map_response``, what they say written out, a number
within bounds (``equal``, or ``gte`` and ``lte``), and a mapping divided or multiplied by a constant, as we write it.
Points are relative: an item gives all of them, a part or none. Feedback and other outcomes are passed over where SCORE
does not depend on them. Everything else is refused with the line: a question that is scored otherwise here is another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from core.i18n import lazy_gettext as _l
from question_bank.exchange.qti.names import MAXSCORE, SCORE, line_of
from question_bank.exchange.reading import Refused

_SETTERS = {"setOutcomeValue", "lookupOutcomeValue", "setTemplateValue", "setCorrectResponse", "setDefaultValue"}
_BRANCHES = {"responseCondition", "responseIf", "responseElseIf", "responseElse"}


class Strange(Exception):
    """Response processing that is not understood; ``element`` is where."""

    def __init__(self, element: Element) -> None:
        super().__init__(element.tag)
        self.element = element


@dataclass(frozen=True)
class Correct:
    """All or nothing: the response is what the item declares as correct, or ``value`` where the rule names it."""

    value: str | None = None


@dataclass(frozen=True)
class Mapped:
    """The sum of the mapping; ``floor``: the rule itself does not let it below zero."""

    floor: bool = False


@dataclass(frozen=True)
class Within:
    """All or nothing: a number from ``low`` to ``high``; None is the declared one less or more ``below``, ``above``."""

    low: Decimal | None = None
    high: Decimal | None = None
    below: Decimal = Decimal(0)
    above: Decimal = Decimal(0)


Scoring = Correct | Mapped | Within


def scoring(item: Element, response: str) -> Scoring | None:
    """How the item scores the response of this identifier; None where it has no response processing at all.

    Raises:
        Refused: not understood; names the element and its line.
    """
    found = item.find("responseProcessing")
    try:
        return None if found is None else _processing(found, response)
    except Strange as strange:
        raise Refused(
            "response_processing",
            _l(
                "The way this question is scored (responseProcessing) is not one that is known here: it would be "
                "scored otherwise. Element: %(name)s, line: %(line)s",
                name=str(strange.element.tag)[:60], line=line_of(strange.element),
            ),
            column="correct",
        ) from strange  # fmt: skip


def _processing(found: Element, response: str) -> Scoring | None:
    template = (found.get("template") or found.get("templateLocation") or "").rstrip("/").rpartition("/")[2]
    match template.removesuffix(".xml"):
        case "match_correct" if response == "RESPONSE":
            return Correct()
        case "map_response" if response == "RESPONSE":
            return Mapped()
        case "":
            pass
        case _:
            raise Strange(found)
    rules = [rule for rule in _elements(found) if not _is_aside(rule)]
    if len(rules) > 1 and _constant(rules[0]) == 0:  # a start from zero
        del rules[0]
    if not rules:
        return None
    if len(rules) > 1:
        raise Strange(rules[1])
    return _rule(rules[0], response)


def _elements(parent: Element) -> list[Element]:
    return list(parent)


def _is_aside(rule: Element) -> bool:
    """Whether a rule only sets other outcomes than the points, from which these do not follow."""
    setters = [element for element in rule.iter() if element.tag in _SETTERS]
    others = {str(element.tag) for element in rule.iter()} & {"exitResponse", "responseProcessingFragment"}
    return (
        bool(setters)
        and not others
        and all(one.tag == "setOutcomeValue" and one.get("identifier") not in {SCORE, MAXSCORE} for one in setters)
        and rule.tag in _BRANCHES | {"setOutcomeValue"}
    )


def _rule(rule: Element, response: str) -> Scoring:
    if rule.tag == "setOutcomeValue":
        return _mapped(_points(rule), response)
    if rule.tag != "responseCondition":
        raise Strange(rule)
    branches = _elements(rule)
    if len(branches) > 1 and branches[1].tag == "responseElseIf" and _is_nothing_for_null(branches[0], response):
        del branches[0]
        branches[0].tag = "responseIf"
    if not branches or branches[0].tag != "responseIf" or len(branches) > 2:
        raise Strange(branches[1] if len(branches) > 2 else rule)
    condition, *actions = _elements(branches[0]) or [rule]
    first, otherwise = _set(actions, branches[0]), None
    if len(branches) == 2:
        if branches[1].tag != "responseElse":
            raise Strange(branches[1])
        otherwise = _set(_elements(branches[1]), branches[1])
    if _is_null(condition, response):
        if otherwise is None or _value(first) != 0:
            raise Strange(rule)
        return _mapped(otherwise, response)
    if _is_not_null(condition, response) and (otherwise is None or _value(otherwise) == 0):
        return _mapped(first, response)
    if (otherwise is not None and _value(otherwise) != 0) or not _is_positive(first):
        raise Strange(rule)
    return _condition(condition, response)


def _is_nothing_for_null(branch: Element, response: str) -> bool:
    condition, *actions = _elements(branch) or [branch]
    return _is_null(condition, response) and _value(_set(actions, branch)) == 0


def _set(actions: Sequence[Element], where: Element) -> Element:
    """The points that a branch gives, as the expression of SCORE."""
    rules = [action for action in actions if not _is_aside(action)]
    if len(rules) != 1:
        raise Strange(rules[1] if rules else where)
    return _points(rules[0])


def _points(rule: Element) -> Element:
    """The expression that becomes SCORE; a sum of SCORE, which begins with zero, and something is that."""
    if rule.tag != "setOutcomeValue" or rule.get("identifier") != SCORE or len(rule) != 1:
        raise Strange(rule)
    [expression] = _elements(rule)
    if expression.tag == "sum" and len(expression) == 2:
        parts = [part for part in _elements(expression) if not _is_variable(part, SCORE)]
        return parts[0] if len(parts) == 1 else expression
    return expression


def _constant(rule: Element) -> Decimal | None:
    return _value(_points(rule)) if rule.tag == "setOutcomeValue" and rule.get("identifier") == SCORE else None


def _value(expression: Element) -> Decimal | None:
    return number(expression.text or "") if expression.tag == "baseValue" else None


def _is_positive(expression: Element) -> bool:
    value = _value(expression)
    return _is_variable(expression, MAXSCORE) or (value is not None and value > 0)


def _is_variable(expression: Element, identifier: str) -> bool:
    return expression.tag == "variable" and expression.get("identifier") == identifier


def _is_null(condition: Element, response: str) -> bool:
    return condition.tag == "isNull" and len(condition) == 1 and _is_variable(_elements(condition)[0], response)


def _is_not_null(condition: Element, response: str) -> bool:
    return condition.tag == "not" and len(condition) == 1 and _is_null(_elements(condition)[0], response)


def _mapped(expression: Element, response: str) -> Mapped:
    """The mapping of the response, alone or times or by a constant above zero, and no less than zero."""
    parts = _elements(expression)
    if expression.tag == "mapResponse" and expression.get("identifier") == response:
        return Mapped()
    if len(parts) == 2 and expression.tag in {"divide", "product", "max"}:
        values = [_value(part) for part in parts]
        if expression.tag == "max" and 0 in values:
            _mapped(parts[1 - values.index(Decimal(0))], response)
            return Mapped(floor=True)
        constant = values[1] if values[1] is not None or expression.tag == "divide" else values[0]
        if expression.tag != "max" and constant is not None and constant > 0:
            return _mapped(parts[0] if values[1] is not None else parts[1], response)
    raise Strange(expression)


def _condition(condition: Element, response: str) -> Scoring:
    parts = _elements(condition)
    if len(parts) == 2 and condition.tag == "and":
        if any(_is_not_null(part, response) for part in parts):
            return _condition(parts[_is_not_null(parts[0], response)], response)
        return _between(parts, response)
    if len(parts) != 2 or condition.tag not in {"match", "equal"}:
        raise Strange(condition)
    responds = [_is_variable(part, response) for part in parts]
    if responds.count(True) != 1:
        raise Strange(condition)
    other = parts[responds.index(False)]
    is_declared = other.tag == "correct" and other.get("identifier") == response
    if not is_declared and other.tag != "baseValue":
        raise Strange(other)
    if condition.tag == "match":
        return Correct(None if is_declared else (other.text or "").strip())
    value = None if is_declared else number(other.text or "")
    if not is_declared and value is None:
        raise Strange(other)
    return _equal(condition, value, response_first=responds[0])


def _equal(condition: Element, value: Decimal | None, *, response_first: bool) -> Within:
    """``equal``: the second value lies within the tolerance around the first, both ends included."""
    mode = condition.get("toleranceMode", "exact")
    tolerances = [number(one) for one in condition.get("tolerance", "").split()]
    if mode == "exact":
        tolerances = [Decimal(0)]
    elif mode != "absolute" or not 1 <= len(tolerances) <= 2:
        raise Strange(condition)
    below, above = tolerances[0], tolerances[-1]
    if below is None or above is None or below < 0 or above < 0:
        raise Strange(condition)
    if "false" in {condition.get("includeLowerBound"), condition.get("includeUpperBound")} and (below or above):
        raise Strange(condition)
    if response_first:
        below, above = above, below
    if value is None:
        return Within(below=below, above=above)
    return Within(value - below, value + above)


def _between(parts: Sequence[Element], response: str) -> Within:
    """``gte`` and ``lte`` of the response and two numbers, in any order."""
    low: Decimal | None = None
    high: Decimal | None = None
    for part in parts:
        sides = _elements(part)
        if part.tag not in {"gte", "lte"} or len(sides) != 2:
            raise Strange(part)
        is_first = _is_variable(sides[0], response)
        bound = _value(sides[1] if is_first else sides[0])
        if bound is None or not (is_first or _is_variable(sides[1], response)):
            raise Strange(part)
        if (part.tag == "gte") == is_first:
            low = bound if low is None else None
        else:
            high = bound if high is None else None
    if low is None or high is None:
        raise Strange(parts[0])
    return Within(low, high)


def number(text: str) -> Decimal | None:
    """A number of the file, exactly; None where it is none, or not one of a size that a question has."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and len(value.as_tuple().digits) <= 30 and abs(value.adjusted()) <= 30 else None
