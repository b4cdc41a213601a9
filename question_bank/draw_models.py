"""Draws: what was drawn for forms, to what limits; one is sealed, those before it stay on record."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from core.db import HasId, Model
from question_bank.assembly.figures import Figures, greatest_difference, in_common
from question_bank.assembly.plan import Limits
from question_bank.models import TestSpecification


class FormDraw(HasId, Model):
    """Parallel forms as they were drawn: item versions in their order, and what was expected of them at that moment.

    ``exposure``, ``shared`` and ``tolerance`` (points) are the limits, None where there is none. ``audience`` says in
    words whose seen questions were left out, ``audience_key`` to the program; ``left_out`` is how many items that and
    known keys took away, ``bank`` how many could be drawn. ``drawn``: ids of item versions by form; ``figures``: by
    form expected score and deviation (points), number of measured and of assumed items. ``first_variant``: the number
    that the first of the forms was sealed under.
    """

    __table_args__ = (
        UniqueConstraint("specification_id", "number"),
        UniqueConstraint("specification_id", "first_variant"),
        CheckConstraint("(first_variant IS NULL) = (sealed_at IS NULL)", name="sealed"),
    )
    specification_id: Mapped[UUID] = mapped_column(ForeignKey("test_specification.id"))
    number: Mapped[int]
    exposure: Mapped[int | None]
    shared: Mapped[int | None]
    tolerance: Mapped[float | None]
    audience: Mapped[str] = mapped_column(String(200))
    audience_key: Mapped[str] = mapped_column(String(64))
    left_out: Mapped[int]
    bank: Mapped[int]
    drawn: Mapped[list[Any]]
    figures: Mapped[list[Any]]
    drawn_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    drawn_at: Mapped[datetime]
    first_variant: Mapped[int | None]
    sealed_at: Mapped[datetime | None]
    specification: Mapped[TestSpecification] = relationship()
    drawn_by: Mapped[User] = relationship()

    @property
    def limits(self) -> Limits:
        """What the forms keep to."""
        return Limits(self.exposure, self.shared, self.tolerance, self.specification.points)

    @property
    def forms(self) -> list[Figures]:
        """What is expected of each form."""
        return [Figures(*one) for one in self.figures]

    @property
    def apart(self) -> float:
        """How far the expected scores are apart at most, in points."""
        return greatest_difference(one.expected for one in self.forms)

    @property
    def in_common(self) -> list[list[int]]:
        """How many items each two forms have in common."""
        return in_common(self.drawn)

    @property
    def most_in_common(self) -> int:
        """The most items that two of the forms have in common."""
        return max((n for i, row in enumerate(self.in_common) for n in row[:i]), default=0)
