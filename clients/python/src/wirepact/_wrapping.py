"""What is around a payload: its key, its envelope and its headers. Without I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypedDict
from urllib.parse import quote
from uuid import UUID

from wirepact import context, envelope, wire
from wirepact._attributes import RULES
from wirepact._event_types import known_type
from wirepact._requests import DEFAULT_CONTEXT
from wirepact.codec_options import Encoded
from wirepact.envelope import Binding, Envelope, EnvelopeError, Header, Opened
from wirepact.errors import EncodeError
from wirepact.events import EventType
from wirepact.messages import Message, Received
from wirepact.schemas import AVRO, JSON, PROTOBUF

CONTENT_TYPES: Final[Mapping[str, str]] = {
    AVRO: "application/avro",
    JSON: "application/json",
    PROTOBUF: "application/protobuf",
}


class Attributes(TypedDict, total=False):
    """Attributes of one message that differ from what follows from its event.

    The others are set by themselves; see `Envelope`.
    """

    id: str
    time: datetime
    subject: str | None
    correlationid: str | None
    causationid: str | None
    partitionkey: str | None
    sequence: str | None
    recordedtime: datetime | None
    extensions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wrapping:
    """How messages of one service are wrapped.

    Attributes:
        source: Empty for a service that only reads.
        schemas_url: With a place for the id.
        is_repeatable: Ids follow from the message that is being handled.
        begins_traces: A message that continues no trace begins one.

    """

    source: str
    schemas_url: str
    new_id: Callable[[], UUID]
    clock: Callable[[], datetime]
    binding: Binding
    is_repeatable: bool
    begins_traces: bool

    def __post_init__(self) -> None:
        if self.source:
            try:
                RULES["source"].parse(self.source)
            except ValueError as error:
                raise EnvelopeError("source", f"{error}: {self.source!a}") from error

    def wrapped(
        self,
        topic: str,
        event_type: EventType,
        encoded: Encoded,
        key: str | bytes | None,
        headers: envelope.Headers,
        attributes: Attributes,
    ) -> Message:
        """Return the message of an event.

        Raises:
            EnvelopeError: Its envelope must not be sent.

        """
        if not self.source:
            raise EnvelopeError(
                "source",
                "is missing: say who sends, as in Registry(..., source='urn:orders')",
            )
        key_bytes = _bytes(topic, key)
        made = self._envelope(event_type, encoded, key, attributes)
        given = [*encoded.headers, *context.baggage(), *headers]
        written = envelope.write(made, given, self.binding)
        return Message(topic, key_bytes, encoded.data, written)

    def _envelope(
        self,
        event_type: EventType,
        encoded: Encoded,
        key: str | bytes | None,
        attributes: Attributes,
    ) -> Envelope:
        links = context.links(begin_trace=self.begins_traces)
        known: Attributes = {
            "subject": _subject(key),
            "correlationid": links.correlationid,
            "causationid": links.causationid,
            **attributes,
        }
        if "id" not in known:
            known["id"] = self._next_id()
        if "time" not in known:
            known["time"] = self.clock()
        return Envelope(
            source=self.source,
            type=event_type.name,
            dataschema=self.schemas_url.format(encoded.schema_id),
            datacontenttype=CONTENT_TYPES.get(event_type.schema.schema_type),
            traceparent=links.traceparent,
            tracestate=links.tracestate,
            **known,
        )

    def _next_id(self) -> str:
        handling = context.current() if self.is_repeatable else None
        repeated = handling.next_id() if handling is not None else None
        return str(repeated or self.new_id())


def now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)


def tombstone(
    topic: str, key: str | bytes | None, headers: envelope.Headers
) -> Message:
    """Return the message that deletes a key. It has no type, so no envelope.

    Raises:
        EncodeError: There is no key.

    """
    if key is None:
        raise EncodeError("a tombstone without a key deletes nothing", topic)
    return Message(topic, _bytes(topic, key), None, [*context.baggage(), *headers])


def declared(topic: str, event: Any) -> EventType:
    """Return what was declared about an event's class; messages need no declaration.

    Raises:
        EncodeError: Nothing was.

    """
    found = known_type(type(event))
    if found is None:
        raise EncodeError(
            f"{type(event).__qualname__} is no event: declare the class with @event,"
            " or use a Serializer for plain values",
            topic,
        )
    return found


def received(topic: str, key: bytes | None, opened: Opened, event: Any) -> Received:
    """Return a message whose payload was read."""
    frame = wire.read(opened.data, opened.headers)
    return Received(
        event,
        opened.envelope,
        topic,
        key,
        None if frame is None else frame.schema,
        opened.headers,
        opened.faults,
    )


def schemas_url(url: str, registry_context: str) -> str:
    """Return where schemas are found, with a place for the id."""
    base = url.replace("{", "%7B").replace("}", "%7D").rstrip("/")
    place = f"{base}/schemas/ids/{{}}"
    if registry_context == DEFAULT_CONTEXT:
        return place
    return f"{place}?subject={quote(f':{registry_context}:', safe='')}"


def plain(headers: Any) -> list[Header]:
    """Return headers as this package has them, from what Kafka's libraries give."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    return [
        (name, value.encode() if isinstance(value, str) else value)
        for name, value in pairs
    ]


def _subject(key: str | bytes | None) -> str | None:
    """Return a key as the envelope may name it; None for one that is no text."""
    try:
        text = key.decode() if isinstance(key, bytes) else key
        return None if text is None else str(RULES["subject"].parse(text))
    except ValueError:
        return None


def _bytes(topic: str, key: str | bytes | None) -> bytes | None:
    if key is None or isinstance(key, bytes):
        return key
    try:
        return key.encode()
    except (AttributeError, UnicodeEncodeError) as error:
        raise EncodeError(
            f"a {type(key).__name__} that is no text cannot be the key", topic
        ) from error
