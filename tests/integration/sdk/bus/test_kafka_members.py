"""What only a real Kafka shows: members that die, freeze, take long, and come back."""

import asyncio
import logging
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.partitioner import murmur2 as peers_murmur2
from confluent_kafka import ConsumerGroupTopicPartitions, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.cimpl import NewTopic
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.bus import Desk, OrderCreated
from tests.services.kafka import PASSWORD, USER
from tests.suites.transport import (
    PATIENCE_S,
    STEP_S,
    Stage,
    by_key,
    come,
    numbers,
    played,
    values,
)
from wirepact import BrokerUnavailableError, RecordRefusedError, RecordTooLargeError
from wirepact.transports._murmur2 import murmur2
from wirepact.transports.kafka import Kafka, KafkaOptions, Mechanism, Sasl, Tls
from wirepact.transports.kafka_sync import ConfluentKafka
from wirepact.transports.port import Delivery, Lane, Record, Subscription

OPTIONS = KafkaOptions(send_timeout_s=8, session_timeout_s=6, revoke_timeout_s=10)
PROCESS = Path(__file__).with_name("kafka_process.py")


@pytest.fixture(params=[Kafka, ConfluentKafka], ids=["aiokafka", "confluent"])
def library(request):
    return request.param


@pytest.fixture
def topic():
    return f"t-{uuid4().hex}"


@pytest.fixture
def stage(library, kafka, topic):
    return Stage(lambda: library(kafka.address, options=OPTIONS), topic)


@played
async def test_given_handlers_at_work_when_a_member_joins_then_none_runs_twice(stage):
    async with stage:
        handled: list[bytes | None] = []
        in_hand: list[Delivery] = []
        gone = asyncio.Event()

        async def revoked(lanes: Sequence[Lane]) -> None:
            # What a consumer does: it finishes what is in hand of these lanes.
            mine = [each for each in in_hand if each.lane in lanes]
            handled.extend(values(mine))
            await first.ack(mine)
            in_hand[:] = [each for each in in_hand if each.lane not in lanes]
            gone.set()

        first = await stage.member(revoked=revoked, on=await stage.connected())
        await stage.broker.send(_spread(stage.topic, 60))
        in_hand += await come(first, 60)
        joining = asyncio.create_task(stage.member(on=await stage.connected()))
        while not gone.is_set():
            in_hand += await first.fetch(10, STEP_S)
        second = await joining
        rest = [*in_hand, *await come(first, 1, 2), *await come(second, 1, 2)]
        handled += values(rest)

        assert sorted(handled) == sorted(numbers(60))


@played
async def test_given_a_revoked_callback_that_hangs_then_the_other_member_waits_no_longer_than_said(  # noqa: E501 - a claim
    library, kafka, topic
):
    hurried = replace(OPTIONS, revoke_timeout_s=1)
    async with Stage(lambda: library(kafka.address, options=hurried), topic) as stage:
        never = asyncio.Event()

        async def hang(lanes: Sequence[Lane]) -> None:
            await never.wait()

        first = await stage.member(revoked=hang, on=await stage.connected())
        await stage.broker.send(_spread(topic, 30))
        in_hand = await come(first, 30)
        fetching = asyncio.create_task(_fetch_for_ever(first))

        second = await stage.member(on=await stage.connected())
        got = await come(second, 1)
        fetching.cancel()
        await first.ack(in_hand)

        assert got


@played
async def test_given_a_frozen_process_when_its_session_ends_then_another_has_its_lanes_and_its_acks_are_dropped(  # noqa: E501 - a claim
    stage, library, kafka
):
    async with stage, _process(library, kafka, stage.topic, "hold") as frozen:
        await stage.broker.send(_spread(stage.topic, 30))
        assert await frozen.said() == b"have 30"
        os.kill(frozen.pid, signal.SIGSTOP)

        member = await stage.member()
        got = await come(member, 30)
        assert sorted(values(got)) == sorted(numbers(30))
        os.kill(frozen.pid, signal.SIGCONT)
        await frozen.tell(b"ack")
        assert await frozen.said() == b"acked"
        await member.close()

        again = await come(await stage.member(), 30)
        assert sorted(values(again)) == sorted(numbers(30))


@played
async def test_given_a_process_killed_at_work_then_all_that_was_not_acked_comes_again(
    stage, library, kafka
):
    async with stage, _process(library, kafka, stage.topic, "half") as killed:
        await stage.send(*numbers(40))
        assert await killed.said() == b"acked 20"
        os.kill(killed.pid, signal.SIGKILL)

        got = values(await come(await stage.member(), 40, 15))

        # Acknowledgements are told in batches: the last of them may be lost.
        assert set(numbers(20, first=20)) <= set(got)
        assert len(got) == len(set(got))


