"""The comparison held against a validator that is not ours.

The law: what was valid under the writer's schema is valid under the reader's, if there
is neither a violation nor a warning. Where the reference comparison is blind, `HOLES`
says so, and a warning must.
"""

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from registry.domain.formats.jsonschema.fixes import proposals
from registry.domain.formats.jsonschema.gaps import warnings
from registry.domain.formats.jsonschema.parse import parse
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.formats.jsonschema.walk import violations
from registry.domain.levels import ContentPolicy, Direction
from registry.domain.schema import Edit, Strictness
from tests.strategies.json_schema import DRAFTS, documents, evolutions, schemas

DRAFT2020 = DRAFTS[3]
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}


def parsed(value: Any) -> JsonSchema:
    return parse(json.dumps(value), strictness=Strictness.LENIENT)


def validator(schema: Any) -> Any:
    named = isinstance(schema, dict) and "$schema" in schema
    make = jsonschema_rs.validator_for if named else jsonschema_rs.Draft7Validator
    return make(schema, validate_formats=False)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(evolutions(), st.lists(documents, min_size=10, max_size=30))
def test_given_nothing_said_when_a_document_was_valid_then_it_still_is(
    pair, candidates
):
    writer, reader = pair
    old, new = parsed(writer), parsed(reader)
    if violations(new, old) or warnings(new, old):
        event("something said")
        return
    was_valid, is_valid = validator(writer).is_valid, validator(reader).is_valid

    valid = [each for each in candidates if was_valid(each)]

    event(f"nothing said, {'some' if valid else 'no'} documents")
    note(f"writer {json.dumps(writer)}")
    note(f"reader {json.dumps(reader)}")
    assert [each for each in valid if not is_valid(each)] == []


@given(st.sampled_from(DRAFTS).flatmap(schemas))
def test_given_any_schema_when_compared_with_itself_then_nothing_is_said(value):
    schema, other = parsed(value), parsed(value)

    assert violations(schema, schema) == ()
    assert violations(schema, other) == ()
    assert warnings(schema, other) == ()


@given(evolutions())
def test_given_two_versions_when_compared_then_lenient_refuses_no_more(pair):
    old, new = map(parsed, pair)

    strict, lenient = (violations(new, old, policy) for policy in ContentPolicy)

    assert not lenient or strict


@given(evolutions())
def test_given_two_versions_when_compared_then_each_violation_has_its_place(pair):
    old, new = map(parsed, pair)

    for each in (*violations(new, old), *warnings(new, old)):
        assert each.path.startswith("#/")
        assert new.place(each.reader_spot) is not None
        assert old.place(each.writer_spot) is not None
        assert (
            each.rule.confluent_type is None
            or each.rule.confluent_type in each.wire("new", "old")
        )
        assert each.message("the new schema", "version 3")


@given(evolutions(), st.sampled_from(Direction))
def test_given_any_violation_when_fixes_are_asked_for_then_edits_apply(pair, direction):
    earlier, candidate = map(parsed, pair)
    both = (
        (candidate, earlier)
        if direction is Direction.BACKWARD
        else (earlier, candidate)
    )

    for violation in violations(*both):
        for proposal in proposals(candidate, earlier, violation, direction):
            text = Edit.apply(candidate.text, proposal.edits)
            assert json.loads(text) != json.loads(candidate.text)


def hole(name: str, rule: str, writer: Any, reader: Any, document: Any) -> Any:
    return pytest.param(f"JSON_{rule}", writer, reader, document, id=name)


