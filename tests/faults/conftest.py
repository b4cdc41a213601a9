"""A house for each fault: an installation of its own, gone with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import database_folder
from tests.faults.house import House


@pytest.fixture
def house() -> Iterator[Callable[..., House]]:
    """A house whose server runs, with the faults that are named; nothing of it goes on after the test."""
    with ExitStack() as stack:

        def built(fault: str = "") -> House:
            folder = stack.enter_context(database_folder("house"))
            return stack.enter_context(House(Path(folder), fault=fault).open())

        yield built
