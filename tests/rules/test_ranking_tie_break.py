"""¶29: a tie-break has at most a third of the questions of the main test and is held within 2 days."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.assembly.plan import Cell
from ranking.rules import tie_break as rules
from regulation.law import PROVISIONAL

BISHKEK = ZoneInfo("Asia/Bishkek")


def local(*parts: int) -> datetime:
    """A moment in Bishkek."""
    return datetime(*parts, tzinfo=BISHKEK)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize("main_items", range(3, 101))
def test_the_size_is_a_third_rounded_down_and_one_more_is_refused(main_items: int) -> None:
    size = rules.size(main_items, PROVISIONAL)
    assert size * 3 <= main_items < (size + 1) * 3
    rules.check_size(size, main_items, PROVISIONAL)
    with pytest.raises(rules.TieBreakTooLarge):
        rules.check_size(size + 1, main_items, PROVISIONAL)
    with pytest.raises(rules.TieBreakTooLarge):
        rules.check_size(0, main_items, PROVISIONAL)


@pytest.mark.parametrize("main_items", [0, 1, 2])
def test_a_main_test_of_fewer_than_three_questions_has_no_third(main_items: int) -> None:
    with pytest.raises(rules.MainTestTooSmall):
        rules.size(main_items, PROVISIONAL)


@pytest.mark.parametrize(
    ("called", "last"),
    [
        (local(2026, 11, 28, 11, 0), local(2026, 11, 30, 11, 0)),
        # New Year's night in Bishkek: 31 December, 18:30 in UTC
        (local(2027, 1, 1, 0, 30), local(2027, 1, 3, 0, 30)),
        (local(2026, 12, 31, 23, 59, 59), local(2027, 1, 2, 23, 59, 59)),
        (local(2026, 12, 30, 5, 30), local(2027, 1, 1, 5, 30)),
        (local(2028, 2, 27, 10, 0), local(2028, 2, 29, 10, 0)),  # a leap year
        (local(2028, 2, 28, 10, 0), local(2028, 3, 1, 10, 0)),
        (local(2027, 2, 27, 10, 0), local(2027, 3, 1, 10, 0)),
    ],
)
def test_the_deadline_is_the_same_moment_two_calendar_days_later_at_the_place(called: datetime, last: datetime) -> None:
    assert rules.deadline(called.astimezone(UTC), BISHKEK, PROVISIONAL) == last


def test_the_days_are_those_of_the_calendar_though_a_clock_is_changed_between() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    called = datetime(2026, 10, 24, 12, 0, tzinfo=berlin)  # the night after, an hour comes twice
    last = rules.deadline(called.astimezone(UTC), berlin, PROVISIONAL)
    assert last.astimezone(berlin).hour == 12
    assert last - called == timedelta(hours=49)


def test_a_test_may_begin_up_to_and_including_the_deadline() -> None:
    deadline, now = local(2026, 11, 30, 11, 0), local(2026, 11, 29, 11, 0)
    rules.check_in_time(deadline, deadline, now=now, shown="")
    rules.check_in_time(deadline, deadline, now=deadline, shown="")
    rules.check_in_time(now, deadline, now=now, shown="")
    with pytest.raises(rules.TieBreakTooLate):
        rules.check_in_time(deadline + timedelta(seconds=1), deadline, now=now, shown="")
    with pytest.raises(rules.TieBreakTooLate):
        rules.check_in_time(deadline, deadline, now=deadline + timedelta(seconds=1), shown="")
    with pytest.raises(rules.TieBreakTooEarly):
        rules.check_in_time(now - timedelta(seconds=1), deadline, now=now, shown="")


@pytest.mark.parametrize(("main_minutes", "main_items", "items", "expected"), [
    (60, 9, 3, 20), (60, 10, 3, 18), (90, 60, 20, 30), (1, 100, 33, 1), (50, 11, 3, 14),
])  # fmt: skip
def test_the_time_follows_the_pace_of_the_main_test(
    main_minutes: int, main_items: int, items: int, expected: int
) -> None:
    assert rules.minutes(main_minutes, main_items, items) == expected


def test_the_proportions_are_those_of_the_main_test_by_largest_remainder() -> None:
    main = [Cell("law", 3, 10), Cell("psychology", 3, 5), Cell("it", 2, 4), Cell("finance", 1, 1)]
    # 6 of 20: 3.0, 1.5, 1.2, 0.3
    assert rules.cells_for(main, 6) == [Cell("law", 3, 3), Cell("psychology", 3, 2), Cell("it", 2, 1)]


def test_equal_remainders_go_to_the_larger_cell_and_then_by_name() -> None:
    assert rules.cells_for([Cell("b", 1, 3), Cell("a", 1, 3), Cell("c", 1, 3)], 2) == [Cell("b", 1, 1), Cell("a", 1, 1)]
    assert rules.cells_for([Cell("a", 1, 1), Cell("b", 1, 5)], 3) == [Cell("b", 1, 3)]


def test_no_area_is_left_out_because_its_questions_stand_in_many_small_cells() -> None:
    main = [Cell(area, level, 1) for area in ("law", "finance", "it") for level in (1, 2, 3)]
    small = rules.cells_for(main, 3)
    assert {cell.area for cell in small} == {"law", "finance", "it"}
    assert {cell.difficulty for cell in small} == {1, 2, 3}


CELLS = st.lists(st.builds(Cell, st.sampled_from("abcde"), st.integers(1, 5), st.integers(1, 20)), min_size=1,
                 max_size=12, unique_by=lambda cell: (cell.area, cell.difficulty))  # fmt: skip


@given(CELLS, st.randoms(use_true_random=False))
def test_every_share_is_whole_next_to_its_proportion_and_none_more_than_the_main_test_has(main, random) -> None:  # type: ignore[no-untyped-def]
    whole = sum(cell.count for cell in main)
    items = whole // 3
    found = Counter({(cell.area, cell.difficulty): cell.count for cell in rules.cells_for(main, items)})
    assert found.total() == items
    for cell in main:
        share = found[cell.area, cell.difficulty]
        assert abs(share - cell.count * items / whole) < 1
        assert share <= cell.count
    for area in {cell.area for cell in main}:
        asked, size = (sum(c.count for c in cells if c.area == area) for cells in (rules.cells_for(main, items), main))
        assert abs(asked - size * items / whole) < 1
    shuffled = random.sample(main, len(main))
    assert Counter({(c.area, c.difficulty): c.count for c in rules.cells_for(shuffled, items)}) == found
