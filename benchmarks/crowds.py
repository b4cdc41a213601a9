"""A hall's day under load: the opening rush, the steady state, the closing rush, and staff at work beside the saves.

All arrive when they arrive (open loop): each wait counts from the moment that was due. Of the closing rush every result
is compared with the count that was made while the answers were written.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from sqlalchemy import create_engine, func, select

from benchmarks import rush
from benchmarks.client import Candidate, Round, arrive, drive
from benchmarks.installations import database
from benchmarks.people import Hall, prepare
from benchmarks.saves import Figure, compared
from benchmarks.servers import Server, serving
from testing_center.models.attempts import Protocol, Result

CROWDS = (300, 1_000, 5_000)
ON_POSTGRESQL = 1_000
RUSH, RUSH_SECONDS = 2_000, 60.0  # the opening that the aim speaks of
SAVERS, BESIDE = 100, 100.0  # connections, and saves a second, beside the opening and beside the staff
EVERY, STEADY_SECONDS = 30.0, 30.0  # seconds between two saves of one candidate, and how long that is watched
A_CORE, A_CORE_OVER = 16_000, 1_000  # candidates that one processor is to bear, and connections they save over
CLOSING_SECONDS = 5.0
STAFF_PEOPLE, STAFF_ROUNDS, STAFF_SECONDS = 1_000, 3, 8.0
WARM = 8  # people who come before, so that nothing is done for the first time


@dataclass
class Served:
    """A hall that is served, and the processes from which its load comes; everything was done once before."""

    url: str
    hall: Hall
    server: Server
    clients: ProcessPoolExecutor

    @property
    def codes(self) -> list[str]:
        return self.hall.codes[WARM:]

    @property
    def working(self) -> list[Candidate]:
        return self.hall.working[WARM:]

    def saves(self, candidates: list[Candidate], turn: int, rate: float, seconds: float) -> Future[Round]:
        """Saves that arrive at this rate; ``turn`` gives them revisions of their own."""
        return self.clients.submit(arrive, self.server.port, candidates, 100_000 * turn, rate, seconds)


def openings(plan: argparse.Namespace, _client: object) -> Iterator[dict[str, Figure]]:
    """The opening rush of each crowd on the embedded database."""
    if plan.only != "postgresql":
        for people in sorted({*CROWDS, RUSH}):
            with _served("sqlite", waiting=people, working=SAVERS) as served:
                yield opening(served)


def closings(plan: argparse.Namespace, _client: object) -> Iterator[dict[str, Figure]]:
    """The steady state and the closing rush of each crowd on the embedded database."""
    if plan.only != "postgresql":
        for people in CROWDS:
            with _served("sqlite", working=people) as served:
                yield steady(served, (people, A_CORE) if people == A_CORE_OVER else (people,))
                yield closing(served)


def staff(plan: argparse.Namespace, _client: object) -> Iterator[dict[str, Figure]]:
    """The staff beside the saves, on the embedded database."""
    if plan.only != "postgresql":
        with _served("sqlite", working=STAFF_PEOPLE) as served:
            yield staff_beside(served)


def on_postgresql(plan: argparse.Namespace, _client: object) -> Iterator[dict[str, Figure]]:
    """One crowd on PostgreSQL, in one process."""
    if plan.only != "sqlite":
        with _served("postgresql", waiting=ON_POSTGRESQL, working=ON_POSTGRESQL) as served:
            for found in (opening(served), steady(served, (ON_POSTGRESQL,)), closing(served)):
                yield {f"{name}_postgresql": figure for name, figure in found.items()}


def opening(served: Served) -> dict[str, Figure]:
    """Everybody who waits signs in, starts and opens the first question within a minute, beside a stream of saves."""
    people, before = len(served.codes), served.server.cpu_seconds()
    saving = served.saves(served.working[:SAVERS], 1, BESIDE, RUSH_SECONDS)
    came = served.clients.submit(rush.enter, served.server.port, served.codes, RUSH_SECONDS).result()
    saves, busy = saving.result(), (served.server.cpu_seconds() - before) / max(came.seconds, RUSH_SECONDS)
    return {
        f"opening_{people}": _waits(came.last) | {
            "unit": "ms from the code to the first question, 99th percentile", "people": people,
            "inside": len(came.came_of), "refused": dict(came.refused), "lost": came.lost,
            "sign_in_p50": _waits(came.first)["p50"], "sign_in_p99": _waits(came.first)["ours"],
            "seconds": round(came.seconds, 1), "busy": round(busy, 2),
        },
        f"saves_beside_opening_{people}": _of_saves(saves) | {"people": people, "arriving": BESIDE},
    }  # fmt: skip


def steady(served: Served, crowds: Sequence[int]) -> dict[str, Figure]:
    """Everybody saves once in half a minute; a crowd larger than the hall saves over the hall's connections."""
    found: dict[str, Figure] = {}
    for turn, people in enumerate(crowds, 2):
        before, rate = served.server.cpu_seconds(), people / EVERY
        saves = served.saves(served.working, turn, rate, STEADY_SECONDS).result()
        found[f"steady_{people}"] = _of_saves(saves) | {
            "people": people, "connections": len(served.working), "arriving": round(rate, 1),
            "busy": round((served.server.cpu_seconds() - before) / saves.seconds, 2),
        }  # fmt: skip
    return found


