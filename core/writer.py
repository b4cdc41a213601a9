"""One process on SQLite writes in turn, and acts that wait while a commit is under way share the next one (ADR 0030).

A commit costs a wait for the disk, whatever is in it. Whoever comes while nobody commits leads: commits at once, alone.
Whoever comes meanwhile waits, and the first of them leads next, for all who wait by then. Nobody waits for a timer, and
no thread is needed besides those that ask.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

T = TypeVar("T")
BATCH_MOST = 64  # acts in one commit: the last of them waits for the statements of all


class DiskFailed(OperationalError):
    """The disk failed under this process. What of its last commits is on it nobody knows: it writes no more."""


class _Entry(Generic[T]):
    """An act that waits for its turn, and then what became of it."""

    __slots__ = ("act", "error", "is_done", "result", "woken")

    def __init__(self, act: Callable[[Connection], T]) -> None:
        self.act = act
        self.woken = threading.Lock()
        self.woken.acquire()
        self.is_done = False
        self.result: T
        self.error: BaseException | None = None

    def done(self) -> T:
        """The result, or the error raised: here and not in the thread that led."""
        if self.error is not None:
            raise self.error
        return self.result


class Writer:
    """Order among the threads of the one process that writes to an SQLite database."""

    def __init__(self, *, patience: float) -> None:
        """``patience``: seconds that anybody waits for a turn before the database counts as busy."""
        self._patience = patience
        self._turn = threading.RLock()
        self._guard = threading.Lock()  # of the two below, held for a few instructions
        self._waiting: deque[_Entry[Any]] = deque()
        self._has_leader = False
        self.has_failed = False
        self.shared: Callable[[int], None] | None = None  # is told how many acts a commit held

    def fail(self) -> None:
        """The disk failed: from now on nobody writes, until the process is started anew.

        A commit is never tried again on a disk that once refused it. What the system had in memory for it counts as
        written after the failure was reported once, so that a second fsync says yes to what is lost
        (Rebello et al., Can Applications Recover from fsync Failures?, USENIX ATC 2020).
        """
        self.has_failed = True

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The only writer while it lasts; may be entered again by the thread that holds it.

        Raises:
            OperationalError: it did not come within ``patience``.
            DiskFailed: see :meth:`fail`.
        """
        if not self._turn.acquire(timeout=self._patience):
            raise _busy()
        try:
            if self.has_failed:
                raise DiskFailed("BEGIN IMMEDIATE", None, OSError("the disk failed: nothing is written any more"))
            yield
        finally:
            self._turn.release()

    def write(self, engine: Engine, act: Callable[[Connection], T]) -> T:
        """What ``act`` returns, given a connection, once a commit that holds its changes is durable.

        Acts of one batch are done one after another, in the order in which they came. One that raises is undone alone,
        and raises here. If the commit fails, it fails for every act in it.

        Raises:
            OperationalError: no turn within ``patience``, or the database refused; nothing is changed.
            DiskFailed: see :meth:`fail`.
        """
        entry = _Entry(act)
        with self._guard:
            self._waiting.append(entry)
            leads, self._has_leader = not self._has_leader, True
        if not leads:
            self._wait(entry)
        if not entry.is_done:
            self._lead(engine, entry)
        return entry.done()

    def _wait(self, entry: _Entry[Any]) -> None:
        """Until it is done, or to be done by this thread."""
        if entry.woken.acquire(timeout=self._patience):
            return
        with self._guard:
            if entry.woken.acquire(blocking=False):
                return
            if entry in self._waiting:
                self._waiting.remove(entry)
                raise _busy()
        entry.woken.acquire()  # its commit is under way: what becomes of it is not known before that ends

    def _lead(self, engine: Engine, own: _Entry[Any]) -> None:
        batch: list[_Entry[Any]] = [own]
        try:
            with self.turn():
                with self._guard:
                    batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_MOST))]
                _commit(engine, batch)
            if self.shared is not None:
                self.shared(len(batch))
        except BaseException as error:
            for entry in batch:
                entry.error = error if entry is own else _same(error)
        finally:
            with self._guard:
                if own in self._waiting:
                    self._waiting.remove(own)
                next_leader = self._waiting[0] if self._waiting else None
                self._has_leader = next_leader is not None
                for entry in batch:
                    entry.is_done = True
                if next_leader is not None:  # first: it can begin while the others are still being woken
                    next_leader.woken.release()
            for entry in batch:
                if entry is not own:
                    entry.woken.release()


def _commit(engine: Engine, batch: list[_Entry[Any]]) -> None:
    with engine.connect() as connection:
        connection.execution_options(begin_mode="IMMEDIATE")
        with connection.begin():
            if len(batch) == 1:
                batch[0].result = batch[0].act(connection)
                return
            # Past SQLAlchemy, which would cost each act more than the savepoint: they neither wait nor touch the disk.
            mark = connection.connection.cursor().execute
            for entry in batch:
                mark("SAVEPOINT act")
                try:
                    entry.result = entry.act(connection)
                except Exception as error:
                    if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
                        raise  # the disk, not the act: SQLite may have given the whole transaction up
                    mark("ROLLBACK TO act")
                    entry.error = error
                mark("RELEASE act")


def _busy() -> OperationalError:
    return OperationalError("BEGIN IMMEDIATE", None, TimeoutError("another thread writes for too long"))


def _same(error: BaseException) -> BaseException:
    """The failure of a batch for another thread: an exception carries the stack of the one that raises it."""
    if isinstance(error, OperationalError):
        return type(error)(error.statement, error.params, error.orig or error)
    return OperationalError("COMMIT", None, error)
