"""What a proctor sees of a seat: one state, from who came, how the code stands and where the attempt is."""

from __future__ import annotations

import enum
from datetime import datetime

from core.i18n import lazy_gettext as _l
from testing_center.rules.delivery import AttemptStatus, is_over
from testing_center.rules.sittings import Presence


class SeatState(enum.StrEnum):
    """What happens at a seat now."""

    EXPECTED = "expected"
    PRESENT = "present"
    ENTERED = "entered"
    WORKING = "working"
    PAUSED = "paused"
    ENDED = "ended"
    LOCKED = "locked"  # not entered yet, and the code was tried too often
    ABSENT = "absent"
    REFUSED = "refused"


STATE_NAMES = {
    SeatState.EXPECTED: _l("Expected"),
    SeatState.PRESENT: _l("Came"),
    SeatState.ENTERED: _l("Entered"),
    SeatState.WORKING: _l("Working"),
    SeatState.PAUSED: _l("Paused"),
    SeatState.ENDED: _l("Finished"),
    SeatState.LOCKED: _l("Code locked"),
    SeatState.ABSENT: _l("Absent"),
    SeatState.REFUSED: _l("Not let in"),
}


def seat_state(
    presence: Presence, status: AttemptStatus | None, deadline_at: datetime | None, *, is_locked: bool, now: datetime,
    heard_at: datetime | None = None,
) -> SeatState:  # fmt: skip
    """The state of a taken seat; ``status`` is None before the code was used.

    An attempt whose deadline has passed has ended, even where nobody has noticed yet. Only of a page that calls, and
    was not heard since then (``heard_at``), nobody can say so: its clock may stand at the deadline.
    """
    if status == AttemptStatus.PAUSED:
        return SeatState.PAUSED
    is_up = deadline_at is not None and is_over(deadline_at, now=now)
    if status == AttemptStatus.ENDED or (is_up and not _may_stand(heard_at, deadline_at)):
        return SeatState.ENDED
    if status == AttemptStatus.IN_PROGRESS:
        return SeatState.WORKING
    if status == AttemptStatus.READY:
        return SeatState.ENTERED
    return SeatState.LOCKED if is_locked else SeatState(presence)


def _may_stand(heard_at: datetime | None, deadline_at: datetime | None) -> bool:
    return heard_at is not None and deadline_at is not None and heard_at <= deadline_at
