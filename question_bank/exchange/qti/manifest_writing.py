"""The manifest of a package: a resource for each item file, with what the bank knows of the question in LOM.

===================  ==============================================================================================
external id          ``general/identifier`` in our catalogue
language             ``general/language``, and ``xml:lang`` of the item
author               ``lifeCycle/contribute``, role author, as a vCard
difficulty 1–5       ``educational/difficulty``: very easy … very difficult
subject, sub-topic   ``classification``, purpose discipline: a taxon each, with their codes
source               ``relation``, kind isbasedon
the other language   ``relation``, kind hasversion: both files are one question
kind, plain or rich  ``educational/learningResourceType``, in words of our own vocabulary
enemies              ``relation``, kind enemy of our own vocabulary
===================  ==============================================================================================

All of it stands where the standards have a place for it: there are no elements of our own, which 3.0 forbids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from question_bank.exchange.drafts import ItemDraft
from question_bank.exchange.qti.names import CATALOG, LOM, LOM_SCHEMA, XSI, Version
from question_bank.rules import ItemKind

LOM_WORDS = "LOMv1.0"
DIFFICULTIES = ("very easy", "easy", "medium", "difficult", "very difficult")
PLAIN, RICH = "plain-text", "rich-text"
INTERACTIONS = {
    ItemKind.ORDERING: "orderInteraction",
    ItemKind.MATCHING: "matchInteraction",
    ItemKind.NUMERIC: "textEntryInteraction",
}


@dataclass(frozen=True)
class ItemFile:
    """One file of a question: its path, the language in it, its identifier and that of the other language's file."""

    draft: ItemDraft
    path: str
    language: str
    identifier: str
    other: str | None


def manifest(files: Sequence[ItemFile], media: str, version: Version) -> bytes:
    """The file ``imsmanifest.xml``; ``media`` is the folder of the pictures."""
    schemas = [
        (version.manifest, version.manifest_schema), (LOM, LOM_SCHEMA), (version.metadata, version.metadata_schema)
    ]  # fmt: skip
    root = Element(
        "manifest",
        {
            "xmlns": version.manifest, "xmlns:xsi": XSI,
            "xsi:schemaLocation": " ".join(f"{namespace} {schema}" for namespace, schema in schemas),
            "identifier": "question-bank",
        },
    )  # fmt: skip
    metadata = SubElement(root, "metadata")
    SubElement(metadata, "schema").text = version.schema
    SubElement(metadata, "schemaversion").text = version.schema_version
    SubElement(root, "organizations")
    resources = SubElement(root, "resources")
    for file in files:
        resource = SubElement(
            resources, "resource", identifier=file.identifier, type=version.resource, href=file.path
        )  # fmt: skip
        _metadata(SubElement(resource, "metadata"), file, version)
        for path in (file.path, *(media + medium.name for medium in file.draft.media)):
            SubElement(resource, "file", href=path)
    for element in (root, resources):  # a line for each question; more would make a bank's manifest twice as long
        element.text = "\n"
        for child in element:
            child.tail = "\n"
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _metadata(parent: Element, file: ItemFile, version: Version) -> None:
    draft = file.draft
    qti = SubElement(parent, "qtiMetadata", xmlns=version.metadata)
    for name, value in (
        ("itemTemplate", "false"), ("timeDependent", "false"), ("composite", "false"),
        ("interactionType", INTERACTIONS.get(ItemKind(draft.kind), "choiceInteraction")), ("feedbackType", "none"),
        ("solutionAvailable", "true"),
    ):  # fmt: skip
        SubElement(qti, name).text = value
    lom = SubElement(parent, "lom", xmlns=LOM)
    general = _into(lom, "general")
    _identifier(general, draft.external_id)
    _text(_into(general, "title"), draft.external_id)
    _into(general, "language").text = file.language
    if draft.author:
        contribution = _into(_into(lom, "lifeCycle"), "contribute")
        _word(contribution, "role", "author")
        _into(contribution, "entity").text = vcard(draft.author)
    educational = _into(lom, "educational")
    _word(educational, "learningResourceType", draft.kind, CATALOG)
    _word(educational, "learningResourceType", RICH if draft.is_rich else PLAIN, CATALOG)
    _word(educational, "difficulty", DIFFICULTIES[draft.difficulty - 1])
    _relations(lom, file)
    classification = _into(lom, "classification")
    _word(classification, "purpose", "discipline")
    taxa = _into(classification, "taxonPath")
    _text(_into(taxa, "source"), CATALOG)
    for code in (draft.subject_area, draft.sub_topic):
        if code:
            _into(_into(taxa, "taxon"), "id").text = code


def _relations(lom: Element, file: ItemFile) -> None:
    if file.draft.source:
        relation = _into(lom, "relation")
        _word(relation, "kind", "isbasedon")
        _text(_into(_into(relation, "resource"), "description"), file.draft.source)
    if file.other:
        relation = _into(lom, "relation")
        _word(relation, "kind", "hasversion")
        _identifier(_into(relation, "resource"), file.other, catalog="imsmanifest")
    for enemy in file.draft.enemies:
        relation = _into(lom, "relation")
        _word(relation, "kind", "enemy", CATALOG)
        _identifier(_into(relation, "resource"), enemy)


def _into(parent: Element, name: str) -> Element:
    return SubElement(parent, name)


def _identifier(parent: Element, entry: str, catalog: str = CATALOG) -> None:
    identifier = _into(parent, "identifier")
    _into(identifier, "catalog").text = catalog
    _into(identifier, "entry").text = entry


def _text(parent: Element, words: str) -> None:
    _into(parent, "string").text = words


def _word(parent: Element, name: str, value: str, source: str = LOM_WORDS) -> None:
    """A word of a vocabulary."""
    found = _into(parent, name)
    _into(found, "source").text = source
    _into(found, "value").text = value


def vcard(name: str) -> str:
    """A person's name as a vCard 3.0 (RFC 2426)."""
    escaped = name.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return f"BEGIN:VCARD\nVERSION:3.0\nFN:{escaped}\nN:{escaped};;;;\nEND:VCARD"
