"""Scores and rankings recounted from exported files alone: `python tools/rescore.py FOLDER`.

Independent on purpose: nothing of the application is imported and nothing but the standard library is needed, so that
an outside expert can read the whole of it. FOLDER is what `flask --app wsgi export results FOLDER` wrote. Prints every
difference and leaves with 1 where there is one.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def lines(path: Path) -> Iterator[Row]:
    """The rows of a file of JSON lines."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def right_answers(form: Row, errata: Sequence[Row]) -> dict[int, list[list[str]] | None]:
    """Place → the answers that earn its points, each a sorted list of option ids; None where every answer does."""
    right: dict[int, list[list[str]] | None] = {item["place"]: [sorted(item["key"])] for item in form["items"]}
    before_void = dict(right)
    for erratum in errata:
        place, accepted = erratum["place"], [sorted(one) for one in erratum["accepted"]]
        if erratum["kind"] == "void":
            before_void[place], right[place] = right[place] or before_void[place], None
        elif erratum["kind"] == "wrong_key":
            right[place] = accepted
        else:
            right[place] = [*(right[place] or before_void[place] or []), *accepted]
    return right


def answers(events: Sequence[Sequence[Any]]) -> dict[int, list[str]]:
    """Place → the answer in force: of those that came in time, the one of the highest epoch, then revision."""
    found: dict[int, list[str]] = {}
    for place, _epoch, _revision, response, late in sorted(events, key=lambda event: (event[1], event[2])):
        if not late:
            found[place] = sorted(response)
    return found


def recount(form: Row, right: Mapping[int, list[list[str]] | None], events: Sequence[Sequence[Any]]) -> Row:
    """Score, maximum, outcome and points by subject area of one attempt."""
    given, maximum = answers(events), 0
    areas: dict[str, int] = defaultdict(int)
    for item in form["items"]:
        accepted = right[item["place"]]
        is_right = accepted is None or given.get(item["place"]) in accepted
        areas[item["area"]] += item["points"] if is_right else 0
        maximum += item["points"]
    total = sum(areas.values())
    outcome = "meets" if total >= form["cut_score"] else "does_not_meet"
    return {"score": total, "maximum": maximum, "outcome": outcome, "areas": dict(areas)}


def rank(main: Mapping[str, int], rounds: Sequence[Mapping[str, int]]) -> dict[str, tuple[int, int]]:
    """Code → (total, place). ``main`` are scores at or above the cut score; each round gives its entrants' points.

    Everybody has a list of points, the main score first. A round adds a number to the lists of its entrants, if they
    are exactly those whose lists are equal at that time. One's place is one more than the number of greater lists.
    """
    points = {code: [score] for code, score in main.items()}
    for scores in rounds:
        entrants = set(scores)
        equal = [{one for one in points if points[one] == points[code]} for code in entrants if code in points]
        if len(entrants) > 1 and equal and equal[0] == entrants:
            for code in entrants:
                points[code] = [*points[code], scores[code]]
    return {code: (sum(own), 1 + sum(other > own for other in points.values())) for code, own in points.items()}


def differences(folder: Path) -> Iterator[str]:
    """Every difference between the files and the recount, in words."""
    forms = {form["form"]: form for form in lines(folder / "forms.jsonl")}
    errata: dict[str, list[Row]] = defaultdict(list)
    for erratum in lines(folder / "errata.jsonl"):
        errata[erratum["form"]].append(erratum)
    right = {digest: right_answers(form, errata[digest]) for digest, form in forms.items()}
    main: dict[str, dict[str, int]] = defaultdict(dict)
    below: dict[str, dict[str, int]] = defaultdict(dict)
    tie_breaks: dict[str, int] = {}
    for attempt in lines(folder / "attempts.jsonl"):
        form = forms[attempt["form"]]
        found = recount(form, right[attempt["form"]], attempt["events"])
        for name, value in found.items():
            if attempt[name] != value:
                yield f"attempt {attempt['number']}: {name} is {attempt[name]}, recounted {value}"
        if attempt["annulled"]:
            continue
        if attempt["round"]:
            tie_breaks[attempt["number"]] = found["score"]
        else:
            group = main if found["outcome"] == "meets" else below
            group[attempt["competition"]][attempt["number"]] = found["score"]
    for competition in lines(folder / "competitions.jsonl"):
        if competition["ranking"] is not None:
            number = competition["competition"]
            yield from _ranked(competition, main[number], below[number], tie_breaks)


def _ranked(
    competition: Row, main: Mapping[str, int], below: Mapping[str, int], tie_breaks: Mapping[str, int]
) -> Iterator[str]:
    rounds = [
        {one["code"]: tie_breaks.get(one["attempt"], 0) for one in tie_break["entrants"]}
        for tie_break in sorted(competition["tie_breaks"], key=lambda tie_break: tie_break["round"])
    ]
    found: dict[str, tuple[int, int | None]] = {**rank(main, rounds), **{code: (n, None) for code, n in below.items()}}
    said = {row["code"]: (row["total"], row["place"]) for row in competition["ranking"]}
    for code in sorted(found.keys() | said.keys()):
        if found.get(code) != said.get(code):
            yield (
                f"competition {competition['competition']}, {code}: total and place are {said.get(code)}, "
                f"recounted {found.get(code)}"
            )


def main(arguments: Sequence[str]) -> int:
    """Recount a folder; 0 where everything agrees."""
    if len(arguments) != 1:
        print("usage: python tools/rescore.py FOLDER", file=sys.stderr)
        return 2
    folder, count = Path(arguments[0]), 0
    for difference in differences(folder):
        count += 1
        print(difference)
    attempts = sum(1 for _row in lines(folder / "attempts.jsonl"))
    ranked = sum(row["ranking"] is not None for row in lines(folder / "competitions.jsonl"))
    print(f"Attempts: {attempts}. Rankings: {ranked}. Differences: {count}.")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
