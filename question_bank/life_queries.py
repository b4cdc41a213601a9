"""Reading what happens to questions beside their wording."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from sys import intern
from uuid import UUID

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import aliased, joinedload
from werkzeug.exceptions import NotFound

from core.db import db
from core.names import search_form
from question_bank import queries
from question_bank.entries import BankEntry, BankHand
from question_bank.life import spelled
from question_bank.life_models import (
    ItemEnemy,
    ItemFingerprint,
    NotDuplicate,
    ReviewChecklist,
    ReviewComment,
    Wording,
)
from question_bank.models import Item, ItemReview, ItemVersion

_AT_ONCE = 500
_IDENTIFIERS = 0x4C41573039  # the number of a lock, of this application's choice

# --- comments and checklists


def comments_on(version_id: UUID) -> list[tuple[ReviewComment, list[ReviewComment]]]:
    """First remarks on a version with their answers, in the order in which they were made (1 statement)."""
    people = (joinedload(ReviewComment.by), joinedload(ReviewComment.settled_by))
    query = select(ReviewComment).where(ReviewComment.version_id == version_id).options(*people)
    found = list(db.session.scalars(query.order_by(ReviewComment.at, ReviewComment.id)))
    return [(one, [other for other in found if other.parent_id == one.id]) for one in found if one.parent_id is None]


def get_comment(comment_id: UUID, version_id: UUID) -> ReviewComment:
    """A first remark on this version, or 404."""
    found = db.session.get(ReviewComment, comment_id)
    if found is None or found.parent_id is not None or found.version_id != version_id:
        raise NotFound
    return found


def with_open_comments(version_ids: Collection[UUID]) -> set[UUID]:
    """Those of these versions that have open remarks (1 statement)."""
    query = select(ReviewComment.version_id).where(
        ReviewComment.version_id.in_(version_ids), ReviewComment.parent_id.is_(None), ReviewComment.settled_at.is_(None)
    )
    return set(db.session.scalars(query)) if version_ids else set()


def checklists_of(version_id: UUID) -> dict[UUID, ReviewChecklist]:
    """What was ticked at each decision on a version, by the review (1 statement)."""
    query = select(ReviewChecklist).join(ReviewChecklist.review).where(ItemReview.version_id == version_id)
    return {one.review_id: one for one in db.session.scalars(query)}


# --- twins


def sharing(keys: Collection[int], *, besides: UUID | None, most: int, own_of: UUID | None = None) -> list[UUID]:
    """Items that share most of these keys, those with more in common first (1 statement).

    ``own_of``: only items that this person worked on; nothing of what is found tells of the others.
    """
    shared = func.count().label("shared")
    query = select(ItemFingerprint.item_id, shared).where(ItemFingerprint.band.in_(keys))
    if besides is not None:
        query = query.where(ItemFingerprint.item_id != besides)
    if own_of is not None:
        query = query.where(ItemFingerprint.item_id.in_(select(BankHand.item_id).where(BankHand.user_id == own_of)))
    query = query.group_by(ItemFingerprint.item_id)
    query = query.order_by(shared.desc(), ItemFingerprint.item_id).limit(most)
    return [row[0] for row in db.session.execute(query)] if keys else []


def by_key(keys: Collection[int]) -> dict[int, list[str]]:
    """Items by the keys that they have, in hexadecimal: many thousands are counted and put in order by it.

    A statement for each 500 keys.
    """
    found: defaultdict[int, list[str]] = defaultdict(list)
    wanted, item_id = sorted(keys), func.replace(cast(ItemFingerprint.item_id, String), "-", "")
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(ItemFingerprint.band, item_id)
        query = query.where(ItemFingerprint.band.in_(wanted[start : start + _AT_ONCE]))
        for band, one in db.session.execute(query):
            found[band].append(intern(one))
    return found


def newest_of(item_ids: Iterable[UUID]) -> list[Wording]:
    """How the newest version of each of these items that are in use is worded (a statement for each 500)."""
    wanted, found = sorted(item_ids), list[Wording]()
    later, columns = aliased(ItemVersion), [getattr(ItemVersion, name) for name in Wording._fields[2:]]
    for start in range(0, len(wanted), _AT_ONCE):
        query = (
            select(Item.id, Item.external_id, *columns)
            .join(ItemVersion.item)
            .outerjoin(later, (later.item_id == ItemVersion.item_id) & (later.number > ItemVersion.number))
            .where(ItemVersion.item_id.in_(wanted[start : start + _AT_ONCE]), later.id.is_(None))
            .where(Item.retired_at.is_(None))
        )
        found += map(Wording._make, db.session.execute(query))
    return found


def excuses(item_id: UUID) -> dict[UUID, NotDuplicate]:
    """Of which others it was said that they are no duplicates of this item, by the other (1 statement)."""
    query = select(NotDuplicate).where(or_(NotDuplicate.item_id == item_id, NotDuplicate.other_id == item_id))
    found = db.session.scalars(query.options(joinedload(NotDuplicate.by)))
    return {one.other_id if one.item_id == item_id else one.item_id: one for one in found}


def own_among(item_ids: Collection[UUID], person: UUID) -> set[UUID]:
    """Those of these items that a person has worked on (1 statement)."""
    query = select(BankHand.item_id).where(BankHand.user_id == person, BankHand.item_id.in_(item_ids))
    return set(db.session.scalars(query)) if item_ids else set()


# --- enemies


@dataclass(frozen=True)
class Enemy:
    """A question that never stands in one form with another; ``item_id`` is None where the bank does not have it."""

    external_id: str
    item_id: UUID | None
    is_retired: bool
    named_here: bool  # in this question's own list
    named_there: bool  # in the other's


def spellings(names: Collection[str]) -> dict[str, str]:
    """How the bank writes each of these identifiers that it has, whatever its capitals (2 statements for each 500)."""
    exact = queries.external_ids_among(names)
    return spelled(names, exact | _alike([name for name in names if name not in exact]))


def hold_identifiers() -> None:
    """Let nobody else bring questions in until the end of the transaction: ids are compared with what is there by then.

    The embedded database has one writer, who is that already.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(_IDENTIFIERS)))


