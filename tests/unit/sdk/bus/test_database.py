"""The database of handlers, as far as it needs no server."""

import asyncio
import copy
import importlib
import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker

from tests.suites.transport import played
from wirepact import MissingExtraError, OutageError
from wirepact._engines import DatabaseUrlError, MissingDriverError
from wirepact._outages import find_outage
from wirepact.database import NoEngineError, Sql, TransactionEndedError

WORD = "s3cret-p%40ss"
NOTES = "CREATE TABLE note (id int PRIMARY KEY)"
NOTE = text("INSERT INTO note VALUES (:id)")


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/handlers.db"


@pytest.fixture
def database(url):
    found = Sql(url, wait_s=0.1)
    with found.begin_sync() as session:
        session.execute(text(NOTES))
    yield found
    found.close_sync()


@pytest.mark.skipif(sys.platform == "win32", reason="rights are those of POSIX")
@pytest.mark.parametrize("is_waiting", [True, False], ids=["async", "sync"])
def test_given_a_new_file_then_it_and_those_beside_it_are_for_the_owner_alone(
    url, tmp_path, is_waiting
):
    async def use() -> set[int]:
        database = Sql(url)
        async with database.begin() as session:
            await session.execute(text(NOTES))
        found = rights(tmp_path)
        await database.close()
        return found

    def use_sync() -> set[int]:
        database = Sql(url)
        with database.begin_sync() as session:
            session.execute(text(NOTES))
        found = rights(tmp_path)
        database.close_sync()
        return found

    assert (asyncio.run(use()) if is_waiting else use_sync()) == {0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="rights are those of POSIX")
def test_given_a_file_that_is_there_then_its_rights_are_left_alone(url, tmp_path):
    file = tmp_path / "handlers.db"
    file.touch()
    file.chmod(0o640)
    database = Sql(url)

    with database.begin_sync() as session:
        session.execute(text(NOTES))
        assert rights(tmp_path) == {0o640}

    database.close_sync()


def rights(folder):
    return {each.stat().st_mode & 0o777 for each in folder.iterdir()}


async def write(database: Sql, *numbers: int) -> None:
    async with database.begin() as session:
        for number in numbers:
            await session.execute(NOTE, {"id": number})


def write_sync(database: Sql, *numbers: int, last=Session.flush) -> None:
    with database.begin_sync() as session:
        for number in numbers:
            session.execute(NOTE, {"id": number})
        last(session)


def say(database: Sql, *statements: str) -> None:
    with database.begin_sync() as session:
        for statement in statements:
            session.execute(text(statement))


def count(database: Sql) -> int:
    with database.begin_sync() as session:
        return session.scalar(text("SELECT count(*) FROM note"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "orders.db",
        "mysql://root@localhost/orders",
        "postgresql+asyncpg://u:s3cret@localhost/orders",
        "postgresql://u:s3cret@localhost:port/orders",
        "postgresql://u:p@s3cret@localhost/orders",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:s3cret?mode=memory",
        "sqlite://host/s3cret.db",
        "sqlite:///s3cret.db?timeout=1",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_and_not_repeated(text):
    with pytest.raises(DatabaseUrlError) as refused:
        Sql(text)

    assert "s3cret" not in f"{refused.value}{refused.value.__cause__}"
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    assert str(copy.copy(refused.value)) == str(refused.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"postgresql://u:{WORD}@db:5433/orders", "postgresql://db:5433/orders"),
        (f"postgresql+psycopg://u:{WORD}@db/o", "postgresql://db/o"),
        (
            f"postgresql://u:{WORD}@/o?host=a:1&host=b:2&sslpassword={WORD}",
            "postgresql:///o?host=a%3A1&host=b%3A2",
        ),
        ("sqlite:////var/lib/orders.db", "sqlite:////var/lib/orders.db"),
        ("sqlite+aiosqlite:////var/lib/orders.db", "sqlite:////var/lib/orders.db"),
    ],
)
def test_it_is_named_without_credentials_and_options(url, name):
    database = Sql(url)
    shown = f"{database!r} {database.engine!r} {database.async_engine!r}"

    assert database.name == name
    assert "s3cret" not in shown


def test_the_place_of_a_file_is_that_of_the_day_it_was_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    database = Sql("sqlite:///orders.db")
    monkeypatch.chdir("/")

    assert database.name == f"sqlite:///{tmp_path}/orders.db"


