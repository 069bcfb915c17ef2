"""Texts made to hurt: judged soon, in little memory, without a look outside.

A text is one of up to 64 KiB; the time allowed is five times what is promised, of the
processor, which others use as well.
"""

import json
import resource
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from registry.domain.errors import InvalidSchemaError, RegistryError
from registry.domain.formats.jsonschema.format import JsonFormat
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.levels import Direction
from registry.domain.rules import Violation
from registry.domain.schema import ResolvedReference, Strictness
from tests.hostile.json_schemas import HOSTILE, OUTSIDE, as_text, doubling

JSON = JsonFormat()
ALLOWED_S = 5 * 0.25
ALLOWED_KIB = 64 * 1024


@contextmanager
def within_bounds() -> Iterator[None]:
    start = time.process_time()
    yield
    assert time.process_time() - start < ALLOWED_S


def peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("strictness", Strictness)
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_given_a_hostile_text_when_parsed_then_it_is_judged_soon_in_little_memory(
    value, strictness
):
    text = as_text(value)
    before, schema = peak_kib(), None

    with within_bounds(), suppress(RegistryError):
        schema = JSON.parse(text, strictness=strictness)
    with within_bounds(), suppress(RegistryError):
        JSON.external_names(text)
    if schema is not None:
        with within_bounds():
            JSON.normalized(schema)
            JSON.top_level_names(schema)

    assert peak_kib() - before < ALLOWED_KIB


def test_given_a_doubling_text_as_a_reference_when_parsed_then_it_is_judged_soon():
    references = [
        ResolvedReference(f"{i}.json", as_text(doubling(300))) for i in range(8)
    ]

    with within_bounds():
        assert JSON.parse('{"$ref": "7.json#/definitions/d150"}', references)


def backward_warnings(reader: JsonSchema, writer: JsonSchema) -> Sequence[Violation]:
    return JSON.warnings(reader, writer, Direction.BACKWARD)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_given_a_stored_hostile_text_when_compared_then_there_is_soon_an_end(value):
    text = as_text(value)
    try:
        one, other = (JSON.parse(t, (), Strictness.LENIENT) for t in (text, f" {text}"))
    except RegistryError:
        return  # It is not even read.
    plain = JSON.parse('{"type": "object", "properties": {"a": {"type": "string"}}}')
    before = peak_kib()

    for reader, writer in ((one, other), (plain, one), (one, plain)):
        for find in (JSON.violations, backward_warnings):
            with within_bounds():
                found = find(reader, writer)
            for each in found[:3]:
                with within_bounds():
                    JSON.proposals(reader, writer, each, Direction.BACKWARD)
                    reader.place(each.reader_spot)
                    reader.fragment(each.reader_spot)

    assert peak_kib() - before < ALLOWED_KIB


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
    seen: list[str] = []
    WATCH.seen = seen
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
