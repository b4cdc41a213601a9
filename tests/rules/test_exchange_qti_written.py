"""QTI that we write: built as the specification says, and scored by its own rules exactly as the bank scores."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import markup
from question_bank.exchange.drafts import ItemDraft, OptionDraft
from question_bank.exchange.qti import writing
from question_bank.exchange.qti.content_writing import fill
from question_bank.kinds.base import Content, Parts
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.kinds.registry import kind_of
from tests.rules.qti_files import unpacked
from tests.rules.test_exchange_qti_packages import WRITERS, rich_items
from tests.rules.test_exchange_round_trip import items as plain_items

XML = "{http://www.w3.org/XML/1998/namespace}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

# --- structure: the elements of an item in the order of the specification (imsqti_v2p1, v2p2 and asiv3p0), each with
# how often it stands there, and the attributes that it has to have and may have. Content is what HTML allows.

FLOW = {"p", "div", "span", "br", "b", "strong", "i", "em", "sub", "sup", "ul", "ol", "table", "img", "math"}
INLINE = FLOW - {"p", "div", "ul", "ol", "table"}
EXPRESSION = {"baseValue", "variable", "correct", "mapResponse", "isNull", "equal", "divide"}
ITEM = {
    "assessmentItem": [
        ("responseDeclaration", 1, 1), ("outcomeDeclaration", 1, 9), ("itemBody", 1, 1), ("responseProcessing", 1, 1)
    ],
    "responseDeclaration": [("correctResponse", 0, 1), ("mapping", 0, 1)],
    "outcomeDeclaration": [("defaultValue", 0, 1)],
    "correctResponse": [("value", 1, 99)],
    "defaultValue": [("value", 1, 1)],
    "mapping": [("mapEntry", 1, 99)],
    "itemBody": [({"div", "p", "choiceInteraction", "orderInteraction", "matchInteraction"}, 1, 9)],
    "choiceInteraction": [("prompt", 0, 1), ("simpleChoice", 1, 99)],
    "orderInteraction": [("prompt", 0, 1), ("simpleChoice", 1, 99)],
    "matchInteraction": [("prompt", 0, 1), ("simpleMatchSet", 2, 2)],
    "simpleMatchSet": [("simpleAssociableChoice", 0, 99)],
    "simpleChoice": [(FLOW, 0, 999)],
    "simpleAssociableChoice": [(FLOW, 0, 999)],
    "responseProcessing": [("responseCondition", 0, 1)],
    "responseCondition": [("responseIf", 1, 1), ("responseElseIf", 0, 99), ("responseElse", 0, 1)],
    "responseIf": [(EXPRESSION, 1, 1), ("setOutcomeValue", 1, 1)],
    "responseElse": [("setOutcomeValue", 1, 1)],
    "setOutcomeValue": [(EXPRESSION, 1, 1)],
    "isNull": [(EXPRESSION, 1, 1)],
    "equal": [(EXPRESSION, 2, 2)],
    "divide": [(EXPRESSION, 2, 2)],
    "div": [(FLOW, 0, 999)],
    "p": [(INLINE | {"textEntryInteraction"}, 0, 999)],
    "ul": [("li", 0, 99)], "ol": [("li", 0, 99)], "li": [(FLOW, 0, 99)],
    "table": [("caption", 0, 1), ("thead", 0, 1), ("tbody", 1, 99)],
    "caption": [(INLINE, 0, 99)], "td": [(FLOW, 0, 99)], "th": [(FLOW, 0, 99)],
    **{tag: [(INLINE, 0, 99)] for tag in ("b", "strong", "i", "em", "sub", "sup", "span")},
    "thead": [("tr", 1, 99)], "tbody": [("tr", 1, 99)], "tr": [({"td", "th"}, 1, 99)],
}  # fmt: skip
MIXED = FLOW | {"td", "th", "caption"}
ATTRIBUTES = {
    "assessmentItem": (
        {"identifier", "title", "adaptive", "timeDependent"},
        {XML + "lang", XSI + "schemaLocation", "toolName", "toolVersion"},
    ),
    "responseDeclaration": ({"identifier", "cardinality", "baseType"}, set()),
    "outcomeDeclaration": ({"identifier", "cardinality", "baseType"}, set()),
    "mapping": ({"defaultValue"}, {"lowerBound", "upperBound"}),
    "mapEntry": ({"mapKey", "mappedValue"}, set()),
    "choiceInteraction": ({"responseIdentifier", "shuffle", "maxChoices"}, set()),
    "orderInteraction": ({"responseIdentifier", "shuffle"}, set()),
    "matchInteraction": ({"responseIdentifier", "shuffle", "maxAssociations"}, set()),
    "textEntryInteraction": ({"responseIdentifier"}, {"expectedLength"}),
    "simpleChoice": ({"identifier"}, set()),
    "simpleAssociableChoice": ({"identifier", "matchMax"}, set()),
    "responseProcessing": (set(), {"template"}),
    "setOutcomeValue": ({"identifier"}, set()),
    "baseValue": ({"baseType"}, set()),
    "variable": ({"identifier"}, set()), "correct": ({"identifier"}, set()), "mapResponse": ({"identifier"}, set()),
    "equal": ({"toleranceMode"}, {"tolerance", "includeLowerBound", "includeUpperBound"}),
    "div": (set(), {"class"}), "span": (set(), {"class"}), "img": ({"src", "alt"}, {"width", "height"}),
    "td": (set(), {"colspan", "rowspan"}), "th": (set(), {"colspan", "rowspan", "scope"}),
}  # fmt: skip
NAMESPACES = {
    "2.1": "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "2.2": "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "3.0": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}
#: Names of 3.0, said here once more so that the writer's own rule of naming is judged by them.
NAMES_3_0 = {
    "qti-assessment-item": "assessmentItem", "qti-response-declaration": "responseDeclaration",
    "qti-correct-response": "correctResponse", "qti-value": "value", "qti-mapping": "mapping",
    "qti-map-entry": "mapEntry", "qti-outcome-declaration": "outcomeDeclaration", "qti-default-value": "defaultValue",
    "qti-item-body": "itemBody", "qti-choice-interaction": "choiceInteraction",
    "qti-order-interaction": "orderInteraction", "qti-match-interaction": "matchInteraction",
    "qti-text-entry-interaction": "textEntryInteraction", "qti-simple-choice": "simpleChoice",
    "qti-simple-match-set": "simpleMatchSet", "qti-simple-associable-choice": "simpleAssociableChoice",
    "qti-response-processing": "responseProcessing", "qti-response-condition": "responseCondition",
    "qti-response-if": "responseIf", "qti-response-else": "responseElse", "qti-set-outcome-value": "setOutcomeValue",
    "qti-base-value": "baseValue", "qti-variable": "variable", "qti-correct": "correct",
    "qti-map-response": "mapResponse", "qti-is-null": "isNull", "qti-equal": "equal", "qti-divide": "divide",
}  # fmt: skip
ATTRIBUTES_3_0 = {
    "time-dependent": "timeDependent", "tool-name": "toolName", "tool-version": "toolVersion", "base-type": "baseType",
    "lower-bound": "lowerBound", "upper-bound": "upperBound", "default-value": "defaultValue", "map-key": "mapKey",
    "mapped-value": "mappedValue", "response-identifier": "responseIdentifier", "max-choices": "maxChoices",
    "max-associations": "maxAssociations", "match-max": "matchMax", "expected-length": "expectedLength",
    "tolerance-mode": "toleranceMode",
    "include-lower-bound": "includeLowerBound",
    "include-upper-bound": "includeUpperBound",
}  # fmt: skip


def tree(data: bytes, version: str) -> ElementTree.Element:
    """An item in the names of 2.x; every name must be one of the version and in its namespace."""
    root = ElementTree.fromstring(data)
    for element in root.iter():
        namespace, _, name = element.tag[1:].partition("}")
        if namespace == "http://www.w3.org/1998/Math/MathML":
            element.tag = name if name == "math" else f"math:{name}"
            continue
        assert namespace == NAMESPACES[version]
        is_html = name in FLOW | {"li", "caption", "thead", "tbody", "tr", "td", "th"}
        element.tag = NAMES_3_0[name] if version == "3.0" and not is_html else name
        if version == "3.0" and not is_html:
            assert not set(element.attrib) & set(ATTRIBUTES_3_0.values())
            element.attrib = {ATTRIBUTES_3_0.get(key, key): value for key, value in element.attrib.items()}
    return root


def check_structure(element: ElementTree.Element) -> None:
    """Fails where an element does not stand, or is not made, as the specification says."""
    if element.tag == "math":
        return
    needed, allowed = ATTRIBUTES.get(element.tag, (set(), set()))
    assert needed <= set(element.attrib) <= needed | allowed, (element.tag, element.attrib)
    left = [child.tag for child in element]
    for names, least, most in ITEM.get(element.tag, [(FLOW, 0, 999)] if element.tag in MIXED else []):
        here = {names} if isinstance(names, str) else names
        count = 0
        while left and left[0] in here and count < most:
            del left[0]
            count += 1
        assert least <= count, (element.tag, names, left)
    assert not left, (element.tag, left)
    for child in element:
        check_structure(child)


def item_files(version: str, draft: ItemDraft) -> list[bytes]:
    return [data for name, data in unpacked(WRITERS[version]([draft])).items() if name.startswith("items/")]


@pytest.mark.parametrize("version", sorted(WRITERS))
@settings(max_examples=40, deadline=None)
@given(draft=st.one_of(plain_items(), rich_items()))
def test_an_item_is_built_as_the_specification_says(version, draft):
    for data in item_files(version, draft):
        root = tree(data, version)
        assert root.tag == "assessmentItem"
        check_structure(root)
        identifiers = [one.get("identifier") for one in root.iter() if one.tag.startswith("simple")]
        identifiers = [one for one in identifiers if one]
        assert len(set(identifiers)) == len(identifiers)
        declared = root.find("responseDeclaration")
        assert [one.get("responseIdentifier") for one in root.iter() if one.tag.endswith("Interaction")] == [
            declared.get("identifier")
        ]


_TAGS = "p b i sub ul ol li table caption thead tbody tr td th u"
_HTML = st.recursive(
    st.sampled_from(["а", "бир ", " ", "<br>", "2", "<math><mi>x</mi></math>"]),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(_TAGS.split()),
        st.lists(inner, max_size=4),
    ),
    max_leaves=14,
)


def _words(root: ElementTree.Element) -> str:
    return "".join("".join(root.itertext()).split())


@pytest.mark.parametrize(
    ("html", "written"),
    [
        ("<b>а<p>б</p>в</b>", "<b>а</b><p><b>б</b></p><b>в</b>"),
        ("<b><i><p>а</p></i></b>", "<p><b><i>а</i></b></p>"),
        ("<sub><ul><li>а</li></ul></sub>", "<ul><li><sub>а</sub></li></ul>"),
        ("<b><ul><p>а</p></ul></b>", "<ul><li><p><b>а</b></p></li></ul>"),
        ("<ul>а<li>б</li></ul>", "<ul><li>а</li><li>б</li></ul>"),
        ("<table><thead><tr><th>а</th></tr></thead></table>", "<table><tbody><tr><th>а</th></tr></tbody></table>"),
        ("<table><tbody><tr></tr></tbody></table>а", "а"),
        ("<table><tr><td>а</td></tr><caption><p>б</p><p>в</p></caption></table>",
         "<table><caption>б<br />в</caption><tbody><tr><td>а</td></tr></tbody></table>"),
        ("<p>а</p><table><tr><td><b>б</b></td></tr></table>",
         "<p>а</p><table><tbody><tr><td><b>б</b></td></tr></tbody></table>"),
    ],
)  # fmt: skip
def test_html_that_nests_otherwise_than_qti_allows_is_turned_without_losing_a_word(html, written):
    found = fill(ElementTree.Element("div"), markup.clean(html), is_rich=True)
    check_structure(found)
    assert ElementTree.tostring(found, encoding="unicode") == f"<div>{written}</div>"


@settings(max_examples=200, deadline=None)
@given(html=_HTML)
def test_whatever_rich_text_holds_its_nesting_is_that_of_qti(html):
    clean = markup.clean(html)
    found = fill(ElementTree.Element("div"), clean, is_rich=True)
    check_structure(found)
    for one in found.iter():
        assert one.tag not in {"ul", "ol", "table", "thead", "tbody", "tr"} or not (one.text or "").strip()
    # Sorted, for a caption goes before the rows.
    assert sorted(_words(found)) == sorted("".join(re.sub(r"<[^>]*>", "", clean).split()))


@pytest.mark.parametrize("version", sorted(WRITERS))
def test_a_manifest_has_its_parts_in_their_order_and_names_every_file_once_for_each_item(version):
    files = unpacked(WRITERS[version]([bank_item("matching", ((0, 0), (1, 1)), is_partial=True)]))
    root = ElementTree.fromstring(files["imsmanifest.xml"])
    namespace = root.tag[1:].partition("}")[0]
    assert [child.tag for child in root] == [
        f"{{{namespace}}}{name}" for name in ("metadata", "organizations", "resources")
    ]
    for resource in root[2]:
        assert [child.tag.partition("}")[2] for child in resource] == ["metadata", "file"]
        assert [child.tag.partition("}")[2] for child in resource[0]] == ["qtiMetadata", "lom"]
        assert resource.get("href") == resource[1].get("href") and resource.get("href") in files
        assert resource.get("type") == {"2.1": "imsqti_item_xmlv2p1", "2.2": "imsqti_item_xmlv2p2"}.get(
            version, "imsqti_item_xmlv3p0"
        )
    identifiers = [resource.get("identifier") for resource in root[2]]
    assert len(set(identifiers)) == 2


# --- scoring: the response processing of an item, carried out as the specification defines it


def score(root: ElementTree.Element, response: tuple[str, ...]) -> Fraction:
    """SCORE after response processing: the few rules that we write, carried out by the specification's words."""
    found = root.find("responseProcessing")
    declared = root.find("responseDeclaration")
    correct = tuple(value.text for value in declared.findall("correctResponse/value"))
    if template := found.get("template"):
        assert template.removesuffix(".xml").endswith("/rptemplates/match_correct") and not len(found)
        ordered = declared.get("cardinality") == "ordered"
        return Fraction(response == correct if ordered else sorted(response) == sorted(correct) and bool(response))
    first, otherwise = found[0]
    branch = first if holds(first[0], declared, correct, response) else otherwise
    [setter] = branch.findall("setOutcomeValue")
    assert setter.get("identifier") == "SCORE"
    return value_of(setter[0], declared, response)


