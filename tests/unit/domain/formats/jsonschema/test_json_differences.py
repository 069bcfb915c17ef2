"""Every kind of difference where it arises, those that break nothing included.

The situations are those of the reference implementation's own examples; the verdicts
under both content policies belong to it as well.
"""

import json
from typing import Any

import pytest

from registry.domain.formats.jsonschema.breaches import every, full_path
from registry.domain.formats.jsonschema.parse import parse
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.formats.jsonschema.walk import Comparison, violations
from registry.domain.levels import ContentPolicy
from registry.domain.schema import Strictness

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
WHOLE = {"type": "integer"}
FLAG = {"type": "boolean"}
NULL = {"type": "null"}
DRAFT4 = "http://json-schema.org/draft-04/schema#"
DRAFT2019 = "https://json-schema.org/draft/2019-09/schema"
DRAFT2020 = "https://json-schema.org/draft/2020-12/schema"

BOTH, LENIENT_ONLY, NEITHER = "both", "lenient", "neither"


def parsed(value: Any) -> JsonSchema:
    return parse(json.dumps(value), strictness=Strictness.LENIENT)


def has(*names: str, **rest: Any) -> dict[str, Any]:
    """An object with properties; a name may be `name: type`."""
    parts = [each.partition(":") for each in names]
    properties = {name: {"type": kind or "string"} for name, _, kind in parts}
    return {"properties": properties, **rest}


def closed(*names: str, **rest: Any) -> dict[str, Any]:
    return has(*names, additionalProperties=False, **rest)


def tuples(*schemas: Any, **rest: Any) -> dict[str, Any]:
    return {"type": "array", "items": list(schemas), **rest}


def limited(kind: str, keyword: str, value: Any) -> dict[str, Any]:
    return {"type": kind, keyword: value}


