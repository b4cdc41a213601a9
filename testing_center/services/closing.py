"""Before the closing: writing down what became of everybody who was expected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from accounts.models import User
from testing_center import staff_queries
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.codes import ReasonNeeded
from testing_center.rules.sittings import Presence, Unsat
from testing_center.services import accounting, registration

Account = Presence | Unsat


def account_for(
    sitting: Sitting, said: Mapping[UUID, tuple[Account, str]], *, by: User, now: datetime
) -> list[Participant]:
    """Write down what is said of these participants, by id: what became of each, and why; returns whom.

    Raises:
        ReasonNeeded: nothing but an absence goes without a reason.
        SittingNotRunning, AlreadyWithdrawn, TestedAlready, NothingToExplain: see :func:`registration.set_presence`
            and :func:`accounting.explain`.
    """
    done = []
    for participant_id, (account, reason) in said.items():
        participant = staff_queries.get_participant(participant_id, sitting)
        if account != Presence.ABSENT and not reason.strip():
            raise ReasonNeeded
        if isinstance(account, Unsat):
            accounting.explain(participant, account, reason=reason, by=by, now=now)
        else:
            registration.set_presence(participant, account, by=by, now=now, reason=reason)
        done.append(participant)
    return done


def absent_unmarked(sitting: Sitting, *, by: User, now: datetime) -> int:
    """Everybody whom nobody has marked did not come; returns how many.

    Raises:
        SittingNotRunning, TestedAlready: see :func:`registration.mark_absent`.
    """
    return registration.mark_absent(sitting, by=by, now=now)
