"""The package of a Word document: its parts, measured before anything reads them, and what refuses it as a whole."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from core.i18n import lazy_gettext as _l
from question_bank.exchange import archive, xml
from question_bank.exchange.reading import Limits, Unreadable

_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Package:
    """All parts by their paths, the main one, and parts by the ids of its relationships.

    A relationship that leads out of the document, or to nothing, has an empty path.
    """

    parts: Mapping[str, bytes]
    folder: str
    main: Element
    links: Mapping[str, str]
    limits: Limits

    def part(self, name: str) -> Element | None:
        """A part beside the main one; None where the document has none."""
        path = f"{self.folder}/{name}"
        return xml.parse(self.parts[path], self.limits) if path in self.parts else None


def open_package(data: bytes, limits: Limits) -> Package:
    """The package of a document; raises Unreadable where the file as a whole is refused."""
    if data.startswith(_OLE):
        raise _refusal_of_ole(data)
    if not data.startswith(b"PK"):
        raise not_word()
    parts = archive.files(data, limits, archive.Refusals(_corrupt, _bomb, _encrypted))
    if any(name.lower().endswith("vbaproject.bin") for name in parts):
        message = _l("The document has macros, which are not opened. Save it in Word as .docx and import that file.")
        raise Unreadable("macros", message)
    name = _main_part(parts, limits)
    folder = posixpath.dirname(name)
    links = _relationships(parts, f"{folder}/_rels/{posixpath.basename(name)}.rels", folder, limits)
    return Package(parts, folder, xml.parse(parts[name], limits), links, limits)


def _main_part(parts: dict[str, bytes], limits: Limits) -> str:
    if "_rels/.rels" in parts:
        for link in xml.parse(parts["_rels/.rels"], limits).iter(_RELATIONSHIP):
            if link.get("Type", "").endswith("/officeDocument"):
                name = link.get("Target", "").lstrip("/")
                if name in parts and name.endswith(".xml") and "word" in name:
                    return name
    raise not_word()


def _relationships(parts: dict[str, bytes], name: str, folder: str, limits: Limits) -> dict[str, str]:
    """Parts by the ids of the relationships; one that leads out of the document is an empty name."""
    if name not in parts:
        return {}
    found = {}
    for link in xml.parse(parts[name], limits).iter(_RELATIONSHIP):
        target = link.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[link.get("Id", "")] = path if link.get("TargetMode") != "External" and path in parts else ""
    return found


def _refusal_of_ole(data: bytes) -> Unreadable:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return _encrypted()
    message = _l("This is an old Word file (.doc). Open it in Word, save it as .docx and import that file.")
    return Unreadable("old_doc", message)


def not_word() -> Unreadable:
    return Unreadable(
        "not_word",
        _l("This is not a Word document. Open it in Word or LibreOffice, save it as .docx and import that file."),
    )


def _corrupt() -> Unreadable:
    return Unreadable(
        "corrupt_file",
        _l("The document is damaged and cannot be read. Open it in Word, save it again as .docx and import that file."),
    )


def _bomb() -> Unreadable:
    return Unreadable("zip_bomb", _l("The document unpacks to far more data than questions need. It was not opened."))


def _encrypted() -> Unreadable:
    return Unreadable(
        "encrypted_file",
        _l("The document is protected with a password. Save it without the password and import that file."),
    )
