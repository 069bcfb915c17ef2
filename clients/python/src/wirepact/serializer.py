"""Values to messages and back, with a client that blocks.

What is decided about a schema is written once, in a core without I/O that its twin in
`async_serializer.py` shares.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from wirepact import wire
from wirepact._resolving import Ask, Asking
from wirepact._understanding import ReadPlan, Understanding
from wirepact._writing import TOMBSTONE, WritePlan, Writing, kind_of
from wirepact.codec_options import DEFAULT, CodecOptions, Encoded, encoded
from wirepact.errors import CodecError, FramingError, WirepactError
from wirepact.schemas import RegisteredSchema, Schema
from wirepact.subjects import Role, SubjectStrategy

Result = TypeVar("Result")

# Looked up once, and not for each message.
_ID_SIZE: Final = wire.ID_SIZE
_FIRST: Final = b"\0"
_INDEXES_END: Final = _ID_SIZE + len(_FIRST)


class Schemas(Protocol):
    """What is used of a `RegistryClient`."""

    def get_schema(self, schema_id: int, *, form: str = "") -> Schema: ...

    def get_schema_by_guid(self, guid: UUID, *, form: str = "") -> Schema: ...

    def get_latest(self, subject: str) -> RegisteredSchema: ...

    def get_version(
        self, subject: str, version: int, *, deleted: bool = False
    ) -> RegisteredSchema: ...

    def list_versions(
        self, subject: str, *, deleted: bool = False
    ) -> tuple[int, ...]: ...

    def lookup(
        self, subject: str, schema: Schema, *, normalize: bool = False
    ) -> RegisteredSchema: ...

    def register(
        self, subject: str, schema: Schema, *, normalize: bool = False
    ) -> RegisteredSchema: ...

    def get_subject(
        self,
        topic: str,
        *,
        role: Role = Role.VALUE,
        record: str | None = None,
        strategy: SubjectStrategy = SubjectStrategy.TOPIC,
    ) -> str: ...


class Serializer:
    """Writes values of any topic. Share one; threads may use it together.

    For the first value of a type on a topic the registry is asked for the schema; from
    then on nothing is asked, and nobody waits.
    """

    def __init__(
        self,
        client: Schemas,
        options: CodecOptions = DEFAULT,
        *,
        schemas: Iterable[Schema] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make a serializer; nothing is asked before the first value.

        Args:
            schemas: Of plain values, which carry none. With several, a value is a pair
                of the record's full name and the record.
            clock: In seconds, from anywhere; for tests.

        """
        self._client = client
        self._writing = Writing(options, schemas, clock)
        self._values = self._writing.plans[Role.VALUE]
        self._clock = clock

    def encode(self, topic: str, value: Any, *, role: Role = Role.VALUE) -> Encoded:
        """Return what to send. None is a tombstone, and stays bare.

        Raises:
            EncodeError: The value does not fit the schema, or has none.
            SchemaNotRegisteredError: The local schema has to be registered first.
            WirepactError: As the client raises them, for the first value of a type.

        """
        if value is None:
            return TOMBSTONE
        plans = self._values if role is Role.VALUE else self._writing.plans[role]
        kind = type(value)
        plan = plans.get((topic, kind_of(value) if kind is tuple else kind))
        if plan is None or (plan.is_fleeting and plan.fresh_until < self._clock()):
            plan = self._planned(topic, value, role)
        try:
            payload = plan.encode(value)
        except CodecError as error:
            error.locate(topic, plan.schema_id, role)
            raise
        return encoded(
            (plan.prefix + payload, plan.headers, plan.schema_id, plan.subject)
        )

    def knows(self, topic: str, kind: type) -> bool:
        """Say whether values of a type were written to a topic before."""
        return (topic, kind) in self._values

    def _planned(self, topic: str, value: Any, role: Role) -> WritePlan:
        try:
            return run(self._client, self._writing.plan(topic, role, value))
        except CodecError as error:
            error.locate(topic, None, role)
            raise
        except WirepactError as error:
            error.add_note(f"a {role} of topic {topic} was to be written")
            raise


