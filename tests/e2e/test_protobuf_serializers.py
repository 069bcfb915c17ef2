"""An unmodified client's Protobuf serializers through a started registry."""

from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.schema_registry import (
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    SchemaRegistryError,
)

from tests.e2e.builders import a_name, schema_id
from tests.e2e.protobuf_messages import Build, ProtobufTopic

pytestmark = pytest.mark.e2e

MONEY = """\
syntax = "proto3";
package common.v1;
message Money {
  string currency = 1;
  int64 units = 2;
}
"""
PAYMENT = """\
syntax = "proto3";
package orders.v1;
import "google/protobuf/timestamp.proto";
import "{money}";
message Refused {{ string reason = 1; }}
message Payment {{
  message Part {{ Kind kind = 1; enum Kind {{ NONE = 0; FEE = 1; }} }}
  string id = 1;
  common.v1.Money amount = 2;
  google.protobuf.Timestamp at = 3;
  repeated Part parts = 4;
  map<string, int32> counts = 5;
  oneof means {{ string card = 6; string account = 7; }}
  optional int32 tries = 8;
}}
"""


@pytest.fixture
def money_path() -> str:
    return f"{a_name('common')}/money.proto"


@pytest.fixture
def build(tmp_path: Path, money_path: str) -> Build:
    payment = PAYMENT.format(money=money_path)
    return Build.of(tmp_path, {money_path: MONEY, "orders/payment.proto": payment})


@pytest.fixture
def topic(client: SchemaRegistryClient) -> ProtobufTopic:
    return ProtobufTopic(client)


@pytest.fixture
def payment(build: Build) -> Any:
    value = build.message("orders.v1.Payment")(
        id="p-1", card="4711", counts={"a": 1}, tries=0
    )
    value.amount.currency, value.amount.units = "EUR", 1990
    value.at.FromJsonString("2026-01-10T09:00:00Z")
    value.parts.add(kind=1)
    return value


def test_given_imports_when_encoded_then_a_fresh_client_decodes_an_equal_message(
    topic: ProtobufTopic, other_client: SchemaRegistryClient, payment: Any
):
    payload = topic.encode(payment)

    assert topic.seen_by(other_client).decode(payload, type(payment)) == payment


def test_given_imports_when_registered_then_each_file_has_a_subject_of_its_own(
    topic: ProtobufTopic, payment: Any, money_path: str
):
    topic.encode(payment)

    assert topic.client.get_versions(money_path) == [1]
    (reference,) = topic.client.get_latest_version(topic.subject).schema.references
    assert reference == SchemaReference(money_path, money_path, 1)


def test_given_header_framing_when_encoded_then_a_fresh_client_decodes_it(
    topic: ProtobufTopic, other_client: SchemaRegistryClient, payment: Any
):
    payload = topic.encode_with_header(payment)

    assert topic.seen_by(other_client).decode(payload, type(payment)) == payment


def test_given_the_second_message_when_encoded_then_its_index_leads_to_it(
    topic: ProtobufTopic,
    other_client: SchemaRegistryClient,
    build: Build,
    payment: Any,
):
    refused = build.message("orders.v1.Refused")(reason="no funds")

    first, second = topic.encode(refused), topic.encode(payment)

    assert schema_id(first) == schema_id(second)
    assert (first[5:6], second[5:7]) == (b"\0", b"\2\2")
    assert topic.seen_by(other_client).decode(second, type(payment)) == payment


def test_given_a_nested_message_when_encoded_then_its_index_path_leads_to_it(
    topic: ProtobufTopic, other_client: SchemaRegistryClient, build: Build
):
    part = build.message("orders.v1.Payment.Part")(kind=1)

    payload = topic.encode(part)

    assert payload[5:8] == b"\4\2\0"
    assert topic.seen_by(other_client).decode(payload, type(part)) == part


def test_given_messages_with_indexes_when_asked_then_the_registry_names_them(
    topic: ProtobufTopic, payment: Any, http: Any
):
    payload = topic.encode(payment)

    answer = http.get(f"/governance/v1/schemas/{schema_id(payload)}").json()

    assert [(each["name"], each["index"]) for each in answer["types"]] == [
        ("orders.v1.Refused", [0]),
        ("orders.v1.Payment", [1]),
        ("orders.v1.Payment.Part", [1, 0]),
    ]


def test_given_no_registration_when_encoded_without_auto_register_then_40401(
    topic: ProtobufTopic, build: Build
):
    refused = build.message("orders.v1.Refused")(reason="no funds")

    with pytest.raises(SchemaRegistryError) as error:
        topic.encode(refused, auto_register_schemas=False)

    assert error.value.error_code == 40401


def test_given_a_registration_when_encoded_without_auto_register_then_its_id(
    topic: ProtobufTopic, other_client: SchemaRegistryClient, payment: Any
):
    registered = topic.encode(payment)

    again = topic.seen_by(other_client).encode(payment, auto_register_schemas=False)

    assert again == registered


def test_given_a_text_registered_by_hand_when_encoded_then_the_same_id(
    topic: ProtobufTopic, payment: Any, money_path: str
):
    topic.client.register_schema(money_path, Schema(MONEY, "PROTOBUF"))
    text = PAYMENT.format(money=money_path)
    by_hand = topic.client.register_schema(
        topic.subject,
        Schema(text, "PROTOBUF", [SchemaReference(money_path, money_path, 1)]),
    )

    assert schema_id(topic.encode(payment)) == by_hand
    assert topic.client.get_versions(topic.subject) == [1]


def test_given_the_latest_version_when_encoded_then_its_id(
    topic: ProtobufTopic, other_client: SchemaRegistryClient, payment: Any
):
    registered = topic.encode(payment)

    conf = {"auto_register_schemas": False, "use_latest_version": True}
    payload = topic.seen_by(other_client).encode(payment, **conf)

    assert payload == registered
    decoded = topic.seen_by(other_client).decode(
        payload, type(payment), use_latest_version=True
    )
    assert decoded == payment


def test_given_normalization_when_encoded_then_a_fresh_client_decodes_it(
    topic: ProtobufTopic, other_client: SchemaRegistryClient, payment: Any
):
    payload = topic.encode(payment, normalize_schemas=True)

    assert topic.seen_by(other_client).decode(payload, type(payment)) == payment


def test_given_a_changed_type_when_encoded_then_it_is_refused(
    topic: ProtobufTopic, tmp_path: Path
):
    name = a_name("Order").replace("-", "_")
    text = f'syntax = "proto3"; message {name} {{ %s id = 1; }}'
    old = Build.of(tmp_path / "old", {"order.proto": text % "string"})
    new = Build.of(tmp_path / "new", {"order.proto": text % "int64"})
    topic.encode(old.message(name)(id="1"))

    with pytest.raises(SchemaRegistryError) as refused:
        topic.encode(new.message(name)(id=1))

    assert refused.value.error_code == 40901
    assert "FIELD_SCALAR_KIND_CHANGED" in refused.value.error_message


def test_given_a_tombstone_when_decoded_then_it_stays_one(
    topic: ProtobufTopic, payment: Any
):
    assert topic.decode(None, type(payment)) is None
