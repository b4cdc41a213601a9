"""The list of the bank: narrowed by any field and by words, sorted, a page at a time, with counts.

Everything is decided on the narrow entries (``question_bank.entries``); only the versions of the one page that is shown
are read whole. Measured with 50,000 questions: benchmarks/bank.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, and_, column, false, func, literal_column, or_, select, table, text
from sqlalchemy.orm import contains_eager

from accounts.models import RoleGrant, User
from accounts.rules import Role
from core.db import db
from core.i18n import zone
from core.names import search_form
from question_bank import rules
from question_bank.entries import BankEntry, BankHand, BankText
from question_bank.finding import Term, for_postgresql, for_sqlite, terms_of
from question_bank.models import ItemVersion, SubjectArea, SubTopic

PAGE = 25
RANKED = 2_000  # more questions than this are not put in order by how well they fit: nobody reads them through
_INDEX = table("bank_text_index", column("rowid"), column("words"))
_SIMPLE = text("'simple'::regconfig")
_VECTOR: ColumnElement[Any] = literal_column("bank_text.vector")

#: What the list can be sorted by, by the name in its address. Relevance needs words to search for.
SORTS: dict[str, Any] = {
    "identifier": BankEntry.identifier, "difficulty": BankEntry.difficulty, "status": BankEntry.status,
    "kind": BankEntry.kind, "edited": BankEntry.edited_at, "created": BankEntry.created_at,
    "approved": BankEntry.approved_at, "author": BankEntry.author_order,
}  # fmt: skip
RELEVANCE = "relevance"


@dataclass(frozen=True)
class ItemFilter:
    """What a list of items is narrowed to; an empty value does not narrow. ``area`` and ``sub_topic`` are codes.

    ``gap``: ``ky`` or ``ru``, the language that is missing or stale somewhere. ``used``: ``on`` a sealed form or
    ``never``. Days are those of the centre's time zone, both included. ``own_of``: whose own questions alone are seen.
    ``sort``: of :data:`SORTS` or relevance; empty is relevance where words are searched, else the identifier.
    """

    area: str = ""
    sub_topic: str = ""
    difficulty: int | None = None
    kind: rules.ItemKind | None = None
    status: rules.ItemStatus | None = None
    text: str = ""
    retired: bool = False
    suspended: bool = False
    identifier: str = ""
    author: str = ""
    source: str = ""
    approver: UUID | None = None
    gap: str = ""
    used: str = ""
    enemies: bool = False
    edited_from: date | None = None
    edited_to: date | None = None
    approved_from: date | None = None
    approved_to: date | None = None
    own_of: UUID | None = None
    sort: str = ""
    descending: bool = False


class Found(Pagination):
    """One page of the list: versions, each with its item and its place in the subject tree (3 statements)."""

    _ids: list[UUID] | None

    def _query_items(self) -> list[ItemVersion]:
        wanted: ItemFilter = self._query_args["wanted"]
        if self._ids is None or self.is_ranked:
            query = _sorted(_entries(wanted, BankEntry.version_id), wanted, self.total or 0)
            self._ids = list(db.session.scalars(query.limit(self.per_page).offset(self._query_offset)))
        return versions(self._ids)

    def _count_along(self) -> int | None:
        """The page, and beside it how many there are: PostgreSQL reads the texts of a frequent word once, not twice."""
        wanted: ItemFilter = self._query_args["wanted"]
        if _is_sqlite() or not terms_of(wanted.text):
            return None
        query = _entries(wanted, BankEntry.version_id).add_columns(func.count().over())
        query = _sorted(query, wanted, RANKED + 1).limit(self.per_page).offset(self._query_offset)
        with _by_index():
            rows = db.session.execute(query).all()
        if not rows:
            return None
        self._ids = [row[0] for row in rows]
        return int(rows[0][1])

    def _query_count(self) -> int:
        return count(self._query_args["wanted"])

    def __init__(self, wanted: ItemFilter, page: int) -> None:
        self._query_args = {"wanted": wanted}
        self.page, self.per_page, self.max_per_page = page, PAGE, PAGE
        self._ids = None
        along = self._count_along()
        self.total = self._query_count() if along is None else along
        self.page = max(1, min(page, -(-self.total // PAGE)))  # beyond the last page it is the last one
        self.items = self._query_items()

    @property
    def is_ranked(self) -> bool:
        """Whether the order is how well a question fits the words."""
        return _is_ranked(self._query_args["wanted"], self.total or 0)


def items_page(wanted: ItemFilter, page: int) -> Found:
    """A page of 25 items, each as its newest version; where approved ones are wanted, as the version in force."""
    return Found(wanted, page)


def count(wanted: ItemFilter) -> int:
    """How many items the filter finds (1 statement)."""
    return db.session.scalar(_entries(wanted, func.count())) or 0


def version_ids(wanted: ItemFilter, most: int) -> list[UUID]:
    """The versions that the filter finds, by identifier, not more than ``most`` (1 statement)."""
    query = _entries(wanted, BankEntry.version_id).order_by(BankEntry.identifier, BankEntry.id)
    return list(db.session.scalars(query.limit(most)))


def met(ids: Iterable[UUID], own_of: UUID | None) -> list[UUID]:
    """Those of these versions that a person meets (see ``rules.sees_whole_bank``), by identifier (1 statement)."""
    query = select(BankEntry.version_id).where(BankEntry.version_id.in_(list(ids)))
    if own_of is not None:
        query = query.where(_own(own_of))
    return list(db.session.scalars(query.order_by(BankEntry.identifier, BankEntry.id)))


def versions(ids: Iterable[UUID]) -> list[ItemVersion]:
    """These versions in this order, each with its item and its place in the subject tree (1 statement)."""
    ordered = list(ids)
    query = (
        select(ItemVersion)
        .join(ItemVersion.item)
        .join(ItemVersion.sub_topic)
        .join(SubTopic.area)
        .where(ItemVersion.id.in_(ordered))
        .options(contains_eager(ItemVersion.item), contains_eager(ItemVersion.sub_topic).contains_eager(SubTopic.area))
    )
    found = {version.id: version for version in db.session.scalars(query)} if ordered else {}
    return [found[one] for one in ordered if one in found]


def status_counts(own_of: UUID | None = None) -> Counter[rules.ItemStatus]:
    """Items in use by status; one that is approved and has a newer version in work counts as both (1 statement)."""
    shown = or_(BankEntry.is_in_force, and_(BankEntry.is_newest, BankEntry.status != rules.ItemStatus.APPROVED))
    query = select(BankEntry.status, func.count()).where(shown, BankEntry.is_retired.is_(False))
    if own_of is not None:
        query = query.where(_own(own_of))
    return Counter({status: number for status, number in db.session.execute(query.group_by(BankEntry.status))})


def approvers() -> list[User]:
    """Those who are or were item approvers, by name (1 statement): nobody else approves."""
    known = select(RoleGrant.user_id).where(RoleGrant.role == Role.ITEM_APPROVER)
    return list(db.session.scalars(select(User).where(User.id.in_(known)).order_by(User.name_sort)))


def is_own(item_id: UUID, person: UUID) -> bool:
    """Whether a person worked on some version of this item (1 statement)."""
    query = select(BankHand.item_id).where(BankHand.item_id == item_id, BankHand.user_id == person)
    return db.session.scalar(query) is not None


def item_of(version_id: UUID) -> UUID | None:
    """The item of a version (1 statement)."""
    return db.session.scalar(select(ItemVersion.item_id).where(ItemVersion.id == version_id))


def _entries(wanted: ItemFilter, what: Any) -> Select[Any]:
    query = select(what).select_from(BankEntry).where(*_conditions(wanted))
    terms = terms_of(wanted.text)
    if wanted.text.strip():
        query = _with_words(query, terms) if terms else query.where(false())
    return query


def _conditions(wanted: ItemFilter) -> list[ColumnElement[bool]]:
    is_force = wanted.status == rules.ItemStatus.APPROVED
    found: list[Any] = [BankEntry.is_in_force if is_force else BankEntry.is_newest]
    found += [BankEntry.is_retired.is_(wanted.retired)]
    if wanted.status and not is_force:
        found.append(BankEntry.status == wanted.status)
    if wanted.area:
        areas = select(SubjectArea.id).where(SubjectArea.code == wanted.area)
        found.append(BankEntry.area_id.in_(areas))
        if wanted.sub_topic:
            topics = select(SubTopic.id).where(SubTopic.code == wanted.sub_topic, SubTopic.area_id.in_(areas))
            found.append(BankEntry.sub_topic_id.in_(topics))
    equal = {
        BankEntry.difficulty: wanted.difficulty, BankEntry.kind: wanted.kind, BankEntry.approved_by_id: wanted.approver
    }  # fmt: skip
    found += [named == value for named, value in equal.items() if value is not None]
    found += [
        named.contains(search_form(value), autoescape=True)
        for named, value in ((BankEntry.author, wanted.author), (BankEntry.source, wanted.source))
        if value.strip()
    ]
    if wanted.identifier.strip():
        found.append(BankEntry.identifier.startswith(search_form(wanted.identifier), autoescape=True))
    if wanted.gap in {"ky", "ru"}:
        found.append(BankEntry.lacks_ky if wanted.gap == "ky" else BankEntry.lacks_ru)
    if wanted.used in {"on", "never"}:
        found.append(BankEntry.is_on_form.is_(wanted.used == "on"))
    flags = {BankEntry.is_suspended: wanted.suspended, BankEntry.has_enemies: wanted.enemies}
    found += [flag for flag, is_wanted in flags.items() if is_wanted]
    found += [*_days(BankEntry.edited_at, wanted.edited_from, wanted.edited_to)]
    found += [*_days(BankEntry.approved_at, wanted.approved_from, wanted.approved_to)]
    if wanted.own_of is not None:
        found.append(_own(wanted.own_of))
    return found


def _own(person: UUID) -> ColumnElement[bool]:
    return BankEntry.item_id.in_(select(BankHand.item_id).where(BankHand.user_id == person))


def _days(moment: Any, first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    found = []
    if first:
        found.append(moment >= datetime.combine(first, time(), zone()))
    if last:
        found.append(moment < datetime.combine(last, time(), zone()) + timedelta(days=1))
    return found


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def _with_words(query: Select[Any], terms: tuple[Term, ...]) -> Select[Any]:
    """Narrowed to the entries that have all the terms, by the database's own index of words (migration 0016)."""
    if _is_sqlite():
        query = query.join(_INDEX, _INDEX.c.rowid == BankEntry.id)
        return query.where(text("bank_text_index MATCH :terms").bindparams(terms=for_sqlite(terms)))
    query = query.join(BankText, BankText.entry_id == BankEntry.id)
    return query.where(_VECTOR.op("@@")(_asked(terms)))


