"""Handled messages in Redis, for handlers whose effects are in no SQL database.

Weaker than `wirepact.inbox.sql`: what a handler has done and the note that it has are
two writes. A process that dies between them leaves a message that will be handled
again, and one that is held up for longer than its lease may find that another has begun
as well.

A key holds the token of whoever has leased it, or `done`. Each change compares the
token first, so that who has lost a lease changes nothing any more. Redis keeps the
time.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from wirepact.errors import InboxUnavailableError, MissingExtraError
from wirepact.inbox import keys as message_keys
from wirepact.inbox.port import Standing, Unit
from wirepact.inbox.sweeping import RETENTION

try:
    from redis.asyncio import Redis
    from redis.exceptions import RedisClusterException, RedisError
except ModuleNotFoundError as error:
    raise MissingExtraError(__name__, "redis") from error

logger = logging.getLogger(__name__)

LEASE_S: Final = 30.0

# Those of a store that cannot be used: the commands are always the same, so that none
# of them is at fault.
_OUT: Final = (RedisError, RedisClusterException, OSError)

# A client may send a command twice, if the first answer was lost: each of them then
# answers as it did.
_TAKE: Final = """
local answers = {}
for i, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if held == 'done' then
    answers[i] = 3
  elseif held and held ~= ARGV[1] then
    answers[i] = 2
  else
    redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
    answers[i] = 1
  end
end
return answers
"""
_EXTEND: Final = """
local kept = 0
for _, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if not held or held == ARGV[1] then
    redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
    kept = kept + 1
  end
end
return kept
"""
# A lease that has run out and that nobody else has taken is none to be fenced off from.
_FINISH: Final = """
local lost = 0
for _, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if not held or held == ARGV[1] then
    redis.call('SET', key, 'done', 'PX', ARGV[2])
  elseif held ~= 'done' then
    lost = lost + 1
  end
end
return lost
"""
_RELEASE: Final = """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then
    redis.call('DEL', key)
  end
end
return 0
"""
_STANDINGS: Final = {1: Standing.NEW, 2: Standing.IN_FLIGHT, 3: Standing.DONE}


class RedisInbox:
    """The `Inbox` in Redis, for the coroutines of one event loop.

    Redis must not evict its keys (`maxmemory-policy noeviction`), and must write them
    to a disk if a restart of it is to forget nothing.
    """

    has_transactions = False

    def __init__(
        self,
        redis: str | Redis,
        *,
        lease_s: float = LEASE_S,
        retention: timedelta = RETENTION,
        prefix: str = "wirepact:inbox",
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Name the server; nothing is asked of it yet.

        Args:
            redis: Its URL, or a client, which stays the caller's to close.
            lease_s: For how long a message stays with a worker that gives no sign of
                life, before another one begins with it.
            retention: For how long a handled message is remembered.
            prefix: Of its keys.
            sleep: Waits between two signs of life.

        Raises:
            ValueError: The URL cannot be used; the message does not repeat it. Or the
                lease or the retention is shorter than a millisecond.

        """
        self._lease_ms = _milliseconds(timedelta(seconds=lease_s))
        self._retention_ms = _milliseconds(retention)
        self._is_ours = isinstance(redis, str)
        self._redis = _connected(redis) if isinstance(redis, str) else redis
        self._name = _name(redis)
        self._prefix = prefix
        self._sleep = sleep
        self._take = self._redis.register_script(_TAKE)
        self._extend = self._redis.register_script(_EXTEND)
        self._finish = self._redis.register_script(_FINISH)
        self._release = self._redis.register_script(_RELEASE)

    def __repr__(self) -> str:
        return f"RedisInbox({self._name!r})"

    async def prepare(self) -> None:
        """See that the server answers; there is nothing to be made.

        Raises:
            InboxUnavailableError: It does not.

        """
        with self._outages():
            await self._redis.ping()

    @asynccontextmanager
    async def unit(
        self, consumer: str, keys: Sequence[str], *, is_sync: bool = False
    ) -> AsyncIterator[Unit]:
        """Lease the keys that are new, and mark them as done in the end.

        The lease is prolonged while the block runs; a block that stops the event loop
        for longer than it lasts loses it. An error gives it back.

        Raises:
            InboxUnavailableError: The server cannot be used. In the end of the block
                that means: what was done is done, and will be done again.

        """
        token = secrets.token_hex(16)
        names = self._names(consumer, keys)
        standings = await self._taken(names, token) if names else []
        leased = [
            name
            for name, standing in zip(names, standings, strict=True)
            if standing is Standing.NEW
        ]
        if not leased:
            yield Unit(standings)
            return
        beating = asyncio.create_task(self._beat(leased, token))
        try:
            yield Unit(standings)
        except BaseException:
            await _ended(beating)
            await self._give_back(leased, token)
            raise
        await _ended(beating)
        await self._mark_done(leased, token)

    async def forget(self, older_than: timedelta) -> int:
        """Do nothing: Redis forgets by itself, after the retention."""
        return 0

    async def close(self) -> None:
        """Close the connections, if they were made here."""
        if self._is_ours:
            with suppress(*_OUT):
                await self._redis.aclose()

    def _names(self, consumer: str, keys: Sequence[str]) -> list[str]:
        # Those of a batch are of one command, which a cluster wants in one place: what
        # stands in braces says where.
        place = f"{self._prefix}:{{{message_keys.of_consumer(consumer)}}}"
        return [f"{place}:{key}" for key in keys]

    async def _taken(self, names: list[str], token: str) -> list[Standing]:
        with self._outages():
            answers = await self._take(names, [token, self._lease_ms])
        return [_STANDINGS[int(answer)] for answer in answers]

    async def _beat(self, names: list[str], token: str) -> None:
        while True:
            await self._sleep(self._lease_ms / 3000)
            try:
                kept = await self._extend(names, [token, self._lease_ms])
            except _OUT as error:
                logger.warning("a lease could not be prolonged: %s", error)
                continue
            if kept < len(names):
                logger.warning("%d leases were lost", len(names) - kept)

    async def _mark_done(self, names: list[str], token: str) -> None:
        with self._outages():
            lost = await self._finish(names, [token, self._retention_ms])
        if lost:
            # What was done cannot be undone: the message counts as handled.
            logger.warning(
                "%d messages took longer than their lease, and others have begun with"
                " them as well",
                lost,
            )

    async def _give_back(self, names: list[str], token: str) -> None:
        try:
            await self._release(names, [token])
        except _OUT as error:
            logger.warning("a lease could not be given back, and runs out: %s", error)

    @contextmanager
    def _outages(self) -> Iterator[None]:
        try:
            yield
        except _OUT as error:
            reason = str(error) or type(error).__name__
            raise InboxUnavailableError(self._name, reason) from error


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    # Nothing of a lease may be written once it is given up.
    await asyncio.wait([task])


def _milliseconds(span: timedelta) -> int:
    whole = span // timedelta(milliseconds=1)
    if whole < 1:
        raise ValueError(f"too short: {span}")
    return whole


def _connected(url: str) -> Redis:
    try:
        return Redis.from_url(url)
    except ValueError:
        # Its message may quote a part of the password.
        raise ValueError(
            "the URL is not redis://, rediss:// or unix://, or cannot be read"
        ) from None


def _name(redis: str | Redis) -> str:
    """Name a server without credentials."""
    if not isinstance(redis, str):
        return "Redis"
    parts = urlsplit(redis)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
