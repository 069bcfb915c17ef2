"""What a message costs beside its payload and its handler: no broker, nothing sent.

Both are given a message as their consumer would, read the same payload with the same
deserializer, and call a coroutine function with the typed event and the message's id.
What the deserializer takes by itself is measured as well, and taken off both.

What observers cost is told of all that a message takes, payload and handler included.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from time import process_time
from typing import Any, Final

from aiokafka import ConsumerRecord
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.opentelemetry import KafkaTelemetryMiddleware
from faststream.kafka.prometheus import KafkaPrometheusMiddleware
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry

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
from wirepact.metrics import Metrics
from wirepact.observing import Observer
from wirepact.testing import FakeRegistry
from wirepact.tracing import Tracing
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
    """Let all take turns with one message."""
    return [_unobserved(), *_observed()]


def _unobserved() -> Row:
    registry = FakeRegistry()
    app = _app(registry)
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
    return row(claim, ours, peer=peer)


def _observed() -> list[Row]:
    """Hold what is counted and traced against what is neither."""
    registry = FakeRegistry()
    seen: list[str] = []
    apps = {
        "unobserved": _app(registry),
        "Prometheus": _app(registry, Metrics(CollectorRegistry())),
        "OpenTelemetry": _app(
            registry,
            Tracing("memory", tracers=TracerProvider(), meters=_meters()),
        ),
    }
    peers = {
        "Prometheus": KafkaPrometheusMiddleware(registry=CollectorRegistry()),
        "OpenTelemetry": KafkaTelemetryMiddleware(
            tracer_provider=TracerProvider(), meter_provider=_meters()
        ),
    }
    with asyncio.Runner() as runner:
        first = apps["unobserved"]
        encoding = first.registry.encode(OrderPlaced("o-123456", 1999), TOPIC, id="m-1")
        message = runner.run(encoding)
        contestants = {name: _ours(app, message, seen) for name, app in apps.items()}
        contestants |= {
            f"FastStream, {name}": _faststream(registry, message, seen, [middleware])
            for name, middleware in peers.items()
        }
        for many in contestants.values():
            runner.run(many(1))
        samples = alternate(
            {
                name: partial(_measured, runner, many)
                for name, many in contestants.items()
            },
            ROUNDS,
        )
        for app in apps.values():
            runner.run(app.close())
    return [
        row(
            Claim(
                "pipeline",
                f"a message observed by {name}, no broker, against one that is not",
                "us/message",
                "limit",
                at_most=at_most,
            ),
            samples[name],
            peer=samples[f"FastStream, {name}"],
            limit=samples["unobserved"],
        )
        # Half of what a span takes is the library's own, and nobody must have them.
        for name, at_most in (("Prometheus", 2.0), ("OpenTelemetry", None))
    ]


def _meters() -> MeterProvider:
    # Without a reader nothing is added up.
    return MeterProvider([InMemoryMetricReader()])


def _app(registry: FakeRegistry, observer: Observer | None = None) -> App:
    options = AppOptions(codecs=CodecOptions(registration=Registration.REGISTER))
    return App(
        "bench",
        registry=registry.async_client(),
        broker=Memory(MemoryBroker()),
        observer=observer,
        options=options,
    )


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


def _faststream(
    registry: FakeRegistry,
    message: Message,
    seen: list[str],
    middlewares: Sequence[Any] = (),
) -> Many:
    deserializer = Deserializer(registry.client(), types=[OrderPlaced])
    broker = KafkaBroker(logger=None, middlewares=middlewares)

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
