"""When each candidate's page was last heard of: kept in the process, written down every few seconds for all at once.

A page calls every few seconds; one commit for each call would cost as much as all saves together. So whoever calls
after ``WRITE_EVERY`` writes for all who called since. A process that dies takes at most that long of its memory along:
a silence is then recorded as longer by so much, never as shorter.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import CursorResult, Insert, Select, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core import audit
from core.crypto import canonical, sha256
from core.db import db, transaction
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.models.hall import Contact, Silence
from testing_center.models.sittings import Sitting
from testing_center.rules.time import Span, is_cut_off

CALL_EVERY = timedelta(seconds=5)  # how often a page calls
WRITE_EVERY = timedelta(seconds=5)
SILENT_AFTER = timedelta(seconds=15)  # three calls that did not come
KEPT = timedelta(days=30)  # after the closing of a sitting nobody's test can end while its page is out of reach


class Calls:
    """What one process has heard and not yet written down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: dict[UUID, Span] = {}  # first and last call since they were written down
        self._silences: list[tuple[UUID, Span]] = []
        self._written_at: datetime | None = None

    def hear(self, attempt_id: UUID, *, now: datetime) -> bool:
        """Note a call; whether it is time to write."""
        with self._lock:
            first, last = self._heard.get(attempt_id, (now, now))
            if now - last > SILENT_AFTER:
                self._silences.append((attempt_id, (last, now)))
            self._heard[attempt_id] = (first, max(last, now))
            return self._written_at is None or now - self._written_at >= WRITE_EVERY

    def unwritten(self, attempt_id: UUID) -> tuple[Span | None, list[Span]]:
        """First and last call that are not written down yet, and silences."""
        with self._lock:
            return self._heard.get(attempt_id), [span for one, span in self._silences if one == attempt_id]

    def last(self) -> dict[UUID, datetime]:
        """The last call of each page that is not written down yet."""
        with self._lock:
            return {attempt_id: last for attempt_id, (_first, last) in self._heard.items()}

    def take(self, *, now: datetime) -> tuple[dict[UUID, Span], list[tuple[UUID, Span]]]:
        """All that is to be written down, once."""
        with self._lock:
            taken = self._heard, self._silences
            self._heard, self._silences, self._written_at = {}, [], now
        return taken


def calls() -> Calls:
    """Those of this process."""
    found: Calls = current_app.extensions.setdefault("calls", Calls())
    return found


def hear(attempt_id: UUID, *, now: datetime) -> None:
    """A page called. Now and then writes down, in a transaction of its own, what was heard since the last time."""
    if calls().hear(attempt_id, now=now):
        write(now=now)


def write(*, now: datetime) -> None:
    """Write down what this process has heard: last calls, and silences between two calls (at most 5 statements)."""
    heard, silences = calls().take(now=now)
    if not heard:
        return
    with transaction():
        query = select(Contact.attempt_id, Contact.heard_at).where(Contact.attempt_id.in_(heard))
        query = query.order_by(Contact.attempt_id)  # in one order, so that no two processes wait for each other
        known = {attempt_id: at for attempt_id, at in db.session.execute(query.with_for_update())}
        silences += [(attempt_id, (at, heard[attempt_id][0])) for attempt_id, at in known.items()]
        rows: list[dict[str, Any]] = [
            {"id": uuid4(), "attempt_id": attempt_id, "began_at": began, "ended_at": ended}
            for attempt_id, (last, ended) in silences
            for began in (max(last, known.get(attempt_id, last)),)  # another process may have heard in between
            if ended - began > SILENT_AFTER
        ]
        running = _running([row["attempt_id"] for row in rows])
        if kept := [row for row in rows if row["attempt_id"] in running]:
            db.session.execute(insert(Silence), kept)
        later = [
            {"attempt_id": attempt_id, "heard_at": last}
            for attempt_id, (_first, last) in heard.items()
            if attempt_id in known and last > known[attempt_id]
        ]
        if later:
            db.session.execute(update(Contact), later)
        new = [
            {"attempt_id": one, "heard_at": last} for one, (_first, last) in sorted(heard.items()) if one not in known
        ]
        if new:
            db.session.execute(_first_contacts(), new)


