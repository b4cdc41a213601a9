"""Subject areas, items and versions, blueprints, specifications, sealed forms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    case,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from core.db import HasId, Model
from core.markup import text as shown_text
from core.sealed_columns import sealed_under
from question_bank.assembly.plan import Cell
from question_bank.rules import ItemKind, ItemStatus, Navigation, ReviewAct, SpecificationStatus


class SubjectArea(HasId, Model):
    """A part of the test's content (¶21); data that the department edits."""

    code: Mapped[str] = mapped_column(String(32), unique=True)
    name_ky: Mapped[str] = mapped_column(String(200))
    name_ru: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)
    sub_topics: Mapped[list[SubTopic]] = relationship(back_populates="area", order_by="SubTopic.position")

    def name(self, language: str) -> str:
        """Name in ``ky``, ``ru`` or ``en``."""
        return str(getattr(self, f"name_{language}"))


class SubTopic(HasId, Model):
    """A part of a subject area."""

    __table_args__ = (UniqueConstraint("area_id", "code"),)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("subject_area.id"))
    code: Mapped[str] = mapped_column(String(48))
    name_ky: Mapped[str] = mapped_column(String(200))
    name_ru: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)
    area: Mapped[SubjectArea] = relationship(back_populates="sub_topics")

    def name(self, language: str) -> str:
        """Name in ``ky``, ``ru`` or ``en``."""
        return str(getattr(self, f"name_{language}"))


class Item(HasId, Model):
    """A question through all its versions."""

    external_id: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    retired_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    retired_reason: Mapped[str | None] = mapped_column(String(500))
    suspended_at: Mapped[datetime | None]  # in quarantine since; why and by whom says ``ItemSuspension``
    versions: Mapped[list[ItemVersion]] = relationship(back_populates="item", order_by="ItemVersion.number")


class ItemVersion(HasId, Model):
    """One wording of a question with its key. Approved, it never changes.

    ``options`` and ``targets`` (what options are matched to) are ``[{"ky", "ru"}, …]``. Of lines to order and of
    matches the order tells nothing; that of choices is their author's and may tell the key: whoever may not see it sees
    ``sealing.content_without_key``. ``key_sealed`` opens to the key as its kind writes it, in JSON;
    ``rationale_sealed`` to the text that explains key and distractors. Both are sealed under the bank key for
    ``("item_version", id, "key" | "rationale")``.
    """

    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty"),
        CheckConstraint("(status = 'approved') = (approved_at IS NOT NULL)", name="approved_has_date"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> created_by_id", name="four_eyes"),
        Index(
            "uq_item_version_open", "item_id", unique=True,
            sqlite_where=text("status <> 'approved'"), postgresql_where=text("status <> 'approved'"),
        ),
    )  # fmt: skip
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"), index=True)
    number: Mapped[int]
    kind: Mapped[ItemKind]
    status: Mapped[ItemStatus] = mapped_column(index=True)
    sub_topic_id: Mapped[UUID] = mapped_column(ForeignKey("sub_topic.id"), index=True)
    difficulty: Mapped[int]
    stem_ky: Mapped[str] = mapped_column(Text)
    stem_ru: Mapped[str] = mapped_column(Text)
    options: Mapped[list[Any]]
    targets: Mapped[list[Any]] = mapped_column(default=list)
    is_partial: Mapped[bool] = mapped_column(default=False)  # part of the points for an answer that is partly right
    is_rich: Mapped[bool] = mapped_column(default=False)  # its texts are HTML as ``core.markup.clean`` writes it
    stale_language: Mapped[str | None] = mapped_column(String(2))  # not touched since the other language changed
    agreed_texts: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))  # before that: ``writing.Text``
    key_sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_under("bank", "item_version", "key"))
    rationale_sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=sealed_under("bank", "item_version", "rationale")
    )
    source: Mapped[str] = mapped_column(String(500))
    author: Mapped[str] = mapped_column(String(200))
    enemies: Mapped[list[Any]]  # external ids that never stand in one form with it
    search_text: Mapped[str] = mapped_column(Text)  # its words, as ``search_words`` writes them
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]
    item: Mapped[Item] = relationship(back_populates="versions")
    sub_topic: Mapped[SubTopic] = relationship()
    created_by: Mapped[User] = relationship(foreign_keys=created_by_id)
    reviews: Mapped[list[ItemReview]] = relationship(back_populates="version", order_by=lambda: _in_order())

    def stem(self, language: str) -> str:
        """The question to show in ``ky`` or ``ru``; in the other language where its translation is missing."""
        texts = {"ky": self.stem_ky, "ru": self.stem_ru}
        return self.shown(texts[language] or texts["ky"] or texts["ru"])

    def shown(self, stored: str) -> str:
        """A stored text as it is shown: rich (``core.markup.Text``) or plain."""
        return shown_text(stored, bool(self.is_rich))


