"""How the messages of a schema are read: decided once, then a plan that is followed.

Without I/O: what has to be asked of the registry is asked by whoever runs the steps.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn, cast
from uuid import UUID

from wirepact import wire
from wirepact._event_types import known_type, record_name
from wirepact._migrating import Wanted, wanted
from wirepact._resolving import Ask, Asking, complete, resolve
from wirepact.codec_options import CodecOptions
from wirepact.codecs.language import (
    Adapter,
    Language,
    ReadsMessages,
    ResolvedSchema,
)
from wirepact.codecs.languages import language_of
from wirepact.errors import CodecError, DecodeError
from wirepact.events import EventType, EventTypeError
from wirepact.events.members import is_message
from wirepact.rules.execution import ruled
from wirepact.rules.ruleset import Mode
from wirepact.schemas import PROTOBUF, Schema
from wirepact.subjects import Role

_MOST_PLANS: Final = 10_000

Decode = Callable[[bytes, int, tuple[int, ...]], Any]


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """How messages of a schema are read.

    Attributes:
        decode: From the message, the start of the payload and the message indexes.
        has_indexes: Message indexes are before the payload.
        schema_type: As the registry names it.

    """

    decode: Decode
    has_indexes: bool
    schema_type: str = ""

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
        prefixed: The same by the prefix with an id, which most messages begin with.

    """

    def __init__(self, options: CodecOptions, types: Iterable[type]) -> None:
        self.plans: dict[int | UUID, ReadPlan] = {}
        self.prefixed: dict[bytes, ReadPlan] = {}
        self._options = options
        self._events = _events(types)
        self._languages: dict[str, Language] = {}

    def plan(self, named: int | UUID, topic: str, role: Role) -> Asking[ReadPlan]:
        """Return how messages are read that name a schema.

        What cannot be read is remembered as well: the next message of that schema
        fails without all that work.

        Args:
            topic: Of the first message of the schema. Its subject is what errors of
                rules name, also if messages of other topics follow.

        Raises:
            SchemaNotFoundError: The registry has no such schema.

        """
        schema: Schema = yield _ask(named, "")
        try:
            made = yield from self._made(named, schema, topic, role)
        except (CodecError, EventTypeError) as error:
            made = _failing(error, schema)
        made = replace(made, schema_type=schema.schema_type)
        if len(self.plans) >= _MOST_PLANS:
            self.plans.clear()
            self.prefixed.clear()
        self.plans[named] = made
        if isinstance(named, int):
            self.prefixed[wire.id_prefix(named)] = made
        return made

    def _made(
        self, named: int | UUID, schema: Schema, topic: str, role: Role
    ) -> Asking[ReadPlan]:
        language = self._language(schema.schema_type)
        if language.form:
            schema = yield _ask(named, language.form)
        schema_id = named if isinstance(named, int) else None
        writer = yield from resolve(schema, schema_id, language.form)
        subject = ""
        if schema.rule_set is not None or self._options.migrates:
            subject = yield self._subject(language.record_name(writer), topic, role)
        target = None
        if self._options.migrates:
            target = yield from wanted(schema, subject, self._options, self._resolved)
        known = self.plans.get(named)
        if known is not None:
            # The first of those who have waited for the registry compiles it for all.
            return known
        if schema.schema_type == PROTOBUF:
            rules = ruled(None, writer, Mode.READ, subject)
            return ReadPlan(self._messages(language, writer, rules), has_indexes=True)
        event = self._event(language.record_name(writer))
        if target is not None:
            decode = _brought(language, writer, target, event, subject)
            return ReadPlan(decode, has_indexes=False)
        own = None if event is None else _reader_schema(event, writer)
        if own is not None:
            own = yield from complete(own, language.form)
        adapter = None if event is None else event.adapter(own or writer)
        rules = ruled(adapter, writer, Mode.READ, subject)
        return ReadPlan(language.reader(writer, own, rules).decode, has_indexes=False)

    def _resolved(
        self, schema: Schema, schema_id: int | None
    ) -> Asking[ResolvedSchema]:
        form = self._language(schema.schema_type).form
        return (yield from resolve(schema, schema_id, form))

    def _messages(
        self, language: Language, writer: ResolvedSchema, rules: Adapter | None
    ) -> Decode:
        """Return what reads the messages of a file, each as the type of its name."""

        def target(full_name: str) -> type | Adapter | None:
            event = self._events.get(full_name) or self._named(full_name)
            if event is None or is_message(event.cls):
                return None if event is None else event.cls
            try:
                return event.adapter(writer)
            except EventTypeError as error:
                raise DecodeError(str(error)) from error

        read = cast(ReadsMessages, language).reader
        return read(writer, None, rules, target).decode

    def _named(self, full_name: str) -> EventType | None:
        """Return the type whose class has the name of a message."""
        name = full_name.rpartition(".")[2]
        fitting = [e for e in self._events.values() if e.cls.__name__ == name]
        return fitting[0] if len(fitting) == 1 else None

    def _subject(self, record: str | None, topic: str, role: Role) -> Ask:
        options = {"role": role, "record": record, "strategy": self._options.strategy}
        return Ask("get_subject", (topic,), options)

    def _event(self, name: str | None) -> EventType | None:
        """Return the type of a record; the only one for schemas without a name.

        A name without a namespace, such as a title, may be the last part of the type's,
        or that of the class.
        """
        if name is None:
            return next(iter(self._events.values())) if len(self._events) == 1 else None
        known = self._events.get(name)
        if known is not None or "." in name:
            return known
        titled = [e for n, e in self._events.items() if n.rpartition(".")[2] == name]
        return titled[0] if len(titled) == 1 else self._named(name)

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
        declared = known_type(each)
        if declared is None:
            raise TypeError(f"{each.__qualname__} is not declared with @event")
        found[record_name(declared)] = declared
    return found


def _reader_schema(event: EventType, writer: ResolvedSchema) -> ResolvedSchema | None:
    """Return the type's own schema, unless it is of another language."""
    own = event.resolved
    return own if own.schema.schema_type == writer.schema.schema_type else None


def _brought(
    language: Language,
    writer: ResolvedSchema,
    target: Wanted,
    event: EventType | None,
    subject: str,
) -> Decode:
    """Return what reads messages in another version than they were written in."""
    own = None if event is None else event.adapter(target.resolved)
    rules = ruled(own, target.resolved, Mode.READ, subject)
    if target.step is None:
        return language.reader(writer, target.resolved, rules).decode
    step = target.step
    if rules is None:
        return language.reader(writer, None, Adapter(step, step)).decode
    after = rules.from_plain
    adapter = Adapter(step, lambda plain: after(step(plain)))
    return language.reader(writer, None, adapter).decode


def _failing(error: Exception, schema: Schema) -> ReadPlan:
    known = error if isinstance(error, DecodeError) else DecodeError(str(error))

    def fail(_data: bytes, _start: int, _indexes: tuple[int, ...]) -> NoReturn:
        # Each message has its own, as each is told where it was met.
        raise copy(known)

    return ReadPlan(fail, schema.schema_type == PROTOBUF)
