"""Differences that are too many to list: that is told, and nobody accepts it unseen."""

import json
from datetime import date

import pytest

from registry.application.accepting import accepting
from registry.application.cases import Candidate, Case, Earlier
from registry.application.compatibility import check
from registry.application.explanation import findings
from registry.application.ledger import Ledger
from registry.application.parsing import Source
from registry.compiler.in_place import InPlaceCompiler
from registry.domain.levels import Level
from registry.domain.model import SchemaType
from registry.domain.promises import Promise
from registry.domain.verdict import Finding
from registry.domain.waivers import Waiver
from registry.engine import engine

PARSING = engine(InPlaceCompiler)
MANY = 1_100


def avro(*inside: str, last: str = "string") -> str:
    """Return a record with many uses of another one, and one field after them."""
    fields = [{"name": each, "type": "int"} for each in inside]
    item = {"type": "record", "name": "Item", "fields": fields}
    uses = [item, *["Item"] * MANY]
    named = [{"name": f"f{n}", "type": each} for n, each in enumerate(uses)]
    named.append({"name": "last", "type": last})
    return json.dumps({"type": "record", "name": "R", "fields": named})


def json_schema(of_item: str, last: str) -> str:
    uses = {f"f{n}": {"$ref": "#/definitions/item"} for n in range(MANY)}
    return json.dumps(
        {
            "type": "object",
            "properties": {**uses, "last": {"type": last}},
            "definitions": {"item": {"type": of_item}},
        }
    )


def protobuf(of_fields: str, last: str) -> str:
    fields = "".join(f" {of_fields} f{n} = {n};" for n in range(1, MANY))
    return f'syntax = "proto3"; message M {{{fields} {last} last = {MANY}; }}'


LANGUAGES = [
    (SchemaType.AVRO, avro("a"), avro("a", "b", last="int")),
    (
        SchemaType.JSON,
        json_schema("string", "string"),
        json_schema("integer", "integer"),
    ),
    (SchemaType.PROTOBUF, protobuf("int32", "int32"), protobuf("string", "string")),
]


def a_case(language: SchemaType, old: str, new: str, ledger: Ledger | None = None):
    def parsed(text: str):
        return PARSING.parse(Source(language, text))

    earlier = Earlier(1, 1, language, parsed(old))
    candidate = Candidate("s", language, parsed(new))
    form, promise = PARSING.format(language), Promise(Level.BACKWARD)
    return Case(form, candidate, (earlier,), promise, ledger or Ledger())


def a_waiver(finding: Finding) -> Waiver:
    return Waiver(
        finding.fingerprint, finding.rule, "It is fine.", ("ana",), date(2026, 1, 1)
    )


@pytest.mark.parametrize(("language", "old", "new"), LANGUAGES)
def test_given_more_differences_than_are_listed_when_checked_then_that_is_told(
    language, old, new
):
    case = a_case(language, old, new)

    verdict = check(case.form, case.candidate, case.history, case.promise, case.ledger)

    assert "More differences were found than are listed" in verdict.messages


def test_given_waivers_of_all_that_is_listed_when_more_is_broken_then_it_is_refused():
    told = findings(a_case(*LANGUAGES[0]))
    listed = [a_waiver(each) for each in told if each.rule != "DIFFERENCES_LEFT_OUT"]

    assert {each.rule for each in told} == {
        "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE",
        "DIFFERENCES_LEFT_OUT",
    }
    assert accepting(listed, told) == ()


def test_given_a_waiver_of_what_is_not_listed_then_it_accepts_that_text_alone():
    told = findings(a_case(*LANGUAGES[0]))
    waivers = [a_waiver(each) for each in told]
    other = findings(a_case(SchemaType.AVRO, avro("a"), avro("a", "b", last="long")))

    assert {each.rule for each in other} == {each.rule for each in told}
    assert accepting(waivers, told)
    assert accepting(waivers, other) == ()


def test_given_a_waiver_of_what_was_not_compared_then_it_accepts_that_text_alone():
    def of(text: str):
        return findings(a_case(SchemaType.AVRO, avro("a"), text, Ledger(0)))

    (one,), (other,) = of(avro("a", last="int")), of(avro("a", last="long"))
    waiver = a_waiver(one)

    assert one.rule == other.rule == "HISTORY_TOO_LARGE"
    assert accepting([waiver], [one]) == (waiver,)
    assert accepting([waiver], [other]) == ()


def test_given_few_differences_when_checked_then_nothing_is_said_to_be_left_out():
    told = findings(a_case(SchemaType.AVRO, avro("a"), avro("a", last="int")))

    assert [each.rule for each in told] == ["AVRO_TYPE_MISMATCH"]
