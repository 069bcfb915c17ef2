"""Sending to Kafka: records of one partition go as batches, in their order."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from random import randrange
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    UnknownTopicOrPartitionError,
)

from wirepact.errors import RecordRefusedError
from wirepact.transports._kafka_errors import outage, outages, sending_error
from wirepact.transports._kafka_topics import Topics
from wirepact.transports._murmur2 import partition_of
from wirepact.transports.kafka_options import KafkaOptions
from wirepact.transports.port import Receipt, Record

# What the format adds to keys, values and headers; generously.
_OVERHEAD: Final = 64
_HEADER_OVERHEAD: Final = 10

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

    async def open(self) -> None:
        """Connect.

        Raises:
            BrokerUnavailableError: The cluster cannot be reached.

        """
        await self._opened()

    async def close(self) -> None:
        """Send what waits, for as long as a call would wait, and disconnect."""
        producer, self._producer = self._producer, None
        if producer is not None:
            stopping = asyncio.ensure_future(producer.stop())
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
    ) -> Sequence[Receipt]:
        receipts: list[Receipt | None] = [None] * len(records)
        shares = await self._shares(producer, records)
        sending = [
            self._send_share(producer, *where, records, share, receipts)
            for where, share in shares.items()
        ]
        if len(sending) == 1:
            await sending[0]
        else:
            await _all(sending)
        return [receipt for receipt in receipts if receipt is not None]

    async def _shares(
        self, producer: AIOKafkaProducer, records: Sequence[Record]
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
                partition = _existing(record, count)
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
        receipts: list[Receipt | None],
    ) -> None:
        try:
            if len(share) == 1 and not _is_empty(records[share[0]]):
                await _send_one(producer, partition, records, share[0], receipts)
            else:
                await _send_batches(
                    producer, topic, partition, records, share, receipts
                )
        except KafkaError as error:
            found = sending_error(self._address, topic, error)
            if not isinstance(found, RecordRefusedError):
                self._give_up(producer)
            raise found from error

    def _refuse_too_large(self, record: Record) -> None:
        size = len(record.key or b"") + len(record.value or b"") + _OVERHEAD
        for name, value in record.headers:
            # In UTF-8, a character has four bytes at most.
            size += 4 * len(name) + len(value or b"") + _HEADER_OVERHEAD
        limit = self._options.max_request_bytes
        if size > limit:
            raise RecordRefusedError(
                record.topic, f"it has about {size} bytes, and the limit is {limit}"
            )

    async def _opened(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._producer is None:
                self._producer = await self._started()
            return self._producer

    async def _started(self) -> AIOKafkaProducer:
        options = self._options
        producer = AIOKafkaProducer(
            **self._connection,
            enable_idempotence=True,  # asks for all replicas as well
            linger_ms=round(options.linger_s * 1000),
            compression_type=options.compression and options.compression.value,
            max_batch_size=options.max_request_bytes,
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
        ending = asyncio.ensure_future(producer.stop())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


async def _send_one(
    producer: AIOKafkaProducer,
    partition: int,
    records: Sequence[Record],
    index: int,
    receipts: list[Receipt | None],
) -> None:
    # The library lets it travel with those of other calls.
    record = records[index]
    sent = await producer.send_and_wait(
        record.topic,
        record.value,
        record.key,
        partition,
        headers=list(record.headers),
    )
    receipts[index] = _receipt(record.topic, partition, sent.offset)


async def _send_batches(
    producer: AIOKafkaProducer,
    topic: str,
    partition: int,
    records: Sequence[Record],
    share: Share,
    receipts: list[Receipt | None],
) -> None:
    waiting = []
    for batch, indexes in _batches(producer, records, share):
        sent = await producer.send_batch(batch, topic, partition=partition)
        waiting.append((sent, indexes))
    await _all([sent for sent, _ in waiting])
    for sent, indexes in waiting:
        first = sent.result().offset
        for offset, index in enumerate(indexes, first):
            receipts[index] = _receipt(topic, partition, offset if first >= 0 else -1)


def _batches(
    producer: AIOKafkaProducer, records: Sequence[Record], share: Share
) -> list[tuple[Any, Share]]:
    batch, taken = producer.create_batch(), Share()
    batches = [(batch, taken)]
    for index in share:
        record = records[index]
        said = {
            "key": record.key,
            "value": record.value,
            "headers": list(record.headers),
        }
        if batch.append(timestamp=None, **said) is None:
            batch, taken = producer.create_batch(), Share()
            batches.append((batch, taken))
            batch.append(timestamp=None, **said)
        taken.append(index)
    for batch, _ in batches:
        batch.close()
    return batches


async def _all(awaitables: Sequence[Awaitable[Any]]) -> None:
    """Wait for all, and raise what went wrong with the first that did."""
    for outcome in await asyncio.gather(*awaitables, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def _receipt(topic: str, partition: int, offset: int) -> Receipt:
    # -1: the broker had it already, and does not say where.
    return Receipt(topic, partition, None if offset < 0 else offset)


def _existing(record: Record, count: int) -> int:
    partition = record.partition
    assert partition is not None  # noqa: S101 - it was asked for
    if 0 <= partition < count:
        return partition
    raise RecordRefusedError(
        record.topic, f"there is no partition {partition}; there are {count}"
    )


def _is_empty(record: Record) -> bool:
    # Kafka takes it, but not by the library's own `send`.
    return record.key is None and record.value is None


def _fail_all(producer: AIOKafkaProducer) -> None:
    # Else `stop` waits for ever, when the broker does not answer.
    waiting = producer._message_accumulator  # noqa: SLF001 - there is no other way
    waiting.fail_all(KafkaTimeoutError("given up"))
