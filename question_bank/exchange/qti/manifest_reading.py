"""The manifest of a package: its items, where their files lie, and what LOM says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from core.i18n import lazy_gettext as _l
from question_bank.exchange.archive import is_inside
from question_bank.exchange.drafts import LANGUAGES
from question_bank.exchange.qti.item_reading import Mark
from question_bank.exchange.qti.manifest_writing import DIFFICULTIES, LOM_WORDS, RICH
from question_bank.exchange.qti.names import CATALOG, split
from question_bank.exchange.reading import Refused, Unreadable, clean_text
from question_bank.rules import ItemKind

_ITEM = re.compile(r"imsqti_(?:apip)?item_xmlv(?:2p[12]|3p0)", re.IGNORECASE)
_ANY_ITEM = re.compile(r"ims(?:qti|apip)_.*xmlv.*|assessment/x-qti.*", re.IGNORECASE)
_NOT_ITEM = re.compile(r"(?:test|section|stimulus|outcomes|resprocessing|rptemplate|fragment|usagedata)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Known:
    """What the manifest says of an item; blank or None where it says nothing. ``mark``: we wrote it."""

    external_id: str = ""
    language: str = ""
    subject_area: str = ""
    sub_topic: str = ""
    difficulty: int | None = None
    source: str = ""
    author: str = ""
    enemies: tuple[str, ...] = ()
    mark: Mark | None = None


NOTHING_KNOWN = Known()


@dataclass(frozen=True)
class Resource:
    """One item of a package; ``path`` is as the manifest gives it, from the root of the package."""

    identifier: str
    type: str
    path: str
    known: Known

    @property
    def is_known_version(self) -> bool:
        """Whether the item is said to be of a version that is taken."""
        return _ITEM.fullmatch(self.type) is not None


@dataclass(frozen=True)
class Manifest:
    """The items of a package in their order; ``has_tests``: it also holds tests, of which only the items are taken."""

    resources: tuple[Resource, ...]
    has_tests: bool


def read_manifest(root: Element) -> Manifest:
    """The items that a manifest names.

    Raises:
        Unreadable: it is none.
    """
    if split(str(root.tag))[1] != "manifest":
        raise Unreadable(
            "not_manifest", _l("The file imsmanifest.xml is no manifest of a package. Export the questions again.")
        )
    for element in root.iter():  # LOM, content packaging and QTI have no name in two meanings
        element.tag = split(str(element.tag))[1]
    found: list[Resource] = []
    has_tests = False
    for base, resources in _resources(root):
        for resource in resources:
            kind = resource.get("type", "")
            has_tests = has_tests or "_test_" in kind
            if not _ANY_ITEM.fullmatch(kind) or _NOT_ITEM.search(kind):
                continue
            file = resource.find("file")
            href = resource.get("href") or (file.get("href") if file is not None else None) or ""
            path = base + _base(resource) + href
            found.append(Resource(resource.get("identifier", "")[:100], kind, path, _known(resource)))
    return Manifest(tuple(found), has_tests)


def _resources(root: Element) -> Iterator[tuple[str, list[Element]]]:
    for held in root.findall("resources"):
        yield (
            _base(root) + _base(held),
            held.findall("resource"),
        )


def _base(element: Element) -> str:
    return element.get("{http://www.w3.org/XML/1998/namespace}base", "")


def resolved(path: str, folder: str = "") -> str:
    """A reference of the package as the path of a file in it; ``folder`` is that of the file which refers.

    Raises:
        Refused: it leads out of the package, or to another computer.
    """
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", path):
        raise Refused(
            "external_reference",
            _l("The question needs something from outside the file, which is never fetched. Address: %(url)s",
               url=path[:100]),
        )  # fmt: skip
    parts = folder.split("/") if folder else []
    is_out = False
    for part in unquote(path.partition("#")[0].partition("?")[0]).split("/"):
        if part == "..":
            is_out = is_out or not parts
            del parts[-1:]
        elif part != ".":
            parts.append(part)
    joined = "/".join(parts)
    if is_out or not is_inside(joined):
        raise Refused("package_path", _l("A path leads out of the package. Path: %(path)s", path=path[:100]))
    return joined


def _known(resource: Element) -> Known:
    lom = resource.find("metadata/lom")
    if lom is None:
        return NOTHING_KNOWN
    difficulty = _word(lom.find("educational/difficulty"))
    kinds = {
        value for source, value in map(_word, lom.findall("educational/learningResourceType")) if source == CATALOG
    }
    external_id = next(iter(_entries(lom.findall("general/identifier"))), "")
    area, topic = _codes(lom)
    relations = [(_word(one.find("kind")), one) for one in lom.findall("relation")]
    sources = [
        one.findtext("resource/description/string") or "" for word, one in relations if word == (LOM_WORDS, "isbasedon")
    ]
    enemies = [
        entry
        for word, one in relations
        if word == (CATALOG, "enemy")
        for entry in _entries(one.findall("resource/identifier"))
    ]
    language = clean_text(lom.findtext("general/language") or "")
    kind = next((one for one in kinds if one in set(ItemKind)), "")
    return Known(
        external_id, language if language in LANGUAGES else "", area, topic,
        DIFFICULTIES.index(difficulty[1]) + 1 if difficulty[1] in DIFFICULTIES else None,
        sources[0] if sources else "", _author(lom), tuple(enemies),
        Mark(kind, RICH in kinds) if kind and external_id else None,
    )  # fmt: skip


def _word(found: Element | None) -> tuple[str, str]:
    """Source and value of a word of a vocabulary."""
    if found is None:
        return "", ""
    return clean_text(found.findtext("source") or ""), clean_text(found.findtext("value") or "")


def _entries(identifiers: list[Element]) -> list[str]:
    """The entries in our catalogue."""
    return [one.findtext("entry") or "" for one in identifiers if one.findtext("catalog") == CATALOG]


def _codes(lom: Element) -> tuple[str, str]:
    for path in lom.findall("classification/taxonPath"):
        if path.findtext("source/string") == CATALOG:
            codes = [taxon.findtext("id") or "" for taxon in path.findall("taxon")]
            return codes[0] if codes else "", codes[1] if len(codes) > 1 else ""
    return "", ""


def _author(lom: Element) -> str:
    """The name in the vCard of the author."""
    for contribution in lom.findall("lifeCycle/contribute"):
        if _word(contribution.find("role"))[1] != "author":
            continue
        card = contribution.findtext("entity") or ""
        for line in re.split(r"\r?\n(?![ \t])", card) if "BEGIN:VCARD" in card else ():
            name, _colon, value = re.sub(r"\r?\n[ \t]", "", line).partition(":")
            if name.split(";")[0].upper() == "FN":
                return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
    return ""
