"""One pooled connection of the driver, and its errors in our terms."""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, Protocol

from sqlalchemy import Executable
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from registry.application import deadlines
from registry.domain.errors import StoreUnavailableError
from registry.storage import postgresql, sqlite
from registry.storage.appending import Appended, Appending
from registry.storage.faults import (
    ConflictError,
    ConnectionLostError,
    PrivilegeMissingError,
)
from registry.storage.rows import Row

logger = logging.getLogger(__name__)


class Dialect(Protocol):
    """What differs between databases; two modules are of this form."""

    @property
    def Error(self) -> tuple[type[Exception], ...]: ...  # noqa: N802 - a module's name

    @property
    def BEGIN(self) -> str: ...  # noqa: N802 - a module's name

    @property
    def HAS_RULE(self) -> str: ...  # noqa: N802 - a module's name

    @property
    def ONE_OF(self) -> str: ...  # noqa: N802 - a module's name

    @property
    def IS_LIKE(self) -> str: ...  # noqa: N802 - a module's name

    def like(self, glob: str) -> str: ...

    def sql(self, statement: str) -> str: ...

    def translated(self, error: Exception) -> Exception: ...

    def lock(self, connection: Any, context: str) -> None: ...

    def lock_all(self, connection: Any) -> None: ...

    def append(self, connection: Any, it: Appending) -> Appended | None: ...

    def remove_unused(self, connection: Any, context: str, schema_id: int) -> bool: ...

    def is_one_statement(self, it: Appending) -> bool: ...


DIALECTS: dict[str, Dialect] = {"postgresql": postgresql, "sqlite": sqlite}


class Link:
    """Runs statements on a connection of the pool, which it must be given back to.

    Statements go to the driver itself: SQLAlchemy's own way costs as much as the
    statement. Not thread-safe.

    Args:
        begin: What begins a transaction, sent before the first statement. Without it
            each statement is one of its own, and a read that finds its connection cut
            off is run once more on another.

    Raises:
        StoreUnavailableError: No connection is to be had.

    """

    def __init__(
        self, engine: Engine, dialect: Dialect, begin: str | None = None
    ) -> None:
        self.dialect = dialect
        self.is_in_transaction = False
        self._engine = engine
        self._begin = begin
        self._is_repeatable = begin is None
        self._is_spent = False
        self._is_open = False
        self._check_out()

    def append(self, it: Appending) -> Appended | None:
        """Write a version; as the first statement in a transaction of its own."""
        try:
            if self.is_in_transaction or not self.dialect.is_one_statement(it):
                self._start()
                return self.dialect.append(self.raw, it)
            with deadlines.current().committing():
                return self.dialect.append(self.raw, it)
        except self.dialect.Error as error:
            self._fail(error)

    def close_to_more(self) -> None:
        """Refuse all further statements of this transaction."""
        self._is_spent = True

    def lock(self, context: str) -> None:
        """Take the row of a context, which is created if it is not there."""
        self._locking(lambda: self.dialect.lock(self.raw, context))

    def lock_all(self) -> None:
        self._locking(lambda: self.dialect.lock_all(self.raw))

    def remove_unused(self, context: str, schema_id: int) -> bool:
        """Remove a content unless a version has it, and see that its id stays taken."""
        try:
            self._start()
            return self.dialect.remove_unused(self.raw, context, schema_id)
        except self.dialect.Error as error:
            self._fail(error)

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        return self._run(self.dialect.sql(statement), parameters)

    def row(self, statement: str, parameters: Sequence[object] = ()) -> Row | None:
        found = self._run(self.dialect.sql(statement), parameters)
        return found[0] if found else None

    def change(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement that returns no rows; return how many it changed."""
        try:
            self._start()
            changed = self.raw.execute(self.dialect.sql(statement), parameters)
        except self.dialect.Error as error:
            self._fail(error)
        return int(changed.rowcount)

    def change_each(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        try:
            self._start()
            self.raw.cursor().executemany(self.dialect.sql(statement), list(rows))
        except self.dialect.Error as error:
            self._fail(error)

    def select(self, query: Executable) -> list[Row]:
        """Run a query that is composed of expressions: the slower way."""
        try:
            return self._select(query)
        except DBAPIError as error:
            self._run_again_or_fail(error.orig or error)
        return self._select(query)

    def commit(self) -> None:
        """End the transaction if there is one; a lone append was one of its own."""
        self._is_spent = False
        if self.is_in_transaction:
            self.change("COMMIT")
            self.is_in_transaction = False

    def roll_back(self) -> None:
        self._is_spent = False
        if self.is_in_transaction:
            self.change("ROLLBACK")
            self.is_in_transaction = False

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

    def _start(self) -> None:
        if self._is_spent:
            raise RuntimeError("nothing may follow an append that came first")
        if self._begin is not None and not self.is_in_transaction:
            self.raw.execute(self._begin)
            self.is_in_transaction = True

    def _locking(self, act: Callable[[], None]) -> None:
        try:
            self._start()
            act()
        except self.dialect.Error as error:
            self._fail(error)

    def _run(self, sql: str, parameters: Sequence[object]) -> list[Row]:
        try:
            self._start()
            rows: list[Row] = self.raw.execute(sql, parameters).fetchall()
        except self.dialect.Error as error:
            self._run_again_or_fail(error)
        else:
            return rows
        return self._run(sql, parameters)

    def _select(self, query: Executable) -> list[Row]:
        self._start()
        connection = Connection(self._engine, connection=self._pooled)
        # The driver's own rows: made into SQLAlchemy's, long lists cost twice as much.
        cursor: Any = connection.execute(query).cursor
        rows: list[Row] = cursor.fetchall()
        return rows

    def _run_again_or_fail(self, error: BaseException) -> None:
        """Return if a read has another connection now; only once."""
        fault = self._translated(error)
        if not (self._is_repeatable and isinstance(fault, ConnectionLostError)):
            self._fail(error)
        self._is_repeatable = False
        self._check_out()

    def _fail(self, error: BaseException) -> NoReturn:
        fault = self._translated(error)
        if isinstance(fault, PrivilegeMissingError):
            # Here, as some go on without the database, whatever keeps it from them.
            logger.error(
                "database refuses the registry: %s; %s", fault.reason, fault.advice
            )
        if fault is error:
            raise error
        if self._begin is None and isinstance(
            fault, ConflictError | ConnectionLostError
        ):
            # Nobody runs a read again.
            raise StoreUnavailableError from error
        raise fault from error

    def _translated(self, error: BaseException) -> BaseException:
        """Say what an error of the driver means; a lost connection is closed.

        What cut it off has most likely cut off all that lie idle: they go as well.
        """
        if not isinstance(error, Exception):
            return error
        fault = self.dialect.translated(error)
        if isinstance(fault, ConnectionLostError):
            self.abandon()
            if self._engine.pool is self._pool:
                self._engine.dispose()
        return fault

    def _check_out(self) -> None:
        self._pool = self._engine.pool
        try:
            self._pooled = self._engine.raw_connection()
        except self.dialect.Error as error:
            raise StoreUnavailableError from error
        except DBAPIError as error:
            # What SQLAlchemy itself asks of the first connection that it makes.
            raise StoreUnavailableError from error.orig
        except PoolTimeoutError as error:
            raise StoreUnavailableError from error
        self.raw: Any = self._pooled.driver_connection
        self._is_open = True
