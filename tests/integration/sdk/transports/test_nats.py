"""NATS: the suite of all transports on a real server, and what only it has."""

import asyncio
from collections.abc import Iterator

import nats as library
import pytest

from tests.integration.sdk.transports.surviving import (
    PASSWORD,
    SecuredSuite,
    SurvivingSuite,
)
from tests.services.certificates import Files
from tests.services.nats import nats as start_nats
from tests.suites.transport import (
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
    envelope,
)
from wirepact.auth import BearerAuth
from wirepact.transports.nats import Nats
from wirepact.transports.port import Record

pytestmark = pytest.mark.nats

_TOKEN = "a token of theirs"  # noqa: S105 - it protects nothing
_TOKEN_CONFIG = f'authorization {{ token: "{_TOKEN}" }}'
_SECURED = """
tls {{ cert_file: "{server}", key_file: "{server}" }}
authorization {{ user: shop, password: "{password}" }}
"""


@pytest.fixture
def server(nats):
    return nats


@pytest.fixture
def url(nats):
    return nats.url


class TestStreams(TransportSuite):
    refused_topics = (
        *TransportSuite.refused_topics,
        *("", "a b", "a..b", ".a", "a.*", "a.>", "$JS.API", "_INBOX.a", "a\r\n"),
        "t" * 201,
    )
    longest_topic = 200

    @pytest.fixture
    def connect(self, url):
        return lambda: Nats(url)


class TestSurviving(SurvivingSuite):
    kind = Nats
    options = "ack_wait_s=1.0"

    @pytest.fixture
    def connect(self, url):
        return lambda: Nats(url, ack_wait_s=1.0)


@pytest.fixture(scope="module")
def secured_url(authority: Files) -> Iterator[str]:
    config = _SECURED.format(server=authority.server, password=PASSWORD)
    with start_nats(config) as server:
        yield server.url.replace("nats://", "tls://")


class TestSecured(SecuredSuite):
    @pytest.fixture
    def secured(self, secured_url):
        return lambda auth, tls: Nats(secured_url, auth=auth, tls=tls)


@played
async def test_given_a_token_then_only_those_who_have_it_come_in():
    with start_nats(_TOKEN_CONFIG) as server:
        broker = Nats(server.url, auth=BearerAuth(_TOKEN))
        await broker.open()
        stranger = Nats(server.url, auth=BearerAuth(f"not {_TOKEN}"))
        with pytest.raises(BrokerUnavailableError) as caught:
            await stranger.open()

        assert _TOKEN not in f"{caught.value} {caught.value!r} {stranger!r}"
        await stranger.close()
        await broker.close()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param((("a", b"1"), ("a", b"1")), id="repeated"),
        pytest.param((("a", b"1"), ("A", b"2")), id="by-case"),
        pytest.param((("two words", b"1"),), id="blank"),
        pytest.param((("a", b" 1 "),), id="padded"),
        pytest.param((("a", b"1\r\nNats-Msg-Id: 2"),), id="injected"),
        pytest.param((("a:b", b"1"), ("", b"2"), ("ü", b"3")), id="names"),
        pytest.param((("a", None), ("b", b""), ("c", b"\x00\xff")), id="values"),
    ],
)
@played
async def test_headers_that_are_no_lines_come_as_they_were_sent(url, topic, headers):
    broker = Nats(url)
    await broker.send([Record(topic, b"v", b"k", headers)])

    (got,) = await come(await broker.subscribe([topic], "g"), 1)

    assert got.headers == headers
    await broker.close()


@pytest.mark.parametrize("name", ["Nats-Msg-Id", "nats-ttl", "Wirepact-Key", "Status"])
@played
async def test_headers_that_are_the_brokers_own_are_refused(url, topic, name):
    broker = Nats(url)

    with pytest.raises(RecordRefusedError, match="one of the broker's own"):
        await broker.send([Record(topic, b"v", b"k", ((name, b"1"),))])

    await broker.close()