def closing(served: Served) -> dict[str, Figure]:
    """Everybody ends the test within five seconds; what was told, and what is stored, against the count made before."""
    people, kept_before = len(served.working), _kept(served.url)
    ended = served.clients.submit(rush.submit, served.server.port, served.working, CLOSING_SECONDS).result()
    results, protocols = (now - before for now, before in zip(_kept(served.url), kept_before, strict=True))
    right = sum(ended.came_of.get(number) == score for number, score in enumerate(served.hall.scores[WARM:]))
    return {
        f"closing_{people}": _waits(ended.last) | {
            "unit": "ms to the result, 99th percentile", "people": people, "told": len(ended.came_of),
            "equal_to_recount": right, "results": results, "protocols": protocols,
            "refused": dict(ended.refused), "lost": ended.lost, "seconds": round(ended.seconds, 1),
        }
    }  # fmt: skip


def staff_beside(served: Served) -> dict[str, Figure]:
    """Saves while a member of the staff turns over lists, downloads and statistics without a pause; and without one."""
    waits: dict[bool, list[Round]] = {False: [], True: []}
    pages, port = 0, served.server.port
    with click.progressbar(range(2 * STAFF_ROUNDS), label="Staff beside the saves") as bar:
        for turn in bar:
            is_beside = turn % 2 == 1
            saving = served.saves(served.working[:SAVERS], turn + 4, BESIDE, STAFF_SECONDS)
            if is_beside:
                asked = served.clients.submit(browse, port, served.hall.staff[-1], _pages(served.hall), STAFF_SECONDS)
                pages += asked.result()
            waits[is_beside].append(saving.result())
    with_staff, alone = ([one.percentile(0.99) for one in waits[side]] for side in (True, False))
    return {
        "saves_beside_staff": compared(with_staff, alone, "ms, 99th percentile, with staff and without") | {
            "pages": pages, "people": len(served.working), "arriving": BESIDE,
        }
    }  # fmt: skip


def browse(port: int, cookie: str, pages: Sequence[str], seconds: float) -> int:
    """Ask for these pages in turn for so long, each as soon as the last one came; how many came.

    Raises:
        RuntimeError: one was refused.
    """
    connection, begin, came = http.client.HTTPConnection("127.0.0.1", port, timeout=60), time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        connection.request("GET", pages[came % len(pages)], headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{pages[came % len(pages)]} gave {answer.status}")
        came += 1
    return came


def _pages(hall: Hall) -> list[str]:
    room = f"/staff/sittings/{hall.sitting}"
    return [
        "/staff/sittings/", f"{room}/participants/", f"{room}/protocols/", "/staff/statistics/", f"{room}/room/",
        "/staff/results/", "/staff/sittings/participants/template.xlsx", "/staff/bank/",
    ]  # fmt: skip


@contextmanager
def _served(kind: str, *, waiting: int = 0, working: int) -> Iterator[Served]:
    with database(kind) as url, TemporaryDirectory(prefix="bench-") as folder:
        hall = prepare(Path(folder), url, waiting=waiting + WARM if waiting else 0, working=working + WARM)
        with at_the_door(Path(folder), url, hall) as served:
            yield served


@contextmanager
def at_the_door(folder: Path, url: str, hall: Hall) -> Iterator[Served]:
    """The hall served; the first ``WARM`` have entered, saved and ended, so that nothing is done for the first time."""
    with (
        serving("wsgi:create_serving_app", hall.environ, log=folder / "server.log") as server,
        ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as clients,
    ):
        for asked in [clients.submit(drive, server.port, [one], 2, 0.5) for one in hall.working[:2]]:
            asked.result()
        clients.submit(rush.enter, server.port, hall.codes[:WARM], 1.0).result()
        clients.submit(rush.submit, server.port, hall.working[:WARM], 1.0).result()
        yield Served(url, hall, server, clients)


def _kept(url: str) -> tuple[int, int]:
    """Results and protocols in the database."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [connection.scalar(select(func.count()).select_from(kind)) or 0 for kind in (Result, Protocol)]
    engine.dispose()
    return found[0], found[1]


def _waits(waits: Sequence[float]) -> Figure:
    if not waits:
        raise RuntimeError("nobody was answered")
    found = Round(1.0, tuple(waits), 0.0)
    return {"ours": round(found.percentile(0.99), 1), "p50": round(found.percentile(0.5), 1)}


def _of_saves(saves: Round) -> Figure:
    return _waits(saves.waits) | {
        "unit": "ms to save, 99th percentile", "saves": len(saves.waits), "answered": round(saves.rate, 1)
    }  # fmt: skip
