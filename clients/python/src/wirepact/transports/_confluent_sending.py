"""Sending to Kafka through confluent-kafka; its answers come in a thread."""

import asyncio
import logging
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from wirepact.errors import BrokerUnavailableError, RecordRefusedError
from wirepact.transports._confluent_errors import (
    UNKNOWN_TOPICS,
    error_of,
    outages,
    sending_error,
)
from wirepact.transports._confluent_topics import ConfluentTopics
from wirepact.transports._gathering import Gathering, Outcome
from wirepact.transports.kafka_options import KafkaOptions
from wirepact.transports.port import Receipt, Record

_log: Final = logging.getLogger(__name__)

_POLL_S: Final = 0.1
_FULL_S: Final = 0.005
_BY_KEY: Final = -1
_LINGER_MS: Final = 1
# Beyond the library's own limit for an answer, which is the one that counts.
_GRACE_S: Final = 5


class ConfluentSending:
    """A producer, and a new one when the library says that it is beyond repair."""

    def __init__(self, settings: Mapping[str, Any], options: KafkaOptions) -> None:
        self.topics = ConfluentTopics(settings, options)
        self._settings = settings
        self._options = options
        self._address: str = settings["bootstrap.servers"]
        self._gathering = Gathering(self._sent, options.linger_s)
        self._producer: Producer | None = None
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    async def open(self) -> None:
        """Connect.

        Raises:
            BrokerUnavailableError: The cluster cannot be reached.

        """
        self._producer = producer = self._made()
        self._thread = threading.Thread(
            target=self._serve, name="wirepact-kafka-producer", daemon=True
        )
        self._thread.start()
        with outages(self._address):
            await asyncio.to_thread(
                producer.list_topics, timeout=self._options.send_timeout_s
            )

    async def close(self) -> None:
        """Send what waits, for as long as a call would wait, and disconnect."""
        await self._gathering.close()
        producer, thread = self._producer, self._thread
        if producer is not None:
            await asyncio.to_thread(producer.flush, self._options.send_timeout_s)
        self._stopped.set()
        if thread is not None:
            await asyncio.to_thread(thread.join)
        self._producer = self._thread = None

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """See `Transport`."""
        return await self._gathering.send(records)

    async def _sent(self, records: Sequence[Record]) -> Sequence[Outcome]:
        await self.topics.ensure({record.topic for record in records})
        answers = _Answers(len(records))
        producer = self._current()
        for index, record in enumerate(records):
            try:
                await self._produce(producer, record, partial(answers.came, index))
            except KafkaException as error:
                answers.fail(index, error_of(error))
        async with asyncio.timeout(self._options.send_timeout_s + _GRACE_S):
            await answers.all_here
        return [
            self._outcome(record.topic, answer)
            for record, answer in zip(records, answers.found, strict=True)
        ]

    async def _produce(self, producer: Producer, record: Record, answer: Any) -> None:
        partition = _BY_KEY if record.partition is None else record.partition
        while True:
            try:
                producer.produce(
                    record.topic,
                    record.value,
                    record.key,
                    partition,
                    on_delivery=answer,
                    headers=list(record.headers),
                )
            except BufferError:  # until the broker has taken some of what waits
                await asyncio.sleep(_FULL_S)
            else:
                return

    def _outcome(
        self, topic: str, answer: KafkaError | tuple[int | None, int | None] | None
    ) -> Outcome:
        if isinstance(answer, KafkaError):
            return self._error(topic, answer)
        assert answer is not None  # noqa: S101 - all are here
        return Receipt(topic, *answer)

    def _error(
        self, topic: str, error: KafkaError
    ) -> BrokerUnavailableError | RecordRefusedError:
        if error.code() in UNKNOWN_TOPICS:
            self.topics.forget(topic)
        if error.fatal():
            self._producer = None
        return sending_error(self._address, topic, error)

    def _current(self) -> Producer:
        if self._producer is None:
            self._producer = self._made()
        return self._producer

    def _made(self) -> Producer:
        options = self._options
        timeout_ms = round(options.send_timeout_s * 1000)
        return Producer(
            {
                **self._settings,
                "enable.idempotence": True,  # asks for all replicas as well
                "partitioner": "murmur2_random",
                # What waits for others waits before it comes here.
                "linger.ms": _LINGER_MS,
                "compression.type": options.compression or "none",
                "message.max.bytes": options.max_request_bytes,
                "batch.size": options.max_request_bytes,
                "delivery.timeout.ms": timeout_ms,
                "request.timeout.ms": timeout_ms,
                "topic.metadata.propagation.max.ms": min(timeout_ms, 5000),
            },
            logger=_log,
        )

    def _serve(self) -> None:
        while not self._stopped.is_set():
            producer = self._producer
            if producer is None:
                self._stopped.wait(_POLL_S)
            else:
                producer.poll(_POLL_S)


class _Answers:
    """What became of the records of one call.

    Attributes:
        found: An error, or partition and offset; in the records' order.
        all_here: Done when there is one for each.

    """

    def __init__(self, count: int) -> None:
        self.found: list[KafkaError | tuple[int | None, int | None] | None] = [
            None
        ] * count
        self._loop = asyncio.get_running_loop()
        self.all_here: asyncio.Future[None] = self._loop.create_future()
        self._missing = count
        self._lock = threading.Lock()

    def came(self, index: int, error: KafkaError | None, message: Message) -> None:
        """Note down an answer, in the thread of the library."""
        self.found[index] = error or (message.partition(), message.offset())
        self._less()

    def fail(self, index: int, error: KafkaError) -> None:
        """Note down that a record was not taken."""
        self.found[index] = error
        self._less()

    def _less(self) -> None:
        with self._lock:
            self._missing -= 1
            is_last = not self._missing
        if is_last and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._done)

    def _done(self) -> None:
        if not self.all_here.done():
            self.all_here.set_result(None)
