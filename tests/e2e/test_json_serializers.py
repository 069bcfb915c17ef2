"""An unmodified client encodes and decodes JSON through a started registry."""

from typing import Any

import pytest
from confluent_kafka.schema_registry import (
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    SchemaRegistryError,
    header_schema_id_serializer,
)
from confluent_kafka.schema_registry.json_schema import (
    JSONDeserializer,
    JSONSerializer,
)
from confluent_kafka.serialization import SerializationError

from tests.e2e.builders import Topic, a_name, schema_id, text

pytestmark = pytest.mark.e2e

DRAFT7 = "http://json-schema.org/draft-07/schema#"
DRAFT2020 = "https://json-schema.org/draft/2020-12/schema"
ITEM_NAME = "order-item.schema.json"


def an_object(**more: Any) -> dict[str, Any]:
    """Return a closed schema: one that properties can be added to."""
    return {"type": "object", "additionalProperties": False, **more}


ORDER = an_object(
    title="Order",
    properties={"orderId": {"type": "string"}, "total": {"type": "number"}},
    required=["orderId"],
)
ORDER_WITH_NOTE = {
    **ORDER,
    "properties": {**ORDER["properties"], "note": {"type": "string"}},
}
AN_ORDER = {"orderId": "o-1", "total": 12.5}
ITEM = an_object(properties={"sku": {"type": "string"}}, required=["sku"])
ORDER_OF_ITEMS = an_object(
    title="OrderOfItems",
    properties={"items": {"type": "array", "items": {"$ref": ITEM_NAME}}},
)
AN_ORDER_OF_ITEMS = {"items": [{"sku": "a"}, {"sku": "b"}]}


class JsonTopic(Topic):
    """A topic whose messages are JSON under a JSON Schema."""

    def encode(
        self, value: object, schema: object | None = None, **conf: Any
    ) -> bytes | None:
        serializer = JSONSerializer(_declared(schema), self.client, conf=_dotted(conf))
        return serializer(value, self.context)

    def decode(
        self, payload: bytes | None, schema: object | None = None, **conf: Any
    ) -> Any:
        deserializer = JSONDeserializer(
            None if schema is None else _declared(schema),
            schema_registry_client=self.client,
            conf=_dotted(conf),
        )
        return deserializer(payload, self.context)


def _declared(schema: object) -> Schema | str:
    return schema if isinstance(schema, Schema) else text(schema)


def _dotted(conf: dict[str, Any]) -> dict[str, Any] | None:
    return {name.replace("_", "."): value for name, value in conf.items()} or None


def json_schema(value: object, *references: SchemaReference) -> Schema:
    return Schema(text(value), "JSON", list(references))


@pytest.fixture
def topic(client: SchemaRegistryClient) -> JsonTopic:
    return JsonTopic(client)


@pytest.fixture
def consumer(topic: JsonTopic, other_client: SchemaRegistryClient) -> JsonTopic:
    """The same topic, seen by a process that starts with empty caches."""
    return JsonTopic(other_client, topic.name)


@pytest.fixture
def order_of_items(client: SchemaRegistryClient) -> Schema:
    """A schema that refers to another one, which is registered."""
    subject = a_name("order-item")
    client.register_schema(subject, json_schema(ITEM))
    return json_schema(ORDER_OF_ITEMS, SchemaReference(ITEM_NAME, subject, 1))


def test_given_prefix_framing_when_encoded_then_a_fresh_client_decodes_it(
    topic: JsonTopic, consumer: JsonTopic
):
    payload = topic.encode(AN_ORDER, ORDER)

    assert consumer.decode(payload) == AN_ORDER
    latest = topic.client.get_latest_version(topic.subject)
    assert latest.schema_id == schema_id(payload)
    assert latest.schema.schema_type == "JSON"
    assert latest.schema.schema_str == text(ORDER)


def test_given_header_framing_when_encoded_then_a_fresh_client_decodes_it(
    topic: JsonTopic, consumer: JsonTopic
):
    conf = {"schema_id_serializer": header_schema_id_serializer}
    payload = topic.encode(AN_ORDER, ORDER, **conf)

    consumer.headers = topic.headers
    assert [name for name, _ in topic.headers] == ["__value_schema_id"]
    assert consumer.decode(payload) == AN_ORDER


def test_given_the_same_message_twice_when_encoded_then_it_has_one_version(
    topic: JsonTopic, consumer: JsonTopic
):
    first, second = topic.encode(AN_ORDER, ORDER), consumer.encode(AN_ORDER, ORDER)

    assert first == second
    assert topic.client.get_versions(topic.subject) == [1]


def test_given_a_value_that_breaks_the_schema_when_encoded_then_nothing_is_sent(
    topic: JsonTopic,
):
    with pytest.raises(SerializationError, match="is a required property"):
        topic.encode({"total": 1}, ORDER)


def test_given_no_registration_when_encoded_without_auto_register_then_40401(
    topic: JsonTopic,
):
    with pytest.raises(SchemaRegistryError) as refused:
        topic.encode(AN_ORDER, ORDER, auto_register_schemas=False)

    assert refused.value.error_code == 40401
    assert topic.subject not in topic.client.get_subjects()


