"""appeals and ranking

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import json
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from core.crypto import keyring, open_with

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


# Checks of a specification before and with tie-break tests (¶29).
THIRD = "items >= 3"
CUT = "cut_score BETWEEN 1 AND items"
THIRD_OR_TIE_BREAK = (
    "(main_items IS NULL AND items >= 3) OR (main_items IS NOT NULL AND items >= 1 AND items * 3 <= main_items)"
)
CUT_OR_TIE_BREAK = (
    "(main_items IS NULL AND cut_score BETWEEN 1 AND items) OR (main_items IS NOT NULL AND cut_score = 0)"
)
MAIN_TEST = "(main_items IS NULL) = (main_id IS NULL)"
IN_FORCE = {"sqlite_where": sa.text("withdrawn_at IS NULL"), "postgresql_where": sa.text("withdrawn_at IS NULL")}
COUNTS = {
    kind: sa.text("withdrawn_at IS NULL AND annulled_at IS NULL") for kind in ("sqlite_where", "postgresql_where")
}
ROUND = "\tround INTEGER NOT NULL, \n"
MAIN = "\tmain_id CHAR(32), \n\tmain_items INTEGER, \n"
COMPETITION = "\tcompetition_id CHAR(32) NOT NULL, \n"


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


def checked(name: str, words: str) -> str:
    return f"CONSTRAINT {name} CHECK ({words})"


def competitions_of_attempts() -> sa.Table:
    """A passing table: the competition of each attempt, so far to be read only behind its sealed link."""
    bind = op.get_bind()
    pairs = sa.Table(
        "attempt_competition", sa.MetaData(), sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("competition_id", sa.Uuid()), prefixes=["TEMPORARY"],
    )
    pairs.create(bind)
    attempt, sitting, participant = (
        sa.table("attempt", sa.column("id", sa.Uuid()), sa.column("sitting_id", sa.Uuid()), sa.column("link_sealed")),
        sa.table("sitting", sa.column("id", sa.Uuid()), sa.column("link_key_sealed")),
        sa.table("participant", sa.column("id", sa.Uuid()), sa.column("competition_id", sa.Uuid())),
    )
    belongs = dict(bind.execute(sa.select(participant.c.id, participant.c.competition_id)).all())
    rows = bind.execute(
        sa.select(attempt.c.id, attempt.c.link_sealed, sitting.c.id.label("sitting"), sitting.c.link_key_sealed)
        .join_from(attempt, sitting, attempt.c.sitting_id == sitting.c.id)
    ).all()
    found = []
    for row in rows:
        key = keyring().open("link", row.link_key_sealed, ("sitting", str(row.sitting), "link_key"))
        link = json.loads(open_with(key, row.link_sealed, ("attempt", str(row.id), "link")))
        found.append({"id": row.id, "competition_id": belongs[UUID(link["participant"])]})
    if found:
        bind.execute(pairs.insert(), found)
    return pairs


def change_tables() -> None:
    op.add_column("bar", sa.Column("lifted_at", sa.DateTime(timezone=True)))
    op.add_column("competition", sa.Column("applications_until", sa.Date()))
    op.drop_index("uq_participant_competition", table_name="participant")
    pairs = competitions_of_attempts()
    if is_sqlite():
        remake("participant", ("\tseat INTEGER", ROUND + "\tseat INTEGER"),
               (checked("ck_participant_seat_positive", "seat > 0"),
                checked("ck_participant_round", "round >= 0") + ", \n\t"
                + checked("ck_participant_seat_positive", "seat > 0")), values={"round": "0"})
        remake("attempt", ("\tcode_id", COMPETITION + ROUND + "\tcode_id"),
               ("CONSTRAINT fk_attempt_code_id",
                checked("ck_attempt_round", "round >= 0") + ", \n\tCONSTRAINT fk_attempt_competition_id "
                "FOREIGN KEY(competition_id) REFERENCES competition (id), \n\tCONSTRAINT fk_attempt_code_id"),
               values={"round": "0", "competition_id":
                       "(SELECT competition_id FROM attempt_competition a WHERE a.id = attempt.id)"})
        remake("test_specification", ("\tact_on DATE, \n", "\tact_on DATE, \n" + MAIN),
               (checked("ck_test_specification_cut_score", CUT),
                checked("ck_test_specification_cut_score", CUT_OR_TIE_BREAK) + ", \n\t"
                + checked("ck_test_specification_main_test", MAIN_TEST)),
               (checked("ck_test_specification_items_for_a_third", THIRD),
                checked("ck_test_specification_items_for_a_third", THIRD_OR_TIE_BREAK)),
               ("CONSTRAINT pk_test_specification",
                "CONSTRAINT fk_test_specification_main_id FOREIGN KEY(main_id) REFERENCES test_specification (id), "
                "\n\tCONSTRAINT pk_test_specification"), values={"main_id": "NULL", "main_items": "NULL"})
    else:
        for table in ("participant", "attempt"):
            op.add_column(table, sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
            op.alter_column(table, "round", server_default=None)
            op.create_check_constraint(op.f(f"ck_{table}_round"), table, "round >= 0")
        op.add_column("attempt", sa.Column("competition_id", sa.Uuid()))
        op.execute("UPDATE attempt SET competition_id = a.competition_id FROM attempt_competition a "
                   "WHERE a.id = attempt.id")
        op.alter_column("attempt", "competition_id", nullable=False)
        op.create_foreign_key(op.f("fk_attempt_competition_id"), "attempt", "competition", ["competition_id"], ["id"])
        op.add_column("test_specification", sa.Column("main_id", sa.Uuid()))
        op.add_column("test_specification", sa.Column("main_items", sa.Integer()))
        op.create_foreign_key(
            op.f("fk_test_specification_main_id"), "test_specification", "test_specification", ["main_id"], ["id"]
        )
        change_checks(THIRD_OR_TIE_BREAK, CUT_OR_TIE_BREAK)
        op.create_check_constraint(op.f("ck_test_specification_main_test"), "test_specification", MAIN_TEST)
    pairs.drop(op.get_bind())
    op.add_column("participant", sa.Column("annulled_at", sa.DateTime(timezone=True)))
    op.create_index(op.f("ix_attempt_competition_id"), "attempt", ["competition_id"])
    op.create_index(
        "uq_participant_competition", "participant", ["competition_id", "person_id", "round"], unique=True, **COUNTS
    )


def change_checks(third: str, cut: str) -> None:
    for name, words in (("items_for_a_third", third), ("cut_score", cut)):
        op.drop_constraint(op.f(f"ck_test_specification_{name}"), "test_specification", type_="check")
        op.create_check_constraint(op.f(f"ck_test_specification_{name}"), "test_specification", words)


def change_tables_back() -> None:
    """Fails where a tie-break test was held: an older version cannot tell what it is."""
    op.drop_index("uq_participant_competition", table_name="participant")
    op.drop_column("participant", "annulled_at")
    op.drop_index(op.f("ix_attempt_competition_id"), table_name="attempt")
    if is_sqlite():
        remake("test_specification", (MAIN, ""),
               (checked("ck_test_specification_cut_score", CUT_OR_TIE_BREAK) + ", \n\t"
                + checked("ck_test_specification_main_test", MAIN_TEST),
                checked("ck_test_specification_cut_score", CUT)),
               (checked("ck_test_specification_items_for_a_third", THIRD_OR_TIE_BREAK),
                checked("ck_test_specification_items_for_a_third", THIRD)),
               ("CONSTRAINT fk_test_specification_main_id FOREIGN KEY(main_id) REFERENCES test_specification (id), "
                "\n\t", ""))
        remake("attempt", (COMPETITION + ROUND, ""),
               (checked("ck_attempt_round", "round >= 0") + ", \n\tCONSTRAINT fk_attempt_competition_id "
                "FOREIGN KEY(competition_id) REFERENCES competition (id), \n\t", ""))
        remake("participant", (ROUND, ""), (checked("ck_participant_round", "round >= 0") + ", \n\t", ""))
    else:
        op.drop_constraint(op.f("ck_test_specification_main_test"), "test_specification", type_="check")
        change_checks(THIRD, CUT)
        op.drop_column("test_specification", "main_items")
        op.drop_column("test_specification", "main_id")
        op.drop_column("attempt", "competition_id")
        for table in ("participant", "attempt"):
            op.drop_column(table, "round")
    op.create_index("uq_participant_competition", "participant", ["competition_id", "person_id"], unique=True, **IN_FORCE)
    op.drop_column("competition", "applications_until")
    op.drop_column("bar", "lifted_at")


def upgrade() -> None:
    op.create_table('letter',
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('about_id', sa.Uuid(), nullable=False),
    sa.Column('recipient', sa.String(length=160), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.String(length=500), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('tries >= 0', name=op.f('ck_letter_tries')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter'))
    )
    op.create_index(op.f('ix_letter_about_id'), 'letter', ['about_id'], unique=False)
    op.create_index('ix_letter_waiting', 'letter', ['not_before'], unique=False, sqlite_where=sa.text('sent_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL'))

    op.create_table('application',
    sa.Column('competition_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('filed', 'admitted', 'not_admitted', 'withdrawn', name='applicationstate', native_enum=False, length=32), nullable=False),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name=op.f('ck_application_withdrawn_has_date')),
    sa.ForeignKeyConstraint(['competition_id'], ['competition.id'], name=op.f('fk_application_competition_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_application_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application')),
    sa.UniqueConstraint('competition_id', 'person_id', name=op.f('uq_application_competition_id_person_id'))
    )
    op.create_index(op.f('ix_application_competition_id'), 'application', ['competition_id'], unique=False)
    op.create_index(op.f('ix_application_person_id'), 'application', ['person_id'], unique=False)

    op.create_table('ranking',
    sa.Column('competition_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('supersedes_id', sa.Uuid(), nullable=True),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('content_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_by_id', sa.Uuid(), nullable=True),
    sa.Column('winner_name', sa.String(length=280), nullable=True),
    sa.Column('pdf', sa.LargeBinary(), nullable=True),
    sa.Column('pdf_digest', sa.LargeBinary(length=32), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('(published_at IS NULL) = (published_by_id IS NULL)', name=op.f('ck_ranking_published_by_somebody')),
    sa.CheckConstraint('(revision = 1) = (supersedes_id IS NULL)', name=op.f('ck_ranking_supersedes')),
    sa.ForeignKeyConstraint(['competition_id'], ['competition.id'], name=op.f('fk_ranking_competition_id')),
    sa.ForeignKeyConstraint(['published_by_id'], ['user.id'], name=op.f('fk_ranking_published_by_id')),
    sa.ForeignKeyConstraint(['supersedes_id'], ['ranking.id'], name=op.f('fk_ranking_supersedes_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ranking')),
    sa.UniqueConstraint('competition_id', 'revision', name=op.f('uq_ranking_competition_id_revision'))
    )
    op.create_index(op.f('ix_ranking_competition_id'), 'ranking', ['competition_id'], unique=False)

    op.create_table('annulment',
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('status', sa.Enum('prepared', 'applied', 'cancelled', name='correctionstatus', native_enum=False, length=32), nullable=False),
    sa.Column('prepared_by_id', sa.Uuid(), nullable=False),
    sa.Column('prepared_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(status = 'prepared') = (decided_at IS NULL)", name=op.f('ck_annulment_decided_has_date')),
    sa.CheckConstraint("decided_by_id IS NULL OR status = 'cancelled' OR decided_by_id <> prepared_by_id", name=op.f('ck_annulment_applied_by_two')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['user.id'], name=op.f('fk_annulment_decided_by_id')),
    sa.ForeignKeyConstraint(['prepared_by_id'], ['user.id'], name=op.f('fk_annulment_prepared_by_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_annulment_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_annulment'))
    )
    op.create_index(op.f('ix_annulment_sitting_id'), 'annulment', ['sitting_id'], unique=False)
    op.create_index('uq_annulment_in_force', 'annulment', ['sitting_id'], unique=True, sqlite_where=sa.text("status <> 'cancelled'"), postgresql_where=sa.text("status <> 'cancelled'"))

    op.create_table('commission',
    sa.Column('sitting_id', sa.Uuid(), nullable=False),
    sa.Column('act_number', sa.String(length=64), nullable=False),
    sa.Column('act_on', sa.Date(), nullable=False),
    sa.Column('approved_by_id', sa.Uuid(), nullable=False),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['approved_by_id'], ['user.id'], name=op.f('fk_commission_approved_by_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_commission_sitting_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commission')),
    sa.UniqueConstraint('sitting_id', name=op.f('uq_commission_sitting_id'))
    )
    op.create_table('correction',
    sa.Column('number', sa.String(length=48), nullable=False),
    sa.Column('form_id', sa.Uuid(), nullable=False),
    sa.Column('grounds', sa.Text(), nullable=False),
    sa.Column('status', sa.Enum('prepared', 'applied', 'cancelled', name='correctionstatus', native_enum=False, length=32), nullable=False),
    sa.Column('prepared_by_id', sa.Uuid(), nullable=False),
    sa.Column('prepared_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('preview_digest', sa.LargeBinary(length=32), nullable=True),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(status = 'prepared') = (decided_at IS NULL)", name=op.f('ck_correction_decided_has_date')),
    sa.CheckConstraint("decided_by_id IS NULL OR status = 'cancelled' OR decided_by_id <> prepared_by_id", name=op.f('ck_correction_applied_by_two')),
    sa.CheckConstraint('(decided_at IS NULL) = (decided_by_id IS NULL)', name=op.f('ck_correction_decided_by_somebody')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['user.id'], name=op.f('fk_correction_decided_by_id')),
    sa.ForeignKeyConstraint(['form_id'], ['test_form.id'], name=op.f('fk_correction_form_id')),
    sa.ForeignKeyConstraint(['prepared_by_id'], ['user.id'], name=op.f('fk_correction_prepared_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correction')),
    sa.UniqueConstraint('number', name=op.f('uq_correction_number'))
    )
    op.create_index(op.f('ix_correction_form_id'), 'correction', ['form_id'], unique=False)
    op.create_index('uq_correction_one_open', 'correction', ['form_id'], unique=True, sqlite_where=sa.text("status = 'prepared'"), postgresql_where=sa.text("status = 'prepared'"))

    op.create_table('tie_break',
    sa.Column('competition_id', sa.Uuid(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('main_items', sa.Integer(), nullable=False),
    sa.Column('items', sa.Integer(), nullable=False),
    sa.Column('called_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('specification_id', sa.Uuid(), nullable=True),
    sa.Column('sitting_id', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('items >= 1 AND items * 3 <= main_items', name=op.f('ck_tie_break_a_third_at_most')),
    sa.CheckConstraint('place IN (1, 2)', name=op.f('ck_tie_break_place')),
    sa.CheckConstraint('round > 0', name=op.f('ck_tie_break_round')),
    sa.ForeignKeyConstraint(['competition_id'], ['competition.id'], name=op.f('fk_tie_break_competition_id')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_tie_break_sitting_id')),
    sa.ForeignKeyConstraint(['specification_id'], ['test_specification.id'], name=op.f('fk_tie_break_specification_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tie_break')),
    sa.UniqueConstraint('competition_id', 'round', name=op.f('uq_tie_break_competition_id_round')),
    sa.UniqueConstraint('sitting_id', name=op.f('uq_tie_break_sitting_id'))
    )
    op.create_index(op.f('ix_tie_break_competition_id'), 'tie_break', ['competition_id'], unique=False)

    op.create_table('commission_member',
    sa.Column('commission_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('substitutes_id', sa.Uuid(), nullable=True),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('left_reason', sa.String(length=500), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('(left_at IS NULL) = (left_reason IS NULL)', name=op.f('ck_commission_member_left_has_reason')),
    sa.CheckConstraint('place BETWEEN 1 AND 5', name=op.f('ck_commission_member_five_at_most')),
    sa.ForeignKeyConstraint(['commission_id'], ['commission.id'], name=op.f('fk_commission_member_commission_id')),
    sa.ForeignKeyConstraint(['substitutes_id'], ['commission_member.id'], name=op.f('fk_commission_member_substitutes_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_commission_member_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commission_member'))
    )
    op.create_index(op.f('ix_commission_member_commission_id'), 'commission_member', ['commission_id'], unique=False)
    op.create_index('uq_commission_member_place', 'commission_member', ['commission_id', 'place'], unique=True, sqlite_where=sa.text('left_at IS NULL'), postgresql_where=sa.text('left_at IS NULL'))
    op.create_index('uq_commission_member_user', 'commission_member', ['commission_id', 'user_id'], unique=True, sqlite_where=sa.text('left_at IS NULL'), postgresql_where=sa.text('left_at IS NULL'))

    op.create_table('erratum',
    sa.Column('correction_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('wrong_key', 'several_right', 'void', name='erratumkind', native_enum=False, length=32), nullable=False),
    sa.Column('accepted_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(kind = 'void') = (accepted_sealed IS NULL)", name=op.f('ck_erratum_key_unless_void')),
    sa.ForeignKeyConstraint(['correction_id'], ['correction.id'], name=op.f('fk_erratum_correction_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erratum')),
    sa.UniqueConstraint('correction_id', 'place', name=op.f('uq_erratum_correction_id_place'))
    )
    op.create_index(op.f('ix_erratum_correction_id'), 'erratum', ['correction_id'], unique=False)

    op.create_table('appeal',
    sa.Column('number', sa.String(length=56), nullable=False),
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Enum('filed', 'withdrawn', 'hearing', 'decided', 'closed', 'lapsed', name='appealstatus', native_enum=False, length=32), nullable=False),
    sa.Column('items', sa.JSON(), nullable=False),
    sa.Column('application_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('application_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('pdf_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('pdf_digest', sa.LargeBinary(length=32), nullable=True),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_by_id', sa.Uuid(), nullable=True),
    sa.Column('invited_for', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lapsed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.Enum('dismissed', 'upheld_in_part', 'upheld', name='appealoutcome', native_enum=False, length=32), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('handed_over_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(outcome IS NOT NULL) = (status IN ('decided', 'closed'))", name=op.f('ck_appeal_decided_has_outcome')),
    sa.CheckConstraint("(status = 'closed') = (handed_over_at IS NOT NULL)", name=op.f('ck_appeal_closed_has_date')),
    sa.CheckConstraint("(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name=op.f('ck_appeal_withdrawn_has_date')),
    sa.CheckConstraint("status IN ('filed', 'withdrawn', 'lapsed') OR confirmed_at IS NOT NULL", name=op.f('ck_appeal_person_confirmed')),
    sa.CheckConstraint('(confirmed_at IS NULL) = (confirmed_by_id IS NULL)', name=op.f('ck_appeal_confirmed_by_somebody')),
    sa.CheckConstraint('(decided_at IS NOT NULL) = (outcome IS NOT NULL)', name=op.f('ck_appeal_decided_has_date')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_appeal_attempt_id')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['user.id'], name=op.f('fk_appeal_confirmed_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appeal')),
    sa.UniqueConstraint('attempt_id', name=op.f('uq_appeal_attempt_id')),
    sa.UniqueConstraint('number', name=op.f('uq_appeal_number'))
    )
    op.create_index(op.f('ix_appeal_status'), 'appeal', ['status'], unique=False)

    op.create_table('authority_act',
    sa.Column('competition_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('winner_accepted', 'winner_declined', 'contract_second', 'announce_anew', 'appoint_from_reserve', name='actkind', native_enum=False, length=32), nullable=False),
    sa.Column('attempt_id', sa.Uuid(), nullable=True),
    sa.Column('document', sa.String(length=200), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_authority_act_attempt_id')),
    sa.ForeignKeyConstraint(['competition_id'], ['competition.id'], name=op.f('fk_authority_act_competition_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['user.id'], name=op.f('fk_authority_act_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authority_act'))
    )
    op.create_index(op.f('ix_authority_act_competition_id'), 'authority_act', ['competition_id'], unique=False)

    op.create_table('tie_break_entrant',
    sa.Column('tie_break_id', sa.Uuid(), nullable=False),
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('held_id', sa.Uuid(), nullable=True),
    sa.Column('absence', sa.Enum('absent', 'refused', 'barred', 'not_started', name='absence', native_enum=False, length=32), nullable=True),
    sa.CheckConstraint('held_id IS NULL OR absence IS NULL', name=op.f('ck_tie_break_entrant_held_or_absent')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_tie_break_entrant_attempt_id')),
    sa.ForeignKeyConstraint(['held_id'], ['attempt.id'], name=op.f('fk_tie_break_entrant_held_id')),
    sa.ForeignKeyConstraint(['tie_break_id'], ['tie_break.id'], name=op.f('fk_tie_break_entrant_tie_break_id')),
    sa.PrimaryKeyConstraint('tie_break_id', 'attempt_id', name=op.f('pk_tie_break_entrant')),
    sa.UniqueConstraint('held_id', name=op.f('uq_tie_break_entrant_held_id'))
    )
    op.create_table('appeal_protocol',
    sa.Column('number', sa.String(length=56), nullable=False),
    sa.Column('appeal_id', sa.Uuid(), nullable=False),
    sa.Column('verification_code', sa.String(length=16), nullable=False),
    sa.Column('audit_number', sa.Integer(), nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('content_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('pdf_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('pdf_digest', sa.LargeBinary(length=32), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['appeal_id'], ['appeal.id'], name=op.f('fk_appeal_protocol_appeal_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appeal_protocol')),
    sa.UniqueConstraint('appeal_id', name=op.f('uq_appeal_protocol_appeal_id')),
    sa.UniqueConstraint('number', name=op.f('uq_appeal_protocol_number')),
    sa.UniqueConstraint('verification_code', name=op.f('uq_appeal_protocol_verification_code'))
    )
    op.create_table('finding',
    sa.Column('appeal_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('agrees', 'recording_fault', 'wrong_key', 'several_right', 'void', name='findingkind', native_enum=False, length=32), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('accepted_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("(kind IN ('wrong_key', 'several_right')) = (accepted_sealed IS NOT NULL)", name=op.f('ck_finding_new_key_where_changed')),
    sa.ForeignKeyConstraint(['appeal_id'], ['appeal.id'], name=op.f('fk_finding_appeal_id')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['user.id'], name=op.f('fk_finding_recorded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding')),
    sa.UniqueConstraint('appeal_id', 'place', name=op.f('uq_finding_appeal_id_place'))
    )
    op.create_index(op.f('ix_finding_appeal_id'), 'finding', ['appeal_id'], unique=False)

    op.create_table('hearing',
    sa.Column('appeal_id', sa.Uuid(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by_id', sa.Uuid(), nullable=False),
    sa.Column('presence_note', sa.String(length=200), nullable=False),
    sa.Column('attendance', sa.JSON(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by_id', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('(closed_at IS NULL) = (closed_by_id IS NULL)', name=op.f('ck_hearing_closed_by_somebody')),
    sa.ForeignKeyConstraint(['appeal_id'], ['appeal.id'], name=op.f('fk_hearing_appeal_id')),
    sa.ForeignKeyConstraint(['closed_by_id'], ['user.id'], name=op.f('fk_hearing_closed_by_id')),
    sa.ForeignKeyConstraint(['opened_by_id'], ['user.id'], name=op.f('fk_hearing_opened_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hearing')),
    sa.UniqueConstraint('appeal_id', name=op.f('uq_hearing_appeal_id'))
    )
    op.create_table('vote',
    sa.Column('appeal_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('outcome', sa.Enum('dismissed', 'upheld_in_part', 'upheld', name='appealoutcome', native_enum=False, length=32), nullable=False),
    sa.Column('dissent', sa.Text(), nullable=False),
    sa.Column('cast_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['appeal_id'], ['appeal.id'], name=op.f('fk_vote_appeal_id')),
    sa.ForeignKeyConstraint(['member_id'], ['commission_member.id'], name=op.f('fk_vote_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vote')),
    sa.UniqueConstraint('appeal_id', 'member_id', name=op.f('uq_vote_appeal_id_member_id'))
    )
    op.create_index(op.f('ix_vote_appeal_id'), 'vote', ['appeal_id'], unique=False)

    op.create_table('appeal_signature',
    sa.Column('protocol_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['commission_member.id'], name=op.f('fk_appeal_signature_member_id')),
    sa.ForeignKeyConstraint(['protocol_id'], ['appeal_protocol.id'], name=op.f('fk_appeal_signature_protocol_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appeal_signature')),
    sa.UniqueConstraint('protocol_id', 'member_id', name=op.f('uq_appeal_signature_protocol_id_member_id'))
    )
    op.create_index(op.f('ix_appeal_signature_protocol_id'), 'appeal_signature', ['protocol_id'], unique=False)

    op.create_table('key_viewing',
    sa.Column('hearing_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by_id', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['ended_by_id'], ['user.id'], name=op.f('fk_key_viewing_ended_by_id')),
    sa.ForeignKeyConstraint(['hearing_id'], ['hearing.id'], name=op.f('fk_key_viewing_hearing_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_key_viewing_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_key_viewing'))
    )
    op.create_index(op.f('ix_key_viewing_hearing_id'), 'key_viewing', ['hearing_id'], unique=False)
    change_tables()


def downgrade() -> None:
    change_tables_back()
    op.drop_index(op.f('ix_key_viewing_hearing_id'), table_name='key_viewing')

    op.drop_table('key_viewing')
    op.drop_index(op.f('ix_appeal_signature_protocol_id'), table_name='appeal_signature')

    op.drop_table('appeal_signature')
    op.drop_index(op.f('ix_vote_appeal_id'), table_name='vote')

    op.drop_table('vote')
    op.drop_table('hearing')
    op.drop_index(op.f('ix_finding_appeal_id'), table_name='finding')

    op.drop_table('finding')
    op.drop_table('appeal_protocol')
    op.drop_table('tie_break_entrant')
    op.drop_index(op.f('ix_authority_act_competition_id'), table_name='authority_act')

    op.drop_table('authority_act')
    op.drop_index(op.f('ix_appeal_status'), table_name='appeal')

    op.drop_table('appeal')
    op.drop_index(op.f('ix_erratum_correction_id'), table_name='erratum')

    op.drop_table('erratum')
    op.drop_index('uq_commission_member_user', table_name='commission_member', sqlite_where=sa.text('left_at IS NULL'), postgresql_where=sa.text('left_at IS NULL'))
    op.drop_index('uq_commission_member_place', table_name='commission_member', sqlite_where=sa.text('left_at IS NULL'), postgresql_where=sa.text('left_at IS NULL'))
    op.drop_index(op.f('ix_commission_member_commission_id'), table_name='commission_member')

    op.drop_table('commission_member')
    op.drop_index(op.f('ix_tie_break_competition_id'), table_name='tie_break')

    op.drop_table('tie_break')
    op.drop_index('uq_correction_one_open', table_name='correction', sqlite_where=sa.text("status = 'prepared'"), postgresql_where=sa.text("status = 'prepared'"))
    op.drop_index(op.f('ix_correction_form_id'), table_name='correction')

    op.drop_table('correction')
    op.drop_table('commission')
    op.drop_index('uq_annulment_in_force', table_name='annulment', sqlite_where=sa.text("status <> 'cancelled'"), postgresql_where=sa.text("status <> 'cancelled'"))
    op.drop_index(op.f('ix_annulment_sitting_id'), table_name='annulment')

    op.drop_table('annulment')
    op.drop_index(op.f('ix_ranking_competition_id'), table_name='ranking')

    op.drop_table('ranking')
    op.drop_index(op.f('ix_application_person_id'), table_name='application')
    op.drop_index(op.f('ix_application_competition_id'), table_name='application')

    op.drop_table('application')
    op.drop_index('ix_letter_waiting', table_name='letter', sqlite_where=sa.text('sent_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL'))
    op.drop_index(op.f('ix_letter_about_id'), table_name='letter')

    op.drop_table('letter')
