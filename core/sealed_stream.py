"""A stream of bytes sealed to the holder of an X25519 key, piece by piece; to seal needs the public half alone.

``magic ‖ ephemeral public key (32) ‖ data key, wrapped (48) ‖ pieces``. A random data key is wrapped under
HKDF-SHA256 of the X25519 agreement between an ephemeral key and the holder's. Each piece is AES-256-GCM over up to
1 MiB; its nonce is its number (11 bytes) and whether it is the last (1 byte): pieces that are altered, missing, moved
or added do not open.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from itertools import count
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.crypto import KEY_BYTES
from core.errors import CannotOpen

MAGIC = b"testing-center sealed stream 1\n"
PIECE = 1 << 20
TAG = 16
NO_NONCE = bytes(12)  # the wrapping key wraps one data key, once


def seal_stream(plain: Iterable[bytes], to: X25519PublicKey) -> Iterator[bytes]:
    """Seal ``plain`` to whoever holds the private half of ``to``; needs the memory of two pieces."""
    ephemeral, data_key = X25519PrivateKey.generate(), secrets.token_bytes(KEY_BYTES)
    public = ephemeral.public_key().public_bytes_raw()
    wrapping = _wrapping(ephemeral.exchange(to), public, to)
    yield MAGIC + public + AESGCM(wrapping).encrypt(NO_NONCE, data_key, MAGIC)
    cipher = AESGCM(data_key)
    for number, (piece, is_last) in enumerate(_pieces(plain)):
        yield cipher.encrypt(_nonce(number, is_last), piece, None)


def open_stream(sealed: BinaryIO, key: X25519PrivateKey) -> Iterator[bytes]:
    """Pieces of what :func:`seal_stream` sealed, each one authentic; the whole is, once the last has come.

    Raises:
        CannotOpen: another key, or bytes altered, missing, moved or added; the text is a sentence.
    """
    magic, public, wrapped = sealed.read(len(MAGIC)), sealed.read(KEY_BYTES), sealed.read(KEY_BYTES + TAG)
    try:
        agreed = key.exchange(X25519PublicKey.from_public_bytes(public))
        cipher = AESGCM(AESGCM(_wrapping(agreed, public, key.public_key())).decrypt(NO_NONCE, wrapped, magic))
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("It was made for another key, or its beginning was altered.") from error
    piece = sealed.read(PIECE + TAG)
    for number in count():
        following = sealed.read(PIECE + TAG)
        try:
            yield cipher.decrypt(_nonce(number, not following), piece, None)
        except (InvalidTag, ValueError) as error:
            raise CannotOpen(f"It was altered or cut off at byte {number * (PIECE + TAG)}, or soon after.") from error
        if not following:
            return
        piece = following


def _wrapping(agreed: bytes, ephemeral: bytes, to: X25519PublicKey) -> bytes:
    salt = ephemeral + to.public_bytes_raw()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=MAGIC).derive(agreed)


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _pieces(plain: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Pieces of one length, and a last one that may be shorter; whether it is the last."""
    waiting = bytearray()
    for part in plain:
        waiting += part
        while len(waiting) > PIECE:
            yield bytes(waiting[:PIECE]), False
            del waiting[:PIECE]
    yield bytes(waiting), True
