"""The hearing of a technical appeal (¶34–35): the candidate's presence, findings, votes, the decision."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.rules import hearing, viewing
from appeals.rules.filing import told
from appeals.rules.states import AppealOutcome, FindingKind, FindingsExclude, check_together
from question_bank.kinds.base import Parts
from question_bank.kinds.registry import kind_of

END = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
BISHKEK = ZoneInfo("Asia/Bishkek")
TICK, HOUR = timedelta(microseconds=1), timedelta(hours=1)
DISMISSED, IN_PART, UPHELD = AppealOutcome.DISMISSED, AppealOutcome.UPHELD_IN_PART, AppealOutcome.UPHELD
TOLD = {"may_still_file": False, "is_told": True, "zone": BISHKEK}
SINGLE, PARTS = kind_of("single_choice"), Parts(tuple("abcd"))
AGREES, WRONG_KEY, SEVERAL = FindingKind.AGREES, FindingKind.WRONG_KEY, FindingKind.SEVERAL_RIGHT


# ¶35: the hearing


@pytest.mark.parametrize(("ahead", "fits"), [(-TICK, False), (24 * HOUR - TICK, False), (24 * HOUR, True)])
def test_35_one_is_invited_at_least_a_day_ahead(ahead, fits):
    if fits:
        hearing.check_invitation(END + ahead, zone=BISHKEK, now=END)
    else:
        with pytest.raises(hearing.InvitationTooShort) as refused:
            hearing.check_invitation(END + ahead, zone=BISHKEK, now=END)
        assert refused.value.params == {"earliest": told(END + 24 * HOUR, BISHKEK)}


@pytest.mark.parametrize(
    ("after", "over"),
    [(timedelta(0), False), (hearing.WAIT_FOR_CANDIDATE, False), (hearing.WAIT_FOR_CANDIDATE + TICK, True)],
)
def test_35_the_commission_waits_for_the_candidate(after, over):
    if over:
        hearing.check_may_lapse(END, now=END + after, **TOLD)
    else:
        with pytest.raises(hearing.TooEarlyToLapse):
            hearing.check_may_lapse(END, now=END + after, **TOLD)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [({"may_still_file": True}, hearing.HourStillRuns), ({"is_told": False}, hearing.NotTold)],
)
def test_35_nobody_has_missed_a_hearing_while_appeals_are_filed_or_without_being_told_of_it(facts, refusal):
    with pytest.raises(refusal):
        hearing.check_may_lapse(END, now=END + 99 * HOUR, **TOLD | facts)


def test_35_an_appeal_does_not_lapse_where_nobody_was_invited():
    with pytest.raises(hearing.TooEarlyToLapse):
        hearing.check_may_lapse(None, now=END + 99 * HOUR, **TOLD)


@pytest.mark.parametrize(("reason", "is_shown"), [("", False), ("  ", False), ("а" * 501, False), ("анткени", True)])
def test_35_a_hearing_is_adjourned_for_a_reason_and_before_the_key_was_shown(reason, is_shown):
    assert hearing.check_adjournment(" анткени ", is_shown=False) == "анткени"
    with pytest.raises(hearing.KeyWasShown if is_shown else hearing.AdjournmentUnexplained):
        hearing.check_adjournment(reason, is_shown=is_shown)


@pytest.mark.parametrize(("after", "is_open"), [(timedelta(0), True), (4 * HOUR - TICK, True), (4 * HOUR, False)])
def test_35_a_viewing_that_nobody_ends_is_over_after_four_hours(after, is_open):
    assert viewing.is_viewing_open(END, None, now=END + after) is is_open
    assert not viewing.is_viewing_open(END, END, now=END + after)
    assert viewing.viewing_ends_by(END) == END + 4 * HOUR


def test_35_the_key_is_shown_in_the_candidates_presence_and_who_has_not_seen_it_does_not_judge():
    viewing.check_candidate(True)
    viewing.check_saw(True)
    with pytest.raises(viewing.CandidateAbsent):
        viewing.check_candidate(False)
    with pytest.raises(viewing.NotAtViewing):
        viewing.check_saw(False)


@pytest.mark.parametrize(
    ("kind", "accepted", "in_force", "refusal"),
    [
        (WRONG_KEY, [["a"]], [["a"]], hearing.KeyUnchanged),
        (WRONG_KEY, [["a"], ["b"]], [["a"]], hearing.KeyUnchanged),  # that the key is right too is another finding
        (WRONG_KEY, [["b"]], [["a"]], None),
        (WRONG_KEY, [["b"]], [["a"], ["b"]], None),  # of two that counted, one is wrong
        (WRONG_KEY, [["a"]], [], None),  # the question was void
        (SEVERAL, [["a"]], [["a"]], hearing.NothingAdded),
        (SEVERAL, [["b"]], [["a"], ["b"]], hearing.NothingAdded),
        (SEVERAL, [["a"], ["b"]], [["a"]], None),
        (SEVERAL, [["b"]], [["a"]], None),
    ],
)
def test_35_a_finding_that_changes_the_key_changes_something(kind, accepted, in_force, refusal):
    if refusal is None:
        hearing.check_finding(kind, "анткени", accepted, SINGLE, PARTS, in_force=in_force)
    else:
        with pytest.raises(refusal):
            hearing.check_finding(kind, "анткени", accepted, SINGLE, PARTS, in_force=in_force)


@pytest.mark.parametrize("note", ["", "  ", "а" * 201])
def test_35_there_is_no_hearing_without_the_candidate(note):
    assert hearing.check_presence(" ID 123 ") == "ID 123"
    with pytest.raises(hearing.PresenceMissing):
        hearing.check_presence(note)


@pytest.mark.parametrize("kind", [kind for kind in FindingKind if kind != FindingKind.RECORDING_FAULT])
@pytest.mark.parametrize("accepted", [[], [["b"]], [["b"], ["c"]]])
def test_35_what_is_right_instead_is_said_where_the_key_changes_and_only_there(kind, accepted):
    if bool(accepted) == (kind in (WRONG_KEY, SEVERAL)):
        hearing.check_finding(kind, "анткени", accepted, SINGLE, PARTS)
    else:
        with pytest.raises(hearing.FindingIncomplete):
            hearing.check_finding(kind, "анткени", accepted, SINGLE, PARTS)


@pytest.mark.parametrize(
    ("reason", "accepted"), [("", [["b"]]), (" ", [["b"]]), ("анткени", [["x"]]), ("анткени", [[]])]
)
def test_35_a_finding_has_a_reason_and_speaks_of_options_of_the_question(reason, accepted):
    with pytest.raises(hearing.FindingIncomplete):
        hearing.check_finding(WRONG_KEY, reason, accepted, SINGLE, PARTS)


@pytest.mark.parametrize(
    ("counts", "recorded", "refusal"),
    [
        ([["b"]], ["a"], None),
        ([["b"]], [], None),
        ([[]], ["a"], None),  # no answer counts
        ([["a"]], ["a"], hearing.AnswerCountsAlready),
        ([[]], [], hearing.AnswerCountsAlready),
        ([], ["a"], hearing.CountingAnswerMissing),
        ([["b"], ["c"]], ["a"], hearing.CountingAnswerMissing),
        ([["b", "c"]], ["a"], hearing.CountingAnswerMissing),
        ([["x"]], ["a"], hearing.CountingAnswerMissing),
    ],
)
def test_35_a_recording_fault_states_the_one_answer_that_counts_or_none(counts, recorded, refusal):
    if refusal is None:
        hearing.check_finding(FindingKind.RECORDING_FAULT, "анткени", counts, SINGLE, PARTS, recorded)
    else:
        with pytest.raises(refusal):
            hearing.check_finding(FindingKind.RECORDING_FAULT, "анткени", counts, SINGLE, PARTS, recorded)


def test_35_a_recording_fault_too_has_a_reason():
    with pytest.raises(hearing.FindingIncomplete):
        hearing.check_finding(FindingKind.RECORDING_FAULT, " ", [["b"]], SINGLE, PARTS, ["a"])


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


@pytest.mark.parametrize(
    ("kinds", "fits"),
    [
        *(([kind], True) for kind in FindingKind),
        *(([FindingKind.RECORDING_FAULT, kind], True) for kind in (WRONG_KEY, SEVERAL, FindingKind.VOID)),
        *(([kind, FindingKind.RECORDING_FAULT], True) for kind in (WRONG_KEY, SEVERAL, FindingKind.VOID)),
        *(([FindingKind.AGREES, kind], False) for kind in FindingKind),
        ([WRONG_KEY, SEVERAL], False),
        ([WRONG_KEY, FindingKind.VOID], False),
        ([SEVERAL, FindingKind.VOID], False),
        ([FindingKind.RECORDING_FAULT, FindingKind.RECORDING_FAULT], False),
        ([FindingKind.RECORDING_FAULT, WRONG_KEY, FindingKind.VOID], False),
    ],
)
def test_35_an_answer_recorded_wrongly_stands_beside_one_fault_of_the_question_and_nothing_else_does(kinds, fits):
    if fits:
        check_together(kinds)
    else:
        with pytest.raises(FindingsExclude):
            check_together(kinds)
