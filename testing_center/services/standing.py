"""Tests that stand at their deadline, since their pages were out of reach then: what has to be decided before they end.

Letting such a test go on ends it as much as saying that the time was up, unless it was given back what it lost.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from testing_center import hall_queries
from testing_center.rules.acts import ActKind, ActStatus
from testing_center.services import contacts

BACK = timedelta(days=30)  # longer than any test stands: the beginning of a test cuts it anyway


def undecided(kind: ActKind, attempt_ids: Collection[UUID], *, now: datetime) -> set[UUID]:
    """Those of these tests that stand at their deadline which this act may not end yet.

    An outage waits for a second person, or a silence was neither given back nor declined. A silence that goes on
    cannot be given back yet: whoever says that the time was up decides about it, whoever lets go on has to wait.
    """
    if kind not in (ActKind.RESUME, ActKind.TIME_UP) or not attempt_ids:
        return set()
    waiting = hall_queries.outages_upon(attempt_ids, ActStatus.WAITING)
    declined = hall_queries.outages_upon(attempt_ids, ActStatus.DECLINED)
    silences = contacts.unrecorded(attempt_ids, now=now, may_last=kind == ActKind.RESUME)
    lost = hall_queries.lost_by(attempt_ids, (now - BACK, now), now=now, unrecorded=silences, settled=declined)
    return {*waiting, *lost}
