"""What lists and searches read instead of the versions themselves: a narrow row for each version that a list can show.

An item has one entry for its newest version and one more for the approved version in force, where that is an older
one. Entries, their words and the hands on an item follow from the bank's own tables: they are written anew before the
commit of whatever changed an item, and hold nothing that could not be made again from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, delete, event, insert, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Model, db
from core.markup import plain
from core.names import search_form, search_words, sort_form
from question_bank.models import FormItem, Item, ItemReview, ItemVersion, SubTopic
from question_bank.rules import HANDS_ON, ItemKind, ItemStatus

LANGUAGES = ("ky", "ru")
_CHANGED, _SEALED = "bank items changed", "bank versions put on forms"
_AT_ONCE = 500  # items of one statement
ORDERED = 160  # of the order of an author, two a letter: who differs only after 80 letters stands side by side


class BankEntry(Model):
    """A version as the lists of the bank narrow and sort it; ``identifier``, ``author`` and ``source`` are folded."""

    __table_args__ = (
        Index("ix_bank_entry_newest", "is_newest", "is_retired", "identifier"),
        Index("ix_bank_entry_edited", "is_newest", "is_retired", "edited_at"),
        Index("ix_bank_entry_author", "is_newest", "is_retired", "author_order", "identifier"),
        Index("ix_bank_entry_counts", "is_newest", "is_in_force", "is_retired", "status"),
        # The queue, what is taken from sources, what forms can be drawn from: each is counted without the rows.
        Index(
            "ix_bank_entry_queue", "status", "is_newest", "is_retired", "edited_at", "identifier", "item_id"
        ),
        Index("ix_bank_entry_cited", "version_id", "is_retired", "item_id"),
        Index(
            "ix_bank_entry_stock", "is_in_force", "is_retired", "is_suspended", "is_on_form", "sub_topic_id",
            "difficulty", "has_enemies",
        ),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), unique=True)
    is_newest: Mapped[bool]
    is_in_force: Mapped[bool]  # the newest approved version
    is_retired: Mapped[bool]
    is_suspended: Mapped[bool]
    is_on_form: Mapped[bool]  # some version of the item stands on a sealed form
    has_enemies: Mapped[bool]
    lacks_ky: Mapped[bool]
    lacks_ru: Mapped[bool]
    status: Mapped[ItemStatus]
    kind: Mapped[ItemKind]
    difficulty: Mapped[int]
    area_id: Mapped[UUID] = mapped_column(ForeignKey("subject_area.id"))
    sub_topic_id: Mapped[UUID] = mapped_column(ForeignKey("sub_topic.id"))
    identifier: Mapped[str] = mapped_column(String(128))
    author: Mapped[str] = mapped_column(String(400))
    author_order: Mapped[str] = mapped_column(  # ``sort_form``, cut; compared by its bytes, whatever the locale
        String(ORDERED).with_variant(String(ORDERED, collation="C"), "postgresql"), server_default=text("''")
    )
    source: Mapped[str] = mapped_column(String(1000))
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]  # of the item
    edited_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]


class BankText(Model):
    """The words of an entry; each database keeps its own index of them (migration 0016), by which they are found."""

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("bank_entry.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)


class BankHand(Model):
    """Somebody worked on some version of an item (see ``rules.HANDS_ON``): it is one of their own."""

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"), primary_key=True, index=True)


@event.listens_for(ItemVersion, "before_insert")
@event.listens_for(ItemVersion, "before_update")
def _keep_search_text(_mapper: object, _connection: object, version: ItemVersion) -> None:
    fold_search_text(version)


def fold_search_text(version: ItemVersion) -> None:
    """Bring the words by which a version is searched up to date with its texts."""
    texts = [version.stem_ky, version.stem_ru]
    texts += [text[language] for text in (*version.options, *(version.targets or [])) for language in ("ky", "ru")]
    if version.is_rich:
        texts = [plain(text) for text in texts]
    # Sorted: words in quotes are found side by side, and the order in which options are stored may tell the key.
    version.search_text = search_words(" ".join([*texts[:2], *sorted(texts[2:])]))


def refresh(item_ids: Iterable[UUID]) -> None:
    """Write the entries of these items anew, in the caller's transaction (7 statements for each 500 items)."""
    ordered = sorted(set(item_ids))
    for start in range(0, len(ordered), _AT_ONCE):
        _refresh(ordered[start : start + _AT_ONCE])


def _refresh(ids: Sequence[UUID]) -> None:
    session = db.session
    rows = session.execute(
        select(
            ItemVersion.item_id, ItemVersion.id, ItemVersion.number, ItemVersion.status, ItemVersion.kind,
            ItemVersion.difficulty, ItemVersion.sub_topic_id, SubTopic.area_id, ItemVersion.author, ItemVersion.source,
            ItemVersion.approved_by_id, ItemVersion.edited_at, ItemVersion.approved_at, ItemVersion.enemies,
            ItemVersion.stem_ky, ItemVersion.stem_ru, ItemVersion.options, ItemVersion.targets,
            ItemVersion.search_text, Item.external_id, Item.created_at, Item.retired_at, Item.suspended_at,
            ItemVersion.stale_language,
        )
        .join(ItemVersion.item)
        .join(ItemVersion.sub_topic)
        .where(ItemVersion.item_id.in_(ids))
        .order_by(ItemVersion.item_id, ItemVersion.number.desc())
    ).all()  # fmt: skip
    on_forms = set(
        session.scalars(
            select(ItemVersion.item_id)
            .join(FormItem, FormItem.item_version_id == ItemVersion.id)
            .where(ItemVersion.item_id.in_(ids))
            .distinct()
        )
    )
    shown = [found for _item, versions in groupby(rows, key=lambda row: row.item_id) for found in _shown(versions)]
    old = select(BankEntry.id).where(BankEntry.item_id.in_(ids))
    session.execute(delete(BankText).where(BankText.entry_id.in_(old)).execution_options(synchronize_session=False))
    session.execute(delete(BankEntry).where(BankEntry.item_id.in_(ids)).execution_options(synchronize_session=False))
    session.execute(delete(BankHand).where(BankHand.item_id.in_(ids)).execution_options(synchronize_session=False))
    write(
        [
            entry(
                row, is_newest=newest, is_in_force=force, is_on_form=row.item_id in on_forms
            )
            for row, newest, force in shown
        ],
        [words_of(row.external_id, row.search_text) for row, _newest, _force in shown],
        _hands(ids),
    )  # fmt: skip