def test_given_another_schema_when_encoded_without_auto_register_then_40403(
    topic: JsonTopic,
):
    topic.client.register_schema(topic.subject, json_schema(ORDER))

    with pytest.raises(SchemaRegistryError) as refused:
        topic.encode(AN_ORDER, ORDER_WITH_NOTE, auto_register_schemas=False)

    assert refused.value.error_code == 40403


def test_given_a_registration_when_encoded_without_auto_register_then_its_id(
    topic: JsonTopic, consumer: JsonTopic
):
    expected = topic.client.register_schema(topic.subject, json_schema(ORDER))

    payload = consumer.encode(AN_ORDER, ORDER, auto_register_schemas=False)

    assert schema_id(payload) == expected


def test_given_two_versions_when_encoded_with_the_latest_then_its_id(
    topic: JsonTopic,
):
    topic.client.register_schema(topic.subject, json_schema(ORDER))
    latest = topic.client.register_schema(topic.subject, json_schema(ORDER_WITH_NOTE))

    conf = {"auto_register_schemas": False, "use_latest_version": True}
    payload = topic.encode({**AN_ORDER, "note": "n"}, ORDER, **conf)

    assert schema_id(payload) == latest
    assert topic.decode(payload) == {**AN_ORDER, "note": "n"}


def test_given_a_reference_when_encoded_then_a_fresh_client_decodes_it(
    topic: JsonTopic, consumer: JsonTopic, order_of_items: Schema
):
    payload = topic.encode(AN_ORDER_OF_ITEMS, order_of_items)

    assert consumer.decode(payload) == AN_ORDER_OF_ITEMS
    stored = consumer.client.get_latest_version(topic.subject).schema
    assert stored.references == order_of_items.references


def test_given_a_registered_reference_when_encoded_without_auto_register_then_its_id(
    topic: JsonTopic, consumer: JsonTopic, order_of_items: Schema
):
    expected = topic.client.register_schema(topic.subject, order_of_items)

    conf = {"auto_register_schemas": False}
    payload = consumer.encode(AN_ORDER_OF_ITEMS, order_of_items, **conf)

    assert schema_id(payload) == expected
    assert topic.decode(payload) == AN_ORDER_OF_ITEMS


def test_given_a_reference_when_a_value_breaks_it_then_it_is_not_encoded(
    topic: JsonTopic, order_of_items: Schema
):
    with pytest.raises(SerializationError, match="is a required property"):
        topic.encode({"items": [{}]}, order_of_items)


def test_given_references_that_lead_on_when_encoded_then_a_fresh_client_decodes_it(
    topic: JsonTopic, consumer: JsonTopic, order_of_items: Schema
):
    inner, middle = a_name("order-of-items"), "order-of-items.schema.json"
    topic.client.register_schema(inner, order_of_items)
    cart = an_object(properties={"order": {"$ref": middle}})
    schema = json_schema(cart, SchemaReference(middle, inner, 1))

    payload = topic.encode({"order": AN_ORDER_OF_ITEMS}, schema)

    assert consumer.decode(payload) == {"order": AN_ORDER_OF_ITEMS}


def test_given_a_missing_reference_when_encoded_then_the_answer_says_what_to_do(
    topic: JsonTopic,
):
    with pytest.raises(SchemaRegistryError, match="give a reference of this name") as e:
        topic.client.register_schema(topic.subject, json_schema(ORDER_OF_ITEMS))

    assert (e.value.http_status_code, e.value.error_code) == (422, 42201)


ORDERED = {"type": "object", "properties": {"b": {}, "a": {}}}
REORDERED = {"properties": {"a": {}, "b": {}}, "type": "object"}


def test_given_normalization_when_only_the_order_differs_then_one_id(
    topic: JsonTopic, consumer: JsonTopic
):
    first = topic.encode({}, ORDERED, normalize_schemas=True)
    second = consumer.encode({}, REORDERED, normalize_schemas=True)

    assert schema_id(first) == schema_id(second)
    stored = topic.client.get_latest_version(topic.subject).schema.schema_str
    assert stored == text(REORDERED)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param({"$schema": DRAFT7, "type": "string"}, "naïve", id="draft 7"),
        pytest.param(
            {"$schema": DRAFT2020, "prefixItems": [{"type": "integer"}]},
            [1, "a"],
            id="2020-12",
        ),
        pytest.param(
            {"$ref": "#/definitions/a", "definitions": {"a": {"type": "boolean"}}},
            True,
            id="a local reference",
        ),
        pytest.param({}, {"anything": [1.5, None]}, id="anything goes"),
        pytest.param({"multipleOf": 0.01, "maximum": 1e10}, 2.5, id="numbers"),
        pytest.param({"pattern": "^(a+)+$"}, "aaa", id="a pattern"),
    ],
)
def test_given_a_schema_of_any_kind_when_encoded_then_it_is_decoded(
    topic: JsonTopic, consumer: JsonTopic, schema: object, value: object
):
    payload = topic.encode(value, schema)

    assert consumer.decode(payload) == value


def test_given_a_tombstone_when_encoded_then_it_stays_one(topic: JsonTopic):
    assert topic.encode(None, ORDER) is None
    assert topic.decode(None, ORDER) is None


def test_given_a_deleted_subject_when_decoded_then_old_messages_stay_readable(
    topic: JsonTopic, consumer: JsonTopic
):
    payload = topic.encode(AN_ORDER, ORDER)

    topic.client.delete_subject(topic.subject)

    assert consumer.decode(payload) == AN_ORDER
