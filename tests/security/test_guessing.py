"""Guessing: ten thousand codes that are none, a code that locks at the tenth try, a sign-in that tells nothing."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import event

from accounts import passwords, rules
from accounts.models import User
from accounts.rules import Role
from accounts.services import signing_in
from core import throttle
from core.clock import ManualClock
from core.db import db, transaction
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import CandidateCode
from testing_center.rules.codes import DIGITS, InvalidCode, TooManyTries, check_digit
from testing_center.services import codes, entry
from tests.candidates import Candidate
from tests.factories import Make

SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
GUESSES, WELL_FORMED = (
    10_000,
    20,
)  # of so many guesses one has the right check digit: the others are seen without asking


def guesses(known: set[str]) -> list[str]:
    """Guesses of somebody who knows how a code is made of digits, and now and then how its last one is."""
    random, found = Random(1), []
    for number in range(GUESSES):
        body = f"{random.randrange(10 ** (DIGITS - 1)):0{DIGITS - 1}}"
        last = check_digit(body)
        found.append(body + str(last if number % WELL_FORMED == 0 else (last + 1 + number % 9) % 10))
    return [one for one in found if one not in known]


@SQLITE
def test_of_ten_thousand_wrong_codes_none_is_accepted(app: Flask, make: Make, clock: ManualClock) -> None:
    """Thirty a minute are looked at; the rest of a minute is refused, with good codes too, and wastes no code."""
    sitting = make.sitting(people=2)
    slips, looked, stopped = make.codes(sitting), 0, 0
    for number, code in enumerate(guesses(set(slips))):
        if number % 500 == 0:  # five hundred a minute: all but thirty of them come too soon
            clock.advance(timedelta(minutes=1))
        with pytest.raises((InvalidCode, TooManyTries)) as refused:
            entry.enter(code, "", "192.168.10.9", now=clock())
        looked += refused.type is InvalidCode
        stopped += refused.type is TooManyTries
    assert (looked, stopped) == (600, 9_400)
    assert db.session.scalar(db.select(db.func.count()).select_from(Attempt)) == 0
    for slip in slips:  # nobody's code was locked by guesses of others
        assert Candidate(clock, slip, address="192.168.10.8").enter().attempt.epoch == 1


@pytest.mark.parametrize(("wrong", "opens"), [(9, True), (10, False)])
def test_a_code_is_locked_by_the_tenth_wrong_try_and_not_before(
    make: Make, clock: ManualClock, wrong: int, opens: bool
) -> None:
    """Wrong is what comes with the code itself: here a token for going on, where there is nothing to go on with."""
    slip = make.codes(make.sitting(people=1))[0]
    for number in range(wrong):
        with pytest.raises(InvalidCode):
            entry.enter(slip, f"{number:08}", f"10.1.0.{number}", now=clock())
    row = db.session.scalars(db.select(CandidateCode).filter_by(lookup=codes.lookup_of(slip))).one()
    assert throttle.failures(codes.lock_key(row), window=None, now=clock())[0] == wrong
    candidate = Candidate(clock, slip)
    if opens:
        assert candidate.enter().attempt.epoch == 1
    else:
        with pytest.raises(InvalidCode):
            candidate.enter()


class Counted(PasswordHasher):
    """Keeps with which parameters it was asked to verify."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.work: list[str] = []

    def verify(self, hash: Any, password: Any) -> Any:
        self.work.append(hash.rpartition("$")[0].rpartition("$")[0])  # algorithm and parameters, without the salt
        return super().verify(hash, password)


def test_a_name_that_there_is_not_costs_the_same_work_as_a_wrong_password(
    app: Flask, make: Make, clock: ManualClock, quick_hashing: pytest.MonkeyPatch
) -> None:
    """Not time, which differs from run to run: the same hash with the same parameters, the same statements."""
    counted = Counted()
    quick_hashing.setattr(passwords, "_hasher", counted)
    passwords._nobody.cache_clear()
    people = {name: make.user(Role.PROCTOR, name=name).id for name in ("known", "closed", "new")}
    with transaction():
        for name in ("known", "closed"):
            db.session.get_one(User, people[name]).password_hash = passwords.hash_password("correct horse battery")
        db.session.get_one(User, people["closed"]).is_active = False
    seen: dict[str, tuple[list[str], list[str]]] = {}
    statements: list[str] = []

    def hear(*given: Any) -> None:
        statements.append(given[2])

    event.listen(db.engine, "before_cursor_execute", hear)
    for name in ("nobody", "known", "closed", "new"):
        db.session.expunge_all()
        statements.clear()
        counted.work.clear()
        with pytest.raises(rules.WrongCredentials):
            signing_in.prove(name, "correct horse batterz", "000000", address=f"10.0.0.{len(seen)}", now=clock())
        seen[name] = list(counted.work), [one for one in statements if "role_grant" not in one]
    event.remove(db.engine, "before_cursor_execute", hear)
    passwords._nobody.cache_clear()
    assert len(seen["known"][0]) == 1
    assert all(work == seen["known"] for work in seen.values())
