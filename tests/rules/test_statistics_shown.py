"""What is shown of figures, and what is not: groups, thresholds, plots that can be read."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.rules import ItemKind
from question_bank.statistics import disclosure, gathered, groups, itemwise, maps, plots, shapes
from question_bank.statistics.gathered import Answer, Paper, Question
from question_bank.statistics.items import Flag
from question_bank.statistics.maps import Spot

SCORES = st.lists(st.integers(0, 60), min_size=10, max_size=300)

# --- groups


@given(SCORES)
def test_equals_stay_in_one_group_and_no_group_is_smaller_than_ten(scores):
    found = groups.by_score(scores)
    assert len(found) != 1 and len(found) <= groups.GROUPS_MOST
    if found:
        assert sorted(place for group in found for place in group) == list(range(len(scores)))
        assert min(map(len, found)) >= 10
        for low, high in pairwise(found):
            assert max(scores[place] for place in low) < min(scores[place] for place in high)


def test_groups_are_of_about_equal_size_where_no_two_are_equal():
    assert [len(group) for group in groups.by_score(random.Random(1).sample(range(100), 100))] == [20] * 5
    assert [len(group) for group in groups.by_score(list(range(29)))] == [15, 14]
    assert groups.by_score(list(range(19))) == ()


def test_the_interval_is_the_published_one():
    """Wilson's interval for 81 of 263, as in Newcombe (1998), Statistics in Medicine 17, table I: 0.2553 to 0.3662."""
    low, high = groups.wilson(81 / 263, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert groups.wilson(0, 20)[0] == 0 and groups.wilson(1, 20)[1] == 1
    assert round(groups.wilson(0, 20)[1], 4) == 0.1611  # the same table: 0 of 20


# --- thresholds


@given(SCORES, st.integers(0, 60))
def test_no_bar_stands_for_one_or_two_people_and_everybody_is_in_one(scores, cut_score):
    width, bins = disclosure.score_bins(scores, 60, cut_score)
    assert sum(one.people for one in bins) == len(scores)
    assert all(one.people >= 3 or one.people == 0 for one in bins) and bins[0].people and bins[-1].people
    for one, other in pairwise(bins):
        assert one.high < other.low
    counted = Counter(scores)
    assert all(one.people == sum(counted[score] for score in range(one.low, one.high + 1)) for one in bins)
    assert width >= 1
    below = sum(score < cut_score for score in scores)
    if cut_score and 3 <= below <= len(scores) - 3:
        assert not [one for one in bins if one.low < cut_score <= one.high]  # no bar lies on both sides


def test_of_nine_people_no_bar_is_shown():
    assert disclosure.score_bins([5] * 9, 10, 5)[1] == ()
    assert disclosure.score_bins([5] * 10, 10, 5)[1] == (disclosure.Bin(5, 5, 10),)


def numeric(given_: list[str | None], points: list[int]) -> dict[str, Any]:
    """What is told of the answers to a question without options, which is the only one."""
    sat = [Paper("a", "ky", {1: Answer(earned, one)}) for one, earned in zip(given_, points, strict=True)]
    [found] = itemwise.item_figures(sat, {"a": {1: Question("one", ItemKind.NUMERIC, 1, 0)}})
    assert found.answers is not None
    return found.answers


def test_an_answer_of_one_or_two_people_stands_with_the_others():
    found = numeric(["12.5"] * 5 + ["13"] * 3 + ["7", "7", "666"] + [None] * 4, [1] * 5 + [0] * 10)
    assert found["common"] == [["12.5", 5, 1, 0], ["13", 3, 0, 0]]
    assert (found["others"], found["omitted"]) == (3, 4)


def test_where_one_or_two_left_it_out_they_stand_with_the_others():
    found = numeric(["12.5"] * 5 + ["13"] * 4 + ["7", "7"] + [None], [1] * 5 + [0] * 7)
    assert found["common"] == [["12.5", 5, 1, 0], ["13", 4, 0, 0]]
    assert (found["others"], found["omitted"]) == (3, None)


def test_no_more_than_ten_answers_are_shown():
    found = numeric([str(number) for number in range(15) for _ in range(3)], [1] * 9 + [0] * 36)
    assert len(found["common"]) == 10 and found["others"] == 15


# --- gathering


def papers(people: int, *, form: str = "a", void: bool = False, language: str | None = "ky") -> list[Paper]:
    """Papers with two questions: the first is solved by the first half."""
    return [
        Paper(form, language, {1: Answer(int(void or n < people / 2), frozenset({n % 3})), 2: Answer(n % 2, "1")})
        for n in range(people)
    ]


def form(*, void: bool = False) -> dict[int, Question]:
    """A form of two questions."""
    return {
        1: Question("one", ItemKind.SINGLE_CHOICE, 1, 3, frozenset({0}), void),
        2: Question("two", ItemKind.NUMERIC, 1, 0),
    }


def test_of_nine_papers_nothing_is_said_and_of_ten_something():
    assert gathered.exam_figures(papers(9), {"a": form()}, 1) == {}
    assert gathered.exam_figures(papers(10), {"a": form()}, 1)["people"] == 10
    few, enough = (itemwise.item_figures(papers(n), {"a": form()})[0] for n in (9, 10))
    assert (few.people, few.figures, few.answers, "groups" in few.details) == (9, None, None, False)
    assert enough.figures is not None and enough.answers is not None


def test_a_question_that_is_void_on_every_form_says_only_what_was_answered():
    one, two = itemwise.item_figures(papers(40, void=True), {"a": form(void=True)})
    assert one.details["void"] and one.figures is not None and one.answers is not None
    assert one.figures.facility is one.figures.discrimination is None and not one.figures.flags
    assert not two.details["void"] and two.figures is not None and two.figures.facility == 0.5
    whole = gathered.exam_figures(papers(40, void=True), {"a": form(void=True)}, 2)
    assert (
        whole["mean"] == 1.5 and whole["void"] == 1 and whole["alpha"] is None
    )  # one question is left: no reliability


def test_a_form_that_few_people_sat_has_no_figures_of_its_own():
    three = papers(30) + papers(20, form="b") + papers(9, form="c")
    found = gathered.exam_figures(three, dict.fromkeys("abc", form()), 1)
    assert found["people"] == 59 and found["forms"].keys() == {"a"} and found["few"] == {"b": 20, "c": 9}


@pytest.mark.parametrize(("russian", "is_compared"), [(29, False), (30, True)])
def test_languages_are_compared_from_thirty_people_in_each(russian, is_compared):
    found = itemwise.item_figures(papers(60) + papers(russian, language="ru"), {"a": form()})[0]
    assert found.details["languages"]["people"] == ({"ky": 60, "ru": russian} if is_compared else None)
    assert (found.details["languages"]["facility"] is not None) is is_compared


def test_who_answered_in_both_languages_is_not_compared():
    found = itemwise.item_figures(papers(60) + papers(40, language=None), {"a": form()})[0]
    assert found.people == 100 and not found.details["languages"]["is_enough"]


def test_a_large_difference_between_languages_is_flagged():
    chance = random.Random(2)
    sat = []
    for number in range(400):
        able, language = chance.random(), ("ky", "ru")[number % 2]
        answers = {place: Answer(int(chance.random() < able), "1") for place in range(2, 12)}
        answers[1] = Answer(int(chance.random() < (0.9 if language == "ky" else 0.3)), "1")
        sat.append(Paper("a", language, answers))
    questions = {place: Question(f"{place:02}", ItemKind.NUMERIC, 1, 0) for place in range(1, 12)}
    found = {one.version: one for one in itemwise.item_figures(sat, {"a": questions})}
    flagged = {name for name, one in found.items() if one.figures and Flag.LANGUAGES in one.figures.flags}
    assert flagged == {"01"} and found["01"].details["languages"]["delta"] < -1.5


# --- plots


def inside(picture: shapes.Picture) -> bool:
    """Whether every shape lies on the picture, letters as wide as they are taken to be."""
    for shape in picture.shapes:
        match shape:
            case shapes.Label():
                room = len(shape.text) * 12 * 0.5
                left = shape.x - {"start": 0.0, "middle": room / 2, "end": room}[shape.anchor]
                points = [(left, shape.y - 9), (left + room, shape.y)]
            case shapes.Box():
                points = [(shape.x, shape.y), (shape.x + shape.width, shape.y + shape.height)]
            case shapes.Way():
                points = list(shape.points)
            case shapes.Dot():
                points = [(shape.x, shape.y)]
            case shapes.Line():
                points = [(shape.x1, shape.y1), (shape.x2, shape.y2)]
        if any(not (-1 <= x <= picture.width + 1 and -1 <= y <= picture.height + 1) for x, y in points):
            return False
    return True


@given(SCORES, st.integers(0, 60))
def test_scores_are_drawn_within_the_picture_and_the_areas_are_the_people(scores, cut_score):
    width, bins = disclosure.score_bins(scores, 60, cut_score)
    picture = plots.distribution([[one.low, one.high, one.people] for one in bins], width, cut_score, 60)
    bars = [shape for shape in picture.shapes if isinstance(shape, shapes.Box)]
    assert inside(picture) and len(bars) == len(bins) == len(picture.rows)
    areas = [(bar.width + 1.5) * bar.height / one.people for bar, one in zip(bars, bins, strict=True) if one.people]
    assert max(areas) == pytest.approx(min(areas))
    for bar, one in zip(bars, bins, strict=True):
        assert (bar.role == "bar") is (one.high >= cut_score)


def group(low: int, share: float) -> dict[str, float]:
    """A stored group."""
    return {"low": low, "high": low + 9, "people": 20, "score": low, "share": share, "least": share / 2, "most": 1.0}


def test_the_item_characteristic_shows_each_group_with_its_interval():
    picture = plots.characteristic([group(0, 0.2), group(10, 0.5), group(20, 0.9)])
    dots = [shape for shape in picture.shapes if isinstance(shape, shapes.Dot)]
    assert inside(picture) and [dot.y for dot in dots] == sorted((dot.y for dot in dots), reverse=True)
    assert picture.rows[0] == ("0–9", "20", "20 %", "10 % … 100 %")
    assert sum(getattr(shape, "role", "") == "whisker" for shape in picture.shapes) == 9


def test_the_small_drawing_says_the_same_as_the_large_one():
    stored = [group(0, 0.2), group(10, 0.5), group(20, 0.9)]
    small, large = plots.small_characteristic(stored), plots.characteristic(stored)
    assert inside(small) and small.rows == large.rows and small.width < large.width
    assert sum(isinstance(shape, shapes.Dot) for shape in small.shapes) == 3


def test_options_are_named_by_letters_that_do_not_cover_each_other():
    options = [{"option": n, "is_key": n == 1, "chosen": 9, "groups": [0.25, 0.26 if n else 0.9]} for n in range(6)]
    picture = plots.traces([group(0, 0.2), group(10, 0.5)], options)
    named = [shape for shape in picture.shapes if isinstance(shape, shapes.Label) and shape.x > 275]
    assert inside(picture) and [label.text[0] for label in named] == list("ABCDEF") and "(" in named[1].text
    heights = sorted(label.y for label in named)
    assert all(high - low >= 12 for low, high in pairwise(heights))
    assert [way.role for way in picture.shapes if isinstance(way, shapes.Way)].count("trace-key") == 1


def test_an_option_that_is_not_shown_stands_in_no_group_of_the_drawing_nor_of_its_table():
    options = [
        {"option": n, "is_key": n == 1, "chosen": chosen, "groups": [0.05 * n, 0.1]}
        for n, chosen in enumerate((None, 3, 9))
    ]
    picture = plots.traces([group(0, 0.2), group(10, 0.5)], options)
    assert picture.heads[1:] == ("B", "C") and picture.rows[0][1:] == ("5 %", "10 %")
    assert sum(isinstance(shape, shapes.Way) for shape in picture.shapes) == 2


@pytest.mark.parametrize("seed", range(6))
def test_numbers_on_the_map_never_overlap(seed):
    chance = random.Random(seed)
    spread = 0.02 if seed % 2 else 0.2
    spots = [
        Spot(n, min(1, max(0, chance.gauss(0.6, spread))), chance.gauss(0.35, spread), n % 9 == 0) for n in range(1, 81)
    ]
    picture = maps.item_map(spots)
    numbers = [
        shape for shape in picture.shapes if isinstance(shape, shapes.Label) and shape.role in ("small", "said-heed")
    ]
    assert inside(picture) and {label.text for label in numbers} == {str(n) for n in range(1, 81)}
    rooms = [(label.x - len(label.text) * 3, label.y - 8, label.x + len(label.text) * 3, label.y) for label in numbers]
    assert not [pair for pair in combinations(rooms, 2) if maps.overlap(*pair)]
    assert len(picture.rows) == 80


def test_with_hundreds_of_questions_only_those_to_look_at_bear_a_number():
    spots = [Spot(n, n / 300, 0.3, n % 50 == 0) for n in range(1, 300)]
    numbers = [shape for shape in maps.item_map(spots).shapes if getattr(shape, "role", "") in ("small", "said-heed")]
    assert len(numbers) == 5


def test_on_the_map_of_languages_those_that_differ_bear_their_number():
    picture = maps.language_map([Spot(1, 0.5, 0.52, word="A"), Spot(2, 0.9, 0.3, True, "C")])
    numbers = [shape.text for shape in picture.shapes if getattr(shape, "role", "") == "said-heed"]
    assert inside(picture) and numbers == ["2"] and picture.rows[1] == ("2", "90 %", "30 %", "C")


@given(st.lists(st.floats(0, 200), min_size=1, max_size=6))
def test_what_is_spread_keeps_its_order_and_its_distance(wanted):
    found = plots.spread(wanted, 13, 0, 200)
    order = sorted(range(len(wanted)), key=lambda place: (wanted[place], place))
    assert all(found[high] - found[low] >= 13 - 1e-9 for low, high in pairwise(order))
    assert min(found) >= -1e-9 and max(found) <= 200 + 1e-9


@pytest.mark.parametrize(
    ("value", "text"), [(0.414, "0,41"), (-0.2, "−0,20"), (-0.001, "0,00"), (None, "–"), (12, "12,00")]
)
def test_figures_are_written_as_people_write_them(value, text):
    assert shapes.number(value) == text


@given(st.floats(0.5, 20000))
def test_the_axis_ends_at_or_above_the_highest_in_few_round_steps(most):
    found = plots.steps(most)
    assert found[0] == 0 and found[-1] >= most and len(found) <= 6
