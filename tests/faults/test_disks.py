"""A disk that is full, one that fails once, a database that somebody else holds: nothing is lost, nobody misled."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event

import pysqlite3
import pytest

from tests.faults.clients import Page
from tests.faults.house import House
from tests.faults.invariants import Save
from tests.faults.power import Played, database, still

LOCKED = [int(seconds) for seconds in os.environ.get("FAULTS_LOCKED", "1").split(",")]
FULL = ["told", "mounted"] if os.environ.get("FAULTS_MOUNT") else ["told"]
ROOM = 48 << 20  # of a small disk


def refused(house: House, code: str, pages: Sequence[Page], times: int = 1) -> None:
    """Wait until everybody of ``pages`` was refused so often."""
    wanted = [(page, page.told[code] + times) for page in pages]
    house.until(lambda: all(page.told[code] >= count for page, count in wanted))


def test_after_an_fsync_that_failed_nothing_is_acknowledged(tmp_path):
    """The one that asked is not told that it is saved, nor anybody after it, though the disk says yes again at once."""
    served = House(tmp_path, fault="fsync_fails,log")
    base = still(served)
    with served.open():
        served.at_work(3)
        served.met(20)
        served.arm()
        refused(served, "disk_failed", served.pages)
        before = len(served.log.acknowledged)
        refused(served, "disk_failed", served.pages, times=5)
        assert len(served.log.acknowledged) == before
        assert served.pages[0].call("POST", "/attempt/submit")[0] == 503
        assert served.ready() == 503
        served.kill()
        assert Played(served, base).cut(time.monotonic(), Random(1), keep=0.0) == []  # nor is it needed that it lied
        served.disarm()
        served.begin()
        served.met(20)
        assert served.broken() == []


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[], None]]:
    """A file system in memory under ``folder``, and how it is filled to the last byte."""
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]).returncode:
        (pytest.fail if "CI" in os.environ else pytest.skip)("only root may mount a small disk")

    def fill() -> None:
        with (folder / "ballast").open("wb", buffering=0) as ballast, pytest.raises(OSError, match="No space"):
            while True:
                ballast.write(bytes(4096))

    try:
        yield fill
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("way", FULL)
def test_a_full_disk_is_said_and_when_there_is_room_again_people_go_on(tmp_path, way):
    """Without the server being begun anew, unless it took what it met for a failure of the disk."""
    if way == "told":
        served = House(tmp_path, fault="disk_full")
        _full(served, served.arm, served.disarm)
    else:
        with small_disk(tmp_path) as fill:
            _full(House(tmp_path), fill, (tmp_path / "ballast").unlink)


def _full(served: House, fill: Callable[[], None], empty: Callable[[], None]) -> None:
    with served.open():
        served.at_work(3)
        served.met(20)
        fill()
        served.until(lambda: all(page.told["busy"] + page.told["disk_failed"] >= 3 for page in served.pages))
        empty()
        if served.ready() == 503:
            served.kill()
            served.begin()
        served.met(20)
        assert served.broken() == []


@pytest.mark.parametrize("seconds", LOCKED)
def test_while_another_program_holds_the_database_answers_wait_or_are_refused(house, seconds):
    served = house()
    *_others, reader = served.at_work(4)
    served.met(20)
    reader.end()  # has no script: its browser sends forms
    option = reader.items[0]["options"][0]["option"]
    form = {"response": option, "revision": "1000", "csrf_token": reader.token}
    other = pysqlite3.connect(str(database(served)), isolation_level=None, timeout=60)
    other.execute("BEGIN IMMEDIATE")
    held = time.monotonic()
    if seconds > 10:  # longer than anybody waits for a turn
        status, page = reader.post("/exam/questions/1", form)
        assert status == 503 and ("кайра аракет" in page or "повторите попытку" in page), page
        refused(served, "busy", served.pages[:-1])
    Event().wait(max(0.0, held + seconds - time.monotonic()))
    between = [when for when in served.log.acknowledged.values() if when > held + seconds / 2]
    other.execute("ROLLBACK")
    other.close()
    assert not between  # nobody was told that an answer is saved that could not be
    served.met(20)
    said = Save(reader.code, 1, (option,), 1000)
    served.log.sends(said)
    assert reader.post("/exam/questions/1", form)[0] == 303
    served.log.told(said)
    assert served.broken() == []
