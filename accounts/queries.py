"""Finding users, sessions and set-up links."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from accounts import rules
from accounts.models import RoleGrant, SetupLink, StaffSession, User
from accounts.rules import Role
from core import crypto
from core.db import db
from core.names import search_form

PER_PAGE = 25


def token_hash(token: str) -> bytes:
    """What the database keeps of a random token: SHA-256, 32 bytes. The token is long, so no salt is needed."""
    return crypto.sha256(token.encode())


def find_user(username: str) -> User | None:
    """The user of this name, in whatever letters it was typed."""
    return db.session.scalar(select(User).where(User.username == rules.canonical_username(username)))


def get_user(user_id: UUID, *, lock: bool = False) -> User:
    """The user of this identifier; with ``lock``, for a change.

    Raises:
        NotFound: there is none.
    """
    user = db.session.get(User, user_id, with_for_update=lock or None, populate_existing=lock)
    if user is None:
        raise NotFound
    return user


def is_set_up() -> bool:
    """Whether anybody can sign in at all."""
    return db.session.scalar(select(func.count()).select_from(User).where(User.password_hash.is_not(None))) != 0


def list_users(text: str = "", role: Role | None = None, state: str = "") -> Select[Any]:
    """Users by name: ``text`` in the name or user name, holding ``role`` now, ``state`` active or closed."""
    query = select(User).order_by(User.name_sort, User.username)
    if wanted := search_form(text):
        query = query.where(
            or_(
                User.name_search.contains(wanted, autoescape=True),
                User.username.contains(wanted, autoescape=True),
            )
        )
    if role:
        query = query.where(User.grants.any((RoleGrant.role == role) & RoleGrant.revoked_at.is_(None)))
    if state in {"active", "closed"}:
        query = query.where(User.is_active.is_(state == "active"))
    return query


def page_of(query: Select[Any], page: int) -> Any:
    """One page of a list (a Flask-SQLAlchemy pagination); 404 beyond the last one."""
    return db.paginate(query, page=page, per_page=PER_PAGE, max_per_page=PER_PAGE)


def find_session(token: str) -> StaffSession | None:
    """The session row of this token, live or not, with its user."""
    return db.session.scalar(
        select(StaffSession).where(StaffSession.token_hash == token_hash(token)).options(joinedload(StaffSession.user))
    )


def live_sessions(user: User, *, now: datetime) -> list[StaffSession]:
    """Sessions of this person that still count, the latest first."""
    rows = db.session.scalars(
        select(StaffSession)
        .where(StaffSession.user_id == user.id, StaffSession.revoked_at.is_(None))
        .where(StaffSession.created_at >= now - rules.SESSION_LIMIT, StaffSession.seen_at >= now - rules.IDLE_LIMIT)
        .order_by(StaffSession.seen_at.desc(), StaffSession.created_at.desc())
    )
    return [row for row in rows if rules.is_live(row.created_at, row.seen_at, row.revoked_at, now=now)]


def get_own_session(session_id: UUID, user: User) -> StaffSession:
    """A session of this very person.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = db.session.get(StaffSession, session_id)
    if row is None or row.user_id != user.id:
        raise NotFound
    return row


def get_setup_link(token: str, *, now: datetime, lock: bool = False) -> SetupLink:
    """The open set-up link of this token, of somebody whose account is open.

    Raises:
        SetupLinkInvalid: unknown, used, expired, or the account is closed.
    """
    query = select(SetupLink).where(SetupLink.token_hash == token_hash(token))
    link = db.session.scalar(query.with_for_update() if lock else query)
    if link is None or not link.user.is_active:
        raise rules.SetupLinkInvalid
    rules.check_setup_link(link.used_at, link.expires_at, now=now)
    return link


def open_setup_link(user: User, *, now: datetime) -> SetupLink | None:
    """The link given to this person that still waits to be used."""
    return db.session.scalar(
        select(SetupLink)
        .where(SetupLink.user_id == user.id, SetupLink.used_at.is_(None), SetupLink.expires_at > now)
        .order_by(SetupLink.created_at.desc())
        .limit(1)
    )