def test_an_engine_is_made_once_whoever_needs_it_first(url):
    database = Sql(url)
    ready = threading.Barrier(8)

    def engine(_number: int) -> object:
        ready.wait()
        return database.engine

    with ThreadPoolExecutor(8) as pool:
        assert len({*pool.map(engine, range(8))}) == 1


@played
async def test_both_kinds_of_functions_see_one_database(database):
    async with database.begin() as session:
        assert isinstance(session, AsyncSession)
    with database.begin_sync() as session:
        assert isinstance(session, Session)
    await write(database, 1)
    write_sync(database, 2)

    async with database.begin() as session:
        assert await session.scalar(text("SELECT count(*) FROM note")) == 2
    await database.close()


def test_an_error_rolls_back_and_comes_out_as_it_is(database):
    with pytest.raises(IntegrityError):
        write_sync(database, 1, 1)

    assert count(database) == 0


@played
async def test_an_error_of_a_coroutine_rolls_back_likewise(database):
    with pytest.raises(IntegrityError):
        await write(database, 1, 1)

    assert count(database) == 0
    await database.close()


def test_given_a_session_that_was_rolled_back_when_its_block_ends_then_it_is_said(
    database,
):
    with pytest.raises(TransactionEndedError):
        write_sync(database, 1, last=Session.rollback)

    assert count(database) == 0


def test_what_is_logged_of_a_failure_holds_no_values(database):
    with pytest.raises(IntegrityError) as failed:
        write_sync(database, 987_654, 987_654)

    assert "987654" not in str(failed.value)


def test_readers_and_writers_go_on_beside_each_other(database):
    with database.begin_sync() as session:
        mode = session.scalar(text("PRAGMA journal_mode"))
        synchronous = session.scalar(text("PRAGMA synchronous"))
        keys = session.scalar(text("PRAGMA foreign_keys"))

    assert (mode, synchronous, keys) == ("wal", 2, 1)


def test_given_a_writer_when_another_begins_then_it_waits_and_then_is_told_of_an_outage(
    url, database
):
    with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutageError, match="locked"), database.begin_sync():
            pass
        other.execute("ROLLBACK")
    other.close()

    write_sync(database, 1)
    assert count(database) == 1


def test_given_no_free_connection_in_time_then_it_is_an_outage(database):
    with (
        database.begin_sync(),
        pytest.raises(OutageError, match="all connections"),
        database.begin_sync(),
    ):
        pass


def test_given_a_place_that_is_no_file_then_it_is_an_outage(tmp_path):
    database = Sql(f"sqlite:///{tmp_path}/missing/handlers.db")

    with pytest.raises(OutageError, match="unable to open") as out:
        say(database)

    assert out.value.what == database.name
    assert isinstance(out.value.__cause__, OperationalError)


def test_given_a_file_that_may_not_be_written_to_then_it_is_an_outage(database):
    with pytest.raises(OutageError, match="readonly"):
        say(database, "PRAGMA query_only = ON", "INSERT INTO note VALUES (1)")


def test_given_a_full_disk_then_it_is_an_outage(database):
    with pytest.raises(OutageError, match="full"):
        say(
            database,
            "PRAGMA max_page_count = 4",
            "CREATE TABLE much AS SELECT zeroblob(100000) AS zeros",
        )


@pytest.mark.parametrize("colour", ["begin", "begin_sync"])
def test_given_a_file_that_is_no_database_then_it_is_an_outage(tmp_path, colour):
    (tmp_path / "handlers.db").write_bytes(b"no database at all" * 100)
    database = Sql(f"sqlite:///{tmp_path}/handlers.db")

    with pytest.raises(OutageError, match="not a database"):
        asyncio.run(write(database)) if colour == "begin" else write_sync(database)


