"""The walk over the fields of Protobuf messages, which are changed in place."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any, Final, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.wrappers_pb2 import UInt64Value

from wirepact.codecs.protobuf_known import META, META_NUMBER, find_known_file
from wirepact.rules.fields import Field, Visit

_Kind = FieldDescriptor
_TYPES: Final[Mapping[int, str]] = {
    _Kind.TYPE_STRING: "STRING",
    _Kind.TYPE_BYTES: "BYTES",
    _Kind.TYPE_BOOL: "BOOLEAN",
    _Kind.TYPE_FLOAT: "FLOAT",
    _Kind.TYPE_DOUBLE: "DOUBLE",
    _Kind.TYPE_ENUM: "ENUM",
    **dict.fromkeys(
        (
            _Kind.TYPE_INT32,
            _Kind.TYPE_SINT32,
            _Kind.TYPE_UINT32,
            _Kind.TYPE_FIXED32,
            _Kind.TYPE_SFIXED32,
        ),
        "INT",
    ),
    **dict.fromkeys(
        (
            _Kind.TYPE_INT64,
            _Kind.TYPE_SINT64,
            _Kind.TYPE_UINT64,
            _Kind.TYPE_FIXED64,
            _Kind.TYPE_SFIXED64,
        ),
        "LONG",
    ),
}
_UNSIGNED: Final = frozenset(
    {
        _Kind.TYPE_UINT32,
        _Kind.TYPE_UINT64,
        _Kind.TYPE_FIXED32,
        _Kind.TYPE_FIXED64,
    }
)
# Messages that are one value to a rule, as their counterparts are in Avro.
_VALUES: Final[Mapping[str, str]] = {
    "google.protobuf.Timestamp": "LONG",
    "confluent.type.Decimal": "BYTES",
}


def visit_message(message: Message, visit: Visit) -> None:
    """Visit all fields that are set, and those that are always."""
    # The stubs know two kinds of descriptors, the runtime one.
    fields = cast(list[FieldDescriptor], message.DESCRIPTOR.fields)
    for descriptor in fields:
        if descriptor.has_presence and not message.HasField(descriptor.name):
            continue
        field = visit.field(
            descriptor.full_name, descriptor.name, partial(_inline_tags, descriptor)
        )
        _visit_field(message, descriptor, field, visit)


def _visit_field(
    message: Message, descriptor: FieldDescriptor, field: Field, visit: Visit
) -> None:
    value = getattr(message, descriptor.name)
    if _is_map(descriptor):
        _visit_map(value, descriptor, visit)
    elif _is_record(descriptor):
        for each in value if descriptor.is_repeated else (value,):
            visit_message(each, visit)
    elif descriptor.is_repeated:
        _visit_list(message, descriptor, field, visit)
    else:
        new = _applied(message, descriptor, field, visit, value)
        _assign(message, descriptor, value, new)


def _applied(
    message: Message,
    descriptor: FieldDescriptor,
    field: Field,
    visit: Visit,
    value: Any,
) -> Any:
    # A plain int would be one with a sign to CEL, which adds no others to it.
    seen = UInt64Value(value=value) if descriptor.type in _UNSIGNED else value
    new = visit.apply(field, _type_name(descriptor), seen, message)
    return value if new is seen else new


def _visit_list(
    message: Message, descriptor: FieldDescriptor, field: Field, visit: Visit
) -> None:
    values = list(getattr(message, descriptor.name))
    made = [_applied(message, descriptor, field, visit, each) for each in values]
    if all(new is old for new, old in zip(made, values, strict=True)):
        return
    message.ClearField(descriptor.name)
    target = getattr(message, descriptor.name)
    if descriptor.message_type is None:
        target.extend(made)
        return
    for new in made:
        _fill(target.add(), new)


def _visit_map(values: Any, descriptor: FieldDescriptor, visit: Visit) -> None:
    """Visit the messages of a map. Other values are not seen: the field is a map."""
    entry = cast(Descriptor, descriptor.message_type)
    if _is_record(entry.fields_by_name["value"]):
        for key in list(values):
            visit_message(values[key], visit)


def _assign(message: Message, descriptor: FieldDescriptor, old: Any, new: Any) -> None:
    if new is old:
        return
    if descriptor.message_type is None:
        setattr(message, descriptor.name, new)
    else:
        _fill(getattr(message, descriptor.name), new)


def _fill(target: Message, value: Any) -> None:
    """Make a message that is one value to rules hold what a rule has made of it."""
    if isinstance(value, Message):
        target.CopyFrom(value)
    elif isinstance(value, datetime) and hasattr(target, "FromDatetime"):
        target.FromDatetime(value)
    else:
        raise TypeError(
            f"{type(value).__name__} instead of {target.DESCRIPTOR.full_name}"
        )


def _is_map(descriptor: FieldDescriptor) -> bool:
    inner = descriptor.message_type
    return inner is not None and bool(inner.GetOptions().map_entry)


def _is_record(descriptor: FieldDescriptor) -> bool:
    inner = descriptor.message_type
    return inner is not None and inner.full_name not in _VALUES


def _type_name(descriptor: FieldDescriptor) -> str:
    inner = descriptor.message_type
    if inner is not None:
        return _VALUES.get(inner.full_name, "RECORD")
    return _TYPES[descriptor.type]


@cache
def _options_class() -> type[Message]:
    """Return a class of field options that knows Confluent's."""
    pool = DescriptorPool()
    for name in ("google/protobuf/descriptor.proto", META):
        file = find_known_file(name)
        if file is not None:
            pool.AddSerializedFile(file.SerializeToString())
    found: Descriptor = pool.FindMessageTypeByName("google.protobuf.FieldOptions")
    return GetMessageClass(found)


def _inline_tags(descriptor: FieldDescriptor) -> list[str]:
    written = descriptor.GetOptions().SerializeToString()
    if not written:
        return []
    options = _options_class().FromString(written)
    for option, value in options.ListFields():
        if option.is_extension and option.number == META_NUMBER:
            return list(value.tags)
    return []
