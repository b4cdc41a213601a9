"""The server as the faults need it: the product's own, with a fault in it that waits for its moment.

``python -m tests.faults.served`` reads everything there is to import, once, and then begins a server for each line that
it is given (:func:`main`): a server that dies a thousand times need not read the same modules a thousand times. It
serves as ``serve`` does, without looking for migrations first. ``FAULT`` in its environment names some of
:data:`FAULTS` or of :mod:`tests.faults.disk_below`; they come when the file ``fault`` says so (:class:`Moment`).
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from signal import SIG_DFL, SIG_IGN, SIGCHLD, SIGKILL, signal
from typing import NoReturn

from flask import Flask, Response, has_request_context, request
from sqlalchemy import event

from core import config, serving, supervisor
from core.db import db
from core.serving import start_sweeper
from tests.faults import disk_below
from wsgi import create_app

PR_SET_PDEATHSIG = 1  # prctl(2)


class Moment:
    """Whether the fault is due: the test writes the end of a path of the API into a file, or nothing for any."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "fault"

    def __bool__(self) -> bool:
        try:
            wanted = self.file.read_text()
        except FileNotFoundError:
            return False
        return not wanted or (has_request_context() and wanted in request.path)


def _die() -> None:
    os.killpg(0, SIGKILL)


def before_commit(app: Flask, moment: Moment) -> None:
    """Die with everything of an act written and nothing of it committed."""

    def dies(_connection: object) -> None:
        if moment:
            _die()

    with app.app_context():
        event.listen(db.engine, "commit", dies)


def after_commit(app: Flask, moment: Moment) -> None:
    """Die when an act is durable and nobody was told."""

    def dies(response: Response) -> Response:
        if moment:
            _die()
        return response

    app.after_request(dies)


def not_synced(app: Flask, _moment: Moment) -> None:
    """SQLite as it is often set up: a commit does not wait for the disk."""

    def relax(connection: object, _record: object, _proxy: object) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")  # type: ignore[attr-defined]

    with app.app_context():
        event.listen(db.engine, "checkout", relax)


FAULTS: dict[str, Callable[[Flask, Moment], None]] = {
    "before_commit": before_commit, "after_commit": after_commit, "not_synced": not_synced,
}  # fmt: skip


def _end_with_parent() -> None:
    """No process of a server outlives the one that it was born from, whatever ends the tests."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)


def create_serving_app() -> Flask:
    """The application with its sweeper, and with the faults of this run."""
    _end_with_parent()
    settings = config.from_environ()
    wanted = [name for name in os.environ.get("FAULT", "").split(",") if name]
    if disk := [name for name in wanted if name not in FAULTS]:
        disk_below.install(disk, settings.instance_path)
    app = create_app(settings)
    for name in wanted:
        if name in FAULTS:
            FAULTS[name](app, Moment(settings.instance_path))
    start_sweeper(app)
    return app


def _serve(environment: dict[str, str], log: str) -> NoReturn:
    """Become a server, in a group of processes of its own."""
    signal(SIGCHLD, SIG_DFL)
    os.setsid()
    _end_with_parent()
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(written, stream)
    os.environ.update(environment)
    try:
        settings = config.from_environ()
        serving.check_alone(settings, "127.0.0.1", 1)
        supervisor.watch("tests.faults.served:create_serving_app", "127.0.0.1", settings.port, 1)
    finally:
        os._exit(1)


def main() -> None:
    """For each line, JSON ``[environment, file for the log]``, a server; says its process id."""
    signal(SIGCHLD, SIG_IGN)  # whoever dies is gone
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _serve(*json.loads(line))
        print(pid, flush=True)


if __name__ == "__main__":
    main()
