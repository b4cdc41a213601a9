"""Blueprints: how many items of which subject area and difficulty a form has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from core import audit
from core.db import db
from question_bank import queries, rules
from question_bank.assembly import plan
from question_bank.assembly.plan import Cell, Shortage
from question_bank.models import Blueprint, BlueprintCell, SubjectArea, SubTopic
from question_bank.rules import SpecificationStatus
from question_bank.services import draws

_Place = tuple[str, str | None, int]


def shortages(cells: Sequence[Cell]) -> list[Shortage]:
    """Every cell that the bank cannot fill now."""
    return draws.stock().shortages(cells)


def create_blueprint(
    title: str, cells: Sequence[Cell], *, allow_short: bool = False, by: User, now: datetime
) -> Blueprint:
    """A new blueprint. ``allow_short`` keeps one that the bank cannot fill yet, as a plan for the authors.

    Raises:
        BlueprintEmpty, BlueprintTitleTaken, UnknownSubject: it cannot be kept.
        BlueprintShort: the bank cannot fill it; names every cell that is short.
    """
    _check(title, cells, None, allow_short)
    blueprint = Blueprint(title=title, created_by_id=by.id, created_at=now)
    _fill(blueprint, cells)
    db.session.add(blueprint)
    db.session.flush()
    audit.record("blueprint.created", blueprint, by=by, at=now, title=title, cells=_facts(cells))
    return blueprint


def edit_blueprint(
    blueprint: Blueprint, title: str, cells: Sequence[Cell], *, allow_short: bool = False, by: User, now: datetime
) -> None:
    """Change a blueprint that no submitted or approved specification uses.

    Raises:
        BlueprintInUse: one does.
        BlueprintEmpty, BlueprintTitleTaken, UnknownSubject, BlueprintShort: as :func:`create_blueprint`.
    """
    queries.lock(blueprint)
    if is_frozen(blueprint):
        raise rules.BlueprintInUse
    _check(title, cells, blueprint, allow_short)
    blueprint.title = title
    _fill(blueprint, cells)
    db.session.flush()
    audit.record("blueprint.edited", blueprint, by=by, at=now, title=title, cells=_facts(cells))


def is_frozen(blueprint: Blueprint) -> bool:
    """Whether a submitted or approved specification uses the blueprint."""
    frozen = {SpecificationStatus.SUBMITTED, SpecificationStatus.APPROVED}
    return any(specification.status in frozen for specification in blueprint.specifications)


def _check(title: str, cells: Sequence[Cell], own: Blueprint | None, allow_short: bool) -> None:
    if not any(cell.count > 0 for cell in cells):
        raise rules.BlueprintEmpty
    other = queries.find_blueprint(title)
    if other is not None and (own is None or other.id != own.id):
        raise rules.BlueprintTitleTaken(title=title)
    if not allow_short:
        plan.refuse(shortages(cells))


def _fill(blueprint: Blueprint, cells: Sequence[Cell]) -> None:
    """Give the blueprint exactly these cells; a cell that stays keeps its row."""
    areas, topics = {area.code: area for area in queries.subject_areas()}, queries.sub_topics_by_code()
    kept = {_place(cell.as_cell()): cell for cell in blueprint.cells}
    wanted = {_place(cell): cell for cell in cells if cell.count > 0}
    for place in kept.keys() - wanted.keys():
        blueprint.cells.remove(kept[place])
    for place, cell in wanted.items():
        row = kept.get(place)
        if row is None:
            area, topic = _subject(cell, areas, topics)
            row = BlueprintCell(area=area, sub_topic=topic, difficulty=cell.difficulty)
            blueprint.cells.append(row)
        row.count = cell.count


def _subject(
    cell: Cell, areas: dict[str, SubjectArea], topics: dict[tuple[str, str], SubTopic]
) -> tuple[SubjectArea, SubTopic | None]:
    area = areas.get(cell.area)
    topic = topics.get((cell.area, cell.sub_topic)) if cell.sub_topic else None
    if area is None or (cell.sub_topic and topic is None):
        raise rules.UnknownSubject(code=f"{cell.area}/{cell.sub_topic}" if cell.sub_topic else cell.area)
    return area, topic


def _place(cell: Cell) -> _Place:
    return cell.area, cell.sub_topic, cell.difficulty


def _facts(cells: Sequence[Cell]) -> dict[str, int]:
    return {cell.label: cell.count for cell in cells if cell.count > 0}
