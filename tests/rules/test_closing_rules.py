"""Who is not accounted for, whether the slips add up, who signs: both sides of each."""

from __future__ import annotations

from uuid import UUID

import pytest

from testing_center.rules import closing as rules
from testing_center.rules.closing import Gap
from testing_center.rules.sittings import Presence, Unsat

ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("presence", "has_grounds", "unsat", "gap"),
    [
        (Presence.EXPECTED, False, None, Gap.UNMARKED),
        (Presence.ABSENT, False, None, None),
        (Presence.REFUSED, False, None, Gap.NO_GROUNDS),
        (Presence.REFUSED, True, None, None),
        (Presence.PRESENT, False, None, Gap.NEVER_BEGAN),
        (Presence.PRESENT, False, Unsat.LEFT, None),
    ],
)
def test_24_everybody_who_was_expected_is_accounted_for(presence, has_grounds, unsat, gap):
    assert rules.gap_of(presence, has_begun=False, has_grounds=has_grounds, unsat=unsat) == gap
    assert rules.gap_of(presence, has_begun=True, has_grounds=has_grounds, unsat=unsat) is None


@pytest.mark.parametrize(("expected", "counted", "reason"), [(0, None, ""), (0, 0, ""), (3, 3, ""), (3, 2, "Айрылды.")])
def test_24_slips_that_add_up_or_are_explained_let_a_sitting_close(expected, counted, reason):
    rules.check_slips(expected, counted, reason)


@pytest.mark.parametrize(("expected", "counted", "refusal"), [
    (1, None, rules.SlipsUncounted), (1, -1, rules.SlipsUncounted), (3, 2, rules.SlipsDiffer),
    (0, 1, rules.SlipsDiffer),
])  # fmt: skip
def test_24_slips_that_do_not_add_up_keep_it_open(expected, counted, refusal):
    with pytest.raises(refusal):
        rules.check_slips(expected, counted, " ")


def test_a_proctor_of_the_sitting_signs_the_first_version_once():
    rules.check_may_sign(ONE, proctors=[ONE, OTHER], signed=[OTHER], version=1)
    for refusal, given in (
        (rules.NotProctored, {"proctors": [OTHER], "signed": [], "version": 1}),
        (rules.NotSignedAnew, {"proctors": [ONE], "signed": [], "version": 2}),
        (rules.SignedAlready, {"proctors": [ONE], "signed": [ONE], "version": 1}),
    ):
        with pytest.raises(refusal):
            rules.check_may_sign(ONE, **given)
