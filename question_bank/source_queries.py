"""Reading the register of sources and what is taken from them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.exceptions import NotFound

from core.db import db
from core.names import search_form
from question_bank import listing
from question_bank.entries import BankEntry, BankHand
from question_bank.life import SourceState, source_state
from question_bank.life_models import Citation, Source, SourceChange
from question_bank.models import ItemVersion
from question_bank.paging import Page
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


@dataclass(frozen=True)
class Tally:
    """Of one source: how many questions are taken from it, and of how many of them somebody has to look at it."""

    questions: int = 0
    due: int = 0


def _counting(what: Any, own_of: UUID | None) -> Select[Any]:
    """Of citations, those that count: of items in use the newest version, and the approved one behind a draft.

    Those are the versions that the bank's entries hold. ``own_of``: whose own questions alone are counted.
    """
    query = select(*what).select_from(Citation).join(BankEntry, BankEntry.version_id == Citation.version_id)
    query = query.where(BankEntry.is_retired.is_(False))
    if own_of is not None:
        hand = select(BankHand.item_id).where(BankHand.item_id == BankEntry.item_id, BankHand.user_id == own_of)
        query = query.where(hand.exists())
    return query


def _is_due(on: date) -> ColumnElement[bool]:
    """Whether the source of a citation ended, was replaced, or was amended after the last look."""
    amended = select(SourceChange.id).where(
        SourceChange.source_id == Citation.source_id, SourceChange.at > Citation.checked_at
    )
    ended = select(Source.id).where((Source.valid_until < on) | Source.replaced_by_id.is_not(None))
    return Citation.source_id.in_(ended) | amended.exists()


def tallies(*, on: date, own_of: UUID | None = None) -> dict[UUID, Tally]:
    """How much is taken from each source, and how much of it is due (1 statement); others have nothing."""
    due = func.sum(case((_is_due(on), 1), else_=0))
    query = _counting((Citation.source_id, func.count(), due), own_of).group_by(Citation.source_id)
    return {source_id: Tally(count, int(waits)) for source_id, count, waits in db.session.execute(query)}


def tally(source_id: UUID, *, on: date, own_of: UUID | None = None) -> Tally:
    """The same of one source (1 statement)."""
    due = func.coalesce(func.sum(case((_is_due(on), 1), else_=0)), 0)
    query = _counting((func.count(), due), own_of).where(Citation.source_id == source_id)
    count, waits = db.session.execute(query).one()
    return Tally(count, int(waits))


def due_count(*, on: date) -> int:
    """How many questions of the whole bank are due (1 statement): only sources with something new are looked into."""
    doubtful = select(SourceChange.source_id).union(
        select(Source.id).where((Source.valid_until < on) | Source.replaced_by_id.is_not(None))
    )
    query = _counting((func.count(),), None).where(Citation.source_id.in_(doubtful), _is_due(on))
    return db.session.scalar(query) or 0


def cited_page(source: Source, page: int, *, on: date, own_of: UUID | None, found: Tally) -> Page:
    """A page of :class:`Cited`: questions taken from the source, those to look at first (3 statements)."""
    query = _counting((Citation.version_id,), own_of).where(Citation.source_id == source.id)
    query = query.order_by(case((_is_due(on), 0), else_=1), BankEntry.identifier, BankEntry.id)

    def read(after: int, most: int) -> list[Cited]:
        versions = listing.versions(db.session.scalars(query.offset(after).limit(most)))
        kept = select(Citation).where(Citation.version_id.in_([one.id for one in versions]))
        known = {one.version_id: one for one in db.session.scalars(kept)}
        return [
            Cited(known[one.id], one, state_of(source, on=on, checked_at=known[one.id].checked_at)) for one in versions
        ]  # fmt: skip

    return Page(found.questions, page, read)


def citing(source_id: UUID, version_ids: Collection[UUID]) -> list[ItemVersion]:
    """Those of these versions that are taken from the source and count, by identifier (2 statements)."""
    query = _counting((Citation.version_id,), None).where(Citation.source_id == source_id)
    query = query.where(Citation.version_id.in_(list(version_ids)))
    return listing.versions(db.session.scalars(query.order_by(BankEntry.identifier, BankEntry.id)))


@dataclass(frozen=True)
class Naming:
    """How many questions without an entry of the register name a source in words: approved ones and others.

    The source of what is not approved is chosen by its author.
    """

    approved: int = 0
    waiting: int = 0


def naming(words: str) -> Naming:
    """How many questions :func:`named_in_words` would have without a bound, and how many drafts (1 statement)."""
    is_draft = BankEntry.is_newest & (BankEntry.status != ItemStatus.APPROVED)
    query = _named(words, func.count(case((BankEntry.is_in_force, 1))), func.count(case((is_draft, 1))))
    return Naming(*db.session.execute(query).one()) if words.strip() else Naming()


def named_in_words(words: str, among: Collection[UUID] | None = None) -> list[ItemVersion]:
    """Approved questions in use without an entry of the register whose source, in words, holds these (2 statements).

    The first :data:`MOST_FOUND` by identifier, or those ``among`` these versions.
    """
    query = _named(words, BankEntry.version_id).where(BankEntry.is_in_force)
    query = query.where(BankEntry.version_id.in_(list(among))) if among is not None else query.limit(MOST_FOUND)
    query = query.order_by(BankEntry.identifier, BankEntry.id)
    return listing.versions(db.session.scalars(query)) if words.strip() else []


def _named(words: str, *what: Any) -> Select[Any]:
    """Entries in use or in work, without an entry of the register, with these words, whatever their capitals."""
    is_cited = select(Citation.version_id).where(Citation.version_id == BankEntry.version_id).exists()
    # Not LIKE: SQLite folds letters for it, which takes twice as long, and they are folded already.
    place = func.instr if db.engine.dialect.name == "sqlite" else func.strpos
    holds = place(BankEntry.source, search_form(words)) > 0
    return select(*what).select_from(BankEntry).where(BankEntry.is_retired.is_(False), holds, ~is_cited)
