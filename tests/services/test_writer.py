"""Acts that come while a commit is under way share the next; none is acknowledged before it is durable (ADR 0030)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from core import writer as module
from core.db import engine_options, guard
from core.writer import Writer

PATIENCE = 20.0
SOON = 0.2


class Held:
    """An act that stays in its transaction until it is let go."""

    def __init__(self) -> None:
        self.is_in, self.may_go = threading.Event(), threading.Event()

    def __call__(self, connection: Connection) -> str:
        self.is_in.set()
        assert self.may_go.wait(PATIENCE)
        return "held"


class Office:
    """A writer over one table, people who write through it, and every commit that there was."""

    def __init__(self, folder: Path, patience: float = PATIENCE) -> None:
        url = f"sqlite:///{folder}/writer.sqlite3"
        self.engine: Engine = create_engine(url, **engine_options(url))
        guard(self.engine)
        with self.engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept (word TEXT UNIQUE CHECK (word <> 'bad'))"))
        self.writer = Writer(patience=patience)
        self.people = ThreadPoolExecutor(80)
        self.commits: list[list[str]] = []
        event.listen(self.engine, "commit", lambda connection: self.commits.append(_words(connection)))

    def ask(self, act: Callable[[Connection], Any]) -> Future[Any]:
        """Begin to write in a thread of one's own, and come to the point of waiting."""
        waiting = len(self.writer._waiting)
        asked = self.people.submit(self.writer.write, self.engine, act)
        until(lambda: asked.done() or len(self.writer._waiting) > waiting or not self.writer._waiting)
        return asked

    def behind(self, held: Held, *acts: Callable[[Connection], Any]) -> list[Future[Any]]:
        """All of them waiting, in this order, while the commit of ``held`` is under way."""
        first = self.ask(held)
        assert held.is_in.wait(PATIENCE)
        found = []
        for number, act in enumerate(acts, 1):
            found.append(self.people.submit(self.writer.write, self.engine, act))
            until(lambda number=number: len(self.writer._waiting) == number)  # type: ignore[misc]
        held.may_go.set()
        assert first.result(PATIENCE) == "held"
        return found

    def kept(self) -> list[str]:
        """What is in the table, in the order in which it came."""
        with self.engine.connect() as connection:
            return _words(connection)


def _words(connection: Connection) -> list[str]:
    return [row.word for row in connection.execute(text("SELECT word FROM kept ORDER BY rowid"))]


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.001)


def keep(word: str) -> Callable[[Connection], str]:
    """The act of writing a word down."""

    def act(connection: Connection) -> str:
        connection.execute(text("INSERT INTO kept VALUES (:word)"), {"word": word})
        return word

    return act


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.people.shutdown(wait=True)
    made.engine.dispose()


def test_who_comes_alone_is_committed_at_once(office):
    assert office.writer.write(office.engine, keep("a")) == "a"
    assert office.writer.write(office.engine, keep("b")) == "b"
    assert office.commits == [["a"], ["a", "b"]]


def test_who_comes_while_a_commit_is_under_way_shares_the_next_one_in_the_order_of_coming(office):
    asked = office.behind(Held(), *(keep(word) for word in "abcdef"))
    assert [one.result(PATIENCE) for one in asked] == list("abcdef")
    assert office.commits == [[], list("abcdef")]


def test_nobody_is_told_before_the_commit_is_through(office):
    may_commit, commits = threading.Event(), []

    def stop(_connection: Connection) -> None:
        commits.append(1)
        if len(commits) == 2:  # the first is that of the one who is held
            assert may_commit.wait(PATIENCE)

    event.listen(office.engine, "commit", stop)
    asked = office.behind(Held(), keep("a"), keep("b"))
    until(lambda: len(commits) == 2)
    time.sleep(SOON)
    assert not any(one.done() for one in asked)
    assert office.kept() == []  # nor has anybody else seen it
    may_commit.set()
    assert [one.result(PATIENCE) for one in asked] == ["a", "b"]


def test_an_act_that_fails_takes_only_itself_back(office):
    def half_done(connection: Connection) -> None:
        keep("half")(connection)
        raise LookupError("mine")

    asked = office.behind(Held(), keep("a"), half_done, keep("b"), keep("bad"), keep("a"), keep("c"))
    assert [one.exception(PATIENCE).__class__ for one in asked] == [
        type(None), LookupError, type(None), IntegrityError, IntegrityError, type(None),
    ]  # fmt: skip
    assert office.kept() == ["a", "b", "c"]
    assert len(office.commits) == 2


def test_a_commit_that_fails_fails_for_each_of_its_acts_and_acknowledges_none(office):
    def fail(connection: Connection) -> None:
        if "a" in _words(connection):
            raise OperationalError("COMMIT", None, OSError("disk I/O error"))

    event.listen(office.engine, "commit", fail)
    asked = office.behind(Held(), keep("a"), keep("b"), keep("c"))
    faults = [one.exception(PATIENCE) for one in asked]
    assert [type(fault) for fault in faults] == [OperationalError] * 3
    assert len({id(fault) for fault in faults}) == 3  # each raises its own, with the stack of its own thread
    assert office.kept() == []
    assert office.writer.write(office.engine, keep("later")) == "later"


def test_a_disk_that_fails_under_one_act_fails_the_commit_it_shares(office):
    def full(_connection: Connection) -> None:
        raise OperationalError("INSERT", None, OSError("database or disk is full"))

    asked = office.behind(Held(), keep("a"), full, keep("b"))
    assert [type(one.exception(PATIENCE)) for one in asked] == [OperationalError] * 3
    assert office.kept() == []


def test_a_commit_holds_so_many_acts_and_the_others_have_the_next(office, monkeypatch):
    monkeypatch.setattr(module, "BATCH_MOST", 3)
    words = "abcdefgh"
    asked = office.behind(Held(), *(keep(word) for word in words))
    assert [one.result(PATIENCE) for one in asked] == list(words)
    assert office.commits == [[], list("abc"), list("abcdef"), list(words)]


def test_who_holds_the_turn_is_waited_for_and_who_waits_too_long_is_told_that_it_is_busy(tmp_path):
    office = Office(tmp_path, patience=SOON)
    with office.writer.turn(), office.writer.turn():  # the one who has it may enter again
        asked = [office.ask(keep(word)) for word in "ab"]
        assert [type(one.exception(PATIENCE)) for one in asked] == [OperationalError] * 2
    assert office.kept() == []
    assert not office.writer._waiting
    assert office.writer.write(office.engine, keep("later")) == "later"
    office.people.shutdown()
    office.engine.dispose()


def test_many_who_write_at_once_lose_nothing_and_keep_their_own_order(office):
    def one(name: str) -> list[str]:
        said = []
        for number in range(40):
            act = keep(f"{name}{number}") if number % 7 else keep("bad")
            try:
                said.append(office.writer.write(office.engine, act))
            except IntegrityError:
                continue
            assert said[-1] in office.kept()  # on disk as soon as it was said
        return said

    said = [asked.result(PATIENCE) for asked in [office.people.submit(one, f"{name}-") for name in range(12)]]
    kept = office.kept()
    assert sorted(kept) == sorted(word for words in said for word in words)
    for words in said:
        assert [word for word in kept if word in set(words)] == words
    assert len(office.commits) < len(kept)  # some shared
