"""The bank as a file: with keys (see ``key_exports`` for who may), without them, and empty as a template."""

from __future__ import annotations

from datetime import datetime

from core import audit
from core.crypto import sha256
from question_bank import queries
from question_bank.exchange.formats import Format, by_name
from question_bank.exchange.template import write_template
from question_bank.services import items


def export_bank(kind: Format, *, by: audit.Actor, now: datetime) -> bytes:
    """The newest approved version of every item in use, with its key; the export is recorded."""
    drafts = [items.as_draft(version) for version in queries.approved_versions()]
    data = kind.write(drafts)
    audit.record(
        "bank.exported", f"bank:{kind.name}", by=by, at=now, sha256=sha256(data), items=[d.external_id for d in drafts]
    )
    return data


def export_without_keys(*, by: audit.Actor, now: datetime) -> bytes:
    """The same questions as a workbook for translators and reviewers: no key is opened, and none is in it.

    Options and lines stand in an order of chance, another one in each file: the order in which a question is kept can
    tell its key (many authors write the right option first).
    """
    drafts = [items.without_key(version) for version in queries.approved_versions()]
    kind = by_name("xlsx")
    data = kind.write(drafts)
    audit.record(
        "bank.exported_without_keys", f"bank:{kind.name}", by=by, at=now, sha256=sha256(data), items=len(drafts)
    )
    return data


def template() -> bytes:
    """The empty xlsx bank with drop-downs of the subject areas and sub-topics in use."""
    return write_template(
        [
            (area.code, [topic.code for topic in area.sub_topics if topic.is_active])
            for area in queries.subject_areas(active_only=True)
        ]
    )
