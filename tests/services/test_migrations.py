"""Migrations go down and up again on a database with data in it, and end at what the models say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade
from flask_migrate import upgrade as upgrade_when_nobody_sits
from sqlalchemy import CheckConstraint, create_engine, inspect, make_url

from appeals import queries
from appeals.models import CommissionMember, Finding, Vote
from appeals.rules.states import AppealOutcome, FindingKind
from appeals.services import commissions
from core import audit
from core.audit import AuditHead
from core.db import Base, db, transaction
from question_bank import listing
from question_bank.entries import BankEntry, BankHand, BankText
from question_bank.listing import ItemFilter
from question_bank.models import ItemVersion, TestForm, TestSpecification
from question_bank.services.forms import verify_form
from testing_center.accepted import open_accepted
from testing_center.models.attempts import Attempt, Protocol
from testing_center.models.errata import Correction, Erratum
from testing_center.services import corrections
from tests.appeal_scene import AppealScene
from tests.candidates import Candidate
from tests.conftest import database_folder, installed, settings_for
from tests.correction_scene import CorrectionScene
from tests.factories import MEMORIES
from tests.kinds_scene import DRAFTS
from tests.restated_scene import RestatedScene
from tests.rich_scene import rich

WORDS = "bank_text_index"  # each database's own index of words: no model says what it is
upgrade = partial(upgrade_when_nobody_sits, x_arg="during-a-sitting")  # the scenes leave their sittings open
DROPPED = {"the seat of a participant was altered"}  # by going back beyond 0024: why it was given by hand


@pytest.fixture(scope="module")
def on_sqlite() -> Iterator[Flask]:
    """A database of these tests alone: tables that are made anew are no concern of others."""
    with database_folder("migrated") as folder:
        yield installed(settings_for(Path(folder), f"sqlite:///{folder}/db.sqlite3"))


@pytest.fixture(scope="module")
def on_postgresql(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The same on the server of all tests."""
    engine = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS migrated WITH (FORCE)")
        connection.exec_driver_sql("CREATE DATABASE migrated")
    engine.dispose()
    own = make_url(postgresql_url).set(database="migrated").render_as_string(hide_password=False)
    yield installed(settings_for(tmp_path_factory.mktemp("migrated"), own))


@pytest.fixture(autouse=True)
def the_tables_are_others(app: Flask) -> Iterator[None]:
    """What was built in tables of old is not put into new ones, whose columns and numbers may stand otherwise."""
    yield
    MEMORIES[str(db.engine.url)].forget()


def faults() -> set[str]:
    """What `audit verify` finds."""
    return {fault.what for fault in audit.verify()}


def differences() -> list[object]:
    """What alembic would still have to change to get from the database to the models."""
    with db.engine.connect() as connection:
        options = {
            "compare_type": True, "compare_server_default": True,
            "include_name": lambda name, _kind, _parents: not (name or "").startswith(WORDS) and name != "vector",
        }  # fmt: skip
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def tables() -> set[str]:
    """Tables of the database, alembic's own and those of its index of words left out."""
    return {name for name in inspect(db.engine).get_table_names() if not name.startswith(("alembic_version", WORDS))}


@pytest.fixture
def full(app, make, clock):
    """A database with a whole test in it."""
    candidate = Candidate(clock, make.codes(make.sitting(people=1))[0]).enter().start()
    candidate.answer(1)
    candidate.submit()
    db.session.remove()
    return candidate


def test_the_migrations_end_at_the_models(app):
    assert differences() == []
    assert tables() == {table.name for table in Base.metadata.sorted_tables}


def test_every_check_and_index_of_the_models_is_in_the_database(app):
    """Alembic does not compare checks: names are compared, and on SQLite, which keeps the words, the words as well."""
    found = inspect(db.engine)
    for table in Base.metadata.sorted_tables:
        checks = {
            str(check.name): " ".join(str(check.sqltext).split())
            for check in table.constraints
            if isinstance(check, CheckConstraint) and not check._type_bound
            if check._ddl_if is None or check._ddl_if.dialect == db.engine.dialect.name
        }
        stored = {
            check["name"]: " ".join(check["sqltext"].split()) for check in found.get_check_constraints(table.name)
        }
        assert checks.keys() <= stored.keys(), table.name
        if db.engine.dialect.name == "sqlite":
            assert checks == {name: stored[name] for name in checks}, table.name
        indexes = {index.name for index in table.indexes}
        assert indexes <= {index["name"] for index in found.get_indexes(table.name)}, table.name


def test_the_migrations_go_down_and_up_again_with_data(app, full):
    assert db.session.query(Protocol).count() == 1
    db.session.remove()
    try:
        downgrade(revision="base")
        assert tables() == set()
    finally:
        upgrade()
    assert differences() == []
    assert db.session.query(Attempt).count() == 0
    assert db.session.get_one(AuditHead, 1).number == 0


