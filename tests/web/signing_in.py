"""Signing in without the slow password, and posting a form as a browser does."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import inspect
from werkzeug.test import TestResponse

from accounts import auth
from accounts.models import User
from accounts.services import signing_in
from core.db import db, transaction

PASSWORD = "correct horse battery"
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
