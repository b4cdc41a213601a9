"""The save endpoint beside the floor, on this disk and on slower ones; what an attempt costs from entry to result.

Product and floor are served alike and stand side by side; rounds alternate (A B A B …), so that whatever else the
machine does falls on both. Medians over the rounds, with minimum and maximum.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import click
from sqlalchemy import create_engine, text

from benchmarks.client import Candidate, Round, arrive, drive
from benchmarks.disk import slowed
from benchmarks.hall import Browser, open_sitting
from benchmarks.installations import database
from benchmarks.servers import Server, serving

PEOPLE, ITEMS, TRAVELLERS = 64, 40, 8
SAVES_BEFORE_MEMORY = 10_000
SLOWER = (0.0, 1.0, 3.5)  # milliseconds added to each fsync
STEADY_RATE = 400.0  # saves a second that arrive whether or not those before were answered
SHARE_OF_CEILING = 0.7
Figure = dict[str, Any]


@dataclass
class Side:
    """One of the two servers and what its rounds showed."""

    server: Server
    candidates: list[Candidate]
    waiting: list[str]  # codes of people who have not entered
    rounds: list[Round] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    saves: int = 0
    revision: int = 1

    def play(self, client: ProcessPoolExecutor, seconds: float, *, counts: bool = True) -> None:
        """Let every candidate save for ``seconds``; a round that does not count warms up."""
        before = self.server.cpu_seconds()
        played = self._count(client.submit(drive, self.server.port, self.candidates, self.revision, seconds).result())
        if counts:
            self.rounds.append(played)
            self.cpu.append((self.server.cpu_seconds() - before) / len(played.waits) * 1000)

    def meet(self, client: ProcessPoolExecutor, rate: float, seconds: float) -> Round:
        """Saves arrive at this rate, whatever became of those before."""
        asked = client.submit(arrive, self.server.port, self.candidates, self.revision, rate, seconds)
        return self._count(asked.result())

    def ceiling(self) -> float:
        """Saves a second of the rounds played, when everybody saves again as soon as a save was answered."""
        return median(played.rate for played in self.rounds)

    def _count(self, played: Round) -> Round:
        self.saves += len(played.waits)
        self.revision += len(played.waits)
        return played


def spread(name: str, values: Sequence[float], digits: int = 2) -> Figure:
    """Median, minimum and maximum under ``name``."""
    return {
        name: round(median(values), digits),
        f"{name}_min": round(min(values), digits),
        f"{name}_max": round(max(values), digits),
    }


def compared(ours: Sequence[float], floor: Sequence[float], unit: str) -> Figure:
    """Our figure over the floor's, round by round, so that both sides of a ratio saw the same machine."""
    ratios = [one / other for one, other in zip(ours, floor, strict=True)]
    return spread("ratio", ratios, 3) | spread("ours", ours) | spread("floor", floor) | {"unit": unit}


@contextmanager
def both_sides(folder: Path, urls: Sequence[str], disk: Mapping[str, str]) -> Iterator[tuple[Side, Side]]:
    """Product and floor, each served over a fresh database, sixty-four candidates at work in the product."""
    keys = {
        "INSTANCE_PATH": str(folder), "KEYRING_FILE": str(folder / "keys" / "keyring.json"),
        "SECRET_KEY_FILE": str(folder / "keys" / "web.key"), "PRODUCTION": "",
    }  # fmt: skip
    ours_url, floor_url = urls
    with ExitStack() as stack:
        environ: Mapping[str, str] = keys | {"DATABASE_URL": ours_url}
        codes = open_sitting(environ, people=PEOPLE + TRAVELLERS, items=ITEMS)
        product = stack.enter_context(serving("wsgi:create_serving_app", {**environ, **disk}, log=folder / "ours.log"))
        bare = stack.enter_context(
            serving(
                "benchmarks.floor:create_app", keys | {"DATABASE_URL": floor_url} | dict(disk), log=folder / "floor.log"
            )
        )
        ours = [Browser(product.port, code).begin().candidate() for code in codes[:PEOPLE]]
        floor = [
            Candidate(
                f"X-Attempt: {number:036}\r\n",
                tuple((f"/responses/{position}", option) for position, (_path, option) in enumerate(one.choices, 1)),
            )
            for number, one in enumerate(ours)
        ]
        yield Side(product, ours, codes[PEOPLE:]), Side(bare, floor, [])


def play(label: str, sides: tuple[Side, Side], client: ProcessPoolExecutor, plan: argparse.Namespace) -> None:
    """Play the rounds of both sides in turn, the first of each to warm up."""
    turns = [(side, number > 0) for number in range(plan.rounds + 1) for side in sides]
    with click.progressbar(turns, label=label) as bar:
        for side, counts in bar:
            side.play(client, plan.seconds, counts=counts)


def of_rounds(ours: Side, floor: Side) -> dict[str, Figure]:
    """What the rounds of both sides showed."""
    figures = {
        "save_vs_floor": compared([r.rate for r in ours.rounds], [r.rate for r in floor.rounds], "requests/s"),
        "save_cpu_vs_floor": compared(ours.cpu, floor.cpu, "ms of processor time/request"),
        "client_busy": compared([r.busy for r in ours.rounds], [r.busy for r in floor.rounds], "share of a processor"),
    }
    for percent in (50, 99):
        waits = [[played.percentile(percent / 100) for played in side.rounds] for side in (ours, floor)]
        figures[f"save_p{percent}_vs_floor"] = compared(waits[0], waits[1], "ms")
    return figures


