"""Declaring what is an event: its name, its key and its schema."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar
from uuid import UUID

from wirepact.codecs.language import Adapter, ResolvedSchema
from wirepact.events.adapters import adapter_of
from wirepact.events.faults import EventTypeError
from wirepact.events.members import is_message, members_of, place
from wirepact.events.names import note_event
from wirepact.events.naming import Naming
from wirepact.events.sources import derived, given
from wirepact.schemas import AVRO, Schema

Class = TypeVar("Class", bound=type[Any])
Key = str | Callable[[Any], Any]
Source = Schema | ResolvedSchema | Path | str


@dataclass(frozen=True, slots=True)
class SchemaIdentity:
    """Where a schema came from when code was generated from it.

    Attributes:
        fingerprint: SHA-256 over the text, in hexadecimal.

    """

    subject: str | None = None
    version: int | None = None
    id: int | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EventType:
    """A class whose instances are events.

    Attributes:
        name: The full name, such as `orders.OrderCreated`.
        cls: A dataclass, Struct, model or generated Protobuf class.
        naming: How a derived schema spells the fields.
        identity: Of the schema that the class was generated from.

    """

    name: str
    cls: type
    key: Key | None = None
    source: Source | None = None
    schema_type: str = AVRO
    naming: Naming = Naming.CAMEL
    identity: SchemaIdentity | None = None
    _resolved: list[ResolvedSchema] = field(default_factory=list, repr=False)

    @property
    def resolved(self) -> ResolvedSchema:
        """The schema with the texts that it refers to; derived on first use.

        Raises:
            EventTypeError: The class has something that the schema language has not.

        """
        if not self._resolved:
            # Twice by two threads gives the same.
            self._resolved.append(self._resolve())
        return self._resolved[0]

    @property
    def schema(self) -> Schema:
        return self.resolved.schema

    def adapter(self, resolved: ResolvedSchema) -> Adapter:
        """Compile the conversions between the class and what a schema describes.

        The last few hundred are kept.

        Args:
            resolved: The schema that is written, or read.

        Raises:
            EventTypeError: The class does not fit the schema.

        """
        return _adapter(self.cls, _Compared(resolved))

    def key_of(self, value: Any) -> str | bytes | None:
        """Return the message key of an event; None if the type declares no key."""
        if self.key is None:
            return None
        take = attrgetter(self.key) if isinstance(self.key, str) else self.key
        return _as_key(take(value), self.name)

    def _resolve(self) -> ResolvedSchema:
        if self.source is None:
            return derived(self.cls, self.name, self.schema_type, self.naming)
        return given(self.source, self.cls)


class _Registry:
    """All event types of the process."""

    def __init__(self) -> None:
        self._by_name: dict[str, EventType] = {}
        self._by_class: dict[type, EventType] = {}
        self._lock = threading.Lock()

    def add(self, new: EventType) -> None:
        with self._lock:
            known = self._by_name.get(new.name)
            if known is not None and not _is_same_class(known.cls, new.cls):
                raise EventTypeError(
                    place(new.cls),
                    f"{new.name!r} is already the name of {place(known.cls)}",
                )
            other = self._by_class.get(new.cls)
            if other is not None and other.name != new.name:
                raise EventTypeError(
                    place(new.cls), f"is already the event {other.name!r}"
                )
            if known is not None:
                self._by_class.pop(known.cls, None)
            self._by_name[new.name] = self._by_class[new.cls] = new

    def find(self, cls: type) -> EventType | None:
        return self._by_class.get(cls)

    def find_by_name(self, name: str) -> EventType | None:
        return self._by_name.get(name)

    @contextmanager
    def isolated(self) -> Iterator[None]:
        with self._lock:
            before = self._by_name, self._by_class
            self._by_name, self._by_class = {}, {}
        try:
            yield
        finally:
            with self._lock:
                self._by_name, self._by_class = before

    def all(self) -> MappingProxyType[str, EventType]:
        with self._lock:
            return MappingProxyType(dict(self._by_name))


_REGISTRY: Final = _Registry()


def event(
    name: str,
    *,
    key: Key | None = None,
    schema: Source | None = None,
    schema_type: str = AVRO,
    naming: Naming = Naming.CAMEL,
    identity: SchemaIdentity | None = None,
) -> Callable[[Class], Class]:
    """Declare that instances of a class are events.

    The class stays as it is. Declaring it again changes nothing but what is said about
    it; a module that is loaded anew replaces its classes.

    Args:
        name: The full name of the event, which is the name of its Avro record.
        key: The field, or path of fields, or function that gives the message key, by
            which a broker keeps order.
        schema: What is written; None to derive it from the type hints. A path is
            relative to the folder of the class's module, and read when it is needed.
        schema_type: Of a derived schema: `AVRO` or `JSON`.
        naming: How a derived schema spells the fields.
        identity: Of the schema that the class was generated from.

    Raises:
        EventTypeError: The class cannot be an event, or another has its name.

    """

    def decorate(cls: Class) -> Class:
        declared = EventType(name, cls, key, schema, schema_type, naming, identity)
        _check_class(declared)
        _REGISTRY.add(declared)
        note_event(cls, name)
        return cls

    return decorate


def find_event_type(cls: type) -> EventType | None:
    """Return what `event` declared about exactly this class; None if nothing."""
    return _REGISTRY.find(cls)


def find_event_type_by_name(name: str) -> EventType | None:
    """Return the event type of a full name; None if no imported module declares it."""
    return _REGISTRY.find_by_name(name)


def event_types() -> MappingProxyType[str, EventType]:
    """Return all event types that imported modules declare, by name."""
    return _REGISTRY.all()


def isolated_events() -> AbstractContextManager[None]:
    """Start without any event types, and forget at the end what was declared.

    For tests and tools that define or import the same events several times. It is about
    the whole process, so nothing else should declare events meanwhile.
    """
    return _REGISTRY.isolated()


def _check_class(declared: EventType) -> None:
    cls = declared.cls
    if not declared.name:
        raise EventTypeError(place(cls), "an event needs a name")
    if is_message(cls):
        names = {each.name for each in cls.DESCRIPTOR.fields}  # type: ignore[attr-defined]  # a message
    else:
        # Forward references cannot be resolved yet.
        names = set(getattr(cls, "__annotations__", {})) | set(dir(cls))
        _check_kind(cls)
    first = declared.key.partition(".")[0] if isinstance(declared.key, str) else None
    if first is not None and first not in names:
        raise EventTypeError(place(cls), f"has no field {first!r} to be its key")


def _check_kind(cls: type) -> None:
    from wirepact.events.members import is_record

    if not is_record(cls):
        # Raises with the words for it.
        members_of(cls)


def _is_same_class(known: type, new: type) -> bool:
    return known is new or place(known) == place(new)


def _as_key(value: Any, name: str) -> str | bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str | int | UUID) and not isinstance(value, bool):
        return str(value)
    raise EventTypeError(
        name,
        f"its key is a {type(value).__name__}; let a function return str or bytes",
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """A resolved schema that equals another with the same texts."""

    resolved: ResolvedSchema

    @property
    def _content(self) -> tuple[Any, ...]:
        schema = self.resolved.schema
        texts = ((name, each.text) for name, each in self.resolved.references.items())
        return schema.schema_type, schema.text, self.resolved.form, tuple(texts)

    def __hash__(self) -> int:
        return hash(self._content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Compared) and self._content == other._content


@lru_cache(maxsize=256)
def _adapter(cls: type, compared: _Compared) -> Adapter:
    return adapter_of(cls, compared.resolved)
