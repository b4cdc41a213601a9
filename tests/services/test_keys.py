"""Keys: a sealed value opens only with its key, in its place, unaltered; a wrong key ring stops the start."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace

import pytest
import rfc8785
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import example, given
from hypothesis import strategies as st

from core import crypto, key_checks
from core.crypto import KEY_BYTES, PURPOSES, KeyRing
from core.db import db, transaction
from core.errors import CannotOpen, ConfigurationError
from core.key_checks import KeyCheck
from wsgi import create_app, keys_are_right

PLACE = ("item_version", "7", "key")


def ring(**more: dict[int, bytes]) -> KeyRing:
    """A key ring whose keys are easy to tell apart."""
    return KeyRing({purpose: {1: bytes([n]) * KEY_BYTES} for n, purpose in enumerate(PURPOSES, 1)} | more)


def rotated() -> KeyRing:
    """The same ring with a second bank key."""
    return ring(bank={1: bytes([2]) * KEY_BYTES, 2: b"N" * KEY_BYTES})


@pytest.fixture
def file(tmp_path):
    """A good key ring file."""
    path = tmp_path / "keys" / "keyring.json"
    crypto.load_or_create(path, may_create=True)
    return path


def write(path, change) -> None:
    """Change the key ring file as a hand could."""
    raw = json.loads(path.read_text())
    path.write_text(json.dumps(change(raw)))
    path.chmod(0o600)


# Sealing


def test_what_was_sealed_opens_in_its_place():
    assert ring().open("bank", ring().seal("bank", b"[2]", PLACE), PLACE) == b"[2]"


def test_the_same_value_never_looks_the_same():
    assert ring().seal("bank", b"[2]", PLACE) != ring().seal("bank", b"[2]", PLACE)


@pytest.mark.parametrize(
    "place", [("item_version", "8", "key"), ("item_version", "7", "rationale"), ("item_version", "7key"), ()]
)
def test_moved_to_another_row_or_column_it_does_not_open(place):
    with pytest.raises(CannotOpen):
        ring().open("bank", ring().seal("bank", b"[2]", PLACE), place)


def test_with_a_key_of_another_purpose_it_does_not_open():
    with pytest.raises(CannotOpen):
        ring().open("link", ring().seal("bank", b"[2]", PLACE), PLACE)


def test_any_altered_byte_keeps_it_from_opening():
    sealed = rotated().seal("bank", b"[2]", PLACE)
    for index in range(len(sealed)):
        with pytest.raises(CannotOpen):
            rotated().open("bank", sealed[:index] + bytes([sealed[index] ^ 1]) + sealed[index + 1 :], PLACE)


@pytest.mark.parametrize("length", [0, 1, 3, 15, 30])
def test_a_shortened_value_does_not_open(length):
    with pytest.raises(CannotOpen):
        ring().open("bank", ring().seal("bank", b"[2]", PLACE)[:length], PLACE)


def test_after_a_rotation_the_new_key_seals_and_the_old_one_still_opens():
    old = ring().seal("bank", b"[2]", PLACE)
    new = rotated().seal("bank", b"[2]", PLACE)
    assert rotated().open("bank", old, PLACE) == rotated().open("bank", new, PLACE) == b"[2]"
    with pytest.raises(CannotOpen):
        ring().open("bank", new, PLACE)


def test_a_rotation_does_not_lose_what_is_looked_up():
    more = ring(codes={1: bytes([3]) * KEY_BYTES, 2: b"N" * KEY_BYTES})
    assert more.lookup("codes", "1234", ("code",)) == ring().lookup("codes", "1234", ("code",))


@given(place=st.lists(st.text(), max_size=4).map(tuple), value=st.text())
@example(place=('\x00\x1f\x7f\\"/', "\u2028\ud7ff\ufeff", "Ө😀"), value="\b\f\n\r\t")
def test_place_and_value_are_written_as_rfc_8785_says(place, value):
    expected = hmac.digest(bytes([PURPOSES.index("index") + 1]) * KEY_BYTES, rfc8785.dumps([*place, value]), "sha256")
    assert ring().lookup("index", value, place) == expected
    head, nonce, body = (sealed := ring().seal("bank", b"x", place))[:3], sealed[3:15], sealed[15:]
    key = AESGCM(bytes([PURPOSES.index("bank") + 1]) * KEY_BYTES)
    assert key.decrypt(nonce, body, head + rfc8785.dumps(list(place))) == b"x"


def test_a_look_up_depends_on_key_value_and_place():
    look = ring().lookup
    found = {
        look("codes", "1234", ("a",)), look("codes", "1235", ("a",)), look("codes", "1234", ("b",)),
        look("index", "1234", ("a",)), look("codes", "a1234", ()), look("codes", "1234", ("a", "")),
    }  # fmt: skip
    assert len(found) == 6 and all(len(one) == 32 for one in found)


def test_a_signature_is_ours_over_exactly_this():
    version, key = ring().signing_key()
    signature = key.sign(b"head")
    assert ring().is_signed(version, signature, b"head")
    assert not ring().is_signed(version, signature, b"heat")
    assert not ring().is_signed(version, signature[:-1] + bytes([signature[-1] ^ 1]), b"head")
    assert not ring().is_signed(version + 1, signature, b"head")
    assert len(ring().public_bytes(version)) == 32


# The key files


def test_a_new_ring_has_a_key_of_its_own_for_each_purpose_and_only_its_owner_may_read_it(file):
    found = crypto.load_or_create(file, may_create=False)
    keys = [key for versions in found.keys.values() for key in versions.values()]
    assert len(set(keys)) == len(PURPOSES) and {len(key) for key in keys} == {32}
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_ring_that_is_there_is_never_written_over(file):
    before = file.read_bytes()
    crypto.load_or_create(file, may_create=True)
    assert file.read_bytes() == before
    with pytest.raises(FileExistsError):
        crypto.write_private(file, b"")


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_file_that_only_its_owner_reads_is_accepted(file, mode):
    file.chmod(mode)
    assert crypto.load_or_create(file, may_create=False)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o700, 0o620])
def test_a_file_that_others_may_touch_is_refused_with_the_command_that_helps(file, mode):
    file.chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        crypto.load_or_create(file, may_create=False)


def test_the_web_key_is_held_to_the_same_mode_and_length(tmp_path):
    path = tmp_path / "web.key"
    assert len(crypto.load_or_create_secret(path, may_create=True)) == 32
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        crypto.load_or_create_secret(path, may_create=False)
    path.write_bytes(b"short")
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="32 bytes"):
        crypto.load_or_create_secret(path, may_create=False)


@pytest.mark.parametrize("load", [crypto.load_or_create, crypto.load_or_create_secret])
def test_in_production_a_missing_file_says_what_to_do(tmp_path, load):
    with pytest.raises(ConfigurationError, match=r"(?i)missing.*create"):
        load(tmp_path / "none", may_create=False)
    assert not (tmp_path / "none").exists()


def test_the_same_key_for_two_purposes_is_refused(file):
    write(file, lambda raw: raw | {"link": raw["bank"]})
    with pytest.raises(ConfigurationError, match="same key twice"):
        crypto.load_or_create(file, may_create=False)


def test_the_same_key_in_two_versions_is_refused(file):
    write(file, lambda raw: raw | {"bank": {"1": raw["bank"]["1"], "2": raw["bank"]["1"]}})
    with pytest.raises(ConfigurationError, match="same key twice"):
        crypto.load_or_create(file, may_create=False)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: {k: v for k, v in raw.items() if k != "signing"},
        lambda raw: raw | {"bank": {}},
        lambda raw: raw | {"bank": {"1": base64.b64encode(b"short").decode()}},
        lambda raw: raw | {"bank": {"one": raw["bank"]["1"]}},
        lambda raw: raw | {"bank": {"1": "not base64!"}},
        lambda raw: raw | {"bank": {"1": None}},
        lambda raw: raw | {"bank": "x"},
        lambda raw: list(raw),
        lambda raw: None,
    ],
)
def test_a_ring_that_lacks_a_key_or_cannot_be_read_is_refused_in_one_sentence(file, change):
    write(file, change)
    with pytest.raises(ConfigurationError, match="key ring"):
        crypto.load_or_create(file, may_create=False)


def test_a_file_that_is_no_json_is_refused(file):
    file.write_bytes(b"\xff\x00")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        crypto.load_or_create(file, may_create=False)


def test_the_web_key_must_not_be_one_of_the_rings_keys():
    crypto.check_apart(ring(), b"w" * KEY_BYTES)
    with pytest.raises(ConfigurationError, match="of its own"):
        crypto.check_apart(ring(), ring().keys["codes"][1])


def test_the_system_does_not_start_with_a_web_key_from_the_ring(on_sqlite, tmp_path):
    settings = replace(on_sqlite.extensions["settings"], secret_key_file=tmp_path / "web.key")
    crypto.write_private(settings.secret_key_file, on_sqlite.extensions["keyring"].keys["bank"][1])
    with pytest.raises(ConfigurationError, match="of its own"):
        create_app(settings)


def test_the_system_does_not_start_in_production_without_its_keys(on_sqlite, tmp_path):
    settings = replace(on_sqlite.extensions["settings"], keyring_file=tmp_path / "none.json", production=True)
    with pytest.raises(ConfigurationError, match="missing"):
        create_app(settings)


# The database knows its keys


def remember(clock, keys: KeyRing) -> None:
    """Let the database know these keys."""
    with transaction():
        key_checks.check_database(keys, now=clock())


def test_a_database_remembers_a_check_value_of_each_key_and_nothing_of_the_key(app, clock):
    remember(clock, ring())
    rows = db.session.scalars(db.select(KeyCheck)).all()
    assert {(row.purpose, row.version) for row in rows} == {(purpose, 1) for purpose in (*PURPOSES, "web")}
    keys = ring().keys | {"web": {1: app.config["SECRET_KEY"]}}
    for row in rows:
        assert len(row.value) == 8 and row.value not in keys[row.purpose][1]
    remember(clock, ring())


def test_another_key_than_the_database_was_written_with_is_refused(app, clock):
    remember(clock, ring())
    with pytest.raises(ConfigurationError, match="bank/1 is not the one"):
        key_checks.check_database(ring(bank={1: b"?" * KEY_BYTES}), now=clock())


def test_a_key_that_the_database_needs_and_the_ring_lacks_is_refused(app, clock):
    remember(clock, rotated())
    with pytest.raises(ConfigurationError, match=r"missing.*bank.*2"):
        key_checks.check_database(ring(), now=clock())


def test_a_rotated_ring_is_accepted_and_remembered(app, clock):
    remember(clock, ring())
    remember(clock, rotated())
    assert db.session.get(KeyCheck, ("bank", 2)) is not None


def test_readiness_names_a_wrong_ring(app, clock):
    remember(clock, app.extensions["keyring"])
    assert keys_are_right() is None
    app.extensions["keyring"] = ring()
    assert "is not the one this database was written with" in str(keys_are_right())


# --- a lost or exchanged ring


def test_a_lost_ring_is_not_replaced_where_something_was_sealed_under_it(app, clock):
    """A command must not write under a new ring what the old one will never open."""
    with transaction():
        key_checks.check_database(crypto.keyring(), now=clock())
    settings = app.extensions["settings"]
    elsewhere = replace(settings, keyring_file=settings.keyring_file.with_name("lost.json"))
    with pytest.raises(ConfigurationError, match="missing"):
        app.extensions["create_app"](elsewhere, clock=clock)
    assert not elsewhere.keyring_file.exists()


def test_the_ring_of_another_installation_is_refused_before_anything_is_judged_by_it(app, clock, tmp_path):
    with transaction():
        key_checks.check_database(crypto.keyring(), now=clock())
    crypto.load_or_create(tmp_path / "other.json", may_create=True)
    settings = replace(app.extensions["settings"], keyring_file=tmp_path / "other.json")
    with pytest.raises(ConfigurationError, match="not the one this database was written with"):
        app.extensions["create_app"](settings, clock=clock)
