"""What a person at the terminal sees when something is not ready."""

from __future__ import annotations

import pytest

from core.clock import ManualClock
from tests.conftest import MORNING, settings_for
from wsgi import create_app


@pytest.fixture
def runner(tmp_path):
    """Commands of an installation that nobody has migrated."""
    app = create_app(settings_for(tmp_path, f"sqlite:///{tmp_path / 'new.sqlite3'}"), clock=ManualClock(MORNING))
    return app.test_cli_runner()


@pytest.mark.parametrize("command", ["audit verify", "accounts list", "demo load", "bank export here.xlsx"])
def test_an_unmigrated_database_is_said_in_one_sentence(runner, command):
    answer = runner.invoke(args=command.split())
    assert answer.exit_code == 1
    assert "flask --app wsgi db upgrade" in answer.output and "Traceback" not in answer.output
    assert len(answer.output.strip().splitlines()) == 1
