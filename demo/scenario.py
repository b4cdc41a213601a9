"""Who takes part in what, so that everything the regulation knows happens once on the day that is played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from competitions import services as competitions
from competitions.models import Competition
from competitions.people import write_down
from competitions.rules import Financing
from core.db import db, transaction
from demo import stage
from demo.appeals import CASES, ERRATA, WRONG_KEY_PLACE, Case
from demo.people import people as invented
from demo.stage import person
from question_bank.models import TestSpecification

FEWEST = 24  # with fewer people nothing is settled beforehand: the day goes as chance has it
NO_STORY = (
    f"With fewer than {FEWEST} candidates there are no appeals, no corrections, no annulment and none of the further "
    "competitions that are not held. Who wins, and whether a tie-break is needed, is left to chance."
)
NOT_HELD = (
    ("К-2026-31", "№ 3 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 3", "no_applications"),
    ("К-2026-32", "№ 8 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 8", "all_withdrew"),
    ("К-2026-33", "№ 12 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 12", "nobody_admitted"),
    ("К-2026-34", "№ 27 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 27", "nobody_came"),
    ("К-2026-35", "№ 33 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 33",
     "nobody_reached_cut_score"),
    ("К-2026-36", "№ 40 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 40", "mixed"),
)  # fmt: skip
ANNULLED = ("К-2026-37", "№ 45 жалпы орто билим берүү мектеби", "Средняя общеобразовательная школа № 45")


@dataclass
class Scenario:
    """Competitions of the seats in order, places answered rightly by some seats, and who does not come."""

    contests: Sequence[Competition]
    everything: Sequence[Competition]
    right: Mapping[int, frozenset[int]] = field(default_factory=dict)
    absent: frozenset[int] = frozenset()
    knows: int | None = None  # the last place that anybody else may answer rightly
    cases: Sequence[Case] = ()
    annulled: Competition | None = None  # whose first sitting is annulled, some days later

    @property
    def is_settled(self) -> bool:
        """Whether there is a story; else the day goes as chance has it."""
        return bool(self.right)

    def needs(self, seat: int) -> bool:
        """Whether the story says what becomes of whoever sits there, so that they are not to be absent by chance."""
        return seat in self.right or seat in self.absent or any(case.seat == seat for case in self.cases)


def settle(candidates: int, spec: TestSpecification, *, now: datetime) -> Scenario:
    """The scenario of a day with ``candidates`` people.

    In the first competition a wrong key changes the winner; in the second three people share the first place and need
    two tie-breaks; in the third the winner declines. Six more are not held, each on another ground. Of one more the
    first sitting is annulled.
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
    contests = [main[number % 3] for number in range(tested)] + last
    return Scenario(
        contests, [*main, *closed.values()], _settled(spec.items, spec.cut_score, tested),
        frozenset({tested + 1, candidates}), known_to_others(spec.items), cases_for(spec.items),
        _competition(*ANNULLED, now=now),
    )  # fmt: skip


def known_to_others(items: int) -> int:
    """The last place that people of no story may answer rightly: two below the best or more, whatever is corrected."""
    return items - _spare(items) - max(2, _spare(items))


def _spare(items: int) -> int:
    """Questions that even the best of the first competition do not know; none in a very short test."""
    return min(4, items // 12)


def cases_for(items: int) -> tuple[Case, ...]:
    """The appeals over a form of ``items`` questions: what is corrected is a question that anybody may have known."""
    known = known_to_others(items)
    return tuple(
        replace(
            case, findings={min(at, known if said[0] in ERRATA else items): said for at, said in case.findings.items()}
        )
        for case in CASES
    )


def _settled(n: int, cut: int, tested: int) -> dict[int, frozenset[int]]:
    """The places answered rightly, by seat, of those whom the story needs; ``tested`` seats are of its main part."""
    every, best = frozenset(range(1, n + 1)), frozenset(range(1, n - _spare(n) + 1))
    missed = min(2, max(1, _spare(n)))  # questions that each of the three equal ones misses, other ones each
    low = frozenset(range(1, cut - 3))
    settled = {
        1: best, 4: best - {WRONG_KEY_PLACE},  # they change places when the key is corrected
        **{seat: every - set(range(i * missed + 1, (i + 1) * missed + 1)) for i, seat in enumerate((2, 5, 8))},
        3: best, 6: best - {max(best)},
        tested + 2: low, tested + 3: low,
    }  # fmt: skip
    for case in cases_for(n):  # one point below the cut score, until the answer given on paper counts
        if case.restated:
            settled[case.seat] = frozenset(range(1, min(cut, known_to_others(n)) + 1)) - set(case.restated)
    return settled


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
    level, best = max(1, items - 2), max(1, items - 1)
    right = {2: level, 5: level, 8: level - 3} if round_number == 1 else {2: best, 5: best - 2, 8: 0}
    return {seat: frozenset(range(1, most + 1)) for seat, most in right.items()}