SHORT = [
    # What is said of a schema.
    ({"title": "Order"}, {"title": "Sale"}, ["TITLE_CHANGED #/"], BOTH),
    ({"description": "a"}, {"description": "b"}, ["DESCRIPTION_CHANGED #/"], BOTH),
    ({"default": 1}, {"default": 2}, ["DEFAULT_CHANGED #/"], BOTH),
    ({"$id": "urn:a"}, {"$id": "urn:b"}, ["ID_CHANGED #/"], BOTH),
    (
        {"$schema": DRAFT4, "id": "urn:a"},
        {"$schema": DRAFT4, "id": "urn:b"},
        ["ID_CHANGED #/"],
        BOTH,
    ),
    (
        {"$schema": DRAFT2020, "$id": "urn:a"},
        {"$schema": DRAFT2020, "$id": "urn:b"},
        [],
        BOTH,
    ),
    # Kinds.
    (has(), {}, [], BOTH),
    (has(), True, [], BOTH),
    (False, TEXT, [], BOTH),
    ({"type": "object"}, {"type": "array"}, ["TYPE_CHANGED #/"], NEITHER),
    ({}, TEXT, ["TYPE_CHANGED #/"], NEITHER),
    (TEXT, False, ["TYPE_CHANGED #/"], NEITHER),
    ({"enum": ["a"]}, {"const": "a"}, ["TYPE_CHANGED #/"], NEITHER),
    (WHOLE, NUMBER, ["TYPE_EXTENDED #/"], BOTH),
    (NUMBER, WHOLE, ["TYPE_NARROWED #/"], NEITHER),
    (
        {**TEXT, "connect.type": "bytes"},
        {**NUMBER, "connect.type": "bytes"},
        [],
        BOTH,
    ),
    ({**TEXT, "connect.type": "bytes"}, NUMBER, ["TYPE_CHANGED #/"], NEITHER),
    # Strings.
    (
        limited("string", "pattern", "^a"),
        limited("string", "pattern", "^b"),
        ["PATTERN_CHANGED #/pattern"],
        NEITHER,
    ),
    (limited("string", "pattern", "a"), TEXT, ["PATTERN_REMOVED #/pattern"], BOTH),
    (TEXT, limited("string", "pattern", "a"), ["PATTERN_ADDED #/pattern"], NEITHER),
    (
        limited("string", "format", "date"),
        limited("string", "format", "time"),
        [],
        BOTH,
    ),
    # Multiples.
    (
        limited("number", "multipleOf", 6),
        limited("number", "multipleOf", 2),
        ["MULTIPLE_OF_REDUCED #/multipleOf"],
        BOTH,
    ),
    (
        limited("number", "multipleOf", 2),
        limited("number", "multipleOf", 6),
        ["MULTIPLE_OF_EXPANDED #/multipleOf"],
        NEITHER,
    ),
    (
        limited("number", "multipleOf", 0.01),
        limited("number", "multipleOf", 0.05),
        ["MULTIPLE_OF_EXPANDED #/multipleOf"],
        NEITHER,
    ),
    (
        limited("number", "multipleOf", 10),
        limited("number", "multipleOf", 11),
        ["MULTIPLE_OF_CHANGED #/multipleOf"],
        NEITHER,
    ),
    (
        limited("number", "multipleOf", 1e300),
        limited("number", "multipleOf", 3),
        ["MULTIPLE_OF_CHANGED #/multipleOf"],
        NEITHER,
    ),
    (
        NUMBER,
        limited("number", "multipleOf", 2),
        ["MULTIPLE_OF_ADDED #/multipleOf"],
        NEITHER,
    ),
    (
        limited("number", "multipleOf", 2),
        NUMBER,
        ["MULTIPLE_OF_REMOVED #/multipleOf"],
        BOTH,
    ),
    (
        limited("number", "multipleOf", 2),
        limited("number", "multipleOf", 2.0),
        [],
        BOTH,
    ),
    # The reference compares a lower exclusive maximum with the plain one: done right.
    (
        {**NUMBER, "exclusiveMaximum": 10, "maximum": 3},
        {**NUMBER, "exclusiveMaximum": 5, "maximum": 3},
        ["EXCLUSIVE_MAXIMUM_DECREASED #/exclusiveMaximum"],
        NEITHER,
    ),
    (
        {"$schema": DRAFT4, **NUMBER, "maximum": 5},
        {"$schema": DRAFT4, **NUMBER, "maximum": 5, "exclusiveMaximum": True},
        ["EXCLUSIVE_MAXIMUM_ADDED #/exclusiveMaximum"],
        NEITHER,
    ),
    (
        {"$schema": DRAFT4, **NUMBER, "minimum": 5, "exclusiveMinimum": True},
        {"$schema": DRAFT4, **NUMBER, "minimum": 5},
        ["EXCLUSIVE_MINIMUM_REMOVED #/exclusiveMinimum"],
        BOTH,
    ),
    # Enums.
    ({"enum": ["a"]}, {"enum": ["b", "a"]}, ["ENUM_ARRAY_EXTENDED #/enum"], BOTH),
    ({"enum": ["b", "a"]}, {"enum": ["a"]}, ["ENUM_ARRAY_NARROWED #/enum"], NEITHER),
    ({"enum": ["a"]}, {"enum": ["b"]}, ["ENUM_ARRAY_CHANGED #/enum"], NEITHER),
    ({"enum": [1, "1", True]}, {"enum": [True, 1.0, "1"]}, [], BOTH),
    ({"enum": [1]}, {"enum": [True]}, ["ENUM_ARRAY_CHANGED #/enum"], NEITHER),
    ({"const": {"a": 1, "b": 2}}, {"const": {"b": 2, "a": 1}}, [], BOTH),
    ({"const": 1}, {"const": 2}, ["ENUM_ARRAY_CHANGED #/const"], NEITHER),
    ({**TEXT, "enum": ["red"]}, TEXT, ["PRODUCT_TYPE_NARROWED #/"], BOTH),
    # Not.
    ({"not": NUMBER}, {"not": WHOLE}, ["NOT_TYPE_NARROWED #/not"], BOTH),
    ({"not": WHOLE}, {"not": NUMBER}, ["NOT_TYPE_EXTENDED #/not"], NEITHER),
    ({"not": WHOLE}, {"not": WHOLE}, [], BOTH),
    # Combinations.
    (
        {"allOf": [TEXT, {"enum": ["red"]}]},
        {"allOf": [TEXT, {"enum": ["blue"]}]},
        ["COMBINED_TYPE_SUBSCHEMAS_CHANGED #/"],
        NEITHER,
    ),
    (
        {"allOf": [TEXT, {"enum": ["red"]}]},
        {"allOf": [{"enum": ["blue", "red"]}, TEXT]},
        ["ENUM_ARRAY_EXTENDED #/allOf/1/enum"],
        BOTH,
    ),
    (
        {"type": ["object"]},
        {"type": ["object", "array"]},
        ["SUM_TYPE_EXTENDED #/"],
        BOTH,
    ),
    (
        {"type": ["string", "null"]},
        {"type": ["string"]},
        ["SUM_TYPE_NARROWED #/"],
        NEITHER,
    ),
    (
        {"oneOf": [TEXT]},
        {"oneOf": [FLAG]},
        ["COMBINED_TYPE_SUBSCHEMAS_CHANGED #/"],
        NEITHER,
    ),
    ({"oneOf": [TEXT]}, {"oneOf": [FLAG, TEXT]}, ["SUM_TYPE_EXTENDED #/"], BOTH),
    ({"oneOf": [FLAG, TEXT]}, {"oneOf": [TEXT]}, ["SUM_TYPE_NARROWED #/"], NEITHER),
    (
        {"oneOf": [{**TEXT, "maxLength": 5}]},
        {"oneOf": [FLAG, {**TEXT, "title": "t", "maxLength": 8}]},
        [
            "SUM_TYPE_EXTENDED #/",
            "TITLE_CHANGED #/oneOf/0",
            "MAX_LENGTH_INCREASED #/oneOf/0/maxLength",
        ],
        BOTH,
    ),
    (
        {"allOf": [{"enum": ["a"]}, TEXT]},
        {"allOf": [TEXT]},
        ["PRODUCT_TYPE_NARROWED #/"],
        BOTH,
    ),
    (
        {"allOf": [TEXT]},
        {"allOf": [{"enum": ["a"]}, TEXT]},
        ["PRODUCT_TYPE_EXTENDED #/"],
        NEITHER,
    ),
    ({"allOf": [TEXT, dict(TEXT)]}, {"allOf": [TEXT]}, [], BOTH),
    ({"allOf": [TEXT]}, {"allOf": [TEXT, dict(TEXT)]}, [], BOTH),
    ({"oneOf": [TEXT]}, {"anyOf": [TEXT]}, ["COMBINED_TYPE_EXTENDED #/"], BOTH),
    ({"allOf": [TEXT]}, {"anyOf": [TEXT]}, ["COMBINED_TYPE_EXTENDED #/"], BOTH),
    ({"anyOf": [TEXT]}, {"allOf": [TEXT]}, ["COMBINED_TYPE_EXTENDED #/"], BOTH),
    (
        {"anyOf": [TEXT]},
        {"oneOf": [FLAG, TEXT]},
        ["COMBINED_TYPE_EXTENDED #/", "SUM_TYPE_EXTENDED #/"],
        BOTH,
    ),
    (
        {"allOf": [TEXT]},
        {"oneOf": [FLAG, TEXT]},
        ["COMBINED_TYPE_EXTENDED #/", "SUM_TYPE_EXTENDED #/"],
        BOTH,
    ),
    ({"anyOf": [FLAG, TEXT]}, {"oneOf": [TEXT]}, ["COMBINED_TYPE_CHANGED #/"], NEITHER),
    ({"anyOf": [TEXT]}, {"allOf": [FLAG, TEXT]}, ["COMBINED_TYPE_CHANGED #/"], NEITHER),
    (
        {"allOf": [{"minLength": 1}, TEXT]},
        {"oneOf": [TEXT]},
        ["COMBINED_TYPE_EXTENDED #/", "PRODUCT_TYPE_NARROWED #/"],
        BOTH,
    ),
    (TEXT, {"anyOf": [FLAG, TEXT]}, ["SUM_TYPE_EXTENDED #/"], BOTH),
    (NULL, {"oneOf": [NUMBER, NULL]}, ["SUM_TYPE_EXTENDED #/"], BOTH),
    (
        limited("string", "maxLength", 3),
        {"oneOf": [NUMBER, TEXT]},
        ["MAX_LENGTH_REMOVED #/maxLength", "SUM_TYPE_EXTENDED #/"],
        BOTH,
    ),
    (TEXT, {"allOf": [TEXT]}, [], BOTH),
    ({"oneOf": [TEXT]}, TEXT, [], BOTH),
    (TEXT, {"allOf": [TEXT, {"maxLength": 3}]}, ["TYPE_CHANGED #/"], NEITHER),
    ({"anyOf": [TEXT, FLAG]}, TEXT, ["TYPE_CHANGED #/"], NEITHER),
    # Properties of open objects.
    (
        has("foo"),
        has("bar"),
        [
            "PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL #/properties/foo",
            "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL #/properties/bar",
        ],
        LENIENT_ONLY,
    ),
    (has("a"), has("a:number"), ["TYPE_CHANGED #/properties/a"], NEITHER),
    (
        has("a"),
        has("a", "b", required=["b"]),
        ["REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL #/properties/b"],
        NEITHER,
    ),
    (
        has("a"),
        {"properties": {"a": TEXT, "b": {**TEXT, "default": ""}}, "required": ["b"]},
        ["REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL #/properties/b"],
        LENIENT_ONLY,
    ),
    (
        {"additionalProperties": True},
        {"additionalProperties": True, "properties": {"a": True}},
        ["PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL #/properties/a"],
        BOTH,
    ),
    # Properties of closed objects.
    (
        closed("a"),
        closed("a", "b:number"),
        ["OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL #/properties/b"],
        BOTH,
    ),
    (
        closed("a"),
        closed("a", "b", required=["b"]),
        ["REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL #/properties/b"],
        NEITHER,
    ),
    (
        closed(),
        {
            "properties": {"b": {**TEXT, "default": ""}},
            "required": ["b"],
            "additionalProperties": False,
        },
        ["REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN_CONTENT_MODEL #/properties/b"],
        BOTH,
    ),
    (
        closed("a", "b"),
        closed("a"),
        ["PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL #/properties/b"],
        LENIENT_ONLY,
    ),
    (
        {"additionalProperties": False, "properties": {"a": False}},
        {"additionalProperties": False},
        ["PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL #/properties/a"],
        BOTH,
    ),
    # Properties of partially open objects.
    (
        closed(patternProperties={"^n_": WHOLE}),
        closed("n_1:number", patternProperties={"^n_": WHOLE}),
        [
            "TYPE_EXTENDED #/properties/n_1",
            "PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
            " #/properties/n_1",
            "OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL #/properties/n_1",
        ],
        BOTH,
    ),
    (
        has(additionalProperties=TEXT),
        has("b:number", additionalProperties=TEXT),
        [
            "TYPE_CHANGED #/properties/b",
            "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/properties/b",
            "OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL #/properties/b",
        ],
        NEITHER,
    ),
    (
        has(additionalProperties=TEXT),
        has("b", additionalProperties=TEXT, required=["b"]),
        [
            "PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/properties/b",
            "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL #/properties/b",
        ],
        NEITHER,
    ),
    (
        closed("n_1:integer"),
        closed(patternProperties={"^n_": NUMBER}),
        [
            "TYPE_EXTENDED #/properties/n_1",
            "PROPERTY_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
            " #/properties/n_1",
        ],
        BOTH,
    ),
    (
        closed("b:number"),
        has(additionalProperties=TEXT),
        [
            "TYPE_CHANGED #/properties/b",
            "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
            " #/properties/b",
            "ADDITIONAL_PROPERTIES_ADDED #/additionalProperties",
        ],
        NEITHER,
    ),
    (
        closed("b"),
        has(additionalProperties={"oneOf": [NULL, TEXT]}),
        [
            "SUM_TYPE_EXTENDED #/properties/b",
            "PROPERTY_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"
            " #/properties/b",
            "ADDITIONAL_PROPERTIES_ADDED #/additionalProperties",
        ],
        BOTH,
    ),
    (
        {"$schema": DRAFT2020, **has(unevaluatedProperties=TEXT)},
        {"$schema": DRAFT2020, **has("b", unevaluatedProperties=TEXT)},
        [
            "PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/properties/b",
            "OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL #/properties/b",
        ],
        BOTH,
    ),
    (
        {"$schema": DRAFT2020, **has("b", unevaluatedProperties=False)},
        {"$schema": DRAFT2020, **has(unevaluatedProperties=False)},
        ["PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL #/properties/b"],
        LENIENT_ONLY,
    ),
    # Required.
    (
        has("a", required=["a"]),
        has("a"),
        ["REQUIRED_ATTRIBUTE_REMOVED #/required/a"],
        BOTH,
    ),
    (
        has("a"),
        has("a", required=["a"]),
        ["REQUIRED_ATTRIBUTE_ADDED #/required/a"],
        NEITHER,
    ),
    (
        has("a", required=["a"]),
        has("a", required=["b"]),
        ["REQUIRED_ATTRIBUTE_REMOVED #/required/a"],
        BOTH,
    ),
    (
        {"properties": {"a": {**TEXT, "default": ""}}},
        {"properties": {"a": {**TEXT, "default": ""}}, "required": ["a"]},
        ["REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED #/required/a"],
        BOTH,
    ),
    # Dependencies.
    (
        {"dependencies": {"a": ["b"]}},
        {"dependencies": {"b": ["a"]}},
        [
            "DEPENDENCY_ARRAY_REMOVED #/dependencies/a",
            "DEPENDENCY_ARRAY_ADDED #/dependencies/b",
        ],
        NEITHER,
    ),
    (
        {"dependencies": {"a": ["b"]}},
        {"dependencies": {"a": ["b", "c"]}},
        ["DEPENDENCY_ARRAY_EXTENDED #/dependencies/a"],
        NEITHER,
    ),
    (
        {"dependencies": {"a": ["b", "c"]}},
        {"dependencies": {"a": ["b"]}},
        ["DEPENDENCY_ARRAY_NARROWED #/dependencies/a"],
        BOTH,
    ),
    (
        {"dependencies": {"a": ["b"]}},
        {"dependencies": {"a": ["c"]}},
        ["DEPENDENCY_ARRAY_CHANGED #/dependencies/a"],
        NEITHER,
    ),
    (
        {"dependencies": {"a": TEXT, "b": TEXT}},
        {"dependencies": {"a": TEXT}},
        ["DEPENDENCY_SCHEMA_REMOVED #/dependencies/b"],
        BOTH,
    ),
    (
        {"dependencies": {"a": TEXT}},
        {"dependencies": {"a": TEXT, "b": TEXT}},
        ["DEPENDENCY_SCHEMA_ADDED #/dependencies/b"],
        NEITHER,
    ),
    (
        {"dependencies": {"a": TEXT}},
        {"dependencies": {"a": NUMBER}},
        ["TYPE_CHANGED #/dependencies/a"],
        NEITHER,
    ),
    (
        {"$schema": DRAFT2019, "dependentRequired": {"a": ["b"]}},
        {"$schema": DRAFT2019, "dependentRequired": {"a": ["b", "c"]}},
        ["DEPENDENCY_ARRAY_EXTENDED #/dependencies/a"],
        NEITHER,
    ),
    (
        {"$schema": DRAFT2020, "dependentSchemas": {"a": WHOLE}},
        {"$schema": DRAFT2020, "dependentSchemas": {"a": NUMBER}},
        ["TYPE_EXTENDED #/dependencies/a"],
        BOTH,
    ),
    # Other properties.
    (closed(), has(), ["ADDITIONAL_PROPERTIES_ADDED #/additionalProperties"], BOTH),
    (
        {"additionalProperties": True},
        {"additionalProperties": False},
        ["ADDITIONAL_PROPERTIES_REMOVED #/additionalProperties"],
        LENIENT_ONLY,
    ),
    (
        {"additionalProperties": True},
        {"additionalProperties": NUMBER},
        ["ADDITIONAL_PROPERTIES_NARROWED #/additionalProperties"],
        LENIENT_ONLY,
    ),
    (
        {"additionalProperties": NUMBER},
        {"additionalProperties": True},
        ["ADDITIONAL_PROPERTIES_EXTENDED #/additionalProperties"],
        BOTH,
    ),
    (
        {"additionalProperties": TEXT},
        {"additionalProperties": NUMBER},
        ["TYPE_CHANGED #/additionalProperties"],
        NEITHER,
    ),
    # Items.
    (
        {"type": "array"},
        {"type": "array", "items": TEXT},
        ["SCHEMA_ADDED #/items"],
        NEITHER,
    ),
    (
        {"type": "array", "items": TEXT},
        {"type": "array"},
        ["SCHEMA_REMOVED #/items"],
        BOTH,
    ),
    ({"items": TEXT}, {"items": NUMBER}, ["TYPE_CHANGED #/items"], NEITHER),
    (tuples(TEXT), tuples(NUMBER), ["TYPE_CHANGED #/items/0"], NEITHER),
    (
        tuples(TEXT, NUMBER),
        {"type": "array"},
        [
            "ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL #/items/0",
            "ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL #/items/1",
        ],
        BOTH,
    ),
    (
        tuples(TEXT),
        tuples(TEXT, FLAG),
        ["ITEM_ADDED_TO_OPEN_CONTENT_MODEL #/items/1"],
        NEITHER,
    ),
    (
        tuples(TEXT),
        tuples(TEXT, True),
        ["ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL #/items/1"],
        BOTH,
    ),
    (
        tuples(TEXT, additionalItems=False),
        tuples(TEXT, FLAG, additionalItems=True),
        [
            "ITEM_ADDED_TO_CLOSED_CONTENT_MODEL #/items/1",
            "ADDITIONAL_ITEMS_ADDED #/additionalItems",
        ],
        BOTH,
    ),
    (
        tuples(TEXT, FLAG, additionalItems=False),
        tuples(TEXT, additionalItems=False),
        ["ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL #/items/1"],
        NEITHER,
    ),
    (
        tuples(TEXT, False, additionalItems=False),
        tuples(TEXT, additionalItems=False),
        ["ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL #/items/1"],
        BOTH,
    ),
    (
        tuples(TEXT, additionalItems=FLAG),
        tuples(TEXT, FLAG, additionalItems=FLAG),
        ["ITEM_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/items/1"],
        BOTH,
    ),
    (
        tuples(TEXT, additionalItems=TEXT),
        tuples(TEXT, FLAG, additionalItems=TEXT),
        [
            "TYPE_CHANGED #/items/1",
            "ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/items/1",
        ],
        NEITHER,
    ),
    (
        tuples(TEXT, FLAG, additionalItems=False),
        tuples(TEXT, additionalItems=FLAG),
        [
            "ITEM_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/items/1",
            "ADDITIONAL_ITEMS_ADDED #/additionalItems",
        ],
        BOTH,
    ),
    (
        tuples(TEXT, FLAG, additionalItems=TEXT),
        tuples(TEXT, additionalItems=TEXT),
        [
            "TYPE_CHANGED #/items/1",
            "ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/items/1",
        ],
        NEITHER,
    ),
    (
        tuples(TEXT, additionalItems=FLAG),
        tuples(TEXT),
        ["ADDITIONAL_ITEMS_EXTENDED #/additionalItems"],
        BOTH,
    ),
    (
        tuples(TEXT),
        tuples(TEXT, additionalItems=FLAG),
        ["ADDITIONAL_ITEMS_NARROWED #/additionalItems"],
        NEITHER,
    ),
    (
        {"additionalItems": True},
        {"additionalItems": False},
        ["ADDITIONAL_ITEMS_REMOVED #/additionalItems"],
        NEITHER,
    ),
    (
        {"$schema": DRAFT2020, "prefixItems": [TEXT], "items": False},
        {"$schema": DRAFT2020, "prefixItems": [TEXT, FLAG], "items": False},
        ["ITEM_ADDED_TO_CLOSED_CONTENT_MODEL #/items/1"],
        BOTH,
    ),
    (
        {"$schema": DRAFT2020, "prefixItems": [TEXT], "items": FLAG},
        {"$schema": DRAFT2020, "prefixItems": [TEXT], "items": NUMBER},
        ["TYPE_CHANGED #/additionalItems"],
        NEITHER,
    ),
    (
        tuples(TEXT, additionalItems=False),
        {"$schema": DRAFT2020, "type": "array", "prefixItems": [TEXT], "items": False},
        [],
        BOTH,
    ),
    (
        {"uniqueItems": True},
        {"items": True},
        ["SCHEMA_ADDED #/items", "UNIQUE_ITEMS_REMOVED #/uniqueItems"],
        NEITHER,
    ),
    (
        {"type": "array"},
        {"type": "array", "uniqueItems": True},
        ["UNIQUE_ITEMS_ADDED #/uniqueItems"],
        NEITHER,
    ),
    # References.
    (
        {"items": {"$ref": "#/definitions/x"}, "definitions": {"x": TEXT}},
        {"items": {"$ref": "#/definitions/x"}, "definitions": {"x": NUMBER}},
        ["TYPE_CHANGED #/items"],
        NEITHER,
    ),
    (TEXT, {"$ref": "#/definitions/x", "definitions": {"x": TEXT}}, [], BOTH),
    ({"$ref": "#/definitions/x", "definitions": {"x": TEXT}}, TEXT, [], BOTH),
    (
        {"$ref": "#/$defs/x", "definitions": {"x": WHOLE}},
        {"$ref": "#/definitions/x", "definitions": {"x": NUMBER}},
        ["TYPE_EXTENDED #/"],
        BOTH,
    ),
    (
        {"$ref": "#/definitions/x", "maxLength": 1, "definitions": {"x": TEXT}},
        TEXT,
        [],
        BOTH,
    ),
    (
        {
            "$schema": DRAFT2020,
            "$ref": "#/$defs/x",
            "maxLength": 1,
            "$defs": {"x": TEXT},
        },
        {
            "$schema": DRAFT2020,
            "$ref": "#/$defs/x",
            "maxLength": 2,
            "$defs": {"x": TEXT},
        },
        ["MAX_LENGTH_INCREASED #/allOf/0/maxLength"],
        BOTH,
    ),
]

