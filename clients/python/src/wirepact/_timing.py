"""How long payloads take to be written and read; only for observers that ask for it.

Whoever asks for nothing gets the functions themselves, so that it costs nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, Unpack

from wirepact import wire
from wirepact._event_types import known_type
from wirepact._wrapping import Attributes
from wirepact.envelope import Headers
from wirepact.messages import Message
from wirepact.observing import Direction, Observer

Decode = Callable[[str, bytes | None, wire.Headers], Awaitable[Any]]


class Writes(Protocol):
    """What is used of a serializer."""

    def knows(self, topic: str, kind: type) -> bool: ...


class Reads(Protocol):
    """What is used of a deserializer."""

    async def decode(
        self, topic: str, data: bytes | None, headers: wire.Headers | None = None
    ) -> Any: ...

    def type_of(self, data: bytes, headers: wire.Headers) -> str | None: ...


class Encode(Protocol):
    """How an event becomes a message."""

    async def __call__(
        self,
        event: Any,
        topic: str,
        *,
        key: str | bytes | None = None,
        headers: Headers = (),
        **attributes: Unpack[Attributes],
    ) -> Message: ...


class Encoder(Protocol):
    """What is used of an `AsyncRegistry`, which brings httpx along."""

    @property
    def serializer(self) -> Writes: ...

    async def encode(
        self,
        event: Any,
        topic: str,
        *,
        key: str | bytes | None = None,
        headers: Headers = (),
        **attributes: Unpack[Attributes],
    ) -> Message: ...


def timed_encode(
    registry: Encoder, observer: Observer, clock: Callable[[], float]
) -> Encode:
    """Return what makes messages, and tells the observer if it asks for that."""
    if not observer.times_payloads:
        return registry.encode

    async def encode(
        event: Any,
        topic: str,
        *,
        key: str | bytes | None = None,
        headers: Headers = (),
        **attributes: Unpack[Attributes],
    ) -> Message:
        was_known = event is None or registry.serializer.knows(topic, type(event))
        begun = clock()
        try:
            message = await registry.encode(
                event, topic, key=key, headers=headers, **attributes
            )
        except Exception as error:
            observer.payload_failed(Direction.ENCODE, error)
            raise
        declared = known_type(type(event))
        schema_type = "" if declared is None else declared.schema.schema_type
        observer.payload(
            Direction.ENCODE, schema_type, clock() - begun, was_known=was_known
        )
        return message

    return encode


def timed_decode(
    deserializer: Reads, observer: Observer, clock: Callable[[], float]
) -> Decode:
    """Return what reads payloads, and tells the observer if it asks for that."""
    if not observer.times_payloads:
        return deserializer.decode

    async def decode(topic: str, data: bytes | None, headers: wire.Headers) -> Any:
        known = "" if data is None else deserializer.type_of(data, headers)
        begun = clock()
        try:
            event = await deserializer.decode(topic, data, headers)
        except Exception as error:
            observer.payload_failed(Direction.DECODE, error)
            raise
        seconds = clock() - begun
        schema_type = known
        if data is not None and known is None:
            schema_type = deserializer.type_of(data, headers)
        observer.payload(
            Direction.DECODE, schema_type or "", seconds, was_known=known is not None
        )
        return event

    return decode
