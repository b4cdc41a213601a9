"""The bank as a content package: an item file for each language of a question, the pictures, and the manifest.

A candidate is shown one language, so a file has one: ``items/0001-ky.xml`` and ``items/0001-ru.xml`` have the same
options under the same identifiers, and the manifest says that they are one question. A translation that is missing has
no file. The same questions always give the same bytes.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO

from question_bank.exchange.drafts import LANGUAGES, ItemDraft, tidied
from question_bank.exchange.qti.content_writing import MEDIA
from question_bank.exchange.qti.item_writing import is_name, item
from question_bank.exchange.qti.manifest_writing import ItemFile, manifest
from question_bank.exchange.qti.names import V2_1, V2_2, V3_0, Version
from question_bank.rules import ItemKind

MANIFEST = "imsmanifest.xml"
_EPOCH = (2000, 1, 1, 0, 0, 0)  # of the files in the package: the same questions give the same bytes


def write_2_1(items: Iterable[ItemDraft]) -> bytes:
    """A package of QTI 2.1."""
    return write(items, V2_1)


def write_2_2(items: Iterable[ItemDraft]) -> bytes:
    """A package of QTI 2.2."""
    return write(items, V2_2)


def write(items: Iterable[ItemDraft], version: Version = V3_0) -> bytes:
    """The questions as a package that ``reading.read`` gives back unchanged."""
    drafts = [tidied(draft) for draft in items]
    files = [file for number, draft in enumerate(drafts, start=1) for file in _files(draft, number)]
    media = {medium.name: medium for draft in drafts for medium in draft.media}
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        _add(package, MANIFEST, manifest(files, MEDIA, version))
        for file in files:
            _add(package, file.path, item(file.draft, file.language, file.identifier, version))
        for name in sorted(media):
            _add(package, MEDIA + name, media[name].content, zipfile.ZIP_STORED)
    return target.getvalue()


def _files(draft: ItemDraft, number: int) -> Iterator[ItemFile]:
    languages = [language for language in LANGUAGES if _has(draft, language)] or [LANGUAGES[0]]
    named = _named(draft.external_id)
    for language in languages:
        other = f"{named}-{next(one for one in languages if one != language)}" if len(languages) > 1 else None
        yield ItemFile(draft, f"items/{number:04}-{language}.xml", language, f"{named}-{language}", other)


def _has(draft: ItemDraft, language: str) -> bool:
    """Whether the question has any words in this language; those of true and false are no question's own."""
    sides = () if draft.kind == ItemKind.TRUE_FALSE else (*draft.options, *draft.targets)
    return any(
        text.strip() for text in (getattr(draft, f"stem_{language}"), *(getattr(one, language) for one in sides))
    )


def _named(external_id: str) -> str:
    """An identifier that every program takes: the id where it is one, else one made of its digest."""
    return external_id if is_name(external_id) else "q-" + hashlib.sha256(external_id.encode()).hexdigest()[:24]


def _add(package: zipfile.ZipFile, path: str, content: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
    entry = zipfile.ZipInfo(path, _EPOCH)
    entry.compress_type = how
    entry.external_attr = 0o644 << 16
    package.writestr(entry, content)
