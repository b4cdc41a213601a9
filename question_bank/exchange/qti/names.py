"""Names of QTI in its three versions, and the one vocabulary in which everything else here speaks: that of 2.x.

3.0 writes ``qti-choice-interaction max-choices`` for what 2.x calls ``choiceInteraction maxChoices``; HTML keeps its
names in all of them. A tree is turned into that vocabulary after reading (``common``) and out of it before writing
(``in_version``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from xml.etree.ElementTree import Element as PlainElement

from core.i18n import lazy_gettext as _l
from question_bank.exchange.reading import Refused
from question_bank.exchange.xml import Element

MATHML = "http://www.w3.org/1998/Math/MathML"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
LOM = "http://ltsc.ieee.org/xsd/LOM"
_XML = "{http://www.w3.org/XML/1998/namespace}"

#: The one response and the outcomes of every item; the standard's templates know them by these names.
RESPONSE, SCORE, MAXSCORE = "RESPONSE", "SCORE", "MAXSCORE"
#: How our files tell foreign data from ours: catalogue of ids, source of words and of codes in LOM metadata.
CATALOG = "competition-question-bank"
STEM_CLASS = "stem"


@dataclass(frozen=True)
class Version:
    """One version of the standard: namespaces, schemas, and the words of its packages."""

    name: str
    item: str
    item_schema: str
    manifest: str
    manifest_schema: str
    metadata: str
    metadata_schema: str
    schema: str
    schema_version: str
    resource: str
    templates: str


_IMS = "http://www.imsglobal.org/xsd"
_PURL = "https://purl.imsglobal.org/spec/qti/v3p0"


def _version_2(minor: str) -> Version:
    number = f"v2p{minor}"
    return Version(
        name=f"2.{minor}",
        item=f"{_IMS}/imsqti_{number}",
        item_schema=f"{_IMS}/qti/qti{number}/imsqti_{number}.xsd",
        manifest=f"{_IMS}/imscp_v1p1",
        manifest_schema=f"{_IMS}/qti/qti{number}/qti{number}_imscpv1p2_v1p0.xsd",
        metadata=f"{_IMS}/imsqti_metadata_{number}",
        metadata_schema=f"{_IMS}/qti/qti{number}/imsqti_metadata_{number}.xsd",
        schema=f"QTIv2.{minor} Package",
        schema_version="1.0.0",
        resource=f"imsqti_item_xml{number}",
        templates=f"http://www.imsglobal.org/question/qti_{number}/rptemplates/",
    )


V2_1, V2_2 = _version_2("1"), _version_2("2")
V3_0 = Version(
    name="3.0",
    item=f"{_IMS}/imsqtiasi_v3p0",
    item_schema=f"{_PURL}/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
    manifest=f"{_IMS}/qti/qtiv3p0/imscp_v1p1",
    manifest_schema=f"{_PURL}/schema/xsd/imsqtiv3p0_imscpv1p2_v1p0.xsd",
    metadata=f"{_IMS}/imsqti_metadata_v3p0",
    metadata_schema=f"{_PURL}/schema/xsd/imsqti_metadatav3p0_v1p0.xsd",
    schema="QTI Package",
    schema_version="3.0.0",
    resource="imsqti_item_xmlv3p0",
    templates=f"{_PURL}/rptemplates/",
)
LOM_SCHEMA = "https://purl.imsglobal.org/spec/md/v1p3/schema/xsd/imsmd_loose_v1p3p2.xsd"

_KNOWN = re.compile(r"http://www\.imsglobal\.org/xsd/(?:\S*/)?(?:imsqti_v2p[12]|imsqtiasi_v3p0)")
_HTML5 = re.compile(r"http://www\.imsglobal\.org/xsd/imsqtiv2p2(?:p[0-9])?_html5_v1p0")


def split(tag: str) -> tuple[str, str]:
    """Namespace and local name of an element or attribute."""
    namespace, brace, local = tag.rpartition("}")
    return (namespace[1:], local) if brace else ("", tag)


def line_of(element: PlainElement) -> int:
    """The line of an element that was read from a file."""
    return element.line if isinstance(element, Element) else 0


def common(root: Element) -> Element:
    """The tree of an item, changed in place into the names of 2.x; MathML and HTML without a namespace.

    An element of any other namespace is called ``other:name``: nothing takes it for one that it knows.

    Raises:
        Refused: no QTI of these versions, or no item.
    """
    namespace, local = split(root.tag)
    if not _KNOWN.fullmatch(namespace):
        raise other_version(f"{local} {namespace}".strip())
    for element in root.iter():
        found, name = split(element.tag)
        if found == namespace:
            is_own = name.startswith("qti-")
            element.tag = _camel(name.removeprefix("qti-")) if is_own else name
            element.attrib = {_attribute(key): value for key, value in element.attrib.items()}
        elif found == MATHML or _HTML5.fullmatch(found):
            element.tag = name
        else:
            element.tag = f"other:{name}"
    if root.tag != "assessmentItem":
        raise Refused(
            "not_item",
            _l(
                "This is not a single question. Import the whole package (.zip), or the file of one question. "
                "Found in the file: %(name)s",
                name=root.tag[:100],
            ),
        )
    return root


def other_version(name: str) -> Refused:
    """The refusal of what is no QTI, or QTI of another version."""
    return Refused(
        "qti_version",
        _l(
            "Of QTI the versions 2.1, 2.2 and 3.0 are taken, and this is none of them. Export the questions in one of "
            "these versions. Found in the file: %(name)s",
            name=name[:100],
        ),
    )


def _attribute(name: str) -> str:
    return "xml:" + name.removeprefix(_XML) if name.startswith(_XML) else _camel(name)


@lru_cache(1024)
def _camel(name: str) -> str:
    if name.startswith(("data-", "aria-")):
        return name
    first, *others = name.split("-")
    return first + "".join(part[:1].upper() + part[1:] for part in others)


# Elements that are the same in all versions.
_HTML = frozenset({
    "div", "p", "span", "br", "b", "strong", "i", "em", "u", "sub", "sup", "ul", "ol", "li", "table", "caption",
    "thead", "tbody", "tr", "th", "td", "img", "math",
})  # fmt: skip
_AS_THEY_ARE = frozenset({"xmlns", "xmlns:xsi", "xsi:schemaLocation", "xml:lang", "class"})


def in_version(root: PlainElement, version: Version) -> PlainElement:
    """A tree in the names of 2.x, changed in place into those of a version."""
    if version is V3_0:
        _renamed(root)
    return root


def _renamed(element: PlainElement) -> None:
    if element.tag == "math":  # and what is in it
        return
    if element.tag not in _HTML:
        element.tag = "qti-" + _kebab(element.tag)
        element.attrib = {
            key if key in _AS_THEY_ARE else _kebab(key): value for key, value in element.attrib.items()
        }  # fmt: skip
    for child in element:
        _renamed(child)


@lru_cache(1024)
def _kebab(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: "-" + found[0].lower(), name)
