"""The database keeps what it acknowledged: moments are aware, an act is whole or nothing, durability is read back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import create_engine, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from core import cli, lease, throttle
from core import db as database
from core.db import db, durably, transaction
from core.errors import ConfigurationError
from core.throttle import ThrottleCounter
from tests.candidates import Meanwhile, at_once
from tests.web.counting import statements

NOON = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def counter(key: str, failures: int = 1, since: datetime = NOON) -> ThrottleCounter:
    """A small row that belongs to no room."""
    return ThrottleCounter(key=key, failures=failures, since=since)


def kept() -> list[str]:
    """Keys of the rows on disk."""
    db.session.rollback()
    return sorted(db.session.scalars(db.select(ThrottleCounter.key)))


# Moments


def test_a_naive_moment_is_refused_because_nobody_could_say_which_it_is(app):
    with pytest.raises(StatementError, match="naive datetime"), transaction():
        db.session.add(counter("x", since=datetime(2026, 11, 28, 6, 0)))
    assert kept() == []


@pytest.mark.parametrize("hours", [0, 6, -5])
def test_a_moment_comes_back_aware_and_in_utc_whatever_zone_it_was_given_in(app, hours):
    given = NOON.astimezone(timezone(timedelta(hours=hours))) + timedelta(microseconds=1)
    with transaction():
        db.session.add(counter("x", since=given))
    found = db.session.get_one(ThrottleCounter, "x", populate_existing=True).since
    assert (found, found.utcoffset()) == (given, timedelta(0))


def test_moments_are_compared_in_the_database_as_moments(app):
    with transaction():
        db.session.add(counter("x", since=NOON))
    later = NOON.astimezone(timezone(timedelta(hours=6))) + timedelta(microseconds=1)
    assert db.session.scalar(db.select(ThrottleCounter.key).where(ThrottleCounter.since < later)) == "x"
    assert db.session.scalar(db.select(ThrottleCounter.key).where(ThrottleCounter.since >= later)) is None


# One act, whole or not at all


def test_an_act_that_fails_leaves_nothing(app):
    with pytest.raises(ZeroDivisionError), transaction():
        db.session.add(counter("a"))
        db.session.flush()
        db.session.add(counter("b"))
        1 / 0  # noqa: B018
    assert kept() == []


def test_an_act_that_the_database_refuses_leaves_nothing(app):
    with transaction():
        db.session.add(counter("b"))
    with pytest.raises(IntegrityError), transaction():
        db.session.add_all([counter("a"), counter("b")])
    assert kept() == ["b"]


def test_changes_made_outside_an_act_are_an_error_of_the_programmer(app):
    db.session.add(counter("stray"))
    with pytest.raises(RuntimeError, match="outside a transaction"), transaction():
        pass
    db.session.rollback()
    assert kept() == []


def test_an_act_decides_on_what_is_true_when_it_begins_and_not_on_what_was_read_before(app):
    with transaction():
        db.session.add(counter("a"))
    row = db.session.get_one(ThrottleCounter, "a")
    assert row.failures == 1
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE throttle_counter SET failures = 7"))
    with transaction():
        assert row.failures == 7


def test_two_who_write_at_once_wait_for_each_other_and_lose_nothing(app):
    """SQLite: the write lock is taken at the beginning; PostgreSQL: the row is locked."""
    with transaction():
        db.session.add(counter("a", 0))

    def add_one():
        with transaction():
            row = db.session.get_one(ThrottleCounter, "a", with_for_update=True)
            row.failures += 1

    assert at_once(app, *[add_one] * 6) == [None] * 6
    assert db.session.get_one(ThrottleCounter, "a", populate_existing=True).failures == 6


def test_what_an_act_has_read_stays_true_until_it_has_written(app):
    with transaction():
        db.session.add(counter("a", 0))

    def add_one():
        with transaction():
            db.session.get_one(ThrottleCounter, "a", with_for_update=True).failures += 1

    other = Meanwhile(app, add_one)
    with transaction():
        row = db.session.get_one(ThrottleCounter, "a", with_for_update=True)
        other.begin()
        row.failures += 1
    assert other.end() is None
    assert db.session.get_one(ThrottleCounter, "a", populate_existing=True).failures == 2


def test_on_sqlite_an_act_holds_the_write_lock_from_its_beginning_against_other_processes(on_sqlite):
    import pysqlite3

    with on_sqlite.app_context():
        other = pysqlite3.connect(db.engine.url.database, timeout=0)
        with transaction(), pytest.raises(pysqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
        other.close()


def test_who_reads_sees_the_state_before_an_act_that_is_not_committed(app):
    def look():
        return db.session.scalars(db.select(ThrottleCounter.key)).all()

    with transaction():
        db.session.add(counter("a"))
        db.session.flush()
        [seen] = at_once_reading(app, look)
        assert seen == []
    assert kept() == ["a"]


def at_once_reading(app, *acts):
    """Others who look while our act is not committed (and which stays so)."""
    import threading

    got = []

    def run(act):
        with app.app_context():
            got.append(act())
            db.session.remove()

    for act in acts:
        thread = threading.Thread(target=run, args=(act,))
        thread.start()
        thread.join(timeout=10)
    return got


def test_foreign_keys_are_kept(app):
    with pytest.raises(Exception, match=r"(?i)foreign key"), db.engine.begin() as connection:
        connection.execute(text("INSERT INTO sitting_form (sitting_id, form_id) VALUES (:a, :a)"), {"a": "0" * 32})


# Durability is read back, not believed


def pragma(name: str) -> object:
    """What SQLite says of itself on a connection of the pool."""
    with db.engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_every_connection_to_sqlite_writes_ahead_and_in_full(on_sqlite):
    with on_sqlite.app_context():
        assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", 2, 1)
        assert pragma("busy_timeout") == 5000
        with db.engine.connect() as connection:
            version = connection.exec_driver_sql("SELECT sqlite_version()").scalar()
        assert tuple(int(part) for part in version.split(".")) >= (3, 51, 3)


def test_a_sqlite_that_can_corrupt_its_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "SAFE_SQLITE", (99, 0, 0))
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    engine = create_engine(url, **database.engine_options(url))
    database.guard(engine)
    with pytest.raises(ConfigurationError, match=r"3\.51\.3 or newer"):
        engine.connect()


def test_a_sqlite_that_does_not_accept_a_setting_is_refused(tmp_path):
    """A file that cannot be written has no write-ahead log."""
    url = f"sqlite:///file:{tmp_path / 'x.sqlite3'}?immutable=1&mode=rwc&uri=true"
    (tmp_path / "x.sqlite3").touch()
    engine = create_engine(url, **database.engine_options(url))
    database.guard(engine)
    with pytest.raises(ConfigurationError, match="did not accept PRAGMA journal_mode=WAL"):
        engine.connect()


@pytest.mark.postgres
@pytest.mark.parametrize("setting", ["synchronous_commit=off", "synchronous_commit=local"])
def test_a_postgresql_that_acknowledges_before_it_is_on_disk_is_refused(postgresql_url, setting):
    engine = create_engine(postgresql_url, connect_args={"options": f"-c {setting}"})
    database.guard(engine)
    with pytest.raises(ConfigurationError, match="synchronous_commit"):
        engine.connect()


@pytest.mark.postgres
def test_the_postgresql_of_the_tests_is_durable(on_postgresql):
    with on_postgresql.app_context(), db.engine.connect() as connection:
        said = {
            name: connection.execute(text(f"SHOW {name}")).scalar()
            for name in ("fsync", "full_page_writes", "data_sync_retry")
        }
        assert said == {"fsync": "on", "full_page_writes": "on", "data_sync_retry": "off"}


@pytest.fixture
def cut_off(postgresql_url):
    """An engine whose only connection PostgreSQL has ended since it was used."""
    engine = create_engine(postgresql_url, **database.engine_options(postgresql_url))
    database.guard(engine)
    with engine.connect() as connection:
        number = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    other = create_engine(postgresql_url)
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
    other.dispose()
    yield engine
    engine.dispose()


@pytest.mark.postgres
def test_a_connection_that_has_rested_is_asked_before_it_is_used(cut_off, monkeypatch):
    monkeypatch.setattr(database, "RESTED_SECONDS", 0.0)
    with cut_off.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


@pytest.mark.postgres
def test_one_act_finds_out_that_a_connection_just_used_is_gone_and_the_next_one_works(cut_off):
    with pytest.raises(OperationalError) as found, cut_off.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert found.value.connection_invalidated
    with cut_off.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


SERVERS = "postgresql+psycopg://u@/x?host=a&host=b"


def test_a_silent_postgresql_is_given_up_after_ten_seconds_unless_the_url_says_otherwise():
    given = database.engine_options(SERVERS)["connect_args"]
    assert (given["tcp_user_timeout"], given["connect_timeout"]) == (10_000, 5)
    assert given["keepalives_idle"] + given["keepalives_interval"] * given["keepalives_count"] == 10
    other = database.engine_options(f"{SERVERS}&connect_timeout=2")["connect_args"]
    assert other == {name: value for name, value in given.items() if name != "connect_timeout"}


def test_an_act_within_an_act_is_an_error_of_the_programmer(app):
    with transaction():
        db.session.add(counter("outer"))
        with pytest.raises(RuntimeError, match="an act within an act"), transaction():
            db.session.add(counter("inner"))
    assert kept() == ["outer"]
    with transaction():  # the one before is over
        db.session.add(counter("next"))
    assert kept() == ["next", "outer"]


def test_what_joins_an_act_is_undone_with_it_and_is_an_act_of_its_own_where_there_is_none(app):
    with transaction(joins=True):
        db.session.add(counter("alone"))
    with pytest.raises(ZeroDivisionError), transaction():
        with transaction(joins=True):
            db.session.add(counter("joined"))
        raise ZeroDivisionError
    assert kept() == ["alone"]


# Counters


def test_a_counter_survives_the_refusal_that_it_counts(app):
    throttle.count_failure("k", window=None, now=NOON)
    with pytest.raises(ZeroDivisionError), transaction():
        throttle.forget("k")
        raise ZeroDivisionError
    assert throttle.failures("k", window=None, now=NOON) == (1, NOON)


@pytest.mark.parametrize(("after", "counted"), [(MINUTE - timedelta(microseconds=1), 3), (MINUTE, 1)])
def test_a_counter_forgets_after_its_window(app, after, counted):
    for _ in range(2):
        throttle.count_failure("k", window=MINUTE, now=NOON)
    assert throttle.failures("k", window=MINUTE, now=NOON + after)[0] == counted - 1
    assert throttle.count_failure("k", window=MINUTE, now=NOON + after) == counted


def test_a_counter_without_window_counts_until_it_is_forgotten(app):
    for n in range(1, 4):
        assert throttle.count_failure("k", window=None, now=NOON + n * timedelta(days=99)) == n
    with transaction():
        throttle.forget("k")
    assert throttle.failures("k", window=None, now=NOON)[0] == 0


def test_failures_at_the_same_moment_are_all_counted_the_first_ones_too(app):
    got = at_once(app, *[lambda: throttle.count_failure("k", window=MINUTE, now=NOON)] * 5)
    assert sorted(got) == [1, 2, 3, 4, 5]


# The lease


def test_a_job_is_done_by_one_at_a_time(app):
    with lease.holding("sweep", MINUTE) as first:
        with lease.holding("sweep", MINUTE) as second:
            assert (first, second) == (True, False)
        with lease.holding("other", MINUTE) as other:
            assert other
    with lease.holding("sweep", MINUTE) as again:
        assert again


@pytest.mark.parametrize(("after", "mine"), [(MINUTE - timedelta(microseconds=1), False), (MINUTE, True)])
def test_who_died_with_a_lease_is_forgotten_after_its_time(app, clock, after, mine):
    with transaction():
        db.session.add(lease.Lease(name="sweep", holder="dead", until=clock() + MINUTE))
    clock.advance(after)
    with lease.holding("sweep", MINUTE) as held:
        assert held is mine


def test_who_lost_a_lease_does_not_give_back_that_of_the_next(app, clock):
    with lease.holding("sweep", MINUTE):
        clock.advance(MINUTE)
        with transaction():
            row = db.session.get_one(lease.Lease, "sweep")
            row.holder, row.until = "another process", clock() + MINUTE
    with lease.holding("sweep", MINUTE) as held:
        assert not held


def test_of_those_who_reach_for_the_first_lease_at_once_one_gets_it(app):
    """And the lease is there again when it was given back."""
    first = db.session.get(lease.Lease, "sweep")
    assert first is None

    def hold():
        with lease.holding("sweep", MINUTE) as mine:
            return mine

    late = Meanwhile(app, hold)
    with transaction():
        db.session.add(lease.Lease(name="sweep", holder="first", until=NOON + timedelta(days=9)))
        db.session.flush()
        late.begin()
    assert late.end() is False


def test_what_an_act_keeps_is_read_without_a_statement_and_anew_by_the_next_act(app):
    with transaction():
        db.session.add(counter("x"))
    with transaction(keeps=True):
        row = db.session.get_one(ThrottleCounter, "x")
        row.failures = 5
    with statements() as seen:
        assert row.failures == 5
    assert seen == []
    durably(lambda connection: connection.execute(update(ThrottleCounter).values(failures=7)))
    with transaction():
        assert row.failures == 7
    with statements() as seen:
        assert row.failures == 7
    assert seen, "an ordinary act keeps nothing"


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_sqlite_counts_what_it_plans_searches_by_when_the_chores_are_done_and_then_once_an_hour(app, make, clock):
    make.sitting(people=1)
    app.extensions.pop("chores_done", None)  # of the tests before

    def counted() -> int:
        with db.engine.connect() as connection:
            known = connection.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'"))
            return connection.scalar(text("SELECT count(*) FROM sqlite_stat1")) or 0 if known else 0

    cli.sweep_once()
    assert counted() > 10
    first = app.extensions["chores_done"]["refresh_statistics"]
    clock.advance(timedelta(minutes=59))
    cli.sweep_once()
    assert app.extensions["chores_done"]["refresh_statistics"] == first
    clock.advance(timedelta(minutes=1))
    cli.sweep_once()
    assert app.extensions["chores_done"]["refresh_statistics"] == clock()
