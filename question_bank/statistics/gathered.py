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
from dataclasses import asdict, dataclass, replace
from math import sqrt
from typing import Any

from question_bank.rules import ItemKind
from question_bank.statistics import disclosure, groups, items, languages, moments, whole
from question_bank.statistics.disclosure import LEAST_PEOPLE
from question_bank.statistics.items import Answers, Flag

#: Least number of people in each language for a comparison of both. The Educational Testing Service asks for 200 in the
#: smaller group (Zwick 2012, ETS RR-12-08); with fewer the classes are a hint, and the pages say so.
LEAST_IN_LANGUAGE = 30
SURE_IN_LANGUAGE = 200

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


def exam_figures(papers: Sequence[Paper], forms: Mapping[str, Form], cut_score: int) -> dict[str, Any]:
    """Figures of the test as a whole, as they are stored; empty for too few people.

    ``bins`` and ``width``: scores as they may be shown; ``maximum``: the highest score; ``void``: how many items are
    void on some form.
    """
    if len(papers) < LEAST_PEOPLE:
        return {}
    scores = [paper.score for paper in papers]
    maximum = max(sum(question.maximum for question in form.values()) for form in forms.values())
    width, bins = disclosure.score_bins(scores, maximum, cut_score)
    by_form: defaultdict[str, list[Paper]] = defaultdict(list)
    for paper in papers:
        by_form[paper.form].append(paper)
    of_forms = {
        form: _of_form(by_form[form], forms[form], cut_score)
        for form in sorted(by_form)
        if len(by_form[form]) >= LEAST_PEOPLE
    }
    return {
        "people": len(papers), "maximum": maximum, "cut_score": cut_score, "mean": moments.mean(scores),
        "median": moments.median(scores), "deviation": moments.deviation(scores),
        "skewness": moments.skewness(scores), "kurtosis": moments.kurtosis(scores),
        "meet": sum(score >= cut_score for score in scores) if cut_score else None, "width": width,
        "bins": [[one.low, one.high, one.people] for one in bins], "forms": of_forms,
        "few": {form: len(found) for form, found in sorted(by_form.items()) if form not in of_forms},
        "void": len({q.version for form in by_form for q in forms[form].values() if q.is_void}),
        **_together(list(of_forms.values())),
    }  # fmt: skip


