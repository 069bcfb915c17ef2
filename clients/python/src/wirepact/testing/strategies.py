"""Events and messages for hypothesis, drawn from their schemas.

    @given(events_of(OrderCreated))
    def test_any_order_is_billed(order): ...

What is drawn fits the schema, so whatever a producer may send, a test may meet.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from wirepact.codecs.language import Limits, ResolvedSchema
from wirepact.codecs.languages import language_of
from wirepact.errors import MissingExtraError
from wirepact.events import EventType, find_event_type
from wirepact.events.sources import LANGUAGE_OF_SUFFIX
from wirepact.schemas import AVRO, JSON, PROTOBUF, Schema

try:
    from hypothesis import strategies as st
except ModuleNotFoundError as error:
    raise MissingExtraError(__name__, "testing") from error

Event = TypeVar("Event")

_DRAWING: Final = {
    AVRO: "wirepact.testing._avro_strategies",
    JSON: "wirepact.testing._json_strategies",
    PROTOBUF: "wirepact.testing._protobuf_strategies",
}


def events_of(event: type[Event]) -> st.SearchStrategy[Event]:
    """Return the events of a declared class, as they are after a message was read.

    Raises:
        TypeError: The class is no event.
        ValueError: Its schema has something that nothing is drawn for.

    """
    declared: EventType | None = find_event_type(event)
    if declared is None:
        raise TypeError(f"{event.__qualname__} is no event; decorate it with `event`")
    resolved = declared.resolved
    if declared.schema_type == PROTOBUF:
        drawn = import_module(_DRAWING[PROTOBUF]).messages(event)
        return cast("st.SearchStrategy[Event]", drawn)
    language = language_of(declared.schema_type, Limits())
    adapter = declared.adapter(resolved)
    encode = language.writer(resolved, None, dict).encode
    decode = language.reader(resolved, None, adapter).decode

    def event_of(value: Any) -> Event:
        read: Event = decode(encode(value), 0, ())
        return read

    return messages_from(resolved).map(event_of)


def messages_from(
    schema: Schema | ResolvedSchema | Path | str,
) -> st.SearchStrategy[Any]:
    """Return the plain values that fit a schema: what its language writes and reads.

    Args:
        schema: An Avro or a JSON Schema, or the file in which one is.

    Raises:
        ValueError: It is in Protobuf, whose messages `events_of` draws; or it has
            something that nothing is drawn for.

    """
    resolved = _resolved(schema)
    if resolved.schema.schema_type == PROTOBUF:
        raise ValueError("give events_of the message class that protoc generates")
    drawing = import_module(_DRAWING[resolved.schema.schema_type])
    return cast("st.SearchStrategy[Any]", drawing.values(resolved))


def _resolved(schema: Schema | ResolvedSchema | Path | str) -> ResolvedSchema:
    if isinstance(schema, ResolvedSchema):
        return schema
    if isinstance(schema, Schema):
        return ResolvedSchema(schema)
    file = Path(schema)
    language = LANGUAGE_OF_SUFFIX.get(file.suffix)
    if language is None:
        known = ", ".join(LANGUAGE_OF_SUFFIX)
        raise ValueError(f"{file}: a schema's file ends in {known}")
    return ResolvedSchema(Schema(file.read_text(encoding="utf-8"), language))
