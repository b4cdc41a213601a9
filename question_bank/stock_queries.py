"""What the bank has for drawing forms: which questions may be drawn, how often each stands on forms, what is short."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import TypeVarTuple
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased

from core.db import db
from question_bank import life, rules, statistics_queries
from question_bank.assembly.plan import ENOUGH, Candidate
from question_bank.assembly.stock import Stock
from question_bank.entries import BankEntry
from question_bank.models import FormItem, Item, ItemVersion, SubjectArea, SubTopic

Columns = TypeVarTuple("Columns")
_STOCKED = (BankEntry.is_in_force, BankEntry.is_retired.is_(False), BankEntry.is_suspended.is_(False))


def lock_items_of(version_ids: Collection[UUID]) -> None:
    """Hold the items of these versions until the end of the transaction, in one order, so that nobody waits in a ring.

    New versions may be added meanwhile; another one that holds, suspends or retires an item waits.
    """
    wanted = select(ItemVersion.item_id).where(ItemVersion.id.in_(version_ids))
    db.session.execute(select(Item.id).where(Item.id.in_(wanted)).order_by(Item.id).with_for_update(key_share=True))


def _drawable(query: Select[*Columns]) -> Select[*Columns]:
    """Of ``ItemVersion``: the newest approved version of each item that a form may hold, with its place in the bank."""
    newer, approved = aliased(ItemVersion), rules.ItemStatus.APPROVED
    is_old = exists().where(
        newer.item_id == ItemVersion.item_id, newer.number > ItemVersion.number, newer.status == approved
    )
    return (
        query.join(ItemVersion.item)
        .join(ItemVersion.sub_topic)
        .join(SubTopic.area)
        .where(ItemVersion.status == approved, ~is_old)
        .where(Item.retired_at.is_(None), Item.suspended_at.is_(None))
    )


def forms_holding() -> dict[UUID, int]:
    """How many sealed forms hold each item, in whichever version; items on none are not in it (1 statement)."""
    query = select(ItemVersion.item_id, func.count(func.distinct(FormItem.form_id))).select_from(FormItem)
    # Outer, though each has its version: SQLite would else go through all versions for the few that stand on forms.
    query = query.outerjoin(FormItem.version).group_by(ItemVersion.item_id)
    return {item_id: forms for item_id, forms in db.session.execute(query)}


def bank_candidates() -> list[Candidate]:
    """Everything that a form may be drawn from: the newest approved version of each item in use (3 statements).

    A candidate's id is the version's id; its enemies hold in both directions, whoever named them; its facility is the
    measured one where enough people have met this version; ``forms`` counts the sealed forms that hold the item in
    whichever version: who has seen the old wording knows the question.
    """
    query = select(
        ItemVersion.id, ItemVersion.item_id, Item.external_id, SubjectArea.code, SubTopic.code, ItemVersion.difficulty,
        ItemVersion.enemies,
    )  # fmt: skip
    rows, held = db.session.execute(_drawable(query).order_by(Item.external_id)).all(), forms_holding()
    facilities = {id_: one.facility for id_, one in statistics_queries.measured().items() if one.people >= ENOUGH}
    by_external_id = {row[2]: str(row[0]) for row in rows}
    spelled = life.spelled({enemy for row in rows for enemy in row[6]}, by_external_id)
    enemies: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        for enemy in (by_external_id[spelled[name]] for name in row[6] if name in spelled):
            enemies[str(row[0])].add(enemy)
            enemies[enemy].add(str(row[0]))
    return [
        Candidate(
            str(id_), area, topic, level, frozenset(enemies.get(str(id_), ())), facilities.get(id_),
            held.get(item_id, 0),
        )
        for id_, item_id, _external_id, area, topic, level, _enemies in rows
    ]  # fmt: skip


def stock(without: Collection[UUID] = ()) -> Stock:
    """What :func:`bank_candidates` has, counted, less the items ``without`` (4 statements, one more for each 500).

    It is read from the entries of the bank; items on no form, which are the most, are counted by the database.
    """
    held, left_out = forms_holding(), sorted(without)
    cell = (BankEntry.sub_topic_id, BankEntry.difficulty, BankEntry.has_enemies)
    found: Counter[tuple[UUID, int, bool, int]] = Counter()
    on_none = select(*cell, func.count()).where(*_STOCKED, BankEntry.is_on_form.is_(False)).group_by(*cell)
    for topic_id, level, named, count in db.session.execute(on_none):
        found[topic_id, level, named, 0] += count
    on_some = select(BankEntry.item_id, *cell).where(*_STOCKED, BankEntry.is_on_form)
    for item_id, topic_id, level, named in db.session.execute(on_some):
        found[topic_id, level, named, held.get(item_id, 0)] += 1
    for start in range(0, len(left_out), 500):
        some = select(BankEntry.item_id, *cell, BankEntry.is_on_form).where(*_STOCKED)
        for item_id, topic_id, level, named, is_on_form in db.session.execute(
            some.where(BankEntry.item_id.in_(left_out[start : start + 500]))
        ):
            found[topic_id, level, named, held.get(item_id, 0) if is_on_form else 0] -= 1
    query = select(SubTopic.id, SubjectArea.code, SubTopic.code).join(SubTopic.area)
    places = {topic_id: (area, topic) for topic_id, area, topic in db.session.execute(query)}
    counts: Counter[tuple[str, str, int, int]] = Counter()
    for (topic_id, level, _named, forms), count in found.items():
        counts[*places[topic_id], level, forms] += count
    return Stock(
        counts, {(places[topic_id][0], level) for (topic_id, level, named, _f), n in found.items() if named and n}
    )


def version_ids(item_ids: Collection[UUID]) -> set[UUID]:
    """Every version of these items (1 statement)."""
    query = select(ItemVersion.id).where(ItemVersion.item_id.in_(item_ids))
    return set(db.session.scalars(query)) if item_ids else set()


def items_on(form_ids: Collection[UUID]) -> set[UUID]:
    """The items, not their versions, that stand on any of these forms (1 statement)."""
    query = select(ItemVersion.item_id).join(FormItem, FormItem.item_version_id == ItemVersion.id)
    return set(db.session.scalars(query.where(FormItem.form_id.in_(form_ids)))) if form_ids else set()
