"""A flipped byte in what is on record is noticed: by ``audit verify``, or by the database, which refuses the row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, Table
from sqlalchemy.exc import DBAPIError, StatementError

from core import audit
from core.audit import AuditCheckpoint, AuditEntry, AuditHead
from core.db import Model, db, transaction
from testing_center.models.attempts import Attempt, Protocol, ResponseEvent, Result
from tests.candidates import Candidate
from tests.services.result_records import pdf_of

RECORD: tuple[type[Model], ...] = (
    ResponseEvent, Attempt, Result, Protocol, AuditEntry, AuditCheckpoint, AuditHead,
)  # fmt: skip

FAR = 2**20

# What no flip in is noticed, and why that alters no answer in time, no score, no deadline and nobody's name.
_BESIDE = "a late answer is never scored; that there is one is in the trail, with its question and revision"
UNNOTICED = {
    "attempt.language": "how the page is shown; each answer bears its own language",
    "attempt.reached": "of no meaning after the end",
    "audit_checkpoint.at": "the signature is over number and hash",
    "audit_checkpoint.reason": "the signature is over number and hash",
    "protocol.audit_number": "the sealed content says the number too",
    "protocol.created_at": "the sealed content says the moment too",
    "result.created_at": "the entry of the trail bears the moment",
    "result.scoring_version": "the form bears the one that it was sealed with",
} | {
    f"late response_event.{name}": _BESIDE
    for name in ("id", "place", "epoch", "revision", "response", "flagged", "language", "saved_at")
}  # fmt: skip


@pytest.fixture
def record(make, clock) -> Candidate:
    """Somebody who has ended, with a late answer, a drawn protocol and a signed end of the chain."""
    found = Candidate(clock, make.codes(make.sitting(people=1))[0]).enter().start()
    found.answer(1, 2, 3)
    found.submit()
    found.save(4, [found.option(4)])
    pdf_of(found)
    with transaction():
        audit.checkpoint("test", at=clock())
    return found


def flipped(value: Any) -> Any:
    """The value with one bit, letter or moment of it changed."""
    match value:
        case bool():
            return not value
        case int():
            return value ^ 2
        case str():
            return value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"
        case bytes():
            return value[: len(value) // 2] + bytes([value[len(value) // 2] ^ 1]) + value[len(value) // 2 + 1 :]
        case datetime():
            return value + timedelta(microseconds=1)
        case UUID():
            return UUID(int=value.int ^ 1)
        case list():
            return [flipped(value[0]), *value[1:]] if value else [1]
        case dict():
            name, *_others = value
            return value | {name: flipped(value[name])}
        case _:
            raise TypeError(value)


def notices(table: Table, column: Column[Any], key: dict[str, Any], value: Any) -> bool:
    """Whether somebody notices the flip; everything is as before afterwards."""
    where = [table.c[name] == one for name, one in key.items()]
    db.session.rollback()
    try:
        changed = db.session.execute(table.update().where(*where).values({column: value}))
        assert changed.rowcount == 1
        db.session.expire_all()
        return next(audit.verify(), None) is not None
    except (DBAPIError, StatementError, LookupError):  # the database refuses it, or cannot read it any more
        return True
    finally:
        db.session.rollback()
        db.session.expire_all()


def unnoticed(model: type[Model]) -> Iterator[str]:
    """Columns of the first and the last row in which a flip goes unnoticed."""
    table: Table = model.__table__  # type: ignore[assignment]
    rows = db.session.execute(db.select(table).order_by(*table.primary_key)).mappings().all()
    for row in (rows[0], rows[-1]):
        key = {column.name: row[column.name] for column in table.primary_key}
        for column in table.columns:
            value = row[column.name]
            is_count = column.primary_key and isinstance(value, int)  # never one that another row has
            if value is not None and not notices(table, column, key, value + FAR if is_count else flipped(value)):
                yield f"{'late ' if row.get('is_late') else ''}{table.name}.{column.name}"


def test_a_flip_in_any_column_of_the_record_is_noticed(record):
    assert list(audit.verify()) == []
    found = {name for model in RECORD for name in unnoticed(model)}
    assert sorted(found) == sorted(UNNOTICED), " ".join(sorted(found))