class ItemReview(HasId, Model):
    """A step in the approval of a version, with the words of the person who took it."""

    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), index=True)
    act: Mapped[ReviewAct]
    comment: Mapped[str] = mapped_column(Text)
    by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    version: Mapped[ItemVersion] = relationship(back_populates="reviews")
    by: Mapped[User] = relationship()


def _in_order() -> tuple[Any, ...]:
    """Steps of one moment (an import that submits at once) stand in the order in which they are taken."""
    taken = case({act: place for place, act in enumerate(ReviewAct)}, value=ItemReview.act)
    return ItemReview.at, taken


class Blueprint(HasId, Model):
    """Table of specifications: how many items of which subject area and difficulty."""

    title: Mapped[str] = mapped_column(String(200), unique=True)
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    cells: Mapped[list[BlueprintCell]] = relationship(back_populates="blueprint", cascade="all, delete-orphan")
    specifications: Mapped[list[TestSpecification]] = relationship(back_populates="blueprint")

    @property
    def items(self) -> int:
        """Number of items of a form."""
        return sum(cell.count for cell in self.cells)


class BlueprintCell(HasId, Model):
    """One cell of a blueprint."""

    __table_args__ = (
        UniqueConstraint("blueprint_id", "area_id", "sub_topic_id", "difficulty"),
        Index(  # NULLs are distinct to a unique constraint: the row of a whole area needs its own
            "uq_blueprint_cell_whole_area", "blueprint_id", "area_id", "difficulty", unique=True,
            sqlite_where=text("sub_topic_id IS NULL"), postgresql_where=text("sub_topic_id IS NULL"),
        ),
        CheckConstraint("count > 0", name="count_positive"),
        CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty"),
    )  # fmt: skip
    blueprint_id: Mapped[UUID] = mapped_column(ForeignKey("blueprint.id"), index=True)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("subject_area.id"))
    sub_topic_id: Mapped[UUID | None] = mapped_column(ForeignKey("sub_topic.id"))
    difficulty: Mapped[int]
    count: Mapped[int]
    blueprint: Mapped[Blueprint] = relationship(back_populates="cells")
    area: Mapped[SubjectArea] = relationship(lazy="joined")
    sub_topic: Mapped[SubTopic | None] = relationship(lazy="joined")

    def as_cell(self) -> Cell:
        """The cell as the rules see it."""
        return Cell(self.area.code, self.difficulty, self.count, self.sub_topic.code if self.sub_topic else None)


