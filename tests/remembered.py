"""Scenes that are built once in a test process, and put back row by row where another test begins in the same way.

Building goes through the services, in the first test of each process that asks for the scene. What is put back is the
whole database that the building left, and only where it would begin from the very same rows: a scene that differs in
anything is built anew. Identifiers, codes and orders are drawn anew in each process.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection

from core.audit import GENESIS, AuditHead
from core.db import Base, db

Rows = dict[str, tuple[Any, ...]]  # of each table that has any, as the driver gives them; PostgreSQL's in its own text
Found = TypeVar("Found")
KEPT = 200  # scenes; each takes some hundred rows
FEW = 60  # rows; what begins with more is hardly ever begun with again, unless whoever asks knows better
ROOMS = (
    "question_bank.", "competitions.", "testing_center.", "appeals.", "ranking.", "archive.", "tests.candidates",
    "tests.crowd",
)  # fmt: skip


class Memory:
    """What an installation held after each scene that was built in it."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[Rows, Any]] = OrderedDict()

    def forget(self) -> None:
        """The tables were made anew: rows are numbered from one again, and old numbers would come twice."""
        self._known.clear()

    def recall(self, key: Hashable, build: Callable[[], Found], *, rows: int = FEW) -> Found:
        """What ``build`` returns (plain values, no rows) and the rows it leaves: built, or put back.

        ``key`` is all that the building depends on besides the rows that are there, of which there may be ``rows``.
        """
        db.session.rollback()
        with db.engine.connect() as connection:
            before = _rows(connection)
        if sum(map(len, before.values())) > rows:
            return build()
        whole = key, frozenset((name, frozenset(rows)) for name, rows in before.items())
        if whole in self._known:
            self._known.move_to_end(whole)
            after, found = self._known[whole]
            with db.engine.begin() as connection:
                _put_back(connection, before, after)
            db.session.expire_all()
            return found  # type: ignore[no-any-return]
        found = build()
        db.session.rollback()
        with db.engine.connect() as connection:
            self._known[whole] = _rows(connection), found
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found


def empty() -> None:
    """Leave what a migration leaves: no row but the beginning of the chain; nothing is remembered of what was."""
    for known in _caches():
        known.cache_clear()
    with db.engine.begin() as connection:
        _unguarded(connection)
        if connection.dialect.name == "sqlite":
            filled: Iterator[str] = iter(_names())  # to delete nothing costs less than to look
        else:
            each = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM {quoted})" for name, quoted in _names().items())
            filled = iter(connection.exec_driver_sql(" UNION ALL ".join(each)).scalars().all())
        cursor = _cursor(connection)
        for name in filled:
            cursor.execute(f"DELETE FROM {_names()[name]}")
        connection.execute(AuditHead.__table__.insert().values(id=1, number=0, hash=GENESIS))


@cache
def _caches() -> list[Any]:
    """What the application and the tests keep in memory about rows: a form that is put back has the same id."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith(ROOMS)]
    return [thing for module in modules for thing in vars(module).values() if type(thing) is type(_names)]


@cache
def _names() -> dict[str, str]:
    """Every table, and how it stands in a statement."""
    return {table.name: f'"{table.name}"' for table in reversed(Base.metadata.sorted_tables)}


def _cursor(connection: Connection) -> Any:
    """The driver's own: its rows as they are, without the work of the ORM."""
    return connection.connection.cursor()


def _unguarded(connection: Connection) -> None:
    """No row is looked at for the rows that it points to, until all are there."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    else:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def _rows(connection: Connection) -> Rows:
    cursor = _cursor(connection)
    if connection.dialect.name == "sqlite":
        every = ((name, tuple(cursor.execute(f"SELECT * FROM {quoted}"))) for name, quoted in _names().items())
        return {name: rows for name, rows in every if rows}
    each = (f"SELECT '{name}', row::text FROM {quoted} AS row" for name, quoted in _names().items())
    found: dict[str, list[str]] = {}
    for name, row in cursor.execute(" UNION ALL ".join(each)):
        found.setdefault(name, []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}


def _put_back(connection: Connection, before: Rows, after: Rows) -> None:
    """The database held ``before``, and holds ``after`` from now on."""
    _unguarded(connection)
    cursor = _cursor(connection)
    for name, quoted in _names().items():
        if before.get(name) == (rows := after.get(name)):
            continue
        if name in before:
            cursor.execute(f"DELETE FROM {quoted}")
        if not rows:
            continue
        if connection.dialect.name == "sqlite":
            cursor.executemany(f"INSERT INTO {quoted} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        else:
            each = f"SELECT row::{quoted} AS row FROM unnest(%s::text[]) AS row OFFSET 0"
            cursor.execute(f"INSERT INTO {quoted} SELECT (given.row).* FROM ({each}) AS given", [list(rows)])
