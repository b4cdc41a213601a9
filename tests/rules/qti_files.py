"""QTI as other programs write it: items and packages for the tests, made by hand after the specification's examples."""

from __future__ import annotations

import zipfile
from io import BytesIO

from question_bank.exchange.qti import reading
from question_bank.exchange.reading import Given

GIVEN = Given(language="ru", subject_area="law", sub_topic="", difficulty=2, prefix="NEW")
NAMESPACE = {"2.1": "imsqti_v2p1", "2.2": "imsqti_v2p2", "3.0": "imsqtiasi_v3p0"}
MATCH_CORRECT = {
    "2.1": "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct",
    "2.2": "http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct",
    "3.0": "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml",
}
MAP_RESPONSE = {version: url.replace("match_correct", "map_response") for version, url in MATCH_CORRECT.items()}

CHOICES = """
  <choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="{most}">
    <prompt>What does it say?</prompt>
    <simpleChoice identifier="A">You must stay with your luggage.</simpleChoice>
    <simpleChoice identifier="B">Do not let someone else look after it.</simpleChoice>
    <simpleChoice identifier="C">Remember it when you leave.</simpleChoice>
  </choiceInteraction>"""
SETS = """
  <matchInteraction responseIdentifier="RESPONSE" shuffle="true" maxAssociations="4">
    <prompt>Match the character to the play.</prompt>
    <simpleMatchSet>
      <simpleAssociableChoice identifier="C" matchMax="1">Capulet</simpleAssociableChoice>
      <simpleAssociableChoice identifier="D" matchMax="1">Demetrius</simpleAssociableChoice>
    </simpleMatchSet>
    <simpleMatchSet>
      <simpleAssociableChoice identifier="M" matchMax="4">A Midsummer Night's Dream</simpleAssociableChoice>
      <simpleAssociableChoice identifier="R" matchMax="4">Romeo and Juliet</simpleAssociableChoice>
    </simpleMatchSet>
  </matchInteraction>"""
ORDER = """
  <orderInteraction responseIdentifier="RESPONSE" shuffle="true">
    <prompt>Put them in order.</prompt>
    <simpleChoice identifier="A">third</simpleChoice>
    <simpleChoice identifier="B">first</simpleChoice>
    <simpleChoice identifier="C">second</simpleChoice>
  </orderInteraction>"""
ENTRY = '<p>Pi is about <textEntryInteraction responseIdentifier="RESPONSE" expectedLength="5"/></p>'
TO_3_0 = {
    "assessmentItem": "qti-assessment-item", "responseDeclaration": "qti-response-declaration",
    "correctResponse": "qti-correct-response", "value>": "qti-value>", "mapping": "qti-mapping",
    "mapEntry": "qti-map-entry", "outcomeDeclaration": "qti-outcome-declaration", "itemBody": "qti-item-body",
    "choiceInteraction": "qti-choice-interaction", "orderInteraction": "qti-order-interaction",
    "matchInteraction": "qti-match-interaction", "simpleMatchSet": "qti-simple-match-set",
    "simpleAssociableChoice": "qti-simple-associable-choice", "simpleChoice": "qti-simple-choice",
    "textEntryInteraction": "qti-text-entry-interaction", "prompt": "qti-prompt",
    "responseProcessing": "qti-response-processing", "responseCondition": "qti-response-condition",
    "responseIf": "qti-response-if", "responseElse": "qti-response-else", "setOutcomeValue": "qti-set-outcome-value",
    "baseValue": "qti-base-value", "variable": "qti-variable", "correct ": "qti-correct ", "equal ": "qti-equal ",
    "equal>": "qti-equal>", "mapResponse": "qti-map-response",
}  # fmt: skip
ATTRIBUTES_3_0 = {
    "responseIdentifier": "response-identifier", "maxChoices": "max-choices", "maxAssociations": "max-associations",
    "matchMax": "match-max", "expectedLength": "expected-length", "baseType": "base-type", "mapKey": "map-key",
    "mappedValue": "mapped-value", "lowerBound": "lower-bound", "upperBound": "upper-bound",
    "defaultValue=": "default-value=", "timeDependent": "time-dependent", "toleranceMode": "tolerance-mode",
}  # fmt: skip


