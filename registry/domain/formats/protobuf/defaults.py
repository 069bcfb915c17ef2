"""The default of a field as text. A descriptor has it as a string of its own form."""

import re
from typing import Final

from google.protobuf import text_encoding
from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf.literals import bytes_literal, string_literal

_WORD: Final = re.compile(r"-?[A-Za-z0-9_.]+([eE]?[+-]?[0-9]+)?")
_ESCAPED: Final = re.compile(
    r"""(?:[^\\\x80-\U0010ffff]|\\[0-7]{1,3}|\\x[0-9a-fA-F]{1,2}|\\[abfnrtv?"'\\])*+"""
)


def default_literal(field: FieldDescriptorProto) -> str:
    """Return what stands after `default =`.

    Raises:
        InvalidSchemaError: It is no default of such a field.

    """
    value = field.default_value
    if field.type == FieldDescriptorProto.TYPE_STRING:
        return string_literal(value)
    if field.type == FieldDescriptorProto.TYPE_BYTES and _ESCAPED.fullmatch(value):
        return bytes_literal(text_encoding.CUnescape(value))
    if field.type == FieldDescriptorProto.TYPE_BYTES or not _WORD.fullmatch(value):
        reason = f"expected a default that field '{field.name}' can have"
        raise InvalidSchemaError(f"{reason}, found {string_literal(value[:80])}")
    return value
