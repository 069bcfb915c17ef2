"""Redis: the suite of all transports on a real server, and what only it has."""

import asyncio
from collections.abc import Iterator
from hashlib import sha256

import pytest
from redis.asyncio import Redis as Client

from tests.integration.sdk.transports.surviving import (
    PASSWORD,
    SecuredSuite,
    SurvivingSuite,
)
from tests.services.certificates import Files
from tests.services.ports import free_port
from tests.services.programs import private_folder
from tests.services.redis import redis as start_redis
from tests.suites.transport import (
    TransportSuite,
    come,
    nothing_comes,
    numbers,
    played,
    values,
)
from wirepact import BrokerUnavailableError, RecordRefusedError
from wirepact.transports.port import Delivery, Record
from wirepact.transports.redis import Redis

pytestmark = pytest.mark.redis


@pytest.fixture
def server(redis):
    return redis


@pytest.fixture
def url(redis):
    return redis.url()


class TestStreams(TransportSuite):
    refused_topics = ("",)
    longest_topic = None

    @pytest.fixture
    def connect(self, url):
        return lambda: Redis(url)


class TestSurviving(SurvivingSuite):
    kind = Redis
    options = "member_timeout_s=1.0"

    @pytest.fixture
    def connect(self, url):
        return lambda: Redis(url, member_timeout_s=1.0)


@pytest.fixture(scope="module")
def secured_url(authority: Files) -> Iterator[str]:
    port = free_port()
    with private_folder("users", None) as folder:
        users = folder / "users.acl"
        users.write_text(
            "user default on nopass -@all +ping\n"
            f"user shop on #{sha256(PASSWORD.encode()).hexdigest()} ~* &* +@all\n"
        )
        with start_redis(
            tls_port=str(port),
            tls_cert_file=str(authority.server),
            tls_key_file=str(authority.server),
            tls_ca_cert_file=str(authority.ca),
            tls_auth_clients="no",
            aclfile=str(users),
        ):
            yield f"rediss://127.0.0.1:{port}"


class TestSecured(SecuredSuite):
    @pytest.fixture
    def secured(self, secured_url):
        return lambda auth, tls: Redis(secured_url, auth=auth, tls=tls)


@pytest.mark.parametrize("value", [b"", None, b"v"])
@pytest.mark.parametrize("key", [None, b"", b"\xff"])
@played
async def test_nothing_and_emptiness_are_told_apart(url, topic, key, value):
    headers = (("h0:a", b"1"), ("", None), ("a:b", b""), ("value", b"\xff"))
    broker = Redis(url)
    await broker.send([Record(topic, value, key, headers)])

    (got,) = await come(await broker.subscribe([topic], "g"), 1)

    assert (got.key, got.value, got.headers) == (key, value, headers)
    await broker.close()


@played
async def test_given_a_key_of_another_kind_then_a_record_is_refused(url, topic):
    broker = Redis(url)
    async with Client.from_url(url) as client:
        await client.set(topic, "no stream")

    with pytest.raises(RecordRefusedError, match="WRONGTYPE"):
        await broker.send([Record(topic, b"v")])

    await broker.close()


@played
async def test_given_a_limit_then_the_oldest_entries_go(url, topic):
    broker = Redis(url, max_entries=100)
    await broker.send([Record(topic, value) for value in numbers(1000)])
    async with Client.from_url(url) as client:
        kept = await client.xlen(topic)

    assert 100 <= kept < 300
    await broker.close()


@played
async def test_given_no_limit_then_all_entries_stay(url, topic):
    broker = Redis(url)
    await broker.send([Record(topic, value) for value in numbers(1000)])
    member = await broker.subscribe([topic], "g")
    await member.ack(await come(member, 1000))
    async with Client.from_url(url) as client:
        kept = await client.xlen(topic)

    assert kept == 1000
    await broker.close()


@played
async def test_given_a_delay_beyond_a_members_time_then_it_is_not_cut_short(url, topic):
    broker = Redis(url, member_timeout_s=0.3)
    member = await broker.subscribe([topic], "g")
    await broker.send([Record(topic, b"v", b"k")])
    await member.nack(await come(member, 1), delay_s=30)

    assert await come(member, 1, 1.5) == []
    assert [each.messages for each in (await member.lag()).values()] == [1]
    await broker.close()


@played
async def test_given_entries_taken_over_when_acked_late_then_they_stay_unsettled(
    url, topic
):
    broker = Redis(url)
    stalled = await broker.subscribe([topic], "g")
    await broker.send([Record(topic, value) for value in numbers(3)])
    in_hand = await come(stalled, 3)
    async with Client.from_url(url) as client:
        await client.xclaim(topic, "g", "other", 0, [in_hand[0].position])

        await stalled.ack(in_hand)

        pending = await client.xpending(topic, "g")

    assert pending["pending"] == 1
    await broker.close()


@played
async def test_given_an_answer_that_was_lost_then_its_entries_come_nevertheless(
    url, topic
):
    broker = Redis(url)
    member = await broker.subscribe([topic], "g")
    await broker.send([Record(topic, value) for value in numbers(2)])
    in_hand = await come(member, 2)
    fetching = asyncio.create_task(member.fetch(5, 10))
    async with Client.from_url(url) as client:
        while not (await client.info("clients"))["blocked_clients"]:  # noqa: ASYNC110 - the server tells no such event
            await asyncio.sleep(0.01)
        # The server gives entries to the member, and the link ends before it hears.
        async with client.pipeline() as pipeline:
            for value in numbers(3, first=2):
                pipeline.xadd(topic, {"value": value})
            pipeline.xreadgroup("g", member._member, {topic: ">"})
            await pipeline.execute()
        await client.client_kill_filter(skipme=True, _type="normal")
    with pytest.raises(BrokerUnavailableError):
        await fetching
    got = await _come_after_outages(member, 3)

    assert sorted(values([*in_hand, *got])) == numbers(5)
    await broker.close()


@played
async def test_given_all_deleted_meanwhile_then_the_group_is_made_again(url, topic):
    broker = Redis(url)
    member = await broker.subscribe([topic], "g")
    async with Client.from_url(url) as client:
        await client.delete(topic)
    await broker.send([Record(topic, b"v", b"k")])

    assert values(await come(member, 1)) == [b"v"]
    await broker.close()


@played
async def test_given_members_that_died_then_their_names_go(url, topic):
    broker = Redis(url, member_timeout_s=0.3)
    async with Client.from_url(url) as client:
        await (await broker.subscribe([topic], "g")).close()
        await client.xgroup_createconsumer(topic, "g", "dead")
        await asyncio.sleep(0.4)
        member = await broker.subscribe([topic], "g")
        assert await nothing_comes(member)

        names = {each["name"] for each in await client.xinfo_consumers(topic, "g")}

    assert names <= {member._member.encode(), b"wirepact:delayed"}
    await broker.close()


@played
async def test_given_entries_deleted_then_lag_counts_those_that_are_left(url, topic):
    broker = Redis(url)
    member = await broker.subscribe([topic], "g")
    receipts = await broker.send([Record(topic, value) for value in numbers(5)])
    await member.ack(await come(member, 1))
    async with Client.from_url(url) as client:
        await client.xdel(topic, receipts[3].position)

    (lag,) = (await member.lag()).values()

    assert lag.messages == 3
    assert lag.seconds >= 0
    await broker.close()


async def _come_after_outages(member, count):
    got: list[Delivery] = []
    while len(got) < count:
        try:
            got += await come(member, count - len(got))
        except BrokerUnavailableError:
            await asyncio.sleep(0)
    return got
