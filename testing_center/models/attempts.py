"""Attempts, response events, results, protocols: facts that are added, never edited."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competitions.models import Competition
from core.db import HasId, Model
from question_bank.models import TestForm
from testing_center.models.sittings import CandidateCode, Sitting
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.rules.scoring import Outcome
from testing_center.rules.sittings import IncidentCategory


class Attempt(HasId, Model):
    """One person's test, known by a number; the person is behind ``link_sealed``.

    ``link_sealed`` opens (the sitting's data key, ``("attempt", id)``) to JSON {participant, seat}. ``order`` is
    ``{"items": [place in the form, …], "options": [[index, …], …], "targets": [[index, …], …]}`` in the order shown.
    """

    __table_args__ = (
        CheckConstraint(
            "(status = 'ready') = (started_at IS NULL) OR end_kind = 'not_started'", name="started_has_date"
        ),
        CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name="ended_has_date"),
        CheckConstraint("round >= 0", name="round"),
        CheckConstraint("(started_at IS NULL) = (deadline_at IS NULL)", name="deadline_with_start"),
        CheckConstraint(
            "end_kind IS NULL OR end_kind = 'not_started' OR ended_at <= deadline_at", name="ends_by_deadline"
        ),
        CheckConstraint("(status = 'paused') = (paused_at IS NOT NULL)", name="paused_has_date"),
        CheckConstraint("extra_minutes >= 0", name="extra_minutes"),
        Index("ix_attempt_open_deadline", "status", "deadline_at"),
    )
    number: Mapped[str] = mapped_column(String(40), unique=True)
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    form_id: Mapped[UUID] = mapped_column(ForeignKey("test_form.id"), index=True)
    competition_id: Mapped[UUID] = mapped_column(ForeignKey("competition.id"), index=True)
    round: Mapped[int] = mapped_column(default=0)  # 0: the main test; else the competition's tie-break round
    code_id: Mapped[UUID] = mapped_column(ForeignKey("candidate_code.id"), unique=True)
    link_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    law_version: Mapped[str] = mapped_column(String(32))
    status: Mapped[AttemptStatus]
    epoch: Mapped[int] = mapped_column(default=1)
    reached: Mapped[int] = mapped_column(default=1)  # furthest question opened, for forward-only tests
    language: Mapped[str] = mapped_column(String(2))
    order: Mapped[dict[str, Any]]
    display: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # {"theme", "size"} as last chosen
    workstation: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[datetime]
    authorised_at: Mapped[datetime | None]  # leave to start, where the sitting waits for it
    held_at: Mapped[datetime | None]  # the staff paused it before it began: it starts when they let it go on
    extra_minutes: Mapped[int] = mapped_column(default=0, server_default=text("0"))  # granted to the person beforehand
    started_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]  # moves by each ``Extension``; while paused, by nothing
    paused_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_kind: Mapped[EndKind | None]
    sitting: Mapped[Sitting] = relationship()
    form: Mapped[TestForm] = relationship()
    code: Mapped[CandidateCode] = relationship()
    competition: Mapped[Competition] = relationship()

    def shown(self) -> Iterator[tuple[int, int, list[int], list[int]]]:
        """Each question as it is shown: its number, its place in the form, the order of its options and targets."""
        places = self.order["items"]
        targets = self.order.get("targets") or [[]] * len(places)
        return zip(range(1, len(places) + 1), places, self.order["options"], targets, strict=True)

    @property
    def actor_name(self) -> str:
        """Name in the audit trail: the attempt, never the person."""
        return f"attempt:{self.id}"


class ResponseEvent(Model):
    """One acknowledged change of an answer. ``place`` is the item's place in the form, not on the screen."""

    __table_args__ = (
        UniqueConstraint("attempt_id", "place", "epoch", "revision", "is_late"),
        CheckConstraint("revision > 0", name="revision_positive"),
    )
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"))
    place: Mapped[int]
    epoch: Mapped[int]
    revision: Mapped[int]
    response: Mapped[list[Any]]
    flagged: Mapped[bool]
    language: Mapped[str] = mapped_column(String(2))
    saved_at: Mapped[datetime]
    is_late: Mapped[bool] = mapped_column(default=False)


class ResumeToken(HasId, Model):
    """A proctor's leave to go on at another workstation: eight digits, ten minutes, five tries, once."""

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    lookup: Mapped[bytes] = mapped_column(LargeBinary(32))
    category: Mapped[IncidentCategory | None]  # None: of a sitting before moves had one
    reason: Mapped[str] = mapped_column(String(500))
    issued_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class Result(HasId, Model):
    """A score; a later one supersedes it and never replaces it."""

    __table_args__ = (
        UniqueConstraint("attempt_id", "revision"),
        CheckConstraint("score BETWEEN 0 AND maximum", name="score_in_range"),
        CheckConstraint("(score >= cut_score) = (outcome = 'meets')", name="outcome_follows_score"),
        CheckConstraint("(revision = 1) = (supersedes_id IS NULL)", name="supersedes"),
    )
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    revision: Mapped[int]
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("result.id"))
    score: Mapped[int]
    maximum: Mapped[int]
    cut_score: Mapped[int]
    outcome: Mapped[Outcome]
    areas: Mapped[list[Any]]  # [{"code", "name_ky", "name_ru", "name_en", "items", "points", "maximum"?}]
    scoring_version: Mapped[int]
    responses_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    attempt: Mapped[Attempt] = relationship()
    supersedes: Mapped[Result | None] = relationship(remote_side=lambda: Result.id)


class Protocol(HasId, Model):
    """A candidate's protocol (¶24–26): numbered and versioned; content fixed with the result, drawn once.

    ``content_sealed`` opens (the sitting's data key, ``("protocol", id, "content")``) to canonical JSON, whose SHA-256
    is ``content_digest``; ``pdf_sealed`` likewise (``"pdf"``), whose SHA-256 is ``pdf_digest``.
    """

    __table_args__ = (UniqueConstraint("number", "version"),)
    number: Mapped[str] = mapped_column(String(48))
    version: Mapped[int]
    result_id: Mapped[UUID] = mapped_column(ForeignKey("result.id"), unique=True)
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("protocol.id"))
    verification_code: Mapped[str] = mapped_column(String(16), unique=True)
    audit_number: Mapped[int]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    content_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    pdf_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    pdf_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    result: Mapped[Result] = relationship()
