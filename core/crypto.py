"""Keys and sealing: AES-256-GCM bound to a place, keyed look-up, Ed25519 signatures.

A sealed value is ``0x01 ‖ key version (2 bytes) ‖ nonce (12) ‖ ciphertext and tag``. Its associated data is the
*context*, a tuple of strings that says where the value belongs (table, row, sitting …): moved to another row it does
not open. Keys live in files outside the code and the database (see :func:`load_or_create`); they are changed by
:mod:`core.rotation`.
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
from dataclasses import dataclass, field, replace
from pathlib import Path

import rfc8785
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import current_app

from core.errors import CannotOpen, ConfigurationError, Destroyed

PURPOSES = ("link", "bank", "codes", "index", "signing", "accounts")
HASHING = ("codes", "index")  # by keyed hashes rows are found, and none can be computed anew: these keys stay
KEY_BYTES = 32
_HEAD = struct.Struct(">BH")
_TEXTS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def canonical(value: object) -> bytes:
    """Canonical JSON (RFC 8785): the same value always gives the same bytes."""
    return rfc8785.dumps(value)  # type: ignore[arg-type]


def _named(context: tuple[str, ...]) -> bytes:
    """:func:`canonical` of texts alone: the standard library writes the same bytes, many times faster."""
    return _TEXTS.encode(context).encode()


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts, one after the other."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def head_of(version: int) -> bytes:
    """What every value sealed under this version of a key begins with."""
    return _HEAD.pack(1, version)


def nonce_of(sealed: bytes) -> bytes:
    """Twelve bytes that are others with each sealing, and stay where a rotation seals the value anew."""
    return sealed[3:15]


def seal_with(
    key: bytes, plaintext: bytes, context: tuple[str, ...], version: int = 0, *, nonce: bytes | None = None
) -> bytes:
    """Seal under ``key`` (32 bytes) for ``context``; ``version`` names the key and is authenticated too.

    ``nonce``: only where ``key`` has sealed nothing else with it.
    """
    head, nonce = head_of(version), nonce or secrets.token_bytes(12)
    return head + nonce + AESGCM(key).encrypt(nonce, plaintext, head + _named(context))


def open_with(key: bytes, sealed: bytes, context: tuple[str, ...]) -> bytes:
    """Open what :func:`seal_with` sealed.

    Raises:
        CannotOpen: another key, another context, or altered bytes.
        Destroyed: there are no bytes left.
    """
    if not sealed:
        raise Destroyed
    head, nonce, body = sealed[:3], nonce_of(sealed), sealed[15:]
    try:
        return AESGCM(key).decrypt(nonce, body, head + _named(context))
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("/".join(context)) from error


@dataclass(frozen=True)
class KeyRing:
    """All keys of the installation: ``{purpose: {version: key}}``; the highest version seals, every version opens.

    ``prepared`` names versions that open and do not seal yet: they are on their way to all machines. ``source`` is the
    file, and its stamp, that the ring was read from.
    """

    keys: Mapping[str, Mapping[int, bytes]]
    prepared: Mapping[str, int] = field(default_factory=dict)
    source: tuple[Path, tuple[int, ...] | None] | None = field(default=None, compare=False)

    def in_use(self, purpose: str) -> list[int]:
        """Versions that seal or have sealed, in their order."""
        return sorted(self.keys[purpose].keys() - {self.prepared.get(purpose)})

    def newest(self, purpose: str) -> int:
        """Version that seals now."""
        return self.in_use(purpose)[-1]

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

    def seal_anew(self, purpose: str, sealed: bytes, context: tuple[str, ...]) -> bytes:
        """The same value under the newest key, with the nonce that it has: under a new key it was never used.

        Raises:
            CannotOpen: as :meth:`open`.
        """
        version, plaintext = self.newest(purpose), self.open(purpose, sealed, context)
        return seal_with(self.keys[purpose][version], plaintext, context, version, nonce=nonce_of(sealed))

    def follows(self, other: KeyRing) -> bool:
        """Whether this is the ring of the same installation: what changes never is the same, and so is what both have.

        No version of a key is ever another key.
        """
        return all(self.keys[p] == other.keys[p] for p in HASHING) and all(
            hmac.compare_digest(key, other.keys[purpose].get(version, key))
            for purpose, versions in self.keys.items()
            for version, key in versions.items()
        )

    def lookup(self, purpose: str, value: str, context: tuple[str, ...]) -> bytes:
        """Keyed hash (HMAC-SHA256, 32 bytes) by which a secret value is found without being stored.

        The oldest key is used, so that a rotation does not lose what was stored before.
        """
        key = self.keys[purpose][min(self.keys[purpose])]
        return hmac.digest(key, _named((*context, value)), "sha256")

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


def keyring() -> KeyRing:
    """The key ring of the running app, read again where its file has been replaced: a rotation needs no new start."""
    ring: KeyRing = current_app.extensions["keyring"]
    if ring.source is None:
        return ring
    path, stamp = ring.source
    if (found := _stamp(path)) != stamp:
        current_app.extensions["keyring"] = ring = _read_again(ring, path, found)
    return ring


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns, about.st_size, about.st_mode


def _read_again(ring: KeyRing, path: Path, stamp: tuple[int, ...] | None) -> KeyRing:
    """What the file holds now; the ring at hand where it is gone, half copied or another installation's: that is said.

    Once for each state of the file: when it changes again it is looked at again.
    """
    try:
        fresh = load_or_create(path, may_create=False)
        if fresh.follows(ring):
            current_app.logger.info("the key ring was read again: its file has changed")
            return fresh
        current_app.logger.error("%s is the key ring of another installation: the one at hand stays", path)
    except (ConfigurationError, OSError) as error:
        current_app.logger.error("the key ring at hand stays: %s", error)
    return replace(ring, source=(path, stamp))


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
    stamp = _stamp(path)  # before it is read: a change meanwhile is a change
    try:
        raw = json.loads(path.read_bytes())
        prepared = {str(purpose): int(version) for purpose, version in raw.get("prepared", {}).items()}
        keys = {p: {int(v): base64.b64decode(k, validate=True) for v, k in raw[p].items()} for p in PURPOSES}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"The key ring {path} cannot be read ({error!r}): restore its safe copy") from error
    every = [key for versions in keys.values() for key in versions.values()]
    if any(len(key) != KEY_BYTES for key in every) or any(
        versions.keys() <= {prepared.get(purpose)} for purpose, versions in keys.items()
    ):
        raise ConfigurationError(f"The key ring {path} lacks a key or has one that is not 32 bytes long")
    if len(set(every)) != len(every):
        raise ConfigurationError(f"The key ring {path} has the same key twice: each purpose needs its own")
    return KeyRing(keys, prepared, (path, stamp))


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
