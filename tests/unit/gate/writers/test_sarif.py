"""SARIF, held by the schema of OASIS and by what code scanning demands besides."""

import json
from functools import cache
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given

from registry.domain.rules import Severity
from registry.gate.writers import sarif
from registry.gate.writers.escaping import as_bytes
from registry.gate.writers.writing import Form, write
from tests.strategies import reports as made
from tests.unit.gate.formats import validator
from tests.unit.gate.reports import a_located, a_report, a_waiver

official = cache(validator)


def run_of(report):
    return json.loads(write(report, Form.SARIF))["runs"][0]


@made.FEW
@given(made.reports())
def test_every_report_is_valid_by_the_official_schema(report):
    official("sarif-schema-2.1.0.json").validate(json.loads(write(report, Form.SARIF)))


@made.FEW
@given(made.reports())
def test_every_result_names_its_rule_its_file_and_whether_it_is_suppressed(report):
    run = run_of(report)
    rules = run["tool"]["driver"]["rules"]

    for result, located in zip(run["results"], report.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        name = unquote_to_bytes(place["artifactLocation"]["uri"])
        assert name == as_bytes(str(located.file))
        assert place["region"]["startLine"] >= 1
        assert "](" not in result["message"]["text"]
        for fix in result["fixes"]:
            assert "](" not in fix["description"]["text"]
        for earlier in result["relatedLocations"]:
            assert earlier["physicalLocation"]["artifactLocation"]["uri"]
            assert "](" not in earlier["message"]["text"]
        assert bool(result["suppressions"]) == (located.waived is not None)


def test_given_a_finding_when_written_then_nothing_is_lost():
    run = run_of(a_report(a_located()))

    (result,) = run["results"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert result["level"] == "error"
    assert result["message"]["text"] == (
        "the new schema reads field 'currency', which version 3 does not write."
        " Breaks new readers of old data: cannot read version 3 (BACKWARD)."
    )
    assert result["partialFingerprints"] == {"contract/v1": "9f31c2" + "0" * 58}
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {
                "startLine": 3,
                "startColumn": 19,
                "endLine": 3,
                "endColumn": 19,
            },
            "insertedContent": {"text": ', "default": ""'},
        }
    ]
    (earlier,) = result["relatedLocations"]
    assert earlier["physicalLocation"] == {
        "artifactLocation": {
            "uri": "contracts/orders/order-created/schema.avsc",
            "uriBaseId": "%SRCROOT%",
        },
        "region": {"startLine": 4},
    }


def test_a_rule_helps_with_the_text_of_explain():
    (rule,) = run_of(a_report(a_located()))["tool"]["driver"]["rules"]

    assert rule["name"] == "AvroReaderFieldMissingDefaultValue"
    assert rule["helpUri"] == (
        "https://wirepact.readthedocs.io/en/stable/reference/rules/"
        "#AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"
    )
    assert "Source: Avro 1.12 specification" in rule["help"]["text"]


def test_given_a_rule_without_a_row_when_written_then_its_finding_speaks_for_it():
    (rule,) = run_of(a_report(a_located(rule="OWN", why="we say so")))["tool"][
        "driver"
    ]["rules"]

    assert rule["fullDescription"]["text"] == "we say so"


def test_given_a_waived_finding_when_written_then_it_is_suppressed_with_the_reason():
    live = a_located(severity=Severity.WARNING, path="Order.other")

    results = run_of(a_report(a_located(waived=a_waiver()), live))["results"]

    assert results[0]["suppressions"] == []
    (suppression,) = results[1]["suppressions"]
    assert suppression["justification"].startswith("waived until 2027-01-31 by ana")


@pytest.mark.parametrize("old_file", ["registry:orders-value", "registry:a@1234"])
def test_given_an_earlier_text_that_is_no_file_when_written_then_it_is_told_in_words(
    old_file,
):
    (result,) = run_of(a_report(a_located(old_file=old_file)))["results"]

    # Code scanning refuses a log with a location that is none in a file.
    assert result["relatedLocations"] == []
    assert f"Before: version 3 in {old_file}, line 4." in result["message"]["text"]


def test_given_more_findings_than_a_run_may_have_when_written_then_they_are_counted(
    monkeypatch,
):
    monkeypatch.setattr(sarif, "MOST_RESULTS", 20)

    run = run_of(a_report(findings=(a_located(),) * 27))

    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert len(run["results"]) == 20
    assert note["message"]["text"] == (
        "note: 7 more findings have no room in this file"
    )
