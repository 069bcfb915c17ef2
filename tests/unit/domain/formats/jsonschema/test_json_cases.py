"""The cases: a reader, a writer, and exactly what is said of the two."""

import json
from pathlib import Path
from typing import Any

import pytest

from registry.domain.formats.jsonschema.gaps import warnings
from registry.domain.formats.jsonschema.parse import parse
from registry.domain.formats.jsonschema.rules import COMPARISON_TOO_LARGE, RULES
from registry.domain.formats.jsonschema.walk import violations
from registry.domain.levels import ContentPolicy
from registry.domain.rules import Severity
from registry.domain.schema import Strictness

CASES = Path(__file__).parents[4] / "cases" / "json"
FOLDERS = sorted(path.parent for path in CASES.rglob("expect.json"))

# Takes schemas too large for a folder; see test_json_walk.py.
WITHOUT_CASES = {COMPARISON_TOO_LARGE.rule.id}


def found(case: Path) -> dict[str, Any]:
    reader, writer = (
        parse((case / name).read_text(encoding="utf-8"), strictness=Strictness.LENIENT)
        for name in ("reader.json", "writer.json")
    )
    errors = [
        {
            "rule": each.rule.id,
            "path": each.path,
            "element": each.element,
            "reader": each.reader_spot.pointer,
            "writer": each.writer_spot.pointer,
            "wire": each.wire("new", "old"),
            "message": each.message("the new schema", "version 3"),
        }
        for each in violations(reader, writer)
    ]
    lenient = [
        each.rule.id for each in violations(reader, writer, ContentPolicy.LENIENT)
    ]
    hints = [
        {
            "rule": each.rule.id,
            "path": each.path,
            "element": each.element,
            "message": each.message("the new schema", "version 3"),
        }
        for each in warnings(reader, writer)
    ]
    return {"violations": errors, "lenient": lenient, "warnings": hints}


@pytest.mark.parametrize("case", FOLDERS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_given_a_pair_when_compared_then_exactly_what_is_expected_is_said(case):
    said = found(case)

    assert said == read_expected(case / "expect.json")


@pytest.mark.parametrize("rule_id", sorted(RULES.keys() - WITHOUT_CASES))
def test_given_a_rule_when_its_cases_are_read_then_some_fire_and_some_do_not(rule_id):
    key = "violations" if RULES[rule_id].severity is Severity.ERROR else "warnings"

    fires = {
        rule_id in {each["rule"] for each in expected[key]}
        for expected in map(read_expected, CASES.glob(f"{rule_id}/*/expect.json"))
    }

    assert fires == {True, False}


def read_expected(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
