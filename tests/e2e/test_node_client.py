"""A client of another make, on Node.js: what Python reads of it, and it of Python.

It is `@kafkajs/confluent-schema-registry`, unmodified.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.json_schema import (
    JSONDeserializer,
    JSONSerializer,
)

from tests.e2e.builders import (
    AN_ORDER,
    ORDER,
    ORDER_WITH_CURRENCY,
    ORDER_WITH_NOTE,
    Topic,
    a_name,
    field,
    record,
    schema_id,
    text,
)
from tests.e2e.protobuf_messages import Build, ProtobufTopic
from tests.services.node import NodeClient, NodeRefusedError
from tests.services.server import Server
from wirepact import wire

pytestmark = pytest.mark.e2e

JSON_ORDER = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Order",
    "type": "object",
    "additionalProperties": False,
    "properties": {"orderId": {"type": "string"}, "total": {"type": "number"}},
    "required": ["orderId"],
}
PROTO_ORDER = """\
syntax = "proto3";
package shop.v1;
message Order {
  string order_id = 1;
  double total = 2;
  repeated string tags = 3;
}
"""

Do = Callable[..., Any]


@pytest.fixture
def do(node: NodeClient, registry: Server) -> Do:
    """Return what carries out one command in a process that has seen nothing."""

    def run(act: str, **command: Any) -> Any:
        (result,) = node.run(registry.url, {"act": act, **command})
        return result

    return run


def registered(do: Do, subject: str, kind: str, schema: str, **more: Any) -> int:
    found: int = do("register", subject=subject, type=kind, schema=schema, **more)["id"]
    return found


def encoded(do: Do, schema_id: int, value: object) -> bytes:
    return base64.b64decode(do("encode", id=schema_id, value=value))


def decoded(do: Do, payload: bytes | None) -> Any:
    assert payload is not None
    return do("decode", payload=base64.b64encode(payload).decode())


def test_given_a_new_subject_when_registered_then_python_finds_version_and_level(
    do: Do, client: SchemaRegistryClient, subject: str
):
    found = registered(do, subject, "AVRO", text(ORDER))

    latest = client.get_latest_version(subject)
    assert (latest.schema_id, latest.version) == (found, 1)
    # That client states a level of its own once it has registered.
    assert client.get_compatibility(subject) == "BACKWARD"
    assert registered(do, subject, "AVRO", text(ORDER)) == found
    assert do("latest", subject=subject) == found
    assert do("find", subject=subject, type="AVRO", schema=text(ORDER)) == found


def test_given_a_break_when_registered_then_the_reason_is_told(do: Do, subject: str):
    registered(do, subject, "AVRO", text(ORDER))

    with pytest.raises(NodeRefusedError, match="no default value") as refused:
        registered(do, subject, "AVRO", text(ORDER_WITH_CURRENCY))

    assert refused.value.status == 409
    assert registered(do, subject, "AVRO", text(ORDER_WITH_NOTE)) > 0


def test_given_an_unknown_subject_when_asked_then_404(do: Do, subject: str):
    with pytest.raises(NodeRefusedError) as refused:
        do("latest", subject=subject)

    assert refused.value.status == 404


def test_given_avro_of_node_when_read_then_python_and_our_framing_agree(
    do: Do, client: SchemaRegistryClient
):
    topic = Topic(client)
    found = registered(do, topic.subject, "AVRO", text(ORDER))

    payload = encoded(do, found, AN_ORDER)

    assert topic.decode(payload) == AN_ORDER
    assert wire.read(payload).schema == found


def test_given_avro_of_python_when_read_then_node_agrees(
    do: Do, client: SchemaRegistryClient
):
    topic = Topic(client)

    payload = topic.encode(AN_ORDER, ORDER)

    assert decoded(do, payload) == AN_ORDER


def test_given_our_own_frame_when_read_then_node_agrees(
    do: Do, client: SchemaRegistryClient
):
    topic = Topic(client)
    payload = topic.encode(AN_ORDER, ORDER)
    assert payload is not None
    bare = bytes(wire.read(payload).payload)

    framed = wire.frame_with_id(schema_id(payload), bare)

    assert decoded(do, framed) == AN_ORDER


def test_given_an_avro_reference_when_encoded_then_python_reads_it(
    do: Do, client: SchemaRegistryClient
):
    topic, item = Topic(client), a_name("item")
    registered(do, item, "AVRO", text(record(field("sku"), name="Item")))
    order = record(field("orderId"), field("item", "shop.Item"))
    reference = {"name": "shop.Item", "subject": item, "version": 1}
    value = {"orderId": "o-1", "item": {"sku": "ä/€"}}
    found = registered(do, topic.subject, "AVRO", text(order), references=[reference])

    payload = encoded(do, found, value)

    assert topic.decode(payload) == value
    assert decoded(do, payload) == value


def test_given_json_of_node_when_read_then_python_and_our_framing_agree(
    do: Do, client: SchemaRegistryClient
):
    topic = Topic(client)
    found = registered(do, topic.subject, "JSON", text(JSON_ORDER))

    payload = encoded(do, found, AN_ORDER)

    read = JSONDeserializer(None, schema_registry_client=client)
    assert read(payload, topic.context) == AN_ORDER
    frame = wire.read(payload)
    assert frame.schema == found
    assert json.loads(bytes(frame.payload)) == AN_ORDER


def test_given_json_of_python_when_read_then_node_agrees(
    do: Do, client: SchemaRegistryClient
):
    topic = Topic(client)

    payload = JSONSerializer(text(JSON_ORDER), client)(AN_ORDER, topic.context)

    assert decoded(do, payload) == AN_ORDER


def test_given_protobuf_of_python_when_read_then_node_agrees(
    do: Do, client: SchemaRegistryClient, tmp_path: Path
):
    build = Build.of(tmp_path, {"shop/order.proto": PROTO_ORDER})
    value = build.message("shop.v1.Order")(order_id="o-1", total=12.5, tags=["a", "€"])

    payload = ProtobufTopic(client).encode(value)

    assert decoded(do, payload) == {
        "orderId": "o-1",
        "total": 12.5,
        "tags": ["a", "€"],
    }


def test_given_protobuf_of_node_when_its_frame_is_mended_then_python_reads_it(
    do: Do, client: SchemaRegistryClient, tmp_path: Path
):
    topic = ProtobufTopic(client)
    found = registered(do, topic.subject, "PROTOBUF", PROTO_ORDER)
    order = Build.of(tmp_path, {"shop/order.proto": PROTO_ORDER}).message(
        "shop.v1.Order"
    )

    payload = encoded(do, found, {"orderId": "o-1", "total": 12.5})

    # That client writes no message indexes, which no other client can do without.
    frame = wire.read(payload)
    assert frame.schema == found
    bare = bytes(frame.payload)
    assert order.FromString(bare) == order(order_id="o-1", total=12.5)
    mended = wire.frame_with_id(found, bare, wire.FIRST_MESSAGE)
    assert topic.decode(mended, order) == order(order_id="o-1", total=12.5)
    assert decoded(do, payload) == {"orderId": "o-1", "total": 12.5}
