"""``doctor``: a healthy installation passes, and each illness is named on its line and in the exit status."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from core import audit, doctor, outbox, signing
from core.db import db, transaction
from core.errors import ConfigurationError
from tests.conftest import MORNING, settings_for
from wsgi import create_app


def ask(app, *arguments):
    """Exit status, and what each check said."""
    answer = app.test_cli_runner().invoke(args=["doctor", "--format", "json", *arguments])
    said = json.loads(answer.stdout)
    assert said["ok"] is (answer.exit_code == 0)
    return answer.exit_code, {check["check"]: (check["ok"], check["found"]) for check in said["checks"]}


def certificate(folder, ends):
    """A certificate file like a web server's, valid until ``ends``."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(ends - timedelta(days=90)).not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "tls.pem"
    file.write_bytes(made.public_bytes(Encoding.PEM))
    return file


def ills(app, *arguments):
    status, found = ask(app, *arguments)
    bad = {name: said for name, (ok, said) in found.items() if not ok}
    assert bool(bad) is (status == 1)
    return bad


def test_a_healthy_installation_passes(app):
    with transaction():
        audit.record("test.happened", "test:1", by=audit.System("test"), at=MORNING)
        audit.checkpoint("test", at=MORNING)
    status, found = ask(app)
    assert status == 0, found
    for name in ("database is ready", "keys are right", "disk is sound", "clock is steady", "journal", "papers"):
        assert found[name][0]
    expected = "SQLite 3." if db.engine.dialect.name == "sqlite" else "PostgreSQL 1"
    assert found["database settings"][1].startswith(expected)
    text_form = app.test_cli_runner().invoke(args=["doctor"])
    assert len(text_form.stdout.splitlines()) == len(found) and text_form.exit_code == 0


def test_a_clock_before_the_journal_is_ill(app, clock):
    with transaction():
        audit.record("test.happened", "test:1", by=audit.System("test"), at=MORNING)
    assert not ills(app)
    clock.advance(timedelta(seconds=-1))
    assert set(ills(app)) == {"clock against the journal"}


def test_a_chain_that_does_not_hold_is_ill(app):
    with transaction():
        audit.record("test.happened", "test:1", by=audit.System("test"), at=MORNING)
        audit.checkpoint("test", at=MORNING)
        audit.record("test.happened", "test:2", by=audit.System("test"), at=MORNING)
        number = audit.head()[0]
    with transaction():
        db.session.execute(text("UPDATE audit_entry SET actor = 'somebody' WHERE number = :number"), {"number": number})
    assert str(number) in ills(app)["journal"]


def test_letters_that_were_given_up_are_ill_and_those_that_wait_are_not(app):
    with transaction():
        letter = outbox.write("k", uuid4(), "a@b.kg", "s", "b", "ky", now=MORNING)
    assert not ills(app)
    with transaction():
        db.session.get_one(outbox.Letter, letter.id).tries = outbox.MOST_TRIES
    assert "letters" in ills(app)


def test_a_full_or_slow_disk_is_ill(app, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=doctor.LEAST_FREE - 1)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _folder: usage)
    monkeypatch.setattr(doctor, "SLOWEST_SYNC", 0)
    assert {name.split(" in ")[0] for name in ills(app)} == {"free space", "write and fsync"}


def test_a_disk_that_refuses_a_sync_is_ill(app, monkeypatch):
    def refuse(_descriptor):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(doctor.os, "fsync", refuse)
    found = ills(app)
    assert all("Input/output error" in said for said in found.values()) and found


def test_a_key_file_that_others_can_read_is_ill(app):
    file = app.extensions["settings"].secret_key_file
    file.chmod(0o640)
    try:
        assert "chmod 600" in ills(app)["key files"]
    finally:
        file.chmod(0o600)


def test_what_readiness_finds_is_said(app):
    app.extensions["readiness"] = [*app.extensions["readiness"], _is_never_ready]
    assert ills(app) == {" is never ready": "this and that"}


def _is_never_ready():
    return "this and that"


def test_a_setting_that_loses_answers_is_ill(app, monkeypatch):
    def refuses():
        raise ConfigurationError("PostgreSQL has fsync = off")

    monkeypatch.setattr(doctor, "settings_in_force", refuses)
    assert ills(app) == {"database settings": "PostgreSQL has fsync = off"}


def test_on_an_unmigrated_database_every_check_is_still_made_and_said_on_one_line(tmp_path):
    new = create_app(settings_for(tmp_path, f"sqlite:///{tmp_path / 'new.sqlite3'}"))
    answer = new.test_cli_runner().invoke(args=["doctor"])
    assert answer.exit_code == 1 and "db upgrade" in answer.stdout and "SELECT" not in answer.stdout
    assert all(line[:4] in {"ok  ", "FAIL"} for line in answer.stdout.splitlines())
    assert "ok    papers" in answer.stdout


@pytest.mark.parametrize(("days", "is_ill"), [(-1, True), (13, True), (15, False)])
def test_a_certificate_is_renewed_in_time(app, tmp_path, days, is_ill):
    file = certificate(tmp_path, datetime.now(UTC) + timedelta(days=days))
    assert bool(ills(app, "--certificate", str(file))) is is_ill


def test_a_certificate_file_that_is_not_there_is_ill(app, tmp_path):
    assert len(ills(app, "--certificate", str(tmp_path / "none.pem"))) == 1


def test_the_departments_certificate_has_dates_too(app, monkeypatch):
    monkeypatch.setattr(doctor, "RENEW_BEFORE", signing.LIFE + signing.MARGIN)
    assert "renew it" in ills(app)["department's certificate"]
