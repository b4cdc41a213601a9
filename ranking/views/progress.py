"""Work that takes seconds, told while it is done: the page grows until the work is committed or refused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import cast

from flask import Flask, current_app

from core.errors import Refusal


@dataclass(frozen=True)
class Step:
    """So many of so many are done."""

    done: int
    of: int


@dataclass(frozen=True)
class End:
    """The work is over: done so many times, or refused; neither where it failed and nothing was changed."""

    count: int | None = None
    refusal: Refusal | None = None


def told(work: Callable[[Callable[[int, int], None]], int]) -> Iterator[Step | End]:
    """Do ``work`` in a thread of its own, which owns its transaction; yields its steps, and its end last.

    The thread goes on where the reader goes away: the work is whole or not at all whoever looks.
    """
    app, news = cast(Flask, current_app._get_current_object()), SimpleQueue[Step | End]()  # type: ignore[attr-defined]

    def run() -> None:
        with app.app_context():
            try:
                news.put(End(count=work(lambda done, of: news.put(Step(done, of)))))
            except Refusal as refusal:
                news.put(End(refusal=refusal))
            except Exception:
                app.logger.exception("work that was told of in a page failed")
                news.put(End())

    threading.Thread(target=run, name="told").start()
    while isinstance(said := news.get(), Step):
        yield said
    yield said
