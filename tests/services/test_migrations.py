"""Migrations go down and up again on a database with data in it, and end at what the models say."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, inspect

from core.audit import AuditHead
from core.db import Base, db
from testing_center.models.attempts import Attempt, Protocol
from tests.candidates import Candidate


def differences() -> list[object]:
    """What alembic would still have to change to get from the database to the models."""
    with db.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def tables() -> set[str]:
    """Tables of the database, alembic's own left out."""
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


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


def test_a_second_upgrade_changes_nothing(app, full):
    upgrade()
    assert db.session.query(Protocol).count() == 1
    assert differences() == []
