"""Tie-breaks, the authority's acts, rankings, who holds a place: facts that are added, never edited."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from competitions.models import Competition
from core.db import HasId, Model
from question_bank.models import TestSpecification
from ranking.rules.acts import ActKind
from ranking.rules.tie_break import Absence
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Sitting


class TieBreakEntrant(Model):
    """One of the tied in one tie-break: by the main attempt, and, once the sitting has closed, how they took part.

    ``held_id`` is the attempt of the tie-break; where there is none, ``absence`` says why. Both are found once, by
    opening the sealed links, and kept, so that nobody has to open them again to read a ranking.
    """

    __table_args__ = (CheckConstraint("held_id IS NULL OR absence IS NULL", name="held_or_absent"),)
    tie_break_id: Mapped[UUID] = mapped_column(ForeignKey("tie_break.id"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    held_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempt.id"), unique=True)
    absence: Mapped[Absence | None]
    attempt: Mapped[Attempt] = relationship(foreign_keys=attempt_id)
    held: Mapped[Attempt | None] = relationship(foreign_keys=held_id)


class TieBreak(HasId, Model):
    """A tie-break test of a competition: for which place, between whom, until when (¶29).

    ``round`` counts the competition's tie-breaks from 1.
    """

    __table_args__ = (
        UniqueConstraint("competition_id", "round"),
        CheckConstraint("round > 0", name="round"),
        CheckConstraint("place IN (1, 2)", name="place"),
        CheckConstraint("items >= 1 AND items * 3 <= main_items", name="a_third_at_most"),
    )
    competition_id: Mapped[UUID] = mapped_column(ForeignKey("competition.id"), index=True)
    round: Mapped[int]
    place: Mapped[int]
    main_items: Mapped[int]
    items: Mapped[int]
    called_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    specification_id: Mapped[UUID | None] = mapped_column(ForeignKey("test_specification.id"))
    sitting_id: Mapped[UUID | None] = mapped_column(ForeignKey("sitting.id"), unique=True)
    competition: Mapped[Competition] = relationship()
    specification: Mapped[TestSpecification | None] = relationship()
    sitting: Mapped[Sitting | None] = relationship()
    places: Mapped[list[TieBreakEntrant]] = relationship(order_by="TieBreakEntrant.attempt_id")

    @property
    def entrants(self) -> list[Attempt]:
        """Main attempts of the tied, by number."""
        return sorted((one.attempt for one in self.places), key=lambda attempt: attempt.number)

    @property
    def absences(self) -> dict[str, Absence | None]:
        """Why each of the tied has no points, by public number; None for who sat it or is still expected."""
        return {one.attempt.number: one.absence for one in self.places}


class AuthorityAct(HasId, Model):
    """What the authority or the territorial body did with a decided competition, with its document."""

    competition_id: Mapped[UUID] = mapped_column(ForeignKey("competition.id"), index=True)
    kind: Mapped[ActKind]
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempt.id"))  # the main attempt of whom it concerns
    document: Mapped[str] = mapped_column(String(200))
    on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    competition: Mapped[Competition] = relationship()
    attempt: Mapped[Attempt | None] = relationship()
    recorded_by: Mapped[User] = relationship()


class Ranking(HasId, Model):
    """What the results of a competition decided, as it stood when it was drawn up; a later one supersedes it.

    ``content`` is canonical JSON by public numbers of attempts, never names: the bytes that ``content_digest`` covers.
    ``verification_code`` is None for what was drawn up before papers of rankings bore one.
    """

    __table_args__ = (
        UniqueConstraint("competition_id", "revision"),
        CheckConstraint("(revision = 1) = (supersedes_id IS NULL)", name="supersedes"),
        CheckConstraint("(published_at IS NULL) = (published_by_id IS NULL)", name="published_by_somebody"),
    )
    competition_id: Mapped[UUID] = mapped_column(ForeignKey("competition.id"), index=True)
    revision: Mapped[int]
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("ranking.id"))
    content: Mapped[str] = mapped_column(Text)
    content_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    verification_code: Mapped[str | None] = mapped_column(String(9), index=True, unique=True)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    winner_name: Mapped[str | None] = mapped_column(String(280))  # published with it (¶37); nobody else's is
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary)
    pdf_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    competition: Mapped[Competition] = relationship()


class PlaceHolder(Model):
    """Who is behind a main attempt with a place, as far as the reserve has to know: a mark, never the person.

    ``mark`` is a keyed hash of the person: equal marks are the same person, and without the key nobody learns who.
    ``appointed_on`` is kept where the competition in which that person was appointed has been destroyed.
    """

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    noted_at: Mapped[datetime]
    appointed_on: Mapped[date | None]
    attempt: Mapped[Attempt] = relationship()