def test_rows_of_corrections_survive_the_way_to_0003_and_back_with_the_reason_of_a_cancellation(app, make, clock):
    """0004 takes the reason over from the trail, where alone it stood before."""
    scene = CorrectionScene(make, clock, [{1: 0}])
    cancelled = scene.prepare(*scene.void(3)).id
    with transaction():
        corrections.cancel(db.session.get_one(Correction, cancelled), "Жаңылыштык.", by=scene.first, now=clock())
    prepared = scene.prepare(scene.wrong_key(1, 1), *scene.void(2)).id
    before = list(db.session.execute(db.select(Erratum.id, Erratum.place, Erratum.kind).order_by(Erratum.id)))
    db.session.remove()
    try:
        downgrade(revision="0003")
        assert "cancelled_reason" not in {column["name"] for column in inspect(db.engine).get_columns("correction")}
    finally:
        upgrade()
    assert differences() == []
    reasons = {one.id: one.cancelled_reason for one in db.session.query(Correction)}
    assert reasons == {cancelled: "Жаңылыштык.", prepared: None}
    assert list(db.session.execute(db.select(Erratum.id, Erratum.place, Erratum.kind).order_by(Erratum.id))) == before
    assert faults() == DROPPED


def test_a_restated_answer_keeps_the_database_from_going_back_to_where_nobody_could_tell_what_it_is(app, make, clock):
    scene = RestatedScene(make, clock)
    scene.upheld((3, 0))
    scene.correction.prepare(scene.restate(3, 0))
    db.session.remove()
    with pytest.raises(SystemExit):
        downgrade(revision="0003")
    upgrade()
    [erratum], [finding] = db.session.query(Erratum), db.session.query(Finding)
    assert differences() == [] and erratum.attempt_id == scene.attempt().id
    assert open_accepted(erratum) == open_accepted(finding) == [[scene.option(3, 0)]]


def test_a_second_upgrade_changes_nothing(app, full):
    upgrade()
    assert db.session.query(Protocol).count() == 1
    assert differences() == []


def test_votes_and_members_survive_the_way_to_0005_and_back_without_votes_that_do_not_count(app, make, clock):
    """0006 makes the table of votes anew on SQLite; an older version would count what was discarded."""
    scene = AppealScene(make, clock)
    scene.heard()
    scene.vote(scene.members[0], AppealOutcome.UPHELD)
    with transaction():
        left = scene.seat(scene.members[0])
        commissions.recuse(left, "Ооруп калды.", by=scene.administrator, now=clock())
    scene.vote(scene.chair, AppealOutcome.DISMISSED)
    counting = [vote.id for vote in queries.votes_of(scene.appeal())]
    assert len(queries.discarded_votes(scene.appeal())) == 1
    db.session.remove()
    try:
        downgrade(revision="0005")
        assert "discarded_at" not in {column["name"] for column in inspect(db.engine).get_columns("vote")}
    finally:
        upgrade()
    assert differences() == []
    assert sorted(db.session.scalars(db.select(Vote.id))) == sorted(counting)
    assert db.session.query(CommissionMember).count() == 3


def test_findings_survive_the_way_to_0009_and_back_without_what_was_withdrawn(app, make, clock):
    """0010 makes the table of findings anew on SQLite; an older version would count what was withdrawn."""
    scene = AppealScene(make, clock)
    scene.heard(places=[1, 2])
    scene.find(1, FindingKind.AGREES)
    scene.find(2, FindingKind.VOID)
    scene.find(2, FindingKind.RECORDING_FAULT, [scene.option(2, 1)])
    standing = [(one.id, one.place, one.kind, one.reason) for one in queries.findings_of(scene.appeal())]
    assert db.session.query(Finding).count() == 3
    db.session.remove()
    try:
        downgrade(revision="0009")
        assert "withdrawn_at" not in {column["name"] for column in inspect(db.engine).get_columns("finding")}
    finally:
        upgrade()
    assert differences() == []
    rows = db.session.query(Finding).order_by(Finding.place)
    assert [(one.id, one.place, one.kind, one.reason) for one in rows] == standing
    assert len(open_accepted(db.session.get_one(Finding, standing[1][0]))) == 1


def test_two_findings_of_one_question_keep_the_database_from_going_back(app, make, clock):
    scene = AppealScene(make, clock)
    scene.heard(places=[2])
    scene.find_both(2, FindingKind.VOID)
    db.session.remove()
    with pytest.raises(SystemExit):
        downgrade(revision="0009")
    upgrade()
    assert differences() == [] and db.session.query(Finding).count() == 2


