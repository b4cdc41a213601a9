"""Starting a server as the product is served, and reading from the kernel what it costs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE, POLL = 120.0, 0.05  # seconds


@dataclass(frozen=True)
class Server:
    """A running server: its port and its supervising process."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """User and system time of the server and its workers so far (Linux: /proc/<pid>/stat, fields 14 and 15)."""
        return sum(sum(map(int, _stat(pid)[11:13])) for pid in self._processes()) / TICKS

    def pss_mib(self) -> float:
        """Proportional set size of the server and its workers: what they share is counted once."""
        return sum(_pss_kib(pid) for pid in self._processes()) / 1024

    def _processes(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _pss_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(target: str, environ: Mapping[str, str], *, log: Path, processes: int = 1) -> Iterator[Server]:
    """Serve the app factory ``target`` as the product is served; its output goes to ``log``.

    Raises:
        RuntimeError: it does not listen within two minutes; the text is what it wrote.
    """
    command = [sys.executable, "-m", "benchmarks.serve", target, str(processes)]
    with running(command, environ, log=log) as server:
        yield server


@contextmanager
def running(command: Sequence[str], environ: Mapping[str, str], *, log: Path) -> Iterator[Server]:
    """The server that this command starts, as soon as it listens on ``PORT``.

    Raises:
        RuntimeError: it does not listen within two minutes; the text is what it wrote.
    """
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environ, "PORT": str(port)}, stdout=output, stderr=output
        )
        try:
            _wait_for(process, port, log)
            yield Server(port, process.pid)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(round(PATIENCE / POLL)):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(POLL)
        if process.poll() is not None:
            break
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
