"""From everybody's answers to every figure of a test and its items: pure, and without a name, a code or a person.

A paper is one person's test: its form, its language, and at each place the points, the answer and the time. What is
void gives its points to everybody, says nothing, and is left out of all figures but the scores themselves.

Several forms of one test are balanced in difficulty (ADR 0020), so scores are put together; reliability, which needs
the items themselves, is found for each form, and the figure of the test is the mean of its forms, weighted by people
(of the standard error of measurement: the root of the mean square). Where an item is void on one form only, the scores
that items are compared with lack it there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

from question_bank.rules import ItemKind
from question_bank.statistics import disclosure, moments, whole
from question_bank.statistics.disclosure import LEAST_PEOPLE

Given = frozenset[int] | tuple[int, ...] | tuple[tuple[int, int], ...] | str  # an answer in indexes of the version
CHOICES = frozenset({ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_RESPONSE, ItemKind.TRUE_FALSE})


@dataclass(frozen=True)
class Question:
    """An item in a form: ``version`` is its id; ``key`` holds the right options where it is made of options."""

    version: str
    kind: ItemKind
    maximum: int
    options: int
    key: frozenset[int] = frozenset()
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What counts at one place: points, the answer (None: left out), and the seconds spent, where they are known."""

    points: int
    given: Given | None = None
    seconds: int | None = None


@dataclass(frozen=True)
class Paper:
    """One person's test. ``language`` is None where answers were given in both; ``answers`` has every place."""

    form: str
    language: str | None
    answers: Mapping[int, Answer]

    @property
    def score(self) -> int:
        """All points, of void items too: the score in force."""
        return sum(answer.points for answer in self.answers.values())


Form = Mapping[int, Question]


def exam_figures(
    papers: Sequence[Paper], forms: Mapping[str, Form], cut_score: int, shown: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:  # fmt: skip
    """Figures of the test as a whole, as they are stored and shown; empty for too few people.

    ``shown``: those of each sitting that is shown by itself, where these are all together.

    ``bins`` and ``width``: scores as they may be shown; ``maximum``: the highest score; ``meet``: how many reach the
    cut score, None where there is none or where one or two do or do not (``is_meet_withheld``); ``few``: people of the
    forms without figures of their own; ``void``: how many
    items are void on some form.
    """
    if len(papers) < LEAST_PEOPLE:
        return {}
    scores = [paper.score for paper in papers]
    maximum = max(sum(question.maximum for question in form.values()) for form in forms.values())
    by_form: defaultdict[str, list[Paper]] = defaultdict(list)
    for paper in papers:
        by_form[paper.form].append(paper)
    width, bins = disclosure.score_bins(scores, maximum, cut_score)
    known = {
        form: _of_form(by_form[form], forms[form], cut_score)
        for form in sorted(by_form)
        if len(by_form[form]) >= LEAST_PEOPLE
    }
    bins = disclosure.bins_of_all(bins, [[disclosure.Bin(*bin_) for bin_ in one["bins"]] for one in shown])
    separate = disclosure.forms_shown({form: len(found) for form, found in by_form.items()})
    meet = sum(score >= cut_score for score in scores) if cut_score else None
    withheld = meet is not None and _is_meet_withheld(meet, len(papers), shown)
    return {
        "people": len(papers), "maximum": maximum, "cut_score": cut_score, "mean": moments.mean(scores),
        "median": moments.median(scores), "deviation": moments.deviation(scores),
        "skewness": moments.skewness(scores), "kurtosis": moments.kurtosis(scores),
        "meet": None if withheld else meet, "is_meet_withheld": withheld, "width": width,
        "bins": [[one.low, one.high, one.people] for one in bins],
        "forms": {form: one for form, one in known.items() if form in separate},
        "few": {form: len(found) for form, found in sorted(by_form.items()) if form not in separate},
        "void": len({q.version for form in by_form for q in forms[form].values() if q.is_void}),
        **_together(list(known.values())),
    }  # fmt: skip


def _is_meet_withheld(meet: int, people: int, shown: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the number that reach the cut score tells of one or two, here or as what a sitting withholds."""
    if disclosure.tells(meet, people) or any(one["is_meet_withheld"] for one in shown):
        return True
    rest = people - sum(one["people"] for one in shown)
    return bool(shown) and disclosure.tells(meet - sum(one["meet"] for one in shown), rest)


def _of_form(papers: Sequence[Paper], form: Form, cut_score: int) -> dict[str, Any]:
    """Figures of one form. Void items are no items of it: their points are taken off the cut score and the maximum."""
    counting = [place for place, question in sorted(form.items()) if not question.is_void]
    given = sum(question.maximum for question in form.values() if question.is_void)
    rows = [[paper.answers[place].points for place in counting] for paper in papers]
    found = whole.figures(rows, [form[place].maximum for place in counting], max(0, cut_score - given))
    if found.median is not None:
        found = replace(found, median=found.median + given)
    consistency = found.consistency
    mean = moments.mean([paper.score for paper in papers])
    return {
        "people": found.people, "items": len(counting), "mean": mean, "median": found.median,
        "deviation": found.deviation, "alpha": found.alpha, "is_kr20": found.is_kr20, "error": found.error,
        "agreement": consistency.share if consistency else None, "kappa": consistency.kappa if consistency else None,
    }  # fmt: skip


def _together(forms: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Reliability of the test from that of its forms, each weighted by its people."""
    found: dict[str, Any] = {name: _weighted(forms, name) for name in ("alpha", "agreement", "kappa")}
    squared = _weighted(
        [{**one, "error": None if one["error"] is None else one["error"] ** 2} for one in forms], "error"
    )
    kr20 = bool(forms) and all(one["is_kr20"] for one in forms)
    return found | {"error": None if squared is None else sqrt(squared), "is_kr20": kr20}


def _weighted(forms: Sequence[Mapping[str, Any]], name: str) -> float | None:
    known = [one for one in forms if one[name] is not None]
    people = sum(one["people"] for one in known)
    return sum(float(one[name]) * one["people"] for one in known) / people if people else None
