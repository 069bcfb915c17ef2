"""The fields of Avro schemas."""

from typing import Final

from registry.domain.formats.avro.format import AvroSchema
from registry.domain.formats.avro.logical_types import logical_type
from registry.domain.formats.avro.nodes import (
    Array,
    Field,
    Map,
    Named,
    Node,
    Primitive,
    Record,
    Union,
)
from registry.gate.rendering.elements import MOST_LEVELS, Budget, Element

_KINDS: Final = {
    "boolean": "boolean",
    "int": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "bytes": "string",
    "string": "string",
    "fixed": "string",
    "enum": "string",
    "record": "object",
    "error": "object",
    "map": "object",
    "array": "array",
}
_LOGICAL: Final = {
    "date": "date",
    "decimal": "number",
    "big-decimal": "number",
    "time-millis": "time",
    "time-micros": "time",
    "timestamp-millis": "timestamp",
    "timestamp-micros": "timestamp",
    "timestamp-nanos": "timestamp",
    "local-timestamp-millis": "timestamp",
    "local-timestamp-micros": "timestamp",
    "local-timestamp-nanos": "timestamp",
    "uuid": "string",
}


def elements(schema: AvroSchema, _message: str | None) -> tuple[Element, ...]:
    """See `elements.elements`."""
    root = schema.root
    if not isinstance(root, Record):
        return ()
    return _fields(root, (root,), Budget())


def _fields(
    record: Record, around: tuple[Node, ...], budget: Budget
) -> tuple[Element, ...]:
    return tuple(
        _field(each, around, budget) for each in record.fields if budget.take()
    )


def _field(field: Field, around: tuple[Node, ...], budget: Budget) -> Element:
    node, is_required = _needed(field.type)
    inner = _element(field.name, node, around, budget)
    return Element(
        inner.name,
        inner.logical,
        inner.physical,
        field.doc or "",
        is_required,
        inner.inside,
        inner.each,
    )


def _needed(node: Node) -> tuple[Node, bool]:
    """Return what a union with null holds beside it, and whether null is no choice."""
    if not isinstance(node, Union):
        return node, True
    real = [
        each
        for each in node.branches
        if not (isinstance(each, Primitive) and each.kind == "null")
    ]
    is_required = len(real) == len(node.branches)
    return (real[0] if len(real) == 1 else node), is_required


def _element(
    name: str, node: Node, around: tuple[Node, ...], budget: Budget
) -> Element:
    if isinstance(node, Union):
        kinds = ", ".join(_physical(each) for each in node.branches)
        return Element(name, "", f"union of {kinds}")
    logical = _LOGICAL.get(logical_type(node) or "", _KINDS.get(node.kind, ""))
    is_known = node in around or len(around) >= MOST_LEVELS
    if isinstance(node, Array) and budget.take():
        inner, _ = _needed(node.items)
        each = _element("", inner, (*around, node), budget)
        return Element(name, logical, _physical(node), each=each)
    if isinstance(node, Record) and not is_known:
        inside = _fields(node, (*around, node), budget)
        return Element(name, logical, _physical(node), inside=inside)
    return Element(name, logical, _physical(node))


def _physical(node: Node) -> str:
    if isinstance(node, Named):
        return f"{node.kind} {node.full_name}"
    if isinstance(node, Array | Map):
        inner = node.items if isinstance(node, Array) else node.values
        is_plain = isinstance(inner, Primitive | Named)
        return f"{node.kind} of {_physical(inner)}" if is_plain else node.kind
    if isinstance(node, Union):
        return "union"
    return f"{node.kind} ({logical_type(node)})" if logical_type(node) else node.kind
