"""``python -m tests.services.host``: one machine of several on one database; does what it is told, line by line."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_migrate import upgrade

from core import config, outbox, throttle
from core.cli import sweep_once
from wsgi import create_app

NOW = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)  # MORNING of the tests


def say(what: Any) -> None:
    """Tell the test."""
    print(json.dumps(what), flush=True)


def sweep() -> list[str]:
    """A sweep whose only chore lasts until the test has said something."""

    def chore() -> str:
        say("at it")
        sys.stdin.readline()
        return "done"

    app.extensions["chores"] = [chore]
    return sweep_once()


def letters() -> list[str]:
    """Send what is due; to whom something went."""
    went: list[str] = []
    while sum(outbox.send_due(now=NOW, send=lambda to, _message: went.append(to), sender="a@example.kg")):
        pass
    return went


def failures() -> list[int]:
    """Count a hundred failures; what the counter said each time."""
    return [throttle.count_failure("somebody", window=timedelta(hours=1), now=NOW) for _ in range(100)]


def migrate() -> list[str]:
    """Migrate to the version whose migrations the test names."""
    upgrade(directory=sys.stdin.readline().strip())
    return ["migrated"]


app = create_app(config.from_environ())
with app.app_context():
    say("ready")
    while told := sys.stdin.readline().strip():
        say({"sweep": sweep, "letters": letters, "failures": failures, "migrate": migrate}[told]())
