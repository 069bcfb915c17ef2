"""Of two findings with one cause one is told: the more severe, else the language's."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.rules import Rule, Severity
from registry.gate import catalogue, doubles, rules
from registry.gate.doubles import SAME
from registry.gate.report import Kind, Located

PAIRS = [(one, other) for one, others in SAME.items() for other in sorted(others)]


def a_finding(
    rule: str,
    severity: Severity = Severity.ERROR,
    contract: str = "orders",
    element: str = "Order.price",
) -> Located:
    found = rules.found(
        Rule(rule, "", "", "", "", severity),
        Kind.POLICY,
        PurePosixPath("schema.avsc"),
        "it rounds",
        contract=contract,
        schema_type=SchemaType.AVRO,
        place=Place(1, 1, 1, 2),
    )
    return replace(found, finding=replace(found.finding, path=element))


def told(*findings: Located) -> list[str]:
    return [each.finding.rule for each in doubles.once(findings)]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_every_pair_is_of_rules_that_there_are(one, other):
    assert catalogue.find(one) is not None
    assert catalogue.find(other) is not None


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_given_both_as_severe_then_what_the_language_says_is_told(one, other):
    assert told(a_finding(one), a_finding(other)) == [other]
    assert told(a_finding(other), a_finding(one)) == [other]


def test_given_one_more_severe_then_that_is_told():
    mild = a_finding("AVRO_FIELD_DOC", Severity.WARNING)

    assert told(mild, a_finding("FIELD_DOC_REQUIRED")) == ["FIELD_DOC_REQUIRED"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"element": "Order.total"}, id="of another element"),
        pytest.param({"contract": "payments"}, id="of another contract"),
    ],
)
def test_given_two_causes_then_both_are_told(other):
    found = a_finding("MONEY_NOT_FLOAT"), a_finding("AVRO_NO_FLOAT_MONEY", **other)

    assert told(*found) == ["MONEY_NOT_FLOAT", "AVRO_NO_FLOAT_MONEY"]


def test_given_one_alone_then_it_is_told():
    assert told(a_finding("MONEY_NOT_FLOAT")) == ["MONEY_NOT_FLOAT"]