def holds(condition, declared, correct, response) -> bool:
    if condition.tag == "isNull":
        return not response
    assert condition.tag == "equal" and [side.tag for side in condition] == ["correct", "variable"]
    if not response:
        return False  # NULL
    expected, said = Fraction(correct[0]), Fraction(response[0])
    if condition.get("toleranceMode") == "exact":
        return expected == said
    below, above = map(Fraction, condition.get("tolerance").split())
    assert condition.get("includeLowerBound") == condition.get("includeUpperBound") == "true"
    return expected - below <= said <= expected + above


def value_of(expression, declared, response) -> Fraction:
    if expression.tag == "baseValue":
        return Fraction(expression.text)
    if expression.tag == "divide":
        first, second = (value_of(one, declared, response) for one in expression)
        return first / second
    assert expression.tag == "mapResponse"
    mapping = declared.find("mapping")
    worth = {entry.get("mapKey"): Fraction(entry.get("mappedValue")) for entry in mapping}
    total = sum((worth.get(one, Fraction(mapping.get("defaultValue"))) for one in set(response)), Fraction(0))
    return min(max(total, Fraction(mapping.get("lowerBound"))), Fraction(mapping.get("upperBound")))


def bank_item(kind: str, key, options: int = 4, targets: int = 0, *, is_partial: bool = False) -> ItemDraft:
    sides = [tuple(OptionDraft(f"{n} ky", f"{n} ru") for n in range(count)) for count in (options, targets)]
    if kind == "true_false":
        sides[0] = TRUE_FALSE
    if kind == "matching" and not targets:
        sides = [tuple(OptionDraft(f"{n} ky", f"{n} ru") for n in range(2)) for _ in range(2)]
    return ItemDraft("A-1", "law", "", 3, "С?", "В?", sides[0], key, kind=kind, targets=sides[1], is_partial=is_partial)


