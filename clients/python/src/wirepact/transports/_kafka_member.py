"""A member of a group of Kafka's, through aiokafka."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import (
    StickyPartitionAssignor,
)
from aiokafka.errors import (
    CommitFailedError,
    ConsumerStoppedError,
    IllegalStateError,
    KafkaError,
)
from aiokafka.structs import ConsumerRecord

from wirepact.errors import BrokerUnavailableError
from wirepact.transports._kafka_errors import outage, outages
from wirepact.transports._kafka_lanes import Lanes
from wirepact.transports._times import time_of
from wirepact.transports.kafka_options import KafkaOptions
from wirepact.transports.port import Delivery, Lag, Lane, Revoked

_log: Final = logging.getLogger(__name__)

# A handler may take as long as it likes: what tells that a member is alive is its
# heartbeat, and this is the longest time that the library knows, 24 days.
_FOR_EVER_MS: Final = 2**31 - 1
_JOINING_S: Final = 5
_REBALANCE_GRACE_S: Final = 0.1
_HEARTBEATS: Final = 4


class KafkaSubscription:
    """See `Subscription`."""

    def __init__(
        self,
        topics: Sequence[str],
        group: str,
        revoked: Revoked | None,
        connection: Mapping[str, Any],
        options: KafkaOptions,
    ) -> None:
        self.on_close: Callable[[KafkaSubscription], None] = _do_nothing
        self._topics = tuple(topics)
        self._revoked = revoked
        self._options = options
        self._address: str = connection["bootstrap_servers"]
        self._consumer = _consumer(group, connection, options)
        self._lanes = Lanes()
        self._assigned = asyncio.Event()
        self._generation: int | None = None
        self._held: dict[Lane, asyncio.TimerHandle] = {}
        self._paused: set[Lane] = set()
        self._lock = asyncio.Lock()
        self._committing: asyncio.Task[None] | None = None
        self._committed_at = 0.0
        self._failure: BrokerUnavailableError | None = None
        self._is_closed = False

    async def open(self) -> None:
        """Join the group, and wait for the first lanes.

        Raises:
            BrokerUnavailableError: The cluster cannot be reached, or the other
                members do not let this one in for too long.

        """
        patience = self._rebalance_s + self._options.session_timeout_s
        self._consumer.subscribe(self._topics, listener=_Listener(self))
        try:
            async with asyncio.timeout(patience):
                with outages(self._address):
                    await self._consumer.start()
                await self._assigned.wait()
        except TimeoutError as error:
            raise outage(self._address, error) from error

    async def fetch(self, limit: int, wait_s: float) -> Sequence[Delivery]:
        """See `Subscription`."""
        if self._is_closed or limit < 1:
            return []
        wait_s = max(wait_s, 0)
        with outages(self._address), suppress(TimeoutError, ConsumerStoppedError):
            # A limit of our own as well: the library's leaves out rebalances.
            async with asyncio.timeout(wait_s + _REBALANCE_GRACE_S):
                found = await self._consumer.getmany(
                    timeout_ms=round(wait_s * 1000), max_records=limit
                )
            # Nothing is awaited from here on, so that no cancellation loses a record.
            if found:
                return self._taken(found)
        self._refuse_outage()
        return []

    def _refuse_outage(self) -> None:
        # The library tells nobody that it has lost all connections.
        coordinator = self._coordinator()
        if coordinator is not None and coordinator.coordinator_id is None:
            raise BrokerUnavailableError(
                f"Kafka at {self._address}", "the group has no coordinator that answers"
            )

    def _taken(
        self, found: Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]]
    ) -> list[Delivery]:
        if not self._is_current():
            return []  # they come again, to whoever has their lanes then
        taken: list[Delivery] = []
        for where, records in found.items():
            deliveries = list(map(_delivery, records))
            self._lanes.take(Lane(where.topic, where.partition), deliveries)
            taken += deliveries
        return taken

    async def ack(self, deliveries: Iterable[Delivery]) -> None:
        """See `Subscription`.

        The broker is told within `commit_interval_s`, of all that was settled by then.
        """
        self._lanes.settle(deliveries)
        if self._lanes.has_moved:
            self._commit_soon()
        if self._failure is not None:
            raise self._failure

    async def nack(self, deliveries: Iterable[Delivery], delay_s: float = 0) -> None:
        """See `Subscription`."""
        for lane, start in self._lanes.rewind(deliveries).items():
            where = TopicPartition(*lane)
            if where not in self._consumer.assignment():
                continue
            self._consumer.seek(where, start)
            if delay_s > 0:
                self._hold(lane, delay_s)

    def pause(self, lanes: Iterable[Lane]) -> None:
        """See `Subscription`."""
        for lane in lanes:
            self._paused.add(lane)
            self._apply(lane)

    def resume(self, lanes: Iterable[Lane]) -> None:
        """See `Subscription`."""
        for lane in lanes:
            self._paused.discard(lane)
            self._apply(lane)

    def lanes(self) -> Sequence[Lane]:
        """See `Subscription`."""
        if self._is_closed or not self._assigned.is_set():
            return []
        return sorted(Lane(*where) for where in self._consumer.assignment())

    async def lag(self) -> Mapping[Lane, Lag]:
        """See `Subscription`.

        Messages are counted by offsets, so that what compaction has removed counts.
        The age is that of the oldest record in hand or handed back; None while a lane
        waits of which nothing has come.

        Raises:
            BrokerUnavailableError: The broker gives no answer.

        """
        lanes = self.lanes()
        if not lanes:
            return {}
        places = [TopicPartition(*lane) for lane in lanes]
        now = datetime.now(UTC)
        try:
            async with asyncio.timeout(self._options.send_timeout_s):
                with outages(self._address):
                    ends = await self._consumer.end_offsets(places)
                    starts = {each: await self._settled(each) for each in places}
        except TimeoutError as error:
            raise outage(self._address, error) from error
        return {
            lane: self._lanes.lag(lane, starts[where], ends[where], now)
            for lane, where in zip(lanes, places, strict=True)
        }

    async def _settled(self, where: TopicPartition) -> int:
        offset = self._lanes.offset(Lane(*where))
        if offset is not None:
            return offset
        with suppress(IllegalStateError):  # it was taken away meanwhile
            return int(await self._consumer.position(where))
        return 0

    async def close(self) -> None:
        """See `Subscription`."""
        if self._is_closed:
            return
        self._is_closed = True
        self._let_go()
        if self._committing is not None:
            self._committing.cancel()
            await asyncio.wait({self._committing})
        await self._commit()
        stopping = asyncio.ensure_future(self._consumer.stop())
        await asyncio.wait({stopping}, timeout=self._options.session_timeout_s)
        stopping.cancel()  # its session ends without it
        self._lanes.clear()
        self.on_close(self)

    async def on_revoked(self, lanes: Sequence[Lane]) -> None:
        """Let what is in hand be finished, tell what was settled, and forget the rest.

        The heartbeat goes on meanwhile.
        """
        if lanes and self._revoked is not None:
            await self._told(self._revoked, lanes)
        await self._commit()
        self._assigned.clear()
        self._let_go()
        self._lanes.clear()
        self._failure = None  # there is nothing left to tell

    async def _told(self, revoked: Revoked, lanes: Sequence[Lane]) -> None:
        try:
            async with asyncio.timeout(self._options.revoke_timeout_s):
                await revoked(lanes)
        except TimeoutError:
            _log.warning("lanes are handed over with records in hand: %s", lanes)
        except Exception:  # noqa: BLE001 - the other members wait for the rebalance
            _log.exception("lanes are handed over, though this failed: %s", lanes)

    def on_assigned(self) -> None:
        """Note down which generation the lanes are held in."""
        self._generation = self._current_generation()
        self._assigned.set()

    def _commit_soon(self) -> None:
        if self._is_closed:
            return
        if self._committing is None or self._committing.done():
            self._committing = asyncio.ensure_future(self._commit_in_turn())

    async def _commit_in_turn(self) -> None:
        loop = asyncio.get_running_loop()
        while self._lanes.has_moved:
            due = self._committed_at + self._options.commit_interval_s
            await asyncio.sleep(max(0.0, due - loop.time()))
            await self._commit()

    async def _commit(self) -> None:
        """Tell the broker what was settled; what fails is told by the next `ack`."""
        async with self._lock:
            offsets = self._lanes.moved()
            if not offsets:
                return
            self._committed_at = asyncio.get_running_loop().time()
            if not self._is_current():
                self._lanes.clear()
                return
            try:
                async with asyncio.timeout(self._options.session_timeout_s):
                    await self._consumer.commit(
                        {TopicPartition(*lane): at for lane, at in offsets.items()}
                    )
            except (CommitFailedError, IllegalStateError):
                # The lanes belong to others now: what is settled of them is theirs.
                _log.info("a lost generation's acknowledgements are dropped")
                self._generation = None
                self._lanes.clear()
            except (KafkaError, OSError, TimeoutError) as error:
                self._failure = outage(self._address, error)
                self._lanes.keep(offsets)
            else:
                self._failure = None

    def _is_current(self) -> bool:
        return self._generation is not None and (
            self._generation == self._current_generation()
        )

    def _current_generation(self) -> int | None:
        # Of a member that was thrown out, the library would commit without a
        # generation, and Kafka allows that as long as the group has no member at all.
        coordinator = self._coordinator()
        return None if coordinator is None else coordinator.generation

    def _coordinator(self) -> Any:
        return self._consumer._coordinator  # noqa: SLF001 - no other way to know

    def _hold(self, lane: Lane, delay_s: float) -> None:
        loop = asyncio.get_running_loop()
        held = self._held.get(lane)
        if held is not None:
            delay_s = max(delay_s, held.when() - loop.time())
            held.cancel()
        self._held[lane] = loop.call_later(delay_s, self._release, lane)
        self._apply(lane)

    def _release(self, lane: Lane) -> None:
        del self._held[lane]
        self._apply(lane)

    def _apply(self, lane: Lane) -> None:
        where = TopicPartition(*lane)
        if where not in self._consumer.assignment():
            return
        if lane in self._paused or lane in self._held:
            self._consumer.pause(where)
        else:
            self._consumer.resume(where)

    def _let_go(self) -> None:
        for held in self._held.values():
            held.cancel()
        self._held.clear()
        self._paused.clear()

    @property
    def _rebalance_s(self) -> float:
        return self._options.revoke_timeout_s + _JOINING_S


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # it is untyped
    def __init__(self, subscription: KafkaSubscription) -> None:
        self._subscription = subscription

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        lanes = sorted(Lane(*where) for where in revoked)
        await self._subscription.on_revoked(lanes)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._subscription.on_assigned()


def _consumer(
    group: str, connection: Mapping[str, Any], options: KafkaOptions
) -> AIOKafkaConsumer:
    session_ms = round(options.session_timeout_s * 1000)
    rebalance_s = options.revoke_timeout_s + _JOINING_S
    return AIOKafkaConsumer(
        **connection,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        partition_assignment_strategy=_assignors(),
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=max(1, session_ms // _HEARTBEATS),
        rebalance_timeout_ms=round(rebalance_s * 1000),
        max_poll_interval_ms=_FOR_EVER_MS,
        fetch_max_bytes=options.fetch_max_bytes,
        max_partition_fetch_bytes=options.fetch_max_bytes,
    )


def _assignors() -> tuple[type, ...]:
    # The library keeps what a member had on the class: each needs one of its own. And
    # no second one: it joins once for each, so that two members that begin together
    # throw each other out of the group, again and again.
    return (type("Sticky", (StickyPartitionAssignor,), {}),)


def _delivery(record: ConsumerRecord[bytes, bytes]) -> Delivery:
    stamp = record.timestamp
    return Delivery(
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        tuple(record.headers),
        time_of(stamp) if stamp >= 0 else None,
    )


def _do_nothing(_: object) -> None:
    return
