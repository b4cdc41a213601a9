"""What is told of tie-breaks without points is what happened: declined, barred (¶28), nobody came (¶29)."""

from __future__ import annotations

from typing import Any

import pytest

from ranking.documents import ranking
from ranking.rules.told import Out, Told, Vain, told
from tests.rules import ranking_paper_examples as example
from tests.rules.paper_examples import CONTENT_DIGEST
from tests.rules.reading import text

NO, BARRED, AWAY = "declined", "barred", "absent"


def a_round(state: str, *absences: str | None, counts: bool = True) -> dict[str, Any]:
    """A tie-break between a, b …, each with why they have no points."""
    absent = dict(zip("abc", absences, strict=False))
    return {
        "round": 1, "place": 1, "items": 3, "deadline_at": "2026-11-30T07:10:00Z", "state": state, "counts": counts,
        "candidates": list(absent), "absent": {code: why for code, why in absent.items() if why},
    }  # fmt: skip


def content(*rounds: dict[str, Any], places: tuple[int, ...] = (1, 1), **changes: Any) -> dict[str, Any]:
    """A ranking with these rounds; a, b … have these places."""
    rows = [
        {"place": place, "code": code, "main": 8, "tie_breaks": [], "total": 8}
        for code, place in zip("abc", places, strict=False)
    ]
    return example.ranking(ranking=rows, tie_breaks=list(rounds), winner=None, reserve=[], **changes)


@pytest.mark.parametrize(
    ("absences", "out"), [((NO, None), Out.DECLINED), ((NO, None, BARRED), Out.DECLINED_OR_BARRED)]
)
def test_why_the_others_of_one_who_was_left_alone_are_out(absences, out):
    assert told(content(a_round("uncontested", *absences), places=(2, 1, 2))) == Told(alone=out)
    assert told(content(a_round("uncontested", *absences, counts=False), places=(2, 1, 2))) == Told()


@pytest.mark.parametrize(
    ("first", "second", "vain"),
    [
        ((AWAY, AWAY), (AWAY, AWAY), Vain.NOBODY_CAME),
        ((AWAY, BARRED), (AWAY, BARRED), Vain.NOBODY_CAME),  # one was expected
        ((NO, BARRED), (NO, BARRED), Vain.NOBODY_EXPECTED),
        ((NO, NO), (BARRED, BARRED), Vain.NOBODY_EXPECTED),
        ((AWAY, AWAY), (NO, NO), Vain.MIXED),
        ((NO, BARRED), (AWAY, AWAY), Vain.MIXED),
    ],
)
def test_what_became_of_two_rounds_that_nobody_took_part_in(first, second, vain):
    said = content(a_round("held", *first), a_round("held", *second))
    assert told(said) == Told(vain=vain)
    found = text(ranking.draw(said, CONTENT_DIGEST))
    assert [one for one in Vain if ranking.IN_VAIN[one][1] in found] == [vain]
    assert [one for one in Vain if ranking.IN_VAIN[one][0] in found] == [vain]


def test_rounds_between_others_or_with_points_or_only_one_tell_nothing():
    held = a_round("held", NO, NO)
    assert told(content(held)) == Told()
    assert told(content(held, held, places=(1, 2))) == Told()
    assert told(content(held, a_round("held", NO, None))) == Told()
    assert told(content(held, a_round("lapsed", NO, NO, counts=False))) == Told()


def test_the_paper_says_of_nobody_that_they_declined_who_is_barred():
    found = text(ranking.draw(content(a_round("uncontested", NO, None, BARRED), places=(2, 1, 2)), CONTENT_DIGEST))
    assert [one for one in Out if ranking.ALONE[one][1].format(code="b") in found] == [Out.DECLINED_OR_BARRED]
    assert [one for one in Out if ranking.ALONE[one][0].format(code="b") in found] == [Out.DECLINED_OR_BARRED]
    assert ranking.BEHIND[0] not in found and ranking.BEHIND[1] not in found
    found = text(ranking.draw(content(a_round("uncontested", NO, None), places=(2, 1)), CONTENT_DIGEST))
    assert ranking.ALONE[Out.DECLINED][1].format(code="b") in found and ranking.BEHIND[1] in found
