"""Events in FastStream: in its test brokers, and over brokers that speak Kafka."""

import asyncio
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from faststream import Context
from faststream.message import encode_message

from tests.services.mock_kafka import PARTITIONS, mock_kafka
from tests.suites.registry_facade import (
    ORDER,
    OrderConfirmed,
    OrderCreated,
    OrderNoted,
    declared,
)
from wirepact import (
    AsyncRegistry,
    CodecOptions,
    DecodeError,
    EncodeError,
    Envelope,
    Framing,
    Registration,
    Registry,
    context,
    envelope,
)
from wirepact.ext.faststream import RegistryCodec
from wirepact.testing import FakeRegistry

EVENTS = (OrderCreated, OrderConfirmed)
REGISTER = CodecOptions(registration=Registration.REGISTER)
INCOMING = Envelope(
    id="m-1",
    source="urn:web",
    type="desk.OrderCreated",
    correlationid="c-1",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)

# Given to a handler by the name "message".
MESSAGE = Context("message")

flavours = pytest.mark.parametrize("flavour", ["kafka", "confluent"])


class World:
    """A broker of one flavour, and a registry in memory."""

    def __init__(self, flavour, address="localhost:1", **options):
        self.module = import_module(f"faststream.{flavour}")
        self.fake = FakeRegistry()
        self.registry = AsyncRegistry(
            self.fake.async_client(),
            events=EVENTS,
            options=REGISTER,
            source="urn:shop",
            **options,
        )
        self.codec = RegistryCodec(self.registry)
        self.broker = self.module.KafkaBroker(
            address,
            parser=self.codec.parse,
            codec=self.codec,
            middlewares=[self.codec.middleware],
        )
        self.test_broker: Any = self.module.TestKafkaBroker(self.broker)
        with self.fake.client() as client:
            client.register("orders-value", declared(OrderCreated).schema)

    def raw(self, value, headers, topic="orders"):
        """A message as the flavour's client hands it over."""
        if self.module.__name__.endswith("confluent"):
            testing = import_module("faststream.confluent.testing")
            return testing.MockConfluentMessage(
                raw_msg=value,
                topic=topic,
                key=b"o-1",
                headers=headers,
                offset=7,
                partition=0,
                timestamp_type=1,
                timestamp_ms=1,
            )
        return import_module("aiokafka").ConsumerRecord(
            topic=topic,
            partition=0,
            offset=7,
            timestamp=1,
            timestamp_type=1,
            key=b"o-1",
            value=value,
            checksum=None,
            serialized_key_size=3,
            serialized_value_size=0,
            headers=headers,
        )


def message(event=ORDER, framing=Framing.ID_PREFIX, **more):
    """A message of somebody else's, by a registry with the same ids."""
    fake = FakeRegistry()
    options = CodecOptions(registration=Registration.REGISTER, framing=framing)
    with Registry(fake.client(), options=options, source="urn:web") as registry:
        return registry.encode(event, "orders", **more)


def run(scenario):
    return asyncio.run(asyncio.wait_for(scenario, 60))


@flavours
def test_given_an_event_when_published_then_a_handler_gets_it_as_it_was(flavour):
    world = World(flavour)
    got = []

    @world.broker.subscriber("orders")
    async def handle(order: OrderCreated):
        got.append(order)

    async def scenario():
        async with world.test_broker as broker:
            await broker.publish(ORDER, "orders")

    run(scenario())

    assert got == [ORDER]


@flavours
def test_given_an_event_when_published_then_it_has_key_envelope_and_media_type(
    flavour,
):
    world = World(flavour)
    seen = []

    @world.broker.subscriber("orders")
    async def handle(order: OrderCreated, message=MESSAGE):
        seen.append(message)

    async def scenario():
        async with world.test_broker as broker:
            await broker.publish(ORDER, "orders", headers={"tag": "a"})

    run(scenario())

    (found,) = seen
    key = found.raw_message.key
    assert (key() if callable(key) else key) == b"o-1"
    assert found.headers["tag"] == "a"
    assert found.content_type == "application/avro"
    assert found.headers["ce_type"] == "desk.OrderCreated"
    assert found.message_id == found.headers["ce_id"]


