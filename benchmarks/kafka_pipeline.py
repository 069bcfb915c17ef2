"""Events end to end through one real Kafka: ours, FastStream, and by hand."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from benchmarks import kafka_peers
from benchmarks.alternating import alternate
from benchmarks.rows import Claim, Row, row
from benchmarks.suites.sdk import ORDER
from tests.services.kafka import kafka
from wirepact import CodecOptions, Registration, Serializer
from wirepact.testing import FakeRegistry
from wirepact.transports.kafka import Kafka
from wirepact.transports.kafka_sync import ConfluentKafka

SUITE: Final = "pipeline"
ROUNDS: Final = 5
COUNT: Final = 5000

# The peers use aiokafka too; what the other library costs is for information.
GOALS: Final = {("aiokafka", "FastStream"): 2.0, ("aiokafka", "by hand"): 0.8}

Library = type[Kafka] | type[ConfluentKafka]

ORDERS: Final = [replace(ORDER, order_id=f"o-{number}") for number in range(COUNT)]


def rows() -> list[Row]:
    """Let all take turns against one broker."""
    registry = FakeRegistry()
    client = registry.client()
    registering = CodecOptions(registration=Registration.REGISTER)
    Serializer(client, registering).encode("orders", ORDER)
    schema = client.get_latest("orders-value")
    codec = kafka_peers.ByHand(schema.schema.text, schema.id)
    libraries: dict[str, Library] = {"aiokafka": Kafka, "confluent": ConfluentKafka}
    with kafka() as broker:
        address = broker.address
        contestants = {
            "FastStream": partial(kafka_peers.faststream, address, codec, ORDERS),
            "by hand": partial(kafka_peers.by_hand, address, codec, ORDERS),
        }
        for name, library in libraries.items():
            for in_batches in (False, True):
                contestants[f"{name} {in_batches}"] = partial(
                    _ours, library, address, registry, in_batches=in_batches
                )
        samples = alternate(
            {name: _run(contestant) for name, contestant in contestants.items()},
            ROUNDS,
        )
    return [
        found
        for name in libraries
        for found in (
            _row(name, "FastStream", samples[f"{name} False"], samples),
            _row(name, "by hand", samples[f"{name} True"], samples),
        )
    ]


async def _ours(
    library: Library,
    address: str,
    registry: FakeRegistry,
    *,
    in_batches: bool,
) -> float:
    broker = library(address)
    return await kafka_peers.ours(broker, registry, ORDERS, in_batches=in_batches)


def _row(
    library: str,
    other: str,
    ours: list[float],
    samples: Mapping[str, list[float]],
) -> Row:
    by = "one by one" if other == "FastStream" else "together"
    name = f"Kafka end to end, Avro, {library}, published {by}, against {other}"
    claim = Claim(
        SUITE, name, "messages/CPU s", "peer", at_least=GOALS.get((library, other))
    )
    return row(claim, ours, peer=samples[other])


def _run(
    contestant: Callable[[], Coroutine[Any, Any, float]],
) -> Callable[[], float]:
    return lambda: asyncio.run(asyncio.wait_for(contestant(), 120))
