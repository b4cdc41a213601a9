"""Keys and sealing: AES-256-GCM bound to a place, keyed look-up, Ed25519 signatures.

A sealed value is ``0x01 ‖ key version (2 bytes) ‖ nonce (12) ‖ ciphertext and tag``. Its associated data is the
*context*, a tuple of strings that says where the value belongs (table, row, sitting …): moved to another row it does
not open. Keys live in files outside the code and the database (see :func:`load_or_create`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import rfc8785
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import current_app
from sqlalchemy import LargeBinary, String, inspect, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Model, db
from core.errors import CannotOpen, ConfigurationError, Destroyed

PURPOSES = ("link", "bank", "codes", "index", "signing", "accounts")
KEY_BYTES = 32
_HEAD = struct.Struct(">BH")


def canonical(value: object) -> bytes:
    """Canonical JSON (RFC 8785): the same value always gives the same bytes."""
    return rfc8785.dumps(value)  # type: ignore[arg-type]


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts, one after the other."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def seal_with(key: bytes, plaintext: bytes, context: tuple[str, ...], version: int = 0) -> bytes:
    """Seal under ``key`` (32 bytes) for ``context``; ``version`` names the key and is authenticated too."""
    head, nonce = _HEAD.pack(1, version), secrets.token_bytes(12)
    return head + nonce + AESGCM(key).encrypt(nonce, plaintext, head + canonical(list(context)))


def open_with(key: bytes, sealed: bytes, context: tuple[str, ...]) -> bytes:
    """Open what :func:`seal_with` sealed.

    Raises:
        CannotOpen: another key, another context, or altered bytes.
        Destroyed: there are no bytes left.
    """
    if not sealed:
        raise Destroyed
    head, nonce, body = sealed[:3], sealed[3:15], sealed[15:]
    try:
        return AESGCM(key).decrypt(nonce, body, head + canonical(list(context)))
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("/".join(context)) from error


@dataclass(frozen=True)
class KeyRing:
    """All keys of the installation: ``{purpose: {version: key}}``; the highest version seals, every version opens."""

    keys: Mapping[str, Mapping[int, bytes]]

    def newest(self, purpose: str) -> int:
        """Version that seals now."""
        return max(self.keys[purpose])

    def seal(self, purpose: str, plaintext: bytes, context: tuple[str, ...]) -> bytes:
        """Seal under the newest key of ``purpose`` for ``context``."""
        version = self.newest(purpose)
        return seal_with(self.keys[purpose][version], plaintext, context, version)

    def open(self, purpose: str, sealed: bytes, context: tuple[str, ...]) -> bytes:
        """Open with the key version that the sealed value names.

        Raises:
            CannotOpen: unknown version, another context, or altered bytes.
            Destroyed: there are no bytes left.
        """
        if not sealed:
            raise Destroyed
        if len(sealed) < 31 or sealed[0] != 1:
            raise CannotOpen("/".join(context))
        version = _HEAD.unpack(sealed[:3])[1]
        key = self.keys[purpose].get(version)
        if key is None:
            raise CannotOpen(f"key version {version} of {purpose} is not in the key ring")
        return open_with(key, sealed, context)

    def lookup(self, purpose: str, value: str, context: tuple[str, ...]) -> bytes:
        """Keyed hash (HMAC-SHA256, 32 bytes) by which a secret value is found without being stored.

        The oldest key is used, so that a rotation does not lose what was stored before.
        """
        key = self.keys[purpose][min(self.keys[purpose])]
        return hmac.digest(key, canonical([*context, value]), "sha256")

    def signing_key(self) -> tuple[int, Ed25519PrivateKey]:
        """Version and newest private key for checkpoints."""
        version = self.newest("signing")
        return version, Ed25519PrivateKey.from_private_bytes(self.keys["signing"][version])

    def public_key(self, version: int) -> Ed25519PublicKey:
        """Public half of a signing key version."""
        return Ed25519PrivateKey.from_private_bytes(self.keys["signing"][version]).public_key()

    def public_bytes(self, version: int) -> bytes:
        """Raw public key (32 bytes), for the printed opening sheet and outside experts."""
        return self.public_key(version).public_bytes(Encoding.Raw, PublicFormat.Raw)

    def is_signed(self, version: int, signature: bytes, message: bytes) -> bool:
        """Whether ``signature`` is ours over ``message``."""
        if version not in self.keys["signing"]:
            return False
        try:
            self.public_key(version).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class KeyCheck(Model):
    """Key check value: a short fingerprint that shows that this database belongs to these keys."""

    purpose: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary(8))
    created_at: Mapped[datetime]


def check_value(purpose: str, key: bytes) -> bytes:
    """Eight bytes that identify a key and tell nothing about it."""
    return hmac.digest(key, b"key check value/" + purpose.encode(), "sha256")[:8]


def keyring() -> KeyRing:
    """The key ring of the running app."""
    ring: KeyRing = current_app.extensions["keyring"]
    return ring


def load_or_create(path: Path, *, may_create: bool) -> KeyRing:
    """Read the key ring file; create it (mode 0600) where that is allowed and none is there.

    Raises:
        ConfigurationError: missing, readable by others, malformed, keys missing, too short or equal.
    """
    if not path.exists():
        if not may_create:
            raise ConfigurationError(
                f"The key ring {path} is missing. Restore it from its safe copy, or create a new one with "
                "'flask --app wsgi keys create' if this installation has no data yet."
            )
        fresh = {purpose: {"1": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()} for purpose in PURPOSES}
        write_private(path, json.dumps(fresh, indent=1).encode())
    check_private(path)
    try:
        raw = json.loads(path.read_bytes())
        keys = {p: {int(v): base64.b64decode(k, validate=True) for v, k in raw[p].items()} for p in PURPOSES}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"The key ring {path} cannot be read ({error!r}): restore its safe copy") from error
    every = [key for versions in keys.values() for key in versions.values()]
    if any(len(key) != KEY_BYTES for key in every) or not all(keys.values()):
        raise ConfigurationError(f"The key ring {path} lacks a key or has one that is not 32 bytes long")
    if len(set(every)) != len(every):
        raise ConfigurationError(f"The key ring {path} has the same key twice: each purpose needs its own")
    return KeyRing(keys)


def load_or_create_secret(path: Path, *, may_create: bool) -> bytes:
    """The web session key: 32 bytes in a file of its own (mode 0400 or 0600).

    Raises:
        ConfigurationError: as :func:`load_or_create`.
    """
    if not path.exists():
        if not may_create:
            raise ConfigurationError(f"SECRET_KEY_FILE {path} is missing: create it with 32 random bytes, mode 0600.")
        write_private(path, secrets.token_bytes(KEY_BYTES))
    check_private(path)
    secret = path.read_bytes()
    if len(secret) < KEY_BYTES:
        raise ConfigurationError(f"SECRET_KEY_FILE {path} is shorter than 32 bytes")
    return secret


def check_apart(ring: KeyRing, secret: bytes) -> None:
    """Refuse a web session key that is one of the ring's keys too.

    Raises:
        ConfigurationError: they are equal.
    """
    if any(secret[:KEY_BYTES] == key for versions in ring.keys.values() for key in versions.values()):
        raise ConfigurationError("The web session key is in the key ring too: each purpose needs a key of its own")


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read; never overwrites."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def check_private(path: Path) -> None:
    """Refuse a key file that group or others may touch.

    Raises:
        ConfigurationError: the mode is wider than 0600.
    """
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o177:
        raise ConfigurationError(f"{path} can be read by others: run 'chmod 600 {path}'")


def may_create_ring(allowed: bool) -> bool:
    """Whether a missing key ring may be made: never where the database holds something sealed under another."""
    return allowed and not _known_keys()


def check_known(ring: KeyRing) -> None:
    """Refuse a ring that is not the one this database was written with, before anything is sealed or judged by it.

    Raises:
        ConfigurationError: a key differs from its stored check value, or is missing.
    """
    _compare(ring, _known_keys())


def _compare(ring: KeyRing, known: Mapping[tuple[str, int], bytes]) -> None:
    missing = sorted((p, v) for p, v in known if v not in ring.keys.get(p, {}))
    if missing:
        raise ConfigurationError(f"Keys that this database needs are missing from the key ring: {missing}")
    for (purpose, version), value in known.items():
        if not hmac.compare_digest(value, check_value(purpose, ring.keys[purpose][version])):
            raise ConfigurationError(
                f"Key {purpose}/{version} is not the one this database was written with: restore the right key ring"
            )


def _known_keys() -> dict[tuple[str, int], bytes]:
    """Check values that the database keeps; empty while it is not migrated or does not answer (readiness says so)."""
    try:
        with db.engine.connect() as connection:
            if not inspect(connection).has_table(KeyCheck.__tablename__):
                return {}
            rows = connection.execute(select(KeyCheck.purpose, KeyCheck.version, KeyCheck.value))
            return {(row.purpose, row.version): row.value for row in rows}
    except OperationalError:
        return {}


def check_database(ring: KeyRing, *, now: datetime) -> None:
    """Compare every key with the check value the database keeps; record those not yet known.

    Raises:
        ConfigurationError: the database was written under another key.
    """
    known = {(row.purpose, row.version): row.value for row in db.session.scalars(db.select(KeyCheck))}
    _compare(ring, known)
    for purpose, versions in ring.keys.items():
        for version in versions.keys() - {v for p, v in known if p == purpose}:
            value = check_value(purpose, versions[version])
            db.session.add(KeyCheck(purpose=purpose, version=version, value=value, created_at=now))
