"""Texts made to hurt: judged soon, in little memory, without a look outside.

A text is one of up to 64 KiB; the time allowed is five times what is promised.
"""

import json
import resource
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from registry.domain.errors import InvalidSchemaError, RegistryError
from registry.domain.formats.jsonschema.format import JsonFormat
from registry.domain.schema import ResolvedReference, Strictness

JSON = JsonFormat()
ALLOWED_S = 5 * 0.25
ALLOWED_KIB = 64 * 1024
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


def peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("strictness", Strictness)
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_given_a_hostile_text_when_parsed_then_it_is_judged_soon_in_little_memory(
    value, strictness
):
    text = as_text(value)
    before, start = peak_kib(), time.perf_counter()

    with suppress(RegistryError):
        schema = JSON.parse(text, strictness=strictness)
        JSON.normalized(schema)
        JSON.top_level_names(schema)
        JSON.external_names(text)

    assert time.perf_counter() - start < ALLOWED_S
    assert peak_kib() - before < ALLOWED_KIB


def test_given_a_doubling_text_as_a_reference_when_parsed_then_it_is_judged_soon():
    references = [
        ResolvedReference(f"{i}.json", as_text(doubling(300))) for i in range(8)
    ]
    start = time.perf_counter()

    assert JSON.parse('{"$ref": "7.json#/definitions/d150"}', references)

    assert time.perf_counter() - start < ALLOWED_S


class _Watch:
    """Says which sockets and files Python opens; an audit hook cannot be taken back."""

    def __init__(self) -> None:
        self.seen: list[str] | None = None
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.seen is not None and event.startswith(("socket.", "open", "urllib")):
            self.seen.append(f"{event} {arguments}")


WATCH = _Watch()


@contextmanager
def watched() -> Iterator[list[str]]:
    WATCH.seen = seen = []
    try:
        yield seen
    finally:
        WATCH.seen = None


@pytest.mark.parametrize("address", OUTSIDE.values(), ids=OUTSIDE.keys())
@pytest.mark.parametrize("keyword", ["$ref", "$schema", "$id"])
def test_given_an_address_outside_when_parsed_then_nothing_is_opened(address, keyword):
    text = json.dumps(
        {
            keyword: address,
            "items": {"$ref": "#/definitions/a"},
            "definitions": {"a": {}},
        }
    )
    # What the engine makes once is made before.
    JSON.parse("{}")

    with watched() as seen, suppress(InvalidSchemaError):
        JSON.parse(text)

    assert seen == []


def test_given_the_watch_when_a_file_is_opened_then_it_is_seen(tmp_path: Path):
    with watched() as seen:
        (tmp_path / "x").touch()

    assert len(seen) == 1


def test_given_a_server_and_a_file_that_would_answer_then_neither_is_asked(
    tmp_path: Path,
):
    # The engine is no Python, so that an audit hook does not see all that it does.
    file = tmp_path / "schema.json"
    file.write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]

        for address in (f"http://127.0.0.1:{port}/x.json", file.as_uri(), str(file)):
            for draft in ("draft-04", "draft-07", "draft/2020-12"):
                schema = f"http://json-schema.org/{draft}/schema"
                text = json.dumps({"$schema": schema, "$ref": address})
                with pytest.raises(InvalidSchemaError, match="to a known schema"):
                    JSON.parse(text)
                JSON.parse(json.dumps({"$schema": address}))

        with pytest.raises(BlockingIOError):
            server.accept()
