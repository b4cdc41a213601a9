"""archive: legal holds and acts of destruction

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('destruction_act',
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('status', sa.Enum('prepared', 'carried_out', 'cancelled', name='actstatus', native_enum=False, length=32), nullable=False),
    sa.Column('prepared_by_id', sa.Uuid(), nullable=False),
    sa.Column('prepared_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('content', sa.Text(), nullable=True),
    sa.Column('content_digest', sa.LargeBinary(length=32), nullable=True),
    sa.Column('pdf', sa.LargeBinary(), nullable=True),
    sa.Column('pdf_digest', sa.LargeBinary(length=32), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(status = 'carried_out') = (content IS NOT NULL)", name=op.f('ck_destruction_act_done_has_content')),
    sa.CheckConstraint("(status = 'prepared') = (decided_at IS NULL)", name=op.f('ck_destruction_act_decided_has_date')),
    sa.CheckConstraint("decided_by_id IS NULL OR status = 'cancelled' OR decided_by_id <> prepared_by_id", name=op.f('ck_destruction_act_by_two')),
    sa.CheckConstraint('(decided_at IS NULL) = (decided_by_id IS NULL)', name=op.f('ck_destruction_act_decided_by_somebody')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['user.id'], name=op.f('fk_destruction_act_decided_by_id')),
    sa.ForeignKeyConstraint(['prepared_by_id'], ['user.id'], name=op.f('fk_destruction_act_prepared_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_destruction_act')),
    sa.UniqueConstraint('number', name=op.f('uq_destruction_act_number'))
    )
    op.create_index('uq_destruction_act_one_waits', 'destruction_act', ['status'], unique=True, sqlite_where=sa.text("status = 'prepared'"), postgresql_where=sa.text("status = 'prepared'"))
    op.create_table('legal_hold',
    sa.Column('competition_id', sa.Uuid(), nullable=False),
    sa.Column('ground', sa.String(length=500), nullable=False),
    sa.Column('placed_by_id', sa.Uuid(), nullable=False),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lifted_by_id', sa.Uuid(), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lift_ground', sa.String(length=500), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('(lifted_at IS NULL) = (lift_ground IS NULL)', name=op.f('ck_legal_hold_lifted_on_ground')),
    sa.CheckConstraint('(lifted_at IS NULL) = (lifted_by_id IS NULL)', name=op.f('ck_legal_hold_lifted_by_somebody')),
    sa.ForeignKeyConstraint(['competition_id'], ['competition.id'], name=op.f('fk_legal_hold_competition_id')),
    sa.ForeignKeyConstraint(['lifted_by_id'], ['user.id'], name=op.f('fk_legal_hold_lifted_by_id')),
    sa.ForeignKeyConstraint(['placed_by_id'], ['user.id'], name=op.f('fk_legal_hold_placed_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_legal_hold'))
    )
    op.create_index(op.f('ix_legal_hold_competition_id'), 'legal_hold', ['competition_id'], unique=False)
    op.create_table('destruction_lot',
    sa.Column('act_id', sa.Uuid(), nullable=False),
    sa.Column('series', sa.Enum('commission', 'competition', name='series', native_enum=False, length=32), nullable=False),
    sa.Column('about_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=56), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=False),
    sa.Column('free_from', sa.Date(), nullable=False),
    sa.Column('destroyed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('free_from > closed_on', name=op.f('ck_destruction_lot_kept_first')),
    sa.ForeignKeyConstraint(['act_id'], ['destruction_act.id'], name=op.f('fk_destruction_lot_act_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_destruction_lot')),
    sa.UniqueConstraint('act_id', 'series', 'about_id', name=op.f('uq_destruction_lot_act_id_series_about_id'))
    )
    op.create_index(op.f('ix_destruction_lot_about_id'), 'destruction_lot', ['about_id'], unique=False)
    op.create_index(op.f('ix_destruction_lot_act_id'), 'destruction_lot', ['act_id'], unique=False)
    op.create_index('uq_destruction_lot_once', 'destruction_lot', ['series', 'about_id'], unique=True, sqlite_where=sa.text('destroyed_at IS NOT NULL'), postgresql_where=sa.text('destroyed_at IS NOT NULL'))


def downgrade() -> None:
    op.drop_index('uq_destruction_lot_once', table_name='destruction_lot', sqlite_where=sa.text('destroyed_at IS NOT NULL'), postgresql_where=sa.text('destroyed_at IS NOT NULL'))
    op.drop_index(op.f('ix_destruction_lot_act_id'), table_name='destruction_lot')
    op.drop_index(op.f('ix_destruction_lot_about_id'), table_name='destruction_lot')
    op.drop_table('destruction_lot')
    op.drop_index(op.f('ix_legal_hold_competition_id'), table_name='legal_hold')
    op.drop_table('legal_hold')
    op.drop_index('uq_destruction_act_one_waits', table_name='destruction_act', sqlite_where=sa.text("status = 'prepared'"), postgresql_where=sa.text("status = 'prepared'"))
    op.drop_table('destruction_act')
