"""How long a search may go on: seconds that a machine spends, not a moment that anybody's rights hang on."""

from __future__ import annotations

import time
from collections.abc import Callable


class Budget:
    """So many seconds from now on."""

    def __init__(self, seconds: float, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._ends = steady() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, never below zero."""
        return max(0.0, self._ends - self._steady())

    @property
    def is_over(self) -> bool:
        """Whether the search has to end."""
        return not self.left

    def part(self, seconds: float) -> Budget:
        """So many seconds of what is left, or all that is left where that is less."""
        return Budget(min(seconds, self.left), self._steady)
