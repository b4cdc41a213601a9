"""What a power cut would have left of an installation: its server's own writes played again up to some moment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from core.db import db
from tests.faults.disk_below import SUFFIXES, Act, acts
from tests.faults.house import House
from tests.faults.invariants import broken

SECTOR = 512


def database(house: House) -> Path:
    """The file that everything is in."""
    return Path(house.environment["INSTANCE_PATH"]) / "testing-center.sqlite3"


def still(house: House) -> bytes:
    """The database before the server begins."""
    with house.app.app_context():
        db.engine.dispose()
    return database(house).read_bytes()


class Played:
    """An installation whose server has worked and is gone, and which can be put into what a cut would have left."""

    def __init__(self, house: House, base: bytes) -> None:
        self.house, self._base = house, base
        self.acts = list(acts(database(house).parent / "disk.log"))

    def cut(self, moment: float, random: Random, *, keep: float) -> list[str]:
        """What does not hold when the power is cut at a moment; each write not synced is kept with chance ``keep``."""
        before = [act for act in self.acts if act.moment <= moment]
        with self.house.app.app_context():
            db.engine.dispose()
        for number, suffix in enumerate((*SUFFIXES, "-shm")):
            path = Path(f"{database(self.house)}{suffix}")
            path.unlink(missing_ok=True)
            if content := left(self._base if number == 0 else b"", before, number, random, keep):
                path.write_bytes(content)
        return broken(self.house.app, self.house.log.at(moment))


def left(base: bytes, acts: Sequence[Act], file: int, random: Random, keep: float) -> bytes:
    """A file as the disk may have it after ``acts``."""
    synced = max((act.at for act in acts if act.kind == b"S" and act.file == file), default=0)
    content = bytearray(base)
    for number, act in enumerate(acts):
        if act.file != file or act.kind not in b"WT":
            continue
        data = act.data
        if number >= synced:
            if random.random() >= keep:
                continue
            if random.random() < 0.2:  # the power went while it was written
                data = data[: random.randrange(0, len(data) + 1, SECTOR)]
        if act.kind == b"T":
            del content[act.at :]
            continue
        content.extend(bytes(max(0, act.at - len(content))))
        content[act.at : act.at + len(data)] = data
    return bytes(content)
