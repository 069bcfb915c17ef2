"""What hostile schemas, bytes and values can do: be refused, soon and in words."""

import json
from typing import Any

import pytest

from wirepact.codecs.avro import AvroLanguage
from wirepact.codecs.language import Limits, ResolvedSchema
from wirepact.errors import DecodeError, EncodeError
from wirepact.schemas import Schema

LANGUAGE = AvroLanguage(Limits())


def of_text(text):
    return ResolvedSchema(Schema(text))


def resolved(schema):
    return of_text(json.dumps(schema))


def reader(schema, own=None, limits=None):
    language = AvroLanguage(limits or Limits())
    mine = None if own is None else resolved(own)
    decode = language.reader(resolved(schema), mine, None).decode
    return lambda payload: decode(payload, 0, ())


def writer(schema, limits=None):
    language = AvroLanguage(limits or Limits())
    return language.writer(resolved(schema), None, object).encode


def record(name, *fields):
    return {
        "type": "record",
        "name": name,
        "fields": [{"name": f"f{at}", "type": kind} for at, kind in enumerate(fields)],
    }


LIST = record("List", ["null", "List"])
# The same values, read in the two ways that there are.
WAYS = pytest.mark.parametrize("own", [None, {**LIST, "doc": "", "aliases": ["L"]}])


def nested(depth):
    value: Any = {"f0": None}
    for _ in range(depth - 1):
        value = {"f0": value}
    return value


@WAYS
def test_a_value_as_deep_as_is_allowed_is_written_and_read(own):
    payload = writer(LIST)(nested(128))

    assert reader(LIST, own)(payload) == nested(128)


@WAYS
@pytest.mark.parametrize("depth", [129, 5_000, 1_000_000])
def test_given_bytes_that_are_too_deep_when_read_then_they_are_refused(own, depth):
    with pytest.raises(DecodeError, match="deeper than 128 levels"):
        reader(LIST, own)(b"\x02" * (depth - 1) + b"\x00")


@pytest.mark.parametrize("depth", [129, 100_000])
def test_given_a_value_that_is_too_deep_when_written_then_it_is_refused(depth):
    with pytest.raises(EncodeError, match="deeper than 128 levels"):
        writer(LIST)(nested(depth))


def test_given_a_value_that_is_in_itself_when_written_then_it_is_refused():
    circle: dict[str, Any] = {}
    circle["f0"] = circle
    tree: list[Any] = []
    tree += [tree, tree, tree]

    with pytest.raises(EncodeError, match="deeper"):
        writer(LIST)(circle)
    with pytest.raises(EncodeError, match="deeper"):
        writer(record("T", {"type": "array", "items": "T"}))({"f0": tree})
    with pytest.raises(EncodeError):
        writer({"type": "array", "items": "int"})(tree)


def test_arrays_and_maps_count_as_levels():
    schema = record("T", {"type": "array", "items": {"type": "map", "values": "T"}})
    limits = Limits(max_depth=3)
    flat: Any = {"f0": [{}]}

    assert reader(schema, limits=limits)(writer(schema, limits)(flat)) == flat
    with pytest.raises(DecodeError, match=r"f0\[0\]\[0\].*deeper than 3"):
        reader(schema, limits=limits)(writer(schema)({"f0": [{"a": {"f0": []}}]}))


def chain(length):
    """Records each of which has the one before: deep, without a circle."""
    texts = {"R0": Schema(json.dumps(record("R0", "int")))}
    for number in range(1, length):
        text = json.dumps(record(f"R{number}", f"R{number - 1}"))
        texts[f"R{number}"] = Schema(text)
    return ResolvedSchema(texts.pop(f"R{length - 1}"), texts)


def test_given_types_that_are_too_deep_without_a_circle_then_bytes_are_refused():
    decode = LANGUAGE.reader(chain(2_000), None, None).decode

    with pytest.raises(DecodeError, match="deeper"):
        decode(b"\x02", 0, ())
    assert LANGUAGE.reader(chain(128), None, None).decode(b"\x02", 0, ())


NOTHINGS = [
    pytest.param({"type": "array", "items": "null"}, id="null"),
    pytest.param({"type": "array", "items": record("N")}, id="record"),
    pytest.param(
        {"type": "array", "items": record("M", record("O", "null"))}, id="records"
    ),
    pytest.param(
        {"type": "array", "items": {"type": "fixed", "name": "F", "size": 0}},
        id="fixed",
    ),
]


@pytest.mark.parametrize("schema", NOTHINGS)
@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"\x80\x80\x80\x80\x10\x00", id="a-billion"),
        pytest.param(b"\xff\xff\xff\xff\x0f\x02\x00", id="a-billion-with-its-size"),
        pytest.param(b"\xfe" + b"\xff" * 8 + b"\x01\x00", id="all-there-are"),
        pytest.param(b"\x80\x08" * 300 + b"\x00", id="block-after-block"),
    ],
)
def test_given_items_without_bytes_when_read_then_their_number_is_held_to_the_size(
    schema, payload
):
    with pytest.raises(DecodeError, match="more items than are allowed"):
        reader(schema)(payload)
    with pytest.raises(DecodeError, match="more items than are allowed"):
        reader(schema, {"type": "array", "items": ["null", schema["items"]]})(payload)


def test_given_few_items_without_bytes_then_they_are_written_and_read():
    schema = {"type": "array", "items": "null"}

    assert reader(schema)(writer(schema)([None] * 1000)) == [None] * 1000
    with pytest.raises(EncodeError, match="more items than are allowed"):
        writer(schema)([None] * 100_000)


