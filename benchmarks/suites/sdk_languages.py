"""The rows of the SDK about Protobuf and JSON, against confluent-kafka's classes."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from confluent_kafka.schema_registry import topic_subject_name_strategy
from confluent_kafka.schema_registry.json_schema import (
    JSONDeserializer,
    JSONSerializer,
)
from confluent_kafka.schema_registry.protobuf import (
    ProtobufDeserializer,
    ProtobufSerializer,
)
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.text_format import Parse

from benchmarks.rows import Row
from benchmarks.sdk_peers import CONTEXT, TOPIC, faster, peer_client
from wirepact import (
    CodecOptions,
    Deserializer,
    Registration,
    Schema,
    Serializer,
)
from wirepact.testing import FakeRegistry

_ENCODED: Final = 5
_DECODED: Final = 10
_JSON: Final = 30
_BY_TOPIC: Final = {"subject.name.strategy": topic_subject_name_strategy}
_NEVER_REGISTERED: Final = {**_BY_TOPIC, "auto.register.schemas": False}

_ORDERS: Final = """
name: "orders.proto" package: "shop" syntax: "proto3"
message_type {
  name: "OrderCreated"
  field { name: "order_id" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "customer_id" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "items" number: 3 type: TYPE_MESSAGE label: LABEL_REPEATED
          type_name: ".shop.OrderCreated.Item" }
  field { name: "total_amount" number: 4 type: TYPE_DOUBLE label: LABEL_OPTIONAL }
  field { name: "note" number: 5 type: TYPE_STRING label: LABEL_OPTIONAL }
  nested_type {
    name: "Item"
    field { name: "sku" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "quantity" number: 2 type: TYPE_INT32 label: LABEL_OPTIONAL }
    field { name: "unit_price" number: 3 type: TYPE_DOUBLE label: LABEL_OPTIONAL }
  }
}
"""
_ITEMS: Final = [
    {"sku": f"sku-{number}", "quantity": number, "unit_price": 9.5 * number}
    for number in range(1, 4)
]
_VALUE: Final = {
    "order_id": "o-123456",
    "customer_id": "c-4711",
    "items": _ITEMS,
    "total_amount": 57.0,
}
_JSON_SCHEMA: Final = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "OrderCreated",
    "type": "object",
    "properties": {
        "order_id": {"type": "string", "minLength": 1},
        "customer_id": {"type": "string"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "sku": {"type": "string"},
                    "quantity": {"type": "integer", "minimum": 1},
                    "unit_price": {"type": "number"},
                },
                "required": ["sku", "quantity", "unit_price"],
                "additionalProperties": False,
            },
        },
        "total_amount": {"type": "number", "minimum": 0},
        "note": {"type": ["null", "string"]},
    },
    "required": ["order_id", "customer_id", "items", "total_amount"],
    "additionalProperties": False,
}


def rows() -> list[Row]:
    """Assert equal bytes and values, then measure each way."""
    return [*_protobuf(), *_json()]


def _protobuf() -> list[Row]:
    """Measure by the latest version, as is recommended, and by the one looked up.

    What the runtime itself needs to write is so large a part of the second that no
    wrapper is several times faster than another; theirs does little more there.
    """
    latest = _messages(
        "latest version",
        Registration.LATEST_COMPATIBLE,
        {"use.latest.version": True},
        (_ENCODED, _DECODED),
    )
    return [
        *latest,
        *_messages("schema looked up", Registration.LOOKUP, {}, (2, _DECODED)),
    ]


def _messages(
    title: str,
    registration: Registration,
    settings: dict[str, bool],
    goals: tuple[float, float],
) -> list[Row]:
    registry = FakeRegistry()
    client, peer = registry.client(), peer_client(registry)
    message_type = _message_type()
    order = message_type(**_VALUE)
    registering = CodecOptions(registration=Registration.REGISTER)
    Serializer(client, registering).encode(TOPIC, order)
    ours = Serializer(client, CodecOptions(registration=registration))
    theirs = ProtobufSerializer(message_type, peer, {**_NEVER_REGISTERED, **settings})
    message = ours.encode(TOPIC, order).data
    assert theirs(order, CONTEXT) == message
    plain, typed = Deserializer(client), Deserializer(client, types=[message_type])
    read = ProtobufDeserializer(message_type, {**_BY_TOPIC, **settings}, peer)
    assert read(message, CONTEXT) == order == typed.decode(TOPIC, message)
    return [
        faster(
            f"Protobuf, message to bytes, {title}",
            partial(ours.encode, TOPIC, order),
            partial(theirs, order, CONTEXT),
            goals[0],
        ),
        *(
            faster(
                f"Protobuf, bytes to {name}, {title}",
                partial(each.decode, TOPIC, message),
                partial(read, message, CONTEXT),
                goals[1],
            )
            for name, each in (("the class given", typed), ("its own class", plain))
        ),
    ]


def _message_type() -> type[Message]:
    pool = DescriptorPool()
    file = Parse(_ORDERS, FileDescriptorProto())
    pool.AddSerializedFile(file.SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName("shop.OrderCreated"))


def _json() -> list[Row]:
    """Validate on both sides, both ways; theirs never registers, as in production."""
    text = json.dumps(_JSON_SCHEMA)
    schema = Schema(text, "JSON")
    found = []
    for name, registration, settings in (
        ("schema looked up", Registration.LOOKUP, {}),
        (
            "latest version",
            Registration.LATEST_COMPATIBLE,
            {"use.latest.version": True},
        ),
    ):
        registry = FakeRegistry()
        client, peer = registry.client(), peer_client(registry)
        client.register(f"{TOPIC}-value", schema)
        options = CodecOptions(registration=registration)
        serializer = Serializer(client, options, schemas=[schema])
        write = JSONSerializer(text, peer, conf={**_NEVER_REGISTERED, **settings})
        read = JSONDeserializer(
            None, schema_registry_client=peer, conf={**_BY_TOPIC, **settings}
        )
        ours = partial(
            _both_ways,
            partial(serializer.encode, TOPIC),
            partial(Deserializer(client).decode, TOPIC),
        )
        theirs = partial(_both_ways_of_theirs, write, read)
        assert ours() == theirs() == _VALUE
        title = f"JSON, dict to valid bytes and back, {name}"
        found.append(faster(title, ours, theirs, _JSON))
    return found


def _both_ways(encode: Callable[[Any], Any], decode: Callable[[Any], Any]) -> Any:
    return decode(encode(_VALUE).data)


def _both_ways_of_theirs(write: Any, read: Any) -> Any:
    return read(write(_VALUE, CONTEXT), CONTEXT)
