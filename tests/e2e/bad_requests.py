"""Requests that no registry should fall for, and how each has to be refused."""

import json
from dataclasses import dataclass
from typing import Any

from tests.e2e.builders import field, record, text
from tests.e2e.wire import JSON, Headers

MIB = 1024 * 1024
REGISTER = "/subjects/bad-input/versions"
LONG = f"/subjects/{'s' * 9_000}/versions"


@dataclass(frozen=True, slots=True)
class Bad:
    """A request, and what has to come back.

    Attributes:
        code: The error code; its first three digits are the status. 0 for a refusal
            that the HTTP parser itself speaks, in words of its own.

    """

    why: str
    code: int
    target: str = REGISTER
    method: str = "POST"
    body: bytes | None = b'{"schema": "\\"string\\""}'
    headers: Headers = JSON
    chunked: bool = False

    def __str__(self) -> str:
        return self.why


def posting(why: str, code: int, body: bytes, **more: Any) -> Bad:
    return Bad(why, code, body=body, **more)


def schema(why: str, written: object, code: int = 42201) -> Bad:
    """Return a registration of a schema; a string is the text itself."""
    as_text = written if isinstance(written, str) else text(written)
    return Bad(why, code, body=json.dumps({"schema": as_text}).encode())


def getting(why: str, code: int, target: str, method: str = "GET") -> Bad:
    return Bad(why, code, target, method, None, ())


def sending(why: str, code: int, content_type: str) -> Bad:
    return Bad(why, code, headers=(("Content-Type", content_type),))


def nested(depth: int) -> object:
    written: object = "string"
    for _ in range(depth):
        written = {"type": "array", "items": written}
    return written


def with_default(kind: object, default: object) -> object:
    return record(field("f", kind, default=default))


def deep_body(depth: int) -> bytes:
    return b'{"schema": "\\"string\\"", "x": ' + b"[" * depth + b"]" * depth + b"}"


BODIES = [
    posting("malformed JSON", 400, b"{"),
    posting("text after the JSON", 400, b'{"schema": "\\"string\\""} x'),
    posting("two values", 400, b'{"schema": "\\"int\\""}{"schema": "\\"int\\""}'),
    posting("single quotes", 400, b"{'schema': 'string'}"),
    posting("NaN", 400, b'{"schema": "\\"string\\"", "version": NaN}'),
    posting("a byte order mark of UTF-16", 400, '{"schema": ""}'.encode("utf-16")),
    posting("no body", 422, b""),
    posting("null", 422, b"null"),
    posting("blanks", 422, b"  \n"),
    posting("an array for a body", 400, b"[]"),
    posting("a string for a body", 400, b'"string"'),
    posting("a number for a body", 400, b"1"),
    posting("a number for a schema", 400, b'{"schema": 1}'),
    posting("an object for a schema", 400, b'{"schema": {"type": "string"}}'),
    posting("a list for a type", 400, b'{"schema": "\\"int\\"", "schemaType": []}'),
    posting("unknown type", 42201, b'{"schema": "\\"int\\"", "schemaType": "XML"}'),
    posting("no schema", 42201, b"{}"),
    posting("an empty schema", 42201, b'{"schema": ""}'),
    posting("blanks for a schema", 42201, b'{"schema": " "}'),
    posting("a string for references", 400, b'{"schema": "", "references": "x"}'),
    posting("numbers for references", 400, b'{"schema": "", "references": [1]}'),
    posting(
        "a reference without a version",
        42201,
        b'{"schema": "\\"int\\"", "references": [{"name": "n", "subject": "s"}]}',
    ),
    posting(
        "a reference to version 2^31",
        400,
        b'{"schema": "\\"int\\"", "references":'
        b' [{"name": "n", "subject": "s", "version": 2147483648}]}',
    ),
    posting("half a version", 400, b'{"schema": "\\"int\\"", "version": 1.5}'),
    posting("version 7 first", 42201, b'{"schema": "\\"int\\"", "version": 7}'),
    posting("version 2^63", 400, b'{"schema": "\\"int\\"", "version": %d}' % 2**63),
    posting("version 1e400", 400, b'{"schema": "\\"int\\"", "version": 1e400}'),
    posting(
        "a version of 10 000 digits",
        400,
        b'{"schema": "\\"int\\"", "version": ' + b"9" * 10_000 + b"}",
    ),
    posting("an id outside of IMPORT", 42205, b'{"schema": "\\"int\\"", "id": 7}'),
    posting("an id of 2^31", 400, b'{"schema": "\\"int\\"", "id": 2147483648}'),
    posting("bytes that are no UTF-8", 400, b'{"schema": "\xff\xfe"}'),
    posting("UTF-8 of a surrogate", 400, b'{"schema": "\xed\xa0\x80"}'),
    posting("an overlong slash", 400, b'{"schema": "\xc0\xaf"}'),
    posting("half a surrogate pair", 400, b'{"schema": "\\ud800"}'),
    posting("NUL in a schema", 400, b'{"schema": "\\"str\\u0000ing\\""}'),
    posting("a bare NUL", 400, b'{"schema": "\\"\x00\\""}'),
    posting(
        "NUL in metadata",
        400,
        b'{"schema": "\\"int\\"", "metadata": {"properties": {"a": "\\u0000"}}}',
    ),
    posting("2 000 arrays in the body", 400, deep_body(2_000)),
    posting("500 000 arrays in the body", 400, deep_body(500_000)),
    posting("1 000 000 open brackets", 400, b"[" * 1_000_000),
    posting("a body of 5 MiB", 413, b" " * (5 * MIB)),
    posting("5 MiB in chunks", 413, b" " * (5 * MIB), chunked=True),
    posting("a long string of 5 MiB", 413, b'{"schema": "%s"}' % (b"x" * 5 * MIB)),
]

