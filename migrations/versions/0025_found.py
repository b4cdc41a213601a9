"""roles of a person and locked codes are found by index

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


# Asked for by each page of the staff and each page of a hall: the roles of whoever is signed in (those that have ended
# too), and the codes that are locked.
INDEXES = (("role_grant", "user_id"), ("throttle_counter", "failures"))


def upgrade() -> None:
    """One index each."""
    for table, column in INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    """As it was."""
    for table, column in reversed(INDEXES):
        op.drop_index(f"ix_{table}_{column}", table)
