"""¶26: the score is a pure function of the sealed form and the response events, in whole points."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.rules import ItemKind
from testing_center.rules.scoring import Event, KeyedItem, Outcome, current, score

OPTIONS = ("a", "b", "c", "d")
AREAS = ("law", "psychology", "it")


@st.composite
def forms(draw: st.DrawFn) -> list[KeyedItem]:
    """A form of one to eight items, one right option each."""
    count = draw(st.integers(1, 8))
    return [
        KeyedItem(place, (draw(st.sampled_from(OPTIONS)),), draw(st.integers(1, 3)), draw(st.sampled_from(AREAS)))
        for place in range(1, count + 1)
    ]


def answers(places: int = 8) -> st.SearchStrategy[list[Event]]:
    """Events as the database keeps them: no place has the same epoch and revision twice."""
    event = st.builds(
        Event, position=st.integers(1, places), epoch=st.integers(1, 3), revision=st.integers(1, 5),
        response=st.one_of(st.just(()), st.sampled_from(OPTIONS).map(lambda option: (option,))), is_late=st.booleans(),
    )  # fmt: skip
    return st.lists(event, max_size=24, unique_by=lambda e: (e.position, e.epoch, e.revision, e.is_late))


KEYED = [
    KeyedItem(1, ("a",), 1, "law"),
    KeyedItem(2, ("b",), 2, "it"),
    KeyedItem(3, ("c",), 1, "law"),
]
RIGHT = [Event(1, 1, 1, ("a",)), Event(2, 1, 1, ("b",)), Event(3, 1, 1, ("c",))]


@given(forms(), answers(), st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_read_does_not_matter(form, events, random):
    shuffled = list(events)
    random.shuffle(shuffled)
    assert score(form, shuffled) == score(form, events)


@given(forms(), answers())
def test_a_late_answer_never_changes_the_score(form, events):
    assert score(form, events) == score(form, [event for event in events if not event.is_late])


@given(forms(), answers())
def test_the_score_is_the_sum_of_its_subject_areas_and_never_exceeds_the_maximum(form, events):
    scored = score(form, events)
    assert scored.total == sum(points for _items, points, _maximum in scored.areas.values())
    assert scored.maximum == sum(maximum for _items, _points, maximum in scored.areas.values())
    assert sum(items for items, _points, _maximum in scored.areas.values()) == len(form)
    assert 0 <= scored.total <= scored.maximum


@given(forms(), answers())
def test_the_answer_in_force_is_the_highest_epoch_and_revision_that_came_in_time(form, events):
    in_force = current(events)
    for event in (event for event in events if not event.is_late):
        chosen = in_force[event.position]
        assert (chosen.epoch, chosen.revision) >= (event.epoch, event.revision)


@given(forms(), answers())
def test_an_answer_to_a_place_that_the_form_does_not_have_gives_nothing(form, events):
    stray = [Event(len(form) + 1, 9, 9, (option,)) for option in OPTIONS[:1]]
    assert score(form, events + stray).total == score(form, [e for e in events if e.position <= len(form)]).total


def test_a_right_answer_gives_the_points_of_its_item():
    scored = score(KEYED, RIGHT)
    assert (scored.total, scored.maximum, dict(scored.points)) == (4, 4, {1: 1, 2: 2, 3: 1})
    assert dict(scored.areas) == {"law": (2, 2, 2), "it": (1, 2, 2)}


def test_a_wrong_answer_takes_nothing_away():
    assert score(KEYED, [RIGHT[0], Event(2, 1, 1, ("a",))]).total == 1


def test_no_answer_at_all_scores_nothing():
    assert score(KEYED, []).total == 0


def test_a_later_revision_replaces_an_earlier_one():
    assert score(KEYED, [*RIGHT, Event(2, 1, 2, ("d",))]).total == 2


def test_a_later_epoch_outweighs_any_revision_of_an_earlier_one():
    assert score(KEYED, [Event(1, 1, 99, ("b",)), Event(1, 2, 1, ("a",))]).total == 1


def test_an_empty_answer_withdraws_the_one_before():
    assert score(KEYED, [*RIGHT, Event(3, 1, 2, ())]).total == 3


def test_an_answer_that_came_late_leaves_the_one_in_time_in_force():
    late = replace(RIGHT[1], revision=2, response=("d",), is_late=True)
    assert score(KEYED, [*RIGHT, late]).total == 4


def test_only_exactly_the_key_earns_points():
    two = [KeyedItem(1, ("a", "b"), 1, "law", kind=ItemKind.MULTIPLE_RESPONSE, options=4)]
    assert score(two, [Event(1, 1, 1, ("a",))]).total == 0
    assert score(two, [Event(1, 1, 1, ("a", "b", "c"))]).total == 0
    assert score(two, [Event(1, 1, 1, ("a", "b"))]).total == 1


@pytest.mark.parametrize(("cut", "outcome"), [(3, Outcome.MEETS), (4, Outcome.MEETS), (5, Outcome.DOES_NOT_MEET)])
def test_the_cut_score_exactly_reached_meets_the_requirements(cut, outcome):
    """¶22, 26: 4 points against cut scores on both sides."""
    assert score(KEYED, RIGHT).outcome(cut) == outcome
