"""Schemas that use types of other subjects."""

import pytest
from confluent_kafka.schema_registry import (
    SchemaReference,
    SchemaRegistryClient,
    SchemaRegistryError,
)

from tests.e2e.builders import Topic, a_name, avro, field, record

pytestmark = pytest.mark.e2e

AMOUNT, CURRENCY = field("amount", "long"), field("currency")
MONEY = record(AMOUNT, CURRENCY, name="Money")
ITEM = record(field("sku"), field("price", "shop.Money"), name="Item")
BASKET = record(field("items", {"type": "array", "items": "shop.Item"}), name="Basket")
A_BASKET = {"items": [{"sku": "s", "price": {"amount": 5, "currency": "EUR"}}]}


@pytest.fixture
def money(client: SchemaRegistryClient) -> SchemaReference:
    subject = a_name("common/money")
    client.register_schema(subject, avro(MONEY))
    return SchemaReference("shop.Money", subject, 1)


@pytest.fixture
def item(client: SchemaRegistryClient, money: SchemaReference) -> SchemaReference:
    subject = a_name("common/item")
    client.register_schema(subject, avro(ITEM, money))
    return SchemaReference("shop.Item", subject, 1)


def test_given_nested_references_when_encoded_then_a_fresh_client_decodes(
    topic: Topic, other_client: SchemaRegistryClient, item: SchemaReference
):
    payload = topic.encode(A_BASKET, avro(BASKET, item))

    assert Topic(other_client, topic.name).decode(payload) == A_BASKET


def test_given_header_framing_and_references_when_encoded_then_it_is_decoded(
    topic: Topic, other_client: SchemaRegistryClient, item: SchemaReference
):
    payload = topic.encode_with_header(A_BASKET, avro(BASKET, item))

    consumer = Topic(other_client, topic.name)
    consumer.headers = topic.headers
    assert consumer.decode(payload) == A_BASKET


def test_given_referring_schemas_when_asked_then_their_ids_are_listed(
    client: SchemaRegistryClient,
    subject: str,
    item: SchemaReference,
    money: SchemaReference,
):
    basket = client.register_schema(subject, avro(BASKET, item))

    assert client.get_referenced_by(item.subject, 1) == [basket]
    assert client.get_referenced_by(item.subject) == [basket]
    nested = client.get_latest_version(item.subject).schema_id
    assert client.get_referenced_by(money.subject, 1) == [nested]


def test_given_a_referring_schema_when_the_target_is_deleted_then_42206(
    client: SchemaRegistryClient, subject: str, item: SchemaReference
):
    client.register_schema(subject, avro(BASKET, item))

    for delete in (
        lambda: client.delete_version(item.subject, 1),
        lambda: client.delete_subject(item.subject),
    ):
        with pytest.raises(SchemaRegistryError) as refused:
            delete()
        assert refused.value.error_code == 42206


def test_given_the_referrer_is_gone_when_the_target_is_deleted_then_it_goes(
    client: SchemaRegistryClient, subject: str, item: SchemaReference
):
    client.register_schema(subject, avro(BASKET, item))

    client.delete_subject(subject)

    assert client.delete_subject(item.subject) == [1]


@pytest.mark.parametrize("version", [2, 99])
def test_given_a_missing_version_when_referred_to_then_42201_names_it(
    client: SchemaRegistryClient, subject: str, item: SchemaReference, version: int
):
    missing = SchemaReference(item.name, item.subject, version)

    with pytest.raises(SchemaRegistryError) as refused:
        client.register_schema(subject, avro(BASKET, missing))

    assert refused.value.error_code == 42201
    expected = f'subject "{item.subject}" and version {version}'
    assert expected in refused.value.error_message


def test_given_a_new_target_when_referred_to_as_latest_then_the_number_is_stored(
    client: SchemaRegistryClient, other_client, subject: str, item: SchemaReference
):
    latest = SchemaReference(item.name, item.subject, -1)

    client.register_schema(subject, avro(BASKET, latest))

    (stored,) = other_client.get_latest_version(subject).schema.references
    assert stored == item


def test_given_a_break_inside_a_reference_when_registered_then_it_is_refused(
    client: SchemaRegistryClient, subject: str, money: SchemaReference
):
    client.register_schema(subject, avro(ITEM, money))
    client.set_compatibility(money.subject, "NONE")
    broken = record(AMOUNT, CURRENCY, field("rate", "double"), name="Money")
    client.register_schema(money.subject, avro(broken))

    newer = SchemaReference(money.name, money.subject, 2)
    with pytest.raises(SchemaRegistryError) as refused:
        client.register_schema(subject, avro(ITEM, newer))

    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in refused.value.error_message
