"""Reading which sittings hold which forms, for quarantines of questions."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.db import db
from question_bank.quarantine_queries import suspect_form_ids
from testing_center.models.places import Room
from testing_center.models.sittings import Sitting, sitting_form
from testing_center.rules.sittings import SittingStatus

AHEAD = (SittingStatus.PLANNED, SittingStatus.OPENING)


def sittings_of(form_ids: Collection[UUID]) -> list[tuple[UUID, Sitting]]:
    """Each of these forms with each sitting for which it is chosen, the latest first (1 statement)."""
    query = select(sitting_form.c.form_id, Sitting).join(Sitting, Sitting.id == sitting_form.c.sitting_id)
    query = query.where(sitting_form.c.form_id.in_(form_ids)).order_by(Sitting.starts_at.desc(), Sitting.number)
    return [(form_id, sitting) for form_id, sitting in db.session.execute(query)] if form_ids else []


def not_yet_opened() -> list[Sitting]:
    """Sittings that are not open yet and for which a form with a question in quarantine is chosen (1 statement)."""
    held = select(sitting_form.c.sitting_id).where(sitting_form.c.form_id.in_(suspect_form_ids()))
    query = select(Sitting).where(Sitting.id.in_(held), Sitting.status.in_(AHEAD))
    query = query.options(joinedload(Sitting.room).joinedload(Room.centre))
    return list(db.session.scalars(query.order_by(Sitting.starts_at, Sitting.number)))
