"""JSON payloads: what is written and read, by which schema, and what is refused."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirepact.codecs.json import JsonLanguage
from wirepact.codecs.language import Adapter, Limits, ResolvedSchema
from wirepact.errors import DecodeError, EncodeError
from wirepact.schemas import JSON, Schema

ORDER = {
    "title": "Order",
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "quantity": {"type": "integer", "minimum": 1},
        "lines": {"type": "array", "items": {"$ref": "#/definitions/Line"}},
    },
    "required": ["id"],
    "definitions": {
        "Line": {"type": "object", "properties": {"a/b": {"type": "null"}}}
    },
}
LANGUAGE = JsonLanguage(Limits(max_payload_bytes=10_000, max_depth=20))
ANYTHING: dict[str, Any] = {}


def resolved(schema, **references):
    others = {
        name.replace("__", "."): Schema(json.dumps(each), JSON)
        for name, each in references.items()
    }
    text = schema if isinstance(schema, str) else json.dumps(schema)
    return ResolvedSchema(Schema(text, JSON), others)


def write(schema, value, **references):
    return LANGUAGE.writer(resolved(schema, **references), None, type(value)).encode(
        value
    )


def read(schema, payload, start=0):
    return LANGUAGE.reader(resolved(schema), None, None).decode(payload, start, ())


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner)
    ),
    max_leaves=8,
)


@given(json_values)
def test_when_a_value_is_written_then_it_is_read_as_it_was(value):
    payload = write(ANYTHING, value)

    assert read(ANYTHING, payload) == value
    assert json.loads(payload) == value


def test_given_a_payload_within_a_message_when_it_is_read_then_from_its_start():
    assert read(ORDER, b'12345{"id":"x"}', 5) == {"id": "x"}


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        ({}, ['the value: "id" is a required property']),
        ({"id": 1, "quantity": 0}, ["/id: the value is not of type", "/quantity: "]),
        ({"id": "x", "lines": [{}, {"a/b": 5}]}, ["/lines/1/a~1b: the value is not"]),
    ],
)
def test_given_a_value_that_is_not_valid_when_written_or_read_then_it_says_where(
    value, faults
):
    with pytest.raises(EncodeError) as writing:
        write(ORDER, value)
    with pytest.raises(DecodeError) as reading:
        read(ORDER, json.dumps(value).encode())

    for caught in (writing.value.reason, reading.value.reason):
        assert caught.startswith("not valid by its schema: ")
        assert all(fault in caught for fault in faults)


def test_given_many_faults_when_written_then_the_first_are_told_without_values():
    schema = {"items": {"type": "integer"}}

    with pytest.raises(EncodeError) as caught:
        write(schema, ["secret"] * 50)

    assert caught.value.reason.count("/") == 3
    assert caught.value.reason.endswith("and more")
    assert "secret" not in caught.value.reason


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(float("nan"), id="nan"),
        pytest.param({"a": [float("inf")]}, id="infinity"),
        pytest.param({"a": None, "b": (-float("inf"),)}, id="beside a null"),
        pytest.param(Decimal("NaN"), id="decimal"),
        pytest.param("\ud800", id="surrogate"),
        pytest.param({"\udfff": 1}, id="surrogate in a name"),
        pytest.param({1: "a", "1": "b"}, id="one name twice"),
        pytest.param({None: 1}, id="name"),
        pytest.param(object(), id="type"),
        pytest.param(2**20_000, id="digits"),
        pytest.param("x" * 10_001, id="bytes"),
    ],
)
def test_given_what_json_cannot_hold_when_written_then_it_is_refused(value):
    with pytest.raises(EncodeError):
        write(ANYTHING, value)


def test_given_values_without_end_when_written_then_they_are_refused():
    endless: list[Any] = []
    endless.append(endless)
    deep: list[Any] = []
    for _ in range(21):
        deep = [deep]

    for value in (endless, deep):
        with pytest.raises(EncodeError, match="nested"):
            write({"type": "array", "items": {"$ref": "#"}}, value)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut"),
        pytest.param(b"{} {}", id="two"),
        pytest.param(b"NaN", id="nan"),
        pytest.param(b"[-Infinity]", id="infinity"),
        pytest.param(b"1e999", id="number"),
        pytest.param(b"1" * 5000, id="digits"),
        pytest.param(b'"\xff"', id="utf-8"),
        pytest.param(b'"\xed\xa0\x80"', id="surrogate"),
        pytest.param(b'"\\ud800"', id="escaped surrogate"),
        pytest.param(b'\xef\xbb\xbf{"id":"x"}', id="mark"),
        pytest.param("{}".encode("utf-16"), id="utf-16"),
        pytest.param(b'{"a":1,"a":2}', id="name twice"),
        pytest.param(b'[{"b":{"a":1, "\\u0061" : 2}}]', id="name twice, escaped"),
        pytest.param(b'{"a":1,"a":2,"b":"\\u003a"}', id="name twice, hidden"),
        pytest.param(b"[" * 21 + b"]" * 21, id="depth"),
        pytest.param(b"[" * 9_999, id="no end"),
        pytest.param(b"[" + b"1," * 5_000 + b"1]", id="bytes"),
    ],
)
def test_given_bytes_that_are_no_json_when_read_then_a_decode_error(payload):
    with pytest.raises(DecodeError):
        read(ANYTHING, payload)


def test_given_colons_and_spaces_when_read_then_nothing_is_taken_for_a_name_twice():
    payload = b'{ "a:b" : ":" , "at": "12:30", "c": {"a:b": "\\u003A"} }'

    assert read(ANYTHING, payload) == {
        "a:b": ":",
        "at": "12:30",
        "c": {"a:b": ":"},
    }


def test_given_types_of_python_when_written_then_as_msgspec_does():
    value = {
        "at": datetime(2026, 1, 2, tzinfo=UTC),
        "id": UUID(int=1),
        "sum": Decimal("1.10"),
        "raw": b"\0",
        "pair": (1, 2),
    }

    assert json.loads(write(ANYTHING, value), parse_float=str) == {
        "at": "2026-01-02T00:00:00Z",
        "id": "00000000-0000-0000-0000-000000000001",
        "sum": "1.10",
        "raw": "AA==",
        "pair": [1, 2],
    }


def test_given_an_adapter_when_written_and_read_then_through_it():
    @dataclass
    class Order:
        id: str

    adapter = Adapter(msgspec.to_builtins, lambda plain: msgspec.convert(plain, Order))

    payload = LANGUAGE.writer(resolved(ORDER), adapter, Order).encode(Order("ä"))

    assert payload == '{"id":"ä"}'.encode()
    decode = LANGUAGE.reader(resolved(ORDER), None, adapter).decode
    assert decode(payload, 0, ()) == Order("ä")


DRAFTS: dict[str, tuple[dict[str, Any], Any]] = {
    "http://json-schema.org/draft-04/schema#": (
        {"maximum": 5, "exclusiveMaximum": True},
        5,
    ),
    "http://json-schema.org/draft-06/schema#": ({"exclusiveMaximum": 5}, 5),
    "http://json-schema.org/draft-07/schema#": (
        {"if": {"type": "integer"}, "then": {"maximum": 5}},
        6,
    ),
    "https://json-schema.org/draft/2019-09/schema": (
        {"unevaluatedProperties": False},
        {"a": 1},
    ),
    "https://json-schema.org/draft/2020-12/schema": (
        {"prefixItems": [{"type": "null"}]},
        [1],
    ),
}


@pytest.mark.parametrize("draft", DRAFTS)
def test_given_a_draft_when_written_then_by_its_words(draft):
    schema, wrong = DRAFTS[draft]

    with pytest.raises(EncodeError):
        write({"$schema": draft, **schema}, wrong)


@pytest.mark.parametrize("head", [{}, {"$schema": "http://example.com/own#"}])
def test_given_no_known_draft_when_written_then_by_the_seventh(head):
    schema = {**head, "items": [{"type": "null"}], "prefixItems": [{"type": "string"}]}

    with pytest.raises(EncodeError):
        write(schema, [1])

    assert write(schema, [None]) == b"[null]"


@pytest.mark.parametrize(
    ("schema", "reference", "name"),
    [
        pytest.param({"$ref": "a.json"}, {"type": "null"}, "a.json", id="bare"),
        pytest.param(
            {"$id": "http://x.org/b/c.json", "allOf": [{"$ref": "a.json"}]},
            {"type": "null"},
            "a.json",
            id="beside an id",
        ),
        pytest.param(
            {"$id": "http://x.org/b/c.json", "allOf": [{"$ref": "a.json"}]},
            {"type": "null"},
            "http://x.org/b/a.json",
            id="as its address",
        ),
        pytest.param(
            {"$ref": "http://x.org/a#/definitions/A"},
            {"definitions": {"A": {"type": "null"}}},
            "http://x.org/a",
            id="within",
        ),
        pytest.param(
            {"$ref": "http://x.org/own.json"},
            {"$id": "http://x.org/own.json", "type": "null"},
            "a.json",
            id="by its own id",
        ),
    ],
)
def test_given_a_reference_when_written_then_it_is_followed(schema, reference, name):
    others = {name: Schema(json.dumps(reference), JSON)}
    found = ResolvedSchema(Schema(json.dumps(schema), JSON), others)
    encode = LANGUAGE.writer(found, None, dict).encode

    assert encode(None) == b"null"
    with pytest.raises(EncodeError):
        encode(1)


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param("{", id="no json"),
        pytest.param("5", id="no schema"),
        pytest.param('{"type": "strange"}', id="type"),
        pytest.param('{"pattern": "("}', id="pattern"),
        pytest.param('{"$ref": "http://127.0.0.1:1/x.json"}', id="network"),
        pytest.param('{"$ref": "file:///etc/hostname"}', id="file"),
        pytest.param('{"$ref": "#/definitions/nowhere"}', id="pointer"),
        pytest.param("[" * 5000, id="depth"),
    ],
)
def test_given_a_schema_that_is_none_when_used_then_it_says_why(schema):
    with pytest.raises(EncodeError):
        LANGUAGE.writer(resolved(schema), None, dict)
    with pytest.raises(DecodeError):
        LANGUAGE.reader(resolved(schema), None, None)


def test_given_patterns_that_look_around_when_written_then_they_are_followed():
    schema = {"pattern": "^(?=.*[0-9]).{3}$"}

    assert write(schema, "a1b") == b'"a1b"'
    with pytest.raises(EncodeError):
        write(schema, "abc")


def test_given_a_pattern_that_would_take_ages_when_written_then_it_is_answered():
    with pytest.raises(EncodeError):
        write({"pattern": "^(a+)+(?=c)$"}, "a" * 5_000)


def test_given_a_format_when_written_then_it_is_no_condition():
    assert write({"format": "date-time"}, "soon") == b'"soon"'


@pytest.mark.parametrize(
    ("schema", "name"),
    [(ORDER, "Order"), ({}, None), ({"title": 5}, None), (True, None), ("{", None)],
)
def test_when_a_schema_is_asked_for_its_name_then_it_is_the_title(schema, name):
    assert LANGUAGE.record_name(resolved(schema)) == name
