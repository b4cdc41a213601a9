"""translations: the texts on which both languages agreed last, of questions in which one is behind

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of flags set before it is not known which text is behind: they stay until somebody ticks that both agree."""
    op.add_column("item_version", sa.Column("agreed_texts", sa.JSON(), nullable=True))


def downgrade() -> None:
    """The flags stay."""
    op.drop_column("item_version", "agreed_texts")
