"""¶29: the order by scores; equal scores share a place, and nothing but points ever separates people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.rules.order import Between, Placed, counted, places, refined, tied_at

CODES = st.sampled_from([f"Т-1-{n:03}" for n in range(1, 9)])
TOTALS = st.dictionaries(CODES, st.integers(0, 5), max_size=8)
ROUNDS = st.lists(
    st.builds(Between, st.frozensets(CODES, max_size=4), st.dictionaries(CODES, st.integers(0, 3))), max_size=4
)


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ({}, []),
        ({"a": 5}, [("a", 5, 1)]),
        ({"a": 5, "b": 7}, [("b", 7, 1), ("a", 5, 2)]),
        ({"a": 7, "b": 7, "c": 5}, [("a", 7, 1), ("b", 7, 1), ("c", 5, 3)]),
        ({"a": 7, "b": 5, "c": 5, "d": 4}, [("a", 7, 1), ("b", 5, 2), ("c", 5, 2), ("d", 4, 4)]),
        ({"a": 7, "b": 7, "c": 7}, [("a", 7, 1), ("b", 7, 1), ("c", 7, 1)]),
    ],
)
def test_equal_totals_share_a_place_and_the_next_place_counts_them_all(
    totals: dict[str, int], expected: list[tuple[str, int, int]]
) -> None:
    assert [(one.code, one.total, one.place) for one in places(totals)] == expected


def test_a_tie_is_two_or_more_at_one_place() -> None:
    placed = places({"a": 7, "b": 7, "c": 5})
    assert tied_at(placed, 1) == {"a", "b"}
    assert tied_at(placed, 2) == frozenset()
    assert tied_at(placed, 3) == frozenset()


def test_the_sum_decides_between_the_tied() -> None:
    found = refined({"a": 7, "b": 7, "c": 5}, [Between({"a", "b"}, {"a": 1, "b": 3})])
    assert found == [Placed("b", 10, 1), Placed("a", 8, 2), Placed("c", 5, 3)]


def test_three_tied_and_two_rounds() -> None:
    rounds = [Between({"a", "b", "c"}, {"a": 3, "b": 3, "c": 1}), Between({"a", "b"}, {"a": 0, "b": 2})]
    found = refined({"a": 6, "b": 6, "c": 6}, rounds)
    assert found == [Placed("b", 11, 1), Placed("a", 9, 2), Placed("c", 7, 3)]


def test_who_did_not_come_has_no_points_and_may_still_be_tied() -> None:
    assert tied_at(refined({"a": 6, "b": 6}, [Between({"a", "b"}, {"b": 0})]), 1) == {"a", "b"}
    assert refined({"a": 6, "b": 6}, [Between({"a", "b"}, {"b": 1})])[0].code == "b"


def test_a_tie_break_for_the_second_place_lifts_nobody_over_the_first() -> None:
    found = refined({"a": 9, "b": 8, "c": 8}, [Between({"b", "c"}, {"b": 3, "c": 1})])
    assert [(one.code, one.total, one.place) for one in found] == [("a", 9, 1), ("b", 11, 2), ("c", 9, 3)]


@pytest.mark.parametrize(
    "main",
    [
        {"a": 7, "b": 7, "c": 7},  # a correction has drawn another into the tie
        {"a": 8, "b": 7, "c": 5},  # a correction has dissolved it
    ],
)
def test_a_round_between_others_than_those_tied_counts_for_nobody(main: dict[str, int]) -> None:
    rounds = [Between({"a", "b"}, {"a": 0, "b": 3})]
    assert refined(main, rounds) == places(main)
    assert counted(main, rounds) == []


@given(TOTALS)
def test_a_total_order_is_never_invented(totals: dict[str, int]) -> None:
    place = {one.code: one.place for one in places(totals)}
    for one in totals:
        assert place[one] == 1 + sum(totals[other] > totals[one] for other in totals)


@given(TOTALS, ROUNDS, st.randoms(use_true_random=False))
def test_the_order_in_which_people_are_named_changes_nothing(totals: dict[str, int], rounds: list, random) -> None:  # type: ignore[no-untyped-def,type-arg]
    shuffled = list(totals.items())
    random.shuffle(shuffled)
    assert places(dict(shuffled)) == places(totals)
    assert refined(dict(shuffled), rounds) == refined(totals, rounds)


@given(TOTALS, ROUNDS)
def test_tie_breaks_only_separate_who_shared_a_place(totals: dict[str, int], rounds: list) -> None:  # type: ignore[type-arg]
    before = {one.code: one.place for one in places(totals)}
    after = {one.code: one for one in refined(totals, rounds)}
    for one in totals:
        for other in totals:
            if before[one] < before[other]:
                assert after[one].place < after[other].place
            if before[one] == before[other] and after[one].total == after[other].total:
                assert after[one].place == after[other].place
            if before[one] == before[other] and after[one].total > after[other].total:
                assert after[one].place < after[other].place
    assert sum(after[code].total - totals[code] for code in totals) >= 0
