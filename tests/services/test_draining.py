"""SIGTERM drains: nobody new comes in, who is being answered is answered, and the server leaves with 0."""

from __future__ import annotations

import http.client
import json
import resource
import socket
import sqlite3
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from benchmarks.servers import free_port
from tests.browser.hall import READY_WITHIN, Hall

UNDER_WAY = "app_requests_under_way "


def until(met, what):
    """Wait for something that the server does in its own time."""
    last = datetime.now(UTC) + timedelta(seconds=READY_WITHIN)
    while not met():
        assert datetime.now(UTC) < last, what
        Event().wait(0.02)


class Page:
    """One connection of a candidate's page, kept open as browsers do."""

    def __init__(self, hall):
        self.connection = http.client.HTTPConnection("127.0.0.1", hall.port, timeout=READY_WITHIN)
        self.cookie, self.csrf = "", ""
        self.csrf = self.call("POST", "entry", {"code": hall.slip().code})[1]["csrf_token"]
        self.items = self.call("POST", "attempt", {})[1]["items"]

    def call(self, method, path, body):
        headers = {"Content-Type": "application/json", "Cookie": self.cookie, "X-CSRF-Token": self.csrf}
        self.connection.request(method, f"/api/v1/{path}", json.dumps(body), headers)
        answer = self.connection.getresponse()
        if cookie := answer.getheader("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        return answer.status, json.loads(answer.read())

    def save(self):
        option = self.items[0]["options"][0]["option"]
        return self.call("PUT", "attempt/responses/1", {"response": [option], "revision": 1})


@pytest.fixture
def hall(tmp_path):
    hall = Hall(tmp_path / "hall")
    hall.figures = free_port()
    hall.environment["METRICS_ADDRESS"] = f"127.0.0.1:{hall.figures}"
    with hall.serving():
        yield hall


def under_way(hall):
    with urllib.request.urlopen(f"http://127.0.0.1:{hall.figures}/metrics", timeout=READY_WITHIN) as answer:
        lines = answer.read().decode().splitlines()
    return next(int(line.removeprefix(UNDER_WAY)) for line in lines if line.startswith(UNDER_WAY))


def is_closed(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=READY_WITHIN).close()
    except OSError:
        return True
    return False


def test_a_save_that_is_held_is_acknowledged_after_sigterm(hall, tmp_path):
    pages, idle = [Page(hall) for _ in range(3)], Page(hall)  # who only reads keeps nobody from leaving
    with closing(sqlite3.connect(tmp_path / "hall" / "testing-center.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # somebody else writes: every save waits
        with ThreadPoolExecutor(len(pages)) as browsers:
            saves = [browsers.submit(page.save) for page in pages]
            until(lambda: under_way(hall) == len(pages), "the saves are not under way")
            hall._server.terminate()
            until(lambda: is_closed(hall.port), "the server still takes new connections")
            assert not any(save.done() for save in saves)
            other.execute("ROLLBACK")
            answers = [save.result() for save in saves]
    assert [status for status, _body in answers] == [200] * len(pages), answers
    assert hall._server.wait(READY_WITHIN) == 0
    idle.connection.close()
    with closing(sqlite3.connect(tmp_path / "hall" / "testing-center.sqlite3")) as read:
        assert read.execute("SELECT count(*) FROM response_event").fetchone() == (len(pages),)


def test_more_connections_than_a_thousand_are_open_and_the_next_one_is_answered(hall):
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= few < 4096:
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, most))
    with ExitStack() as stack:
        for _ in range(1100):
            stack.enter_context(socket.create_connection(("127.0.0.1", hall.port), timeout=READY_WITHIN))
        with urllib.request.urlopen(f"{hall.address}/healthz", timeout=READY_WITHIN) as answer:
            assert answer.status == 200
