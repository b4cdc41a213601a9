"""Several machines on one PostgreSQL: what counts, sends or sweeps does so once over all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from threading import Event
from uuid import uuid4

import pytest
from sqlalchemy import text

from core import outbox, throttle
from core.db import db, transaction
from core.outbox import Letter
from tests.conftest import MORNING
from tests.services.next_version import has_it, next_version

pytestmark = pytest.mark.parametrize("app", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)


class Host:
    """A machine of its own, as far as the database can tell."""

    def __init__(self, process):
        self.process = process

    def tell(self, what):
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()

    def hear(self):
        line = self.process.stdout.readline()
        assert line, "the host has died"
        return json.loads(line)


@pytest.fixture(scope="module")
def hosts(on_postgresql):
    settings = on_postgresql.extensions["settings"]
    environment = {
        **os.environ, "DATABASE_URL": settings.database_url, "INSTANCE_PATH": str(settings.instance_path),
        "KEYRING_FILE": str(settings.keyring_file), "SECRET_KEY_FILE": str(settings.secret_key_file),
        "DEPARTMENT_CERTIFICATE_FILE": str(settings.certificate_file),
    }  # fmt: skip
    with ExitStack() as stack:
        started = []
        for _ in range(2):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.services.host"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env=environment, text=True,
            )  # fmt: skip
            stack.enter_context(process)
            stack.callback(process.kill)
            started.append(Host(process))
        assert [host.hear() for host in started] == ["ready", "ready"]
        yield started


@pytest.fixture
def following(app, tmp_path):
    """Writes the migrations of the version that follows."""
    with next_version(app, tmp_path) as write:
        yield write


def both(hosts, what):
    for host in hosts:
        host.tell(what)
    return [host.hear() for host in hosts]


def test_while_one_sweeps_the_other_does_not_and_afterwards_it_may(app, hosts):
    first, second = hosts
    first.tell("sweep")
    assert first.hear() == "at it"
    second.tell("sweep")
    assert second.hear() == []
    first.tell("go on")
    assert first.hear() == ["done"]
    second.tell("sweep")
    assert second.hear() == "at it"
    second.tell("go on")
    assert second.hear() == ["done"]


def test_machines_that_start_at_once_migrate_once(hosts, following):
    folder = following()
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with db.engine.connect() as holds, db.engine.connect() as looks:
        holds.execute(text("SELECT pg_advisory_lock(61200)"))
        for host in hosts:
            host.tell("migrate")
            host.tell(folder)
        last = datetime.now(UTC) + timedelta(seconds=60)
        while looks.execute(waiting).scalar_one() < 2:
            assert datetime.now(UTC) < last, "they do not wait for their turn"
            Event().wait(0.02)
        holds.execute(text("SELECT pg_advisory_unlock(61200)"))
    assert [host.hear() for host in hosts] == [["migrated"], ["migrated"]]
    assert has_it()


def test_every_letter_goes_once_and_a_throttle_counts_over_both(app, hosts):
    people = sorted(f"person{n}@example.kg" for n in range(60))
    with transaction():
        for person in people:
            outbox.write("k", uuid4(), person, "subject", "body", "ky", now=MORNING)
    went = both(hosts, "letters")
    assert sorted(went[0] + went[1]) == people
    assert db.session.scalars(db.select(Letter.tries).distinct()).all() == [1]
    counted = both(hosts, "failures")
    assert sorted(counted[0] + counted[1]) == list(range(1, 201))
    assert throttle.failures("somebody", window=None, now=MORNING)[0] == 200
