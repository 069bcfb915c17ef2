"""Logical types: which are known, and what they may stand on.

One that is unknown, or stands on a type that it does not fit, means nothing: the
underlying type stands.

Source: Avro 1.12 specification, section "Logical Types".
"""

import math
from typing import Final

from registry.domain.formats.avro.nodes import Fixed, Node, Union

_UNDERLYING: Final = {
    "big-decimal": ("bytes",),
    "date": ("int",),
    "decimal": ("bytes", "fixed"),
    "duration": ("fixed",),
    "local-timestamp-micros": ("long",),
    "local-timestamp-millis": ("long",),
    "local-timestamp-nanos": ("long",),
    "time-micros": ("long",),
    "time-millis": ("int",),
    "timestamp-micros": ("long",),
    "timestamp-millis": ("long",),
    "timestamp-nanos": ("long",),
    "uuid": ("string", "fixed"),
}
KNOWN: Final = frozenset(_UNDERLYING)
"""The logical types that the specification names."""

_FIXED_SIZES: Final = {"duration": 12, "uuid": 16}


def logical_type(node: Node) -> str | None:
    """Return the logical type of a type if it is known and fits."""
    if isinstance(node, Union):
        return None
    name = node.props.get("logicalType")
    if not isinstance(name, str) or node.kind not in _UNDERLYING.get(name, ()):
        return None
    if isinstance(node, Fixed) and node.size != _FIXED_SIZES.get(name, node.size):
        return None
    return name if name != "decimal" or _is_decimal(node) else None


def _is_decimal(node: Node) -> bool:
    props = {} if isinstance(node, Union) else node.props
    precision, scale = props.get("precision"), props.get("scale", 0)
    if type(precision) is not int or type(scale) is not int:
        return False
    if precision <= 0 or not 0 <= scale <= precision:
        return False
    return not isinstance(node, Fixed) or precision <= _most_digits(node.size)


def _most_digits(size: int) -> int:
    """How many decimal digits always fit into a signed number of so many bytes."""
    return math.floor(math.log10(2) * (8 * size - 1)) if size else 0
