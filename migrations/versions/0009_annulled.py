"""annulled: appeals end with an annulled sitting, a new one is called; what a correction has changed is kept

Revision ID: 0009
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0007'
branch_labels = None
depends_on = None

WAITING = "status IN ('filed', 'withdrawn', 'lapsed') OR confirmed_at IS NOT NULL"
ENDED = "status IN ('filed', 'withdrawn', 'lapsed', 'annulled') OR confirmed_at IS NOT NULL"
CONFIRMED, ELSEWHERE = "ck_appeal_person_confirmed", "ck_annulment_anew_elsewhere"
APPLIED, ANEW = "ck_annulment_anew_when_applied", "fk_annulment_anew_id"
CHECKS = {ELSEWHERE: "anew_id IS NULL OR anew_id <> sitting_id", APPLIED: "anew_id IS NULL OR status = 'applied'"}
DATED = "CONSTRAINT ck_annulment_decided_has_date"
COLUMN = "\tanew_id CHAR(32), \n"
RULES = "".join(f"CONSTRAINT {name} CHECK ({words}), \n\t" for name, words in CHECKS.items())
KEY = f"CONSTRAINT {ANEW} FOREIGN KEY(anew_id) REFERENCES sitting (id), \n\t"


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


def change_appeal(old: str, new: str) -> None:
    if is_sqlite():
        remake("appeal", (f"CONSTRAINT {CONFIRMED} CHECK ({old})", f"CONSTRAINT {CONFIRMED} CHECK ({new})"))
    else:
        op.drop_constraint(op.f(CONFIRMED), "appeal", type_="check")
        op.create_check_constraint(op.f(CONFIRMED), "appeal", new)


def upgrade() -> None:
    change_appeal(WAITING, ENDED)
    op.add_column("correction", sa.Column("effects", sa.Text()))
    if is_sqlite():
        remake("annulment", ("\tid CHAR(32) NOT NULL, \n", f"{COLUMN}\tid CHAR(32) NOT NULL, \n"),
               (DATED, f"{RULES}{KEY}{DATED}"), values={"anew_id": "NULL"})
        return
    op.add_column("annulment", sa.Column("anew_id", sa.Uuid()))
    op.create_foreign_key(op.f(ANEW), "annulment", "sitting", ["anew_id"], ["id"])
    for name, words in CHECKS.items():
        op.create_check_constraint(op.f(name), "annulment", words)


def downgrade() -> None:
    """Fails where an appeal ended with its sitting: an older version cannot tell what that is."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM appeal WHERE status = 'annulled'")):
        raise RuntimeError("appeals ended with an annulled sitting: no older version can tell what that is")
    if is_sqlite():
        remake("annulment", (COLUMN, ""), (f"{RULES}{KEY}{DATED}", DATED))
    else:
        for name in CHECKS:
            op.drop_constraint(op.f(name), "annulment", type_="check")
        op.drop_column("annulment", "anew_id")
    op.drop_column("correction", "effects")
    change_appeal(ENDED, WAITING)
