"""A member of a group of Kafka's, through confluent-kafka, with a thread of its own.

What is in hand is known to the event loop alone, and all that is here runs there. The
thread is in `_confluent_polling`; they meet in the buffer, and in calls that each hands
to the other.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from confluent_kafka import KafkaError

from wirepact.errors import BrokerUnavailableError
from wirepact.transports._confluent_buffer import Buffer
from wirepact.transports._confluent_errors import outage, outages
from wirepact.transports._confluent_polling import GRACE_S, Offsets, Polling
from wirepact.transports._kafka_lanes import Lanes
from wirepact.transports.kafka_options import KafkaOptions
from wirepact.transports.port import Delivery, Lag, Lane, Revoked

_log: Final = logging.getLogger(__name__)


class ConfluentSubscription:
    """See `Subscription`."""

    def __init__(
        self,
        topics: Sequence[str],
        group: str,
        revoked: Revoked | None,
        settings: Mapping[str, Any],
        options: KafkaOptions,
    ) -> None:
        self.on_close: Callable[[ConfluentSubscription], None] = _do_nothing
        self._revoked = revoked
        self._options = options
        self._address: str = settings["bootstrap.servers"]
        self._loop = asyncio.get_running_loop()
        self._lanes = Lanes()
        self._buffer = Buffer()
        self._mine: set[Lane] = set()
        self._leaving: set[Lane] = set()
        self._paused: set[Lane] = set()
        self._held: dict[Lane, asyncio.TimerHandle] = {}
        self._arrived = asyncio.Event()
        self._assigned = asyncio.Event()
        self._ended = asyncio.Event()
        self._due: asyncio.TimerHandle | None = None
        self._committed_at = 0.0
        self._failure: BrokerUnavailableError | None = None
        self._is_closed = False
        self._polling = Polling(topics, group, settings, options, self._buffer, self)

    async def open(self) -> None:
        """Join the group, and wait for the first lanes.

        Raises:
            BrokerUnavailableError: The cluster cannot be reached, or the other
                members do not let this one in for too long.

        """
        options = self._options
        patience = options.revoke_timeout_s + options.session_timeout_s + GRACE_S
        self._polling.start()
        try:
            async with asyncio.timeout(patience):
                await self._assigned.wait()
        except TimeoutError as error:
            reason = "the group did not let this member in"
            raise outage(self._address, reason) from error

    async def fetch(self, limit: int, wait_s: float) -> Sequence[Delivery]:
        """See `Subscription`."""
        end = self._loop.time() + wait_s
        while limit > 0 and not self._is_closed:
            self._arrived.clear()
            found = self._taken(limit)
            left = end - self._loop.time()
            if found or left <= 0:
                return found or self._nothing()
            try:
                async with asyncio.timeout(left):
                    await self._arrived.wait()
            except TimeoutError:
                return self._taken(limit) or self._nothing()
        return []

    def _taken(self, limit: int) -> list[Delivery]:
        closed = self._paused | self._leaving | self._held.keys()
        taken: list[Delivery] = []
        for lane, deliveries in self._buffer.take(limit, closed):
            self._lanes.take(lane, deliveries)
            taken += deliveries
        return taken

    def _nothing(self) -> list[Delivery]:
        if self._polling.is_out:
            raise outage(self._address, "no broker answers")
        return []

    async def ack(self, deliveries: Iterable[Delivery]) -> None:
        """See `Subscription`.

        The broker is told within `commit_interval_s`, of all that was settled by then.
        """
        self._lanes.settle(deliveries)
        self._commit_soon()
        if self._failure is not None:
            raise self._failure

    async def nack(self, deliveries: Iterable[Delivery], delay_s: float = 0) -> None:
        """See `Subscription`.

        They are kept here meanwhile, so that the broker is not asked again.
        """
        for lane, again in self._lanes.put_back(deliveries).items():
            fresh = [
                replace(delivery, attempt=delivery.attempt + is_wanted)
                for delivery, is_wanted in again
            ]
            self._buffer.put_back(lane, fresh)
            if delay_s > 0:
                self._hold(lane, delay_s)
        self._arrived.set()

    def pause(self, lanes: Iterable[Lane]) -> None:
        """See `Subscription`."""
        self._paused.update(lanes)

    def resume(self, lanes: Iterable[Lane]) -> None:
        """See `Subscription`."""
        self._paused.difference_update(lanes)
        self._arrived.set()

    def lanes(self) -> Sequence[Lane]:
        """See `Subscription`."""
        return [] if self._is_closed else sorted(self._mine)

    async def lag(self) -> Mapping[Lane, Lag]:
        """See `Subscription`.

        Messages are counted by offsets, so that what compaction has removed counts.
        The age is that of the oldest record that was received and is not settled;
        None while a lane waits of which nothing has come.

        Raises:
            BrokerUnavailableError: The broker gives no answer.

        """
        lanes = self.lanes()
        if not lanes:
            return {}
        answer = self._polling.bounds(lanes)
        try:
            async with asyncio.timeout(self._options.send_timeout_s + GRACE_S):
                with outages(self._address):
                    found = await asyncio.wrap_future(answer)
        except TimeoutError as error:
            raise outage(self._address, "no answer in time") from error
        now = datetime.now(UTC)
        return {
            lane: self._lag(lane, committed, end, now)
            for lane, (committed, end) in zip(lanes, found, strict=True)
        }

    def _lag(self, lane: Lane, committed: int, end: int, now: datetime) -> Lag:
        settled = self._lanes.offset(lane)
        start = committed if settled is None else settled
        lag = self._lanes.lag(lane, start, end, now)
        waiting = self._buffer.oldest(lane)
        if lag.seconds is not None or waiting is None or waiting.sent_at is None:
            return lag
        return Lag(lag.messages, max(0.0, (now - waiting.sent_at).total_seconds()))

    async def close(self) -> None:
        """See `Subscription`."""
        if self._is_closed:
            return
        self._is_closed = True
        self._arrived.set()
        self._let_go(set(self._held))
        if self._due is not None:
            self._due.cancel()
        if self._polling.is_alive:
            self._commit()
            self._polling.stop()
            await self._thread_ended()
        self._lanes.clear()
        self.on_close(self)

    async def _thread_ended(self) -> None:
        try:
            async with asyncio.timeout(self._options.session_timeout_s + GRACE_S):
                await self._ended.wait()
        except TimeoutError:
            _log.warning("a group was not left in time: its session must end")

    def _commit_soon(self) -> None:
        if self._due is not None or self._is_closed or not self._lanes.has_moved:
            return
        due = self._committed_at + self._options.commit_interval_s
        self._due = self._loop.call_at(due, self._commit)

    def _commit(self) -> None:
        self._due = None
        self._committed_at = self._loop.time()
        offsets = self._lanes.moved()
        if offsets:
            self._polling.commit(offsets)

    def committed(self, error: KafkaError | None, lanes: Sequence[Lane]) -> None:
        """See `Listener`."""
        if error is None:
            self._failure = None
            return
        self._lanes.keep(lanes)
        if error.code() not in _REBALANCING:
            self._failure = outage(self._address, error.str())
        self._commit_soon()

    def _hold(self, lane: Lane, delay_s: float) -> None:
        held = self._held.get(lane)
        if held is not None:
            delay_s = max(delay_s, held.when() - self._loop.time())
            held.cancel()
        self._held[lane] = self._loop.call_later(delay_s, self._release, lane)

    def _release(self, lane: Lane) -> None:
        del self._held[lane]
        self._arrived.set()

    def _let_go(self, lanes: Iterable[Lane]) -> None:
        for lane in lanes:
            held = self._held.pop(lane, None)
            if held is not None:
                held.cancel()

    def _forget(self, lanes: set[Lane]) -> None:
        self._mine -= lanes
        self._leaving -= lanes
        self._paused -= lanes
        self._let_go(lanes)
        self._buffer.drop(lanes)
        self._lanes.drop(lanes)
        self._failure = None  # what is left to tell fails anew, if it does

    async def hand_over(self, lanes: set[Lane]) -> Offsets:
        """See `Listener`."""
        self._leaving |= lanes
        if self._revoked is not None and not self._is_closed:
            await self._told(self._revoked, sorted(lanes))
        offsets = self._lanes.moved()
        kept = [lane for lane in offsets if lane not in lanes]
        self._lanes.keep(kept)
        self._commit_soon()
        self._forget(lanes)
        return {lane: offsets[lane] for lane in offsets if lane in lanes}

    async def _told(self, revoked: Revoked, lanes: Sequence[Lane]) -> None:
        try:
            async with asyncio.timeout(self._options.revoke_timeout_s):
                await revoked(lanes)
        except TimeoutError:
            _log.warning("lanes are handed over with records in hand: %s", lanes)
        except Exception:  # noqa: BLE001 - the other members wait for the rebalance
            _log.exception("lanes are handed over, though this failed: %s", lanes)

    async def lost(self, lanes: set[Lane]) -> None:
        """See `Listener`. Whoever handles them is told."""
        self._lanes.drop(lanes)
        await self.hand_over(lanes)

    def came(self) -> None:
        """See `Listener`."""
        self._arrived.set()

    def ended(self) -> None:
        """See `Listener`."""
        self._ended.set()

    def gained(self, lanes: set[Lane]) -> None:
        """See `Listener`."""
        self._mine |= lanes
        self._assigned.set()


_REBALANCING: Final = frozenset(
    {
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError._ASSIGNMENT_LOST,  # noqa: SLF001 - so it is named
        KafkaError._NO_OFFSET,  # noqa: SLF001 - so it is named
        KafkaError._STATE,  # noqa: SLF001 - so it is named
    }
)
"""The generation has changed: of what is still held, the broker is told again."""


def _do_nothing(_: object) -> None:
    return