@flavours
def test_given_a_handler_when_it_answers_then_the_answer_names_its_cause(flavour):
    world = World(flavour, repeatable_ids=True)
    answers = []

    orders: Any = world.broker.subscriber("orders")

    @orders
    @world.broker.publisher("confirmed")
    async def confirm(order: OrderCreated):
        await world.broker.publish(OrderNoted("seen"), "notes")
        return OrderConfirmed(order.order_id)

    @world.broker.subscriber("confirmed")
    async def confirmed(body: Any, message=MESSAGE):
        answers.append(message)

    @world.broker.subscriber("notes")
    async def noted(body: Any, message=MESSAGE):
        answers.append(message)

    async def scenario():
        headers = envelope.write(INCOMING, [("baggage", b"k=v")])
        raw = world.raw(message().value, headers)
        async with world.test_broker:
            for _ in range(2):
                await orders.process_message(raw)

    run(scenario())

    assert len(answers) == 4
    for answer in answers:
        assert answer.headers["ce_correlationid"] == "c-1"
        assert answer.headers["ce_causationid"] == "m-1"
        assert answer.correlation_id == "c-1"
        assert answer.headers["correlation_id"] == "c-1"
        assert answer.headers["traceparent"] == INCOMING.traceparent
        assert answer.headers["baggage"] == "k=v"
    ids = [answer.message_id for answer in answers]
    assert ids[:2] == ids[2:]
    assert ids[0] != ids[1]


@flavours
@pytest.mark.parametrize("framing", Framing)
def test_given_headers_that_are_no_texts_when_read_then_the_event_is_there(
    flavour, framing
):
    world = World(flavour)
    got = []

    orders: Any = world.broker.subscriber("orders")

    @orders
    async def handle(order: OrderCreated, message=MESSAGE):
        got.append((order, message.headers))

    async def scenario():
        sent = message(framing=framing)
        await world.registry.client.register(
            "orders-value", declared(OrderCreated).schema
        )
        headers = [*sent.headers, ("raw", b"\xff"), ("none", None), ("text", b"a")]
        async with world.test_broker:
            raw = world.raw(sent.value, headers)
            await orders.process_message(raw)

    run(scenario())

    ((order, headers),) = got
    assert order == ORDER
    assert (headers["raw"], headers["none"], headers["text"]) == (b"\xff", None, "a")


@flavours
def test_given_a_tombstone_when_read_then_the_handler_gets_none(flavour):
    world = World(flavour)
    got = []

    orders: Any = world.broker.subscriber("orders")

    @orders
    async def handle(order: OrderCreated | None):
        got.append(order)

    async def scenario():
        async with world.test_broker as broker:
            raw = world.raw(None, [])
            await orders.process_message(raw)
            event = b'{"specversion": "1.0", "id": "1", "source": "s", "type": "t"}'
            empty = [("content-type", b"application/cloudevents+json")]
            await orders.process_message(world.raw(event, empty))
            await broker.publish(None, "orders", key=b"o-1")

    run(scenario())

    assert got == [None, None, None]


@flavours
def test_given_a_structured_event_when_read_then_its_payload_is_decoded(flavour):
    world = World(flavour)
    got = []

    orders: Any = world.broker.subscriber("orders")

    @orders
    async def handle(order: OrderCreated, message=MESSAGE):
        got.append((order, message.message_id, context.links().causationid))

    async def scenario():
        import base64
        import json

        data = base64.b64encode(message().value).decode()
        event = {"specversion": "1.0", "id": "m-7", "source": "s", "type": "t"}
        body = json.dumps({**event, "data_base64": data}).encode()
        headers = [("content-type", b"application/cloudevents+json")]
        async with world.test_broker:
            await orders.process_message(world.raw(body, headers))

    run(scenario())

    assert got == [(ORDER, "m-7", "m-7")]


@flavours
def test_given_bytes_of_somebody_else_when_read_then_it_is_an_error(flavour):
    world = World(flavour)

    orders: Any = world.broker.subscriber("orders")

    @orders
    async def handle(order: OrderCreated): ...

    async def scenario():
        async with world.test_broker:
            raw = world.raw(b"plain", [("__value_schema_id", b"\xff")])
            await orders.process_message(raw)

    with pytest.raises(DecodeError, match="value of topic orders"):
        run(scenario())


