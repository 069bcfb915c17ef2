"""Large messages that are hostile to who reads them, and schemas of their own."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

MIB: Final = 2**20
REFUSED: Final = "DecodeError"
VALUE: Final = "value"


@dataclass(frozen=True, slots=True)
class LargeMessage:
    """A message, and what has to come of it.

    Attributes:
        schema: Its name in `SCHEMAS`.
        payload: What makes it, with the message indexes of Protobuf.

    """

    schema: str
    payload: Callable[[], bytes]
    expected: str


def _wide(fields: int) -> str:
    lines = "".join(f" int64 f{at} = {at};" for at in range(2, fields))
    return f'syntax = "proto3"; message W {{ repeated W w = 1;{lines} }}'


def _json(schema: object) -> tuple[str, str]:
    return "JSON", json.dumps(schema)


def _lists_of_themselves(words: str) -> dict[str, object]:
    lists = {"type": "array", "items": {"$ref": "#"}}
    return {words: [lists, lists, {"type": "string"}]}


def _doubling(depth: int) -> dict[str, object]:
    twice = {
        f"d{at}": {"allOf": [{"$ref": f"#/definitions/d{at + 1}"}] * 2}
        for at in range(depth)
    }
    return {
        "$ref": "#/definitions/d0",
        "definitions": {**twice, f"d{depth}": {"type": "string"}},
    }


def _doubling_within(depth: int) -> dict[str, object]:
    twice = {
        f"d{at}": {
            "allOf": [{"properties": {"a": {"$ref": f"#/definitions/d{at + 1}"}}}] * 2
        }
        for at in range(depth)
    }
    return {
        "$ref": "#/definitions/d0",
        "definitions": {**twice, f"d{depth}": {"type": "string"}},
    }


def _doubling_by_address(depth: int) -> dict[str, object]:
    twice = {
        f"d{at}": {"$id": f"http://x/d{at}", "allOf": [{"$ref": f"d{at + 1}"}] * 2}
        for at in range(depth)
    }
    last = {"$id": f"http://x/d{depth}", "type": "string"}
    return {"$ref": "http://x/d0", "definitions": {**twice, f"d{depth}": last}}


def _going_back(depth: int) -> dict[str, object]:
    """Make schemas that lead twice to the next one and once to the one before."""
    there_and_back = {
        f"d{at}": {
            "allOf": [
                {"$ref": f"#/definitions/d{to % depth}"}
                for to in (at + 1, at + 1, at - 1)
            ]
        }
        for at in range(depth)
    }
    return {"$ref": "#/definitions/d0", "definitions": there_and_back}


def _many_references(count: int) -> dict[str, object]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {"z": {"$anchor": "a", "type": "string"}},
        "properties": {f"p{at}": {"$ref": "#a"} for at in range(count)},
    }


def _wide_entries(fields: int) -> str:
    lines = "".join(f" string f{at} = {at};" for at in range(1, fields + 1))
    return (
        'syntax = "proto3"; message M { map<int32, W> m = 1; }'
        f" message W {{{lines} }}"
    )


_PROTO: Final = """
syntax = "proto2";
import "google/protobuf/any.proto";
import "google/protobuf/struct.proto";
message P {
  optional P p = 1;
  repeated P q = 2;
  repeated int32 n = 3 [packed = true];
  repeated fixed64 w = 4;
  repeated string s = 5;
  map<string, P> m = 6;
  optional google.protobuf.Any a = 7;
  optional google.protobuf.Struct t = 8;
  repeated group G = 9 { optional int32 x = 1; }
}
"""

_MESSAGE_SET: Final = """
syntax = "proto2";
message M { optional S s = 1; }
message S { option message_set_wire_format = true; extensions 4 to max; }
message X { repeated X x = 1; extend S { optional X x_of = 100; } }
"""

SCHEMAS: Final[Mapping[str, tuple[str, str]]] = {
    "many": ("PROTOBUF", _PROTO),
    "wide": ("PROTOBUF", _wide(1500)),
    "wide entries": ("PROTOBUF", _wide_entries(1500)),
    "set": ("PROTOBUF", _MESSAGE_SET),
    "free": _json({}),
    "texts": _json({"items": {"type": "string"}}),
    "unique": _json({"uniqueItems": True}),
    "cents": _json({"items": {"multipleOf": 0.01}}),
    "closed": _json({"additionalProperties": False}),
    "any of lists": _json(_lists_of_themselves("anyOf")),
    "one of lists": _json(_lists_of_themselves("oneOf")),
    "doubling": _json(_doubling(60)),
    "doubling within": _json(_doubling_within(60)),
    "doubling by address": _json(_doubling_by_address(60)),
    "going back": _json(_going_back(40)),
    "many references": _json(_many_references(5000)),
    "looking ahead": _json({"items": {"pattern": "^(?=(a+)+$)b"}}),
}


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def _packed(tag: bytes, values: bytes) -> bytes:
    return tag + _varint(len(values)) + values


def _listed(item: bytes, times: int) -> bytes:
    return b"[" + b",".join([item] * times) + b"]"


def _within(depth: int, inmost: bytes) -> bytes:
    return b"[" * depth + inmost + b"]" * depth


_MILLIONS: Final = 7 * MIB

MESSAGES: Final[Mapping[str, LargeMessage]] = {
    # The first byte says that the message is the schema's first.
    "millions of messages": LargeMessage(
        "many", lambda: b"\0" + b"\x12\0" * _MILLIONS, REFUSED
    ),
    "millions of wide messages": LargeMessage(
        "wide", lambda: b"\0" + b"\x0a\0" * _MILLIONS, REFUSED
    ),
    "20 000 wide messages": LargeMessage(
        "wide", lambda: b"\0" + b"\x0a\0" * 20_000, REFUSED
    ),
    "millions of wide messages in wide messages": LargeMessage(
        "wide", lambda: b"\0" + b"\x0a\x04\x0a\0\x0a\0" * (2 * MIB), REFUSED
    ),
    "millions of packed zeros": LargeMessage(
        "many", lambda: b"\0" + _packed(b"\x1a", bytes(15 * MIB)), REFUSED
    ),
    "millions of values one by one": LargeMessage(
        "many", lambda: b"\0" + b"\x18\0" * _MILLIONS, REFUSED
    ),
    "millions of packed words": LargeMessage(
        "many", lambda: b"\0" + _packed(b"\x22", bytes(15 * MIB)), VALUE
    ),
    "three million packed zeros": LargeMessage(
        "many", lambda: b"\0" + _packed(b"\x1a", bytes(3 * MIB)), VALUE
    ),
    "20 000 entries without their wide messages": LargeMessage(
        "wide entries",
        lambda: (
            b"\0"
            + b"".join(_packed(b"\x0a", b"\x08" + _varint(at)) for at in range(20_000))
        ),
        REFUSED,
    ),
    "millions of messages in a message set": LargeMessage(
        "set",
        lambda: (
            b"\0"
            + _packed(
                b"\x0a",
                b"\x0b\x10\x64" + _packed(b"\x1a", b"\x0a\0" * _MILLIONS) + b"\x0c",
            )
        ),
        REFUSED,
    ),
    "millions of empty texts": LargeMessage(
        "many", lambda: b"\0" + b"\x2a\0" * _MILLIONS, REFUSED
    ),
    "millions of entries of a map": LargeMessage(
        "many", lambda: b"\0" + b"\x32\0" * _MILLIONS, REFUSED
    ),
    "millions of groups": LargeMessage(
        "many", lambda: b"\0" + b"\x4b\x4c" * _MILLIONS, REFUSED
    ),
    "millions of fields of a struct": LargeMessage(
        "many", lambda: b"\0" + _packed(b"\x42", b"\x0a\0" * _MILLIONS), REFUSED
    ),
    "millions of messages under a long tag": LargeMessage(
        "many", lambda: b"\0" + b"\x92\x80\0\0" * (3 * MIB), REFUSED
    ),
    "any of much": LargeMessage(
        "many",
        lambda: b"\0" + _packed(b"\x3a", _packed(b"\x12", b"\x78\0" * MIB)),
        VALUE,
    ),
    "one message again and again": LargeMessage(
        "many", lambda: b"\0" + b"\x0a\0" * _MILLIONS, REFUSED
    ),
    "a million unknown fields": LargeMessage(
        "many", lambda: b"\0" + b"\x78\0" * MIB, VALUE
    ),
    "half a million unknown groups": LargeMessage(
        "many", lambda: b"\0" + b"\x7b\x7c" * (MIB // 2), VALUE
    ),
    "unknown groups without an end": LargeMessage(
        "many", lambda: b"\0" + b"\x7b" * (3 * MIB), REFUSED
    ),
    "millions of zeros": LargeMessage(
        "free", lambda: _listed(b"0", _MILLIONS), REFUSED
    ),
    "millions of empty lists": LargeMessage(
        "free", lambda: _listed(b"[]", 5 * MIB), REFUSED
    ),
    "millions of empty objects": LargeMessage(
        "free", lambda: _listed(b"{ }", 3 * MIB), REFUSED
    ),
    "millions of members": LargeMessage(
        "free", lambda: _listed(b'{"":0}', 2 * MIB), REFUSED
    ),
    "a name two million times": LargeMessage(
        "free", lambda: b"{" + b",".join([b'"a":0'] * (2 * MIB)) + b"}", REFUSED
    ),
    "a text of commas": LargeMessage(
        "free", lambda: b'"' + b"," * (15 * MIB) + b'"', VALUE
    ),
    "a text of escapes": LargeMessage(
        "free", lambda: b'"' + b"\\\\" * _MILLIONS + b'"', VALUE
    ),
    "a text without an end": LargeMessage(
        "free", lambda: b'["' + b"," * (15 * MIB), REFUSED
    ),
    "millions of brackets": LargeMessage("free", lambda: b"[" * (15 * MIB), REFUSED),
    "an integer of a million digits": LargeMessage("free", lambda: b"1" * MIB, REFUSED),
    "a fraction of millions of digits": LargeMessage(
        "free", lambda: b"0." + b"1" * (15 * MIB), VALUE
    ),
    "a million large numbers": LargeMessage(
        "free", lambda: _listed(b"9e300", MIB), REFUSED
    ),
    "a million multiples": LargeMessage(
        "cents", lambda: _listed(b"9e300", MIB), REFUSED
    ),
    "100 000 unique lists": LargeMessage(
        "unique",
        lambda: b"[" + b",".join(b"[%d]" % at for at in range(10**5)) + b"]",
        VALUE,
    ),
    "half a million faults": LargeMessage(
        "texts", lambda: _listed(b"0", MIB // 2), REFUSED
    ),
    "100 000 names too many": LargeMessage(
        "closed",
        lambda: b"{" + b",".join(b'"%d":0' % at for at in range(10**5)) + b"}",
        REFUSED,
    ),
    "a list of 24 levels by two alternatives": LargeMessage(
        "any of lists", lambda: _within(24, b"0"), REFUSED
    ),
    "a list of 100 levels by two alternatives": LargeMessage(
        "one of lists", lambda: _within(100, b"0"), REFUSED
    ),
    "a schema that doubles 60 times": LargeMessage("doubling", lambda: b'"x"', REFUSED),
    "a schema that doubles 60 times within the value": LargeMessage(
        "doubling within", lambda: b'{"a":' * 60 + b'"x"' + b"}" * 60, REFUSED
    ),
    "a schema that doubles 60 times by address": LargeMessage(
        "doubling by address", lambda: b'"x"', REFUSED
    ),
    "a schema that goes back and forth": LargeMessage(
        "going back", lambda: b'"x"', REFUSED
    ),
    "a schema of 5 000 references by name": LargeMessage(
        "many references", lambda: b'{"p1":"x"}', VALUE
    ),
    "1 000 traps for looking ahead": LargeMessage(
        "looking ahead", lambda: _listed(b'"' + b"a" * 40 + b'!"', 1000), REFUSED
    ),
}
"""By their names in the corpus."""
