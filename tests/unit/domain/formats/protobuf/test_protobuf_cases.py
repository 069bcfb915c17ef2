"""The cases: a reader, a writer, and exactly what is said of the two."""

import json
from pathlib import Path
from typing import Any

import pytest

from registry.compiler.in_place import InPlaceCompiler
from registry.domain.formats.protobuf.format import ProtobufFormat
from registry.domain.formats.protobuf.rules import COMPARISON_TOO_LARGE, RULES
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.levels import Direction
from registry.domain.limits import DEFAULT_LIMITS
from registry.domain.rules import Severity, Spot
from registry.domain.schema import ResolvedReference

CASES = Path(__file__).parents[4] / "cases" / "protobuf"
FOLDERS = sorted(path.parent for path in CASES.rglob("expect.json"))
PROTOBUF = ProtobufFormat(DEFAULT_LIMITS, InPlaceCompiler())

# Takes schemas too large for a folder; see test_protobuf_walk.py.
WITHOUT_CASES = {COMPARISON_TOO_LARGE.id}


def parsed(case: Path, side: str) -> ProtobufSchema:
    """A side's text, which may import the files in the folder of its name."""
    folder = case / side
    references = [
        ResolvedReference(
            path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")
        )
        for path in sorted(folder.rglob("*.proto"))
    ]
    text = (case / f"{side}.proto").read_text(encoding="utf-8")
    return PROTOBUF.parse(text, references)


def found(case: Path) -> dict[str, Any]:
    reader, writer = parsed(case, "reader"), parsed(case, "writer")
    errors = [
        {
            "rule": each.rule.id,
            "path": each.path,
            "element": each.element,
            "reader": shown(each.reader_spot),
            "writer": shown(each.writer_spot),
            "wire": each.wire("new", "old"),
            "message": each.message("the new schema", "version 3"),
        }
        for each in PROTOBUF.violations(reader, writer)
    ]
    hints = [
        {
            "rule": each.rule.id,
            "path": each.path,
            "element": each.element,
            "message": each.message("the new schema", "version 3"),
        }
        for each in PROTOBUF.warnings(reader, writer, Direction.BACKWARD)
    ]
    return {"violations": errors, "warnings": hints}


def shown(spot: Spot) -> str:
    return f"{spot.source}:{spot.pointer}" if spot.source else spot.pointer


@pytest.mark.parametrize("case", FOLDERS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_given_two_protobuf_schemas_when_compared_then_exactly_the_expected_is_said(
    case,
):
    said = found(case)

    assert said == json.loads((case / "expect.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("rule_id", sorted(RULES.keys() - WITHOUT_CASES))
def test_given_a_protobuf_rule_when_its_cases_are_read_then_some_fire_and_some_do_not(
    rule_id,
):
    key = "violations" if RULES[rule_id].severity is Severity.ERROR else "warnings"

    fires = {
        rule_id in {each["rule"] for each in expected[key]}
        for expected in map(read_expected, CASES.glob(f"{rule_id}/*/expect.json"))
    }

    assert fires == {True, False}


def read_expected(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
