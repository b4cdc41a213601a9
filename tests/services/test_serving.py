"""One server on one embedded database and on one port: two would split the requests between them."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from core.errors import ConfigurationError
from core.serving import check_alone

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