REFERENCED = parse(
    json.dumps(
        {
            "$schema": DRAFT2020,
            "$dynamicAnchor": "node",
            "properties": {"next": {"$dynamicRef": "#node"}, "n": WHOLE},
        }
    )
)


def differences(
    writer: JsonSchema, reader: JsonSchema, policy: ContentPolicy
) -> list[str]:
    comparison = Comparison(reader, writer, policy)
    told = every(comparison.found(), comparison.reader)
    return [f"{each.breach.difference.name} {full_path(each)}" for each in told]


def passes(writer: JsonSchema, reader: JsonSchema) -> str:
    strict, lenient = (
        not violations(reader, writer, policy) for policy in ContentPolicy
    )
    found = {(True, True): BOTH, (False, True): LENIENT_ONLY}
    return found.get((strict, lenient), NEITHER)


@pytest.mark.parametrize(
    ("writer", "reader", "expected", "verdict"),
    [
        pytest.param(*row, id="+".join(row[2]).replace("#/", "") or f"none-{at}")
        for at, row in enumerate(SHORT)
    ],
)
def test_given_a_change_when_compared_then_each_difference_is_found(
    writer, reader, expected, verdict
):
    pair = parsed(writer), parsed(reader)

    found = differences(*pair, ContentPolicy.STRICT)

    assert found == expected
    assert passes(*pair) == verdict


