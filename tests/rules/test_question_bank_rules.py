"""What the department may do with items, blueprints and specifications (¶21–24, 29)."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from question_bank import rules
from question_bank.rules import Candidate, Cell, ItemStatus, SpecificationStatus
from regulation.law import CURRENT

SEEDS = st.integers(0, 2**32).map(Random)
LEVELS = st.sampled_from([1, 2, 3])
PLACES = st.tuples(st.sampled_from(["law", "psychology"]), st.sampled_from(["one", "two"]), LEVELS)


def bank(*places: tuple[str, str, int], enemies: dict[int, set[int]] | None = None) -> list[Candidate]:
    """Candidates ``0``, ``1`` … at the given places; ``enemies`` by number, named on one side only."""
    named = enemies or {}
    return [
        Candidate(str(n), area, topic, level, frozenset(map(str, named.get(n, ()))))
        for n, (area, topic, level) in enumerate(places)
    ]


def fill(cells: list[Cell], chosen: list[Candidate]) -> bool:
    """Whether the chosen items can be dealt out to the cells, each to one, every cell full and none left over."""
    left = list(chosen)
    for cell in sorted(cells, key=lambda cell: cell.sub_topic is None):
        fitting = [item for item in left if item.fits(cell)][: cell.count]
        if len(fitting) < cell.count:
            return False
        left = [item for item in left if item not in fitting]
    return not left


def test_every_cell_that_the_bank_cannot_fill_is_named_with_what_it_has():
    found = rules.shortages(
        [Cell("law", 1, 2), Cell("law", 2, 1), Cell("psychology", 3, 1)], bank(("law", "one", 1), ("law", "one", 2))
    )
    assert {(short.cell.area, short.cell.difficulty, short.available) for short in found} == {
        ("law", 1, 1), ("psychology", 3, 0),
    }  # fmt: skip


def test_an_item_taken_by_a_sub_topic_is_not_counted_again_for_its_whole_area():
    both = [Cell("law", 1, 1, "one"), Cell("law", 1, 1)]
    assert [short.cell for short in rules.shortages(both, bank(("law", "one", 1)))] == [Cell("law", 1, 1)]
    assert rules.shortages(both, bank(("law", "one", 1), ("law", "two", 1))) == []


def test_the_order_of_the_cells_does_not_make_a_shortage():
    wide_first = [Cell("law", 1, 1), Cell("law", 1, 1, "one")]
    assert rules.shortages(wide_first, bank(("law", "one", 1), ("law", "two", 1))) == []


@given(places=st.lists(PLACES, min_size=1, max_size=30), wanted=st.data(), random=SEEDS, forms=st.integers(1, 4))
def test_every_cell_of_every_form_is_filled_with_different_items(places, wanted, random, forms):
    items = bank(*places)
    counts = Counter((area, level) for area, _topic, level in places)
    cells = [
        Cell(area, level, n)
        for (area, level), most in counts.items()
        if (n := wanted.draw(st.integers(0, most), label=f"{area} {level}"))
    ]
    drawn = rules.draw(cells, items, forms, random=random)
    by_id = {item.id: item for item in items}
    assert len(drawn) == forms
    for form in drawn:
        assert len(set(form)) == len(form)
        assert fill(cells, [by_id[chosen] for chosen in form])


@given(random=SEEDS)
def test_enemies_never_stand_in_one_form_whichever_of_them_names_the_other(random):
    items = bank(*[("law", "one", 1)] * 6, enemies={0: {1}, 3: {2}})
    for form in rules.draw([Cell("law", 1, 4)], items, 3, random=random):
        assert not {"0", "1"} <= set(form)
        assert not {"2", "3"} <= set(form)


@given(random=SEEDS)
def test_parallel_forms_share_nothing_where_the_bank_is_large_enough(random):
    first, second, third = rules.draw([Cell("law", 1, 4)], bank(*[("law", "one", 1)] * 12), 3, random=random)
    assert len({*first, *second, *third}) == 12


@given(random=SEEDS)
def test_parallel_forms_share_as_few_items_as_a_small_bank_allows(random):
    first, second = rules.draw([Cell("law", 1, 4)], bank(*[("law", "one", 1)] * 6), 2, random=random)
    assert len({*first, *second}) == 6


def test_a_bank_that_is_short_is_refused_by_name_and_not_drawn_from():
    with pytest.raises(rules.BlueprintShort) as refused:
        rules.draw([Cell("law", 1, 3), Cell("law", 2, 1)], bank(("law", "one", 1)), 1, random=Random(1))
    assert refused.value.params["shortages"] == "law · 1: 1 / 3; law · 2: 0 / 1"


def test_a_cell_that_enemies_leave_unfilled_is_refused():
    with pytest.raises(rules.BlueprintShort):
        rules.draw([Cell("law", 1, 2)], bank(*[("law", "one", 1)] * 2, enemies={0: {1}}), 1, random=Random(1))


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
    rules.check_may_decide(ItemStatus.IN_REVIEW, person="approver", hands={"author", "editor"})
    with pytest.raises(rules.OwnItem):
        rules.check_may_decide(ItemStatus.IN_REVIEW, person="editor", hands={"author", "editor"})


@pytest.mark.parametrize("status", [ItemStatus.DRAFT, ItemStatus.RETURNED, ItemStatus.APPROVED])
def test_only_what_waits_for_a_decision_is_decided(status):
    with pytest.raises(rules.NotInReview):
        rules.check_may_decide(status, person="approver", hands=set())


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
