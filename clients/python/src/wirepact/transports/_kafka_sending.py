"""Sending to Kafka: records of one partition go as batches, in their order."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from itertools import chain
from random import randrange
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    UnknownTopicOrPartitionError,
)

from wirepact.errors import RecordRefusedError, RecordTooLargeError
from wirepact.transports._gathering import Gathering, Outcome
from wirepact.transports._kafka_errors import outage, outages, sending_error
from wirepact.transports._kafka_topics import Topics
from wirepact.transports._murmur2 import partition_of
from wirepact.transports.kafka_options import KafkaOptions
from wirepact.transports.port import Receipt, Record

_log: Final = logging.getLogger(__name__)

# What the format adds to keys, values and headers; generously.
_OVERHEAD: Final = 64
_HEADER_OVERHEAD: Final = 10

# Topics may allow less than a request may have, but hardly less than this.
_BATCH_BYTES: Final = 64 * 1024
Share = list[int]
"""Which of the records go to one partition, by their index."""


class Sending:
    """A producer, and a new one after each failure whose outcome is not known."""

    def __init__(
        self, connection: Mapping[str, Any], options: KafkaOptions, topics: Topics
    ) -> None:
        self._connection = connection
        self._options = options
        self._topics = topics
        self._address: str = connection["bootstrap_servers"]
        self._producer: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()
        self._gathering = Gathering(self._outcomes, options.linger_s)

    async def open(self) -> None:
        """Connect.

        Raises:
            BrokerUnavailableError: The cluster cannot be reached.

        """
        await self._opened()

    async def close(self) -> None:
        """Send what waits, for as long as a call would wait, and disconnect."""
        await self._gathering.close()
        producer, self._producer = self._producer, None
        if producer is not None:
            stopping = asyncio.ensure_future(_stopped(producer))
            await asyncio.wait({stopping}, timeout=self._options.send_timeout_s)
            if not stopping.done():
                _fail_all(producer)
                await stopping
        if self._ending:
            await asyncio.wait(self._ending)

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """See `Transport`."""
        for record in records:
            self._refuse_too_large(record)
        return await self._gathering.send(records)

    async def _outcomes(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Send, and return what became of each record, in their order.

        Raises:
            BrokerUnavailableError: Nothing is known of any.
            RecordRefusedError: None of them was sent.

        """
        producer = await self._opened()
        try:
            async with asyncio.timeout(self._options.send_timeout_s):
                with outages(self._address):
                    await self._topics.ensure({record.topic for record in records})
                return await self._sent(producer, records)
        except TimeoutError as error:
            self._give_up(producer)
            raise outage(self._address, error) from error

    async def _sent(
        self, producer: AIOKafkaProducer, records: Sequence[Record]
    ) -> Sequence[Outcome]:
        outcomes: list[Outcome] = [None] * len(records)
        shares = await self._shares(producer, records, outcomes)
        sending = [
            self._send_share(producer, *where, records, share, outcomes)
            for where, share in shares.items()
        ]
        if len(sending) == 1:
            await sending[0]
        else:
            await asyncio.gather(*sending)
        return outcomes

    async def _shares(
        self,
        producer: AIOKafkaProducer,
        records: Sequence[Record],
        outcomes: list[Outcome],
    ) -> dict[tuple[str, int], Share]:
        """Tell which records go to which partition; nothing is sent yet."""
        counts: dict[str, int] = {}
        for topic in {record.topic for record in records}:
            counts[topic] = await self._partitions(producer, topic)
        shares: dict[tuple[str, int], Share] = {}
        # Those without keys take turns, beginning anywhere.
        turn = randrange(1 << 16)  # noqa: S311 - it spreads load
        for index, record in enumerate(records):
            count = counts[record.topic]
            if record.partition is not None:
                partition = record.partition
                if not 0 <= partition < count:
                    outcomes[index] = _no_partition(record, count)
                    continue
            elif record.key is None:
                partition = (turn + index) % count
            else:
                partition = partition_of(record.key, count)
            shares.setdefault((record.topic, partition), []).append(index)
        return shares

    async def _partitions(self, producer: AIOKafkaProducer, topic: str) -> int:
        try:
            return len(await producer.partitions_for(topic))
        except UnknownTopicOrPartitionError as error:
            self._topics.forget(topic)
            raise outage(self._address, error) from error
        except KafkaError as error:
            raise sending_error(self._address, topic, error) from error

    async def _send_share(
        self,
        producer: AIOKafkaProducer,
        topic: str,
        partition: int,
        records: Sequence[Record],
        share: Share,
        outcomes: list[Outcome],
    ) -> None:
        waiting = []
        try:
            for batch, indexes in _batches(producer, records, share):
                sent = await producer.send_batch(batch, topic, partition=partition)
                waiting.append((sent, indexes))
        except KafkaError as error:
            self._fail(producer, topic, share, outcomes, error)
        for sent, indexes in waiting:
            try:
                first = (await sent).offset
            except KafkaError as error:
                self._fail(producer, topic, indexes, outcomes, error)
            else:
                for offset, index in enumerate(indexes, first):
                    # -1: the broker had it already, and does not say where.
                    place = offset if first >= 0 else None
                    outcomes[index] = Receipt(topic, partition, place)

    def _fail(
        self,
        producer: AIOKafkaProducer,
        topic: str,
        share: Share,
        outcomes: list[Outcome],
        error: KafkaError,
    ) -> None:
        found = sending_error(self._address, topic, error)
        found.__cause__ = error
        for index in share:
            outcomes[index] = found
        if not isinstance(found, RecordRefusedError):
            self._give_up(producer)

    def _refuse_too_large(self, record: Record) -> None:
        limit = self._options.max_request_bytes
        size = len(record.key or b"") + len(record.value or b"") + _OVERHEAD
        # Headers are small, as a rule; if not, the broker refuses the record.
        if 2 * size <= limit:
            return
        for name, value in record.headers:
            # In UTF-8, a character has four bytes at most.
            size += 4 * len(name) + len(value or b"") + _HEADER_OVERHEAD
        if size > limit:
            raise RecordTooLargeError(
                record.topic, f"it has about {size} bytes, and the limit is {limit}"
            )

    async def _opened(self) -> AIOKafkaProducer:
        if self._producer is not None:
            return self._producer
        return await self._reopened()

    async def _reopened(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._producer is None:
                self._producer = await self._started()
            return self._producer

    async def _started(self) -> AIOKafkaProducer:
        options = self._options
        producer = AIOKafkaProducer(
            **self._connection,
            enable_idempotence=True,  # asks for all replicas as well
            compression_type=options.compression and options.compression.value,
            max_batch_size=_BATCH_BYTES,
            max_request_size=options.max_request_bytes,
            request_timeout_ms=round(options.send_timeout_s * 1000),
        )
        try:
            with outages(self._address):
                await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    def _give_up(self, producer: AIOKafkaProducer) -> None:
        """End a producer at once, with all that waits in it.

        It would try for ever, and send old records behind those of its successor.
        """
        is_given_up = self._producer is not producer
        if is_given_up:
            return
        self._producer = None
        _fail_all(producer)
        ending = asyncio.ensure_future(_stopped(producer))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


def _batches(
    producer: AIOKafkaProducer, records: Sequence[Record], share: Share
) -> list[tuple[Any, Share]]:
    batch, taken = producer.create_batch(), Share()
    batches = [(batch, taken)]
    for index in share:
        if not _is_in(batch, records[index]):
            batch.close()
            batch, taken = producer.create_batch(), Share()
            batches.append((batch, taken))
            _is_in(batch, records[index])
        taken.append(index)
    batch.close()
    return batches


def _is_in(batch: Any, record: Record) -> bool:
    # The first record of a batch may have any size.
    appended = batch.append(
        timestamp=None,
        key=record.key,
        value=record.value,
        headers=list(record.headers),
    )
    return appended is not None


def _no_partition(record: Record, count: int) -> RecordRefusedError:
    reason = f"there is no partition {record.partition}; there are {count}"
    return RecordRefusedError(record.topic, reason)


async def _stopped(producer: AIOKafkaProducer) -> None:
    try:
        await producer.stop()
    except Exception as error:  # noqa: BLE001 - requests of one given up fail anyhow
        _log.debug("a producer has ended with %r", error)
        await producer.client.close()


def _fail_all(producer: AIOKafkaProducer) -> None:
    # Else `stop` waits for ever, when the broker does not answer.
    waiting = producer._message_accumulator  # noqa: SLF001 - there is no other way
    batches = [*waiting._pending_batches, *chain(*waiting._batches.values())]  # noqa: SLF001 - so it is named
    waiting.fail_all(KafkaTimeoutError("given up"))
    for batch in batches:
        batch.future.exception()  # whoever waited for it has been told already
