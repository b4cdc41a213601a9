"""Statistics of a large sitting: how long the sweeper takes, and how long of that the database is locked."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from benchmarks.installations import installation
from benchmarks.rescoring import Figure, timed
from core.db import db, transaction
from testing_center import statistics_queries as queries
from testing_center.services import statistics
from tests.crowd import crowd


def figures(only: str | None = None) -> dict[str, Figure]:
    """Everything of this module, which is measured on SQLite: there the storing keeps everybody else from writing."""
    return gathering() if only in (None, "sqlite") else {}


def gathering(*, people: int = 2000, items: int = 60) -> dict[str, Figure]:
    """All figures of a sitting of ``people``: read and calculated, then stored in one transaction."""
    took: dict[str, float] = {}
    with TemporaryDirectory(prefix="bench-") as folder:
        url = f"sqlite:///{folder}/db.sqlite3"
        with (
            installation(Path(folder), url) as (make, clock),
            click.progressbar(length=people, label="Attempts for statistics") as bar,
        ):
            crowd(
                make, people, items=items, cut_score=items * 3 // 5, competitions=7, seed=1, papers=0,
                progress=bar.update,
            )  # fmt: skip
            db.session.remove()
            [(specification_id, source)] = queries.sources().items()
            with timed(took, "calculate"):
                found = statistics.calculate(specification_id, source)
            with timed(took, "store"), transaction():
                statistics.store(specification_id, source, found, now=clock())
            with timed(took, "look"):
                assert statistics.gather_due(now=clock()) is None
    return {
        "statistics_sqlite": {
            "ours": round(took["calculate"], 3), "unit": "seconds to read and calculate",
            "processor": round(took["calculate_cpu"], 3), "store": round(took["store"], 3),
            "nothing_due": round(took["look"], 4), "attempts": people, "items": items,
        }
    }  # fmt: skip