def test_appeals_survive_the_way_to_0011_and_back_one_of_an_attempt_as_before(app, make, clock):
    """0012 makes the table of appeals anew on SQLite."""
    scene = AppealScene(make, clock, people=2)
    scene.heard(places=[1])
    scene.file(1)
    scene.withdraw(1)
    before = [(one.number, one.status, one.confirmed_by_id) for one in queries.appeals_of(scene.sitting)]
    db.session.remove()
    try:
        downgrade(revision="0011")
        assert "rejected_by_id" not in {column["name"] for column in inspect(db.engine).get_columns("appeal")}
        unique = [one["column_names"] for one in inspect(db.engine).get_unique_constraints("appeal")]
        assert ["attempt_id"] in unique
    finally:
        upgrade()
    assert differences() == [] and faults() == DROPPED
    assert [(one.number, one.status, one.confirmed_by_id) for one in queries.appeals_of(scene.sitting)] == before


@pytest.mark.parametrize("act", ["reject", "withdraw_on_paper"])
def test_an_appeal_rejected_or_withdrawn_on_paper_keeps_the_database_from_going_back(app, make, clock, act):
    scene = AppealScene(make, clock)
    scene.file()
    getattr(scene, act)()
    db.session.remove()
    with pytest.raises(SystemExit):
        downgrade(revision="0011")
    upgrade()
    assert differences() == [] and faults() <= DROPPED


def before(app, revision: str) -> str:
    """The revision that this one builds on."""
    scripts = ScriptDirectory.from_config(app.extensions["migrate"].migrate.get_config())
    return str(scripts.get_revision(revision).down_revision)


def test_forms_and_answers_survive_the_way_to_where_all_questions_were_single_choice_and_back(app, full):
    """0013 makes the tables of versions, form items and specifications anew on SQLite."""
    [digest] = db.session.scalars(db.select(TestForm.digest))
    columns = {"item_version": {"targets", "is_partial"}, "form_item": {"target_ids"}, "test_specification": {"points"}}
    db.session.remove()
    try:
        downgrade(revision=before(app, "0013"))
        for table, added in columns.items():
            assert not added & {column["name"] for column in inspect(db.engine).get_columns(table)}
    finally:
        upgrade()
    assert differences() == []
    [form] = db.session.scalars(db.select(TestForm))
    assert form.digest == digest and verify_form(form)
    assert (form.specification.points, form.items[0].target_ids, form.items[0].version.is_partial) == (1, [], False)
    assert faults() == DROPPED


@pytest.mark.parametrize("terms", [{"drafts": [DRAFTS["order"], DRAFTS["single"], DRAFTS["true"]]}, {"points": 2}])
def test_what_an_older_version_could_not_score_keeps_the_database_from_going_back(app, make, terms):
    make.specification(3, cut_score=1, **terms)
    db.session.remove()
    with pytest.raises(SystemExit):
        downgrade(revision=before(app, "0013"))
    upgrade()
    assert differences() == [] and db.session.query(TestSpecification).count() == 1


def test_lists_find_after_0016_what_was_in_the_bank_before(app, full):
    """0016 makes the entries of the questions that are there, as the application makes them."""
    before_it = listed()
    db.session.remove()
    try:
        downgrade(revision=before(app, "0016"))
        assert "bank_entry" not in tables()
    finally:
        upgrade()
    assert differences() == [] and listed() == before_it
    assert listing.count(ItemFilter(text="суроо")) == len(before_it) > 0


def test_after_0022_the_words_of_no_question_stand_in_the_order_of_its_author(app, full, make):
    """Whatever an earlier version stored, of questions in every kind, plain and rich."""
    matches = rich("RICH-2", kind="matching", targets=rich().options, key=((0, 0), (1, 1), (2, 2)))
    make.approved([*DRAFTS.values(), rich(stem_ru="<ol><li>x<sup>ab</sup> y<sub>10</sub></li></ol>"), matches])
    before_it = listed(), searched()
    query = ItemFilter(text='"чарчы α"')
    assert listing.count(query) > 0
    db.session.remove()
    try:
        downgrade(revision=before(app, "0022"))
        with transaction():  # the words of each in another order
            for row, words in ((ItemVersion, ItemVersion.search_text), (BankText, BankText.words)):
                [key] = row.__table__.primary_key
                for one, text in db.session.execute(db.select(key, words)).all():
                    other = {words.key: " ".join(reversed(text.split()))}
                    db.session.execute(db.update(row).where(key == one).values(other))
        assert listing.count(query) == 0 and (listed(), searched()) != before_it
        db.session.remove()
    finally:
        upgrade()
    assert differences() == [] and (listed(), searched()) == before_it
    assert listing.count(query) > 0


def searched() -> dict[object, str]:
    """The words of every version."""
    return dict(db.session.execute(db.select(ItemVersion.id, ItemVersion.search_text)).all())


def listed() -> list[object]:
    """Entries with their words, without the numbers of their rows, and whose they are."""
    columns = [column for column in BankEntry.__table__.columns if column.key != "id"]
    rows = db.session.execute(db.select(BankText.words, *columns).join(BankEntry, BankEntry.id == BankText.entry_id))
    owned = dict(db.session.execute(db.select(BankHand.item_id, BankHand.user_id)).all())
    return sorted([*map(str, row), str(owned[row.item_id])] for row in rows)
