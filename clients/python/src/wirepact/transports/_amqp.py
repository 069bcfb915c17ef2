"""Records as AMQP 0-9-1 messages, and messages as deliveries; no I/O.

The key is the routing key, as far as it can be one, and in a header exactly as it is.
A body cannot be absent: a tombstone is an empty one with a header that says so.

Source: AMQP 0-9-1, sections 4.2.5.5 (tables) and 4.2.6 (content); CloudEvents 1.0.2,
AMQP binding.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from wirepact.envelope import Header
from wirepact.errors import (
    MissingExtraError,
    RecordRefusedError,
    RecordTooLargeError,
)
from wirepact.transports import _amqp_fields
from wirepact.transports._times import time_of
from wirepact.transports.port import Delivery, Record

try:
    from aio_pika import DeliveryMode, Message
except ModuleNotFoundError as error:
    raise MissingExtraError("RabbitMQ", "rabbitmq") from error

_amqp_fields.mend()

KEY: Final = "wirepact-key"
TOMBSTONE: Final = "wirepact-tombstone"
ATTEMPTS: Final = "wirepact-attempts"
SENT_AT: Final = "timestamp_in_ms"
"""The name by which RabbitMQ's own interceptor notes when a message has come."""

_CONTENT_TYPE: Final = "content-type"
_DELIVERY_COUNT: Final = "x-delivery-count"
_OURS: Final = frozenset({KEY, TOMBSTONE, ATTEMPTS, SENT_AT})
# The broker writes them, or takes them for orders.
_BROKERS: Final = frozenset(
    {_DELIVERY_COUNT, "x-acquired-count", "x-death", "CC", "BCC"}
    | {
        f"x-{which}-death-{what}"
        for which in ("first", "last")
        for what in ("exchange", "queue", "reason")
    }
)
_RESERVED: Final = _OURS | _BROKERS

_MOST_SHORT_BYTES: Final = 255
# A message's properties are one frame, which by default holds 128 KiB; a larger one
# would end the connection.
_MOST_HEADER_BYTES: Final = 120_000
_HEADER_COST_BYTES: Final = 6

Table = dict[str, Any]


class Delivered(Protocol):
    """A message as it comes on the wire.

    Attributes:
        header: Its `properties` are those of AMQP's class basic.
        delivery_tag: None for the answer that a queue is empty.

    """

    header: Any
    body: bytes

    @property
    def exchange(self) -> str | None: ...
    @property
    def routing_key(self) -> str | None: ...
    @property
    def delivery_tag(self) -> int | None: ...


class Wire(Protocol):
    """What is used of the channel beneath the library's own.

    It gives messages as they are, without a task and a lock for each of them, and tells
    when the broker ends a consumer.
    """

    on_consumer_cancel_callbacks: set[Callable[[Any], Any]]

    @property
    def is_closed(self) -> bool: ...
    @property
    def closing(self) -> asyncio.Future[Any]: ...
    async def close(self) -> None: ...
    async def basic_qos(self, *, prefetch_count: int) -> Any: ...
    async def basic_consume(
        self, queue: str, consumer_callback: Callable[[Any], Awaitable[None]]
    ) -> Any: ...
    async def basic_get(self, queue: str) -> Delivered: ...
    async def basic_ack(self, delivery_tag: int, *, wait: bool = True) -> None: ...
    async def basic_nack(
        self, delivery_tag: int, *, requeue: bool = True, wait: bool = True
    ) -> None: ...
    async def basic_publish(
        self,
        body: bytes,
        *,
        exchange: str = "",
        routing_key: str = "",
        properties: Any = None,
        mandatory: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own
        wait: bool = True,
    ) -> Any: ...
    async def queue_bind(
        self, queue: str, exchange: str, *, routing_key: str
    ) -> Any: ...


def to_message(record: Record, now: datetime) -> Message:
    """Return what is sent for a record; its routing key is `routing_key`.

    Raises:
        RecordRefusedError: AMQP has no room for one of its headers.

    """
    table, content_type = _table(record)
    table[SENT_AT] = int(now.timestamp() * 1000)
    return Message(
        record.value or b"",
        headers=table,
        content_type=content_type,
        message_id=record.id,
        timestamp=now,
        delivery_mode=DeliveryMode.PERSISTENT,
    )


def routing_key(key: bytes | None) -> str:
    """Return the routing key for a key; empty if it cannot be one."""
    try:
        text = (key or b"").decode()
    except UnicodeDecodeError:
        return ""
    return text if len(key or b"") <= _MOST_SHORT_BYTES else ""


