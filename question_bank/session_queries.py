"""Reading approval sessions: their agendas, and what could be put before one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVarTuple
from uuid import UUID

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import contains_eager, defer, joinedload, selectinload
from werkzeug.exceptions import NotFound

from accounts.models import User
from accounts.rules import Permission
from core.db import db
from question_bank import listing
from question_bank.entries import BankEntry
from question_bank.life import SessionDecision
from question_bank.life_models import ApprovalSession, SessionItem
from question_bank.models import Item, ItemVersion, SubTopic
from question_bank.paging import Page
from question_bank.rules import ItemStatus

Columns = TypeVarTuple("Columns")
MOST_OFFERED = 200  # versions on the page that calls a session, those that wait longest
_WITHOUT_MINUTES = (defer(ApprovalSession.pdf), defer(ApprovalSession.content))


def sessions_page(page: int) -> Page:
    """A page of sessions, the latest first, with members (3 statements)."""
    total = db.session.scalar(select(func.count()).select_from(ApprovalSession)) or 0
    query = select(ApprovalSession).order_by(ApprovalSession.held_on.desc(), ApprovalSession.opened_at.desc())
    query = query.options(selectinload(ApprovalSession.members), *_WITHOUT_MINUTES)
    return Page(total, page, lambda after, most: db.session.scalars(query.offset(after).limit(most)).all())


def lengths(session_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many questions are on the agenda of each of these sessions (1 statement, none without sessions)."""
    query = select(SessionItem.session_id, func.count()).where(SessionItem.session_id.in_(list(session_ids)))
    rows = db.session.execute(query.group_by(SessionItem.session_id)) if session_ids else ()
    return {session_id: count for session_id, count in rows}


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


def head_of(session_id: UUID) -> ApprovalSession:
    """A session with its members, without its agenda, or 404 (2 statements)."""
    options = [selectinload(ApprovalSession.members), *_WITHOUT_MINUTES]
    found = db.session.get(ApprovalSession, session_id, options=options)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Agenda:
    """Of an agenda: how many questions, on how many something is decided, how many can still be decided on."""

    questions: int
    decided: int
    open: int


def agenda_of(session_id: UUID) -> Agenda:
    """The agenda of a session in figures (1 statement)."""
    is_open = and_(
        SessionItem.decision.is_(None), ItemVersion.status == ItemStatus.IN_REVIEW, Item.retired_at.is_(None)
    )
    query = select(func.count(), func.count(SessionItem.decision), func.count(case((is_open, 1))))
    query = query.select_from(SessionItem).join(SessionItem.version).join(ItemVersion.item)
    return Agenda(*db.session.execute(query.where(SessionItem.session_id == session_id)).one())


def agenda_page(session_id: UUID, page: int, questions: int) -> Page:
    """A page of the agenda in its order: entries with their versions and who decided (1 statement)."""
    version = joinedload(SessionItem.version)
    query = select(SessionItem).where(SessionItem.session_id == session_id).order_by(SessionItem.position)
    query = query.options(
        version.joinedload(ItemVersion.item), version.joinedload(ItemVersion.sub_topic).joinedload(SubTopic.area),
        joinedload(SessionItem.decided_by),
    )  # fmt: skip
    return Page(questions, page, lambda after, most: db.session.scalars(query.offset(after).limit(most)).all())


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
    """Versions that wait for a decision and are before no open session, the longest waiting first (2 statements)."""
    taken = _undecided(select(SessionItem.version_id))
    query = select(BankEntry.version_id).where(
        BankEntry.status == ItemStatus.IN_REVIEW, BankEntry.is_newest, BankEntry.is_retired.is_(False),
        BankEntry.version_id.not_in(taken),
    )  # fmt: skip
    query = query.order_by(BankEntry.edited_at, BankEntry.identifier, BankEntry.id).limit(MOST_OFFERED)
    return listing.versions(db.session.scalars(query))


def approvers() -> list[User]:
    """Active staff who may approve questions, by name (2 statements)."""
    found = db.session.scalars(select(User).where(User.is_active).order_by(User.name_sort, User.username))
    return [user for user in found if Permission.BANK_APPROVE in user.permissions]


def agenda_entries(version_id: UUID) -> list[SessionItem]:
    """Where a version stands or stood on the agenda of a session, the latest last (1 statement)."""
    query = select(SessionItem).join(SessionItem.session).where(SessionItem.version_id == version_id)
    query = query.options(contains_eager(SessionItem.session)).order_by(ApprovalSession.opened_at)
    return list(db.session.scalars(query))
