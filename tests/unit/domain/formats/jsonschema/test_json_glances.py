"""What is seen of two schemas without comparing them is what a comparison finds."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.formats.jsonschema.build import Graph
from registry.domain.formats.jsonschema.glances import Glances
from registry.domain.formats.jsonschema.parse import parse
from registry.domain.formats.jsonschema.rules import COMPARISON_TOO_LARGE
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.formats.jsonschema.walk import Comparison, violations
from registry.domain.formats.jsonschema.work import MAX_STEPS
from registry.domain.levels import ContentPolicy
from registry.domain.schema import Strictness

VALUES = st.sampled_from(["a", "b", 1, 1.0, True, None])
SAYING = st.one_of(
    VALUES.map(lambda value: {"const": value}),
    st.lists(VALUES, min_size=1, max_size=3).map(lambda values: {"enum": values}),
)
BESIDE = st.sampled_from(
    [
        {},
        {"type": "string"},
        {"type": ["string", "null"]},
        {"type": "integer", "maximum": 3},
        {"type": "string", "connect.type": "bytes"},
        {"maxLength": 3},
        {"not": {"const": "c"}},
        {"title": "T"},
    ]
)
PLAIN = st.builds(lambda one, other: {**one, **other}, SAYING, BESIDE) | BESIDE
OBJECTS = st.builds(
    lambda properties, more: {"properties": properties, **more},
    st.dictionaries(st.sampled_from(["kind", "x"]), PLAIN, max_size=2),
    st.sampled_from([{}, {"type": "object"}, {"additionalProperties": False}]),
)


def parsed(value: Any) -> JsonSchema:
    return parse(json.dumps(value), strictness=Strictness.LENIENT)


def differ(reader: Any, writer: Any) -> bool:
    sides = (Graph(parsed(each).resolver).root() for each in (reader, writer))
    return Glances(lambda _: None).differ(*sides)


@pytest.mark.parametrize("policy", ContentPolicy)
@settings(max_examples=400)
@given(reader=PLAIN | OBJECTS, writer=PLAIN | OBJECTS)
def test_given_schemas_that_differ_at_a_glance_when_compared_then_they_break(
    policy, reader, writer
):
    if differ(reader, writer):
        assert violations(parsed(reader), parsed(writer), policy)


@pytest.mark.parametrize(
    ("reader", "writer", "is_seen"),
    [
        ({"const": "a"}, {"const": "b"}, True),
        ({"const": 1}, {"const": 1.0}, False),
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, False),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, True),
        ({"type": "string", "const": "a"}, {"type": "string", "const": "b"}, True),
        # The type that is left over stands for nothing of the other.
        ({"type": "string", "const": "a"}, {"const": "b"}, False),
        (
            {"properties": {"kind": {"const": "a"}}},
            {"properties": {"kind": {"const": "b"}}},
            True,
        ),
        (
            {"properties": {"kind": {"const": "a"}}},
            {"properties": {"type": {"const": "b"}}},
            False,
        ),
    ],
)
def test_when_looked_at_then_values_and_those_of_properties_tell_schemas_apart(
    reader, writer, is_seen
):
    assert differ(reader, writer) is is_seen


def choices(number: int, prefix: str) -> JsonSchema:
    return parsed(
        {
            "oneOf": [
                {
                    "type": "object",
                    "properties": {
                        "kind": {"type": "string", "const": f"{prefix}{at}"},
                        **{f"p{each}": {"type": "string"} for each in range(5)},
                    },
                    "required": ["kind"],
                }
                for at in range(number)
            ]
        }
    )


def test_given_300_choices_by_a_constant_when_all_are_others_then_all_are_looked_at():
    comparison = Comparison(choices(300, "a"), choices(300, "b"), ContentPolicy.STRICT)

    found = comparison.found()

    assert found.breaks
    assert 300 * 300 < comparison.steps < MAX_STEPS


def test_given_choices_that_moved_and_changed_when_compared_then_they_are_found_again():
    old = choices(200, "a")
    moved = [*old.document.root["oneOf"][1:], old.document.root["oneOf"][0]]
    new = parsed({"oneOf": [{**each, "title": "New"} for each in moved]})

    assert violations(new, old) == ()


def test_given_more_patterns_than_are_kept_when_looked_for_then_it_is_counted():
    names: dict[str, Any] = {f"n{at}": {} for at in range(40)}

    def steps(number: int) -> int:
        patterns = {f"^{at}$": {"type": "string"} for at in range(number)}
        reader = parsed({"patternProperties": patterns, "additionalProperties": False})
        writer = parsed({"properties": names, "additionalProperties": False})
        comparison = Comparison(reader, writer, ContentPolicy.STRICT)
        comparison.found()
        return comparison.steps

    assert steps(100) < 3 * 100 * len(names)
    assert steps(140) > 10 * 140 * len(names)


def test_given_patterns_and_names_that_meet_everywhere_when_compared_then_it_ends():
    patterns: dict[str, Any] = {f"^{at}x": {} for at in range(400)}
    reader = parsed({"patternProperties": patterns, "additionalProperties": False})
    names: dict[str, Any] = {f"n{at}": {} for at in range(400)}
    writer = parsed({"properties": names, "additionalProperties": False})

    (found,) = violations(reader, writer)

    assert found.rule is COMPARISON_TOO_LARGE.rule
