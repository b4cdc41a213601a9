"""A process of the server that dies is begun anew, by the clock of the server and not by the wall's of that moment."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL
from threading import Event
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from benchmarks.servers import free_port
from core.clock import BEGAN, SteadyClock, system_clock
from tests.browser.hall import READY_WITHIN, ROOT, Hall

LOCAL, PAUSE = "127.0.0.1", 0.1


@pytest.fixture
def server(tmp_path):
    """A server that began by a clock an hour behind: since then the wall clock has been set right."""
    hall, port = Hall(tmp_path / "hall"), free_port()
    began = SteadyClock(lambda: system_clock() - timedelta(hours=1)).began
    command = [sys.executable, "-m", "core.supervisor", "wsgi:create_serving_app", LOCAL, str(port), "1"]
    with (tmp_path / "log").open("w") as log:
        running = subprocess.Popen(command, cwd=ROOT, env=hall.environment | {BEGAN: began}, stdout=log, stderr=log)
    running.port = port
    yield running
    running.terminate()
    running.wait(READY_WITHIN)


def what_readiness_says(server):
    """The body of /readyz, as soon as somebody answers."""
    for _again in range(int(READY_WITHIN / PAUSE)):
        try:
            return urlopen(f"http://{LOCAL}:{server.port}/readyz", timeout=READY_WITHIN).read().decode()
        except HTTPError as refusal:
            return refusal.read().decode()
        except OSError:
            Event().wait(PAUSE)
    raise AssertionError("nobody answers")


def the_process(server):
    """The one that answers."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return next(int(one) for one in children if b"resource_tracker" not in Path(f"/proc/{one}/cmdline").read_bytes())


def test_one_that_is_begun_anew_goes_by_the_clock_that_the_server_began_with(server):
    assert "moved by 1:00:00" in what_readiness_says(server)
    died = the_process(server)
    os.kill(died, SIGKILL)
    assert "moved by 1:00:00" in what_readiness_says(server)
    assert the_process(server) != died
