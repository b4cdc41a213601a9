"""The server is killed with SIGKILL, at named points and at random, while people save: it begins anew, they go on."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from random import Random
from threading import Event, Thread

import pytest

from tests.faults.clients import Lost, Page
from tests.faults.house import House

KILLS = int(os.environ.get("FAULTS_KILLS", "3"))
OF_ONE_HOUSE = 50  # kills after which the record is so long that looking through it is all that is done


@pytest.mark.parametrize("first", range(0, KILLS, OF_ONE_HOUSE))
def test_killed_at_random(house, first):
    """Some come at that moment, some submit; whoever got no answer at the door asks the proctor for leave to go on."""
    random = Random(f"{os.environ.get('FAULTS_SEED', 'kills')} {first}")
    served = house()
    pages = deque(served.at_work(4))
    for number in range(min(OF_ONE_HOUSE, KILLS - first)):
        served.met(1)
        new, ends = served.page(), pages.popleft()
        ends.end()
        comes, submits = Thread(target=try_to_enter, args=[new]), Thread(target=ends.submit)
        Event().wait(random.random() / 3)
        comes.start()
        submits.start()
        Event().wait(random.random() / 30)
        served.kill()
        comes.join()
        said = served.broken()
        served.begin()
        assert said == [], (first, number)
        submits.join()
        go_on(served, new)
        pages.append(new)
    served.met(20)
    assert served.broken() == []


def try_to_enter(page: Page) -> None:
    """Come to the door while the server may be dying."""
    with suppress(Lost):
        page.enter()


def go_on(served: House, page: Page) -> None:
    """Enter where the first try came to nothing: with the code or, where it is used, with the proctor's leave."""
    if not page.items and page.enter() == 401:
        assert page.enter(served.resume_token(page.slip)) == 200
    page.start()


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
def test_killed_at_a_named_point(house, point):
    """With all of an act written and none of it committed; and with all of it durable and nobody told."""
    served = house(point)
    first, *_others = served.at_work(2)
    served.met(10)
    first.end()
    new = served.page()
    ways: dict[str, Callable[[], None]] = {
        "/responses/": lambda: None, "/submit": first.submit, "/entry": lambda: try_to_enter(new),
    }  # fmt: skip
    for path, way in ways.items():
        served.arm(path)
        act = Thread(target=way)
        act.start()
        served.died()
        served.disarm()
        assert served.broken() == [], path
        served.begin()
        act.join()
    go_on(served, new)
    served.met(10)
    assert served.broken() == []