def item(
    body: str,
    correct: tuple[str, ...] = ("A",),
    *,
    version: str = "2.1",
    cardinality: str = "single",
    base_type: str = "identifier",
    mapping: str = "",
    processing: str | None = None,
    attributes: str = "",
    before: str = "",
) -> str:
    """An item with this body; ``processing`` is what stands for it, else the template ``match_correct``."""
    values = "".join(f"<value>{value}</value>" for value in correct)
    declared = f"<correctResponse>{values}</correctResponse>" if correct else ""
    if processing is None:
        processing = f'<responseProcessing template="{MATCH_CORRECT[version]}"/>'
    text = f"""<assessmentItem xmlns="http://www.imsglobal.org/xsd/{NAMESPACE[version]}" identifier="luggage"
 title="Unattended luggage" adaptive="false" timeDependent="false" {attributes}>
<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{base_type}">{declared}{mapping}
</responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>{before}
<itemBody>{body}</itemBody>
{processing}
</assessmentItem>"""
    return in_3_0(text) if version == "3.0" else text


def in_3_0(text: str) -> str:
    """The same item in the names of 3.0, name by name."""
    for old, new in TO_3_0.items():
        text = text.replace(f"<{old}", f"<{new}").replace(f"</{old}", f"</{new}")
    for old, new in ATTRIBUTES_3_0.items():
        text = text.replace(f" {old}", f" {new}")
    return text


def choice(most: int = 1, **given: object) -> str:
    """A choice item in the words of the specification's first example."""
    return item("<p>Look at the text.</p>" + CHOICES.format(most=most), **given)  # type: ignore[arg-type]


def examples() -> list[str]:
    """Items of other programs that are taken, one for each interaction and way of scoring."""
    within = (
        '<responseProcessing><responseCondition><responseIf><equal toleranceMode="absolute" tolerance="0.01">'
        '<variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></equal><setOutcomeValue identifier="SCORE">'
        '<baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf></responseCondition>'
        "</responseProcessing>"
    )
    weights = (
        '<mapping lowerBound="0" defaultValue="-1"><mapEntry mapKey="A" mappedValue="0.5"/>'
        '<mapEntry mapKey="B" mappedValue="0.5"/></mapping>'
    )
    mapped = f'<responseProcessing template="{MAP_RESPONSE["2.1"]}"/>'
    return [
        choice(),
        choice(0, correct=("A", "C"), version="2.2", cardinality="multiple"),
        choice(0, correct=("A", "B"), cardinality="multiple", mapping=weights, processing=mapped),
        item(ORDER, ("B", "C", "A"), version="3.0", cardinality="ordered"),
        item(SETS, ("C R", "D M"), version="3.0", cardinality="multiple", base_type="directedPair"),
        item(ENTRY, ("3.14",), version="3.0", base_type="float", processing=within),
    ]


def read(text: str, given: Given = GIVEN):
    """What is read from a single item."""
    return reading.read(text.encode(), given)


def taken(text: str):
    """The question of a single item that is taken."""
    found = read(text)
    assert [problem.code for problem in found.problems if problem.severity == "error"] == []
    [draft] = found.items
    return draft


def refused(text: str) -> str:
    """The code of the one reason for which a single item is refused."""
    found = read(text)
    assert found.items == () and found.seen == 1
    [problem] = [problem for problem in found.problems if problem.severity == "error"]
    assert str(problem.message) and problem.place and problem.external_id == "luggage"
    return problem.code


def resource(identifier: str, path: str, *, kind: str = "imsqti_item_xmlv2p1", more: str = "") -> str:
    return f'<resource identifier="{identifier}" type="{kind}" href="{path}">{more}<file href="{path}"/></resource>'


def manifest(*resources: str, attributes: str = "") -> str:
    return (
        f'<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="m" {attributes}><metadata/>'
        f"<organizations/><resources>{''.join(resources)}</resources></manifest>"
    )


def package(files: dict[str, str | bytes]) -> bytes:
    """A zip of these files."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as held:
        for path, content in files.items():
            held.writestr(path, content)
    return target.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a zip."""
    with zipfile.ZipFile(BytesIO(data)) as held:
        return {name: held.read(name) for name in held.namelist()}
