"""Nobody calculates back what is withheld: everything that is shown is tried against everything that may have been.

Whoever tries knows the rules by which figures are withheld. A group of one or two people is safe where at least two
numbers of it would have given the same pages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product

import pytest

from question_bank.rules import ItemKind
from question_bank.statistics import disclosure, gathered, itemwise, withheld
from question_bank.statistics.disclosure import Bin
from question_bank.statistics.gathered import Answer, Paper, Question
from question_bank.statistics.withheld import Part, Tally, Told

Counts = tuple[int, ...]  # of each option, the first is the key; the last: left out


def divided(people: int, parts: int) -> Iterator[Counts]:
    """Every way to divide so many people into so many parts."""
    if parts == 1:
        yield (people,)
        return
    for first in range(people + 1):
        for rest in divided(people - first, parts - 1):
            yield first, *rest


def tally(counts: Counts, *, is_named: bool = True, right: int = 1) -> Tally:
    """An item with one point: the first ``right`` rows are right, the last is no answer."""
    people, solved = sum(counts), sum(counts[:right])
    rows: dict[Hashable, int] = dict(enumerate(counts[:-1])) if is_named else {
        place: n for place, n in enumerate(counts[:-1]) if n
    }  # fmt: skip
    if counts[-1]:
        rows[None] = counts[-1]
    keys = frozenset(row for row in rows if isinstance(row, int) and row < right)
    return Tally(
        people, solved, solved, {1: solved, 0: people - solved}, people, rows=rows, right=keys,
        worthless=frozenset(rows.keys() - keys), is_named=is_named,
    )  # fmt: skip


def page(one: Tally, told: Told) -> tuple[Hashable, ...]:
    """All numbers of an item that are shown to somebody who may see the key."""
    shown = [
        (row if one.is_named else row in one.right, n)  # nobody knows how many answers there are that are not shown
        for row, n in one.rows.items() if row not in told.rows and row is not None
    ]  # fmt: skip
    return (
        one.people,
        None if Part.OUTCOME in told.parts else one.some,
        None if Part.SPREAD in told.parts else tuple(sorted(one.levels.items())),
        None if Part.OMITTED in told.parts else one.omitted,
        tuple(sorted(shown, key=str)),
    )


def groups(counts: Counts, right: int = 1) -> dict[str, int]:
    """What somebody would like to know: each wrong answer, and no answer. How many were right is shown to everybody."""
    return {f"answer {place}": n for place, n in enumerate(counts[right:], right)}


def calculated_back(solutions: Mapping[Hashable, Sequence[dict[str, int]]]) -> list[dict[str, int]]:
    """Groups of one or two whose number is the same in everything that gives the same pages."""
    return [
        {name: number}
        for alike in solutions.values()
        for one in alike
        for name, number in one.items()
        if 0 < number < 3 and len({other[name] for other in alike}) == 1
    ]


@pytest.mark.parametrize(("people", "options"), [(10, 2), (11, 3), (10, 4), (13, 4), (17, 3)])
def test_from_a_table_of_options_facility_and_omissions_no_small_group_follows(people, options):
    found = defaultdict(list)
    for counts in divided(people, options + 1):
        one = tally(counts)
        found[page(one, withheld.decide(one))].append(groups(counts))
    assert not calculated_back(found)


def falling(people: int, parts: int, most: int) -> Iterator[Counts]:
    """Ways to divide people into parts none of which is greater than the one before."""
    if parts == 1:
        if people <= most:
            yield (people,)
        return
    for first in range(min(people, most), -1, -1):
        for rest in falling(people - first, parts - 1, first):
            yield first, *rest


def test_from_the_commonest_answers_no_small_group_of_the_others_follows():
    found = defaultdict(list)
    for solved, omitted in product(range(13), range(13)):
        for counts in product(falling(solved, 4, 12), falling(12 - solved - omitted, 6, 12)):
            every = (*counts[0], *counts[1], omitted)
            one = tally(every, is_named=False, right=4)
            told = withheld.decide(one)
            unnamed = {
                "other wrong": sum(n for place, n in enumerate(every[4:-1], 4) if place in told.rows),
                "omitted": omitted,
            }
            if solved > 2:  # fewer are known from the facility
                unnamed["other right"] = sum(n for place, n in enumerate(every[:4]) if place in told.rows)
            found[page(one, told)].append(unnamed)
    assert not calculated_back(found)


@cache
def single(counts: Counts) -> tuple[Tally, Told]:
    """A sitting and what it shows."""
    one = tally(counts)
    return one, withheld.decide(one)


def nearly_alike(people: int) -> list[Counts]:
    """Sittings in which at most two did something else than the rest."""
    return [one for one in divided(people, 3) if max(one) >= people - 2]


@pytest.mark.parametrize("sittings", [[list(divided(10, 3)), list(divided(12, 3))], [nearly_alike(10)] * 3])
def test_from_some_sittings_and_all_together_no_small_group_of_one_follows(sittings):
    found = defaultdict(list)
    for parts in product(*sittings):
        before = [single(counts) for counts in parts]
        whole = tally(tuple(map(sum, zip(*parts, strict=True))))
        pages = [page(*one) for one in before] + [page(whole, withheld.decide(whole, before))]
        found[tuple(pages)].append(
            {f"{n}: {name}": number for n, counts in enumerate(parts) for name, number in groups(counts).items()}
        )
    assert not calculated_back(found)


def test_from_all_together_less_one_sitting_no_small_group_of_the_sittings_too_small_to_be_shown_follows():
    found = defaultdict(list)
    for shown, small in product(list(divided(10, 3)), list(divided(12, 3))):
        before = [single(shown)]
        whole = tally(tuple(a + b for a, b in zip(shown, small, strict=True)))
        found[page(*before[0]), page(whole, withheld.decide(whole, before))].append(groups(small))
    assert not calculated_back(found)


def test_of_an_item_that_a_handful_met_elsewhere_all_together_say_nothing():
    one, other = tally((30, 10, 0)), tally((34, 12, 3))
    assert withheld.decide(other, [(one, withheld.decide(one))]).parts == withheld.EVERYTHING
    assert not withheld.decide(other).parts


def test_where_several_sittings_withhold_all_together_may_show_their_sum_unless_it_has_one_solution():
    sittings = {1: tally((20, 10, 1)), 2: tally((20, 10, 2))}
    for numbers, is_shown in (
        ((2,), False), ((1, 2, 1), False), ((1, 1, 2, 1, 2), True), ((1,) * 5, False), ((2,) * 5, False),
    ):  # fmt: skip
        before = [(sittings[n], withheld.decide(sittings[n])) for n in numbers]
        whole = tally((20 * len(numbers), 10 * len(numbers), sum(numbers)))
        assert (Part.OMITTED not in withheld.decide(whole, before).parts) is is_shown, numbers


def test_several_options_chosen_at_once_hide_those_that_nearly_nobody_or_nearly_everybody_chose():
    marks = Tally(40, 30, 20, {2: 20, 1: 10, 0: 10}, 40, rows={0: 38, 1: 25, 2: 2, 3: 9}, is_exclusive=False)
    assert withheld.decide(marks).rows == {0, 2}  # 38 of 40, and 2
    one = Tally(40, 30, 20, {2: 20, 1: 10, 0: 10}, 40, rows={0: 30, 1: 25, 2: 2, 3: 9}, is_exclusive=False)
    assert withheld.decide(one).rows == {0, 2}  # with part of the points the facility is a sum of all options


def test_the_spread_is_withheld_where_one_or_two_have_a_number_of_points_of_their_own():
    assert Part.SPREAD in withheld.decide(Tally(40, 30, 20, {3: 20, 2: 9, 1: 1, 0: 10}, 40)).parts
    assert not withheld.decide(Tally(40, 30, 20, {2: 20, 1: 10, 0: 10}, 40)).parts


@pytest.mark.parametrize(("timed", "is_shown"), [(9, False), (10, True)])
def test_the_time_of_fewer_than_ten_is_not_shown(timed, is_shown):
    assert (Part.TIME not in withheld.decide(Tally(40, 30, 20, {1: 20, 0: 20}, timed)).parts) is is_shown


def test_languages_of_which_one_or_two_are_right_or_wrong_show_no_facility_and_who_used_both_is_not_counted():
    assert Part.LANGUAGES in withheld.decide(Tally(90, 60, 60, {1: 60, 0: 30}, 90, cells=(40, 5, 20, 2))).parts
    assert withheld.decide(Tally(90, 60, 60, {1: 60, 0: 30}, 90, both=2, cells=(40, 5, 20, 23))).parts == {Part.PEOPLE}
    whole = Tally(180, 120, 120, {1: 120, 0: 60}, 180, cells=(80, 10, 40, 27))
    before = Tally(90, 60, 60, {1: 60, 0: 30}, 90, cells=(40, 5, 20, 25))
    assert Part.LANGUAGES in withheld.decide(whole, [(before, withheld.decide(before))]).parts


# --- groups of the plots


def test_from_the_shares_of_groups_and_their_sum_no_one_or_two_of_a_group_follow():
    for people in ([10, 10], [10, 10, 10], [12, 12], [11, 14], [12, 13, 12]):
        found = defaultdict(list)
        for counts in product(*(range(n + 1) for n in people)):
            if 3 <= sum(counts) <= sum(people) - 3:  # fewer are not shown at all
                shares = disclosure.shares(counts, people)
                found[sum(counts), shares and tuple(shares)].append({f"{place}": n for place, n in enumerate(counts)})
        assert not calculated_back(found), people


def test_a_share_of_a_group_in_which_one_or_two_stand_apart_is_not_shown():
    shown = [disclosure.shares([n], [12]) for n in (0, 1, 2, 3, 9, 10, 11, 12)]
    assert shown == [[0], None, None, [0.25], [0.75], None, None, [1]]


def test_of_the_key_every_group_is_shown_of_a_wrong_option_only_where_it_tells_of_no_one_or_two():
    one = itemwise.item_figures(papers(40, 4), {"a": FORM})[0]
    assert one.answers is not None
    key, wrong, _other = one.answers["options"]
    assert key["upper"] is not None and all(share is not None for share in key["groups"])
    assert wrong["chosen"] == 4 and wrong["upper"] is None


# --- the test as a whole


def papers(people: int, failing: int, form: str = "a", *, language: str = "ky") -> list[Paper]:
    """Everybody but ``failing`` solves the first question; half solve the second."""
    return [
        Paper(form, language, {1: Answer(int(n >= failing), frozenset({int(n < failing)}), 20),
                               2: Answer(n % 2, frozenset({1 - n % 2}), 20)})
        for n in range(people)
    ]  # fmt: skip


def alone(people: int, failing: int) -> list[Paper]:
    """The same of a test of the first question alone."""
    return [Paper(one.form, one.language, {1: one.answers[1]}) for one in papers(people, failing)]


FORM = {
    1: Question("one", ItemKind.SINGLE_CHOICE, 1, 3, frozenset({0})),
    2: Question("two", ItemKind.SINGLE_CHOICE, 1, 3, frozenset({0})),
}


@pytest.mark.parametrize(("failing", "is_shown"), [(0, True), (1, False), (2, False), (3, True)])
def test_how_many_meet_the_requirements_is_not_shown_where_one_or_two_do_not(failing, is_shown):
    found = gathered.exam_figures(alone(40, failing), {"a": {1: FORM[1]}}, 1)
    assert found["is_meet_withheld"] is not is_shown and (found["meet"] is not None) is is_shown


def test_of_all_together_it_is_not_shown_where_one_sitting_withholds_it():
    sittings = [alone(40, 1), alone(40, 20)]
    shown = [gathered.exam_figures(one, {"a": {1: FORM[1]}}, 1) for one in sittings]
    found = gathered.exam_figures([*sittings[0], *sittings[1]], {"a": {1: FORM[1]}}, 1, shown)
    assert found["is_meet_withheld"] and found["meet"] is None


def test_a_form_of_a_handful_takes_the_smallest_other_with_it():
    assert disclosure.forms_shown({"a": 40, "b": 12, "c": 4}) == {"a"}
    assert disclosure.forms_shown({"a": 40, "b": 12, "c": 6, "d": 5}) == {"a", "b"}
    assert disclosure.forms_shown({"a": 40, "b": 12}) == {"a", "b"}
    found = gathered.exam_figures(
        papers(40, 20) + papers(12, 5, "b") + papers(4, 2, "c"), dict.fromkeys("abc", FORM), 1
    )
    assert found["forms"].keys() == {"a"} and found["few"].keys() == {"b", "c"}


def test_a_bar_of_all_sittings_does_not_divide_a_bar_that_one_sitting_alone_has_joined():
    fine, joined = [Bin(0, 4, 5), Bin(5, 9, 8)], [Bin(0, 9, 12)]
    whole = [Bin(0, 4, 7), Bin(5, 9, 18)]
    assert disclosure.bins_of_all(whole, [fine, joined]) == (Bin(0, 9, 25),)
    assert disclosure.bins_of_all(whole, [fine, joined, joined]) == tuple(whole)
    assert disclosure.bins_of_all(whole, [fine, fine]) == tuple(whole)


def test_of_an_item_that_nearly_nobody_solves_the_facility_is_shown_and_not_what_the_few_did():
    one, two = itemwise.item_figures(papers(40, 38), {"a": FORM})
    assert one.figures is not None and one.figures.facility == 0.05 and "outcome" not in one.details["withheld"]
    assert two.details["withheld"] == []
    assert one.answers is not None and None in [row["chosen"] for row in one.answers["options"]]


def test_of_an_item_that_nearly_everybody_solves_the_facility_is_shown_and_not_what_the_others_did():
    one = itemwise.item_figures(papers(40, 2), {"a": FORM})[0]
    assert one.figures is not None and one.figures.facility == 0.95 and one.details["withheld"] == ["omitted"]
    assert one.answers is not None
    assert [row["chosen"] for row in one.answers["options"]][1:] == [None, None]


def test_who_left_out_a_question_at_one_sitting_is_withheld_of_all_together():
    few, many = tally((20, 10, 1)), tally((20, 10, 9))
    whole = tally((40, 20, 10))
    before = [(one, withheld.decide(one)) for one in (few, many)]
    assert Part.OMITTED in before[0][1].parts and Part.OMITTED not in before[1][1].parts
    assert Part.OMITTED in withheld.decide(whole, before).parts
