"""What the rooms of the test day tell the room of competitions, which does not know them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from accounts.models import User
from competitions.models import Application, Competition
from competitions.rules import TestIsOver
from competitions.services import on_withdrawal, use
from core.db import db
from testing_center.models.sittings import Participant
from testing_center.rules.sittings import SittingStatus, TestedAlready
from testing_center.services import registration


@use
def has_participants(competition: Competition) -> bool:
    """Whether somebody is or was registered in it: then it does not change any more."""
    query = select(Participant.id).where(Participant.competition_id == competition.id)
    return db.session.scalars(query.limit(1)).first() is not None


@on_withdrawal
def take_registrations_back(application: Application, document: str, by: User, now: datetime) -> None:
    """With the application go the person's registrations for the main test, unless the test has begun for them.

    Raises:
        TestIsOver: it has, or the sitting is closed.
    """
    registered = db.session.scalars(
        select(Participant).where(
            Participant.competition_id == application.competition_id, Participant.person_id == application.person_id,
            Participant.withdrawn_at.is_(None), Participant.annulled_at.is_(None),
        )
    )  # fmt: skip
    for participant in registered:
        if participant.sitting.status == SittingStatus.CLOSED:
            raise TestIsOver
        try:
            registration.withdraw(participant, reason=document, by=by, now=now)
        except TestedAlready as entered:
            raise TestIsOver from entered
