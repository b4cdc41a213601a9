"""commission: a substitute's act, declarations of members, votes discarded, signatures that cannot be given

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

DATED, ACT = "ck_commission_member_act_has_date", "(act_number IS NULL) = (act_on IS NULL)"
COUNTS = {f"{kind}_where": sa.text("discarded_at IS NULL") for kind in ("sqlite", "postgresql")}


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    op.add_column("commission_member", sa.Column("act_number", sa.String(64)))
    if is_sqlite():  # takes no constraint of its own afterwards, but one of a new column
        op.get_bind().exec_driver_sql(f"ALTER TABLE commission_member ADD COLUMN act_on DATE CONSTRAINT {DATED} CHECK ({ACT})")
    else:
        op.add_column("commission_member", sa.Column("act_on", sa.Date()))
        op.create_check_constraint(op.f(DATED), "commission_member", ACT)
    op.create_table('declaration',
    sa.Column('appeal_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('is_related', sa.Boolean(), nullable=False),
    sa.Column('declared_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['appeal_id'], ['appeal.id'], name=op.f('fk_declaration_appeal_id')),
    sa.ForeignKeyConstraint(['member_id'], ['commission_member.id'], name=op.f('fk_declaration_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_declaration')),
    sa.UniqueConstraint('appeal_id', 'member_id', 'is_related', name=op.f('uq_declaration_appeal_id_member_id_is_related'))
    )
    op.create_index(op.f('ix_declaration_appeal_id'), 'declaration', ['appeal_id'], unique=False)
    op.create_table('missed_signature',
    sa.Column('protocol_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('document', sa.String(length=200), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['commission_member.id'], name=op.f('fk_missed_signature_member_id')),
    sa.ForeignKeyConstraint(['protocol_id'], ['appeal_protocol.id'], name=op.f('fk_missed_signature_protocol_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['user.id'], name=op.f('fk_missed_signature_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_missed_signature')),
    sa.UniqueConstraint('protocol_id', 'member_id', name=op.f('uq_missed_signature_protocol_id_member_id'))
    )
    op.create_index(op.f('ix_missed_signature_protocol_id'), 'missed_signature', ['protocol_id'], unique=False)
    with op.batch_alter_table("vote") as vote:
        vote.add_column(sa.Column("discarded_at", sa.DateTime(timezone=True)))
        vote.drop_constraint(op.f("uq_vote_appeal_id_member_id"), type_="unique")
    op.create_index("uq_vote_counts", "vote", ["appeal_id", "member_id"], unique=True, **COUNTS)


def downgrade() -> None:
    """Votes that were discarded go: an older version would count them. The trail still names them."""
    op.drop_index("uq_vote_counts", table_name="vote", **COUNTS)
    op.execute("DELETE FROM vote WHERE discarded_at IS NOT NULL")
    with op.batch_alter_table("vote") as vote:
        vote.create_unique_constraint(op.f("uq_vote_appeal_id_member_id"), ["appeal_id", "member_id"])
        vote.drop_column("discarded_at")
    op.drop_table("missed_signature")
    op.drop_table("declaration")
    if not is_sqlite():
        op.drop_constraint(op.f(DATED), "commission_member", type_="check")
    op.drop_column("commission_member", "act_on")
    op.drop_column("commission_member", "act_number")
