"""lists: authors in the order of the Kyrgyz alphabet

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ALPHABET = "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"
ORDER = {letter: f"{place:02}" for place, letter in enumerate(ALPHABET)}
LENGTH = 160


def order(name: str) -> str:
    """As ``core.names.sort_form`` writes it in this revision, cut."""
    letters = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    return "".join("!" if c == " " else ORDER.get(c, f"~{c}") for c in letters)[:LENGTH]


def upgrade() -> None:
    """By the bytes of the order in either database: a locale of PostgreSQL would put signs elsewhere."""
    by_bytes = sa.String(LENGTH).with_variant(sa.String(LENGTH, collation="C"), "postgresql")
    op.add_column("bank_entry", sa.Column("author_order", by_bytes, nullable=False, server_default=sa.text("''")))
    bind = op.get_bind()
    written = "SELECT e.id, v.author FROM bank_entry e JOIN item_version v ON v.id = e.version_id"
    rows = [{"number": number, "named": order(author)} for number, author in bind.execute(sa.text(written)).all()]
    if rows:
        bind.execute(sa.text("UPDATE bank_entry SET author_order = :named WHERE id = :number"), rows)
    op.create_index("ix_bank_entry_author", "bank_entry", ["is_newest", "is_retired", "author_order", "identifier"])


def downgrade() -> None:
    """The order follows from the questions."""
    op.drop_index("ix_bank_entry_author", "bank_entry")
    op.drop_column("bank_entry", "author_order")
