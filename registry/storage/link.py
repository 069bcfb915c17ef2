"""One pooled connection of the driver, and its errors in our terms."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import Executable
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from registry.domain.errors import StoreUnavailableError
from registry.storage import postgresql, sqlite
from registry.storage.appending import Appended, Appending
from registry.storage.faults import ConnectionLostError
from registry.storage.rows import Row


class Dialect(Protocol):
    """What differs between databases; two modules are of this form."""

    @property
    def Error(self) -> tuple[type[Exception], ...]: ...  # noqa: N802 - a module's name

    @property
    def BEGIN(self) -> str: ...  # noqa: N802 - a module's name

    def sql(self, statement: str) -> str: ...

    def translated(self, error: Exception) -> Exception: ...

    def lock(self, connection: Any, context: str) -> None: ...

    def lock_all(self, connection: Any) -> None: ...

    def append(self, connection: Any, it: Appending) -> Appended | None: ...


DIALECTS: dict[str, Dialect] = {"postgresql": postgresql, "sqlite": sqlite}


class Link:
    """Runs statements on a connection of the pool, which it must be given back to.

    Statements go to the driver itself: SQLAlchemy's own way costs as much as the
    statement. Outside a transaction each is one of its own, and a read that finds its
    connection cut off is run once more on another. Not thread-safe.

    Raises:
        StoreUnavailableError: No connection is to be had.

    """

    def __init__(
        self, engine: Engine, dialect: Dialect, *, is_repeatable: bool
    ) -> None:
        self.dialect = dialect
        self._engine = engine
        self._is_repeatable = is_repeatable
        self._is_open = False
        self._check_out()

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        return self._run(self.dialect.sql(statement), parameters)

    def row(self, statement: str, parameters: Sequence[object] = ()) -> Row | None:
        found = self._run(self.dialect.sql(statement), parameters)
        return found[0] if found else None

    def change(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement that returns no rows; return how many it changed."""
        try:
            changed = self.raw.execute(self.dialect.sql(statement), parameters)
        except self.dialect.Error as error:
            raise self.translated(error) from error
        return int(changed.rowcount)

    def change_each(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        try:
            self.raw.cursor().executemany(self.dialect.sql(statement), list(rows))
        except self.dialect.Error as error:
            raise self.translated(error) from error

    def select(self, query: Executable) -> list[Row]:
        """Run a query that is composed of expressions: the slower way."""
        try:
            return self._select(query)
        except DBAPIError as error:
            fault = self.translated(error.orig or error)
            if not self._can_run_again(fault):
                raise fault from error
        return self._select(query)

    def close(self) -> None:
        """Give the connection back; a second call does nothing."""
        if self._is_open:
            self._is_open = False
            self._pooled.close()

    def abandon(self) -> None:
        """Close the connection itself; nobody gets it again."""
        if self._is_open:
            self._is_open = False
            self._pooled.invalidate()

    def translated(self, error: BaseException) -> Exception:
        """Return what to raise in place of an error of the driver."""
        assert isinstance(error, Exception)  # noqa: S101 - drivers raise no other
        fault = self.dialect.translated(error)
        if fault is not error:
            fault.__cause__ = error
        return fault

    def _run(self, sql: str, parameters: Sequence[object]) -> list[Row]:
        try:
            rows: list[Row] = self.raw.execute(sql, parameters).fetchall()
        except self.dialect.Error as error:
            fault = self.translated(error)
            if not self._can_run_again(fault):
                raise fault from error
        else:
            return rows
        return self._run(sql, parameters)

    def _select(self, query: Executable) -> list[Row]:
        connection = Connection(self._engine, connection=self._pooled)
        return list(connection.execute(query))

    def _can_run_again(self, fault: Exception) -> bool:
        """Replace a lost connection, once; False if that is no remedy."""
        if not isinstance(fault, ConnectionLostError):
            return False
        self.abandon()
        # What cut off this connection has most likely cut off all that lie idle.
        if self._engine.pool is self._pool:
            self._engine.dispose()
        if not self._is_repeatable:
            return False
        self._is_repeatable = False
        self._check_out()
        return True

    def _check_out(self) -> None:
        self._pool = self._engine.pool
        try:
            self._pooled = self._engine.raw_connection()
        except self.dialect.Error as error:
            raise StoreUnavailableError from error
        except PoolTimeoutError as error:
            raise StoreUnavailableError from error
        self.raw: Any = self._pooled.driver_connection
        self._is_open = True
