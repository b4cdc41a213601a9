"""Set-up links: how a person sets password and one-time code without anybody else knowing them."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select, update

from accounts import one_time_codes, passwords, queries, rules
from accounts.models import SetupLink, StaffSession, User
from core import audit, crypto
from core.audit import Actor
from core.db import db


def seal_context(user: User) -> tuple[str, ...]:
    """Where the sealed one-time secret belongs: this column of this row."""
    return ("user", str(user.id), "one_time_secret")


def new_password(password: str, *own: str) -> str:
    """Hash of a password that may be used. Slow, so it is called before the transaction begins.

    ``own`` are the names of the account and of the person.

    Raises:
        WeakPassword: too short, or easy to guess.
    """
    rules.check_password(password, *own)
    return passwords.hash_password(password)


def issue_link(user: User, *, by: Actor, now: datetime) -> str:
    """A new set-up link; returns its token, which is stored nowhere. Links given earlier end."""
    end_links(user, now=now)
    token = secrets.token_urlsafe(32)
    expires_at = now + rules.SETUP_LINK_LASTS
    link = SetupLink(user_id=user.id, token_hash=queries.token_hash(token), created_at=now, expires_at=expires_at)
    db.session.add(link)
    db.session.flush()
    audit.record("setup_link.issued", user, by=by, at=now, link=link.id, expires_at=expires_at)
    return token


def end_links(user: User, *, now: datetime) -> None:
    """No link given to this person earlier works any more."""
    db.session.execute(
        update(SetupLink)
        .where(SetupLink.user_id == user.id, SetupLink.used_at.is_(None), SetupLink.expires_at > now)
        .values(expires_at=now)
        .execution_options(synchronize_session="fetch")
    )


def offered_secret(link: SetupLink, token: str) -> bytes:
    """The one-time secret that this link offers: the same on every showing of the page, and stored nowhere.

    It is a keyed hash of the link's token: neither the database nor the link alone tells it.
    """
    keyed = crypto.keyring().lookup("accounts", token, ("setup_link", str(link.id), "one_time_secret"))
    return keyed[: one_time_codes.SECRET_BYTES]


def complete_setup(token: str, password_hash: str, code: str, *, now: datetime) -> User:
    """Set password and, where a role asks for it, the one-time code; the link is spent and open sessions end.

    ``password_hash`` comes from :func:`new_password`.

    Raises:
        SetupLinkInvalid: unknown, used or expired link, or a closed account.
        WrongOneTimeCode: the app does not show the right code yet.
    """
    link = queries.get_setup_link(token, now=now, lock=True)
    user = queries.get_user(link.user_id, lock=True)
    if user.needs_one_time_code:
        secret = offered_secret(link, token)
        step = one_time_codes.matching_step(secret, code, after=0, at=now)
        if step is None:
            raise rules.WrongOneTimeCode
        user.one_time_secret = crypto.keyring().seal("accounts", secret, seal_context(user))
        user.one_time_step = step
    else:
        user.one_time_secret = None
    user.password_hash = password_hash
    link.used_at = now
    revoke_all(user, now=now)
    audit.record("user.set_up", user, by=user, at=now, link=link.id, one_time_code=user.needs_one_time_code)
    return user


def revoke_all(user: User, *, now: datetime, keep: StaffSession | None = None) -> int:
    """End every open session of this person but ``keep``; returns how many there were."""
    rows = db.session.scalars(
        select(StaffSession).where(StaffSession.user_id == user.id, StaffSession.revoked_at.is_(None))
    ).all()
    ended = [row for row in rows if keep is None or row.id != keep.id]
    for row in ended:
        row.revoked_at = now
    return len(ended)
