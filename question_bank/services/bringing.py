"""Many new questions into the bank at once: all that is dear is done before the transaction, which only writes.

Sealing, folding and fingerprints of 5,000 questions take seconds, writing them with one statement a table far less:
on the embedded database, which has one writer, nobody waits for an import longer than for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from accounts.models import User
from core.db import db
from question_bank import entries, life, life_models, life_queries, queries, rules, similarity
from question_bank.exchange.drafts import ItemDraft, missing_language
from question_bank.life_models import ItemEnemy, ItemFingerprint
from question_bank.models import Item, ItemReview, ItemVersion, SubTopic
from question_bank.rules import ItemStatus, ReviewAct
from question_bank.services import items

Row = dict[str, Any]
_ITEM, _VERSION = (tuple(column.key for column in model.__table__.columns) for model in (Item, ItemVersion))


@dataclass
class Load:
    """Rows that are ready to be written, a list for each table; ``pictured`` are drafts that bring pictures along.

    ``submit`` asks for approval of every question that has both languages; the others stay drafts.
    """

    by: UUID
    now: datetime
    submit: bool
    rows: dict[Any, list[Row]] = field(default_factory=dict)
    entries: list[Row] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    pictured: list[ItemDraft] = field(default_factory=list)
    version_ids: list[UUID] = field(default_factory=list)
    external_ids: list[str] = field(default_factory=list)

    def add(self, model: Any, *rows: Row) -> None:
        """Rows of one table more."""
        self.rows.setdefault(model, []).extend(rows)


def prepare(
    drafts: Sequence[ItemDraft],
    topics: Mapping[tuple[str, str], SubTopic],
    *,
    submit: bool,
    by: User,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> Load:
    """Seal and fold checked drafts; writes nothing. ``progress`` is called with 1 after each, and may raise."""
    load = Load(by.id, now, submit)
    for draft in drafts:
        load.external_ids.append(draft.external_id)
        topic = topics[draft.subject_area, draft.sub_topic]
        if draft.media:
            load.pictured.append(draft)
        else:
            _add(load, items.unsaved(draft, topic, by=by, now=now), draft, topic)
        if progress:
            progress(1)
    return load


def _add(load: Load, version: ItemVersion, draft: ItemDraft, topic: SubTopic) -> None:
    submitted = load.submit and missing_language(draft) is None
    if submitted:
        version.status = ItemStatus.IN_REVIEW
    entries.fold_search_text(version)
    item = {name: getattr(version.item, name) for name in _ITEM}
    row = {name: getattr(version, name) for name in _VERSION} | {"item_id": item["id"], "sub_topic_id": topic.id}
    load.add(Item, item)
    load.add(ItemVersion, row)
    for act in (ReviewAct.CREATED, ReviewAct.SUBMITTED) if submitted else (ReviewAct.CREATED,):
        load.add(
            ItemReview,
            {"id": uuid4(), "version_id": row["id"], "act": act, "comment": "", "by_id": load.by, "at": load.now},
        )
    bands = {band for text in life_models.texts_of(version) for band in similarity.keys(text)}
    load.add(ItemFingerprint, *({"item_id": item["id"], "band": band} for band in sorted(bands)))
    load.add(ItemEnemy, *({"item_id": item["id"], "enemy": enemy} for enemy in sorted(set(draft.enemies))))
    facts = SimpleNamespace(**(item | row), area_id=topic.area_id)
    load.entries.append(entries.entry(facts))
    load.words.append(entries.words_of(draft.external_id, row["search_text"]))
    load.version_ids.append(row["id"])


def put(load: Load, topics: Mapping[tuple[str, str], SubTopic], *, by: User) -> None:
    """Write what was prepared, in the caller's transaction: a statement for each table.

    Raises:
        DuplicateExternalId, IdInOtherCapitals: somebody has brought in a question of such an id since.
    """
    life_queries.hold_identifiers()
    taken = queries.external_ids_among(load.external_ids)
    if taken:
        raise rules.DuplicateExternalId(external_id=min(taken))
    if alike := life_queries.in_other_capitals(load.external_ids):
        raise life.IdInOtherCapitals(external_id=min(alike.values()))
    for model, rows in load.rows.items():
        if rows:
            db.session.execute(insert(model), rows)
    hands = [{"user_id": load.by, "item_id": entry["item_id"]} for entry in load.entries]
    entries.write(load.entries, load.words, hands)
    for draft in load.pictured:
        topic = topics[draft.subject_area, draft.sub_topic]
        version = items.add_first_version(draft, topic, by=by, now=load.now)
        if load.submit and missing_language(draft) is None:
            items.mark_submitted(version, by=by, now=load.now)
        load.version_ids.append(version.id)
    db.session.flush()
