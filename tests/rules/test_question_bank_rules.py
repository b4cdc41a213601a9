"""What the department may do with items, blueprints and specifications (¶21–24, 29)."""

from __future__ import annotations

import pytest

from core.errors import Refusal
from question_bank import life, rules, writing
from question_bank.rules import ItemStatus, SpecificationStatus
from regulation.law import CURRENT


def specification(**changed: object) -> None:
    """Check a specification that may be applied, with something changed."""
    terms: dict[str, object] = {"items": 30, "points": 1, "minutes": 60, "cut_score": 18, "languages": ["ky", "ru"]}
    rules.check_specification(**(terms | changed), law=CURRENT)  # type: ignore[arg-type]


@pytest.mark.parametrize("changed", [
    {}, {"cut_score": 1}, {"cut_score": 30}, {"minutes": 1}, {"minutes": 600}, {"items": 3, "cut_score": 3},
    {"languages": ["ky"]}, {"points": 2, "cut_score": 60}, {"points": 10, "cut_score": 300},
])  # fmt: skip
def test_a_specification_within_its_bounds_may_be_applied(changed):
    specification(**changed)


@pytest.mark.parametrize(("changed", "refusal"), [
    ({"cut_score": 0}, rules.CutScoreAboveMaximum), ({"cut_score": 31}, rules.CutScoreAboveMaximum),
    ({"minutes": 0}, rules.MinutesOutOfRange), ({"minutes": 601}, rules.MinutesOutOfRange),
    ({"items": 2, "cut_score": 1}, rules.TooFewItems), ({"languages": []}, rules.LanguagesMissing),
    ({"languages": ["ky", "en"]}, rules.LanguagesMissing),
])  # fmt: skip
def test_a_specification_beyond_its_bounds_is_refused(changed, refusal):
    with pytest.raises(refusal):
        specification(**changed)


def test_the_maximum_is_told_to_whoever_sets_the_cut_score_above_it():
    with pytest.raises(rules.CutScoreAboveMaximum) as refused:
        specification(cut_score=31)
    assert refused.value.params == {"maximum": 30}


@pytest.mark.parametrize("status", [ItemStatus.DRAFT, ItemStatus.RETURNED])
def test_a_draft_or_returned_version_may_be_changed(status):
    rules.check_may_edit(status, retired=False)


@pytest.mark.parametrize(("status", "retired", "refusal"), [
    (ItemStatus.APPROVED, False, rules.ApprovedNeverChanges), (ItemStatus.IN_REVIEW, False, rules.AwaitingDecision),
    (ItemStatus.DRAFT, True, rules.ItemRetired),
])  # fmt: skip
def test_a_version_that_is_approved_or_in_review_or_out_of_use_does_not_change(status, retired, refusal):
    with pytest.raises(refusal):
        rules.check_may_edit(status, retired=retired)


def test_a_second_person_decides_and_nobody_who_worked_on_the_item():
    rules.check_may_decide(ItemStatus.IN_REVIEW, retired=False, person="approver", hands={"author", "editor"})
    with pytest.raises(rules.OwnItem):
        rules.check_may_decide(ItemStatus.IN_REVIEW, retired=False, person="editor", hands={"author", "editor"})
    with pytest.raises(rules.ItemRetired):
        rules.check_may_decide(ItemStatus.IN_REVIEW, retired=True, person="approver", hands={"author", "editor"})


@pytest.mark.parametrize("status", [ItemStatus.DRAFT, ItemStatus.RETURNED, ItemStatus.APPROVED])
def test_only_what_waits_for_a_decision_is_decided(status):
    with pytest.raises(rules.NotInReview):
        rules.check_may_decide(status, retired=False, person="approver", hands=set())


@pytest.mark.parametrize(("approver", "worked", "sees"), [
    (True, False, True), (False, True, True), (True, True, True), (False, False, False),
])  # fmt: skip
def test_a_key_is_shown_to_approvers_and_to_those_who_worked_on_the_item(approver, worked, sees):
    assert rules.may_see_key(person="me", approver=approver, hands={"me"} if worked else {"other"}) is sees


