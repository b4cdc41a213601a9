"""People of the staff pages."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from accounts import passwords
from accounts.models import User
from accounts.rules import Role
from accounts.services import people, setting_up
from core.audit import System
from core.db import db, transaction
from tests.web.signing_in import PASSWORD, sign_in


@pytest.fixture
def browser(app):
    """Opens a browser for each person who asks, and signs them in."""

    def of(user: User) -> FlaskClient:
        client = app.test_client()
        sign_in(client, user)
        return client

    return of


@pytest.fixture
def proctor(make, clock):
    """A proctor with a password."""
    with transaction():
        user, token = people.create_user("proctor", "Үсөнова Айгүл", [Role.PROCTOR], by=System("test"), now=clock())
    with transaction():
        setting_up.complete_setup(token, passwords.hash_password(PASSWORD), "", now=clock())
    return db.session.get_one(User, user.id)
