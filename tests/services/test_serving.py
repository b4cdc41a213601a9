"""One server on one embedded database and on one port, by a clock that was not set back."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from datetime import timedelta

import pytest

from core import audit, serving
from core.clock import BEGAN, SteadyClock, server_clock
from core.db import transaction
from core.errors import ConfigurationError
from core.serving import BEHIND_MOST, check_alone, check_clock
from tests.candidates import Candidate

LOCAL = "127.0.0.1"


@pytest.fixture
def settings(app):
    """Settings on a free port (0 lets the system choose)."""
    return replace(app.extensions["settings"], port=0)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_second_server_on_the_same_embedded_database_is_refused(settings, tmp_path):
    alone = replace(settings, instance_path=tmp_path)
    check_alone(alone, LOCAL, 1)
    with pytest.raises(ConfigurationError, match="Another server"):
        check_alone(alone, LOCAL, 1)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_embedded_database_has_one_process(settings):
    with pytest.raises(ConfigurationError, match="one server process"):
        check_alone(settings, LOCAL, 2)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_postgresql_serves_several_processes_and_servers(settings):
    check_alone(settings, LOCAL, 4)
    check_alone(settings, LOCAL, 4)


def test_a_clock_set_back_behind_the_journal_is_refused_and_said(app, clock):
    with transaction():
        audit.record("test.happened", "test:1", by=audit.System("test"), at=clock() + timedelta(hours=1))
    with pytest.raises(ConfigurationError, match=r"set the clock, or tests under way get 1:00:00 more"):
        check_clock(now=clock())
    check_clock(now=clock() + timedelta(hours=1) - BEHIND_MOST)  # another machine's clock may be before ours


def test_a_clock_set_back_behind_an_answer_of_a_test_under_way_is_refused(make, clock):
    candidate = Candidate(clock, make.codes(make.sitting(people=1))[0]).enter().start()
    began = clock()
    clock.advance(timedelta(minutes=2))
    candidate.answer(1)
    with pytest.raises(ConfigurationError, match="set the clock"):
        check_clock(now=began + timedelta(minutes=1))
    check_clock(now=clock())


@pytest.mark.parametrize("answer", [[], ["--clock-is-right"]])
def test_whoever_says_that_the_clock_is_right_is_served(app, clock, monkeypatch, answer):
    with transaction():
        audit.record("test.happened", "test:1", by=audit.System("test"), at=clock() + timedelta(hours=1))
    served = []
    monkeypatch.setattr(serving, "check_alone", lambda *_given: None)
    monkeypatch.setattr(serving, "serve", lambda *_given, **_named: served.append(True))
    said = app.test_cli_runner().invoke(args=["serve", *answer])
    assert bool(served) is bool(answer) and ("set the clock" in said.output) is not bool(answer), said.output


def test_a_port_that_is_taken_is_refused(settings, tmp_path):
    with socket.socket() as other:
        other.bind((LOCAL, 0))
        other.listen()
        taken = replace(settings, port=other.getsockname()[1], instance_path=tmp_path)
        with pytest.raises(ConfigurationError, match="is taken"):
            check_alone(taken, LOCAL, 1)


def test_the_port_of_a_server_that_died_a_moment_ago_is_free(settings, tmp_path):
    """What closes a connection first keeps it for a minute: a server that dies with its candidates connected does."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as every server does
        server.bind((LOCAL, 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection((LOCAL, port)) as browser:
            connection, _from = server.accept()
            connection.close()
            browser.recv(1)
    check_alone(replace(settings, port=port, instance_path=tmp_path), LOCAL, 1)


def test_the_clock_of_the_server_is_handed_on_to_its_processes(settings, monkeypatch):
    monkeypatch.setenv(BEGAN, "")
    monkeypatch.setattr("os.execv", lambda *_command: None)
    serving.serve("wsgi:create_serving_app", settings, host=LOCAL, workers=1)
    later = SteadyClock()
    assert server_clock().began == os.environ[BEGAN] != later.began
    assert abs(server_clock()() - later()) < timedelta(seconds=1)
