"""Events end to end through one real Kafka: ours, FastStream, and by hand."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
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

ORDERS: Final = [replace(ORDER, order_id=f"o-{number}") for number in range(COUNT)]


def rows() -> list[Row]:
    """Let all take turns against one broker."""
    registry = FakeRegistry()
    client = registry.client()
    registering = CodecOptions(registration=Registration.REGISTER)
    Serializer(client, registering).encode("orders", ORDER)
    schema = client.get_latest("orders-value")
    codec = kafka_peers.ByHand(schema.schema.text, schema.id)
    with kafka() as broker:
        address = broker.address
        samples = alternate(
            {
                "ours": _run(
                    lambda: kafka_peers.ours(Kafka(address), registry, ORDERS)
                ),
                "confluent": _run(
                    lambda: kafka_peers.ours(ConfluentKafka(address), registry, ORDERS)
                ),
                "faststream": _run(
                    lambda: kafka_peers.faststream(address, codec, ORDERS)
                ),
                "by hand": _run(lambda: kafka_peers.by_hand(address, codec, ORDERS)),
            },
            ROUNDS,
        )
    return [
        _row("aiokafka", "FastStream", samples["ours"], samples["faststream"], 2),
        _row("aiokafka", "by hand", samples["ours"], samples["by hand"], 0.8),
        _row("confluent", "FastStream", samples["confluent"], samples["faststream"], 2),
        _row("confluent", "by hand", samples["confluent"], samples["by hand"], 0.8),
    ]


def _row(
    library: str, other: str, ours: list[float], peer: list[float], least: float
) -> Row:
    name = f"Kafka end to end, Avro, {library}, against {other}"
    claim = Claim(SUITE, name, "messages/CPU s", "peer", at_least=least)
    return row(claim, ours, peer=peer)


def _run(
    contestant: Callable[[], Coroutine[Any, Any, float]],
) -> Callable[[], float]:
    return lambda: asyncio.run(asyncio.wait_for(contestant(), 120))
