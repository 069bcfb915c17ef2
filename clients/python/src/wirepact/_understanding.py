"""How the messages of a schema are read: decided once, then a plan that is followed.

Without I/O: what has to be asked of the registry is asked by whoever runs the steps.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from uuid import UUID

from wirepact import wire
from wirepact._resolving import Ask, Asking, resolve
from wirepact.codec_options import CodecOptions
from wirepact.codecs.language import Language, ResolvedSchema
from wirepact.codecs.languages import language_of
from wirepact.errors import CodecError, DecodeError
from wirepact.events import EventType, EventTypeError, find_event_type
from wirepact.schemas import PROTOBUF, Schema

_MOST_PLANS: Final = 10_000


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """How messages of a schema are read.

    Attributes:
        decode: From the message, the start of the payload and the message indexes.
        has_indexes: Message indexes are before the payload.

    """

    decode: Callable[[bytes, int, tuple[int, ...]], Any]
    has_indexes: bool

    def read(self, frame: wire.Frame) -> Any:
        """Return the value of a message.

        Raises:
            DecodeError: It cannot be read.

        """
        if self.has_indexes:
            indexes, frame = wire.split_indexes(frame)
            return self.decode(frame.data, frame.start, indexes)
        if frame.header is not None:
            frame = wire.without_indexes(frame)
        return self.decode(frame.data, frame.start, ())


class Understanding:
    """The plans of one deserializer. Threads may use it together.

    Attributes:
        plans: By the id or GUID that messages name; complete plans only.

    """

    def __init__(self, options: CodecOptions, types: Iterable[type]) -> None:
        self.plans: dict[int | UUID, ReadPlan] = {}
        self._options = options
        self._events = _events(types)
        self._languages: dict[str, Language] = {}

    def plan(self, named: int | UUID) -> Asking[ReadPlan]:
        """Return how messages are read that name a schema.

        What cannot be read is remembered as well: the next message of that schema
        fails without all that work.

        Raises:
            SchemaNotFoundError: The registry has no such schema.

        """
        schema: Schema = yield _ask(named, "")
        try:
            made = yield from self._made(named, schema)
        except (CodecError, EventTypeError) as error:
            made = _failing(str(error), schema)
        if len(self.plans) >= _MOST_PLANS:
            self.plans.clear()
        self.plans[named] = made
        return made

    def _made(self, named: int | UUID, schema: Schema) -> Asking[ReadPlan]:
        language = self._language(schema.schema_type)
        if language.form:
            schema = yield _ask(named, language.form)
        schema_id = named if isinstance(named, int) else None
        writer = yield from resolve(schema, schema_id, language.form)
        known = self.plans.get(named)
        if known is not None:
            # The first of those who have waited for the registry compiles it for all.
            return known
        event = self._event(language.record_name(writer))
        if event is None:
            reader = language.reader(writer, None, None)
        else:
            reader_schema = _reader_schema(event, writer)
            adapter = event.adapter(reader_schema or writer)
            reader = language.reader(writer, reader_schema, adapter)
        return ReadPlan(reader.decode, schema.schema_type == PROTOBUF)

    def _event(self, name: str | None) -> EventType | None:
        """Return the type of a record; the only one for schemas without a name."""
        if name is None:
            return next(iter(self._events.values())) if len(self._events) == 1 else None
        return self._events.get(name)

    def _language(self, schema_type: str) -> Language:
        known = self._languages.get(schema_type)
        if known is None:
            known = language_of(schema_type, self._options.limits)
            self._languages[schema_type] = known
        return known


def _ask(named: int | UUID, form: str) -> Ask:
    method = "get_schema" if isinstance(named, int) else "get_schema_by_guid"
    return Ask(method, (named,), {"form": form} if form else {})


def _events(types: Iterable[type]) -> Mapping[str, EventType]:
    found = {}
    for each in types:
        declared = find_event_type(each)
        if declared is None:
            raise TypeError(f"{each.__qualname__} is not declared with @event")
        found[declared.name] = declared
    return found


def _reader_schema(event: EventType, writer: ResolvedSchema) -> ResolvedSchema | None:
    """Return the type's own schema, unless it is of another language."""
    own = event.resolved
    return own if own.schema.schema_type == writer.schema.schema_type else None


def _failing(reason: str, schema: Schema) -> ReadPlan:
    def fail(_data: bytes, _start: int, _indexes: tuple[int, ...]) -> NoReturn:
        raise DecodeError(reason)

    return ReadPlan(fail, schema.schema_type == PROTOBUF)
