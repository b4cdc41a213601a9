"""XML from a stranger as a tree of plain elements that know their lines.

Read by expat itself, which knows the line of every element and never opens anything: UTF-8 only; a document type
declaration refuses the file (entity bombs, external entities); how many elements there are and how deep they stand is
counted while reading, not afterwards. References outside the file (XInclude, schemas, stylesheets) are not followed.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element as PlainElement
from xml.etree.ElementTree import TreeBuilder
from xml.parsers import expat

from core.i18n import lazy_gettext as _l
from question_bank.exchange.reading import STANDARD, Limits, Unreadable

_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_SEPARATOR = "}"


class Element(PlainElement):
    """An element as ``xml.etree.ElementTree`` has it (names with a namespace: ``{uri}name``), with its 1-based line."""

    __slots__ = ("line",)

    line: int


def parse(data: bytes, limits: Limits = STANDARD) -> Element:
    """The root of an XML file.

    Raises:
        Unreadable: too large, not UTF-8, not well-formed (names the line), with a DOCTYPE, too deep, too many elements.
    """
    if len(data) > limits.file_bytes:
        size = limits.file_bytes // (1024 * 1024)
        raise Unreadable("file_too_large", _l("The file is too large. Limit in megabytes: %(size)s", size=size))
    _check_encoding(data)
    reader = _Reader(limits)
    try:
        return reader.read(data)
    except expat.ExpatError as error:
        raise Unreadable(
            "not_xml",
            _l(
                "This is not a whole XML file. Export it again from the program that made it. Fault in line: %(line)s",
                line=error.lineno,
            ),
        ) from error


def _check_encoding(data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _not_utf8(line) from error
    if b"\0" in data:
        raise _not_utf8(data.count(b"\n", 0, data.index(b"\0")) + 1)


def _not_utf8(line: int) -> Unreadable:
    return Unreadable(
        "not_utf8",
        _l(
            "The file is not in UTF-8. Export it again as XML in UTF-8. First wrong letter in line: %(line)s",
            line=line,
        ),
    )


class _Reader:
    """One reading: expat calls it back, it builds the tree and keeps count."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.elements = 0
        self.depth = 0
        self.builder = TreeBuilder(element_factory=Element)
        self.parser = parser = expat.ParserCreate("utf-8", _SEPARATOR)
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.builder.data

    def read(self, data: bytes) -> Element:
        self.parser.Parse(data, True)
        root = self.builder.close()
        assert isinstance(root, Element)  # the factory makes nothing else
        return root

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _UTF8:
            raise _not_utf8(1)

    def _doctype(self, *_: object) -> None:
        raise Unreadable(
            "xml_doctype",
            _l("The file holds a document type declaration (DOCTYPE), which no question needs. It was not opened."),
        )

    def _start(self, name: str, attributes: list[str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > self.limits.tree_elements or self.depth > self.limits.depth:
            raise Unreadable(
                "xml_too_large",
                _l("The XML is larger or deeper than a question bank needs. Split the file into several."),
            )
        pairs = dict(zip(map(_full, attributes[::2]), attributes[1::2], strict=True))
        element = self.builder.start(_full(name), pairs)
        assert isinstance(element, Element)
        element.line = self.parser.CurrentLineNumber

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.builder.end(_full(name))


def _full(name: str) -> str:
    return "{" + name if _SEPARATOR in name else name
