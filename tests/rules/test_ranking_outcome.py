"""¶29–32: what follows from the results; each outcome is derived, none is typed in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.rules.acts import ActInFuture, ActKind, ActNotPossible, DocumentNeeded, check_act
from ranking.rules.outcome import Act, Facts, Ground, MainScore, Outcome, Round, RoundState, Status, outcome

CUT = 5


def scores(**by_code: int) -> list[MainScore]:
    """Main scores against a cut score of 5."""
    return [MainScore(code, score, CUT) for code, score in by_code.items()]


def held(number: int, **points: int | None) -> Round:
    """A round that was held; None for who did not come."""
    came = {code: n for code, n in points.items() if n is not None}
    return Round(number, frozenset(points), RoundState.HELD, came)


DECLINED = Act(ActKind.WINNER_DECLINED, "a")
SECOND = Act(ActKind.CONTRACT_SECOND)


def test_the_highest_score_wins_and_the_others_at_or_above_the_cut_score_are_the_reserve() -> None:
    found = outcome(Facts(scores(a=9, b=7, c=5, d=4)))
    assert (found.status, found.winner, found.reserve, found.below) == (Status.DECIDED, "a", ("b", "c"), ("d",))


@pytest.mark.parametrize("waits", [{"filed": 1}, {"is_testing": True}, {"are_applications_open": True}])
def test_nothing_is_decided_before_all_tests_have_ended(waits: dict[str, bool]) -> None:
    assert outcome(Facts(scores(a=9), **waits)) == Outcome(Status.TESTING)  # type: ignore[arg-type]


def test_nothing_is_decided_while_an_appeal_could_change_it() -> None:
    assert outcome(Facts(scores(a=9), is_appealing=True)) == Outcome(Status.APPEALS)


@pytest.mark.parametrize(
    ("facts", "ground", "is_named"),
    [
        (Facts(), Ground.NO_APPLICATIONS, True),
        (Facts(withdrew=2), Ground.ALL_WITHDREW, True),
        (Facts(absent=2), Ground.NOBODY_CAME, True),
        (Facts(scores(a=4, b=0)), Ground.NOBODY_REACHED_CUT_SCORE, True),
        (Facts(scores(a=4), absent=1, withdrew=1, not_admitted=1), Ground.NOBODY_REACHED_CUT_SCORE, True),
        (Facts(not_admitted=3), Ground.NOBODY_ADMITTED, False),
        (Facts(not_admitted=1, withdrew=1), Ground.MIXED, False),
        (Facts(absent=1, withdrew=1), Ground.MIXED, False),
        (Facts(absent=1, not_admitted=1), Ground.MIXED, False),
        (Facts(absent=1, not_admitted=1, withdrew=1), Ground.MIXED, False),
    ],
)
def test_not_held_has_one_ground_and_says_whether_the_law_names_it(
    facts: Facts, ground: Ground, is_named: bool
) -> None:
    found = outcome(facts)
    assert (found.status, found.ground, found.winner, found.reserve) == (Status.NOT_HELD, ground, None, ())
    assert found.ground is not None
    assert found.ground.is_named_in_law is is_named
    named = {ActKind.ANNOUNCE_ANEW, ActKind.APPOINT_FROM_RESERVE}
    assert set(found.may_follow) == (named if is_named else {ActKind.ANNOUNCE_ANEW})  # ¶31 speaks of ¶30


@pytest.mark.parametrize("kind", [ActKind.ANNOUNCE_ANEW, ActKind.APPOINT_FROM_RESERVE])
def test_of_the_two_ways_after_not_held_one_is_taken(kind: ActKind) -> None:
    assert outcome(Facts(absent=1, acts=[Act(kind)])).may_follow == ()


def test_a_tie_at_the_top_waits_for_a_tie_break_and_has_no_winner() -> None:
    found = outcome(Facts(scores(a=9, b=9, c=7)))
    assert (found.status, found.tied, found.tied_place, found.round) == (Status.TIE_BREAK, {"a", "b"}, 1, None)
    assert (found.winner, found.reserve, found.may_follow) == (None, (), ())


@pytest.mark.parametrize("state", [RoundState.CALLED, RoundState.ARRANGED, RoundState.APPEALS])
def test_a_round_under_way_is_waited_for(state: RoundState) -> None:
    found = outcome(Facts(scores(a=9, b=9), rounds=[Round(1, frozenset("ab"), state, {"a": 3})]))
    assert (found.status, found.round) == (Status.TIE_BREAK, 1)


def test_a_lapsed_round_counts_for_nobody_and_another_is_due() -> None:
    found = outcome(Facts(scores(a=9, b=9), rounds=[Round(1, frozenset("ab"), RoundState.LAPSED)]))
    assert (found.status, found.round) == (Status.TIE_BREAK, None)


def test_a_round_between_others_is_not_waited_for() -> None:
    found = outcome(Facts(scores(a=9, b=9, c=9), rounds=[Round(1, frozenset("ab"), RoundState.CALLED)]))
    assert (found.tied, found.round) == ({"a", "b", "c"}, None)


def test_where_nobody_comes_twice_in_a_row_no_third_round_is_called() -> None:
    facts = Facts(scores(a=9, b=9, c=7), rounds=[held(1, a=None, b=None)])
    assert outcome(facts).status == Status.TIE_BREAK
    found = outcome(replace(facts, rounds=[held(1, a=None, b=None), held(2, a=None, b=None)]))
    assert (found.status, found.winner, found.is_in_vain) == (Status.DECIDED, None, True)
    assert (found.tied, found.tied_place, found.reserve) == ({"a", "b"}, 1, ("c",))
    assert found.may_follow == (ActKind.ANNOUNCE_ANEW,)


@pytest.mark.parametrize(
    "rounds",
    [
        [held(1, a=None, b=None), held(2, a=0, b=None)],  # somebody came
        [held(1, a=None, b=None), held(2, a=1, b=1), held(3, a=None, b=None)],  # not in a row
        [held(1, a=None, b=None), Round(2, frozenset("ab"), RoundState.LAPSED)],  # one was never held
        [held(1, a=None, b=None), held(2, a=None, c=None)],  # between others
    ],
)
def test_otherwise_a_tie_that_stays_is_tested_again(rounds: list[Round]) -> None:
    assert outcome(Facts(scores(a=9, b=9, c=7), rounds=rounds)).status == Status.TIE_BREAK


def test_a_choice_of_the_second_place_belongs_to_the_refusal_before_it() -> None:
    """A declined, the second was chosen, then a correction put C first, and C declined too: it is chosen anew."""
    acts = [DECLINED, SECOND, Act(ActKind.WINNER_DECLINED, "c")]
    found = outcome(Facts(scores(c=9, a=8, b=7), acts=acts))
    assert (found.winner, found.declined, found.reserve) == (None, ("a", "c"), ("b",))
    assert set(found.may_follow) == {ActKind.ANNOUNCE_ANEW, ActKind.CONTRACT_SECOND}


def test_where_a_correction_puts_another_first_after_a_contract_nothing_follows_by_itself() -> None:
    signed = [Act(ActKind.WINNER_ACCEPTED, "a")]
    assert outcome(Facts(scores(a=9, b=8), acts=signed)).is_accepted
    found = outcome(Facts(scores(a=8, b=9, c=7), acts=signed))
    assert (found.winner, found.signed, found.is_accepted, found.reserve) == ("b", "a", False, ("c",))
    assert found.may_follow == ()


def test_two_rounds_decide_between_three() -> None:
    facts = Facts(scores(a=9, b=9, c=9), rounds=[held(1, a=2, b=2, c=0)])
    assert outcome(facts).tied == {"a", "b"}
    found = outcome(replace(facts, rounds=[held(2, a=1, b=None), held(1, a=2, b=2, c=0)]))
    assert (found.winner, found.reserve, found.counted) == ("a", ("b", "c"), {1, 2})


def test_after_a_refusal_the_organiser_announces_anew_or_chooses_the_second() -> None:
    found = outcome(Facts(scores(a=9, b=7, c=6), acts=[DECLINED]))
    assert (found.winner, found.declined, found.reserve) == (None, ("a",), ("b", "c"))
    assert set(found.may_follow) == {ActKind.ANNOUNCE_ANEW, ActKind.CONTRACT_SECOND}
    found = outcome(Facts(scores(a=9, b=7, c=6), acts=[DECLINED, SECOND]))
    assert (found.winner, found.reserve) == ("b", ("c",))
    assert set(found.may_follow) == {ActKind.WINNER_ACCEPTED, ActKind.WINNER_DECLINED}


def test_a_tie_at_the_second_place_is_broken_only_after_it_was_chosen() -> None:
    tie = scores(a=9, b=7, c=7)
    assert outcome(Facts(tie)).status == Status.DECIDED
    assert outcome(Facts(tie, acts=[DECLINED])).status == Status.DECIDED
    found = outcome(Facts(tie, acts=[DECLINED, SECOND]))
    assert (found.status, found.tied, found.tied_place) == (Status.TIE_BREAK, {"b", "c"}, 2)
    found = outcome(Facts(tie, acts=[DECLINED, SECOND], rounds=[held(1, b=1, c=3)]))
    assert (found.status, found.winner, found.reserve) == (Status.DECIDED, "c", ("b",))


def test_where_the_second_declines_too_only_a_new_competition_is_left() -> None:
    acts = [DECLINED, SECOND, Act(ActKind.WINNER_DECLINED, "b")]
    found = outcome(Facts(scores(a=9, b=7, c=6), acts=acts))
    assert (found.winner, found.reserve, found.may_follow) == (None, ("c",), (ActKind.ANNOUNCE_ANEW,))


def test_where_there_is_no_second_only_a_new_competition_is_left() -> None:
    assert outcome(Facts(scores(a=9, b=4), acts=[DECLINED])).may_follow == (ActKind.ANNOUNCE_ANEW,)


def test_after_the_contract_nothing_follows() -> None:
    found = outcome(Facts(scores(a=9, b=7), acts=[Act(ActKind.WINNER_ACCEPTED, "a")]))
    assert (found.is_accepted, found.may_follow, found.reserve) == (True, (), ("b",))


def test_a_correction_that_changes_the_first_place_makes_the_refusal_of_the_former_one_moot() -> None:
    found = outcome(Facts(scores(a=9, b=10, c=6), acts=[DECLINED, SECOND]))
    assert (found.winner, found.reserve) == ("b", ("c",))


def test_who_has_declined_is_not_asked_to_a_tie_break_that_a_correction_would_bring() -> None:
    found = outcome(Facts(scores(a=9, b=9, c=6), acts=[DECLINED]))
    assert (found.status, found.winner, found.reserve) == (Status.DECIDED, "b", ("c",))


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 9)), st.lists(st.sampled_from(list(ActKind))),
       st.randoms(use_true_random=False))  # fmt: skip
def test_nobody_below_the_cut_score_wins_or_is_in_the_reserve(by_code, kinds, random) -> None:  # type: ignore[no-untyped-def]
    acts = [Act(kind, random.choice("abcdefgh")) for kind in kinds]
    found = outcome(Facts(scores(**by_code), acts=acts))
    chosen = {*found.reserve, *found.tied, *([found.winner] if found.winner else [])}
    assert all(by_code[code] >= CUT for code in chosen)
    assert found.winner not in found.reserve
    shuffled = dict(random.sample(list(by_code.items()), len(by_code)))
    assert outcome(Facts(scores(**shuffled), acts=acts)) == found


def test_an_act_follows_from_the_results_and_has_a_document_of_the_past() -> None:
    from datetime import date, timedelta

    today, possible = date(2026, 11, 28), [ActKind.WINNER_DECLINED]
    check_act(ActKind.WINNER_DECLINED, possible, "Арыз", today, today=today)
    with pytest.raises(ActNotPossible):
        check_act(ActKind.ANNOUNCE_ANEW, possible, "Арыз", today, today=today)
    with pytest.raises(DocumentNeeded):
        check_act(ActKind.WINNER_DECLINED, possible, "  ", today, today=today)
    with pytest.raises(ActInFuture):
        check_act(ActKind.WINNER_DECLINED, possible, "Арыз", today + timedelta(days=1), today=today)
