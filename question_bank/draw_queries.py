"""Draws of forms that are kept: which there are, what was sealed of them, on how many forms their questions stand."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from core.db import db
from question_bank import stock_queries
from question_bank.draw_models import FormDraw
from question_bank.models import ItemVersion, TestForm, TestSpecification


def draws_of(specification: TestSpecification) -> list[FormDraw]:
    """Its draws, the last one first, with who drew (1 statement)."""
    query = select(FormDraw).where(FormDraw.specification_id == specification.id).options(joinedload(FormDraw.drawn_by))
    return list(db.session.scalars(query.order_by(FormDraw.number.desc())))


def get_draw(draw_id: UUID) -> FormDraw:
    """The draw with its specification and who drew, or 404 (1 statement)."""
    options = [joinedload(FormDraw.specification), joinedload(FormDraw.drawn_by)]
    found = db.session.get(FormDraw, draw_id, options=options)
    if found is None:
        raise NotFound
    return found


def variants(found: FormDraw) -> list[TestForm]:
    """The sealed forms of the draw in its order, none where it is not sealed (1 statement)."""
    if found.first_variant is None:
        return []
    numbers = range(found.first_variant, found.first_variant + len(found.drawn))
    query = select(TestForm).where(TestForm.specification_id == found.specification_id)
    return list(db.session.scalars(query.where(TestForm.variant.in_(numbers)).order_by(TestForm.variant)))


def draw_of(form: TestForm) -> FormDraw | None:
    """The draw that a sealed form came from, None where it is not kept (1 statement)."""
    query = select(FormDraw).where(
        FormDraw.specification_id == form.specification_id, FormDraw.first_variant <= form.variant
    )
    found = db.session.scalar(query.order_by(FormDraw.first_variant.desc()).limit(1))
    if found is None or found.first_variant is None or form.variant >= found.first_variant + len(found.drawn):
        return None
    return found


def exposure(found: FormDraw) -> Counter[int]:
    """On how many forms questions of the draw stand once it is sealed: number of forms → questions (2 statements)."""
    held, uses = stock_queries.forms_holding(), Counter(UUID(id_) for form in found.drawn for id_ in form)
    query = select(ItemVersion.id, ItemVersion.item_id).where(ItemVersion.id.in_(uses))
    rows = db.session.execute(query)
    return Counter(held.get(item_id, 0) + (0 if found.sealed_at else uses[id_]) for id_, item_id in rows)


def is_last(found: FormDraw) -> bool:
    """Whether nothing was drawn for this specification since: only then is it a choice of chance, not of a person."""
    return last_number(found.specification) == found.number


def last_number(specification: TestSpecification) -> int:
    """The number of its last draw, 0 where nothing was drawn (1 statement)."""
    query = select(func.coalesce(func.max(FormDraw.number), 0)).where(FormDraw.specification_id == specification.id)
    return db.session.scalar(query) or 0
