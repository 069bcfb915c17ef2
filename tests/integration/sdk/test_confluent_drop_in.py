"""confluent-kafka's own classes, with ours in them, over brokers that speak Kafka."""

from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import DeserializingConsumer, KafkaException, SerializingProducer
from confluent_kafka.error import (
    KeyDeserializationError,
    ValueDeserializationError,
    ValueSerializationError,
)
from confluent_kafka.schema_registry import (
    SchemaRegistryClient,
    header_schema_id_serializer,
    topic_subject_name_strategy,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import (
    MessageField,
    SerializationContext,
    SerializationError,
    StringDeserializer,
    StringSerializer,
)

from tests.services.mock_kafka import (
    client_conf,
    consumed,
    consumer_conf,
    mock_kafka,
)
from tests.suites.registry_facade import ORDER, OrderCreated, declared
from wirepact import (
    CodecOptions,
    Framing,
    Registration,
    Registry,
    RegistryClient,
    Schema,
)
from wirepact.ext.confluent import WirepactDeserializer, WirepactSerializer

AS_DICT = {"orderId": "o-1", "note": "fragile"}
VALUE = SerializationContext("orders", MessageField.VALUE)


@pytest.fixture(scope="module")
def brokers():
    with mock_kafka() as address:
        yield address


@pytest.fixture
def url(wirepact_registry):
    with RegistryClient(wirepact_registry.url) as client:
        client.register("orders-value", declared(OrderCreated).schema)
    return wirepact_registry.url


@pytest.fixture
def topic():
    """A topic of its own for each test: they share the brokers."""
    return f"orders-{uuid4()}"


@pytest.fixture
def theirs(url):
    # Their default strategy asks for associations and for the cluster's id.
    with SchemaRegistryClient({"url": url}) as client:
        yield client


BY_TOPIC: dict[str, Any] = {"subject.name.strategy": topic_subject_name_strategy}


def produced(brokers, topic, serializer, *values, headers=None):
    conf = client_conf(brokers)
    conf |= {"key.serializer": StringSerializer(), "value.serializer": serializer}
    producer = SerializingProducer(conf)
    for value in values:
        given = None if headers is None else list(headers)
        producer.produce(topic, key="o-1", value=value, headers=given)
    assert producer.flush(30) == 0


def read(brokers, topic, deserializer, count=1):
    conf = consumer_conf(brokers)
    conf |= {"key.deserializer": StringDeserializer()}
    conf |= {"value.deserializer": deserializer}
    consumer = DeserializingConsumer(conf)
    try:
        return consumed(consumer, topic, count)
    finally:
        consumer.close()


REGISTER = CodecOptions(registration=Registration.REGISTER)


@pytest.mark.parametrize("framing", Framing)
def test_given_ours_on_both_sides_when_sent_then_the_event_arrives(
    brokers, url, topic, framing
):
    options = CodecOptions(registration=Registration.REGISTER, framing=framing)
    writing = WirepactSerializer(url, options)
    reading = WirepactDeserializer(url, types=[OrderCreated])

    produced(brokers, topic, writing, ORDER, None, headers=[("tag", b"\xff")])
    first, second = read(brokers, topic, reading, 2)

    assert (first.key(), first.value()) == ("o-1", ORDER)
    assert second.value() is None
    assert ("tag", b"\xff") in first.headers()
    writing.close()
    reading.close()


@pytest.mark.parametrize("framing", Framing)
def test_given_ours_when_sent_then_theirs_reads_it(
    brokers, url, topic, theirs, framing
):
    options = CodecOptions(registration=Registration.REGISTER, framing=framing)
    writing = WirepactSerializer(url, options)

    produced(brokers, topic, writing, ORDER, headers=[])
    (found,) = read(brokers, topic, AvroDeserializer(theirs))

    assert found.value() == AS_DICT
    writing.close()


@pytest.mark.parametrize("is_in_header", [False, True])
def test_given_theirs_when_sent_then_ours_reads_it(
    brokers, url, topic, theirs, is_in_header
):
    conf = dict(BY_TOPIC)
    if is_in_header:
        conf |= {"schema.id.serializer": header_schema_id_serializer}
    writing = AvroSerializer(theirs, declared(OrderCreated).schema.text, conf=conf)
    reading = WirepactDeserializer(url, types=[OrderCreated])

    produced(brokers, topic, writing, AS_DICT, headers=[])
    (found,) = read(brokers, topic, reading)

    assert found.value() == ORDER
    reading.close()


def test_given_plain_values_and_their_schema_when_sent_then_they_arrive(
    brokers, url, topic
):
    schema = declared(OrderCreated).schema
    writing = WirepactSerializer(url, REGISTER, schemas=[schema])
    reading = WirepactDeserializer(url)

    produced(brokers, topic, writing, AS_DICT)
    (found,) = read(brokers, topic, reading)

    assert found.value() == AS_DICT
    writing.close()
    reading.close()


def test_given_a_registry_facade_when_sent_by_a_plain_producer_then_all_arrives(
    brokers, url, topic
):
    from confluent_kafka import Consumer, Producer

    with Registry(
        url, events=[OrderCreated], options=REGISTER, source="urn:shop"
    ) as registry:
        message = registry.encode(ORDER, topic)
        producer = Producer(client_conf(brokers))
        producer.produce(**message._asdict())
        assert producer.flush(30) == 0
        consumer = Consumer(consumer_conf(brokers))
        (raw,) = consumed(consumer, topic, 1)
        found = registry.decode(raw.topic(), raw.key(), raw.value(), raw.headers())
        consumer.close()

    assert found.event == ORDER
    assert found.envelope.type == "desk.OrderCreated"
    assert found.faults == ()


def test_given_a_value_that_does_not_fit_when_sent_then_the_producer_says_why(
    brokers, url
):
    writing = WirepactSerializer(url)

    with pytest.raises(ValueSerializationError, match="value of topic orders"):
        produced(brokers, "orders", writing, {"orderId": 7})

    writing.close()


def test_given_bytes_of_somebody_else_when_read_then_the_consumer_says_why(
    brokers, url, topic
):
    reading = WirepactDeserializer(url)
    produced(brokers, topic, StringSerializer(), "plain")

    with pytest.raises(ValueDeserializationError, match="does not begin with a schema"):
        read(brokers, topic, reading)

    reading.close()


class TestByHand:
    @pytest.fixture
    def client(self, url):
        with RegistryClient(url) as client:
            yield client

    def context(self, headers, field=MessageField.VALUE):
        return SerializationContext("orders", field, headers)

    @pytest.mark.parametrize("field", [MessageField.KEY, MessageField.VALUE])
    def test_given_a_field_when_called_then_its_subject_and_header_are_meant(
        self, client, field
    ):
        client.register("orders-key", declared(OrderCreated).schema)
        options = CodecOptions(framing=Framing.GUID_HEADER)
        headers: list[tuple[str, bytes]] = []
        ctx = self.context(headers, field)

        data = WirepactSerializer(client, options)(ORDER, ctx)
        reading = WirepactDeserializer(client, types=[OrderCreated])

        assert [name for name, _ in headers] == [f"__{field}_schema_id"]
        assert reading(data, ctx) == ORDER

    @pytest.mark.parametrize(
        "headers",
        [
            [("__value_schema_id", b"former"), ("tag", "text")],
            {"__value_schema_id": b"former", "tag": "text"},
        ],
        ids=["list", "dict"],
    )
    def test_given_headers_of_a_former_record_when_called_then_the_schema_is_there_once(
        self, client, headers
    ):
        writing = WirepactSerializer(client, CodecOptions(framing=Framing.GUID_HEADER))
        ctx = self.context(headers)

        data = writing(ORDER, ctx)
        writing(ORDER, ctx)

        given = list(headers.items()) if isinstance(headers, dict) else headers
        assert sorted(name for name, _ in given) == ["__value_schema_id", "tag"]
        assert WirepactDeserializer(client)(data, ctx) == AS_DICT

    @pytest.mark.parametrize("headers", [None, ()])
    def test_given_no_list_for_the_header_when_called_then_it_is_asked_for(
        self, client, headers
    ):
        writing = WirepactSerializer(client, CodecOptions(framing=Framing.GUID_HEADER))

        with pytest.raises(SerializationError, match="list of headers"):
            writing(ORDER, self.context(headers))

    def test_given_no_context_when_called_then_it_is_asked_for(self, client):
        with pytest.raises(SerializationError, match="SerializationContext"):
            WirepactSerializer(client)(ORDER)
        with pytest.raises(SerializationError, match="SerializationContext"):
            WirepactDeserializer(client)(b"")

    def test_given_what_cannot_be_written_or_read_then_it_is_an_error_of_theirs(
        self, client
    ):
        with pytest.raises(KafkaException, match="value of topic orders"):
            WirepactSerializer(client)({"orderId": 7}, VALUE)
        with pytest.raises(KafkaException, match="value of topic orders"):
            WirepactDeserializer(client)(b"\x00\x00\x00\x00\x01", VALUE)

    def test_given_a_client_when_closed_then_the_client_stays_open(self, client):
        WirepactSerializer(client).close()
        WirepactDeserializer(client).close()

        assert client.list_subjects() == ("orders-value",)
        for made in (WirepactSerializer, WirepactDeserializer):
            with pytest.raises(TypeError, match="bundle"):
                made(client, bundle=None)

    def test_given_an_undeclared_type_then_the_deserializer_is_not_made(self, client):
        with pytest.raises(TypeError, match="not declared"):
            WirepactDeserializer(client, types=[Schema])


def test_given_a_key_that_cannot_be_read_then_it_is_the_keys_error(brokers, url, topic):
    produced(brokers, topic, StringSerializer(), "plain")
    conf = consumer_conf(brokers) | {"key.deserializer": WirepactDeserializer(url)}
    consumer = DeserializingConsumer(conf)

    with pytest.raises(KeyDeserializationError, match="key of topic"):
        consumed(consumer, topic, 1)

    consumer.close()
