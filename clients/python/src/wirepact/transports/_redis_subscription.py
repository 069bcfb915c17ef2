"""A member of a group of Redis's: a consumer of each of its streams."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from wirepact.errors import BrokerUnavailableError, MissingExtraError
from wirepact.transports import _redis_scripts as scripts
from wirepact.transports._intake import Intake
from wirepact.transports._redis_entries import added_at, to_delivery
from wirepact.transports._redis_link import Link
from wirepact.transports.port import Delivery, Lag, Lane

try:
    from redis.exceptions import ResponseError
except ModuleNotFoundError as error:
    raise MissingExtraError("Redis", "redis") from error

_LOOK_S: Final = 0.5
"""How often a member looks for what others have handed back, or have died over."""

_BEATS: Final = 3
_NEVER: Final = "18446744073709551614-0"
_MOST_COUNTED: Final = 10_000


class RedisSubscription:
    """See `Subscription`."""

    def __init__(
        self, link: Link, topics: Sequence[str], group: str, *, member_timeout_s: float
    ) -> None:
        self._link = link
        self._group = group
        self._member = f"wirepact:{uuid4().hex}"
        self._member_timeout_s = member_timeout_s
        self._intake = Intake(topics)
        self._look_at: dict[str, float] = {lane.topic: 0 for lane in self._intake.lanes}
        self._may_have_missed = False
        self._reading: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        self._is_closed = False

    async def open(self) -> None:
        """Make the group, where it is missing.

        Raises:
            BrokerUnavailableError: It cannot be reached.

        """
        with self._link.outages():
            for topic in self._look_at:
                await self._make_group(topic)
        self._beating = asyncio.create_task(self._beat())

    async def _make_group(self, topic: str) -> None:
        try:
            await self._do("XGROUP", "CREATE", topic, self._group, "0", "MKSTREAM")
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def _do(self, *words: Any) -> Any:
        return await self._link.do(*words)

    async def _run(self, script: str, topic: str, *words: Any) -> Any:
        keys = (topic, delayed_key(topic, self._group))
        return await self._do("EVAL", script, 2, *keys, self._group, *words)

    async def fetch(self, limit: int, wait_s: float) -> Sequence[Delivery]:
        """See `Subscription`."""
        if self._is_closed:
            return []
        if taken := self._intake.take(limit):
            return taken
        # What is read may be ours from then on: it is read to its end, also when
        # nobody waits for it any longer.
        if self._reading is None:
            self._reading = asyncio.create_task(self._read(limit, wait_s))
        await asyncio.wait({self._reading}, timeout=max(wait_s, 0) + _LOOK_S)
        self._end_reading()
        return self._intake.take(limit)

    def _end_reading(self) -> None:
        if self._reading is None or not self._reading.done():
            return
        done, self._reading = self._reading, None
        if not done.cancelled():
            done.result()

    async def _read(self, limit: int, wait_s: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + wait_s
        try:
            with self._link.outages():
                while not await self._read_once(limit, end - loop.time()):
                    if loop.time() >= end:
                        return
        except BaseException:
            # The answer may have been on its way.
            self._may_have_missed = True
            raise

    async def _read_once(self, limit: int, left_s: float) -> bool:
        """Read what is there; return whether that is anything."""
        topics = self._intake.open_topics()
        if not topics:
            await asyncio.sleep(min(max(left_s, 0), _LOOK_S))
            return False
        try:
            if await self._look(topics, limit):
                return True
            return await self._read_new(topics, limit, left_s)
        except ResponseError as error:
            # Somebody has deleted the stream, or emptied the database.
            if not str(error).startswith(("NOGROUP", "UNBLOCKED", "ERR no such key")):
                raise
            for topic in topics:
                await self._make_group(topic)
            return False

    async def _look(self, topics: Sequence[str], limit: int) -> bool:
        """Take what is due again: after a delay, a death, a lost answer."""
        loop = asyncio.get_running_loop()
        found: list[Delivery] = []
        if self._may_have_missed:
            for topic in self._look_at:
                found += await self._missed(topic)
            self._may_have_missed = False
        for topic in topics:
            if self._look_at[topic] <= loop.time():
                found += await self._due(topic, limit)
        for delivery in found:
            self._intake.put(delivery)
        return bool(found)

    async def _missed(self, topic: str) -> list[Delivery]:
        known = [each.position for each in self._intake.of(topic)]
        most = _MOST_COUNTED
        entries = await self._run(scripts.MISSED, topic, self._member, most, *known)
        return _deliveries(topic, entries)

    async def _due(self, topic: str, limit: int) -> list[Delivery]:
        entries, next_ms = await self._run(
            scripts.TAKE,
            topic,
            self._member,
            scripts.DELAYED,
            limit,
            round(self._member_timeout_s * 1000),
        )
        wait_s = 0.0 if entries else min(int(next_ms or 1e6) / 1000, _LOOK_S)
        self._look_at[topic] = asyncio.get_running_loop().time() + wait_s
        return _deliveries(topic, entries)

    async def _read_new(self, topics: Sequence[str], limit: int, left_s: float) -> bool:
        now = asyncio.get_running_loop().time()
        look_s = min(self._look_at[topic] for topic in topics) - now
        block_ms = max(round(min(left_s, look_s, _LOOK_S) * 1000), 1)
        found = await self._do(
            *("XREADGROUP", "GROUP", self._group, self._member, "COUNT", limit),
            *("BLOCK", block_ms, "STREAMS", *topics, *(">" for _ in topics)),
        )
        for name, entries in found or ():
            topic = name.decode()
            for entry_id, fields in entries:
                self._intake.put(to_delivery(topic, entry_id.decode(), fields, 1))
        return bool(found)

    async def ack(self, deliveries: Iterable[Delivery]) -> None:
        """See `Subscription`. What another member has got meanwhile is left to it."""
        await self._settle(scripts.ACK, deliveries, self._member)

    async def nack(self, deliveries: Iterable[Delivery], delay_s: float = 0) -> None:
        """See `Subscription`."""
        delay_ms = max(round(delay_s * 1000), 0)
        soon = asyncio.get_running_loop().time() + delay_s
        words = (self._member, scripts.DELAYED, delay_ms)
        try:
            topics = await self._settle(scripts.NACK, deliveries, *words)
        except BrokerUnavailableError:
            # They are still ours, and are found again as what was missed.
            self._may_have_missed = True
            return
        for topic in topics:
            self._look_at[topic] = min(self._look_at[topic], soon)

    async def _settle(
        self, script: str, deliveries: Iterable[Delivery], *words: Any
    ) -> list[str]:
        settled: dict[str, list[int | str]] = {}
        for delivery in self._intake.settle(deliveries):
            settled.setdefault(delivery.topic, []).append(delivery.position)
        try:
            with self._link.outages():
                for topic, ids in settled.items():
                    await self._run(script, topic, *words, *ids)
        except BrokerUnavailableError:
            self._may_have_missed = True
            raise
        return list(settled)

    async def _beat(self) -> None:
        """Say now and then that this member lives, whatever its handlers do."""
        while True:
            await asyncio.sleep(self._member_timeout_s / _BEATS)
            with suppress(BrokerUnavailableError), self._link.outages():
                for topic in self._look_at:
                    # A look at what is pending behind the last possible entry.
                    await self._do(
                        *("XREADGROUP", "GROUP", self._group, self._member),
                        *("COUNT", 1, "STREAMS", topic, _NEVER),
                    )

    def pause(self, lanes: Iterable[Lane]) -> None:
        """See `Subscription`. What was asked for before stays here, unfetched."""
        self._intake.pause(lanes)

    def resume(self, lanes: Iterable[Lane]) -> None:
        """See `Subscription`."""
        self._intake.resume(lanes)

    def lanes(self) -> Sequence[Lane]:
        """See `Subscription`."""
        return self._intake.lanes

    async def lag(self) -> Mapping[Lane, Lag]:
        """See `Subscription`. It is the whole group's.

        Where the server cannot tell how many entries wait, since some were deleted,
        they are counted, up to 10 000.
        """
        with self._link.outages():
            return {lane: await self._lag(lane.topic) for lane in self._intake.lanes}

    async def _lag(self, topic: str) -> Lag:
        groups = await self._link.client.xinfo_groups(topic)
        name = self._group.encode()
        about = next((each for each in groups if each["name"] == name), None)
        if about is None:
            return Lag(0, None)
        after = f"({about['last-delivered-id'].decode()}"
        waiting = about.get("lag")
        if waiting is None:
            counted = await self._do(
                "XRANGE", topic, after, "+", "COUNT", _MOST_COUNTED
            )
            waiting = len(counted)
        messages = waiting + about["pending"]
        if not messages:
            return Lag(0, 0.0)
        oldest = await self._oldest(topic, after)
        return Lag(messages, None if oldest is None else await self._age_s(oldest))

    async def _oldest(self, topic: str, after: str) -> str | None:
        pending = await self._do("XPENDING", topic, self._group)
        if pending["min"] is not None:
            return str(pending["min"].decode())
        first = await self._do("XRANGE", topic, after, "+", "COUNT", 1)
        return str(first[0][0].decode()) if first else None

    async def _age_s(self, entry_id: str) -> float | None:
        added = added_at(entry_id)
        if added is None:
            return None
        seconds, microseconds = await self._do("TIME")
        now = datetime.fromtimestamp(seconds + microseconds / 1e6, UTC)
        return max((now - added).total_seconds(), 0.0)

    async def close(self) -> None:
        """See `Subscription`. What is in hand is handed back at once."""
        if self._is_closed:
            return
        self._is_closed = True
        tasks = [each for each in (self._reading, self._beating) if each is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._intake.clear()
        with suppress(BrokerUnavailableError), self._link.outages():
            for topic in self._look_at:
                await self._run(scripts.LEAVE, topic, self._member, scripts.DELAYED)


def delayed_key(topic: str, group: str) -> str:
    """Return where it stands when entries are due that wait for a delay."""
    return f"wirepact:{quote(topic, safe='')}:{quote(group, safe='')}:delayed"


def _deliveries(topic: str, entries: Iterable[Any]) -> list[Delivery]:
    return [
        to_delivery(
            topic,
            entry_id.decode(),
            dict(zip(fields[::2], fields[1::2], strict=True)),
            count,
        )
        for entry_id, fields, count in entries
    ]
