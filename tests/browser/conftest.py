"""Browser tests: a real server, a real Chromium, and no page with a fault on its console."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.candidate import Candidate
from tests.browser.hall import Hall, answers_in_the_bank
from tests.browser.played import Played, play
from tests.browser.watching import Watch
from tests.conftest import database_folder

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--js-flags=--no-opt",  # no page lives to gain by optimised script
    "--autoplay-policy=document-user-activation-required",  # as people's browsers have it
]  # fmt: skip
PATIENCE = 20_000  # milliseconds for anything on a page to happen
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window if it can be; where it is absent the tests are skipped, in CI they fail."""
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if path is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("chromium is not installed")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield found
        found.close()


@pytest.fixture(scope="package")
def hall() -> Iterator[Hall]:
    """The installation all browser tests share; each takes slips of its own."""
    with database_folder("hall") as folder, Hall(Path(folder)).serving() as served:
        yield served


@pytest.fixture(scope="package")
def played() -> Iterator[Played]:
    """The installation of the tests that go on from days which are over."""
    with database_folder("played") as folder:
        found = play(Hall(Path(folder)))
        with found.hall.serving():
            yield found


@pytest.fixture(scope="package")
def bank() -> dict[str, str]:
    """Right answers, from the file that the demonstration's bank was imported from."""
    return answers_in_the_bank()


OpenPage = Callable[..., tuple[Page, Watch]]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open a browser of one's own (its own cookies); every fault nobody expected fails the test at its end."""
    opened = []

    def open_one(**options: Any) -> tuple[Page, Watch]:
        options.setdefault("viewport", {"width": 1024, "height": 768})
        context = browser.new_context(reduced_motion="reduce", **options)
        context.set_default_timeout(PATIENCE)
        watch = Watch(context)
        opened.append((context, watch))
        return context.new_page(), watch

    yield open_one
    faults = []
    for context, watch in opened:
        faults += watch.found()
        for page in context.pages:  # a handler that is under way would fail a later test
            page.unroute_all(behavior="ignoreErrors")
        context.close()  # else its pages live on to the end of the run, calling and drawing
    assert not faults, "\n".join(faults)


@pytest.fixture
def candidate(open_page: OpenPage, hall: Hall, bank: dict[str, str]) -> Candidate:
    """Somebody with an unused slip before a browser with script."""
    return Candidate(open_page()[0], hall, bank)


@pytest.fixture
def candidate_without_script(open_page: OpenPage, hall: Hall, bank: dict[str, str]) -> Candidate:
    """Somebody with an unused slip before a browser without script."""
    return Candidate(open_page(java_script_enabled=False)[0], hall, bank)
