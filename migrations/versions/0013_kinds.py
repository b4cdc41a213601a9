"""kinds: more kinds of questions, what options are matched to, partial credit, points of each question of a test

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

CUT, POINTS = "ck_test_specification_cut_score", "ck_test_specification_points"
TO_ITEMS, TO_MAXIMUM = (
    f"(main_items IS NULL AND cut_score BETWEEN 1 AND {most}) OR (main_items IS NOT NULL AND cut_score = 0)"
    for most in ("items", "items * points")
)
ALLOWED = "points BETWEEN 1 AND 10"


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


# Table → the line before which the new columns stand, and the columns: name, definition on SQLite, type, what old rows get.
COLUMNS = {
    "item_version": ("\tkey_sealed BLOB NOT NULL, \n", [
        ("targets", "JSON", sa.JSON(), "'[]'"), ("is_partial", "BOOLEAN", sa.Boolean(), "false"),
    ]),
    "form_item": ("\tpoints INTEGER NOT NULL, \n", [("target_ids", "JSON", sa.JSON(), "'[]'")]),
    "test_specification": ("\tminutes INTEGER NOT NULL, \n", [("points", "INTEGER", sa.Integer(), "1")]),
}  # fmt: skip


def checked(name: str, words: str) -> str:
    return f"CONSTRAINT {name} CHECK ({words})"


def upgrade() -> None:
    checks = {"test_specification": [(checked(CUT, TO_ITEMS), f"{checked(CUT, TO_MAXIMUM)}, \n\t{checked(POINTS, ALLOWED)}")]}
    for table, (before, columns) in COLUMNS.items():
        if is_sqlite():
            lines = "".join(f"\t{name} {words} NOT NULL, \n" for name, words, _type, _value in columns)
            values = {name: value for name, _words, _type, value in columns}
            remake(table, (before, lines + before), *checks.get(table, ()), values=values)
            continue
        for name, _words, type_, value in columns:
            op.add_column(table, sa.Column(name, type_, nullable=False, server_default=sa.text(value)))
            op.alter_column(table, name, server_default=None)
    if not is_sqlite():
        op.drop_constraint(op.f(CUT), "test_specification", type_="check")
        op.create_check_constraint(op.f(CUT), "test_specification", TO_MAXIMUM)
        op.create_check_constraint(op.f(POINTS), "test_specification", ALLOWED)


def downgrade() -> None:
    """Fails where there is a question of another kind, or one of several points: an older version cannot score it."""
    for question, why in (
        ("SELECT count(*) FROM item_version WHERE kind <> 'single_choice'", "questions of kinds that no older version has"),
        ("SELECT count(*) FROM test_specification WHERE points <> 1", "tests whose questions give several points"),
    ):
        if op.get_bind().scalar(sa.text(question)):
            raise RuntimeError(f"there are {why}")
    checks = {"test_specification": [(f"{checked(CUT, TO_MAXIMUM)}, \n\t{checked(POINTS, ALLOWED)}", checked(CUT, TO_ITEMS))]}
    if not is_sqlite():
        op.drop_constraint(op.f(POINTS), "test_specification", type_="check")
        op.drop_constraint(op.f(CUT), "test_specification", type_="check")
        op.create_check_constraint(op.f(CUT), "test_specification", TO_ITEMS)
    for table, (before, columns) in COLUMNS.items():
        if is_sqlite():
            lines = "".join(f"\t{name} {words} NOT NULL, \n" for name, words, _type, _value in columns)
            remake(table, (lines + before, before), *checks.get(table, ()))
            continue
        for name, *_rest in columns:
            op.drop_column(table, name)
