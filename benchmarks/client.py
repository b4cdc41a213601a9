"""The candidates' side, over keep-alive connections: a closed loop, or saves that arrive when they arrive.

Runs in a process of its own that is cheap to run.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

HOPELESS = 5.0  # seconds behind, after which a server will not catch up


@dataclass(frozen=True)
class Candidate:
    """One connection: the fixed header lines, and at each path the option that is chosen."""

    headers: str
    choices: tuple[tuple[str, str], ...]

    def requests(self, revision: int) -> Iterator[bytes]:
        """Saves without end, each with a revision never used before."""
        while True:
            for path, option in self.choices:
                body = json.dumps({"response": [option], "revision": revision, "flagged": False})
                yield (
                    f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{self.headers}"
                    f"Content-Length: {len(body)}\r\n\r\n{body}"
                ).encode()
            revision += 1


@dataclass(frozen=True)
class Round:
    """What one round saw: seconds from request to answer for each save, and the client's own processor time."""

    seconds: float
    waits: tuple[float, ...]
    client_cpu: float

    @property
    def rate(self) -> float:
        """Acknowledged saves a second."""
        return len(self.waits) / self.seconds

    @property
    def busy(self) -> float:
        """Share of a processor that the client needed: near 1, it would be what is measured."""
        return self.client_cpu / self.seconds

    def percentile(self, share: float) -> float:
        """Wait in milliseconds that ``share`` of the saves did not exceed."""
        return sorted(self.waits)[min(len(self.waits) - 1, int(len(self.waits) * share))] * 1000


class Refused(Exception):
    """An answer other than 200: the round measures nothing."""


def drive(port: int, candidates: list[Candidate], first_revision: int, seconds: float) -> Round:
    """Every candidate saves, waits for the acknowledgement and saves again, for ``seconds``.

    Raises:
        Refused: with the first answer that is not 200.
    """
    with selectors.DefaultSelector() as ready:
        _connect(ready, port, candidates, first_revision)
        sent: dict[int, float] = {}
        waits: list[float] = []
        cpu, begin = time.process_time(), time.perf_counter()
        for key in ready.get_map().values():
            sent[key.fd] = time.perf_counter()
            key.fileobj.sendall(next(key.data))  # type: ignore[union-attr]
        while sent:
            for key, _events in ready.select():
                _read_answer(key.fileobj)  # type: ignore[arg-type]
                now = time.perf_counter()
                waits.append(now - sent.pop(key.fd))
                if now - begin < seconds:
                    sent[key.fd] = now
                    key.fileobj.sendall(next(key.data))  # type: ignore[union-attr]
        taken, cpu = time.perf_counter() - begin, time.process_time() - cpu
        _disconnect(ready)
    return Round(taken, tuple(waits), cpu)


def arrive(port: int, candidates: list[Candidate], first_revision: int, rate: float, seconds: float) -> Round:
    """Saves arrive ``rate`` to a second whether or not those before were answered, as in a hall.

    Each wait counts from the moment at which the save was due: whoever finds every connection taken waits already then.
    A server that falls behind by more than ``HOPELESS`` is measured no further.

    Raises:
        Refused: with the first answer that is not 200.
    """
    with selectors.DefaultSelector() as ready:
        free = deque(_connect(ready, port, candidates, first_revision))
        sent: dict[int, float] = {}
        waits: list[float] = []
        cpu, begin, started = time.process_time(), time.perf_counter(), 0
        wanted = int(rate * seconds)
        while sent or started < wanted:
            now = time.perf_counter()
            due = begin + started / rate
            if now - due > HOPELESS:
                wanted = started
            while free and started < wanted and due <= now:
                key = free.popleft()
                sent[key.fd] = due
                key.fileobj.sendall(next(key.data))  # type: ignore[union-attr]
                started += 1
                due = begin + started / rate
            pause = max(0.0, due - time.perf_counter()) if free and started < wanted else None
            for key, _events in ready.select(pause):
                _read_answer(key.fileobj)  # type: ignore[arg-type]
                waits.append(time.perf_counter() - sent.pop(key.fd))
                free.append(key)
        taken, cpu = time.perf_counter() - begin, time.process_time() - cpu
        _disconnect(ready)
    return Round(taken, tuple(waits), cpu)


def connect(port: int) -> socket.socket:
    """A connection on which nothing waits for more to send."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _connect(
    ready: selectors.BaseSelector, port: int, candidates: list[Candidate], first_revision: int
) -> list[selectors.SelectorKey]:
    keys = []
    for candidate in candidates:
        keys.append(ready.register(connect(port), selectors.EVENT_READ, candidate.requests(first_revision)))
    return keys


def _disconnect(ready: selectors.BaseSelector) -> None:
    for key in list(ready.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]


def _read_answer(connection: socket.socket) -> None:
    status, head, body = read_answer(connection)
    if status != 200:
        raise Refused(f"{head}\n{body.decode(errors='replace')}")


def read_answer(connection: socket.socket) -> tuple[int, str, bytes]:
    """Take one whole answer off the connection: status, head, body.

    Raises:
        Refused: the server closed it.
    """
    received = connection.recv(65536)
    while b"\r\n\r\n" not in received:
        received += _more(connection, received)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += _more(connection, received)
    return int(head[9:12]), head.decode(), body


def _more(connection: socket.socket, received: bytes) -> bytes:
    more = connection.recv(65536)
    if not more:
        raise Refused(f"the server closed the connection after {received!r}")
    return more
