"""Alembic's environment: the app's engine and metadata, one transaction a run."""

from __future__ import annotations

from collections.abc import Mapping

from alembic import context
from flask import current_app

from core.db import Base, db


def render_item(kind: str, item: object, autogen_context: object) -> str | bool:
    """Write our own column types as what they are in the database, so that a migration stands without the code."""
    if kind == "type" and type(item).__name__ == "UTCDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def include_name(name: str | None, kind: str, parents: Mapping[str, str | None]) -> bool:
    """Leave out what no model can say: the databases' own indexes of words (migration 0016)."""
    if kind == "column":
        return (parents.get("table_name"), name) != ("bank_text", "vector")
    return not (kind in {"table", "index"} and (name or "").startswith("bank_text_index"))


def run() -> None:
    """Run the migrations that are asked for on the app's database."""
    with db.engine.connect() as connection:
        if (
            connection.dialect.name == "sqlite"
        ):  # a table is changed by making it anew: its rows are referred to meanwhile
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render_item,
            include_name=include_name,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database: set DATABASE_URL.")
run()
