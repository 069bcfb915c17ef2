"""The same service three times: events through Kafka, in Avro, with an envelope.

Each publishes events in groups and handles them meanwhile, in one process, with one
handler that gets typed events. All send idempotently, and consume at least once.
"""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from io import BytesIO
from time import monotonic, process_time
from typing import Any, Final
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from faststream.kafka import KafkaBroker, KafkaMessage

from benchmarks.suites.sdk import Item, Order
from wirepact import App, AppOptions, CodecOptions, Registration
from wirepact.testing import FakeRegistry
from wirepact.transports.port import Transport

GROUP: Final = 500
_COMMIT_S: Final = 0.1
_MAGIC: Final = b"\x00"

Handle = Callable[[Order], None]
Publish = Callable[[Sequence[Order]], Awaitable[object]]


class Counting:
    """A handler that knows when all have come."""

    def __init__(self, count: int) -> None:
        self.done = asyncio.Event()
        self._left = count

    def __call__(self, order: Order) -> None:
        assert type(order) is Order
        self._left -= 1
        if not self._left:
            self.done.set()


async def timed(publish: Publish, counting: Counting, orders: Sequence[Order]) -> float:
    """Publish all, wait until all were handled, and return messages a CPU second."""
    # The orders that wait to be published are the benchmark's, not the service's.
    gc.collect()
    gc.freeze()
    started = process_time()
    for begin in range(0, len(orders), GROUP):
        await publish(orders[begin : begin + GROUP])
    await counting.done.wait()
    taken = process_time() - started
    gc.unfreeze()
    return len(orders) / taken


async def ours(
    broker: Transport,
    registry: FakeRegistry,
    orders: Sequence[Order],
    *,
    in_batches: bool,
) -> float:
    """Publish with one call for each event, or with one for each group of them."""
    topic, counting = f"ours-{uuid4().hex}", Counting(len(orders))
    codecs = CodecOptions(registration=Registration.REGISTER)
    app = App(
        "bench",
        registry=registry.async_client(),
        broker=broker,
        options=AppOptions(codecs=codecs),
    )

    @app.on(Order, topic=topic, group=topic, idempotent=False)
    async def handle(order: Order) -> None:
        counting(order)

    async def one_by_one(group: Sequence[Order]) -> None:
        await asyncio.gather(*(app.publish(order, topic) for order in group))

    async def together(group: Sequence[Order]) -> None:
        await app.publish_all(group, topic)

    async with app.running(check=False):
        return await timed(together if in_batches else one_by_one, counting, orders)


class ByHand:
    """Framing, payload and envelope as they are written by hand."""

    def __init__(self, schema: str, schema_id: int) -> None:
        self._schema = parse_schema(json.loads(schema))
        self._dataschema = f"http://registry/schemas/ids/{schema_id}".encode()
        self._prefix = _MAGIC + schema_id.to_bytes(4, "big")
        self._known = {schema_id: self._schema}

    def encode(self, order: Order) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
        out = BytesIO()
        out.write(self._prefix)
        schemaless_writer(out, self._schema, _plain(order))
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(uuid4()).encode()),
            ("ce_source", b"/bench"),
            ("ce_type", b"shop.OrderCreated"),
            ("ce_time", datetime.now(UTC).isoformat().encode()),
            ("ce_subject", order.order_id.encode()),
            ("ce_dataschema", self._dataschema),
            ("content-type", b"application/avro"),
        ]
        return order.order_id.encode(), out.getvalue(), headers

    def decode(self, data: bytes, headers: Any) -> tuple[Order, dict[str, str]]:
        """Return the event and its envelope, as a handler needs both."""
        source = BytesIO(data)
        if source.read(1) != _MAGIC:
            raise ValueError("no framing")
        schema = self._known[int.from_bytes(source.read(4), "big")]
        order = _typed(schemaless_reader(source, schema))
        return order, {name: text.decode() for name, text in headers}


async def by_hand(address: str, codec: ByHand, orders: Sequence[Order]) -> float:
    topic, counting = f"hand-{uuid4().hex}", Counting(len(orders))
    producer = AIOKafkaProducer(bootstrap_servers=address, enable_idempotence=True)
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=address,
        group_id=topic,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )

    async def publish(group: Sequence[Order]) -> None:
        waiting = []
        for order in group:
            key, value, headers = codec.encode(order)
            waiting.append(await producer.send(topic, value, key, headers=headers))
        await asyncio.gather(*waiting)

    async def consume() -> None:
        committed_at = monotonic()
        while True:
            found = await consumer.getmany(timeout_ms=1000, max_records=1000)
            for records in found.values():
                for record in records:
                    order, _ = codec.decode(record.value, record.headers)
                    counting(order)
            if found and monotonic() - committed_at >= _COMMIT_S:
                await consumer.commit()
                committed_at = monotonic()

    async with _made(address, topic), producer, consumer, _meanwhile(consume()):
        return await timed(publish, counting, orders)


async def faststream(address: str, codec: ByHand, orders: Sequence[Order]) -> float:
    topic, counting = f"fast-{uuid4().hex}", Counting(len(orders))
    broker = KafkaBroker(address, enable_idempotence=True, logger=None)

    async def decode(message: KafkaMessage) -> Order:
        # It has made a dict of the headers already.
        return codec.decode(message.body, ())[0]

    @broker.subscriber(
        topic, group_id=topic, auto_offset_reset="earliest", decoder=decode
    )
    async def handle(order: Order) -> None:
        counting(order)

    async def send(order: Order) -> None:
        key, value, headers = codec.encode(order)
        texts = {name: text.decode() for name, text in headers}
        await broker.publish(value, topic, key=key, headers=texts)

    async def publish(group: Sequence[Order]) -> None:
        await asyncio.gather(*map(send, group))

    async with _made(address, topic), broker:
        await broker.start()
        return await timed(publish, counting, orders)


@asynccontextmanager
async def _made(address: str, topic: str) -> AsyncIterator[None]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 3, 1)])
    await admin.close()
    yield


@asynccontextmanager
async def _meanwhile(work: Any) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _plain(order: Order) -> dict[str, Any]:
    return {
        "orderId": order.order_id,
        "customerId": order.customer_id,
        "items": [
            {"sku": each.sku, "quantity": each.quantity, "unitPrice": each.unit_price}
            for each in order.items
        ],
        "totalAmount": order.total_amount,
        "tags": order.tags,
        "note": order.note,
    }


def _typed(plain: Any) -> Order:
    items = [
        Item(each["sku"], each["quantity"], each["unitPrice"])
        for each in plain["items"]
    ]
    return Order(
        plain["orderId"],
        plain["customerId"],
        items,
        plain["totalAmount"],
        plain["tags"],
        plain["note"],
    )
