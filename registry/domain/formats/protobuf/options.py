"""Options as text: every one that an element has, custom ones included.

An option message is read with the classes of a pool that holds the schema and all its
imports, so that custom options are fields like any other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf.literals import (
    bytes_literal,
    float_literal,
    string_literal,
)
from registry.domain.formats.protobuf.names import Names

DESCRIPTOR: Final = "google/protobuf/descriptor.proto"
"""Without this import, no file can define a custom option."""

Statement = tuple[str, str]
"""The name of an option, and its value."""

_FEATURES: Final = "google.protobuf.FeatureSet"
_IMPLIED: Final = frozenset({"map_entry"})
"""Set by what the text says otherwise, and not allowed to be written."""


def resolved(
    file: FileDescriptorProto, imports: Mapping[str, FileDescriptorProto]
) -> FileDescriptorProto:
    """Return the file read with the classes of its own imports: options have names."""
    if DESCRIPTOR not in imports:
        return file
    pool = DescriptorPool()
    for each in (*imports.values(), file):
        pool.AddSerializedFile(each.SerializeToString())
    kind = pool.FindMessageTypeByName("google.protobuf.FileDescriptorProto")
    found: Any = message_factory.GetMessageClass(kind)
    read: FileDescriptorProto = found.FromString(file.SerializeToString())
    return read


def statements(options: Message, names: Names, scope: str) -> list[Statement]:
    """Return the options of an element, sorted by name.

    Raises:
        InvalidSchemaError: There is an option that no import defines.

    """
    found = list(_statements(options, names, scope))
    # Stable: the values of a repeated option keep their order.
    return sorted(found, key=lambda statement: statement[0])


def _statements(options: Message, names: Names, scope: str) -> Iterator[Statement]:
    hold_known(options)
    for field, value in options.ListFields():
        if field.name in _IMPLIED and not field.is_extension:
            continue
        name = f"({names.of_option(field.full_name, scope)})"
        name = name if field.is_extension else field.name
        if field.message_type is not None and _is_spread(field.message_type, value):
            inner = _statements(value, names, scope)
            yield from ((f"{name}.{part}", text) for part, text in inner)
        else:
            yield from ((name, text) for text in _values(field, value))


def _is_spread(kind: Descriptor, value: Any) -> bool:
    """Whether each feature is a statement of its own, as people write them."""
    return kind.full_name == _FEATURES and bool(value.ListFields())


def _values(field: FieldDescriptor, value: Any) -> Iterable[str]:
    if not field.is_repeated:
        return (_value(field, value),)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return _entries(field.message_type, value)
    return (_value(field, each) for each in value)


def _entries(entry: Descriptor, value: Any) -> Iterator[str]:
    """Yield the entries of a map by key: they have no order that could be kept."""
    key_field, value_field = entry.fields_by_number[1], entry.fields_by_number[2]
    for key in sorted(value):
        inner = _value(value_field, value[key])
        yield f"{{key: {_value(key_field, key)}, value: {inner}}}"


def _value(field: FieldDescriptor, value: Any) -> str:
    if field.message_type is not None:
        return _aggregate(value)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return str(value) if known is None else known.name
    return _SCALARS.get(field.type, str)(value)


def _aggregate(message: Message) -> str:
    hold_known(message)
    parts = [
        f"{_key(field)}: {text}"
        for field, value in message.ListFields()
        for text in _values(field, value)
    ]
    return f"{{{', '.join(parts)}}}"


def _key(field: FieldDescriptor) -> str:
    if field.is_extension:
        return f"[{field.full_name}]"
    kind = field.message_type
    return kind.name if kind is not None and _is_group(field, kind) else field.name


def _is_group(field: FieldDescriptor, kind: Descriptor) -> bool:
    """Whether text calls a field by its type: that is how groups were written."""
    around = field.containing_type
    return (
        field.type == FieldDescriptor.TYPE_GROUP
        and kind.name.lower() == field.name
        and kind.containing_type == around
        and around is not None
        and kind.file == around.file
    )


def hold_known(message: Message) -> None:
    """Refuse a message with parts that cannot be named, since they would be lost."""
    unknown = UnknownFieldSet(message)
    if len(unknown):
        reason = (
            f"expected the import that defines field {unknown[0].field_number} of"
            f" {message.DESCRIPTOR.full_name}, found none"
        )
        raise InvalidSchemaError(reason)


_SCALARS: Final[Mapping[int, Callable[[Any], str]]] = {
    FieldDescriptor.TYPE_STRING: string_literal,
    FieldDescriptor.TYPE_BYTES: bytes_literal,
    FieldDescriptor.TYPE_BOOL: lambda value: str(value).lower(),
    FieldDescriptor.TYPE_DOUBLE: float_literal,
    FieldDescriptor.TYPE_FLOAT: lambda value: float_literal(value, is_double=False),
}
