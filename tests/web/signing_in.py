"""Signing in without the slow password, proving oneself at a grave step, and posting a form as a browser does."""

from __future__ import annotations

from functools import cache

from flask.testing import FlaskClient
from sqlalchemy import inspect
from werkzeug.test import TestResponse

from accounts import auth, one_time_codes, passwords
from accounts.models import User
from accounts.services import setting_up, signing_in
from core import crypto
from core.db import db, transaction

PASSWORD = "correct horse battery"
SECRET = b"12345678901234567890"  # of everybody's authenticator app in tests
SIGN_IN = "/staff/sign-in"


def sign_in(client: FlaskClient, user: User) -> User:
    """Let ``client`` be the browser in which ``user`` has just signed in (and so proved who they are)."""
    app = client.application
    with transaction():
        found = db.session.get_one(User, inspect(user).identity[0])
        token = signing_in.open_session(found, address="127.0.0.1", agent="test", now=app.extensions["clock"]())
    with client.session_transaction() as session:
        session.clear()
        session[auth.TOKEN] = token
    return db.session.get_one(User, found.id)


@cache
def _hash() -> str:
    return passwords.hash_password(PASSWORD)


def proof(client: FlaskClient, user: User) -> dict[str, str]:
    """What ``user`` types at a step that asks each time: the password, and the code of an app set up just now."""
    with transaction():
        found = db.session.get_one(User, inspect(user).identity[0])
        found.password_hash, found.one_time_step = _hash(), 0
        if found.needs_one_time_code:
            found.one_time_secret = crypto.keyring().seal("accounts", SECRET, setting_up.seal_context(found))
    code = one_time_codes.code_at(SECRET, client.application.extensions["clock"]())
    return {"proof-password": PASSWORD, "proof-code": code}


def csrf_token(client: FlaskClient, page: str) -> str:
    """The token that a form on this page would send."""
    html = client.get(page).get_data(as_text=True)
    return html.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def post(client: FlaskClient, path: str, data: dict | None = None, *, page: str = "/staff/account") -> TestResponse:
    """Send a form that stands on ``page``."""
    return client.post(path, data={**(data or {}), "csrf_token": csrf_token(client, page)})


def enter(client, username="proctor", password=PASSWORD, code="", path=SIGN_IN):
    """Type user name, password and code on the sign-in page."""
    return post(client, path, {"username": username, "password": password, "code": code}, page=path)
