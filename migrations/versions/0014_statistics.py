"""statistics: what sittings have said of tests and of items

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('exam_statistics',
    sa.Column('specification_id', sa.Uuid(), nullable=False),
    sa.Column('sitting_id', sa.Uuid(), nullable=True),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.Column('basis', sa.LargeBinary(length=32), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('people >= 0', name=op.f('ck_exam_statistics_people')),
    sa.ForeignKeyConstraint(['specification_id'], ['test_specification.id'], name=op.f('fk_exam_statistics_specification_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_statistics')),
    sa.UniqueConstraint('specification_id', 'sitting_id', name=op.f('uq_exam_statistics_specification_id_sitting_id'))
    )
    op.create_index('uq_exam_statistics_whole', 'exam_statistics', ['specification_id'], unique=True,
    sqlite_where=sa.text('sitting_id IS NULL'), postgresql_where=sa.text('sitting_id IS NULL'))
    op.create_table('item_statistics',
    sa.Column('exam_id', sa.Uuid(), nullable=False),
    sa.Column('item_version_id', sa.Uuid(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('facility', sa.Double(), nullable=True),
    sa.Column('deviation', sa.Double(), nullable=True),
    sa.Column('discrimination', sa.Double(), nullable=True),
    sa.Column('upper_lower', sa.Double(), nullable=True),
    sa.Column('omitted', sa.Double(), nullable=True),
    sa.Column('seconds', sa.Double(), nullable=True),
    sa.Column('flags', sa.JSON(), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.Column('answers_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('facility BETWEEN 0 AND 1', name=op.f('ck_item_statistics_facility')),
    sa.CheckConstraint('omitted BETWEEN 0 AND 1', name=op.f('ck_item_statistics_omitted')),
    sa.CheckConstraint('people >= 0', name=op.f('ck_item_statistics_people')),
    sa.ForeignKeyConstraint(['exam_id'], ['exam_statistics.id'], name=op.f('fk_item_statistics_exam_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['item_version_id'], ['item_version.id'], name=op.f('fk_item_statistics_item_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_statistics')),
    sa.UniqueConstraint('exam_id', 'item_version_id', name=op.f('uq_item_statistics_exam_id_item_version_id'))
    )
    op.create_index(op.f('ix_item_statistics_item_version_id'), 'item_statistics', ['item_version_id'], unique=False)


def downgrade() -> None:
    """Nothing is lost that could not be calculated again."""
    op.drop_index(op.f('ix_item_statistics_item_version_id'), table_name='item_statistics')
    op.drop_table('item_statistics')
    op.drop_index('uq_exam_statistics_whole', table_name='exam_statistics')
    op.drop_table('exam_statistics')
