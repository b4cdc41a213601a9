"""Accounts: open sessions, people, their roles and what they end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts import queries, rules
from accounts.models import RoleGrant, StaffSession
from accounts.rules import Role
from accounts.services import people, setting_up, signing_in
from core import audit
from core.db import db, transaction
from tests.services.account_people import BY, Person, actions

SECOND = timedelta(seconds=1)


@pytest.fixture
def author(app, clock):
    """An item author, who signs in with a one-time code."""
    return Person(clock, Role.ITEM_AUTHOR)


@pytest.fixture
def proctor(app, clock):
    """A proctor, who signs in with the password alone."""
    return Person(clock, Role.PROCTOR, username="proctor")


# --- sessions


def test_confirming_renews_the_proof_of_identity(author, clock):
    session = author.sign_in()
    clock.advance(timedelta(minutes=6))
    proof = author.prove()
    with transaction():
        signing_in.confirm(db.session.get_one(StaffSession, session.id), proof, now=clock())
    assert db.session.get_one(StaffSession, session.id).confirmed_at == clock()


def test_nobody_confirms_the_session_of_somebody_else(author, proctor, clock):
    session, proof = author.sign_in(), proctor.prove()
    with pytest.raises(rules.WrongCredentials), transaction():
        signing_in.confirm(db.session.get_one(StaffSession, session.id), proof, now=clock())


def test_changing_the_password_ends_every_other_session(proctor, clock):
    here, there = proctor.sign_in(), proctor.sign_in()
    proof, hashed = proctor.prove(), setting_up.new_password("another long password", "proctor")
    with transaction():
        signing_in.change_password(db.session.get_one(StaffSession, here.id), proof, hashed, now=clock())
    assert [row.id for row in queries.live_sessions(proctor.row, now=clock())] == [here.id]
    assert db.session.get_one(StaffSession, there.id).revoked_at == clock()
    assert proctor.prove(password="another long password")


def test_signing_out_and_ending_a_session_are_recorded_and_final(proctor, clock):
    one, other = proctor.sign_in(), proctor.sign_in()
    with transaction():
        signing_in.sign_out(db.session.get_one(StaffSession, one.id), now=clock())
        signing_in.revoke_session(db.session.get_one(StaffSession, other.id), by=proctor.row, now=clock())
    assert queries.live_sessions(proctor.row, now=clock()) == []
    assert actions()[-2:] == ["user.signed_out", "session.revoked"]
    with transaction():
        signing_in.touch(one.id, now=clock.advance(SECOND))
    assert db.session.get_one(StaffSession, one.id).seen_at < clock()


# --- people and roles


def test_a_user_name_is_given_once(author, clock):
    with pytest.raises(rules.UserNameTaken), transaction():
        people.create_user("Asanova", "Башка", [], by=BY, now=clock())


def test_nobody_gives_takes_or_closes_for_themselves(author, clock):
    me = author.row
    for act in (
        lambda: people.grant_role(me, Role.PROCTOR, by=me, now=clock()),
        lambda: people.revoke_role(me, Role.ITEM_AUTHOR, by=me, now=clock()),
        lambda: people.deactivate(me, by=me, now=clock()),
        lambda: people.reactivate(me, by=me, now=clock()),
        lambda: people.rename(me, "Башка", by=me, now=clock()),
    ):
        with pytest.raises(rules.NotYourself), transaction():
            act()


def test_a_role_that_excludes_one_held_is_refused(author, clock):
    with transaction():
        people.grant_role(author.row, Role.AUDITOR, by=BY, now=clock())
    with pytest.raises(rules.ForbiddenPair), transaction():
        people.grant_role(author.row, Role.TEST_ADMINISTRATOR, by=BY, now=clock())
    assert author.row.roles == {Role.ITEM_AUTHOR, Role.AUDITOR}


def test_roles_that_exclude_each_other_may_follow_each_other(author, clock):
    for role in (Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR):
        with transaction():
            people.set_roles(author.row, {role}, by=BY, now=clock())
    assert author.row.roles == {Role.SYSTEM_ADMINISTRATOR}


def test_a_role_given_again_keeps_the_record_of_the_first_time(proctor, clock):
    for act in (people.revoke_role, people.grant_role):
        clock.advance(timedelta(days=1))
        with transaction():
            act(proctor.row, Role.PROCTOR, by=BY, now=clock())
    grants = db.session.scalars(select(RoleGrant).where(RoleGrant.user_id == proctor.id)).all()
    assert sorted(grant.revoked_at is None for grant in grants) == [False, True]
    assert actions()[-2:] == ["role.revoked", "role.granted"]


def test_a_role_given_twice_or_not_held_changes_nothing(proctor, clock):
    before = actions()
    with transaction():
        people.grant_role(proctor.row, Role.PROCTOR, by=BY, now=clock())
        people.revoke_role(proctor.row, Role.SYSTEM_ADMINISTRATOR, by=BY, now=clock())
    assert actions() == before


def test_at_least_one_administrator_remains(app, clock):
    one = Person(clock, Role.SYSTEM_ADMINISTRATOR, username="one")
    for act in (
        lambda: people.deactivate(one.row, by=BY, now=clock()),
        lambda: people.revoke_role(one.row, Role.SYSTEM_ADMINISTRATOR, by=BY, now=clock()),
    ):
        with pytest.raises(rules.LastAdministrator), transaction():
            act()
    two = Person(clock, Role.SYSTEM_ADMINISTRATOR, username="two")
    with transaction():
        people.deactivate(one.row, by=two.row, now=clock())
    with pytest.raises(rules.LastAdministrator), transaction():
        people.revoke_role(two.row, Role.SYSTEM_ADMINISTRATOR, by=BY, now=clock())


def test_closing_an_account_ends_its_sessions_and_links_and_opening_it_brings_back_neither(author, clock):
    session = author.sign_in()
    with transaction():
        token = people.new_setup_link(author.row, by=BY, now=clock())
    with transaction():
        people.deactivate(author.row, by=BY, now=clock())
    with transaction():
        people.reactivate(author.row, by=BY, now=clock())
    assert db.session.get_one(StaffSession, session.id).revoked_at is not None
    with pytest.raises(rules.SetupLinkInvalid):
        queries.get_setup_link(token, now=clock())
    assert author.row.roles == {Role.ITEM_AUTHOR}
    clock.advance(timedelta(seconds=30))
    assert author.sign_in()


def test_a_closed_account_gets_no_setup_link(author, clock):
    with transaction():
        people.deactivate(author.row, by=BY, now=clock())
    with pytest.raises(rules.SetupLinkInvalid), transaction():
        people.new_setup_link(author.row, by=BY, now=clock())


def test_a_role_that_asks_for_a_code_ends_sessions_opened_without_one(proctor, clock):
    session = proctor.sign_in()
    with transaction():
        people.grant_role(proctor.row, Role.ITEM_AUTHOR, by=BY, now=clock())
    assert db.session.get_one(StaffSession, session.id).revoked_at == clock()
    with pytest.raises(rules.SetupNeeded):
        proctor.prove()
    with pytest.raises(rules.WrongCredentials):
        proctor.prove(password="wrong")


def test_people_are_found_by_kyrgyz_letters_in_any_case_and_sorted_by_the_kyrgyz_alphabet(app, clock):
    for number, name in enumerate(["Яковлев Иван", "Үсөнов Өмүр", "Ёлкин Пётр", "Уметов Азат", "Женишев Азат"]):
        with transaction():
            people.create_user(f"u{number}", name, [Role.PROCTOR] if number else [], by=BY, now=clock())

    def names(*given, **more):
        return [user.full_name.split()[0] for user in db.session.scalars(queries.list_users(*given, **more))]

    assert names() == ["Ёлкин", "Женишев", "Уметов", "Үсөнов", "Яковлев"]
    assert names("ҮСӨН") == ["Үсөнов"] and names("елкин петр") == ["Ёлкин"] and names("u3") == ["Уметов"]
    assert names("%") == []
    assert "Яковлев" not in names(role=Role.PROCTOR)
    with transaction():
        people.deactivate(queries.find_user("u1"), by=BY, now=clock())
    assert names(state="closed") == ["Үсөнов"] and "Үсөнов" not in names(state="active")


def test_every_act_stands_in_a_record_that_holds(author, clock):
    author.sign_in()
    assert list(audit.verify()) == []
