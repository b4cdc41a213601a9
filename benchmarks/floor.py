"""The floor: a minimal honest save in Flask and SQLAlchemy, with nothing of the product's.

From the token to the attempt's row, its state and deadline are looked at, one upsert of Core, a durable commit. No
session, no rules of a question, no history, no refusals in words, no queue of writers.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from flask import Flask, abort, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    create_engine,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from core.db import engine_options, guard

PEOPLE = 1_000
METADATA = MetaData()
ATTEMPT = Table(
    "attempt", METADATA,
    Column("id", Integer, primary_key=True), Column("token", String(36), nullable=False, unique=True),
    Column("status", String(16), nullable=False), Column("deadline_at", DateTime, nullable=False),
)  # fmt: skip
ANSWER = Table(
    "answer", METADATA,
    Column("attempt_id", Integer, primary_key=True), Column("position", Integer, primary_key=True),
    Column("revision", Integer, nullable=False), Column("response", JSON, nullable=False),
    Column("flagged", Boolean, nullable=False), Column("saved_at", DateTime, nullable=False),
)  # fmt: skip
KEY = ("attempt_id", "position")
# Written once, as the product's own are: see docs/adr/0008-save-path.md.
READ = select(ATTEMPT.c.id, ATTEMPT.c.status, ATTEMPT.c.deadline_at).where(ATTEMPT.c.token == bindparam("token"))


def create_app() -> Flask:
    """One endpoint over two tables, on the product's own engine options: WAL and FULL, read back."""
    app, url = Flask("floor"), os.environ["DATABASE_URL"]
    engine = create_engine(url, **engine_options(url))
    guard(engine)
    METADATA.create_all(engine)
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    with engine.begin() as connection:
        people = [{"token": f"{n:036}", "status": "in_progress", "deadline_at": later} for n in range(PEOPLE)]
        connection.execute(insert(ATTEMPT), people)
    kept = (postgresql if engine.dialect.name == "postgresql" else sqlite).insert(ANSWER)
    upsert = kept.on_conflict_do_update(
        index_elements=KEY, set_={column.name: column for column in kept.excluded if column.name not in KEY}
    )
    # SQLite locks at once: a transaction that has read cannot write after another has committed.
    writing = engine.execution_options(begin_mode="IMMEDIATE")

    @app.put("/responses/<int:position>")
    def save(position: int) -> ResponseReturnValue:
        data, now = request.get_json(), datetime.now(UTC).replace(tzinfo=None)
        with writing.begin() as connection:
            attempt = connection.execute(READ, {"token": request.headers["X-Attempt"]}).one()
            if attempt.status != "in_progress" or now > attempt.deadline_at:
                abort(409)
            answer = {"revision": data["revision"], "response": data["response"], "flagged": data["flagged"]}
            connection.execute(upsert, {"attempt_id": attempt.id, "position": position, "saved_at": now} | answer)
        return jsonify(position=position, revision=data["revision"], saved_at=now.isoformat())

    return app
