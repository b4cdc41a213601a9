"""Which forms a key on the screen concerns: those that hold one of its items, in whatever version. No key is opened.

The review shows a form whole, so that every item of it is known from then on, on this form and on every other.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from appeals.models import Appeal, Hearing
from core.db import db
from question_bank.models import FormItem, ItemVersion, TestForm
from testing_center.models.attempts import Attempt
from testing_center.models.places import Room
from testing_center.models.sittings import Sitting, sitting_form
from testing_center.rules.delivery import AttemptStatus
from testing_center.rules.sittings import SittingStatus

RUNNING = (SittingStatus.OPENING, SittingStatus.OPEN)


def is_form_free(form: TestForm) -> bool:
    """Whether nobody works on an item of the form or is about to (¶35; 1 statement).

    Of every form that shares an item with it, in whatever version: no attempt is open, and no sitting that holds it is
    opening or open.
    """
    alike = _forms_with(_items_of(TestForm.id == form.id))
    working = select(Attempt.id).where(Attempt.form_id.in_(alike), Attempt.status != AttemptStatus.ENDED)
    return not db.session.scalar(select(working.exists() | _sittings_with(alike, *RUNNING).exists()))


def lock_sittings_with(form: TestForm) -> None:
    """Hold every sitting that holds an item of the form, so that none opens before this transaction ends."""
    holding = _sittings_with(_forms_with(_items_of(TestForm.id == form.id)))
    db.session.execute(select(Sitting.id).where(Sitting.id.in_(holding)).order_by(Sitting.id).with_for_update())


def spent_by(form: TestForm) -> list[Sitting]:
    """Planned sittings that a viewing of this form's key leaves without a form, the next first (1 statement).

    Those that cannot open any more are left out: nothing is taken from them.
    """
    alike = _forms_with(_items_of(TestForm.id == form.id))
    spent = _sittings_with(_forms_with(_shown()))
    query = select(Sitting).where(
        Sitting.id.in_(_sittings_with(alike, SittingStatus.PLANNED)), Sitting.id.not_in(spent)
    )  # fmt: skip
    loaded = joinedload(Sitting.room).joinedload(Room.centre)
    return list(db.session.scalars(query.options(loaded).order_by(Sitting.starts_at, Sitting.number)))


def was_key_shown(form_id: UUID) -> bool:
    """Whether the key of an item of this form was shown at a hearing, on whatever form: it is not used again."""
    query = select(ItemVersion.id).where(
        ItemVersion.id.in_(select(FormItem.item_version_id).where(FormItem.form_id == form_id)),
        ItemVersion.item_id.in_(_shown()),
    )  # fmt: skip
    return db.session.scalars(query.limit(1)).first() is not None


def items_shown() -> set[UUID]:
    """Items whose key was shown at a hearing (1 statement)."""
    return set(db.session.scalars(_shown()))


def _shown() -> Select[UUID]:
    """Every item of a form whose key was shown: the commission looks at the whole of it."""
    shown = select(Attempt.form_id).join(Appeal, Appeal.attempt_id == Attempt.id).join(Appeal.hearing)
    return _items_of(TestForm.id.in_(shown.join(Hearing.viewings)))


def _items_of(which: ColumnElement[bool]) -> Select[UUID]:
    return (
        select(ItemVersion.item_id)
        .join(FormItem, FormItem.item_version_id == ItemVersion.id)
        .join(TestForm, TestForm.id == FormItem.form_id)
        .where(which)
    )


def _forms_with(items: Select[UUID]) -> Select[UUID]:
    return (
        select(FormItem.form_id)
        .join(ItemVersion, ItemVersion.id == FormItem.item_version_id)
        .where(ItemVersion.item_id.in_(items))
    )


def _sittings_with(forms: Select[UUID], *statuses: SittingStatus) -> Select[UUID]:
    query = select(sitting_form.c.sitting_id).where(sitting_form.c.form_id.in_(forms))
    if not statuses:
        return query
    return query.join(Sitting, Sitting.id == sitting_form.c.sitting_id).where(Sitting.status.in_(statuses))
