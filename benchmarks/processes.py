"""PostgreSQL with one, two and four server processes; how long a start takes, and the memory of one that just started.

Rounds alternate between the numbers of processes, over one database. How busy the whole machine was stands beside each
rate: where all its processors work already, more processes cannot save more.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click

from benchmarks.client import drive
from benchmarks.installations import database
from benchmarks.people import prepare
from benchmarks.saves import Figure, spread
from benchmarks.servers import TICKS, Server, running, serving

DATABASE, PROCESSES = "postgresql", (1, 2, 4)
AT_WORK, STARTS = 64, 5
COMMAND = (sys.executable, "-m", "flask", "--app", "wsgi", "serve")


def several(plan: argparse.Namespace, client: ProcessPoolExecutor) -> Iterator[dict[str, Figure]]:
    """Saves a second with so many processes, against one; everybody saves again as soon as a save was answered."""
    if plan.only == "sqlite":
        return
    rates: dict[int, list[float]] = {number: [] for number in PROCESSES}
    busy: dict[int, list[float]] = {number: [] for number in PROCESSES}
    with (
        database(DATABASE) as url, TemporaryDirectory(prefix="bench-") as name,
    ):  # fmt: skip
        folder, revision = Path(name), 2
        hall = prepare(folder, url, working=AT_WORK)
        for number in PROCESSES:  # one after the other: together they ask for more connections than PostgreSQL has
            with serving("wsgi:create_serving_app", hall.environ, log=folder / "log", processes=number) as server:
                for turn in range(plan.rounds + 1):
                    work = _worked()
                    played = client.submit(drive, server.port, hall.working, revision, plan.seconds).result()
                    revision += len(played.waits)
                    if turn:
                        rates[number].append(played.rate)
                        busy[number].append(_worked() - work)
    yield {
        f"processes_{number}": spread("ratio", [many / one for many, one in zip(rates[number], rates[1], strict=True)])
        | spread("ours", rates[number], 0) | spread("floor", rates[1], 0)
        | {"unit": "saves/s, against one process", "processes": number,
           "machine_busy": round(median(busy[number]) / plan.seconds / multiprocessing.cpu_count(), 2)}
        for number in PROCESSES
    }  # fmt: skip


def starting(plan: argparse.Namespace, _client: object) -> Iterator[dict[str, Figure]]:
    """Seconds from the product's own command to the first answer, and the proportional set size then: one centre."""
    if plan.only == "postgresql":
        return
    took, memory = [], []
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        hall = prepare(folder, f"sqlite:///{folder}/db.sqlite3", working=1)
        with click.progressbar(range(STARTS), label="Starts") as bar:
            for _number in bar:
                began = time.perf_counter()
                with running(COMMAND, hall.environ, log=folder / "server.log") as server:
                    _first_answer(server)
                    took.append(time.perf_counter() - began)
                    memory.append(server.pss_mib())
    yield {
        "start": spread("ours", took) | {"unit": "seconds from the command to the first answer"},
        "memory_at_start": spread("ours", memory, 1) | {"unit": "MiB, proportional set size of all processes"},
    }  # fmt: skip


def _first_answer(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/healthz")
    if connection.getresponse().status != 200:
        raise RuntimeError("the server that just started is not well")


def _worked() -> float:
    """Seconds that all processors together have worked so far (Linux: /proc/stat without idle and iowait)."""
    user, nice, system, _idle, _iowait, *others = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:8])
    return (user + nice + system + sum(others)) / TICKS