class Deserializer:
    """Reads messages of any topic. Share one; threads may use it together.

    For the first message of a schema the registry is asked for it; from then on
    nothing is asked, and nobody waits.
    """

    def __init__(
        self,
        client: Schemas,
        options: CodecOptions = DEFAULT,
        *,
        types: Iterable[type] = (),
    ) -> None:
        """Make a deserializer; nothing is asked before the first message.

        Args:
            types: Declared events: messages with a record of their name become
                instances. Others become plain values.

        Raises:
            TypeError: One of them is not declared.

        """
        self._client = client
        self._understanding = Understanding(options, types)
        self._plans = self._understanding.plans
        self._prefixed = self._understanding.prefixed

    def decode(
        self,
        topic: str,
        data: bytes | None,
        headers: wire.Headers | None = None,
        *,
        role: Role = Role.VALUE,
    ) -> Any:
        """Return the value of a message; None for a tombstone.

        Args:
            headers: Of the record, if it has any: one of them may name the schema.

        Raises:
            DecodeError: The bytes cannot be read; they never will be.
            SchemaNotFoundError: The registry does not know the schema, or not yet.
            WirepactError: As the client raises them, for the first message of a schema.

        """
        if data is None:
            return None
        if type(data) is not bytes:
            data = memoryview(data).tobytes()
        # Nearly all messages, with as few steps as there can be.
        plan = None if headers else self._prefixed.get(data[:_ID_SIZE])
        if plan is None:
            return self._read(topic, data, headers, role)
        try:
            if plan.has_indexes:
                if data[_ID_SIZE:_INDEXES_END] == _FIRST:
                    return plan.decode(data, _INDEXES_END, wire.FIRST_MESSAGE)
                indexes, start = wire.read_indexes(data, _ID_SIZE)
                return plan.decode(data, start, indexes)
            return plan.decode(data, _ID_SIZE, ())
        except CodecError as error:
            error.locate(topic, wire.prefixed_id(data), role)
            raise

    def type_of(self, data: bytes, headers: wire.Headers) -> str | None:
        """Return the type of the schema that a message names; None if not yet known."""
        plan = None if headers else self._prefixed.get(data[:_ID_SIZE])
        if plan is not None:
            return plan.schema_type
        try:
            frame = wire.read(data, headers)
        except FramingError:
            return None
        plan = None if frame is None else self._plans.get(frame.schema)
        return None if plan is None else plan.schema_type

    def _read(
        self, topic: str, data: bytes, headers: wire.Headers | None, role: Role
    ) -> Any:
        """Read a message of a new schema, or of one that is named in another way."""
        named = None
        try:
            frame = wire.read_some(data, headers, role=role)
            named = frame.schema
            plan = self._plans.get(named) or self._planned(topic, named, role)
            return plan.read(frame)
        except CodecError as error:
            error.locate(topic, named, role)
            raise

    def _planned(self, topic: str, named: int | UUID, role: Role) -> ReadPlan:
        try:
            return run(self._client, self._understanding.plan(named, topic, role))
        except WirepactError as error:
            error.add_note(f"a {role} of topic {topic} was to be read")
            raise


def run(client: object, steps: Asking[Result]) -> Result:
    """Ask what the steps want to be asked, and return their result."""
    resume: Callable[[], Ask] = partial(next, steps)
    while True:
        try:
            ask = resume()
        except StopIteration as end:
            result: Result = end.value
            return result
        try:
            answer = getattr(client, ask.method)(*ask.arguments, **ask.options)
        except Exception as error:  # noqa: BLE001 - raised again, inside the steps
            resume = partial(steps.throw, error)
        else:
            resume = partial(steps.send, answer)