@contextmanager
def _by_index() -> Iterator[None]:
    """PostgreSQL takes its index of words also for a word of nearly every question: it believes that reading every text
    costs no more, and needs twice as long (benchmarks/bank.py)."""
    db.session.execute(text("SET LOCAL enable_seqscan = off"))
    yield
    db.session.execute(text("SET LOCAL enable_seqscan = on"))


def _asked(terms: tuple[Term, ...]) -> ColumnElement[Any]:
    return func.to_tsquery(_SIMPLE, for_postgresql(terms))


def _is_ranked(wanted: ItemFilter, total: int) -> bool:
    return wanted.sort in {"", RELEVANCE} and bool(terms_of(wanted.text)) and total <= RANKED


def _sorted(query: Select[Any], wanted: ItemFilter, total: int) -> Select[Any]:
    if _is_ranked(wanted, total):
        if _is_sqlite():
            return query.order_by(text("bm25(bank_text_index)"), BankEntry.identifier, BankEntry.id)
        rank = func.ts_rank(_VECTOR, _asked(terms_of(wanted.text)))
        return query.order_by(rank.desc(), BankEntry.identifier, BankEntry.id)
    by = SORTS.get(wanted.sort, BankEntry.identifier)
    if by is BankEntry.author_order and wanted.own_of is not None:
        by = by.concat("")  # not by the index: to sort somebody's own few is less than to look for them in all
    order = (by, BankEntry.identifier, BankEntry.id)
    return query.order_by(*(one.desc() if wanted.descending else one for one in order))
