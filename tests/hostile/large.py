"""Texts that would be large files, each with the code of its answer."""

import json
from collections.abc import Callable
from typing import Any, Final

from tests.integration.http import hostile_protobuf
from tests.integration.http.hostile_protobuf import KIB

Text = str | Callable[[], str]
MIB: Final = 1024 * KIB
REFUSED: Final = 42201
TOO_LARGE: Final = 42209
# What no text may have is refused wherever in a body it stands.
NO_TEXT: Final = 400
# Whether compiling takes longer than it may is up to the machine.
ANY_END: Final = (200, REFUSED, TOO_LARGE, 413)


def written(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def record(name: str, fields: list[Any]) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": fields}


def _nested(start: str, depth: int, innermost: str, end: str) -> str:
    return start * depth + innermost + end * depth


def _wide(count: int) -> str:
    return written(
        record("R", [{"name": f"f{i}", "type": "int"} for i in range(count)])
    )


def _enum(count: int) -> str:
    return written(
        {"type": "enum", "name": "E", "symbols": [f"S{i}" for i in range(count)]}
    )


def _union(count: int) -> str:
    return written([record(f"R{i}", []) for i in range(count)])


def _union_bomb(branches: int) -> str:
    """Return records that each hold a union of all, which compares as their square."""
    names = [f"R{i}" for i in range(branches)]
    first = [record(name, []) for name in names]
    uses = [{"name": f"f{i}", "type": names} for i in range(branches)]
    return written(record("All", [{"name": "first", "type": first}, *uses]))


def _diamond(levels: int) -> str:
    """Return a record whose value is 2^levels records, by two fields of each next."""
    inner: Any = record(f"D{levels}", [])
    for level in reversed(range(levels)):
        twice = [{"name": "a", "type": inner}, {"name": "b", "type": f"D{level + 1}"}]
        inner = record(f"D{level}", twice)
    return written(inner)


def _digits(count: int) -> str:
    return f'{{"type":"fixed","name":"F","size":{"9" * count}}}'


def _defaults(depth: int) -> str:
    """Return nested records with defaults, of which each holds all that are below."""
    value: Any = {}
    inner: Any = record(f"D{depth}", [])
    for level in reversed(range(depth)):
        field = {"name": "a", "type": inner, "default": value}
        inner = record(f"D{level}", [field])
        value = {"a": value}
    return written(inner)


def _doc(length: int) -> str:
    return written({**record("R", []), "doc": "d" * length})


def _properties(count: int) -> str:
    return written({"properties": {f"p{i}": {"type": "string"} for i in range(count)}})


def _definitions(count: int) -> str:
    """Return a chain of references, in the reverse of the order of their names."""
    steps = {f"d{i}": {"$ref": f"#/definitions/d{i + 1}"} for i in range(count)}
    return written(
        {"$ref": "#/definitions/d0", "definitions": {**steps, f"d{count}": {}}}
    )


def _diamonds(levels: int) -> str:
    twice = {
        f"d{i}": {"allOf": [{"$ref": f"#/definitions/d{i + 1}"}] * 2}
        for i in range(levels)
    }
    return written(
        {"$ref": "#/definitions/d0", "definitions": {**twice, f"d{levels}": {}}}
    )


def _pairs(count: int) -> str:
    return "{" + ",".join('"a":1' for _ in range(count)) + "}"


AVRO: Final[dict[str, tuple[Text, Any]]] = {
    "depth 1 000": (_nested('{"type":"array","items":', 1_000, '"int"', "}"), REFUSED),
    "depth 40 000": (
        lambda: _nested('{"type":"array","items":', 40_000, '"int"', "}"),
        REFUSED,
    ),
    "depth 10^6": (lambda: "[" * (MIB - 1), REFUSED),
    "depth 10^6 and more": (lambda: "[" * 2 * MIB, TOO_LARGE),
    "mixed brackets": ('[{"a":' * 5_000, REFUSED),
    "closed only": ("]" * 60_000, REFUSED),
    "closed and opened": ("]" * 30_000 + "[" * 30_000, REFUSED),
    "10 000 fields": (lambda: _wide(10_000), 200),
    "40 000 fields": (lambda: _wide(40_000), TOO_LARGE),
    "10^6 fields": (lambda: _wide(1_000_000), 413),
    "20 000 symbols": (lambda: _enum(20_000), 200),
    "20 001 symbols": (lambda: _enum(20_001), REFUSED),
    "10^6 symbols": (lambda: _enum(1_000_000), 413),
    "10^6 elements": (lambda: "[" + "0," * (MIB // 2 - 1) + "0]", TOO_LARGE),
    "1 000 branches": (lambda: _union(1_000), 200),
    "1 001 branches": (lambda: _union(1_001), REFUSED),
    "5 001 named types": (
        lambda: written(
            record(
                "R",
                [{"name": f"f{i}", "type": record(f"T{i}", [])} for i in range(5_001)],
            )
        ),
        REFUSED,
    ),
    "200 unions of 200 branches": (lambda: _union_bomb(200), 200),
    "1 000 unions of 1 000 branches": (lambda: _union_bomb(1_000), 413),
    "a diamond of 2^20": (lambda: _diamond(20), 200),
    "a diamond of 2^30": (lambda: _diamond(30), REFUSED),
    "defaults within defaults": (lambda: _defaults(30), REFUSED),
    "a name of 60 000": (written(record("N" * 60_000, [])), REFUSED),
    "a name of 900 KiB": (lambda: written(record("N" * 900 * KIB, [])), REFUSED),
    "a namespace of 30 000 parts": (
        written({**record("R", []), "namespace": "n." * 30_000 + "n"}),
        REFUSED,
    ),
    "a field of 60 000": (
        written(record("R", [{"name": "f" * 60_000, "type": "int"}])),
        REFUSED,
    ),
    "a symbol of 60 000": (
        written({"type": "enum", "name": "E", "symbols": ["S" * 60_000]}),
        REFUSED,
    ),
    "a doc of 65 KiB": (lambda: _doc(65 * KIB), REFUSED),
    "a size of 4 299 digits": (_digits(4_299), REFUSED),
    "a size of 60 000 digits": (_digits(60_000), REFUSED),
    "a size of 10^6 digits": (lambda: _digits(1_000_000), REFUSED),
    "10 000 bad escapes": ('"' + "\\x" * 10_000 + '"', REFUSED),
    "a member 10^5 times": (lambda: _pairs(100_000), REFUSED),
    "1 MiB of quotes": (lambda: '"' * MIB, REFUSED),
    "1 MiB of backslashes": (lambda: '"' + "\\" * (MIB - 1), REFUSED),
    "1 MiB of blanks": (lambda: " " * MIB, REFUSED),
    "1 MiB of text beyond ASCII": (lambda: '"' + "ä" * (MIB // 2 - 1) + '"', REFUSED),
    "600 KB that are 1.2 MB of bytes": (lambda: '"' + "ä" * 600_000 + '"', TOO_LARGE),
    "half a pair as it is": ('{"type":"record","name":"R\ud800","fields":[]}', NO_TEXT),
    "half a pair at the end": ('"int"' + " " * 10_000 + "\udfff", NO_TEXT),
}

JSON: Final[dict[str, tuple[Text, Any]]] = {
    "10^6 levels": (lambda: "[" * (MIB - 1), REFUSED),
    "100 000 levels of not": (lambda: '{"not":' * 100_000, REFUSED),
    "10 000 properties": (lambda: _properties(10_000), 200),
    "40 000 properties": (lambda: _properties(40_000), TOO_LARGE),
    "10^6 properties": (lambda: _properties(1_000_000), 413),
    "a chain of 10 000": (lambda: _definitions(10_000), 200),
    "diamonds of 2^20": (_diamonds(20), 200),
    "diamonds of 2^5000": (lambda: _diamonds(5_000), 200),
    "one of 1 000": (written({"oneOf": [{"const": i} for i in range(1_000)]}), 200),
    "any of 1 200 objects": (
        written(
            {
                "anyOf": [
                    {"properties": {f"a{i}": {"type": "string"}}} for i in range(1_200)
                ]
            }
        ),
        200,
    ),
    "a name of 60 000": (written({"properties": {"n" * 60_000: {}}}), 200),
    "a name of 900 KiB": (lambda: written({"properties": {"n" * 900 * KIB: {}}}), 200),
    "an enum of 40 000": (lambda: written({"enum": list(range(40_000))}), 200),
    "an enum of 400 000": (lambda: written({"enum": [0] * 400_000}), REFUSED),
    "a pattern of 900 KiB": (lambda: written({"pattern": "a?" * 450 * KIB}), REFUSED),
    "1 MiB of open groups": (
        lambda: written({"pattern": "(" * 1_000 * KIB}),
        REFUSED,
    ),
    "a limit of 10^6 digits": (lambda: f'{{"maximum":{"9" * 1_000_000}}}', REFUSED),
    "1 MiB of quotes": (lambda: '"' * MIB, REFUSED),
    "1 MiB of blanks": (lambda: " " * MIB, REFUSED),
    "half a pair as it is": ('{"title":"\ud800"}', NO_TEXT),
}

PROTOBUF: Final[dict[str, tuple[Text, Any]]] = {
    **{
        name: (text, (REFUSED, NO_TEXT))
        for name, text in hostile_protobuf.SMALL.items()
    },
    **{name: (text, ANY_END) for name, text in hostile_protobuf.LARGE.items()},
    "10^6 blocks": (lambda: "{" * (MIB - 1), REFUSED),
    "10^6 fields": (lambda: "int32 a = 1;" * 1_000_000, 413),
    "half a pair as it is": ("// \ud800", NO_TEXT),
}

TEXTS: Final[dict[str, dict[str, tuple[Text, Any]]]] = {
    "avro": AVRO,
    "json": JSON,
    "protobuf": PROTOBUF,
}

OF_JSON_SCHEMAS: Final[dict[str, Any]] = dict.fromkeys(
    (
        "2^20 schemas",
        "2^300 schemas",
        "a fraction of 60 000 digits",
        "nested repeats",
        "a million repeats",
        "thousands of patterns",
        "addresses within addresses",
        "a long address for thousands",
        "long names far up",
        "thousands of references",
    ),
    200,
)
"""Of those in `json_schemas`, the ones that are right, though they ask for much."""
