"""The policies held against `buf breaking`."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from registry.domain.formats.protobuf.policies import POLICIES
from registry.domain.formats.protobuf.policy_rules import (
    FILE,
    POLICY_RULES,
    REUSE,
    WIRE,
    WIRE_JSON,
)
from registry.domain.formats.protobuf.schema import ProtobufSchema
from tests.services import buf
from tests.strategies.protobuf_versions import versions
from tests.suites.policy_cases import FOLDERS, case_id, schema, version

RULES = {"WIRE": WIRE, "WIRE_JSON": WIRE_JSON, "FILE": FILE}


@dataclass(frozen=True)
class Difference:
    """Where buf says something else, and why we do not."""

    only_ours: frozenset[str] = frozenset()
    only_bufs: frozenset[str] = frozenset()
    reason: str = ""


_REQUIRED = frozenset({"MESSAGE_SAME_REQUIRED_FIELDS"})

DIFFERENCES = {
    "MESSAGE_SAME_REQUIRED_FIELDS/required-by-a-feature-added": Difference(
        only_ours=_REQUIRED,
        reason="buf looks at the label, which editions have a feature for.",
    ),
    "MESSAGE_SAME_REQUIRED_FIELDS/required-by-a-feature-instead-of-a-label": Difference(
        only_bufs=_REQUIRED,
        reason="buf looks at the label, which editions have a feature for.",
    ),
}


def ours(candidate: ProtobufSchema, earlier: ProtobufSchema) -> frozenset[str]:
    return frozenset(
        each.rule.id
        for policy in POLICIES.values()
        for each in policy.against_latest(candidate, earlier)
    )


@pytest.fixture(scope="module")
def bufs(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, frozenset[str]]:
    """What buf says of each case."""
    pairs = [(version(case, "candidate"), version(case, "earlier")) for case in FOLDERS]
    found = buf.breaking(pairs, tmp_path_factory.mktemp("images"))
    return dict(zip(FOLDERS, found, strict=True))


@pytest.mark.parametrize("case", FOLDERS, ids=case_id)
def test_given_a_case_when_compared_then_buf_names_the_same_rules(case, bufs):
    found = ours(version(case, "candidate"), version(case, "earlier"))

    known = DIFFERENCES.get(case_id(case), Difference())
    assert found - bufs[case] == known.only_ours
    assert bufs[case] - found == known.only_bufs


def test_given_a_difference_when_its_case_is_looked_for_then_it_is_there():
    assert DIFFERENCES.keys() <= {case_id(case) for case in FOLDERS}


@pytest.mark.parametrize("name", sorted(RULES))
def test_given_a_policy_when_listed_then_it_has_the_rules_of_bufs_category(name):
    of_category = {rule for rule, where in buf.rules().items() if name in where}

    assert {rule.id for rule in RULES[name]} == of_category


def test_given_the_table_when_listed_then_only_reuse_is_not_bufs():
    assert POLICY_RULES.keys() - buf.rules().keys() == {rule.id for rule in REUSE}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(versions(), min_size=1, max_size=8))
def test_given_evolved_files_when_compared_then_buf_names_the_same_rules(
    tmp_path, pairs
):
    """Several pairs at once: starting buf is what takes time."""
    versions = [(schema(new), schema(old)) for new, old in pairs]

    found = [ours(*pair) for pair in versions]

    expected = buf.breaking(versions, tmp_path)
    for (new, old), mine, theirs in zip(pairs, found, expected, strict=True):
        event("broken" if mine else "kept")
        note(f"{old}\n-- became --\n{new}\nours: {mine - theirs}, buf: {theirs - mine}")
    assert found == expected
