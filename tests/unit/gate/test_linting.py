"""Lint of a contract: what is told where, and what is passed by."""

import json
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from registry.application.parsing import Source
from registry.domain.errors import InvalidSchemaError
from registry.domain.lint import Case, LintLevel
from registry.domain.model import SchemaType
from registry.domain.rules import Severity
from registry.domain.schema import Strictness
from registry.gate import contracts, lint_settings, manifests
from registry.gate.contracts import Contract
from registry.gate.lint_settings import LintSettings, PathIgnore
from registry.gate.linting import Linted, lint
from registry.gate.manifests import ManifestError
from registry.gate.members import Members
from registry.gate.report import Kind
from tests.suites.lint_cases import ENGINE
from tests.unit.gate.builders import a_manifest

FILE = PurePosixPath("contracts/shop/order/schema.avsc")
IN_FOLDER = PurePosixPath("shop/order/schema.avsc")
CAMEL = "AVRO_FIELD_SNAKE_CASE"
STANDARD = LintSettings()


def a_schema(*fields: dict[str, object], **more: object) -> str:
    record = {"type": "record", "name": "Order", "namespace": "shop", "doc": "One."}
    return json.dumps({**record, **more, "fields": fields}, indent=1)


def a_field(name: Any = "orderId", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "string", "doc": "Names it.", **more}


def a_linted(text: str, language: str = "AVRO", **said: object) -> Linted:
    document = {**a_manifest(format=language), **said}
    manifest = manifests.parse(Path("contract.yaml"), json.dumps(document))
    names = contracts.names_of(manifest, text, ENGINE)
    contract = Contract(manifest, text, None, names.name, names.needs)
    return Linted(contract, FILE, IN_FOLDER, Source(SchemaType(language), text))


def found(linted: Linted, settings: LintSettings = STANDARD) -> list[str]:
    return [each.finding.rule for each in lint(linted, ENGINE, settings)]


def test_given_a_remark_when_linted_then_it_is_told_with_line_and_column():
    (only,) = lint(a_linted(a_schema(a_field())), ENGINE, LintSettings())

    assert (only.kind, only.file) == (Kind.LINT, FILE)
    assert only.finding.rule == CAMEL
    assert only.finding.path == "Order.orderId"
    assert (only.finding.location.line, only.finding.location.column) == (8, 4)


def test_given_other_lines_and_words_when_linted_then_the_fingerprint_is_the_same():
    plain = a_linted(a_schema(a_field()))
    moved = a_linted("\n\n" + a_schema(a_field("before"), a_field(doc="Otherwise.")))

    (one,) = lint(plain, ENGINE, LintSettings())
    (other,) = lint(moved, ENGINE, LintSettings())

    assert one.finding.location != other.finding.location
    assert one.finding.fingerprint == other.finding.fingerprint


def test_given_two_remarks_when_linted_then_their_fingerprints_differ():
    linted = a_linted(a_schema(a_field("aB"), a_field("cD"), a_field("eF", doc="")))

    prints = [each.finding.fingerprint for each in lint(linted, ENGINE, LintSettings())]

    assert len({*prints}) == len(prints) == 4


def test_given_camel_case_in_the_settings_when_linted_then_it_is_legal():
    settings = LintSettings(fields=Case.CAMEL)

    assert found(a_linted(a_schema(a_field())), settings) == []


def test_given_a_draft_when_linted_then_all_are_warnings():
    text = a_schema(a_field("price", type="double"))

    (usual,) = lint(a_linted(text), ENGINE, LintSettings())
    (draft,) = lint(a_linted(text, status="draft"), ENGINE, LintSettings())

    assert usual.finding.severity is Severity.ERROR
    assert draft.finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("path", "rules", "is_told"),
    [
        ("shop/*", {CAMEL}, False),
        ("*", set(), False),
        ("shop/*", {"AVRO_FIELD_DOC"}, True),
        ("other/*", {CAMEL}, True),
        ("contracts/*", {CAMEL}, True),
    ],
)
def test_given_an_ignore_for_a_path_when_linted_then_it_holds_there_alone(
    path, rules, is_told
):
    settings = LintSettings(ignores=(PathIgnore(path, frozenset(rules), "Old."),))

    assert (found(a_linted(a_schema(a_field())), settings) == [CAMEL]) is is_told


def test_given_an_inline_ignore_when_linted_then_it_holds_for_what_is_inside():
    inside = {"x-wirepact-ignore": {CAMEL: "named so by the carrier"}}

    on_field = a_linted(a_schema(a_field(**inside), a_field("itsName")))
    on_record = a_linted(a_schema(a_field(), a_field("itsName"), **inside))

    assert found(on_field) == [CAMEL]
    assert found(on_record) == []


@pytest.mark.parametrize("reason", ["", "  ", "--", None, 3])
def test_given_an_inline_ignore_without_a_reason_when_linted_then_it_is_not_followed(
    reason,
):
    text = a_schema(a_field(**{"x-wirepact-ignore": {CAMEL: reason}}))

    assert found(a_linted(text)) == ["LINT_IGNORE_WITHOUT_REASON", CAMEL]


