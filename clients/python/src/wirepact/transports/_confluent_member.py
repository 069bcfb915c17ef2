"""A member of a group of Kafka's, through confluent-kafka, with a thread of its own.

The thread polls, commits and answers rebalances; what is in hand is known to the event
loop alone. They meet in the buffer, and in calls that each hands to the other.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from queue import SimpleQueue
from time import monotonic
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as Incoming

from wirepact.errors import BrokerUnavailableError
from wirepact.transports._confluent_buffer import Buffer
from wirepact.transports._confluent_errors import error_of, outage, outages
from wirepact.transports._kafka_lanes import Lanes
from wirepact.transports._times import time_of
from wirepact.transports.kafka_options import KafkaOptions
from wirepact.transports.port import Delivery, Lag, Lane, Revoked

_log: Final = logging.getLogger(__name__)

_POLL_S: Final = 0.05
_BATCH: Final = 2000
_PROBE_S: Final = 0.5
_GRACE_S: Final = 5
_HEARTBEATS: Final = 4
# A handler may take as long as it likes: what tells that a member is alive is its
# heartbeat, and this is the longest time that the library allows, a day.
_LONGEST_MS: Final = 86_400_000

Offsets = Mapping[Lane, int]


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
        self._topics = list(topics)
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
        # What follows is the thread's.
        # The library lets one thread at a time in: while it polls, others would wait.
        self._asked: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._stopping = threading.Event()
        self._stopped_lanes: set[Lane] = set()
        self._is_out = False
        self._probed_at = 0.0
        self._consumer = Consumer(
            {
                **_settings(group, settings, options),
                "on_commit": self._on_commit,
                "error_cb": self._on_error,
            },
            logger=_log,
        )
        self._thread = threading.Thread(
            target=self._run, name="wirepact-kafka-consumer", daemon=True
        )

    async def open(self) -> None:
        """Join the group, and wait for the first lanes.

        Raises:
            BrokerUnavailableError: The cluster cannot be reached, or the other
                members do not let this one in for too long.

        """
        options = self._options
        patience = options.revoke_timeout_s + options.session_timeout_s + _GRACE_S
        self._thread.start()
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
        if self._is_out:
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
        answer: Future[Sequence[tuple[int, int]]] = Future()
        self._asked.put(partial(self._answer, answer, lanes))
        try:
            async with asyncio.timeout(self._options.send_timeout_s + _GRACE_S):
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
        if self._thread.is_alive():
            self._commit()
            self._stopping.set()
            await self._thread_ended()
        self._lanes.clear()
        self.on_close(self)

    async def _thread_ended(self) -> None:
        try:
            async with asyncio.timeout(self._options.session_timeout_s + _GRACE_S):
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
            self._asked.put(partial(self._commit_now, offsets))

    def _committed(self, error: KafkaError | None, lanes: Sequence[Lane]) -> None:
        """Note down an answer; lanes that were lost meanwhile are none of this."""
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

    async def _hand_over(self, lanes: set[Lane]) -> Offsets:
        """Let what is in hand be finished; return what of it was settled."""
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

    async def _lost(self, lanes: set[Lane]) -> None:
        """Forget lanes that others may have already; whoever handles them is told."""
        self._lanes.drop(lanes)
        await self._hand_over(lanes)

    def _gained(self, lanes: set[Lane]) -> None:
        self._mine |= lanes
        self._assigned.set()

    # What follows runs in the thread.

    def _run(self) -> None:
        consumer = self._consumer
        try:
            consumer.subscribe(
                self._topics,
                on_assign=self._on_assign,
                on_revoke=self._on_revoke,
                on_lost=self._on_lost,
            )
            while not self._stopping.is_set():
                self._turn(consumer)
            self._do_asked()
        finally:
            consumer.close()
            self._tell(self._ended.set)

    def _do_asked(self) -> None:
        while not self._asked.empty():
            self._asked.get()()

    def _commit_now(self, offsets: Offsets) -> None:
        try:
            self._consumer.commit(offsets=_places(offsets), asynchronous=True)
        except KafkaException as error:
            self._tell(self._committed, error_of(error), list(offsets))

    def _answer(
        self, answer: Future[Sequence[tuple[int, int]]], lanes: Sequence[Lane]
    ) -> None:
        try:
            answer.set_result(self._bounds(lanes))
        except KafkaException as error:
            answer.set_exception(error)

    def _bounds(self, lanes: Sequence[Lane]) -> list[tuple[int, int]]:
        """Return up to where each lane is committed, and where it ends."""
        places = [TopicPartition(*lane) for lane in lanes]
        timeout_s = self._options.send_timeout_s
        committed = self._consumer.committed(places, timeout=timeout_s)
        found = []
        for place in committed:
            first, end = self._consumer.get_watermark_offsets(place, timeout=timeout_s)
            found.append((max(place.offset, first), end))
        return found

    def _turn(self, consumer: Consumer) -> None:
        self._do_asked()
        first = consumer.poll(_POLL_S)
        if first is not None:
            self._receive([first, *consumer.consume(_BATCH, 0)])
        if self._stopped_lanes:
            self._let_flow()
        if self._is_out:
            self._probe()

    def _receive(self, messages: Sequence[Incoming]) -> None:
        self._is_out = False
        deliveries = []
        for message in messages:
            error = message.error()
            if error is None:
                deliveries.append(_delivery(message))
            else:
                _log.warning("not received: %s", error.str())
        touched = self._buffer.add(deliveries)
        self._tell(self._arrived.set)
        limit = self._options.fetch_max_bytes // max(1, len(self._mine))
        full = {lane for lane in touched if self._buffer.size(lane) > limit}
        if full - self._stopped_lanes:
            self._stopped_lanes |= full
            self._consumer.pause(_places(dict.fromkeys(full, 0)))

    def _let_flow(self) -> None:
        limit = self._options.fetch_max_bytes // max(1, len(self._mine)) // 2
        free = {lane for lane in self._stopped_lanes if self._buffer.size(lane) < limit}
        if free:
            self._stopped_lanes -= free
            self._consumer.resume(_places(dict.fromkeys(free, 0)))

    def _probe(self) -> None:
        # The library tells when all brokers are gone, and not when they are back.
        if monotonic() - self._probed_at < _PROBE_S:
            return
        try:
            self._consumer.list_topics(self._topics[0], timeout=_PROBE_S)
        except KafkaException:
            self._probed_at = monotonic()
        else:
            self._is_out = False

    def _tell(self, call: Callable[..., object], *args: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *args)

    def _on_assign(self, _: Consumer, places: Sequence[TopicPartition]) -> None:
        self._tell(self._gained, _lanes(places))

    def _on_revoke(self, _: Consumer, places: Sequence[TopicPartition]) -> None:
        lanes = _lanes(places)
        offsets = self._ask(self._hand_over, lanes)
        self._stopped_lanes -= lanes
        if offsets:
            try:
                self._consumer.commit(offsets=_places(offsets), asynchronous=False)
            except KafkaException as error:
                _log.warning("not committed: %s", error_of(error).str())

    def _on_lost(self, _: Consumer, places: Sequence[TopicPartition]) -> None:
        lanes = _lanes(places)
        self._ask(self._lost, lanes)
        self._stopped_lanes -= lanes

    def _ask(self, call: Callable[[set[Lane]], Any], lanes: set[Lane]) -> Any:
        """Let the event loop do something, and wait for it; None if it does not."""
        if self._loop.is_closed():
            return None
        asked = asyncio.run_coroutine_threadsafe(call(lanes), self._loop)
        try:
            return asked.result(self._options.revoke_timeout_s + _GRACE_S)
        except Exception:  # noqa: BLE001 - the rebalance goes on, without a commit
            _log.exception("lanes are handed over without an answer: %s", lanes)
            return None

    def _on_commit(
        self, error: KafkaError | None, places: Sequence[TopicPartition]
    ) -> None:
        failures = [place.error for place in places if place.error is not None]
        found = error or next(iter(failures), None)
        self._tell(self._committed, found, sorted(_lanes(places)))

    def _on_error(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - so it is named
            self._is_out = True
            self._tell(self._arrived.set)


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


def _settings(
    group: str, settings: Mapping[str, Any], options: KafkaOptions
) -> dict[str, Any]:
    session_ms = round(options.session_timeout_s * 1000)
    return {
        **settings,
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": session_ms,
        "heartbeat.interval.ms": max(1, session_ms // _HEARTBEATS),
        "max.poll.interval.ms": _LONGEST_MS,
        "fetch.message.max.bytes": options.fetch_max_bytes,
        "fetch.max.bytes": options.fetch_max_bytes,
        "queued.max.messages.kbytes": max(1, options.fetch_max_bytes // 1024),
        "topic.metadata.refresh.interval.ms": 60_000,
    }


def _places(offsets: Offsets) -> list[TopicPartition]:
    return [TopicPartition(*lane, offset) for lane, offset in offsets.items()]


def _lanes(places: Iterable[TopicPartition]) -> set[Lane]:
    return {Lane(place.topic, place.partition) for place in places}


def _delivery(message: Incoming) -> Delivery:
    kind, stamp = message.timestamp()
    # Their types are those of messages that are errors as well; this is none.
    said: Any = message
    return Delivery(
        said.topic(),
        said.partition(),
        said.offset(),
        said.key(),
        said.value(),
        tuple(said.headers() or ()),
        time_of(stamp) if kind and stamp >= 0 else None,
    )


def _do_nothing(_: object) -> None:
    return
