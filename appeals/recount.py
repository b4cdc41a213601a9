"""A second reading of an attempt, straight from the rows, that shares no line with the scoring it checks (¶35).

Nothing of :mod:`testing_center.rules.scoring` or the queries that feed it is used here: neither the choice of the
answer in force nor the key with its corrections nor what a response earns nor the sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from core.db import db
from question_bank.models import FormItem
from question_bank.sealing import open_key
from testing_center.accepted import open_accepted
from testing_center.models.attempts import ResponseEvent
from testing_center.models.errata import Correction, Erratum


@dataclass(frozen=True)
class Right:
    """What earns the points of an item: one of the keys in ``responses``, or anything where it is void.

    ``count`` is how many options it has; ``is_partial``: part of the points where the answer is partly right.
    """

    place: int
    kind: str
    sealed: tuple[str, ...]
    responses: tuple[tuple[str, ...], ...]
    is_void: bool
    points: int
    count: int
    is_partial: bool
    corrections: tuple[str, ...] = ()


def recorded_answers(attempt_id: UUID) -> dict[int, tuple[str, ...]]:
    """Place → response of the last change in time: of the highest workstation epoch the highest revision."""
    rows = db.session.execute(
        select(ResponseEvent.place, ResponseEvent.response)
        .where(ResponseEvent.attempt_id == attempt_id, ResponseEvent.is_late.is_(False))
        .order_by(ResponseEvent.place, ResponseEvent.epoch, ResponseEvent.revision)
    )
    return {place: tuple(response) for place, response in rows}  # a later row of the same place replaces the earlier


def answers_in_force(attempt_id: UUID) -> dict[int, tuple[str, ...]]:
    """Place → the response that counts: the recorded one, or the one that a correction in force states for it.

    Of two corrections of one answer the later counts.
    """
    found = recorded_answers(attempt_id)
    restated = db.session.scalars(
        select(Erratum)
        .join(Erratum.correction)
        .where(Erratum.attempt_id == attempt_id, Correction.status == "applied")
        .order_by(Correction.decided_at, Correction.number)
    )
    for erratum in restated:
        found[erratum.place] = tuple(open_accepted(erratum)[0])
    return found


def right_answers(form_id: UUID) -> dict[int, Right]:
    """Place → what is right: the sealed key, then each applied correction of it in the order of its application."""
    rows = db.session.scalars(
        select(FormItem)
        .join(FormItem.version)
        .options(contains_eager(FormItem.version))
        .where(FormItem.form_id == form_id)
        .order_by(FormItem.position)
    )
    found = {}
    for row in rows:
        key, count = _key(row), len(row.option_ids)
        found[row.position] = Right(
            row.position, str(row.version.kind), key, (key,), False, row.points, count, row.version.is_partial
        )
    errata = db.session.execute(
        select(Erratum, Correction.number)
        .join(Erratum.correction)
        .where(Correction.form_id == form_id, Correction.status == "applied", Erratum.attempt_id.is_(None))
        .order_by(Correction.decided_at, Correction.number, Erratum.place)
    )
    for erratum, number in errata:
        found[erratum.place] = _amended(found[erratum.place], erratum, number)
    return found


def _key(row: FormItem) -> tuple[str, ...]:
    """The sealed key in the ids of the form: in the order of the key where that says something, else sorted."""
    said: list[str] = []
    for mark in open_key(row.version):
        match mark:
            case (left, right):
                said.append(row.option_ids[left] + ":" + row.target_ids[right])
            case int():
                said.append(row.option_ids[mark])
            case _:
                said.append(str(mark))
    return tuple(said if row.version.kind in ("ordering", "numeric") else sorted(said))


def _amended(right: Right, erratum: Erratum, number: str) -> Right:
    accepted = [tuple(response) for response in open_accepted(erratum)]
    responses, kind = right.responses, str(erratum.kind)
    if kind == "wrong_key":
        responses = tuple(accepted)
    elif kind == "several_right":
        responses = (*responses, *(one for one in accepted if one not in responses))
    return replace(right, responses=responses, is_void=kind == "void", corrections=(*right.corrections, number))


def points_of(right: Right, response: Iterable[str] | None) -> int:
    """Points of one item for the response in force; None where there is none."""
    if right.is_void:
        return right.points
    given = list(response or ())
    return max((_worth(right, list(key), given) for key in right.responses), default=0) if given else 0


def _worth(right: Right, key: list[str], given: list[str]) -> int:
    """Points of one answer by one key, in whole numbers; rounded down where a part of them is given."""
    if right.kind == "ordering":
        return right.points if given == key else 0
    if right.kind == "numeric":
        value, tolerance = (Fraction(one) for one in key)
        return right.points if value - tolerance <= Fraction(given[0]) <= value + tolerance else 0
    if sorted(given) == sorted(key):
        return right.points
    if not right.is_partial:
        return 0
    hits = sum(one in key for one in given)
    if right.kind == "matching":
        return right.points * hits // len(key)
    misses, wrong = len(given) - hits, right.count - len(key)
    return max(0, right.points * (hits * wrong - misses * len(key)) // (len(key) * wrong)) if wrong else 0


def total(rights: Mapping[int, Right], answers: Mapping[int, tuple[str, ...]]) -> int:
    """The score, recounted."""
    return sum(points_of(right, answers.get(place)) for place, right in rights.items())
