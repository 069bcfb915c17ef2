"""With which schema a value is written: decided once, then a plan that is followed.

Without I/O: what has to be asked of the registry is asked by whoever runs the steps.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from wirepact import wire
from wirepact._event_types import adapter, known_type, record_name
from wirepact._importing import with_references
from wirepact._resolving import Ask, Asking, complete, resolve
from wirepact.codec_options import CodecOptions, Encoded, Framing, Registration
from wirepact.codecs.language import Language, ResolvedSchema
from wirepact.codecs.languages import language_of
from wirepact.errors import (
    DecodeError,
    EncodeError,
    NotFoundError,
    RegistryUnavailableError,
    SchemaNotRegisteredError,
)
from wirepact.events import EventType
from wirepact.rules.execution import ruled
from wirepact.rules.ruleset import Mode
from wirepact.schemas import RegisteredSchema, Schema
from wirepact.subjects import Role, SubjectStrategy

logger = logging.getLogger("wirepact.codecs")

Kind = type | str
"""The type of a value, or the record that a pair of name and value names."""

TOMBSTONE: Final = Encoded(None, (), None, "")

_RECHECK_S: Final = 1.0
_BY_RECORD: Final = frozenset({SubjectStrategy.RECORD, SubjectStrategy.TOPIC_RECORD})
_CHOSEN_BY_OTHERS: Final = frozenset(
    {Registration.LATEST_COMPATIBLE, Registration.PINNED}
)
_MOST_PLANS: Final = 10_000


@dataclass(slots=True)
class WritePlan:
    """How values of a type are written to a topic.

    Attributes:
        encode: From a value to its payload.
        prefix: What goes before the payload.
        is_fleeting: It holds for a while only.
        fresh_until: From then on the client is asked whether it still holds; what the
            client has kept, as long as that is fresh.
        refused: A later version that values do not fit.

    """

    encode: Callable[[Any], bytes]
    prefix: bytes
    headers: tuple[tuple[str, bytes], ...]
    schema_id: int
    subject: str
    registered: RegisteredSchema
    is_fleeting: bool = False
    fresh_until: float = 0.0
    refused: RegisteredSchema | None = None


@dataclass(frozen=True, slots=True)
class _Local:
    """What the application knows of a value's type.

    Attributes:
        resolved: None if there are values only.
        event: The type's declaration; None for plain values.
        is_named: The value is a pair of a record's name and the record.

    """

    resolved: ResolvedSchema | None
    event: EventType | None = None
    is_named: bool = False


class Writing:
    """The plans of one serializer. Threads may use it together.

    Attributes:
        plans: By role, then by topic and kind of value. Read by the serializer for
            each value; complete plans only.

    """

    def __init__(
        self,
        options: CodecOptions,
        schemas: Iterable[Schema],
        clock: Callable[[], float],
    ) -> None:
        self.clock = clock
        self.plans: Mapping[Role, dict[tuple[str, Kind], WritePlan]] = {
            Role.KEY: {},
            Role.VALUE: {},
        }
        self._options = options
        self._schemas = _listed(schemas)
        self._named: Mapping[str | None, ResolvedSchema] | None = None
        self._languages: dict[str, Language] = {}

    def plan(self, topic: str, role: Role, value: Any) -> Asking[WritePlan]:
        """Return how a value is written: make a plan, or renew the one there is.

        Raises:
            EncodeError: Values of this type cannot be written.
            SchemaNotRegisteredError: The schema has to be registered first.

        """
        if not isinstance(topic, str):
            raise EncodeError(f"a topic has a name, and {topic!r} is none")
        plans = self.plans[role]
        key = (topic, kind_of(value))
        former = plans.get(key)
        try:
            local = yield from self._local(value)
            made = yield from self._made(topic, role, value, local)
        except RegistryUnavailableError as error:
            if former is None:
                raise
            logger.warning("still writing as before to topic %s: %s", topic, error)
            made = former
        if self._is_fleeting():
            made.is_fleeting = True
            made.fresh_until = self.clock() + _RECHECK_S
        if len(plans) >= _MOST_PLANS:
            plans.clear()
        plans[key] = made
        return made

    def _local(self, value: Any) -> Asking[_Local]:
        event = known_type(type(value))
        if event is not None:
            form = self._language(event.schema.schema_type).form
            return _Local((yield from complete(event.resolved, form)), event)
        if not self._schemas:
            return _Local(None)
        named = yield from self._by_name()
        if is_named(value) and value[0] in named:
            return _Local(named[value[0]], is_named=True)
        if len(self._schemas) == 1:
            return _Local(next(iter(named.values())))
        names = ", ".join(str(name) for name in named)
        raise EncodeError(
            f"which of {names} is this {type(value).__name__}?"
            " Write a pair of the name and the value"
        )

    def _by_name(self) -> Asking[Mapping[str | None, ResolvedSchema]]:
        if self._named is None:
            named = {}
            for schema in self._schemas:
                resolved = yield from self._resolved(schema, None)
                language = self._language(schema.schema_type)
                named[_record_name(language, resolved)] = resolved
            self._named = named
        return self._named

    def _made(
        self,
        topic: str,
        role: Role,
        value: Any,
        local: _Local,
    ) -> Asking[WritePlan]:
        subject = yield from self._subject(topic, role, local)
        registered = yield from self._registered(subject, local)
        resolved = yield from self._resolved(registered.schema, registered.id)
        # The first of those who have waited for the registry compiles it for all.
        former = self.plans[role].get((topic, kind_of(value)))
        if former is not None and registered in (former.registered, former.refused):
            return former
        misfit = self._misfit(local, resolved, registered)
        if misfit and former is not None:
            # A version that somebody registers must not stop those who write.
            logger.error("still writing version %s: %s", _version(former), misfit)
            former.refused = registered
            return former
        if misfit:
            raise EncodeError(misfit, schema_id=registered.id)
        return (yield from self._compiled(role, value, local, registered, resolved))

    def _subject(self, topic: str, role: Role, local: _Local) -> Asking[str]:
        strategy = self._options.strategy
        record = None
        if strategy in _BY_RECORD:
            record = self._record_name(local)
        subject: str = yield Ask(
            "get_subject",
            (topic,),
            {"role": role, "record": record, "strategy": strategy},
        )
        return subject

    def _record_name(self, local: _Local) -> str | None:
        if local.event is not None:
            return record_name(local.event)
        if local.resolved is None:
            return None
        language = self._language(local.resolved.schema.schema_type)
        return _record_name(language, local.resolved)

    def _registered(self, subject: str, local: _Local) -> Asking[RegisteredSchema]:
        choice = yield from self._choice(subject, local)
        try:
            found: RegisteredSchema = yield choice
        except NotFoundError as error:
            if self._options.registration is not Registration.LOOKUP:
                raise
            raise _not_registered(subject, error) from error
        return found

    def _choice(self, subject: str, local: _Local) -> Asking[Ask]:
        """Return the question whose answer is the schema to write with."""
        policy = self._options.registration
        if policy is Registration.LATEST_COMPATIBLE:
            return Ask("get_latest", (subject,))
        if policy is Registration.PINNED:
            version = self._options.pinned.get(subject)
            if version is None:
                raise EncodeError(f"no version is pinned for subject {subject}")
            return Ask("get_version", (subject, version))
        if local.resolved is None:
            raise EncodeError(
                f"{policy} needs the schema of plain values: give it to the serializer,"
                " as in schemas=[Schema(text)], or take Registration.LATEST_COMPATIBLE"
            )
        method = "register" if policy is Registration.REGISTER else "lookup"
        options = {"normalize": self._options.normalize}
        schema = yield from with_references(local.resolved, method, options)
        return Ask(method, (subject, schema), options)

    def _misfit(
        self, local: _Local, resolved: ResolvedSchema, registered: RegisteredSchema
    ) -> str:
        if (
            local.resolved is None
            or self._options.registration not in _CHOSEN_BY_OTHERS
        ):
            return ""
        place = f"version {registered.version} of {registered.subject}"
        types = local.resolved.schema.schema_type, resolved.schema.schema_type
        if types[0] != types[1]:
            return f"{place} is {types[1]}, the local schema {types[0]}"
        reason = self._language(types[1]).misfit(local.resolved, resolved)
        return f"values of the local schema do not fit {place}: {reason}" * bool(reason)

    def _compiled(
        self,
        role: Role,
        value: Any,
        local: _Local,
        registered: RegisteredSchema,
        resolved: ResolvedSchema,
    ) -> Asking[WritePlan]:
        language = self._language(resolved.schema.schema_type)
        own = adapter(local.event, resolved)
        ruling = ruled(own, resolved, Mode.WRITE, registered.subject)
        bare = value[1] if local.is_named else value
        writer = language.writer(resolved, ruling, type(bare))
        prefix: bytes = b""
        headers: tuple[tuple[str, bytes], ...] = ()
        if self._options.framing is Framing.ID_PREFIX:
            prefix = wire.id_prefix(registered.id, writer.indexes)
        else:
            guid = yield from _guid(registered)
            if self._options.framing is Framing.GUID_PREFIX:
                prefix = wire.guid_prefix(guid, writer.indexes)
            else:
                headers = (wire.header(guid, writer.indexes, role=role),)
        encode = _second(writer.encode) if local.is_named else writer.encode
        return WritePlan(
            encode, prefix, headers, registered.id, registered.subject, registered
        )

    def _resolved(
        self, schema: Schema, schema_id: int | None
    ) -> Asking[ResolvedSchema]:
        form = self._language(schema.schema_type).form
        if form and schema_id is not None:
            schema = yield Ask("get_schema", (schema_id,), {"form": form})
        return (yield from resolve(schema, schema_id, form))

    def _language(self, schema_type: str) -> Language:
        known = self._languages.get(schema_type)
        if known is None:
            known = language_of(schema_type, self._options.limits)
            self._languages[schema_type] = known
        return known

    def _is_fleeting(self) -> bool:
        return (
            self._options.registration is Registration.LATEST_COMPATIBLE
            or self._options.strategy is SubjectStrategy.ASSOCIATED
        )


def _listed(schemas: Iterable[Schema]) -> tuple[Schema, ...]:
    if isinstance(schemas, Schema | str):
        raise TypeError("schemas are given as a list: [Schema(text)]")
    listed = tuple(schemas)
    for each in listed:
        if not isinstance(each, Schema):
            raise TypeError(f"a {type(each).__name__} is no Schema: Schema(text) is")
    return listed


def _record_name(language: Language, resolved: ResolvedSchema) -> str | None:
    try:
        return language.record_name(resolved)
    except DecodeError as error:
        # To those who write, it is what they wanted to write that is wrong.
        raise EncodeError(error.reason) from error


def kind_of(value: Any) -> Kind:
    """Return by what the plan of a value is found."""
    return str(value[0]) if is_named(value) else type(value)


def is_named(value: Any) -> bool:
    """Say whether a value is the pair of a record's name and the record."""
    return type(value) is tuple and len(value) == 2 and isinstance(value[0], str)


def _second(encode: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    return lambda pair: encode(pair[1])


def _version(plan: WritePlan) -> str:
    return f"{plan.registered.version} of {plan.registered.subject}"


def _guid(registered: RegisteredSchema) -> Asking[UUID]:
    """Return the GUID; registries that know GUIDs do not tell them everywhere."""
    guid = registered.schema.guid
    if guid is None:
        schema: Schema = yield Ask("get_schema", (registered.id,))
        guid = schema.guid
    if guid is None:
        raise EncodeError(
            "the registry tells no GUID of the schema: use Framing.ID_PREFIX",
            schema_id=registered.id,
        )
    return guid


def _not_registered(subject: str, error: NotFoundError) -> SchemaNotRegisteredError:
    return SchemaNotRegisteredError(
        error.status,
        error.code,
        f"the local schema is not registered under subject {subject}. Register it"
        f" first, as in `wirepact register {subject} FILE`, or have the serializer do"
        " so with Registration.REGISTER",
        error.call,
    )
