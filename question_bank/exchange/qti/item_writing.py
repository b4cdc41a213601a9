"""One question in one language as a QTI item, with response processing that scores as the bank does.

All or nothing is the standard's template ``match_correct``; a number within its tolerance is ``equal`` with
``toleranceMode="absolute"``. Partial credit is exact in whole numbers: a right option of a multiple response maps to
*W*, a wrong one to −*R*, the sum is kept from 0 to *R·W* by the bounds of the mapping and divided by *R·W*, which is
``max(0, r/R − w/W)``; a line of a matching question maps to 1, the sum is divided by the number of lines. An item gives
1 point at most: rounding down to whole points needs the points of a test, which only the test knows.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from question_bank.exchange.drafts import ItemDraft
from question_bank.exchange.qti.content_writing import fill
from question_bank.exchange.qti.names import MAXSCORE, RESPONSE, SCORE, STEM_CLASS, XSI, Version, in_version
from question_bank.rules import ItemKind

_MIXED = {"div", "p", "simpleChoice", "simpleAssociableChoice"}
_TOOL = "competition question bank"


def item(draft: ItemDraft, language: str, identifier: str, version: Version) -> bytes:
    """The file of one question in one language; ``draft`` is as its author writes it (``tidied``)."""
    root = Element(
        "assessmentItem",
        {
            "xmlns": version.item, "xmlns:xsi": XSI, "xsi:schemaLocation": f"{version.item} {version.item_schema}",
            "identifier": identifier, "title": draft.external_id, "xml:lang": language, "adaptive": "false",
            "timeDependent": "false", "toolName": _TOOL, "toolVersion": "1",
        },
    )  # fmt: skip
    _declare_response(root, draft)
    for name, value in ((SCORE, "0"), (MAXSCORE, "1")):
        outcome = SubElement(root, "outcomeDeclaration", identifier=name, cardinality="single", baseType="float")
        SubElement(SubElement(outcome, "defaultValue"), "value").text = value
    body = SubElement(root, "itemBody")
    stem = SubElement(body, "div", {"class": STEM_CLASS})
    fill(stem, getattr(draft, f"stem_{language}"), is_rich=draft.is_rich)
    _interaction(body, draft, language)
    _processing(root, draft, version)
    _indent(root, 0)
    return written(in_version(root, version))


def written(root: Element) -> bytes:
    """A tree as a file in UTF-8."""
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def option_names(draft: ItemDraft) -> list[str]:
    """Identifiers of the options: ``A`` …, or ``true`` and ``false``."""
    if draft.kind == ItemKind.TRUE_FALSE:
        return ["true", "false"]
    return [f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[index % 26]}{index // 26 or ''}" for index in range(len(draft.options))]


def _pairs(draft: ItemDraft) -> list[str]:
    names = option_names(draft)
    return [f"{names[mark[0]]} T{mark[1] + 1}" for mark in draft.key if isinstance(mark, tuple)]


def _marks(draft: ItemDraft) -> list[int]:
    return [mark for mark in draft.key if isinstance(mark, int)]


_SHAPES = {
    ItemKind.MULTIPLE_RESPONSE: ("multiple", "identifier"),
    ItemKind.ORDERING: ("ordered", "identifier"),
    ItemKind.MATCHING: ("multiple", "directedPair"),
    ItemKind.NUMERIC: ("single", "float"),
}


def _declare_response(root: Element, draft: ItemDraft) -> None:
    cardinality, base_type = _SHAPES.get(ItemKind(draft.kind), ("single", "identifier"))
    found = SubElement(
        root, "responseDeclaration", identifier=RESPONSE, cardinality=cardinality, baseType=base_type
    )  # fmt: skip
    names = option_names(draft)
    match draft.kind:
        case ItemKind.NUMERIC:
            values = [str(draft.key[0])]
        case ItemKind.MATCHING:
            values = _pairs(draft)
        case _:
            values = [names[index] for index in _marks(draft)]
    correct = SubElement(found, "correctResponse")
    for value in values:
        SubElement(correct, "value").text = value
    if not draft.is_partial:
        return
    mapping = SubElement(found, "mapping", lowerBound="0", upperBound=str(_whole(draft)), defaultValue="0")
    for key, worth in _worth(draft, values):
        SubElement(mapping, "mapEntry", mapKey=key, mappedValue=str(worth))


def _worth(draft: ItemDraft, rights: list[str]) -> list[tuple[str, int]]:
    """What each value of the response is worth, in whole numbers."""
    if draft.kind == ItemKind.MATCHING:
        return [(pair, 1) for pair in rights]
    names = option_names(draft)
    wrong = len(names) - len(rights)
    return [(name, wrong if name in rights else -len(rights)) for name in names]


def _whole(draft: ItemDraft) -> int:
    """What a wholly right response is worth."""
    right = len(draft.key)
    return right if draft.kind == ItemKind.MATCHING else right * (len(draft.options) - right)


def _interaction(body: Element, draft: ItemDraft, language: str) -> None:
    if draft.kind == ItemKind.NUMERIC:
        SubElement(SubElement(body, "p"), "textEntryInteraction", responseIdentifier=RESPONSE, expectedLength="15")
        return
    if draft.kind == ItemKind.MATCHING:
        names = option_names(draft)
        found = SubElement(
            body, "matchInteraction", responseIdentifier=RESPONSE, shuffle="true", maxAssociations=str(len(names))
        )  # fmt: skip
        targets = [f"T{index + 1}" for index in range(len(draft.targets))]
        for sides, identifiers, most in ((draft.options, names, "1"), (draft.targets, targets, "0")):
            held = SubElement(found, "simpleMatchSet")
            for wording, identifier in zip(sides, identifiers, strict=True):
                choice = SubElement(held, "simpleAssociableChoice", identifier=identifier, matchMax=most)
                fill(choice, getattr(wording, language), is_rich=draft.is_rich)
        return
    if draft.kind == ItemKind.ORDERING:
        found = SubElement(body, "orderInteraction", responseIdentifier=RESPONSE, shuffle="true")
    else:
        most = "0" if draft.kind == ItemKind.MULTIPLE_RESPONSE else "1"
        shuffle = "false" if draft.kind == ItemKind.TRUE_FALSE else "true"
        found = SubElement(body, "choiceInteraction", responseIdentifier=RESPONSE, shuffle=shuffle, maxChoices=most)
    for wording, identifier in zip(draft.options, option_names(draft), strict=True):
        choice = SubElement(found, "simpleChoice", identifier=identifier)
        fill(choice, getattr(wording, language), is_rich=draft.is_rich)


def _processing(root: Element, draft: ItemDraft, version: Version) -> None:
    found = SubElement(root, "responseProcessing")
    if draft.kind != ItemKind.NUMERIC and not draft.is_partial:
        suffix = ".xml" if version.name == "3.0" else ""
        found.set("template", f"{version.templates}match_correct{suffix}")
        return
    condition = SubElement(found, "responseCondition")
    first, otherwise = SubElement(condition, "responseIf"), SubElement(condition, "responseElse")
    if draft.kind == ItemKind.NUMERIC:
        tolerance = str(draft.key[1])
        # The default, said all the same: both ends are right here.
        ends = {"includeLowerBound": "true", "includeUpperBound": "true"}
        within = {"toleranceMode": "absolute", "tolerance": f"{tolerance} {tolerance}", **ends}
        equal = SubElement(first, "equal", {"toleranceMode": "exact"} if tolerance == "0" else within)
        SubElement(equal, "correct", identifier=RESPONSE)
        SubElement(equal, "variable", identifier=RESPONSE)
        _base(_score(first), "1")
        _base(_score(otherwise), "0")
        return
    SubElement(SubElement(first, "isNull"), "variable", identifier=RESPONSE)
    _base(_score(first), "0")
    divide = SubElement(_score(otherwise), "divide")
    SubElement(divide, "mapResponse", identifier=RESPONSE)
    _base(divide, str(_whole(draft)))


def _score(parent: Element) -> Element:
    return SubElement(parent, "setOutcomeValue", identifier=SCORE)


def _base(parent: Element, value: str) -> None:
    SubElement(parent, "baseValue", baseType="float").text = value


def _indent(element: Element, level: int) -> None:
    """Each element on a line of its own, except where words stand: there a blank would be text."""
    if not len(element) or element.tag in _MIXED:
        return
    element.text = "\n" + "  " * (level + 1)
    for child in element:
        _indent(child, level + 1)
        child.tail = element.text
    child.tail = "\n" + "  " * level


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


def is_name(text: str) -> bool:
    """Whether a text may stand as an identifier as it is, in every version and every program."""
    return _NAME.fullmatch(text) is not None
