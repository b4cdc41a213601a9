"""How long a test lasts: what was lost is given back exactly, once, and one person alone gives ten minutes at most."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testing_center.rules.time import carried, is_cut_off, joined, length, lost, needs_second, of_test, without

NOON = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)


def at(second: int) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=second)


def seconds(spans: list[tuple[datetime, datetime]]) -> set[int]:
    """Spans of whole seconds as the seconds that they hold: the plain way to say what they mean."""
    return {s for a, b in spans for s in range(int((a - NOON).total_seconds()), int((b - NOON).total_seconds()))}


spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda two: (at(two[0]), at(two[1]))), max_size=6
)
in_order = spans.map(lambda found: [(min(a, b), max(a, b)) for a, b in found])


@given(in_order)
def test_joined_spans_hold_the_same_seconds_and_neither_touch_nor_overlap(some):
    found = joined(some)
    assert seconds(found) == seconds(some)
    assert all(one[1] < other[0] for one, other in pairwise(found))
    assert length(found) == timedelta(seconds=len(seconds(some)))


@given(in_order, in_order)
def test_what_is_left_is_what_nothing_took(some, taken):
    assert seconds(without(some, taken)) == seconds(some) - seconds(taken)


@given(in_order, in_order, st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_an_outage_gives_back_silence_within_it_and_nothing_twice(silences, back, window):
    began, ended = at(min(window)), at(max(window))
    found = lost(silences, (began, ended), back)
    assert seconds(found) == (seconds(silences) & seconds([(began, ended)])) - seconds(back)


@pytest.mark.parametrize(
    ("again", "now", "expected"),
    [
        (3, 3, False), (15, 15, False), (15, 90, False), (16, 16, True), (90, 90, True),
        (None, 3, None), (None, 15, None), (None, 16, True), (None, 90, True),
    ],
)  # fmt: skip
def test_a_page_was_out_of_reach_if_it_was_silent_so_long_and_that_is_known_no_sooner(again, now, expected):
    after = None if again is None else at(again)
    assert is_cut_off(at(0), after, silent_after=timedelta(seconds=15), now=at(now)) is expected


def test_before_a_test_began_there_was_no_time_to_lose():
    assert lost([(at(0), at(240))], of_test((at(0), at(300)), at(200)), ()) == [(at(200), at(240))]
    assert lost([(at(0), at(240))], of_test((at(0), at(300)), at(240)), ()) == []
    assert lost([(at(0), at(240))], of_test((at(100), at(300)), at(20)), ()) == [(at(100), at(240))]


@pytest.mark.parametrize(
    ("saved", "seconds_lost"),
    [
        ([], 540), ([60, 120, 180, 240, 300, 360, 420, 480], 60), ([270], 480), ([-5], 540), ([30], 540), ([31], 480),
        ([510], 540), ([509], 480), ([700], 540),
    ],
)  # fmt: skip
def test_around_an_answer_that_was_saved_the_server_was_in_reach(saved, seconds_lost):
    found = lost([(at(0), at(540))], (at(-60), at(900)), (), [at(second) for second in saved])
    assert length(found) == timedelta(seconds=seconds_lost)


@pytest.mark.parametrize(
    ("given_before", "more", "two"), [(0, 10, False), (0, 11, True), (5, 5, False), (5, 6, True), (10, 1, True)]
)
def test_one_person_gives_ten_minutes_at_most_all_in_all(given_before, more, two):
    assert needs_second(timedelta(minutes=given_before), timedelta(minutes=more)) is two


@pytest.mark.parametrize(
    ("minutes", "of", "to", "found"),
    [(30, 90, 30, 10), (30, 90, 90, 30), (1, 120, 40, 1), (31, 90, 30, 11), (0, 90, 30, 0), (240, 60, 120, 240)],
)
def test_what_was_granted_for_one_test_is_the_same_part_of_another(minutes, of, to, found):
    assert carried(minutes, of=of, to=to) == found
