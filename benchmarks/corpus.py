"""The schemas that are parsed, compared, stored and sent; made, not drawn."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Type = Any

_FIELD_TYPES: tuple[Type, ...] = (
    "string",
    "long",
    ["null", "string"],
    {"type": "array", "items": "string"},
    "double",
    {"type": "map", "values": "long"},
    {"type": "long", "logicalType": "timestamp-millis"},
    ["null", "int", "string"],
)
_PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two schemas, one of which is to read what the other wrote."""

    name: str
    reader: str
    writer: str


def order_created(mark: str = "") -> str:
    """Return a record of seven fields; the mark makes its text one of a kind."""
    item = _record(
        "OrderItem",
        [_field("sku", "string"), _field("quantity", "int")],
    )
    fields = [
        _field("orderId", "string"),
        _field("customerId", "string"),
        _field("items", {"type": "array", "items": item}),
        _field("totalAmount", "double"),
        _field("currency", "string"),
        _field("note", ["null", "string"], default=None),
        _field("timestamp", {"type": "long", "logicalType": "timestamp-millis"}),
    ]
    record = _record("OrderCreated", fields, namespace="shop.orders")
    return json.dumps({**record, "doc": f"An order was placed. {mark}"})


def wide(fields: int, mark: str = "", *, drops: int = 0) -> str:
    """Return a record of many fields of all kinds.

    Args:
        drops: How many fields a later version leaves out again.

    """
    listed = [
        _field(f"field_{at:04}", _FIELD_TYPES[at % len(_FIELD_TYPES)])
        for at in range(fields)
    ]
    record = _record("Wide", listed[drops:], namespace="shop.wide")
    return json.dumps({**record, "doc": f"Many fields. {mark}"})


def shared(types: int) -> str:
    """Return records each of which uses the one before it twice: 2 ** types paths."""

    def uses(at: int) -> list[Type]:
        before = f"Shared{at - 1}"
        return [_field("left", before), _field("right", before)] if at else []

    return _row_of("Shared", types, uses)


def recursive(types: int) -> str:
    """Return records each of which may hold the one before it and the whole."""

    def uses(at: int) -> list[Type]:
        before = f"Recursive{max(at - 1, 0)}"
        return [
            _field("before", ["null", before], default=None),
            _field("whole", ["null", "Recursive"], default=None),
        ]

    return _row_of("Recursive", types, uses)


def json_order() -> str:
    """Return a JSON Schema with objects in a list, and limits of every kind."""
    item = {
        "type": "object",
        "properties": {
            "sku": {"type": "string", "pattern": "^[A-Z0-9-]{3,20}$"},
            "quantity": {"type": "integer", "minimum": 1},
            "unitPrice": {"type": "number", "minimum": 0},
        },
        "required": ["sku", "quantity", "unitPrice"],
        "additionalProperties": False,
    }
    properties = {
        "orderId": {"type": "string", "minLength": 1},
        "customerId": {"type": "string"},
        "items": {"type": "array", "minItems": 1, "items": item},
        "totalAmount": {"type": "number"},
        "currency": {"enum": ["EUR", "USD"]},
        "note": {"type": ["string", "null"], "maxLength": 200},
        "timestamp": {"type": "integer"},
    }
    required = ["orderId", "customerId", "items", "totalAmount", "timestamp"]
    return _json_object(properties, required=required)


def json_messages() -> list[tuple[Any, bool]]:
    """Return messages with whether `json_order` lets them pass; the first does."""
    item = {"sku": "A-100", "quantity": 2, "unitPrice": 9.95}
    order = {
        "orderId": "o-1",
        "customerId": "c-1",
        "items": [item, item, item],
        "totalAmount": 59.7,
        "currency": "EUR",
        "note": None,
        "timestamp": 1_700_000_000_000,
    }
    return [
        (order, True),
        ({**order, "items": []}, False),
        ({**order, "items": [item, {**item, "sku": "a"}]}, False),
        ({**order, "more": 1}, False),
        ([], False),
    ]


_JSON_TYPES: tuple[Type, ...] = (
    {"type": "string", "minLength": 1, "maxLength": 80},
    {"type": "integer", "minimum": 0},
    {"type": ["string", "null"]},
    {"type": "array", "items": {"type": "string"}},
    {"type": "number"},
    {"type": "object", "additionalProperties": {"type": "integer"}},
    {"type": "string", "format": "date-time"},
    {"enum": ["A", "B", "C"]},
)


