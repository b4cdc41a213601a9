"""A competition in which somebody was ever registered for a test does not change any more."""

from __future__ import annotations

from sqlalchemy import select

from competitions.models import Competition
from competitions.services import use
from core.db import db
from testing_center.models.sittings import Participant


@use
def has_participants(competition: Competition) -> bool:
    """Whether somebody is or was registered in it."""
    query = select(Participant.id).where(Participant.competition_id == competition.id)
    return db.session.scalars(query.limit(1)).first() is not None
