"""Events in FastStream's Kafka brokers, of both flavours: `kafka` and `confluent`.

    codec = RegistryCodec(AsyncRegistry(URL, events=[OrderCreated], source="urn:shop"))
    broker = KafkaBroker(
        parser=codec.parse, codec=codec, middlewares=[codec.middleware]
    )

Each part is of use without the others: the parser takes headers that are no texts, the
codec reads messages into events, and the middleware gives what is published its
payload, key and envelope, and names its cause.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from contextvars import ContextVar
from typing import Any

from wirepact import context, envelope
from wirepact._wrapping import plain
from wirepact.async_registry import AsyncRegistry
from wirepact.codec_options import Framing
from wirepact.envelope import Header, Opened
from wirepact.errors import EncodeError, MissingExtraError
from wirepact.events import find_event_type

try:
    from faststream import BaseMiddleware
    from faststream.message import StreamMessage, encode_message
except ModuleNotFoundError as error:
    raise MissingExtraError(__name__, "faststream") from error

Payload = tuple[bytes, str | None]

_topic: ContextVar[str | None] = ContextVar("wirepact_topic", default=None)


class RegistryCodec:
    """Reads and writes events for a broker. Share one; it holds no state of its own."""

    def __init__(self, registry: AsyncRegistry) -> None:
        """Make a codec; the registry stays the caller's to close.

        Raises:
            ValueError: The schema would go into a header that is no text, which
                FastStream cannot send. Such messages are read nevertheless.

        """
        if registry.options.framing is Framing.GUID_HEADER:
            raise ValueError(
                "FastStream sends only texts in headers: choose another framing than"
                " GUID_HEADER, which is read in any case"
            )
        self._registry = registry

    async def parse(
        self, message: Any, original: Callable[[Any], Awaitable[StreamMessage[Any]]]
    ) -> StreamMessage[Any]:
        """Parse a raw message, or a batch of them, whatever is in its headers.

        Headers are as FastStream has them, but for those that are no texts, which stay
        bytes or None. Message and correlation ids are those of the envelope.

        Args:
            original: FastStream's own parser, which sees the headers that are texts.

        """
        if isinstance(message, tuple | list):
            parsed = await original(tuple(_Readable(each) for each in message))
            parsed.batch_headers = [_as_dict(_headers(each)) for each in message]
            parsed.headers = next(iter(parsed.batch_headers), {})
        else:
            parsed = await original(_Readable(message))
            opened = _opened(message)
            parsed.headers = _as_dict(_headers(message))
            parsed.body = opened.data or b""
            said = opened.envelope
            parsed.correlation_id = (
                said.correlationid or said.id or parsed.correlation_id
            )
            parsed.message_id = said.id or parsed.message_id
        parsed.raw_message = message
        return parsed

    async def decode(self, msg: StreamMessage[Any]) -> Any:
        """Return the event of a message; None for a tombstone.

        Raises:
            DecodeError: The payload cannot be read; it never will be.

        """
        raw = msg.raw_message
        # Nothing is nothing, but an empty payload with its schema in a header.
        data = msg.body if msg.body or _of(raw, "value") == b"" else None
        deserializer = self._registry.deserializer
        return await deserializer.decode(_of(raw, "topic"), data, plain(msg.headers))

    async def decode_batch(self, msg: StreamMessage[Any]) -> list[Any]:
        """Return the events of a batch, in their order.

        Raises:
            DecodeError: One of the payloads cannot be read.

        """
        return [await self._decoded(raw) for raw in msg.raw_message]

    async def encode(self, msg: Any, serializer: Any = None) -> Payload:
        """Return the bytes and the media type of a payload.

        Raises:
            EncodeError: It is an event that does not fit its schema; or one without
                the middleware, which alone knows the topic.

        """
        if find_event_type(type(msg)) is None:
            return encode_message(msg, serializer)
        topic = _topic.get()
        if topic is None:
            raise EncodeError(
                f"{type(msg).__qualname__} is published past the middleware: give the"
                " broker middlewares=[codec.middleware]"
            )
        encoded = await self._registry.serializer.encode(topic, msg)
        return encoded.data or b"", None

    async def encode_batch(
        self, msgs: Sequence[Any], serializer: Any = None
    ) -> list[Payload]:
        """Return the bytes and media types of payloads, in their order.

        Raises:
            EncodeError: As `encode` says.

        """
        return [await self.encode(each, serializer) for each in msgs]

    def middleware(self, msg: Any, /, *, context: Any) -> "EventMiddleware":
        """Make the middleware of one message: for the `middlewares` of a broker."""
        return EventMiddleware(msg, context=context, registry=self._registry)

    async def _decoded(self, raw: Any) -> Any:
        opened = _opened(raw)
        deserializer = self._registry.deserializer
        return await deserializer.decode(_of(raw, "topic"), opened.data, opened.headers)


class EventMiddleware(BaseMiddleware[Any, Any]):
    """Knows what is being handled, and wraps the events that are published."""

    def __init__(self, msg: Any, /, *, context: Any, registry: AsyncRegistry) -> None:
        super().__init__(msg, context=context)
        self._registry = registry
        self._handling = ExitStack()

    async def consume_scope(
        self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Any:
        """Handle a message; of a batch, no single one is the cause."""
        if not isinstance(msg.raw_message, tuple | list):
            opened = _opened(msg.raw_message)
            handler = self.context.get_local("handler_")
            self._handling.enter_context(context.handling(opened, _name_of(handler)))
        return await call_next(msg)

    async def after_processed(self, *error: Any, **more: Any) -> bool | None:
        """End the handling, after what the handler has returned was published."""
        self._handling.close()
        return await super().after_processed(*error, **more)

    async def publish_scope(
        self, call_next: Callable[[Any], Awaitable[Any]], cmd: Any
    ) -> Any:
        """Publish events as messages, and all else as it is.

        A batch has one set of headers, so that its messages have no envelopes.

        Raises:
            EncodeError: An event does not fit its schema; or it is in a batch without
                the key that its type declares.
            WirepactError: As the client raises them, for the first event of a type.

        """
        if len(cmd.batch_bodies) > 1:
            _refuse_without_keys(cmd)
        elif find_event_type(type(cmd.body)) is not None:
            await self._wrap(cmd)
        token = _topic.set(cmd.destination)
        try:
            return await call_next(cmd)
        finally:
            _topic.reset(token)

    async def _wrap(self, cmd: Any) -> None:
        message = await self._registry.encode(cmd.body, cmd.destination, key=cmd.key)
        cmd.body, cmd.key = message.value, message.key
        written = _texts(message.headers)
        cmd.headers = {**written, **cmd.headers}
        handled = context.current()
        if handled is not None:
            cmd.correlation_id = written.get("ce_correlationid", cmd.correlation_id)


class _Readable:
    """A raw message whose headers are those that are texts, for FastStream's parser."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        headers = [each for each in _headers(raw) if isinstance(_text(each[1]), str)]
        self.headers = (lambda: headers) if callable(raw.headers) else headers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


