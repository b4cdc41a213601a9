"""A finding waits until a correction that came after it, or says the same, is in force (¶35)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ranking.rules.due import Applied, FindingSaysOtherwise, Found, Saying, Spot, check_as_found, due

FORM, ATTEMPT = UUID(int=1), UUID(int=2)
SPOT, OWN, OTHER = Spot(FORM, 3), Spot(FORM, 3, ATTEMPT), Spot(FORM, 4)
NOON = datetime(2026, 12, 1, 6, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def found(number: int, *, after: timedelta = timedelta(0), spot: Spot = SPOT) -> Found:
    return Found(UUID(int=100 + number), spot, NOON + after, f"Т-2026-1/00{number}-А")


def applied(number: int, *, prepared: timedelta, spot: Spot = SPOT, after: timedelta = timedelta(days=2)) -> Applied:
    return Applied(UUID(int=200 + number), spot, NOON + prepared, NOON + after, f"ОҢ-2026-0{number}")


def waiting(findings: list[Found], errata: list[Applied], same: bool = False) -> set[int]:
    """Numbers of the findings that are due."""
    return {one.int - 100 for one in due(findings, errata, lambda _found, _applied: same)}


def test_35_a_finding_waits_where_nothing_was_applied():
    assert waiting([found(1)], []) == {1}


@pytest.mark.parametrize(
    ("prepared", "same", "expected"),
    [
        (SECOND, False, set()), (timedelta(0), False, set()), (-SECOND, False, {1}), (-SECOND, True, set()),
    ],
)  # fmt: skip
def test_35_it_is_settled_by_what_was_prepared_when_it_was_decided_or_says_the_same_already(prepared, same, expected):
    assert waiting([found(1)], [applied(1, prepared=prepared)], same) == expected


def test_35_of_contradicting_findings_the_one_decided_last_prevails_whatever_their_order():
    both = [found(2), found(1, after=SECOND)]
    assert waiting(both, []) == waiting(both[::-1], []) == {1}
    assert waiting([found(1), found(2)], []) == {2}  # of one moment


def test_35_a_later_finding_waits_although_an_earlier_one_was_corrected():
    first, second = found(1), found(2, after=timedelta(days=3))
    assert waiting([first, second], [applied(1, prepared=timedelta(days=1))]) == {2}
    again = applied(2, prepared=timedelta(days=3), after=timedelta(days=4))
    assert waiting([first, second], [applied(1, prepared=timedelta(days=1)), again]) == set()


def test_35_the_erratum_applied_last_counts():
    last = applied(2, prepared=-SECOND, after=timedelta(days=3))
    assert waiting([found(1)], [last, applied(1, prepared=SECOND)]) == {1}


@pytest.mark.parametrize("elsewhere", [OWN, OTHER, Spot(UUID(int=9), 3)])
def test_35_another_place_another_form_and_the_answer_of_one_candidate_settle_nothing(elsewhere):
    assert waiting([found(1)], [applied(1, prepared=SECOND, spot=elsewhere)]) == {1}
    assert waiting([found(1), found(2, spot=elsewhere)], []) == {1, 2}


SAID = Saying("wrong_key", [["b"]])


@pytest.mark.parametrize(
    "says", [Saying("wrong_key", [["c"]]), Saying("several_right", [["b"]]), Saying("void", []),
             Saying("wrong_key", [["b"], ["c"]])],
)  # fmt: skip
def test_35_what_is_corrected_where_a_finding_waits_is_what_was_found(says):
    with pytest.raises(FindingSaysOtherwise) as refused:
        check_as_found([(SPOT, says)], [(found(1), SAID)])
    assert refused.value.params == {"appeal": "Т-2026-1/001-А", "place": 3}
    check_as_found([(OTHER, says), (OWN, says)], [(found(1), SAID)])
    check_as_found([(SPOT, says)], [])


def test_35_the_order_of_right_answers_does_not_matter():
    check_as_found([(SPOT, Saying("several_right", [["c"], ["b"]]))],
                   [(found(1), Saying("several_right", [["b"], ["c"]]))])  # fmt: skip
    assert Saying("restated", [[]]).equals(Saying("restated", [()]))
