"""Proving who one is, and the sessions that follow from it.

Checking a password takes a fifth of a second, so it is done before the transaction: :func:`prove` checks and counts,
then :func:`sign_in`, :func:`confirm`, :func:`prove_for` or :func:`change_password` accepts the proof under lock.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update

from accounts import one_time_codes, passwords, queries, rules
from accounts.models import StaffSession, User
from accounts.services import people, setting_up
from core import audit, crypto, throttle
from core.audit import Actor
from core.db import db, transaction
from core.i18n import format_time


@dataclass(frozen=True)
class Proof:
    """What was proved, and against what: still to be accepted in a transaction."""

    user_id: UUID
    password_hash: str
    step: int | None
    new_hash: str | None = None


def prove(username: str, password: str, code: str | None, *, address: str, now: datetime) -> Proof:
    """Check user name, password and one-time code; a failure is counted and recorded in transactions of its own.

    ``code`` None leaves the one-time code out (change of password: the session has proved it already). Not to be
    called inside a transaction. A try is counted before it is checked, so that guesses sent at once do not slip past.

    Raises:
        AccountLocked: too many failures of this name or from this address; the same for names that do not exist.
        WrongCredentials: anything else that does not fit, always the same, after the same work.
        SetupNeeded: the password is right, but a role asks for a one-time code that was never set up.
    """
    name, place = _key("name", rules.canonical_username(username)), _key("address", address)
    _check_not_locked(name, place, now)
    tries = throttle.count_failure(name, window=None, now=now)
    if tries > rules.LOCK_AFTER:
        _lock(name, now)
    _check_not_locked(name, place, now)  # again: another guess may have locked the name and begun the count anew
    user = queries.find_user(username)
    is_right = passwords.is_right(user.password_hash if user else None, password)
    if user is None or not is_right or not user.is_active or user.password_hash is None:
        raise _failed(user, tries, name, place, now)
    if people.lacks_one_time_code(user):
        with transaction():
            throttle.forget(name)
        raise rules.SetupNeeded
    step = None
    if code is not None and user.one_time_secret is not None:
        secret = crypto.keyring().open("accounts", user.one_time_secret, setting_up.seal_context(user))
        step = one_time_codes.matching_step(secret, code, after=user.one_time_step, at=now)
        if step is None:
            raise _failed(user, tries, name, place, now)
    new_hash = passwords.hash_password(password) if passwords.is_outdated(user.password_hash) else None
    return Proof(user.id, user.password_hash, step, new_hash)


def sign_in(proof: Proof, *, address: str, agent: str, now: datetime) -> str:
    """Open a session; returns its token, which is stored nowhere but in the person's cookie.

    Raises:
        WrongCredentials: since the proof, the account was closed, the password changed or the code was used.
    """
    return open_session(accept(proof), address=address, agent=agent, now=now)


def open_session(user: User, *, address: str, agent: str, now: datetime) -> str:
    """A session for somebody who has just proved who they are (or has just set up password and code)."""
    token = secrets.token_urlsafe(32)
    row = StaffSession(
        user_id=user.id, token_hash=queries.token_hash(token), created_at=now, seen_at=now, confirmed_at=now,
        address=address[:64], agent=agent[:200],
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("user.signed_in", user, by=user, at=now, session=row.id, address=row.address)
    return token


def confirm(session: StaffSession, proof: Proof, *, now: datetime) -> None:
    """Renew the proof of identity that grave acts ask for.

    Raises:
        WrongCredentials: as :func:`sign_in`, or the proof is somebody else's.
    """
    user = _accept_own(session, proof)
    session.confirmed_at = now
    audit.record("user.confirmed", user, by=user, at=now, session=session.id)


def prove_for(act: str, session: StaffSession, proof: Proof, *, now: datetime) -> None:
    """Use up a proof of identity for one act (named by its endpoint): it holds for nothing else.

    Raises:
        WrongCredentials: as :func:`confirm`.
    """
    user = _accept_own(session, proof)
    audit.record("user.confirmed", user, by=user, at=now, session=session.id, act=act)


def _accept_own(session: StaffSession, proof: Proof) -> User:
    user = accept(proof)
    if session.user_id != user.id:
        raise rules.WrongCredentials
    return user


def change_password(session: StaffSession, proof: Proof, password_hash: str, *, now: datetime) -> None:
    """Replace one's own password; every other session of this person ends.

    ``password_hash`` comes from :func:`accounts.services.setting_up.new_password`.

    Raises:
        WrongCredentials: as :func:`confirm`.
    """
    user = _accept_own(session, proof)
    user.password_hash = password_hash
    ended = setting_up.revoke_all(user, now=now, keep=session)
    audit.record("user.password_changed", user, by=user, at=now, sessions_ended=ended)


def sign_out(session: StaffSession, *, now: datetime) -> None:
    """End this session."""
    session.revoked_at = now
    audit.record("user.signed_out", session.user, by=session.user, at=now, session=session.id)


def revoke_session(session: StaffSession, *, by: Actor, now: datetime) -> None:
    """End a session elsewhere; one that has ended already stays as it is."""
    if session.revoked_at is None:
        session.revoked_at = now
        audit.record("session.revoked", session.user, by=by, at=now, session=session.id)


def touch(session_id: UUID, *, now: datetime) -> None:
    """Note that the session is in use."""
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.revoked_at.is_(None))
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )


def accept(proof: Proof) -> User:
    """The proven user, locked; a one-time code is spent here, so that of two requests with one code only one passes."""
    user = queries.get_user(proof.user_id, lock=True)
    if not user.is_active or user.password_hash != proof.password_hash:
        raise rules.WrongCredentials
    if proof.step is not None:
        if proof.step <= user.one_time_step:
            raise rules.WrongCredentials
        user.one_time_step = proof.step
    if proof.new_hash:
        user.password_hash = proof.new_hash
    throttle.forget(_key("name", user.username))
    return user


def _key(kind: str, value: str) -> str:
    """Name of a counter: hashed under a key, because people type passwords into the wrong field."""
    return f"sign_in:{kind}:{crypto.keyring().lookup('index', value, ('sign_in', kind)).hex()[:40]}"


def _check_not_locked(name: str, place: str, now: datetime) -> None:
    failures, since = throttle.failures(f"{name}:locked", window=rules.LOCK_FOR, now=now)
    if failures:
        raise _locked(since + rules.LOCK_FOR, now)
    failures, since = throttle.failures(place, window=rules.ADDRESS_WINDOW, now=now)
    if failures >= rules.ADDRESS_FAILURES:
        raise _locked(since + rules.ADDRESS_WINDOW, now)


def _lock(name: str, now: datetime) -> None:
    """Lock the name, then begin its count anew: in this order, so that whoever counts from one sees the lock."""
    throttle.count_failure(f"{name}:locked", window=rules.LOCK_FOR, now=now)
    with transaction():
        throttle.forget(name)


def _locked(until: datetime, now: datetime) -> rules.AccountLocked:
    seconds = -((now - until) // timedelta(seconds=1))
    return rules.AccountLocked(time=format_time(until), seconds=seconds)


def _failed(user: User | None, tries: int, name: str, place: str, now: datetime) -> rules.WrongCredentials:
    """Count and record a failure: which account, never what was typed."""
    subject = f"user:{user.id}" if user else "user:unknown"
    throttle.count_failure(place, window=rules.ADDRESS_WINDOW, now=now)
    locks = tries >= rules.LOCK_AFTER
    if locks:
        _lock(name, now)
    with transaction():
        audit.record("user.sign_in_failed", subject, by=audit.Anonymous(), at=now, tries=tries, locked=locks)
    return rules.WrongCredentials()
