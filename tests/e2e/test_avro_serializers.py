"""An unmodified client encodes and decodes through a started registry."""

import pytest
from confluent_kafka.schema_registry import (
    SchemaRegistryClient,
    SchemaRegistryError,
    record_subject_name_strategy,
)

from tests.e2e.builders import (
    AN_ORDER,
    ORDER,
    ORDER_WITH_NOTE,
    Topic,
    a_name,
    avro,
    field,
    record,
    schema_id,
    text,
)

pytestmark = pytest.mark.e2e


@pytest.fixture
def consumer(topic: Topic, other_client: SchemaRegistryClient) -> Topic:
    """The same topic, seen by a process that starts with empty caches."""
    return Topic(other_client, topic.name)


def test_given_prefix_framing_when_encoded_then_a_fresh_client_decodes_it(
    topic: Topic, consumer: Topic
):
    payload = topic.encode(AN_ORDER, ORDER)

    assert consumer.decode(payload) == AN_ORDER
    assert topic.client.get_latest_version(topic.subject).schema_id == schema_id(
        payload
    )


def test_given_header_framing_when_encoded_then_a_fresh_client_decodes_it(
    topic: Topic, consumer: Topic
):
    payload = topic.encode_with_header(AN_ORDER, ORDER)

    consumer.headers = topic.headers
    assert [name for name, _ in topic.headers] == ["__value_schema_id"]
    assert consumer.decode(payload) == AN_ORDER


def test_given_the_same_message_twice_when_encoded_then_it_has_one_version(
    topic: Topic, consumer: Topic
):
    first, second = topic.encode(AN_ORDER, ORDER), consumer.encode(AN_ORDER, ORDER)

    assert first == second
    assert topic.client.get_versions(topic.subject) == [1]


def test_given_no_registration_when_encoded_without_auto_register_then_40401(
    topic: Topic,
):
    with pytest.raises(SchemaRegistryError) as refused:
        topic.encode(AN_ORDER, ORDER, auto_register_schemas=False)

    assert refused.value.error_code == 40401
    assert topic.subject not in topic.client.get_subjects()


def test_given_another_schema_when_encoded_without_auto_register_then_40403(
    topic: Topic,
):
    topic.client.register_schema(topic.subject, avro(ORDER))

    with pytest.raises(SchemaRegistryError) as refused:
        topic.encode(AN_ORDER, ORDER_WITH_NOTE, auto_register_schemas=False)

    assert refused.value.error_code == 40403


def test_given_a_registration_when_encoded_without_auto_register_then_its_id(
    topic: Topic, consumer: Topic
):
    expected = topic.client.register_schema(topic.subject, avro(ORDER))

    payload = consumer.encode(AN_ORDER, ORDER, auto_register_schemas=False)

    assert schema_id(payload) == expected


def test_given_two_versions_when_encoded_with_the_latest_then_its_id(topic: Topic):
    topic.client.register_schema(topic.subject, avro(ORDER))
    latest = topic.client.register_schema(topic.subject, avro(ORDER_WITH_NOTE))

    conf = {"auto_register_schemas": False, "use_latest_version": True}
    payload = topic.encode({**AN_ORDER, "note": "n"}, **conf)

    assert schema_id(payload) == latest
    assert topic.decode(payload) == {**AN_ORDER, "note": "n"}


def test_given_an_id_to_use_when_encoded_then_that_id_though_it_is_not_the_latest(
    topic: Topic,
):
    first = topic.client.register_schema(topic.subject, avro(ORDER))
    topic.client.register_schema(topic.subject, avro(ORDER_WITH_NOTE))

    conf = {"auto_register_schemas": False, "use_schema_id": first}
    payload = topic.encode(AN_ORDER, **conf)

    assert schema_id(payload) == first


ORDERED = record(field("orderId"), zprop="z", aprop="a")
REORDERED = record(field("orderId"), aprop="a", zprop="z")


