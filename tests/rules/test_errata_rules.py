"""What a correction of a form may say, and what it does to a score (proof: sealed forms; ADR 0014)."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.kinds.base import Parts
from testing_center.rules import errata as rules
from testing_center.rules.errata import CorrectionStatus, ErratumData, ErratumKind
from testing_center.rules.rescoring import Rescored, count, restate
from testing_center.rules.scoring import Event, KeyedItem, Outcome, current, score

PARTS = {place: Parts(tuple(f"{place}{letter}" for letter in "abcd")) for place in range(1, 10)}
FORM = {place: KeyedItem(place, (f"{place}a",), 1, "law") for place in PARTS}
MINE, OTHER, ELSEWHERE = uuid4(), uuid4(), uuid4()
ANSWERS = {MINE: {1: ("1a",), 2: ()}, OTHER: {}}
WRONG, SEVERAL, VOID = ErratumKind.WRONG_KEY, ErratumKind.SEVERAL_RIGHT, ErratumKind.VOID


def said(place: int = 1, kind: ErratumKind = WRONG, *right: str, reason: str = "why") -> ErratumData:
    return ErratumData(place, kind, [[option] for option in right], reason)


def check(*errata: ErratumData) -> None:
    rules.check_errata(errata, PARTS, FORM, ANSWERS)


def restated(place: int = 1, *responses: list[str], attempt: UUID | None = MINE, reason: str = "why") -> ErratumData:
    return ErratumData(place, ErratumKind.RESTATED, responses, reason, attempt)


def earned(*errata: tuple[int, ErratumKind, list[list[str]]], response: str) -> int:
    """Points of the first item for ``response``, after the errata."""
    [item, *_rest] = rules.corrected(list(FORM.values()), errata)
    return item.earned([response] if response else [])


@pytest.mark.parametrize(
    "errata",
    [
        [said(1, WRONG, "1b")],
        [said(1, WRONG, "1b", "1c")],
        [said(1, SEVERAL, "1b")],
        [said(1, VOID)],
        [said(1, VOID), said(9, WRONG, "9d")],
    ],
)
def test_a_correction_says_what_is_right_instead_what_is_right_as_well_or_that_nothing_is(errata):
    check(*errata)


@pytest.mark.parametrize(
    ("errata", "refusal"),
    [
        ([], rules.ErrataMissing),
        ([said(1, VOID), said(1, WRONG, "1b")], rules.ErratumTwice),
        ([said(0, VOID)], rules.NoSuchPlace),
        ([said(10, VOID)], rules.NoSuchPlace),
        ([said(1, VOID, reason="  ")], rules.ErratumReasonMissing),
        ([said(1, VOID, "1b")], rules.AcceptedInvalid),
        ([said(1, WRONG)], rules.AcceptedInvalid),
        ([said(1, SEVERAL)], rules.AcceptedInvalid),
        ([said(1, WRONG, "2b")], rules.AcceptedInvalid),
        ([ErratumData(1, WRONG, [["1a", "1b"]], "why")], rules.AcceptedInvalid),
        ([ErratumData(1, WRONG, [[]], "why")], rules.AcceptedInvalid),
        ([said(1, WRONG, "1a")], rules.NothingChanges),
        ([said(1, SEVERAL, "1a")], rules.NothingChanges),
    ],
)
def test_what_says_nothing_contradicts_itself_or_does_not_fit_the_form_is_refused(errata, refusal):
    with pytest.raises(refusal):
        check(*errata)


@pytest.mark.parametrize(
    "errata",
    [
        [restated(1, ["1b"])],
        [restated(1, [])],  # no answer counts
        [restated(2, ["2a"])],
        [restated(1, ["1b"]), restated(1, ["1b"], attempt=OTHER), said(1, WRONG, "1c")],
        [said(1, VOID), restated(1, ["1b"])],
    ],
)
def test_35_an_answer_is_restated_for_one_attempt_beside_what_is_corrected_for_everybody(errata):
    check(*errata)


@pytest.mark.parametrize(
    ("errata", "refusal"),
    [
        ([restated(1, ["1a"])], rules.AnswerUnchanged),
        ([restated(2, [])], rules.AnswerUnchanged),
        ([restated(3, [])], rules.AnswerUnchanged),
        ([restated(1)], rules.CountingAnswerInvalid),
        ([restated(1, ["1b"], ["1c"])], rules.CountingAnswerInvalid),
        ([restated(1, ["1b", "1c"])], rules.CountingAnswerInvalid),
        ([restated(1, ["2b"])], rules.CountingAnswerInvalid),
        ([restated(1, ["1b"], attempt=None)], rules.NoSuchAttempt),
        ([restated(1, ["1b"], attempt=ELSEWHERE)], rules.NoSuchAttempt),
        ([ErratumData(1, WRONG, [["1b"]], "why", MINE)], rules.NoSuchAttempt),
        ([restated(10, ["1b"])], rules.NoSuchPlace),
        ([restated(1, ["1b"], reason=" ")], rules.ErratumReasonMissing),
        ([restated(1, ["1b"]), restated(1, ["1c"])], rules.ErratumTwice),
    ],
)
def test_35_what_restates_nothing_or_nobodys_answer_is_refused(errata, refusal):
    with pytest.raises(refusal):
        check(*errata)


def test_35_a_restated_answer_changes_no_key_and_voids_nothing():
    form = list(FORM.values())
    assert rules.corrected(form, [(place, ErratumKind.RESTATED, [["1b"]]) for place in FORM]) == form


def test_35_only_the_restated_answers_are_replaced_whatever_was_recorded_in_which_order():
    events = [Event(1, 1, 2, ("1a",)), Event(1, 2, 1, ("1c",)), Event(1, 9, 9, ("1d",), True), Event(2, 1, 1, ("2a",))]
    given = current(restate(events, {1: ("1b",), 3: (), 4: ("4a",)}))
    assert {place: event.response for place, event in given.items()} == {
        1: ("1b",), 2: ("2a",), 3: (), 4: ("4a",),
    }  # fmt: skip
    assert restate(events, {}) == events


@pytest.mark.parametrize(
    ("errata", "points"),
    [
        ([], {"1a": 1, "1b": 0, "1c": 0, "": 0}),
        ([(1, WRONG, [["1b"]])], {"1a": 0, "1b": 1, "1c": 0, "": 0}),
        ([(1, WRONG, [["1b"], ["1c"]])], {"1a": 0, "1b": 1, "1c": 1, "": 0}),
        ([(1, SEVERAL, [["1b"]])], {"1a": 1, "1b": 1, "1c": 0, "": 0}),
        ([(1, VOID, [])], {"1a": 1, "1b": 1, "1c": 1, "": 1}),
        ([(1, SEVERAL, [["1b"]]), (1, WRONG, [["1c"]])], {"1a": 0, "1b": 0, "1c": 1, "": 0}),
        ([(1, WRONG, [["1b"]]), (1, SEVERAL, [["1c"]])], {"1a": 0, "1b": 1, "1c": 1, "": 0}),
        ([(1, VOID, []), (1, WRONG, [["1b"]])], {"1a": 0, "1b": 1, "1c": 0, "": 0}),
        ([(1, SEVERAL, [["1b"]]), (1, VOID, []), (1, SEVERAL, [["1c"]])], {"1a": 1, "1b": 1, "1c": 1, "1d": 0, "": 0}),
    ],
)
def test_the_points_for_each_answer_follow_the_errata_in_their_order(errata, points):
    assert {response: earned(*errata, response=response) for response in points} == points


@pytest.mark.parametrize(("items", "void"), [(3, 1), (9, 3), (10, 3), (60, 20), (100, 33)])
def test_exactly_a_third_of_the_items_may_be_void_and_one_more_annuls_the_sitting(items, void):
    form = [KeyedItem(n, ("a",), 1, "law", is_void=n <= void) for n in range(1, items + 1)]
    rules.check_void_share(form)
    beyond = [KeyedItem(n, ("a",), 1, "law", is_void=n <= void + 1) for n in range(1, items + 1)]
    with pytest.raises(rules.TooManyVoid) as refused:
        rules.check_void_share(beyond)
    assert refused.value.params == {"void": void + 1, "items": items}


def test_one_person_prepares_and_another_applies_once():
    first, second = uuid4(), uuid4()
    rules.check_may_apply(CorrectionStatus.PREPARED, first, second)
    with pytest.raises(rules.AnotherPersonNeeded):
        rules.check_may_apply(CorrectionStatus.PREPARED, first, first)
    for status in (CorrectionStatus.APPLIED, CorrectionStatus.CANCELLED):
        with pytest.raises(rules.NotPrepared):
            rules.check_may_apply(status, first, second)
        with pytest.raises(rules.NotPrepared):
            rules.check_prepared(status)


def test_grounds_are_written():
    assert rules.check_grounds(" чечим ") == "чечим"
    with pytest.raises(rules.GroundsMissing):
        rules.check_grounds("  \n")


def test_every_kind_and_state_has_a_word():
    assert set(rules.KIND_NAMES) == set(ErratumKind) and set(rules.STATUS_NAMES) == set(CorrectionStatus)


def row(old: int, new: int, cut: int = 3, old_points: int | None = None) -> Rescored:
    meets = {True: Outcome.MEETS, False: Outcome.DOES_NOT_MEET}
    return Rescored(
        uuid4(), "Т-1", "Т", uuid4(), "К", 0, uuid4(), 1, old, new, meets[old >= cut], meets[new >= cut],
        {"law": (6, old if old_points is None else old_points)}, {"law": (6, new)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "changes", "crosses"),
    [(2, 3, True, True), (3, 2, True, True), (3, 4, True, False), (1, 2, True, False), (3, 3, False, False)],
)
def test_whoever_comes_to_the_cut_score_or_falls_below_it_crosses_it(old, new, changes, crosses):
    found = row(old, new)
    assert (found.changes, found.crosses, found.difference) == (changes, crosses, new - old)


def test_points_that_move_between_areas_are_a_change_though_the_score_stays():
    assert row(3, 3, old_points=2).changes


def test_the_counts_tell_raised_lowered_and_both_ways_over_the_cut_score():
    found = count((row(2, 3), row(2, 4), row(3, 2), row(5, 5), row(4, 5)))
    assert (found.rescored, found.changed, found.raised, found.lowered) == (5, 4, 3, 1)
    assert (found.now_meet, found.no_longer_meet) == (2, 1)


@given(
    st.dictionaries(st.integers(1, 9), st.sampled_from("abcd"), max_size=9),
    st.dictionaries(st.integers(1, 9), st.tuples(st.sampled_from([SEVERAL, VOID]), st.sampled_from("abcd"))),
)
def test_a_void_item_or_further_right_answers_cost_nobody_a_point_and_the_maximum_stays(answers, errata):
    events = [Event(place, 1, 1, (f"{place}{letter}",)) for place, letter in answers.items()]
    said = [(p, kind, [] if kind == VOID else [[f"{p}{letter}"]]) for p, (kind, letter) in errata.items()]
    before, after = (score(form, events) for form in (list(FORM.values()), rules.corrected(list(FORM.values()), said)))
    assert after.total >= before.total and after.maximum == before.maximum == 9
