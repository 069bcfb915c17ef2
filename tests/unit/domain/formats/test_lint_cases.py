"""The cases of lint: one schema, and exactly what one rule says of it."""

import json

import pytest

from registry.domain.lint import LintLevel, chosen
from registry.domain.model import SchemaType
from registry.gate.languages.board import LANGUAGES
from registry.gate.lint_rules import every
from tests.suites.lint_cases import CASES, FOLDERS, case_id, found

RULES = sorted(rule.id for each in LANGUAGES.values() for rule in each.RULES)


@pytest.mark.parametrize("case", FOLDERS, ids=case_id)
def test_given_a_schema_when_linted_then_the_rule_says_exactly_what_is_expected(case):
    assert found(case) == json.loads((case / "expect.json").read_text("utf-8"))


@pytest.mark.parametrize("rule_id", RULES)
def test_given_a_lint_rule_when_its_cases_are_read_then_some_fire_and_some_do_not(
    rule_id,
):
    fires = {
        bool(json.loads(path.read_text("utf-8")))
        for path in CASES.glob(f"*/{rule_id}/*/expect.json")
    }

    assert fires == {True, False}


def test_given_the_tables_when_listed_then_each_id_stands_once():
    assert len(RULES) == len(set(RULES))
    assert set(RULES) < every().keys()


@pytest.mark.parametrize(
    "rules", [each.RULES for each in LANGUAGES.values()], ids=[*LANGUAGES]
)
def test_given_a_level_when_rules_are_chosen_then_a_higher_one_has_more(rules):
    minimal, standard, strict = ({*chosen(rules, level)} for level in LintLevel)

    assert minimal < standard < strict


def test_given_a_rule_that_is_off_when_it_is_named_then_it_is_chosen():
    protobuf = LANGUAGES[SchemaType.PROTOBUF].RULES

    usual = chosen(protobuf, LintLevel.STRICT)
    named = chosen(protobuf, LintLevel.MINIMAL, frozenset({"SERVICE_SUFFIX"}))

    assert "SERVICE_SUFFIX" not in {rule.id for rule in usual}
    assert "SERVICE_SUFFIX" in {rule.id for rule in named}


@pytest.mark.parametrize("rule", every().values(), ids=lambda rule: rule.id)
def test_given_a_rule_when_it_is_read_then_it_says_what_and_why_in_sentences(rule):
    assert rule.purpose.endswith(".")
    assert rule.why.endswith(".")
