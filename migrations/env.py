"""Alembic's environment: the app's engine and metadata, one transaction a run."""

from __future__ import annotations

from collections.abc import Mapping

from alembic import context
from flask import current_app
from sqlalchemy import Connection, inspect, text

from core.db import Base, db
from core.errors import ConfigurationError

ONE_AT_A_TIME = 61_200  # of PostgreSQL's advisory locks: whoever holds it migrates


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


def refuse_during_a_sitting(connection: Connection) -> None:
    """Refuse to change tables while candidates sit: whoever saves then would wait, or meet tables of another version.

    A migration that harms nobody (a new table, say) declares ``safe_during_a_sitting = True``; ``-x during-a-sitting``
    is for whoever cannot wait. Looks at the tables as they are, which are older than the code.

    Raises:
        ConfigurationError: migrations are due, one of them is not declared safe, and a sitting is under way.
    """
    try:
        context.get_revision_argument()
    except KeyError:
        return  # a command that only looks
    if "during-a-sitting" in context.get_x_argument() or not inspect(connection).has_table("sitting"):
        return
    at = context.get_context().get_current_heads()
    due = list(context.script.iterate_revisions("heads", at))
    if all(getattr(one.module, "safe_during_a_sitting", False) for one in due):
        return
    sittings, attempts = (
        connection.execute(text(f"SELECT count(*) FROM {table} WHERE status IN {states}")).scalar_one()
        for table, states in (("sitting", "('opening', 'open')"), ("attempt", "('in_progress', 'paused')"))
    )
    if sittings or attempts:
        raise ConfigurationError(
            f"A sitting is under way (sittings open: {sittings}, attempts running: {attempts}): upgrade when it is "
            "closed. Nothing was changed; the version that served until now can go on."
        )


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
            if connection.dialect.name == "postgresql":  # machines that start at once: the second finds nothing to do
                connection.execute(text(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})"))
            refuse_during_a_sitting(connection)
            context.run_migrations()
        connection.commit()
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database: set DATABASE_URL.")
run()
