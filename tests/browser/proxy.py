"""A bad network: a TCP proxy before the server that delays, swallows, resets, and loses replies to what was done."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random
from threading import Event

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with RST, as a cable does not but a dying router does
CHUNK = 65536


class BadNetwork:
    """Stands between a browser and the server; what it does is changed while connections live.

    ``delay``: seconds before each piece goes on. ``hole``: nothing goes on in either direction, nothing is refused.
    ``loss``: the share of pieces with which their connection dies. :meth:`lose_replies` lets requests through whose
    first line begins so, and resets their connection after so many bytes of the reply.
    """

    def __init__(self, port: int) -> None:
        self.delay, self.hole, self.loss = 0.0, False, 0.0
        self.lost = 0  # replies that did not arrive
        self._target, self._random = port, Random(1)
        self._rules: list[list[bytes | int]] = []
        self._open: set[socket.socket] = set()
        self._ended = Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]

    @property
    def address(self) -> str:
        """Where the browser finds the server."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def working(self) -> Iterator[BadNetwork]:
        """Pass on for the length of the block."""
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)  # to close alone does not wake whoever waits in accept
            self._listening.close()
            self.cut()
            thread.join(5)

    def cut(self) -> None:
        """Every connection dies at this moment; new ones are possible."""
        for one in list(self._open):
            _reset(one)

    def lose_replies(self, request: bytes, *, times: int, after: int = 0) -> None:
        """The next so many replies to requests that begin so end after ``after`` bytes, though the server has acted."""
        self._rules.append([request, times, after])

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                browser, _from = self._listening.accept()
            except OSError:
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:  # nobody serves there now
                _reset(browser)
                continue
            self._open |= {browser, server}
            lost: list[int] = []  # bytes of the reply that still go through, where it is to be lost
            for pair in ((browser, server, True), (server, browser, False)):
                threading.Thread(target=self._pass_on, args=(*pair, lost), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, is_request: bool, lost: list[int]) -> None:
        with suppress(OSError):
            while piece := source.recv(CHUNK):
                while self.hole and not self._ended.wait(0.02):
                    pass
                if self.delay:
                    self._ended.wait(self.delay)
                if self._random.random() < self.loss:
                    break
                if is_request:
                    self._look(piece, lost)
                elif lost:
                    sink.sendall(piece[: lost.pop()])
                    self.lost += 1
                    break
                sink.sendall(piece)
        for one in (source, sink):
            _reset(one)
            self._open.discard(one)

    def _look(self, piece: bytes, lost: list[int]) -> None:
        for rule in self._rules:
            request, times, after = rule
            assert isinstance(request, bytes) and isinstance(times, int) and isinstance(after, int)
            if times and piece.startswith(request):
                rule[1] = times - 1
                lost.append(after)
                return


def _reset(one: socket.socket) -> None:
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        one.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        one.close()
