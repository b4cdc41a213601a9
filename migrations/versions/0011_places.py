"""places: who is the same person among those with a place, by marks

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('place_holder',
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('mark', sa.LargeBinary(length=32), nullable=False),
    sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('appointed_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_place_holder_attempt_id')),
    sa.PrimaryKeyConstraint('attempt_id', name=op.f('pk_place_holder'))
    )
    op.create_index(op.f('ix_place_holder_mark'), 'place_holder', ['mark'], unique=False)


def downgrade() -> None:
    """Fails where somebody declined a tie-break test: an older version cannot tell what that is."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM tie_break_entrant WHERE absence = 'declined'")):
        raise RuntimeError("somebody declined a tie-break test: no older version can tell what that is")
    op.drop_index(op.f('ix_place_holder_mark'), table_name='place_holder')
    op.drop_table('place_holder')
