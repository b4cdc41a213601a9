"""Sealed forms: the tree has the shape of RFC 6962 §2.1, and nothing in a form can change without its digest."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank import merkle

LEAVES = [bytes([n]) * 32 for n in range(1, 9)]
SALT = bytes(range(32))


def sha(*parts: bytes) -> bytes:
    """SHA-256, written out without the product's own code."""
    return hashlib.sha256(b"".join(parts)).digest()


def node(left: bytes, right: bytes) -> bytes:
    """An inner node."""
    return sha(b"\x01", left, right)


def test_a_leaf_is_the_salted_hash_of_the_canonical_item():
    item = {"position": 1, "key": ["x"], "stem": {"ru": "Ё", "ky": "Өң"}}
    canonical = json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert merkle.leaf(SALT, item) == sha(b"\x00", b"item/v1", SALT, canonical)


def test_a_leaf_known_by_heart():
    """Computed once with sha256sum: 00 'item/v1' 00…1f '{"key":["x"],"position":1}'."""
    expected = "03eb0250adfa3f3b0fe779e1236a0ec7d8a20063453175cbccd9f56471b30cfb"
    assert merkle.leaf(SALT, {"position": 1, "key": ["x"]}).hex() == expected


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_salt_of_another_length_is_refused(length):
    with pytest.raises(ValueError, match="32 bytes"):
        merkle.leaf(bytes(length), {})


def test_a_form_without_items_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        merkle.root([])


def test_the_trees_of_one_to_seven_leaves_have_the_shapes_of_the_rfc():
    a, b, c, d, e, f, g, _h = LEAVES
    assert merkle.root([a]) == a
    assert merkle.root([a, b]) == node(a, b)
    assert merkle.root([a, b, c]) == node(node(a, b), c)
    assert merkle.root([a, b, c, d]) == node(node(a, b), node(c, d))
    assert merkle.root([a, b, c, d, e]) == node(node(node(a, b), node(c, d)), e)
    assert merkle.root([a, b, c, d, e, f]) == node(node(node(a, b), node(c, d)), node(e, f))
    assert merkle.root([a, b, c, d, e, f, g]) == node(node(node(a, b), node(c, d)), node(node(e, f), g))


def test_the_path_of_an_item_names_the_hashes_beside_its_way_up():
    """The examples of RFC 6962 §2.1.3: paths of leaves 0, 3, 4 and 6 in a tree of seven."""
    a, b, c, d, e, f, g, _h = LEAVES
    seven = LEAVES[:7]
    assert merkle.path(seven, 0) == [b, node(c, d), node(node(e, f), g)]
    assert merkle.path(seven, 3) == [c, node(a, b), node(node(e, f), g)]
    assert merkle.path(seven, 4) == [f, g, node(node(a, b), node(c, d))]
    assert merkle.path(seven, 6) == [node(e, f), node(node(a, b), node(c, d))]


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40), st.data())
def test_every_item_is_proved_by_its_path_without_the_others(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = merkle.path(leaves, index)
    assert merkle.root_from_path(leaves[index], index, len(leaves), proof) == merkle.root(leaves)
    assert len(proof) <= (len(leaves) - 1).bit_length()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=20), st.data())
def test_any_altered_bit_of_a_leaf_changes_the_root_and_breaks_the_proof(leaves, data):
    index, bit = data.draw(st.integers(0, len(leaves) - 1)), data.draw(st.integers(0, 255))
    altered = bytearray(leaves[index])
    altered[bit // 8] ^= 1 << bit % 8
    changed = [*leaves[:index], bytes(altered), *leaves[index + 1 :]]
    assert merkle.root(changed) != merkle.root(leaves)
    proof = merkle.path(leaves, index)
    assert merkle.root_from_path(bytes(altered), index, len(leaves), proof) != merkle.root(leaves)


ITEM = {
    "item": "LAW-1",
    "key": ["x1"],
    "options": ["x1", "x2"],
    "points": 1,
    "position": 1,
    "stem": {"ky": "?", "ru": "?"},
}
TERMS = {"form": "f", "variant": 1, "items": 3, "cut_score": 2, "duration_minutes": 60, "scoring_version": 1}


@pytest.mark.parametrize(
    "change",
    [{"key": ["x2"]}, {"points": 2}, {"options": ["x2", "x1"]}, {"stem": {"ky": "!", "ru": "?"}}, {"position": 2}],
)
def test_whatever_is_changed_in_an_item_changes_its_leaf(change):
    assert merkle.leaf(SALT, ITEM | change) != merkle.leaf(SALT, ITEM)


@pytest.mark.parametrize("name", list(TERMS))
def test_whatever_is_changed_in_the_terms_changes_the_digest(name):
    changed = TERMS | {name: "other" if isinstance(TERMS[name], str) else int(TERMS[name]) + 1}
    assert merkle.digest(LEAVES[0], changed) != merkle.digest(LEAVES[0], TERMS)


def test_the_digest_covers_the_root_and_the_canonical_terms():
    canonical = json.dumps(TERMS, sort_keys=True, separators=(",", ":")).encode()
    assert merkle.digest(LEAVES[0], TERMS) == sha(b"form/v1", LEAVES[0], canonical)


def test_items_in_another_order_make_another_form():
    assert merkle.root(LEAVES[:3]) != merkle.root([LEAVES[1], LEAVES[0], LEAVES[2]])


def test_a_node_cannot_be_passed_off_as_a_leaf():
    """The prefixes 00 and 01 keep two nodes from being one leaf (RFC 6962 §2.1)."""
    a, b = LEAVES[:2]
    assert merkle.root([a, b]) == sha(b"\x01", a, b) != sha(b"\x00", a, b)


def test_equal_items_with_different_salts_cannot_be_recognised():
    assert merkle.leaf(SALT, ITEM) != merkle.leaf(bytes(32), ITEM)