def json_wide(properties: int, **more: str) -> str:
    """Return a JSON Schema of a closed object with many properties of all kinds.

    Args:
        more: What each of the properties has besides.

    """
    listed = {
        f"property_{at:04}": {**_JSON_TYPES[at % len(_JSON_TYPES)], **more}
        for at in range(properties)
    }
    return _json_object(listed)


def pairs() -> Iterator[Pair]:
    """Yield pairs of every kind, on whose verdict two checkers have to agree."""
    for reader in _PRIMITIVES:
        for writer in _PRIMITIVES:
            yield _pair(f"{writer} as {reader}", reader, writer)
            yield _pair(f"maybe {writer} as {reader}", reader, _maybe(writer))
            yield _pair(f"{writer} as maybe {reader}", _maybe(reader), writer)
    yield from _record_pairs()
    yield from _named_pairs()
    yield from _wide_pairs()


def _record_pairs() -> Iterator[Pair]:
    one, two = _field("a", "int"), _field("b", "string")
    added = _field("c", "long", default=0)
    renamed = {**_field("z", "int"), "aliases": ["a"]}
    records = {
        "both": [one, two],
        "less": [one],
        "swapped": [two, one],
        "defaulted": [one, two, added],
        "required": [one, two, _field("d", "long")],
        "promoted": [_field("a", "double"), two],
        "narrowed": [_field("a", "boolean"), two],
        "renamed": [renamed, two],
        "optional": [_field("a", ["null", "int"]), two],
    }
    for reader, wanted in records.items():
        for writer, written in records.items():
            yield _pair(
                f"record {writer} as {reader}",
                _record("R", wanted),
                _record("R", written),
            )


def _named_pairs() -> Iterator[Pair]:
    def enum(*symbols: str, **more: str) -> Type:
        return {"type": "enum", "name": "E", "symbols": list(symbols), **more}

    def fixed(size: int, name: str = "F") -> Type:
        return {"type": "fixed", "name": name, "size": size}

    array = {"type": "array", "items": "int"}
    longs = {"type": "array", "items": "long"}
    values = {"type": "map", "values": "string"}
    types = (
        enum("A", "B"),
        enum("A"),
        enum("A", default="A"),
        fixed(4),
        fixed(8),
        fixed(4, "G"),
        array,
        longs,
        values,
        "int",
    )
    for at, reader in enumerate(types):
        for number, writer in enumerate(types):
            yield _pair(f"type {number} as {at}", reader, writer)


def _wide_pairs() -> Iterator[Pair]:
    for fields in (20, 200):
        yield Pair(f"wide {fields}", wide(fields), wide(fields, "again"))
        yield Pair(f"shorter {fields}", wide(fields, drops=3), wide(fields))
        yield Pair(f"longer {fields}", wide(fields), wide(fields, drops=3))
    yield Pair("shared", shared(6), shared(6))
    yield Pair("recursive", recursive(6), recursive(6))
    yield Pair("recursive, longer", recursive(7), recursive(6))


def _maybe(primitive: str) -> list[str]:
    return ["null", primitive] if primitive != "null" else ["null"]


def _row_of(name: str, types: int, uses: Callable[[int], list[Type]]) -> str:
    # Side by side, because a text may not nest as deep as types may.
    fields = [
        _field(f"type_{at}", _record(f"{name}{at}", [*uses(at), _field("v", "long")]))
        for at in range(types)
    ]
    return json.dumps(_record(name, fields))


def _pair(name: str, reader: Type, writer: Type) -> Pair:
    return Pair(name, json.dumps(reader), json.dumps(writer))


def _json_object(properties: dict[str, Type], **more: object) -> str:
    closed = {"type": "object", "properties": properties, "additionalProperties": False}
    return json.dumps({**closed, **more})


def _record(name: str, fields: list[Type], **more: str) -> Type:
    return {"type": "record", "name": name, "fields": fields, **more}


def _field(name: str, type_: Type, **more: object) -> Type:
    return {"name": name, "type": type_, **more}
