"""hearings: adjourned and opened again; who was there at each viewing of the key; how who did not come knew of it

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

CLOSED = sa.CheckConstraint(
    "(closed_at IS NULL) = (closed_by_id IS NULL)", name=sa.schema.conv("ck_hearing_closed_by_somebody")
)


def upgrade() -> None:
    """Of viewings before this: who was at the hearing, and the document shown when it opened, as it was asked then."""
    op.add_column("appeal", sa.Column("told_how", sa.String(500)))
    op.add_column("hearing", sa.Column("reason", sa.String(500)))
    op.add_column("hearing", sa.Column("earlier", sa.JSON()))
    op.add_column("key_viewing", sa.Column("presence_note", sa.String(200)))
    op.add_column("key_viewing", sa.Column("attendance", sa.JSON()))
    op.execute("UPDATE hearing SET earlier = '[]'")
    for column in ("presence_note", "attendance"):
        op.execute(
            f"UPDATE key_viewing SET {column} = "
            f"(SELECT hearing.{column} FROM hearing WHERE hearing.id = key_viewing.hearing_id)"
        )
    with op.batch_alter_table("hearing", table_args=[CLOSED]) as hearing:
        hearing.alter_column("earlier", existing_type=sa.JSON(), nullable=False)
    with op.batch_alter_table("key_viewing") as viewing:
        viewing.alter_column("presence_note", existing_type=sa.String(200), nullable=False)
        viewing.alter_column("attendance", existing_type=sa.JSON(), nullable=False)


def downgrade() -> None:
    """Fails where a hearing was opened again: an older version cannot tell what that is."""
    reopened = "SELECT count(*) FROM hearing WHERE reason IS NOT NULL OR CAST(earlier AS VARCHAR(2)) <> '[]'"
    if op.get_bind().scalar(sa.text(reopened)):
        raise RuntimeError("a hearing was adjourned or opened again: no older version can tell what that is")
    op.drop_column("key_viewing", "attendance")
    op.drop_column("key_viewing", "presence_note")
    op.drop_column("hearing", "earlier")
    op.drop_column("hearing", "reason")
    op.drop_column("appeal", "told_how")
