"""The default of a field, as far as two versions of it can be compared."""

import math
import struct
from collections.abc import Callable, Mapping
from typing import Final

from google.protobuf import text_encoding

from registry.domain.formats.protobuf.nodes import Kind
from registry.domain.formats.protobuf.policy_parts import (
    MAP,
    REPEATED,
    Field,
)

Default = bool | int | float | bytes

_LONGEST_TOLD: Final = 80
"""Characters of a default that a message quotes."""


def can_have_default(field: Field) -> bool:
    is_many = field.cardinality in (REPEATED, MAP)
    return not is_many and field.kind not in (Kind.MESSAGE, Kind.GROUP)


def are_defaults_equal(new: Field, earlier: Field) -> bool:
    """Whether both fields stand for the same when they are not set.

    Text and bytes are compared as bytes, everything else as a number: a change of the
    type is the business of other rules. A float that became a double, or the reverse,
    is compared with the precision of the float.
    """
    value, old = _value(new), _value(earlier)
    if isinstance(value, bytes) or isinstance(old, bytes):
        # The defaults that nobody wrote, of a text and a number, are equal too.
        return value == old or not (value or old)
    if Kind.FLOAT in (new.kind, earlier.kind) and {new.kind, earlier.kind} <= _FLOATS:
        value, old = _single(value), _single(old)
    return value == old or (math.isnan(value) and math.isnan(old))


def told_default(field: Field) -> str:
    """Return the default as a message quotes it."""
    if field.kind is Kind.ENUM:
        number = int(_value(field))
        enum = field.enums.get(field.node.type_name)
        known = None if enum is None else enum.numbers.get(number)
        return str(number) if known is None else known.simple_name
    text = field.node.proto.default_value
    if field.kind in _TEXTS:
        cut = text if len(text) <= _LONGEST_TOLD else text[:_LONGEST_TOLD] + "…"
        return f"'{cut}'"
    return text or ("false" if field.kind is Kind.BOOL else "0")


_TEXTS: Final = frozenset({Kind.STRING, Kind.BYTES})
_FLOATS: Final = frozenset({Kind.FLOAT, Kind.DOUBLE})


def _single(value: float) -> float:
    """Return the nearest number that a float of four bytes holds."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _value(field: Field) -> Default:
    if field.kind is Kind.ENUM:
        return _enum_number(field)
    if not field.node.proto.HasField("default_value"):
        return b"" if field.kind in _TEXTS else 0
    return _READ.get(field.kind, int)(field.node.proto.default_value)


def _enum_number(field: Field) -> int:
    enum = field.enums.get(field.node.type_name)
    if enum is None or not enum.node.values:
        return 0
    return enum.values.get(field.node.proto.default_value, enum.node.values[0].number)


def _unescaped(text: str) -> bytes:
    unescaped: bytes = text_encoding.CUnescape(text)
    return unescaped


_READ: Final[Mapping[Kind, Callable[[str], Default]]] = {
    Kind.STRING: str.encode,
    Kind.BYTES: _unescaped,
    Kind.BOOL: "true".__eq__,
    Kind.DOUBLE: float,
    Kind.FLOAT: lambda text: _single(float(text)),
}
"""How protoc writes the defaults that are no whole numbers."""
