"""Engines for one database in two colours: for coroutines, and for plain functions."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from wirepact.errors import WirepactError

OLDEST_SQLITE: Final = (3, 35, 0)
"""The first SQLite that knows RETURNING."""

_EXPECTED: Final = (
    "the database URL is neither sqlite:///file nor"
    " postgresql://user:password@host:port/database"
)
_CONNECT_TIMEOUT_S: Final = 5


class DatabaseUrlError(WirepactError, ValueError):
    """A database URL cannot be used; the message does not repeat it.

    Attributes:
        reason: What is wrong.

    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class MissingDriverError(WirepactError, ImportError):
    """The library that speaks with a database is not installed.

    Attributes:
        driver: What to install.

    """

    def __init__(self, driver: str) -> None:
        self.driver = driver
        super().__init__(driver)

    def __str__(self) -> str:
        return f"the database needs a driver: pip install '{self.driver}'"


class _Driver(NamedTuple):
    asynchronous: str
    synchronous: str
    spellings: frozenset[str]
    to_install: str


_DRIVERS: Final[Mapping[str, _Driver]] = {
    "postgresql": _Driver(
        "postgresql+psycopg",
        "postgresql+psycopg",
        frozenset({"postgresql", "postgresql+psycopg"}),
        "psycopg[binary]",
    ),
    "sqlite": _Driver(
        "sqlite+aiosqlite",
        "sqlite+pysqlite",
        frozenset({"sqlite", "sqlite+pysqlite", "sqlite+aiosqlite"}),
        "aiosqlite",
    ),
}

# A peer that has vanished is noticed in seconds, not hours, by either side: a lost
# client's transaction holds the keys of its messages until the server gives it up.
_KEEPALIVES: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_SERVER_KEEPALIVES: Final = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3"
)


@dataclass(frozen=True, slots=True, repr=False)
class Engines:
    """What engines for one database are made of; nothing is connected by making them.

    Attributes:
        dialect: `postgresql` or `sqlite`.
        name: Where the database is, without credentials and options.

    """

    dialect: str
    name: str
    _url: URL
    _options: Mapping[str, Any]

    @classmethod
    def of(cls, text: str, pool_size: int, wait_s: float) -> "Engines":
        """Read a URL.

        With `?pgbouncer=true`, nothing is kept on a session of PostgreSQL that may be
        another's next time.

        Raises:
            DatabaseUrlError: It cannot be used.

        """
        url = _parsed(text)
        dialect = url.get_backend_name()
        arguments = _ARGUMENTS[dialect](url, wait_s)
        if dialect == "sqlite":
            _hold_to_a_file(url)
            url = url.set(database=str(Path(url.database or "").absolute()))
            # There is one writer at a time, and every transaction may be one: here they
            # take turns fairly, where SQLite would let them poll.
            pool_size = 1
        options = {
            # In an engine that is printed, its URL is shown: options of the driver go
            # to it by themselves, as some of them are secret.
            "connect_args": arguments,
            "pool_size": pool_size,
            "max_overflow": 0,
            "pool_timeout": wait_s,
            # What a statement was about belongs in no log.
            "hide_parameters": True,
        }
        return cls(dialect, name_of(url), url.set(query=_hosts(url)), options)

    def asynchronous(self) -> AsyncEngine:
        """Make an engine for the coroutines of one event loop.

        Raises:
            MissingDriverError: Its driver is not installed.

        """
        driver = _DRIVERS[self.dialect]
        url = self._url.set(drivername=driver.asynchronous)
        try:
            engine = create_async_engine(url, **self._options)
        except ModuleNotFoundError as error:
            raise MissingDriverError(driver.to_install) from error
        self._prepare(engine.sync_engine)
        return engine

    def synchronous(self) -> Engine:
        """Make an engine for threads.

        Raises:
            MissingDriverError: Its driver is not installed.

        """
        driver = _DRIVERS[self.dialect]
        url = self._url.set(drivername=driver.synchronous)
        try:
            engine = create_engine(url, **self._options)
        except ModuleNotFoundError as error:
            raise MissingDriverError(driver.to_install) from error
        self._prepare(engine)
        return engine

    def _prepare(self, engine: Engine) -> None:
        if self.dialect == "sqlite":
            event.listen(engine, "do_connect", partial(_make_privately, self._url))
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "begin", _begin_immediate)


def name_of(url: URL) -> str:
    """Name a database for people: no credentials, no options."""
    bare = URL.create(
        url.get_backend_name(), host=url.host, port=url.port, database=url.database
    )
    return bare.set(query=_hosts(url)).render_as_string(hide_password=True)


def _parsed(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # Its message quotes the URL, and there may be a password in it.
        raise DatabaseUrlError(_EXPECTED) from None
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None:
        raise DatabaseUrlError(_EXPECTED)
    if url.drivername not in driver.spellings:
        raise DatabaseUrlError(
            f"{_EXPECTED}; of another driver, hand in its engines: Sql.of(engine)"
        )
    if "@" in (url.host or ""):
        # Else a part of the password would count as the host's name, and be shown.
        raise DatabaseUrlError("in a password, @ is written as %40")
    return url


def _hosts(url: URL) -> dict[str, str | tuple[str, ...]]:
    # Several hosts are written as options, and SQLAlchemy has its own form of them.
    return {name: url.query[name] for name in ("host", "port") if name in url.query}


def _hold_to_a_file(url: URL) -> None:
    name = url.database or ""
    if not name or name == ":memory:" or name.startswith("file:"):
        raise DatabaseUrlError(
            "a SQLite database needs a file: sqlite:///relative or sqlite:////absolute"
        )
    if url.host:
        raise DatabaseUrlError("a SQLite URL has no host: write three slashes")
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise DatabaseUrlError("SQLite 3.35 or newer is needed")


def _sqlite_arguments(url: URL, wait_s: float) -> dict[str, Any]:
    if url.query:
        raise DatabaseUrlError("a SQLite URL takes no options here")
    return {"timeout": wait_s, "check_same_thread": False}


def _postgresql_arguments(url: URL, _wait_s: float) -> dict[str, Any]:
    query = dict(url.query)
    for name in ("host", "port"):
        query.pop(name, None)
    arguments: dict[str, Any] = {
        "connect_timeout": _CONNECT_TIMEOUT_S,
        "application_name": "wirepact",
        **_KEEPALIVES,
    }
    if query.pop("pgbouncer", "false") == "true":
        arguments["prepare_threshold"] = None
    else:
        given = query.pop("options", "")
        arguments["options"] = f"{_SERVER_KEEPALIVES} {given}".strip()
    return {**arguments, **query}


_ARGUMENTS: Final = {"postgresql": _postgresql_arguments, "sqlite": _sqlite_arguments}


def _make_privately(url: URL, *_connecting: Any) -> None:
    """Make the file, for its owner alone, unless it is there.

    SQLite would give it the rights that the umask leaves. Those beside it get its own.
    """
    # Why it cannot be made, SQLite says when it tries.
    with suppress(OSError):
        os.close(os.open(url.database or "", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver begins no transactions by itself: `_begin_immediate` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        _use_write_ahead_log(cursor)
    finally:
        cursor.close()


def _use_write_ahead_log(cursor: Any) -> None:
    """Let readers go on while somebody writes; the file remembers it."""
    try:
        cursor.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        # Somebody is writing, or doing the same. It is a matter of speed, and the next
        # connection will try it again.
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise


def _begin_immediate(connection: Connection) -> None:
    # A transaction that reads before it writes would fail at its first write if others
    # have written meanwhile; one that begins as a writer waits for its turn.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
