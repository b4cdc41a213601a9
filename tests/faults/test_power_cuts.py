"""The power is cut: of what the server wrote, the disk has what was synced, and of the rest whatever it pleased.

A killed process loses nothing that it wrote, so that no ``kill -9`` can find a missing sync. Here the writes of a
server under load are noted, and played again up to some moment, those that no sync has covered kept, dropped or torn.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event

from core.db import db
from tests.conftest import database_folder
from tests.faults.house import House
from tests.faults.power import Played, still

CUTS = int(os.environ.get("FAULTS_CUTS", "6"))
SAVES = 1000 if CUTS <= 50 else 6000  # acknowledged before the end: enough for the log to be begun anew


@contextmanager
def played(fault: str) -> Iterator[Played]:
    """Four people saved, one submitted, one came late, until the power went."""
    with database_folder("power") as folder:
        house = House(Path(folder), fault=fault)
        base = still(house)
        with house.open():
            first, *_others = house.at_work(4)
            for share in (1, 2):
                while len(house.log.acknowledged) < SAVES * share // 2:
                    Event().wait(0.02)
                if share == 1:
                    first.end()
                    first.submit()
                    house.at_work(1)
        yield Played(house, base)
        with house.app.app_context():
            db.engine.dispose()


def moments(found: Played, random: Random, count: int) -> Iterator[float]:
    """Just after somebody was told that an answer is saved, or any moment between two writes."""
    told = sorted(found.house.log.acknowledged.values())
    for number in range(count):
        yield random.choice(told) if number % 2 else random.choice(found.acts).moment


def test_nothing_that_was_acknowledged_is_lost_when_the_power_is_cut():
    random = Random(os.environ.get("FAULTS_SEED", "power"))
    with played("log") as found:
        assert any(act.kind == b"S" and act.file == 0 for act in found.acts)  # the log went into the database meanwhile
        for moment in moments(found, random, CUTS):
            keep = random.choice((0.0, 0.5, 0.9, 1.0))
            assert found.cut(moment, random, keep=keep) == [], (moment, keep)


def test_without_a_sync_for_each_commit_it_would_be_lost():
    """The test above can see: with ``synchronous=NORMAL`` it fails."""
    random = Random("control")
    with played("log,not_synced") as found:
        told = sorted(found.house.log.acknowledged.values())
        said = [found.cut(moment, random, keep=0.0) for moment in random.sample(told, 2)]
        assert any(sentence.startswith("lost:") for sentences in said for sentence in sentences)


def test_the_library_waits_for_the_disk():
    """Compiled so that a sync is a sync."""
    import pysqlite3

    options = [row[0] for row in pysqlite3.connect(":memory:").execute("PRAGMA compile_options")]
    assert options and not any("NO_SYNC" in option for option in options)
