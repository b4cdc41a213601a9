"""An upgrade waits for a sitting under way, unless its migrations say that they harm nobody."""

from __future__ import annotations

import pytest
from flask_migrate import upgrade

from accounts.rules import Role
from core.db import db, transaction
from core.errors import ConfigurationError
from testing_center.services import sittings
from tests.candidates import Candidate
from tests.services.next_version import has_it, next_version


@pytest.fixture
def following(app, tmp_path):
    """Writes the migrations of the version that follows."""
    with next_version(app, tmp_path) as write:
        yield write


def test_an_upgrade_is_refused_while_a_sitting_is_open_and_in_one_sentence(app, make, following):
    make.sitting()
    answer = app.test_cli_runner().invoke(args=["db", "upgrade", "--directory", following()])
    assert answer.exit_code == 1 and not has_it()
    assert "A sitting is under way (sittings open: 1, attempts running: 0)" in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    looked = app.test_cli_runner().invoke(args=["db", "current", "--directory", following()])
    assert looked.exit_code == 0


def test_an_upgrade_is_refused_while_a_second_person_is_to_confirm_the_opening(make, following):
    sitting, by = make.sitting(open=False, present=False), make.somebody(Role.PROCTOR)
    make.commission(sitting)
    with transaction():
        sittings.confirm_opening(sitting, by=by, now=make.clock())
    with pytest.raises(ConfigurationError):
        upgrade(directory=following())


def test_before_a_sitting_and_after_it_the_upgrade_goes_through(make, following):
    make.sitting(open=False, present=False)
    upgrade(directory=following())
    assert has_it()


def test_migrations_that_harm_nobody_go_through_during_a_sitting(make, clock, following):
    Candidate(clock, make.codes(make.sitting())[0]).enter().start()
    db.session.remove()
    upgrade(directory=following("safe_during_a_sitting = True"))
    assert has_it()


def test_whoever_cannot_wait_says_so(make, following):
    make.sitting()
    upgrade(directory=following(), x_arg="during-a-sitting")
    assert has_it()


def test_where_nothing_is_new_nothing_is_refused(make):
    make.sitting()
    upgrade()
