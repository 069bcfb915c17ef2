"""The wire's messages: their order, their tail, and where a check stops."""

import json

import pytest

from registry.application.cases import Candidate, Earlier
from registry.application.compatibility import check
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.levels import Level
from registry.domain.model import SchemaType
from registry.domain.promises import Promise

AVRO = AvroFormat()


def a_record(**fields):
    given = [{"name": name, "type": kind} for name, kind in fields.items()]
    return AVRO.parse(json.dumps({"type": "record", "name": "R", "fields": given}))


def checked(candidate, history, level):
    earlier = [
        Earlier(number, number, SchemaType.AVRO, schema)
        for number, schema in enumerate(history, start=1)
    ]
    new = Candidate("s", SchemaType.AVRO, candidate)
    return check(AVRO, new, earlier, Promise(level))


def kinds(verdict):
    """Return what each message is about: a difference type or the name of its line."""
    return [
        text.strip("{").split("'")[1]
        if "errorType" in text
        else text.strip("{").split(":")[0]
        for text in verdict.messages
    ]


def test_given_an_empty_history_when_checked_then_it_is_compatible():
    assert checked(a_record(a="int"), [], Level.FULL_TRANSITIVE).is_compatible


def test_given_a_break_under_none_when_checked_then_it_is_compatible():
    assert checked(a_record(a="int"), [a_record(a="string")], Level.NONE).is_compatible


def test_given_a_backward_break_when_checked_then_the_messages_are_confluents():
    old = a_record(a="int")

    verdict = checked(a_record(a="int", b="int"), [old], Level.BACKWARD)

    assert verdict.messages == (
        "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'b'"
        " at path '/fields/1' in the new schema has no default value and is missing in"
        " the old schema', additionalInfo:'b'}",
        "{oldSchemaVersion: 1}",
        f"{{oldSchema: '{old.canonical}'}}",
        "{validateFields: 'false', compatibility: 'BACKWARD'}",
    )


def test_given_a_forward_break_when_checked_then_new_and_old_change_places():
    verdict = checked(a_record(), [a_record(a="int")], Level.FORWARD)

    assert verdict.messages[0].endswith(
        "'/fields/0' in the old schema has no default value and is missing in the new"
        " schema', additionalInfo:'a'}"
    )


def test_given_breaks_both_ways_when_checked_then_forward_comes_first():
    verdict = checked(a_record(b="int"), [a_record(a="int")], Level.FULL)

    assert [text[-3:-2] for text in verdict.messages[:2]] == ["a", "b"]
    assert kinds(verdict)[2:] == ["oldSchemaVersion", "oldSchema", "validateFields"]


def test_given_only_a_forward_break_under_full_then_the_old_schema_is_not_shown():
    verdict = checked(a_record(), [a_record(a="int")], Level.FULL)

    assert kinds(verdict) == ["READER_FIELD_MISSING_DEFAULT_VALUE", "validateFields"]


@pytest.mark.parametrize(
    ("level", "expected"),
    [(Level.BACKWARD, True), (Level.BACKWARD_TRANSITIVE, False)],
)
def test_given_a_break_with_an_old_version_when_checked_then_the_reach_decides(
    level, expected
):
    history = [a_record(), a_record(a="int")]

    assert checked(a_record(a="int"), history, level).is_compatible is expected


def test_given_two_versions_that_fail_when_checked_then_only_the_newest_is_told():
    history = [a_record(a="string"), a_record(a="boolean")]

    verdict = checked(a_record(a="int"), history, Level.BACKWARD_TRANSITIVE)

    assert "{oldSchemaVersion: 2}" in verdict.messages
    assert "{oldSchemaVersion: 1}" not in verdict.messages


def test_given_another_schema_language_when_checked_then_that_alone_is_told():
    earlier = [Earlier(1, 1, SchemaType.JSON, a_record())]
    candidate = Candidate("s", SchemaType.AVRO, a_record())

    verdict = check(AVRO, candidate, earlier, Promise(Level.FULL))

    assert verdict.messages == (
        "Incompatible because of different schema type",
        "{validateFields: 'false', compatibility: 'FULL'}",
    )


def test_given_a_long_old_schema_when_checked_then_its_first_ten_kib_are_shown():
    old = AVRO.parse(
        json.dumps({"type": "fixed", "name": "F", "size": 1, "note": "x" * 20_000})
    )

    verdict = checked(a_record(), [old], Level.BACKWARD)

    (shown,) = [text for text in verdict.messages if text.startswith("{oldSchema:")]
    assert shown == f"{{oldSchema: <truncated> '{old.canonical[:10_240]}...'}}"