def _of_form(papers: Sequence[Paper], form: Form, cut_score: int) -> dict[str, Any]:
    """Figures of one form. Void items are no items of it: their points are taken off the cut score and the maximum."""
    counting = [place for place, question in sorted(form.items()) if not question.is_void]
    given = sum(question.maximum for question in form.values() if question.is_void)
    rows = [[paper.answers[place].points for place in counting] for paper in papers]
    found = whole.figures(rows, [form[place].maximum for place in counting], max(0, cut_score - given))
    if found.mean is not None and found.median is not None:
        found = replace(found, mean=found.mean + given, median=found.median + given)
    consistency = found.consistency
    return {
        "people": found.people, "items": len(counting), "mean": found.mean, "median": found.median,
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


@dataclass(frozen=True)
class ItemGathered:
    """Everything found of one item; ``details`` tell no key, ``answers`` do (both as they are stored)."""

    version: str
    people: int
    figures: items.ItemFigures | None
    details: dict[str, Any]
    answers: dict[str, Any] | None


def item_figures(papers: Sequence[Paper], forms: Mapping[str, Form]) -> list[ItemGathered]:
    """Figures of every item that somebody met, by version; an item on several forms is one item.

    Where fewer than ten people met it, nothing but their number is said; where it is void on each form that was sat,
    only what was answered.
    """
    met: defaultdict[str, list[tuple[Paper, int]]] = defaultdict(list)
    for paper in papers:
        for place, question in forms[paper.form].items():
            met[question.version].append((paper, place))
    void_points = {
        name: sum(question.maximum for question in form.values() if question.is_void) for name, form in forms.items()
    }
    scores = {id(paper): paper.score - void_points[paper.form] for paper in papers}
    return [_item(version, met[version], forms, scores) for version in sorted(met)]


def _item(
    version: str, met: Sequence[tuple[Paper, int]], forms: Mapping[str, Form], scores: Mapping[int, int]
) -> ItemGathered:
    questions = [forms[paper.form][place] for paper, place in met]
    details: dict[str, Any] = {"kind": str(questions[0].kind), "void": all(one.is_void for one in questions)}
    if len(met) < LEAST_PEOPLE:
        return ItemGathered(version, len(met), None, details, None)
    if not details["void"]:  # void on one form only: those who met it there say nothing of it
        met = [(paper, place) for paper, place in met if not forms[paper.form][place].is_void]
        if len(met) < LEAST_PEOPLE:
            return ItemGathered(version, len(met), None, details, None)
    asked = [forms[paper.form][place] for paper, place in met]
    found = [paper.answers[place] for paper, place in met]
    sums, maximum = [scores[id(paper)] for paper, _place in met], asked[0].maximum
    key = frozenset().union(*(one.key for one in asked))
    points = [0 if details["void"] else answer.points for answer in found]
    rest = [total - earned for total, earned in zip(sums, points, strict=True)]
    is_choice = asked[0].kind in CHOICES
    figures = items.figures(
        Answers(
            maximum, asked[0].options if is_choice else 0, key, points, rest,
            [_chosen(answer.given) for answer in found],
            [answer.seconds for answer in found if answer.given is not None and answer.seconds is not None],
        )
    )  # fmt: skip
    among = groups.by_score(sums)
    details |= {"maximum": maximum, "languages": None, "groups": []}
    if details["void"]:
        figures = replace(figures, facility=None, deviation=None, discrimination=None, index=None, flags=frozenset())
    else:
        details["groups"] = [asdict(one) for one in groups.characteristic(points, maximum, sums, among)]
        details["languages"] = compared = _languages(met, sums, points, maximum)
        if compared.get("difference") == languages.Difference.LARGE:
            figures = replace(figures, flags=figures.flags | {Flag.LANGUAGES})
    return ItemGathered(version, len(met), figures, details, _answers(found, points, rest, figures, among, is_choice))


def _chosen(given: Given | None) -> frozenset[int]:
    """Which options were chosen; of an item without options, that something was answered."""
    if given is None:
        return frozenset()
    return given if isinstance(given, frozenset) else frozenset({0})


def _answers(
    found: Sequence[Answer], points: Sequence[int], rest: Sequence[int], figures: items.ItemFigures,
    among: Sequence[Sequence[int]], is_choice: bool,
) -> dict[str, Any]:  # fmt: skip
    """What was answered: each option with its share in each score group, or the commonest answers."""
    if not is_choice:
        common = disclosure.commonest([answer.given for answer in found], points, rest)
        told = [[one.answer, one.people, one.points, one.rest] for one in common.answers]
        return {"common": told, "others": common.others, "omitted": common.omitted}
    chosen = [_chosen(answer.given) for answer in found]
    rows = [
        {
            **asdict(one),
            "groups": [sum(one.option in chosen[place] for place in group) / len(group) for group in among],
        }
        for one in figures.options
    ]
    return {"options": rows, "omitted": sum(not one for one in chosen)}


def _languages(
    met: Sequence[tuple[Paper, int]], sums: Sequence[int], points: Sequence[int], maximum: int
) -> dict[str, Any]:  # fmt: skip
    """Kyrgyz against Russian; with too few people in either language only their numbers.

    Right is who has all the points; people are matched by their score on the whole test.
    """
    rows = [
        (total, paper.language == "ky", earned == maximum, earned)
        for (paper, _place), total, earned in zip(met, sums, points, strict=True)
        if paper.language in ("ky", "ru")
    ]
    people = {"ky": sum(row[1] for row in rows), "ru": sum(not row[1] for row in rows)}
    if min(people.values()) < LEAST_IN_LANGUAGE:
        return {"people": people, "facility": None}
    facility = {
        language: sum(row[3] for row in rows if row[1] is (language == "ky")) / (people[language] * maximum)
        for language in people
    }
    compared = languages.compare((total, is_ky, is_right) for total, is_ky, is_right, _earned in rows)
    return {"people": people, "facility": facility, **({} if compared is None else _compared(compared))}


def _compared(found: languages.Comparison) -> dict[str, Any]:
    return {
        "odds": found.odds, "delta": found.delta, "chi_squared": found.chi_squared, "chance": found.chance,
        "difference": str(found.difference), "matched": found.people,
    }  # fmt: skip
