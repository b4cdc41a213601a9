"""What sittings have said of tests and items: figures alone, calculated anew whenever what they follow from changes.

Nothing here is a fact of its own: every row can be deleted and calculated again. No row names an attempt or a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import HasId, Model
from core.sealed_columns import sealed_under
from question_bank.models import ItemVersion, TestSpecification


class ExamStatistics(HasId, Model):
    """A test at one sitting, or at all its sittings together (``sitting_id`` None).

    ``people``: how many ended it and count. ``figures``: everything that the pages show of the test as a whole, empty
    where too few people sat it. ``basis``: SHA-256 over what it follows from (closed sittings, corrections and
    annulments in force): another one means that it must be calculated anew. Sittings are of a room above, which this
    one does not know: their ids are kept without a reference.
    """

    __table_args__ = (
        CheckConstraint("people >= 0", name="people"),
        UniqueConstraint("specification_id", "sitting_id"),
        Index(  # NULLs are distinct to a unique constraint: all sittings together need their own
            "uq_exam_statistics_whole", "specification_id", unique=True,
            sqlite_where=text("sitting_id IS NULL"), postgresql_where=text("sitting_id IS NULL"),
        ),
    )  # fmt: skip
    specification_id: Mapped[UUID] = mapped_column(ForeignKey("test_specification.id"))
    sitting_id: Mapped[UUID | None]
    people: Mapped[int]
    figures: Mapped[dict[str, Any]]
    basis: Mapped[bytes] = mapped_column(LargeBinary(32))
    computed_at: Mapped[datetime]
    specification: Mapped[TestSpecification] = relationship()


class ItemStatistics(HasId, Model):
    """An item version at one sitting, or at all sittings of a test together (as its ``exam`` says).

    ``facility``: mean share of the points, 0…1; ``discrimination``: corrected item-total correlation, −1…1;
    ``omitted``: share of people who left it out; ``seconds``: median time; each None where it is not defined, where too
    few people met the item, or where it was made void. ``flags``: values of :class:`statistics.items.Flag`;
    ``details``: what else is shown to whoever may see no key. ``answers_sealed`` opens (bank key,
    ``("item_statistics", id, "answers")``) to JSON of what was chosen how often: beside the facility, that is the key.
    """

    __table_args__ = (
        UniqueConstraint("exam_id", "item_version_id"),
        CheckConstraint("people >= 0", name="people"),
        CheckConstraint("facility BETWEEN 0 AND 1", name="facility"),
        CheckConstraint("omitted BETWEEN 0 AND 1", name="omitted"),
    )
    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam_statistics.id", ondelete="CASCADE"))
    item_version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), index=True)
    people: Mapped[int]
    facility: Mapped[float | None]
    deviation: Mapped[float | None]
    discrimination: Mapped[float | None]
    upper_lower: Mapped[float | None]  # D: facility among the best 27 % minus facility among the weakest 27 %
    omitted: Mapped[float | None]
    seconds: Mapped[float | None]
    flags: Mapped[list[Any]]
    details: Mapped[dict[str, Any]]
    answers_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=sealed_under("bank", "item_statistics", "answers")
    )
    exam: Mapped[ExamStatistics] = relationship()
    version: Mapped[ItemVersion] = relationship()
