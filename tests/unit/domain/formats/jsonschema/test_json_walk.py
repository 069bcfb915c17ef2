"""What the walk costs, and where it stops: bounds that cases in folders cannot hold."""

import json
import time
from typing import Any

import pytest

from registry.domain.formats.jsonschema.breaches import (
    MAX_PATH_CHARACTERS,
    MAX_VIOLATIONS,
)
from registry.domain.formats.jsonschema.gaps import warnings
from registry.domain.formats.jsonschema.parse import parse
from registry.domain.formats.jsonschema.rules import COMPARISON_TOO_LARGE
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.formats.jsonschema.walk import Comparison, violations
from registry.domain.formats.jsonschema.work import MAX_STEPS
from registry.domain.levels import ContentPolicy
from registry.domain.schema import Strictness

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
SLACK = 5
"""How much longer than promised a test may take: other things run as well."""


def parsed(value: Any) -> JsonSchema:
    return parse(json.dumps(value), strictness=Strictness.LENIENT)


def reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{name}"}


def steps(reader: JsonSchema, writer: JsonSchema) -> int:
    comparison = Comparison(reader, writer, ContentPolicy.STRICT)
    comparison.found()
    return comparison.steps


def doubled(length: int, leaf: Any, word: str = "allOf") -> JsonSchema:
    """Definitions, each using the one before twice: 2^length of the first."""
    definitions = {"d0": leaf}
    for at in range(1, length + 1):
        both = {"properties": {"l": reference(f"d{at - 1}")}}
        definitions[f"d{at}"] = {word: [reference(f"d{at - 1}"), both]}
    return parsed({**reference(f"d{length}"), "definitions": definitions})


def chain(length: int, leaf: Any) -> JsonSchema:
    """Definitions, each of which holds the next one; as deep as the text is long."""
    definitions = {
        f"d{at}": {"properties": {"x": reference(f"d{at + 1}")}} for at in range(length)
    }
    definitions[f"d{length}"] = leaf
    return parsed({**reference("d0"), "definitions": definitions})


def ring(length: int, *, kinds: int = 1) -> JsonSchema:
    """Definitions, each of which may be any of several others."""
    definitions = {
        f"d{at}": {
            "type": "object",
            "properties": {
                f"p{kind}": reference(f"d{(at + 1 + kind) % length}")
                for kind in range(kinds)
            },
        }
        for at in range(length)
    }
    return parsed({**reference("d0"), "definitions": definitions})


@pytest.mark.parametrize("word", ["allOf", "anyOf", "oneOf"])
def test_given_2_to_the_20_uses_of_a_definition_when_compared_then_it_is_soon_done(
    word,
):
    old, new = doubled(20, WHOLE, word), doubled(20, {"type": "number"}, word)

    started = time.process_time()
    found = violations(new, old)

    assert time.process_time() - started < 0.25 * SLACK
    assert found == ()
    assert steps(new, old) < 2_000


def test_given_2_to_the_20_uses_of_a_fault_when_compared_then_some_are_told():
    def twice(leaf: Any) -> JsonSchema:
        definitions = {"d0": leaf}
        for at in range(1, 21):
            uses = {name: reference(f"d{at - 1}") for name in ("l", "r")}
            definitions[f"d{at}"] = {"properties": uses}
        return parsed({**reference("d20"), "definitions": definitions})

    started = time.process_time()
    found = violations(twice(TEXT), twice(WHOLE))

    assert time.process_time() - started < 0.25 * SLACK
    assert len(found) == MAX_VIOLATIONS
    assert sum(len(each.path) for each in found) < MAX_PATH_CHARACTERS + 1_000


def test_given_a_chain_of_3000_references_when_compared_then_the_fault_is_found():
    (found,) = violations(chain(3_000, TEXT), chain(3_000, WHOLE))

    assert found.path == "#/" + "/".join(["properties/x"] * 3_000)


