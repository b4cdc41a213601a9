"""roles of a person, locked codes and what the sweeper looks for are found by index

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


# Asked for by each page of the staff and each page of a hall: the roles of whoever is signed in (those that have ended
# too), and the codes that are locked. Looked for by the sweeper: old checks, keys that are shown, letters that are late.
INDEXES = (
    ("ix_role_grant_user_id", "role_grant", "user_id", None),
    ("ix_throttle_counter_failures", "throttle_counter", "failures", None),
    ("ix_workstation_check_at", "workstation_check", "at", None),
    ("ix_key_viewing_lasts", "key_viewing", "begun_at", "ended_at IS NULL"),
    ("ix_letter_due", "letter", "due_at", "sent_at IS NULL"),
)


def upgrade() -> None:
    """One index each."""
    for name, table, column, only in INDEXES:
        where = {} if only is None else {"sqlite_where": text(only), "postgresql_where": text(only)}
        op.create_index(name, table, [column], **where)


def downgrade() -> None:
    """As it was."""
    for name, table, _column, _only in reversed(INDEXES):
        op.drop_index(name, table)
