"""Clocks under faults: a millisecond at the deadline, a wall clock that jumps under a test, a server abroad."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

import pytest

import core.clock
from core.clock import SteadyClock
from core.db import db
from testing_center import queries
from testing_center.models.attempts import Attempt, Protocol
from testing_center.services import delivery, results
from tests.candidates import Browser

MILLISECOND, HOUR, DAY = timedelta(milliseconds=1), timedelta(hours=1), timedelta(days=1)
OFF = [-MILLISECOND, timedelta(0), MILLISECOND]
SINCE_1970 = datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def browser(app, make) -> Browser:
    """Somebody at work on five questions for sixty minutes."""
    found = Browser(app)
    found.enter(make.codes(make.sitting(people=1))[0])
    assert found.start().status_code == 200
    return found


def attempt() -> Attempt:
    """The only one there is, as it is now."""
    db.session.rollback()
    return db.session.scalars(db.select(Attempt).execution_options(populate_existing=True)).one()


def right(place: int) -> str:
    """The right option of a question of the form, as the sealed form names it."""
    return {item.position: item.key[0] for item in queries.sealed_key(attempt().form_id)}[place]


def answer(browser: Browser, position: int, revision: int = 1) -> int:
    """Answer a question rightly; the status."""
    place = delivery.place_of(attempt().id, position)
    return browser.save(position, [right(place)], revision).status_code


@pytest.mark.parametrize("off", OFF)
def test_a_save_counts_up_to_the_deadline_and_not_a_millisecond_longer(browser, clock, off):
    clock.at = attempt().deadline_at + off
    in_time = off <= timedelta(0)
    assert answer(browser, 1) == (200 if in_time else 409)
    assert browser.submit().json["score"] == in_time


@pytest.mark.parametrize("off", OFF)
def test_a_submit_ends_the_test_at_its_moment_and_never_after_the_deadline(browser, clock, off):
    assert answer(browser, 1) == 200
    deadline = attempt().deadline_at
    clock.at = deadline + off
    assert browser.submit().json["score"] == 1
    assert attempt().ended_at == min(clock.at, deadline)


class Wall(datetime):
    """The computer's clock, that somebody sets."""

    jumped = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + cls.jumped


@pytest.fixture
def jump(monkeypatch):
    """Set the computer's clock by so much."""
    real = time.time
    monkeypatch.setattr(core.clock, "datetime", Wall)
    monkeypatch.setattr(time, "time", lambda: real() + Wall.jumped.total_seconds())
    yield lambda by: setattr(Wall, "jumped", by)
    Wall.jumped = timedelta(0)


@pytest.mark.parametrize("jumps", [(HOUR, -HOUR), (-DAY, DAY), (-SINCE_1970, timedelta(0)), (40 * DAY, -40 * DAY)])
def test_a_wall_clock_that_jumps_takes_no_time_gives_none_and_signs_nobody_out(app, make, clock, jump, jumps):
    sitting = make.sitting(people=2)
    codes, seconds = make.codes(sitting), [0.0]
    began, wall = clock(), core.clock.system_clock()
    app.extensions["clock"] = SteadyClock(lambda: core.clock.system_clock() + (began - wall), lambda: seconds[0])
    browser, other = Browser(app), Browser(app)
    browser.enter(codes[0])
    deadline = browser.start().json["deadline_at"]
    for revision, by in enumerate(jumps, 1):
        jump(by)
        seconds[0] += 60.0
        said = browser.show().json
        assert (said["deadline_at"], said["remaining_seconds"]) == (deadline, 3600 - 60 * revision)
        assert answer_of(browser, said, revision) == 200
    assert other.enter(codes[1]).status_code == 200  # who comes after the jump is known too
    assert other.start().json["remaining_seconds"] == 3600
    seconds[0] = 3600.001
    assert answer_of(browser, said, 9) == 409


def answer_of(browser: Browser, shown: dict[str, Any], revision: int) -> int:
    """Answer the first question that is shown; the status."""
    item = shown["items"][0]
    return browser.save(item["position"], [item["options"][0]["option"]], revision).status_code


def test_a_jump_of_the_wall_clock_is_said_where_readiness_is_asked(app, client, jump):
    app.extensions["clock"] = SteadyClock(core.clock.system_clock)
    assert client.get("/readyz").status_code == 200
    jump(HOUR)
    said = client.get("/readyz")
    assert said.status_code == 503 and "clock has moved by 1:00:00" in said.json["reasons"][0]


@pytest.fixture
def abroad(monkeypatch) -> Iterator[Callable[[str], None]]:
    """Take the server to another time zone."""

    def go(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield go
    monkeypatch.delenv("TZ", raising=False)
    time.tzset()


def test_in_another_time_zone_of_the_server_deadlines_and_papers_are_the_same(browser, clock, abroad):
    deadline, said = attempt().deadline_at, []
    browser.submit()
    protocol = queries.latest_protocol(attempt().id)
    for zone in ("UTC", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu"):
        abroad(zone)
        db.session.expire_all()
        said.append((attempt().deadline_at, drawn(protocol.id, clock())))
    assert said == [(deadline, said[0][1])] * 4


def drawn(protocol_id: UUID, now: datetime) -> bytes:
    """The protocol as it would be drawn now; it is not kept."""
    try:
        return results.protocol_pdf(db.session.get_one(Protocol, protocol_id), now=now)
    finally:
        db.session.rollback()
