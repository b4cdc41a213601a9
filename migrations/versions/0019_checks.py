"""checks of files in the background, and exports without the questions that a format cannot hold

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_FALSE = sa.text("false")


def upgrade() -> None:
    """Every import that is there was one; every request for keys was for all questions."""
    op.add_column("bank_import", sa.Column("is_check", sa.Boolean(), server_default=_FALSE, nullable=False))
    op.add_column("bank_import", sa.Column("report_sealed", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_bank_import_upload_id"), "bank_import", ["upload_id"])
    op.add_column("key_export", sa.Column("leaves_out", sa.Boolean(), server_default=_FALSE, nullable=False))
    op.add_column("key_export", sa.Column("left_out", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Checks go: their files are checked anew. What was left out of an export stays in the trail."""
    op.execute(sa.text("DELETE FROM bank_import WHERE is_check"))
    op.drop_column("key_export", "left_out")
    op.drop_column("key_export", "leaves_out")
    op.drop_index(op.f("ix_bank_import_upload_id"), table_name="bank_import")
    op.drop_column("bank_import", "report_sealed")
    op.drop_column("bank_import", "is_check")
