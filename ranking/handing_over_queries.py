"""Reading what is handed over of the people with a place: protocols of tests and of appeals; no link is opened here."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from appeals.models import Appeal, AppealProtocol
from core.db import db
from testing_center.models.attempts import Protocol, Result


def protocols_of(attempt_ids: Collection[UUID]) -> list[Protocol]:
    """Every version of the protocols of these attempts, by number, then version (1 statement)."""
    query = select(Protocol).join(Protocol.result).join(Result.attempt).where(Result.attempt_id.in_(attempt_ids))
    query = query.options(contains_eager(Protocol.result).contains_eager(Result.attempt))
    return list(db.session.scalars(query.order_by(Protocol.number, Protocol.version)))


def appeal_protocols_of(attempt_ids: Collection[UUID]) -> list[AppealProtocol]:
    """The protocols of decided appeals against these attempts, by number (1 statement)."""
    query = select(AppealProtocol).join(AppealProtocol.appeal).where(Appeal.attempt_id.in_(attempt_ids))
    query = query.options(contains_eager(AppealProtocol.appeal))
    return list(db.session.scalars(query.order_by(AppealProtocol.number)))