def test_given_normalization_when_only_the_order_differs_then_one_id(
    topic: Topic, consumer: Topic
):
    value = {"orderId": "o-1"}

    first = topic.encode(value, ORDERED, normalize_schemas=True)
    second = consumer.encode(value, REORDERED, normalize_schemas=True)

    assert schema_id(first) == schema_id(second)
    stored = topic.client.get_latest_version(topic.subject).schema.schema_str
    assert stored == text(REORDERED)


def test_given_no_normalization_when_encoded_then_the_order_written_is_kept(
    topic: Topic, consumer: Topic
):
    value = {"orderId": "o-1"}

    first, second = topic.encode(value, ORDERED), consumer.encode(value, REORDERED)

    # They mean the same, and so the second one is found to be there already.
    assert schema_id(first) == schema_id(second)
    stored = topic.client.get_latest_version(topic.subject).schema.schema_str
    assert stored == text(ORDERED)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("string", "naïve"),
        ("int", -7),
        ("long", 2**40),
        ("float", 0.5),
        ("double", 12.25),
        ("boolean", True),
        ("bytes", b"\x00\xff"),
        ({"type": "array", "items": "string"}, ["a", "b"]),
        ({"type": "map", "values": "long"}, {"a": 1}),
        (["null", "string"], "a"),
        ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, "B"),
        ({"type": "fixed", "name": "F", "size": 2}, b"ab"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4}, b"ab"),
    ],
    ids=str,
)
def test_given_a_schema_that_is_no_record_when_encoded_then_it_is_decoded(
    topic: Topic, consumer: Topic, schema, value
):
    payload = topic.encode(value, schema)

    assert consumer.decode(payload) == value


def test_given_a_null_schema_when_registered_then_it_is_returned(
    client: SchemaRegistryClient, other_client: SchemaRegistryClient, subject: str
):
    null_id = client.register_schema(subject, avro("null"))

    assert other_client.get_schema(null_id, subject).schema_str == '"null"'


def test_given_a_tombstone_when_encoded_then_it_stays_one(topic: Topic):
    assert topic.encode(None, ORDER) is None
    assert topic.decode(None) is None


@pytest.mark.parametrize(
    "name",
    [
        "shop/orders/created",
        "orders with spaces",
        "bestellungen-größe-übergröße",
        "注文-イベント",
        "a+b&c=d?e#f",
        "100%25-sure",
        "semi;colon:and,comma",
        "..",
        "🛒",
    ],
)
def test_given_an_unusual_topic_name_when_encoded_then_it_is_decoded(
    client: SchemaRegistryClient, consumer: Topic, name: str
):
    topic = Topic(client, f"{name} {a_name()}")

    payload = topic.encode(AN_ORDER, ORDER)

    assert Topic(consumer.client, topic.name).decode(payload) == AN_ORDER
    assert topic.subject in client.get_subjects()
    assert client.get_versions(topic.subject) == [1]


def test_given_the_record_name_strategy_when_encoded_then_the_subject_is_the_record(
    topic: Topic,
):
    name = a_name("Record").replace("-", "_")

    conf = {"subject_name_strategy": record_subject_name_strategy}
    topic.encode({"orderId": "o-1"}, record(field("orderId"), name=name), **conf)

    assert topic.client.get_versions(f"shop.{name}") == [1]


def test_given_a_wrong_subject_when_decoded_then_the_id_alone_decides(
    topic: Topic, other_client: SchemaRegistryClient
):
    payload = topic.encode(AN_ORDER, ORDER)

    assert Topic(other_client).decode(payload) == AN_ORDER


def test_given_a_deleted_subject_when_decoded_then_old_messages_stay_readable(
    topic: Topic, consumer: Topic
):
    payload = topic.encode(AN_ORDER, ORDER)

    topic.client.delete_subject(topic.subject)

    assert consumer.decode(payload) == AN_ORDER
