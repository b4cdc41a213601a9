"""rich text: HTML of a short list, pictures, texts typed but not saved, translations that are behind

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def remake(table: str, *changes: tuple[str, str], values: dict[str, str] | None = None) -> None:
    """Make a table of SQLite anew under another definition; rows and indexes are kept (sqlite.org/lang_altertable.html).

    ``values`` are SQL expressions for columns that the old table does not have.
    """
    bind, values = op.get_bind(), values or {}
    schema = sa.text("SELECT sql FROM sqlite_master WHERE type = :type AND tbl_name = :name AND sql IS NOT NULL")
    definition = bind.scalar(schema, {"type": "table", "name": table})
    indexes = bind.scalars(schema, {"type": "index", "name": table}).all()
    for old, new in changes:
        if definition.count(old) != 1:
            raise RuntimeError(f"{table}: {old!r} is not once in its definition")
        definition = definition.replace(old, new)
    bind.exec_driver_sql(f'CREATE TABLE "{table}_new" {definition[definition.index("("):]}')
    kept = [f'"{row[1]}"' for row in bind.exec_driver_sql(f'PRAGMA table_info("{table}_new")')]
    taken = ", ".join(values.get(name.strip('"'), name) for name in kept)
    bind.exec_driver_sql(f'INSERT INTO "{table}_new" ({", ".join(kept)}) SELECT {taken} FROM "{table}"')
    bind.exec_driver_sql(f'DROP TABLE "{table}"')
    bind.exec_driver_sql(f'ALTER TABLE "{table}_new" RENAME TO "{table}"')
    for index in indexes:
        bind.exec_driver_sql(index)


BEFORE = "\tkey_sealed BLOB NOT NULL, \n"
LINES = "\tis_rich BOOLEAN NOT NULL, \n\tstale_language VARCHAR(2), \n"
RICH = "SELECT count(*) FROM item_version WHERE is_rich"
UNTRANSLATED = "SELECT count(*) FROM item_version WHERE stem_ky = '' OR stem_ru = ''"


def upgrade() -> None:
    if is_sqlite():
        remake("item_version", (BEFORE, LINES + BEFORE), values={"is_rich": "false", "stale_language": "NULL"})
    else:
        op.add_column("item_version", sa.Column("is_rich", sa.Boolean(), nullable=False, server_default=sa.text("false")))
        op.alter_column("item_version", "is_rich", server_default=None)
        op.add_column("item_version", sa.Column("stale_language", sa.String(length=2), nullable=True))
    op.create_table('stored_medium',
    sa.Column('name', sa.String(length=68), nullable=False),
    sa.Column('media_type', sa.String(length=32), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stored_medium')),
    sa.UniqueConstraint('name', name=op.f('uq_stored_medium_name'))
    )
    op.create_index(op.f('ix_stored_medium_added_at'), 'stored_medium', ['added_at'], unique=False)
    op.create_table('version_medium',
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('medium_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['medium_id'], ['stored_medium.id'], name=op.f('fk_version_medium_medium_id')),
    sa.ForeignKeyConstraint(['version_id'], ['item_version.id'], name=op.f('fk_version_medium_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_version_medium')),
    sa.UniqueConstraint('version_id', 'medium_id', name=op.f('uq_version_medium_version_id_medium_id'))
    )
    op.create_index(op.f('ix_version_medium_medium_id'), 'version_medium', ['medium_id'], unique=False)
    op.create_table('working_copy',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('version_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Enum('single_choice', 'multiple_response', 'true_false', 'ordering', 'matching', 'numeric',
    name='itemkind', native_enum=False, length=32), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('based_on', sa.DateTime(timezone=True), nullable=True),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('(version_id IS NULL) = (based_on IS NULL)', name=op.f('ck_working_copy_based_on_a_version')),
    sa.CheckConstraint('revision > 0', name=op.f('ck_working_copy_revision_positive')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_working_copy_user_id')),
    sa.ForeignKeyConstraint(['version_id'], ['item_version.id'], name=op.f('fk_working_copy_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_working_copy')),
    sa.UniqueConstraint('user_id', 'version_id', name=op.f('uq_working_copy_user_id_version_id'))
    )
    for column in ('user_id', 'version_id', 'saved_at'):
        op.create_index(op.f(f'ix_working_copy_{column}'), 'working_copy', [column], unique=False)


def downgrade() -> None:
    """Fails where there are rich or untranslated questions, which no older version can show; pictures and copies go."""
    for question, why in ((RICH, "rich questions"), (UNTRANSLATED, "questions in one language only")):
        if op.get_bind().scalar(sa.text(question)):
            raise RuntimeError(f"there are {why}")
    op.drop_table('working_copy')
    op.drop_table('version_medium')
    op.drop_table('stored_medium')
    if is_sqlite():
        remake("item_version", (LINES + BEFORE, BEFORE))
    else:
        op.drop_column("item_version", "stale_language")
        op.drop_column("item_version", "is_rich")
