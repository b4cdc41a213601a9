"""¶29: one of the tied may decline the tie-break test; the others go on, and one who is left takes the place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.rules.acts import ActKind
from ranking.rules.order import Between, Placed, counted, refined
from ranking.rules.outcome import Facts, MainScore, Round, RoundState, Status, outcome
from ranking.rules.tie_break import (
    Absence,
    NotExpected,
    TieBreakBegun,
    check_may_decline,
    expected,
    gave_way,
    is_uncontested,
)

NO, BARRED, AWAY, HERE = Absence.DECLINED, Absence.BARRED, Absence.ABSENT, None


@pytest.mark.parametrize(
    ("absences", "left", "behind", "is_alone"),
    [
        ([HERE, HERE], "ab", "", False),
        ([NO, HERE], "b", "a", True),
        ([NO, HERE, HERE], "bc", "a", False),
        ([NO, NO, HERE], "c", "ab", True),
        ([NO, NO], "", "", False),  # nobody is left before whom anybody could stand
        ([NO, BARRED], "", "", False),
        ([NO, BARRED, HERE], "c", "ab", True),
        ([BARRED, HERE], "b", "", False),  # a bar gives nobody the place
        ([BARRED, BARRED], "", "", False),
        ([NO, AWAY, HERE], "bc", "a", False),  # who stays away without a word was expected
        ([NO, AWAY], "b", "a", True),
    ],
)
def test_who_is_left_who_stands_behind_and_whether_the_place_is_taken_without_a_test(absences, left, behind, is_alone):
    tied = dict(zip("abc", absences, strict=False))
    assert expected(tied) == set(left)
    assert gave_way(tied) == set(behind)
    assert is_uncontested(tied) is is_alone


def test_one_declines_before_the_opening_is_begun_and_once():
    check_may_decline(None, has_begun=False)
    with pytest.raises(TieBreakBegun):
        check_may_decline(None, has_begun=True)
    for why in (NO, BARRED):
        with pytest.raises(NotExpected):
            check_may_decline(why, has_begun=False)


def test_who_declined_stands_behind_who_did_not_also_where_their_sums_are_equal():
    rounds = [Between({"a", "b", "c"}, {"b": 0, "c": 2}, {"a"})]
    assert refined({"a": 6, "b": 6, "c": 6}, rounds) == [Placed("c", 8, 1), Placed("b", 6, 2), Placed("a", 6, 3)]


def test_those_who_declined_together_share_what_is_left():
    rounds = [Between({"a", "b", "c"}, {}, {"a", "b"})]
    assert refined({"a": 6, "b": 6, "c": 6}, rounds) == [Placed("c", 6, 1), Placed("a", 6, 2), Placed("b", 6, 2)]


def test_a_refusal_counts_only_between_those_who_are_tied_still():
    rounds = [Between({"a", "b"}, {}, {"a"})]
    assert counted({"a": 6, "b": 6, "c": 6}, rounds) == []
    assert {one.place for one in refined({"a": 6, "b": 6, "c": 6}, rounds)} == {1}


@given(st.dictionaries(st.sampled_from("abcd"), st.sampled_from([HERE, NO, BARRED, AWAY]), min_size=2), st.data())
def test_whatever_the_points_nobody_who_declined_comes_before_one_who_was_expected(absences, data):
    points = {code: data.draw(st.integers(0, 3)) for code, why in absences.items() if why is HERE}
    found = refined(dict.fromkeys(absences, 6), [Between(set(absences), points, gave_way(absences))])
    place = {one.code: one.place for one in found}
    for code in gave_way(absences):
        assert all(place[other] < place[code] for other in expected(absences))


def facts(*rounds: Round, scores: str = "aab") -> Facts:
    """Two tied at the top and one below, or three who are tied."""
    main = [MainScore(code, {"a": 9, "b": 7}[kind], 5) for code, kind in zip("xyz", scores, strict=True)]
    return Facts(main, rounds=rounds)


def test_the_one_who_is_left_wins_without_a_test_and_the_other_is_in_the_reserve():
    found = outcome(facts(Round(1, frozenset("xy"), RoundState.UNCONTESTED, behind=frozenset("x"))))
    assert (found.status, found.winner, found.reserve) == (Status.DECIDED, "y", ("x", "z"))
    assert found.may_follow == (ActKind.WINNER_ACCEPTED, ActKind.WINNER_DECLINED)


def test_of_three_one_declines_and_the_sum_decides_between_the_others():
    held = Round(1, frozenset("xyz"), RoundState.HELD, {"y": 1, "z": 2}, frozenset("x"))
    found = outcome(facts(held, scores="aaa"))
    assert (found.winner, found.reserve) == ("z", ("y", "x"))
    found = outcome(facts(replace(held, points={"y": 0, "z": 0}), scores="aaa"))
    assert (found.status, found.tied) == (Status.TIE_BREAK, {"y", "z"})


def test_all_decline_twice_and_it_is_as_where_nobody_came():
    once = Round(1, frozenset("xy"), RoundState.HELD)
    assert outcome(facts(once)).status == Status.TIE_BREAK
    found = outcome(facts(once, replace(once, number=2)))
    assert (found.status, found.winner, found.is_in_vain) == (Status.DECIDED, None, True)
    assert found.may_follow == (ActKind.ANNOUNCE_ANEW,)
