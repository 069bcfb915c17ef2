"""Whether a descriptor that was handed in means what its text came to mean.

Some descriptors contradict themselves: a repeated member of a oneof, a number with the
name of a message as its type. Their text would be another schema's, and payloads that
were written by one would not be read by the other.
"""

from collections.abc import Iterator
from typing import Any, Final

from google.protobuf.descriptor_pb2 import (
    FeatureSet,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf.features import Features, file_features

_GROUP: Final = FieldDescriptorProto.TYPE_GROUP
_MESSAGE: Final = FieldDescriptorProto.TYPE_MESSAGE


def hold_meant(stated: FileDescriptorProto, linked: FileDescriptorProto) -> None:
    """Refuse a descriptor if one of its fields is another in its text.

    What it leaves open, a label or a type, is as the text has it.

    Args:
        stated: As handed in.
        linked: What its text was compiled to.

    Raises:
        InvalidSchemaError: It names the first such field.

    """
    left: list[tuple[Any, Any, Features]] = [(stated, linked, file_features(linked))]
    while left:
        given, found, around = left.pop()
        _hold_fields(given, found, around)
        known = {each.name: each for each in _messages(found)}
        left += (
            (each, known[each.name], around.within(known[each.name].options))
            for each in _messages(given)
            if each.name in known
        )


def _hold_fields(given: Any, found: Any, around: Features) -> None:
    known = {each.name: each for each in _fields(found)}
    for field in _fields(given):
        meant = known.get(field.name)
        if meant is None:
            # A map's entry whose name was not the usual one: it has one by now.
            continue
        if field.HasField("label") and field.label != meant.label:
            raise _refusal(field, "label", meant.label)
        if field.HasField("type"):
            kind = _kind(meant, around.within(meant.options))
            if field.type not in {meant.type, kind}:
                raise _refusal(field, "type", kind)


def _kind(field: FieldDescriptorProto, features: Features) -> int:
    """The type of a field in payloads: since editions, a feature makes a group."""
    is_delimited = features.message_encoding == FeatureSet.DELIMITED
    return _GROUP if field.type == _MESSAGE and is_delimited else field.type


def _refusal(field: FieldDescriptorProto, part: str, meant: int) -> InvalidSchemaError:
    names: Any = FieldDescriptorProto.DESCRIPTOR.fields_by_name[part].enum_type
    wanted, found = (
        names.values_by_number[number].name.partition("_")[2].lower()
        for number in (meant, getattr(field, part))
    )
    return InvalidSchemaError(
        f"expected '{wanted}' as the {part} of field '{field.name}', as the rest of the"
        f" descriptor implies, found '{found}'"
    )


def _messages(element: Any) -> Any:
    is_file = isinstance(element, FileDescriptorProto)
    return element.message_type if is_file else element.nested_type


def _fields(element: Any) -> Iterator[FieldDescriptorProto]:
    if not isinstance(element, FileDescriptorProto):
        yield from element.field
    yield from element.extension