def test_given_more_items_than_allowed_when_read_then_they_are_refused():
    schema = {"type": "array", "items": "int"}
    payload = writer(schema)([0] * 1000)

    assert len(reader(schema, limits=Limits(max_items=1000))(payload)) == 1000
    with pytest.raises(DecodeError, match="more items than are allowed"):
        reader(schema, limits=Limits(max_items=999))(payload)


def test_given_a_payload_that_is_too_large_then_it_is_neither_read_nor_written():
    limits = Limits(max_payload_bytes=2000)

    for schema in ("bytes", {"type": "bytes", "logicalType": "x"}, ["bytes"]):
        with pytest.raises(EncodeError, match="the limit is 2000"):
            writer(schema, limits)(bytes(2001))
        with pytest.raises(DecodeError, match="the limit is 2000"):
            reader(schema, limits=limits)(bytes(2004))


def test_given_records_that_double_without_bytes_when_read_then_they_are_refused():
    """Nothing is in the message, and 2^64 values in what it means."""
    texts = {"R0": Schema(json.dumps(record("R0", "null", "null")))}
    for number in range(1, 64):
        inner = f"R{number - 1}"
        texts[f"R{number}"] = Schema(json.dumps(record(f"R{number}", inner, inner)))
    bomb = ResolvedSchema(texts.pop("R63"), texts)

    with pytest.raises(DecodeError, match="more items than are allowed"):
        LANGUAGE.reader(bomb, None, None).decode(b"", 0, ())


@pytest.mark.parametrize("size", [2_000, 10_000_000])
def test_given_a_decimal_of_many_bytes_when_read_then_it_is_refused(size):
    """A number of a megabyte takes minutes to be made."""
    decimal = {"type": "bytes", "logicalType": "decimal", "precision": 9}
    schema = record("R", decimal)
    payload = writer(record("R", "bytes"))({"f0": b"\x7f" * size})

    with pytest.raises(DecodeError, match="f0: a decimal of precision 9 in"):
        reader(schema)(payload)
    with pytest.raises(DecodeError, match="f0: a decimal of precision 9 in"):
        reader(schema, record("R", ["null", decimal]))(payload)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        pytest.param(record("R", "R"), "infinite", id="only-itself"),
        pytest.param(record("R", ["R"]), "infinite", id="union-of-itself"),
        pytest.param(record("A", record("B", "A")), "infinite", id="each-other"),
        pytest.param(
            [record("R", "int"), record("S", ["null", record("R", "long")])],
            "R is defined twice",
            id="two-meanings",
        ),
        pytest.param([["null"]], "union is directly in a union", id="union-in-union"),
        pytest.param(
            {"type": "fixed", "name": "F", "size": -1}, "its size is -1", id="size"
        ),
        pytest.param(
            {"type": "fixed", "name": "F", "size": True}, "its size is", id="size-true"
        ),
        pytest.param(
            {"type": "enum", "name": "E", "symbols": "AB"},
            "no list of names",
            id="symbols",
        ),
        pytest.param({"type": "map"}, "no Avro schema", id="no-values"),
        pytest.param({"type": {"type": "int"}}, "no Avro schema", id="type-in-type"),
        pytest.param("unknown", "no Avro schema", id="unknown"),
        pytest.param(5, "no Avro schema", id="number"),
        pytest.param(None, "no Avro schema", id="null"),
        pytest.param({}, "no Avro schema", id="empty"),
        pytest.param(
            {"type": "record", "name": "R", "__fastavro_parsed": True},
            "a key that is kept for the parser",
            id="pretends-to-be-parsed",
        ),
        pytest.param(
            {
                "type": "record",
                "name": "R",
                "fields": [{"name": "a", "type": "int"}, {"name": "a", "type": "int"}],
            },
            "two fields have the same name",
            id="twice",
        ),
    ],
)
def test_given_a_schema_that_is_none_when_compiled_then_it_is_refused(schema, reason):
    with pytest.raises(DecodeError, match=reason):
        reader(schema)
    with pytest.raises(EncodeError, match=reason):
        writer(schema)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "no JSON", id="empty"),
        pytest.param("{", "no JSON", id="half"),
        pytest.param("[" * 100_000, "deeper than 256", id="open"),
        pytest.param(
            '{"type":"array","items":' * 50_000 + '"int"' + "}" * 50_000,
            "deeper than 256",
            id="nested",
        ),
        pytest.param('"' + "[" * 5_000_000 + '"', "characters", id="long"),
        pytest.param("[" + "0," * 300_000 + "0]", "parts", id="wide"),
        pytest.param('{"type":"\ud800"}', "no Avro schema", id="surrogate"),
    ],
)
def test_given_a_text_that_is_too_much_when_compiled_then_no_parser_sees_it(
    text, reason
):
    with pytest.raises(DecodeError, match=reason):
        LANGUAGE.reader(of_text(text), None, None)


def test_brackets_in_texts_do_not_nest():
    schema = {**record("R", "int"), "doc": "[{" * 1000 + '"\\'}

    assert reader(schema)(b"\x02") == {"f0": 1}


def test_given_a_circle_that_ends_then_it_is_no_reason_to_refuse():
    tree = record("Tree", {"type": "array", "items": "Tree"}, ["null", "Tree"])
    value = {"f0": [{"f0": [], "f1": None}], "f1": {"f0": [], "f1": None}}

    assert reader(tree)(writer(tree)(value)) == value
