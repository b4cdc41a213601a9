"""Users and their roles."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from accounts import queries, rules
from accounts.models import RoleGrant, User
from accounts.rules import Role
from accounts.services import setting_up
from core import audit
from core.audit import Actor
from core.db import db

FIRST_ADMINISTRATOR = "admin"


def create_user(
    username: str, full_name: str, roles: Collection[Role], *, by: Actor, now: datetime, is_demo: bool = False
) -> tuple[User, str]:
    """A new member of staff and the token of the link with which they set their password.

    Raises:
        UserNameTaken: somebody has this user name.
        ForbiddenPair: the roles must not be held by one person.
    """
    name = rules.canonical_username(username)
    rules.check_roles(roles)
    if queries.find_user(name) is not None:
        raise rules.UserNameTaken(name=name)
    user = User(username=name, full_name=full_name.strip(), created_at=now, is_demo=is_demo)
    user.grants = [_grant(role, by, now) for role in sorted(roles)]
    db.session.add(user)
    db.session.flush()
    token = setting_up.issue_link(user, by=by, now=now)
    audit.record("user.created", user, by=by, at=now, username=name, roles=sorted(roles))
    return user, token


def bootstrap(*, now: datetime) -> str | None:
    """Token of a set-up link for the first system administrator; None once anybody has set a password.

    Until then every call gives a new link and ends the one before, so that a lost first link locks nobody out.
    """
    if queries.is_set_up():
        return None
    by = audit.System("bootstrap")
    user = queries.find_user(FIRST_ADMINISTRATOR)
    if user is not None:
        return setting_up.issue_link(user, by=by, now=now)
    roles = {Role.SYSTEM_ADMINISTRATOR}
    return create_user(FIRST_ADMINISTRATOR, "System administrator", roles, by=by, now=now)[1]


def rename(user: User, full_name: str, *, by: Actor, now: datetime) -> None:
    """Correct or change a person's name.

    Raises:
        NotYourself: nobody changes their own name.
    """
    _check_not_self(user, by)
    before, user.full_name = user.full_name, full_name.strip()
    if before != user.full_name:
        audit.record("user.renamed", user, by=by, at=now, before=before, after=user.full_name)


def set_roles(user: User, roles: Collection[Role], *, by: Actor, now: datetime) -> None:
    """Give and take roles until the person holds exactly these.

    Raises:
        NotYourself, ForbiddenPair, LastAdministrator: as the single acts.
    """
    wanted, held = set(roles), set(user.roles)
    rules.check_roles(wanted)
    for role in sorted(held - wanted):
        revoke_role(user, role, by=by, now=now)
    for role in sorted(wanted - held):
        grant_role(user, role, by=by, now=now)


def grant_role(user: User, role: Role, *, by: Actor, now: datetime) -> None:
    """Give a role; one that is held already changes nothing.

    Open sessions end where the role asks for a one-time code that this person has not set up.

    Raises:
        NotYourself: nobody gives themselves a role.
        ForbiddenPair: the person holds a role that excludes this one.
    """
    _check_not_self(user, by)
    user = queries.get_user(user.id, lock=True)
    if role in user.roles:
        return
    rules.check_roles(user.roles | {role})
    user.grants.append(_grant(role, by, now))
    if lacks_one_time_code(user):
        setting_up.revoke_all(user, now=now)
    audit.record("role.granted", user, by=by, at=now, role=role)


def revoke_role(user: User, role: Role, *, by: Actor, now: datetime) -> None:
    """Take a role away; one that is not held changes nothing.

    Raises:
        NotYourself: nobody takes away their own role.
        LastAdministrator: nobody else could manage accounts.
    """
    _check_not_self(user, by)
    if role is Role.SYSTEM_ADMINISTRATOR and role in user.roles:
        _check_another_administrator(user)
    user = queries.get_user(user.id, lock=True)
    for grant in user.grants:
        if grant.role is role and grant.revoked_at is None:
            grant.revoked_at = now
            audit.record("role.revoked", user, by=by, at=now, role=role)


def deactivate(user: User, *, by: Actor, now: datetime) -> None:
    """Close an account: nobody signs in with it, open sessions and links end. Roles stay on record.

    Raises:
        NotYourself: nobody closes their own account.
        LastAdministrator: nobody else could manage accounts.
    """
    _check_not_self(user, by)
    if Role.SYSTEM_ADMINISTRATOR in user.roles:
        _check_another_administrator(user)
    user = queries.get_user(user.id, lock=True)
    if not user.is_active:
        return
    user.is_active = False
    sessions = setting_up.revoke_all(user, now=now)
    setting_up.end_links(user, now=now)
    audit.record("user.deactivated", user, by=by, at=now, sessions=sessions)


def reactivate(user: User, *, by: Actor, now: datetime) -> None:
    """Open a closed account again, with the roles and the password it had."""
    _check_not_self(user, by)
    user = queries.get_user(user.id, lock=True)
    if not user.is_active:
        user.is_active = True
        audit.record("user.reactivated", user, by=by, at=now)


def new_setup_link(user: User, *, by: Actor, now: datetime) -> str:
    """Token of a new set-up link; password and one-time code stay as they are until the link is used.

    Raises:
        SetupLinkInvalid: the account is closed.
    """
    if not user.is_active:
        raise rules.SetupLinkInvalid
    return setting_up.issue_link(user, by=by, now=now)


def end_sessions(user: User, *, by: Actor, now: datetime) -> int:
    """Sign a person out everywhere; returns how many sessions there were."""
    ended = setting_up.revoke_all(user, now=now)
    if ended:
        audit.record("user.sessions_ended", user, by=by, at=now, sessions=ended)
    return ended


def lacks_one_time_code(user: User) -> bool:
    """Whether a role asks for a one-time code that this person, who has a password, never set up."""
    return rules.lacks_one_time_code(
        user.roles, has_password=user.password_hash is not None, has_secret=user.one_time_secret is not None
    )


def _grant(role: Role, by: Actor, now: datetime) -> RoleGrant:
    return RoleGrant(role=role, granted_by_id=by.id if isinstance(by, User) else None, granted_at=now)


def _check_not_self(user: User, by: Actor) -> None:
    if by.actor_name == user.actor_name:
        raise rules.NotYourself


def _check_another_administrator(user: User) -> None:
    """Lock every administrator, so that two of them cannot remove each other at once."""
    others = db.session.scalars(
        select(User.id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == Role.SYSTEM_ADMINISTRATOR, RoleGrant.revoked_at.is_(None), User.is_active)
        .order_by(User.id)
        .with_for_update()
    ).all()
    if not set(others) - {user.id}:
        raise rules.LastAdministrator
