"""draws: what was drawn for forms, to what limits, sealed or not

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forms sealed before have no draw: nothing is known of their limits."""
    op.create_table(
        "form_draw",
        sa.Column("specification_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("exposure", sa.Integer(), nullable=True),
        sa.Column("shared", sa.Integer(), nullable=True),
        sa.Column("tolerance", sa.Double(), nullable=True),
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("audience_key", sa.String(length=64), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("bank", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("drawn_by_id", sa.Uuid(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_variant", sa.Integer(), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(first_variant IS NULL) = (sealed_at IS NULL)", name=op.f("ck_form_draw_sealed")),
        sa.ForeignKeyConstraint(["drawn_by_id"], ["user.id"], name=op.f("fk_form_draw_drawn_by_id")),
        sa.ForeignKeyConstraint(
            ["specification_id"], ["test_specification.id"], name=op.f("fk_form_draw_specification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_draw")),
        sa.UniqueConstraint(
            "specification_id", "first_variant", name=op.f("uq_form_draw_specification_id_first_variant")
        ),
        sa.UniqueConstraint("specification_id", "number", name=op.f("uq_form_draw_specification_id_number")),
    )


def downgrade() -> None:
    """The sealed forms stay; how they were drawn stands in the trail only."""
    op.drop_table("form_draw")