CONTENT_TYPES = [
    sending("a form", 415, "application/x-www-form-urlencoded"),
    sending("a form in parts", 415, "multipart/form-data; boundary=x"),
    sending("plain text", 415, "text/plain"),
    sending("XML", 415, "application/xml"),
    sending("a type that is none", 415, "///"),
    Bad("an answer in HTML", 406, headers=(*JSON, ("Accept", "text/html"))),
]

FIXED = '{"type":"fixed","name":"F","size":%s}'
RECURSIVE = {"type": "record", "name": "A", "fields": [{"name": "a", "type": "A"}]}
MUTUAL = record(
    field("b", {"type": "record", "name": "B", "fields": [field("a", "shop.A")]}),
    name="A",
)

SCHEMAS = [
    schema("an unknown type name", "strin"),
    schema("JSON that is no schema", "[1, 2]"),
    schema("text that is no JSON", "string"),
    schema("a schema over 1 MiB", record(field("f"), doc="x" * MIB), 42209),
    schema("1 MiB of blanks", " " * MIB + '"string"', 42209),
    schema("nested 65 deep", nested(65)),
    schema("nested 20 000 deep", "[" * 20_000 + "]" * 20_000),
    schema("20 000 open braces", '{"type":' * 20_000),
    schema(
        "60 000 values",
        record(*(field(f"f{number}") for number in range(20_000))),
    ),
    schema("a record that holds itself", RECURSIVE),
    schema("two records that hold each other", MUTUAL),
    schema("an alias of itself twice", record(field("f"), aliases=["X", "X"])),
    schema(
        "two records that are each other's alias",
        record(
            field(
                "b",
                {
                    "type": "record",
                    "name": "B",
                    "aliases": ["shop.A"],
                    "fields": [field("f")],
                },
            ),
            name="A",
            aliases=["B"],
        ),
    ),
    schema("a string for an int", with_default("int", "1")),
    schema("an int too large", with_default("int", 2**31)),
    schema("a long too large", with_default("long", 2**63)),
    schema("null for a string", with_default("string", None)),
    schema("an array for a map", with_default({"type": "map", "values": "int"}, [])),
    schema("a default of 1e400", text(with_default("double", 0)).replace("0", "1e400")),
    schema(
        "a default of 10 000 digits",
        text(with_default("long", 0)).replace("0", "9" * 10_000),
    ),
    schema(
        "a size of 10 000 digits",
        FIXED % ("9" * 10_000),
    ),
    schema("a negative size", FIXED % "-1"),
    schema("a size of NaN", FIXED % "NaN"),
    schema("two fields of one name", record(field("f"), field("f"))),
    schema("two symbols of one name", {"type": "enum", "name": "E", "symbols": "AA"}),
    schema("a union in a union", ["null", ["int"]]),
    schema("a union of two strings", ["string", "string"]),
    schema("a name with a dash", record(field("f"), name="a-b")),
    schema("an empty name", record(field("f"), name="")),
    schema("a name of 600 characters", record(field("f"), name="n" * 600)),
    schema("a Cyrillic name", record(field("f"), name="\u041erder")),
    schema("half a surrogate pair in a doc", '{"type":"string","doc":"\\ud800"}'),
    schema("a key that comes twice", '{"type":"string","type":"int"}'),
    schema("records with no fields", {"type": "record", "name": "A"}),
    schema("JSON Schema for Avro", {"type": "object"}),
]

