"""restated answers: the response that counts for one attempt; why a correction was cancelled

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


KEY_WHERE_CHANGED = "(kind IN ('wrong_key', 'several_right')) = (accepted_sealed IS NOT NULL)"
SAID_WHERE_DUE = f"kind = 'recording_fault' OR ({KEY_WHERE_CHANGED})"
RESTATED = "(kind = 'restated') = (attempt_id IS NOT NULL)"
REASON = "(status = 'cancelled') = (cancelled_reason IS NOT NULL)"
VOID = "CONSTRAINT ck_erratum_key_unless_void"
ONCE = ", \n\tCONSTRAINT uq_erratum_correction_id_place UNIQUE (correction_id, place)"
ATTEMPT = "\tattempt_id CHAR(32), \n"
FOR_ATTEMPT = "CONSTRAINT fk_erratum_attempt_id FOREIGN KEY(attempt_id) REFERENCES attempt (id), \n\t"
CANCELLED = "\tcancelled_reason TEXT, \n"
DATED = "CONSTRAINT ck_correction_decided_has_date"
OF_FORM = {f"{kind}_where": sa.text("attempt_id IS NULL") for kind in ("sqlite", "postgresql")}
OF_ATTEMPT = {f"{kind}_where": sa.text("attempt_id IS NOT NULL") for kind in ("sqlite", "postgresql")}


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


def reasons_of_cancellation() -> None:
    """What the trail says of corrections that were cancelled before their reason stood on the row."""
    bind = op.get_bind()
    correction = sa.table(
        "correction", sa.column("id", sa.Uuid()), sa.column("status"), sa.column("cancelled_reason", sa.Text())
    )
    entry = sa.table("audit_entry", sa.column("action"), sa.column("subject"), sa.column("body", sa.JSON()))
    cancelled = correction.c.status == "cancelled"
    bind.execute(sa.update(correction).where(cancelled).values(cancelled_reason=""))
    said = bind.execute(sa.select(entry.c.subject, entry.c.body).where(entry.c.action == "correction.cancelled")).all()
    for subject, body in said:
        if body:  # None where retention erased it
            mine = sa.update(correction).where(cancelled, correction.c.id == UUID(subject.partition(":")[2]))
            bind.execute(mine.values(cancelled_reason=body["facts"].get("reason", "")))


def upgrade() -> None:
    op.add_column("correction", sa.Column("cancelled_reason", sa.Text()))
    reasons_of_cancellation()
    if is_sqlite():
        remake("correction", (DATED, f"CONSTRAINT ck_correction_cancelled_has_reason CHECK ({REASON}), \n\t{DATED}"))
        remake("erratum", ("\taccepted_sealed BLOB, \n", ATTEMPT + "\taccepted_sealed BLOB, \n"), (ONCE, ""),
               (VOID, f"CONSTRAINT ck_erratum_restated_has_attempt CHECK ({RESTATED}), \n\t{FOR_ATTEMPT}{VOID}"),
               values={"attempt_id": "NULL"})
        remake("finding", (f"CONSTRAINT ck_finding_new_key_where_changed CHECK ({KEY_WHERE_CHANGED})",
                           f"CONSTRAINT ck_finding_new_key_where_changed CHECK ({SAID_WHERE_DUE})"))
    else:
        op.create_check_constraint(op.f("ck_correction_cancelled_has_reason"), "correction", REASON)
        op.add_column("erratum", sa.Column("attempt_id", sa.Uuid()))
        op.create_foreign_key(op.f("fk_erratum_attempt_id"), "erratum", "attempt", ["attempt_id"], ["id"])
        op.create_check_constraint(op.f("ck_erratum_restated_has_attempt"), "erratum", RESTATED)
        op.drop_constraint(op.f("uq_erratum_correction_id_place"), "erratum", type_="unique")
        change_finding(SAID_WHERE_DUE)
    op.create_index(op.f("ix_erratum_attempt_id"), "erratum", ["attempt_id"])
    op.create_index("uq_erratum_of_form", "erratum", ["correction_id", "place"], unique=True, **OF_FORM)
    op.create_index(
        "uq_erratum_of_attempt", "erratum", ["correction_id", "place", "attempt_id"], unique=True, **OF_ATTEMPT
    )


def change_finding(words: str) -> None:
    op.drop_constraint(op.f("ck_finding_new_key_where_changed"), "finding", type_="check")
    op.create_check_constraint(op.f("ck_finding_new_key_where_changed"), "finding", words)


def downgrade() -> None:
    """Fails where an answer was restated: an older version cannot tell what it is."""
    restated = (
        "SELECT count(*) FROM erratum WHERE kind = 'restated'",
        "SELECT count(*) FROM finding WHERE kind = 'recording_fault' AND accepted_sealed IS NOT NULL",
    )
    if any(op.get_bind().scalar(sa.text(query)) for query in restated):
        raise RuntimeError("answers were restated: no older version can tell what that is")
    for index in ("uq_erratum_of_attempt", "uq_erratum_of_form", op.f("ix_erratum_attempt_id")):
        op.drop_index(index, table_name="erratum")
    if is_sqlite():
        remake("finding", (f"CONSTRAINT ck_finding_new_key_where_changed CHECK ({SAID_WHERE_DUE})",
                           f"CONSTRAINT ck_finding_new_key_where_changed CHECK ({KEY_WHERE_CHANGED})"))
        remake("erratum", (ATTEMPT, ""),
               (f"CONSTRAINT ck_erratum_restated_has_attempt CHECK ({RESTATED}), \n\t{FOR_ATTEMPT}{VOID}", VOID),
               ("REFERENCES correction (id)", "REFERENCES correction (id)" + ONCE))
        remake("correction", (f"CONSTRAINT ck_correction_cancelled_has_reason CHECK ({REASON}), \n\t{DATED}", DATED))
    else:
        change_finding(KEY_WHERE_CHANGED)
        op.create_unique_constraint(op.f("uq_erratum_correction_id_place"), "erratum", ["correction_id", "place"])
        op.drop_constraint(op.f("ck_erratum_restated_has_attempt"), "erratum", type_="check")
        op.drop_column("erratum", "attempt_id")
        op.drop_constraint(op.f("ck_correction_cancelled_has_reason"), "correction", type_="check")
    op.drop_column("correction", "cancelled_reason")
