"""What a candidate may do under the clock (¶24–26, 33): both sides of every bound."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.kinds.base import Parts
from question_bank.kinds.registry import KINDS, kind_of
from question_bank.rules import Navigation
from regulation.law import CURRENT
from testing_center.rules import codes, delivery
from testing_center.rules.delivery import NOTHING_SAVED, Saved
from testing_center.rules.sittings import is_within

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


# The deadline


def test_the_time_runs_from_the_start_for_the_minutes_approved():
    assert delivery.deadline(START, 90) == START + timedelta(minutes=90)


@pytest.mark.parametrize(("after", "over"), [(-TICK, False), (timedelta(0), False), (TICK, True), (HOUR, True)])
def test_the_deadline_itself_is_still_in_time(after, over):
    assert delivery.is_over(START, now=START + after) is over


@pytest.mark.parametrize(
    ("left", "shown"),
    [(timedelta(seconds=61.9), 61), (timedelta(seconds=1), 1), (TICK, 0), (timedelta(0), 0), (-HOUR, 0)],
)
def test_the_seconds_left_are_whole_and_never_negative(left, shown):
    assert delivery.remaining_seconds(START + left, now=START) == shown


# Saving

SAVED = Saved(1, 4, ("a",), False, START)


def test_the_same_save_again_is_a_retry():
    assert delivery.is_retry(SAVED, revision=4, response=["a"], flagged=False)


@pytest.mark.parametrize(
    ("revision", "response", "flagged"),
    [(4, ["b"], False), (4, ["a"], True), (4, [], False), (3, ["a"], False), (5, ["a"], False)],
)  # fmt: skip
def test_another_answer_mark_or_revision_is_no_retry(revision, response, flagged):
    assert not delivery.is_retry(SAVED, revision=revision, response=response, flagged=flagged)


@pytest.mark.parametrize("revision", [1, 3, 4])
def test_a_save_that_does_not_know_the_answer_in_force_is_refused_and_told_it(revision):
    with pytest.raises(delivery.StaleRevision) as refused:
        delivery.check_revision(SAVED, revision=revision)
    assert refused.value.answer == {"response": ["a"], "revision": 4, "flagged": False}


@pytest.mark.parametrize(("saved", "revision"), [(SAVED, 5), (SAVED, 9), (NOTHING_SAVED, 1)])
def test_a_newer_revision_is_accepted(saved, revision):
    delivery.check_revision(saved, revision=revision)


@pytest.mark.parametrize("response", [[], ["a"], ["b"]])
def test_one_option_or_none_is_an_answer(response):
    assert delivery.check_response(response, kind_of("single_choice"), Parts(("a", "b"))) == tuple(response)


@pytest.mark.parametrize("response", [["a", "b"], ["c"], ["a", "a"], [1], [None], [["a"]], [{}], [""], ["\ud800"]])
def test_anything_else_is_not_understood(response):
    with pytest.raises(delivery.InvalidResponse):
        delivery.check_response(response, kind_of("single_choice"), Parts(("a", "b")))


def test_what_is_not_understood_is_explained_in_the_words_of_the_kind():
    for kind in KINDS.values():
        with pytest.raises(delivery.InvalidResponse) as refused:
            delivery.check_response([7], kind, Parts(("a", "b"), ("x", "y")))
        assert str(refused.value) == str(kind.misread)


@pytest.mark.parametrize("own", [1, 3])
def test_a_window_that_the_attempt_left_behind_is_refused(own):
    delivery.check_epoch(2, 2)
    with pytest.raises(delivery.ContinuedElsewhere):
        delivery.check_epoch(own, 2)


# Navigation


@pytest.mark.parametrize("position", [1, 3, 4, 5, 60])
def test_in_a_free_test_every_question_is_open(position):
    delivery.check_position(Navigation.FREE, reached=4, position=position)
    assert delivery.is_reachable(Navigation.FREE, reached=4, position=position)


@pytest.mark.parametrize(("position", "allowed"), [(3, False), (4, True), (5, True), (6, False)])
def test_in_a_forward_test_only_this_question_and_the_next_are_open(position, allowed):
    if allowed:
        delivery.check_position(Navigation.FORWARD, reached=4, position=position)
    else:
        with pytest.raises(delivery.NoWayBack):
            delivery.check_position(Navigation.FORWARD, reached=4, position=position)


@pytest.mark.parametrize(("position", "seen"), [(1, True), (4, True), (5, False)])
def test_in_a_forward_test_a_question_not_yet_reached_is_not_shown(position, seen):
    assert delivery.is_reachable(Navigation.FORWARD, reached=4, position=position) is seen


# ¶33: the hour of the appeal


@pytest.mark.parametrize(
    ("own_end", "sitting_end", "until"),
    [
        (START, START - HOUR, START + HOUR),  # the later of both ends counts
        (START, START, START + HOUR),
        (START, START + HOUR, START + 2 * HOUR),
    ],
)
def test_33_an_appeal_may_be_filed_until_an_hour_after_the_later_of_both_ends(own_end, sitting_end, until):
    assert delivery.appeal_until(own_end, sitting_end, law=CURRENT, now=START + 5 * HOUR) == until


@pytest.mark.parametrize(("elapsed", "in_time"), [(HOUR - TICK, True), (HOUR, True), (HOUR + TICK, False)])
def test_33_exactly_sixty_minutes_are_in_time(elapsed, in_time):
    until = delivery.appeal_until(START, START, law=CURRENT, now=START + elapsed)
    assert (START + elapsed <= until) is in_time


def test_33_at_ones_own_end_the_hour_is_whole_while_the_sitting_runs():
    end = START + timedelta(seconds=42)
    assert delivery.appeal_until(end, None, law=CURRENT, now=end) == end + HOUR


def test_33_while_the_sitting_runs_the_last_moment_moves_on_minute_by_minute():
    later = START + timedelta(hours=2, minutes=7, seconds=30)
    assert delivery.appeal_until(START, None, law=CURRENT, now=later) == START + timedelta(hours=3, minutes=7)


@given(st.timedeltas(timedelta(0), timedelta(hours=9)), st.timedeltas(timedelta(0), timedelta(hours=9)))
def test_33_what_is_promised_while_the_sitting_runs_is_never_taken_back(looked_after, closed_after):
    looked, closed = sorted((START + looked_after, START + closed_after))
    promised = delivery.appeal_until(START, None, law=CURRENT, now=looked)
    assert promised <= delivery.appeal_until(START, closed, law=CURRENT, now=closed)
    assert promised > looked


# Codes


def test_ten_failures_lock_a_code_and_thirty_a_minute_stop_a_workstation():
    assert codes.LOCK_CODE_AFTER == 10
    assert codes.WORKSTATION_LIMIT == 30
    assert timedelta(minutes=1) == codes.WORKSTATION_WINDOW


def test_more_than_three_hundred_failures_an_hour_raise_an_alarm():
    assert codes.CENTRE_ALARM == 300
    assert timedelta(hours=1) == codes.CENTRE_WINDOW


def test_a_resume_code_lasts_ten_minutes_and_may_be_tried_five_times():
    assert timedelta(minutes=10) == codes.RESUME_LASTS
    assert codes.RESUME_TRIES == 5


def test_a_new_code_has_sixteen_digits_and_the_right_check_digit():
    drawn = {codes.new_code() for _ in range(200)}
    assert len(drawn) == 200
    assert all(codes.is_well_formed(code) for code in drawn)


def test_the_check_digit_is_that_of_damms_example():
    assert codes.check_digit("572") == 4  # H. M. Damm's own example: 5724


@given(st.integers(0, 10**15 - 1), st.integers(0, 15), st.integers(1, 9))
def test_every_single_wrong_digit_is_caught(number, place, by):
    code = f"{number:015}{codes.check_digit(f'{number:015}')}"
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    assert codes.is_well_formed(code) and not codes.is_well_formed(wrong)


@given(st.integers(0, 10**15 - 1), st.integers(0, 14))
def test_every_swap_of_neighbours_is_caught(number, place):
    code = f"{number:015}{codes.check_digit(f'{number:015}')}"
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert codes.is_well_formed(swapped) is (swapped == code)


@pytest.mark.parametrize("typed", ["1234 5678-9012.3456", "1234\u00a05678 9012\u20133456", " 1234567890123456\n"])
def test_spaces_hyphens_and_points_are_ignored(typed):
    assert codes.normalise(typed) == "1234567890123456"


@pytest.mark.parametrize("typed", ["", "123", "0" * 15, "0" * 17, "٠" * 16, "000000000000000x"])
def test_what_is_not_sixteen_digits_is_no_code(typed):
    assert codes.is_well_formed("0" * 16)
    assert not codes.is_well_formed(typed)


def test_a_code_is_shown_in_groups_of_four():
    assert codes.grouped("1234567890123456") == "1234 5678 9012 3456"


@pytest.mark.parametrize(
    ("token", "good"),
    [("12345678", True), ("1234567", False), ("123456789", False), ("1234567x", False), ("\ud800", False)],
)
def test_a_resume_code_has_eight_digits(token, good):
    assert codes.is_resume_token(token) is good
    assert codes.is_resume_token(codes.new_resume_token())


@pytest.mark.parametrize(
    ("address", "ranges", "inside"),
    [
        ("192.168.10.7", "", True), ("192.168.10.0", "192.168.10.0/24", True),
        ("192.168.10.255", "192.168.10.0/24", True),
        ("192.168.11.0", "192.168.10.0/24", False), ("10.0.0.5", "192.168.10.0/24, 10.0.0.5/32", True),
        ("::ffff:192.168.10.7", "192.168.10.0/24", True), ("fe80::1", "192.168.10.0/24", False),
        ("-", "10.0.0.0/8", False),
    ],
)  # fmt: skip
def test_a_workstation_is_in_the_room_by_its_address(address, ranges, inside):
    assert is_within(address, ranges) is inside
