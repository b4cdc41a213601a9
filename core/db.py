"""The database: base model, column types, and the one way to change anything: ``with transaction():``."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache, partial
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid4

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Connection, DateTime, Dialect, Engine, Enum, ExceptionContext, MetaData, Uuid, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, registry
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from core.errors import ConfigurationError
from core.writer import Writer

T = TypeVar("T")
BUSY_SECONDS = 5.0
SILENCE = 10  # seconds in which a host that is off, or behind a cut, is given up; without it: a quarter of an hour
SILENT = {
    "connect_timeout": SILENCE // 2,
    "tcp_user_timeout": SILENCE * 1000,  # where something was sent that the host's system has not confirmed
    "keepalives_idle": SILENCE // 2,  # where an answer is waited for
    "keepalives_interval": 1,
    "keepalives_count": SILENCE // 2,
}
RESTED_SECONDS = 1.0  # a database that ends and begins again needs longer
SAFE_SQLITE = (3, 51, 3)  # 3.7.0 … 3.51.2 can corrupt a database in WAL mode (sqlite.org/wal.html#walresetbug)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; a naive one is refused, because nobody could say which moment it is."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"naive datetime: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


remembered = lru_cache(maxsize=16384)(UUID)  # by its 32 digits: reading them costs more than all else in a row


class Identifier(Uuid[UUID]):
    """A UUID; where the database keeps digits, those that were read before are the same object, and compare at once."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """How a value that the driver gave becomes a UUID; ``None``: it is one already."""
        if dialect.supports_native_uuid:
            return None
        return lambda digits: None if digits is None else remembered(digits)


class Base(DeclarativeBase):
    """Declarative base with named constraints, aware moments and string enums stored by value."""

    metadata = MetaData(naming_convention=NAMING)
    registry = registry(
        metadata=metadata,
        type_annotation_map={
            datetime: UTCDateTime(),
            UUID: Identifier(),
            dict[str, Any]: JSON(),
            list[Any]: JSON(),
            enum.StrEnum: Enum(
                enum.StrEnum, native_enum=False, length=32, values_callable=lambda kind: [str(m) for m in kind],
                validate_strings=True,
            ),
        },
    )  # fmt: skip


db = SQLAlchemy(model_class=Base, session_options={"autoflush": False})

if TYPE_CHECKING:

    class Model(Base):
        """What mypy sees of ``db.Model``."""

        __abstract__ = True
        query: Any
else:
    Model = db.Model


class HasId:
    """A random identifier that tells nothing and cannot be guessed."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)


def durably(act: Callable[[Connection], T]) -> T:
    """What ``act`` returns, given a connection, once its changes are durable: the save path's :func:`transaction`.

    No session: statements over tables. What the session has read is forgotten, as there; a transaction of the session
    must not be under way around it. On SQLite acts of many threads share a commit, so that ``act`` may run in another
    thread than the one that asks: it takes what it needs with it.
    """
    if db.session.registry.has():
        _forget(db.session())
    writer: Writer | None = current_app.extensions["writer"]
    if writer is not None:
        return writer.write(db.engine, act)
    with db.engine.begin() as connection:
        return act(connection)


def keep(*rows: object) -> None:
    """Hold rows that were read together until the next act or the end of the request.

    The session itself lets go of what nobody holds: it would read each of them again where another row leads to it.
    """
    db.session().info.setdefault("kept", []).extend(rows)


def _forget(session: Session) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made outside a transaction")
    session.rollback()
    session.info.pop("kept", None)
    session.expire_all()  # a transaction that keeps what it read leaves nothing to roll back


@contextmanager
def transaction(*, keeps: bool = False, joins: bool = False) -> Iterator[None]:
    """One act, whole or not at all: commits at the end, rolls back on any exception.

    What was read before is forgotten first, so that the act decides on what is true under its own lock (SQLite: the
    write lock, taken at once; PostgreSQL: the rows that the services lock). Unsaved changes made outside are an error
    of the programmer and raise ``RuntimeError``. With ``keeps`` the page that follows shows what the act has read and
    written without reading it again, until the next act; lists that the act has added to may be as they were before.
    With ``joins`` it is part of the act that is under way, if one is; else an act within an act is such an error too.
    """
    session = db.session()
    if session.info.get("acts"):
        if not joins:
            raise RuntimeError("an act within an act")
        yield
        return
    _forget(session)
    with _turn():
        session.info["acts"] = True
        session.connection(execution_options={"begin_mode": "IMMEDIATE"})
        try:
            yield
            session.expire_on_commit = not keeps
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.expire_on_commit = True
            session.info["acts"] = False


def _turn() -> AbstractContextManager[None]:
    """Wait for this thread's turn to write, as long as SQLite itself would; then the system says that it is busy."""
    writer: Writer | None = current_app.extensions["writer"]
    return nullcontext() if writer is None else writer.turn()


def refresh_statistics() -> None:
    """Let SQLite count anew what it plans its searches by, in all tables that have changed much.

    PostgreSQL does it by itself; SQLite only where it is asked, and without it chooses an index by guessing
    (sqlite.org/lang_analyze.html#recommended_usage_pattern).
    """
    if db.engine.dialect.name == "sqlite":
        durably(lambda connection: connection.exec_driver_sql("PRAGMA optimize=0x10002").all())


