"""The year without participation after a main test below the cut score (¶28): set with the result, lifted with it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from competitions.models import Bar
from competitions.rules import may_return_on
from core.db import db
from regulation.law import law
from testing_center.models.attempts import Attempt
from testing_center.rules.delivery import AttemptOpen


def failed_on(attempt: Attempt) -> date:
    """The day of the test at its place, from which the year runs.

    Raises:
        AttemptOpen: the attempt has not ended.
    """
    if attempt.ended_at is None:
        raise AttemptOpen
    return attempt.ended_at.astimezone(attempt.sitting.zone).date()


def set_bar(attempt: Attempt, person_id: UUID, *, now: datetime) -> Bar:
    """Bar a person whose score does not meet the requirements, from the day of the test, whenever that is found."""
    day = failed_on(attempt)
    bar = Bar(
        person_id=person_id, failed_on=day, law_version=attempt.law_version,
        returns_on=may_return_on(day, law(attempt.law_version)), created_at=_day_of(now),
    )  # fmt: skip
    db.session.add(bar)
    return bar


def lift_bar(attempt: Attempt, person_id: UUID, *, now: datetime) -> Bar | None:
    """Lift the bar that this attempt brought: its result is another one now, or does not count."""
    query = select(Bar).where(Bar.person_id == person_id, Bar.failed_on == failed_on(attempt), Bar.lifted_at.is_(None))
    bar = db.session.scalars(query.order_by(Bar.id).limit(1)).first()
    if bar is not None:
        bar.lifted_at = _day_of(now)
    return bar


def _day_of(now: datetime) -> datetime:
    """The day only: the moment would name the attempt to whoever reads the database."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
