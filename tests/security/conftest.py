"""What the attacks share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from core.clock import ManualClock
from tests.factories import Make
from tests.security.house import House


@pytest.fixture
def house(app: Flask, make: Make, clock: ManualClock) -> Iterator[House]:
    """The house of two wings."""
    house = House(app, make, clock)
    yield house
    house.written.stop()
