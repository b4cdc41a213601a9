"""The floor: the least that Flask and SQLAlchemy do to save one answer durably. No session, no rules, no refusals."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, MetaData, String, Table, create_engine, insert

from core.db import engine_options, guard

event = Table(
    "response_event", MetaData(),
    Column("id", Integer, primary_key=True), Column("attempt", String(36), nullable=False),
    Column("position", Integer, nullable=False), Column("revision", Integer, nullable=False),
    Column("response", JSON, nullable=False), Column("flagged", Boolean, nullable=False),
    Column("saved_at", DateTime, nullable=False),
)  # fmt: skip


def create_app() -> Flask:
    """One endpoint over one table, on the product's own engine options: WAL and FULL, read back."""
    app, url = Flask("floor"), os.environ["DATABASE_URL"]
    engine = create_engine(url, **engine_options(url))
    guard(engine)
    event.metadata.create_all(engine)

    @app.put("/responses/<int:position>")
    def save(position: int) -> ResponseReturnValue:
        data, now = request.get_json(), datetime.now(UTC)
        with engine.begin() as connection:
            connection.execute(
                insert(event).values(
                    attempt=request.headers["X-Attempt"], position=position, revision=data["revision"],
                    response=data["response"], flagged=data["flagged"], saved_at=now.replace(tzinfo=None),
                )
            )  # fmt: skip
        return jsonify(position=position, revision=data["revision"], saved_at=now.isoformat())

    return app
