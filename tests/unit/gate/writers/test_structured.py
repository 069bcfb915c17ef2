"""Our own JSON, and the schema that is printed of it."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given

from registry.domain.levels import Direction, Level
from registry.domain.verdict import Checked
from registry.gate.report import App
from registry.gate.writers.shape import SHAPE
from registry.gate.writers.writing import Form, write
from tests.strategies import reports as made
from tests.unit.gate.reports import a_located, a_report, a_waiver


def closed(schema):
    """Return a schema that knows no other keys than those it names."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(each) for key, each in schema.items()}
    if isinstance(schema.get("properties"), dict):
        return {**inner, "additionalProperties": False}
    return inner


AS_PUBLISHED = Path(__file__).parents[3] / "cases" / "reports" / "schema-1.json"
"""The schema of version 1 as it was printed first; it stays as it is."""

VALIDATOR = jsonschema_rs.validator_for(closed(json.loads(json.dumps(SHAPE))))


@made.FEW
@given(made.reports())
def test_every_report_fits_its_schema_to_the_last_key(report):
    VALIDATOR.validate(json.loads(write(report, Form.JSON)))


@made.FEW
@given(made.reports())
def test_given_the_schema_as_it_was_first_when_validated_then_every_report_still_fits(
    report,
):
    before = jsonschema_rs.validator_for(json.loads(AS_PUBLISHED.read_text("utf-8")))

    before.validate(json.loads(write(report, Form.JSON)))


@made.FEW
@given(made.reports())
def test_names_and_texts_are_told_as_they_are(report):
    said = json.loads(write(report, Form.JSON))

    for told, located in zip(said["findings"], report.findings, strict=True):
        for text, original in (
            (told["message"], located.finding.message),
            (told["file"], str(located.file)),
            (told["why"], located.finding.why),
        ):
            # Only half a surrogate pair is none of JSON's characters.
            assert text == original.encode("utf-8", "backslashreplace").decode()


def test_given_a_waived_finding_when_written_then_it_passes_with_its_waiver():
    said = json.loads(write(a_report(a_located(waived=a_waiver())), Form.JSON))

    assert said["passed"] is True
    assert said["counts"] == {"errors": 0, "warnings": 0, "waived": 1}
    assert said["findings"][0]["waiver"] == {
        "file": "contracts/waivers/currency.yaml",
        "reason": "all readers were updated",
        "approved_by": ["ana@example.com"],
        "expires": "2027-01-31",
    }


def test_a_finding_says_what_was_compared_and_what_mends_it():
    said = json.loads(write(a_report(a_located()), Form.JSON))

    (finding,) = said["findings"]
    assert said["passed"] is False
    assert finding["location"] == {
        "line": 2,
        "col": 3,
        "endLine": 2,
        "endCol": 21,
        "pointer": "/fields/1",
    }
    assert finding["checked"]["against"] == [3]
    assert finding["fixes"][0]["edits"][0]["text"] == ', "default": ""'


def fix_of(**given):
    said = json.loads(write(a_report(a_located(**given)), Form.JSON))
    return said["findings"][0]["fixes"][0]


def checked(level):
    return Checked(level, Direction.BACKWARD, (3,))


@pytest.mark.parametrize(
    ("given", "is_safe"),
    [
        ({"checked": checked(Level.BACKWARD)}, True),
        ({"checked": checked(Level.FULL)}, True),
        ({"checked": checked(Level.BACKWARD_TRANSITIVE)}, False),
        ({"checked": checked(Level.NONE)}, True),
        ({"checked": None}, False),
    ],
)
def test_given_a_fix_when_written_then_it_is_safe_if_the_level_is_kept_by_it_alone(
    given, is_safe
):
    # It was tried, and reaches FULL.
    assert fix_of(**given)["safe"] is is_safe


def test_an_edit_of_a_fix_names_its_file():
    (edit,) = fix_of()["edits"]

    assert edit["file"] == "contracts/orders/order-created/schema.avsc"


def test_given_known_readers_when_written_then_each_break_names_them():
    apps = (App("billing", "team-billing", "prod", "1.8.0"), App("fraud"))
    said = json.loads(write(a_report(a_located(apps=apps)), Form.JSON))

    (broken,) = said["findings"][0]["broken"]
    assert broken["apps"] == [
        {"app": "billing", "team": "team-billing", "env": "prod", "version": "1.8.0"},
        {"app": "fraud", "team": None, "env": None, "version": None},
    ]


def test_given_no_known_readers_when_written_then_the_list_is_empty():
    said = json.loads(write(a_report(a_located()), Form.JSON))

    assert said["findings"][0]["broken"][0]["apps"] == []


@pytest.mark.parametrize("key", ["version", "findings", "passed"])
def test_given_a_report_without_a_key_when_validated_then_it_is_none(key):
    said = json.loads(write(a_report(a_located()), Form.JSON))
    del said[key]

    assert not jsonschema_rs.validator_for(SHAPE_AS_PRINTED).is_valid(said)


SHAPE_AS_PRINTED = json.loads(json.dumps(SHAPE))


def test_the_schema_is_a_schema():
    jsonschema_rs.meta.validate(SHAPE_AS_PRINTED)