def test_given_inline_ignores_switched_off_when_linted_then_none_is_followed():
    text = a_schema(a_field(**{"x-wirepact-ignore": {CAMEL: "by the carrier"}}))
    settings = LintSettings(allows_inline=False)

    assert found(a_linted(text), settings) == ["LINT_IGNORE_SWITCHED_OFF", CAMEL]


PROTO = """\
syntax = "proto3";
package shop.v1;
// An order.
message Order {{
  // {comment}
  string orderId = 1;
  string itsName = 2;
}}
"""


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (
            "wirepact:ignore FIELD_LOWER_SNAKE_CASE named so by the carrier",
            ["FIELD_LOWER_SNAKE_CASE"],
        ),
        (
            "wirepact:ignore FIELD_LOWER_SNAKE_CASE",
            [
                "LINT_IGNORE_WITHOUT_REASON",
                "FIELD_LOWER_SNAKE_CASE",
                "FIELD_LOWER_SNAKE_CASE",
            ],
        ),
    ],
)
def test_given_a_comment_before_a_field_when_linted_then_it_holds_there(
    comment, expected
):
    linted = a_linted(PROTO.format(comment=comment), "PROTOBUF", domain="shop")

    assert found(replace(linted, file=PurePosixPath("a/schema.proto"))) == expected


def test_given_a_schema_that_cannot_be_registered_when_linted_then_both_are_told():
    text = a_schema(a_field(default=3), a_field("total"))

    refused, remark = lint(a_linted(text), ENGINE, LintSettings())

    assert (refused.kind, refused.finding.rule) == (
        Kind.SCHEMA,
        "AVRO_DEFAULT_MATCHES_TYPE",
    )
    assert refused.finding.severity is Severity.ERROR
    assert remark.finding.rule == CAMEL


def test_given_a_registry_that_takes_it_when_linted_then_the_remarks_alone_are_told():
    linted = a_linted(a_schema(a_field(default=3), a_field("total")))

    lenient = replace(linted, strictness=Strictness.LENIENT)

    assert found(lenient) == [CAMEL]


def test_given_a_text_that_is_nothing_when_linted_then_that_alone_is_told():
    linted = a_linted(a_schema(a_field()))
    source = replace(linted.source, text='{"type": "record"}')

    (only,) = lint(replace(linted, source=source), ENGINE, LintSettings())

    assert only.finding.rule == "CONTRACT_INVALID_SCHEMA"
    with pytest.raises(InvalidSchemaError):
        ENGINE.parse(source)


def test_given_an_optional_field_when_linted_then_the_fix_sets_it_right():
    linted = a_linted(a_schema(a_field("note", type=["null", "string"])))

    (only,) = lint(linted, ENGINE, LintSettings())
    (fix,) = only.finding.fixes
    mended = replace(linted, source=replace(linted.source, text=fix.schema))

    assert only.finding.rule == "AVRO_OPTIONAL_HAS_DEFAULT"
    assert json.loads(fix.schema)["fields"][0]["default"] is None
    assert found(mended) == []


def settings_of(text: str) -> LintSettings:
    return lint_settings.of(Members.of(Path("registry.yaml"), text))


def test_given_settings_when_read_then_all_is_taken_over():
    said = """
lint:
  level: STRICT
  naming: {fields: camelCase}
  use: [SERVICE_SUFFIX]
  inlineIgnores: false
  ignore:
    - {path: "old/*", rules: [AVRO_FIELD_DOC], reason: Goes in May.}
"""

    assert settings_of(said) == LintSettings(
        LintLevel.STRICT,
        Case.CAMEL,
        frozenset({"SERVICE_SUFFIX"}),
        (PathIgnore("old/*", frozenset({"AVRO_FIELD_DOC"}), "Goes in May."),),
        allows_inline=False,
    )


@pytest.mark.parametrize(
    ("said", "reason", "line"),
    [
        ("lint: {levle: STRICT}", "unknown member 'levle'; did you mean 'level'?", 1),
        ("lint:\n  level: HIGH", "level: expected one of MINIMAL, STANDARD", 2),
        ("lint:\n  use: [NOT_A_RULE]", "unknown rule 'NOT_A_RULE'", 2),
        ("lint:\n  inlineIgnores: 1", "expected true or false, found '1'", 2),
        ("lint:\n  ignore:\n    - {path: a, rules: []}", "expected a text 'rea", 3),
        ("lint:\n  ignore: [a]", "ignore: expected a mapping, found 'a'", 2),
        ("lint: []", "lint: expected a mapping, found a list", 1),
    ],
)
def test_given_settings_that_are_none_when_read_then_it_is_told_where(
    said, reason, line
):
    with pytest.raises(ManifestError) as caught:
        settings_of(said)

    assert reason in caught.value.reason
    assert caught.value.place.line == line
