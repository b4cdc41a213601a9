"""A backup is one moment of a database at work; it comes back whole, for the holder of its key, or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, make_url

from core import audit, backup, crypto, dumps, key_checks
from core.cli import progress_bar
from core.config import from_environ
from core.db import Base, db, transaction
from core.sealed_stream import open_stream, seal_stream
from tests.conftest import MORNING, database_folder, settings_for
from wsgi import create_app, database_is_ready

CLERK = audit.System("clerk")


def write(app: Flask, count: int = 1) -> bytes:
    """Write entries, each in a transaction of its own; the hash that a paper printed now would bear."""
    with app.app_context():
        for _ in range(count):
            with transaction():
                audit.record("thing.done", "thing:1", by=CLERK, at=MORNING)
        return audit.head()[1]


def run(app: Flask, *args: object, code: int = 0) -> str:
    """A command; what it says."""
    with app.app_context():  # else it would run in the test's own
        answer = app.test_cli_runner().invoke(args=[str(arg) for arg in args])
    assert answer.exit_code == code, answer.output
    assert "Traceback" not in answer.output and (code == 0 or len(answer.stderr.strip().splitlines()) == 1)
    return answer.output


def rows(app: Flask) -> dict[str, set[str]]:
    """Every row of every table, without the entry that was written about a backup."""
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: {str(row) for row in connection.execute(table.select()) if "backup." not in str(row)}
            for table in Base.metadata.sorted_tables
            if table.name != "audit_head"
        }


def chain(app: Flask) -> tuple[int, bytes]:
    """The end of the journal, as committed."""
    with app.app_context():
        return audit.head()


def is_bare(app: Flask) -> bool:
    """Whether the installation holds nothing but its keys and an empty database."""
    folder = app.extensions["settings"].instance_path
    found = {path.name for path in folder.rglob("*") if path.is_file()} - {"web.key", "keyring.json", "department.pem"}
    with app.app_context():
        return not inspect(db.engine).get_table_names() and all(name.startswith("db.sqlite3") for name in found)


@pytest.fixture
def key(tmp_path) -> Path:
    """The private key; the public one lies beside it."""
    backup.make_key(tmp_path / "offline" / "backup.key")
    return tmp_path / "offline" / "backup.key"


@pytest.fixture
def made(app, tmp_path, key) -> Path:
    """A backup of five entries."""
    write(app, 5)
    run(app, "backup", "create", tmp_path / "made", "--to", f"{key}.pub")
    return tmp_path / "made"


@pytest.fixture
def bare(request, app) -> Iterator[Flask]:
    """A new installation on the same kind of database, with the key files put back."""
    with database_folder("bare") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'db.sqlite3'}"
        if db.engine.dialect.name == "postgresql":
            url = _new_database(request.getfixturevalue("postgresql_url"))
        shutil.copytree(app.extensions["settings"].keyring_file.parent, folder / "keys")
        other = create_app(settings_for(folder, url), clock=app.extensions["clock"])
        yield other
        with other.app_context():
            db.engine.dispose()


def _new_database(url: str, name: str = "restored") -> str:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def seal(made: Path, key: Path, plain: bytes) -> None:
    """Put something else into a backup, as whoever has the public key can."""
    (made / backup.ARCHIVE).write_bytes(b"".join(seal_stream([plain], backup.public_key(Path(f"{key}.pub")))))


# Making and putting back


def test_it_comes_back_row_for_row_and_its_head_is_printed(app, bare, key, tmp_path):
    head = write(app, 5).hex()
    before = rows(app)
    said = run(app, "backup", "create", tmp_path / "made", "--to", f"{key}.pub")
    assert f"5 entries, head {head}" in said
    said = run(bare, "backup", "restore", tmp_path / "made", "--key", key)
    assert f"5 entries, head {head}. Entry 6 records" in said
    assert rows(bare) == before
    assert "The chain holds: 6 entries" in run(bare, "audit", "verify", "--anchor", head)
    run(bare, "db", "upgrade")
    folder = bare.extensions["settings"].instance_path
    assert {path.name for path in folder.iterdir()} <= {"keys", "db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm"}
    write(bare)


def test_it_is_one_moment_of_a_database_that_is_written_to(app, bare, key, tmp_path, monkeypatch):
    """Somebody commits before and after each part that is read out: none of that is in the backup."""
    monkeypatch.setattr(dumps, "PAGES", 64)
    monkeypatch.setattr(dumps, "PART", 1 << 16)
    numbers = {write(app, 3)}
    wanted, written, over = threading.Semaphore(0), threading.Semaphore(0), threading.Event()

    def clerk() -> None:
        while wanted.acquire(timeout=60) and not over.is_set():
            numbers.add(write(app))
            written.release()

    left, program = [8], dumps.program

    def one_more(_count: int) -> None:
        if left[0] and not over.is_set():
            left[0] -= 1
            wanted.release()
            assert written.acquire(timeout=60)

    @contextmanager
    def bar(length: int, label: str) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(update=one_more, length=length, pos=0)

    def after_one_more(name: str) -> str:  # between the reading of the end of the chain and PostgreSQL's dump
        one_more(0)
        return program(name)

    monkeypatch.setattr(dumps, "program", after_one_more)
    thread = threading.Thread(target=clerk)
    thread.start()
    try:
        manifest = backup.create(tmp_path / "made", backup.public_key(Path(f"{key}.pub")), bar=bar)
    finally:
        over.set()
        wanted.release()
        thread.join()
    assert manifest.number == 3 and len(numbers) == 9 - left[0] >= 4
    with bare.app_context():
        assert backup.restore(tmp_path / "made", backup.private_key(key), anchor=None, bar=progress_bar)[1] == 4
    assert "The chain holds: 4 entries" in run(bare, "audit", "verify")


def test_the_journal_says_that_it_was_made_and_put_back(app, bare, made, key):
    run(bare, "backup", "restore", made, "--key", key)
    for where, action in ((app, "backup.created"), (bare, "backup.restored")):
        with where.app_context():
            entry = db.session.scalars(db.select(audit.AuditEntry).filter_by(number=6)).one()
            assert (entry.action, entry.subject) == (action, "backup:5")


def test_an_old_backup_is_noticed_by_the_head_on_paper(app, bare, made, key):
    old, new = chain(app)[1], write(app, 2)
    before = db.session.get_one(audit.AuditEntry, 3).hash.hex()
    for paper in (old, new):  # both are younger than the backup: its own entry was written after its moment
        said = run(bare, "backup", "restore", made, "--key", key, "--anchor", paper.hex().upper(), code=1)
        assert "older" in said
        assert is_bare(bare)
    run(bare, "backup", "restore", made, "--key", key, "--anchor", before)


def test_a_backup_of_an_older_program_is_brought_up_to_date(app, bare, key, tmp_path):
    settings, is_sqlite = app.extensions["settings"], db.engine.dialect.name == "sqlite"
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}" if is_sqlite else _new_database(settings.database_url, "older")
    old = create_app(replace(settings, database_url=url), clock=app.extensions["clock"])
    with old.app_context():
        upgrade()
        downgrade(revision="-1")
        run(old, "backup", "create", tmp_path / "made", "--to", f"{key}.pub")
        db.engine.dispose()
    assert "Entry 1 records" in run(bare, "backup", "restore", tmp_path / "made", "--key", key)
    with bare.app_context():
        assert database_is_ready() is None


# Refusals, each with nothing left behind


def test_a_flipped_byte_is_refused_wherever_it_is(bare, made, key):
    whole = (made / backup.ARCHIVE).read_bytes()
    for part in (0.0, 0.00005, 0.3, 0.999, 1.0):  # the head, a piece, the manifest, the last byte
        altered = bytearray(whole)
        altered[round(part * (len(whole) - 1))] ^= 0x40
        (made / backup.ARCHIVE).write_bytes(altered)
        assert "does not open" in run(bare, "backup", "restore", made, "--key", key, code=1)
        assert is_bare(bare)


def test_a_backup_that_was_cut_off_is_refused(bare, made, key):
    whole = (made / backup.ARCHIVE).read_bytes()
    for length in (0, 20, 200, len(whole) // 2, len(whole) - 1):
        (made / backup.ARCHIVE).write_bytes(whole[:length])
        assert "does not open" in run(bare, "backup", "restore", made, "--key", key, code=1)
        assert is_bare(bare)
    (made / backup.ARCHIVE).unlink()
    assert "No such file" in run(bare, "backup", "restore", made, "--key", key, code=1)


def test_another_key_is_refused(bare, made, tmp_path):
    backup.make_key(tmp_path / "another.key")
    said = run(bare, "backup", "restore", made, "--key", tmp_path / "another.key", code=1)
    assert "another key" in said and is_bare(bare)


def test_where_something_is_nothing_is_restored(app, bare, made, key):
    before = rows(app), chain(app)
    assert "not empty" in run(app, "backup", "restore", made, "--key", key, code=1)
    assert (rows(app), chain(app)) == before
    letter = bare.extensions["settings"].instance_path / "letters" / "one.eml"
    letter.parent.mkdir()
    letter.write_text("Dear")
    assert "it holds one.eml" in run(bare, "backup", "restore", made, "--key", key, code=1)
    letter.unlink()
    assert is_bare(bare)


def test_a_backup_whose_chain_does_not_hold_is_refused(app, bare, key, tmp_path):
    write(app, 3)
    with db.engine.begin() as connection:
        connection.execute(db.text("UPDATE audit_entry SET actor = 'system:nobody' WHERE number = 2"))
    run(app, "backup", "create", tmp_path / "made", "--to", f"{key}.pub")
    said = run(bare, "backup", "restore", tmp_path / "made", "--key", key, code=1)
    assert "entry 2, its columns differ" in said and is_bare(bare)


def test_without_its_key_ring_a_backup_is_refused(app, bare, key, tmp_path):
    with transaction():
        key_checks.check_database(crypto.keyring(), now=MORNING)
    run(app, "backup", "create", tmp_path / "made", "--to", f"{key}.pub")
    settings = bare.extensions["settings"]
    settings.keyring_file.unlink()
    crypto.load_or_create(settings.keyring_file, may_create=True)
    said = run(bare, "backup", "restore", tmp_path / "made", "--key", key, code=1)
    assert "restore the right key ring" in said and is_bare(bare)


def test_what_is_interrupted_while_it_is_verified_leaves_nothing(app, bare, made, key):
    @contextmanager
    def bar(_length: int, label: str) -> Iterator[SimpleNamespace]:
        def update(_count: int) -> None:
            if label == "Entries":
                raise KeyboardInterrupt

        yield SimpleNamespace(update=update)

    with bare.app_context(), pytest.raises(KeyboardInterrupt):
        backup.restore(made, backup.private_key(key), anchor=None, bar=bar)
    assert is_bare(bare)
    run(bare, "backup", "restore", made, "--key", key)


def test_what_is_interrupted_while_it_is_made_leaves_nothing(app, key, tmp_path):
    @contextmanager
    def bar(_length: int, _label: str) -> Iterator[SimpleNamespace]:
        def update(_count: int) -> None:
            raise KeyboardInterrupt

        yield SimpleNamespace(update=update)

    before = chain(app)
    with pytest.raises(KeyboardInterrupt):
        backup.create(tmp_path / "made", backup.public_key(Path(f"{key}.pub")), bar=bar)
    assert not list((tmp_path / "made").iterdir()) and chain(app) == before
    assert not list(app.extensions["settings"].instance_path.glob("snapshot-*"))


def test_what_somebody_else_sealed_to_the_key_is_refused(bare, made, key):
    for plain, why in (
        (b"", "no backup"), (b"Dear Sir or Madam, no backup this", "no backup"), (b"[]\0\0\0\2", "no backup"),
        (b'{"format":1}\0\0\0\x0c', "no backup"), (b'{"format":2}\0\0\0\x0c', "newer"),
    ):  # fmt: skip
        seal(made, key, plain)
        assert why in run(bare, "backup", "restore", made, "--key", key, code=1) and is_bare(bare)


def test_what_does_not_fit_its_manifest_or_is_no_database_is_refused(bare, made, key):
    with (made / backup.ARCHIVE).open("rb") as sealed:
        plain = b"".join(open_stream(sealed, backup.private_key(key)))
    length = int.from_bytes(plain[-4:], "big")
    database, told = plain[: -4 - length], json.loads(plain[-4 - length : -4])
    broken = database[:3000] + bytes(3000) + database[6000:]
    digest = hashlib.sha256(broken).hexdigest()
    for content, changes, why in (
        (broken, {}, "not the one that its manifest names"),
        (broken, {"sha256": digest}, "no sound SQLite" if told["database"] == "sqlite" else "pg_restore failed"),
        (database, {"head": "0" * 64}, "does not end where its manifest says"),
    ):
        manifest = json.dumps(told | changes).encode()
        seal(made, key, content + manifest + len(manifest).to_bytes(4, "big"))
        assert why in run(bare, "backup", "restore", made, "--key", key, code=1) and is_bare(bare)


def test_each_backup_needs_a_folder_of_its_own(app, made, key):
    before = (made / backup.ARCHIVE).read_bytes()
    assert "not empty" in run(app, "backup", "create", made, "--to", f"{key}.pub", code=1)
    assert (made / backup.ARCHIVE).read_bytes() == before


def test_a_backup_of_a_newer_program_is_refused(app, bare, key, tmp_path):
    write(app)
    with db.engine.begin() as connection:
        known = connection.execute(db.text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(db.text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        run(app, "backup", "create", tmp_path / "made", "--to", f"{key}.pub")
    finally:
        with db.engine.begin() as connection:
            connection.execute(db.text("UPDATE alembic_version SET version_num = :known"), {"known": known})
    assert "newer version" in run(bare, "backup", "restore", tmp_path / "made", "--key", key, code=1)
    assert is_bare(bare)


def test_a_backup_of_another_kind_of_database_is_refused(app, made, key, tmp_path, request):
    other = "postgresql" if db.engine.dialect.name == "sqlite" else "sqlite"
    folder = tmp_path / "other"
    new = _new_database(request.getfixturevalue("postgresql_url"))
    url = new if other == "postgresql" else f"sqlite:///{folder / 'db.sqlite3'}"
    shutil.copytree(app.extensions["settings"].keyring_file.parent, folder / "keys")
    target = create_app(settings_for(folder, url), clock=app.extensions["clock"])
    assert f"DATABASE_URL names {other}" in run(target, "backup", "restore", made, "--key", key, code=1)
    assert is_bare(target)
    with target.app_context():
        db.engine.dispose()


def test_without_programs_of_postgresql_it_says_so(app, bare, made, key, tmp_path, monkeypatch):
    if db.engine.dialect.name == "sqlite":  # which needs none
        monkeypatch.setattr(dumps, "program", lambda _name: pytest.fail("no program is wanted"))
        run(bare, "backup", "restore", made, "--key", key)
        return
    found = dumps.program
    for program, said in ((found, "install postgresql-client-"), (lambda _name: shutil.which("false"), "failed: it")):
        monkeypatch.setattr(dumps, "_major", lambda _path: 0)  # one for an older server is as good as none
        monkeypatch.setattr(dumps, "program", program)
        assert said in run(app, "backup", "create", tmp_path / "new", "--to", f"{key}.pub", code=1)
        assert said in run(bare, "backup", "restore", made, "--key", key, code=1)
        assert is_bare(bare) and not list((tmp_path / "new").iterdir())


# Keys


def test_a_key_is_made_once_and_its_private_half_is_its_owners(app, tmp_path):
    said = run(app, "backup", "keygen", tmp_path / "own.key")
    assert "keep it safe" in said and (tmp_path / "own.key").stat().st_mode & 0o777 == 0o600
    content = (tmp_path / "own.key").read_bytes()
    assert "there already" in run(app, "backup", "keygen", tmp_path / "own.key", code=1)
    (tmp_path / "own.key.pub").unlink()
    assert "File exists" in run(app, "backup", "keygen", tmp_path / "own.key", code=1)
    assert (tmp_path / "own.key").read_bytes() == content


def test_the_halves_of_a_key_are_not_taken_for_each_other(app, made, key, tmp_path):
    said = run(app, "backup", "create", tmp_path / "new", "--to", key, code=1)
    assert "no public key" in said and not (tmp_path / "new").exists()
    assert "no private key" in run(app, "backup", "restore", made, "--key", f"{key}.pub", code=1)


def test_the_settings_may_name_the_key(app, key, tmp_path):
    assert "BACKUP_PUBLIC_KEY_FILE" in run(app, "backup", "create", tmp_path / "made", code=1)
    named = from_environ({"BACKUP_PUBLIC_KEY_FILE": f"{key}.pub"}).backup_public_key_file
    app.extensions["settings"] = replace(app.extensions["settings"], backup_public_key_file=named)
    run(app, "backup", "create", tmp_path / "made")
    assert (tmp_path / "made" / backup.ARCHIVE).exists()
