"""A second reading of an attempt, straight from the rows, that shares no line with the scoring it checks (¶35).

Nothing of :mod:`testing_center.rules.scoring` or the queries that feed it is used here: neither the choice of the
answer in force nor the key with its corrections nor the sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.db import db
from question_bank.models import FormItem, ItemVersion
from question_bank.sealing import open_key
from testing_center.accepted import open_accepted
from testing_center.models.attempts import ResponseEvent
from testing_center.models.errata import Correction, Erratum


@dataclass(frozen=True)
class Right:
    """What earns the points of an item: one of ``responses`` exactly, or anything where it is void."""

    place: int
    sealed: tuple[str, ...]
    responses: tuple[tuple[str, ...], ...]
    is_void: bool
    points: int
    corrections: tuple[str, ...]


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
    rows = db.session.execute(
        select(FormItem.position, FormItem.option_ids, FormItem.points, ItemVersion)
        .join(FormItem.version)
        .where(FormItem.form_id == form_id)
        .order_by(FormItem.position)
    )
    found = {}
    for place, option_ids, points, version in rows:
        key = tuple(sorted(option_ids[index] for index in open_key(version)))
        found[place] = Right(place, key, (key,), False, points, ())
    errata = db.session.execute(
        select(Erratum, Correction.number)
        .join(Erratum.correction)
        .where(Correction.form_id == form_id, Correction.status == "applied", Erratum.attempt_id.is_(None))
        .order_by(Correction.decided_at, Correction.number, Erratum.place)
    )
    for erratum, number in errata:
        found[erratum.place] = _amended(found[erratum.place], erratum, number)
    return found


def _amended(right: Right, erratum: Erratum, number: str) -> Right:
    accepted = [tuple(sorted(response)) for response in open_accepted(erratum)]
    responses, kind = right.responses, str(erratum.kind)
    if kind == "wrong_key":
        responses = tuple(accepted)
    elif kind == "several_right":
        responses = (*responses, *(one for one in accepted if one not in responses))
    numbers = (*right.corrections, number)
    return Right(right.place, right.sealed, responses, kind == "void", right.points, numbers)


def points_of(right: Right, response: Iterable[str] | None) -> int:
    """Points of one item for the response in force; None where there is none."""
    if right.is_void:
        return right.points
    return right.points if response is not None and tuple(sorted(response)) in right.responses else 0


def total(rights: Mapping[int, Right], answers: Mapping[int, tuple[str, ...]]) -> int:
    """The score, recounted."""
    return sum(points_of(right, answers.get(place)) for place, right in rights.items())