def in_other_capitals(names: Collection[str]) -> dict[str, str]:
    """An identifier of the bank that differs in capitals only, for those of these that have one (1 for each 500)."""
    found = {search_form(name): name for name in sorted(_alike(names) - set(names))}
    return {name: found[search_form(name)] for name in names if search_form(name) in found}


def _alike(names: Collection[str]) -> set[str]:
    """Identifiers of the bank that are these but for their capitals."""
    wanted, known = sorted({search_form(name) for name in names}), set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(Item.external_id).join(BankEntry, BankEntry.item_id == Item.id).where(
            BankEntry.is_newest, BankEntry.is_retired.in_([False, True]),  # both, by the index
            BankEntry.identifier.in_(wanted[start : start + _AT_ONCE]),
        )  # fmt: skip
        known |= set(db.session.scalars(query))
    return known


def enemies_of(version: ItemVersion) -> list[Enemy]:
    """The enemies of a version, whoever named them, by identifier (2 statements)."""
    own = set(version.enemies or [])
    query = select(ItemEnemy.item_id).where(ItemEnemy.enemy == version.item.external_id)
    naming = set(db.session.scalars(query)) - {version.item_id}
    wanted = or_(Item.external_id.in_(sorted(own)), Item.id.in_(sorted(naming)))
    known = {one.external_id: one for one in db.session.scalars(select(Item).where(wanted))} if own or naming else {}
    return [
        Enemy(
            name, item.id if item else None, bool(item and item.retired_at), name in own,
            bool(item and item.id in naming),
        )
        for name in sorted(own | set(known))
        for item in [known.get(name)]
    ]  # fmt: skip
