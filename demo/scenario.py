"""Who takes part in what, so that everything the regulation knows happens once on the day that is played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from competitions import services as competitions
from competitions.models import Competition
from competitions.people import write_down
from competitions.rules import Financing
from core.db import db, transaction
from demo import stage
from demo.appeals import WRONG_KEY_PLACE
from demo.people import people as invented
from demo.stage import person
from question_bank.models import TestSpecification

FEWEST = 24  # with fewer people nothing is settled beforehand: the day goes as chance has it
NOT_HELD = (
    ("К-2026-31", "№ 3 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 3", "no_applications"),
    ("К-2026-32", "№ 8 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 8", "all_withdrew"),
    ("К-2026-33", "№ 12 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 12", "nobody_admitted"),
    ("К-2026-34", "№ 27 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 27", "nobody_came"),
    ("К-2026-35", "№ 33 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 33",
     "nobody_reached_cut_score"),
    ("К-2026-36", "№ 40 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 40", "mixed"),
)  # fmt: skip


@dataclass
class Scenario:
    """Competitions of the seats in order, places answered rightly by some seats, and who does not come."""

    contests: Sequence[Competition]
    everything: Sequence[Competition]
    right: dict[int, frozenset[int]] = field(default_factory=dict)
    absent: frozenset[int] = frozenset()


def settle(candidates: int, spec: TestSpecification, *, now: datetime) -> Scenario:
    """The scenario of a day with ``candidates`` people.

    In the first competition a wrong key changes the winner; in the second three people share the first place and need
    two tie-breaks; in the third the winner declines. Six more are not held, each on another ground.
    """
    main = stage.competitions(now=now)[:3]
    if candidates < FEWEST:
        return Scenario(main, main)
    closed = {ground: _competition(number, ky, ru, now=now) for number, ky, ru, ground in NOT_HELD}
    _applications_without_a_test(closed, now=now)
    tested = candidates - 4
    last = [
        closed["nobody_came"], closed["nobody_reached_cut_score"], closed["nobody_reached_cut_score"], closed["mixed"],
    ]  # fmt: skip
    n, low = spec.items, frozenset(range(1, spec.cut_score - 3))
    right = {
        1: frozenset(range(1, n - 3)),  # first until the key of WRONG_KEY_PLACE is corrected, then second
        4: frozenset(range(1, n - 3)) - {WRONG_KEY_PLACE, n - 4} | {n - 3},
        2: frozenset(range(1, n - 1)), 5: frozenset(range(2, n)), 8: frozenset(range(3, n + 1)),
        3: frozenset(range(1, n - 2)), 6: frozenset(range(1, n - 6)),
        tested + 2: low, tested + 3: low,
    }  # fmt: skip
    contests = [main[number % 3] for number in range(tested)] + last
    return Scenario(contests, [*main, *closed.values()], right, frozenset({tested + 1, candidates}))


def _competition(number: str, school_ky: str, school_ru: str, *, now: datetime) -> Competition:
    with transaction():
        return competitions.announce(
            competitions.CompetitionData(
                number, school_ky, school_ru, "Талас облусу", "Таласская область", Financing.LOCAL,
                (now - timedelta(days=30)).date(), (now - timedelta(days=10)).date(),
            ),
            by=person("administrator"), now=now - timedelta(days=30), is_demo=True,
        )  # fmt: skip


def _applications_without_a_test(closed: dict[str, Competition], *, now: datetime) -> None:
    """People who applied and never came to a test: they withdrew, or were not admitted."""
    by, applied = person("administrator"), now - timedelta(days=12)
    stories = (
        (closed["all_withdrew"], "withdrew"), (closed["all_withdrew"], "withdrew"),
        (closed["nobody_admitted"], "refused"), (closed["mixed"], "withdrew"),
    )  # fmt: skip
    for (contest, story), data in zip(stories, invented(len(stories), Random(7), first=9001), strict=True):
        with transaction():
            application = competitions.file_application(
                contest, write_down(data, by=by, now=applied), by=by, now=applied
            )
            db.session.flush()
            if story == "refused":
                competitions.refuse(application, "Педагогикалык стажы тастыкталган эмес.", by=by, now=now)
            else:
                competitions.withdraw(application, "04.11.2026-ж. арыз", by=by, now=now)


def tie_break_places(round_number: int, items: int) -> dict[int, frozenset[int]]:
    """Places answered rightly in the tie-breaks of the second competition, by the seat of the main test.

    In the first round two of the three are equal again; the second round decides.
    """
    level = frozenset(range(1, items - 1))
    if round_number == 1:
        return {2: level, 5: level, 8: frozenset(range(1, items - 4))}
    return {2: frozenset(range(1, items)), 5: frozenset(range(1, items - 3)), 8: frozenset()}
