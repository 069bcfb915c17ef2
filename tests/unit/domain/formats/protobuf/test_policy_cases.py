"""The cases of the policies: two versions, and exactly what each policy says."""

import json
from pathlib import Path
from typing import Any

import pytest

from registry.domain.formats.protobuf.policies import POLICIES
from registry.domain.formats.protobuf.policy_rules import POLICY_RULES, REUSE
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.rules import Violation
from tests.suites.policy_cases import CASES, FOLDERS, case_id, version

# What a rule needs beside the latest version has tests of its own.
WITH_CASES = POLICY_RULES.keys() - {rule.id for rule in REUSE}


def told(candidate: ProtobufSchema, earlier: ProtobufSchema) -> dict[str, Any]:
    found = {
        name: policy.against_latest(candidate, earlier)
        for name, policy in POLICIES.items()
    }
    every = {
        (each.rule.id, each.path): each for some in found.values() for each in some
    }
    return {
        "policies": {
            name: [each.rule.id for each in some] for name, some in found.items()
        },
        "violations": [as_json(each) for _, each in sorted(every.items())],
    }


def as_json(violation: Violation) -> dict[str, str]:
    return {
        "rule": violation.rule.id,
        "path": violation.path,
        "element": violation.element,
        "candidate": spelled(violation.reader_spot),
        "earlier": spelled(violation.writer_spot),
        "wire": violation.wire("new", "old"),
        "message": violation.message("the new schema", "version 3"),
    }


def spelled(spot: Any) -> str:
    return f"{spot.source}:{spot.pointer}" if spot.source else spot.pointer


@pytest.mark.parametrize("case", FOLDERS, ids=case_id)
def test_given_two_versions_when_held_to_policies_then_exactly_what_is_expected(case):
    said = told(version(case, "candidate"), version(case, "earlier"))

    assert said == json.loads((case / "expect.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("rule_id", sorted(WITH_CASES))
def test_given_a_policy_rule_when_its_cases_are_read_then_some_fire_and_some_do_not(
    rule_id,
):
    fires = {
        rule_id in {each["rule"] for each in read(path)["violations"]}
        for path in CASES.glob(f"{rule_id}/*/expect.json")
    }

    assert fires == {True, False}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
