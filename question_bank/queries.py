"""What pages and services read from the bank; each query says how many statements it takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from werkzeug.exceptions import NotFound

from accounts.models import User
from accounts.rules import Permission
from core.db import HasId, Model, db
from question_bank import listing, rules
from question_bank.entries import BankEntry, BankHand
from question_bank.models import (
    Blueprint,
    FormItem,
    Item,
    ItemReview,
    ItemVersion,
    SubjectArea,
    SubTopic,
    TestForm,
    TestSpecification,
)
from question_bank.paging import Page
from question_bank.work_models import BankUpload

Row = TypeVar("Row", bound=Model)


def _found(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


def lock(row: HasId) -> None:
    """Hold the row until the end of the transaction and read it anew: what is decided on is what is true.

    Two statements: PostgreSQL refuses to lock what eager loading joins from outside.
    """
    db.session.flush()  # a change not yet written would be lost by reading anew
    kind: Any = type(row)
    db.session.execute(select(kind.id).where(kind.id == row.id).with_for_update())
    db.session.refresh(row)


def subject_areas(*, active_only: bool = False) -> list[SubjectArea]:
    """Subject areas in order, with their sub-topics (2 statements); inactive sub-topics are not left out."""
    query = select(SubjectArea).order_by(SubjectArea.position, SubjectArea.code)
    query = query.options(selectinload(SubjectArea.sub_topics))
    if active_only:
        query = query.where(SubjectArea.is_active)
    return list(db.session.scalars(query))


def get_area(area_id: UUID) -> SubjectArea:
    """The subject area, or 404."""
    return _found(db.session.get(SubjectArea, area_id, options=[selectinload(SubjectArea.sub_topics)]))


def get_sub_topic(sub_topic_id: UUID) -> SubTopic:
    """The sub-topic, or 404."""
    return _found(db.session.get(SubTopic, sub_topic_id))


def sub_topics_by_code() -> dict[tuple[str, str], SubTopic]:
    """Every sub-topic by the codes of its area and itself, areas loaded (1 statement)."""
    found = db.session.scalars(select(SubTopic).join(SubTopic.area).options(contains_eager(SubTopic.area)))
    return {(topic.area.code, topic.code): topic for topic in found}


def _newest(*conditions: object) -> Select[UUID, int]:
    """Item ids with the number of the newest of their versions that meet the conditions."""
    query = select(ItemVersion.item_id, func.max(ItemVersion.number).label("number")).group_by(ItemVersion.item_id)
    return query.where(*conditions)  # type: ignore[arg-type]


def _versions(*conditions: object) -> Select[ItemVersion]:
    """For each item the newest version that meets the conditions; item, sub-topic and area in the same statement."""
    newest = _newest(*conditions).subquery()
    return (
        select(ItemVersion)
        .join(newest, (ItemVersion.item_id == newest.c.item_id) & (ItemVersion.number == newest.c.number))
        .join(ItemVersion.item)
        .join(ItemVersion.sub_topic)
        .join(SubTopic.area)
        .options(contains_eager(ItemVersion.item), contains_eager(ItemVersion.sub_topic).contains_eager(SubTopic.area))
    )


def get_item(item_id: UUID) -> Item:
    """The item with its versions, their places in the subject tree and their reviews, or 404 (4 statements)."""
    versions = selectinload(Item.versions)
    query = (
        select(Item)
        .where(Item.id == item_id)
        .options(
            versions.joinedload(ItemVersion.sub_topic).joinedload(SubTopic.area),
            versions.selectinload(ItemVersion.reviews).joinedload(ItemReview.by),
        )
    )
    return _found(db.session.scalars(query).one_or_none())


def get_version(version_id: UUID) -> ItemVersion:
    """The version with its item and place in the subject tree, or 404 (1 statement)."""
    query = (
        select(ItemVersion)
        .where(ItemVersion.id == version_id)
        .options(joinedload(ItemVersion.item), joinedload(ItemVersion.sub_topic).joinedload(SubTopic.area))
    )
    return _found(db.session.scalars(query).one_or_none())


def find_item(external_id: str) -> Item | None:
    """The item with this identifier, if there is one."""
    return db.session.scalar(select(Item).where(Item.external_id == external_id))


def external_ids_among(external_ids: Collection[str]) -> set[str]:
    """Those of these identifiers that the bank has (a statement for each 500)."""
    wanted, found = sorted(external_ids), set()
    for start in range(0, len(wanted), 500):
        query = select(Item.external_id).where(Item.external_id.in_(wanted[start : start + 500]))
        found |= set(db.session.scalars(query))
    return found


def hands_on(item_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Who worked on any version of each item (see ``rules.HANDS_ON``), by item (1 statement)."""
    rows = db.session.execute(
        select(ItemVersion.item_id, ItemReview.by_id)
        .join(ItemReview.version)
        .where(ItemVersion.item_id.in_(item_ids), ItemReview.act.in_(rules.HANDS_ON))
        .union(select(ItemVersion.item_id, ItemVersion.created_by_id).where(ItemVersion.item_id.in_(item_ids)))
    )
    found: dict[UUID, set[UUID]] = {item_id: set() for item_id in item_ids}
    for item_id, person in rows:
        found[item_id].add(person)
    return found


def last_decision(version_id: UUID) -> ItemReview:
    """The last approval or return of a version that has one (1 statement)."""
    decided = ItemReview.act.in_([rules.ReviewAct.APPROVED, rules.ReviewAct.RETURNED])
    query = select(ItemReview).where(ItemReview.version_id == version_id, decided).order_by(ItemReview.at.desc())
    return db.session.scalars(query.limit(1)).one()


