"""Everybody at once, from outside: people enter as they come, or all end together; nothing waits for an answer.

Runs in a process of its own, like :mod:`benchmarks.client`; an answer that is not 200 is counted, not fatal.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from benchmarks.client import Candidate, Refused, connect, read_answer

Answer = tuple[int, str, bytes]
Visit = Generator[bytes, Answer, object]  # sends a request, is given its answer; what it returns is what came of it
PATIENCE = 120.0  # seconds without any answer, after which those who wait are lost


@dataclass
class Crowd:
    """What became of each visit; waits in seconds, from the moment it was due to its first and to its last answer."""

    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    came_of: dict[int, object] = field(default_factory=dict)  # by the visitor's number
    refused: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    seconds: float = 0.0


def enter(port: int, codes: Sequence[str], seconds: float) -> Crowd:
    """Everybody comes to a workstation within ``seconds``, evenly: signs in, starts, opens the first question."""
    return _all(port, len(codes), seconds, lambda number: _entry(codes[number]), connected=False)


def submit(port: int, candidates: Sequence[Candidate], seconds: float) -> Crowd:
    """Everybody ends the test within ``seconds``, evenly, at workstations that are connected; each is told a score."""
    return _all(port, len(candidates), seconds, lambda number: _submission(candidates[number]), connected=True)


def _entry(code: str) -> Visit:
    _status, head, body = yield _post("/api/v1/entry", {"code": code})
    jar: dict[str, str] = {}
    token = _keep(jar, head, body)
    _status, head, body = yield _post("/api/v1/attempt", {}, jar, token)
    _keep(jar, head, body)
    _status, _head, body = yield (
        f"GET /exam/questions/1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n{_cookies(jar)}\r\n".encode()
    )
    return len(body)


def _submission(candidate: Candidate) -> Visit:
    _status, _head, body = yield (
        "POST /api/v1/attempt/submit HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{candidate.headers}Content-Length: 2\r\n\r\n{{}}"
    ).encode()
    return json.loads(body)["score"]


def _post(path: str, data: dict[str, str], jar: dict[str, str] | None = None, token: str = "") -> bytes:
    body = json.dumps(data)
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{_cookies(jar or {})}"
        f"X-CSRF-Token: {token}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _cookies(jar: dict[str, str]) -> str:
    return f"Cookie: {'; '.join(f'{name}={value}' for name, value in jar.items())}\r\n" if jar else ""


def _keep(jar: dict[str, str], head: str, body: bytes) -> str:
    """Keep the cookies that were set; the token of the page."""
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(": ")
        if name.lower() == "set-cookie":
            cookie, _, content = value.partition(";")[0].partition("=")
            jar[cookie] = content
    token: str = json.loads(body)["csrf_token"]
    return token


@dataclass
class _Guest:
    number: int
    due: float
    visit: Visit
    answered: int = 0


def _all(port: int, people: int, seconds: float, visit: Callable[[int], Visit], *, connected: bool) -> Crowd:
    crowd = Crowd()
    with selectors.DefaultSelector() as ready:
        waiting = [connect(port) if connected else None for _ in range(people)]
        begin, came, inside = time.perf_counter(), 0, 0
        heard = begin
        while came < people or inside:
            while came < people and (due := begin + came * seconds / people) <= time.perf_counter():
                connection = waiting[came] or connect(port)
                guest = _Guest(came, due, visit(came))
                connection.sendall(next(guest.visit))
                ready.register(connection, selectors.EVENT_READ, guest)
                came, inside = came + 1, inside + 1
            pause = max(0.0, due - time.perf_counter()) if came < people else PATIENCE
            for key, _events in ready.select(pause):
                heard = time.perf_counter()
                if _is_over(key.fileobj, key.data, crowd):  # type: ignore[arg-type]
                    inside -= 1
                    ready.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]
            if inside and time.perf_counter() - heard > PATIENCE:
                break
        crowd.lost += inside
        crowd.seconds = time.perf_counter() - begin
    return crowd


def _is_over(connection: socket.socket, guest: _Guest, crowd: Crowd) -> bool:
    """Take an answer and send what follows; whether the visit ended with it."""
    try:
        status, head, body = read_answer(connection)
    except (Refused, OSError):
        crowd.lost += 1
        return True
    wait = time.perf_counter() - guest.due
    if status != 200:
        crowd.refused[f"{status} {_code(body)}"] += 1
        return True
    guest.answered += 1
    if guest.answered == 1:
        crowd.first.append(wait)
    try:
        connection.sendall(guest.visit.send((status, head, body)))
    except StopIteration as end:
        crowd.last.append(wait)
        crowd.came_of[guest.number] = end.value
        return True
    return False


def _code(body: bytes) -> str:
    try:
        return str(json.loads(body)["code"])
    except (ValueError, KeyError, TypeError):
        return "?"
