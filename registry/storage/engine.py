"""Engines, and the transactions over them: the one place that begins and ends them."""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import QueuePool

from registry.application import deadlines
from registry.application.changes import Changes
from registry.application.ports import SchemaReader, SchemaStore
from registry.domain.errors import StoreUnavailableError
from registry.storage import sqlite, statements
from registry.storage.breaker import Breaker
from registry.storage.faults import (
    CommitUnansweredError,
    ConflictError,
    ConnectionLostError,
)
from registry.storage.files import make_privately
from registry.storage.link import DIALECTS, Link
from registry.storage.patience import PatientConnection
from registry.storage.store import SqlSchemaStore
from registry.storage.urls import (
    DatabaseUrlError,
    parsed,
    refuse_network_file_system,
    sqlite_file,
)

Result = TypeVar("Result")

CONNECT_TIMEOUT_S: Final = 2
POOL_TIMEOUT_S: Final = 2
_TRIES: Final = 6
_TOTAL_S: Final = 3.0
_FIRST_PAUSE_S: Final = 0.005
_MOST_PAUSE_S: Final = 0.25

# Times in milliseconds.
_SESSION: Final = {
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "synchronous_commit": "on",
    # Each statement has an index. A plan that is made while a table is small, and kept
    # with the prepared statement, must not go on scanning it when it has grown.
    "enable_seqscan": "off",
}
_PRAGMAS: Final = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


def connect(
    text: str,
    *,
    pool_size: int = 8,
    busy_timeout_ms: int = 5000,
    monotonic: Callable[[], float] = time.monotonic,
) -> Engine:
    """Make an engine for a database URL; nothing is connected yet.

    With `?pgbouncer=true` in a PostgreSQL URL, nothing is kept on a session that may
    be another's next time: no prepared statements, and no time limits, which then are
    to be set for the role.

    Args:
        text: `sqlite:///file` or `postgresql://…`.
        pool_size: The most connections at a time.
        busy_timeout_ms: How long SQLite waits for another process to write.
        monotonic: What time it is for the pause after a failure to connect.

    Raises:
        DatabaseUrlError: The URL cannot be used; the message does not repeat it.

    """
    url = parsed(text)
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, pool_size, busy_timeout_ms)
    return _postgresql_engine(url, pool_size, Breaker(monotonic=monotonic))


def _sqlite_engine(url: URL, pool_size: int, busy_timeout_ms: int) -> Engine:
    refuse_unsuitable_place(url)
    arguments = {"timeout": busy_timeout_ms / 1000, "check_same_thread": False}
    engine = _pooled(url, pool_size, arguments)
    make_privately(engine, sqlite_file(url))
    event.listen(engine, "connect", _set_pragmas)
    return engine


def refuse_unsuitable_place(url: URL) -> None:
    """Check that SQLite's promises hold here, for a file at this place.

    Raises:
        DatabaseUrlError: They do not.

    """
    if sqlite3.sqlite_version_info < sqlite.OLDEST:
        raise DatabaseUrlError("SQLite 3.35 or newer is needed")
    mounts = Path("/proc/self/mountinfo")
    if mounts.exists():
        text = mounts.read_text(encoding="utf-8")
        refuse_network_file_system(sqlite_file(url).resolve(), text)


def _postgresql_engine(url: URL, pool_size: int, breaker: Breaker) -> Engine:
    query = dict(url.query)
    is_pooled_elsewhere = query.pop("pgbouncer", "false") == "true"
    arguments: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": "wirepact",
        # A server that has vanished is noticed in seconds, not hours.
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
    if is_pooled_elsewhere:
        arguments["prepare_threshold"] = None
    else:
        own = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
        arguments["options"] = f"{own} {query.pop('options', '')}".strip()
    # Options go to the driver by themselves: an engine that is printed shows its URL's,
    # and some of them are secret. Hosts stay, as SQLAlchemy has its own form of them.
    hosts: dict[str, Sequence[str] | str] = {
        name: query.pop(name) for name in ("host", "port") if name in query
    }
    engine = _pooled(url.set(query=hosts), pool_size, {**arguments, **query})

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, cargs: Any, cparams: Any) -> Any:
        return breaker.guard(lambda: PatientConnection.connect(*cargs, **cparams))

    return engine


