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

_ENTRY = (
    "A profile of one person's way in: of its processor time the sign-in takes 46 %, the start 23 %, the page 31 %; 46 "
    "statements, most of them rows of the ORM that the next request reads again (attempt, sitting, room, centre, "
    "participant, person), two entries in the chained trail (12 %), and a page rendered by Jinja (29 %, of which 7 are "
    "translations)."
)
_MEMORY = (
    "Measured after each import: Python 5 MiB, Flask 15, SQLAlchemy's ORM 19, openpyxl 14, pypdf 7, reportlab 5, the "
    "rooms' own modules and the other libraries about 45, the app built from them 5; 1,791 modules. The "
    "supervisor, 17 MiB, is a process of its own that shares little with the one that serves."
)
REASONS: dict[str, str] = {
    "entry_cpu": _ENTRY,
    "opening_entry": f"As above: three requests of the costliest kind, one after the other. {_ENTRY}",
    "opening_saves": (
        "One process is full: a way in costs 40 ms of processor time, so 33 a second beside 100 saves ask for more "
        "than a processor, and whoever saves waits behind. 1,000 in 60 s come through."
    ),
    "closing_p99": (
        "One process is full: an end costs about 17 ms of processor time (31 statements: score, result, protocol, "
        "trail), so 1,000 of them are as many seconds; the last waits that long, and none is lost."
    ),
    "journey_cpu": (
        "A profile of the journey: 43 % of its processor time are the 40 turns of the page (one statement each; the "
        "rest is Flask's request and Jinja's rendering), 31 % the 40 saves, 12 % the entry as above, 8 % the end with "
        "result, protocol and trail (31 statements). A save at the cost of the floor, 40 times, is a third of the aim "
        "already, before a page is shown."
    ),
    "memory": _MEMORY,
    "memory_later": _MEMORY,
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
