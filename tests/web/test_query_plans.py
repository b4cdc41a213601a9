"""No statement on the way of a candidate, of the hall or of the office reads a growing table from end to end.

Asked of the database itself: every statement that a request sends is planned again with its own parameters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from accounts.rules import Role
from core.cli import sweep_once
from core.db import db
from tests.candidates import Browser
from tests.web.counting import asked
from tests.web.reading import proctor_of
from tests.web.test_exam_pages import Reader

# May be read whole: what an authority sets up by hand (a few hundred sittings a year are the most of it). All else
# grows with every test that is held, every question that is written, every act that is recorded.
SMALL = {"subject_area", "sub_topic", "centre", "room", "source", "lease", "sitting"}
# What the sweeper may read whole beside: a few rows of each competition, and calls of pages, which it deletes itself.
OF_COMPETITIONS = {"competition", "ranking", "authority_act", "correction", "annulment", "tie_break"}
OF_SWEEPER = OF_COMPETITIONS | {"contact", "bank_import"}
# Indexes of what is in force now and ends, or of one row a specification: read whole, they are few. That of seats is
# what PostgreSQL takes for the participants of some competitions where all of them stand on one page.
OPEN = {"uq_item_suspension_open", "uq_exam_statistics_whole", "uq_participant_seat"}


@contextmanager
def planner() -> Iterator[Connection]:
    """A connection that plans without what was counted so far in the small tables of a test.

    SQLite is told that a table that grows has a million rows. PostgreSQL, which asks the files for their size, takes
    them for never counted and does without what suits small tables: what is left shows what could be.
    """
    sizes = [(1_000 if name in SMALL | OF_SWEEPER else 1_000_000, name) for name in db.metadata.tables]
    with db.engine.connect() as connection:
        run = connection.exec_driver_sql
        if connection.dialect.name == "sqlite":
            run("ANALYZE room")  # so that there is a table of sizes
            run("DELETE FROM sqlite_stat1")
            run("INSERT INTO sqlite_stat1 (stat, tbl) VALUES (?, ?)", sizes)
            run("ANALYZE sqlite_schema")
        else:
            for way in ("seqscan", "hashjoin", "mergejoin"):
                run(f"SET LOCAL enable_{way} = off")
            run("DELETE FROM pg_statistic")
            run("UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relkind IN ('r', 'i')")
        yield connection
        connection.invalidate()  # nothing of this is kept, nor believed any longer


def scanned(connection: Connection, statement: str, parameters: Any) -> set[str]:
    """The tables that the database would read whole for this statement.

    The first rows of an index, with nothing to leave out, are not the whole.
    """
    first = "LIMIT" in statement and "WHERE" not in statement
    if connection.dialect.name == "sqlite":
        steps = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        aliases = {alias: table for table, alias in re.findall(r'(?:FROM|JOIN) "?(\w+)"? AS (\w+)', statement)}
        found = [
            match[1] for step in steps
            if (match := re.match(r"SCAN (\w+)(?: USING.* INDEX (\w+))?", step)) and match[2] not in OPEN
        ]  # fmt: skip
        if first and not any("TEMP B-TREE" in step for step in steps):
            found = found[1:]
        return {aliases.get(name, name) for name in found} & set(db.metadata.tables)  # subqueries have steps too
    if not first:  # the newest of few, of which there are many in a small table, would be read in order until found
        statement = re.sub(r"\sORDER BY (?:(?!FROM|\)).)*$", "", statement, flags=re.DOTALL)
    [[plan]] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    return set(_whole(plan[0]["Plan"], first=first))


def _whole(node: dict[str, Any], *, first: bool) -> Iterator[str]:
    parts = node.get("Plans", [])
    is_few = first or node.get("Index Name") in OPEN
    # An index read whole under a join says only that the table is small; one whose rows are looked at is no search.
    is_no_search = (
        node["Node Type"] in ("Index Scan", "Index Only Scan") and "Index Cond" not in node and "Filter" in node
    )
    if node["Node Type"] == "Seq Scan" or (is_no_search and not is_few):
        yield node["Relation Name"]
    for part in parts:
        yield from _whole(part, first=first and node["Node Type"] != "Sort")


def check(act: Callable[[], Any], few: set[str] = SMALL) -> None:
    """Let it happen, and have every statement of it planned; ``few`` are tables that may be read whole."""
    with asked() as seen:
        act()
    planned = [
        one for one in seen if one[0].lstrip("( ").split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
    ]
    assert planned, "nothing was asked"
    with planner() as connection:
        for statement, parameters in planned:
            whole = scanned(connection, statement, parameters) - few
            assert not whole, f"{sorted(whole)} read whole by {statement}"


def opened(client: FlaskClient, path: str) -> None:
    """The page, which is there."""
    assert client.get(path, follow_redirects=True).status_code == 200, path


def test_every_name_is_a_table(app):
    assert set(db.metadata.tables) >= SMALL | OF_SWEEPER


def test_a_statement_that_reads_a_table_whole_is_noticed(app, make):
    make.codes(make.sitting(people=2))
    join = "SELECT p.id FROM attempt AS a JOIN person AS p ON p.surname = a.number"
    with planner() as connection:
        assert scanned(connection, "SELECT id FROM response_event WHERE language = 'ky'", ()) == {"response_event"}
        assert scanned(connection, join, ()) & {"attempt", "person"}
    with pytest.raises(AssertionError, match="read whole by"):
        check(lambda: db.session.execute(text("SELECT * FROM person WHERE surname = :name"), {"name": "А"}).all())


def test_from_the_code_to_the_protocol(app, make):
    browser, reader = Browser(app), Reader(app)
    first, second = make.codes(make.sitting(people=2, items=8, cut_score=4))[:2]
    check(lambda: browser.enter(first))
    check(lambda: browser.start())
    check(lambda: browser.show())
    for revision in (1, 2):
        check(lambda revision=revision: browser.save(1, [], revision))
    check(lambda: browser.submit())
    check(lambda: browser.result())
    check(lambda: reader.enter(second))
    check(lambda: reader.start())
    for path in ("questions/1", "questions/2/part", "review", "finish", "resume"):
        check(lambda path=path: opened(reader.client, f"/exam/{path}"))
    reader.open("/exam/questions/1")
    check(lambda: reader.answer(0))
    check(lambda: reader.send("/exam/finish"))
    for path in ("result", "protocol.pdf", "appeal/"):
        check(lambda path=path: opened(reader.client, f"/exam/{path}"))


def test_the_hall_and_the_office(app, make, clock, browser):
    sitting = make.sitting(people=2)
    sitting_id, proctor = sitting.id, browser(proctor_of(sitting))
    administrator = browser(make.user(Role.TEST_ADMINISTRATOR))
    reader = Reader(app)
    reader.enter(make.codes(sitting)[0])
    reader.start()
    pages = {
        proctor: ("", "room/", "room/presence", "room/live", "incidents/"),
        administrator: ("", "participants/", "codes/", "protocols/"),
    }
    for client, paths in pages.items():
        for path in paths:
            check(lambda client=client, path=path: opened(client, f"/staff/sittings/{sitting_id}/{path}"))


def test_the_sweeper(app, make, clock):
    browser = Browser(app)
    for code in make.codes(make.sitting(people=2, items=8, cut_score=4))[:2]:  # the same score: a tie to be settled
        browser.enter(code)
        browser.start()
        browser.submit()
    clock.advance(timedelta(days=1))
    check(sweep_once, SMALL | OF_SWEEPER)