@played
async def test_given_acks_that_were_told_when_the_process_is_killed_then_they_do_not_come_again(  # noqa: E501 - a claim
    stage, library, kafka
):
    async with stage, _process(library, kafka, stage.topic, "half") as killed:
        await stage.send(*numbers(40))
        assert await killed.said() == b"acked 20"
        await _committed(kafka, stage, 20)
        os.kill(killed.pid, signal.SIGKILL)

        got = values(await come(await stage.member(), 20))

        assert got == numbers(20, first=20)


@played
async def test_given_a_broker_killed_at_work_when_it_is_back_then_acks_count_and_nothing_is_lost(  # noqa: E501 - a claim
    stage, kafka
):
    async with stage:
        member = await stage.member()
        await stage.send(*numbers(10))
        got = await come(member, 10)
        kafka.kill()
        try:
            await _acked(member, got[:5])
        finally:
            kafka.start()
        await _acked_at_last(member, got[5:])
        await member.close()
        await stage.broker.close()

        await stage.broker.open()
        again = await stage.member()
        late = values(await come(again, 10, 3))
        await stage.send(b"next")

        assert set(late) <= set(numbers(10))
        assert (await come(again, 1))[-1].value == b"next"


@played
async def test_given_a_frozen_broker_when_sent_then_it_is_told_in_time(library, kafka):
    hurried = replace(OPTIONS, send_timeout_s=1.5)
    topic = f"t-{uuid4().hex}"
    async with Stage(lambda: library(kafka.address, options=hurried), topic) as stage:
        await stage.send(b"before")
        with kafka.frozen(), pytest.raises(BrokerUnavailableError) as caught:
            await stage.send(b"meanwhile")
        async with asyncio.timeout(30):
            while not await _is_sent(stage, b"after"):  # noqa: ASYNC110 - it asks
                await asyncio.sleep(STEP_S)

        got = await come(await stage.member(), 3, 5)

        assert kafka.address in str(caught.value)
        assert {*values(got)} >= {b"before", b"after"}


@played
async def test_given_two_members_when_they_join_then_each_does_so_once(
    kafka, topic, caplog
):
    caplog.set_level(logging.INFO, logger="aiokafka")
    stage = Stage(lambda: Kafka(kafka.address, options=OPTIONS), topic)

    async with stage:
        members = [await stage.connected() for _ in range(2)]
        joined = await asyncio.gather(*(stage.member(on=each) for each in members))
        await asyncio.gather(*(come(each, 1, 3) for each in joined))

    generations = re.findall(r"Joined group .*generation (\d+)", caplog.text)
    # One by one at the most: the first alone, both, and both as one has been told.
    assert max(map(int, generations)) <= 3


@played
async def test_given_two_members_when_one_leaves_then_the_other_has_all_lanes(stage):
    async with stage:
        first = await stage.member(on=await stage.connected())
        second = await stage.member(on=await stage.connected())
        fetching = asyncio.create_task(_fetch_for_ever(first))

        await second.close()

        async with asyncio.timeout(20):
            while len(first.lanes()) < 3:  # noqa: ASYNC110 - the port tells no such event
                await asyncio.sleep(0.05)
        fetching.cancel()
        assert len(first.lanes()) == 3


@played
async def test_given_confluents_library_when_a_member_joins_then_lanes_that_stay_are_not_disturbed(  # noqa: E501 - a claim
    kafka, topic
):
    connect = lambda: ConfluentKafka(kafka.address, options=OPTIONS)  # noqa: E731 - it is short
    async with Stage(connect, topic) as stage:
        told: list[Lane] = []

        async def revoked(lanes: Sequence[Lane]) -> None:
            told.extend(lanes)

        first = await stage.member(revoked=revoked, on=await stage.connected())
        before = set(first.lanes())
        await stage.broker.send(_spread(topic, 30))
        in_hand = await come(first, 30)

        second = await stage.member(on=await stage.connected())
        async with asyncio.timeout(20):
            while not second.lanes():  # noqa: ASYNC110 - the port tells no such event
                await asyncio.sleep(0.05)

        kept = before - set(told)
        assert kept
        assert set(first.lanes()) == kept
        await first.ack(each for each in in_hand if each.lane in kept)
        await first.close()
        got = await come(second, 30, 5)
        assert not kept & {each.lane for each in got}


