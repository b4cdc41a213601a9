"""docs/performance.md is drawn from the results: each aim beside what was measured, or the word that it was
not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import crowds, growth, processes, report, run, saves
from benchmarks.aims import AIMS, REASONS, measured

MEASURED_AS = {
    "save_vs_floor", "save_cpu_vs_floor", "save_vs_floor_postgresql", "save_cpu_vs_floor_postgresql",
    "journey", "journey_bytes", "entry_and_first_page", "memory_after_10000_saves", "memory_at_start",
    "saves_beside_staff",
    *(f"{name}_{wait:g}ms" for name in ("save_vs_floor", f"arriving_{saves.STEADY_RATE:.0f}",
                                        "arriving_at_70_percent") for wait in saves.SLOWER),
    *(f"{name}_{crowds.RUSH}" for name in ("opening", "saves_beside_opening")), f"steady_{crowds.A_CORE}",
    *(f"closing_{people}" for people in crowds.CROWDS), *(f"growth_{size}" for size in growth.STORED),
    *(f"processes_{number}" for number in processes.PROCESSES),
}  # fmt: skip


class Everything(dict[str, Any]):
    """Results in which every figure is there and says 1; it remembers what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def __missing__(self, name: str) -> Any:
        self.asked.add(name)
        people = int(name.rpartition("_")[2]) if name.startswith("closing") else 1
        fields = ("told", "equal_to_recount", "results", "protocols")
        return {"ours": 1.0, "ratio": 1.0, "p99_over_p50": 1.0, "refused": {}} | dict.fromkeys(fields, people)


def results(figures: dict[str, Any]) -> dict[str, Any]:
    part = {"commit": "abc", "date": "2026-01-02", "seconds": 3.0, "figures": list(figures)}
    return {
        "machine": "2 × Something", "commit": "abc", "date": "2026-01-02", "figures": figures,
        "aims": measured(figures), "parts": {"saves": part, "growth": part | {"failed": "OSError: full"}},
    }  # fmt: skip


def test_every_aim_is_read_from_a_figure_that_is_measured():
    figures = Everything()
    assert all(aim["measured"] is not None for aim in measured(figures).values())
    assert figures.asked <= MEASURED_AS
    assert REASONS.keys() <= AIMS.keys()


@pytest.mark.parametrize(("value", "met"), [(1.25, True), (1.251, False)])
def test_the_bound_itself_is_met(value: float, met: bool):
    found = measured({"save_cpu_vs_floor": {"ratio": value}})["save_cpu"]
    assert (found["aim"], found["measured"], found["met"]) == ("≤ 1.25 × the floor", value, met)


def test_a_result_that_was_lost_refused_or_differs_is_no_closing_rush():
    whole = {"told": 1000, "equal_to_recount": 1000, "results": 1000, "protocols": 1000, "refused": {}, "ours": 1.0}
    assert measured({"closing_1000": whole})["closing_whole"]["met"]
    for fault in ({"results": 999}, {"equal_to_recount": 999}, {"refused": {"409 attempt_closed": 1}}):
        assert measured({"closing_1000": whole | fault})["closing_whole"]["met"] is False


def test_the_report_says_what_was_aimed_at_measured_and_missed(tmp_path: Path):
    figure = {"ratio": 1.5, "ratio_min": 1.4, "ratio_max": 1.6, "ours": 1.1, "floor": 0.7, "unit": "ms", "people": 5000}
    report.write(results({"save_cpu_vs_floor": figure}), tmp_path / "performance.md")
    page = (tmp_path / "performance.md").read_text()
    assert "| Processor time of a save | ≤ 1.25 × the floor | 1.5 | **no** |" in page
    assert "| Saves a second | ≥ 0.8 × the floor | not measured | not measured |" in page
    assert all(f"| {aim.what} | {aim.text} |" in page for aim in AIMS.values())
    assert "1.5 (1.4–1.6)" in page
    assert "people 5,000" in page
    assert "`OSError: full`" in page
    assert "Commit abc, 2026-01-02" in page
    for drawn in (tmp_path / "pictures").glob("*.svg"):
        assert drawn.name in page
        ElementTree.parse(drawn)


def test_a_part_that_fails_is_named_and_keeps_what_it_measured_and_the_others(tmp_path: Path):
    def failing() -> Iterator[dict[str, Any]]:
        yield {"opening_300": {"ours": 1.0, "unit": "ms"}}
        raise OSError("no room")

    path = tmp_path / "results" / "latest.json"
    assert not run.Results(path).measure("opening_rush", failing())
    assert run.Results(path).measure("start", iter([{"start": {"ours": 2.0, "unit": "s"}}]))
    written = json.loads(path.read_text())
    assert written["figures"].keys() == {"opening_300", "start"}
    assert written["parts"]["opening_rush"]["failed"] == "OSError: no room"
    assert "failed" not in written["parts"]["start"]
    assert written["aims"]["memory"]["measured"] is None


def test_a_part_that_is_measured_again_leaves_nothing_of_before(tmp_path: Path):
    path = tmp_path / "results" / "latest.json"
    run.Results(path).measure("start", iter([{"old": {"ours": 2.0, "unit": "s"}}]))
    run.Results(path).measure("start", iter([{"start": {"ours": 1.0, "unit": "s"}}]))
    assert json.loads(path.read_text())["figures"].keys() == {"start"}
