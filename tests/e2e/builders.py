"""Names, schemas and serializers that the end-to-end tests share."""

import json
import secrets
from typing import Any

from confluent_kafka.schema_registry import (
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    header_schema_id_serializer,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

OLDER_CLIENTS_WAIT_S = 10


def a_name(kind: str = "orders") -> str:
    """Return a name that no other test uses: the servers are shared."""
    return f"{kind}-{secrets.token_hex(6)}"


def a_client(*urls: str) -> SchemaRegistryClient:
    """Return an unmodified client that shows every failure instead of retrying."""
    return SchemaRegistryClient(
        {"url": ",".join(urls), "timeout": OLDER_CLIENTS_WAIT_S, "max.retries": 0}
    )


def field(name: str, schema: object = "string", **more: object) -> dict[str, object]:
    return {"name": name, "type": schema, **more}


def record(
    *fields: dict[str, object], name: str = "Order", **more: object
) -> dict[str, object]:
    return {
        "type": "record",
        "name": name,
        "namespace": "shop",
        "fields": list(fields),
        **more,
    }


def text(schema: object) -> str:
    """Write a schema the way the registry does, so that texts can be compared."""
    return json.dumps(schema, separators=(",", ":"), ensure_ascii=False)


def avro(schema: object, *references: SchemaReference) -> Schema:
    return Schema(text(schema), "AVRO", list(references))


def body(schema: object, **more: object) -> dict[str, object]:
    """Return what a request for registration, look-up or comparison carries."""
    return {"schema": text(schema), **more}


ORDER = record(field("orderId"), field("total", "double"))
ORDER_WITH_NOTE = record(
    field("orderId"), field("total", "double"), field("note", "string", default="")
)
ORDER_WITH_CURRENCY = record(
    field("orderId"), field("total", "double"), field("currency")
)
"""A break for old data: `currency` has no default."""

AN_ORDER = {"orderId": "o-1", "total": 12.5}


class Topic:
    """A topic nobody has, and what an application does with it.

    Nothing is sent: what matters is bytes and headers, and the calls to the registry.
    """

    def __init__(self, client: SchemaRegistryClient, name: str | None = None) -> None:
        self.client = client
        self.name = name or a_name()
        self.subject = f"{self.name}-value"
        self.headers: list[tuple[str, str | bytes | None]] = []

    @property
    def context(self) -> SerializationContext:
        return SerializationContext(self.name, MessageField.VALUE, self.headers)

    def encode(
        self, value: object, schema: object | None = None, **conf: Any
    ) -> bytes | None:
        """Encode with a serializer of its own; options as `use_latest_version=True`."""
        serializer = AvroSerializer(
            self.client, _declared(schema), conf=_dotted(conf) or None
        )
        return serializer(value, self.context)

    def encode_with_header(self, value: object, schema: object) -> bytes | None:
        conf = {"schema_id_serializer": header_schema_id_serializer}
        return self.encode(value, schema, **conf)

    def decode(
        self, payload: bytes | None, schema: object | None = None, **conf: Any
    ) -> Any:
        """Decode; with a schema, as a reader who knows that one."""
        deserializer = AvroDeserializer(
            self.client, _declared(schema), conf=_dotted(conf) or None
        )
        return deserializer(payload, self.context)


def schema_id(payload: bytes | None) -> int:
    """Return the id that a payload with prefix framing carries."""
    assert payload is not None
    assert payload[0] == 0
    return int.from_bytes(payload[1:5], "big")


def _declared(schema: object | None) -> Schema | str | None:
    if schema is None or isinstance(schema, Schema):
        return schema
    # As text: the client takes the name of a primitive type only in this way.
    return text(schema)


def _dotted(conf: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("_", "."): value for name, value in conf.items()}
