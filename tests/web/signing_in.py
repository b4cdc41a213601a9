"""Signing in without the slow password: what a test needs before the thing that it is about."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from accounts import auth
from accounts.models import User
from accounts.services import signing_in
from core.db import transaction


def sign_in(client: FlaskClient, user: User) -> User:
    """Let ``client`` be the browser in which ``user`` has just signed in."""
    app: Flask = client.application
    with transaction():
        token = signing_in.open_session(
            user, address="127.0.0.1", agent="test", now=app.extensions["clock"]()
        )
    with client.session_transaction() as session:
        session.clear()
        session[auth.TOKEN] = token
    return user


def csrf_token(client: FlaskClient, path: str) -> str:
    """The token that a form on this page would send."""
    page = client.get(path).get_data(as_text=True)
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
