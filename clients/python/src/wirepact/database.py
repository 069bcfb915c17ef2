"""The database of handlers: what they write, and what is noted down with it.

    db = Sql("postgresql://orders:secret@localhost/orders")
    app = App("orders", registry=..., broker=..., db=db)

    async with db.begin() as session:
        session.add(Order(...))

Coroutines get an `AsyncSession` of SQLAlchemy, plain functions a `Session`. Both come
from one URL; each engine is made when it is first needed.
"""

import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, NoReturn, TypeVar

from wirepact.errors import MissingExtraError, OutageError, WirepactError

try:
    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.ext.asyncio import (
        AsyncConnection,
        AsyncEngine,
        AsyncSession,
        async_sessionmaker,
    )
    from sqlalchemy.orm import Session, sessionmaker

    from wirepact._engines import Engines, name_of
    from wirepact._outages import find_outage
except ModuleNotFoundError as error:
    raise MissingExtraError(__name__, "sql") from error

Made = TypeVar("Made")

Given = Engine | AsyncEngine | sessionmaker[Any] | async_sessionmaker[Any]
"""What a user may have made already."""

# What is written stays readable after the commit, without another question.
_ASYNC_SESSIONS: Final = async_sessionmaker(expire_on_commit=False)
_SYNC_SESSIONS: Final = sessionmaker(expire_on_commit=False)
_JOINING: Final = {"join_transaction_mode": "rollback_only"}


class NoEngineError(OutageError):
    """A database was made of engines, and the one that is needed is not among them.

    It counts as an outage, as no message is at fault.
    """


_MISSING: Final = "Sql.of was given no {}, which {} need; it takes one of each kind"


class TransactionEndedError(WirepactError):
    """A session was rolled back inside of its transaction, without an error.

    Whoever wants nothing to be kept raises one. What may fail by itself goes into
    `session.begin_nested()`.
    """

    def __str__(self) -> str:
        return (
            "the session was rolled back inside of its transaction, and with it what"
            " was noted down: raise an error instead, or put what may fail into"
            " session.begin_nested()"
        )


class Sql:
    """A database, with one pool of connections for coroutines and one for threads.

    Threads may share it. The pool of coroutines belongs to the event loop that uses it
    first; close it before another one does.
    """

    def __init__(self, url: str, *, pool_size: int = 10, wait_s: float = 30) -> None:
        """Read the URL; nothing is connected before the first transaction.

        Args:
            url: `postgresql://user:password@host:port/database`, with the driver's
                options behind a `?`, or `sqlite:///file`. With `?pgbouncer=true` it
                works through a pooler that shares sessions.
            pool_size: The most connections to PostgreSQL, for each of the two kinds.
                SQLite has one, as it has one writer at a time.
            wait_s: How long a connection or SQLite's turn to write is waited for.

        Raises:
            DatabaseUrlError: The URL cannot be used.

        """
        engines = Engines.of(url, pool_size, wait_s)
        self._sides = _Sides(
            engines.name,
            engines.dialect,
            _Once(engines.asynchronous),
            _Once(engines.synchronous),
        )

    @classmethod
    def of(cls, *given: Given) -> "Sql":
        """Use engines or session factories that exist; they stay the caller's to close.

        Args:
            given: At most one for coroutines and one for plain functions, of the same
                database. A factory is bound to one engine.

        Raises:
            ValueError: Two of a kind, none, a factory that is bound to no engine,
                engines of different databases, or one without transactions.

        """
        made = cls.__new__(cls)
        made._sides = _given_sides(given)  # noqa: SLF001 - of this class
        return made

    def __repr__(self) -> str:
        return f"Sql({self.name!r})"

    @property
    def name(self) -> str:
        """Where it is, without credentials."""
        return self._sides.name

    @property
    def dialect(self) -> str:
        """Its kind in SQLAlchemy's words: `postgresql` or `sqlite`."""
        return self._sides.dialect

    @property
    def has_async_engine(self) -> bool:
        """Whether coroutines can use it."""
        return not isinstance(self._sides.waiting, _Never)

    @property
    def has_sync_engine(self) -> bool:
        """Whether plain functions can use it."""
        return not isinstance(self._sides.plain, _Never)

    @property
    def async_engine(self) -> AsyncEngine:
        """The engine of coroutines, for what a session is not made for.

        Raises:
            MissingDriverError: Its driver is not installed.
            NoEngineError: `of` was given none.

        """
        return self._sides.waiting.get()

    @property
    def engine(self) -> Engine:
        """The engine of plain functions, likewise.

        Raises:
            MissingDriverError: Its driver is not installed.
            NoEngineError: `of` was given none.

        """
        return self._sides.plain.get()

    @asynccontextmanager
    async def begin(
        self, *, unavailable: type[OutageError] = OutageError
    ) -> AsyncIterator[AsyncSession]:
        """Open a transaction, which ends with the block: an error rolls it back.

        `commit()` inside of the block only writes out what waits in the session.

        Args:
            unavailable: What is raised of an outage.

        Raises:
            OutageError: The database cannot be reached, or cannot be written to; of
                whatever happens inside as well.
            TransactionEndedError: The session was rolled back inside of the block.

        """
        engine = self.async_engine
        try:
            async with engine.connect() as connection:
                transaction = await connection.begin()
                async with self._async_session(connection) as session:
                    yield session
                    _hold_open(transaction.is_active)
                    await session.commit()
                await transaction.commit()
        except Exception as error:
            reason = find_outage(error)
            if reason is None:
                raise
            raise unavailable(self.name, reason) from error

    @contextmanager
    def begin_sync(
        self, *, unavailable: type[OutageError] = OutageError
    ) -> Iterator[Session]:
        """Do the same as `begin`, for plain functions.

        Raises:
            OutageError: The database cannot be reached, or cannot be written to; of
                whatever happens inside as well.
            TransactionEndedError: The session was rolled back inside of the block.

        """
        engine = self.engine
        try:
            with engine.connect() as connection:
                transaction = connection.begin()
                with self._sync_session(connection) as session:
                    yield session
                    _hold_open(transaction.is_active)
                    session.commit()
                transaction.commit()
        except Exception as error:
            reason = find_outage(error)
            if reason is None:
                raise
            raise unavailable(self.name, reason) from error

    async def close(self) -> None:
        """Close the connections that were made here; new ones are made when needed."""
        waiting = self._sides.waiting.take()
        if waiting is not None:
            await waiting.dispose()
        self.close_sync()

    def close_sync(self) -> None:
        """Close the connections of plain functions that were made here."""
        plain = self._sides.plain.take()
        if plain is not None:
            plain.dispose()

    def _async_session(self, connection: AsyncConnection) -> AsyncSession:
        session: AsyncSession = self._sides.new_async(bind=connection, **_JOINING)
        return session

    def _sync_session(self, connection: Connection) -> Session:
        session: Session = self._sides.new_sync(bind=connection, **_JOINING)
        return session


