"""The thread of a member of a group of Kafka's: it polls, commits and rebalances.

The library lets one thread at a time in, and so this one does all that is asked of it.
What it has to tell is told in the event loop.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from time import monotonic
from typing import Any, Final, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as Incoming

from wirepact.transports._confluent_buffer import Buffer
from wirepact.transports._confluent_errors import error_of
from wirepact.transports._times import time_of
from wirepact.transports.kafka_options import KafkaOptions
from wirepact.transports.port import Delivery, Lane

_log: Final = logging.getLogger(__name__)

_POLL_S: Final = 0.05
_BATCH: Final = 2000
_PROBE_S: Final = 0.5
_HEARTBEATS: Final = 4
GRACE_S: Final = 5
"""How much longer an answer is waited for than it should take."""
# A handler may take as long as it likes: what tells that a member is alive is its
# heartbeat, and this is the longest time that the library allows, a day.
_LONGEST_MS: Final = 86_400_000

Offsets = Mapping[Lane, int]


class Listener(Protocol):
    """Who is told, and asked, by the thread; always in the event loop."""

    def came(self) -> None:
        """Look again: something is in the buffer, or all brokers are gone."""
        ...

    def gained(self, lanes: set[Lane]) -> None: ...

    async def hand_over(self, lanes: set[Lane]) -> Offsets:
        """Let what is in hand be finished; return what of it was settled."""
        ...

    async def lost(self, lanes: set[Lane]) -> None:
        """Forget lanes that others may have already."""
        ...

    def committed(self, error: KafkaError | None, lanes: Sequence[Lane]) -> None:
        """Note down an answer; lanes that were lost meanwhile are none of this."""
        ...

    def ended(self) -> None: ...


class Polling:
    """A thread with the library's consumer.

    Attributes:
        is_out: Whether all brokers are gone, as far as the library tells.

    """

    def __init__(
        self,
        topics: Sequence[str],
        group: str,
        settings: Mapping[str, Any],
        options: KafkaOptions,
        buffer: Buffer,
        member: Listener,
    ) -> None:
        """Make it; it begins when it is started."""
        self.is_out = False
        self._topics = list(topics)
        self._options = options
        self._buffer = buffer
        self._member = member
        self._loop = asyncio.get_running_loop()
        self._asked: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._stopping = threading.Event()
        self._mine: set[Lane] = set()
        self._stopped_lanes: set[Lane] = set()
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

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let it do what was asked, and leave the group; it tells when it has."""
        self._stopping.set()

    def commit(self, offsets: Offsets) -> None:
        """Tell the broker, soon."""
        self._asked.put(partial(self._commit_now, offsets))

    def bounds(self, lanes: Sequence[Lane]) -> Future[Sequence[tuple[int, int]]]:
        """Ask up to where each lane is committed, and where it ends.

        A `KafkaException` is the answer of a broker that gives none.
        """
        answer: Future[Sequence[tuple[int, int]]] = Future()
        self._asked.put(partial(self._answer, answer, lanes))
        return answer

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
            self._tell(self._member.ended)

    def _do_asked(self) -> None:
        while not self._asked.empty():
            self._asked.get()()

    def _commit_now(self, offsets: Offsets) -> None:
        try:
            self._consumer.commit(offsets=_places(offsets), asynchronous=True)
        except KafkaException as error:
            self._tell(self._member.committed, error_of(error), list(offsets))

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
        if self.is_out:
            self._probe()

    def _receive(self, messages: Sequence[Incoming]) -> None:
        self.is_out = False
        deliveries = []
        for message in messages:
            error = message.error()
            if error is None:
                deliveries.append(_delivery(message))
            else:
                _log.warning("not received: %s", error.str())
        touched = self._buffer.add(deliveries)
        self._tell(self._member.came)
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
            self.is_out = False

    def _tell(self, call: Callable[..., object], *args: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *args)

    def _on_assign(self, _: Consumer, places: Sequence[TopicPartition]) -> None:
        lanes = _lanes(places)
        self._mine |= lanes
        self._tell(self._member.gained, lanes)

    def _on_revoke(self, _: Consumer, places: Sequence[TopicPartition]) -> None:
        lanes = _lanes(places)
        offsets = self._ask(self._member.hand_over, lanes)
        self._forget(lanes)
        if offsets:
            try:
                self._consumer.commit(offsets=_places(offsets), asynchronous=False)
            except KafkaException as error:
                _log.warning("not committed: %s", error_of(error).str())

    def _on_lost(self, _: Consumer, places: Sequence[TopicPartition]) -> None:
        lanes = _lanes(places)
        self._ask(self._member.lost, lanes)
        self._forget(lanes)

    def _forget(self, lanes: set[Lane]) -> None:
        self._mine -= lanes
        self._stopped_lanes -= lanes

    def _ask(self, call: Callable[[set[Lane]], Any], lanes: set[Lane]) -> Any:
        """Let the event loop do something, and wait for it; None if it does not."""
        if self._loop.is_closed():
            return None
        asked = asyncio.run_coroutine_threadsafe(call(lanes), self._loop)
        try:
            return asked.result(self._options.revoke_timeout_s + GRACE_S)
        except Exception:  # noqa: BLE001 - the rebalance goes on, without a commit
            _log.exception("lanes are handed over without an answer: %s", lanes)
            return None

    def _on_commit(
        self, error: KafkaError | None, places: Sequence[TopicPartition]
    ) -> None:
        failures = [place.error for place in places if place.error is not None]
        found = error or next(iter(failures), None)
        self._tell(self._member.committed, found, sorted(_lanes(places)))

    def _on_error(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - so it is named
            self.is_out = True
            self._tell(self._member.came)


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