class SaidByServerError(Exception):
    """What a driver raises, with the code that the server gave."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("words of the server\nmore words")
        self.sqlstate = sqlstate


STATES = {
    # An outage, and no message is to blame.
    "08006": True,
    "25006": True,
    "28P01": True,
    "3D000": True,
    "53100": True,
    "53300": True,
    "57P01": True,
    "57P02": True,
    "57P03": True,
    "58030": True,
    # What a statement causes by itself.
    "22021": False,
    "23505": False,
    "25P03": False,
    "40001": False,
    "40P01": False,
    "42501": False,
    "42P01": False,
    "55P03": False,
    "57014": False,
    "57P05": False,
    "P0001": False,
    # No server has spoken.
    None: True,
}


@pytest.mark.parametrize(("state", "is_out"), STATES.items())
def test_a_state_of_postgresql_is_an_outage_or_not(state, is_out):
    error = OperationalError("SELECT 1", {}, SaidByServerError(state))

    assert find_outage(error) == ("words of the server" if is_out else None)


def test_what_is_not_of_a_database_is_no_outage_of_it():
    assert find_outage(ConnectionRefusedError()) is None
    assert find_outage(ValueError("connection")) is None
    assert "all connections" in find_outage(PoolTimeoutError())


@played
async def test_engines_of_the_users_own_are_used_and_left_open(url, database):
    waiting = create_async_engine(url.replace("sqlite", "sqlite+aiosqlite"))
    plain = create_engine(url)
    own = Sql.of(waiting, plain)

    await write(own, 1)
    write_sync(own, 2)
    await own.close()

    assert own.engine is plain
    assert own.async_engine is waiting
    assert (own.name, own.dialect) == (database.name, "sqlite")
    assert plain.pool.status().endswith("Current Checked out connections: 0")
    assert "Connections in pool: 1" in plain.pool.status()
    plain.dispose()
    await waiting.dispose()


class Tenant(Session):
    """A session of the user's own kind."""


def test_session_factories_of_the_users_own_make_the_sessions(url, database):
    engine = create_engine(url)
    own = Sql.of(sessionmaker(engine, class_=Tenant, info={"tenant": "a"}))

    with own.begin_sync() as session:
        assert isinstance(session, Tenant)
        assert session.info == {"tenant": "a"}
    write_sync(own, 1)
    assert count(database) == 1
    engine.dispose()


def test_given_one_engine_only_then_the_other_kind_is_refused_with_what_to_do(url):
    own = Sql.of(create_engine(url))

    assert own.has_sync_engine
    assert not own.has_async_engine
    with pytest.raises(NoEngineError, match="AsyncEngine") as refused:
        _ = own.async_engine
    assert str(copy.copy(refused.value)) == str(refused.value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (list, "one AsyncEngine, one Engine"),
        (lambda: [create_engine("sqlite:///a"), create_engine("sqlite:///a")], "one"),
        (lambda: [sessionmaker()], "bound to no engine"),
        (lambda: [async_sessionmaker()], "bound to no engine"),
        (
            lambda: [create_engine("sqlite:///a", isolation_level="AUTOCOMMIT")],
            "AUTOCOMMIT",
        ),
        (
            lambda: [
                create_async_engine("sqlite+aiosqlite:///a").execution_options(
                    isolation_level="AUTOCOMMIT"
                )
            ],
            "AUTOCOMMIT",
        ),
        (
            lambda: [
                create_engine("sqlite:///a"),
                create_async_engine("sqlite+aiosqlite:///b"),
            ],
            "different databases",
        ),
    ],
)
def test_what_is_no_database_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        Sql.of(*make())


@pytest.mark.parametrize(
    ("url", "driver", "wanted"),
    [
        ("sqlite:///handlers.db", "aiosqlite", "aiosqlite"),
        ("postgresql://localhost/o", "psycopg", r"psycopg\[binary\]"),
    ],
)
def test_given_a_driver_that_is_missing_then_it_is_named(
    monkeypatch, url, driver, wanted
):
    monkeypatch.setitem(sys.modules, driver, None)

    with pytest.raises(MissingDriverError, match=wanted):
        _ = Sql(url).async_engine


@pytest.mark.parametrize(
    ("module", "library", "extra"),
    [
        ("wirepact.database", "sqlalchemy.engine", "sql"),
        ("wirepact.inbox.sql", "sqlalchemy", "sql"),
        ("wirepact.inbox.redis", "redis.asyncio", "redis"),
    ],
)
def test_given_a_library_that_is_missing_then_its_extra_is_named(
    monkeypatch, module, library, extra
):
    importlib.import_module(module)
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, module)

    with pytest.raises(MissingExtraError, match=rf"wirepact\[{extra}\]"):
        importlib.import_module(module)
