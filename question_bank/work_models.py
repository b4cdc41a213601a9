"""What people leave with the bank between two pages: filters by name, files, imports under way, requests for keys."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from accounts.rules import Role
from core.db import HasId, Model
from core.sealed_columns import sealed_under

_DEFAULT = text("is_default")


class SavedFilter(HasId, Model):
    """A way to narrow the list, kept under a name as the query of its address; ``shared_with`` a role of its owner."""

    __table_args__ = (
        UniqueConstraint("user_id", "name"),
        Index("uq_saved_filter_default", "user_id", unique=True, sqlite_where=_DEFAULT, postgresql_where=_DEFAULT),
    )
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(String(2000))
    shared_with: Mapped[Role | None] = mapped_column(index=True)
    is_default: Mapped[bool]
    created_at: Mapped[datetime]
    user: Mapped[User] = relationship()


class BankUpload(HasId, Model):
    """A file between its dry run and the person's decision; it holds keys, so it is sealed and lives an hour.

    ``content_sealed`` opens under the bank key for ``("bank_upload", id)``.
    """

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(16))
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_under("bank", "bank_upload"))
    given: Mapped[dict[str, Any] | None]  # what the person said about it (``exchange.reading.Given``)
    uploaded_at: Mapped[datetime] = mapped_column(index=True)


class ImportState(enum.StrEnum):
    """How an import stands."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # the server stopped in the middle
    FAILED = "failed"


class ImportPhase(enum.StrEnum):
    """What an import is doing; up to the last phase it has written nothing and can be cancelled."""

    READING = "reading"
    COMPARING = "comparing"
    LIKENING = "likening"  # only of a check: looking for questions that are like others
    SEALING = "sealing"
    WRITING = "writing"


class BankImport(HasId, Model):
    """A check of a file (``is_check``: the dry run) or its import, as its person sees it: a thread does the work.

    ``beat_at`` is when that thread was last heard of. ``sentence`` tells a refusal in the person's language. What a
    check has found is ``report_sealed``, under the bank key for ``("bank_check", id)``: it speaks of questions.
    """

    __table_args__ = (
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("done >= 0 AND done <= total", name="done"),
    )
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    upload_id: Mapped[UUID] = mapped_column(index=True)  # the file, as long as it is kept
    is_check: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    report_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, deferred=True, info=sealed_under("bank", "bank_check")
    )
    filename: Mapped[str] = mapped_column(String(200))
    keep_good: Mapped[bool]
    submit_at_once: Mapped[bool]
    language: Mapped[str] = mapped_column(String(2))
    state: Mapped[ImportState] = mapped_column(index=True)
    phase: Mapped[ImportPhase]
    done: Mapped[int]
    total: Mapped[int]
    is_cancel_asked: Mapped[bool]
    sentence: Mapped[str] = mapped_column(String(500))
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class KeyExport(HasId, Model):
    """A request for a file of questions with their keys: one person asks, another confirms, the first gets it once.

    ``leaves_out``: without the questions that the format cannot hold; ``left_out`` of them were not in the file.
    """

    __table_args__ = (
        CheckConstraint("confirmed_by_id IS NULL OR confirmed_by_id <> asked_by_id", name="two_persons"),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
        CheckConstraint("given_at IS NULL OR confirmed_at IS NOT NULL", name="given_after_confirmation"),
    )
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime] = mapped_column(index=True)
    format: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(500))
    confirmed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    confirmed_at: Mapped[datetime | None]
    leaves_out: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    left_out: Mapped[int | None]
    withdrawn_at: Mapped[datetime | None]
    given_at: Mapped[datetime | None]
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))  # SHA-256 of the file that was given
    asked_by: Mapped[User] = relationship(foreign_keys=asked_by_id)
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=confirmed_by_id)