@played
async def test_given_keys_then_both_libraries_choose_the_partition_that_java_does(
    kafka, topic
):
    keys = [b"%d" % number for number in range(50)]
    placed = []
    for library in (Kafka, ConfluentKafka):
        async with Stage(lambda: library(kafka.address), topic) as stage:  # noqa: B023 - used at once
            records = [Record(topic, b"v", key) for key in keys]
            placed.append([each.partition for each in await stage.broker.send(records)])

    theirs = [(peers_murmur2(key) & 0x7FFFFFFF) % 3 for key in keys]
    assert placed == [theirs, theirs]


@given(st.binary(max_size=300))
def test_the_hash_of_a_key_is_that_of_another_implementation(key):
    assert murmur2(key) == peers_murmur2(key)


@played
async def test_given_the_hash_of_javas_own_tests_then_ours_is_the_same():
    known = {
        b"21": -973932308,
        b"foobar": -790332482,
        b"a-little-bit-long-string": -985981536,
    }

    assert {key: murmur2(key) for key in known} == {
        key: value & 0xFFFFFFFF for key, value in known.items()
    }


@played
async def test_given_thousands_of_records_then_they_go_in_batches_and_keep_their_order(
    stage,
):
    async with stage:
        keys = [b"a", b"b", b"c", b"d"]
        records = [
            Record(stage.topic, value + b"x" * 500, keys[number % 4])
            for number, value in enumerate(numbers(8000))
        ]
        receipts = await stage.broker.send(records)

        got = by_key(await come(await stage.member(), 8000))

        sent = {
            key: [each.value for each in records if each.key == key] for key in keys
        }
        assert got == sent
        assert len({(each.partition, each.position) for each in receipts}) == 8000


@pytest.mark.parametrize(
    ("record", "refusal", "reason"),
    [
        pytest.param(
            {"value": bytes(2_000_000)}, RecordTooLargeError, "", id="too-large"
        ),
        pytest.param(
            {"value": b"v", "partition": 99},
            RecordRefusedError,
            "artition",
            id="no-partition",
        ),
    ],
)
@played
async def test_given_a_record_that_cannot_be_taken_then_it_is_refused(
    stage, record, refusal, reason
):
    async with stage:
        with pytest.raises(refusal) as caught:
            await stage.broker.send([Record(stage.topic, **record)])

        assert caught.value.topic == stage.topic
        assert reason in caught.value.reason
        await stage.send(b"next")


@played
async def test_given_no_leave_to_make_topics_then_unknown_ones_are_refused(
    library, kafka, topic
):
    options = replace(OPTIONS, new_topic_partitions=None)
    async with Stage(lambda: library(kafka.address, options=options), topic) as stage:
        with pytest.raises(RecordRefusedError, match="no such topic"):
            await stage.send(b"v")
        with pytest.raises(RecordRefusedError, match="no such topic"):
            await stage.member()


@played
async def test_given_a_time_that_no_calendar_has_then_the_record_comes_all_the_same(
    stage, kafka
):
    async with stage:
        # As brokers before Kafka 4 have it.
        anything = {"message.timestamp.after.max.ms": str(2**63 - 1)}
        administering = AdminClient({"bootstrap.servers": kafka.address})
        made = administering.create_topics(
            [NewTopic(stage.topic, 1, 1, config=anything)]
        )
        await asyncio.to_thread(made[stage.topic].result, 30)
        member = await stage.member()
        producer = Producer({"bootstrap.servers": kafka.address})
        # Microseconds, taken for milliseconds.
        producer.produce(stage.topic, b"x", timestamp=1_770_000_000_000_000)
        await asyncio.to_thread(producer.flush, 30)
        (delivery,) = await come(member, 1)

    assert (delivery.value, delivery.sent_at) == (b"x", None)


@pytest.mark.parametrize(
    ("value", "left_out"),
    [(b"x" * 3000, None), (b"x" * 10_000, b"value")],
    ids=["headers", "value"],
)
@played
async def test_given_dead_letters_that_are_too_large_then_their_lane_goes_on(
    library, kafka, stage, value, left_out
):
    letters = f"{stage.topic}.billing.dlq"
    administering = AdminClient({"bootstrap.servers": kafka.address})
    made = administering.create_topics(
        [NewTopic(letters, 1, 1, config={"max.message.bytes": "4500"})]
    )
    await asyncio.to_thread(made[letters].result, 30)
    app = Desk().app(broker=library(kafka.address, options=OPTIONS))
    handled = asyncio.Event()

    @app.on(OrderCreated, topic=stage.topic)
    async def bill(event):
        handled.set()

    async with stage:
        # It does not shrink when it is packed.
        noise = ("noise", os.urandom(3000))
        await stage.broker.send([Record(stage.topic, value, b"k", (noise,))])
        await app.publish(OrderCreated("o-1"), stage.topic, key=b"k")
        async with app.running():
            await asyncio.wait_for(handled.wait(), PATIENCE_S)
        (letter,) = await come(await stage.member(topics=[letters]), 1)

    told = dict(letter.headers)
    assert letter.value == (b"" if left_out else value)
    assert told.get("dlq-left-out") == left_out
    assert "noise" not in told
    assert (told["dlq-original-topic"], told["dlq-original-offset"]) == (
        stage.topic.encode(),
        b"0",
    )