def test_given_rings_that_meet_everywhere_when_compared_then_the_work_is_bounded():
    old, new = ring(499), ring(500)

    (found,) = violations(new, old)

    # It is seen with the step that goes too far.
    assert MAX_STEPS < steps(new, old) < MAX_STEPS + 100
    assert found.rule is COMPARISON_TOO_LARGE.rule
    assert found.wire("new", "old") == (
        "Unexpected exception during compatibility check: the comparison takes more"
        f" than {MAX_STEPS} steps"
    )
    assert warnings(new, old) == ()


def test_given_small_rings_when_compared_then_they_are_compatible():
    assert violations(ring(7), ring(11)) == ()


def test_given_choices_that_meet_everywhere_when_compared_then_the_work_is_bounded():
    def choices(limit: int) -> JsonSchema:
        each = [
            {"properties": {"x": {**TEXT, "maxLength": limit - at}}}
            for at in range(500)
        ]
        return parsed({"oneOf": each})

    new, old = choices(900), choices(1_000)

    assert steps(new, old) < MAX_STEPS + 100
    assert violations(new, old)


def test_given_many_choices_when_one_changes_then_the_work_stays_linear():
    def choices(number: int, kind: Any) -> JsonSchema:
        kinds = [{"const": f"kind{at}"} for at in range(number)]
        each = [{"properties": {"kind": kind_, "x": TEXT}} for kind_ in kinds]
        return parsed({"oneOf": [*each, {"properties": {"x": kind}}]})

    few, many = (
        steps(choices(number, TEXT), choices(number, WHOLE)) for number in (100, 200)
    )

    assert many / few < 2.2


def test_given_a_recursive_choice_when_a_fault_is_deep_then_it_is_found():
    """A pair in progress counts as compatible, which must not hide what comes."""

    def tree(leaf: Any) -> JsonSchema:
        node = {
            "type": "object",
            "properties": {
                "left": {"anyOf": [reference("node"), reference("leaf")]},
                "value": leaf,
            },
        }
        return parsed(
            {**reference("node"), "definitions": {"node": node, "leaf": leaf}}
        )

    found = violations(tree(TEXT), tree(WHOLE))

    assert {each.path for each in found} == {
        "#/properties/left",
        "#/properties/value",
    }


def test_given_a_choice_that_only_the_loop_would_allow_when_compared_then_it_breaks():
    """The first look takes `next` for compatible; the second knows better."""

    def node(kind: Any) -> JsonSchema:
        inner = {
            "properties": {
                "next": {"anyOf": [reference("node"), {"type": "null"}]},
                "value": kind,
            },
            "type": "object",
        }
        return parsed({**reference("node"), "definitions": {"node": inner}})

    found = violations(node(TEXT), node(WHOLE))

    assert [each.path for each in found] == ["#/properties/next", "#/properties/value"]


def test_given_a_schema_that_is_itself_when_compared_then_it_takes_anything():
    itself = parsed({"$ref": "#/definitions/a", "definitions": {"a": reference("a")}})

    assert violations(itself, parsed(TEXT)) == ()
    assert violations(itself, itself) == ()


def test_given_a_reference_to_nothing_when_stored_unchecked_then_it_is_compared():
    lost = parsed({"properties": {"a": reference("lost")}})

    assert [each.path for each in violations(parsed({"properties": {"a": TEXT}}), lost)]
    assert violations(lost, parsed({"properties": {"a": TEXT}})) == ()


def wide(changed: str) -> str:
    """An object with 500 properties as people write them, one of them of its own."""
    properties = {
        f"property{at}": {
            "type": ("string", "integer", "boolean", "number")[at % 4],
            "description": f"What the value number {at} of an order stands for.",
        }
        for at in range(500)
    }
    properties["property250"] = {"type": changed, "description": "Changes."}
    return json.dumps(
        {"type": "object", "properties": properties, "additionalProperties": False}
    )


def test_given_500_properties_when_compared_then_it_takes_ten_times_their_reading():
    texts = wide("integer"), wide("number")
    old, new = map(parse, texts)
    read = best(lambda: [json.loads(text) for text in texts])

    compared = best(lambda: violations(new, old))

    assert compared < 10 * read * SLACK


def best(act: Any) -> float:
    taken = []
    for _ in range(7):
        started = time.process_time()
        for _ in range(5):
            act()
        taken.append(time.process_time() - started)
    return min(taken)
