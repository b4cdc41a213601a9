"""``keys rotate`` and ``keys retire``: a new key takes over while the servers go on, and nothing stored is lost."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from accounts.models import User
from core import audit, crypto, key_checks, rotation, serving
from core.crypto import keyring
from core.db import db, transaction
from core.errors import ConfigurationError
from core.key_checks import KeyCheck
from core.sealed_columns import columns_under
from question_bank import sealing
from question_bank.life_models import SessionItem
from question_bank.models import ItemVersion
from question_bank.rich_models import WorkingCopy
from question_bank.services import checking, copies, imports
from question_bank.statistics_models import ItemStatistics
from question_bank.work_models import BankImport, BankUpload
from testing_center.models.sittings import Sitting
from testing_center.services import statistics
from testing_center.services.links import sitting_key
from tests.services.sealed_values import SEALING, opened


@pytest.fixture
def house(app, tmp_path):
    """The installation with a copy of its key ring, which a test may change."""
    settings = app.extensions["settings"]
    file = tmp_path / "keys" / "keyring.json"
    file.parent.mkdir(mode=0o700)
    shutil.copy2(settings.keyring_file, file)
    app.extensions["settings"] = replace(settings, keyring_file=file)
    app.extensions["keyring"] = crypto.load_or_create(file, may_create=False)
    with transaction():
        key_checks.check_database(keyring(), now=app.extensions["clock"]())
    return app


@pytest.fixture
def stored(house, make):
    """A sitting, and something else sealed under each key."""
    sitting = make.sitting(people=3)
    user, version = make.user(), db.session.scalars(select(ItemVersion).limit(1)).one()
    with transaction():
        row = db.session.get_one(ItemVersion, version.id)
        row.rationale_sealed = sealing.seal_rationale(row.id, "Себеби…")
        kept = db.session.get_one(User, user.id)
        kept.one_time_secret = keyring().seal("accounts", b"s" * 20, ("user", str(kept.id), "one_time_secret"))
    found = opened()
    assert {place[0] for place in found} >= {"item_version", "form_item", "person", "sitting", "user"}
    return sitting


def run(app, *arguments, code=0):
    """A command; what it says."""
    with app.app_context():  # else it would run in the test's own
        answer = app.test_cli_runner().invoke(args=["keys", *arguments])
    db.session.rollback()
    assert answer.exit_code == code, answer.output
    assert "Traceback" not in answer.output and (code == 0 or len(answer.stderr.strip().splitlines()) == 1)
    return answer.output


def versions(purpose):
    """With which versions what is stored is sealed."""
    rows = [value for column in columns_under(purpose) for value in db.session.scalars(select(column)) if value]
    db.session.rollback()
    return {int.from_bytes(value[1:3], "big") for value in rows}


def facts(action):
    """What the trail says of the acts of this name."""
    return [audit.facts(row) for row in db.session.scalars(select(audit.AuditEntry).filter_by(action=action))]


@pytest.mark.parametrize("purpose", SEALING)
def test_a_new_version_takes_over_and_the_old_one_goes_with_nothing_lost(house, stored, clock, purpose):
    before = opened()
    run(house, "rotate", purpose)
    assert versions(purpose) == {2} and opened() == before
    clock.advance(rotation.SETTLES)
    run(house, "retire", purpose)
    assert set(keyring().keys[purpose]) == {2} and opened() == before
    key_checks.check_database(keyring(), now=clock())
    [rotated], [anew], [retired] = facts("key.rotated"), facts("key.sealed_anew"), facts("key.retired")
    assert rotated == {"older": [1], "version": 2} and retired == {"versions": [1], "version": 2}
    assert sum(anew["values"].values()) == len(opened(purpose)) > 0
    assert list(audit.verify()) == []


def test_a_sitting_under_way_goes_on(house, stored, make):
    key = sitting_key(stored)
    run(house, "rotate", "link")
    assert sitting_key(db.session.get_one(Sitting, stored.id)) == key and len(make.codes(stored)) == 3


def test_what_was_shown_of_a_question_is_still_what_it_is(house, stored):
    def shown():
        return {version.id: sealing.edition(version) for version in db.session.scalars(select(ItemVersion))}

    before = shown()
    run(house, "rotate", "bank")
    db.session.expire_all()
    assert shown() == before


def test_a_killed_rotation_goes_on_with_the_same_version(house, stored, monkeypatch):
    before, sealed = opened(), count(1)
    monkeypatch.setattr(rotation, "BATCH", 2)

    def killed(self, *arguments):
        if next(sealed) == 6:
            raise KeyboardInterrupt
        return anew(self, *arguments)

    anew = crypto.KeyRing.seal_anew
    with monkeypatch.context() as patched:
        patched.setattr(crypto.KeyRing, "seal_anew", killed)
        version = rotation.renew("bank", now=house.extensions["clock"]())
        with pytest.raises(KeyboardInterrupt):
            rotation.seal_anew("bank", now=house.extensions["clock"](), progress=lambda _: None)
    assert versions("bank") == {1, 2} and opened() == before
    waiting = rotation.waiting("bank")
    assert f"{waiting} stored values need an older version" in run(house, "retire", "bank", code=1)
    assert f"Version {version} of 'bank' seals; {waiting} values" in run(house, "rotate", "bank")
    assert versions("bank") == {2} and opened() == before and len(facts("key.rotated")) == 1


def test_a_ring_written_without_its_entry_is_not_lost_sight_of(house, stored, monkeypatch):
    def killed(*_arguments, **_facts):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(audit, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            rotation.renew("signing", now=house.extensions["clock"]())
    assert facts("key.rotated") == [] and keyring().newest("signing") == 2
    run(house, "rotate", "signing")
    assert facts("key.rotated") == [{"older": [1], "version": 2}] and keyring().newest("signing") == 2


@pytest.mark.parametrize("app", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_row_that_somebody_holds_is_not_waited_for(house, stored):
    def impatient(connection):
        connection.exec_driver_sql("SET LOCAL lock_timeout = '3s'")

    with db.engine.connect() as other:
        other.execute(select(Sitting.id).with_for_update())
        event.listen(db.engine, "begin", impatient)
        try:
            assert "1 values wait" in run(house, "rotate", "link", code=1)
        finally:
            event.remove(db.engine, "begin", impatient)
    run(house, "rotate", "link")
    assert versions("link") == {2}


def test_an_altered_value_is_counted_and_keeps_the_old_version(house, stored, clock):
    row = db.session.scalars(select(ItemVersion).limit(1)).one()
    with transaction():
        found = db.session.get_one(ItemVersion, row.id)
        found.key_sealed = found.key_sealed[:-1] + bytes([found.key_sealed[-1] ^ 1])
    assert "1 values wait" in run(house, "rotate", "bank", code=1).splitlines()[-1]
    clock.advance(rotation.SETTLES)
    assert "1 stored values need" in run(house, "retire", "bank", code=1)


def test_what_was_destroyed_needs_no_key(house, stored):
    with transaction():
        db.session.get_one(Sitting, stored.id).link_key_sealed = b""
    run(house, "rotate", "link")
    assert rotation.waiting("link") == 0 and db.session.get_one(Sitting, stored.id).link_key_sealed == b""


def test_an_old_version_stays_until_what_was_under_way_is_stored(house, stored, clock):
    run(house, "rotate", "bank")
    clock.advance(rotation.SETTLES - timedelta(seconds=1))
    assert "younger than an hour" in run(house, "retire", "bank", code=1)
    assert set(keyring().keys["bank"]) == {1, 2}


def test_there_is_nothing_to_retire_before_a_rotation(house):
    assert "no older version" in run(house, "retire", "bank", code=1)


def test_a_signing_key_under_which_the_journal_was_signed_stays(house, stored, clock):
    with transaction():
        audit.record("test.happened", "test:1", by=audit.System("test"), at=clock())
        audit.checkpoint("test", at=clock())
    signed = db.session.query(audit.AuditCheckpoint).count()
    run(house, "rotate", "signing")
    clock.advance(rotation.SETTLES)
    assert f"{signed} checkpoints" in run(house, "retire", "signing", code=1)
    with transaction():
        point = audit.checkpoint("test", at=clock())
    assert point.key_version == 2 and list(audit.verify()) == []


@pytest.mark.parametrize("purpose", crypto.HASHING)
@pytest.mark.parametrize("command", ["rotate", "retire"])
def test_a_key_whose_hashes_are_stored_stays_and_the_command_says_why(house, purpose, command):
    assert "cannot be computed anew" in run(house, command, purpose, code=1)
    assert set(keyring().keys[purpose]) == {1}


def test_two_commands_do_not_change_the_ring_at_once(house):
    with rotation.holding("keys", timedelta(minutes=1)):
        assert "Another command" in run(house, "rotate", "bank", code=1)
    assert set(keyring().keys["bank"]) == {1}


def test_the_file_is_replaced_whole_for_its_owner_only(house, monkeypatch):
    file = house.extensions["settings"].keyring_file
    file.chmod(0o400)
    run(house, "rotate", "bank")
    assert file.stat().st_mode & 0o777 == 0o400 and [one.name for one in file.parent.iterdir()] == [file.name]
    before = file.read_bytes()

    def fails(*_paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rotation.os, "replace", fails)
    assert "No space left" in run(house, "rotate", "bank", code=1)
    assert file.read_bytes() == before and [one.name for one in file.parent.iterdir()] == [file.name]


def test_a_retirement_interrupted_before_the_file_is_written_is_done_again(house, stored, clock, monkeypatch):
    run(house, "rotate", "bank")
    clock.advance(rotation.SETTLES)
    with monkeypatch.context() as patched:
        patched.setattr(rotation.os, "replace", lambda *_paths: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            rotation.retire("bank", now=clock())
    key_checks.check_database(keyring(), now=clock())
    assert set(keyring().keys["bank"]) == {1, 2} and db.session.get(KeyCheck, ("bank", 1)) is None
    run(house, "retire", "bank")
    assert set(keyring().keys["bank"]) == {2} and opened()


# A server that runs meanwhile


def test_a_running_server_seals_with_the_new_version_and_opens_what_it_sealed(house, stored, clock):
    server = house.extensions["create_app"](house.extensions["settings"], clock=clock)
    with server.app_context():
        assert keyring().newest("bank") == 1
    run(house, "rotate", "bank")
    with server.app_context():
        assert opened() and keyring().newest("bank") == 2


def test_a_half_copied_ring_or_that_of_another_house_is_not_taken(house, stored, tmp_path):
    file, before = house.extensions["settings"].keyring_file, keyring().keys
    good = file.read_bytes()
    crypto.load_or_create(tmp_path / "other.json", may_create=True)
    for content in (good[:100], (tmp_path / "other.json").read_bytes()):
        file.write_bytes(content)
        assert keyring().keys == before and opened()
    file.unlink()
    assert keyring().keys == before
    newer = json.loads(good)
    newer["bank"]["2"] = base64.b64encode(b"N" * 32).decode()
    file.write_text(json.dumps(newer))
    file.chmod(0o644)
    assert keyring().keys == before
    file.chmod(0o600)
    assert keyring().newest("bank") == 2 and opened()


def test_several_machines_have_the_new_version_before_anything_is_sealed_with_it(house, stored, clock, tmp_path):
    """One after the other: prepared, copied, rotated, copied, retired; no machine meets a value that it cannot open."""
    settings = house.extensions["settings"]
    there = tmp_path / "there.json"
    other = house.extensions["create_app"](replace(settings, keyring_file=shutil.copy2(settings.keyring_file, there)))

    def opened_there():
        with other.app_context():
            return keyring().newest("bank"), len(opened()), other.extensions["readiness"][1]()

    _version, every, _reason = opened_there()
    run(house, "rotate", "bank", "--prepare")
    assert run(house, "rotate", "bank", "--prepare").startswith("Version 2")
    assert keyring().newest("bank") == 1 and "is prepared" in run(house, "status")
    assert opened_there() == (1, every, None)
    shutil.copy2(settings.keyring_file, there)
    run(house, "rotate", "bank")
    assert versions("bank") == {2} and opened_there() == (1, every, None)
    clock.advance(rotation.SETTLES)
    run(house, "retire", "bank")
    assert "was retired, and this key ring still seals with it" in opened_there()[2]
    shutil.copy2(settings.keyring_file, there)
    assert opened_there() == (2, every, None)


def test_an_older_ring_is_refused_at_the_start_and_not_remembered_anew(house, stored, clock, tmp_path):
    settings = house.extensions["settings"]
    old = shutil.copy2(settings.keyring_file, tmp_path / "old.json")
    run(house, "rotate", "bank")
    clock.advance(rotation.SETTLES)
    run(house, "retire", "bank")
    with pytest.raises(ConfigurationError, match="missing"):
        house.extensions["create_app"](replace(settings, keyring_file=old))
    both = json.loads(old.read_bytes())
    both["bank"] |= json.loads(settings.keyring_file.read_bytes())["bank"]
    old.write_text(json.dumps(both))
    with transaction():
        key_checks.check_database(crypto.load_or_create(old, may_create=False), now=clock())
    assert db.session.get(KeyCheck, ("bank", 1)) is None


# The web session key


def test_a_machine_with_another_web_key_is_refused_until_its_key_is_accepted(house, clock, tmp_path):
    settings = house.extensions["settings"]
    web = tmp_path / "web.key"
    crypto.load_or_create_secret(web, may_create=True)
    other = house.extensions["create_app"](replace(settings, secret_key_file=web), clock=clock)
    with other.app_context():
        with pytest.raises(ConfigurationError, match=r"not the installation's: copy web\.key"):
            key_checks.check_database(keyring(), now=clock())
        assert "web session key" in other.extensions["readiness"][1]()
    before = settings.keyring_file.read_bytes()
    assert "keys accept" in run(other, "rotate", "bank", code=1) and settings.keyring_file.read_bytes() == before
    run(other, "accept")
    with other.app_context():
        key_checks.check_database(keyring(), now=clock())
    with pytest.raises(ConfigurationError, match="keys accept"):
        key_checks.check_database(keyring(), now=clock())
    [said] = facts("key.accepted")
    value = key_checks.check_value("web", web.read_bytes())
    assert said == {"before": key_checks.own_web_value().hex(), "value": value.hex()}


def test_two_machines_with_different_web_keys_do_not_serve_one_database(house, clock, tmp_path, monkeypatch):
    served, settings = [], house.extensions["settings"]
    settings = replace(settings, port=0, department_certificate_file=settings.certificate_file)
    monkeypatch.setattr(serving, "serve", lambda *_told, **_how: served.append(True))
    for web, code in ((settings.secret_key_file, 0), (tmp_path / "web.key", 1)):
        crypto.load_or_create_secret(web, may_create=True)
        own = replace(settings, secret_key_file=web, instance_path=tmp_path / f"machine{code}")
        there = house.extensions["create_app"](own, clock=clock)
        with there.app_context():
            answer = there.test_cli_runner().invoke(args=["serve"])
        assert answer.exit_code == code, answer.output
    assert "not the installation's: copy web.key" in answer.stderr and served == [True]


# All that is sealed is known


def test_columns_name_the_places_for_which_their_services_seal(house):
    """Those that :mod:`tests.services.test_demo` does not fill."""
    own = uuid4()

    def place(model, name):
        return model.__table__.c[name].info["sealed"].context(own)

    assert place(WorkingCopy, "content_sealed") == copies._context(own)
    assert place(BankUpload, "content_sealed") == imports._context(own)
    assert place(BankImport, "report_sealed") == checking._context(own)
    salt, answers = sealing.seal_session_salt(own, b"salt"), statistics._seal(own, {})
    assert keyring().open("bank", salt, place(SessionItem, "salt_sealed")) == b"salt"
    assert keyring().open("bank", answers, place(ItemStatistics, "answers_sealed")) == b"{}"


def test_every_column_that_is_sealed_under_the_ring_says_so():
    """What stands under the data key of a sitting is wrapped by that: only the data key is sealed anew."""
    own = {
        f"{table.name}.{column.name}" for table in db.metadata.sorted_tables for column in table.columns
        if column.name.endswith("_sealed") and "sealed" not in column.info
    }  # fmt: skip
    assert own == {
        "appeal.application_sealed", "appeal.pdf_sealed",
        "appeal_protocol.content_sealed", "appeal_protocol.pdf_sealed",
        "attempt.link_sealed", "candidate_code.code_sealed", "candidate_code.link_sealed",
        "participant_photo.content_sealed", "protocol.content_sealed", "protocol.pdf_sealed",
    }  # fmt: skip
