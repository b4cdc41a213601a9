"""Rules that no other file here speaks of: the hall, its addresses, who runs a sitting, who pays for a school."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from competitions.rules import FINANCING_NAMES, Financing
from testing_center.rules.delivery import AttemptStatus, SittingNotOpen, check_begun
from testing_center.rules.hall import SeatState, seat_state
from testing_center.rules.sittings import (
    AddressRangeInvalid,
    NotProctorHere,
    Presence,
    check_address,
    check_address_ranges,
    check_runs,
)

NOW = datetime(2026, 11, 28, 4, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("presence", "status", "deadline_at", "is_locked", "shown"),
    [
        (Presence.EXPECTED, None, None, False, SeatState.EXPECTED),
        (Presence.PRESENT, None, None, False, SeatState.PRESENT),
        (Presence.ABSENT, None, None, False, SeatState.ABSENT),
        (Presence.REFUSED, None, None, False, SeatState.REFUSED),
        (Presence.PRESENT, None, None, True, SeatState.LOCKED),
        (Presence.PRESENT, AttemptStatus.READY, None, True, SeatState.ENTERED),
        (Presence.PRESENT, AttemptStatus.IN_PROGRESS, NOW, False, SeatState.WORKING),
        (Presence.PRESENT, AttemptStatus.IN_PROGRESS, NOW - SECOND, False, SeatState.ENDED),
        (Presence.PRESENT, AttemptStatus.ENDED, NOW + SECOND, False, SeatState.ENDED),
    ],
)
def test_a_seat_shows_one_state_and_a_test_whose_time_is_over_has_ended(
    presence: Presence, status: AttemptStatus | None, deadline_at: datetime | None, is_locked: bool, shown: SeatState
) -> None:
    assert seat_state(presence, status, deadline_at, is_locked=is_locked, now=NOW) == shown


def test_22_nobody_enters_before_two_persons_opened_the_sitting_nor_before_its_time() -> None:
    check_begun(True, NOW, now=NOW)
    for is_open, starts_at in ((False, NOW), (True, NOW + SECOND)):
        with pytest.raises(SittingNotOpen):
            check_begun(is_open, starts_at, now=NOW)


def test_24_a_sitting_is_run_by_its_own_proctors_and_by_test_administrators() -> None:
    own, other = uuid4(), uuid4()
    check_runs(own, [own], is_administrator=False)
    check_runs(other, [own], is_administrator=True)
    with pytest.raises(NotProctorHere):
        check_runs(other, [own], is_administrator=False)


def test_address_ranges_are_written_in_one_way() -> None:
    assert check_address_ranges(" 192.168.10.7/24 ,, 10.0.0.1") == "192.168.10.0/24, 10.0.0.1/32"
    assert check_address_ranges("  ") == ""
    with pytest.raises(AddressRangeInvalid):
        check_address_ranges("192.168.10.0/24, room 5")


def test_a_workstation_has_one_address_or_none() -> None:
    assert (check_address(" 192.168.10.7 "), check_address("")) == ("192.168.10.7", "")
    with pytest.raises(AddressRangeInvalid):
        check_address("192.168.10.0/24")


def test_37_a_school_is_paid_for_by_the_republic_or_locally_and_the_page_has_a_word_for_each() -> None:
    assert {str(kind) for kind in Financing} == {"republican", "local"}
    assert set(FINANCING_NAMES) == set(Financing)