def to_delivery(topic: str, message: Delivered, tag: int) -> Delivery:
    """Return a message as it was sent by us, or as it can be read of others."""
    properties = message.header.properties
    table: Mapping[str, Any] = properties.headers or {}
    return Delivery(
        topic=topic,
        partition=0,
        position=tag,
        key=_key(topic, message),
        value=None if TOMBSTONE in table else message.body,
        headers=tuple(_headers(table, properties.content_type)),
        sent_at=_sent_at(table, properties.timestamp),
        attempt=1 + _number(table, ATTEMPTS) + _number(table, _DELIVERY_COUNT),
    )


def again(topic: str, message: Delivered, attempt: int, delay_ms: int = 0) -> Message:
    """Return a copy of a message, to be delivered after a delay and so many attempts.

    What the broker has noted down about the first one is left out; the routing key,
    which a delay uses up, is kept in the header of the key.
    """
    properties = message.header.properties
    table = {
        name: value
        for name, value in (properties.headers or {}).items()
        if name not in _BROKERS
    }
    key = _key(topic, message)
    if key is not None:
        table[KEY] = _value(key)
    table[ATTEMPTS] = attempt
    return Message(
        message.body,
        headers=table,
        content_type=properties.content_type,
        content_encoding=properties.content_encoding,
        correlation_id=properties.correlation_id,
        reply_to=properties.reply_to,
        message_id=properties.message_id,
        timestamp=_time(properties.timestamp),
        type=properties.message_type,
        app_id=properties.app_id,
        expiration=delay_ms / 1000 if delay_ms else None,
        delivery_mode=DeliveryMode.PERSISTENT,
    )


def _table(record: Record) -> tuple[Table, str | None]:
    table: Table = {}
    content_type: str | None = None
    for name, value in record.headers:
        if name in table or (name == _CONTENT_TYPE and content_type is not None):
            _refuse(record, name, "is there twice, and AMQP has room for one")
        if name in _RESERVED:
            _refuse(record, name, "is one of the broker's own")
        if len(name.encode()) > _MOST_SHORT_BYTES:
            _refuse(record, name, f"has a name of more than {_MOST_SHORT_BYTES} bytes")
        if name == _CONTENT_TYPE and _is_short(value):
            content_type = (value or b"").decode()
        else:
            table[name] = _value(value)
    if record.key is not None:
        table[KEY] = _value(record.key)
    if record.value is None:
        table[TOMBSTONE] = True
    _refuse_large(record)
    return table, content_type


def _refuse(record: Record, name: str, reason: str) -> None:
    raise RecordRefusedError(record.topic, f"the header {name[:60]!a} {reason}")


def _refuse_large(record: Record) -> None:
    size = len(record.key or b"") + sum(
        len(name.encode()) + len(value or b"") + _HEADER_COST_BYTES
        for name, value in record.headers
    )
    if size > _MOST_HEADER_BYTES:
        raise RecordTooLargeError(
            record.topic,
            f"key and headers have {size} bytes; at most {_MOST_HEADER_BYTES} go into"
            " a frame of AMQP",
        )


def _is_short(value: bytes | None) -> bool:
    if not value or len(value) > _MOST_SHORT_BYTES:
        return False
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _value(value: bytes | None) -> str | bytearray | None:
    """Return a field's value: a text where it is one, as others expect it."""
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return bytearray(value or b"")


def _bytes(value: Any) -> bytes | None:
    match value:
        case None:
            return None
        case str():
            return value.encode()
        case bytes() | bytearray():
            return bytes(value)
        case datetime():
            return value.isoformat().encode()
        case _:
            return json.dumps(value, default=str).encode()


def _headers(table: Mapping[str, Any], content_type: str | None) -> Iterator[Header]:
    if content_type is not None:
        yield _CONTENT_TYPE, content_type.encode()
    for name, value in table.items():
        if name not in _RESERVED:
            yield name, _bytes(value)


def _key(topic: str, message: Delivered) -> bytes | None:
    table: Mapping[str, Any] = message.header.properties.headers or {}
    if KEY in table:
        return _bytes(table[KEY])
    # A message of somebody else's, or one without a key. What did not come by the
    # topic's exchange was routed by the name of a queue.
    is_key = message.exchange == topic and message.routing_key
    return str(message.routing_key).encode() if is_key else None


def _sent_at(table: Mapping[str, Any], timestamp: object) -> datetime | None:
    noted = table.get(SENT_AT)
    if isinstance(noted, int):
        return time_of(noted)
    return _time(timestamp)


def _time(timestamp: object) -> datetime | None:
    """Return the time of a message; None for a number that no calendar has."""
    return timestamp if isinstance(timestamp, datetime) else None


def _number(table: Mapping[str, Any], name: str) -> int:
    value = table.get(name)
    return value if isinstance(value, int) and value > 0 else 0
