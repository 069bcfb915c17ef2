"""A database of handlers that outlives their processes: rows, locks, transactions."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from tests.simulation.chance import Chance
from wirepact import InboxUnavailableError
from wirepact.inbox.port import Standing, Unit


class Effect(NamedTuple):
    """A row that a handler has written."""

    key: str
    number: int
    message_id: str


@dataclass
class Transaction:
    rows: list[Effect] = field(default_factory=list)

    async def write(self, row: Effect) -> None:
        await asyncio.sleep(0)
        self.rows.append(row)


@dataclass
class Database:
    """What is committed, and who has noted down what and not committed it yet."""

    chance: Chance
    effects: list[Effect] = field(default_factory=list)
    noted: set[tuple[str, str]] = field(default_factory=set)
    locks: dict[tuple[str, str], asyncio.Event] = field(default_factory=dict)
    is_out: bool = False

    def refuse_outage(self) -> None:
        if self.is_out or self.chance.strikes("database"):
            raise InboxUnavailableError("the database", "it is out")


class SimulatedInbox:
    """An `Inbox` with the semantics of a unique index in a handler's transaction."""

    has_transactions = True

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prepare(self) -> None:
        self._database.refuse_outage()

    @asynccontextmanager
    async def unit(
        self, consumer: str, keys: Sequence[str], *, is_sync: bool = False
    ) -> AsyncIterator[Unit]:
        database = self._database
        await database.chance.pause()
        database.refuse_outage()
        taken: list[tuple[str, str]] = []
        transaction = Transaction()
        try:
            # In one order for all: who holds some waits for none that waits for it.
            found = {
                key: await self._noted(consumer, key, taken) for key in sorted(keys)
            }
            yield Unit([found[key] for key in keys], transaction)
            await database.chance.pause()
            database.refuse_outage()
            # What follows is the commit: all of it, or nothing.
            database.noted.update(taken)
            database.effects += transaction.rows
        finally:
            for mark in taken:
                database.locks.pop(mark).set()
        # An answer may be lost although the commit is done.
        await database.chance.pause()
        if database.chance.strikes("commit"):
            raise InboxUnavailableError("the database", "the answer was lost")

    async def _noted(
        self, consumer: str, key: str, taken: list[tuple[str, str]]
    ) -> Standing:
        database, mark = self._database, (consumer, key)
        while mark in database.locks:
            await database.locks[mark].wait()
        if mark in database.noted:
            return Standing.DONE
        database.locks[mark] = asyncio.Event()
        taken.append(mark)
        return Standing.NEW

    async def forget(self, older_than: timedelta) -> int:
        return 0

    async def close(self) -> None: ...
