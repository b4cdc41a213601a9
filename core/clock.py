"""The only reader of the clock. Everything else receives ``now`` as an argument."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import current_app, g

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


class SteadyClock:
    """UTC that cannot jump while the process lives: the wall clock at start plus the monotonic clock.

    A clock set wrongly (or set right) in the middle of an hour neither shortens nor lengthens anybody's time. A drift
    above ``tolerance`` against the wall clock is reported by :meth:`drift` and shown by ``/readyz``.
    """

    def __init__(self, wall: Clock = system_clock, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._began_at, self._began = wall(), steady()

    def __call__(self) -> datetime:
        return self._began_at + timedelta(seconds=self._steady() - self._began)

    def drift(self) -> timedelta:
        """Wall clock minus this clock."""
        return self._wall() - self()


class ManualClock:
    """A clock that stands until it is moved: for tests and for the demonstration's virtual day."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> datetime:
        """Move forward by ``by`` and return the new moment."""
        self.at += by
        return self.at


def request_now() -> datetime:
    """The one moment of this request: read once, the same for every rule and row in it."""
    if "now" not in g:
        g.now = current_app.extensions["clock"]()
    moment: datetime = g.now
    return moment
