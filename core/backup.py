"""Backups: one moment of the database and a manifest, sealed to a key that is kept offline; and their restoration.

All that belongs to the data is in the database; keys lie in files and are in no backup. A backup is one file, a
:mod:`core.sealed_stream` of ``database ‖ manifest ‖ length of the manifest (4 bytes)``.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from flask import current_app
from flask_migrate import upgrade

from core import audit, crypto, dumps
from core.clock import request_now
from core.config import Settings
from core.db import db, transaction
from core.dumps import BackupRefused
from core.errors import CannotOpen
from core.sealed_stream import open_stream, seal_stream

ARCHIVE = "backup.sealed"
CONSOLE = audit.System("command-line")
FORMAT = 1
_LENGTH = struct.Struct(">I")
Bar = Callable[[int, str], AbstractContextManager[Any]]  # length and label; what it gives has ``update(count)``


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself; ``head`` is the hash of audit entry ``number``, the last one in it."""

    format: int
    made_at: str
    database: str
    revision: str
    number: int
    head: str
    bytes: int
    sha256: str


def make_key(file: Path) -> Path:
    """Write a private key (mode 0600) and beside it the public one, whose path is returned; overwrites neither."""
    key, public = X25519PrivateKey.generate(), file.with_name(file.name + ".pub")
    if public.exists():
        raise BackupRefused(f"{public} is there already: choose another name.")
    crypto.write_private(
        file,
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return public


def public_key(file: Path) -> X25519PublicKey:
    """The key that backups are sealed to.

    Raises:
        BackupRefused: the file holds none.
    """
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, X25519PublicKey):
        return key
    raise BackupRefused(f"{file} holds no public key for backups: make one with 'flask --app wsgi backup keygen FILE'.")


def private_key(file: Path) -> X25519PrivateKey:
    """The key that opens backups.

    Raises:
        BackupRefused: the file holds none.
    """
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, X25519PrivateKey):
        return key
    raise BackupRefused(f"{file} holds no private key for backups, or one with a password.")


