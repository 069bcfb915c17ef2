"""RabbitMQ: the suite of all transports on a real server, and what only it has."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from struct import pack
from typing import Any

import aio_pika
import pytest
from pamqp import encode

from tests.doubles.bus import Desk, OrderCreated
from tests.integration.sdk.transports.surviving import (
    PASSWORD,
    SecuredSuite,
    SurvivingSuite,
)
from tests.services.certificates import Files
from tests.services.ports import free_port
from tests.services.rabbitmq import rabbitmq as start_rabbitmq
from tests.suites.transport import (
    PATIENCE_S,
    QUIET_S,
    TransportSuite,
    come,
    nothing_comes,
    numbers,
    played,
    values,
)
from wirepact import (
    BrokerUnavailableError,
    RecordRefusedError,
    RecordTooLargeError,
    Retry,
    envelope,
)
from wirepact.transports.port import Record
from wirepact.transports.rabbitmq import RabbitMq

pytestmark = pytest.mark.rabbitmq

_SECURED = """
listeners.ssl.1 = 127.0.0.1:{port}
ssl_options.cacertfile = {ca}
ssl_options.certfile = {server}
ssl_options.keyfile = {server}
default_user = shop
default_pass = {password}
max_message_size = 100000
"""


@pytest.fixture
def server(rabbitmq):
    return rabbitmq


@pytest.fixture
def url(rabbitmq):
    return rabbitmq.url


class TestCompeting(TransportSuite):
    refused_topics = ("", "t" * 122, "grün", "amq.none")
    longest_topic = 121

    @pytest.fixture
    def connect(self, url):
        return lambda: RabbitMq(url)


class TestSingleActive(TestCompeting):
    @pytest.fixture
    def connect(self, url):
        return lambda: RabbitMq(url, single_active_consumer=True)


class TestSurviving(SurvivingSuite):
    kind = RabbitMq

    @pytest.fixture
    def connect(self, url):
        return lambda: RabbitMq(url)


@pytest.fixture(scope="module")
def secured_port(authority: Files) -> Iterator[int]:
    port = free_port()
    config = _SECURED.format(
        port=port, ca=authority.ca, server=authority.server, password=PASSWORD
    )
    with start_rabbitmq(config):
        yield port


class TestSecured(SecuredSuite):
    @pytest.fixture
    def secured(self, secured_port, rabbitmq):
        url = f"amqps://127.0.0.1:{secured_port}"
        return lambda auth, tls: RabbitMq(url, auth=auth, tls=tls)

    @played
    async def test_given_a_record_beyond_the_servers_limit_then_it_is_refused(
        self, secured_port, tls, topic
    ):
        url = f"amqps://shop:pass%20word%3A%2F%40%25@127.0.0.1:{secured_port}"
        broker = RabbitMq(url, tls=tls)
        member = await broker.subscribe([topic], "g")

        with pytest.raises(RecordTooLargeError, match="larger than configured"):
            await broker.send([Record(topic, bytes(100_001), b"k")])

        await broker.send([Record(topic, b"v", b"k")])
        assert values(await come(member, 1)) == [b"v"]
        await broker.close()

    @played
    async def test_given_a_record_sent_beside_one_that_is_too_large_then_it_is_not_that(
        self, secured_port, tls, topic
    ):
        url = f"amqps://shop:pass%20word%3A%2F%40%25@127.0.0.1:{secured_port}"
        broker = RabbitMq(url, tls=tls)
        await broker.send([Record(topic, b"first")])

        outcomes = await asyncio.gather(
            *(
                broker.send([Record(topic, bytes(size), b"k")])
                for size in (100_001, 10, 100_001, 10, 10)
            ),
            return_exceptions=True,
        )

        kinds = [type(each) for each in outcomes]
        assert kinds[0] is RecordTooLargeError
        # Those of the same channel may be told of an outage; they are to be sent again.
        assert {*kinds[1:]} <= {list, RecordTooLargeError, BrokerUnavailableError}
        assert RecordTooLargeError not in {kinds[1], kinds[3], kinds[4]}
        await broker.close()

    @played
    async def test_given_a_dead_letter_beyond_the_limit_then_its_lane_goes_on(
        self, secured_port, tls, topic
    ):
        url = f"amqps://shop:pass%20word%3A%2F%40%25@127.0.0.1:{secured_port}"
        desk, handled = Desk(), asyncio.Event()
        app = desk.app(broker=RabbitMq(url, tls=tls))

        @app.on(OrderCreated, topic=topic, retry=Retry(1))
        async def bill(event):
            handled.set()

        async with app.running():
            # What is told of the failure does not go into the frame any more.
            record = Record(topic, b"garbage", b"k", (("h", b"x" * 119_900),))
            await app._transport.send([record])
            await app.publish(OrderCreated("o-1"), topic)
            await asyncio.wait_for(handled.wait(), PATIENCE_S)
            reading = RabbitMq(url, tls=tls)
            member = await reading.subscribe([f"{topic}.billing.dlq"], "g")
            (letter,) = await come(member, 1)
        await reading.close()

        assert letter.value == record.value
        assert dict(letter.headers)["dlq-reason"] == b"deserialize"


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        pytest.param((("a", b"1"), ("a", b"2")), "'a' is there twice", id="repeated"),
        pytest.param((("CC", b"q"),), "'CC' is one of the broker's own", id="order"),
        pytest.param((("x-death", b"q"),), "one of the broker's own", id="note"),
        pytest.param((("wirepact-key", b"q"),), "broker's own", id="ours"),
        pytest.param((("n" * 256, b"q"),), "more than 255 bytes", id="long"),
        pytest.param((("n", bytes(120_001)),), "120009 bytes", id="large"),
    ],
)
@played
async def test_headers_without_room_in_a_table_are_refused(url, topic, headers, said):
    broker = RabbitMq(url)

    with pytest.raises(RecordRefusedError, match=said):
        await broker.send([Record(topic, b"v", b"k", headers)])

    await broker.close()


@played
async def test_headers_may_have_any_bytes_or_none(url, topic):
    headers = (
        ("none", None),
        ("bytes", b"\xff\x00"),
        ("empty", b""),
        ("grün", "ü".encode()),
        ("content-type", b"application/avro"),
    )
    broker = RabbitMq(url)
    await broker.send([Record(topic, b"v", b"k", headers)])

    (got,) = await come(await broker.subscribe([topic], "g"), 1)

    assert set(got.headers) == set(headers)
    await broker.close()


@played
async def test_given_an_exchange_without_queues_then_a_record_is_refused(url):
    broker = RabbitMq(url)

    with pytest.raises(RecordRefusedError, match="no queue is bound"):
        await broker.send([Record("amq.topic", b"v")])

    await broker.close()


@played
async def test_given_an_unroutable_batch_midway_then_the_channel_is_used_on(url, topic):
    broker = RabbitMq(url)
    member = await broker.subscribe([topic], "g")
    batch = [Record(topic, b"1"), Record("amq.topic", b"2"), Record(topic, b"3")]

    with pytest.raises(RecordRefusedError):
        await broker.send(batch)
    await broker.send([Record(topic, b"4")])

    assert values(await come(member, 3)) == [b"1", b"3", b"4"]
    await broker.close()


@played
async def test_what_is_sent_before_any_group_is_held_for_the_first_one(url, topic):
    broker = RabbitMq(url)
    await broker.send([Record(topic, value) for value in numbers(5)])
    first = await broker.subscribe([topic], "first")
    second = await broker.subscribe([topic], "second")
    await broker.send([Record(topic, b"5")])

    assert values(await come(first, 6)) == numbers(6)
    assert values(await come(second, 1)) == [b"5"]
    await broker.close()


@played
async def test_given_a_delay_then_key_headers_and_attempts_outlive_it(url, topic):
    broker = RabbitMq(url)
    member = await broker.subscribe([topic], "g")
    sent = Record(topic, None, b"\xff", (("h", b"\x00\xff"),), id="an id")
    await broker.send([sent])
    for attempt in (1, 2, 3):
        (got,) = await come(member, 1)
        assert (got.key, got.value, got.headers) == (sent.key, None, sent.headers)
        assert got.attempt == attempt
        await member.nack([got], delay_s=0.05)

    (last,) = await come(member, 1)

    assert last.attempt == 4
    await broker.close()


@played
async def test_given_one_active_member_when_handed_back_then_order_is_kept(url, topic):
    broker = RabbitMq(url, single_active_consumer=True)
    member = await broker.subscribe([topic], "g")
    await broker.send([Record(topic, value, b"k") for value in numbers(6)])
    got = await come(member, 4)
    await member.ack(got[:1])

    await member.nack(got[1:2], delay_s=0.3)
    await member.ack(got[2:3])

    again = await come(member, 5)
    assert values(again) == numbers(5, first=1)
    assert [each.attempt for each in again] == [2, 2, 2, 1, 1]
    await broker.close()


@played
async def test_given_one_active_member_when_it_leaves_then_the_next_goes_on(url, topic):
    first = RabbitMq(url, single_active_consumer=True)
    second = RabbitMq(url, single_active_consumer=True)
    active = await first.subscribe([topic], "g")
    waiting = await second.subscribe([topic], "g")
    await first.send([Record(topic, value, b"k") for value in numbers(10)])
    await active.ack(await come(active, 4))
    assert await nothing_comes(waiting)

    await first.close()

    assert values(await come(waiting, 6)) == numbers(6, first=4)
    await second.close()


@played
async def test_given_no_room_in_hand_then_nothing_more_comes(url, topic):
    broker = RabbitMq(url, prefetch=3)
    member = await broker.subscribe([topic], "g")
    await broker.send([Record(topic, value) for value in numbers(5)])

    got = await come(member, 5, QUIET_S)

    assert values(got) == numbers(3)
    assert [each.messages for each in (await member.lag()).values()] == [5]
    await member.ack(got)
    assert values(await come(member, 2)) == numbers(2, first=3)
    await broker.close()


@played
async def test_given_a_queue_deleted_when_fetched_then_it_is_made_again(url, topic):
    broker = RabbitMq(url)
    member = await broker.subscribe([topic], "g")
    connection = await aio_pika.connect(url)
    async with connection, connection.channel() as channel:
        await channel.queue_delete(f"{topic}.g")
        await channel.exchange_delete(topic)
    # The end of its consumer is told as an outage, if it is waited for just then.
    with suppress(BrokerUnavailableError):
        await come(member, 1, QUIET_S)

    await broker.send([Record(topic, b"v")])

    assert values(await come(member, 1)) == [b"v"]
    await broker.close()


@pytest.mark.parametrize("seconds", [2**64 - 1, 2**63 - 1, 10**15])
@played
async def test_given_a_time_that_no_calendar_has_then_the_message_is_delivered(
    url, topic, monkeypatch, seconds
):
    broker = RabbitMq(url)
    member = await broker.subscribe([topic], "g")
    connection = await aio_pika.connect(url)
    packed = encode.METHODS["timestamp"]
    monkeypatch.setitem(encode.METHODS, "timestamp", lambda _: pack(">Q", seconds))
    async with connection, connection.channel() as channel:
        exchange = await channel.get_exchange(topic)
        message = aio_pika.Message(b"v", timestamp=datetime.now(UTC))
        await exchange.publish(message, routing_key="k")
    monkeypatch.setitem(encode.METHODS, "timestamp", packed)

    (got,) = await come(member, 1)
    assert (got.value, got.sent_at) == (b"v", None)
    # A copy of it waits as well.
    await member.nack([got], delay_s=0.1)
    (again,) = await come(member, 1)

    assert (again.value, again.attempt) == (b"v", 2)
    await member.ack([again])
    await broker.close()


@played
async def test_messages_of_others_are_read(url, topic):
    broker = RabbitMq(url)
    member = await broker.subscribe([topic], "g")
    connection = await aio_pika.connect(url)
    async with connection, connection.channel() as channel:
        exchange = await channel.get_exchange(topic)
        headers: dict[str, Any] = {
            "cloudEvents:id": "1",
            "n": 7,
            "b": True,
            "t": {"a": [1]},
        }
        message = aio_pika.Message(b"v", headers=headers, content_type="text/plain")
        await exchange.publish(message, routing_key="their.key")

    (got,) = await come(member, 1)

    assert (got.key, got.value) == (b"their.key", b"v")
    assert set(got.headers) == {
        ("content-type", b"text/plain"),
        ("cloudEvents:id", b"1"),
        ("n", b"7"),
        ("b", b"true"),
        ("t", b'{"a": [1]}'),
    }
    assert envelope.read(got.headers, got.value, broker.binding).envelope.id == "1"
    await broker.close()
