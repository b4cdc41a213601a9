"""A zip from a stranger: what it holds is measured before anything is unpacked, and again by what really comes out.

Refused: more parts, or more data when unpacked, than a question bank needs; passwords; ways of packing that no program
uses for this; and, where parts are known by their paths, names that lead out of the package, links and doubles.
"""

from __future__ import annotations

import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

from core.i18n import lazy_gettext as _l
from question_bank.exchange.reading import Limits, Unreadable

_MEBIBYTE = 1024 * 1024
_CHUNK = 256 * 1024
_NAME_LENGTH = 240

# What zipfile raises for a package that is cut off, altered or made with features that nobody needs here.
BROKEN_ZIP = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError,
    OverflowError, LookupError,
)  # fmt: skip


@dataclass(frozen=True)
class Refusals:
    """The three refusals of a package in the words of its format."""

    corrupt: Callable[[], Unreadable]
    bomb: Callable[[], Unreadable]
    encrypted: Callable[[], Unreadable]


def check_size(data: bytes, limits: Limits) -> None:
    """Refuse a file that is too large to be looked at."""
    if len(data) > limits.file_bytes:
        size = limits.file_bytes // _MEBIBYTE
        raise Unreadable("file_too_large", _l("The file is too large. Limit in megabytes: %(size)s", size=size))


def check_directory(archive: zipfile.ZipFile, limits: Limits, packed: int, most: int, refusals: Refusals) -> None:
    """Judge a package by what its directory says; ``packed`` is its size, ``most`` how many parts it may have."""
    entries = archive.infolist()
    if len(entries) > most:
        raise refusals.bomb()
    expanded = sum(entry.file_size for entry in entries)
    if expanded > limits.expanded_bytes or (expanded > _MEBIBYTE and expanded > packed * limits.ratio):
        raise refusals.bomb()
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise refusals.encrypted()
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise refusals.corrupt()


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, refusals: Refusals) -> Iterator[bytes]:
    """A part piece by piece, ``left`` bytes at most, whatever the directory declared."""
    size = 0
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > left:
                raise refusals.bomb()
            yield chunk


def files(data: bytes, limits: Limits, refusals: Refusals) -> dict[str, bytes]:
    """All files of a package by their paths, which all lead to places inside it and differ whatever their case.

    Raises:
        Unreadable: the package is refused as a whole.
    """
    check_size(data, limits)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            check_directory(archive, limits, len(data), limits.package_entries, refusals)
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_names(archive.infolist())
            left = limits.expanded_bytes
            found: dict[str, bytes] = {}
            for entry in entries:
                content = b"".join(unpacked(archive, entry, left, refusals))
                left -= len(content)
                found[entry.filename] = content
    except BROKEN_ZIP as error:
        raise refusals.corrupt() from error
    return found


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    known: set[str] = set()
    for entry in entries:
        # zipfile cuts a name off at a NUL and turns the backslashes of some systems: the name as it was stands beside.
        name = entry.orig_filename
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise _evil("package_link", name)
        if not is_inside(name.removesuffix("/")):
            raise _evil("package_path", name)
        same = unicodedata.normalize("NFC", name).casefold()
        if same in known:
            raise _evil("package_duplicate", name)
        known.add(same)


def is_inside(path: str) -> bool:
    """Whether a path of a package leads to a place inside it: relative, without ``..``, backslashes and the like."""
    if not path or len(path) > _NAME_LENGTH or any(sign in path for sign in '\\:*?"<>|') or path.startswith(("/", "~")):
        return False
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in path):
        return False
    return all(part not in {"", ".", ".."} for part in path.split("/"))


def _evil(code: str, name: str) -> Unreadable:
    return Unreadable(
        code,
        _l(
            "The package holds a path that leads out of it, a link, or one path twice. It was not opened. Path: "
            "%(path)s",
            path=name[:100],
        ),
    )