def of_arrivals(ours: Side, floor: Side, client: ProcessPoolExecutor, seconds: float) -> dict[str, Figure]:
    """Waits when saves arrive at a fixed rate: as many as in a large hall, and at a share of what each side can do."""
    rates = {
        f"arriving_{STEADY_RATE:.0f}": (STEADY_RATE, STEADY_RATE),
        "arriving_at_70_percent": (ours.ceiling() * SHARE_OF_CEILING, floor.ceiling() * SHARE_OF_CEILING),
    }
    figures = {}
    for name, both in rates.items():
        met = [side.meet(client, rate, seconds * 3) for side, rate in zip((ours, floor), both, strict=True)]
        p50, p99 = ([one.percentile(share) for one in met] for share in (0.5, 0.99))
        figures[name] = {
            "ratio": round(p99[0] / p99[1], 3), "ours": round(p99[0], 2), "floor": round(p99[1], 2),
            "ours_p50": round(p50[0], 2), "floor_p50": round(p50[1], 2), "p99_over_p50": round(p99[0] / p50[0], 2),
            "arriving": [round(rate, 1) for rate in both], "answered": [round(one.rate, 1) for one in met],
            "unit": "ms, 99th percentile",
        }  # fmt: skip
    return figures


def of_journeys(side: Side) -> dict[str, Figure]:
    """What one candidate costs from the code to the protocol's page: processor time of the server, and bytes."""
    costs: dict[str, list[float]] = {"entry": [], "journey": []}
    sizes = []
    for code in side.waiting:
        before = side.server.cpu_seconds()
        browser = Browser(side.server.port, code)
        browser.begin()
        browser.open_question(1)
        costs["entry"].append((side.server.cpu_seconds() - before) * 1000)
        browser.answer_all()
        costs["journey"].append((side.server.cpu_seconds() - before) * 1000)
        sizes.append(browser.received + browser.static_bytes())
    return {
        "entry_and_first_page": spread("ours", costs["entry"]) | {"unit": "ms of processor time"},
        "journey": spread("ours", costs["journey"]) | {"unit": "ms of processor time", "items": ITEMS},
        "journey_bytes": spread("ours", sizes, 0) | {"unit": "bytes without fonts", "items": ITEMS},
    }


def named(figures: Mapping[str, Figure], *suffixes: str) -> dict[str, Figure]:
    """The figures under names that say on what they were taken; nothing is added for what is the default."""
    ending = "".join(f"_{suffix}" for suffix in suffixes if suffix)
    return {name + ending: figure for name, figure in figures.items()}


def sqlite(plan: argparse.Namespace, client: ProcessPoolExecutor) -> Iterator[dict[str, Figure]]:
    """The embedded database on each disk; on this one also journeys, and memory after 10,000 saves."""
    if plan.only == "postgresql":
        return
    for wait in SLOWER:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            urls = [f"sqlite:///{name}/{side}.sqlite3" for side in ("ours", "floor")]
            with both_sides(Path(name), urls, slowed(Path(name), wait)) as (ours, floor):
                found: dict[str, Figure] = {}
                if not wait:
                    found |= of_journeys(ours)
                play(f"SQLite, {wait} ms more a fsync", (ours, floor), client, plan)
                found |= of_rounds(ours, floor) | of_arrivals(ours, floor, client, plan.seconds)
                if not wait:
                    while ours.saves < SAVES_BEFORE_MEMORY:
                        ours.play(client, plan.seconds, counts=False)
                    found["memory_after_10000_saves"] = {
                        "ours": round(ours.server.pss_mib(), 1), "saves": ours.saves,
                        "unit": "MiB, proportional set size of all processes",
                    }  # fmt: skip
        yield named(found, _added(wait))


def postgresql(plan: argparse.Namespace, client: ProcessPoolExecutor) -> Iterator[dict[str, Figure]]:
    """The same comparison on PostgreSQL, in a cluster of its own on each disk."""
    if plan.only == "sqlite":
        return
    for wait in SLOWER:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            disk = slowed(Path(name), wait)
            with _in_environment(disk), database("postgresql") as address:
                urls = []
                engine = create_engine(address, isolation_level="AUTOCOMMIT")
                with engine.connect() as connection:
                    for side in ("ours", "floor"):
                        connection.execute(text(f"CREATE DATABASE {side}"))
                        urls.append(address.replace("/postgres?", f"/{side}?"))
                engine.dispose()
                with both_sides(Path(name), urls, disk) as (ours, floor):
                    play(f"PostgreSQL, {wait} ms more a fsync", (ours, floor), client, plan)
                    found = of_rounds(ours, floor) | of_arrivals(ours, floor, client, plan.seconds)
        yield named(found, "postgresql", _added(wait))


def _added(wait: float) -> str:
    return f"{wait:g}ms" if wait else ""


@contextmanager
def _in_environment(values: Mapping[str, str]) -> Iterator[None]:
    """What is started meanwhile has these values."""
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            del os.environ[name]
