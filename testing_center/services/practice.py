"""The practice test: ten sample questions of all kinds for everybody, of no bank, kept in no database.

What somebody does in it travels in their signed session cookie: when it began, the order in which options are shown,
the answers, what was flagged and seen. Whether an answer is right is known to the server alone, and told at the end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from question_bank.kinds.base import Parts, Response
from question_bank.kinds.registry import kind_of
from question_bank.rules import ItemKind
from testing_center.rules.delivery import NOTHING_SAVED, Saved
from testing_center.sheets import SheetItem, SheetOption

FILE = Path(__file__).parents[1] / "practice" / "questions.json"
LASTS = timedelta(minutes=15)
# Of the session: {"at": seconds since 1970, "seed": n, "given": {position: [response, flagged, seconds since 1970]},
# "seen": [position, …], "over": bool}
State = dict[str, Any]


@dataclass(frozen=True)
class Sample:
    """A sample question with its key in the ids of its options."""

    item: SheetItem
    key: Response


@dataclass(frozen=True)
class Judged:
    """A question after the end; answers in words."""

    position: int
    item: SheetItem
    is_right: bool
    given: list[str]
    right: list[str]


@cache
def rows() -> list[dict[str, Any]]:
    """The file: kind, stem, options, targets and key, with indexes into options and targets."""
    found: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
    return found


@cache
def samples() -> tuple[Sample, ...]:
    """The sample questions, in order."""
    return tuple(_sample(place, row) for place, row in enumerate(rows(), start=1))


def _sample(place: int, row: Mapping[str, Any]) -> Sample:
    kind = kind_of(row["kind"])
    options, targets = _parts(place, "option", row["options"]), _parts(place, "target", row.get("targets", ()))
    parts = Parts(tuple(one.id for one in options), tuple(one.id for one in targets))
    item = SheetItem(place, kind, "", row["stem"], options, targets, parts, points=1, is_partial=False)
    return Sample(item, kind.bind(kind.canonical(row["key"]), parts))


def _parts(place: int, side: str, texts: Sequence[dict[str, str]]) -> tuple[SheetOption, ...]:
    """Options with ids that tell nothing of the order in which they were written down."""
    said = (hashlib.sha256(f"practice {place} {side} {n}".encode()).hexdigest()[:6] for n in range(len(texts)))
    return tuple(SheetOption(id_, dict(text)) for id_, text in zip(said, texts, strict=True))


def begin(seed: int, *, now: datetime) -> State:
    """A practice test that begins now; ``seed`` orders its options."""
    return {"at": int(now.timestamp()), "seed": seed, "given": {}, "seen": [], "over": False}


def end(state: State) -> State:
    """The state after its end: nothing changes any more."""
    return state | {"over": True}


def remaining(state: Mapping[str, Any], *, now: datetime) -> int:
    """Seconds left; none after the end."""
    left = state["at"] + LASTS.total_seconds() - now.timestamp()
    return 0 if state["over"] else max(0, int(left))


def is_over(state: Mapping[str, Any], *, now: datetime) -> bool:
    """Whether it was ended, or its time is up."""
    return remaining(state, now=now) == 0


def order_of(state: Mapping[str, Any], position: int) -> tuple[list[int], list[int]]:
    """In which order options and targets are shown to this person."""
    item, random = samples()[position - 1].item, Random(f"{state['seed']} {position}")
    options, targets = list(range(len(item.options))), list(range(len(item.targets)))
    if item.kind.shuffles:
        random.shuffle(options)
    random.shuffle(targets)
    return options, targets


def saved(state: Mapping[str, Any], position: int) -> Saved:
    """The answer given so far, as the templates of the exam take it."""
    kept = state["given"].get(str(position))
    if kept is None:
        return NOTHING_SAVED
    response, flagged, at = kept
    return Saved(0, 0, tuple(response), bool(flagged), datetime.fromtimestamp(at, UTC))


def see(state: State, position: int) -> State:
    """The state after a look at a question."""
    return state | {"seen": sorted({*state["seen"], position})}


def answer(
    state: State, position: int, said: Sequence[object], *, flagged: bool | None = None, now: datetime
) -> State | None:
    """The state with this answer, empty withdraws it; None where it is not an answer to this question.

    ``flagged`` None keeps the mark as it is. No refusal: those are recorded, and a stranger who plays writes nothing
    into the trail.
    """
    item, before = samples()[position - 1].item, saved(state, position)
    kept = item.kind.read(said, item.parts)
    if kept is None:
        return None
    mark = before.flagged if flagged is None else flagged
    if (kept, mark) == (before.response, before.flagged):
        return state
    return state | {"given": state["given"] | {str(position): [list(kept), int(mark), int(now.timestamp())]}}


def judged(state: Mapping[str, Any], language: str) -> list[Judged]:
    """Every question with what was answered and what is right, for after the end."""
    found = []
    for position, sample in enumerate(samples(), start=1):
        item, given = sample.item, saved(state, position).response
        texts = item.texts(language)
        is_right = bool(given) and item.kind.is_right(sample.key, given)
        right = item.kind.key_words(_as_written(item, sample.key), texts)
        found.append(Judged(position, item, is_right, item.kind.words(_as_written(item, given), texts), right))
    return found


def _as_written(item: SheetItem, response: Response) -> Response:
    """Several chosen options in the order in which they were written down, not in that of their ids."""
    if item.kind.name != ItemKind.MULTIPLE_RESPONSE:
        return response
    return tuple(one for one in item.parts.options if one in response)
