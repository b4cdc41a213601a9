"""The salted Merkle digest that seals a form (docs/adr: sealed forms; shape of RFC 6962 §2.1).

Leaf = SHA-256(0x00 ‖ "item/v1" ‖ salt ‖ canonical JSON of the item), node = SHA-256(0x01 ‖ left ‖ right),
digest = SHA-256("form/v1" ‖ root ‖ canonical JSON of the form's terms). The 32-byte salt keeps a key of four options
from being guessed from its leaf.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.crypto import canonical, sha256

SALT_BYTES = 32


def leaf(salt: bytes, content: object) -> bytes:
    """Hash of one item with its key and points."""
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt has 32 bytes")
    return sha256(b"\x00", b"item/v1", salt, canonical(content))


def _split(count: int) -> int:
    """Largest power of two below ``count`` (RFC 6962 §2.1)."""
    return 1 << ((count - 1).bit_length() - 1)


def root(leaves: Sequence[bytes]) -> bytes:
    """Root of the tree over the leaves in order.

    Raises:
        ValueError: no leaves.
    """
    if not leaves:
        raise ValueError("a form has at least one item")
    if len(leaves) == 1:
        return leaves[0]
    half = _split(len(leaves))
    return sha256(b"\x01", root(leaves[:half]), root(leaves[half:]))


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Hashes that lead from leaf ``index`` to the root: what is shown to prove one item without the others."""
    if len(leaves) == 1:
        return []
    half = _split(len(leaves))
    if index < half:
        return [*path(leaves[:half], index), root(leaves[half:])]
    return [*path(leaves[half:], index - half), root(leaves[:half])]


def root_from_path(leaf_hash: bytes, index: int, count: int, proof: Sequence[bytes]) -> bytes:
    """Root that a leaf and its path lead to."""
    if count == 1:
        return leaf_hash
    half = _split(count)
    if index < half:
        return sha256(b"\x01", root_from_path(leaf_hash, index, half, proof[:-1]), proof[-1])
    return sha256(b"\x01", proof[-1], root_from_path(leaf_hash, index - half, count - half, proof[:-1]))


def digest(root_hash: bytes, terms: object) -> bytes:
    """Digest of a form: its tree and its terms (form, version, items, cut score, duration, scoring version)."""
    return sha256(b"form/v1", root_hash, canonical(terms))