def _pooled(url: URL, pool_size: int, arguments: dict[str, Any]) -> Engine:
    return create_engine(
        url,
        connect_args=arguments,
        # Reads are single statements; transactions are begun in here, by hand.
        isolation_level="AUTOCOMMIT",
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_use_lifo=True,
        # Nothing is given back with a transaction open, so there is nothing to reset.
        pool_reset_on_return=None,
        hide_parameters=True,
    )


def _set_pragmas(connection: Any, _record: Any) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    sqlite.use_write_ahead_log(connection)


class SqlTransactions:
    """The `Transactions` of one process over one database.

    After a commit, `changes` knows of it before `write` returns. Nothing is begun or
    committed for a request whose deadline is over. Thread-safe.
    """

    def __init__(
        self,
        engine: Engine,
        changes: Changes,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._engine = engine
        self._changes = changes
        self._monotonic = monotonic
        self._sleep = sleep
        self._chance = chance
        self._dialect = DIALECTS[engine.dialect.name]
        # SQLite has one writer at a time and lets others poll for their turn.
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[SchemaReader]:
        deadlines.current().hold()
        link = Link(self._engine, self._dialect)
        try:
            yield SqlSchemaStore(link)
        finally:
            link.close()

    def write(self, act: Callable[[SchemaStore], Result]) -> Result:
        give_up = self._monotonic() + _TOTAL_S
        next_act: Callable[[SqlSchemaStore], Result] = act
        for attempt in range(_TRIES):
            try:
                return self._write_once(next_act, give_up)
            except CommitUnansweredError as error:
                last: Exception = error
                next_act = _unless_committed(act, error)
            except (ConflictError, ConnectionLostError) as error:
                last = error
            pause = self._chance() * min(_FIRST_PAUSE_S * 2.0**attempt, _MOST_PAUSE_S)
            if attempt == _TRIES - 1 or self._monotonic() + pause > give_up:
                break
            self._sleep(pause)
        raise StoreUnavailableError from last

    def sequences(self) -> dict[str, int]:
        """Return how often each context has changed.

        How often settings have is noted on the way, as both are read at once.

        Raises:
            StoreUnavailableError: The database cannot be reached.

        """
        link = Link(self._engine, self._dialect)
        try:
            rows = link.rows(statements.SEQUENCES)
        finally:
            link.close()
        self._changes.note_settings(sum(revision for *_, revision in rows))
        return {str(name): int(seq) for name, seq, _ in rows}

    def close(self) -> None:
        """Close the connections that lie idle."""
        self._engine.dispose()

    def _write_once(
        self, act: Callable[[SqlSchemaStore], Result], give_up: float
    ) -> Result:
        if self._turn is None:
            return self._transaction(act)
        if not self._turn.acquire(timeout=max(0.0, give_up - self._monotonic())):
            raise StoreUnavailableError
        try:
            return self._transaction(act)
        finally:
            self._turn.release()

    def _transaction(self, act: Callable[[SqlSchemaStore], Result]) -> Result:
        deadlines.current().hold()
        link = Link(self._engine, self._dialect, begin=self._dialect.BEGIN)
        store = SqlSchemaStore(link)
        try:
            result = act(store)
            _commit(link, store, result)
        except Exception:
            _roll_back(link)
            raise
        except BaseException:
            # Interrupted, perhaps in the middle of a statement.
            link.abandon()
            raise
        finally:
            link.close()
        if store.has_changed_settings:
            # First: who sees that something has changed must see what it was.
            self._changes.change_settings()
        self._changes.advance_all(store.changes)
        return result


def _commit(link: Link, store: SqlSchemaStore, result: object) -> None:
    try:
        with deadlines.current().committing():
            link.commit()
    except ConnectionLostError as error:
        raise CommitUnansweredError(result, store.records) from error


def _unless_committed(
    act: Callable[[SqlSchemaStore], Result], before: CommitUnansweredError
) -> Callable[[SqlSchemaStore], Result]:
    """Return an act that does nothing if the attempt before was committed after all."""

    def again(store: SqlSchemaStore) -> Result:
        if store.has_recorded(before.records):
            found: Result = before.result
            return found
        return act(store)

    return again


def _roll_back(link: Link) -> None:
    try:
        link.roll_back()
    except Exception:  # noqa: BLE001 - whatever it is, the first error counts
        link.abandon()
