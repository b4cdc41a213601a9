"""Staff, their roles, sessions and set-up links."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from accounts.rules import Permission, Role, needs_one_time_code, permissions_of
from core.db import HasId, Model
from core.names import search_form, sort_form
from core.sealed_columns import sealed_under

ACTIVE = text("revoked_at IS NULL")


class User(HasId, Model):
    """A member of staff. Never a candidate."""

    username: Mapped[str] = mapped_column(String(64), unique=True)
    full_name: Mapped[str] = mapped_column(String(160))
    name_search: Mapped[str] = mapped_column(String(280))  # kept in step with the name, see _index_name
    name_sort: Mapped[str] = mapped_column(String(720))
    password_hash: Mapped[str | None] = mapped_column(String(160))
    one_time_secret: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=sealed_under("accounts", "user", "one_time_secret")
    )
    one_time_step: Mapped[int] = mapped_column(default=0)  # last step used: a code works once (RFC 6238 §5.2)
    is_active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    grants: Mapped[list[RoleGrant]] = relationship(
        back_populates="user", foreign_keys="RoleGrant.user_id", lazy="selectin", order_by="RoleGrant.granted_at"
    )

    is_authenticated: ClassVar[bool] = True  # flask-login asks; somebody not signed in is its AnonymousUserMixin

    @validates("full_name")
    def _index_name(self, _key: str, name: str) -> str:
        self.name_search, self.name_sort = search_form(name), sort_form(name)
        return name

    @property
    def roles(self) -> frozenset[Role]:
        """Roles held now."""
        return frozenset(grant.role for grant in self.grants if grant.revoked_at is None)

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything this person may do now."""
        return permissions_of(self.roles)

    @property
    def needs_one_time_code(self) -> bool:
        """Whether signing in takes a one-time code."""
        return needs_one_time_code(self.roles)

    @property
    def actor_name(self) -> str:
        """Name in the audit trail."""
        return f"user:{self.id}"


class RoleGrant(HasId, Model):
    """A role given to a person, by whom and until when; never edited, only ended."""

    __table_args__ = (
        Index("uq_role_grant_active", "user_id", "role", unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE),
    )
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[Role]
    granted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(back_populates="grants", foreign_keys=user_id)


class StaffSession(HasId, Model):
    """One browser in which somebody is signed in; revoked rows stay as a record."""

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]  # last proof of identity, for grave acts
    revoked_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(200))
    user: Mapped[User] = relationship()


class SetupLink(HasId, Model):
    """A link, used once, with which a person sets password and one-time code."""

    __table_args__ = (CheckConstraint("used_at IS NULL OR used_at <= expires_at", name="used_in_time"),)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()
