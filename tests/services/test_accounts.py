"""Accounts: set-up links, signing in once with each code, lock-out, roles and what they end."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import func, select

from accounts import one_time_codes, passwords, queries, rules
from accounts.models import RoleGrant, StaffSession, User
from accounts.rules import LOCK_AFTER, LOCK_FOR, Role
from accounts.services import people, setting_up, signing_in
from core import audit
from core.audit import AuditEntry, System
from core.crypto import keyring
from core.db import db, transaction
from core.errors import CannotOpen

PASSWORD = "correct horse battery"
SECOND = timedelta(seconds=1)
BY = System("test")


class Counting(PasswordHasher):
    """Counts how often a password was hashed and found wrong."""

    checked = 0

    def verify(self, hash, password):
        try:
            return super().verify(hash, password)
        except VerifyMismatchError:
            self.checked += 1
            raise


class Person:
    """Somebody with an account that is set up, with their phone."""

    def __init__(self, clock, *roles, username="asanova", password=PASSWORD):
        self.clock, self.username, self.password = clock, username, password
        with transaction():
            user, token = people.create_user(username, "Асанова Нургүл", roles, by=BY, now=clock())
        self.id = user.id
        self.secret = setting_up.offered_secret(queries.get_setup_link(token, now=clock()), token)
        with transaction():
            setting_up.complete_setup(token, setting_up.new_password(password, username), self.code(), now=clock())
        clock.advance(timedelta(seconds=30))  # the code of the set-up is spent

    @property
    def row(self):
        return db.session.get_one(User, self.id, populate_existing=True)

    def code(self):
        return one_time_codes.code_at(self.secret, self.clock())

    def prove(self, password=None, code=None, address="10.0.0.1"):
        return signing_in.prove(
            self.username,
            password or self.password,
            self.code() if code is None else code,
            address=address,
            now=self.clock(),
        )

    def sign_in(self, **given):
        proof = self.prove(**given)
        with transaction():
            token = signing_in.sign_in(proof, address="10.0.0.1", agent="test", now=self.clock())
        return queries.find_session(token)


@pytest.fixture
def author(app, clock):
    """An item author, who signs in with a one-time code."""
    return Person(clock, Role.ITEM_AUTHOR)


@pytest.fixture
def proctor(app, clock):
    """A proctor, who signs in with the password alone."""
    return Person(clock, Role.PROCTOR, username="proctor")


def actions():
    return db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()


def fail(person, times, **given):
    for _ in range(times):
        with pytest.raises(rules.WrongCredentials):
            person.prove(password="wrong", **given)


# --- setting up


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


# --- signing in


def test_user_name_password_and_code_open_a_session_that_is_known_by_a_hash_only(author, clock):
    session = author.sign_in()
    assert session.user_id == author.id and session.confirmed_at == clock() and len(session.token_hash) == 32
    assert actions()[-1] == "user.signed_in"


def test_a_user_name_is_recognised_in_capitals(author):
    author.username = " ASANOVA "
    assert author.prove().user_id == author.id


@pytest.mark.parametrize("given", [{"password": "wrong"}, {"code": "000000"}, {"code": ""}])
def test_a_wrong_password_or_code_is_refused_alike(author, given):
    with pytest.raises(rules.WrongCredentials) as refused:
        author.prove(**given)
    assert refused.value.params == {}
    assert actions()[-1] == "user.sign_in_failed"


def test_an_unknown_user_is_refused_after_the_same_work(app, clock, monkeypatch):
    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    for username in ("nobody", "nobody.else"):
        with pytest.raises(rules.WrongCredentials):
            signing_in.prove(username, PASSWORD, "", address="10.0.0.1", now=clock())
    assert hasher.checked == 2


def test_a_closed_account_is_refused_like_a_wrong_password(author, clock):
    with transaction():
        people.deactivate(author.row, by=BY, now=clock())
    with pytest.raises(rules.WrongCredentials):
        author.prove()


def test_a_one_time_code_signs_in_once(author, clock):
    code = author.code()
    author.sign_in(code=code)
    with pytest.raises(rules.WrongCredentials):
        author.prove(code=code)
    clock.advance(timedelta(seconds=30))
    assert author.sign_in()


def test_of_two_proofs_with_one_code_only_one_opens_a_session(author, clock):
    first, second = author.prove(), author.prove()
    with transaction():
        signing_in.sign_in(first, address="-", agent="-", now=clock())
    with pytest.raises(rules.WrongCredentials), transaction():
        signing_in.sign_in(second, address="-", agent="-", now=clock())


def test_a_proof_does_not_outlive_the_password_that_it_proved(author, clock):
    session, clock_moved = author.sign_in(), clock.advance(timedelta(seconds=30))
    early = author.prove()
    change = signing_in.prove("asanova", PASSWORD, None, address="-", now=clock_moved)
    hashed = setting_up.new_password("another long password", "asanova")
    with transaction():
        signing_in.change_password(db.session.get_one(StaffSession, session.id), change, hashed, now=clock())
    with pytest.raises(rules.WrongCredentials), transaction():
        signing_in.sign_in(early, address="-", agent="-", now=clock())


def test_what_was_typed_is_nowhere_in_the_record(author):
    fail(author, 1, code="424242")
    with pytest.raises(rules.WrongCredentials):
        signing_in.prove("my secret password", "x", "", address="10.0.0.1", now=author.clock())
    record = "".join(str(body) for body in db.session.scalars(select(AuditEntry.body)))
    for secret in ("wrong", "424242", "my secret password", PASSWORD):
        assert secret not in record


# --- lock-out


def test_nine_failures_lock_nobody(author):
    fail(author, LOCK_AFTER - 1)
    assert author.sign_in()


def test_ten_failures_in_a_row_lock_the_name_for_a_quarter_of_an_hour(author, clock):
    fail(author, LOCK_AFTER)
    with pytest.raises(rules.AccountLocked) as refused:
        author.prove()
    assert refused.value.params == {"time": "10:15:30", "seconds": 900}
    clock.advance(LOCK_FOR - SECOND)
    with pytest.raises(rules.AccountLocked):
        author.prove()
    clock.advance(SECOND)
    assert author.sign_in()


def test_signing_in_forgets_the_failures_before(author, clock):
    fail(author, LOCK_AFTER - 1)
    author.sign_in()
    clock.advance(timedelta(minutes=2))
    fail(author, LOCK_AFTER - 1)
    assert author.sign_in()


def test_a_name_that_does_not_exist_is_locked_in_the_same_way(app, clock):
    for _ in range(LOCK_AFTER):
        with pytest.raises(rules.WrongCredentials):
            signing_in.prove("nobody", "x", "", address="10.0.0.1", now=clock())
    with pytest.raises(rules.AccountLocked):
        signing_in.prove("nobody", "x", "", address="10.0.0.1", now=clock())


def test_guesses_at_the_code_lock_as_well(author):
    for _ in range(LOCK_AFTER):
        with pytest.raises(rules.WrongCredentials):
            author.prove(code="000000")
    with pytest.raises(rules.AccountLocked):
        author.prove()


def test_thirty_failures_a_minute_from_one_address_close_it_to_every_name(author, clock):
    for number in range(rules.ADDRESS_FAILURES):
        with pytest.raises(rules.WrongCredentials):
            signing_in.prove(f"guess{number}", "x", "", address="10.0.0.9", now=clock())
    with pytest.raises(rules.AccountLocked):
        author.prove(address="10.0.0.9")
    assert author.prove(address="10.0.0.8")
    clock.advance(rules.ADDRESS_WINDOW)
    assert author.prove(address="10.0.0.9")


def test_guesses_sent_at_once_do_not_slip_past_the_lock(app, clock):
    def guess(_):
        with app.app_context():
            try:
                signing_in.prove("nobody", "x", "", address="10.0.0.1", now=clock())
            except (rules.WrongCredentials, rules.AccountLocked) as refusal:
                return refusal.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(guess, range(3 * LOCK_AFTER)))
    assert answers.total() == 3 * LOCK_AFTER and answers["wrong_credentials"] <= LOCK_AFTER
    assert answers["wrong_credentials"] + answers["account_locked"] == answers.total()


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
