"""The hearing of a technical appeal (¶34–35): the candidate's presence, findings, votes, the decision."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.rules import hearing
from appeals.rules.states import AppealOutcome, FindingKind

END = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
BISHKEK = ZoneInfo("Asia/Bishkek")
TICK, HOUR = timedelta(microseconds=1), timedelta(hours=1)
DISMISSED, IN_PART, UPHELD = AppealOutcome.DISMISSED, AppealOutcome.UPHELD_IN_PART, AppealOutcome.UPHELD
AGREES, WRONG_KEY, SEVERAL = FindingKind.AGREES, FindingKind.WRONG_KEY, FindingKind.SEVERAL_RIGHT


# ¶35: the hearing


@pytest.mark.parametrize(("ahead", "fits"), [(-TICK, False), (timedelta(0), True), (HOUR, True)])
def test_35_one_is_invited_to_a_hearing_that_lies_ahead(ahead, fits):
    if fits:
        hearing.check_invitation(END + ahead, now=END)
    else:
        with pytest.raises(hearing.InvitationPast):
            hearing.check_invitation(END + ahead, now=END)


@pytest.mark.parametrize(
    ("after", "over"),
    [(timedelta(0), False), (hearing.WAIT_FOR_CANDIDATE, False), (hearing.WAIT_FOR_CANDIDATE + TICK, True)],
)
def test_35_the_commission_waits_for_the_candidate(after, over):
    if over:
        hearing.check_may_lapse(END, zone=BISHKEK, now=END + after)
    else:
        with pytest.raises(hearing.TooEarlyToLapse):
            hearing.check_may_lapse(END, zone=BISHKEK, now=END + after)


def test_35_an_appeal_does_not_lapse_where_nobody_was_invited():
    with pytest.raises(hearing.TooEarlyToLapse):
        hearing.check_may_lapse(None, zone=BISHKEK, now=END + 99 * HOUR)


@pytest.mark.parametrize("note", ["", "  ", "а" * 201])
def test_35_there_is_no_hearing_without_the_candidate(note):
    assert hearing.check_presence(" ID 123 ") == "ID 123"
    with pytest.raises(hearing.PresenceMissing):
        hearing.check_presence(note)


@pytest.mark.parametrize("kind", FindingKind)
@pytest.mark.parametrize("accepted", [[], [["b"]], [["b"], ["c"]]])
def test_35_what_is_right_instead_is_said_where_the_key_changes_and_only_there(kind, accepted):
    if bool(accepted) == (kind in (WRONG_KEY, SEVERAL)):
        hearing.check_finding(kind, "анткени", accepted, "abcd")
    else:
        with pytest.raises(hearing.FindingIncomplete):
            hearing.check_finding(kind, "анткени", accepted, "abcd")


@pytest.mark.parametrize(
    ("reason", "accepted"), [("", [["b"]]), (" ", [["b"]]), ("анткени", [["x"]]), ("анткени", [[]])]
)
def test_35_a_finding_has_a_reason_and_speaks_of_options_of_the_question(reason, accepted):
    with pytest.raises(hearing.FindingIncomplete):
        hearing.check_finding(WRONG_KEY, reason, accepted, "abcd")


def test_35_findings_votes_and_signatures_are_complete_or_the_missing_ones_are_named():
    for check in (hearing.check_findings, hearing.check_votes, hearing.check_signatures):
        check([])
    with pytest.raises(hearing.FindingsMissing) as findings:
        hearing.check_findings([7, 2])
    with pytest.raises(hearing.VotesMissing) as votes:
        hearing.check_votes(["А", "Б"])
    with pytest.raises(hearing.SignaturesMissing) as signatures:
        hearing.check_signatures(["А"])
    assert findings.value.params == {"questions": "2, 7"}
    assert (votes.value.params, signatures.value.params) == ({"names": "А, Б"}, {"names": "А"})


@pytest.mark.parametrize(
    ("votes", "decided"),
    [
        ([DISMISSED, DISMISSED, UPHELD], DISMISSED),
        ([UPHELD, DISMISSED, DISMISSED], DISMISSED),  # the chair, first, is outvoted
        ([DISMISSED, UPHELD], DISMISSED),  # equal votes: the chair's side
        ([UPHELD, DISMISSED], UPHELD),
        ([IN_PART, UPHELD, DISMISSED], IN_PART),
        ([IN_PART, UPHELD, UPHELD, DISMISSED, DISMISSED], None),  # the chair's vote is not among those that lead
        ([UPHELD, UPHELD, IN_PART, IN_PART, DISMISSED], UPHELD),
    ],
)
def test_34_most_votes_decide_and_at_equal_votes_the_chairs_side(votes, decided):
    findings = [AGREES] if decided == DISMISSED else [AGREES, WRONG_KEY]
    if decided is None:
        with pytest.raises(hearing.NoDecision):
            hearing.decision(dict(enumerate(votes)), 0, findings)
    else:
        assert hearing.decision(dict(enumerate(votes)), 0, findings) == decided


@pytest.mark.parametrize(
    ("outcome", "findings", "founded"),
    [
        (DISMISSED, [], True), (DISMISSED, [AGREES], True), (DISMISSED, [AGREES, WRONG_KEY], False),
        (UPHELD, [], False), (UPHELD, [AGREES], False), (UPHELD, [FindingKind.VOID], True),
        (IN_PART, [AGREES], False), (IN_PART, [AGREES, FindingKind.RECORDING_FAULT], True),
    ],
)  # fmt: skip
def test_35_the_outcome_follows_from_the_findings(outcome, findings, founded):
    if founded:
        assert hearing.decision({0: outcome, 1: outcome}, 0, findings) == outcome
    else:
        with pytest.raises(hearing.OutcomeUnfounded):
            hearing.decision({0: outcome, 1: outcome}, 0, findings)


@given(st.lists(st.sampled_from(list(AppealOutcome)), min_size=2, max_size=5), st.randoms())
def test_34_nothing_but_most_votes_or_the_chair_among_them_decides(votes, random):
    ballots = list(enumerate(votes))
    random.shuffle(ballots)  # the order in which votes were cast does not matter
    most = max(Counter(votes).values())
    leading = {outcome for outcome, n in Counter(votes).items() if n == most}
    try:
        decided = hearing.decision(dict(ballots), 0, [WRONG_KEY])
    except hearing.NoDecision:
        assert len(leading) > 1 and votes[0] not in leading
    except hearing.OutcomeUnfounded:
        assert DISMISSED in leading
    else:
        assert decided in leading and (len(leading) == 1 or decided == votes[0])
