"""Reading approval sessions: their agendas, and what could be put before one."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVarTuple
from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from werkzeug.exceptions import NotFound

from accounts.models import User
from accounts.rules import Permission
from core.db import db
from question_bank.life import SessionDecision
from question_bank.life_models import ApprovalSession, SessionItem
from question_bank.models import Item, ItemVersion, SubTopic
from question_bank.rules import ItemStatus

PAGE = 25
Columns = TypeVarTuple("Columns")
MOST_OFFERED = 200  # versions on the page that calls a session, those that wait longest


def sessions_page(page: int) -> Pagination:
    """A page of sessions, the latest first, with members and agenda (4 statements)."""
    query = select(ApprovalSession).order_by(ApprovalSession.held_on.desc(), ApprovalSession.opened_at.desc())
    query = query.options(selectinload(ApprovalSession.members), selectinload(ApprovalSession.agenda))
    return db.paginate(query, page=page, per_page=PAGE, error_out=False)


def get_session(session_id: UUID) -> ApprovalSession:
    """A session with its members and the versions before it, or 404 (constant number of statements)."""
    version = selectinload(ApprovalSession.agenda).joinedload(SessionItem.version)
    options = [
        selectinload(ApprovalSession.members),
        selectinload(ApprovalSession.opened_by),  # not joined: PostgreSQL locks no row that is joined from outside
        version.joinedload(ItemVersion.item),
        version.joinedload(ItemVersion.sub_topic).joinedload(SubTopic.area),
        selectinload(ApprovalSession.agenda).joinedload(SessionItem.decided_by),
    ]
    found = db.session.get(ApprovalSession, session_id, options=options)
    if found is None:
        raise NotFound
    return found


def lock(session: ApprovalSession) -> None:
    """Hold the session until the end of the transaction: of two who decide at once, one is second."""
    db.session.flush()
    db.session.execute(select(ApprovalSession.id).where(ApprovalSession.id == session.id).with_for_update())
    db.session.refresh(session)


def open_agendas(version_ids: Collection[UUID]) -> dict[UUID, ApprovalSession]:
    """The open session that is still to decide on each of these versions, by version (1 statement).

    What a session has approved or returned is before it no more: a question that comes back is decided on as any.
    """
    query = _undecided(select(SessionItem)).where(SessionItem.version_id.in_(version_ids))
    found = db.session.scalars(query.options(contains_eager(SessionItem.session))) if version_ids else ()
    return {one.version_id: one.session for one in found}


def _undecided(query: Select[*Columns]) -> Select[*Columns]:
    """Of ``SessionItem``: what sessions that are not closed have not approved or returned."""
    postponed = SessionItem.decision == SessionDecision.POSTPONED
    query = query.join(SessionItem.session).where(ApprovalSession.closed_at.is_(None))
    return query.where(SessionItem.decision.is_(None) | postponed)


def offered() -> list[ItemVersion]:
    """Versions that wait for a decision and are before no open session, the longest waiting first (1 statement)."""
    taken = _undecided(select(SessionItem.version_id))
    query = (
        select(ItemVersion)
        .join(ItemVersion.item)
        .where(ItemVersion.status == ItemStatus.IN_REVIEW, Item.retired_at.is_(None), ItemVersion.id.not_in(taken))
        .options(joinedload(ItemVersion.item), joinedload(ItemVersion.sub_topic).joinedload(SubTopic.area))
        .order_by(ItemVersion.edited_at, Item.external_id)
        .limit(MOST_OFFERED)
    )
    return list(db.session.scalars(query))


def approvers() -> list[User]:
    """Active staff who may approve questions, by name (2 statements)."""
    found = db.session.scalars(select(User).where(User.is_active).order_by(User.name_sort, User.username))
    return [user for user in found if Permission.BANK_APPROVE in user.permissions]


def agenda_entries(version_id: UUID) -> list[SessionItem]:
    """Where a version stands or stood on the agenda of a session, the latest last (1 statement)."""
    query = select(SessionItem).join(SessionItem.session).where(SessionItem.version_id == version_id)
    query = query.options(contains_eager(SessionItem.session)).order_by(ApprovalSession.opened_at)
    return list(db.session.scalars(query))
