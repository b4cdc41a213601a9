"""The only reader of the clock. Everything else receives ``now`` as an argument."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import current_app, g

Clock = Callable[[], datetime]
BEGAN = "SERVER_CLOCK_BEGAN"  # in the environment of a server's processes: see server_clock


def system_clock() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


class SteadyClock:
    """UTC that cannot jump while the process lives: the wall clock at start plus the monotonic clock.

    A clock set wrongly (or set right) in the middle of an hour neither shortens nor lengthens anybody's time. A drift
    above ``tolerance`` against the wall clock is reported by :meth:`drift` and shown by ``/readyz``.
    """

    def __init__(
        self,
        wall: Clock = system_clock,
        steady: Callable[[], float] = time.monotonic,
        *,
        began: tuple[datetime, float] | None = None,
    ) -> None:
        self._wall, self._steady = wall, steady
        self._began_at, self._began = began or (wall(), steady())

    @property
    def began(self) -> str:
        """When it began by the wall and by the monotonic clock, for :func:`server_clock` in another process."""
        return f"{self._began_at.isoformat()} {self._began!r}"

    def __call__(self) -> datetime:
        return self._began_at + timedelta(seconds=self._steady() - self._began)

    def drift(self) -> timedelta:
        """Wall clock minus this clock."""
        return self._wall() - self()


def server_clock() -> SteadyClock:
    """The clock of the server that this process belongs to; one of its own where it belongs to none.

    A process that dies is begun anew while others and their candidates go on: were it to read the wall clock, a clock
    set meanwhile would be true in it alone. The monotonic clock is one for all processes of a machine.
    """
    said = os.environ.get(BEGAN)
    if not said:
        return SteadyClock()
    began_at, began = said.split()
    return SteadyClock(began=(datetime.fromisoformat(began_at), float(began)))


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
