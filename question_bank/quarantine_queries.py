"""Reading quarantines: what is in one, which forms hold it, who may take it out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from core.db import db
from question_bank.entries import BankHand
from question_bank.life import SuspensionKind
from question_bank.life_models import ItemSuspension
from question_bank.models import FormItem, Item, ItemVersion, TestForm
from question_bank.paging import Page


@dataclass(frozen=True)
class Suspect:
    """A question in quarantine that stands on a form."""

    form_id: UUID
    position: int
    item_id: UUID
    external_id: str
    kind: SuspensionKind
    at: datetime


def open_suspension(item_id: UUID) -> ItemSuspension | None:
    """The quarantine that the question is in (1 statement)."""
    query = select(ItemSuspension).where(ItemSuspension.item_id == item_id, ItemSuspension.lifted_at.is_(None))
    return db.session.scalars(query.options(joinedload(ItemSuspension.by))).one_or_none()


def suspensions_of(item_id: UUID) -> list[ItemSuspension]:
    """Every quarantine of the question with its people, the latest first (1 statement)."""
    query = select(ItemSuspension).where(ItemSuspension.item_id == item_id)
    query = query.options(joinedload(ItemSuspension.by), joinedload(ItemSuspension.lifted_by))
    return list(db.session.scalars(query.order_by(ItemSuspension.at.desc())))


def quarantined(page: int, own_of: UUID | None = None) -> Page:
    """A page of questions in quarantine with who put them there, the longest waiting first (2 statements).

    ``own_of``: whose own questions alone are seen.
    """
    query = select(ItemSuspension).join(ItemSuspension.item).where(*_in_quarantine(own_of))
    total = db.session.scalar(select(func.count()).select_from(ItemSuspension).where(*_in_quarantine(own_of))) or 0
    query = query.options(contains_eager(ItemSuspension.item), joinedload(ItemSuspension.by))
    query = query.order_by(ItemSuspension.at, Item.external_id)
    return Page(total, page, lambda after, most: db.session.scalars(query.offset(after).limit(most)).all())


def _in_quarantine(own_of: UUID | None) -> list[ColumnElement[bool]]:
    own = select(BankHand.item_id).where(BankHand.user_id == own_of)
    return [ItemSuspension.lifted_at.is_(None), *([ItemSuspension.item_id.in_(own)] if own_of is not None else [])]


def quarantined_for(person: UUID) -> int:
    """How many questions wait in quarantine for a second person that this one may be."""
    query = select(func.count()).select_from(ItemSuspension).join(ItemSuspension.item)
    own = select(BankHand.item_id).where(BankHand.user_id == person)
    query = query.where(ItemSuspension.lifted_at.is_(None), Item.retired_at.is_(None), ItemSuspension.by_id != person)
    query = query.where(ItemSuspension.item_id.not_in(own))
    return db.session.scalar(query) or 0


def forms_holding(item_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The forms on which any version of each of these items stands, by item (1 statement)."""
    query = select(ItemVersion.item_id, FormItem.form_id).join(FormItem, FormItem.item_version_id == ItemVersion.id)
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for item_id, form_id in db.session.execute(query.where(ItemVersion.item_id.in_(item_ids))) if item_ids else ():
        found[item_id].add(form_id)
    return found


def forms_of(item_id: UUID) -> list[TestForm]:
    """The forms on which any version of the item stands, with their specifications, the latest first (1 statement)."""
    held = select(FormItem.form_id).join(ItemVersion, FormItem.item_version_id == ItemVersion.id)
    query = select(TestForm).where(TestForm.id.in_(held.where(ItemVersion.item_id == item_id)))
    query = query.options(joinedload(TestForm.specification)).order_by(TestForm.sealed_at.desc(), TestForm.variant)
    return list(db.session.scalars(query))


def forms_by_item(item_ids: Collection[UUID]) -> dict[UUID, list[TestForm]]:
    """The forms on which each of these items stands, with their specifications (2 statements; none without items)."""
    held = forms_holding(item_ids)
    wanted = {form_id for ids in held.values() for form_id in ids}
    query = select(TestForm).where(TestForm.id.in_(wanted)).options(joinedload(TestForm.specification))
    known = {form.id: form for form in db.session.scalars(query)} if wanted else {}
    return {
        item_id: sorted((known[one] for one in ids), key=lambda form: (form.sealed_at, form.variant))
        for item_id, ids in held.items()
    }


def suspects_on(form_ids: Collection[UUID]) -> dict[UUID, list[Suspect]]:
    """Questions in quarantine on these forms, by form, in the order of the form (1 statement; none without forms).

    A question that was taken out of use while in quarantine is still one: the forms hold it.
    """
    if not form_ids:
        return {}
    query = (
        select(FormItem.form_id, FormItem.position, Item.id, Item.external_id, ItemSuspension.kind, ItemSuspension.at)
        .join(ItemVersion, FormItem.item_version_id == ItemVersion.id)
        .join(Item, ItemVersion.item_id == Item.id)
        .join(ItemSuspension, ItemSuspension.item_id == Item.id)
        .where(FormItem.form_id.in_(form_ids), ItemSuspension.lifted_at.is_(None))
        .order_by(FormItem.form_id, FormItem.position)
    )
    found: defaultdict[UUID, list[Suspect]] = defaultdict(list)
    for row in db.session.execute(query):
        found[row[0]].append(Suspect(*row))
    return dict(found)


def suspect_form_ids(own_of: UUID | None = None) -> Select[UUID]:
    """A selection of every form with a question in quarantine; ``own_of``: with one of this person's own."""
    query = select(FormItem.form_id).join(ItemVersion, FormItem.item_version_id == ItemVersion.id)
    query = query.join(ItemSuspension, ItemSuspension.item_id == ItemVersion.item_id)
    return query.where(*_in_quarantine(own_of)).distinct()


def suspect_forms(own_of: UUID | None = None) -> set[UUID]:
    """The same forms (1 statement)."""
    return set(db.session.scalars(suspect_form_ids(own_of)))


def suspect_form_count() -> int:
    """How many forms hold a question in quarantine (1 statement)."""
    return db.session.scalar(select(func.count()).select_from(suspect_form_ids().subquery())) or 0
