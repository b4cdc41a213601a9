"""Form digests, scores, rankings and outcomes recounted from exported files alone: `python tools/rescore.py FOLDER`.

Independent on purpose: nothing of the application is imported and nothing but the standard library is needed, so that
an outside expert can read the whole of it. FOLDER is what `flask --app wsgi export results FOLDER` wrote. Prints every
difference and leaves with 1 where there is one.
"""

from __future__ import annotations

import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

Row = dict[str, Any]
OUT = ("declined", "barred")  # not expected at a tie-break


def lines(path: Path) -> Iterator[Row]:
    """The rows of a file of JSON lines."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def form_digest(form: Row) -> str:
    """The digest as it follows from the file: a tree (RFC 6962) over the salted items in their order, and the terms."""
    items = sorted(form["items"], key=lambda item: item["sealed"]["position"])
    leaves = [b"\0item/v1" + bytes.fromhex(item["salt"]) + canonical(item["sealed"]) for item in items]
    root = tree([sha256(leaf).digest() for leaf in leaves])
    return sha256(b"form/v1" + root + canonical(form["terms"])).hexdigest()


def tree(hashes: Sequence[bytes]) -> bytes:
    """The root over these hashes; the left half is the largest power of two below their number."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha256(b"\1" + tree(hashes[:half]) + tree(hashes[half:])).digest()


