"""Schemas change: what may, does, and what may not is refused with a way out."""

import json

import httpx
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient, SchemaRegistryError

from tests.e2e.builders import (
    AN_ORDER,
    ORDER,
    ORDER_WITH_CURRENCY,
    ORDER_WITH_NOTE,
    Topic,
    avro,
    body,
    field,
    record,
)

pytestmark = pytest.mark.e2e

RULE = "READER_FIELD_MISSING_DEFAULT_VALUE"


def test_given_a_new_version_when_old_data_is_read_then_the_default_fills_in(
    topic: Topic, other_client: SchemaRegistryClient
):
    old = topic.encode(AN_ORDER, ORDER)
    topic.encode({**AN_ORDER, "note": "n"}, ORDER_WITH_NOTE)

    found = Topic(other_client, topic.name).decode(old, ORDER_WITH_NOTE)

    assert found == {**AN_ORDER, "note": ""}


def test_given_a_new_version_when_new_data_is_read_by_an_old_reader_then_it_fits(
    topic: Topic, other_client: SchemaRegistryClient
):
    topic.encode(AN_ORDER, ORDER)
    new = topic.encode({**AN_ORDER, "note": "n"}, ORDER_WITH_NOTE)

    assert Topic(other_client, topic.name).decode(new, ORDER) == AN_ORDER


def test_given_the_latest_as_reader_when_old_data_is_read_then_it_is_upgraded(
    topic: Topic,
):
    old = topic.encode(AN_ORDER, ORDER)
    topic.client.register_schema(topic.subject, avro(ORDER_WITH_NOTE))

    found = topic.decode(old, use_latest_version=True)

    assert found == {**AN_ORDER, "note": ""}


def test_given_a_break_when_encoded_then_the_producer_reads_the_reason(topic: Topic):
    topic.encode(AN_ORDER, ORDER)

    with pytest.raises(SchemaRegistryError) as refused:
        topic.encode({**AN_ORDER, "currency": "EUR"}, ORDER_WITH_CURRENCY)

    assert (refused.value.http_status_code, refused.value.error_code) == (409, 40901)
    assert RULE in refused.value.error_message
    assert "'currency'" in refused.value.error_message
    assert topic.client.get_versions(topic.subject) == [1]


def refusal(http: httpx.Client, subject: str, schema: object) -> dict:
    answer = http.post(f"/subjects/{subject}/versions", json=body(schema))
    assert answer.status_code == 409, answer.text
    return answer.json()


def test_given_a_break_when_refused_then_a_finding_says_who_breaks_and_why(
    http: httpx.Client, client: SchemaRegistryClient, subject: str
):
    client.register_schema(subject, avro(ORDER))

    (finding,) = refusal(http, subject, ORDER_WITH_CURRENCY)["findings"]

    assert finding["rule"] == f"AVRO_{RULE}"
    assert "currency" in finding["message"]
    assert finding["broken"]
    assert finding["why"]


def test_given_a_refused_break_when_an_offered_fix_is_taken_then_it_registers(
    http: httpx.Client, client: SchemaRegistryClient, subject: str
):
    client.register_schema(subject, avro(ORDER))
    (finding,) = refusal(http, subject, ORDER_WITH_CURRENCY)["findings"]
    assert finding["fixes"]

    for fix in finding["fixes"]:
        answer = http.post(
            f"/compatibility/subjects/{subject}/versions", json=sent(fix)
        )
        assert answer.json()["is_compatible"], fix
    answer = http.post(f"/subjects/{subject}/versions", json=sent(finding["fixes"][0]))

    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] == 2


def sent(fix: dict) -> dict:
    return {"schema": fix["schema"]}


@pytest.mark.parametrize(
    ("level", "schema", "is_accepted"),
    [
        ("BACKWARD", ORDER_WITH_CURRENCY, False),
        ("FORWARD", ORDER_WITH_CURRENCY, True),
        ("FORWARD", record(field("orderId")), False),
        ("BACKWARD", record(field("orderId")), True),
        ("FULL", ORDER_WITH_NOTE, True),
        ("FULL", record(field("orderId")), False),
        ("NONE", {"type": "string"}, True),
    ],
)
def test_given_a_level_when_a_change_is_registered_then_the_level_decides(
    client: SchemaRegistryClient,
    subject: str,
    level: str,
    schema: object,
    is_accepted: bool,  # noqa: FBT001 - a parameter of the table
):
    client.register_schema(subject, avro(ORDER))
    client.set_compatibility(subject, level)

    assert client.test_compatibility(subject, avro(schema)) is is_accepted
    assert client.test_compatibility_all_versions(subject, avro(schema)) is is_accepted
    if is_accepted:
        assert client.register_schema(subject, avro(schema))
        assert client.get_versions(subject) == [1, 2]
    else:
        with pytest.raises(SchemaRegistryError, match="incompatible"):
            client.register_schema(subject, avro(schema))


def test_given_a_transitive_level_when_the_first_version_breaks_then_it_is_named(
    http: httpx.Client, client: SchemaRegistryClient, subject: str
):
    client.set_compatibility(subject, "BACKWARD_TRANSITIVE")
    client.register_schema(subject, avro(ORDER))
    client.register_schema(subject, avro(ORDER_WITH_NOTE))
    without_default = record(field("orderId"), field("total", "double"), field("note"))

    assert client.test_compatibility(subject, avro(without_default), 2)
    assert not client.test_compatibility_all_versions(subject, avro(without_default))
    answer = refusal(http, subject, without_default)

    assert "{oldSchemaVersion: 1}" in answer["message"]
    (finding,) = answer["findings"]
    assert finding["checked"]["against"] == [1]


def test_given_a_break_when_tested_verbosely_then_confluents_messages_come(
    http: httpx.Client, client: SchemaRegistryClient, subject: str
):
    client.register_schema(subject, avro(ORDER))

    answer = http.post(
        f"/compatibility/subjects/{subject}/versions/latest?verbose=True",
        json=body(ORDER_WITH_CURRENCY),
    ).json()

    assert answer["is_compatible"] is False
    assert f"errorType:'{RULE}'" in answer["messages"][0]
    assert "additionalInfo:'currency'" in answer["messages"][0]
    assert json.dumps(answer["messages"]).count("oldSchemaVersion: 1") == 1
