"""After the disk has failed once nothing is acknowledged any more, whatever it says later (docs/adr/0030)."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError

from core.db import BUSY_SECONDS, db, transaction
from core.throttle import ThrottleCounter
from core.writer import DiskFailed, Writer
from testing_center.models.attempts import ResponseEvent
from tests.candidates import Candidate

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


@contextmanager
def a_disk_that_fails() -> Iterator[None]:
    """The kernel refuses every write to a file of this process, which SQLite reports as an I/O error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def candidate(app, make, clock) -> Candidate:
    """Somebody in the middle of a test, with one answer saved, and a writer that no other test will meet."""
    app.extensions["writer"] = Writer(patience=BUSY_SECONDS)
    found = Candidate(clock, make.codes(make.sitting(people=1))[0]).enter().start()
    found.save(1, [found.option(1)])
    return found


def test_an_answer_that_met_a_failing_disk_is_not_acknowledged_and_none_after_it(candidate):
    with a_disk_that_fails(), pytest.raises(OperationalError, match="disk I/O error"):
        candidate.save(2, [candidate.option(2)])
    for again in range(2):  # the disk says yes again: it is not believed
        with pytest.raises(DiskFailed):
            candidate.save(2, [candidate.option(2)], again + 1)
    with pytest.raises(DiskFailed), transaction():
        db.session.add(ThrottleCounter(key="x", failures=1, since=candidate.clock()))
    db.session.rollback()
    assert db.session.scalars(db.select(db.func.count()).select_from(ResponseEvent)).one() == 1
    assert candidate.attempt.started_at is not None  # what is there can still be read


def test_it_is_said_to_whoever_sends_an_answer_and_to_whoever_watches_the_system(app, candidate):
    with a_disk_that_fails(), pytest.raises(OperationalError):
        candidate.save(2, [candidate.option(2)])
    browser = app.test_client()
    ready = browser.get("/readyz")
    assert ready.status_code == 503
    assert any(reason.startswith("disk: it failed") for reason in ready.json["reasons"])
    entry = browser.post("/api/v1/entry", json={"code": "1234 5678 9012 3452"})
    assert (entry.status_code, entry.json["code"]) == (503, "disk_failed")