def responses(draft: ItemDraft, parts: Parts):
    """Every response that a candidate can give."""
    match draft.kind:
        case "single_choice" | "true_false":
            yield from ((one,) for one in parts.options)
        case "multiple_response":
            for count in range(1, len(parts.options) + 1):
                yield from itertools.combinations(parts.options, count)
        case "ordering":
            yield from itertools.permutations(parts.options)
        case "matching":
            for chosen in itertools.product(["", *parts.targets], repeat=len(parts.options)):
                pairs = [f"{left}:{right}" for left, right in zip(parts.options, chosen, strict=True) if right]
                yield tuple(pairs)
        case _:
            yield from ((number,) for number in ("12", "11.99", "13", "13.01", "12.5", "-12.5"))


KEYS = [
    ("single_choice", (2,), 4, 0), ("true_false", (1,), 2, 0), ("ordering", (0, 1, 2), 3, 0),
    *(("multiple_response", tuple(range(right)), options, 0) for options in (3, 5, 6) for right in range(1, options)),
    ("matching", ((0, 0), (1, 0), (2, 1)), 3, 3), ("numeric", ("12.5", "0.5"), 0, 0), ("numeric", ("12.5", "0"), 0, 0),
]  # fmt: skip


@pytest.mark.parametrize("version", sorted(WRITERS))
@pytest.mark.parametrize(("kind", "key", "options", "targets"), KEYS)
@pytest.mark.parametrize("is_partial", [False, True])
def test_the_item_scores_every_response_as_the_bank_does(version, kind, key, options, targets, is_partial):
    judge = kind_of(kind)
    draft = bank_item(kind, key, options, targets, is_partial=is_partial and judge.takes_partial)
    [root, _other] = [tree(data, version) for data in item_files(version, draft)]
    names = [one.get("identifier") for one in root.iter() if one.tag in {"simpleChoice", "simpleAssociableChoice"}]
    parts = Parts(tuple(names[: len(draft.options)]), tuple(names[len(draft.options) :]))
    content = judge.tidy(Content(draft.options, draft.targets, draft.key))
    right = judge.bind(content.key, parts)
    for said in responses(draft, parts):
        response = judge.read(said, parts)
        expected = (
            judge.share(right, response, options=len(draft.options)) if draft.is_partial and response
            else Fraction(bool(response) and judge.is_right(right, response))
        )  # fmt: skip
        assert score(root, tuple(one.replace(":", " ") for one in response)) == expected, response
    assert score(root, ()) == 0


def test_true_and_false_are_called_so_and_keep_their_order():
    draft = bank_item("true_false", (0,))
    root = tree(item_files("3.0", draft)[0], "3.0")
    interaction = root.find("itemBody/choiceInteraction")
    assert [one.get("identifier") for one in interaction] == ["true", "false"]
    assert (
        interaction.get("shuffle") == "false" and root.findtext("responseDeclaration/correctResponse/value") == "true"
    )


@pytest.mark.parametrize(
    ("external_id", "identifier"),
    [("LAW-001", "LAW-001-ky"), ("Мыйзам/1", "q-"), ("1.5", "q-"), ("x" * 60, "q-")],
)
def test_identifiers_are_the_ids_of_the_bank_where_they_may_be(external_id, identifier):
    draft = bank_item("single_choice", (0,))
    files = unpacked(writing.write([replace(draft, external_id=external_id)]))
    root = ElementTree.fromstring(files["items/0001-ky.xml"])
    assert root.get("identifier").startswith(identifier) and root.get("title") == external_id
