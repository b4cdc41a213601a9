"""From everybody's answers to the figures of each item, as they are stored and as far as they may be shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from question_bank.rules import ItemKind
from question_bank.statistics import answers, groups, items, languages, withheld
from question_bank.statistics.disclosure import LEAST_PEOPLE
from question_bank.statistics.gathered import CHOICES, Answer, Form, Given, Paper, Question
from question_bank.statistics.items import Answers, Flag
from question_bank.statistics.withheld import Part, Tally, Told

#: Least number of people in each language for a comparison of both. The Educational Testing Service asks for 200 in the
#: smaller group (Zwick 2012, ETS RR-12-08); with fewer the classes are a hint, and the pages say so.
LEAST_IN_LANGUAGE = 30
SURE_IN_LANGUAGE = 200

Met = Sequence[tuple[Paper, int]]


@dataclass(frozen=True)
class ItemGathered:
    """Everything found of one item; ``details`` tell no key, ``answers`` do (both as they are stored).

    ``figures`` are exact; which of them are shown, ``details["withheld"]`` says (:class:`withheld.Part`). ``tally`` and
    ``told`` are not stored: what is shown of all sittings follows from what is shown of each.
    """

    version: str
    people: int
    figures: items.ItemFigures | None
    details: dict[str, Any]
    answers: dict[str, Any] | None
    tally: Tally | None = None
    told: Told = withheld.NOTHING_SHOWN


def item_figures(
    papers: Sequence[Paper], forms: Mapping[str, Form], shown: Iterable[Sequence[ItemGathered]] = ()
) -> list[ItemGathered]:
    """Figures of every item that somebody met, by version; an item on several forms is one item.

    Where fewer than ten people met it, nothing but their number is said; where it is void on each form that was sat,
    only what was answered. ``shown``: the items of each sitting that is shown by itself, where these are all together.
    """
    met: defaultdict[str, list[tuple[Paper, int]]] = defaultdict(list)
    for paper in papers:
        for place, question in forms[paper.form].items():
            met[question.version].append((paper, place))
    void_points = {
        name: sum(question.maximum for question in form.values() if question.is_void) for name, form in forms.items()
    }
    scores = {id(paper): paper.score - void_points[paper.form] for paper in papers}
    before: defaultdict[str, list[tuple[Tally, Told]]] = defaultdict(list)
    for of_sitting in shown:
        for one in of_sitting:
            if one.tally is not None:
                before[one.version].append((one.tally, one.told))
    return [_item(version, met[version], forms, scores, before[version]) for version in sorted(met)]


def _item(
    version: str, met: Met, forms: Mapping[str, Form], scores: Mapping[int, int], before: withheld.Before
) -> ItemGathered:  # fmt: skip
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
    timed = [answer.seconds for answer in found if answer.given is not None and answer.seconds is not None]
    given = [_chosen(answer.given) for answer in found]
    figures = items.figures(
        Answers(maximum, asked[0].options if is_choice else 0, key, points, rest, given, timed)
    )  # fmt: skip
    compared, cells = _languages(met, sums, points, maximum)
    tally = _tally(asked[0], key, found, points, cells, met, is_void=details["void"])
    told = withheld.decide(tally, before)
    details |= {"maximum": maximum, "languages": None, "groups": [], "withheld": sorted(told.parts)}
    if details["void"]:
        figures = replace(figures, facility=None, deviation=None, discrimination=None, index=None, flags=frozenset())
    else:
        details["languages"] = _allowed(compared, told)
        if Part.OUTCOME not in told.parts:
            details["groups"] = _characteristic(points, maximum, sums)
        if compared.get("difference") == languages.Difference.LARGE:
            figures = replace(figures, flags=figures.flags | {Flag.LANGUAGES})
    told_of = (
        answers.of_options(given, figures, sums, told)
        if is_choice
        else answers.commonest([one.given for one in found], points, rest, told)
    )
    return ItemGathered(version, len(met), figures, details, told_of, tally, told)


def _chosen(given: Given | None) -> frozenset[int]:
    """Which options were chosen; of an item without options, that something was answered."""
    if given is None:
        return frozenset()
    return given if isinstance(given, frozenset) else frozenset({0})


def _tally(
    asked: Question, key: frozenset[int], found: Sequence[Answer], points: Sequence[int], cells: tuple[int, ...],
    met: Met, *, is_void: bool,
) -> Tally:  # fmt: skip
    """What was counted of an item: from this follows what of it is shown."""
    counted: Counter[Any] = Counter()
    worth: dict[Any, int] = {}
    is_choice, several = asked.kind in CHOICES, asked.kind == ItemKind.MULTIPLE_RESPONSE
    if is_choice:
        counted.update(dict.fromkeys(range(asked.options), 0))
        worth = {option: asked.maximum if option in key else 0 for option in range(asked.options)}
    for answer, earned in zip(found, points, strict=True):
        if is_choice:
            counted.update(answer.given if isinstance(answer.given, frozenset) and answer.given else [None])
        else:
            counted[answer.given] += 1
            worth[answer.given] = earned
    worth[None] = 0
    return Tally(
        len(found), sum(one > 0 for one in points), sum(one == asked.maximum for one in points),
        Counter(points), sum(one.given is not None and one.seconds is not None for one in found),
        sum(paper.language not in ("ky", "ru") for paper, _place in met), cells, counted,
        frozenset(row for row in counted if worth[row] == asked.maximum),
        frozenset(row for row in counted if not worth[row]), is_choice, not several, is_void,
        frozenset() if is_choice else answers.beyond([(row, n, worth[row]) for row, n in counted.items() if row]),
    )  # fmt: skip


def _characteristic(points: Sequence[int], maximum: int, sums: Sequence[int]) -> list[dict[str, Any]]:
    return [asdict(one) for one in groups.characteristic(points, maximum, sums, groups.by_score(sums))]


def _languages(
    met: Met, sums: Sequence[int], points: Sequence[int], maximum: int
) -> tuple[dict[str, Any], tuple[int, ...]]:  # fmt: skip
    """Kyrgyz against Russian, and right and wrong in each; with too few people in either language nothing.

    Right is who has all the points; people are matched by their score on the whole test.
    """
    rows = [
        (total, paper.language == "ky", earned == maximum, earned)
        for (paper, _place), total, earned in zip(met, sums, points, strict=True)
        if paper.language in ("ky", "ru")
    ]
    people = {"ky": sum(row[1] for row in rows), "ru": sum(not row[1] for row in rows)}
    if min(people.values()) < LEAST_IN_LANGUAGE:
        return {"people": None, "facility": None, "is_enough": False}, ()
    facility = {
        language: sum(row[3] for row in rows if row[1] is (language == "ky")) / (people[language] * maximum)
        for language in people
    }
    compared = languages.compare((total, is_ky, is_right) for total, is_ky, is_right, _earned in rows)
    said = {"people": people, "facility": facility, "is_enough": True}
    said["is_sure"] = min(people.values()) >= SURE_IN_LANGUAGE
    cells = Counter((is_ky, is_right) for _total, is_ky, is_right, _earned in rows)
    order = [(is_ky, is_right) for is_ky in (True, False) for is_right in (True, False)]
    return said | ({} if compared is None else _compared(compared)), tuple(cells[one] for one in order)


def _allowed(compared: dict[str, Any], told: Told) -> dict[str, Any]:
    """The comparison as far as it may be shown; the class of the difference tells of nobody."""
    found = dict(compared)
    if Part.PEOPLE in told.parts:
        found["people"] = None
    if Part.LANGUAGES in told.parts:
        found["facility"] = None
    return found


def _compared(found: languages.Comparison) -> dict[str, Any]:
    return {
        "odds": found.odds, "delta": found.delta, "chi_squared": found.chi_squared, "chance": found.chance,
        "difference": str(found.difference), "matched": found.people,
    }  # fmt: skip
