"""Every benchmark runs, on a small scale: what it measures on a large one is not lost after half an hour."""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks import (
    assembly,
    bank,
    bank_work,
    console,
    crowds,
    growth,
    people,
    processes,
    rescoring,
    run,
    saves,
    statistics,
)
from benchmarks.installations import database


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, sizes in {
        assembly: {"FORMS": 2, "BANK": 800, "LARGE": 900, "CHUNK": 100},
        bank: {"ITEMS": 240, "IMPORTED": 20, "ROUNDS": 2, "AUTHORS": 4},
        bank_work: {"SUSPENDED": 3, "SESSIONS": 2, "ON_AGENDA": 5, "TESTS": 1, "VARIANTS": 2, "FORM_ITEMS": 6},
        console: {"PEOPLE": (4,), "ROUNDS": 1, "CHANGED": 2, "ITEMS": 5},
        crowds: {
            "RUSH_SECONDS": 0.5,
            "BESIDE": 20.0,
            "EVERY": 0.5,
            "STEADY_SECONDS": 0.5,
            "CLOSING_SECONDS": 0.3,
            "STAFF_ROUNDS": 1,
            "STAFF_SECONDS": 0.3,
            "WARM": 2,
        },
        growth: {"STORED": (30,), "BASE": 10},
        processes: {"PROCESSES": (1,), "STARTS": 1, "DATABASE": "sqlite"},
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


PLAN = argparse.Namespace(rounds=1, seconds=0.3, only=None)


def of_part(part: run.Part) -> dict[str, Any]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as client:
        return {name: figure for found in part(PLAN, client) for name, figure in found.items()}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, people.Hall]:
    folder = tmp_path_factory.mktemp("hall")
    return folder, people.prepare(folder, f"sqlite:///{folder}/db.sqlite3", waiting=5, working=6, items=5)


@pytest.fixture
def prepared(hall: tuple[Path, people.Hall], monkeypatch: pytest.MonkeyPatch) -> Callable[..., people.Hall]:
    """A copy of the hall that was prepared once, wherever a benchmark prepares its own."""
    source, found = hall

    def prepare(folder: Path, _url: str, **_sizes: int) -> people.Hall:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        moved = {name: value.replace(str(source), str(folder)) for name, value in found.environ.items()}
        return replace(found, environ=moved)

    for module in (growth, processes):
        monkeypatch.setattr(module, "prepare", prepare)
    return prepare


@pytest.mark.parametrize("part", [growth.figures, processes.several, processes.starting])
def test_a_part_of_the_load_runs_to_its_end(part: run.Part, prepared: Callable[..., people.Hall]):
    figures = of_part(part)
    assert figures
    assert all(figure["ours"] > 0 and figure["unit"] for figure in figures.values())


def test_a_crowd_enters_saves_and_ends_with_the_results_counted_before(
    prepared: Callable[..., people.Hall], tmp_path: Path
):
    here = prepared(tmp_path, "")
    with crowds.at_the_door(tmp_path, here.environ["DATABASE_URL"], here) as served:
        figures = crowds.opening(served)
        assert (figures["opening_3"]["inside"], figures["opening_3"]["refused"]) == (3, {})
        assert crowds.steady(served, (4, 8))["steady_8"]["saves"] == 8
        assert crowds.staff_beside(served)["saves_beside_staff"]["pages"] > 0
        ended = crowds.closing(served)["closing_4"]
    assert [ended[one] for one in ("told", "equal_to_recount", "results", "protocols", "lost")] == [4, 4, 4, 4, 0]


@pytest.mark.parametrize(
    "measure",
    [
        drawing, correcting, partial(bank.figures, "sqlite"), partial(console.figures, "sqlite"),
        partial(statistics.gathering, people=20, items=5), partial(of_part, saves.sqlite),
    ],
    ids=["assembly", "rescoring", "bank", "console", "statistics", "saves"],
)  # fmt: skip
def test_a_benchmark_runs_to_its_end(measure: Callable[[], dict[str, Any]], tmp_path: Path):
    figures = measure()
    assert figures
    assert all(figure["ours"] > 0 and figure["unit"] for figure in figures.values())
