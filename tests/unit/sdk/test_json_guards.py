"""JSON payloads that ask for much: counted before they are read, judged in bounds."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirepact.codecs import json_schemas
from wirepact.codecs.json import JsonLanguage
from wirepact.codecs.json_items import refused
from wirepact.codecs.json_steps import MOST_EXPLAINED
from wirepact.codecs.json_width import MOST_ALONG, MOST_AT_ONCE
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


DRAFT = "https://json-schema.org/draft/2020-12/schema"
LADDER = 60


def ladder(step, last, names="d{}"):
    """Return a schema that leads to a first one of many, each made by its number."""
    steps = {names.format(at): step(at) for at in range(LADDER)}
    first = {"$ref": f"#/$defs/{names.format(0)}"}
    return {"$schema": DRAFT, **first, "$defs": {**steps, f"d{LADDER}": last}}


def twice(reference, word="$ref"):
    return {"allOf": [{word: reference}] * 2}


def in_members(at):
    return {"properties": {"a": {"$ref": f"#/$defs/d{at + 1}"}}}


HIDDEN = [
    pytest.param(
        lambda at: {"$anchor": f"a{at}", **twice(f"#a{at + 1}")},
        {"$anchor": f"a{LADDER}"},
        id="anchors",
    ),
    pytest.param(
        lambda at: {"$id": f"http://x/d{at}", **twice(f"d{at + 1}")},
        {"$id": f"http://x/d{LADDER}"},
        id="addresses within the text",
    ),
    pytest.param(
        lambda at: {
            "$id": f"http://x/d{at}",
            "$defs": {"next": {"$ref": f"d{at + 1}"}},
            **twice("#/$defs/next"),
        },
        {"$id": f"http://x/d{LADDER}"},
        id="pointers from addresses within the text",
    ),
    pytest.param(
        lambda at: {
            "$id": f"http://x/d{at}",
            "$dynamicAnchor": f"a{at}",
            **twice(f"d{at + 1}#a{at + 1}", "$dynamicRef"),
        },
        {"$id": f"http://x/d{LADDER}", "$dynamicAnchor": f"a{LADDER}"},
        id="dynamic references",
    ),
    pytest.param(
        lambda at: {"unevaluatedItems": False, "if": {"$ref": f"#/$defs/d{at + 1}"}},
        {},
        id="what is left unevaluated",
    ),
]


@pytest.mark.parametrize(("step", "last"), HIDDEN)
def test_given_a_schema_that_doubles_by_other_names_when_compiled_then_it_is_refused(
    step, last
):
    with pytest.raises(DecodeError, match=f"asks more than {MOST_AT_ONCE} schemas"):
        read(ladder(step, last), b"0")


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(lambda at: {"allOf": [in_members(at)] * 2}, id="members"),
        pytest.param(
            lambda at: {
                **in_members(at),
                "patternProperties": {"a": {"$ref": f"#/$defs/d{at + 1}"}},
            },
            id="members and patterns",
        ),
        pytest.param(
            lambda at: {"anyOf": [{"items": {"$ref": f"#/$defs/d{at + 1}"}}] * 2},
            id="items",
        ),
        pytest.param(
            lambda at: {
                "allOf": [in_members(at)] * 2,
                "properties": {"z": {"$ref": "#/$defs/d0"}},
            },
            id="members of what leads back",
        ),
    ],
)
def test_given_a_schema_that_doubles_within_values_when_compiled_then_it_is_refused(
    step,
):
    with pytest.raises(DecodeError, match=f"asks more than {MOST_ALONG} schemas"):
        read(ladder(step, {}), b"0")


def test_given_schemas_for_different_members_then_they_are_not_taken_together():
    schema = ladder(
        lambda at: {
            "properties": {
                "a": {"$ref": f"#/$defs/d{at + 1}"},
                "b": {"$ref": f"#/$defs/d{at + 1}"},
            }
        },
        {"type": "string"},
    )

    assert read(schema, b'{"a":{"b":{}}}') == {"a": {"b": {}}}


@pytest.mark.parametrize(
    "schema",
    [
        twice("#"),
        {"type": "object", "anyOf": [{"$ref": "#"}, {"type": "string"}]},
        {
            "definitions": {"a": {"allOf": [{"$ref": "#"}, {"not": {}}]}},
            "not": {"$ref": "#/definitions/a"},
        },
    ],
)
def test_given_circles_that_get_no_further_into_the_value_then_they_are_refused(schema):
    with pytest.raises(DecodeError, match="leads back to itself and no further into"):
        read(schema, b"0")


def test_given_schemas_that_lead_in_a_ring_and_nowhere_else_then_they_are_taken():
    ring = {f"d{at}": {"$ref": f"#/$defs/d{(at + 1) % 3000}"} for at in range(3000)}

    assert read({"$ref": "#"}, b"{}") == {}
    schema = {"$schema": DRAFT, "items": {"$ref": "#/$defs/d0"}, "$defs": ring}
    assert read(schema, b"[0]") == [0]


def test_given_an_address_that_only_the_validator_understands_then_it_is_refused():
    schema = {"$ref": "HTTP://X/a", "definitions": {"a": {"$id": "http://x/a"}}}

    with pytest.raises(DecodeError, match="'HTTP://X/a' is not among the references"):
        read(schema, b"0")


def test_given_an_address_without_end_then_the_schema_is_refused():
    with pytest.raises(DecodeError, match="an address of more than 4096 characters"):
        read({"$id": "http://x/" + "a" * 5000}, b"0")


def test_given_a_draft_as_the_schema_then_it_is_known_without_being_registered():
    schema = {"$schema": DRAFT, "items": {"$ref": DRAFT}}

    assert read(schema, b'[{"type":"string"}]') == [{"type": "string"}]
    with pytest.raises(DecodeError, match="not valid by its schema"):
        read(schema, b'[{"type":7}]')


@pytest.mark.parametrize("reference", ["#a", "http://x/a", "a", "#/$defs/a"])
def test_given_thousands_of_references_to_one_name_then_the_text_is_read_once(
    reference,
):
    wanted = {"$id": "http://x/a"} if reference.endswith("/a") else {"$anchor": "a"}
    if reference == "a":
        wanted = {"$id": "a"}
    members = {f"p{at}": {"$ref": reference} for at in range(5000)}
    schema = {
        "$schema": DRAFT,
        "properties": members,
        "$defs": {"a": {**wanted, "type": "string"}},
    }

    before = time.process_time()

    assert read(schema, b'{"p0":"x"}') == {"p0": "x"}
    # Two minutes, if the text is gone through for each.
    assert time.process_time() - before < 5


def test_given_more_schemas_than_one_value_may_be_asked_then_many_values_are_not_one():
    half = range(MOST_AT_ONCE // 2)
    schema = {"properties": {f"p{at}": {"not": {"const": 0}} for at in half}}

    assert read(schema, b'{"p1":1}') == {"p1": 1}


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
