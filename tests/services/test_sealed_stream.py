"""A sealed stream opens whole and for its holder; altered, cut off or put together otherwise it does not open."""

from __future__ import annotations

import io

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from core import sealed_stream
from core.errors import CannotOpen
from core.sealed_stream import MAGIC, TAG, open_stream, seal_stream

PIECE = 64
HEAD = len(MAGIC) + 32 + 48
HOLDER = X25519PrivateKey.generate()
PLAIN = bytes(range(256))


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch):
    """Pieces of 64 bytes: five of them are soon gone through."""
    monkeypatch.setattr(sealed_stream, "PIECE", PIECE)


def sealed(*parts: bytes) -> bytes:
    """A stream for the holder."""
    return b"".join(seal_stream(parts, HOLDER.public_key()))


def opened(stream: bytes, key: X25519PrivateKey = HOLDER) -> bytes:
    """What it holds."""
    return b"".join(open_stream(io.BytesIO(stream), key))


def cut(stream: bytes) -> tuple[bytes, list[bytes]]:
    """Its head and its pieces."""
    return stream[:HEAD], [stream[at : at + PIECE + TAG] for at in range(HEAD, len(stream), PIECE + TAG)]


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 256])
@pytest.mark.parametrize("step", [1, 50, 64, 100, 256])
def test_it_opens_as_it_was_however_it_came(length, step):
    parts = [PLAIN[:length][at : at + step] for at in range(0, length, step)]
    assert opened(sealed(*parts)) == PLAIN[:length]


def test_nothing_of_it_can_be_read_and_no_two_are_alike():
    assert sealed(PLAIN) != sealed(PLAIN)
    assert bytes(range(8)) not in sealed(PLAIN)


def test_nobody_else_opens_it():
    with pytest.raises(CannotOpen, match="another key"):
        opened(sealed(PLAIN), X25519PrivateKey.generate())


def test_no_byte_of_it_can_be_flipped():
    stream = sealed(PLAIN)
    for position in range(len(stream)):
        altered = bytearray(stream)
        altered[position] ^= 1
        with pytest.raises(CannotOpen):
            opened(bytes(altered))


def test_it_cannot_be_cut_off_anywhere():
    stream = sealed(PLAIN)
    for length in range(len(stream)):
        with pytest.raises(CannotOpen):
            opened(stream[:length])


def test_its_pieces_cannot_be_moved_taken_out_repeated_or_joined_by_others():
    head, pieces = cut(sealed(PLAIN))
    first, second, *rest = pieces
    _other, foreign = cut(sealed(PLAIN))
    for arranged in (
        [second, first, *rest], [second, *rest], [first, *rest], [first, first, second, *rest],
        [*pieces, pieces[-1]], [*pieces, b"\0"], [foreign[0], second, *rest], [],
    ):  # fmt: skip
        with pytest.raises(CannotOpen):
            opened(head + b"".join(arranged))


def test_what_came_before_an_altered_piece_is_no_whole():
    stream = bytearray(sealed(PLAIN))
    stream[-1] ^= 1
    pieces = open_stream(io.BytesIO(bytes(stream)), HOLDER)
    assert next(pieces) == PLAIN[:PIECE]
    with pytest.raises(CannotOpen, match="altered or cut off"):
        list(pieces)
