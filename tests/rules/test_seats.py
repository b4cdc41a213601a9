"""What stands beside a seat: its connection over time; seats as people write them; what a page has not seen yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testing_center.rules.seats import (
    BACK_FOR,
    LOST_AFTER,
    Connection,
    SeatsInvalid,
    connection,
    differs,
    digest,
    read_seats,
    version,
    write_seats,
)

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SILENT_AFTER = 15 * SECOND


def seen(heard_ago: timedelta | None, silence_ended_ago: timedelta | None = None) -> tuple:
    heard_at = None if heard_ago is None else NOW - heard_ago
    silence = silence_ended_ago and (NOW - timedelta(hours=1), NOW - silence_ended_ago)
    return connection(heard_at, silence, silent_after=SILENT_AFTER, now=NOW)


@pytest.mark.parametrize(
    ("heard_ago", "state"),
    [
        (0 * SECOND, Connection.OK), (SILENT_AFTER, Connection.OK), (SILENT_AFTER + SECOND, Connection.SILENT),
        (LOST_AFTER, Connection.SILENT), (LOST_AFTER + SECOND, Connection.LOST),
    ],
)  # fmt: skip
def test_a_page_that_does_not_call_is_silent_and_then_lost_and_it_is_said_since_when(heard_ago, state):
    assert seen(heard_ago) == (state, None if state == Connection.OK else NOW - heard_ago)


def test_of_a_page_that_never_called_nothing_is_said():
    assert seen(None) == (Connection.UNKNOWN, None)


def test_who_came_back_is_said_to_be_back_for_five_minutes():
    assert seen(SECOND, BACK_FOR) == (Connection.BACK, NOW - BACK_FOR)
    assert seen(SECOND, BACK_FOR + SECOND) == (Connection.OK, None)
    assert seen(SILENT_AFTER + SECOND, 20 * SECOND)[0] == Connection.SILENT  # and gone again


@pytest.mark.parametrize(
    ("text", "seats"),
    [("7", [7]), ("1-3, 7", [1, 2, 3, 7]), ("3,1 , 2;2", [1, 2, 3]), ("4–6", [4, 5, 6]), (" 10 - 11 ,", [10, 11])],
)
def test_seats_are_read_as_people_write_them(text, seats):
    assert read_seats(text) == seats


@pytest.mark.parametrize("text", ["", " , ", "a", "1-", "-3", "3-1", "0", "1 2", "0-4", "12345", "1.5"])
def test_what_is_no_seat_is_refused(text):
    with pytest.raises(SeatsInvalid):
        read_seats(text)


@given(st.sets(st.integers(1, 400), min_size=1))
def test_what_is_written_is_read_again(seats):
    assert read_seats(write_seats(seats)) == sorted(seats)


said = st.dictionaries(st.integers(1, 300), st.text(max_size=5), min_size=1, max_size=40)


@given(said, st.data())
def test_a_page_is_told_of_the_seats_that_differ_and_of_no_other(before, data):
    changed = data.draw(st.sets(st.sampled_from(sorted(before))))
    after = {seat: words + "!" if seat in changed else words for seat, words in before.items()}
    old, new = (version(sorted(rows), "a", {seat: digest(w) for seat, w in rows.items()}) for rows in (before, after))
    assert differs(old, new, sorted(before)) == (sorted(changed), False)


@pytest.mark.parametrize("since", ["", "nonsense", "1.2.3", "1.0.0.", "....", "1.00000000.00000000.AAAA"])
def test_a_version_that_is_not_known_is_told_everything(since):
    assert differs(since, version([1, 2], "a", {1: b"abc", 2: b"def"}), [1, 2]) == (None, True)


def test_other_seats_are_everything_anew_and_other_acts_are_not():
    digests = {1: b"abc", 2: b"def"}
    old = version([1, 2], "one act", digests)
    assert differs(old, version([1, 2, 3], "one act", digests), [1, 2]) == (None, True)
    assert differs(old, version([1, 2], "two acts", digests), [1, 2]) == ([], True)
