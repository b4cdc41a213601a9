"""Counting the statements that reach the database: a page costs the same with many rows behind it as with few."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import event

from core.db import db

FEW, MANY = 2, 4
Page = tuple[UUID, str]  # whose browser, which address
Statement = tuple[str, Any]  # and its parameters


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that reach the database within the block."""
    seen: list[str] = []
    with _noted(lambda statement, _parameters: seen.append(statement)):
        yield seen


@contextmanager
def asked() -> Iterator[list[Statement]]:
    """The same with what they ask for; of many rows sent at once, the first."""
    seen: list[Statement] = []
    with _noted(lambda statement, parameters: seen.append((statement, parameters))):
        yield seen


@contextmanager
def _noted(note: Callable[[str, Any], None]) -> Iterator[None]:
    def hear(_connection, _cursor, statement, parameters, _context, is_many):
        note(statement, parameters[0] if is_many else parameters)

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)


def cost(client: FlaskClient, path: str) -> int:
    """How many statements a page takes; it is asked for once before, so that looks are recorded and sheets cached."""
    assert client.get(path).status_code == 200, path
    with statements() as seen:
        assert client.get(path).status_code == 200, path
    return len(seen)


def same(clients: Mapping[UUID, FlaskClient], bounds: Mapping[Page, int], add: Callable[[int], None]) -> None:
    """Each page costs the same after ``add`` has made two rows and then two more, and no more than its bound."""
    add(FEW)
    few = {page: cost(clients[page[0]], page[1]) for page in bounds}
    add(MANY - FEW)
    check(few, {page: cost(clients[page[0]], page[1]) for page in bounds}, bounds)


def check(few: Mapping[Any, int], many: Mapping[Any, int], bounds: Mapping[Any, int]) -> None:
    """The same with two and with four rows, and within the bounds."""
    grown = {page: (few[page], n) for page, n in many.items() if n != few[page]}
    dear = {page: n for page, n in many.items() if n > bounds[page]}
    assert not grown, f"statements with {FEW} and with {MANY} rows: {grown}"
    assert not dear, f"statements above the bound: {dear}"
