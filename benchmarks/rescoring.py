"""Rescoring everybody who sat a form, and the independent recount: how long, and whether anything differs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import click

from benchmarks.installations import DATABASES, database, installation
from benchmarks.servers import ROOT
from core import audit
from core.db import transaction
from ranking.services import export
from ranking.services.effects import effects
from testing_center import result_queries
from testing_center.services import accounting, corrections, summaries
from tests.correction_scene import CorrectionScene
from tests.crowd import crowd

Figure = dict[str, Any]


def figures(only: str | None = None) -> dict[str, Figure]:
    """Everything of this module; ``only`` is one database, and the recount belongs to SQLite."""
    found: dict[str, Figure] = {}
    for name in DATABASES:
        if only in (None, name):
            with database(name) as url:
                found |= rescoring(name, url)
    return found | (recount() if only in (None, "sqlite") else {})


def rescoring(name: str, url: str, *, people: int = 10_000, items: int = 60) -> dict[str, Figure]:
    """Preview, effects on competitions and application of a corrected key for ``people`` attempts."""
    with TemporaryDirectory(prefix="bench-") as folder, installation(Path(folder), url) as (make, clock):
        with click.progressbar(length=people, label=f"Attempts on {name}") as bar:
            sitting = crowd(
                make, people, items=items, cut_score=items * 3 // 5, competitions=people // 7, seed=1,
                progress=bar.update,
            )  # fmt: skip
        scene = CorrectionScene.of(make, clock, sitting)
        _summary(scene)
        clock.advance(timedelta(hours=2))
        took: dict[str, float] = {}
        correction = scene.prepare(scene.wrong_key(1, 1), *scene.void(2))
        with timed(took, "preview"):
            seen = corrections.preview(correction)
        with timed(took, "effects"):
            touched = len(effects(seen, now=clock()))
        bar = click.progressbar(length=2 * people, label=f"Rescoring on {name}")
        with bar, timed(took, "apply"), transaction():
            corrections.apply(correction, seen.digest, by=scene.second, now=clock(), progress=_steps(bar.update))
    counts = seen.counts
    return {
        f"rescoring_{name}": {
            "ours": round(took["apply"], 3), "unit": "seconds to apply", "processor": round(took["apply_cpu"], 1),
            "preview": round(took["preview"], 1),
            "effects": round(took["effects"], 1), "attempts": counts.rescored, "changed": counts.changed,
            "items": items, "competitions_touched": touched,
        }
    }  # fmt: skip


def _summary(scene: CorrectionScene) -> None:
    """The summary protocol of the sitting, which the correction has to bring up to date."""
    with transaction():
        sitting, now = scene.sitting, scene.clock()
        people = scene.make.participants(sitting)
        entry = audit.record("sitting.closed", sitting, by=scene.first, at=now, participants=len(people))
        slips = {**asdict(accounting.slips_of(sitting)), "left": 0, "reason": ""}
        summaries.first(sitting, result_queries.attempts_of(sitting), people, slips, entry, by=scene.first, now=now)


def _steps(update: Callable[[int], None]) -> Callable[[int, int], None]:
    """Tell a bar how far it goes on each time: the answers are read first, then the results are written."""
    last = 0

    def step(done: int, _of: int) -> None:
        nonlocal last
        update(done - last if done >= last else done)
        last = done

    return step


@contextmanager
def timed(took: dict[str, float], name: str) -> Iterator[None]:
    """Seconds of the block under ``name``, and of the processor under ``name_cpu``."""
    began, worked = perf_counter(), process_time()
    yield
    took[name], took[f"{name}_cpu"] = perf_counter() - began, process_time() - worked


def recount(*, people: int = 100_000, items: int = 12) -> dict[str, Figure]:
    """The independent script over ``people`` random attempts: seconds, and the differences that it finds."""
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with installation(folder, f"sqlite:///{folder / 'db.sqlite3'}") as (make, clock):
            with click.progressbar(length=people, label="Random attempts") as bar:
                crowd(
                    make, people, items=items, cut_score=items // 2, competitions=people // 40, seed=2, variants=3,
                    papers=0, progress=bar.update,
                )  # fmt: skip
            clock.advance(timedelta(hours=2))
            with transaction():
                export.write(folder / "export", by=audit.System("benchmark"), now=clock())
        script = ROOT / "tools" / "rescore.py"
        began = perf_counter()
        done = subprocess.run(
            [sys.executable, "-I", str(script), str(folder / "export")], capture_output=True, text=True, check=False
        )
        took, said = perf_counter() - began, done.stdout.strip().splitlines()[-1]
    return {"recount": {"ours": round(took, 3), "unit": "seconds", "attempts": people, "said": said}}
