"""What the rooms of the test day tell the room of competitions, which does not know them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts.models import User
from competitions.models import Application
from competitions.rules import TestIsOver
from competitions.services import on_test, on_withdrawal, use
from core.db import db
from testing_center.models.sittings import Participant
from testing_center.rules.sittings import Presence, SittingStatus, TestedAlready
from testing_center.services import registration


@use
def with_participants(competition_ids: Collection[UUID]) -> set[UUID]:
    """Where somebody is or was registered: such a competition does not change any more."""
    query = select(Participant.competition_id).where(Participant.competition_id.in_(competition_ids)).distinct()
    return set(db.session.scalars(query))


@on_test
def tested(competition_id: UUID) -> set[UUID]:
    """People for whom the main test of the competition is over, or who came to it; an annulled one does not count."""
    query = select(Participant).where(
        Participant.competition_id == competition_id, Participant.round == 0, Participant.withdrawn_at.is_(None),
        Participant.annulled_at.is_(None),
    )  # fmt: skip
    return {
        one.person_id
        for one in db.session.scalars(query.options(joinedload(Participant.sitting)))
        if one.sitting.status == SittingStatus.CLOSED or one.presence == Presence.PRESENT
    }


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
