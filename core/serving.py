"""The server: granian, one process on the embedded database, several on PostgreSQL; and the sweeper beside it."""

from __future__ import annotations

import os
import socket
import sys
import threading
from datetime import datetime, timedelta
from typing import NoReturn

from flask import Flask, current_app
from sqlalchemy import select

from core import audit, metrics
from core.cli import sweep_once
from core.clock import BEGAN, SteadyClock
from core.config import Settings
from core.db import db
from core.errors import ConfigurationError

SWEEP_EVERY = timedelta(seconds=3)
BEHIND_MOST = timedelta(seconds=5)  # clocks of machines that share a database agree better than that


def start_sweeper(app: Flask) -> threading.Thread:
    """Do the chores of every room every few seconds while the process lives; a failure is logged, not fatal."""

    def sweep() -> None:
        pause = threading.Event()
        while not pause.wait(SWEEP_EVERY.total_seconds()):
            with app.app_context():
                try:
                    sweep_once()
                    if (figures := metrics.meter()) is not None:
                        figures.set("app_sweeper_last_run_timestamp_seconds", app.extensions["clock"]().timestamp())
                except Exception:
                    app.logger.exception("sweep failed; it will be tried again")

    thread = threading.Thread(target=sweep, name="sweeper", daemon=True)
    thread.start()
    return thread


def check_alone(settings: Settings, host: str, workers: int) -> None:
    """Refuse a second server where there may be one; the lock on the embedded database lasts as long as the server.

    Raises:
        ConfigurationError: several processes on the embedded database, another server on it, or the port is taken.
    """
    if settings.embedded and workers > 1:
        raise ConfigurationError("The embedded database has one server process: set DATABASE_URL for more workers.")
    with (
        socket.socket() as probe
    ):  # granian shares a port silently, and the requests would be split between two servers
        # Connections of a server that died linger for a minute; only one that lives keeps the port from us.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, settings.port))
        except OSError as error:
            raise ConfigurationError(f"Port {settings.port} is taken: end the other program or set PORT.") from error
    if settings.embedded and os.name == "posix":
        import fcntl

        lock = os.open(settings.instance_path / "server.lock", os.O_CREAT | os.O_RDWR, 0o600)
        os.set_inheritable(lock, True)  # the supervisor comes in place of this program, and keeps it
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigurationError(
                f"Another server already serves {settings.instance_path}: end it first."
            ) from error


def last_recorded() -> datetime | None:
    """The latest moment on record: of the end of the journal, and of whatever the rooms add to ``recorded``."""
    end = select(audit.AuditEntry.at).order_by(audit.AuditEntry.number.desc()).limit(1)
    known = [db.session.scalar(end), *(ask() for ask in current_app.extensions.get("recorded", ()))]
    return max((moment for moment in known if moment), default=None)


def check_clock(*, now: datetime) -> None:
    """Refuse to serve by a clock that was set back while nobody served: every test under way would get that time.

    Raises:
        ConfigurationError: the record knows moments that are still to come.
    """
    last = last_recorded()
    if last is not None and now < last - BEHIND_MOST:
        raise ConfigurationError(
            f"It is {now:%Y-%m-%d %H:%M:%S} UTC here, and the record goes to {last:%Y-%m-%d %H:%M:%S}: set the clock, "
            f"or tests under way get {str(last - now).partition('.')[0]} more. If it is right, and was wrong before: "
            "--clock-is-right."
        )


def serve(target: str, settings: Settings, *, host: str, workers: int) -> NoReturn:
    """Serve ``target`` (``module:factory``) in place of this program; :func:`check_alone` comes before.

    All processes of the server, those that are begun anew too, go by the clock of this moment.
    """
    os.environ[BEGAN] = SteadyClock().began
    command = [sys.executable, "-m", "core.supervisor", target, host, str(settings.port), str(workers)]
    os.execv(sys.executable, command)  # nosec B606  # our own interpreter
