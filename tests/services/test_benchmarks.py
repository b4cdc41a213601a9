"""Every benchmark runs, on a small scale: what it measures on a large one is not lost after half an hour."""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks import assembly, bank, bank_work, console, rescoring, saves, statistics
from benchmarks.installations import database


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, sizes in {
        assembly: {"FORMS": 2, "BANK": 800, "LARGE": 900, "CHUNK": 100},
        bank: {"ITEMS": 240, "IMPORTED": 20, "ROUNDS": 2, "AUTHORS": 4},
        bank_work: {"SUSPENDED": 3, "SESSIONS": 2, "ON_AGENDA": 5, "TESTS": 1, "VARIANTS": 2, "FORM_ITEMS": 6},
        console: {"PEOPLE": (4,), "ROUNDS": 1, "CHANGED": 2, "ITEMS": 5},
        saves: {
            "PEOPLE": 3,
            "TRAVELLERS": 1,
            "ITEMS": 5,
            "SLOWER": (0.0,),
            "SAVES_BEFORE_MEMORY": 0,
            "STEADY_RATE": 40.0,
        },
    }.items():
        for name, size in sizes.items():
            monkeypatch.setattr(module, name, size)


def drawing() -> dict[str, Any]:
    with database("sqlite") as url:
        return assembly.measure("sqlite", url)


def correcting() -> dict[str, Any]:
    with database("sqlite") as url:
        return rescoring.rescoring("sqlite", url, people=21, items=5)


def saving() -> dict[str, Any]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as client:
        return saves.sqlite(argparse.Namespace(rounds=1, seconds=0.3), client)


@pytest.mark.parametrize(
    "measure",
    [
        drawing, correcting, partial(bank.figures, "sqlite"), partial(console.figures, "sqlite"),
        partial(statistics.gathering, people=20, items=5), saving,
    ],
    ids=["assembly", "rescoring", "bank", "console", "statistics", "saves"],
)  # fmt: skip
def test_a_benchmark_runs_to_its_end(measure: Callable[[], dict[str, Any]], tmp_path: Path):
    figures = measure()
    assert figures
    assert all(figure["ours"] > 0 and figure["unit"] for figure in figures.values())