class TestSpecification(HasId, Model):
    """What is fixed before a test: items, time, cut score, manner; approved by the authority and frozen (¶22)."""

    __test__ = False  # not a test case, whatever its name looks like to pytest
    __table_args__ = (
        CheckConstraint(
            "(main_items IS NULL AND items >= 3) "
            "OR (main_items IS NOT NULL AND items >= 1 AND items * 3 <= main_items)",
            name="items_for_a_third",
        ),
        CheckConstraint(
            "(main_items IS NULL AND cut_score BETWEEN 1 AND items * points) "
            "OR (main_items IS NOT NULL AND cut_score = 0)",
            name="cut_score",
        ),
        CheckConstraint("points BETWEEN 1 AND 10", name="points"),
        CheckConstraint("(main_items IS NULL) = (main_id IS NULL)", name="main_test"),
        CheckConstraint("minutes BETWEEN 1 AND 600", name="minutes"),
        CheckConstraint("(status = 'approved') = (approved_at IS NOT NULL)", name="approved_has_date"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> created_by_id", name="four_eyes"),
    )
    title_ky: Mapped[str] = mapped_column(String(200))
    title_ru: Mapped[str] = mapped_column(String(200))
    blueprint_id: Mapped[UUID] = mapped_column(ForeignKey("blueprint.id"))
    items: Mapped[int]
    points: Mapped[int] = mapped_column(default=1)  # of each question
    minutes: Mapped[int]
    cut_score: Mapped[int]
    navigation: Mapped[Navigation]
    languages: Mapped[list[Any]]
    law_version: Mapped[str] = mapped_column(String(32))
    status: Mapped[SpecificationStatus]
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decision_comment: Mapped[str | None] = mapped_column(Text)
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]
    act_number: Mapped[str | None] = mapped_column(String(64))  # the authority's dated act (¶22)
    act_on: Mapped[date | None]
    # A tie-break test names the main test under whose act it is held, and the number of items it is a third of (¶29).
    main_id: Mapped[UUID | None] = mapped_column(ForeignKey("test_specification.id"))
    main_items: Mapped[int | None]
    blueprint: Mapped[Blueprint] = relationship(back_populates="specifications")
    created_by: Mapped[User] = relationship(foreign_keys=created_by_id)
    approved_by: Mapped[User | None] = relationship(foreign_keys=approved_by_id)
    forms: Mapped[list[TestForm]] = relationship(back_populates="specification", order_by="TestForm.variant")

    @property
    def is_tie_break(self) -> bool:
        """Whether this is a tie-break test: no cut score of its own, the sum decides (¶29)."""
        return self.main_items is not None

    @property
    def maximum(self) -> int:
        """The highest score of the test."""
        return self.items * self.points

    def title(self, language: str) -> str:
        """Title in Russian for ``ru``, else in Kyrgyz."""
        return self.title_ru if language == "ru" else self.title_ky


class TestForm(HasId, Model):
    """A variant of a test, sealed: its digest fixes items, keys, cut score and time before anybody sits it."""

    __test__ = False
    __table_args__ = (UniqueConstraint("specification_id", "variant"),)
    specification_id: Mapped[UUID] = mapped_column(ForeignKey("test_specification.id"), index=True)
    variant: Mapped[int]
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scoring_version: Mapped[int]
    sealed_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    sealed_at: Mapped[datetime]
    specification: Mapped[TestSpecification] = relationship(back_populates="forms")
    items: Mapped[list[FormItem]] = relationship(back_populates="form", order_by="FormItem.position")


class FormItem(HasId, Model):
    """An item in a form: its version, ids of options and targets (random for each form), points, leaf of the tree.

    ``salt_sealed`` opens (bank key, ``("form_item", id, "salt")``) to the 32 bytes without which a leaf tells nothing.
    """

    __table_args__ = (
        UniqueConstraint("form_id", "position"),
        UniqueConstraint("form_id", "item_version_id"),
        CheckConstraint("points > 0", name="points_positive"),
    )
    form_id: Mapped[UUID] = mapped_column(ForeignKey("test_form.id"), index=True)
    position: Mapped[int]
    item_version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), index=True)
    option_ids: Mapped[list[Any]]
    target_ids: Mapped[list[Any]] = mapped_column(default=list)
    points: Mapped[int]
    salt_sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_under("bank", "form_item", "salt"))
    leaf: Mapped[bytes] = mapped_column(LargeBinary(32))
    form: Mapped[TestForm] = relationship(back_populates="items")
    version: Mapped[ItemVersion] = relationship()
