"""The competition and the person, as far as testing needs them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competitions.rules import ApplicationState, Financing
from core.db import HasId, Model
from core.names import search_form, sort_form
from core.sealed_columns import sealed_under


class Competition(HasId, Model):
    """A competition for the post of head of one school (¶2); it pins the version of the law."""

    number: Mapped[str] = mapped_column(String(32), unique=True)
    law_version: Mapped[str] = mapped_column(String(32))
    school_ky: Mapped[str] = mapped_column(String(240))
    school_ru: Mapped[str] = mapped_column(String(240))
    place_ky: Mapped[str] = mapped_column(String(160))
    place_ru: Mapped[str] = mapped_column(String(160))
    financing: Mapped[Financing]
    announced_on: Mapped[date]
    applications_until: Mapped[date | None]  # the last day for applications (¶16)
    created_at: Mapped[datetime]
    is_demo: Mapped[bool] = mapped_column(default=False)


class Person(HasId, Model):
    """A person, known by the personal number; the number itself is sealed (link key, ``("person", id, "pin")``)."""

    __table_args__ = (Index("ix_person_name_sort", "name_sort"),)
    pin_lookup: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    pin_sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_under("link", "person", "pin"))
    surname: Mapped[str] = mapped_column(String(80))
    given_name: Mapped[str] = mapped_column(String(80))
    patronymic: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(160), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    name_search: Mapped[str] = mapped_column(String(280))
    name_sort: Mapped[str] = mapped_column(String(720))
    created_at: Mapped[datetime]
    bars: Mapped[list[Bar]] = relationship(back_populates="person")

    @property
    def full_name(self) -> str:
        """Surname, given name, patronymic."""
        return " ".join(part for part in (self.surname, self.given_name, self.patronymic) if part)

    def refresh_name(self) -> None:
        """Recompute the searched and sorted forms after a change of name."""
        self.name_search, self.name_sort = search_form(self.full_name), sort_form(self.full_name)


class Bar(HasId, Model):
    """The year without participation after a score below the cut score (¶28)."""

    __table_args__ = (CheckConstraint("returns_on > failed_on", name="order"),)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    failed_on: Mapped[date]
    returns_on: Mapped[date]
    law_version: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]  # a correction has raised the score to the cut score
    person: Mapped[Person] = relationship(back_populates="bars")


class Application(HasId, Model):
    """A person's written wish to take part in a competition, and what became of it (¶6, 10, 18, 30)."""

    __table_args__ = (
        UniqueConstraint("competition_id", "person_id"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_has_date"),
    )
    competition_id: Mapped[UUID] = mapped_column(ForeignKey("competition.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[ApplicationState]
    filed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    competition: Mapped[Competition] = relationship()
    person: Mapped[Person] = relationship()
