"""The test of the demonstration: its blueprint, its approved specification, its sealed forms."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from appeals import form_queries
from core.db import db, transaction
from demo.stage import person
from question_bank import stock_queries
from question_bank.assembly.plan import Cell
from question_bank.models import Blueprint, ItemVersion, SubjectArea, TestForm, TestSpecification
from question_bank.services import blueprints, forms, specifications
from question_bank.services.specifications import Terms
from ranking.rules import tie_break

VARIANTS = 3
SPARE = 2  # questions of a cell held back beside those that tie-breaks need, since some are enemies of each other


def cells_for(count: int) -> list[Cell]:
    """A blueprint of ``count`` items, spread over areas and difficulties in proportion to what the bank holds."""
    pool = stock_queries.bank_candidates()
    areas = list(db.session.scalars(select(SubjectArea.code).order_by(SubjectArea.position)))
    held = {
        (area, level): sum(i.area == area and i.difficulty == level for i in pool)
        for area in areas
        for level in range(1, 6)
    }
    chosen = dict.fromkeys(held, 0)
    for number in range(count):
        area = areas[number % len(areas)]
        open_cells = [cell for cell in held if chosen[cell] < held[cell]]
        own = [cell for cell in open_cells if cell[0] == area] or open_cells
        if not own:
            break
        # The cell that is furthest behind its share of the bank, the middle difficulty first.
        best = min(own, key=lambda cell: ((chosen[cell] + 1) / held[cell], abs(cell[1] - 3), cell[1]))
        chosen[best] += 1
    return [Cell(area, level, n) for (area, level), n in chosen.items() if n]


def held_back(spec: TestSpecification, rounds: int) -> set[UUID]:
    """Items that stand on no form of the test, so that ``rounds`` tie-breaks can follow when all its keys are known.

    A hearing takes every item of a form out of use (¶35), and a bank of 250 holds three forms of 80 only once.
    """
    cells = [cell.as_cell() for cell in spec.blueprint.cells]
    thirds = {(one.area, one.difficulty): one.count for one in tie_break.cells_for(cells, spec.items // 3)}
    pool, kept = stock_queries.bank_candidates(), list[UUID]()
    for cell in cells:
        fitting = [UUID(one.id) for one in pool if one.fits(cell)]
        wanted, free = rounds * thirds.get((cell.area, cell.difficulty), 0), len(fitting) - cell.count
        kept += fitting[: max(min(free, wanted), min(free - 1, wanted + SPARE))]
    return set(db.session.scalars(select(ItemVersion.item_id).where(ItemVersion.id.in_(kept))))


def specification(
    count: int, minutes: int, *, now: datetime, variants: int = VARIANTS, rounds: int = 0
) -> tuple[TestSpecification, list[TestForm]]:
    """An approved specification with sealed parallel forms; made once for each size and time.

    Forms whose key was shown at a hearing are not used again (¶35): new ones are sealed in their place. ``rounds`` is
    how many tie-breaks the bank must still have questions for.
    """
    title_ky, title_ru = "Мектеп жетекчилери үчүн негизги тестирлөө", "Основное тестирование для руководителей школ"
    blueprint_title = f"Негизги тестирлөө, суроолор: {count}"
    known = db.session.scalar(
        select(TestSpecification).where(
            TestSpecification.title_ky == title_ky,
            TestSpecification.approved_at.is_not(None),
            TestSpecification.items == count,
            TestSpecification.minutes == minutes,
        )
    )
    if known is not None:
        unspent = [form for form in known.forms if not form_queries.was_key_shown(form.id)]
        if len(unspent) < variants:
            with transaction():
                unspent = forms.seal_forms(known, variants, by=person("administrator"), now=now)
        return known, unspent
    administrator, officer = person("administrator"), person("officer")
    with transaction():
        blueprint = db.session.scalar(
            select(Blueprint).where(Blueprint.title == blueprint_title)
        ) or blueprints.create_blueprint(blueprint_title, cells_for(count), by=administrator, now=now)
        cut = (blueprint.items * 6 + 9) // 10  # 60 %, rounded up
        spec = specifications.create_specification(
            blueprint, Terms(title_ky, title_ru, minutes, cut), by=administrator, now=now
        )
        specifications.submit_specification(spec, by=administrator, now=now)
    with transaction():
        specifications.approve_specification(spec, "12-Ө", now.date(), by=officer, now=now)
    with transaction():
        without = held_back(spec, rounds) if rounds else set()
        sealed = forms.seal_forms(spec, variants, by=administrator, now=now, without=without)
    return spec, sealed
