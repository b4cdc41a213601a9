"""Reading what sittings have said of items; the keys that stand behind some of it are sealed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.db import db
from question_bank.statistics_models import ExamStatistics, ItemStatistics


@dataclass(frozen=True)
class Measured:
    """What all tests together have said of an item version: ``facility`` is the mean over everybody who met it."""

    people: int
    facility: float


def measured(version_ids: Collection[UUID] | None = None) -> dict[UUID, Measured]:
    """Measured facility by item version, of all or of these (1 statement); what too few people met is not in it.

    An item that stood in several tests has the mean of its facilities, weighted by people.
    """
    query = (
        select(ItemStatistics.item_version_id, ItemStatistics.people, ItemStatistics.facility)
        .join(ItemStatistics.exam)
        .where(ExamStatistics.sitting_id.is_(None), ItemStatistics.facility.is_not(None))
    )
    if version_ids is not None:
        query = query.where(ItemStatistics.item_version_id.in_(version_ids))
    people: dict[UUID, int] = {}
    points: dict[UUID, float] = {}
    for version_id, count, facility in db.session.execute(query):
        people[version_id] = people.get(version_id, 0) + count
        points[version_id] = points.get(version_id, 0.0) + count * (facility or 0.0)
    return {key: Measured(count, points[key] / count) for key, count in people.items() if count}
