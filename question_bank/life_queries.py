"""Reading what happens to questions beside their wording."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload
from werkzeug.exceptions import NotFound

from core.db import db
from core.names import search_form
from question_bank import queries
from question_bank.entries import BankEntry, BankHand
from question_bank.life import SuspensionKind, spelled
from question_bank.life_models import (
    ItemEnemy,
    ItemFingerprint,
    ItemSuspension,
    NotDuplicate,
    ReviewChecklist,
    ReviewComment,
)
from question_bank.models import FormItem, Item, ItemReview, ItemVersion, TestForm

_AT_ONCE = 500

# --- quarantine


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


def quarantined() -> list[ItemSuspension]:
    """Questions in quarantine with who put them there, the longest waiting first (1 statement)."""
    query = select(ItemSuspension).join(ItemSuspension.item).where(ItemSuspension.lifted_at.is_(None))
    query = query.options(contains_eager(ItemSuspension.item), joinedload(ItemSuspension.by))
    return list(db.session.scalars(query.order_by(ItemSuspension.at, Item.external_id)))


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


def suspect_form_ids() -> Select[UUID]:
    """A selection of every form with a question in quarantine."""
    query = select(FormItem.form_id).join(ItemVersion, FormItem.item_version_id == ItemVersion.id)
    query = query.join(ItemSuspension, ItemSuspension.item_id == ItemVersion.item_id)
    return query.where(ItemSuspension.lifted_at.is_(None)).distinct()


def suspect_form_count() -> int:
    """How many forms hold a question in quarantine (1 statement)."""
    return db.session.scalar(select(func.count()).select_from(suspect_form_ids().subquery())) or 0


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


def by_key(keys: Collection[int]) -> dict[int, list[UUID]]:
    """Items by the keys that they have (a statement for each 500 keys)."""
    found: defaultdict[int, list[UUID]] = defaultdict(list)
    wanted = sorted(keys)
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        query = select(ItemFingerprint.band, ItemFingerprint.item_id).where(ItemFingerprint.band.in_(part))
        for band, item_id in db.session.execute(query):
            found[band].append(item_id)
    return found


def newest_of(item_ids: Iterable[UUID]) -> list[ItemVersion]:
    """The newest version of each of these items that are in use (a statement for each 500)."""
    wanted, found = sorted(item_ids), list[ItemVersion]()
    later = aliased(ItemVersion)
    for start in range(0, len(wanted), _AT_ONCE):
        query = (
            select(ItemVersion)
            .join(ItemVersion.item)
            .outerjoin(later, (later.item_id == ItemVersion.item_id) & (later.number > ItemVersion.number))
            .where(ItemVersion.item_id.in_(wanted[start : start + _AT_ONCE]), later.id.is_(None))
            .where(Item.retired_at.is_(None))
            .options(contains_eager(ItemVersion.item))
        )
        found += db.session.scalars(query)
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
