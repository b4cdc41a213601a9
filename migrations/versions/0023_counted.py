"""lists: the queue, the register of sources and the stock for forms are counted by indexes

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ENTRY = {
    "ix_bank_entry_queue": ["status", "is_newest", "is_retired", "edited_at", "identifier", "item_id"],
    "ix_bank_entry_cited": ["version_id", "is_retired", "item_id"],
    "ix_bank_entry_stock": [
        "is_in_force", "is_retired", "is_suspended", "is_on_form", "sub_topic_id", "difficulty", "has_enemies",
    ],
}  # fmt: skip


def upgrade() -> None:
    """Each holds all that its page counts by; the index of sources alone is part of the one that comes in its place."""
    for name, columns in ENTRY.items():
        op.create_index(name, "bank_entry", columns)
    op.create_index("ix_citation_source", "citation", ["source_id", "version_id", "checked_at"])
    op.drop_index("ix_citation_source_id", "citation")


def downgrade() -> None:
    """As it was."""
    op.create_index("ix_citation_source_id", "citation", ["source_id"])
    op.drop_index("ix_citation_source", "citation")
    for name in ENTRY:
        op.drop_index(name, "bank_entry")
