"""Whether what one message class writes, another schema of the message describes.

Both are the same message in two versions. Everything that the writing class has must
mean something to those who read with the registered schema: a field that the schema
does not have would be lost on them, one that is encoded in another way misread.
"""

from collections.abc import Iterator
from typing import Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

_VARINT: Final = "a plain varint"
_ZIGZAG: Final = "a zigzag varint"
_BYTES: Final = "bytes"
_Field = FieldDescriptor
# Enums go with integers: they share the encoding, and may be exchanged for them.
_ENCODINGS: Final = {
    _Field.TYPE_BOOL: _VARINT,
    _Field.TYPE_INT32: _VARINT,
    _Field.TYPE_INT64: _VARINT,
    _Field.TYPE_UINT32: _VARINT,
    _Field.TYPE_UINT64: _VARINT,
    _Field.TYPE_ENUM: _VARINT,
    _Field.TYPE_SINT32: _ZIGZAG,
    _Field.TYPE_SINT64: _ZIGZAG,
    _Field.TYPE_FIXED32: "four bytes of an integer",
    _Field.TYPE_SFIXED32: "four bytes of an integer",
    _Field.TYPE_FIXED64: "eight bytes of an integer",
    _Field.TYPE_SFIXED64: "eight bytes of an integer",
    _Field.TYPE_FLOAT: "a float",
    _Field.TYPE_DOUBLE: "a double",
    _Field.TYPE_STRING: _BYTES,
    _Field.TYPE_BYTES: _BYTES,
    _Field.TYPE_MESSAGE: "a message",
    _Field.TYPE_GROUP: "a group",
}


def misfits(local: Descriptor, registered: Descriptor) -> Iterator[str]:
    """Yield what the registered message does not describe of the local one."""
    seen: set[tuple[str, str]] = set()
    waiting = [(local, registered)]
    while waiting:
        ours, theirs = waiting.pop()
        if (ours.full_name, theirs.full_name) in seen:
            continue
        seen.add((ours.full_name, theirs.full_name))
        for field in ours.fields:
            known = theirs.fields_by_number.get(field.number)
            reason = _misfit(field, known)
            if reason is not None:
                yield f"field {field.full_name} = {field.number} {reason}"
            elif known and known.message_type and field.message_type:
                waiting.append((field.message_type, known.message_type))


def _misfit(field: FieldDescriptor, known: FieldDescriptor | None) -> str | None:
    if known is None:
        return "is not in the registered schema"
    ours, theirs = _ENCODINGS[field.type], _ENCODINGS[known.type]
    if ours != theirs:
        return f"is {ours}, and {theirs} in the registered schema"
    if field.is_repeated != known.is_repeated:
        form = "repeated" if known.is_repeated else "not repeated"
        return f"is {form} in the registered schema"
    return None


def is_recursive(message: Descriptor) -> bool:
    """Say whether a message can hold itself, and so be nested to any depth."""
    seen: set[str] = set()
    waiting = [message]
    while waiting:
        for field in waiting.pop().fields:
            inner = field.message_type
            if inner is None:
                continue
            if inner.full_name == message.full_name:
                return True
            if inner.full_name not in seen:
                seen.add(inner.full_name)
                waiting.append(inner)
    return False
