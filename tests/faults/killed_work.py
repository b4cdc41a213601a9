"""``python -m tests.faults.killed_work WORK PLACE JSON``: do the work, and die by SIGKILL at the named place."""

from __future__ import annotations

import importlib
import json
import os
import sys
from datetime import datetime
from signal import SIGKILL
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import event

from accounts.models import User
from archive import queries as archive_queries
from archive.services import acts
from core.clock import ManualClock
from core.config import from_environ
from core.db import db, transaction
from testing_center import queries
from testing_center.services import results
from wsgi import create_app


def die(*_args: object, **_given: object) -> NoReturn:
    """As if somebody pulled the plug."""
    os.kill(os.getpid(), SIGKILL)
    raise SystemExit


def protocol(attempt: str, now: str) -> None:
    """Draw the protocol of an attempt."""
    found = queries.latest_protocol(UUID(attempt))
    assert found is not None
    results.protocol_pdf(found, now=datetime.fromisoformat(now))


def destruction(act: str, by: str, now: str) -> None:
    """Carry out an act of destruction."""
    officer = db.session.get_one(User, UUID(by))
    acts.carry_out(archive_queries.get_act(UUID(act), lock=True), by=officer, now=datetime.fromisoformat(now))


WORK = {"protocol": protocol, "destruction": destruction}


def main(work: str, place: str, given: dict[str, Any]) -> None:
    """Do it, and die."""
    app = create_app(from_environ(), clock=ManualClock(datetime.fromisoformat(given["now"])))
    with app.app_context():
        if place == "commit":
            event.listen(db.engine, "commit", die)
        else:
            module, _, name = place.rpartition(".")
            setattr(importlib.import_module(module), name, die)
        with transaction():
            WORK[work](**given)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
