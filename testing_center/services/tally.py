"""How far each attempt of a sitting is, kept in the process: each refresh reads only the answers that came since.

Events are numbered as they are written, but committed in any order: the last ``OVERLAP`` numbers are read again each
time, and reading an event twice changes nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, Table, Text, bindparam, select
from sqlalchemy import cast as as_type

from core.db import db
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.result_queries import Progress

OVERLAP = 200
SITTINGS_MOST = 6  # of which a process remembers the answers
FORGET_AFTER = timedelta(minutes=10)  # not looked at: what others saved meanwhile is more than one sitting's answers

_attempts, _events = cast(Table, Attempt.__table__), cast(Table, ResponseEvent.__table__)
_READ: Select[Any] = select(
    _events.c.id, _events.c.attempt_id, _events.c.place, _events.c.epoch, _events.c.revision,
    (as_type(_events.c.response, Text) != "[]").label("is_answer"), _events.c.is_late, _events.c.saved_at,
)  # fmt: skip

_NEWER = _READ.where(_events.c.id > bindparam("since"))
_WHOLE = _READ.join(_attempts, _attempts.c.id == _events.c.attempt_id).where(
    _attempts.c.sitting_id == bindparam("sitting_id")
)


@dataclass
class _Answers:
    """What was read of one attempt: of each place the newest event as one number, its lowest bit says 'answered'."""

    places: dict[int, int] = field(default_factory=dict)
    late: set[int] = field(default_factory=set)
    saved_at: datetime | None = None

    def add(self, event: Any) -> None:
        if self.saved_at is None or event.saved_at > self.saved_at:
            self.saved_at = event.saved_at
        if event.is_late:
            self.late.add(event.id)
            return
        newest = event.epoch << 40 | event.revision << 1 | bool(event.is_answer)
        if newest > self.places.get(event.place, 0):
            self.places[event.place] = newest

    def progress(self) -> Progress:
        return Progress(sum(newest & 1 for newest in self.places.values()), self.saved_at, len(self.late))


@dataclass(frozen=True)
class Read:
    """Events of the whole sitting, or those written since the last time, whosever they are."""

    rows: Sequence[Any]
    is_whole: bool = False


class Tally:
    """The answers of one sitting as far as they were read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[UUID, _Answers] = {}
        self._progress: dict[UUID, Progress] = {}
        self._up_to = 0
        self._read_at: datetime | None = None

    def read(self, sitting_id: UUID, *, now: datetime) -> Read:
        """What is to be added (1 statement, where what is kept can be gone on with)."""
        up_to, read_at = self._up_to, self._read_at
        if up_to and read_at is not None and abs(now - read_at) <= FORGET_AFTER:
            rows = db.session.execute(_NEWER, {"since": up_to - OVERLAP}).all()
            if any(row.id == up_to for row in rows):  # else this is another database
                return Read(rows)
        return Read(db.session.execute(_WHOLE, {"sitting_id": sitting_id}).all(), is_whole=True)

    def add(self, read: Read, attempt_ids: Collection[UUID], *, now: datetime) -> dict[UUID, Progress]:
        """Progress of each attempt that saved anything; ``attempt_ids`` were read after the events."""
        with self._lock:
            if read.is_whole:
                self._answers, self._progress, self._up_to = {}, {}, 0
            changed = set()
            for row in read.rows:
                if row.attempt_id in attempt_ids:
                    self._answers.setdefault(row.attempt_id, _Answers()).add(row)
                    changed.add(row.attempt_id)
            self._progress |= {attempt_id: self._answers[attempt_id].progress() for attempt_id in changed}
            self._up_to = max((row.id for row in read.rows), default=self._up_to)
            self._read_at = now
            return dict(self._progress)


def tally_of(sitting_id: UUID) -> Tally:
    """The one of this process; of the sittings looked at longest ago nothing is kept."""
    kept: OrderedDict[UUID, Tally] = current_app.extensions.setdefault("tallies", OrderedDict())
    found = kept.setdefault(sitting_id, Tally())
    kept.move_to_end(sitting_id)
    while len(kept) > SITTINGS_MOST:
        kept.popitem(last=False)
    return found