def _running(attempt_ids: Collection[UUID]) -> set[UUID]:
    """Those of these attempts whose sitting is not closed, and does not close meanwhile: that fixes its silences."""
    query = select(Attempt.id).join(Attempt.sitting).where(Attempt.id.in_(attempt_ids), Sitting.closed_at.is_(None))
    return set(db.session.scalars(query.with_for_update(read=True, of=Sitting))) if attempt_ids else set()


def silences_digest(sitting_id: UUID) -> bytes:
    """SHA-256 over all silences of a sitting, as its closing fixes them."""
    query = select(Silence.attempt_id, Silence.began_at, Silence.ended_at).join(
        Attempt, Attempt.id == Silence.attempt_id
    )  # fmt: skip
    rows = db.session.execute(query.where(Attempt.sitting_id == sitting_id))
    return sha256(canonical(sorted(audit.plain(list(row)) for row in rows)))


def _first_contacts() -> Insert:
    """Another process may hear a page for the first time at the same moment: of the two moments the later one stays."""
    kind = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = kind(Contact)
    later = row.excluded.heard_at > Contact.heard_at
    return row.on_conflict_do_update(
        index_elements=[Contact.attempt_id], set_={"heard_at": row.excluded.heard_at}, where=later
    )


def is_cut_off_at(attempt_id: UUID, at: datetime, *, is_there: bool, now: datetime) -> bool | None:
    """Whether the page of an attempt was out of reach at this moment, which has passed; None: not known yet.

    ``is_there``: it is the page itself that asks, ``now``. A page without script never calls, and is never out of
    reach. An acknowledged answer says as much as a call.
    """
    written = db.session.scalar(select(Contact.heard_at).where(Contact.attempt_id == attempt_id))
    heard, silences = calls().unwritten(attempt_id)
    if written is None and heard is None:
        return False
    silences += [(row.began_at, row.ended_at) for row in db.session.scalars(_over(attempt_id, at))]
    if heard and written:
        silences.append((written, heard[0]))
    last = max(moment for moment in (written, heard and heard[1]) if moment)
    around = [(began, ended) for began, ended in silences if began <= at < ended]
    if last > at and not around:
        return False
    before = max([began for began, _ended in around] or [last])
    after = min([ended for _began, ended in around] or ([now] if is_there else []), default=None)
    saved = _saved_before(attempt_id, at)
    return is_cut_off(max(before, saved or before), after, silent_after=SILENT_AFTER, now=now)


def unrecorded(attempt_ids: Collection[UUID], *, now: datetime, may_last: bool) -> dict[UUID, list[Span]]:
    """Silences of these pages that are not written down yet; with ``may_last`` also those that go on (1 statement)."""
    query = select(Contact.attempt_id, Contact.heard_at).where(Contact.attempt_id.in_(attempt_ids))
    written = {attempt_id: at for attempt_id, at in db.session.execute(query)} if attempt_ids else {}
    found = {}
    for attempt_id in attempt_ids:
        heard, silences = calls().unwritten(attempt_id)
        last = written.get(attempt_id)
        if heard:
            silences += [(last, heard[0])] if last else []
            last = heard[1]
        silences += [(last, now)] if last and may_last else []
        found[attempt_id] = [(began, ended) for began, ended in silences if ended - began > SILENT_AFTER]
    return found


def _saved_before(attempt_id: UUID, at: datetime) -> datetime | None:
    own = (ResponseEvent.attempt_id == attempt_id, ResponseEvent.is_late.is_(False), ResponseEvent.saved_at <= at)
    return db.session.scalar(select(func.max(ResponseEvent.saved_at)).where(*own))


def _over(attempt_id: UUID, at: datetime) -> Select[Silence]:
    return select(Silence).where(Silence.attempt_id == attempt_id, Silence.began_at <= at, Silence.ended_at > at)


def forget_old(*, now: datetime) -> int:
    """Delete when pages called last, of sittings that were closed ``KEPT`` ago; returns how many.

    Silences stay: they are the proof of what an outage took.
    """
    is_over = exists().where(
        Attempt.id == Contact.attempt_id, Sitting.id == Attempt.sitting_id, Sitting.closed_at < now - KEPT
    )
    gone = db.session.execute(delete(Contact).where(is_over), execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", gone).rowcount