@pytest.mark.parametrize(
    ("writer", "reader"),
    [
        ({"allOf": [TEXT], "anyOf": [TEXT]}, {"allOf": [TEXT], "anyOf": [FLAG]}),
        ({"anyOf": [TEXT], "oneOf": [TEXT]}, {"anyOf": [TEXT], "oneOf": [FLAG]}),
        (
            {"type": ["string", "null"], "anyOf": [TEXT, NULL]},
            {"type": ["string", "null"], "anyOf": [FLAG, NULL]},
        ),
        (
            {"type": ["string", "null"], "oneOf": [TEXT, NULL]},
            {"type": ["boolean", "null"], "oneOf": [TEXT, NULL]},
        ),
    ],
    ids=["any-beside-all", "one-beside-any", "any-beside-types", "types-beside-one"],
)
def test_given_two_combinations_in_one_schema_when_either_changes_then_it_breaks(
    writer, reader
):
    assert passes(parsed(writer), parsed(reader)) == NEITHER


def bound(name: str, keyword: str, kind: str) -> Any:
    return pytest.param(name, keyword, kind, id=keyword)


UPPER = [
    bound("MAX_LENGTH", "maxLength", "string"),
    bound("MAXIMUM", "maximum", "number"),
    bound("EXCLUSIVE_MAXIMUM", "exclusiveMaximum", "number"),
    bound("MAX_PROPERTIES", "maxProperties", "object"),
    bound("MAX_ITEMS", "maxItems", "array"),
    bound("MAX_CONTAINS", "maxContains", "array"),
]
LOWER = [
    bound("MIN_LENGTH", "minLength", "string"),
    bound("MINIMUM", "minimum", "number"),
    bound("EXCLUSIVE_MINIMUM", "exclusiveMinimum", "number"),
    bound("MIN_PROPERTIES", "minProperties", "object"),
    bound("MIN_ITEMS", "minItems", "array"),
    bound("MIN_CONTAINS", "minContains", "array"),
]


