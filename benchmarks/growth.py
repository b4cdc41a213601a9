"""A save with more and more attempts stored beside: served over a large database and over one of 250, turn about.

What is stored is written by one statement of the database itself: codes, attempts that ended, results and a few answers
of each. Rounds alternate between the two servers, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import UUID

from benchmarks.people import prepare
from benchmarks.saves import Figure, Side, compared, play
from benchmarks.servers import serving

STORED = (1_000, 10_000, 100_000, 1_000_000)
BASE, AT_WORK, ANSWERS = 250, 64, 4  # attempts stored on the other side; connections; answers of a stored attempt

# Ids are drawn at random, as the application's are, so that indexes grow everywhere and not at their end.
_DRAWN = """
CREATE TEMP TABLE drawn AS
WITH RECURSIVE number(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM number WHERE n < :last)
SELECT n, lower(hex(randomblob(16))) AS attempt, lower(hex(randomblob(16))) AS code FROM number
"""
_ROWS = {
    "candidate_code": {"id": "code", "ordinal": "n", "lookup": "randomblob(32)"},
    "attempt": {
        "id": "attempt", "code_id": "code", "number": "'G-' || n", "status": "'ended'", "end_kind": "'submitted'",
        "ended_at": "started_at",
    },
}  # fmt: skip
_RESULT = """
INSERT INTO result (id, attempt_id, revision, score, maximum, cut_score, outcome, areas, scoring_version,
                    responses_digest, created_at)
SELECT lower(hex(randomblob(16))), attempt, 1, 20, 40, 20, 'meets', '[]', 1, zeroblob(32), '2026-01-01 00:00:00.000000'
FROM drawn
"""


def figures(plan: argparse.Namespace, client: ProcessPoolExecutor) -> Iterator[dict[str, Figure]]:
    """Each size after the other; it belongs to SQLite, where one process does all the work."""
    if plan.only == "postgresql":
        return
    with TemporaryDirectory(prefix="bench-") as name:
        small, large = Path(name, "small"), Path(name, "large")
        small.mkdir()
        hall = prepare(small, f"sqlite:///{small}/db.sqlite3", working=AT_WORK)
        store(small, hall.sitting, 1, BASE)
        shutil.copytree(small, large)
        stored = BASE
        with serving("wsgi:create_serving_app", hall.environ, log=small / "server.log") as base:
            few, revision = Side(base, hall.working, []), 2
            for size in STORED:
                began = perf_counter()
                store(large, hall.sitting, stored + 1, size)
                stored, took = size, perf_counter() - began
                moved = {key: value.replace(str(small), str(large)) for key, value in hall.environ.items()}
                with serving("wsgi:create_serving_app", moved, log=large / "server.log") as server:
                    many = Side(server, hall.working, [])
                    few.rounds, few.cpu, many.revision = [], [], revision
                    play(f"{size} attempts stored", (many, few), client, plan)
                revision = many.revision
                yield {
                    f"growth_{size}": compared(many.cpu, few.cpu, f"ms of processor time/save, against {BASE} stored")
                    | {"stored": size, "answers": size * ANSWERS, "building": round(took, 1)}
                }


def store(folder: Path, sitting: UUID, first: int, last: int) -> None:
    """Attempts number ``first`` to ``last`` of a sitting, after the pattern of one that is there."""
    database = sqlite3.connect(folder / "db.sqlite3")
    with ExitStack() as stack:
        stack.callback(database.close)
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -200000")
        database.execute(_DRAWN, {"first": first + 1_000_000, "last": last + 1_000_000})
        with database:
            for table, given in _ROWS.items():
                names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
                values = ", ".join(given.get(column, f'pattern."{column}"') for column in names)
                columns = ", ".join(f'"{column}"' for column in names)
                database.execute(
                    f"INSERT INTO {table} ({columns}) SELECT {values} FROM drawn,"
                    f" (SELECT * FROM {table} WHERE sitting_id = ? LIMIT 1) AS pattern",
                    (sitting.hex,),
                )
            database.execute(_RESULT)
            for place in range(1, ANSWERS + 1):
                database.execute(
                    "INSERT INTO response_event (attempt_id, place, epoch, revision, response, flagged, language,"
                    " saved_at, is_late) SELECT attempt, ?, 1, 1, '[\"0123456789\"]', 0, 'ky',"
                    " '2026-01-01 00:00:00.000000', 0 FROM drawn",
                    (place,),
                )
        database.execute("PRAGMA optimize")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
