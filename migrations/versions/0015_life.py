"""life: quarantine, comments, checklists, sources, twins, enemies from both sides, approval sessions

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from question_bank.similarity import Text, keys

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

NEWEST = """
    SELECT version.item_id, version.stem_ky, version.stem_ru, version.options, version.targets, version.enemies
    FROM item_version version
    WHERE version.number = (SELECT max(other.number) FROM item_version other WHERE other.item_id = version.item_id)
"""


def upgrade() -> None:
    op.add_column('item', sa.Column('suspended_at', sa.DateTime(timezone=True)))
    op.create_table('approval_session',
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('opened_by_id', sa.Uuid(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_by_id', sa.Uuid(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('content', sa.Text(), nullable=True),
    sa.Column('content_digest', sa.LargeBinary(length=32), nullable=True),
    sa.Column('pdf', sa.LargeBinary(), nullable=True),
    sa.Column('pdf_digest', sa.LargeBinary(length=32), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('(closed_at IS NULL) = (closed_by_id IS NULL)',
    name=op.f('ck_approval_session_closed_by_somebody')),
    sa.CheckConstraint('(closed_at IS NULL) = (content IS NULL)',
    name=op.f('ck_approval_session_closed_has_content')),
    sa.ForeignKeyConstraint(['closed_by_id'], ['user.id'], name=op.f('fk_approval_session_closed_by_id')),
    sa.ForeignKeyConstraint(['opened_by_id'], ['user.id'], name=op.f('fk_approval_session_opened_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_session')),
    sa.UniqueConstraint('number', name=op.f('uq_approval_session_number'))
    )
    op.create_table('source',
    sa.Column('kind', sa.Enum('law', 'act', 'book', 'other',
    name='sourcekind', native_enum=False, length=32), nullable=False),
    sa.Column('title_ky', sa.String(length=300), nullable=False),
    sa.Column('title_ru', sa.String(length=300), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('replaced_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_by_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('replaced_by_id IS NULL OR replaced_by_id <> id',
    name=op.f('ck_source_replaced_by_another')),
    sa.CheckConstraint('valid_until IS NULL OR valid_from IS NULL OR valid_from <= valid_until',
    name=op.f('ck_source_validity')),
    sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_source_created_by_id')),
    sa.ForeignKeyConstraint(['replaced_by_id'], ['source.id'], name=op.f('fk_source_replaced_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source')),
    sa.UniqueConstraint('title_ky', 'number', name=op.f('uq_source_title_ky_number'))
    )
    op.create_table('approval_session_member',
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['session_id'], ['approval_session.id'],
    name=op.f('fk_approval_session_member_session_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_approval_session_member_user_id')),
    sa.PrimaryKeyConstraint('session_id', 'user_id', name=op.f('pk_approval_session_member'))
    )
    op.create_table('item_enemy',
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('enemy', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_item_enemy_item_id')),
    sa.PrimaryKeyConstraint('item_id', 'enemy', name=op.f('pk_item_enemy'))
    )
    op.create_index(op.f('ix_item_enemy_enemy'), 'item_enemy', ['enemy'], unique=False)
    op.create_table('item_fingerprint',
    sa.Column('band', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_item_fingerprint_item_id')),
    sa.PrimaryKeyConstraint('band', 'item_id', name=op.f('pk_item_fingerprint'))
    )
    op.create_index(op.f('ix_item_fingerprint_item_id'), 'item_fingerprint', ['item_id'], unique=False)
    op.create_table('item_suspension',
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('leak', 'finding', 'source', 'other',
    name='suspensionkind', native_enum=False, length=32), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_by_id', sa.Uuid(), nullable=True),
    sa.Column('lift_reason', sa.String(length=500), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('(lifted_at IS NULL) = (lifted_by_id IS NULL) '
    'AND (lifted_at IS NULL) = (lift_reason IS NULL)',
    name=op.f('ck_item_suspension_lifted_by_somebody')),
    sa.CheckConstraint('lifted_by_id IS NULL OR lifted_by_id <> by_id',
    name=op.f('ck_item_suspension_four_eyes')),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_item_suspension_by_id')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_item_suspension_item_id')),
    sa.ForeignKeyConstraint(['lifted_by_id'], ['user.id'], name=op.f('fk_item_suspension_lifted_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_suspension'))
    )
    op.create_index(op.f('ix_item_suspension_item_id'), 'item_suspension', ['item_id'], unique=False)
    op.create_index('uq_item_suspension_open', 'item_suspension', ['item_id'], unique=True,
    sqlite_where=sa.text('lifted_at IS NULL'), postgresql_where=sa.text('lifted_at IS NULL'))
    op.create_table('not_duplicate',
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('item_id < other_id',
    name=op.f('ck_not_duplicate_one_order')),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_not_duplicate_by_id')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_not_duplicate_item_id')),
    sa.ForeignKeyConstraint(['other_id'], ['item.id'], name=op.f('fk_not_duplicate_other_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_not_duplicate')),
    sa.UniqueConstraint('item_id', 'other_id', name=op.f('uq_not_duplicate_item_id_other_id'))
    )
    op.create_index(op.f('ix_not_duplicate_other_id'), 'not_duplicate', ['other_id'], unique=False)
    op.create_table('source_change',
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('what', sa.String(length=500), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_source_change_by_id')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_source_change_source_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_change'))
    )
    op.create_index(op.f('ix_source_change_source_id'), 'source_change', ['source_id'], unique=False)
    op.create_table('citation',
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_by_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['checked_by_id'], ['user.id'], name=op.f('fk_citation_checked_by_id')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_citation_source_id')),
    sa.ForeignKeyConstraint(['version_id'], ['item_version.id'], name=op.f('fk_citation_version_id')),
    sa.PrimaryKeyConstraint('version_id', name=op.f('pk_citation'))
    )
    op.create_index(op.f('ix_citation_source_id'), 'citation', ['source_id'], unique=False)
    op.create_table('review_comment',
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('field', sa.String(length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by_id', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('(settled_at IS NULL) = (settled_by_id IS NULL)',
    name=op.f('ck_review_comment_settled_by_somebody')),
    sa.CheckConstraint('parent_id IS NULL OR settled_at IS NULL',
    name=op.f('ck_review_comment_answers_are_not_settled')),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_review_comment_by_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['review_comment.id'], name=op.f('fk_review_comment_parent_id')),
    sa.ForeignKeyConstraint(['settled_by_id'], ['user.id'], name=op.f('fk_review_comment_settled_by_id')),
    sa.ForeignKeyConstraint(['version_id'], ['item_version.id'], name=op.f('fk_review_comment_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_comment'))
    )
    op.create_index(op.f('ix_review_comment_version_id'), 'review_comment', ['version_id'], unique=False)
    op.create_table('session_item',
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('decision', sa.Enum('approved', 'returned', 'postponed',
    name='sessiondecision', native_enum=False, length=32), nullable=True),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('salt_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('(decision IS NULL) = (decided_at IS NULL)',
    name=op.f('ck_session_item_decided_has_date')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['user.id'], name=op.f('fk_session_item_decided_by_id')),
    sa.ForeignKeyConstraint(['session_id'], ['approval_session.id'], name=op.f('fk_session_item_session_id')),
    sa.ForeignKeyConstraint(['version_id'], ['item_version.id'], name=op.f('fk_session_item_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session_item')),
    sa.UniqueConstraint('session_id', 'position', name=op.f('uq_session_item_session_id_position')),
    sa.UniqueConstraint('session_id', 'version_id', name=op.f('uq_session_item_session_id_version_id'))
    )
    op.create_index(op.f('ix_session_item_version_id'), 'session_item', ['version_id'], unique=False)
    op.create_table('review_checklist',
    sa.Column('review_id', sa.Uuid(), nullable=False),
    sa.Column('points', sa.JSON(), nullable=False),
    sa.Column('flaws_sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['review_id'], ['item_review.id'], name=op.f('fk_review_checklist_review_id')),
    sa.PrimaryKeyConstraint('review_id', name=op.f('pk_review_checklist'))
    )
    index_questions()


def index_questions() -> None:
    """Index the words and the enemies of the questions that there are: what may be built anew from them at any time."""
    bind = op.get_bind()
    fingerprint = sa.table("item_fingerprint", sa.column("band", sa.BigInteger), sa.column("item_id", sa.Uuid))
    enemy = sa.table("item_enemy", sa.column("item_id", sa.Uuid), sa.column("enemy", sa.String))
    types = {"item_id": sa.Uuid, "options": sa.JSON, "targets": sa.JSON, "enemies": sa.JSON}
    rows = bind.execute(sa.text(NEWEST).columns(**types, stem_ky=sa.Text, stem_ru=sa.Text)).all()
    for row in rows:
        parts = [*row.options, *(row.targets or [])]
        texts = [Text(one, getattr(row, f"stem_{one}"), tuple(part[one] for part in parts)) for one in ("ky", "ru")]
        bands = {key for text in texts for key in keys(text)}
        if bands:
            bind.execute(sa.insert(fingerprint), [{"band": band, "item_id": row.item_id} for band in sorted(bands)])
        if row.enemies:
            named = sorted(set(row.enemies))
            bind.execute(sa.insert(enemy), [{"item_id": row.item_id, "enemy": name} for name in named])


def downgrade() -> None:
    """Fails where a question is in quarantine or was before a session: an older version cannot tell either."""
    for question, why in (
        ("SELECT count(*) FROM item_suspension WHERE lifted_at IS NULL", "questions in quarantine"),
        ("SELECT count(*) FROM approval_session", "approval sessions with their minutes"),
    ):
        if op.get_bind().scalar(sa.text(question)):
            raise RuntimeError(f"there are {why}")
    op.drop_table('review_checklist')
    op.drop_index(op.f('ix_session_item_version_id'), table_name='session_item')
    op.drop_table('session_item')
    op.drop_index(op.f('ix_review_comment_version_id'), table_name='review_comment')
    op.drop_table('review_comment')
    op.drop_index(op.f('ix_citation_source_id'), table_name='citation')
    op.drop_table('citation')
    op.drop_index(op.f('ix_source_change_source_id'), table_name='source_change')
    op.drop_table('source_change')
    op.drop_index(op.f('ix_not_duplicate_other_id'), table_name='not_duplicate')
    op.drop_table('not_duplicate')
    op.drop_index('uq_item_suspension_open', table_name='item_suspension',
    sqlite_where=sa.text('lifted_at IS NULL'), postgresql_where=sa.text('lifted_at IS NULL'))
    op.drop_index(op.f('ix_item_suspension_item_id'), table_name='item_suspension')
    op.drop_table('item_suspension')
    op.drop_index(op.f('ix_item_fingerprint_item_id'), table_name='item_fingerprint')
    op.drop_table('item_fingerprint')
    op.drop_index(op.f('ix_item_enemy_enemy'), table_name='item_enemy')
    op.drop_table('item_enemy')
    op.drop_table('approval_session_member')
    op.drop_table('source')
    op.drop_table('approval_session')
    op.drop_column('item', 'suspended_at')
