"""Handled messages in a table, noted down in the handler's own transaction.

The first statement of the transaction inserts the message's key. If the key is there,
the message was handled. If another transaction has inserted it and not ended, the
database waits for that one: its unique index is the lock, and a process that is killed
leaves nothing behind.

What is kept is forgotten by the database's own clock; the times of messages, and the
clocks of those who send or handle them, have no say.
"""

import json
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, Final, TypeVar

from wirepact.database import Sql
from wirepact.errors import InboxUnavailableError, MissingExtraError
from wirepact.inbox import keys as message_keys
from wirepact.inbox.port import Standing, Unit
from wirepact.inbox.statements import STATEMENTS
from wirepact.inbox.threads import Threads

try:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError, ProgrammingError
    from sqlalchemy.orm import Session
except ModuleNotFoundError as error:
    raise MissingExtraError(__name__, "sql") from error

Value = TypeVar("Value")

TABLE: Final = "wirepact_inbox"
BATCH: Final = 1_000
"""How many rows are forgotten in one transaction."""

# Such a name means the same with and without quotes, in either database.
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class InboxTableError(InboxUnavailableError):
    """The table is not there and cannot be made, or is not as it should be.

    Attributes:
        ddl: What makes it, for somebody who may.

    """

    def __init__(self, what: str, reason: str, ddl: str) -> None:
        super().__init__(what, reason)
        self.ddl = ddl
        self.args = (what, reason, ddl)

    def __str__(self) -> str:
        return (
            f"{super().__str__()}\nThe role needs SELECT, INSERT and DELETE on a table"
            f" that is made by:\n{self.ddl}"
        )


class SqlInbox:
    """The `Inbox` in a table of a database, for the coroutines of one event loop.

    Attributes:
        ddl: The statements that make its table, for a role that may do so.

    """

    has_transactions = True

    def __init__(
        self, database: Sql, *, table: str = TABLE, schema: str | None = None
    ) -> None:
        """Name the table; nothing is asked of the database yet, which is not closed.

        Args:
            table: Several services share one if their handlers' names differ.
            schema: Of PostgreSQL; None for the first one of the search path.

        Raises:
            ValueError: A name is not of lower-case letters, digits and `_`, or the
                database is of another kind.

        """
        for name in (table, schema):
            if name is not None and not _NAME.fullmatch(name):
                raise ValueError(f"not a name of lower-case letters and _: {name!r}")
        if database.dialect not in STATEMENTS:
            known = ", ".join(STATEMENTS)
            raise ValueError(f"an inbox is kept in {known}, not in {database.dialect}")
        if schema is not None and database.dialect == "sqlite":
            raise ValueError("SQLite has no schemas")
        said = STATEMENTS[database.dialect].named(table, schema)
        self.ddl = "".join(f"{each};\n" for each in said.create if "CREATE" in each)
        self._database = database
        self._name = f"{table} in {database.name}"
        self._create = tuple(map(text, said.create))
        self._exists = text(said.exists)
        self._note_down = text(said.note)
        self._forget_some = text(said.forget)
        self._threads = Threads("wirepact-inbox")

    def __repr__(self) -> str:
        return f"SqlInbox({self._name!r})"

    async def prepare(self) -> None:
        """Make the table if it is not there, and see that it can be written to.

        If it is there, no more is asked of the role than to use it.

        Raises:
            InboxTableError: It cannot be made, or is not as it should be.
            InboxUnavailableError: The database cannot be reached or written to.

        """
        await self._act(self._make_sure)

    def unit(
        self, consumer: str, keys: Sequence[str], *, is_sync: bool = False
    ) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction and note down the keys that are new in it; see `Inbox`.

        Raises:
            InboxTableError: The table is gone, or may not be written to.
            InboxUnavailableError: The database cannot be reached or written to, in
                whatever happens inside as well.
            NoEngineError: The database was made of engines of the other kind.
            TransactionEndedError: The session was rolled back inside.

        """
        if is_sync:
            return self._threads.entered(self._unit_in_thread(consumer, keys))
        return self._unit(consumer, keys)

    async def forget(self, older_than: timedelta) -> int:
        """Delete what was handled so long ago, in batches; return how many messages.

        Several may do so at once.

        Raises:
            InboxUnavailableError: The database cannot be reached or written to.
            ValueError: The age is negative.

        """
        if older_than < timedelta(0):
            raise ValueError(f"an age cannot be negative: {older_than}")
        parameters = {"age_s": older_than.total_seconds(), "most": BATCH}

        def some(session: Session) -> int:
            deleted: Any = session.execute(self._forget_some, parameters)
            return int(deleted.rowcount)

        total = count = await self._act(some)
        while count == BATCH:
            count = await self._act(some)
            total += count
        return total

    async def close(self) -> None:
        """End the threads; the database stays open, as others may use it."""
        self._threads.close()

    @asynccontextmanager
    async def _unit(self, consumer: str, keys: Sequence[str]) -> AsyncIterator[Unit]:
        begun = self._database.begin(unavailable=InboxUnavailableError)
        async with begun as session:
            standings = await session.run_sync(self._noted, consumer, keys)
            yield Unit(standings, session)

    @contextmanager
    def _unit_in_thread(self, consumer: str, keys: Sequence[str]) -> Iterator[Unit]:
        begun = self._database.begin_sync(unavailable=InboxUnavailableError)
        with begun as session:
            yield Unit(self._noted(session, consumer, keys), session)

    def _noted(
        self, session: Session, consumer: str, keys: Sequence[str]
    ) -> Sequence[Standing]:
        new = self._insert(session, consumer, keys) if keys else frozenset()
        return [Standing.NEW if key in new else Standing.DONE for key in keys]

    def _insert(
        self, session: Session, consumer: str, keys: Sequence[str]
    ) -> frozenset[str]:
        given: Any = sorted(keys)
        if self._database.dialect == "sqlite":
            given = json.dumps(given)
        name = message_keys.of_consumer(consumer)
        parameters = {"consumer": name, "keys": given}
        try:
            return frozenset(session.execute(self._note_down, parameters).scalars())
        except DBAPIError as error:
            self._refuse_table(error)
            raise

    def _make_sure(self, session: Session) -> None:
        try:
            if session.execute(self._exists).first() is None:
                for statement in self._create:
                    session.execute(statement)
        except DBAPIError as error:
            self._refuse_table(error)
            raise
        # Nothing is inserted; but rights, columns and the unique key are looked at.
        self._insert(session, "nobody", ())

    def _refuse_table(self, error: DBAPIError) -> None:
        """Raise what a table causes that is missing or different."""
        if is_about_table(error):
            reason = str(error.orig).strip().partition("\n")[0]
            raise InboxTableError(self._name, reason, self.ddl) from error

    async def _act(self, act: Callable[[Session], Value]) -> Value:
        """Do something in a transaction, by whichever engine there is."""
        if self._database.has_async_engine:
            begun = self._database.begin(unavailable=InboxUnavailableError)
            async with begun as session:
                return await session.run_sync(act)

        def in_thread() -> Value:
            begun = self._database.begin_sync(unavailable=InboxUnavailableError)
            with begun as session:
                return act(session)

        return await self._threads.run(in_thread)


def is_about_table(error: DBAPIError) -> bool:
    """Say whether one of these statements was refused for what they are about."""
    if isinstance(error.orig, sqlite3.Error):
        name = getattr(error.orig, "sqlite_errorname", "")
        return bool(name == "SQLITE_ERROR")
    return isinstance(error, ProgrammingError)
