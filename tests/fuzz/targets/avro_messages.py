"""Avro payloads of known schemas: a value or a DecodeError, and a value fits again."""

import json

from wirepact.codecs.avro import AvroLanguage
from wirepact.codecs.language import Limits, ResolvedSchema
from wirepact.errors import DecodeError, EncodeError
from wirepact.schemas import Schema

INSTRUMENTED = ("wirepact.codecs",)

_NODE = {
    "type": "record",
    "name": "Node",
    "fields": [
        {"name": "name", "type": "string"},
        {"name": "next", "type": ["null", "Node"]},
        {"name": "children", "type": {"type": "array", "items": "Node"}},
        {"name": "named", "type": {"type": "map", "values": "Node"}},
    ],
}
_ORDER = {
    "type": "record",
    "name": "shop.Order",
    "fields": [
        {"name": "id", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "when", "type": {"type": "int", "logicalType": "time-millis"}},
        {
            "name": "total",
            "type": {
                "type": "bytes",
                "logicalType": "decimal",
                "precision": 9,
                "scale": 2,
            },
        },
        {"name": "status", "type": {"type": "enum", "name": "S", "symbols": ["A"]}},
        {"name": "hash", "type": {"type": "fixed", "name": "H", "size": 3}},
        {"name": "tags", "type": {"type": "map", "values": "double"}},
        {"name": "note", "type": ["null", "string", "boolean", "float", "shop.H"]},
    ],
}
_NOTHING = {"type": "record", "name": "Nothing", "fields": []}
SCHEMAS = [
    _NODE,
    _ORDER,
    {"type": "array", "items": "null"},
    {"type": "array", "items": {"type": "array", "items": _NOTHING}},
    "bytes",
    ["null", "int", _NODE, _NOTHING],
]
# A small depth is reached by small inputs.
_LIMITS = Limits(max_depth=16, max_items=10_000)
_LANGUAGE = AvroLanguage(_LIMITS)
_RESOLVED = [ResolvedSchema(Schema(json.dumps(each))) for each in SCHEMAS]
_READERS = [_LANGUAGE.reader(each, None, None) for each in _RESOLVED]
# The same schemas, seen as others: what both ways read, they read alike.
_SEEN = [
    ResolvedSchema(Schema(json.dumps({**each, "doc": "seen"})))
    for each in SCHEMAS
    if isinstance(each, dict)
]
_RESOLVERS = [
    _LANGUAGE.reader(one, other, None)
    for one, other in zip(_RESOLVED, _SEEN, strict=False)
]
_WRITERS = [_LANGUAGE.writer(each, None, object) for each in _RESOLVED]


_REFUSED = object()


def _decoded(reader, data):
    try:
        return reader.decode(data, 1, ())
    except DecodeError:
        return _REFUSED


def seeds():
    return [bytes([number]) + bytes(40) for number in range(len(SCHEMAS))]


def one(data):
    if not data:
        return
    number = data[0] % len(SCHEMAS)
    value = _decoded(_READERS[number], data)
    if number < len(_RESOLVERS):
        seen = _decoded(_RESOLVERS[number], data)
        assert repr(seen) == repr(value), (value, seen)
    if value is _REFUSED:
        return
    try:
        _WRITERS[number].encode(value)
    except EncodeError as error:
        # Written in the shortest way, its bytes are worth fewer items.
        if "more items" not in error.reason:
            raise