@pytest.mark.parametrize(("name", "keyword", "kind"), UPPER)
def test_given_an_upper_bound_when_it_changes_then_only_more_room_passes(
    name, keyword, kind
):
    none, low, high = (
        parsed({"$schema": DRAFT2020, "type": kind, "contains": True, **limit})
        for limit in ({}, {keyword: 3}, {keyword: 4.5})
    )

    def changed(writer: JsonSchema, reader: JsonSchema) -> tuple[list[str], str]:
        found = differences(writer, reader, ContentPolicy.STRICT)
        return found, passes(writer, reader)

    assert changed(none, low) == ([f"{name}_ADDED #/{keyword}"], NEITHER)
    assert changed(low, none) == ([f"{name}_REMOVED #/{keyword}"], BOTH)
    assert changed(low, high) == ([f"{name}_INCREASED #/{keyword}"], BOTH)
    assert changed(high, low) == ([f"{name}_DECREASED #/{keyword}"], NEITHER)


@pytest.mark.parametrize(("name", "keyword", "kind"), LOWER)
def test_given_a_lower_bound_when_it_changes_then_only_more_room_passes(
    name, keyword, kind
):
    none, low, high = (
        parsed({"$schema": DRAFT2020, "type": kind, "contains": True, **limit})
        for limit in ({}, {keyword: 3}, {keyword: 4.5})
    )

    def changed(writer: JsonSchema, reader: JsonSchema) -> tuple[list[str], str]:
        found = differences(writer, reader, ContentPolicy.STRICT)
        return found, passes(writer, reader)

    assert changed(none, low) == ([f"{name}_ADDED #/{keyword}"], NEITHER)
    assert changed(low, none) == ([f"{name}_REMOVED #/{keyword}"], BOTH)
    assert changed(low, high) == ([f"{name}_INCREASED #/{keyword}"], NEITHER)
    assert changed(high, low) == ([f"{name}_DECREASED #/{keyword}"], BOTH)


