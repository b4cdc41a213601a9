"""People with an account, and what the record says of them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from accounts import one_time_codes, queries
from accounts.models import User
from accounts.services import people, setting_up, signing_in
from core.audit import AuditEntry, System
from core.db import db, transaction

PASSWORD = "correct horse battery"
BY = System("test")


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


def actions():
    return db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()
