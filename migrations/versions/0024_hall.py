"""the hall: acts of staff, pauses, time that was given, silences of workstations

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MOMENT, TRUTH = sa.DateTime(timezone=True), sa.Boolean()
# Both databases take a check with the column that it comes with, so that no table is made anew.
COLUMNS: list[tuple[str, str, sa.types.TypeEngine, str]] = [
    ("sitting", "starts_together", TRUTH, "DEFAULT false NOT NULL"),
    ("participant", "seat_reason", sa.String(500), ""),
    ("participant", "extra_minutes", sa.Integer(),
     "DEFAULT 0 NOT NULL CONSTRAINT ck_participant_extra_minutes CHECK (extra_minutes >= 0)"),
    ("participant", "extra_reason", sa.String(500),
     "CONSTRAINT ck_participant_extra_has_reason CHECK ((extra_minutes = 0) = (extra_reason IS NULL))"),
    ("participant", "extra_by_id", sa.Uuid(), 'CONSTRAINT fk_participant_extra_by_id REFERENCES "user" (id)'),
    ("participant", "extra_at", MOMENT, ""),
    ("participant", "presence_reason", sa.String(500), ""),
    ("participant", "unsat", sa.String(32), ""),
    ("participant", "unsat_reason", sa.String(500),
     "CONSTRAINT ck_participant_unsat_has_reason CHECK ((unsat IS NULL) = (unsat_reason IS NULL))"),
    ("resume_token", "category", sa.String(32), ""),
    ("incident", "number", sa.Integer(), "DEFAULT 0 NOT NULL"),
    ("centre", "requires_safe_browser", TRUTH, "DEFAULT false NOT NULL"),
    ("room", "seats_per_row", sa.Integer(),
     "DEFAULT 6 NOT NULL CONSTRAINT ck_room_seats_per_row CHECK (seats_per_row > 0)"),
    ("attempt", "authorised_at", MOMENT, ""),
    ("attempt", "held_at", MOMENT, ""),
    ("attempt", "display", sa.JSON(), ""),
    ("attempt", "extra_minutes", sa.Integer(),
     "DEFAULT 0 NOT NULL CONSTRAINT ck_attempt_extra_minutes CHECK (extra_minutes >= 0)"),
    ("attempt", "paused_at", MOMENT,
     "CONSTRAINT ck_attempt_paused_has_date CHECK ((status = 'paused') = (paused_at IS NOT NULL))"),
]  # fmt: skip
OPEN = sa.text("ended_at IS NULL")
NO_TIME = {"postgresql": "interval '0'", "sqlite": "'1970-01-01 00:00:00.000000'"}  # as each writes an interval


def one_of(table: str, column: str, *, nullable: bool = False, **rest: bool) -> sa.Column[sa.Uuid]:
    """A column that names a row of another table."""
    own = {"user_id": "user", "protocol_id": "sitting_protocol"}
    own |= {f"{name}_id": name for name in ("attempt", "sitting", "incident", "workstation", "participant")}
    other = own.get(column, "user" if column.endswith("by_id") else "hall_act")
    key = sa.ForeignKey(f"{other}.id", name=f"fk_{table}_{column}")
    return sa.Column(column, sa.Uuid(), key, nullable=nullable, **rest)


def own_id(table: str) -> list[sa.schema.SchemaItem]:
    """The key of a table."""
    return [sa.Column("id", sa.Uuid(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]


def upgrade() -> None:
    """Sittings that are over had no pauses: what time was given in them stands in their incidents."""
    dialect = op.get_bind().dialect
    for table, name, kind, rest in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind.compile(dialect=dialect)} {rest}")

    def checked(name: str, words: str) -> sa.CheckConstraint:
        return sa.CheckConstraint(words, name=op.f(f"ck_{name}"))

    op.create_table(
        "hall_act", *own_id("hall_act"), one_of("hall_act", "sitting_id"),
        sa.Column("kind", sa.String(32), nullable=False), sa.Column("category", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False), sa.Column("wording", sa.String(300)),
        sa.Column("length", sa.Interval()), sa.Column("began_at", MOMENT), sa.Column("ended_at", MOMENT),
        sa.Column("status", sa.String(32), nullable=False), one_of("hall_act", "asked_by_id"),
        sa.Column("asked_at", MOMENT, nullable=False), one_of("hall_act", "decided_by_id", nullable=True),
        sa.Column("decided_at", MOMENT), sa.Column("decline_reason", sa.String(500)),
        one_of("hall_act", "incident_id", nullable=True),
        checked("hall_act_decided_by_another", "decided_by_id IS NULL OR decided_by_id <> asked_by_id"),
        checked("hall_act_decided_has_status", "decided_at IS NULL OR status <> 'waiting'"),
        checked("hall_act_message_has_wording", "(kind = 'message') = (wording IS NOT NULL)"),
        checked("hall_act_extension_has_length", "(kind = 'extend') = (length IS NOT NULL)"),
        checked("hall_act_outage_has_begin", "(kind = 'outage') = (began_at IS NOT NULL)"),
        checked("hall_act_outage_has_end", "(began_at IS NULL) = (ended_at IS NULL)"),
        checked("hall_act_outage_lasts", "ended_at > began_at"),
        checked("hall_act_declined_has_reason", "(status = 'declined') = (decline_reason IS NOT NULL)"),
    )  # fmt: skip
    op.create_index("ix_hall_act_sitting_id", "hall_act", ["sitting_id"])
    op.create_index("ix_hall_act_incident_id", "hall_act", ["incident_id"])
    op.create_table(
        "act_target",
        one_of("act_target", "act_id"),
        one_of("act_target", "attempt_id"),
        sa.Column("seen_at", MOMENT),
        sa.PrimaryKeyConstraint("act_id", "attempt_id", name=op.f("pk_act_target")),
    )
    op.create_index("ix_act_target_attempt_id", "act_target", ["attempt_id"])
    op.create_table(
        "pause",
        *own_id("pause"),
        one_of("pause", "attempt_id"),
        one_of("pause", "act_id", nullable=True),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        one_of("pause", "ended_by_act_id", nullable=True),
        checked("pause_ended_by_act", "(ended_at IS NULL) = (ended_by_act_id IS NULL)"),
        checked("pause_ends_after_it_began", "ended_at >= began_at"),
    )
    op.create_index("ix_pause_attempt_id", "pause", ["attempt_id"])
    op.create_index("uq_pause_one_open", "pause", ["attempt_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "extension",
        *own_id("extension"),
        one_of("extension", "attempt_id"),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("length", sa.Interval(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        one_of("extension", "act_id", nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        checked("extension_has_act", "(kind = 'accommodation') = (act_id IS NULL)"),
        checked("extension_lasts", f"length > {NO_TIME[dialect.name]}"),
    )
    op.create_index("ix_extension_attempt_id", "extension", ["attempt_id"])
    op.create_table(
        "contact",
        one_of("contact", "attempt_id"),
        sa.Column("heard_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_contact")),
    )
    op.create_table(
        "silence",
        *own_id("silence"),
        one_of("silence", "attempt_id"),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        checked("silence_lasts", "ended_at > began_at"),
    )
    op.create_index("ix_silence_attempt_id", "silence", ["attempt_id"])
    closing()
    op.create_table(
        "participant_photo",
        one_of("participant_photo", "participant_id"),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        one_of("participant_photo", "by_id"),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_participant_photo")),
    )
    op.create_table(
        "workstation_check",
        *own_id("workstation_check"),
        one_of("workstation_check", "workstation_id"),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
    )
    op.create_index("ix_workstation_check_latest", "workstation_check", ["workstation_id", "at"])


def closing() -> None:
    """Incidents are numbered within their sitting, in the order in which they were written down."""
    op.execute(
        "UPDATE incident SET number = (SELECT count(*) FROM incident AS other WHERE "
        "other.sitting_id = incident.sitting_id AND (other.at < incident.at OR (other.at = incident.at AND "
        "other.id <= incident.id)))"
    )
    op.create_index("uq_incident_number", "incident", ["sitting_id", "number"], unique=True)
    op.create_table(
        "incident_paper", *own_id("incident_paper"), one_of("incident_paper", "incident_id"),
        sa.Column("version", sa.Integer(), nullable=False), sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(32), nullable=False), one_of("incident_paper", "created_by_id"),
        sa.Column("created_at", MOMENT, nullable=False), sa.Column("pdf", sa.LargeBinary()),
        sa.Column("pdf_digest", sa.LargeBinary(32)),
        sa.UniqueConstraint("incident_id", "version", name=op.f("uq_incident_paper_incident_id_version")),
    )  # fmt: skip
    op.create_table(
        "sitting_signature",
        *own_id("sitting_signature"),
        one_of("sitting_signature", "protocol_id"),
        one_of("sitting_signature", "user_id"),
        sa.Column("at", MOMENT, nullable=False),
        sa.UniqueConstraint("protocol_id", "user_id", name=op.f("uq_sitting_signature_protocol_id_user_id")),
    )


def downgrade() -> None:
    """Fails where time was given: an older version would close attempts too early, and could not say why they lasted.

    And where proctors have signed, or an act on an incident was drawn up: that is not thrown away.
    """
    for question in (
        "SELECT count(*) FROM extension", "SELECT count(*) FROM pause",
        "SELECT count(*) FROM participant WHERE extra_minutes > 0",
        "SELECT count(*) FROM attempt WHERE end_kind = 'staff'", "SELECT count(*) FROM sitting_signature",
        "SELECT count(*) FROM incident_paper",
    ):  # fmt: skip
        if op.get_bind().scalar(sa.text(question)):
            raise RuntimeError(
                "time was given, a test ended by staff, or papers were signed: no older version knows that"
            )
    op.drop_index("uq_incident_number", "incident")
    for table in (
        "participant_photo", "workstation_check", "sitting_signature", "incident_paper", "silence", "contact",
        "extension", "pause", "act_target", "hall_act",
    ):  # fmt: skip
        op.drop_table(table)
    for table, name, *_rest in reversed(COLUMNS):
        op.drop_column(table, name)