NUMBERS = (
    [
        getting(f"id {number}", code, f"/schemas/ids/{number}")
        for number, code in [
            ("0", 40403),
            ("-1", 404),
            ("2147483648", 40403),
            ("9" * 400, 40403),
            ("abc", 404),
            ("1.5", 404),
            ("1e3", 404),
            ("0x1", 404),
            ("1_0", 404),
            ("%EF%BC%91", 404),
            ("%00", 404),
            ("1%00", 404),
        ]
    ]
    + [
        getting(f"version {number}", 42202, f"/subjects/bad-input/versions/{number}")
        for number in [
            *("0", "-2", "2147483648", "9" * 400, "abc", "1.5", "1_0", "%EF%BC%91"),
            *("%D9%A1", "lates", "0x1"),
        ]
    ]
    + [
        getting("a GUID that is none", 40403, "/schemas/guids/not-a-guid"),
        getting("a limit that is no number", 404, "/subjects?limit=abc"),
        getting(
            "an offset of ten thousand digits", 404, "/subjects?offset=" + "9" * 10_000
        ),
    ]
)

METHODS = [
    getting("PATCH of a subject", 405, "/subjects/bad-input", "PATCH"),
    getting("PUT of a version", 405, REGISTER, "PUT"),
    getting("DELETE of all subjects", 405, "/subjects", "DELETE"),
    getting("POST of types", 405, "/schemas/types", "POST"),
    getting("TRACE", 405, "/subjects", "TRACE"),
    getting("a method of its own", 405, "/subjects", "BREW"),
]

PATHS = [
    getting("no such place", 404, "/nothing/here"),
    getting("two slashes in front", 404, "//subjects"),
    Bad("an empty subject", 404, "/subjects//versions"),
    getting("out of the root", 404, "/subjects/../../etc/passwd"),
    getting("encoded dots out of the root", 404, "/%2e%2e/%2e%2e/etc/passwd"),
    Bad("no hexadecimal digits", 400, "/subjects/%zz/versions"),
    Bad("a percent sign alone", 400, "/subjects/%/versions"),
    Bad("NUL in a subject", 404, "/subjects/a%00b/versions"),
    Bad("a line feed in a subject", 42208, "/subjects/a%0Ab/versions"),
    Bad("a subject that is no UTF-8", 400, "/subjects/%ff/versions"),
    Bad("an overlong slash in a subject", 400, "/subjects/%C0%AF/versions"),
    Bad("a surrogate in a subject", 400, "/subjects/%ED%A0%80/versions"),
    Bad("a reserved subject", 42208, "/subjects/__GLOBAL/versions"),
    Bad("another reserved subject", 42208, "/subjects/__EMPTY/versions"),
    Bad("a subject in a virtual context", 42208, "/subjects/:.__GLOBAL:a/versions"),
    getting("NUL in a query", 400, "/subjects?subjectPrefix=a%00b"),
    getting("a subject of 9 000 characters", 414, LONG),
    Bad("a new subject of 9 000 characters", 414, LONG),
    Bad("a new subject of 20 000 characters", 0, LONG * 3),
    Bad("a header of 300 000 bytes", 0, headers=(*JSON, ("X-Long", "x" * 300_000))),
    Bad("10 000 headers", 0, headers=(*JSON, *(("X", "y"),) * 10_000)),
    getting("a blank in the path", 0, "/subjects/a b"),
    Bad("two lengths", 0, headers=(*JSON, ("Content-Length", "1"))),
    Bad("a negative length", 0, headers=(*JSON, ("Content-Length", "-1"))),
]

CONFIGS = [
    posting(why, code, body, target="/config/bad-input", method="PUT")
    for why, code, body in [
        ("an unknown level", 42203, b'{"compatibility": "SIDEWAYS"}'),
        ("a number for a level", 400, b'{"compatibility": 7}'),
        ("a list for a config", 400, b"[]"),
        ("no config", 422, b""),
        ("a word for a flag", 400, b'{"normalize": "yes"}'),
    ]
] + [
    getting("the level of nobody", 40408, "/config/nobody"),
    getting("the mode of nobody", 40409, "/mode/nobody"),
    getting("deletion of nobody", 40401, "/subjects/nobody", "DELETE"),
    getting("deletion of no config", 40401, "/config/nobody", "DELETE"),
    Bad(
        "a comparison with a version of nobody",
        40402,
        "/compatibility/subjects/nobody/versions/1",
    ),
    Bad("a look-up under nobody", 40401, "/subjects/nobody"),
]

ALL = [*BODIES, *CONTENT_TYPES, *SCHEMAS, *NUMBERS, *METHODS, *PATHS, *CONFIGS]
