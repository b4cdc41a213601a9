"""What a page has shown is gone with its request, and waits for no collection of garbage."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from accounts.rules import Role
from core.db import Model
from tests.web.reading import proctor_of, submitted
from tests.web.signing_in import sign_in

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # pages are the same on every database


def rows_there() -> set[int]:
    """Rows of the database that are held in memory."""
    return {id(one) for one in gc.get_objects() if isinstance(one, Model)}


@pytest.fixture
def no_collection():
    """Whatever goes, goes by itself."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def opened(client: FlaskClient, path: str) -> str:
    """The page, asked for as a server does: in a thread of its own, without the test's own context around it."""
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(client.get, path).result()
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("page", ["participants/", "protocols/", "room/"])
def test_no_row_of_a_page_of_the_hall_stays(client, make, clock, no_collection, page):
    sitting = make.sitting(people=3)
    submitted(make, clock, sitting)
    sign_in(client, proctor_of(sitting) if page == "room/" else make.user(Role.TEST_ADMINISTRATOR))
    path = f"/staff/sittings/{sitting.id}/{page}"
    opened(client, path)  # whatever is done for the first page only
    gc.collect()
    before = rows_there()
    assert "<tbody" in opened(client, path)
    assert rows_there() <= before