@pytest.mark.parametrize("what", ["Properties", "Items"])
def test_given_what_is_unevaluated_when_it_changes_then_only_more_room_passes(what):
    keyword, name = f"unevaluated{what}", f"UNEVALUATED_{what.upper()}"
    kind = "object" if what == "Properties" else "array"
    none, anything, nothing, words, numbers = (
        parsed({"$schema": DRAFT2020, "type": kind, **said})
        for said in (
            {},
            {keyword: True},
            {keyword: False},
            {keyword: TEXT},
            {keyword: NUMBER},
        )
    )

    def changed(writer: JsonSchema, reader: JsonSchema) -> list[str]:
        found = differences(writer, reader, ContentPolicy.STRICT)
        return [each.partition(" ")[0] for each in found]

    assert changed(none, nothing) == [f"{name}_REMOVED"]
    assert changed(none, words) == [f"{name}_NARROWED"]
    assert changed(none, anything) == [f"{name}_NARROWED"]
    assert changed(anything, nothing) == [f"{name}_REMOVED"]
    assert changed(anything, words) == [f"{name}_NARROWED"]
    assert changed(nothing, none) == [f"{name}_ADDED"]
    assert changed(nothing, words) == [f"{name}_ADDED"]
    assert changed(words, none) == [f"{name}_EXTENDED"]
    assert changed(words, anything) == [f"{name}_EXTENDED"]
    assert changed(words, numbers) == ["TYPE_CHANGED"]
    allowed = {
        passes(*pair) for pair in ((none, nothing), (none, words), (anything, nothing))
    }
    assert allowed == ({LENIENT_ONLY} if what == "Properties" else {NEITHER})


def test_given_a_dynamic_reference_when_compared_then_it_is_followed_where_it_stands():
    changed = parse(REFERENCED.text.replace('"integer"', '"number"'))

    assert differences(REFERENCED, changed, ContentPolicy.STRICT) == [
        "TYPE_EXTENDED #/properties/n"
    ]
    assert len(violations(REFERENCED, changed)) == 1


def test_given_properties_in_dependencies_when_named_then_the_path_is_not_escaped():
    writer, reader = parsed(has("a/b~c")), parsed(has("a/b~c:number"))

    (found,) = violations(reader, writer)

    assert found.path == "#/properties/a/b~c"
    assert found.reader_spot.pointer == "/properties/a~1b~0c"
