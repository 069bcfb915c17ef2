"""A process that handles one message and stops at a point, where it can be killed.

    python -m tests.integration.sdk.handling_process STORE POINT

It says when it is there, and then waits for ever. At a point that it does not pass it
ends by itself, when all is done.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from wirepact.database import Sql
from wirepact.inbox.port import Standing, Unit
from wirepact.inbox.redis import RedisInbox
from wirepact.inbox.sql import SqlInbox

HANDLER = "billing"
MESSAGE = "urn:orders|1"
REACHED = "reached"

POINTS = ("before the handler", "begun", "effects made", "before the acknowledgement")


class SqlStore:
    """Effects in the database of the inbox."""

    def __init__(self, url: str, *, is_sync: bool) -> None:
        self.is_sync = is_sync
        self.database = Sql(url)
        self.inbox = SqlInbox(self.database)

    async def prepare(self) -> None:
        await self.inbox.prepare()
        async with self.database.begin() as session:
            await session.execute(text("CREATE TABLE effect (name text)"))

    async def make_effect(self, unit: Unit) -> None:
        def make(session: Session) -> None:
            session.execute(text("INSERT INTO effect VALUES ('billed')"))

        if isinstance(unit.transaction, AsyncSession):
            await unit.transaction.run_sync(make)
        else:
            await asyncio.to_thread(make, unit.transaction)

    async def effects(self) -> int:
        async with self.database.begin() as session:
            found: Any = await session.scalar(text("SELECT count(*) FROM effect"))
        return int(found)

    async def close(self) -> None:
        await self.inbox.close()
        await self.database.close()


class RedisStore:
    """What a handler does elsewhere, of which no transaction knows."""

    is_sync = False

    def __init__(self, url: str) -> None:
        self.inbox = RedisInbox(url)
        self.client = Redis.from_url(url)

    async def prepare(self) -> None:
        await self.inbox.prepare()

    async def make_effect(self, unit: Unit) -> None:
        await self.client.incr("effects")

    async def effects(self) -> int:
        return int(await self.client.get("effects") or 0)

    async def close(self) -> None:
        await self.inbox.close()
        await self.client.aclose()


Store = SqlStore | RedisStore
"""An inbox, and the place where a handler's effects go."""


def store_at(place: str) -> Store:
    """Open a store by a URL; one that ends in `#thread` is for plain functions."""
    url, _, kind = place.partition("#")
    if url.startswith("redis"):
        return RedisStore(url)
    return SqlStore(url, is_sync=kind == "thread")


async def handle(store: Store, stop_at: str = "") -> Sequence[Standing]:
    """Handle the message as a consumer does, and return how it stood."""

    def pass_by(point: str) -> None:
        if point == stop_at:
            sys.stdout.write(f"{REACHED}\n")
            sys.stdout.flush()
            sys.stdin.read()

    pass_by("before the handler")
    unit = store.inbox.unit(HANDLER, [MESSAGE], is_sync=store.is_sync)
    async with unit as begun:
        pass_by("begun")
        standings = list(begun.standings)
        if standings == [Standing.NEW]:
            await store.make_effect(begun)
            pass_by("effects made")
    pass_by("before the acknowledgement")
    return standings


async def main(place: str, stop_at: str) -> None:
    store = store_at(place)
    await handle(store, stop_at)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
