"""Policies: what each of those that come along demands, and those of users."""

import copy
import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from registry.application.parsing import Source
from registry.domain.model import SchemaType
from registry.domain.rules import Severity
from registry.domain.schema import Strictness
from registry.gate import contract_model, contracts, manifests, policies
from registry.gate.consumers import Consumer
from registry.gate.contracts import Contract
from registry.gate.example_values import Example
from registry.gate.manifests import ManifestError
from registry.gate.members import Members
from registry.gate.policies import Judged, PolicySettings, judge
from registry.gate.policy_packs import PACKS, POLICIES
from registry.gate.report import Located
from tests.suites.lint_cases import ENGINE

EVERY = PolicySettings(tuple(POLICIES.values()))
MANIFEST = PurePosixPath("contracts/shop/order/contract.yaml")
SCHEMA = PurePosixPath("contracts/shop/order/schema.avsc")

RECORD: dict[str, Any] = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "doc": "An order.",
    "fields": [
        {"name": "order_id", "type": "string", "doc": "Names it."},
        {"name": "correlation_id", "type": "string", "doc": "Ties it."},
        {
            "name": "created_at",
            "type": {"type": "long", "logicalType": "timestamp-millis"},
            "doc": "When.",
        },
        {"name": "email", "type": "string", "doc": "Whose."},
    ],
}
DOCUMENT: dict[str, Any] = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "shop.order",
    "version": "1.0.0",
    "status": "active",
    "description": {"purpose": "Says that something was ordered."},
    "team": {"name": "team-shop"},
    "support": [{"channel": "#shop"}],
    "schema": [
        {
            "name": "Order",
            "physicalName": "shop.order.v1",
            "properties": [{"name": "email", "classification": "confidential"}],
        }
    ],
    "slaProperties": [{"property": "retention", "value": 30, "unit": "d"}],
    "roles": [{"role": "consumer", "firstLevelApprovers": "team-shop"}],
    "customProperties": [
        {
            "property": "registry",
            "value": {
                "subject": "shop.order.v1-value",
                "schemaFile": "schema.avsc",
                "compatibility": "BACKWARD",
            },
        }
    ],
}
EXAMPLE = Example("examples/valid/one.json", '{"order_id": "1"}', is_valid=True)


def a_judged(
    document: dict[str, Any] = DOCUMENT,
    record: dict[str, Any] = RECORD,
    examples: tuple[Example, ...] = (EXAMPLE,),
    earlier: dict[str, Any] | None = None,
    consumers: tuple[Consumer, ...] = (),
) -> Judged:
    manifest = manifests.parse(Path("contract.yaml"), json.dumps(document, indent=1))
    text = json.dumps(record, indent=1)
    names = contracts.names_of(manifest, text, ENGINE)
    contract = Contract(manifest, text, manifest.level, names.name, names.needs)
    schema = ENGINE.parse(Source(SchemaType.AVRO, text), Strictness.LENIENT)
    model = contract_model.of(contract, schema, examples, consumers)
    before = None if earlier is None else contract_model.said(earlier)
    folder = PurePosixPath("shop/order/contract.yaml")
    return Judged(contract, MANIFEST, SCHEMA, folder, model, schema, before)


def said(judged: Judged, settings: PolicySettings = EVERY) -> list[Located]:
    return [*judge(judged, settings)]


def rules(judged: Judged, settings: PolicySettings = EVERY) -> set[str]:
    return {each.finding.rule for each in said(judged, settings)}