def canonical(value: object) -> bytes:
    """JSON of texts and whole numbers in the one form that RFC 8785 allows."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def right_answers(form: Row, errata: Sequence[Row]) -> dict[int, list[list[str]] | None]:
    """Place → the keys by which it earns its points, each as its kind writes it; None where every answer earns them.

    A key of most kinds is the list of the ids that are chosen; of an ordering question in their right order, of a
    matching question each is ``left:right``; of a number it is the number and how far an answer may be from it.
    """
    keys = {item["sealed"]["position"]: item["sealed"]["key"] for item in form["items"]}
    right: dict[int, list[list[str]] | None] = {place: [key] for place, key in keys.items()}
    before_void = dict(right)
    for erratum in errata:
        if erratum["attempt"] is not None:  # about what one person answered, not about what is right
            continue
        place, accepted = erratum["place"], erratum["accepted"]
        if erratum["kind"] == "void":
            before_void[place], right[place] = right.get(place) or before_void.get(place), None
        elif erratum["kind"] == "wrong_key":
            right[place] = accepted
        else:
            right[place] = [*(right.get(place) or before_void.get(place) or []), *accepted]
    return right


def answers(events: Sequence[Sequence[Any]]) -> dict[int, list[str]]:
    """Place → the answer in force: of those that came in time, the one of the highest epoch, then revision."""
    found: dict[int, list[str]] = {}
    for place, _epoch, _revision, response, late in sorted(events, key=lambda event: (event[1], event[2])):
        if not late:
            found[place] = response
    return found


def restated(errata: Sequence[Row], number: str) -> dict[int, list[str]]:
    """Place → the answer that counts for this attempt instead of the one recorded; a later correction goes before."""
    return {row["place"]: row["accepted"][0] for row in errata if row["attempt"] == number}


def earned(item: Row, key: list[str], given: list[str]) -> int:
    """The points of one answer by one key, in whole numbers; a part of them is rounded down.

    A number is right from the key less the tolerance to the key and the tolerance. Lines in order, and questions that
    give no part of their points, are right as a whole or not. Else, of multiple response, the share of the right
    options that were chosen less the share of the wrong ones that were, but not less than nothing; of matching, the
    share of the pairs that are right.
    """
    if not given:
        return 0
    if item["kind"] == "numeric":
        number, (value, tolerance) = Fraction(given[0]), map(Fraction, key)
        return int(item["points"]) if value - tolerance <= number <= value + tolerance else 0
    is_right = given == key if item["kind"] == "ordering" else set(given) == set(key)
    if is_right or not item.get("partial"):
        return int(item["points"]) if is_right else 0
    hits = len(set(given) & set(key))
    share = Fraction(hits, len(key))
    if item["kind"] == "multiple_response" and len(given) > hits:
        share -= Fraction(len(given) - hits, len(item["options"]) - len(key))
    return math.floor(int(item["points"]) * max(share, Fraction(0)))


def recount(
    form: Row, right: Mapping[int, list[list[str]] | None], events: Sequence[Sequence[Any]],
    instead: Mapping[int, list[str]],
) -> Row:  # fmt: skip
    """Score, maximum, outcome and points by subject area of one attempt; ``instead`` are its restated answers."""
    given, maximum = {**answers(events), **instead}, 0
    areas: dict[str, int] = defaultdict(int)
    for item in form["items"]:
        sealed = item["sealed"]
        keys, answer = right[sealed["position"]], given.get(sealed["position"], [])
        points = sealed["points"] if keys is None else max(earned(sealed, key, answer) for key in keys)
        areas[item["area"]] += points
        maximum += sealed["points"]
    total = sum(areas.values())
    outcome = "meets" if total >= form["terms"]["cut_score"] else "does_not_meet"
    return {"score": total, "maximum": maximum, "outcome": outcome, "areas": dict(areas)}


def rank(main: Mapping[str, int], rounds: Sequence[Mapping[str, int]]) -> dict[str, tuple[int, int]]:
    """Code → (total, place). ``main`` are scores at or above the cut score; each round gives its entrants' points.

    Everybody has a list of points, the main score first. A round adds a number to the lists of its entrants, if they
    are exactly those whose lists are equal at that time: -1 for who declined it while others did not, which adds
    nothing to the sum. One's place is one more than the number of greater lists.
    """
    points = {code: [score] for code, score in main.items()}
    for scores in rounds:
        entrants = set(scores)
        equal = [{one for one in points if points[one] == points[code]} for code in entrants if code in points]
        if len(entrants) > 1 and equal and equal[0] == entrants:
            for code in entrants:
                points[code] = [*points[code], scores[code]]
    return {
        code: (sum(max(n, 0) for n in own), 1 + sum(other > own for other in points.values()))
        for code, own in points.items()
    }


def outcome(main: Mapping[str, int], rounds: Sequence[tuple[bool, dict[str, int]]], acts: Sequence[Row]) -> Row:
    """Status, winner and reserve by paragraphs 29, 30 and 32; ``rounds`` are those that were held, in order.

    The first place alone wins; several on it are tied, and a test decides between them, unless nobody of them came to
    the last two tests held between exactly them. Who declined is offered nothing; where the authority chose the second
    place after whoever is first now had declined, the same holds of the second place.
    """
    if not main:
        return {"status": "not_held", "winner": None, "reserve": []}
    places = {code: place for code, (_total, place) in rank(main, [scores for _came, scores in rounds]).items()}
    declined = {act["code"] for act in acts if act["kind"] == "winner_declined"}
    first = [code for code, place in places.items() if place == 1]
    wanted = 2 if len(first) == 1 and second_chosen(acts, first[0]) else 1
    sharing = {code for code, place in places.items() if place == wanted}
    willing = sharing - declined
    between = [came for came, scores in rounds if set(scores) == sharing]
    in_vain = len(willing) > 1 and len(between) >= 2 and not any(between[-2:])
    if len(willing) > 1 and not in_vain:
        return {"status": "tie_break", "winner": None, "reserve": []}
    winner = next(iter(willing)) if len(willing) == 1 else None
    signed = [act["code"] for act in acts if act["kind"] == "winner_accepted"]
    out = {winner, *declined, *signed[-1:]}
    waiting = [code for code in places if places[code] >= 2 and code not in out]
    return {"status": "decided", "winner": winner, "reserve": sorted(waiting, key=lambda code: (places[code], code))}


def second_chosen(acts: Sequence[Row], first: str) -> bool:
    """Whether the second place was chosen after this first one had declined."""
    has_declined = False
    for act in acts:
        has_declined = has_declined or (act["kind"] == "winner_declined" and act["code"] == first)
        if has_declined and act["kind"] == "contract_second":
            return True
    return False


def forms_hold(forms: Sequence[Row], errata: Sequence[Row], attempts: Mapping[str, Row]) -> Iterator[str]:
    """Whether each form has the digest under which it was sealed, and errata and attempts fit to the forms."""
    known = {form["form"]: {item["sealed"]["position"] for item in form["items"]} for form in forms}
    if len(known) != len(forms):
        yield "forms: a form stands there twice"
    for form in forms:
        digest, places = form["form"], sorted(item["sealed"]["position"] for item in form["items"])
        if (found := form_digest(form)) != digest:
            yield f"form {digest}: items, keys, salts and terms give another digest: {found}"
        if places != list(range(1, len(places) + 1)):
            yield f"form {digest}: the places are {places}"
    for row in errata:
        if row["place"] not in known.get(row["form"], ()):
            yield f"correction {row['correction']}: no form has its place {row['place']}"
        if row["attempt"] is not None and attempts.get(row["attempt"], {}).get("form") != row["form"]:
            yield f"correction {row['correction']}: attempt {row['attempt']} did not sit its form"
    for number, attempt in attempts.items():
        if attempt["form"] not in known:
            yield f"attempt {number}: its form is not in the files"
        elif wrong := {event[0] for event in attempt["events"]} - known[attempt["form"]]:
            yield f"attempt {number}: answers at places that its form has not: {sorted(wrong)}"


def differences(folder: Path) -> Iterator[str]:
    """Every difference between the files and the recount, in words."""
    rows = list(lines(folder / "forms.jsonl"))
    forms = {form["form"]: form for form in rows}
    errata: dict[str, list[Row]] = defaultdict(list)
    for erratum in lines(folder / "errata.jsonl"):
        errata[erratum["form"]].append(erratum)
    attempts: dict[str, Row] = {}
    for attempt in lines(folder / "attempts.jsonl"):
        if attempt["number"] in attempts:
            yield f"attempt {attempt['number']}: it stands there twice"
        attempts[attempt["number"]] = attempt
    yield from forms_hold(rows, [one for several in errata.values() for one in several], attempts)
    right = {digest: right_answers(form, errata[digest]) for digest, form in forms.items()}
    main: dict[str, dict[str, int]] = defaultdict(dict)
    below: dict[str, dict[str, int]] = defaultdict(dict)
    tie_breaks: dict[str, dict[str, int]] = defaultdict(dict)
    for attempt in attempts.values():
        if attempt["form"] not in forms:
            continue
        form = forms[attempt["form"]]
        instead = restated(errata[attempt["form"]], attempt["number"])
        found = recount(form, right[attempt["form"]], attempt["events"], instead)
        for name, value in found.items():
            if attempt[name] != value:
                yield f"attempt {attempt['number']}: {name} is {attempt[name]}, recounted {value}"
        if attempt["annulled"]:
            continue
        if attempt["round"]:
            tie_breaks[attempt["competition"]][attempt["number"]] = found["score"]
        else:
            group = main if found["outcome"] == "meets" else below
            group[attempt["competition"]][attempt["number"]] = found["score"]
    named, seen = {attempt["competition"] for attempt in attempts.values()}, set()
    for competition in lines(folder / "competitions.jsonl"):
        number = competition["competition"]
        if number in seen:
            yield f"competition {number}: it stands there twice"
        seen.add(number)
        yield from of_competition(competition, main[number], below[number], tie_breaks[number])
    for number in sorted(named ^ seen):
        yield f"competition {number}: " + ("attempts name it, it has no row" if number in named else "nobody sat it")


def held_rounds(competition: Row, points: Mapping[str, int]) -> list[tuple[bool, dict[str, int]]]:
    """The rounds that were held, in order: whether anybody came, and the points of the entrants, 0 for who did not.

    ``points`` are those of attempts that are not annulled. Who declined while somebody else was expected gets -1. A
    round in which one is left alone after that needs no test to count.
    """
    held = []
    for tie_break in sorted(competition["tie_breaks"], key=lambda one: one["round"]):
        entrants = tie_break["entrants"]
        if tie_break["state"] in ("held", "uncontested"):
            sat = {one["code"]: points[one["attempt"]] for one in entrants if one["attempt"] in points}
            given = {one["code"]: sat.get(one["code"], 0) for one in entrants}
            given |= dict.fromkeys(behind(entrants), -1)
            held.append((bool(sat), given))
    return held


def is_alone(entrants: Sequence[Row]) -> bool:
    """Whether one is left of a tie-break that somebody declined: then no test is held."""
    reasons = [one["absence"] for one in entrants]
    return "declined" in reasons and sum(why not in OUT for why in reasons) == 1


def behind(entrants: Sequence[Row]) -> list[str]:
    """Who declined while others were expected; where one is left alone, all but that one."""
    if all(one["absence"] in OUT for one in entrants):
        return []
    return [one["code"] for one in entrants if one["absence"] in (OUT if is_alone(entrants) else OUT[:1])]


def of_competition(
    competition: Row, main: Mapping[str, int], below: Mapping[str, int], points: Mapping[str, int]
) -> Iterator[str]:
    """Differences in one competition: its rounds, its ranking, and what is said to follow from it."""
    number, status = competition["competition"], competition["status"]
    named = {one["attempt"] for tie_break in competition["tie_breaks"] for one in tie_break["entrants"]}
    for tie_break in competition["tie_breaks"]:
        sat = sorted(one["attempt"] for one in tie_break["entrants"] if one["attempt"] in points)
        if sat and tie_break["state"] not in ("held", "appeals"):
            yield f"competition {number}: round {tie_break['round']} is {tie_break['state']}, yet these count: {sat}"
        declined = [one["code"] for one in tie_break["entrants"] if one["absence"] == "declined"]
        if (tie_break["state"] == "uncontested") != is_alone(tie_break["entrants"]):
            yield f"competition {number}: round {tie_break['round']} is {tie_break['state']}, declined: {declined}"
    states = {tie_break["state"] for tie_break in competition["tie_breaks"]}
    settled = states <= {"held", "uncontested", "lapsed"}
    for code in sorted(points.keys() - named) if settled else ():
        yield f"competition {number}: no tie-break names attempt {code}"
    rounds = held_rounds(competition, points)
    if status in ("testing", "appeals"):  # the files do not hold what is awaited, only that something is
        if competition["ranking"] is not None or not competition["awaited"]:
            yield f"competition {number}: status is {status}, yet it has a ranking or nothing is awaited"
        return
    yield from ranked(competition, main, below, rounds)
    for name, value in outcome(main, rounds, competition["acts"]).items():
        if competition[name] != value:
            yield f"competition {number}: {name} is {competition[name]}, recounted {value}"
    if (status == "tie_break") != bool(competition["awaited"]):
        yield f"competition {number}: status is {status}, awaited is {competition['awaited']}"


def ranked(
    competition: Row, main: Mapping[str, int], below: Mapping[str, int], rounds: Sequence[tuple[bool, dict[str, int]]]
) -> Iterator[str]:
    """Differences in total and place."""
    scores = [entrants for _came, entrants in rounds]
    found: dict[str, tuple[int, int | None]] = {**rank(main, scores), **{code: (n, None) for code, n in below.items()}}
    said = {row["code"]: (row["total"], row["place"]) for row in competition["ranking"] or ()}
    for code in sorted(found.keys() | said.keys()):
        if found.get(code) != said.get(code):
            differs = f"total and place are {said.get(code)}, recounted {found.get(code)}"
            yield f"competition {competition['competition']}, {code}: {differs}"


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
