"""findings: an answer recorded wrongly beside a fault of the question itself; what was found anew is withdrawn

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

ONCE = ", \n\tCONSTRAINT uq_finding_appeal_id_place UNIQUE (appeal_id, place)"
KEY = "CONSTRAINT pk_finding PRIMARY KEY (id)"
STANDS = {
    "uq_finding_of_item": "kind <> 'recording_fault' AND withdrawn_at IS NULL",
    "uq_finding_of_answer": "kind = 'recording_fault' AND withdrawn_at IS NULL",
}


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def remake(table: str, old: str, new: str) -> None:
    """Make a table of SQLite anew under another definition; rows and indexes are kept (sqlite.org/lang_altertable.html)."""
    bind = op.get_bind()
    schema = sa.text("SELECT sql FROM sqlite_master WHERE type = :type AND tbl_name = :name AND sql IS NOT NULL")
    definition = bind.scalar(schema, {"type": "table", "name": table})
    indexes = bind.scalars(schema, {"type": "index", "name": table}).all()
    if definition.count(old) != 1:
        raise RuntimeError(f"{table}: {old!r} is not once in its definition")
    definition = definition.replace(old, new)
    bind.exec_driver_sql(f'CREATE TABLE "{table}_new" {definition[definition.index("("):]}')
    kept = ", ".join(f'"{row[1]}"' for row in bind.exec_driver_sql(f'PRAGMA table_info("{table}_new")'))
    bind.exec_driver_sql(f'INSERT INTO "{table}_new" ({kept}) SELECT {kept} FROM "{table}"')
    bind.exec_driver_sql(f'DROP TABLE "{table}"')
    bind.exec_driver_sql(f'ALTER TABLE "{table}_new" RENAME TO "{table}"')
    for index in indexes:
        bind.exec_driver_sql(index)


def upgrade() -> None:
    if is_sqlite():
        remake("finding", ONCE, "")
    else:
        op.drop_constraint(op.f("uq_finding_appeal_id_place"), "finding", type_="unique")
    op.add_column("finding", sa.Column("withdrawn_at", sa.DateTime(timezone=True)))
    for name, words in STANDS.items():
        where = {f"{kind}_where": sa.text(words) for kind in ("sqlite", "postgresql")}
        op.create_index(name, "finding", ["appeal_id", "place"], unique=True, **where)


def downgrade() -> None:
    """Fails where two findings stand of one question: an older version has room for one of them only.

    What was withdrawn goes: an older version would count it. The trail still names it.
    """
    twice = "SELECT count(*) FROM (SELECT 1 FROM finding WHERE withdrawn_at IS NULL GROUP BY appeal_id, place HAVING count(*) > 1) AS twice"  # noqa: E501
    if op.get_bind().scalar(sa.text(twice)):
        raise RuntimeError("two findings stand of one question: no older version has room for both")
    for name in STANDS:
        op.drop_index(name, table_name="finding")
    op.execute("DELETE FROM finding WHERE withdrawn_at IS NOT NULL")
    op.drop_column("finding", "withdrawn_at")
    if is_sqlite():
        remake("finding", KEY, KEY + ONCE)
    else:
        op.create_unique_constraint(op.f("uq_finding_appeal_id_place"), "finding", ["appeal_id", "place"])
