"""Signing in, once with each code; whoever guesses is locked out and learns nothing."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select

from accounts import passwords, rules
from accounts.models import StaffSession
from accounts.rules import LOCK_AFTER, LOCK_FOR, Role
from accounts.services import people, setting_up, signing_in
from core.audit import AuditEntry
from core.db import db, transaction
from tests.services.account_people import BY, PASSWORD, Person, actions

SECOND = timedelta(seconds=1)


class Counting(PasswordHasher):
    """Counts how often a password was hashed and found wrong."""

    checked = 0

    def verify(self, hash, password):
        try:
            return super().verify(hash, password)
        except VerifyMismatchError:
            self.checked += 1
            raise


@pytest.fixture
def author(app, clock):
    """An item author, who signs in with a one-time code."""
    return Person(clock, Role.ITEM_AUTHOR)


def fail(person, times, **given):
    for _ in range(times):
        with pytest.raises(rules.WrongCredentials):
            person.prove(password="wrong", **given)


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
