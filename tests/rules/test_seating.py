"""Seats are dealt at random: nobody on a seat that cannot be used, rivals for one post and equal forms apart."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testing_center.rules.seating import deal, neighbours, pairs_of
from testing_center.rules.sittings import NoFreeSeat

rooms = st.tuples(
    st.sets(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 4), st.integers(1, 3), st.randoms()
)  # usable seats, seats in a row, forms, the chance


def least(groups: list[str], seats: set[int], per_row: int, variants: int) -> tuple[int, int]:
    """The best there is, found by trying every deal."""
    return min(
        pairs_of(groups, dealt, per_row=per_row, variants=variants)
        for dealt in permutations(sorted(seats), len(groups))
    )


def test_neighbours_sit_beside_before_and_behind_and_not_across_the_aisle_of_two_rows():
    found = neighbours({1, 2, 3, 4, 5, 6, 8}, 3)  # 1 2 3 / 4 5 6 / . 8 .
    assert {seat: sorted(others) for seat, others in found.items()} == {
        1: [2, 4], 2: [1, 3, 5], 3: [2, 6], 4: [1, 5], 5: [2, 4, 6, 8], 6: [3, 5], 8: [5],
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(rooms, st.data())
def test_on_small_rooms_a_deal_is_as_good_as_the_best_of_all(room, data):
    seats, per_row, variants, chance = room
    groups = data.draw(st.lists(st.sampled_from("АБВ"), max_size=len(seats)))
    dealt = deal(groups, seats, per_row=per_row, variants=variants, random=chance)
    assert len(dealt) == len(groups) == len(set(dealt)) and set(dealt) <= seats
    assert pairs_of(groups, dealt, per_row=per_row, variants=variants) == least(groups, seats, per_row, variants)


@pytest.mark.parametrize(("people", "posts"), [(60, 3), (200, 40), (200, 4)])
def test_in_a_full_room_no_two_who_compete_for_one_post_are_neighbours(people, posts):
    groups = [number % posts for number in range(people)]
    dealt = deal(groups, range(1, people + 1), per_row=10, variants=2, random=Random(5))
    assert pairs_of(groups, dealt, per_row=10, variants=2)[0] == 0


def test_in_a_room_with_seats_to_spare_equal_forms_are_apart_too():
    groups = list(range(30))
    dealt = deal(groups, range(1, 61), per_row=6, variants=2, random=Random(5))
    assert pairs_of(groups, dealt, per_row=6, variants=2) == (0, 0)


def test_where_all_compete_for_one_post_everybody_still_gets_a_seat():
    assert sorted(deal(["one"] * 12, range(1, 13), per_row=4, variants=1, random=Random(1))) == list(range(1, 13))


def test_who_was_registered_first_sits_anywhere():
    """Over many deals everybody is met on every seat about as often."""
    met = Counter(deal("АБВГ", {1, 2, 5, 6}, per_row=2, variants=1, random=Random(n))[0] for n in range(400))
    assert set(met) == {1, 2, 5, 6} and all(60 < count < 140 for count in met.values())


def test_a_room_that_is_too_small_is_refused():
    with pytest.raises(NoFreeSeat):
        deal("АБВ", {1, 2}, per_row=6, variants=1, random=Random(1))
