"""Ranges of numbers as text: of messages without their end, of enums with it."""

from typing import Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
)

FIELD_MAX: Final = 2**29 - 1
INT_MAX: Final = 2**31 - 1


def of_extensions(message: DescriptorProto) -> list[str]:
    """Return the extension ranges, in their order."""
    last = _last_number(message)
    return [_text(each.start, each.end - 1, last) for each in message.extension_range]


def reserved_fields(message: DescriptorProto) -> list[str]:
    last = _last_number(message)
    return [_text(each.start, each.end - 1, last) for each in message.reserved_range]


def reserved_constants(enum: EnumDescriptorProto) -> list[str]:
    return [_text(each.start, each.end, INT_MAX) for each in enum.reserved_range]


def _last_number(message: DescriptorProto) -> int:
    # In a message set, the number of a field is the id of a type.
    is_set = message.options.message_set_wire_format
    return INT_MAX - 1 if is_set else FIELD_MAX


def _text(start: int, end: int, last: int) -> str:
    if start == end:
        return str(start)
    return f"{start} to {'max' if end == last else end}"
