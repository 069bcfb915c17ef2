"""What a Protobuf descriptor means, in a form without the orders that mean nothing."""

from collections.abc import Mapping
from typing import Any

from registry.domain.formats.protobuf.options import resolved
from registry.domain.formats.protobuf.schema import ProtobufSchema


def exactly(schema: ProtobufSchema) -> bytes:
    """Everything that the descriptor says, with the names of all options known."""
    read = resolved(schema.file, schema.imports)
    return read.SerializeToString(deterministic=True)


def essence(schema: ProtobufSchema) -> Mapping[str, Any]:
    """All that makes a difference to someone who reads or writes data or code."""
    file = resolved(schema.file, schema.imports)
    kinds = {
        "public": {file.dependency[index] for index in file.public_dependency},
        "weak": {file.dependency[index] for index in file.weak_dependency},
        "option": set(file.option_dependency),
    }
    return {
        "head": (file.syntax, file.edition, file.package, _bytes(file.options)),
        "imports": (set(file.dependency), kinds),
        "messages": [_message(each) for each in file.message_type],
        "enums": [_enum(each) for each in file.enum_type],
        "extensions": {_bytes(each) for each in file.extension},
        "services": [_bytes(each) for each in file.service],
    }


def _message(message: Any) -> Any:
    if message.options.map_entry:
        # Its place counts, and that is all: it is told by the field.
        return "map entry"
    entries = {each.name: each for each in message.nested_type}
    return {
        "head": (message.name, message.visibility, _bytes(message.options)),
        "fields": {
            each.number: _field(each, message, entries) for each in message.field
        },
        "oneofs": {_bytes(each) for each in message.oneof_decl},
        "nested": [_message(each) for each in message.nested_type],
        "enums": [_enum(each) for each in message.enum_type],
        "extensions": {_bytes(each) for each in message.extension},
        "ranges": {_bytes(each) for each in message.extension_range},
        "reserved": _reserved(message),
    }


def _field(field: Any, message: Any, entries: Mapping[str, Any]) -> Any:
    bare = type(field)()
    bare.CopyFrom(field)
    bare.ClearField("oneof_index")
    has_oneof = field.HasField("oneof_index")
    oneof = message.oneof_decl[field.oneof_index].name if has_oneof else None
    entry = entries.get(field.type_name.rpartition(".")[2])
    is_map = entry is not None and entry.options.map_entry
    return _bytes(bare), oneof, _bytes(entry) if is_map else None


def _enum(enum: Any) -> Any:
    names: dict[int, list[bytes]] = {}
    for constant in enum.value:
        # The first of several names of one number is the one that is written.
        names.setdefault(constant.number, []).append(_bytes(constant))
    head = (enum.name, enum.visibility, _bytes(enum.options), enum.value[0].name)
    return head, names, _reserved(enum)


def _reserved(element: Any) -> Any:
    ranges = {(each.start, each.end) for each in element.reserved_range}
    return ranges, set(element.reserved_name)


def _bytes(message: Any) -> bytes:
    found: bytes = message.SerializeToString(deterministic=True)
    return found
