"""`wirepact explain` and `wirepact schema`."""

import json
import re

import jsonschema_rs
import pytest
from click.testing import CliRunner

from registry.cli.explain import explain
from registry.cli.schema import schema
from registry.domain.formats.protobuf.policy_rules import POLICY_RULES
from registry.gate import catalogue, lint_rules, policies, waivers
from registry.gate import rules as gate
from registry.gate.policy_packs import POLICIES
from registry.gate.writers.writing import Form, write
from tests.unit.docs.reference_pages import RULES
from tests.unit.gate.reports import a_located, a_report


def said(command, *arguments):
    return CliRunner().invoke(command, [*arguments])


@pytest.mark.parametrize("name", sorted(catalogue.rules()))
def test_every_rule_is_explained_in_full(name):
    rule = catalogue.rules()[name]

    told = " ".join(said(explain, name).stdout.split())

    facts = (f"{title}: {text}" for title, text in rule.facts)
    for part in (name, rule.purpose, f"Why: {rule.why}", *facts):
        assert " ".join(part.split()) in told
    assert rule.purpose
    assert rule.why
    assert rule.facts


@pytest.mark.parametrize("rule", [*RULES.values(), *POLICY_RULES.values()])
def test_no_message_of_a_rule_is_explained_with_gaps(rule):
    assert not re.search(r"\{\w+\}", catalogue.told_as(rule))


def test_the_catalogue_has_every_rule_of_the_reference():
    tables = (RULES, POLICY_RULES, lint_rules.every(), POLICIES, gate.RULES)
    waiving = {each.id for each in waivers.RULES}

    assert waiving.union([policies.BROKEN], *tables) <= {*catalogue.rules()}


@pytest.mark.parametrize("typed", ["avro_name_mismatch", " AVRO-NAME-MISMATCH "])
def test_given_an_id_in_another_spelling_when_explained_then_it_is_found(typed):
    assert said(explain, typed).stdout.startswith("AVRO_NAME_MISMATCH\n")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("READER_FIELD_MISSING_DEFAULT_VALUE", "AVRO_READER_FIELD_MISSING_DEFAULT_VAL"),
        ("AVRO_NAME_MISSMATCH", "AVRO_NAME_MISMATCH"),
        ("FIELD_NO_DELET", "FIELD_NO_DELETE"),
    ],
)
def test_given_an_unknown_id_when_explained_then_the_nearest_is_named(typed, meant):
    result = said(explain, typed)

    assert result.exit_code == 2
    assert result.stderr.startswith(f"there is no rule {typed}; did you mean ")
    assert meant in result.stderr


@pytest.mark.parametrize("typed", ["", "\x1b[2J", "é" * 10_000, "%s"])
def test_given_nonsense_when_explained_then_the_answer_is_one_short_line(typed):
    result = said(explain, typed)

    assert result.exit_code == 2
    assert len(result.stderr) < 400
    assert result.stderr.rstrip("\n").isprintable()


def test_given_a_rule_of_a_policy_when_explained_then_the_policies_are_named():
    assert (
        "Held by: WIRE"
        in said(explain, "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED").stdout
    )


def test_given_no_id_when_explained_then_every_rule_is_listed():
    listed = said(explain).stdout

    assert all(f"  {name}: " in listed for name in catalogue.rules())


def test_the_printed_schema_is_that_of_the_reports():
    printed = json.loads(said(schema, "report").stdout)

    jsonschema_rs.validator_for(printed).validate(
        json.loads(write(a_report(a_located()), Form.JSON))
    )
