"""Plays a test day that was yesterday into the instance of the environment, up to the last appeal but one.

    INSTANCE_PATH=somewhere python tools/yesterday.py

For ``tools/pictures.py``: what comes after is done in a browser, and photographed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from flask_migrate import upgrade

from appeals import queries
from core import key_checks
from core.clock import ManualClock
from core.crypto import keyring
from core.db import transaction
from demo import appeals
from demo.playing import test_day
from wsgi import create_app

CANDIDATES, ITEMS = 36, 60
UNHEARD = 7  # the seat whose appeal is left for the browser


def main() -> None:
    """Play it."""
    clock = ManualClock((datetime.now(UTC) - timedelta(days=2)).replace(hour=4, minute=0, second=0, microsecond=0))
    with create_app(clock=clock).app_context():
        upgrade()
        with transaction():
            key_checks.check_database(keyring(), now=clock())
        sitting, _room, people, _story, _random = test_day(CANDIDATES, 1, ITEMS, clock)
        attempts = {who.seat: who.attempt_id for who in people if who.attempt_id}
        appeals.file_all(sitting, people, clock)
        clock.advance(timedelta(minutes=30))
        for case in appeals.CASES:
            appeal = queries.appeal_of_attempt(attempts[case.seat])
            if appeal is not None and case.outcome is not None and case.seat != UNHEARD:
                appeals.hear(appeal, case, clock)
        waiting = queries.appeal_of_attempt(attempts[UNHEARD])
        print(json.dumps({"sitting": str(sitting.id), "appeal": str(waiting.id) if waiting else None}))


if __name__ == "__main__":
    main()
