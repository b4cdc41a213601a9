"""papers: versions of the summary protocol name the one before; a ranking bears a verification code

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SUPERSEDES = "(version = 1) = (supersedes_id IS NULL)"
CHECK, KEY = "ck_sitting_protocol_supersedes", "fk_sitting_protocol_supersedes_id"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":  # takes no constraint of its own afterwards, but one of a new column
        op.get_bind().exec_driver_sql(
            f"ALTER TABLE sitting_protocol ADD COLUMN supersedes_id CHAR(32) "
            f"CONSTRAINT {KEY} REFERENCES sitting_protocol (id) CONSTRAINT {CHECK} CHECK ({SUPERSEDES})"
        )
    else:
        op.add_column("sitting_protocol", sa.Column("supersedes_id", sa.Uuid()))
        op.create_foreign_key(op.f(KEY), "sitting_protocol", "sitting_protocol", ["supersedes_id"], ["id"])
        op.create_check_constraint(op.f(CHECK), "sitting_protocol", SUPERSEDES)
    op.add_column("ranking", sa.Column("verification_code", sa.String(9)))
    op.create_index(op.f("ix_ranking_verification_code"), "ranking", ["verification_code"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_ranking_verification_code"), table_name="ranking")
    op.drop_column("ranking", "verification_code")
    op.drop_column("sitting_protocol", "supersedes_id")
