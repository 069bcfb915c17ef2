"""Serializers and deserializers of the SDK against confluent-kafka's.

Both have the same features on: the subject by the topic's name, caches filled, no
rules, values held strictly against the schema.
"""

import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Final

from confluent_kafka.schema_registry import topic_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer

from benchmarks.alternating import alternate
from benchmarks.rows import Claim, Row, row
from benchmarks.sdk_peers import CONTEXT, ROUNDS, SUITE, TOPIC, faster, peer_client
from benchmarks.suites import sdk_languages
from wirepact import (
    CodecOptions,
    Deserializer,
    Registration,
    Schema,
    Serializer,
    event,
)
from wirepact.testing import FakeRegistry


@event("shop.OrderItem")
@dataclass(frozen=True, slots=True)
class Item:
    sku: str
    quantity: int
    unit_price: float


@event("shop.OrderCreated", key="order_id")
@dataclass(frozen=True, slots=True)
class Order:
    order_id: str
    customer_id: str
    items: list[Item]
    total_amount: float
    tags: dict[str, str]
    note: str | None = None


ORDER: Final = Order(
    "o-123456",
    "c-4711",
    [Item(f"sku-{number}", number, 9.5 * number) for number in range(1, 4)],
    57.0,
    {"channel": "web", "campaign": "autumn"},
)
PLAIN: Final = {
    "orderId": ORDER.order_id,
    "customerId": ORDER.customer_id,
    "items": [
        {"sku": each.sku, "quantity": each.quantity, "unitPrice": each.unit_price}
        for each in ORDER.items
    ],
    "totalAmount": ORDER.total_amount,
    "tags": ORDER.tags,
    "note": ORDER.note,
}


def rows() -> list[Row]:
    """Assert equal bytes and values, then measure each way."""
    registry = FakeRegistry()
    client = registry.client()
    registering = CodecOptions(registration=Registration.REGISTER)
    message = Serializer(client, registering).encode(TOPIC, ORDER).data
    schema = client.get_latest(f"{TOPIC}-value").schema
    return [
        *_avro_encoding(registry, schema, message),
        *_avro_decoding(registry, message),
        *sdk_languages.rows(),
        _importing(),
    ]


def _avro_encoding(registry: FakeRegistry, schema: Schema, message: bytes) -> list[Row]:
    client = registry.client()
    lookup = Serializer(client, schemas=[schema])
    latest = Serializer(
        client,
        CodecOptions(registration=Registration.LATEST_COMPATIBLE),
        schemas=[schema],
    )
    found = []
    for name, plain, settings in (
        ("schema looked up", lookup, {"auto.register.schemas": False}),
        (
            "latest version",
            latest,
            {"auto.register.schemas": False, "use.latest.version": True},
        ),
    ):
        peer = AvroSerializer(
            peer_client(registry),
            schema.text,
            conf={
                **settings,
                "subject.name.strategy": topic_subject_name_strategy,
                "validate.strict.allow.default": True,
            },
        )
        theirs = partial(peer, PLAIN, CONTEXT)
        assert theirs() == message == plain.encode(TOPIC, PLAIN).data
        found += [
            faster(
                f"Avro, dict to message, {name}",
                partial(plain.encode, TOPIC, PLAIN),
                theirs,
                1.5,
            ),
            faster(
                f"Avro, event to message, against its dict, {name}",
                partial(plain.encode, TOPIC, ORDER),
                theirs,
                1.2,
            ),
        ]
    return found


def _avro_decoding(registry: FakeRegistry, message: bytes) -> list[Row]:
    client = registry.client()
    plain, typed = Deserializer(client), Deserializer(client, types=[Order])
    peer = AvroDeserializer(
        peer_client(registry),
        conf={"subject.name.strategy": topic_subject_name_strategy},
    )
    theirs = partial(peer, message, CONTEXT)
    assert theirs() == PLAIN == plain.decode(TOPIC, message)
    assert typed.decode(TOPIC, message) == ORDER
    return [
        faster(
            "Avro, message to dict", partial(plain.decode, TOPIC, message), theirs, 3
        ),
        faster(
            "Avro, message to event, against its dict",
            partial(typed.decode, TOPIC, message),
            theirs,
            2.5,
        ),
    ]


def _importing() -> Row:
    claim = Claim(SUITE, "starting Python and importing wirepact", "ms", "limit", 3)
    measures = {
        "ours": partial(_started_ms, "import wirepact"),
        "limit": partial(_started_ms, "pass"),
    }
    samples = alternate(measures, 3 * ROUNDS)
    return row(claim, samples["ours"], limit=samples["limit"])


def _started_ms(code: str) -> float:
    started = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return 1000 * (perf_counter() - started)