@flavours
def test_given_a_batch_when_read_then_all_events_are_there(flavour):
    world = World(flavour)
    got = []

    orders: Any = world.broker.subscriber("orders", batch=True)

    @orders
    async def handle(orders: list[OrderCreated | None]):
        got.append(orders)

    async def scenario():
        sent = message()
        raws = (
            world.raw(sent.value, [*sent.headers, ("raw", b"\xff")]),
            world.raw(None, []),
        )
        async with world.test_broker:
            await orders.process_message(raws)

    run(scenario())

    assert got == [[ORDER, None]]


@flavours
def test_given_a_batch_of_events_when_published_then_keys_are_asked_for(flavour):
    world = World(flavour)
    got = []

    @world.broker.subscriber("orders")
    async def handle(order: OrderCreated):
        got.append(order)

    async def scenario():
        keyed = world.module.KafkaPublishMessage
        async with world.test_broker as broker:
            await broker.publish_batch(
                keyed(ORDER, key=b"o-1"),
                keyed(OrderCreated("o-2"), key=b"o-2"),
                topic="orders",
            )
            with pytest.raises(EncodeError, match="declares a key"):
                await broker.publish_batch(ORDER, OrderCreated("o-2"), topic="orders")

    run(scenario())

    assert got == [ORDER, OrderCreated("o-2")]


@flavours
def test_given_no_middleware_when_an_event_is_published_then_it_is_asked_for(flavour):
    world = World(flavour)
    broker = world.module.KafkaBroker(codec=world.codec)

    @broker.subscriber("orders")
    async def handle(order: Any): ...

    async def scenario():
        async with world.module.TestKafkaBroker(broker) as connected:
            await connected.publish(ORDER, "orders")

    with pytest.raises(EncodeError, match="past the middleware"):
        run(scenario())


@flavours
def test_given_what_is_no_event_when_published_then_it_goes_as_it_always_did(flavour):
    world = World(flavour)

    async def scenario():
        payloads = [
            await world.codec.encode(each) for each in ({"a": 1}, "text", b"raw", None)
        ]
        batch = await world.codec.encode_batch(["a", b"b"])
        return payloads, batch

    payloads, batch = run(scenario())

    assert payloads[0] == encode_message({"a": 1}, None)
    assert payloads[1:] == [
        (b"text", "text/plain"),
        (b"raw", None),
        (b"", None),
    ]
    assert batch == [(b"a", "text/plain"), (b"b", None)]


def test_given_a_framing_that_cannot_be_sent_then_the_codec_is_not_made():
    options = CodecOptions(framing=Framing.GUID_HEADER)
    registry = AsyncRegistry("http://registry:8081", options=options)

    with pytest.raises(ValueError, match="GUID_HEADER"):
        RegistryCodec(registry)


@pytest.fixture(scope="module")
def brokers():
    with mock_kafka() as address:
        yield address


@flavours
def test_given_brokers_that_speak_kafka_when_published_then_the_handler_gets_it(
    flavour, brokers
):
    world = World(flavour, brokers)
    topic = f"orders-{uuid4()}"
    # Without a group, as joining takes seconds; a mock cluster creates no topics when
    # it is told to, only when they are named.
    more = {"confluent": {"declare": False}, "kafka": {}}[flavour]
    partitions = [
        world.module.TopicPartition(topic, number, **more)
        for number in range(PARTITIONS)
    ]

    async def scenario():
        got: asyncio.Queue[Any] = asyncio.Queue()

        @world.broker.subscriber(partitions=partitions, auto_offset_reset="earliest")
        async def handle(order: OrderCreated | None, message=MESSAGE):
            await got.put((order, message.headers))

        async with world.broker as broker:
            await broker.publish(ORDER, topic)
            await broker.start()
            first = await got.get()
            await broker.publish(None, topic, key=b"o-1")
            return first, await got.get()

    (order, headers), (tombstone, _) = run(scenario())

    assert order == ORDER
    assert headers["ce_source"] == "urn:shop"
    assert tombstone is None
