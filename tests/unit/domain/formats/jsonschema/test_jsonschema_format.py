"""JSON Schema as the registry sees it."""

import json
import tracemalloc
from typing import Any

import pytest

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.jsonschema.format import JsonFormat
from registry.domain.limits import Limits
from registry.domain.model import SchemaType
from registry.domain.rules import Spot
from registry.domain.schema import ResolvedReference, Strictness

JSON = JsonFormat()

ORDER = {
    "$id": "https://shop.example/order-created.schema.json",
    "type": "object",
    "properties": {
        "orderId": {"type": "string", "minLength": 1},
        "items": {"type": "array", "items": {"$ref": "#/definitions/OrderItem"}},
        "totalAmount": {"type": "number"},
    },
    "definitions": {"OrderItem": {"type": "object"}},
}


def parsed(value, references=(), strictness=Strictness.STRICT) -> Any:
    return JSON.parse(json.dumps(value, indent=2), references, strictness)


def test_given_the_format_then_it_is_json_without_renderings_or_policies():
    assert JSON.schema_type is SchemaType.JSON
    assert JSON.renderings == {}
    assert JSON.policies == {}


def test_given_a_text_when_parsed_then_text_and_canonical_are_kept_apart():
    schema = parsed(ORDER)

    assert schema.text == json.dumps(ORDER, indent=2)
    assert schema.canonical == json.dumps(ORDER, separators=(",", ":"))


def test_given_a_schema_when_normalised_then_its_places_stay_those_of_the_text():
    schema = parsed({"title": "b", "$comment": "a"})

    normal = JSON.normalized(schema)

    assert normal.canonical == '{"$comment":"a","title":"b"}'
    assert normal.text == schema.text
    assert normal.place(Spot("/title")).line == 2


def test_given_white_space_alone_when_compared_then_two_texts_are_equivalent():
    spaced, tight = parsed(ORDER), JSON.parse(json.dumps(ORDER))

    assert JSON.is_equivalent(spaced, tight)


def test_given_another_order_of_members_then_texts_are_equivalent_once_normalised():
    one, other = parsed({"title": "b", "type": "null"}), parsed({"type": "null"})
    turned = parsed({"type": "null", "title": "b"})

    assert not JSON.is_equivalent(one, turned)
    assert JSON.is_equivalent(JSON.normalized(one), JSON.normalized(turned))
    assert not JSON.is_equivalent(JSON.normalized(one), JSON.normalized(other))


def test_given_a_spot_when_asked_then_place_and_fragment_are_those_of_the_element():
    schema = parsed(ORDER)
    spot = Spot("/properties/orderId")

    assert schema.place(spot).line == 5
    assert schema.fragment(spot) == '{"type":"string","minLength":1}'


def test_given_a_spot_in_a_reference_then_it_has_a_fragment_and_no_place():
    reference = ResolvedReference("item.json", '{"type": "object", "minProperties": 1}')
    schema = parsed({"items": {"$ref": "item.json"}}, [reference])
    spot = Spot("/minProperties", "item.json")

    assert schema.place(spot) is None
    assert schema.fragment(spot) == "1"


def test_given_a_long_element_when_asked_for_its_fragment_then_it_is_cut():
    schema = parsed({"enum": ["x" * 100] * 2000})

    assert len(schema.fragment(Spot("/enum"))) == 10 * 1024


def test_given_a_number_when_asked_for_its_fragment_then_it_is_as_written():
    assert JSON.parse('{"maximum": 1e2}').fragment(Spot("/maximum")) == "1e2"


@pytest.mark.parametrize("pointer", ["/properties/nope", "/title", "/properties/-1"])
def test_given_a_spot_where_nothing_is_then_there_is_no_fragment(pointer):
    assert parsed(ORDER).fragment(Spot(pointer)) is None
    assert parsed(ORDER).fragment(Spot("", "nowhere.json")) is None


@pytest.mark.parametrize(
    ("value", "name"),
    [
        pytest.param(
            {"title": "Order", "$id": "https://x/y.json"}, "Order", id="title"
        ),
        pytest.param(ORDER, "order-created", id="last part of the address"),
        pytest.param({"$id": "urn:order"}, "urn:order", id="an address without parts"),
        pytest.param(
            {
                "$schema": "http://json-schema.org/draft-04/schema#",
                "id": "https://x/o/",
            },
            "o",
            id="the word of draft 4",
        ),
        pytest.param({}, "", id="nothing"),
        pytest.param(True, "", id="a boolean"),
    ],
)
def test_given_a_schema_when_asked_for_its_type_then_title_or_address_name_it(
    value, name
):
    assert [each.name for each in JSON.payload_types(parsed(value))] == [name]


