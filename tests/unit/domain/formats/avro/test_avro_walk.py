"""What the walk costs, and where it stops: bounds that cases in folders cannot hold."""

import json
from typing import Any

from registry.domain.formats.avro.breaches import MAX_PATH_CHARACTERS, MAX_VIOLATIONS
from registry.domain.formats.avro.gaps import warnings
from registry.domain.formats.avro.nodes import Field, Node, Record
from registry.domain.formats.avro.parse import parse
from registry.domain.formats.avro.rules import (
    COMPARISON_TOO_LARGE,
    TYPE_MISMATCH,
)
from registry.domain.formats.avro.walk import MAX_STEPS, Comparison, violations
from registry.domain.limits import Limits
from registry.domain.rules import Spot

LIMITS = Limits(max_named_types=10_000, max_nodes=1_000_000)


def parsed(value: Any) -> Node:
    return parse(json.dumps(value), limits=LIMITS)


def record(name: str, *kinds: Any) -> dict[str, Any]:
    fields = [{"name": f"f{at}", "type": kind} for at, kind in enumerate(kinds)]
    return {"type": "record", "name": name, "fields": fields}


def ladder(length: int, uses: int, leaf: str) -> Node:
    """Named types, each using the one before, in a text that hardly nests.

    The walk comes to the last one first, and so goes down all of them at once.
    """
    higher = (record(f"T{at}", *[f"T{at - 1}"] * uses) for at in range(1, length))
    steps = [record("T0", leaf), *higher]
    root = parsed(record("Root", *steps))
    assert isinstance(root, Record)
    root.fields = root.fields[::-1]
    return root


def ring(length: int) -> Record:
    """Records of one simple name, each leading to the next, the last to the first."""
    records = [Record("Node", f"n{at}", Spot("")) for at in range(length)]
    for at, each in enumerate(records):
        following = records[(at + 1) % length]
        each.fields = (Field("next", following, Spot("")),)
    return records[0]


def test_given_a_chain_of_5000_types_when_compared_then_the_last_fault_is_found():
    found = violations(ladder(5_000, 1, "int"), ladder(5_000, 1, "string"))

    assert {each.rule for each in found} == {TYPE_MISMATCH}
    assert found[0].path.count("/fields/0/type") == 5_001


def test_given_a_chain_of_5000_types_when_it_is_compatible_then_nothing_is_said():
    reader, writer = ladder(5_000, 1, "double"), ladder(5_000, 1, "int")

    assert violations(reader, writer) == ()
    assert warnings(reader, writer) == ()


def test_given_types_used_twice_each_when_compared_then_the_work_stays_linear():
    steps = []
    for length in (500, 1_000):
        comparison = Comparison()
        comparison.violations(ladder(length, 2, "long"), ladder(length, 2, "int"))
        steps.append(comparison.steps)

    assert steps[1] / steps[0] < 2.1


def test_given_a_recursive_type_when_compared_then_each_pair_is_seen_once():
    node = parsed(
        record("Node", "int", ["null", "Node"], {"type": "map", "values": "Node"})
    )
    comparison = Comparison()

    comparison.violations(node, node)

    assert comparison.steps < 15


def test_given_two_unions_of_many_records_when_compared_then_the_work_stays_linear():
    steps = []
    for length in (400, 800):
        union = [record(f"T{at}", "int") for at in range(length)]
        comparison = Comparison()
        comparison.violations(parsed(union), parsed(union))
        steps.append(comparison.steps)

    assert steps[1] / steps[0] < 2.1


def test_given_2_to_the_50_uses_of_a_fault_when_compared_then_some_are_told():
    found = violations(ladder(50, 2, "int"), ladder(50, 2, "string"))

    assert 0 < len(found) <= MAX_VIOLATIONS
    longest = max(len(each.path) + len(each.element) for each in found)
    told = sum(len(each.path) + len(each.element) for each in found)
    assert told < MAX_PATH_CHARACTERS + longest


def test_given_rings_that_meet_everywhere_when_compared_then_the_work_is_bounded():
    (found,) = violations(ring(1_000), ring(1_001))

    assert found.rule is COMPARISON_TOO_LARGE
    assert found.wire("new", "old") == (
        "Unexpected exception during compatibility check: the comparison takes more"
        f" than {MAX_STEPS} steps"
    )
    assert found.message("the new schema", "version 3") == (
        f"comparing the new schema with version 3 takes more than {MAX_STEPS} steps"
    )


def test_given_small_rings_when_compared_then_they_are_compatible():
    assert violations(ring(7), ring(11)) == ()


def test_given_a_question_too_large_when_asked_again_then_it_stays_unanswered():
    comparison = Comparison()
    reader, writer = ring(1_000), ring(1_001)

    assert not comparison.is_readable(reader, writer)
    assert not comparison.is_readable(reader, writer)


def test_given_rings_that_meet_everywhere_when_warned_then_the_work_is_bounded():
    found = warnings(ring(1_000), ring(1_001))

    assert 0 < len(found) <= MAX_VIOLATIONS