def _refuse_without_keys(cmd: Any) -> None:
    for place, body in enumerate(cmd.batch_bodies):
        event_type = find_event_type(type(body))
        if event_type is None or cmd.key_for(place) is not None:
            continue
        if event_type.key_of(body) is not None:
            raise EncodeError(
                f"{event_type.name} declares a key, which FastStream must be given for"
                " a batch: publish KafkaPublishMessage(event, key=...)",
                cmd.destination,
            )


def _of(raw: Any, name: str) -> Any:
    """Return a part of a raw message: an attribute, or what is called for it."""
    value = getattr(raw, name)
    return value() if callable(value) else value


def _opened(raw: Any) -> Opened:
    return envelope.read(_headers(raw), _of(raw, "value"))


def _headers(raw: Any) -> list[Header]:
    return plain(_of(raw, "headers"))


def _as_dict(headers: Sequence[Header]) -> dict[str, Any]:
    return {name: _text(value) for name, value in headers}


def _text(value: bytes | None) -> str | bytes | None:
    """Return a header's text; the bytes of one that is none."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _texts(headers: Sequence[Header]) -> dict[str, str]:
    """Return the headers that FastStream can send; a baggage may be none."""
    texts = ((name, _text(value)) for name, value in headers)
    return {name: text for name, text in texts if isinstance(text, str)}


def _name_of(handler: Any) -> str:
    """Return a subscriber's name, which stays when the service is started again."""
    return str(getattr(getattr(handler, "specification", None), "call_name", ""))
