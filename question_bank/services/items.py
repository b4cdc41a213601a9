"""Writing items, having them approved by a second person, taking them out of use.

A version is edited as a draft; an approved one never changes: the next wording is a new version. Content comes as an
``ItemDraft``, the value that the exchange formats use too, so that a form and a file are held to the same rules.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from secrets import SystemRandom
from uuid import UUID, uuid4

from accounts.models import User
from core import audit
from core.db import db
from question_bank import queries, rules, sealing
from question_bank.exchange.drafts import ItemDraft, check_draft
from question_bank.kinds.base import Content, Key, Wording
from question_bank.kinds.registry import kind_of
from question_bank.models import Item, ItemReview, ItemVersion, SubTopic
from question_bank.rules import ItemStatus, ReviewAct


def create_item(draft: ItemDraft, *, rationale: str = "", by: User, now: datetime) -> ItemVersion:
    """Put a new question into the bank as the first draft of ``by``.

    Raises:
        ItemInvalid: something is missing or contradicts itself (see ``check_draft``).
        UnknownSubject, DuplicateExternalId: against what the bank holds.
    """
    _check(draft)
    if queries.find_item(draft.external_id):
        raise rules.DuplicateExternalId(external_id=draft.external_id)
    version = add_first_version(draft, _sub_topic(draft), rationale=rationale, by=by, now=now)
    db.session.flush()
    audit.record("item.created", version.item, by=by, at=now, external_id=draft.external_id, version=version.id)
    return version


def add_first_version(
    draft: ItemDraft, topic: SubTopic, *, rationale: str = "", by: User, now: datetime
) -> ItemVersion:
    """A new item from a draft that was checked already; the caller flushes and audits."""
    item = Item(id=uuid4(), external_id=draft.external_id, created_at=now)
    db.session.add(item)
    return _add_version(item, 1, draft, topic, rationale, by=by, now=now)


def edit_version(version: ItemVersion, draft: ItemDraft, *, rationale: str = "", by: User, now: datetime) -> None:
    """Change a draft or a returned version; whoever does so is no longer its second person.

    The external id stays what it is. A returned version stays returned until it is submitted again.

    Raises:
        ApprovedNeverChanges, AwaitingDecision, ItemRetired: it may not be changed now.
        ItemInvalid, UnknownSubject: what was written cannot be kept.
    """
    queries.lock(version)
    rules.check_may_edit(version.status, retired=version.item.retired_at is not None)
    _check(draft)
    _fill(version, draft, _sub_topic(draft), rationale)
    version.edited_at = now
    _note(version, ReviewAct.EDITED, by=by, now=now)
    audit.record("item.edited", version.item, by=by, at=now, version=version.id, number=version.number)


def new_version(item: Item, *, by: User, now: datetime) -> ItemVersion:
    """A draft of the next version, with the content of the newest approved one.

    Raises:
        DraftExists: a version is in work already.
        ItemRetired: the item is out of use.
    """
    newest = max(item.versions, key=lambda version: version.number)
    queries.lock(newest)
    if item.retired_at is not None:
        raise rules.ItemRetired
    if newest.status != ItemStatus.APPROVED:
        raise rules.DraftExists
    rationale = sealing.open_rationale(newest)
    version = _add_version(item, newest.number + 1, as_draft(newest), newest.sub_topic, rationale, by=by, now=now)
    db.session.flush()
    audit.record("item.version_added", item, by=by, at=now, version=version.id, number=version.number)
    return version


def submit(version: ItemVersion, *, comment: str = "", by: User, now: datetime) -> None:
    """Ask for approval.

    Raises:
        ApprovedNeverChanges, AwaitingDecision, ItemRetired: it is not a draft.
    """
    queries.lock(version)
    rules.check_may_edit(version.status, retired=version.item.retired_at is not None)
    mark_submitted(version, comment=comment, by=by, now=now)
    audit.record("item.submitted", version.item, by=by, at=now, version=version.id)


def mark_submitted(version: ItemVersion, *, comment: str = "", by: User, now: datetime) -> None:
    """Put a draft into the queue; the caller has checked it and audits."""
    version.status = ItemStatus.IN_REVIEW
    _note(version, ReviewAct.SUBMITTED, comment=comment, by=by, now=now)


def approve(version: ItemVersion, *, comment: str = "", by: User, now: datetime) -> None:
    """Approve as a second person: from now on this version never changes and forms may use it (¶23).

    Raises:
        NotInReview: it does not wait for a decision (any more).
        OwnItem: ``by`` wrote, edited or submitted some version of the item.
    """
    _check_decision(version, by, hands_on(version.item))
    _approve(version, comment, by=by, now=now)


def approve_many(versions: Sequence[ItemVersion], *, by: User, now: datetime) -> int:
    """Approve each of these versions, all or none; every one is checked as by :func:`approve`. Returns how many."""
    hands = queries.hands_on({version.item_id for version in versions})
    for version in versions:
        _check_decision(version, by, hands[version.item_id])
        _approve(version, "", by=by, now=now)
    return len(versions)


def return_version(version: ItemVersion, comment: str, *, by: User, now: datetime) -> None:
    """Send a version back to its author with a comment.

    Raises:
        CommentNeeded: no comment.
        NotInReview, OwnItem: as :func:`approve`.
    """
    if not comment.strip():
        raise rules.CommentNeeded
    _check_decision(version, by, hands_on(version.item))
    version.status = ItemStatus.RETURNED
    _note(version, ReviewAct.RETURNED, comment=comment.strip(), by=by, now=now)
    audit.record("item.returned", version.item, by=by, at=now, version=version.id, comment=comment.strip())


def retire(item: Item, reason: str, *, by: User, now: datetime) -> None:
    """Take an item out of use: no new form draws it; forms made before keep it.

    Raises:
        CommentNeeded: no reason.
        AlreadyRetired: it is out of use already.
    """
    if not reason.strip():
        raise rules.CommentNeeded
    queries.lock(item)
    if item.retired_at is not None:
        raise rules.AlreadyRetired
    item.retired_at, item.retired_by_id, item.retired_reason = now, by.id, reason.strip()
    audit.record("item.retired", item, by=by, at=now, external_id=item.external_id, reason=reason.strip())


def open_key_for(version: ItemVersion, *, purpose: str, by: User, now: datetime) -> Key:
    """The answer key for a person to look at; the opening is recorded. ``purpose``: ``view`` or ``edit``."""
    key = sealing.open_key(version)
    audit.record("item.key_opened", version.item, by=by, at=now, version=version.id, purpose=purpose)
    return key


def as_draft(version: ItemVersion) -> ItemDraft:
    """The version with its key as the value that files and forms use, written as its author wrote it."""
    content = Content(wordings(version.options), wordings(version.targets), sealing.open_key(version))
    tidy = kind_of(version.kind).tidy(content)
    return ItemDraft(
        external_id=version.item.external_id, subject_area=version.sub_topic.area.code,
        sub_topic=version.sub_topic.code, difficulty=version.difficulty, stem_ky=version.stem_ky,
        stem_ru=version.stem_ru, options=tuple(tidy.options), targets=tuple(tidy.targets), key=tidy.key,
        is_partial=version.is_partial, source=version.source, author=version.author, enemies=tuple(version.enemies),
        kind=str(version.kind),
    )  # fmt: skip


def wordings(texts: Sequence[dict[str, str]]) -> tuple[Wording, ...]:
    """Stored texts as values."""
    return tuple(Wording(text["ky"], text["ru"]) for text in texts)


def hands_on(item: Item) -> set[UUID]:
    """Ids of those who worked on any version of the item."""
    return queries.hands_on([item.id])[item.id]


def _check(draft: ItemDraft) -> None:
    problems = check_draft(draft)
    if problems:
        raise rules.ItemInvalid(what=" ".join(str(problem.message) for problem in problems))


def _sub_topic(draft: ItemDraft) -> SubTopic:
    topic = queries.sub_topics_by_code().get((draft.subject_area, draft.sub_topic))
    if topic is None:
        raise rules.UnknownSubject(code=f"{draft.subject_area}/{draft.sub_topic}")
    return topic


def _add_version(
    item: Item, number: int, draft: ItemDraft, topic: SubTopic, rationale: str, *, by: User, now: datetime
) -> ItemVersion:
    version = ItemVersion(
        id=uuid4(), item=item, number=number, status=ItemStatus.DRAFT, created_by_id=by.id, created_at=now,
        edited_at=now,
    )  # fmt: skip
    _fill(version, draft, topic, rationale)
    db.session.add(version)
    _note(version, ReviewAct.CREATED, by=by, now=now)
    return version


def _fill(version: ItemVersion, draft: ItemDraft, topic: SubTopic, rationale: str) -> None:
    version.kind, version.difficulty, version.sub_topic = rules.ItemKind(draft.kind), draft.difficulty, topic
    version.stem_ky, version.stem_ru = draft.stem_ky, draft.stem_ru
    kind = kind_of(draft.kind)
    stored = kind.scatter(Content(draft.options, draft.targets, draft.key), SystemRandom())
    version.options = [{"ky": option.ky, "ru": option.ru} for option in stored.options]
    version.targets = [{"ky": target.ky, "ru": target.ru} for target in stored.targets]
    version.is_partial = draft.is_partial
    version.source, version.author, version.enemies = draft.source, draft.author, list(draft.enemies)
    version.key_sealed = sealing.seal_key(version.id, draft.kind, stored.key)
    version.rationale_sealed = sealing.seal_rationale(version.id, rationale) if rationale else None


def _note(version: ItemVersion, act: ReviewAct, *, comment: str = "", by: User, now: datetime) -> None:
    db.session.add(ItemReview(version_id=version.id, act=act, comment=comment, by_id=by.id, at=now))


def _check_decision(version: ItemVersion, by: User, hands: Collection[UUID]) -> None:
    queries.lock(version)
    rules.check_may_decide(version.status, person=by.id, hands=hands)


def _approve(version: ItemVersion, comment: str, *, by: User, now: datetime) -> None:
    version.status, version.approved_by_id, version.approved_at = ItemStatus.APPROVED, by.id, now
    _note(version, ReviewAct.APPROVED, comment=comment, by=by, now=now)
    audit.record("item.approved", version.item, by=by, at=now, version=version.id, number=version.number)