@pytest.mark.parametrize(
    ("value", "names"),
    [
        pytest.param(ORDER, {"orderId", "items", "totalAmount"}, id="of the root"),
        pytest.param(
            {
                "$ref": "#/definitions/O",
                "definitions": {"O": {"properties": {"a": {}}}},
            },
            {"a"},
            id="of what the root refers to",
        ),
        pytest.param({"type": "string"}, set(), id="none"),
        pytest.param(False, set(), id="a boolean"),
    ],
)
def test_given_a_schema_when_asked_then_its_top_level_names_are_known(value, names):
    assert JSON.top_level_names(parsed(value)) == names


@pytest.mark.parametrize("reference", ["#", "nowhere.json", "#/nowhere"])
def test_given_a_stored_root_that_leads_nowhere_then_it_has_no_top_level_names(
    reference,
):
    schema = parsed({"$ref": reference}, strictness=Strictness.LENIENT)

    assert JSON.top_level_names(schema) == set()


@pytest.mark.parametrize(
    ("value", "names"),
    [
        pytest.param(ORDER, set(), id="local ones alone"),
        pytest.param(
            {"items": {"$ref": "common.json#/definitions/Money"}},
            {"common.json"},
            id="without the part",
        ),
        pytest.param(
            {
                "$id": "https://x/a.json",
                "items": {"$ref": "a.json#/definitions/B"},
                "definitions": {"B": {}},
            },
            set(),
            id="its own address",
        ),
        pytest.param(
            {"$ref": "http://json-schema.org/draft-07/schema#"},
            set(),
            id="a metaschema",
        ),
        pytest.param(
            {"$ref": "#/x/y", "x": {"y": {"items": {"$ref": "z.json"}}}},
            {"z.json"},
            id="behind a reference",
        ),
        pytest.param({"enum": [{"$ref": "z.json"}]}, set(), id="a value, no schema"),
    ],
)
def test_given_a_text_when_asked_then_its_external_names_are_known(value, names):
    assert JSON.external_names(json.dumps(value)) == names


def test_given_no_schema_when_asked_for_external_names_then_it_is_refused():
    with pytest.raises(InvalidSchemaError):
        JSON.external_names("[]")


def test_given_too_many_referenced_texts_when_parsed_then_they_are_refused():
    small = JsonFormat(Limits(max_closure_schemas=1, max_closure_bytes=10))
    two = [ResolvedReference(name, "{}") for name in "ab"]
    long = [ResolvedReference("a", '{"title": "x"}')]

    for references in (two, long):
        with pytest.raises(InvalidSchemaError, match="referenced schemas"):
            small.parse("{}", references)


def test_given_a_schema_then_its_size_is_about_what_it_occupies():
    members = {f"p{i}": {"type": "string", "minLength": 1} for i in range(500)}
    text = json.dumps({"properties": members})
    JSON.parse(text)

    tracemalloc.start()
    schema = JSON.parse(text)
    occupied = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert occupied / 2 < schema.size_bytes < occupied * 4


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        pytest.param({"enum": [1]}, {"enum": [True]}, False, id="a number, a boolean"),
        pytest.param(
            {"const": {"a": [0]}}, {"const": {"a": [False]}}, False, id="deep"
        ),
        pytest.param({"enum": [[1]]}, {"enum": [[1]]}, True, id="equal values"),
        pytest.param(
            {"anyOf": [{"minimum": 1}]}, {"anyOf": [{"minimum": 1}]}, True, id="equal"
        ),
        pytest.param({"$ref": "#/x"}, {"$ref": "#/x"}, False, id="what they refer to"),
    ],
)
def test_given_properties_that_look_equal_when_compared_then_they_are_if_they_mean_it(
    one, other, is_same
):
    reader, writer = (
        parsed({"properties": {"a": a}, "x": {"type": kind}})
        for a, kind in ((one, "string"), (other, "number"))
    )

    assert (not JSON.violations(reader, writer)) is is_same
