"""Kinds of questions: what is taken, how a response is read, and what it earns – on both sides of every bound."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.kinds.base import Content, Parts, Wording
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.kinds.numeric import decimal
from question_bank.kinds.registry import KINDS, kind_of
from question_bank.rules import ItemKind

IDS = tuple(f"o{n}" for n in range(6))
TARGETS = tuple(f"t{n}" for n in range(6))
single, multiple, true_false = kind_of("single_choice"), kind_of("multiple_response"), kind_of("true_false")
ordering, matching, numeric = kind_of("ordering"), kind_of("matching"), kind_of("numeric")


def texts(count, word="Жооп"):
    return tuple(Wording(f"{word} {n}", f"Ответ {word} {n}") for n in range(count))


def codes(kind, *, options=0, targets=0, key=(), is_partial=False):
    given = TRUE_FALSE if kind is true_false and options == 2 else texts(options)
    content = Content(given, texts(targets, "Оң"), kind.canonical(key) if key else (), is_partial)
    return [code for code, _sentence, _column in kind.check(content)]


# --- what is taken


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (single, {"options": 2, "key": (1,)}), (single, {"options": 6, "key": (5,)}),
        (multiple, {"options": 3, "key": (0, 2)}), (multiple, {"options": 6, "key": (5,), "is_partial": True}),
        (true_false, {"options": 2, "key": (1,)}), (ordering, {"options": 3, "key": (2, 0, 1)}),
        (matching, {"options": 2, "targets": 2, "key": ((0, 1), (1, 1))}),
        (matching, {"options": 2, "targets": 6, "key": ((0, 5), (1, 0)), "is_partial": True}),
        (numeric, {"key": ("3,50", "0.1")}), (numeric, {"key": ("-2",)}),
    ],
)  # fmt: skip
def test_a_whole_question_is_taken(kind, facts):
    assert codes(kind, **facts) == []


@pytest.mark.parametrize(
    ("kind", "facts", "code"),
    [
        (single, {"options": 1, "key": (0,)}, "options_too_few"),
        (single, {"options": 7, "key": (0,)}, "options_too_many"),
        (single, {"options": 4}, "no_correct"), (single, {"options": 4, "key": (0, 1)}, "several_correct"),
        (single, {"options": 4, "key": (4,)}, "correct_beyond_options"),
        (single, {"options": 4, "key": (0,), "is_partial": True}, "partial"),
        (single, {"options": 4, "targets": 1, "key": (0,)}, "targets_too_many"),
        (multiple, {"options": 2, "key": (0,)}, "options_too_few"),
        (multiple, {"options": 3, "key": (0, 1, 2)}, "all_correct"),
        (ordering, {"options": 2, "key": (0, 1)}, "options_too_few"),
        (ordering, {"options": 3, "key": (0, 1)}, "order_incomplete"),
        (ordering, {"options": 3, "key": (0, 1, 1)}, "order_incomplete"),
        (ordering, {"options": 3}, "order_incomplete"),
        (matching, {"options": 2, "targets": 1, "key": ((0, 0), (1, 0))}, "targets_too_few"),
        (matching, {"options": 2, "targets": 2, "key": ((0, 0),)}, "match_missing"),
        (matching, {"options": 2, "targets": 2, "key": ((0, 0), (0, 1))}, "match_missing"),
        (matching, {"options": 2, "targets": 2, "key": ((0, 0), (1, 2))}, "match_beyond"),
        (numeric, {}, "number"), (numeric, {"key": ("three", "0")}, "number"),
        (numeric, {"key": ("3", "-0.1")}, "tolerance"),
        (numeric, {"key": ("3", "wide")}, "tolerance"),
        (numeric, {"options": 1, "key": ("3", "0")}, "options_too_many"),
    ],
)  # fmt: skip
def test_a_question_with_a_fault_is_refused_by_the_name_of_the_fault(kind, facts, code):
    assert code in codes(kind, **facts)


def test_true_or_false_has_its_own_two_options_in_their_order():
    content = Content(TRUE_FALSE[::-1], (), (0,))
    assert [code for code, *_ in true_false.check(content)] == ["true_false"]
    assert not true_false.shuffles


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: str(kind.name))
def test_every_kind_names_itself_and_says_what_to_do(kind):
    assert str(kind.label) and str(kind.instruction) and str(kind.misread)


def test_every_kind_of_the_vocabulary_is_there():
    assert set(KINDS) == set(ItemKind)


# --- how a response is read

FOUR = Parts(IDS[:4], TARGETS[:4])


@pytest.mark.parametrize(
    ("kind", "response", "kept"),
    [
        (single, [], ()), (single, ["o2"], ("o2",)), (single, ["o2", "o1"], None), (single, ["o9"], None),
        (single, [7], None),
        (multiple, ["o2", "o1"], ("o1", "o2")), (multiple, ["o1", "o1"], None), (multiple, ["o1", "t1"], None),
        (ordering, [], ()), (ordering, ["o3", "o0", "o2", "o1"], ("o3", "o0", "o2", "o1")),
        (ordering, ["o0", "o1"], None),
        (ordering, ["o0", "o0", "o1", "o2"], None), (ordering, ["o0", "o1", "o2", 3], None),
        (matching, ["o1:t0", "o0:t3"], ("o0:t3", "o1:t0")), (matching, ["o0:t1", "o0:t2"], None),
        (matching, ["o0"], None),
        (matching, ["t0:o0"], None), (matching, ["o0:t0:t1"], None), (matching, [["o0", "t0"]], None),
        (numeric, [], ()), (numeric, ["1 234,50"], ("1234.5",)), (numeric, ["−0,0"], ("0",)), (numeric, ["1e5"], None),
        (numeric, ["1", "2"], None), (numeric, [""], None), (numeric, [5], None), (numeric, ["NaN"], None),
        (numeric, ["١٢"], None),
    ],
)  # fmt: skip
def test_a_response_is_kept_in_one_way_of_writing_or_not_understood(kind, response, kept):
    assert kind.read(response, FOUR) == kept


@given(st.lists(st.one_of(st.text(), st.integers(), st.none(), st.lists(st.text())), max_size=8))
def test_nothing_that_comes_in_makes_a_kind_stumble(response):
    for kind in KINDS.values():
        kept = kind.read(response, FOUR)
        assert kept is None or kind.read(kept, FOUR) == kept


@given(st.decimals(-(10**15) + 1, 10**15 - 1, places=8))
def test_a_decimal_is_kept_exactly(number):
    kept = decimal(str(format(number, "f")))
    assert kept is not None and Fraction(kept) == Fraction(number) and decimal(kept) == kept


# --- what it earns


def earned(kind, key, response, *, points=1, options=4, is_partial=False):
    bound = kind.bind(kind.canonical(key), Parts(IDS[:options], TARGETS[:4]))
    return kind.earned(bound, tuple(response), points, options=options, is_partial=is_partial)


@pytest.mark.parametrize(
    ("kind", "key", "response", "points"),
    [
        (single, (2,), ["o2"], 1), (single, (2,), ["o1"], 0), (single, (2,), [], 0),
        (multiple, (0, 2), ["o0", "o2"], 1), (multiple, (0, 2), ["o0"], 0), (multiple, (0, 2), ["o0", "o1", "o2"], 0),
        (ordering, (2, 0, 1, 3), ["o2", "o0", "o1", "o3"], 1), (ordering, (2, 0, 1, 3), ["o0", "o1", "o2", "o3"], 0),
        (matching, ((0, 1), (1, 1)), ["o0:t1", "o1:t1"], 1), (matching, ((0, 1), (1, 1)), ["o0:t1"], 0),
        (numeric, ("3.5", "0.1"), ["3.4"], 1), (numeric, ("3.5", "0.1"), ["3.6"], 1),
        (numeric, ("3.5", "0.1"), ["3.39999"], 0),
        (numeric, ("3.5", "0.1"), ["3.60001"], 0), (numeric, ("0.3", "0"), ["0.3"], 1), (numeric, ("0.3", "0"), [], 0),
    ],
)  # fmt: skip
def test_all_the_points_or_none(kind, key, response, points):
    assert earned(kind, key, response) == points
    assert earned(kind, key, response, points=5) == 5 * points


@pytest.mark.parametrize(
    ("response", "points"),
    [
        ([], 0), (["o0"], 2), (["o0", "o1"], 4), (["o2"], 0), (["o0", "o2"], 0), (["o0", "o1", "o2"], 2),
        (["o0", "o1", "o2", "o3"], 0),
    ],
)  # fmt: skip
def test_partial_credit_of_multiple_response_is_the_share_of_right_less_the_share_of_wrong(response, points):
    assert earned(multiple, (0, 1), response, points=4, is_partial=True) == points


def test_partial_credit_is_rounded_down_and_one_point_is_not_divided():
    assert earned(multiple, (0, 1, 2), ["o0", "o1"], points=2, is_partial=True) == 1
    assert earned(multiple, (0, 1, 2), ["o0", "o1"], points=1, is_partial=True) == 0
    assert (
        earned(matching, ((0, 0), (1, 1), (2, 2)), ["o0:t0", "o1:t1", "o2:t0"], points=5, options=3, is_partial=True)
        == 3
    )


@given(
    st.sets(st.integers(0, 5), min_size=1, max_size=5), st.sets(st.sampled_from(IDS)), st.integers(1, 10), st.booleans()
)
def test_no_response_earns_less_than_nothing_or_more_than_all(key, chosen, points, is_partial):
    found = earned(multiple, tuple(key), sorted(chosen), points=points, options=6, is_partial=is_partial)
    assert 0 <= found <= points
    assert (found == points) == (chosen == {IDS[index] for index in key})


@given(st.permutations(range(4)))
def test_of_all_orders_exactly_one_is_right(key):
    right = [order for order in permutations(IDS[:4]) if earned(ordering, key, order)]
    assert right == [tuple(IDS[index] for index in key)]


# --- in words


def test_a_response_is_read_as_people_write_it():
    said = {"o0": "Бишкек", "t1": "борбор", "o1": "Ош"}
    assert multiple.words(("o0", "o1"), said) == ["Бишкек", "Ош"]
    assert matching.words(("o0:t1",), said) == ["Бишкек → борбор"]
    assert numeric.words(("3.5",), {}) == ["3,5"]
    assert numeric.key_words(("3.5", "0.1"), {}) == ["3,5 ± 0,1"]
    assert numeric.key_words(("3.5", "0"), {}) == ["3,5"]


# --- as it is written, and as it is stored


@given(st.permutations(range(4)), st.randoms(use_true_random=False))
def test_lines_are_stored_in_any_order_and_the_right_one_is_not_lost(key, random):
    written = Content(texts(4), (), tuple(key))
    stored = ordering.scatter(written, random)
    assert sorted(line.ky for line in stored.options) == sorted(line.ky for line in written.options)
    assert ordering.tidy(stored) == ordering.tidy(written)
    assert ordering.tidy(written).options == tuple(written.options[index] for index in key)
    assert ordering.tidy(written).key == (0, 1, 2, 3)


@given(st.lists(st.integers(0, 4), min_size=4, max_size=4), st.randoms(use_true_random=False))
def test_targets_are_stored_in_any_order_and_no_match_is_lost(rights, random):
    written = Content(texts(4), texts(5, "Оң"), tuple(enumerate(rights)))

    def matches(content):
        return {content.options[left].ky: content.targets[right].ky for left, right in content.key}

    stored = matching.scatter(written, random)
    assert matches(stored) == matches(written) == matches(matching.tidy(stored))
    tidy = matching.tidy(written)
    firsts = list(dict.fromkeys(right for _left, right in tidy.key))
    assert firsts == list(range(len(firsts)))


@given(st.randoms(use_true_random=False))
def test_without_the_key_every_text_is_there_and_only_the_answers_that_all_have_keep_their_order(random):
    choice = Content(texts(6), texts(4, "Оң"), (0,))
    veiled = single.veiled(choice, random)
    assert veiled.key == () and sorted(veiled.options, key=lambda one: one.ky) == list(choice.options)
    assert sorted(veiled.targets, key=lambda one: one.ky) == list(choice.targets)
    assert true_false.veiled(Content(TRUE_FALSE, (), (1,)), random) == Content(TRUE_FALSE, (), ())


def test_storing_scatters():
    from random import Random

    written = Content(texts(6), (), tuple(range(6)))
    assert len({ordering.scatter(written, Random(seed)).key for seed in range(50)}) > 40
