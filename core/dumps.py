"""The database as bytes: one moment of it taken while others write, and put back where nothing is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess  # nosec B404  # PostgreSQL's own programs, by full path and without a shell
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, cast

from alembic.runtime.migration import MigrationContext
from click import ClickException
from sqlalchemy import Connection, inspect, select
from sqlalchemy.exc import ProgrammingError

from core.audit import AuditHead
from core.config import Settings
from core.db import db

PART = 1 << 20
PAGES = 512  # of SQLite, copied at a time


class BackupRefused(ClickException):
    """A backup that cannot be made or put back; one sentence, exit status 1."""


@dataclass(frozen=True)
class Snapshot:
    """The database at one moment: its kind, migration and end of the chain, and its bytes, read once."""

    kind: str
    revision: str | None
    number: int
    hash: bytes
    parts: Generator[bytes]


def work() -> int:
    """About how many bytes :func:`taken` passes through, for a progress bar."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            return 2 * _file().stat().st_size  # copied, then read
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


@contextmanager
def taken(progress: Callable[[int], None]) -> Iterator[Snapshot]:
    """One moment of the database; nobody waits for it, and what is committed afterwards is not in it.

    ``progress`` hears of bytes that were copied before they could be read.

    Raises:
        BackupRefused: ``pg_dump`` is not here, or failed.
    """
    with db.engine.connect() as connection:
        kind = connection.dialect.name
        if kind == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # From this statement on the connection sees one moment, and so do the parts.
        number, head = connection.execute(select(AuditHead.number, AuditHead.hash)).one()
        revision = MigrationContext.configure(connection).get_current_revision()
        parts = _sqlite_parts(connection, progress) if kind == "sqlite" else _postgresql_parts(connection)
        with closing(parts):
            yield Snapshot(kind, revision, number, head, parts)


def check_bare() -> None:
    """Refuse a database that holds tables.

    Raises:
        BackupRefused: it does.
    """
    if tables := inspect(db.engine).get_table_names():
        raise BackupRefused(f"The database is not empty: it has the table {tables[0]}. A backup needs a bare one.")


def workplace(settings: Settings) -> Path:
    """Folder for what is being restored: from here a file gets to its place at once or not at all."""
    folder = _file().parent if settings.embedded else settings.instance_path
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@contextmanager
def restored(file: Path, settings: Settings) -> Iterator[Settings]:
    """Settings under which the block can look at what ``file`` holds; afterwards it is in its place.

    An exception in the block leaves the database as bare as it was. ``file`` is used up.

    Raises:
        BackupRefused: the file is no sound database, or ``pg_restore`` is not here, or failed.
    """
    if settings.embedded:
        _check_sound(file)
        yield replace(settings, database_url=f"sqlite:///{file}")
        _put_in_place(file)
        return
    environment = _environment()
    with file.open("rb") as source, TemporaryFile() as said:
        command = [program("pg_restore"), "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
        command.append(f"--dbname={environment['PGDATABASE']}")
        process = subprocess.Popen(command, stdin=source, stderr=said, env=environment)  # nosec B603  # as above
        _finish(process, "pg_restore", said)
    try:
        yield settings
    except BaseException:
        with db.engine.begin() as connection:
            quote = connection.dialect.identifier_preparer.quote
            names = ", ".join(map(quote, inspect(connection).get_table_names()))
            connection.exec_driver_sql(f"DROP TABLE {names} CASCADE")
        raise


def program(name: str) -> str:
    """Path of one of PostgreSQL's programs, not older than the server: from PATH, Debian's place, or the server's own.

    Raises:
        BackupRefused: there is none.
    """
    with db.engine.connect() as connection:
        major = int((connection.dialect.server_version_info or (0,))[0])
        try:
            own = connection.exec_driver_sql("SELECT setting FROM pg_config WHERE name = 'BINDIR'").scalar()
        except ProgrammingError:  # the server tells it to its administrators only
            own = None
    for folder in [*os.get_exec_path(), f"/usr/lib/postgresql/{major}/bin", own or ""]:
        path = shutil.which(name, path=folder) if folder else None
        if path and _major(path) >= major:
            return path
    raise BackupRefused(f"{name} of PostgreSQL {major} or newer is not here: install postgresql-client-{major}.")


def _major(path: str) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # nosec B603
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def _file() -> Path:
    return Path(db.engine.url.database or "")


def _sqlite_parts(connection: Connection, progress: Callable[[int], None]) -> Generator[bytes]:
    """SQLite's online copy, within the transaction of ``connection``: others may write, it never begins anew."""
    import pysqlite3

    source: Any = connection.connection.driver_connection
    size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    with TemporaryDirectory(prefix="snapshot-", dir=_file().parent) as folder:
        copy = Path(folder) / "database"
        target, left = pysqlite3.connect(str(copy)), connection.exec_driver_sql("PRAGMA page_count").scalar_one()

        def copied(_status: int, remaining: int, _total: int) -> None:
            nonlocal left
            progress((left - remaining) * size)
            left = remaining

        try:
            source.backup(target, pages=PAGES, progress=copied)
        finally:
            target.close()
        with copy.open("rb") as file:
            yield from iter(lambda: file.read(PART), b"")


def _postgresql_parts(connection: Connection) -> Generator[bytes]:
    """What ``pg_dump`` writes of the very moment that ``connection`` sees."""
    command = [program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
    command.append(f"--snapshot={connection.exec_driver_sql('SELECT pg_export_snapshot()').scalar_one()}")
    with TemporaryFile() as said:
        process = subprocess.Popen(  # nosec B603  # as above
            command, stdout=subprocess.PIPE, stderr=said, env=_environment()
        )
        output = cast(IO[bytes], process.stdout)
        try:
            yield from iter(lambda: output.read(PART), b"")
        except BaseException:
            process.kill()
            process.wait()
            raise
        _finish(process, "pg_dump", said)


def _finish(process: subprocess.Popen[bytes], name: str, said: IO[bytes]) -> None:
    try:
        process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines() or [f"it ended with {process.returncode}"]
        raise BackupRefused(f"{name} failed: {lines[0]}")


def _environment() -> dict[str, str]:
    """Where the database is, as PostgreSQL's programs read it: a password is in nobody's list of processes."""
    with db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        known = {option.envvar: option.val for option in driver.pgconn.info if option.envvar and option.val}
    return {**os.environ, **{name.decode(): value.decode() for name, value in known.items()}}


def _check_sound(file: Path) -> None:
    import pysqlite3

    with closing(pysqlite3.connect(str(file))) as connection:
        try:
            [found] = connection.execute("PRAGMA integrity_check(1)").fetchone()
        except pysqlite3.DatabaseError as error:
            found = error
    if found != "ok":
        raise BackupRefused(f"What the backup holds is no sound SQLite database ({found}).")


def _put_in_place(file: Path) -> None:
    """A sound SQLite file becomes the database, at once or not at all."""
    place = _file()
    if Path(f"{file}-wal").exists():
        raise RuntimeError("the restored database is still open: what stands beside the file would be lost")
    check_bare()  # a server may have been started meanwhile
    db.engine.dispose()
    for rest in ("-wal", "-shm"):
        Path(f"{place}{rest}").unlink(missing_ok=True)
    with file.open("rb") as whole:
        os.fsync(whole.fileno())
    os.replace(file, place)
    sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