def _shown(versions: Iterable[Any]) -> Iterator[tuple[Any, bool, bool]]:
    """Of an item's versions, the newest first, those that a list can show: whether newest, whether in force."""
    is_newest, in_force = True, False
    for row in versions:
        is_force = row.status == ItemStatus.APPROVED and not in_force
        in_force = in_force or is_force
        if is_newest or is_force:
            yield row, is_newest, is_force
        is_newest = False


def words_of(external_id: str, search_text: str) -> str:
    """What an entry is found by: its identifier and the words of its version."""
    return f"{search_words(external_id)} {search_text}"


def entry(row: Any, *, is_newest: bool = True, is_in_force: bool = False, is_on_form: bool = False) -> dict[str, Any]:
    """The entry of a version; ``row`` has the columns that :func:`refresh` reads, by their names."""
    lacks = {language: lacks_language(row, language) for language in LANGUAGES}
    return {
        "item_id": row.item_id, "version_id": row.id, "is_newest": is_newest, "is_in_force": is_in_force,
        "is_retired": row.retired_at is not None, "is_suspended": row.suspended_at is not None,
        "is_on_form": is_on_form, "has_enemies": bool(row.enemies), "lacks_ky": lacks["ky"],
        "lacks_ru": lacks["ru"], "status": row.status,
        "kind": row.kind, "difficulty": row.difficulty, "area_id": row.area_id, "sub_topic_id": row.sub_topic_id,
        "identifier": search_form(row.external_id), "author": search_form(row.author),
        "author_order": sort_form(row.author)[:ORDERED],
        "source": search_form(row.source), "approved_by_id": row.approved_by_id, "created_at": row.created_at,
        "edited_at": row.edited_at, "approved_at": row.approved_at,
    }  # fmt: skip


def lacks_language(row: Any, language: str) -> bool:
    """Whether some text of a version is missing in a language, or was left behind when the other one changed."""
    other = "ru" if language == "ky" else "ky"
    pairs = [(getattr(row, f"stem_{language}"), getattr(row, f"stem_{other}"))]
    pairs += [(text[language], text[other]) for text in (*row.options, *(row.targets or ()))]
    return row.stale_language == language or any(not here.strip() and there.strip() for here, there in pairs)


def _hands(ids: Sequence[UUID]) -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(ItemVersion.item_id, ItemReview.by_id)
        .join(ItemReview.version)
        .where(ItemVersion.item_id.in_(ids), ItemReview.act.in_(HANDS_ON))
        .union(select(ItemVersion.item_id, ItemVersion.created_by_id).where(ItemVersion.item_id.in_(ids)))
    )
    return [{"item_id": item_id, "user_id": person} for item_id, person in rows]


def write(entries: Sequence[dict[str, Any]], words: Sequence[str], hands: Sequence[dict[str, Any]]) -> None:
    """Put entries with their words and hands into empty places: what a refresh and a big import have worked out."""
    if not entries:
        return
    ids = dict(db.session.execute(insert(BankEntry).returning(BankEntry.version_id, BankEntry.id), list(entries)).all())
    texts = [{"entry_id": ids[entry["version_id"]], "words": text} for entry, text in zip(entries, words, strict=True)]
    db.session.execute(insert(BankText), texts)
    db.session.execute(insert(BankHand), list(hands))


@event.listens_for(db.session, "after_flush")
def _note_changes(session: Session, _context: object) -> None:
    """Remember whose entries are no longer true."""
    for row in (*session.new, *session.dirty, *session.deleted):
        match row:
            case Item():
                session.info.setdefault(_CHANGED, set()).add(row.id)
            case ItemVersion():
                session.info.setdefault(_CHANGED, set()).add(row.item_id)
            case FormItem():
                session.info.setdefault(_SEALED, set()).add(row.item_version_id)


@event.listens_for(db.session, "before_commit")
def _write_changes(session: Session) -> None:
    """Before a commit, entries say what the bank says. What was noted and taken back since is only written again."""
    if session.in_nested_transaction():
        return
    session.flush()
    sealed, changed = session.info.pop(_SEALED, set()), session.info.pop(_CHANGED, set())
    refresh(changed)
    versions = sorted(sealed)
    for start in range(0, len(versions), _AT_ONCE):
        items = select(ItemVersion.item_id).where(ItemVersion.id.in_(versions[start : start + _AT_ONCE]))
        known = update(BankEntry).where(BankEntry.item_id.in_(items)).values(is_on_form=True)
        session.execute(known.execution_options(synchronize_session=False))
