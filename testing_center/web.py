"""Registers the pages of the test day and the delivery API."""

from __future__ import annotations

from flask import Flask, current_app

from testing_center.services import delivery
from testing_center.views import api, exam


def close_overdue() -> str | None:
    """Chore: close attempts whose time has run out."""
    closed = delivery.close_overdue(now=current_app.extensions["clock"]())
    return f"Attempts closed at their deadline: {closed}." if closed else None


def init_app(app: Flask) -> None:
    """Register blueprints and chores."""
    for blueprint in (api.blueprint, exam.blueprint):
        app.register_blueprint(blueprint)
    app.extensions.setdefault("chores", []).append(close_overdue)