class _Once(Generic[Made]):
    """Something that is made when it is first needed, by one of many threads."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._made: Made | None = None
        self._lock = threading.Lock()

    def get(self) -> Made:
        if self._made is not None:
            return self._made
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def take(self) -> Made | None:
        """Return what was made, and forget it; None if nothing was."""
        with self._lock:
            made, self._made = self._made, None
            return made


class _Given(_Once[Made]):
    """Something of the caller's, which is not taken away from it."""

    def __init__(self, given: Made) -> None:
        super().__init__(lambda: given)

    def take(self) -> Made | None:
        return None


class _Never(_Once[Any]):
    """Something that the caller should have given."""

    def __init__(self, error: WirepactError) -> None:
        def refuse() -> NoReturn:
            raise error

        super().__init__(refuse)


@dataclass(frozen=True, slots=True)
class _Sides:
    """The engines of one database, and what makes sessions over their connections."""

    name: str
    dialect: str
    waiting: _Once[AsyncEngine]
    plain: _Once[Engine]
    new_async: Callable[..., Any] = _ASYNC_SESSIONS
    new_sync: Callable[..., Any] = _SYNC_SESSIONS


def _given_sides(given: Sequence[Given]) -> _Sides:
    factories = [_factory(each) for each in given]
    waiting = [each for each in factories if isinstance(each, async_sessionmaker)]
    plain = [each for each in factories if isinstance(each, sessionmaker)]
    if not factories or len(waiting) > 1 or len(plain) > 1:
        raise ValueError("Sql.of takes one AsyncEngine, one Engine, or one of each")
    engines = [_engine_of(each) for each in factories]
    names = sorted({name_of(engine.url) for engine in engines})
    if len(names) > 1:
        raise ValueError(f"the engines are of different databases: {', '.join(names)}")
    sides = _Sides(
        names[0],
        engines[0].dialect.name,
        _Never(NoEngineError(names[0], _MISSING.format("AsyncEngine", "coroutines"))),
        _Never(NoEngineError(names[0], _MISSING.format("Engine", "plain functions"))),
    )
    for one in waiting:
        sides = replace(sides, waiting=_Given(_engine_of(one)), new_async=one)
    for other in plain:
        sides = replace(sides, plain=_Given(_engine_of(other)), new_sync=other)
    return sides


def _factory(given: Given) -> sessionmaker[Any] | async_sessionmaker[Any]:
    if isinstance(given, AsyncEngine):
        return async_sessionmaker(given, expire_on_commit=False)
    if isinstance(given, Engine):
        return sessionmaker(given, expire_on_commit=False)
    return given


def _engine_of(factory: sessionmaker[Any] | async_sessionmaker[Any]) -> Any:
    engine = factory.kw.get("bind")
    if not isinstance(engine, Engine | AsyncEngine):
        reason = "the session factory is bound to no engine"
        raise ValueError(reason)  # noqa: TRY004 - a factory, but without one
    options = engine.get_execution_options()
    # What an engine was made with is kept under no public name.
    made_with = getattr(engine.dialect, "_on_connect_isolation_level", None)
    if options.get("isolation_level", made_with) == "AUTOCOMMIT":
        # A message would be noted down as handled before it is.
        raise ValueError("the engine commits each statement by itself (AUTOCOMMIT)")
    return engine


def _hold_open(is_active: bool) -> None:  # noqa: FBT001 - what it is about
    if not is_active:
        raise TransactionEndedError
