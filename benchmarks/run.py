"""`make bench`: measures, prints a table and writes results/latest.json (contracts.md); reports, never judges."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks import assembly, bank, console, rescoring, saves, statistics
from benchmarks.saves import Figure
from benchmarks.servers import ROOT
from core.clock import system_clock

RESULTS = ROOT / "benchmarks" / "results" / "latest.json"


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
        ratio = f"{figure['ratio']:>7}" if "ratio" in figure else ""
        if "ratio_min" in figure:
            ratio += f" ({figure['ratio_min']}–{figure['ratio_max']})"
        yield f"{name:<40} {ratio:<24} {figure['ours']:>9} {figure.get('floor', ''):>9}  {figure['unit']}"


def measured(plan: argparse.Namespace) -> Iterator[dict[str, Figure]]:
    """The figures of each part, as soon as there are any."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as client:
        for part in (saves.sqlite, saves.postgresql):
            if plan.only in (None, part.__name__):
                yield part(plan, client)
    for module in (rescoring, bank, assembly, statistics, console):
        yield module.figures(plan.only)


def main() -> None:
    """Measure everything asked for and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="measured rounds of each side (7)")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a round (3)")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one database; nothing is written")
    plan = parser.parse_args()
    figures: dict[str, Figure] = {}
    print(f"{'':<40} {'ratio (least–most)':<24} {'ours':>9} {'floor':>9}")
    for part in measured(plan):
        print(*table(part), sep="\n", flush=True)
        figures |= part
    if plan.only is None:
        report = {"machine": machine(), "commit": commit(), "date": system_clock().isoformat(timespec="seconds")}
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(report | {"figures": figures}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
