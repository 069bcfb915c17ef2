"""What a message costs beside its payload and its handler: no broker, nothing sent.

Both are given a message as their consumer would, read the same payload with the same
deserializer, and call a coroutine function with the typed event and the message's id.
What the deserializer takes by itself is measured as well, and taken off both.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from time import process_time
from typing import Any, Final

from aiokafka import ConsumerRecord
from faststream.kafka import KafkaBroker, KafkaMessage

from benchmarks.alternating import alternate
from benchmarks.rows import Claim, Row, row
from wirepact import (
    App,
    AppOptions,
    CodecOptions,
    Deserializer,
    Metadata,
    Registration,
    event,
)
from wirepact._running import Running
from wirepact.messages import Message
from wirepact.testing import FakeRegistry
from wirepact.transports.memory import Memory, MemoryBroker
from wirepact.transports.port import Delivery

TOPIC: Final = "orders"
ROUNDS: Final = 7
COUNT: Final = 2000

# Handles so many messages, one after the other.
Many = Callable[[int], Coroutine[Any, Any, None]]


@event("bench.OrderPlaced", key="order_id")
@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: str
    total: int


def rows() -> list[Row]:
    """Let both take turns with one message."""
    registry = FakeRegistry()
    codecs = CodecOptions(registration=Registration.REGISTER)
    app = App(
        "bench",
        registry=registry.async_client(),
        broker=Memory(MemoryBroker()),
        options=AppOptions(codecs=codecs),
    )
    seen: list[str] = []
    with asyncio.Runner() as runner:
        encoding = app.registry.encode(OrderPlaced("o-123456", 1999), TOPIC, id="m-1")
        message = runner.run(encoding)
        contestants = {
            "ours": _ours(app, message, seen),
            "peer": _faststream(registry, message, seen),
            "payload": _payload(registry, message),
        }
        for many in contestants.values():
            runner.run(many(1))
        assert seen == ["m-1", "m-1"], "both have called their handler"
        seen.clear()
        measured = {
            name: partial(_measured, runner, many) for name, many in contestants.items()
        }
        samples = alternate(measured, ROUNDS)
        runner.run(app.close())
    ours, peer = (
        [
            whole - part
            for whole, part in zip(samples[name], samples["payload"], strict=True)
        ]
        for name in ("ours", "peer")
    )
    claim = Claim(
        "pipeline",
        "a message beside payload and handler, no broker, against FastStream",
        "us/message",
        "peer",
        at_most=0.1,
    )
    return [row(claim, ours, peer=peer)]


def _measured(runner: asyncio.Runner, many: Many) -> float:
    begun = process_time()
    runner.run(many(COUNT))
    return (process_time() - begun) / COUNT * 1e6


def _ours(app: App, message: Message, seen: list[str]) -> Many:
    @app.on(OrderPlaced, topic=TOPIC, idempotent=False)
    async def handle(order: OrderPlaced, message: Metadata) -> None:
        _note(seen, order, message.id)

    # What a consumer does with a message between fetching and acknowledging it.
    (consumer,) = Running(app._made, app.handlers)._consumers
    hand, handling = consumer._hand, consumer._handling
    headers = tuple(message.headers)
    deliveries = [
        Delivery(TOPIC, 0, number, message.key, message.value, headers)
        for number in range(COUNT)
    ]

    async def many(count: int) -> None:
        hand.take(deliveries[:count])
        for delivery in deliveries[:count]:
            await handling.handle(delivery)
        hand.settled.clear()

    return many


def _faststream(registry: FakeRegistry, message: Message, seen: list[str]) -> Many:
    deserializer = Deserializer(registry.client(), types=[OrderPlaced])
    broker = KafkaBroker(logger=None)

    async def decode(message: KafkaMessage) -> OrderPlaced:
        order: OrderPlaced = deserializer.decode(TOPIC, message.body)
        return order

    subscriber = broker.subscriber(TOPIC, decoder=decode, no_reply=True)

    @subscriber
    async def handle(order: OrderPlaced, message: KafkaMessage) -> None:
        _note(seen, order, message.headers["ce_id"])

    # What the start of both does, but for connecting.
    broker._setup_logger()
    subscriber._build_fastdepends_model()
    record = ConsumerRecord(
        *(TOPIC, 0, 0, 0, 0, message.key, message.value, None, 0, 0),
        tuple(message.headers),
    )

    async def many(count: int) -> None:
        for _ in range(count):
            await subscriber.process_message(record)

    return many


def _payload(registry: FakeRegistry, message: Message) -> Many:
    deserializer = Deserializer(registry.client(), types=[OrderPlaced])

    async def many(count: int) -> None:
        for _ in range(count):
            deserializer.decode(TOPIC, message.value)

    return many


def _note(seen: list[str], order: OrderPlaced, message_id: str) -> None:
    assert type(order) is OrderPlaced
    if len(seen) < 2:
        seen.append(message_id)
