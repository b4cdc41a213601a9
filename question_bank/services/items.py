"""Writing items, submitting them for approval (``decisions``), taking them out of use.

A version is edited as a draft; an approved one never changes: the next wording is a new version. Content comes as an
``ItemDraft``, the value that the exchange formats use too, so that a form and a file are held to the same rules.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from secrets import SystemRandom
from uuid import UUID, uuid4

from accounts.models import User
from core import audit
from core.db import db
from core.i18n import LANGUAGES as LANGUAGE_NAMES
from question_bank import life, life_queries, queries, rich_queries, rules, sealing, writing
from question_bank.exchange import characters
from question_bank.exchange.drafts import ItemDraft, check_draft, settled
from question_bank.kinds.base import Content, Key
from question_bank.kinds.registry import kind_of
from question_bank.models import Item, ItemReview, ItemVersion, SubTopic
from question_bank.rules import ItemStatus, ReviewAct
from question_bank.services import media, sources
from question_bank.translations import compare, missing_translation, wordings


def create_item(draft: ItemDraft, *, rationale: str = "", by: User, now: datetime) -> ItemVersion:
    """Put a new question into the bank as the first draft of ``by``.

    Raises:
        ItemInvalid: something is missing or contradicts itself (see ``check_draft``), or the rationale holds
            characters that no text may hold.
        UnknownSubject, DuplicateExternalId, IdInOtherCapitals: against what the bank holds.
    """
    draft = _checked(draft, rationale)
    life_queries.hold_identifiers()
    if queries.find_item(draft.external_id):
        raise rules.DuplicateExternalId(external_id=draft.external_id)
    if alike := life_queries.in_other_capitals([draft.external_id]):
        raise life.IdInOtherCapitals(external_id=alike[draft.external_id])
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


def unsaved(draft: ItemDraft, topic: SubTopic, *, by: User, now: datetime) -> ItemVersion:
    """A first version with its item from a checked draft without pictures, in no session: for ``bringing``."""
    item = Item(id=uuid4(), external_id=draft.external_id, created_at=now)
    version = _draft_version(item, 1, by=by, now=now)
    _fill(version, settled(draft), topic, "")
    return version


def edit_version(
    version: ItemVersion,
    draft: ItemDraft,
    *,
    rationale: str = "",
    translation_holds: bool = False,
    by: User,
    now: datetime,
) -> None:
    """Change a draft or a returned version; whoever does so is no longer its second person.

    The external id stays what it is. A returned version stays returned until it is submitted again. Where of any text
    one language alone has changed, the other is behind, unless the author says that the translation still holds.

    Raises:
        ApprovedNeverChanges, AwaitingDecision, ItemRetired: it may not be changed now.
        ItemInvalid, UnknownSubject: what was written cannot be kept.
    """
    queries.lock(version)
    rules.check_may_edit(version.status, retired=version.item.retired_at is not None)
    draft = _checked(draft, rationale, held=version.enemies)
    before = as_draft(version)
    _fill(version, draft, _sub_topic(draft), rationale)
    media.link(version, draft.media, now=now)
    compare(version, before, draft, holds=translation_holds)
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
    sources.carry_over(newest, version)
    audit.record("item.version_added", item, by=by, at=now, version=version.id, number=version.number)
    return version


def submit(version: ItemVersion, *, comment: str = "", by: User, now: datetime) -> None:
    """Ask for approval.

    Raises:
        ApprovedNeverChanges, AwaitingDecision, ItemRetired: it is not a draft.
        TranslationMissing: it is written in one language only.
    """
    queries.lock(version)
    rules.check_may_edit(version.status, retired=version.item.retired_at is not None)
    mark_submitted(version, comment=comment, by=by, now=now)
    audit.record("item.submitted", version.item, by=by, at=now, version=version.id)


def mark_submitted(version: ItemVersion, *, comment: str = "", by: User, now: datetime) -> None:
    """Put a draft into the queue; the caller has checked it and audits.

    Raises:
        TranslationMissing: it is written in one language only.
    """
    if missing := missing_translation(version):
        raise writing.TranslationMissing(language=LANGUAGE_NAMES[missing], code=missing)
    version.status = ItemStatus.IN_REVIEW
    _note(version, ReviewAct.SUBMITTED, comment=comment, by=by, now=now)


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
    """The answer key for a person to look at; the opening is recorded with its ``purpose``: view, edit, compare."""
    key = sealing.open_key(version)
    audit.record("item.key_opened", version.item, by=by, at=now, version=version.id, purpose=purpose)
    return key


def note_edit(version: ItemVersion, *, by: User, now: datetime) -> None:
    """Whoever changes a draft otherwise than in the editor has worked on it as well."""
    _note(version, ReviewAct.EDITED, by=by, now=now)


def as_draft(version: ItemVersion) -> ItemDraft:
    """The version with its key as the value that files and forms use, written as its author wrote it."""
    content = Content(wordings(version.options), wordings(version.targets), sealing.open_key(version))
    tidy = kind_of(version.kind).tidy(content)
    return ItemDraft(
        external_id=version.item.external_id, subject_area=version.sub_topic.area.code,
        sub_topic=version.sub_topic.code, difficulty=version.difficulty, stem_ky=version.stem_ky,
        stem_ru=version.stem_ru, options=tuple(tidy.options), targets=tuple(tidy.targets), key=tidy.key,
        is_partial=version.is_partial, source=version.source, author=version.author, enemies=tuple(version.enemies),
        kind=str(version.kind), is_rich=version.is_rich,
        media=rich_queries.media_of(version.id) if version.is_rich else (),
    )  # fmt: skip


def without_key(version: ItemVersion) -> ItemDraft:
    """The version as a value whose key nobody has opened, in an order that tells nothing of it.

    Options and targets are shuffled with a cryptographic random source, each with both its languages: some kinds are
    kept in the author's order. True and false keep theirs, which is the same for every question.
    """
    options, targets = wordings(version.options), wordings(version.targets or ())
    if kind_of(version.kind).shuffles:
        random = SystemRandom()
        options, targets = (tuple(random.sample(texts, len(texts))) for texts in (options, targets))
    return ItemDraft(
        external_id=version.item.external_id, subject_area=version.sub_topic.area.code,
        sub_topic=version.sub_topic.code, difficulty=version.difficulty, stem_ky=version.stem_ky,
        stem_ru=version.stem_ru, options=options, targets=targets,
        key=("",) if version.kind == rules.ItemKind.NUMERIC else (), is_partial=version.is_partial,
        source=version.source, author=version.author, enemies=tuple(version.enemies), kind=str(version.kind),
        is_rich=version.is_rich, media=rich_queries.media_of(version.id) if version.is_rich else (),
    )  # fmt: skip


def hands_on(item: Item) -> set[UUID]:
    """Ids of those who worked on any version of the item."""
    return queries.hands_on([item.id])[item.id]


def _checked(draft: ItemDraft, rationale: str, *, held: Collection[str] = ()) -> ItemDraft:
    """The draft as it is kept, enemies as the bank writes them; refuses a fault. A warning keeps nothing out.

    ``held`` are the enemies that the version names already, known to the bank or not.
    """
    draft = settled(media.with_media(draft))
    known = life_queries.spellings(draft.enemies) if draft.enemies else {}
    draft = replace(draft, enemies=life.check_enemies(draft.enemies, known, own=draft.external_id, held=held))
    faults = [problem.message for problem in check_draft(draft) if problem.severity == "error"]
    faults += [message for _code, message, _column in characters.findings([("rationale", rationale)], is_rich=False)]
    if faults:
        raise rules.ItemInvalid(what=" ".join(map(str, faults)))
    return draft


def _sub_topic(draft: ItemDraft) -> SubTopic:
    topic = queries.sub_topics_by_code().get((draft.subject_area, draft.sub_topic))
    if topic is None:
        raise rules.UnknownSubject(code=f"{draft.subject_area}/{draft.sub_topic}")
    return topic


def _add_version(
    item: Item, number: int, draft: ItemDraft, topic: SubTopic, rationale: str, *, by: User, now: datetime
) -> ItemVersion:
    version = _draft_version(item, number, by=by, now=now)
    draft = settled(draft)
    _fill(version, draft, topic, rationale)
    db.session.add(version)
    if draft.media:
        media.show(version, draft.media, now=now)
    _note(version, ReviewAct.CREATED, by=by, now=now)
    return version


def _draft_version(item: Item, number: int, *, by: User, now: datetime) -> ItemVersion:
    return ItemVersion(
        id=uuid4(), item=item, number=number, status=ItemStatus.DRAFT, created_by_id=by.id, created_at=now,
        edited_at=now,
    )  # fmt: skip


def _fill(version: ItemVersion, draft: ItemDraft, topic: SubTopic, rationale: str) -> None:
    version.kind, version.difficulty, version.sub_topic = rules.ItemKind(draft.kind), draft.difficulty, topic
    version.stem_ky, version.stem_ru = draft.stem_ky, draft.stem_ru
    kind = kind_of(draft.kind)
    stored = kind.scatter(Content(draft.options, draft.targets, draft.key), SystemRandom())
    version.options = [{"ky": option.ky, "ru": option.ru} for option in stored.options]
    version.targets = [{"ky": target.ky, "ru": target.ru} for target in stored.targets]
    version.is_partial, version.is_rich = draft.is_partial, draft.is_rich
    version.source, version.author, version.enemies = draft.source, draft.author, list(draft.enemies)
    version.key_sealed = sealing.seal_key(version.id, draft.kind, stored.key)
    version.rationale_sealed = sealing.seal_rationale(version.id, rationale) if rationale else None


def _note(version: ItemVersion, act: ReviewAct, *, comment: str = "", by: User, now: datetime) -> ItemReview:
    review = ItemReview(id=uuid4(), version_id=version.id, act=act, comment=comment, by_id=by.id, at=now)
    db.session.add(review)
    return review
