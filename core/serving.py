"""The server: granian, one process on the embedded database, several on PostgreSQL; and the sweeper beside it."""

from __future__ import annotations

import threading
from datetime import timedelta

from flask import Flask

from core.cli import sweep_once
from core.config import Settings
from core.errors import ConfigurationError

SWEEP_EVERY = timedelta(seconds=3)


def start_sweeper(app: Flask) -> threading.Thread:
    """Do the chores of every room every few seconds while the process lives; a failure is logged, not fatal."""

    def sweep() -> None:
        pause = threading.Event()
        while not pause.wait(SWEEP_EVERY.total_seconds()):
            with app.app_context():
                try:
                    sweep_once()
                except Exception:
                    app.logger.exception("sweep failed; it will be tried again")

    thread = threading.Thread(target=sweep, name="sweeper", daemon=True)
    thread.start()
    return thread


def serve(target: str, settings: Settings, *, host: str, workers: int) -> None:
    """Serve ``target`` (``module:factory``) until interrupted.

    Raises:
        ConfigurationError: several processes on the embedded database.
    """
    from granian import Granian
    from granian.constants import Interfaces

    if settings.embedded and workers > 1:
        raise ConfigurationError("The embedded database has one server process: set DATABASE_URL for more workers.")
    Granian(
        target, factory=True, interface=Interfaces.WSGI, address=host, port=settings.port, workers=workers,
        blocking_threads=2, log_access=False, respawn_failed_workers=True,
    ).serve()  # fmt: skip