def _queue(person: UUID, what: Any) -> Select[Any]:
    """Of entries, those whose versions wait for a decision which this person may take."""
    own = select(BankHand.item_id).where(BankHand.user_id == person)
    waits = BankEntry.status == rules.ItemStatus.IN_REVIEW
    return select(what).where(
        waits, BankEntry.is_newest, BankEntry.is_retired.is_(False), BankEntry.item_id.not_in(own)
    )  # fmt: skip


def _waiting(person: UUID, after: int, most: int) -> list[ItemVersion]:
    """A part of the queue, the longest waiting first (2 statements)."""
    query = _queue(person, BankEntry.version_id).order_by(BankEntry.edited_at, BankEntry.identifier, BankEntry.id)
    return listing.versions(db.session.scalars(query.offset(after).limit(most)))


def queue_page(person: UUID, page: int) -> Page:
    """A page of what this person may approve or return (3 statements)."""
    return Page(queue_length(person), page, lambda after, most: _waiting(person, after, most))


def next_in_queue(person: UUID) -> ItemVersion | None:
    """What this person should look at next (2 statements)."""
    return next(iter(_waiting(person, 0, 1)), None)


def queue_length(person: UUID) -> int:
    """How many versions this person may decide on now (1 statement)."""
    return db.session.scalar(_queue(person, func.count())) or 0


def versions_in(ids: Iterable[UUID]) -> list[ItemVersion]:
    """These versions with their items, in the order of external ids (1 statement)."""
    query = select(ItemVersion).join(ItemVersion.item).where(ItemVersion.id.in_(list(ids))).order_by(Item.external_id)
    return list(db.session.scalars(query.options(contains_eager(ItemVersion.item))))


def approved_versions() -> list[ItemVersion]:
    """The newest approved version of each item in use, by external id (1 statement)."""
    query = _versions(ItemVersion.status == rules.ItemStatus.APPROVED)
    return list(db.session.scalars(query.where(Item.retired_at.is_(None)).order_by(Item.external_id)))


def newest_versions(external_ids: Collection[str]) -> dict[str, ItemVersion]:
    """The newest version of each of these items that exists, by external id (a statement for each 500)."""
    wanted, found = sorted(external_ids), {}
    for start in range(0, len(wanted), 500):
        query = _versions().where(Item.external_id.in_(wanted[start : start + 500]))
        found.update({version.item.external_id: version for version in db.session.scalars(query)})
    return found


def blueprints() -> list[Blueprint]:
    """All blueprints by title, with their cells and specifications (3 statements)."""
    query = select(Blueprint).options(selectinload(Blueprint.cells), selectinload(Blueprint.specifications))
    return list(db.session.scalars(query.order_by(Blueprint.title)))


def find_blueprint(title: str) -> Blueprint | None:
    """The blueprint with this title, if there is one."""
    return db.session.scalar(select(Blueprint).where(Blueprint.title == title))


def get_blueprint(blueprint_id: UUID) -> Blueprint:
    """The blueprint with its cells and specifications, or 404 (3 statements)."""
    options = [selectinload(Blueprint.cells), selectinload(Blueprint.specifications)]
    return _found(db.session.get(Blueprint, blueprint_id, options=options))


def specifications() -> list[TestSpecification]:
    """All specifications, the newest first, with blueprint, author and forms (constant number of statements)."""
    query = select(TestSpecification).order_by(TestSpecification.created_at.desc(), TestSpecification.id)
    return list(
        db.session.scalars(
            query.options(
                joinedload(TestSpecification.blueprint).selectinload(Blueprint.cells),
                joinedload(TestSpecification.created_by),
                selectinload(TestSpecification.forms),
            )
        )
    )


def specifications_waiting() -> int:
    """How many specifications are before the authority."""
    query = select(func.count()).select_from(TestSpecification)
    return db.session.scalar(query.where(TestSpecification.status == rules.SpecificationStatus.SUBMITTED)) or 0


def approved_specifications() -> list[TestSpecification]:
    """Specifications that forms may be made from, newest first, with their forms (2 statements)."""
    query = (
        select(TestSpecification)
        .where(TestSpecification.status == rules.SpecificationStatus.APPROVED)
        .order_by(TestSpecification.approved_at.desc(), TestSpecification.id)
        .options(selectinload(TestSpecification.forms))
    )
    return list(db.session.scalars(query))


def get_specification(specification_id: UUID) -> TestSpecification:
    """The specification with blueprint, cells, people and forms, or 404 (constant number of statements)."""
    options = [
        joinedload(TestSpecification.blueprint).selectinload(Blueprint.cells),
        joinedload(TestSpecification.created_by),
        joinedload(TestSpecification.approved_by),
        selectinload(TestSpecification.forms),
    ]
    return _found(db.session.get(TestSpecification, specification_id, options=options))


def get_form(form_id: UUID) -> TestForm:
    """The form with its items, their versions and places in the subject tree, or 404 (3 statements)."""
    version = selectinload(TestForm.items).joinedload(FormItem.version)
    options = [
        joinedload(TestForm.specification),
        version.joinedload(ItemVersion.item),
        version.joinedload(ItemVersion.sub_topic).joinedload(SubTopic.area),
    ]
    return _found(db.session.get(TestForm, form_id, options=options))


def authors() -> list[User]:
    """Active staff who may write questions, by user name (2 statements)."""
    found = db.session.scalars(select(User).where(User.is_active).order_by(User.username))
    return [user for user in found if Permission.BANK_AUTHOR in user.permissions]


def get_upload(upload_id: UUID, person: UUID) -> BankUpload:
    """A file that this person has uploaded for import; refused where it is gone, 404 where it is somebody else's."""
    upload = db.session.get(BankUpload, upload_id)
    if upload is None:
        raise rules.UploadExpired
    if upload.user_id != person:
        raise NotFound
    return upload