@played
async def test_a_tombstone_without_a_key_comes_as_one(stage):
    async with stage:
        await stage.send(None, key=None)

        (got,) = await come(await stage.member(), 1)

        assert (got.key, got.value) == (None, None)


@played
async def test_given_tls_and_a_password_then_records_go_and_come(library, kafka, topic):
    async with Stage(lambda: _secure(library, kafka), topic) as stage:
        await stage.send(b"v")

        assert values(await come(await stage.member(), 1)) == [b"v"]


@played
async def test_given_a_wrong_password_when_opened_then_it_is_told_without_it(
    library, kafka
):
    transport = _secure(library, kafka, password="not hers")  # noqa: S106 - it is none

    with pytest.raises(BrokerUnavailableError) as caught:
        await transport.open()
    await transport.close()

    assert "not hers" not in f"{caught.value} {transport!r}"


@played
async def test_given_no_right_to_write_then_the_record_is_refused(
    library, kafka, topic
):
    denied = AclBinding(
        ResourceType.TOPIC,
        topic,
        ResourcePatternType.LITERAL,
        f"User:{USER}",
        "*",
        AclOperation.WRITE,
        AclPermissionType.DENY,
    )
    allowed = AclBinding(
        ResourceType.TOPIC,
        topic,
        ResourcePatternType.LITERAL,
        f"User:{USER}",
        "*",
        AclOperation.ALL,
        AclPermissionType.ALLOW,
    )
    async with Stage(lambda: library(kafka.address), topic) as stage:
        await stage.send(b"v")
    admin = AdminClient({"bootstrap.servers": kafka.address})
    for made in admin.create_acls([denied, allowed]).values():
        made.result(20)

    async with Stage(lambda: _secure(library, kafka), topic) as stage:
        with pytest.raises(RecordRefusedError, match=r"(?i)authoriz"):
            await stage.send(b"v")


def _spread(topic: str, count: int) -> list[Record]:
    return [Record(topic, each, b"key-" + each) for each in numbers(count)]


def _secure(library, kafka, password: str = PASSWORD):
    return library(
        kafka.secure_address,
        tls=Tls(authority=kafka.files.ca),
        sasl=Sasl(USER, password, Mechanism.PLAIN),
        options=replace(OPTIONS, send_timeout_s=5),
    )


async def _fetch_for_ever(member: Subscription) -> None:
    while True:
        await member.fetch(1000, STEP_S)


async def _acked(member: Subscription, deliveries: Sequence[Delivery]) -> bool:
    try:
        await member.ack(deliveries)
    except BrokerUnavailableError:
        return False
    return True


async def _acked_at_last(member: Subscription, deliveries: Sequence[Delivery]) -> None:
    async with asyncio.timeout(30):
        while not await _acked(member, deliveries):  # noqa: ASYNC110 - it asks
            await asyncio.sleep(STEP_S)


async def _is_sent(stage: Stage, value: bytes) -> bool:
    try:
        await stage.send(value)
    except BrokerUnavailableError:
        return False
    return True


async def _committed(kafka, stage: Stage, wanted: int) -> None:
    """Wait until the group has so many acknowledgements, by another client."""
    admin = AdminClient({"bootstrap.servers": kafka.address})
    asked = ConsumerGroupTopicPartitions(f"g-{stage.topic}")
    async with asyncio.timeout(20):
        while True:
            (found,) = admin.list_consumer_group_offsets([asked]).values()
            offsets = await asyncio.wrap_future(found)
            if sum(each.offset for each in offsets.topic_partitions or ()) == wanted:
                return
            await asyncio.sleep(0.1)


class Process:
    """A consumer in a process of its own, which says what it has done line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    async def said(self) -> bytes:
        assert self._process.stdout is not None
        async with asyncio.timeout(40):
            return (await self._process.stdout.readline()).strip()

    async def tell(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        await self._process.stdin.drain()


@asynccontextmanager
async def _process(library, kafka, topic: str, what: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, PROCESS, library.__name__, kafka.address, topic, what),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
