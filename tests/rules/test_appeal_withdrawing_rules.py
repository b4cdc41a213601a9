"""¶33: what stands on the paper of a withdrawal, and why an appeal is rejected as somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from appeals.rules import withdrawing as rules
from appeals.rules.states import AppealNotOpen, AppealStatus

BISHKEK = ZoneInfo("Asia/Bishkek")
FILED = datetime(2026, 11, 28, 4, 20, 30, tzinfo=UTC)  # 10:20:30 in Bishkek
NOW = FILED + timedelta(hours=2)
TICK, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)


@pytest.mark.parametrize("signed_at", [FILED.replace(second=0), FILED, NOW - TICK, NOW])
def test_33_a_paper_is_signed_from_the_minute_of_filing_until_now(signed_at):
    assert rules.check_paper(signed_at, FILED, zone=BISHKEK, now=NOW) == signed_at


@pytest.mark.parametrize("signed_at", [FILED.replace(second=0) - MINUTE, FILED - MINUTE, NOW + TICK, NOW + MINUTE])
def test_33_a_paper_of_before_the_filing_or_of_the_future_is_refused_with_both_bounds(signed_at):
    with pytest.raises(rules.PaperTimeWrong) as refused:
        rules.check_paper(signed_at, FILED, zone=BISHKEK, now=NOW)
    assert refused.value.params == {"filed": "28.11.2026 10:20:30", "now": "28.11.2026 12:20:30"}


def test_a_paper_signed_before_new_year_is_in_time_after_it_in_bishkek():
    filed, now = datetime(2026, 12, 31, 17, 50, tzinfo=UTC), datetime(2026, 12, 31, 18, 10, tzinfo=UTC)
    signed_at = datetime(2026, 12, 31, 23, 55, tzinfo=BISHKEK)
    assert rules.check_paper(signed_at, filed, zone=BISHKEK, now=now) == signed_at


@pytest.mark.parametrize("status", [AppealStatus.FILED, AppealStatus.HEARING])
@pytest.mark.parametrize("on_paper", [False, True])
def test_33_once_the_key_was_shown_an_appeal_is_not_taken_back_in_any_way(status, on_paper):
    with pytest.raises(rules.WithdrawalAfterKey) as refused:
        rules.check_may_withdraw(status, FILED, on_paper=on_paper, zone=BISHKEK)
    assert refused.value.params == {"at": "28.11.2026 10:20:30"}


def test_33_before_it_at_the_screen_until_the_hearing_opens_and_on_paper_in_it_too():
    for status, on_paper in (("filed", False), ("filed", True), ("hearing", True)):
        rules.check_may_withdraw(AppealStatus(status), None, on_paper=on_paper, zone=BISHKEK)
    with pytest.raises(rules.WithdrawOnPaper):
        rules.check_may_withdraw(AppealStatus.HEARING, None, on_paper=False, zone=BISHKEK)


@pytest.mark.parametrize("status", sorted(set(AppealStatus) - {AppealStatus.FILED, AppealStatus.HEARING}))
def test_33_what_is_decided_or_ended_is_not_taken_back(status):
    with pytest.raises(AppealNotOpen):
        rules.check_may_withdraw(status, None, on_paper=True, zone=BISHKEK)


def test_33_a_rejection_is_in_time_while_the_candidate_can_still_file_the_bound_included():
    until = FILED + timedelta(minutes=60)
    for now in (until - TICK, until):
        rules.check_rejection_in_time(until, zone=BISHKEK, now=now)
    with pytest.raises(rules.RejectionTooLate) as refused:
        rules.check_rejection_in_time(until, zone=BISHKEK, now=until + TICK)
    assert refused.value.params == {"until": "28.11.2026 11:20:30"}


def test_33_a_rejection_has_a_reason_of_bounded_length():
    assert rules.check_rejection("  Башка киши отурган. ", None) == "Башка киши отурган."
    assert len(rules.check_rejection("а" * rules.REJECTION_MAX, None)) == rules.REJECTION_MAX
    for reason in ("", "  "):
        with pytest.raises(rules.RejectionUnexplained):
            rules.check_rejection(reason, None)
    with pytest.raises(rules.RejectionTooLong):
        rules.check_rejection("а" * (rules.REJECTION_MAX + 1), None)


def test_33_whoever_was_recognised_is_not_rejected():
    with pytest.raises(rules.PersonWasConfirmed):
        rules.check_rejection("Башка киши отурган.", FILED)
