"""Findings on JSON Schemas: the refusal that most people meet, told with what helps."""

import json

from registry.application.cases import Candidate, Case, Earlier
from registry.application.compatibility import check
from registry.application.explanation import findings
from registry.domain.formats.jsonschema.format import JsonFormat
from registry.domain.levels import Level
from registry.domain.model import SchemaType
from registry.domain.promises import Promise

JSON = JsonFormat()
TEXT = {"type": "string"}


def an_order(*names, **rest):
    properties = dict.fromkeys(names, TEXT)
    value = {"title": "Order", "type": "object", "properties": properties, **rest}
    return json.dumps(value, indent=2)


def a_case(candidate, *history, level=Level.BACKWARD):
    return Case(
        JSON,
        Candidate("orders-value", SchemaType.JSON, JSON.parse(candidate)),
        tuple(
            Earlier(number, number + 100, SchemaType.JSON, JSON.parse(text))
            for number, text in enumerate(history, start=1)
        ),
        Promise(level),
    )


def test_given_a_property_added_to_an_open_object_when_explained_then_fixes_hold():
    case = a_case(an_order("orderId", "currency"), an_order("orderId"))

    (finding,) = findings(case)

    assert finding.rule == "JSON_OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"
    assert finding.path == "Order.currency"
    assert finding.message == (
        "the new schema has a schema for Order.currency, under which version 1, open,"
        " allows anything"
    )
    assert "LENIENT" in finding.why
    assert "'additionalProperties': false" in finding.why
    assert finding.location.pointer == "/properties/currency"
    assert (finding.change.kind, finding.change.old) == ("added", None)
    assert [(each.title, each.result_level) for each in finding.fixes] == [
        ("Let Order.currency be anything: true", Level.FULL_TRANSITIVE),
        ("Leave Order.currency out", Level.FULL_TRANSITIVE),
    ]


def test_given_what_the_finding_offers_when_it_is_submitted_then_it_is_compatible():
    first = an_order("orderId")
    (finding,) = findings(a_case(an_order("orderId", "currency"), first))

    for fix in finding.fixes:
        case = a_case(fix.schema, first)
        assert check(JSON, case.candidate, case.history, case.promise).is_compatible


def test_given_two_causes_when_explained_then_one_fix_mends_both():
    candidate = an_order("orderId", "currency", required=["orderId"])

    first, second = findings(a_case(candidate, an_order("orderId")))

    assert [first.rule, second.rule] == [
        "JSON_REQUIRED_ATTRIBUTE_ADDED",
        "JSON_OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
    ]
    assert first.fixes[-1].title == (
        "All at once: Make Order.orderId optional; Let Order.currency be anything: true"
    )


def test_given_a_break_when_checked_then_the_messages_are_the_reference_s():
    case = a_case(an_order("orderId", "currency"), an_order("orderId"))

    verdict = check(JSON, case.candidate, case.history, case.promise)

    assert verdict.messages[0] == (
        '{errorType:"OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", description:"The'
        " new schema has an open content model and has a property or item at path"
        " '#/properties/currency' which is missing in the old schema'}"
    )


def test_given_a_hole_of_the_comparison_when_explained_then_it_is_a_warning():
    default = {"properties": {"note": {"type": "string", "default": ""}}}
    old, new = default, {**default, "required": ["note"]}

    (finding,) = findings(a_case(json.dumps(new), json.dumps(old)))

    assert finding.rule == "JSON_REQUIRED_UNCHECKED"
    assert finding.severity == "warning"
    assert finding.fixes == ()