HOLES = [
    hole(
        "contains",
        "CONTAINS_CHANGED",
        {"items": True},
        {"items": True, "contains": TEXT},
        [],
    ),
    hole(
        "contains-at-least-one-again",
        "CONTAINS_CHANGED",
        {"$schema": DRAFT2020, "contains": TEXT, "minContains": 0},
        {"$schema": DRAFT2020, "contains": TEXT},
        [],
    ),
    hole(
        "property-names",
        "PROPERTY_NAMES_CHANGED",
        {"type": "object"},
        {"type": "object", "propertyNames": {"maxLength": 1}},
        {"long": 1},
    ),
    hole(
        "schema-of-a-pattern",
        "PATTERN_PROPERTIES_CHANGED",
        {"patternProperties": {"^n_": WHOLE}},
        {"patternProperties": {"^n_": TEXT}},
        {"n_1": 1},
    ),
    hole(
        "pattern-gone-from-a-closed-object",
        "PATTERN_PROPERTIES_CHANGED",
        {"patternProperties": {"^n_": WHOLE}, "additionalProperties": False},
        {"additionalProperties": False},
        {"n_1": 1},
    ),
    hole(
        "property-that-no-pattern-matched",
        "PROPERTY_ADDED_BESIDE_PATTERNS",
        {"patternProperties": {"^n_": WHOLE}},
        {"patternProperties": {"^n_": WHOLE}, "properties": {"a": TEXT}},
        {"a": 1},
    ),
    hole(
        "condition",
        "CONDITION_CHANGED",
        {"type": "object", "if": {"required": ["a"]}, "then": True},
        {"type": "object", "if": {"required": ["a"]}, "then": False},
        {"a": 1},
    ),
    hole(
        "required-with-default",
        "REQUIRED_UNCHECKED",
        {"properties": {"a": {"default": 1}}},
        {"properties": {"a": {"default": 1}}, "required": ["a"]},
        {},
    ),
    hole(
        "required-without-a-schema",
        "REQUIRED_UNCHECKED",
        {"type": "object"},
        {"type": "object", "required": ["a"]},
        {},
    ),
    hole(
        "required-of-any-value",
        "REQUIRED_UNCHECKED",
        {"type": "object"},
        {"type": "object", "properties": {"a": True}, "required": ["a"]},
        {},
    ),
    hole(
        "one-of-with-an-overlapping-choice",
        "ONE_OF_MAY_OVERLAP",
        {"oneOf": [WHOLE]},
        {"oneOf": [WHOLE, {"type": "number"}]},
        1,
    ),
    hole(
        "one-of-with-a-choice-twice",
        "ONE_OF_MAY_OVERLAP",
        {"oneOf": [WHOLE]},
        {"oneOf": [WHOLE, dict(WHOLE)]},
        1,
    ),
    hole(
        "one-of-with-a-choice-without-its-type",
        "ONE_OF_MAY_OVERLAP",
        {"oneOf": [WHOLE, {"type": "string", "minLength": 1}]},
        {"oneOf": [WHOLE, {"minLength": 1}]},
        1,
    ),
    hole(
        "one-of-with-a-choice-that-needs-less",
        "ONE_OF_MAY_OVERLAP",
        {"oneOf": [{"required": ["a"]}, {"required": ["b", "c"]}]},
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"a": 1, "b": 1},
    ),
    hole(
        "one-of-with-a-choice-of-more-names",
        "ONE_OF_MAY_OVERLAP",
        {"oneOf": [{"propertyNames": {"maxLength": 1}}, {"required": ["bb"]}]},
        {"oneOf": [{"propertyNames": {"maxLength": 2}}, {"required": ["bb"]}]},
        {"bb": 1},
    ),
    hole(
        "one-of-with-a-choice-of-any-items",
        "ONE_OF_MAY_OVERLAP",
        {"oneOf": [{"items": True, "contains": TEXT}, {"items": True, "maxItems": 0}]},
        {"oneOf": [{"items": True}, {"items": True, "maxItems": 0}]},
        [],
    ),
    hole(
        "one-of-with-a-choice-without-its-pattern",
        "ONE_OF_MAY_OVERLAP",
        {"oneOf": [{"patternProperties": {"^n_": TEXT}}, {"required": ["n_1"]}]},
        {"oneOf": [{"type": "object"}, {"required": ["n_1"]}]},
        {"n_1": 1},
    ),
    hole(
        "type-became-explicit",
        "TYPE_BECAME_EXPLICIT",
        {"minLength": 1},
        {"type": "string", "minLength": 1},
        1,
    ),
    hole(
        "unevaluated-beside-a-schema-that-changed",
        "UNEVALUATED_MAY_DIFFER",
        {
            "$schema": DRAFT2020,
            "allOf": [{"properties": {"a": True}}],
            "unevaluatedProperties": False,
        },
        {
            "$schema": DRAFT2020,
            "allOf": [{"properties": {}}],
            "unevaluatedProperties": False,
        },
        {"a": 1},
    ),
    hole(
        "unevaluated-items-that-a-schema-looked-at",
        "UNEVALUATED_MAY_DIFFER",
        {"$schema": DRAFT2020, "items": TEXT, "unevaluatedItems": False},
        {"$schema": DRAFT2020, "unevaluatedItems": False},
        ["a"],
    ),
    hole(
        "bytes-of-kafka-connect",
        "CONNECT_BYTES",
        {**TEXT, "connect.type": "bytes"},
        {**WHOLE, "connect.type": "bytes"},
        "a",
    ),
    hole(
        "within-not",
        "NOT_UNCHECKED",
        {"not": {"items": True, "contains": TEXT}},
        {"not": {"items": True}},
        [],
    ),
]


@pytest.mark.parametrize(("rule", "writer", "reader", "document"), HOLES)
def test_given_a_hole_of_the_reference_when_compared_then_it_is_warned_of(
    rule, writer, reader, document
):
    old, new = parsed(writer), parsed(reader)

    assert validator(writer).is_valid(document)
    assert not validator(reader).is_valid(document)
    assert violations(new, old) == ()
    assert rule in {each.rule.id for each in warnings(new, old)}


def test_given_another_format_when_formats_are_enforced_then_documents_are_refused():
    """Why JSON_FORMAT_CHANGED is there; the law leaves formats alone, as most do."""
    old, new = {"type": "string"}, {"type": "string", "format": "date"}

    assert violations(parsed(new), parsed(old)) == ()
    assert not jsonschema_rs.validator_for(new, validate_formats=True).is_valid("x")
    assert [each.rule.id for each in warnings(parsed(new), parsed(old))] == [
        "JSON_FORMAT_CHANGED"
    ]
