"""Between instances of a class and Protobuf messages."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from wirepact.codecs.language import Adapter, ResolvedSchema
from wirepact.errors import MissingExtraError
from wirepact.events import times
from wirepact.events.constants import Known
from wirepact.events.conversions import (
    SAME,
    Apply,
    Attribute,
    Build,
    Conversion,
    Entry,
    Pair,
    Use,
    each_item,
    each_value,
)
from wirepact.events.faults import EventTypeError, UnfitValueError
from wirepact.events.matching import matched
from wirepact.events.members import (
    Member,
    is_message,
    members_of,
    place,
)
from wirepact.events.refusing import Plan
from wirepact.events.shapes import (
    NONE,
    Anything,
    Choices,
    Collection,
    Constants,
    Either,
    Record,
    Scalar,
    Shape,
    Table,
    shape_of,
    worded,
)

try:
    from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
    from google.protobuf.message_factory import GetMessageClass

    from wirepact.codecs.protobuf_files import (
        LocalSchema,
        UnusableSchemaError,
        local_schema,
        messages,
        opened,
    )
except ModuleNotFoundError as error:
    raise MissingExtraError("Protobuf", "protobuf") from error


def schema_of(cls: Any) -> ResolvedSchema:
    """Return the schema of a generated class: the file that defines it."""
    local = local_schema(cls)
    imports = dict(_imports(local))
    return ResolvedSchema(
        local.schema,
        {name: each.schema for name, each in imports.items()},
        form="serialized",
    )


def adapter(cls: type, schema: ResolvedSchema) -> Adapter:
    """Compile the conversions between a class and a message.

    A generated class needs none: its instances are the messages.

    Raises:
        EventTypeError: Neither direction is possible.

    """
    if is_message(cls):
        return Adapter(_Own(cls).checked, _Own(cls).own)
    try:
        message = _meant(cls, schema)
    except UnusableSchemaError as error:
        raise EventTypeError(place(cls), f"its Protobuf schema: {error}") from error
    planner = _Planner()
    pair = planner.record(Record(cls), message, place(cls))
    return planner.plan.adapter(*pair)


def _imports(local: LocalSchema) -> list[tuple[str, LocalSchema]]:
    found = []
    for name, each in local.imports:
        found += [*_imports(each), (name, each)]
    return found


def _meant(cls: type, schema: ResolvedSchema) -> Descriptor:
    """Return the message of a class by its name; the only one if none has it."""
    file = opened(schema)
    for message, _ in messages(file):
        if message.name == cls.__name__:
            return message
    if len(file.message_types_by_name) == 1:
        return next(iter(file.message_types_by_name.values()))
    known = ", ".join(message.full_name for message, _ in messages(file))
    raise UnusableSchemaError(
        f"no message is called {cls.__name__}; it has {known or 'none'}"
    )


@dataclass(frozen=True, slots=True)
class _Own:
    """Messages of one generated class."""

    cls: Any

    def checked(self, value: Any) -> Any:
        if not isinstance(value, self.cls):
            raise UnfitValueError(
                f"{type(value).__name__} is no {place(self.cls)}, as is written here"
            )
        return value

    def own(self, message: Any) -> Any:
        """Return the message as one of the class; it may come from another pool."""
        if isinstance(message, self.cls):
            return message
        return self.cls.FromString(message.SerializeToString())


@dataclass(slots=True)
class _Planner:
    plan: Plan = field(default_factory=Plan)

    def record(self, shape: Record, message: Descriptor, _where: str) -> Pair:
        name = f"{id(shape.cls)} {message.full_name}"
        if name not in self.plan.writing:
            # Known before it is planned, as it may contain itself.
            self.plan.writing[name] = self.plan.reading[name] = SAME
            pair = self._fields(shape.cls, message)
            self.plan.writing[name], self.plan.reading[name] = pair
        return Pair(Use(name), Use(name))

    def _fields(self, cls: type, message: Descriptor) -> tuple[Conversion, Conversion]:
        construct: Any = GetMessageClass(message)
        writing, reading = [], []
        members = members_of(cls)
        names = matched(members, message.fields_by_name)
        for member in members:
            where = place(cls, member.name)
            known = message.fields_by_name.get(names.get(member.name, ""))
            if known is None:
                self._unknown(member, message, where)
                continue
            shape = shape_of(member.hint, where)
            may_be_none = isinstance(shape, Either) and NONE in shape.options
            pair = self._field(shape, known, where)
            writing.append(
                Entry(known.name, member.name, pair.to_plain, is_optional=may_be_none)
            )
            if member.is_accepted:
                reading.append(_read(member, known, pair, may_be_none=may_be_none))
        return (
            Build(construct, tuple(writing), of=cls),
            Build(cls, tuple(reading), construct.HasField),
        )

    def _unknown(self, member: Member, message: Descriptor, where: str) -> None:
        missing = f"{message.full_name} has no field for it"
        self.plan.against_writing.append(
            EventTypeError(where, f"{missing}, so it could not be written")
        )
        if member.is_accepted and not member.has_default:
            self.plan.against_reading.append(
                EventTypeError(where, f"{missing}; give it a default to read this")
            )

    def _field(self, shape: Shape, known: FieldDescriptor, where: str) -> Pair:
        shape = _some(shape, where)
        if isinstance(shape, Anything):
            return Pair(SAME, SAME)
        entry = known.message_type
        if entry is not None and entry.GetOptions().map_entry:
            if not isinstance(shape, Table):
                raise _misfit(shape, known, where)
            value = self._single(
                _some(shape.value, where), entry.fields_by_name["value"], where
            )
            return Pair(each_value(value.to_plain), _dict_of(value.from_plain))
        if known.is_repeated:
            if not isinstance(shape, Collection):
                raise _misfit(shape, known, where)
            item = self._single(_some(shape.item, where), known, where)
            return Pair(
                each_item(item.to_plain, list, plain=shape.build),
                each_item(item.from_plain, shape.build, plain=type(None)),
            )
        return self._single(shape, known, where)

    def _single(self, shape: Shape, known: FieldDescriptor, where: str) -> Pair:
        if known.message_type is not None:
            return self._message(shape, known, where)
        if known.enum_type is not None:
            return _enum(shape, known, where)
        pair = _scalar(shape, known)
        if pair is None:
            raise _misfit(shape, known, where)
        return pair

    def _message(self, shape: Shape, known: FieldDescriptor, where: str) -> Pair:
        message: Any = known.message_type
        if isinstance(shape, Record):
            return self.record(shape, message, where)
        if isinstance(shape, Scalar):
            special = _WELL_KNOWN.get((shape.type, message.full_name))
            if special is not None:
                return special(GetMessageClass(message))
            if message.full_name in _WRAPPERS:
                inner = _scalar(shape, message.fields_by_name["value"])
                if inner == Pair(SAME, SAME):
                    construct: Any = GetMessageClass(message)
                    wrap = _Wrapping(construct).wrap
                    return Pair(Apply(wrap), Attribute("value"))
        raise _misfit(shape, known, where)


@dataclass(frozen=True, slots=True)
class _Wrapping:
    construct: Callable[..., Any]

    def wrap(self, value: Any) -> Any:
        return self.construct(value=value)


def _some(shape: Shape, where: str) -> Shape:
    if not isinstance(shape, Either):
        return shape
    some = tuple(each for each in shape.options if each != NONE)
    if len(some) != 1:
        raise EventTypeError(
            where,
            "Protobuf has no unions; write a field for each member of the oneof, with"
            " None as its default",
        )
    return some[0]


def _read(
    member: Member, known: FieldDescriptor, pair: Pair, *, may_be_none: bool
) -> Entry:
    if not known.has_presence:
        return Entry(member.keyword, known.name, pair.from_plain)
    return Entry(
        member.keyword,
        known.name,
        pair.from_plain,
        is_optional=True,
        is_none_if_missing=may_be_none and not member.has_default,
        is_needed=not may_be_none and not member.has_default,
    )


def _dict_of(value: Conversion) -> Conversion:
    return Apply(dict) if value == SAME else each_value(value)


def _scalar(shape: Shape, known: FieldDescriptor) -> Pair | None:
    if isinstance(shape, Constants):
        kinds = {type(value) for value in shape.values}
        shape = Scalar(kinds.pop()) if len(kinds) == 1 else shape
    if not isinstance(shape, Scalar):
        return None
    return _SCALARS.get((shape.type, _PYTHON_TYPES[known.cpp_type]))


def _enum(shape: Shape, known: FieldDescriptor, where: str) -> Pair:
    values: Any = known.enum_type
    if isinstance(shape, Choices):
        numbers = _numbers(shape.cls, values)
        missing = [each.name for each in shape.cls if each not in numbers]
        if missing:
            raise EventTypeError(
                where, f"{values.full_name} has no value for {', '.join(missing)}"
            )
        members = {number: member for member, number in numbers.items()}
        to, back = Known(numbers, where), Known(members, where)
        return Pair(Apply(to.get), Apply(back.get))
    if isinstance(shape, Scalar) and shape.type is int:
        return Pair(SAME, SAME)
    if isinstance(shape, Scalar | Constants):
        by_name = {each.name: each.number for each in values.values}
        by_number = {each.number: each.name for each in values.values}
        return Pair(
            Apply(Known(by_name, where).get), Apply(Known(by_number, where).get)
        )
    raise _misfit(shape, known, where)


def _numbers(cls: type[enum.Enum], values: EnumDescriptor) -> dict[enum.Enum, int]:
    """Return the number of each member: by value, name, or name without its prefix."""
    by_name = {each.name: each.number for each in values.values}
    bare = {_without_prefix(name, by_name): n for name, n in by_name.items()}
    known = set(by_name.values())
    found = {}
    for member in cls:
        names = [str(member.value), member.name, member.name.upper()]
        number = next((by_name[each] for each in names if each in by_name), None)
        if number is None:
            number = next((bare[each] for each in names if each in bare), None)
        if number is None and member.value in known:
            number = member.value
        if number is not None:
            found[member] = number
    return found


def _without_prefix(name: str, names: Mapping[str, int]) -> str:
    """Take off the words that all names of an enum start with."""
    words = name.split("_")
    others = [other.split("_") for other in names]
    shared = 0
    while shared < len(words) - 1 and all(
        len(other) > shared + 1 and other[shared] == words[shared] for other in others
    ):
        shared += 1
    return "_".join(words[shared:])


def _misfit(shape: Shape, known: FieldDescriptor, where: str) -> EventTypeError:
    kind = known.message_type or known.enum_type
    name = kind.full_name if kind else _PYTHON_TYPES[known.cpp_type].__name__
    several = "repeated " if known.is_repeated else ""
    return EventTypeError(
        where,
        f"is {worded(shape)}, which does not fit {known.full_name} ({several}{name})",
    )


_Field = FieldDescriptor
_PYTHON_TYPES: Final[Mapping[int, type]] = {
    _Field.CPPTYPE_BOOL: bool,
    _Field.CPPTYPE_INT32: int,
    _Field.CPPTYPE_INT64: int,
    _Field.CPPTYPE_UINT32: int,
    _Field.CPPTYPE_UINT64: int,
    _Field.CPPTYPE_FLOAT: float,
    _Field.CPPTYPE_DOUBLE: float,
    _Field.CPPTYPE_STRING: str,
}


def _uuid(value: bytes) -> UUID:
    return UUID(bytes=value)


_SCALARS: Final[Mapping[tuple[type, type], Pair]] = {
    (bool, bool): Pair(SAME, SAME),
    (int, int): Pair(SAME, SAME),
    (float, float): Pair(SAME, SAME),
    (str, str): Pair(SAME, SAME),
    (bytes, str): Pair(SAME, SAME),
    (Decimal, str): Pair(Apply(str), Apply(Decimal)),
    (UUID, str): Pair(Apply(str), Apply(UUID)),
    (date, str): Pair(Apply(times.text_of), Apply(date.fromisoformat)),
    (time, str): Pair(Apply(times.text_of), Apply(time.fromisoformat)),
    (datetime, str): Pair(Apply(times.text_of), Apply(datetime.fromisoformat)),
}
"""The runtime has one type for strings and bytes; a value of the other is refused."""


def _timestamp(construct: Any) -> Pair:
    def to_message(value: datetime) -> Any:
        message = construct()
        message.FromDatetime(times.aware(value))
        return message

    def from_message(message: Any) -> Any:
        return message.ToDatetime(UTC)

    return Pair(Apply(to_message), Apply(from_message))


def _duration(construct: Any) -> Pair:
    def to_message(value: timedelta) -> Any:
        message = construct()
        message.FromTimedelta(value)
        return message

    def from_message(message: Any) -> Any:
        return message.ToTimedelta()

    return Pair(Apply(to_message), Apply(from_message))


def _day(construct: Any) -> Pair:
    def to_message(value: date) -> Any:
        return construct(year=value.year, month=value.month, day=value.day)

    def from_message(message: Any) -> Any:
        return date(message.year, message.month, message.day)

    return Pair(Apply(to_message), Apply(from_message))


def _decimal(construct: Any) -> Pair:
    def to_message(value: Decimal) -> Any:
        return construct(value=str(value))

    def from_message(message: Any) -> Any:
        return Decimal(message.value)

    return Pair(Apply(to_message), Apply(from_message))


_WELL_KNOWN: Final[Mapping[tuple[type, str], Callable[[Any], Pair]]] = {
    (datetime, "google.protobuf.Timestamp"): _timestamp,
    (timedelta, "google.protobuf.Duration"): _duration,
    (date, "google.type.Date"): _day,
    (Decimal, "google.type.Decimal"): _decimal,
}

_WRAPPERS: Final = frozenset(
    f"google.protobuf.{kind}Value"
    for kind in (
        "Bool",
        "Int32",
        "Int64",
        "UInt32",
        "UInt64",
        "Float",
        "Double",
        "String",
        "Bytes",
    )
)
