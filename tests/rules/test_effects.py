"""What a correction does to the order of a competition is seen before it is applied (¶29, 32)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.rules.effects import Effect, Move, Scores, compare
from ranking.rules.order import Between

CUT = dict.fromkeys("abcd", 3)


def effect(before: dict[str, int], after: dict[str, int], rounds=(), new_rounds=None) -> Effect:
    return compare(Scores(before, rounds), Scores(after, rounds if new_rounds is None else new_rounds), CUT)


@pytest.mark.parametrize(
    ("before", "after", "moves", "appear", "vanish", "winners"),
    [
        # the second overtakes the first
        ({"a": 5, "b": 4}, {"a": 5, "b": 6}, [("b", 4, 6, 2, 1), ("a", 5, 5, 1, 2)], [], [], ("a", "b")),
        # a tie at the top appears: nobody holds the first place alone
        ({"a": 5, "b": 4}, {"a": 5, "b": 5}, [("b", 4, 5, 2, 1)], [(1, ("a", "b"))], [], ("a", None)),
        # a tie vanishes
        ({"a": 5, "b": 5}, {"a": 5, "b": 4}, [("b", 5, 4, 1, 2)], [], [(1, ("a", "b"))], (None, "a")),
        # a third one joins a tie: it is another tie
        ({"a": 5, "b": 5, "c": 4}, {"a": 5, "b": 5, "c": 5}, [("c", 4, 5, 3, 1)],
         [(1, ("a", "b", "c"))], [(1, ("a", "b"))], (None, None)),
        # over the cut score and below it
        ({"a": 5, "b": 2}, {"a": 5, "b": 3}, [("b", 2, 3, None, 2)], [], [], ("a", "a")),
        ({"a": 3, "b": 4}, {"a": 2, "b": 4}, [("a", 3, 2, 2, None)], [], [], ("b", "b")),
        ({"a": 3}, {"a": 2}, [("a", 3, 2, 1, None)], [], [], ("a", None)),
        # below the cut score a change is seen and no place is given
        ({"a": 5, "b": 1}, {"a": 5, "b": 2}, [("b", 1, 2, None, None)], [], [], ("a", "a")),
        # everybody gains alike: totals change, places do not
        ({"a": 5, "b": 4}, {"a": 6, "b": 5}, [("a", 5, 6, 1, 1), ("b", 4, 5, 2, 2)], [], [], ("a", "a")),
        ({"a": 5, "b": 4}, {"a": 5, "b": 4}, [], [], [], ("a", "a")),
    ],
)  # fmt: skip
def test_whose_place_changes_which_ties_appear_or_vanish_and_who_wins_is_seen_beforehand(
    before, after, moves, appear, vanish, winners
):
    found = effect(before, after)
    assert list(found.moves) == [Move(*move) for move in moves]
    assert (list(found.ties_appear), list(found.ties_vanish)) == (appear, vanish)
    assert (found.old_winner, found.new_winner) == winners
    assert found.winner_changes == (winners[0] != winners[1])


def test_a_tie_break_that_was_held_goes_on_deciding_between_the_same_people_only():
    held = [Between({"a", "b"}, {"a": 2, "b": 1})]
    joined = effect({"a": 5, "b": 5, "c": 4}, {"a": 5, "b": 5, "c": 5}, held)
    assert (joined.old_winner, joined.new_winner) == ("a", None)
    assert joined.ties_appear == ((1, ("a", "b", "c")),)
    stays = effect({"a": 5, "b": 5, "c": 3}, {"a": 5, "b": 5, "c": 4}, held)
    assert not stays.winner_changes and not stays.ties_appear


def test_a_correction_of_the_tie_break_form_itself_may_change_the_winner():
    before, after = [Between({"a", "b"}, {"a": 2, "b": 1})], [Between({"a", "b"}, {"a": 2, "b": 3})]
    found = effect({"a": 5, "b": 5}, {"a": 5, "b": 5}, before, after)
    assert (found.old_winner, found.new_winner) == ("a", "b")
    assert found.moves == (Move("b", 6, 8, 2, 1), Move("a", 7, 7, 1, 2))


SCORES = st.fixed_dictionaries(dict.fromkeys("abcd", st.integers(0, 6)))


@given(SCORES, SCORES)
def test_a_correction_taken_back_has_the_opposite_effect(before, after):
    there, back = effect(before, after), effect(after, before)
    assert {move.code for move in there.moves} == {move.code for move in back.moves}
    assert (there.ties_appear, there.ties_vanish) == (back.ties_vanish, back.ties_appear)
    assert (there.old_winner, there.new_winner) == (back.new_winner, back.old_winner)
