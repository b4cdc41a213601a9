"""A nation's database: one server is written to, a second has each answer before it is acknowledged, and takes over."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from core.db import db
from tests.browser.hall import ROOT
from tests.conftest import database_folder
from tests.faults.house import OnPostgresql
from tests.faults.postgresql import FarHost, Postgresql

AS_DEPLOYED = (ROOT / "deploy" / "postgresql.conf").read_text("utf-8")
NAMES = ("primary", "standby1", "standby2")
FOLLOWS = 2  # seconds in which a standby that lives would have let many answers pass

pytestmark = pytest.mark.postgres


@contextmanager
def nation(settings: str, host: FarHost | None = None) -> Iterator[tuple[OnPostgresql, list[Postgresql]]]:
    """People at work on a primary with these settings, reached over ``host`` if given, and its two standbys."""
    with database_folder("nation") as place, database_folder("house") as house:
        Path(place).chmod(0o711)  # as root the servers run as another user
        folders = [Path(place) / name for name in NAMES]
        servers = [Postgresql(folders[0], settings=settings, host=host)]
        try:
            servers[0].begin()
            for folder in folders[1:]:
                servers.append(Postgresql(folder, following=servers[0]))
                servers[-1].begin()
            hosts = ",".join([host.FAR if host else str(folders[0]), *map(str, folders[1:])])
            url = f"postgresql+psycopg://postgres@/postgres?host={hosts}&target_session_attrs=read-write"
            served = OnPostgresql(Path(house), url)
            with served.open():
                served.at_work(4)
                yield served, servers
                with served.app.app_context():
                    db.engine.dispose()
        finally:
            for server in servers:
                if server.lives:
                    server.kill()


def promoted(served: OnPostgresql, server: Postgresql) -> None:
    """It takes the place of the primary, which is off."""
    assert server.run("SELECT pg_promote()") is True
    with served.app.app_context():
        db.engine.dispose()  # the connections by which the test itself reads died


def test_a_standby_dies_and_another_takes_over_and_the_primary_dies_and_nothing_is_lost():
    with nation(AS_DEPLOYED) as (served, (primary, first, second)):
        served.met(20)
        assert primary.run("SELECT string_agg(sync_state, ' ' ORDER BY application_name) FROM pg_stat_replication") == (
            "sync potential"
        )

        first.kill()
        served.met(20)  # the second is the one that is waited for

        second.kill()
        Event().wait(FOLLOWS)  # what was on its way
        before = len(served.log.acknowledged)
        Event().wait(FOLLOWS)
        assert len(served.log.acknowledged) == before, "acknowledged by one machine alone"

        first.begin()
        served.met(20)

        primary.kill()
        promoted(served, first)
        shutil.rmtree(second.folder)
        second.follow(first)
        second.begin()
        served.met(20)
        assert served.ready() == 200
        assert served.broken() == []
        page = served.pages[0]
        page.end()
        page.submit()
        assert served.broken() == []


@pytest.mark.skipif("FAULTS_NETWORK" not in os.environ, reason="only root may make a network: make faults does")
def test_a_primary_falls_silent_and_a_standby_takes_over_and_nothing_is_lost():
    """Its plug is pulled, or the network is cut: nobody is told that a connection has ended."""
    with FarHost() as host, nation(AS_DEPLOYED, host) as (served, (primary, first, second)):
        served.met(20)
        host.fall_silent()
        primary.kill()
        served.until(lambda: all(page.told["busy"] for page in served.pages))

        promoted(served, first)
        shutil.rmtree(second.folder)
        second.follow(first)
        second.begin()
        served.met(20)
        assert served.ready() == 200
        assert served.broken() == []


def test_without_a_synchronous_standby_acknowledged_answers_are_lost():
    """The test above can see."""
    with nation("") as (served, (primary, first, second)):
        first.kill()
        second.kill()
        served.met(20)
        primary.kill()
        first.begin()
        promoted(served, first)
        served.met(20)
        assert any(one.startswith("lost: ") for one in served.broken())
