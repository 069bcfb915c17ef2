"""JSON payloads that ask for much: counted before they are read, judged in bounds."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirepact.codecs import json_schemas
from wirepact.codecs.json import JsonLanguage
from wirepact.codecs.json_items import refused
from wirepact.codecs.json_steps import MOST_AT_ONCE, MOST_EXPLAINED
from wirepact.codecs.language import Limits, ResolvedSchema
from wirepact.errors import DecodeError, EncodeError
from wirepact.rules.fields import Visit
from wirepact.rules.json_fields import JsonFields
from wirepact.schemas import JSON, Schema

USUAL = Limits()
TWO_LISTS = {"anyOf": [{"type": "array", "items": {"$ref": "#"}}] * 2}
values = st.recursive(
    st.none() | st.integers() | st.text(alphabet='a",[]{}\\ :', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(alphabet='b",[{\\', max_size=3), inner, max_size=4)
    ),
)


def resolved(schema):
    return ResolvedSchema(Schema(json.dumps(schema), JSON))


def read(schema, payload, limits=USUAL):
    reader = JsonLanguage(limits).reader(resolved(schema), None, None)
    return reader.decode(payload, 0, ())


def write(schema, value, limits):
    return JsonLanguage(limits).writer(resolved(schema), None, object).encode(value)


def nested(depth, inmost: Any = 0):
    return inmost if depth == 0 else [nested(depth - 1, inmost)]


def items_in(value):
    if isinstance(value, dict):
        return len(value) + sum(map(items_in, value.values()))
    return len(value) + sum(map(items_in, value)) if isinstance(value, list) else 0


@given(values, st.sampled_from([None, 2]))
def test_given_any_value_then_exactly_its_elements_and_members_are_counted(
    value, indent
):
    payload = json.dumps(value, indent=indent).encode()
    count = items_in(value)

    assert refused(payload, Limits(max_items=count)) is None
    if count:
        told = refused(payload, Limits(max_items=count - 1))
        assert told == f"it has more than {count - 1} items (Limits.max_items)"


@pytest.mark.parametrize("count", [1023, 1024, 1025, 2048, 5000])
def test_given_thousands_of_items_when_at_the_limit_then_they_are_read(count):
    payload = b"[" + b",".join([b"[]"] * count) + b"]"

    assert len(read({}, payload, Limits(max_items=count))) == count
    with pytest.raises(DecodeError, match=f"more than {count - 1} items"):
        read({}, payload, Limits(max_items=count - 1))


def test_given_too_many_items_when_written_then_they_are_refused():
    limits = Limits(max_items=3)

    assert write({}, [1, 2, 3], limits) == b"[1,2,3]"
    with pytest.raises(EncodeError, match=r"more than 3 items \(Limits.max_items\)"):
        write({}, [1, {"a": 2, "b": 3}], limits)


def test_given_numbers_that_take_long_to_read_then_each_is_several_items():
    limits = Limits(max_items=160)

    def numbers(number, count):
        return b"[" + b",".join([number] * count) + b"]"

    assert read({}, numbers(b"9e300", 10), limits)
    assert read({}, numbers(b"9e30", 100), limits)
    assert read({}, numbers(b'"9e300"', 100), limits)
    with pytest.raises(DecodeError, match="more than 10 numbers with an exponent"):
        read({}, numbers(b"9e300", 11), limits)
    with pytest.raises(DecodeError, match=r"160, Limits\.max_items"):
        read({}, numbers(b"9E+300", 11), limits)


@pytest.mark.parametrize("depth", [24, 100])
def test_given_alternatives_at_each_level_when_not_valid_then_it_is_said_at_once(depth):
    payload = json.dumps(nested(depth)).encode()

    with pytest.raises(DecodeError, match=f"more than {MOST_EXPLAINED} steps"):
        read(TWO_LISTS, payload)


def test_given_alternatives_at_each_level_when_valid_then_the_value_is_read():
    value = nested(100, [])

    assert read(TWO_LISTS, json.dumps(value).encode()) == value


def test_given_a_shallow_value_when_not_valid_then_it_is_said_where_and_why():
    with pytest.raises(DecodeError, match=r"the value is not valid under any"):
        read(TWO_LISTS, b"[[0]]")
    tree = {
        "properties": {"l": {"$ref": "#"}, "r": {"$ref": "#"}, "v": {"type": "string"}}
    }
    value: Any = {"v": 1}
    for _ in range(60):
        value = {"l": value, "r": {}, "v": ""}
    with pytest.raises(DecodeError, match='/l/l/v: the value is not of type "string"'):
        read(tree, json.dumps(value).encode())


def test_given_many_faults_when_read_then_only_few_of_them_are_looked_for():
    payload = b"[" + b",".join([b"0"] * MOST_EXPLAINED) + b"]"

    with pytest.raises(DecodeError, match=f"more than {MOST_EXPLAINED} steps"):
        read({"items": {"type": "string"}}, payload)


def test_given_names_without_end_when_refused_then_the_reason_is_short():
    payload = json.dumps(dict.fromkeys(map(str, range(5000)))).encode()

    with pytest.raises(DecodeError) as refusal:
        read({"properties": {"a": {}}, "additionalProperties": False}, payload)

    assert "Additional properties are not allowed" in refusal.value.reason
    assert len(refusal.value.reason) < 400


@pytest.mark.parametrize("word", ["allOf", "anyOf", "oneOf"])
def test_given_a_schema_that_doubles_when_compiled_then_it_is_refused(word):
    twice = {
        f"d{at}": {word: [{"$ref": f"#/definitions/d{at + 1}"}] * 2} for at in range(60)
    }
    schema = {"$ref": "#/definitions/d0", "definitions": {**twice, "d60": {}}}

    with pytest.raises(DecodeError, match=f"asks more than {MOST_AT_ONCE} schemas"):
        read(schema, b"0")


def test_given_schemas_that_share_and_go_in_circles_when_compiled_then_they_are_taken():
    shared = {"$ref": "#/definitions/a"}
    schema = {
        "definitions": {
            "a": {"anyOf": [{"type": "null"}, {"$ref": "#/definitions/b"}]},
            "b": {"properties": {"x": shared, "y": shared}, "allOf": [{"$ref": "#"}]},
        },
        "properties": {f"p{at}": shared for at in range(500)},
    }

    assert read(schema, b'{"p1":{"x":null}}') == {"p1": {"x": None}}


def test_given_the_walk_of_a_rule_when_alternatives_multiply_then_it_ends():
    one = {
        "type": "object",
        "properties": {
            "a": {"$ref": "#"},
            "b": {"type": "string", "confluent:tags": ["PII"]},
        },
    }
    value: Any = "x"
    for _ in range(40):
        value = {"a": value, "b": "y"}

    fields = JsonFields(resolved({"anyOf": [one, one, {"type": "string"}]}))
    with pytest.raises(ValueError, match="more than 250000 alternatives"):
        fields.visit(value, Visit(lambda *_: "", frozenset({"PII"}), {}))


def test_given_one_schema_when_asked_for_twice_then_it_has_one_judge():
    assert json_schemas.judge(resolved({})) is json_schemas.judge(resolved({}))
