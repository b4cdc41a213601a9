"""Whether the database itself is sound: pages, indexes and references."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from pysqlite3 import dbapi2
from sqlalchemy import inspect, text

from core.db import db


def unsound() -> Iterator[str]:
    """Pages, indexes and references: by SQLite's own checks; on PostgreSQL every row is read, heap against index."""
    if db.engine.dialect.name == "sqlite":
        # On a connection of its own: one that others have written beside keeps what it knew of the index of words, and
        # the check, which does not look whether that is old, then speaks of corruption that is none.
        with closing(dbapi2.connect(str(db.engine.url.database))) as own:
            [(said, *_more), *_others] = own.execute("PRAGMA integrity_check")
        if said != "ok":
            yield f"the integrity check says {said}"
        if dangling := db.session.execute(text("PRAGMA foreign_key_check")).all():
            yield f"{len(dangling)} references lead nowhere, the first in {dangling[0][0]}"
        return
    db.session.rollback()
    db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))  # people may go on saving meanwhile
    yield from _postgresql()
    db.session.rollback()


def _postgresql() -> Iterator[str]:
    found = inspect(db.engine)
    for table in found.get_table_names():
        key = ", ".join(f'"{name}"' for name in found.get_pk_constraint(table)["constrained_columns"])
        counts = []
        for way in ("seqscan", "indexscan"):
            db.session.execute(text(f"SET LOCAL enable_{way} = off"))
            rows = f'SELECT t::text AS said FROM "{table}" t ORDER BY {key or 1}'
            counts.append(db.session.execute(text(f"SELECT count(*), md5(string_agg(said, '')) FROM ({rows}) r")).one())
            db.session.execute(text(f"SET LOCAL enable_{way} = on"))
        if counts[0] != counts[1]:
            yield f"the rows of {table} are not those of its index"
        for reference in found.get_foreign_keys(table):
            pairs = zip(reference["constrained_columns"], reference["referred_columns"], strict=True)
            same = " AND ".join(f'a."{own}" = b."{other}"' for own, other in pairs)
            given = " AND ".join(f'a."{own}" IS NOT NULL' for own in reference["constrained_columns"])
            other = f'SELECT 1 FROM "{reference["referred_table"]}" b WHERE {same}'
            lost = db.session.scalar(text(f'SELECT count(*) FROM "{table}" a WHERE {given} AND NOT EXISTS ({other})'))
            if lost:
                yield f"{lost} references lead nowhere, the first in {table}"
