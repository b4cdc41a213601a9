"""Every door of staff is shut for whoever may not enter, whatever became of their session; no form without token."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from accounts.models import RoleGrant, StaffSession, User
from accounts.rules import IDLE_LIMIT, PERMISSIONS, Permission, Role
from core.db import db, transaction
from tests.outside import TRACES
from tests.security.house import House, path_of, staff_rules

SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # who enters is decided alike before both
METHODS = ("GET", "POST")
NIGHTLY = "SECURITY_COUNT" in os.environ  # the quick part takes those who may do most; who may do what is decided apart
OF_NOBODY = {"question_bank.template"}  # an empty sheet


def sessions_end(house: House, user_id: object) -> None:
    """Somebody ends the sessions of this person."""
    with transaction():
        db.session.execute(db.update(StaffSession).filter_by(user_id=user_id).values(revoked_at=house.clock()))


def account_closes(_house: House, user_id: object) -> None:
    """The account is closed; the row of the session is left as it was."""
    with transaction():
        db.session.get_one(User, user_id).is_active = False


def role_ends(house: House, user_id: object) -> None:
    """The role is taken away; the session goes on."""
    with transaction():
        db.session.execute(db.update(RoleGrant).filter_by(user_id=user_id).values(revoked_at=house.clock()))


def time_passes(house: House, _user_id: object) -> None:
    """Half an hour without use."""
    house.clock.advance(IDLE_LIMIT + timedelta(seconds=1))


def cookie_is_forged(_house: House, _user_id: object) -> None:
    """The token in the cookie is not the one that was given (see below)."""


BECOMES: list[Callable[[House, object], None]] = [
    sessions_end, account_closes, role_ends, time_passes, cookie_is_forged
]  # fmt: skip


def tries(house: House, client: FlaskClient, permissions: frozenset[Permission]) -> list[tuple[object, ...]]:
    """Where somebody got in, or did something, with the real ids of a sitting."""
    wrong = []
    with client.session_transaction() as session:
        kept = dict(session)
    for method in METHODS:
        for rule, permission in staff_rules(house.app, method):
            if permission not in permissions:
                continue
            with client.session_transaction() as session:
                session.clear()
                session.update(kept)
            house.written.take()
            answer = client.open(path_of(rule, house.ours.ids), method=method)
            shut = answer.status_code in (401, 403) or (answer.location or "").startswith("/staff/sign-in")
            shut = shut or 'name="proof-password"' in answer.text  # the form is kept until somebody has signed in
            if not shut or not (wrote := house.written.take()) <= TRACES:
                wrong.append((method, rule.rule, answer.status_code, sorted(wrote) if shut else "came in"))
    return wrong


@SQLITE
@pytest.mark.parametrize("becomes", BECOMES)
def test_a_session_that_is_over_opens_nothing(house: House, becomes: Callable[[House, object], None]) -> None:
    for role in Role if NIGHTLY else (Role.TEST_ADMINISTRATOR,):
        user = db.session.get_one(User, house.people[role])
        client, user_id = house.browser(user), user.id
        becomes(house, user_id)
        if becomes is cookie_is_forged:
            with client.session_transaction() as session:
                session["staff"] = session["staff"][:-1] + ("A" if session["staff"][-1] != "A" else "B")
        assert tries(house, client, PERMISSIONS[role]) == []


@SQLITE
@pytest.mark.parametrize("role", list(Role) if NIGHTLY else [Role.PROCTOR])
def test_a_role_sees_nothing_of_a_real_sitting_that_is_not_its_own(house: House, role: Role) -> None:
    """As the matrix of tests/architecture/test_access.py, with ids of things that there are."""
    client = house.browser(db.session.get_one(User, house.people[role]))
    others = frozenset(Permission) - PERMISSIONS[role]
    assert tries(house, client, others) == []


@SQLITE
def test_no_form_of_staff_is_taken_without_its_token(house: House) -> None:
    house.app.config["WTF_CSRF_ENABLED"] = True
    wrong = []
    for rule, permission in staff_rules(house.app, "POST"):
        for token in ({}, {"csrf_token": "x"}):
            answer = house.send(house.holder(permission), path_of(rule, house.ours.ids), token)
            if answer.status_code != 400 or not house.written.take() <= TRACES - {"audit_entry"}:
                wrong.append((rule.rule, answer.status_code))
    assert not wrong


@SQLITE
def test_a_look_writes_nothing_and_nobody_keeps_what_was_seen(house: House) -> None:
    """A page that is only read changes nothing but the record of looking; no browser and no proxy stores it."""
    wrong = []
    for rule, permission in staff_rules(house.app, "GET"):
        client = house.browser(house.holder(permission))
        house.written.take()
        answer = client.get(path_of(rule, house.ours.ids))
        answer.close()
        wrote, keeps = house.written.take() - TRACES, answer.headers["Cache-Control"]
        if wrote or answer.status_code >= 500 or ("no-store" not in keeps and rule.endpoint not in OF_NOBODY):
            wrong.append((rule.rule, answer.status_code, sorted(wrote), keeps))
    assert not wrong
