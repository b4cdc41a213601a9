"""A real server over an installation of its own, that may be killed and begun again, with clients that go on."""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from signal import SIGKILL
from threading import Event

from flask_migrate import upgrade

from core import crypto, signing
from core.config import from_environ
from core.db import db
from tests.browser.hall import READY_WITHIN, ROOT, Hall, Slip, demonstration, environment
from tests.browser.hall import _free_port as free_port
from tests.faults.clients import Page
from tests.faults.invariants import Log, broken
from wsgi import create_app


class Server:
    """A process that is not ours: known by a descriptor, which cannot come to mean another."""

    def __init__(self, pid: int) -> None:
        self.pid, self._descriptor, self._ends = pid, os.pidfd_open(pid), select.poll()
        self._ends.register(self._descriptor, select.POLLIN)

    def __del__(self) -> None:  # thousands of servers die in one run
        os.close(self._descriptor)

    def poll(self) -> int | None:
        """Whether it has ended, as ``Popen`` says it."""
        return -1 if self._ends.poll(0) else None

    def wait(self) -> None:
        """Until it has ended."""
        assert self._ends.poll(READY_WITHIN * 1000), "the server does not end"


class Nursery:
    """The process that servers are born from, see :mod:`tests.faults.served`; it ends with this one."""

    def __init__(self) -> None:
        self._mother = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.served"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert self._mother.stdout and self._mother.stdout.readline() == "ready\n"

    def server(self, environment: dict[str, str], log: Path) -> Server:
        """One more, which writes what it says into ``log``."""
        assert self._mother.stdin and self._mother.stdout
        self._mother.stdin.write(json.dumps([environment, str(log)]) + "\n")
        self._mother.stdin.flush()
        return Server(int(self._mother.stdout.readline()))


@cache
def nursery() -> Nursery:
    """The one of this run."""
    return Nursery()


class House(Hall):
    """The hall of the browser tests, under faults: see :mod:`tests.faults.served` for their names."""

    def __init__(self, folder: Path, *, fault: str = "") -> None:
        super().__init__(folder)
        self._beset(folder, fault)

    def _beset(self, folder: Path, fault: str) -> None:
        self.environment |= {"FAULT": fault}
        self.log, self.fault, self.pages = Log(), folder / "fault", []

    def begin(self) -> None:
        """Start the server, and wait until it is ready."""
        folder = Path(self.environment["INSTANCE_PATH"])
        self._server = nursery().server(self.environment, folder / "server.log")
        try:
            self._wait(self._server, folder / "server.log")
        except AssertionError:
            self.kill()
            raise

    def kill(self) -> None:
        """As if somebody pulled the plug of the processes."""
        with suppress(ProcessLookupError):
            os.killpg(self._server.pid, SIGKILL)
        self.died()

    def died(self) -> None:
        """Wait until the server has ended, every process of it: the last one gives the lock on the database back."""
        self._server.wait()
        with (Path(self.environment["INSTANCE_PATH"]) / "server.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)

    def arm(self, path: str = "") -> None:
        """The fault comes with the next request whose path holds ``path``; without one, with anything."""
        self.fault.write_text(path)

    def disarm(self) -> None:
        """The fault is over."""
        self.fault.unlink()

    def page(self) -> Page:
        """Somebody new, at the door."""
        found = Page(self.port, self.slip(), self.log, seed=len(self.pages))
        self.pages.append(found)
        return found

    def at_work(self, people: int) -> list[Page]:
        """So many who have begun and save from now on."""
        found = [self.page() for _ in range(people)]
        for page in found:
            assert page.enter() == 200
        for page in found:
            page.start()
        return found

    def ready(self) -> int:
        """What the server says of itself: 200, or 503."""
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=READY_WITHIN) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def met(self, saves: int) -> None:
        """Wait until so many more answers were acknowledged: people go on."""
        wanted = len(self.log.acknowledged) + saves
        self.until(lambda: len(self.log.acknowledged) >= wanted)

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so, for as long as a busy machine may need."""
        for _ in range(READY_WITHIN * 20):
            if is_so():
                return
            Event().wait(0.05)
        raise AssertionError([(page.code, page.told) for page in self.pages])

    def broken(self, *, since: int = 1) -> list[str]:
        """What does not hold in the record, in the light of what the pages were told."""
        return broken(self.app, self.log, since=since)

    @contextmanager
    def open(self) -> Iterator[House]:
        """Serve for the length of the block; whatever becomes of it, nothing goes on running after it."""
        self.begin()
        try:
            yield self
        finally:
            for page in self.pages:
                page._ends.set()
            self.kill()
            for page in self.pages:
                if page.ident:
                    page.join()
            with self.app.app_context():
                db.engine.dispose()


class OnPostgresql(House):
    """The same with PostgreSQL, set up anew: there is no file to copy."""

    def __init__(self, folder: Path, url: str) -> None:
        settings = from_environ({"INSTANCE_PATH": str(folder), "DATABASE_URL": url})
        crypto.load_or_create(settings.keyring_file, may_create=True)
        crypto.load_or_create_secret(settings.secret_key_file, may_create=True)
        signing.load_or_create(settings, now=datetime.now(UTC), may_create=True)
        app = create_app(settings)
        with app.app_context():
            upgrade()
        loaded = demonstration(app, 12)
        self.app, self.sitting, self.port = app, loaded["sitting"], free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = environment(folder) | {"PORT": str(self.port), "DATABASE_URL": url}
        self._slips = iter([Slip(**candidate) for candidate in loaded["candidates"]])
        self._beset(folder, "")
