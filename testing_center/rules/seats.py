"""What stands beside a seat on the console: its connection; seats as people write them; what has changed; pure."""

from __future__ import annotations

import base64
import enum
import re
import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from core.errors import Refusal
from core.i18n import lazy_gettext as _l
from testing_center.rules.time import Span

LOST_AFTER = timedelta(minutes=1)  # a silence that long is no slip of the network any more
BACK_FOR = timedelta(minutes=5)  # how long the console says that a seat was silent and has come back


class Connection(enum.StrEnum):
    """Whether the server hears a candidate's page."""

    NONE = "none"  # nobody has entered, or the test has ended
    UNKNOWN = "unknown"  # the page never called: it has no script
    OK = "ok"
    SILENT = "silent"
    LOST = "lost"
    BACK = "back"


CONNECTION_NAMES = {
    Connection.NONE: _l("No test"),
    Connection.UNKNOWN: _l("Not known"),
    Connection.OK: _l("Connected"),
    Connection.SILENT: _l("Silent"),
    Connection.LOST: _l("Lost"),
    Connection.BACK: _l("Connected again"),
}


def connection(
    heard_at: datetime | None, last_silence: Span | None, *, silent_after: timedelta, now: datetime
) -> tuple[Connection, datetime | None]:
    """The connection of a page that should call, and since when: of a silence its begin, after one its end."""
    if heard_at is None:
        return Connection.UNKNOWN, None
    if now - heard_at > silent_after:
        return (Connection.LOST if now - heard_at > LOST_AFTER else Connection.SILENT), heard_at
    if last_silence and now - last_silence[1] <= BACK_FOR:
        return Connection.BACK, last_silence[1]
    return Connection.OK, None


class SeatsInvalid(Refusal):
    code = "seats_invalid"
    message = _l("Write seats as numbers with commas, a range with a hyphen. Example: 1-20, 25")


_PART = re.compile(r"([0-9]{1,4})(?:\s*[-–—]\s*([0-9]{1,4}))?")  # as people type it


def read_seats(text: str) -> list[int]:
    """Seats of ``1-3, 7``: each once, in order.

    Raises:
        SeatsInvalid: something else is written, a range runs backwards, or there is no seat.
    """
    found: set[int] = set()
    for part in (part.strip() for part in re.split(r"[,;]", text)):
        if not part:
            continue
        match = _PART.fullmatch(part)
        if match is None:
            raise SeatsInvalid
        first, last = int(match[1]), int(match[2] or match[1])
        if not 0 < first <= last:
            raise SeatsInvalid
        found.update(range(first, last + 1))
    if not found:
        raise SeatsInvalid
    return sorted(found)


def write_seats(numbers: Collection[int]) -> str:
    """The same seats as people write them: ``1-3, 7``."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


# What a page has is told by the page itself: a digest of each seat, three bytes, in the order of the seats. So no
# server process has to remember what it sent to whom, and any of them can answer (docs/adr/0028-live-hall.md).
DIGEST_BYTES = 3


def digest(said: str) -> bytes:
    """Three bytes that change with what is said of a seat (one change in sixteen million is missed, until the next)."""
    return zlib.crc32(said.encode()).to_bytes(4)[-DIGEST_BYTES:]


def version(numbers: Sequence[int], acts: str, digests: Mapping[int, bytes]) -> str:
    """What a page shows, in one word: which seats, which acts, and how each seat stands."""
    seats, said = zlib.crc32(repr(list(numbers)).encode()), zlib.crc32(acts.encode())
    every = base64.urlsafe_b64encode(b"".join(digests[number] for number in sorted(digests))).decode()
    return f"1.{seats:08x}.{said:08x}.{every}"


def differs(since: str, current: str, taken: Sequence[int]) -> tuple[list[int] | None, bool]:
    """Taken seats that have changed since a version, and whether acts have; ``None``: all, the version is no use."""
    before, after = since.split("."), current.split(".")
    if len(before) != len(after) or before[:2] != after[:2] or len(before[3]) != len(after[3]):
        return None, True
    each = DIGEST_BYTES * 4 // 3  # letters: three bytes are four of them, without padding
    changed = [
        number
        for place, number in enumerate(sorted(taken))
        if before[3][place * each : (place + 1) * each] != after[3][place * each : (place + 1) * each]
    ]
    return changed, before[2] != after[2]
