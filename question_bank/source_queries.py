"""Reading the register of sources and what is taken from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload
from werkzeug.exceptions import NotFound

from core.db import db
from core.names import search_form
from question_bank.life import SourceState, source_state
from question_bank.life_models import Citation, Source, SourceChange
from question_bank.models import Item, ItemVersion
from question_bank.rules import ItemStatus

MOST_FOUND = 100  # questions offered at once to be entered under a source


@dataclass(frozen=True)
class Cited:
    """A question that is in use or in work, the source it is taken from, and what that source is worth for it."""

    citation: Citation
    version: ItemVersion
    state: SourceState

    @property
    def is_due(self) -> bool:
        """Whether somebody has to look at it."""
        return self.state not in (SourceState.IN_FORCE, SourceState.NOT_YET)


def sources() -> list[Source]:
    """The register by title, with amendments (2 statements)."""
    query = select(Source).options(selectinload(Source.changes)).order_by(Source.kind, Source.title_ky, Source.number)
    return list(db.session.scalars(query))


def get_source(source_id: UUID) -> Source:
    """A source with its amendments and who entered them, or 404 (3 statements)."""
    changes = selectinload(Source.changes).joinedload(SourceChange.by)
    found = db.session.get(Source, source_id, options=[changes, joinedload(Source.replaced_by)])
    if found is None:
        raise NotFound
    return found


def titled(title_ky: str, number: str, *, besides: UUID) -> bool:
    """Whether another source has this title and number."""
    query = select(Source.id).where(Source.title_ky == title_ky, Source.number == number, Source.id != besides)
    return db.session.scalar(query.limit(1)) is not None


def state_of(source: Source, *, on: date, checked_at: datetime | None = None) -> SourceState:
    """What the source is worth on a day, for a question that was held against it at ``checked_at``."""
    return source_state(
        valid_from=source.valid_from, valid_until=source.valid_until, replaced=source.replaced_by_id is not None,
        changed_at=max((change.at for change in source.changes), default=None), checked_at=checked_at, on=on,
    )  # fmt: skip


def own_state(source: Source, *, on: date) -> SourceState:
    """What the register itself says of the source on a day: amendments are no fault of it."""
    state = state_of(source, on=on)
    return SourceState.IN_FORCE if state == SourceState.CHANGED else state


def citation_of(version_id: UUID) -> Citation | None:
    """Where a version is taken from, with the source and its amendments (2 statements)."""
    source = joinedload(Citation.source).selectinload(Source.changes)
    query = select(Citation).where(Citation.version_id == version_id)
    return db.session.scalars(query.options(source, joinedload(Citation.checked_by))).one_or_none()


def states_of(version_ids: Collection[UUID], *, on: date) -> dict[UUID, SourceState]:
    """What the source of each of these versions is worth on a day; versions without one are left out (2 statements)."""
    query = select(Citation).where(Citation.version_id.in_(version_ids))
    query = query.options(joinedload(Citation.source).selectinload(Source.changes))
    found = db.session.scalars(query) if version_ids else ()
    return {one.version_id: state_of(one.source, on=on, checked_at=one.checked_at) for one in found}


def _counting(query: Any) -> Any:
    """Of citations, those that count: of items in use the newest version, and the approved one behind a draft."""
    later = aliased(ItemVersion)
    newer = select(later.id).where(later.item_id == ItemVersion.item_id, later.number > ItemVersion.number)
    approved_later = newer.where(later.status == ItemStatus.APPROVED)
    return (
        query.join(Citation.version)
        .join(ItemVersion.item)
        .where(Item.retired_at.is_(None))
        .where(~newer.exists() | ((ItemVersion.status == ItemStatus.APPROVED) & ~approved_later.exists()))
    )


_WITH_ITEM = contains_eager(Citation.version).contains_eager(ItemVersion.item)


def citing(source_id: UUID) -> list[Citation]:
    """Questions taken from the source, by identifier (1 statement)."""
    query = _counting(select(Citation)).where(Citation.source_id == source_id).options(_WITH_ITEM)
    return list(db.session.scalars(query.order_by(Item.external_id)))


def cited_of(source: Source, *, on: date) -> list[Cited]:
    """Questions taken from the source, those to look at first (1 statement)."""
    found = [
        Cited(one, one.version, state_of(source, on=on, checked_at=one.checked_at)) for one in citing(source.id)
    ]  # fmt: skip
    return sorted(found, key=lambda one: not one.is_due)


def _in_question(query: Any, on: date) -> Any:
    """Of citations that count, those of sources that ended, were replaced, or were amended after the last look."""
    amended = select(SourceChange.id).where(
        SourceChange.source_id == Citation.source_id, SourceChange.at > Citation.checked_at
    )
    doubtful = (Source.valid_until < on) | Source.replaced_by_id.is_not(None) | amended.exists()
    return _counting(query).join(Source, Citation.source_id == Source.id).where(doubtful)


def due(*, on: date) -> list[Cited]:
    """Every question in use that has to be looked at because of its source, by source (2 statements)."""
    source = contains_eager(Citation.source).selectinload(Source.changes)
    query = _in_question(select(Citation), on).options(_WITH_ITEM, source)
    found = db.session.scalars(query.order_by(Source.title_ky, Item.external_id))
    return [Cited(one, one.version, state_of(one.source, on=on, checked_at=one.checked_at)) for one in found]


def due_count(*, on: date) -> int:
    """How many questions :func:`due` has (1 statement)."""
    return db.session.scalar(_in_question(select(func.count()).select_from(Citation), on)) or 0


def counts() -> Counter[UUID]:
    """How many questions in use are taken from each source (1 statement)."""
    query = _counting(select(Citation.source_id, func.count()).select_from(Citation)).group_by(Citation.source_id)
    return Counter({source_id: count for source_id, count in db.session.execute(query)})


def named_in_words(words: str) -> list[ItemVersion]:
    """Approved questions in use without an entry of the register whose source, in words, holds these (1 statement)."""
    query = _named_in_words(words).where(ItemVersion.status == ItemStatus.APPROVED)
    query = query.options(contains_eager(ItemVersion.item)).order_by(Item.external_id)
    return list(db.session.scalars(query.limit(MOST_FOUND))) if words.strip() else []


def drafts_named_in_words(words: str) -> int:
    """How many questions that are not approved yet name a source so (1 statement): their authors choose it."""
    query = _named_in_words(words).where(ItemVersion.status != ItemStatus.APPROVED)
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0 if words.strip() else 0


def _named_in_words(words: str) -> Select[ItemVersion]:
    """Versions in use or in work, the newest of their state, without an entry of the register, with these words.

    Databases do not fold Kyrgyz letters: the words are looked for as typed, in capitals and in small letters.
    """
    later, text = aliased(ItemVersion), words.strip()
    newer = select(later.id).where(
        later.item_id == ItemVersion.item_id, later.number > ItemVersion.number,
        later.status == ItemStatus.APPROVED,
    )  # fmt: skip
    spellings = {text, text.casefold(), text.capitalize(), text.upper(), search_form(text)}
    holds = or_(*(ItemVersion.source.contains(one, autoescape=True) for one in sorted(spellings)))
    return (
        select(ItemVersion)
        .join(ItemVersion.item)
        .outerjoin(Citation, Citation.version_id == ItemVersion.id)
        .where(Item.retired_at.is_(None), ~newer.exists(), Citation.version_id.is_(None), holds)
    )
