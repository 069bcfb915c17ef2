"""What each policy of Protobuf refuses where the level lets everything pass."""

import pytest

from tests.services.in_process import InProcess

BEFORE = "string id = 1; string note = 2; int32 count = 3;"
CHANGES = {
    "a new field": (f"{BEFORE} string more = 4;", set()),
    "a renamed field": (
        "string id = 1; string remark = 2; int32 count = 3;",
        {"WIRE_JSON", "FILE"},
    ),
    "a wider number": (
        "string id = 1; string note = 2; int64 count = 3;",
        {"WIRE_JSON", "FILE"},
    ),
    "a removed field with number and name reserved": (
        'reserved 2; reserved "note"; string id = 1; int32 count = 3;',
        {"FILE"},
    ),
    "a removed field with its number reserved": (
        "reserved 2; string id = 1; int32 count = 3;",
        {"WIRE_JSON", "FILE"},
    ),
    "a removed field": (
        "string id = 1; int32 count = 3;",
        {"WIRE", "WIRE_JSON", "FILE"},
    ),
    "another type": (
        "string id = 1; string note = 2; string count = 3;",
        {"WIRE", "WIRE_JSON", "FILE"},
    ),
}
POLICIES = ("WIRE", "WIRE_JSON", "FILE")


def a_message(fields: str) -> dict[str, str]:
    text = f'syntax = "proto3"; message Order {{ {fields} }}'
    return {"schema": text, "schemaType": "PROTOBUF"}


@pytest.fixture
def orders(registry: InProcess) -> InProcess:
    """A registry with one version of a subject that promises no level."""
    registry.put("/config/orders", json={"compatibility": "NONE"})
    body = a_message(BEFORE)
    assert registry.post("/subjects/orders/versions", json=body).status_code == 200
    return registry


@pytest.mark.parametrize("change", CHANGES)
def test_given_a_change_when_tried_under_each_policy_then_exactly_these_refuse(
    orders, change
):
    fields, expected = CHANGES[change]
    item = {"subject": "orders", **a_message(fields)}
    items = [{**item, "policies": [name]} for name in POLICIES]

    reports = orders.post("/governance/v1/check", json=items).json()

    refusing = {
        report["policies"][0]
        for report in reports
        if report["verdict"] == "incompatible"
    }
    assert refusing == expected
    assert {
        finding["checked"]["policy"]
        for report in reports
        for finding in report["findings"]
    } == expected


@pytest.mark.parametrize("policy", POLICIES)
def test_given_a_chosen_policy_when_a_number_comes_back_then_it_is_refused(
    orders, policy
):
    reserved = 'reserved 2; reserved "note"; string id = 1; int32 count = 3;'
    orders.post("/subjects/orders/versions", json=a_message(reserved))
    orders.delete("/subjects/orders/versions/1")
    path = "/governance/v1/subjects/orders/policies"
    orders.put(path, json={"policies": [policy]})

    body = a_message("string id = 1; int64 total = 2; int32 count = 3;")
    refused = orders.post("/subjects/orders/versions", json=body)

    assert refused.status_code == 409
    found = {each["rule"]: each["checked"] for each in refused.json()["findings"]}
    assert found["FIELD_NUMBER_REUSED"]["against"] == [1]


def test_given_a_refusal_when_an_offered_fix_is_registered_then_it_is_accepted(orders):
    path = "/governance/v1/subjects/orders/policies"
    orders.put(path, json={"policies": ["WIRE_JSON"]})
    body = a_message("string id = 1; int32 count = 3;")

    refused = orders.post("/subjects/orders/versions", json=body)

    fix = refused.json()["findings"][0]["fixes"][0]
    mended = {**body, "schema": fix["schema"]}
    answer = orders.post("/subjects/orders/versions", json=mended)
    assert answer.json()["version"] == 2


@pytest.mark.parametrize(
    ("names", "rules"),
    [(["WIRE"], ["LEVEL_LOOSENED"]), ([], ["LEVEL_LOOSENED"]), (["FILE"], [])],
)
def test_given_another_policy_in_a_plan_then_less_than_before_is_told(
    orders, names, rules
):
    path = "/governance/v1/subjects/orders/policies"
    assert orders.put(path, json={"policies": ["WIRE_JSON"]}).is_success
    wanted = {"subject": "orders", **a_message(BEFORE), "policies": names}

    plan = orders.post("/governance/v1/plan", json={"contracts": [wanted]}).json()

    found = [each for action in plan["actions"] for each in action.get("findings", ())]
    assert [each["rule"] for each in found] == rules
