"""What an act would do, said before it is asked for: whom it concerns, what it gives, whether it needs two persons."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from testing_center import hall_queries
from testing_center.rules.acts import ActKind
from testing_center.rules.hall import SeatState
from testing_center.rules.seats import Connection
from testing_center.rules.time import ALONE_MOST, Span, joined, length, needs_second
from testing_center.services.console import Console, Row
from testing_center.services.standing import undecided

MINUTE, NO_TIME = timedelta(minutes=1), timedelta()
# The states of seats that ``rules.acts.CONCERNS`` speaks of.
STATES = {
    ActKind.AUTHORISE: {SeatState.ENTERED},
    ActKind.PAUSE: {SeatState.ENTERED, SeatState.WORKING},
    ActKind.RESUME: {SeatState.ENTERED, SeatState.PAUSED},
    ActKind.MESSAGE: {SeatState.ENTERED, SeatState.WORKING, SeatState.PAUSED},
    ActKind.EXTEND: {SeatState.WORKING, SeatState.PAUSED},
    ActKind.OUTAGE: {SeatState.WORKING, SeatState.PAUSED},
    ActKind.END: {SeatState.WORKING, SeatState.PAUSED},
    ActKind.TIME_UP: {SeatState.PAUSED},
}


@dataclass(frozen=True)
class Foreseen:
    """``alone`` is how many minutes one person may give to each; ``losses`` what an outage gives back, by seat.

    ``needs_second`` is not said of an extension, whose minutes are not known yet. ``undecided`` are seats that stand at
    their deadline, and about whose lost time somebody has to decide first.
    """

    concerned: list[Row]
    left_out: list[int]
    alone: int = 0
    losses: dict[int, timedelta] = field(default_factory=dict)
    still_silent: list[int] = field(default_factory=list)
    needs_second: bool = False
    undecided: list[int] = field(default_factory=list)


def can_concern(kind: ActKind, row: Row) -> bool:
    """Whether an act can concern a seat as it is now."""
    if kind == ActKind.AUTHORISE:
        return row.waits
    if row.state == SeatState.ENTERED and kind in (ActKind.PAUSE, ActKind.RESUME):
        return row.is_held == (kind == ActKind.RESUME)
    return row.state in STATES[kind] and (kind != ActKind.TIME_UP or row.stands_at_end)


def foresee(hall: Console, kind: ActKind, seats: Collection[int], window: Span | None, *, now: datetime) -> Foreseen:
    """What the act would do for these seats now; ``window`` is an outage's."""
    rows = [hall.by_number[number] for number in sorted(seats) if number in hall.by_number]
    concerned = [row for row in rows if can_concern(kind, row)]
    held = undecided(kind, [row.attempt_id for row in concerned if row.attempt_id and row.stands_at_end], now=now)
    concerned = [row for row in concerned if row.attempt_id not in held]
    left_out = sorted(set(seats) - {row.number for row in concerned})
    if kind not in (ActKind.EXTEND, ActKind.OUTAGE):
        is_grave = kind in (ActKind.END, ActKind.TIME_UP)
        return Foreseen(concerned, left_out, needs_second=is_grave, undecided=_seats(rows, held))
    given = {
        attempt_id: hall_queries.given_by_staff(rows)
        for attempt_id, rows in hall_queries.extensions_of(_ids(concerned)).items()
    }
    if kind == ActKind.EXTEND:
        return Foreseen(concerned, left_out, max(0, (ALONE_MOST - max(given.values(), default=NO_TIME)) // MINUTE))
    silent = [row.number for row in concerned if row.connection in (Connection.SILENT, Connection.LOST)]
    took = hall_queries.lost_by(_ids(concerned), window, now=now) if window else {}
    losses = {row.number: length(took[row.attempt_id]) for row in concerned if row.attempt_id in took}
    is_much = any(needs_second(given.get(attempt_id, NO_TIME), length(spans)) for attempt_id, spans in took.items())
    return Foreseen(concerned, left_out, losses=losses, still_silent=silent, needs_second=is_much)


def outage_recorded(hall: Console, seats: Collection[int], *, now: datetime) -> Span | None:
    """The last time in which pages of these seats were silent, as one span over all of them that touch each other."""
    ids = [attempt_id for attempt_id in hall.attempts_at(seats)]
    began = min((row.deadline_at for row in hall.rows if row.deadline_at), default=now) - timedelta(hours=24)
    found = joined(span for spans in hall_queries.silences_of(ids, (began, now)).values() for span in spans)
    return found[-1] if found else None


def _seats(rows: Collection[Row], attempt_ids: Collection[UUID]) -> list[int]:
    return [row.number for row in rows if row.attempt_id in attempt_ids]


def _ids(rows: Collection[Row]) -> list[UUID]:
    return [row.attempt_id for row in rows if row.attempt_id]