def engine_options(url: str) -> dict[str, Any]:
    """Options for ``create_engine``: SQLite comes with its own library, newer than Debian's.

    A PostgreSQL that falls silent is given up after ``SILENCE`` seconds; what the URL itself says of that holds
    (postgresql.org/docs/current/libpq-connect.html, ``tcp_user_timeout`` and its neighbours).
    """
    pool = {"pool_size": 16, "max_overflow": 16}  # one for each thread that serves, and some for those that need two
    if not url.startswith("sqlite"):
        said = make_url(url).query
        return {"connect_args": {name: value for name, value in SILENT.items() if name not in said}} | pool
    import pysqlite3

    return {"module": pysqlite3.dbapi2, "connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}} | pool


def init_app(app: Flask, url: str) -> None:
    """Attach the database to the app and guard every new connection."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    # SQLite lets one writer in and has the others poll with growing pauses, up to a tenth of a second; the threads of
    # the one process that serves it queue here instead and are woken at once. Other processes still wait in SQLite.
    app.extensions["writer"] = Writer(patience=BUSY_SECONDS) if url.startswith("sqlite") else None
    db.init_app(app)
    with app.app_context():
        guard(db.engine)
        event.listen(db.engine, "handle_error", partial(_notice_disk, app.extensions))


def _notice_disk(extensions: Mapping[str, Any], context: ExceptionContext) -> None:
    writer: Writer | None = extensions["writer"]
    if writer is not None and "disk I/O error" in str(context.original_exception):  # SQLITE_IOERR, whatever went wrong
        writer.fail()


def disk_is_sound() -> str | None:
    """Readiness: the disk has not failed under this process (PostgreSQL ends by itself where its own disk fails)."""
    writer: Writer | None = current_app.extensions["writer"]
    if writer is not None and writer.has_failed:
        return "disk: it failed, and nothing is written any more: look at the disk, then start the system anew"
    return None


def guard(engine: Engine) -> None:
    """Durability on every connection: what the database says it does is read back, not believed.

    Raises (on connecting):
        ConfigurationError: SQLite older than 3.51.3, or WAL / FULL / foreign keys not in force; PostgreSQL with
        ``fsync``, ``synchronous_commit`` or ``full_page_writes`` off or ``data_sync_retry`` on.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _check_postgresql)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", partial(_ask_after_rest, engine.dialect))


def _note_rest(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["resting_since"] = monotonic()


def _ask_after_rest(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask whether a connection still lives that nobody has used for a while; one just used is taken as it is.

    Where the database went away meanwhile the first act finds out, is refused as by one that is busy, and all
    connections of the process are made anew.
    """
    if monotonic() - record.info.get("resting_since", 0.0) < RESTED_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise DisconnectionError from error  # the pool makes a new one


def settings_in_force() -> str:
    """The database's version and the settings that durability hangs on, read back now on one connection.

    Raises:
        ConfigurationError: as :func:`guard`.
    """
    is_sqlite = db.engine.dialect.name == "sqlite"
    connection = db.engine.raw_connection()
    try:
        (_prepare_sqlite if is_sqlite else _check_postgresql)(connection.dbapi_connection, None)
        cursor: Any = connection.cursor()
        cursor.execute("SELECT sqlite_version()" if is_sqlite else "SHOW server_version")
        version = cursor.fetchone()[0]
        if is_sqlite:
            return f"SQLite {version}, WAL, synchronous FULL"
        cursor.execute("SHOW synchronous_commit")
        waits = cursor.fetchone()[0]
        return f"PostgreSQL {version}, fsync, full_page_writes, no data_sync_retry, synchronous_commit {waits}"
    finally:
        connection.close()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
    cursor = connection.cursor()
    version = tuple(int(part) for part in cursor.execute("SELECT sqlite_version()").fetchone()[0].split("."))
    if version < SAFE_SQLITE:
        raise ConfigurationError(f"SQLite {version} can corrupt a WAL database: 3.51.3 or newer is needed (pysqlite3)")
    for pragma, wanted in (("journal_mode=WAL", "wal"), ("synchronous=FULL", 2), ("foreign_keys=ON", 1)):
        cursor.execute(f"PRAGMA {pragma}")
        found = cursor.execute(f"PRAGMA {pragma.split('=')[0]}").fetchone()[0]
        if found != wanted and not (found == "memory" and wanted == "wal"):
            raise ConfigurationError(f"SQLite did not accept PRAGMA {pragma}: it says {found!r}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    mode = connection.get_execution_options().get("begin_mode", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _check_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        for name, wanted in (("fsync", "on"), ("full_page_writes", "on"), ("data_sync_retry", "off")):
            found = cursor.execute(f"SHOW {name}").fetchone()[0]
            if found != wanted:
                raise ConfigurationError(f"PostgreSQL has {name} = {found}: an acknowledged answer could be lost")
        if cursor.execute("SHOW synchronous_commit").fetchone()[0] not in {"on", "remote_apply", "remote_write"}:
            raise ConfigurationError("PostgreSQL has synchronous_commit off: an acknowledged answer could be lost")
    connection.commit()
