"""PostgreSQL is killed with all its processes while people save: it recovers by itself, and so does the server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event

import pytest

from core.db import db
from tests.conftest import database_folder
from tests.faults.house import OnPostgresql
from tests.faults.postgresql import Postgresql

DEATHS = int(os.environ.get("FAULTS_DATABASE_DEATHS", "1"))

pytestmark = pytest.mark.postgres


@contextmanager
def database() -> Iterator[Postgresql]:
    """A server that begins, and is gone in the end."""
    with database_folder("postgresql") as folder:
        found = Postgresql(Path(folder))
        found.begin()
        try:
            yield found
        finally:
            if found.lives:
                found.kill()


def test_killed_with_all_its_processes():
    random = Random(os.environ.get("FAULTS_SEED", "database"))
    with database() as postgresql, database_folder("house") as folder:
        served = OnPostgresql(Path(folder), postgresql.url)
        with served.open():
            served.at_work(4)
            for _ in range(DEATHS):
                served.met(20)
                Event().wait(random.random() / 3)
                before = [(page, page.told["busy"]) for page in served.pages]
                postgresql.kill()
                served.until(lambda before=before: all(page.told["busy"] > times for page, times in before))
                postgresql.begin()
                with served.app.app_context():
                    db.engine.dispose()  # the connections by which the test itself reads died too
                assert served.broken() == []
                served.met(20)
            first = served.pages[0]
            first.end()
            first.submit()
            assert served.broken() == []