def create(folder: Path, to: X25519PublicKey, *, bar: Bar) -> Manifest:
    """Write a backup into ``folder``, which must be new or empty; an entry of the journal then names it.

    Raises:
        BackupRefused: the folder is not empty, or the database cannot be read out.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if found := next(folder.iterdir(), None):
        raise BackupRefused(f"{folder} is not empty: it holds {found.name}. Each backup needs a folder of its own.")
    part, digest = folder / f"{ARCHIVE}.part", hashlib.sha256()
    try:
        with (
            bar(dumps.work(), "Backup") as shown,
            dumps.taken(shown.update) as snapshot,
            os.fdopen(_private(part), "wb") as file,
        ):
            contents = _Contents(snapshot, shown.update)
            for piece in seal_stream(contents, to):
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            shown.update(shown.length - shown.pos)  # how long PostgreSQL's dump is, shows when it ends
        made = contents.manifest
        with transaction():
            audit.record(
                "backup.created", f"backup:{made.number}", by=CONSOLE, at=request_now(), head=made.head,
                sha256=digest.hexdigest(), sealed_to=crypto.sha256(to.public_bytes_raw()).hex(),
            )  # fmt: skip
        os.replace(part, folder / ARCHIVE)
        dumps.sync_folder(folder)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return made


class _Contents:
    """The bytes of a backup before they are sealed; its manifest, once they have all been read."""

    manifest: Manifest

    def __init__(self, snapshot: dumps.Snapshot, progress: Callable[[int], None]) -> None:
        self._snapshot, self._progress, self._made_at = snapshot, progress, request_now()

    def __iter__(self) -> Iterator[bytes]:
        size, digest, taken = 0, hashlib.sha256(), self._snapshot
        for part in taken.parts:
            size += len(part)
            digest.update(part)
            self._progress(len(part))
            yield part
        self.manifest = Manifest(
            FORMAT, audit.plain(self._made_at), taken.kind, taken.revision or "", taken.number, taken.hash.hex(), size,
            digest.hexdigest(),
        )  # fmt: skip
        told = crypto.canonical(asdict(self.manifest))
        yield told + _LENGTH.pack(len(told))


def check_bare(settings: Settings) -> None:
    """Refuse to restore where something is: only key files may be there.

    Raises:
        BackupRefused: the database has tables, or the instance folder holds another file.
    """
    dumps.check_bare()
    allowed = {settings.keyring_file, settings.secret_key_file, settings.certificate_file}
    allowed.add(settings.instance_path / "server.lock")
    if settings.embedded:  # the database itself, which has no table yet, was made by looking into it
        allowed |= {Path(f"{db.engine.url.database}{end}") for end in ("", "-wal", "-shm", "-journal")}
    known = {path.resolve() for path in allowed}
    for found in sorted(settings.instance_path.rglob("*")):
        if not found.is_dir() and found.resolve() not in known:
            raise BackupRefused(f"{settings.instance_path} is not empty: it holds {found.name}.")


def restore(folder: Path, key: X25519PrivateKey, *, anchor: bytes | None, bar: Bar) -> tuple[Manifest, int]:
    """Put a backup back into a bare installation that has its keys; the manifest, and the entry that records it.

    The database is there whole, migrated and its chain verified, or as bare as before. ``anchor`` is a hash known
    from paper, which some entry must bear.

    Raises:
        BackupRefused: the installation is not bare, or the backup does not open, does not fit or does not hold.
        ConfigurationError: the key ring is another one than the database was written with.
    """
    settings: Settings = current_app.extensions["settings"]
    check_bare(settings)
    with TemporaryDirectory(prefix="restoring-", dir=dumps.workplace(settings)) as place:
        file = Path(place) / "database"
        manifest = _unseal(folder / ARCHIVE, key, file, bar)
        if manifest.database != (here := db.engine.dialect.name):
            raise BackupRefused(f"The backup is of {manifest.database}, and DATABASE_URL names {here}.")
        try:
            _scripts().get_revision(manifest.revision)
        except CommandError as error:
            raise BackupRefused("The backup was made by a newer version of the program: install that first.") from error
        with dumps.restored(file, settings) as found:
            number = _verify(found, manifest, anchor, bar)
    return manifest, number


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())


def _unseal(archive: Path, key: X25519PrivateKey, file: Path, bar: Bar) -> Manifest:
    """Write the database that ``archive`` holds into ``file``, every byte of it as the manifest says."""
    try:
        with archive.open("rb") as sealed, os.fdopen(_private(file), "w+b") as plain:
            with bar(archive.stat().st_size, "Backup") as shown:
                for piece in open_stream(sealed, key):
                    plain.write(piece)
                    shown.update(len(piece))
            end = plain.tell() - _LENGTH.size
            plain.seek(max(0, end))
            [length] = _LENGTH.unpack(plain.read())
            plain.seek(max(0, end - length))
            told: dict[str, Any] = json.loads(plain.read(length))
            if told.get("format") != FORMAT:
                raise BackupRefused("The backup has a format that this program does not know: use a newer one.")
            manifest = Manifest(**told)
            plain.truncate(manifest.bytes)
            plain.seek(0)
            digest = hashlib.file_digest(plain, "sha256")
    except CannotOpen as error:
        raise BackupRefused(f"{archive} does not open. {error}") from error
    except (ValueError, TypeError, AttributeError, struct.error) as error:
        raise BackupRefused(f"{archive} opens, and is no backup of this program.") from error
    if digest.hexdigest() != manifest.sha256:
        raise BackupRefused(f"{archive} opens, and its database is not the one that its manifest names.")
    return manifest


def _verify(settings: Settings, manifest: Manifest, anchor: bytes | None, bar: Bar) -> int:
    """Migrate and verify what was restored, and record that it was; the number of that entry."""
    app = current_app.extensions["create_app"](settings, clock=current_app.extensions["clock"])
    with app.app_context():
        try:
            upgrade(x_arg="during-a-sitting")  # as the copy says; nobody sits at it
            with bar(manifest.number, "Entries") as shown:
                faults = list(audit.verify(anchor=anchor, progress=lambda _number: shown.update(1)))
            if faults and faults[0].number == 0:
                raise BackupRefused("No entry bears the hash from paper: the backup is older, or of another system.")
            if faults:
                raise BackupRefused(
                    f"The chain in the backup does not hold: entry {faults[0].number}, {faults[0].what}."
                )
            number, head = audit.head()
            if (number, head.hex()) != (manifest.number, manifest.head):
                raise BackupRefused("The chain in the backup does not end where its manifest says.")
            with transaction():
                recorded = audit.record(
                    "backup.restored", f"backup:{number}", by=CONSOLE, at=request_now(), head=manifest.head,
                    made_at=manifest.made_at,
                )  # fmt: skip
                return recorded.number
        finally:
            db.session.remove()
            db.engine.dispose()


def _private(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
