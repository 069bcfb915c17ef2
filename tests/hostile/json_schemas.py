"""JSON Schemas made to hurt, and addresses that nobody should be made to open.

A text is one of up to 64 KiB.
"""

import json
from typing import Any

LARGEST = 64 * 1024


def doubling(levels: int) -> Any:
    """Return a schema that is a million ones when it is written out."""
    twice = {
        f"d{i}": {"allOf": [{"$ref": f"#/definitions/d{i + 1}"}] * 2}
        for i in range(levels)
    }
    return {"$ref": "#/definitions/d0", "definitions": {**twice, f"d{levels}": {}}}


def chain(length: int, last: str) -> Any:
    names = [f"#/definitions/{i}" for i in range(1, length)]
    steps = {str(i): {"$ref": name} for i, name in enumerate([*names, last])}
    return {"$ref": "#/definitions/0", "definitions": steps}


def nested(keyword: str, depth: int) -> str:
    return f'{{"{keyword}":' * depth + "{}" + "}" * depth


def deep_names(depth: int, leaves: int) -> Any:
    """Return properties far down below long names."""
    value: Any = {"properties": {str(i): {"not": {}} for i in range(leaves)}}
    for _ in range(depth):
        value = {"properties": {"n" * 900: value}}
    return value


def filled(one: str, between: str = ",", start: str = "", end: str = "") -> str:
    """Repeat a text until there are 64 KiB of it."""
    room = LARGEST - len(start) - len(end)
    return start + between.join([one] * (room // (len(one) + len(between)))) + end


HOSTILE = {
    "a reference to itself": {"$ref": "#"},
    "references to each other": chain(2, "#/definitions/0"),
    "a long loop": chain(1400, "#/definitions/0"),
    "a long chain": chain(1400, "#/properties"),
    "2^20 schemas": doubling(20),
    "2^300 schemas": doubling(300),
    "nested 10 000 deep": nested("not", 10_000 // 2),
    "10 000 lists": "[" * 10_000,
    "64 KiB of braces": '{"a":' * (LARGEST // 5),
    "a member twice": '{"type":"object","type":"object"}',
    "a number beyond a double": '{"maximum":1e400}',
    "a number of 60 000 digits": f'{{"maximum":{"9" * 60_000}}}',
    "a fraction of 60 000 digits": f'{{"maximum":0.{"9" * 60_000}}}',
    "nested repeats": {"pattern": "^(a+)+$", "patternProperties": {"^(a+)+$": {}}},
    "a million repeats": {"pattern": "(a{1000}){1000}"},
    "64 KiB of open groups": {"pattern": "(" * 65_000},
    "64 KiB of groups": {"pattern": "()" * 32_000},
    "64 KiB of repeats": {"pattern": "a{999}" * 10_000},
    "thousands of patterns": filled(
        '{"pattern":"(a{999}){999}"}', start='{"anyOf":[', end="]}"
    ),
    "thousands of broken patterns": filled(
        '{"pattern":"("}', start='{"anyOf":[', end="]}"
    ),
    "thousands of wrong types": filled('{"type":1}', start='{"anyOf":[', end="]}"),
    "wrong in thousands of nested branches": (
        '{"items":[' * 30 + filled('{"type":1}')[:40_000].rpartition(",")[0] + "]}" * 30
    ),
    "addresses within addresses": '{"$id":"aaaaaaaa/","not":' * 60 + "{}" + "}" * 60,
    "a long address for thousands": {
        "$id": f"http://x/{'a' * 30_000}/",
        "allOf": [{"$id": str(i)} for i in range(2000)],
    },
    "an address of dots": {"$id": "http://x/a", "$ref": "../" * 20_000 + "b"},
    "an address that is none": {"$id": "http://[", "$ref": "//[x"},
    "a pointer of 30 000 steps": {"$ref": "#" + "/a" * 30_000, "a": {}},
    "a pointer of escapes": {"$ref": "#/" + "~1%25" * 12_000},
    "long names far up": deep_names(30, 1500),
    "thousands of names near to one": {
        "$ref": "#/definitions/aaaaaaaaaaaaaaaaaaaa",
        "definitions": {"a" * 19 + str(i): {} for i in range(1500)},
    },
    "thousands of references": filled(
        '{"$ref":"#/$defs/a"}', start='{"$defs":{"a":{}},"anyOf":[', end="]}"
    ),
    "every schema needs every other": {
        "definitions": {
            str(i): {"anyOf": [{"$ref": f"#/definitions/{j}"} for j in range(40)]}
            for i in range(40)
        }
    },
}

OUTSIDE = {
    "a cloud's metadata": "http://169.254.169.254/latest/meta-data/",
    "a metaschema's look-alike": "http://json-schema.org.evil.example/draft-07/schema",
    "a file": "file:///etc/passwd",
    "a file by its path": "/etc/passwd",
    "a folder up": "../../../../etc/passwd",
    "FTP": "ftp://127.0.0.1/x",
    "a script": "javascript:alert(1)",
    "data": "data:application/json,{}",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
}


def as_text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    assert len(text) <= LARGEST + 64
    return text
