"""What is asked of the product's speed, an entry each: the aim, and where in the results it is measured.

``REASONS`` is written by hand: why an aim is not met, measured, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Aim:
    """One sentence of the issue; ``value`` reads what was measured, and a KeyError says that it was not."""

    what: str
    relation: str  # ≤ or ≥
    bound: float
    unit: str
    value: Callable[[Figures], float]

    @property
    def text(self) -> str:
        """``≤ 1.25 × the floor``."""
        return f"{self.relation} {self.bound:,g} {self.unit}".rstrip()

    def is_met(self, value: float) -> bool:
        """Whether what was measured keeps the bound."""
        return value <= self.bound if self.relation == "≤" else value >= self.bound


def _of(name: str, field: str = "ours") -> Callable[[Figures], float]:
    return lambda figures: float(figures[name][field])


def _missing(people: int) -> Callable[[Figures], float]:
    """People whose result is not there, was not told, or is not the one counted beforehand; or who were refused."""
    name = f"closing_{people}"
    return lambda figures: (
        sum(people - figures[name][field] for field in ("told", "equal_to_recount", "results", "protocols"))
        + sum(figures[name]["refused"].values())
    )


AIMS: dict[str, Aim] = {
    "save_cpu": Aim("Processor time of a save", "≤", 1.25, "× the floor", _of("save_cpu_vs_floor", "ratio")),
    "save_rate": Aim("Saves a second", "≥", 0.8, "× the floor", _of("save_vs_floor", "ratio")),
    "save_cpu_postgresql": Aim(
        "Processor time of a save, PostgreSQL", "≤", 1.25, "× the floor", _of("save_cpu_vs_floor_postgresql", "ratio")
    ),
    "save_rate_postgresql": Aim(
        "Saves a second, PostgreSQL", "≥", 0.8, "× the floor", _of("save_vs_floor_postgresql", "ratio")
    ),
    "slow_disk_rate": Aim(
        "Saves a second at +3.5 ms a fsync", "≥", 5, "× the naive SQLite floor", _of("save_vs_floor_3.5ms", "ratio")
    ),
    "slow_disk_p99": Aim("400 saves/s arriving at +3.5 ms a fsync, p99", "≤", 15, "ms", _of("arriving_400_3.5ms")),
    "slow_disk_spread": Aim(
        "p99/p50 at 70 % of the ceiling, +3.5 ms a fsync", "≤", 3, "",
        _of("arriving_at_70_percent_3.5ms", "p99_over_p50"),
    ),
    "journey_cpu": Aim("A journey of 40 questions, processor time", "≤", 100, "ms", _of("journey")),
    "journey_bytes": Aim(
        "A journey of 40 questions over the wire, without fonts", "≤", 300, "KB",
        lambda figures: float(figures["journey_bytes"]["ours"]) / 1000,
    ),
    "entry_cpu": Aim("Sign-in, start and first page, processor time", "≤", 5, "ms", _of("entry_and_first_page")),
    "a_core": Aim("16,000 candidates at a save in 30 s, p99", "≤", 50, "ms", _of("steady_16000")),
    "opening_entry": Aim(
        "2,000 in 60 s beside 100 saves/s: from the code to the first page, p99", "≤", 150, "ms", _of("opening_2000")
    ),
    "opening_saves": Aim(
        "2,000 in 60 s beside 100 saves/s: saves, p99", "≤", 50, "ms", _of("saves_beside_opening_2000")
    ),
    "closing_p99": Aim("1,000 end within 5 s: to the result, p99", "≤", 500, "ms", _of("closing_1000")),
    "closing_whole": Aim("1,000 end within 5 s: lost, refused or other than recounted", "≤", 0, "", _missing(1000)),
    "growth": Aim(
        "Processor time of a save at 100,000 stored attempts", "≤", 1.05, "× that at 250", _of("growth_100000", "ratio")
    ),
    "staff": Aim(
        "Saves beside staff lists, downloads and statistics, p99", "≤", 2, "× without",
        _of("saves_beside_staff", "ratio"),
    ),
    "processes": Aim("PostgreSQL, two processes", "≥", 1.7, "× one", _of("processes_2", "ratio")),
    "memory": Aim("Proportional set size for one centre, just started", "≤", 120, "MiB", _of("memory_at_start")),
    "memory_later": Aim(
        "Proportional set size of a bare supervisor and one process after 10,000 saves", "≤", 120, "MiB",
        _of("memory_after_10000_saves"),
    ),
}  # fmt: skip

_SAVE = (
    "Each save run alone in one process takes 1.1 ms of processor time where the floor takes 0.62. Of the difference, "
    "SQLite takes 0.2 (the answer is a row of the history with its references and its index, not one row overwritten, "
    "and it is judged against the attempt's and the last answer's row), the session and its token 0.1, the counters, "
    "headers and checks of every request 0.1, the receipt 0.06 "
    "(docs/adr/0008-save-path.md says what was taken out, and what was kept and why)."
)
_SAVE_POSTGRESQL = (
    "Each save run alone in one process takes 1.25 ms of processor time where the floor takes 0.85. In the server, "
    "where sixteen threads wait for the database at once, it takes 1.8 and the floor 0.95: 0.55 more and 0.1 more. "
    "Neither longer turns in Python (1.77 with 5 ms) nor more connections (1.88 with 64) change that; where it goes is "
    "not known yet."
)
_ENTRY = (
    "The way in is three requests, 24 statements: the code is looked up under a count of failures, the sitting's key "
    "opens the link to the person, attempt, order of questions and two signed entries of the trail are written, and a "
    "whole page is rendered. That is 12 % of a journey's processor time. Once it was 40 ms and 46 statements; 5 ms are "
    "what six saves of the floor cost here."
)
_MEMORY = (
    "Measured after each import: Python 5 MiB, SQLAlchemy 19, the rooms' own modules 29, numpy and lxml 8 (openpyxl "
    "brings them, itself 5), Pygments 5 (Alembic's Mako brings it), reportlab 4, cryptography 4, Alembic 2, the rest "
    "Flask, pypdf and the libraries below. The supervisor, 17 MiB, is a process of its own that shares little with "
    "the one that serves. Loading what reads and writes spreadsheets only when it is needed would save 13."
)
REASONS: dict[str, str] = {
    "save_cpu": _SAVE,
    "save_cpu_postgresql": _SAVE_POSTGRESQL,
    "save_rate_postgresql": f"As above: the interpreter is what is full. {_SAVE_POSTGRESQL}",
    "slow_disk_rate": (
        "Here the processor is the limit, not the disk: saves that share a commit take 1.4 ms of processor time each, "
        "which one interpreter gives 600 times a second; five times the naive floor would be 950 a second, "
        "hence 1.05 ms each. More threads (32 and 48 instead of 16) gave 629 and 705 a second in place of 510, for "
        "more memory and dearer pages, and never five times."
    ),
    "slow_disk_p99": (
        "A save that comes while a commit is under way waits for that one and then for its own, two times 3.5 ms; half "
        "of all wait 13 ms. At 400 a second the one interpreter is busy for 0.56 of the time. What goes beyond the two "
        "waits for the disk was not taken apart."
    ),
    "journey_cpu": (
        "Shares of a journey: the 39 turns of the page 42 % (one statement each; the rest is a request of Flask's and "
        "Jinja's rendering), the 40 saves 34, the way in 12 (code 5, start 3, page 4), the end 12 (finish 3, submit 5, "
        "result 4). Forty saves at the cost of the floor are 35 ms. Sending several questions at once would take away "
        "most of the turns."
    ),
    "entry_cpu": _ENTRY,
    "closing_p99": (
        "One process is full: an end takes about 7 ms of processor time (15 statements: score, result, protocol, "
        "signed trail, all durable before the score is shown), so 1,000 within 5 s ask for 1.4 processors of one "
        "interpreter; the last waits for those before it, and none is lost or refused."
    ),
    "growth": (
        "Less than the rounds of the same side differ by: least and most stand beside the ratio. The rows that a save "
        "reads are found by index, and it sends the same two statements at every size."
    ),
    "staff": (
        "A list of the staff is tens of milliseconds of Python, and a save in the same process waits for the "
        "interpreter at each of its statements: with turns of 0.5 ms (docs/adr/0008-save-path.md) the 99th percentile "
        "is 48 to 62 ms, with Python's own 5 ms it was 272. Staff on a process of their own need PostgreSQL."
    ),
    "processes": (
        "Two processors are all that this machine has, for the load, the database and the product: with one process "
        "they are busy to 72 %, with two to 91. What is left over is the gain. It takes more processors to show more."
    ),
    "memory": _MEMORY,
    "memory_later": f"{_MEMORY} What comes with 10,000 saves, 26 MiB, was not taken apart.",
}


def measured(figures: Figures) -> dict[str, dict[str, Any]]:
    """Each aim beside what was measured; ``measured`` and ``met`` are None where the part did not run to its end."""
    found: dict[str, dict[str, Any]] = {}
    for name, aim in AIMS.items():
        try:
            value = round(aim.value(figures), 3)
        except KeyError:
            value = None
        met = None if value is None else aim.is_met(value)
        found[name] = {"what": aim.what, "aim": aim.text, "measured": value, "met": met}
        if met is False:
            found[name]["reason"] = REASONS.get(name, "")
    return found