@pytest.mark.parametrize("status", [SpecificationStatus.SUBMITTED, SpecificationStatus.APPROVED])
def test_a_specification_before_the_authority_or_approved_does_not_change(status):
    with pytest.raises(rules.SpecificationFrozen):
        rules.check_may_edit_specification(status)


@pytest.mark.parametrize("status", [SpecificationStatus.DRAFT, SpecificationStatus.RETURNED])
def test_a_draft_or_returned_specification_may_be_changed(status):
    rules.check_may_edit_specification(status)


def test_the_authority_decides_on_what_is_before_it_and_not_the_one_who_wrote_it():
    rules.check_may_decide_specification(SpecificationStatus.SUBMITTED, person="officer", author="admin")
    with pytest.raises(rules.OwnSpecification):
        rules.check_may_decide_specification(SpecificationStatus.SUBMITTED, person="admin", author="admin")
    with pytest.raises(rules.SpecificationNotSubmitted):
        rules.check_may_decide_specification(SpecificationStatus.DRAFT, person="officer", author="admin")


def test_every_refusal_of_the_room_has_a_code_of_its_own():
    refusals = [kind for kind in vars(rules).values() if isinstance(kind, type) and issubclass(kind, Refusal)]
    codes = [kind.code for kind in refusals]
    assert len(set(codes)) == len(codes) > 20


@pytest.mark.parametrize(("typed", "meant"), [
    ("LAW-1", "LAW-1"), ("law-1", "LAW-1"), ("Өмүр-2", "өмүр-2"), ("law-3", "law-3"), ("LAW-3", "LAW-3"),
    ("Law-3", None), ("LAW-9", None),
])  # fmt: skip
def test_an_identifier_is_meant_in_whatever_capitals_as_long_as_one_only_is_written_so(typed, meant):
    assert life.spelled([typed], ["LAW-1", "өмүр-2", "law-3", "LAW-3"]).get(typed) == meant


def test_enemies_are_the_bank_s_own_spelling_once_each_and_unknown_ones_are_all_named():
    known = {"law-1": "LAW-1", "LAW-1": "LAW-1"}
    assert life.check_enemies(["law-1", "LAW-1"], known, own="LAW-2") == ("LAW-1",)
    assert life.check_enemies(["law-2"], {}, own="LAW-2") == ("LAW-2",)  # to be refused as its own enemy
    assert life.check_enemies(["LAW-1"], known, own="law-1") == ("LAW-1",)  # another, though it reads alike
    assert life.check_enemies(["X", "law-1"], known, own="LAW-2", held=("X",)) == ("X", "LAW-1")
    with pytest.raises(life.UnknownEnemies) as refused:
        life.check_enemies(["X", "law-1", "Y"], known, own="LAW-2")
    assert refused.value.params["ids"] == "X, Y"


@pytest.mark.parametrize("field", life.COMMENT_FIELDS)
def test_a_remark_that_may_tell_the_key_is_read_by_those_who_may_see_it_and_by_whoever_made_it(field):
    tells = field in {"", "options", "key"}
    assert life.may_read(field, said_by=1, person=2, may_see_key=False) is not tells
    assert life.may_read(field, said_by=1, person=1, may_see_key=False)
    assert life.may_read(field, said_by=1, person=2, may_see_key=True)


@pytest.mark.parametrize(("shown", "refusal"), [
    ("", writing.NotShown), ("old", writing.ChangedSinceShown), ("new", None),
])  # fmt: skip
def test_a_decision_says_what_was_read_and_is_refused_without(shown, refusal):
    if refusal is None:
        writing.check_shown(shown, "new", item="LAW-1")
    else:
        with pytest.raises(refusal) as said:
            writing.check_shown(shown, "new", item="LAW-1")
        assert type(said.value) is refusal
