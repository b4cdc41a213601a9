"""What lies below SQLite, so that it can be watched and can fail: its own way to the disk with a few calls replaced.

SQLite reaches the disk through a table of functions for each open file. Here the functions that write, truncate and
sync are taken out of that table and ours put in, which note what was asked (:class:`Disk`) or refuse it, and otherwise
hand it on. Nothing has to be compiled, and the server above is the product's own.
"""

from __future__ import annotations

import ctypes
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysqlite3._sqlite3

FULL, IOERR_FSYNC = 13, 10 | 4 << 8  # sqlite.org/rescode.html
SUFFIXES = ("", "-wal", "-journal")  # of files whose contents must outlive a cut; -shm is made anew
_HEAD = struct.Struct("=cBqqd")
_Call, _I64 = ctypes.CFUNCTYPE, ctypes.c_int64


@dataclass(frozen=True, slots=True)
class Act:
    """Done to a file: W(rite) at ``at``, T(runcate) to ``at``, B(egin) of a sync, S(ynced) all before act ``at``."""

    kind: bytes
    file: int
    at: int
    data: bytes
    moment: float  # by the monotonic clock, when it was done


class _File(ctypes.Structure):
    _fields_ = (("methods", ctypes.c_void_p),)


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_int), ("size", ctypes.c_int), ("path", ctypes.c_int), ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p), ("data", ctypes.c_void_p), ("open", ctypes.c_void_p), ("rest", ctypes.c_void_p * 16),
    )  # fmt: skip


class _Methods(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_int), ("close", ctypes.c_void_p), ("read", ctypes.c_void_p), ("write", ctypes.c_void_p),
        ("truncate", ctypes.c_void_p), ("sync", ctypes.c_void_p), ("rest", ctypes.c_void_p * 13),
    )  # fmt: skip


_Open = _Call(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_Write = _Call(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, _I64)
_Truncate = _Call(ctypes.c_int, ctypes.c_void_p, _I64)
_Sync = _Call(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class Disk:
    """The calls of one process; ``faults``: any of ``log``, ``disk_full`` and ``fsync_fails``."""

    def __init__(self, faults: list[str], folder: Path) -> None:
        self._faults, self._armed = frozenset(faults), folder / "fault"
        self._log = os.open(folder / "disk.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._count, self._order = 0, threading.Lock()
        self._files: dict[int, tuple[int, str]] = {}  # address of an open file → number of its suffix, path
        self._kept: dict[int, tuple[_Methods, Any]] = {}  # what SQLite points to from now on must not be collected
        self._has_failed = False

    def _note(self, kind: bytes, file: int, at: int, data: bytes = b"") -> int:
        """Write it down; its number. The order is that of the log, so whoever writes holds it."""
        if "log" in self._faults:
            os.write(self._log, _HEAD.pack(kind, file, at, len(data), time.monotonic()) + data)
        self._count += 1
        return self._count - 1

    def opened(self, address: int, path: str) -> None:
        """A file was opened: from now on its calls come here."""
        found = next((n for n, suffix in enumerate(SUFFIXES) if suffix and path.endswith(suffix)), 0)
        self._files[address] = found, path
        file = _File.from_address(address)
        if file.methods not in self._kept:
            self._kept[file.methods] = self._replaced(_Methods.from_address(file.methods))
        file.methods = ctypes.addressof(self._kept[file.methods][0])

    def _replaced(self, own: _Methods) -> tuple[_Methods, Any]:
        new = _Methods.from_buffer_copy(own)
        write, truncate, sync = _Write(own.write), _Truncate(own.truncate), _Sync(own.sync)
        calls = (
            _Write(lambda *call: self._write(write, *call)),
            _Truncate(lambda *call: self._truncate(truncate, *call)),
            _Sync(lambda *call: self._sync(sync, *call)),
        )
        new.write, new.truncate, new.sync = (ctypes.cast(call, ctypes.c_void_p).value for call in calls)
        return new, calls

    def _write(self, write: Callable[..., int], address: int, data: int, length: int, at: int) -> int:
        file, path = self._files[address]
        if "disk_full" in self._faults and self._armed.exists() and at + length > os.path.getsize(path):
            return FULL
        with self._order:
            said = write(address, data, length, at)
            if said == 0:
                self._note(b"W", file, at, ctypes.string_at(data, length))
        return said

    def _truncate(self, truncate: Callable[..., int], address: int, length: int) -> int:
        with self._order:
            said = truncate(address, length)
            if said == 0:
                self._note(b"T", self._files[address][0], length)
        return said

    def _sync(self, sync: Callable[..., int], address: int, flags: int) -> int:
        file, _path = self._files[address]
        if "fsync_fails" in self._faults and not self._has_failed and self._armed.exists():
            self._has_failed = True
            return IOERR_FSYNC
        with self._order:
            begun = self._note(b"B", file, 0)
        said = sync(address, flags)
        if said == 0:
            with self._order:
                self._note(b"S", file, begun)
        return said


_kept: list[object] = []  # for the life of the process


def install(faults: list[str], folder: Path) -> None:
    """From now on every database that this process opens lies on such a disk."""
    library = ctypes.CDLL(pysqlite3._sqlite3.__file__)
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    own = library.sqlite3_vfs_find(None)
    disk, below = Disk(faults, folder), _Vfs.from_buffer_copy(own.contents)
    own_open = _Open(own.contents.open)

    def opens(_vfs: int, path: int | None, address: int, flags: int, out: int) -> int:
        said = own_open(ctypes.addressof(own.contents), path, address, flags, out)  # keeps the very place of the path
        if said == 0 and path:
            disk.opened(address, ctypes.string_at(path).decode())
        return said

    opened = _Open(opens)
    below.name, below.next, below.open = b"below", None, ctypes.cast(opened, ctypes.c_void_p).value
    _kept.extend((disk, below, opened, own))
    assert library.sqlite3_vfs_register(ctypes.byref(below), 1) == 0


def acts(log: Path) -> Iterator[Act]:
    """What a process did, in its order; the last one may be missing where the process was killed."""
    content, at = memoryview(log.read_bytes()), 0
    while at + _HEAD.size <= len(content):
        kind, file, place, length, moment = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        if at + length > len(content):
            return
        yield Act(kind, file, place, bytes(content[at : at + length]), moment)
        at += length
