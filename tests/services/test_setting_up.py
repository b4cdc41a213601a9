"""Set-up links, the first administrator, and what is kept of a password."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from sqlalchemy import func, select

from accounts import one_time_codes, passwords, queries, rules
from accounts.models import StaffSession, User
from accounts.rules import Role
from accounts.services import people, setting_up
from core.crypto import keyring
from core.db import db, transaction
from core.errors import CannotOpen
from tests.services.account_people import BY, PASSWORD, Person

SECOND = timedelta(seconds=1)


@pytest.fixture
def author(app, clock):
    """An item author, who signs in with a one-time code."""
    return Person(clock, Role.ITEM_AUTHOR)


@pytest.fixture
def proctor(app, clock):
    """A proctor, who signs in with the password alone."""
    return Person(clock, Role.PROCTOR, username="proctor")


def test_nobody_but_the_person_learns_the_password_and_the_database_keeps_neither_it_nor_the_secret(author):
    user = author.row
    assert user.password_hash.startswith("$argon2id$") and PASSWORD not in user.password_hash
    assert author.secret not in user.one_time_secret
    opened = keyring().open("accounts", user.one_time_secret, setting_up.seal_context(user))
    assert opened == author.secret


def test_a_one_time_secret_moved_to_another_account_does_not_open(author, proctor):
    with pytest.raises(CannotOpen):
        keyring().open("accounts", author.row.one_time_secret, setting_up.seal_context(proctor.row))


def test_a_setup_link_works_once(app, clock):
    with transaction():
        _, token = people.create_user("new", "Жаңы", [Role.PROCTOR], by=BY, now=clock())
    hashed = setting_up.new_password(PASSWORD, "new")
    with transaction():
        setting_up.complete_setup(token, hashed, "", now=clock())
    with pytest.raises(rules.SetupLinkInvalid), transaction():
        setting_up.complete_setup(token, hashed, "", now=clock())


@pytest.mark.parametrize(("after", "works"), [(rules.SETUP_LINK_LASTS - SECOND, True), (rules.SETUP_LINK_LASTS, False)])
def test_a_setup_link_works_for_three_days(app, clock, after, works):
    with transaction():
        _, token = people.create_user("new", "Жаңы", [Role.PROCTOR], by=BY, now=clock())
    clock.advance(after)
    if works:
        assert queries.get_setup_link(token, now=clock()).user.username == "new"
    else:
        with pytest.raises(rules.SetupLinkInvalid):
            queries.get_setup_link(token, now=clock())


def test_a_new_setup_link_ends_the_one_before(author, clock):
    with transaction():
        first = people.new_setup_link(author.row, by=BY, now=clock())
    with transaction():
        second = people.new_setup_link(author.row, by=BY, now=clock())
    with pytest.raises(rules.SetupLinkInvalid):
        queries.get_setup_link(first, now=clock())
    assert queries.get_setup_link(second, now=clock())


def test_setting_up_needs_the_code_that_the_phone_shows(app, clock):
    with transaction():
        _, token = people.create_user("new", "Жаңы", [Role.ITEM_AUTHOR], by=BY, now=clock())
    hashed = setting_up.new_password(PASSWORD, "new")
    with pytest.raises(rules.WrongOneTimeCode), transaction():
        setting_up.complete_setup(token, hashed, "000000", now=clock())
    assert queries.find_user("new").password_hash is None


def test_setting_up_again_ends_open_sessions_and_the_old_password(author, clock):
    session = author.sign_in()
    with transaction():
        token = people.new_setup_link(author.row, by=BY, now=clock())
    secret = setting_up.offered_secret(queries.get_setup_link(token, now=clock()), token)
    hashed = setting_up.new_password("another long password", "asanova")
    with transaction():
        setting_up.complete_setup(token, hashed, one_time_codes.code_at(secret, clock()), now=clock())
    assert db.session.get_one(StaffSession, session.id).revoked_at == clock()
    with pytest.raises(rules.WrongCredentials):
        author.prove()


def test_a_weak_password_is_refused(app):
    with pytest.raises(rules.WeakPassword):
        setting_up.new_password("short", "asanova")


def test_the_first_start_gives_one_link_for_one_administrator_until_it_is_used(app, clock):
    with transaction():
        lost = people.bootstrap(now=clock())
    with transaction():
        token = people.bootstrap(now=clock())
    assert db.session.scalar(select(func.count()).select_from(User)) == 1
    with pytest.raises(rules.SetupLinkInvalid):
        queries.get_setup_link(lost, now=clock())
    link = queries.get_setup_link(token, now=clock())
    assert link.user.username == "admin" and link.user.roles == {Role.SYSTEM_ADMINISTRATOR}
    code = one_time_codes.code_at(setting_up.offered_secret(link, token), clock())
    hashed = setting_up.new_password(PASSWORD, "admin")
    with transaction():
        setting_up.complete_setup(token, hashed, code, now=clock())
    with transaction():
        assert people.bootstrap(now=clock()) is None


def test_passwords_are_hashed_with_argon2id_and_at_least_the_work_that_rfc_9106_asks_for(quick_hashing):
    quick_hashing.undo()
    parameters = extract_parameters(passwords.hash_password(PASSWORD))
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= 2**16 and parameters.time_cost >= 3  # second recommended option, in KiB


def test_a_hash_made_with_less_work_is_made_anew_on_signing_in(author, monkeypatch):
    before = author.row.password_hash
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    author.sign_in()
    assert author.row.password_hash != before and passwords.is_right(author.row.password_hash, PASSWORD)
