"""`make bench`: measures, prints a table, writes results/latest.json (contracts.md) and the report; never judges.

A part that fails does not keep the others from being measured. What was measured is written at once.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from benchmarks import (
    aims,
    assembly,
    bank,
    console,
    crowds,
    growth,
    processes,
    report,
    rescoring,
    saves,
    statistics,
)
from benchmarks.report import RESULTS
from benchmarks.saves import Figure
from benchmarks.servers import ROOT
from core.clock import system_clock

Part = Callable[[argparse.Namespace, ProcessPoolExecutor], Iterator[dict[str, Figure]]]
OFFICE = (console, statistics, rescoring, bank, assembly)


def _office(module: ModuleType) -> Part:
    return lambda plan, _client: iter([module.figures(plan.only)])


def machine() -> str:
    """What was measured on, without a name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), platform.machine())
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{multiprocessing.cpu_count()} × {model}, {system}"


@cache
def commit() -> str:
    """The commit that is measured; ``+`` where the tree had changes before anything was written."""
    done = subprocess.run(["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def table(figures: Mapping[str, Figure]) -> Iterator[str]:
    """The figures, a line each, for a person."""
    for name, figure in figures.items():
        ratio = f"{figure['ratio']:>7}" if "ratio" in figure else ""
        if "ratio_min" in figure:
            ratio += f" ({figure['ratio_min']}–{figure['ratio_max']})"
        yield f"{name:<40} {ratio:<24} {figure['ours']:>9} {figure.get('floor', ''):>9}  {figure['unit']}"


PARTS: dict[str, Part] = {
    "saves": saves.sqlite,
    "saves_postgresql": saves.postgresql,
    "opening_rush": crowds.openings,
    "steady_state_and_closing_rush": crowds.closings,
    "staff_beside_saves": crowds.staff,
    "crowds_postgresql": crowds.on_postgresql,
    "growth": growth.figures,
    "processes": processes.several,
    "start": processes.starting,
    **{module.__name__.rpartition(".")[2]: _office(module) for module in OFFICE},
}
LOAD = tuple(PARTS)[: -len(OFFICE)]  # what candidates feel; the rest is work of the staff on much data


class Results:
    """What was measured, on disk as soon as it is known; parts that are not measured now stay as they were."""

    def __init__(self, path: Path = RESULTS) -> None:
        self.path = path
        known = json.loads(path.read_text()) if path.exists() else {}
        self.parts: dict[str, dict[str, Any]] = known.get("parts", {})
        kept = {name for part in self.parts.values() for name in part["figures"]}
        self.figures = {name: figure for name, figure in known.get("figures", {}).items() if name in kept}

    def measure(self, name: str, found: Iterator[dict[str, Figure]]) -> bool:
        """Take what a part yields; whether it ran to its end."""
        for old in self.parts.pop(name, {"figures": ()})["figures"]:
            self.figures.pop(old, None)
        began = time.perf_counter()
        part: dict[str, Any] = {"commit": commit(), "date": now(), "seconds": 0.0, "figures": []}
        self.parts[name] = part
        try:
            for figures in found:
                print(*table(figures), sep="\n", flush=True)
                self.figures |= figures
                part["figures"] += figures
                part["seconds"] = round(time.perf_counter() - began, 1)
                self.write()
        except Exception as error:  # the others are measured all the same; the end says that this one was not
            traceback.print_exc()
            part["failed"] = f"{type(error).__name__}: {error}".partition("\n")[0]
        part["seconds"] = round(time.perf_counter() - began, 1)
        self.write()
        return "failed" not in part

    def whole(self) -> dict[str, Any]:
        """What is written."""
        return {
            "machine": machine(), "commit": commit(), "date": now(), "aims": aims.measured(self.figures),
            "parts": {name: self.parts[name] for name in PARTS if name in self.parts}, "figures": self.figures,
        }  # fmt: skip

    def write(self) -> None:
        """Everything so far; a run that is cut off leaves what it has."""
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(self.whole(), indent=1, ensure_ascii=False) + "\n")


def now() -> str:
    """This moment, for the results."""
    return system_clock().isoformat(timespec="seconds")


def main() -> int:
    """Measure everything asked for, write the results and the report; 1 where a part did not run to its end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds of each side (5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round (2)")
    parser.add_argument("--parts", nargs="+", choices=tuple(PARTS), default=tuple(PARTS), help="these alone")
    parser.add_argument("--load", action="store_const", dest="parts", const=LOAD, help=f"alone {', '.join(LOAD)}")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one database; nothing is written")
    plan = parser.parse_args()
    failed = []
    commit()
    with TemporaryDirectory(prefix="bench-") as scratch:
        results = Results() if plan.only is None else Results(Path(scratch, "latest.json"))
        print(f"{'':<40} {'ratio (least–most)':<24} {'ours':>9} {'floor':>9}")
        for name in plan.parts:
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as client:
                if not results.measure(name, PARTS[name](plan, client)):
                    failed.append(name)
        if plan.only is None:
            report.write(results.whole())
    if failed:
        print(f"Not run to the end: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
