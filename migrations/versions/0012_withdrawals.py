"""withdrawals: on paper at the desk; an appeal that somebody else filed is rejected, and the candidate files their own

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

CONFIRMED, ONCE, STANDS = "ck_appeal_person_confirmed", "uq_appeal_attempt_id", "status <> 'rejected'"
BEFORE = "status IN ('filed', 'withdrawn', 'lapsed', 'annulled') OR confirmed_at IS NOT NULL"
AFTER = "status IN ('filed', 'withdrawn', 'lapsed', 'annulled', 'rejected') OR confirmed_at IS NOT NULL"
CHECKS = {
    "ck_appeal_paper_taken_by_somebody": "(withdrawn_paper_at IS NULL) = (withdrawn_by_id IS NULL)",
    "ck_appeal_paper_of_withdrawal": "withdrawn_by_id IS NULL OR status = 'withdrawn'",
    "ck_appeal_rejected_by_somebody": "(status = 'rejected') = (rejected_by_id IS NOT NULL)",
    "ck_appeal_rejected_unconfirmed": "status <> 'rejected' OR confirmed_at IS NULL",
}
PEOPLE = ("withdrawn_by_id", "rejected_by_id")
LAST = "\thanded_over_at DATETIME, \n"
COLUMNS = (
    "\twithdrawn_paper_at DATETIME, \n\twithdrawn_by_id CHAR(32), \n\trejected_by_id CHAR(32), \n"
    "\trejected_reason VARCHAR(500), \n"
)
KEY = "CONSTRAINT pk_appeal PRIMARY KEY (id)"
RULES = "".join(f"CONSTRAINT {name} CHECK ({words}), \n\t" for name, words in CHECKS.items())
LINKS = "".join(
    f"CONSTRAINT fk_appeal_{person} FOREIGN KEY({person}) REFERENCES user (id), \n\t" for person in PEOPLE
)
UNIQUE = f"CONSTRAINT {ONCE} UNIQUE (attempt_id), \n\t"


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


def upgrade() -> None:
    if is_sqlite():
        fresh = ("withdrawn_paper_at", "rejected_reason", *PEOPLE)
        remake(
            "appeal", (f"CHECK ({BEFORE})", f"CHECK ({AFTER})"), (LAST, f"{LAST}{COLUMNS}"), (UNIQUE, ""),
            (KEY, f"{RULES}{LINKS}{KEY}"), values=dict.fromkeys(fresh, "NULL"),
        )  # fmt: skip
    else:
        op.add_column("appeal", sa.Column("withdrawn_paper_at", sa.DateTime(timezone=True)))
        op.add_column("appeal", sa.Column("rejected_reason", sa.String(500)))
        for person in PEOPLE:
            op.add_column("appeal", sa.Column(person, sa.Uuid()))
            op.create_foreign_key(op.f(f"fk_appeal_{person}"), "appeal", "user", [person], ["id"])
        op.drop_constraint(op.f(CONFIRMED), "appeal", type_="check")
        for name, words in {CONFIRMED: AFTER, **CHECKS}.items():
            op.create_check_constraint(op.f(name), "appeal", words)
        op.drop_constraint(op.f(ONCE), "appeal", type_="unique")
    op.create_index(op.f("ix_appeal_attempt_id"), "appeal", ["attempt_id"])
    where = {f"{kind}_where": sa.text(STANDS) for kind in ("sqlite", "postgresql")}
    op.create_index("uq_appeal_stands", "appeal", ["attempt_id"], unique=True, **where)


def downgrade() -> None:
    """Fails where an appeal was rejected or a withdrawal taken on paper: an older version cannot tell what that is."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM appeal WHERE status = 'rejected'")):
        raise RuntimeError("appeals were rejected: no older version can tell what that is")
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM appeal WHERE withdrawn_by_id IS NOT NULL")):
        raise RuntimeError("withdrawals were taken on paper: no older version can tell who took them")
    op.drop_index("uq_appeal_stands", table_name="appeal")
    op.drop_index(op.f("ix_appeal_attempt_id"), table_name="appeal")
    if is_sqlite():
        remake(
            "appeal", (f"CHECK ({AFTER})", f"CHECK ({BEFORE})"), (COLUMNS, ""), (RULES, ""), (LINKS, UNIQUE),
        )  # fmt: skip
        return
    for name in (CONFIRMED, *CHECKS):
        op.drop_constraint(op.f(name), "appeal", type_="check")
    op.create_check_constraint(op.f(CONFIRMED), "appeal", BEFORE)
    op.create_unique_constraint(op.f(ONCE), "appeal", ["attempt_id"])
    for column in (*PEOPLE, "rejected_reason", "withdrawn_paper_at"):
        op.drop_column("appeal", column)
