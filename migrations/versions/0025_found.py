"""roles of a person, and what is locked, are found by index

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Each page of the staff asks for the roles of whoever is signed in, and a hall's for the codes that are locked."""
    op.create_index("ix_role_grant_user_id", "role_grant", ["user_id"])
    op.create_index("ix_throttle_counter_failures", "throttle_counter", ["failures"])


def downgrade() -> None:
    """As it was."""
    op.drop_index("ix_throttle_counter_failures", "throttle_counter")
    op.drop_index("ix_role_grant_user_id", "role_grant")
