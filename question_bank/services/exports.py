"""The bank as a file: with keys (see ``key_exports`` for who may), without them, and empty as a template.

A file of thousands of questions takes seconds to write, and the embedded database has one writer: the file is written
before the transaction (:func:`write_bank`, :func:`write_without_keys`), and the transaction (:func:`record`) sees that
the bank is still the same and says in the trail what went out. Nobody gets the bytes before that transaction is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from core import audit
from core.crypto import sha256
from core.db import db
from question_bank import queries, work_rules
from question_bank.entries import BankEntry
from question_bank.exchange.drafts import ItemDraft
from question_bank.exchange.formats import Format, by_name
from question_bank.models import ItemVersion
from question_bank.services import items

_IN_FORCE = (BankEntry.is_in_force, ~BankEntry.is_retired)  # as ``queries.approved_versions``


@dataclass(frozen=True)
class Export:
    """A file that is written and not yet given out.

    ``left_out`` are the questions that are not in it because its format cannot hold them: id and reason of each;
    ``items`` the ids of those that are; ``versions`` what was approved and in use when it was written.
    """

    kind: Format
    data: bytes
    left_out: tuple[tuple[str, object], ...]
    items: tuple[str, ...]
    versions: frozenset[UUID]
    has_keys: bool


def count() -> int:
    """How many questions a file of the bank would have: those in quarantine are among them (1 statement)."""
    return db.session.scalar(select(func.count()).select_from(BankEntry).where(*_IN_FORCE)) or 0


def unheld(kind: Format) -> list[tuple[str, object]]:
    """Questions of the bank that a format cannot hold, each with the reason; no key is opened for it.

    Raises:
        TooManyToWrite: a file of the format holds fewer questions than the bank has.
    """
    return kind.unheld(items.without_key(version) for version in _versions(kind))


def write_bank(kind: Format, *, leave_out: bool = False) -> Export:
    """The newest approved version of every item in use, with its key; nobody gets it before :func:`record`.

    ``leave_out``: without the questions that the format cannot hold, else they refuse it (``NotWritable``).
    """
    versions = _versions(kind)
    return _written(
        kind, versions, [items.as_draft(version) for version in versions], leave_out=leave_out, has_keys=True
    )


def write_without_keys(*, leave_out: bool = False) -> Export:
    """The same questions as a workbook for translators and reviewers: no key is opened, and none is in it.

    Options and lines stand in an order of chance, another one in each file: the order in which a question is kept can
    tell its key (many authors write the right option first).
    """
    kind = by_name("xlsx")
    versions = _versions(kind)
    drafts = [items.without_key(version) for version in versions]
    return _written(kind, versions, drafts, leave_out=leave_out, has_keys=False)


def record(found: Export, *, by: audit.Actor, now: datetime) -> None:
    """Say in the trail that a file goes out, in the transaction after which it may.

    Raises:
        BankChanged: a question was approved, replaced or taken out of use while the file was written.
    """
    if found.versions != frozenset(db.session.scalars(select(BankEntry.version_id).where(*_IN_FORCE))):
        raise work_rules.BankChanged
    left_out, target = [name for name, _reason in found.left_out], f"bank:{found.kind.name}"
    if found.has_keys:
        audit.record(
            "bank.exported", target, by=by, at=now, sha256=sha256(found.data), left_out=sorted(left_out),
            items=list(found.items),
        )  # fmt: skip
    else:
        audit.record(
            "bank.exported_without_keys", target, by=by, at=now, sha256=sha256(found.data), items=len(found.items),
            left_out=left_out,
        )  # fmt: skip


def _versions(kind: Format) -> list[ItemVersion]:
    versions = queries.approved_versions()
    kind.check_many(len(versions))
    return versions


def _written(
    kind: Format, versions: Sequence[ItemVersion], drafts: Sequence[ItemDraft], *, leave_out: bool, has_keys: bool
) -> Export:
    left = tuple(kind.unheld(drafts)) if leave_out else ()
    names = {name for name, _reason in left}
    held = [draft for draft in drafts if draft.external_id not in names]
    return Export(
        kind, kind.write(held), left, tuple(draft.external_id for draft in held),
        frozenset(version.id for version in versions), has_keys,
    )  # fmt: skip


def template() -> bytes:
    """The empty xlsx bank with drop-downs of the subject areas and sub-topics in use."""
    from question_bank.exchange.template import write_template

    return write_template(
        [
            (area.code, [topic.code for topic in area.sub_topics if topic.is_active])
            for area in queries.subject_areas(active_only=True)
        ]
    )