def without(key: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        del document[key]

    return change


def with_registry(**values: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document["customProperties"][0]["value"].update(values)

    return change


def with_(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.update(values)


def deprecated(*, support: str, life: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document["status"] = "deprecated"
        document["slaProperties"] += [
            {"property": "endOfSupport", "value": support},
            {"property": "endOfLife", "value": life},
        ]

    return change


def with_topic(document: dict[str, Any]) -> None:
    document["schema"][0]["physicalName"] = "Shop_Order"
    with_registry(subject="Shop_Order-value")(document)


def unclassified(document: dict[str, Any]) -> None:
    document["schema"][0]["properties"][0] = {"name": "email", "tags": ["PII"]}


DOCUMENTS: dict[str, list[Callable[[dict[str, Any]], None]]] = {
    "OWNER_REQUIRED": [without("team"), with_(team={"members": []})],
    "CONTACT_REQUIRED": [without("support"), with_(support=[{"tool": "slack"}])],
    "STATUS_REQUIRED": [with_(status="live")],
    "LEVEL_MINIMUM": [with_registry(compatibility="NONE")],
    "SUBJECT_MATCHES_TOPIC": [with_registry(subject="order-value")],
    "SUNSET_NOTICE": [
        with_(status="deprecated"),
        deprecated(support="2026-01-01", life="2026-03-31"),
        deprecated(support="soon", life="later"),
    ],
    "PURPOSE_REQUIRED": [without("description")],
    "TOPIC_NAME_PATTERN": [with_topic],
    "RETENTION_SET": [with_(slaProperties=[])],
    "CLASSIFICATION_REQUIRED": [unclassified],
    "APPROVERS_REQUIRED": [without("roles"), with_(roles=[{"role": "x"}])],
}
RECORDS: dict[str, Callable[[dict[str, Any]], None]] = {
    "MONEY_NOT_FLOAT": lambda record: record["fields"].append(
        {"name": "price", "type": "double", "doc": "Cost."}
    ),
    "DOC_REQUIRED": without("doc"),
    "FIELD_DOC_REQUIRED": lambda record: record["fields"][0].pop("doc"),
    "TIMESTAMP_LOGICAL_TYPE": lambda record: record["fields"].append(
        {"name": "paid_at", "type": "long", "doc": "When."}
    ),
    "EVENT_ENVELOPE": lambda record: record["fields"].pop(1),
}
KEPT = [
    deprecated(support="2026-01-01", life="2026-04-01"),
    deprecated(support="2026-01-01T00:00:00+02:00", life="2026-12-31T00:00:00Z"),
    with_(status="draft"),
]


def test_given_a_good_contract_when_judged_then_no_policy_says_anything():
    assert said(a_judged()) == []


def changed(value: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> Any:
    made = copy.deepcopy(value)
    change(made)
    return made


@pytest.mark.parametrize("change", KEPT)
def test_given_a_change_within_the_policies_when_judged_then_nothing_is_said(change):
    assert rules(a_judged(changed(DOCUMENT, change))) == set()


@pytest.mark.parametrize(
    ("policy", "change"),
    [(policy, change) for policy, some in DOCUMENTS.items() for change in some],
)
def test_given_a_manifest_that_breaks_a_policy_when_judged_then_just_that_one_is_told(
    policy, change
):
    found = said(a_judged(changed(DOCUMENT, change)))

    assert [each.finding.rule for each in found] == [policy]
    assert found[0].file == (
        SCHEMA if policy == "CLASSIFICATION_REQUIRED" else MANIFEST
    )
    assert found[0].finding.location is not None


@pytest.mark.parametrize("policy", sorted(RECORDS))
def test_given_a_schema_that_breaks_a_policy_when_judged_then_just_that_one_is_told(
    policy,
):
    found = said(a_judged(record=changed(RECORD, RECORDS[policy])))

    assert [each.finding.rule for each in found] == [policy]


def test_given_a_personal_field_without_a_tag_when_judged_then_it_is_told():
    document = changed(DOCUMENT, lambda it: it["schema"][0].pop("properties"))

    assert rules(a_judged(document)) == {"PII_NAME_UNTAGGED", "CLASSIFICATION_REQUIRED"}


def test_given_inline_tags_when_judged_then_they_count():
    document = changed(DOCUMENT, lambda it: it["schema"][0].pop("properties"))
    record = changed(
        RECORD, lambda it: it["fields"][3].update({"confluent:tags": ["PII"]})
    )

    assert rules(a_judged(document, record)) == {"CLASSIFICATION_REQUIRED"}


@pytest.mark.parametrize(
    "secret",
    [
        '{"password": "hunter2-hunter2"}',
        "-----BEGIN RSA PRIVATE KEY-----",
        "AKIAABCDEFGHIJKLMNOP",
    ],
)
def test_given_an_example_with_a_secret_when_judged_then_the_file_is_told(secret):
    example = Example("examples/invalid/two.json", secret, is_valid=False)

    (only,) = said(a_judged(examples=(EXAMPLE, example)))

    assert only.finding.rule == "NO_SECRET_IN_EXAMPLES"
    assert only.file == MANIFEST.parent / "examples/invalid/two.json"
    assert secret not in only.finding.message


def test_given_no_valid_example_when_judged_then_it_is_told():
    assert rules(a_judged(examples=())) == {"EXAMPLES_PRESENT"}


def with_field(name: str, **members: Any) -> dict[str, Any]:
    record = copy.deepcopy(RECORD)
    record["fields"].append({"name": name, "type": "string", "doc": "?", **members})
    return record


def valid(**values: Any) -> Example:
    return Example("examples/valid/two.json", json.dumps(values), is_valid=True)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("ana@example.com", id="a mail address"),
        pytest.param("DE89 3704 0044 0532 0130 00", id="an IBAN"),
        pytest.param("+49 (30) 123-4567", id="a telephone number"),
        pytest.param({"string": "ana@example.com"}, id="a branch of a union"),
        pytest.param(["ana@example.com", "bo@example.com"], id="a list"),
    ],
)
def test_given_values_that_are_about_persons_then_their_field_is_to_be_tagged(value):
    record = with_field("channel")

    (only,) = said(a_judged(record=record, examples=(EXAMPLE, valid(channel=value))))

    assert only.finding.rule == "PII_VALUE_UNTAGGED"
    assert only.finding.path == "Order.channel"
    assert only.finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("record", "examples"),
    [
        pytest.param(
            with_field("channel", **{"confluent:tags": ["PII"]}),
            (EXAMPLE, valid(channel="ana@example.com")),
            id="tagged",
        ),
        pytest.param(
            with_field("channel"),
            (EXAMPLE, valid(channel="ana@example.com"), valid(channel="#shop")),
            id="only in some examples",
        ),
        pytest.param(
            with_field("channel"),
            (EXAMPLE, Example("x", '{"channel": "a@b.de"}', is_valid=False)),
            id="in an invalid example",
        ),
        pytest.param(
            with_field("channel"),
            (EXAMPLE, valid(channel="DE89 3704 0044 0532 0130 01")),
            id="wrong check digits",
        ),
        pytest.param(
            with_field("channel"),
            (EXAMPLE, valid(channel="0301234567"), valid(channel="2026-01-10")),
            id="digits that may be anything",
        ),
        pytest.param(
            with_field("channel"),
            (EXAMPLE, Example("x", "[" * 100_000, is_valid=True)),
            id="no JSON",
        ),
    ],
)
def test_given_values_that_may_be_anything_then_nothing_is_to_be_tagged(
    record, examples
):
    found = rules(a_judged(record=record, examples=examples))

    assert "PII_VALUE_UNTAGGED" not in found


@pytest.mark.parametrize(
    ("environment", "environments", "expected"),
    [
        ("prod", None, {"CONSUMER_REGISTERED_FOR_PROD"}),
        ("Production", ("test",), {"CONSUMER_REGISTERED_FOR_PROD"}),
        ("prod", ("test", "prod"), set()),
        ("prod", (), set()),
        ("preprod", None, set()),
    ],
)
def test_given_a_contract_in_production_then_somebody_is_known_to_read_it_there(
    environment, environments, expected
):
    server = {"server": "one", "type": "kafka", "environment": environment}
    document = changed(DOCUMENT, with_(servers=[server]))
    readers = () if environments is None else (Consumer("billing", "", environments),)

    assert rules(a_judged(document, consumers=readers)) == expected


@pytest.mark.parametrize(
    ("life", "expected"),
    [("2026-12-30", {"SUNSET_NOT_EARLIER"}), ("2026-12-31", set())],
)
def test_given_an_announced_end_when_it_moves_then_it_may_only_move_later(
    life, expected
):
    before = changed(DOCUMENT, deprecated(support="2026-01-01", life="2026-12-31"))
    now = changed(DOCUMENT, deprecated(support="2026-01-01", life=life))

    assert rules(a_judged(now, earlier=before)) == expected


def test_given_all_policies_when_listed_then_each_is_broken_by_a_case_here():
    elsewhere = {
        "PII_NAME_UNTAGGED",
        "NO_SECRET_IN_EXAMPLES",
        "EXAMPLES_PRESENT",
        "SUNSET_NOT_EARLIER",
        "PII_VALUE_UNTAGGED",
        "CONSUMER_REGISTERED_FOR_PROD",
    }

    assert DOCUMENTS.keys() | RECORDS.keys() | elsewhere == POLICIES.keys()


def test_given_a_draft_when_judged_then_all_are_warnings():
    document = changed(DOCUMENT, with_(status="draft", team={}))

    (only,) = said(a_judged(document))

    assert only.finding.severity is Severity.WARNING


OWN = """
policies:
  - id: SHOP_TOPIC_PREFIX
    scope: contract
    severity: warning
    expression: contract.topic.startsWith("retail.")
    message: the topic of '{name}' does not begin with 'retail.'
    at: /schema
  - id: SHOP_NO_BARE_ID
    scope: field
    when: field.name.endsWith("_id")
    expression: field.name != "order_id"
    message: the field '{name}' is too bare
"""


def settings(own: str, defaults: str = "") -> PolicySettings:
    house = Members.of(Path("registry.yaml"), defaults) if defaults else None
    return policies.of(house, [Members.of(Path("policies/shop.yaml"), own)])


def test_given_own_policies_when_judged_then_they_are_held_beside_the_pack():
    chosen = settings(OWN)

    topic, field = said(a_judged(), chosen)

    assert chosen.policies[: len(PACKS["core"])] == PACKS["core"]
    assert topic.finding.severity is Severity.WARNING
    assert topic.finding.message == (
        "the topic of 'shop.order' does not begin with 'retail.'"
    )
    assert topic.finding.location.line == 18
    assert (field.finding.rule, field.finding.path) == (
        "SHOP_NO_BARE_ID",
        "Order.order_id",
    )
    assert field.file == SCHEMA


def test_given_packs_when_chosen_then_just_those_hold():
    none = settings("policies: []", "policies: {packs: []}")
    two = settings("policies: []", "policies: {packs: [regulated, core]}")

    assert none.policies == ()
    assert two.policies == (*PACKS["core"], *PACKS["regulated"])


def test_given_an_ignore_when_judged_then_the_policy_does_not_hold_there():
    said_so = "policies: {ignore: [{path: 'shop/*', rules: [SHOP_TOPIC_PREFIX], "
    house = said_so + "reason: Older than the rule.}]}"

    assert rules(a_judged(), settings(OWN, house)) == {"SHOP_NO_BARE_ID"}


def own(**members: str) -> str:
    policy = {
        "id": "SHOP_RULE",
        "expression": "true",
        "message": "No.",
        **members,
    }
    return "policies:\n  - " + json.dumps(policy)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (own(expression="contract.name =="), "(line 1, column 17 of it)"),
        (own(expression="contract.a\n&& contrct.b"), "(line 2, column 4 of it)"),
        (own(expression="field.name == ''"), "expected one of contract, earlier"),
        (own(expression="1 + 1"), "expected true or false, found INT"),
        (own(expression="  "), "expected a text 'expression'"),
        (own(expression="true" + " " * 5000), "expected at most 4096 characters"),
        (own(when="nope"), "when: 'nope' is not known here"),
        (own(scope="message"), "expected one of contract, field, definition"),
        (own(severity="fatal"), "expected one of error, warning"),
        (own(id="shop-rule"), "expected an id such as SHOP_TOPIC_PREFIX"),
        (own(id="OWNER_REQUIRED"), "'OWNER_REQUIRED' is taken already"),
        (own(expresion="true"), "did you mean 'expression'?"),
        (own() + "\n  - " + own().partition("- ")[2], "'SHOP_RULE' is taken already"),
    ],
)
def test_given_a_policy_that_is_none_when_read_then_it_is_told_where(text, reason):
    with pytest.raises(ManifestError) as caught:
        settings(text)

    assert reason in str(caught.value)
    assert caught.value.place.line >= 2


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("contract.nothing == 1", "no such key"),
        ("contract.name", "expected true or false"),
        (
            "contract.big.all(a, contract.big.all(b, contract.big.all(c, a <= c)))",
            "Iteration budget exceeded",
        ),
    ],
)
def test_given_a_policy_that_cannot_be_applied_when_judged_then_that_is_told(
    expression, reason
):
    expression = expression.replace(
        "contract.big", "[" + ",".join(map(str, range(200))) + "]"
    )
    judged = a_judged()

    (only,) = said(
        judged, PolicySettings(settings(own(expression=expression)).policies[-1:])
    )

    assert only.finding.rule == "POLICY_NOT_APPLICABLE"
    assert "SHOP_RULE" in only.finding.message
    assert only.finding.severity is Severity.ERROR


def test_given_hostile_texts_when_judged_then_policies_see_them_whole():
    document = changed(DOCUMENT, with_(dataProduct="a\0b\u2028%{name}"))
    text = own(expression='contract.dataProduct.contains("%{name}")')

    assert rules(a_judged(document), settings(text)) == set()
