"""lists: entries and words that lists and searches read, saved filters, imports under way, requests for keys

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import json
import re
import unicodedata
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

KINDS = ('single_choice', 'multiple_response', 'true_false', 'ordering', 'matching', 'numeric')
STATUSES = ('draft', 'in_review', 'returned', 'approved')
ROLES = ('item_author', 'item_approver', 'test_administrator', 'proctor', 'commission_chair', 'commission_member', 'authority_officer', 'auditor', 'system_administrator')

# The words of an entry are found by an index of the database's own: FTS5 keeps the words only as its index (contentless,
# sqlite.org/fts5.html#contentless_delete_tables); letters are folded already, so й and ё must not lose their signs.
SQLITE = (
    """CREATE VIRTUAL TABLE bank_text_index USING fts5(
        words, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0"
    )""",
    """CREATE TRIGGER bank_text_added AFTER INSERT ON bank_text BEGIN
        INSERT INTO bank_text_index (rowid, words) VALUES (new.entry_id, new.words);
    END""",
    """CREATE TRIGGER bank_text_changed AFTER UPDATE ON bank_text BEGIN
        DELETE FROM bank_text_index WHERE rowid = old.entry_id;
        INSERT INTO bank_text_index (rowid, words) VALUES (new.entry_id, new.words);
    END""",
    """CREATE TRIGGER bank_text_removed AFTER DELETE ON bank_text BEGIN
        DELETE FROM bank_text_index WHERE rowid = old.entry_id;
    END""",
)
# Of PostgreSQL no extension is asked for: 'simple' takes the words as they are, in every language alike. The vector is
# kept beside the words, by the server's own trigger: an index of an expression would have each text parsed anew where a
# word stands in so many that the table is read through.
POSTGRESQL = (
    "ALTER TABLE bank_text ADD COLUMN vector tsvector",
    """CREATE TRIGGER bank_text_vector BEFORE INSERT OR UPDATE ON bank_text
        FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(vector, 'pg_catalog.simple', words)""",
    "CREATE INDEX bank_text_index ON bank_text USING gin (vector)",
)


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().replace("ё", "е").split())


def words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", folded(text)))


def upgrade() -> None:
    op.add_column('bank_upload', sa.Column('given', sa.JSON(), nullable=True))
    op.create_table('bank_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('version_id', sa.Uuid(), nullable=False),
    *(sa.Column(name, sa.Boolean(), nullable=False) for name in (
        'is_newest', 'is_in_force', 'is_retired', 'is_suspended', 'is_on_form', 'has_enemies', 'lacks_ky', 'lacks_ru')),
    sa.Column('status', sa.Enum(*STATUSES, name='itemstatus', native_enum=False, length=32), nullable=False),
    sa.Column('kind', sa.Enum(*KINDS, name='itemkind', native_enum=False, length=32), nullable=False),
    sa.Column('difficulty', sa.Integer(), nullable=False),
    sa.Column('area_id', sa.Uuid(), nullable=False),
    sa.Column('sub_topic_id', sa.Uuid(), nullable=False),
    sa.Column('identifier', sa.String(length=128), nullable=False),
    sa.Column('author', sa.String(length=400), nullable=False),
    sa.Column('source', sa.String(length=1000), nullable=False),
    sa.Column('approved_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['approved_by_id'], ['user.id'], name=op.f('fk_bank_entry_approved_by_id')),
    sa.ForeignKeyConstraint(['area_id'], ['subject_area.id'], name=op.f('fk_bank_entry_area_id')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_bank_entry_item_id')),
    sa.ForeignKeyConstraint(['sub_topic_id'], ['sub_topic.id'], name=op.f('fk_bank_entry_sub_topic_id')),
    sa.ForeignKeyConstraint(['version_id'], ['item_version.id'], name=op.f('fk_bank_entry_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_entry')),
    sa.UniqueConstraint('version_id', name=op.f('uq_bank_entry_version_id'))
    )
    op.create_index('ix_bank_entry_newest', 'bank_entry', ['is_newest', 'is_retired', 'identifier'])
    op.create_index('ix_bank_entry_edited', 'bank_entry', ['is_newest', 'is_retired', 'edited_at'])
    op.create_index('ix_bank_entry_counts', 'bank_entry', ['is_newest', 'is_in_force', 'is_retired', 'status'])
    op.create_index(op.f('ix_bank_entry_item_id'), 'bank_entry', ['item_id'])
    op.create_table('bank_text',
    sa.Column('entry_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['bank_entry.id'], name=op.f('fk_bank_text_entry_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('entry_id', name=op.f('pk_bank_text'))
    )
    for statement in SQLITE if is_sqlite() else POSTGRESQL:
        op.execute(statement)
    op.create_table('bank_hand',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_bank_hand_item_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_bank_hand_user_id')),
    sa.PrimaryKeyConstraint('user_id', 'item_id', name=op.f('pk_bank_hand'))
    )
    op.create_index(op.f('ix_bank_hand_item_id'), 'bank_hand', ['item_id'])
    op.create_table('saved_filter',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('query', sa.String(length=2000), nullable=False),
    sa.Column('shared_with', sa.Enum(*ROLES, name='role', native_enum=False, length=32), nullable=True),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_saved_filter_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_filter')),
    sa.UniqueConstraint('user_id', 'name', name=op.f('uq_saved_filter_user_id_name'))
    )
    op.create_index(op.f('ix_saved_filter_shared_with'), 'saved_filter', ['shared_with'])
    op.create_index('uq_saved_filter_default', 'saved_filter', ['user_id'], unique=True,
    sqlite_where=sa.text('is_default'), postgresql_where=sa.text('is_default'))
    op.create_table('bank_import',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('upload_id', sa.Uuid(), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=False),
    sa.Column('keep_good', sa.Boolean(), nullable=False),
    sa.Column('submit_at_once', sa.Boolean(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('state', sa.Enum('running', 'done', 'refused', 'cancelled', 'interrupted', 'failed', name='importstate', native_enum=False, length=32), nullable=False),
    sa.Column('phase', sa.Enum('reading', 'comparing', 'sealing', 'writing', name='importphase', native_enum=False, length=32), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('is_cancel_asked', sa.Boolean(), nullable=False),
    sa.Column('sentence', sa.String(length=500), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('beat_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name=op.f('ck_bank_import_ended')),
    sa.CheckConstraint('done >= 0 AND done <= total', name=op.f('ck_bank_import_done')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_bank_import_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_import'))
    )
    op.create_index(op.f('ix_bank_import_state'), 'bank_import', ['state'])
    op.create_index(op.f('ix_bank_import_user_id'), 'bank_import', ['user_id'])
    op.create_table('key_export',
    sa.Column('asked_by_id', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('format', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('confirmed_by_id', sa.Uuid(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('confirmed_by_id IS NULL OR confirmed_by_id <> asked_by_id', name=op.f('ck_key_export_two_persons')),
    sa.CheckConstraint('(confirmed_by_id IS NULL) = (confirmed_at IS NULL)', name=op.f('ck_key_export_confirmed')),
    sa.CheckConstraint('given_at IS NULL OR confirmed_at IS NOT NULL', name=op.f('ck_key_export_given_after_confirmation')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['user.id'], name=op.f('fk_key_export_asked_by_id')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['user.id'], name=op.f('fk_key_export_confirmed_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_key_export'))
    )
    op.create_index(op.f('ix_key_export_asked_at'), 'key_export', ['asked_at'])
    _fill()


def _fill() -> None:
    """Entries of the questions that are there; the words of a version are from now on its words and nothing else."""
    bind = op.get_bind()
    on_forms = set(bind.scalars(sa.text(
        "SELECT DISTINCT v.item_id FROM form_item f JOIN item_version v ON v.id = f.item_version_id")))
    suspended = set(bind.scalars(sa.text("SELECT item_id FROM item_suspension WHERE lifted_at IS NULL")))
    rows = bind.execute(sa.text("""
        SELECT v.*, i.external_id, i.created_at AS item_created_at, i.retired_at, s.area_id
        FROM item_version v JOIN item i ON i.id = v.item_id JOIN sub_topic s ON s.id = v.sub_topic_id
        ORDER BY v.item_id, v.number DESC""")).mappings().all()
    for row in rows:
        bind.execute(sa.text("UPDATE item_version SET search_text = :text WHERE id = :id"),
                     {"text": words(row["search_text"]), "id": row["id"]})
    number = 0
    for item_id, versions in groupby(rows, key=lambda row: row["item_id"]):
        newest, found = True, False
        for row in versions:
            force = row["status"] == "approved" and not found
            found = found or force
            if newest or force:
                number += 1
                enter(bind, number, row, newest, force, item_id in on_forms, item_id in suspended)
            newest = False
    if number and not is_sqlite():
        bind.execute(sa.text("SELECT setval(pg_get_serial_sequence('bank_entry', 'id'), :number)"), {"number": number})
    bind.execute(sa.text("""
        INSERT INTO bank_hand (user_id, item_id)
        SELECT r.by_id, v.item_id FROM item_review r JOIN item_version v ON v.id = r.version_id
        WHERE r.act IN ('created', 'edited', 'submitted')
        UNION SELECT created_by_id, item_id FROM item_version"""))


def enter(bind: sa.Connection, number: int, row: sa.RowMapping, newest: bool, force: bool, on_form: bool, suspended: bool) -> None:
    enemies, texts = (
        json.loads(row[name]) if isinstance(row[name], str) else row[name] for name in ("enemies", "options")
    )
    lacks = {
        one: not row[f"stem_{one}"].strip() or any(not text[one].strip() and text[other].strip() for text in texts)
        for one, other in (("ky", "ru"), ("ru", "ky"))
    }
    values = {
        "id": number, "item_id": row["item_id"], "version_id": row["id"], "is_newest": newest, "is_in_force": force,
        "is_retired": row["retired_at"] is not None, "is_suspended": suspended, "is_on_form": on_form,
        "has_enemies": bool(enemies), "lacks_ky": lacks["ky"], "lacks_ru": lacks["ru"], "status": row["status"],
        "kind": row["kind"], "difficulty": row["difficulty"], "area_id": row["area_id"],
        "sub_topic_id": row["sub_topic_id"], "identifier": folded(row["external_id"]), "author": folded(row["author"]),
        "source": folded(row["source"]), "approved_by_id": row["approved_by_id"],
        "created_at": row["item_created_at"], "edited_at": row["edited_at"], "approved_at": row["approved_at"],
    }
    names = ", ".join(values)
    bind.execute(sa.text(f"INSERT INTO bank_entry ({names}) VALUES (:{', :'.join(values)})"), values)
    bind.execute(sa.text("INSERT INTO bank_text (entry_id, words) VALUES (:id, :words)"),
                 {"id": number, "words": words(row["external_id"]) + " " + words(row["search_text"])})


def downgrade() -> None:
    """Saved filters, imports under way and requests for keys go; what was asked and given stays in the trail."""
    op.drop_table('key_export')
    op.drop_table('bank_import')
    op.drop_table('saved_filter')
    op.drop_table('bank_hand')
    op.drop_table('bank_text')
    if is_sqlite():
        op.execute("DROP TABLE bank_text_index")
    op.drop_table('bank_entry')
    op.drop_column('bank_upload', 'given')
