"""What tests of hearings share: addresses of an appeal's pages, their words, forms sent from them."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from sqlalchemy import inspect
from werkzeug.test import TestResponse

from accounts.models import User
from appeals import queries
from core.db import db
from tests.appeal_scene import DOCUMENT, AppealScene
from tests.web.reading import page_of
from tests.web.signing_in import post

INDEX = "/staff/appeals/"


def at(scene: AppealScene, rest: str = "", who: int = 0) -> str:
    """The address of the appeal, or of a page under it, in English."""
    return f"{INDEX}{scene.appeal(who).id}/{rest}?lang=en"


def read(client: FlaskClient, path: str) -> str:
    """The words of a page."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return " ".join(re.sub(r"<[^>]+>", " ", page_of(answer)).split())


def question_of(scene: AppealScene, place: int, who: int = 0) -> int:
    """The number on the candidate's screen of a place in the form."""
    return scene.attempt(who).order["items"].index(place) + 1


def press(
    client: FlaskClient, scene: AppealScene, rest: str, data: dict | None = None, *, page: str | None = None
) -> TestResponse:
    """Send a form that stands on the page of the appeal."""
    return post(client, at(scene, rest), data, page=page or at(scene))


def show_key(client: FlaskClient, scene: AppealScene, *places: int, **typed: str) -> TestResponse:
    """Send the form that begins a viewing: who sits at these places is there besides whoever sends it."""
    said = {"is_here": "y", "presence_note": DOCUMENT} | typed
    office, path = queries.in_office(scene.commission), at(scene, "viewings")
    return post(client, path, said | {"members": [str(one.id) for one in office if one.place in places]}, page=path)


def anew(scene: AppealScene) -> None:
    """Read the people again: a request has closed the session that they were read in."""
    scene.chair, *scene.members = [db.session.get_one(User, inspect(user).identity[0]) for user in scene.table]
