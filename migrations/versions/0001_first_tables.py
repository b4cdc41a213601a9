"""first tables

Revision ID: 0001
Revises: 
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_checkpoint',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=64), nullable=False),
    sa.Column('key_version', sa.Integer(), nullable=False),
    sa.Column('signature', sa.LargeBinary(length=64), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_checkpoint'))
    )
    op.create_table('audit_entry',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.String(length=96), nullable=False),
    sa.Column('body', sa.JSON(), nullable=True),
    sa.Column('body_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('previous', sa.LargeBinary(length=32), nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_entry'))
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entry_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_actor'), ['actor'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_subject'), ['subject'], unique=False)

    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_audit_head_one_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    op.create_table('centre',
    sa.Column('name_ky', sa.String(length=200), nullable=False),
    sa.Column('name_ru', sa.String(length=200), nullable=False),
    sa.Column('address_ky', sa.String(length=240), nullable=False),
    sa.Column('address_ru', sa.String(length=240), nullable=False),
    sa.Column('time_zone', sa.String(length=48), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_centre')),
    sa.UniqueConstraint('name_ky', name=op.f('uq_centre_name_ky'))
    )
    op.create_table('competition',
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('law_version', sa.String(length=32), nullable=False),
    sa.Column('school_ky', sa.String(length=240), nullable=False),
    sa.Column('school_ru', sa.String(length=240), nullable=False),
    sa.Column('place_ky', sa.String(length=160), nullable=False),
    sa.Column('place_ru', sa.String(length=160), nullable=False),
    sa.Column('financing', sa.Enum('republican', 'local', name='financing', native_enum=False, length=32), nullable=False),
    sa.Column('announced_on', sa.Date(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_competition')),
    sa.UniqueConstraint('number', name=op.f('uq_competition_number'))
    )
    op.create_table('key_check',
    sa.Column('purpose', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('value', sa.LargeBinary(length=8), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('purpose', 'version', name=op.f('pk_key_check'))
    )
    op.create_table('lease',
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('holder', sa.String(length=32), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_lease'))
    )
    op.create_table('person',
    sa.Column('pin_lookup', sa.LargeBinary(length=32), nullable=False),
    sa.Column('pin_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('surname', sa.String(length=80), nullable=False),
    sa.Column('given_name', sa.String(length=80), nullable=False),
    sa.Column('patronymic', sa.String(length=80), nullable=False),
    sa.Column('email', sa.String(length=160), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('name_search', sa.String(length=280), nullable=False),
    sa.Column('name_sort', sa.String(length=720), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('pin_lookup', name=op.f('uq_person_pin_lookup'))
    )
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.create_index('ix_person_name_sort', ['name_sort'], unique=False)

    op.create_table('subject_area',
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name_ky', sa.String(length=200), nullable=False),
    sa.Column('name_ru', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subject_area')),
    sa.UniqueConstraint('code', name=op.f('uq_subject_area_code'))
    )
    op.create_table('throttle_counter',
    sa.Column('key', sa.String(length=96), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_throttle_counter'))
    )
    op.create_table('user',
    sa.Column('username', sa.String(length=64), nullable=False),
    sa.Column('full_name', sa.String(length=160), nullable=False),
    sa.Column('name_search', sa.String(length=280), nullable=False),
    sa.Column('name_sort', sa.String(length=720), nullable=False),
    sa.Column('password_hash', sa.String(length=160), nullable=True),
    sa.Column('one_time_secret', sa.LargeBinary(), nullable=True),
    sa.Column('one_time_step', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user')),
    sa.UniqueConstraint('username', name=op.f('uq_user_username'))
    )
    op.create_table('bank_upload',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=False),
    sa.Column('format', sa.String(length=16), nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_bank_upload_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_upload'))
    )
    with op.batch_alter_table('bank_upload', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bank_upload_uploaded_at'), ['uploaded_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_bank_upload_user_id'), ['user_id'], unique=False)

    op.create_table('bar',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('failed_on', sa.Date(), nullable=False),
    sa.Column('returns_on', sa.Date(), nullable=False),
    sa.Column('law_version', sa.String(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('returns_on > failed_on', name=op.f('ck_bar_order')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_bar_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bar'))
    )
    with op.batch_alter_table('bar', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bar_person_id'), ['person_id'], unique=False)

    op.create_table('blueprint',
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_blueprint_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blueprint')),
    sa.UniqueConstraint('title', name=op.f('uq_blueprint_title'))
    )
    op.create_table('item',
    sa.Column('external_id', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retired_by_id', sa.Uuid(), nullable=True),
    sa.Column('retired_reason', sa.String(length=500), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['retired_by_id'], ['user.id'], name=op.f('fk_item_retired_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item')),
    sa.UniqueConstraint('external_id', name=op.f('uq_item_external_id'))
    )
    op.create_table('role_grant',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Enum('item_author', 'item_approver', 'test_administrator', 'proctor', 'commission_chair', 'commission_member', 'authority_officer', 'auditor', 'system_administrator', name='role', native_enum=False, length=32), nullable=False),
    sa.Column('granted_by_id', sa.Uuid(), nullable=True),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['granted_by_id'], ['user.id'], name=op.f('fk_role_grant_granted_by_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_role_grant_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role_grant'))
    )
    with op.batch_alter_table('role_grant', schema=None) as batch_op:
        batch_op.create_index('uq_role_grant_active', ['user_id', 'role'], unique=True, sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))

    op.create_table('room',
    sa.Column('centre_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('address_ranges', sa.String(length=500), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['centre_id'], ['centre.id'], name=op.f('fk_room_centre_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room')),
    sa.UniqueConstraint('centre_id', 'name', name=op.f('uq_room_centre_id_name'))
    )
    with op.batch_alter_table('room', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_room_centre_id'), ['centre_id'], unique=False)

    op.create_table('setup_link',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('used_at IS NULL OR used_at <= expires_at', name=op.f('ck_setup_link_used_in_time')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_setup_link_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_setup_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_setup_link_token_hash'))
    )
    with op.batch_alter_table('setup_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_setup_link_user_id'), ['user_id'], unique=False)

    op.create_table('staff_session',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=200), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_staff_session_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_staff_session_token_hash'))
    )
    with op.batch_alter_table('staff_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staff_session_user_id'), ['user_id'], unique=False)

    op.create_table('sub_topic',
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=48), nullable=False),
    sa.Column('name_ky', sa.String(length=200), nullable=False),
    sa.Column('name_ru', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['subject_area.id'], name=op.f('fk_sub_topic_area_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sub_topic')),
    sa.UniqueConstraint('area_id', 'code', name=op.f('uq_sub_topic_area_id_code'))
    )
    op.create_table('blueprint_cell',
    sa.Column('blueprint_id', sa.Uuid(), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('sub_topic_id', sa.Uuid(), nullable=True),
    sa.Column('difficulty', sa.Integer(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('count > 0', name=op.f('ck_blueprint_cell_count_positive')),
    sa.CheckConstraint('difficulty BETWEEN 1 AND 5', name=op.f('ck_blueprint_cell_difficulty')),
    sa.ForeignKeyConstraint(['area_id'], ['subject_area.id'], name=op.f('fk_blueprint_cell_area_id')),
    sa.ForeignKeyConstraint(['blueprint_id'], ['blueprint.id'], name=op.f('fk_blueprint_cell_blueprint_id')),
    sa.ForeignKeyConstraint(['sub_topic_id'], ['sub_topic.id'], name=op.f('fk_blueprint_cell_sub_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blueprint_cell')),
    sa.UniqueConstraint('blueprint_id', 'area_id', 'sub_topic_id', 'difficulty', name=op.f('uq_blueprint_cell_blueprint_id_area_id_sub_topic_id_difficulty'))
    )
    with op.batch_alter_table('blueprint_cell', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_blueprint_cell_blueprint_id'), ['blueprint_id'], unique=False)
        batch_op.create_index('uq_blueprint_cell_whole_area', ['blueprint_id', 'area_id', 'difficulty'], unique=True, sqlite_where=sa.text('sub_topic_id IS NULL'), postgresql_where=sa.text('sub_topic_id IS NULL'))

    op.create_table('item_version',
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('single_choice', name='itemkind', native_enum=False, length=32), nullable=False),
    sa.Column('status', sa.Enum('draft', 'in_review', 'returned', 'approved', name='itemstatus', native_enum=False, length=32), nullable=False),
    sa.Column('sub_topic_id', sa.Uuid(), nullable=False),
    sa.Column('difficulty', sa.Integer(), nullable=False),
    sa.Column('stem_ky', sa.Text(), nullable=False),
    sa.Column('stem_ru', sa.Text(), nullable=False),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('key_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('rationale_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('source', sa.String(length=500), nullable=False),
    sa.Column('author', sa.String(length=200), nullable=False),
    sa.Column('enemies', sa.JSON(), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by_id', sa.Uuid(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(status = 'approved') = (approved_at IS NOT NULL)", name=op.f('ck_item_version_approved_has_date')),
    sa.CheckConstraint('approved_by_id IS NULL OR approved_by_id <> created_by_id', name=op.f('ck_item_version_four_eyes')),
    sa.CheckConstraint('difficulty BETWEEN 1 AND 5', name=op.f('ck_item_version_difficulty')),
    sa.ForeignKeyConstraint(['approved_by_id'], ['user.id'], name=op.f('fk_item_version_approved_by_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_item_version_created_by_id')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_item_version_item_id')),
    sa.ForeignKeyConstraint(['sub_topic_id'], ['sub_topic.id'], name=op.f('fk_item_version_sub_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_version')),
    sa.UniqueConstraint('item_id', 'number', name=op.f('uq_item_version_item_id_number'))
    )
    with op.batch_alter_table('item_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_version_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_item_version_status'), ['status'], unique=False)
        batch_op.create_index(batch_op.f('ix_item_version_sub_topic_id'), ['sub_topic_id'], unique=False)
        batch_op.create_index('uq_item_version_open', ['item_id'], unique=True, sqlite_where=sa.text("status <> 'approved'"), postgresql_where=sa.text("status <> 'approved'"))

    op.create_table('test_specification',
    sa.Column('title_ky', sa.String(length=200), nullable=False),
    sa.Column('title_ru', sa.String(length=200), nullable=False),
    sa.Column('blueprint_id', sa.Uuid(), nullable=False),
    sa.Column('items', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('cut_score', sa.Integer(), nullable=False),
    sa.Column('navigation', sa.Enum('free', 'forward', name='navigation', native_enum=False, length=32), nullable=False),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('law_version', sa.String(length=32), nullable=False),
    sa.Column('status', sa.Enum('draft', 'submitted', 'returned', 'approved', name='specificationstatus', native_enum=False, length=32), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decision_comment', sa.Text(), nullable=True),
    sa.Column('approved_by_id', sa.Uuid(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('act_number', sa.String(length=64), nullable=True),
    sa.Column('act_on', sa.Date(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(status = 'approved') = (approved_at IS NOT NULL)", name=op.f('ck_test_specification_approved_has_date')),
    sa.CheckConstraint('approved_by_id IS NULL OR approved_by_id <> created_by_id', name=op.f('ck_test_specification_four_eyes')),
    sa.CheckConstraint('cut_score BETWEEN 1 AND items', name=op.f('ck_test_specification_cut_score')),
    sa.CheckConstraint('items >= 3', name=op.f('ck_test_specification_items_for_a_third')),
    sa.CheckConstraint('minutes BETWEEN 1 AND 600', name=op.f('ck_test_specification_minutes')),
    sa.ForeignKeyConstraint(['approved_by_id'], ['user.id'], name=op.f('fk_test_specification_approved_by_id')),
    sa.ForeignKeyConstraint(['blueprint_id'], ['blueprint.id'], name=op.f('fk_test_specification_blueprint_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_test_specification_created_by_id')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['user.id'], name=op.f('fk_test_specification_decided_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_test_specification'))
    )
    op.create_table('workstation',
    sa.Column('room_id', sa.Uuid(), nullable=False),
    sa.Column('seat', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=True),
    sa.Column('is_usable', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('seat > 0', name=op.f('ck_workstation_seat_positive')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_workstation_room_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_workstation')),
    sa.UniqueConstraint('room_id', 'seat', name=op.f('uq_workstation_room_id_seat'))
    )
    with op.batch_alter_table('workstation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_workstation_room_id'), ['room_id'], unique=False)

    op.create_table('item_review',
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('act', sa.Enum('created', 'edited', 'submitted', 'approved', 'returned', name='reviewact', native_enum=False, length=32), nullable=False),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_item_review_by_id')),
    sa.ForeignKeyConstraint(['version_id'], ['item_version.id'], name=op.f('fk_item_review_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_review'))
    )
    with op.batch_alter_table('item_review', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_review_version_id'), ['version_id'], unique=False)

    op.create_table('sitting',
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('specification_id', sa.Uuid(), nullable=False),
    sa.Column('room_id', sa.Uuid(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.Enum('planned', 'opening', 'open', 'closed', name='sittingstatus', native_enum=False, length=32), nullable=False),
    sa.Column('link_key_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opening_by_id', sa.Uuid(), nullable=True),
    sa.Column('opening_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_by_id', sa.Uuid(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by_id', sa.Uuid(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name=op.f('ck_sitting_closed_has_date')),
    sa.CheckConstraint("(status IN ('open', 'closed')) = (opened_at IS NOT NULL)", name=op.f('ck_sitting_open_has_date')),
    sa.CheckConstraint('opened_by_id IS NULL OR opened_by_id <> opening_by_id', name=op.f('ck_sitting_opened_by_two')),
    sa.ForeignKeyConstraint(['closed_by_id'], ['user.id'], name=op.f('fk_sitting_closed_by_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_sitting_created_by_id')),
    sa.ForeignKeyConstraint(['opened_by_id'], ['user.id'], name=op.f('fk_sitting_opened_by_id')),
    sa.ForeignKeyConstraint(['opening_by_id'], ['user.id'], name=op.f('fk_sitting_opening_by_id')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_sitting_room_id')),
    sa.ForeignKeyConstraint(['specification_id'], ['test_specification.id'], name=op.f('fk_sitting_specification_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sitting')),
    sa.UniqueConstraint('number', name=op.f('uq_sitting_number'))
    )
    with op.batch_alter_table('sitting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sitting_starts_at'), ['starts_at'], unique=False)

    op.create_table('test_form',
    sa.Column('specification_id', sa.Uuid(), nullable=False),
    sa.Column('variant', sa.Integer(), nullable=False),
    sa.Column('root', sa.LargeBinary(length=32), nullable=False),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('scoring_version', sa.Integer(), nullable=False),
    sa.Column('sealed_by_id', sa.Uuid(), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['sealed_by_id'], ['user.id'], name=op.f('fk_test_form_sealed_by_id')),
    sa.ForeignKeyConstraint(['specification_id'], ['test_specification.id'], name=op.f('fk_test_form_specification_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_test_form')),
    sa.UniqueConstraint('digest', name=op.f('uq_test_form_digest')),
    sa.UniqueConstraint('specification_id', 'variant', name=op.f('uq_test_form_specification_id_variant'))
    )
    with op.batch_alter_table('test_form', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_test_form_specification_id'), ['specification_id'], unique=False)

    op.create_table('candidate_code',
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('lookup', sa.LargeBinary(length=32), nullable=False),
    sa.Column('code_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('link_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('status', sa.Enum('issued', 'redeemed', 'revoked', 'expired', name='codestatus', native_enum=False, length=32), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('printed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('redeemed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoke_reason', sa.String(length=500), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_candidate_code_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_candidate_code')),
    sa.UniqueConstraint('lookup', name=op.f('uq_candidate_code_lookup')),
    sa.UniqueConstraint('sitting_id', 'ordinal', name=op.f('uq_candidate_code_sitting_id_ordinal'))
    )
    with op.batch_alter_table('candidate_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_candidate_code_sitting_id'), ['sitting_id'], unique=False)

    op.create_table('form_item',
    sa.Column('form_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('item_version_id', sa.Uuid(), nullable=False),
    sa.Column('option_ids', sa.JSON(), nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('salt_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('leaf', sa.LargeBinary(length=32), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('points > 0', name=op.f('ck_form_item_points_positive')),
    sa.ForeignKeyConstraint(['form_id'], ['test_form.id'], name=op.f('fk_form_item_form_id')),
    sa.ForeignKeyConstraint(['item_version_id'], ['item_version.id'], name=op.f('fk_form_item_item_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_form_item')),
    sa.UniqueConstraint('form_id', 'item_version_id', name=op.f('uq_form_item_form_id_item_version_id')),
    sa.UniqueConstraint('form_id', 'position', name=op.f('uq_form_item_form_id_position'))
    )
    with op.batch_alter_table('form_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_form_item_form_id'), ['form_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_form_item_item_version_id'), ['item_version_id'], unique=False)

    op.create_table('incident',
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('seat', sa.Integer(), nullable=True),
    sa.Column('category', sa.Enum('environment', 'candidate', 'staff', 'technical', name='incidentcategory', native_enum=False, length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_incident_by_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_incident_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incident'))
    )
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_incident_sitting_id'), ['sitting_id'], unique=False)

    op.create_table('participant',
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('competition_id', sa.Uuid(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('seat', sa.Integer(), nullable=False),
    sa.Column('presence', sa.Enum('expected', 'present', 'absent', 'refused', name='presence', native_enum=False, length=32), nullable=False),
    sa.Column('presence_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('presence_by_id', sa.Uuid(), nullable=True),
    sa.Column('registered_by_id', sa.Uuid(), nullable=False),
    sa.Column('registered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('seat > 0', name=op.f('ck_participant_seat_positive')),
    sa.ForeignKeyConstraint(['competition_id'], ['competition.id'], name=op.f('fk_participant_competition_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_participant_person_id')),
    sa.ForeignKeyConstraint(['presence_by_id'], ['user.id'], name=op.f('fk_participant_presence_by_id')),
    sa.ForeignKeyConstraint(['registered_by_id'], ['user.id'], name=op.f('fk_participant_registered_by_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_participant_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_participant')),
    sa.UniqueConstraint('sitting_id', 'person_id', name=op.f('uq_participant_sitting_id_person_id'))
    )
    with op.batch_alter_table('participant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_participant_competition_id'), ['competition_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_participant_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_participant_sitting_id'), ['sitting_id'], unique=False)
        batch_op.create_index('uq_participant_competition', ['competition_id', 'person_id'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))
        batch_op.create_index('uq_participant_seat', ['sitting_id', 'seat'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))

    op.create_table('sitting_form',
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('form_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['form_id'], ['test_form.id'], name=op.f('fk_sitting_form_form_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_sitting_form_sitting_id')),
    sa.PrimaryKeyConstraint('sitting_id', 'form_id', name=op.f('pk_sitting_form'))
    )
    op.create_table('sitting_proctor',
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_sitting_proctor_sitting_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_sitting_proctor_user_id')),
    sa.PrimaryKeyConstraint('sitting_id', 'user_id', name=op.f('pk_sitting_proctor'))
    )
    op.create_table('sitting_protocol',
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('content_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('pdf', sa.LargeBinary(), nullable=True),
    sa.Column('pdf_digest', sa.LargeBinary(length=32), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_sitting_protocol_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sitting_protocol')),
    sa.UniqueConstraint('sitting_id', 'version', name=op.f('uq_sitting_protocol_sitting_id_version'))
    )
    op.create_table('attempt',
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('form_id', sa.Uuid(), nullable=False),
    sa.Column('code_id', sa.Uuid(), nullable=False),
    sa.Column('link_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('law_version', sa.String(length=32), nullable=False),
    sa.Column('status', sa.Enum('ready', 'in_progress', 'ended', name='attemptstatus', native_enum=False, length=32), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('reached', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('order', sa.JSON(), nullable=False),
    sa.Column('workstation', sa.String(length=64), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('end_kind', sa.Enum('submitted', 'deadline', 'not_started', name='endkind', native_enum=False, length=32), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name=op.f('ck_attempt_ended_has_date')),
    sa.CheckConstraint("(status = 'ready') = (started_at IS NULL) OR end_kind = 'not_started'", name=op.f('ck_attempt_started_has_date')),
    sa.CheckConstraint("end_kind IS NULL OR end_kind = 'not_started' OR ended_at <= deadline_at", name=op.f('ck_attempt_ends_by_deadline')),
    sa.CheckConstraint('(started_at IS NULL) = (deadline_at IS NULL)', name=op.f('ck_attempt_deadline_with_start')),
    sa.ForeignKeyConstraint(['code_id'], ['candidate_code.id'], name=op.f('fk_attempt_code_id')),
    sa.ForeignKeyConstraint(['form_id'], ['test_form.id'], name=op.f('fk_attempt_form_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_attempt_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt')),
    sa.UniqueConstraint('code_id', name=op.f('uq_attempt_code_id')),
    sa.UniqueConstraint('number', name=op.f('uq_attempt_number'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempt_form_id'), ['form_id'], unique=False)
        batch_op.create_index('ix_attempt_open_deadline', ['status', 'deadline_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_attempt_sitting_id'), ['sitting_id'], unique=False)

    op.create_table('response_event',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('response', sa.JSON(), nullable=False),
    sa.Column('flagged', sa.Boolean(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_late', sa.Boolean(), nullable=False),
    sa.CheckConstraint('revision > 0', name=op.f('ck_response_event_revision_positive')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_response_event_attempt_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_response_event')),
    sa.UniqueConstraint('attempt_id', 'place', 'epoch', 'revision', 'is_late', name=op.f('uq_response_event_attempt_id_place_epoch_revision_is_late'))
    )
    op.create_table('result',
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('supersedes_id', sa.Uuid(), nullable=True),
    sa.Column('score', sa.Integer(), nullable=False),
    sa.Column('maximum', sa.Integer(), nullable=False),
    sa.Column('cut_score', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.Enum('meets', 'does_not_meet', name='outcome', native_enum=False, length=32), nullable=False),
    sa.Column('areas', sa.JSON(), nullable=False),
    sa.Column('scoring_version', sa.Integer(), nullable=False),
    sa.Column('responses_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(score >= cut_score) = (outcome = 'meets')", name=op.f('ck_result_outcome_follows_score')),
    sa.CheckConstraint('(revision = 1) = (supersedes_id IS NULL)', name=op.f('ck_result_supersedes')),
    sa.CheckConstraint('score BETWEEN 0 AND maximum', name=op.f('ck_result_score_in_range')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_result_attempt_id')),
    sa.ForeignKeyConstraint(['supersedes_id'], ['result.id'], name=op.f('fk_result_supersedes_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_result')),
    sa.UniqueConstraint('attempt_id', 'revision', name=op.f('uq_result_attempt_id_revision'))
    )
    with op.batch_alter_table('result', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_result_attempt_id'), ['attempt_id'], unique=False)

    op.create_table('resume_token',
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('lookup', sa.LargeBinary(length=32), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('issued_by_id', sa.Uuid(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_resume_token_attempt_id')),
    sa.ForeignKeyConstraint(['issued_by_id'], ['user.id'], name=op.f('fk_resume_token_issued_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resume_token'))
    )
    with op.batch_alter_table('resume_token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resume_token_attempt_id'), ['attempt_id'], unique=False)

    op.create_table('protocol',
    sa.Column('number', sa.String(length=48), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('result_id', sa.Uuid(), nullable=False),
    sa.Column('supersedes_id', sa.Uuid(), nullable=True),
    sa.Column('verification_code', sa.String(length=16), nullable=False),
    sa.Column('audit_number', sa.Integer(), nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('content_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('pdf_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('pdf_digest', sa.LargeBinary(length=32), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['result_id'], ['result.id'], name=op.f('fk_protocol_result_id')),
    sa.ForeignKeyConstraint(['supersedes_id'], ['protocol.id'], name=op.f('fk_protocol_supersedes_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_protocol')),
    sa.UniqueConstraint('number', 'version', name=op.f('uq_protocol_number_version')),
    sa.UniqueConstraint('result_id', name=op.f('uq_protocol_result_id')),
    sa.UniqueConstraint('verification_code', name=op.f('uq_protocol_verification_code'))
    )

    op.execute(sa.text("INSERT INTO audit_head (id, number, hash) VALUES (1, 0, :genesis)").bindparams(sa.bindparam("genesis", bytes(32), sa.LargeBinary())))


def downgrade() -> None:
    op.drop_table('protocol')
    with op.batch_alter_table('resume_token', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_resume_token_attempt_id'))

    op.drop_table('resume_token')
    with op.batch_alter_table('result', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_result_attempt_id'))

    op.drop_table('result')
    op.drop_table('response_event')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attempt_sitting_id'))
        batch_op.drop_index('ix_attempt_open_deadline')
        batch_op.drop_index(batch_op.f('ix_attempt_form_id'))

    op.drop_table('attempt')
    op.drop_table('sitting_protocol')
    op.drop_table('sitting_proctor')
    op.drop_table('sitting_form')
    with op.batch_alter_table('participant', schema=None) as batch_op:
        batch_op.drop_index('uq_participant_seat', sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))
        batch_op.drop_index('uq_participant_competition', sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_participant_sitting_id'))
        batch_op.drop_index(batch_op.f('ix_participant_person_id'))
        batch_op.drop_index(batch_op.f('ix_participant_competition_id'))

    op.drop_table('participant')
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_incident_sitting_id'))

    op.drop_table('incident')
    with op.batch_alter_table('form_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_form_item_item_version_id'))
        batch_op.drop_index(batch_op.f('ix_form_item_form_id'))

    op.drop_table('form_item')
    with op.batch_alter_table('candidate_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_candidate_code_sitting_id'))

    op.drop_table('candidate_code')
    with op.batch_alter_table('test_form', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_test_form_specification_id'))

    op.drop_table('test_form')
    with op.batch_alter_table('sitting', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sitting_starts_at'))

    op.drop_table('sitting')
    with op.batch_alter_table('item_review', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_item_review_version_id'))

    op.drop_table('item_review')
    with op.batch_alter_table('workstation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_workstation_room_id'))

    op.drop_table('workstation')
    op.drop_table('test_specification')
    with op.batch_alter_table('item_version', schema=None) as batch_op:
        batch_op.drop_index('uq_item_version_open', sqlite_where=sa.text("status <> 'approved'"), postgresql_where=sa.text("status <> 'approved'"))
        batch_op.drop_index(batch_op.f('ix_item_version_sub_topic_id'))
        batch_op.drop_index(batch_op.f('ix_item_version_status'))
        batch_op.drop_index(batch_op.f('ix_item_version_item_id'))

    op.drop_table('item_version')
    with op.batch_alter_table('blueprint_cell', schema=None) as batch_op:
        batch_op.drop_index('uq_blueprint_cell_whole_area', sqlite_where=sa.text('sub_topic_id IS NULL'), postgresql_where=sa.text('sub_topic_id IS NULL'))
        batch_op.drop_index(batch_op.f('ix_blueprint_cell_blueprint_id'))

    op.drop_table('blueprint_cell')
    op.drop_table('sub_topic')
    with op.batch_alter_table('staff_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_staff_session_user_id'))

    op.drop_table('staff_session')
    with op.batch_alter_table('setup_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_setup_link_user_id'))

    op.drop_table('setup_link')
    with op.batch_alter_table('room', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_room_centre_id'))

    op.drop_table('room')
    with op.batch_alter_table('role_grant', schema=None) as batch_op:
        batch_op.drop_index('uq_role_grant_active', sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))

    op.drop_table('role_grant')
    op.drop_table('item')
    op.drop_table('blueprint')
    with op.batch_alter_table('bar', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bar_person_id'))

    op.drop_table('bar')
    with op.batch_alter_table('bank_upload', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bank_upload_user_id'))
        batch_op.drop_index(batch_op.f('ix_bank_upload_uploaded_at'))

    op.drop_table('bank_upload')
    op.drop_table('user')
    op.drop_table('throttle_counter')
    op.drop_table('subject_area')
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_index('ix_person_name_sort')

    op.drop_table('person')
    op.drop_table('lease')
    op.drop_table('key_check')
    op.drop_table('competition')
    op.drop_table('centre')
    op.drop_table('audit_head')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_entry_subject'))
        batch_op.drop_index(batch_op.f('ix_audit_entry_at'))
        batch_op.drop_index(batch_op.f('ix_audit_entry_actor'))
        batch_op.drop_index(batch_op.f('ix_audit_entry_action'))

    op.drop_table('audit_entry')
    op.drop_table('audit_checkpoint')
