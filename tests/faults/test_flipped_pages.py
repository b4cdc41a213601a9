"""A flipped byte in a page of the database's file: seen by the integrity check or ``audit verify``, or without effect.

Values are flipped one by one in ``test_flipped.py``, bytes of a backup in ``tests/services/test_backup.py``, of a
signed paper in ``tests/services/test_signing.py``. Here nobody chooses what is hit: heads of pages, indexes, values.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pysqlite3
import pytest
from flask import Flask

from core import audit
from core.db import Base, db
from question_bank.services.forms import verify_form
from tests.candidates import Candidate
from tests.faults.invariants import _forms
from tests.faults.test_flipped import RECORD, UNNOTICED, record  # noqa: F401  # the fixture
from wsgi import create_app

FLIPS = int(os.environ.get("FAULTS_FLIPS", "20"))
SEALED = ("test_form", "form_item")
KNOWN = {model.__tablename__ for model in RECORD} | set(SEALED)
Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def file(tmp_path: Path, record: Candidate) -> Path:  # noqa: F811
    """The database as one closed file."""
    found = tmp_path / "whole.sqlite3"
    db.session.remove()
    with db.engine.connect() as connection:
        connection.connection.driver_connection.execute("VACUUM INTO ?", [str(found)])  # type: ignore[union-attr]
    return found


@pytest.fixture
def over(app: Flask, file: Path) -> Iterator[Flask]:
    """An application over a copy of that file, in which bytes are flipped."""
    copy = file.with_name("copy.sqlite3")
    shutil.copy(file, copy)
    settings = replace(app.extensions["settings"], database_url=f"sqlite:///{copy}")
    yield create_app(settings, clock=app.extensions["clock"])


def rows_of(file: Path) -> Rows | None:
    """Every row of every table, by the reading of the table itself; None where the file is seen to be damaged."""
    try:
        with closing(pysqlite3.connect(f"file:{file}?immutable=1", uri=True)) as connection:
            connection.text_factory = bytes
            if connection.execute("PRAGMA integrity_check").fetchall() != [(b"ok",)]:
                return None
            return {
                name: connection.execute(f'SELECT * FROM "{name}" NOT INDEXED ORDER BY rowid').fetchall()
                for name in Base.metadata.tables
            }
    except (pysqlite3.Error, UnicodeDecodeError):  # not even what is wrong can be read
        return None


def altered(before: Rows, after: Rows) -> set[str]:
    """Columns whose values differ, of the tables that the proof stands on; a table whose rows are not as many."""
    found = set()
    for name in KNOWN:
        if len(before[name]) != len(after[name]):
            found.add(f"{name}, its rows")
        columns = [column.name for column in Base.metadata.tables[name].columns]
        for old, new in zip(before[name], after[name], strict=False):
            is_late = "late " if dict(zip(columns, old, strict=True)).get("is_late") else ""
            found |= {f"{is_late}{name}.{one}" for one, a, b in zip(columns, old, new, strict=True) if a != b}
    return found


def is_noticed(app: Flask) -> bool:
    """Whether the chain, the rows it speaks of, or a sealed form do not hold; or cannot even be read."""
    with app.app_context():
        try:
            return next(audit.verify(), None) is not None or not all(map(verify_form, _forms()))
        except Exception:  # of whatever kind: it is said, and nothing is believed
            return True
        finally:
            db.session.remove()
            db.engine.dispose()


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_no_flipped_byte_of_the_file_alters_the_record_unnoticed(file, over, capsys):
    random, whole = Random(os.environ.get("FAULTS_SEED", "pages")), file.read_bytes()
    before, copy, seen = rows_of(file), file.with_name("copy.sqlite3"), Counter[str]()
    assert before and not is_noticed(over)
    used = [at for at, byte in enumerate(whole) if byte]
    for number in range(FLIPS):
        at = random.choice(used) if number % 4 else random.randrange(len(whole))
        content = bytearray(whole)
        content[at] ^= 1 << random.randrange(8)
        copy.write_bytes(content)
        after = rows_of(copy)
        if after is None:
            seen["seen by the integrity check"] += 1
        elif after == before:
            seen["without effect on any value"] += 1
        elif not (changed := altered(before, after)):
            seen["a value outside the proof"] += 1
        elif changed <= set(UNNOTICED):
            seen["a value beside the proof, listed"] += 1
        else:
            assert is_noticed(over), (at, changed)
            seen["seen by audit verify"] += 1
    with capsys.disabled():
        if FLIPS > 20:
            print(f"\n{FLIPS} flips in {len(whole)} bytes: {dict(seen)}")
