"""Legal holds: nothing of a competition is destroyed while somebody needs it as evidence."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from archive import rules
from archive.models import LegalHold
from competitions.models import Competition
from core import audit
from core.db import db


def place_hold(competition: Competition, ground: str, *, by: User, now: datetime) -> LegalHold:
    """Forbid to destroy anything of the competition; a second hold beside the first is possible.

    Raises:
        GroundNeeded: no ground is stated.
    """
    rules.check_ground(ground)
    db.session.refresh(competition, with_for_update=True)  # an act under way is finished first, or waits for us
    hold = LegalHold(competition=competition, ground=ground.strip(), placed_by_id=by.id, placed_at=now)
    db.session.add(hold)
    db.session.flush()
    audit.record("legal_hold.placed", hold, by=by, at=now, competition=competition.id, ground=hold.ground)
    return hold


def lift_hold(hold: LegalHold, ground: str, *, by: User, now: datetime) -> None:
    """End a hold (locked by the caller).

    Raises:
        GroundNeeded: no ground is stated.
        HoldLifted: it has ended already.
    """
    rules.check_ground(ground)
    if hold.lifted_at is not None:
        raise rules.HoldLifted
    hold.lifted_at, hold.lifted_by_id, hold.lift_ground = now, by.id, ground.strip()
    audit.record("legal_hold.lifted", hold, by=by, at=now, competition=hold.competition_id, ground=hold.lift_ground)