@pytest.mark.parametrize(
    "key", [None, b"", b"_", b"%", b"%5F", b"a.b", b"*", b">", b" ", b"k" * 10_000]
)
@played
async def test_keys_that_are_no_tokens_come_as_they_were_sent(url, topic, key):
    broker = Nats(url)
    await broker.send([Record(topic, b"v", key)])

    (got,) = await come(await broker.subscribe([topic], "g"), 1)

    assert got.key == key
    await broker.close()


@played
async def test_given_an_id_sent_twice_then_it_is_kept_once(url, topic):
    broker = Nats(url)
    record = Record(topic, b"v", b"k", id="urn:shop grün\r\n1")
    first = await broker.send([record, record])
    second = await broker.send([record])
    member = await broker.subscribe([topic], "g")

    assert len(await come(member, 1)) == 1
    assert await nothing_comes(member)
    assert {each.position for each in [*first, *second]} == {1}
    await broker.close()


@played
async def test_given_a_record_beyond_the_servers_limit_then_it_is_refused(url, topic):
    broker = Nats(url)
    header = ("h", b"x" * 600_000)

    with pytest.raises(RecordTooLargeError, match="takes at most 1048576"):
        await broker.send([Record(topic, bytes(600_000), b"k", (header,))])

    await broker.send([Record(topic, b"v")])
    await broker.close()


@played
async def test_given_subjects_of_another_stream_then_the_topic_is_refused(url, topic):
    client = await library.connect(url)
    await client.jetstream().add_stream(name=f"other-{topic}", subjects=[f"{topic}.>"])
    await client.close()
    broker = Nats(url)

    with pytest.raises(RecordRefusedError, match="overlap"):
        await broker.send([Record(topic, b"v")])

    await broker.close()


@played
async def test_given_a_stream_deleted_meanwhile_then_it_is_made_again(url, topic):
    broker = Nats(url)
    member = await broker.subscribe([topic], "g")
    client = await library.connect(url)
    await client.jetstream().delete_stream(topic)
    await client.close()

    with pytest.raises(BrokerUnavailableError, match="is gone"):
        await broker.send([Record(topic, b"v")])
    await broker.send([Record(topic, b"v")])

    assert values(await come(member, 1)) == [b"v"]
    await broker.close()


@played
async def test_given_one_in_hand_at_most_when_handed_back_then_order_is_kept(
    url, topic
):
    broker = Nats(url, max_ack_pending=1)
    member = await broker.subscribe([topic], "g")
    await broker.send([Record(topic, value, b"k") for value in numbers(3)])
    order = []
    for attempt in (1, 2):
        (got,) = await come(member, 1)
        order.append((got.value, got.attempt))
        assert await come(member, 1, QUIET_S) == []
        await (member.nack([got], 0.3) if attempt == 1 else member.ack([got]))

    order += [(each.value, each.attempt) for each in await come(member, 1)]

    assert order == [(b"0", 1), (b"0", 2), (b"1", 1)]
    await broker.close()


@played
async def test_lag_is_the_groups_and_tells_the_age_of_the_oldest(url, topic):
    broker, other = Nats(url), Nats(url)
    await broker.send([Record(topic, value) for value in numbers(5)])
    await asyncio.sleep(0.1)
    member, second = (
        await broker.subscribe([topic], "g"),
        await other.subscribe([topic], "g"),
    )
    await come(second, 2)

    (lag,) = (await member.lag()).values()

    assert lag.messages == 5
    assert 0.1 <= lag.seconds < 60
    await other.close()
    await broker.close()


@played
async def test_messages_of_others_are_read(url, topic):
    broker = Nats(url)
    member = await broker.subscribe([topic], "g")
    client = await library.connect(url)
    headers = {"ce-id": "1%20%C3%BC", "X-Their": "value"}
    await client.jetstream().publish(f"{topic}.their%20key", b"v", headers=headers)
    await client.close()

    (got,) = await come(member, 1)

    assert (got.key, got.value) == (b"their key", b"v")
    assert ("X-Their", b"value") in got.headers
    assert envelope.read(got.headers, got.value, broker.binding).envelope.id == "1 ü"
    await broker.close()
