"""Work that outlives the request that began it: a thread in the application, which owns its transactions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import cast

from flask import Flask, current_app

from core.db import db


def start(work: Callable[[], None], *, name: str) -> threading.Thread:
    """Do ``work`` in a thread of its own; a bug is logged. What it leaves half done is for the database to tell."""
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]

    def run() -> None:
        with app.app_context():
            try:
                work()
            except Exception:
                app.logger.exception("%s failed", name)
            finally:
                db.session.remove()

    thread = threading.Thread(target=run, name=name, daemon=True)
    under_way = app.extensions.setdefault("background", set())
    under_way.difference_update({old for old in under_way if not old.is_alive()})
    thread.start()
    under_way.add(thread)
    return thread


def finish(app: Flask, *, seconds: float = 60.0) -> None:
    """Wait until everything that was started is over."""
    for thread in list(app.extensions.get("background", ())):
        thread.join(seconds)
