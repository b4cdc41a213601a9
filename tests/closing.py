"""Closing a sitting whose people and slips are not what a test is about."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from testing_center.models.sittings import Sitting, SittingProtocol
from testing_center.rules.closing import Gap
from testing_center.rules.sittings import Presence, Unsat
from testing_center.services import accounting, registration, sittings


def account_for_everybody(sitting: Sitting, *, by: User, now: datetime) -> None:
    """Whoever is not marked was absent; whoever came and has not begun did not start."""
    for one in accounting.unaccounted(sitting):
        if one.gap == Gap.UNMARKED:
            registration.set_presence(one.participant, Presence.ABSENT, by=by, now=now)
        elif one.gap == Gap.NO_GROUNDS:
            registration.set_presence(one.participant, Presence.REFUSED, by=by, now=now, reason="Паспорту жок.")
        else:
            accounting.explain(one.participant, Unsat.DID_NOT_START, reason="Өзү баш тартты.", by=by, now=now)


def close(sitting: Sitting, *, by: User, now: datetime) -> SittingProtocol:
    """Close it in order, in the transaction of the caller; who still works keeps it open."""
    if sitting.closed_at is None and sitting.opened_at is not None:
        account_for_everybody(sitting, by=by, now=now)
    return sittings.close_sitting(sitting, by=by, now=now, slips_left=accounting.slips_of(sitting).unused)
