"""What the SDK may rely on, whichever broker carries its records.

A subclass brings the fixture `connect`: each call makes one more transport, not yet
open, to the same broker. Its module brings `server`, which the suite may take away; or
the class says by `outage` how else that is done. Topics have names of their own in each
test, so one broker can serve them all. What a broker cannot do is read from its
capabilities; tests of such things are skipped, and say so.
"""

import asyncio
import functools
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

import pytest

from wirepact import BrokerUnavailableError, RecordRefusedError
from wirepact.transports.port import (
    Delivery,
    Lane,
    Record,
    Revoked,
    Subscription,
    Transport,
)

Connect = Callable[[], Transport]

PATIENCE_S = 30.0
STEP_S = 0.2
"""How long one fetch waits; a loop of them waits as long as its patience lasts."""

QUIET_S = 1.0
"""How long nothing may come until nothing is said to be there."""


def played(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Return a test that runs in an event loop of its own, and ends.

    The loop is made by the `new_loop` of the test's class, if it has one.
    """

    @functools.wraps(test)
    def play(*args: Any, **kwargs: Any) -> None:
        new_loop = getattr(args[0], "new_loop", None) if args else None
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(asyncio.wait_for(test(*args, **kwargs), 4 * PATIENCE_S))

    return play


class Stage:
    """The transports and subscriptions of one test, closed when it ends."""

    def __init__(self, connect: Connect, topic: str) -> None:
        self.topic = topic
        self._connect = connect
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Stage":
        self.broker = await self.connected()
        return self

    async def __aexit__(self, *_failure: object) -> None:
        await self._stack.aclose()

    async def connected(self) -> Transport:
        """Return one more connection to the broker."""
        transport = self._connect()
        await transport.open()
        self._stack.push_async_callback(transport.close)
        return transport

    async def member(
        self,
        group: str = "g",
        revoked: Revoked | None = None,
        *,
        on: Transport | None = None,
        topics: Sequence[str] = (),
    ) -> Subscription:
        """Return a member of a group that is of this test alone."""
        broker = on or self.broker
        chosen = topics or (self.topic,)
        joined = await broker.subscribe(chosen, f"{group}-{self.topic}", revoked)
        self._stack.push_async_callback(joined.close)
        return joined

    async def send(self, *values: bytes | None, key: bytes | None = b"k") -> None:
        await self.broker.send([Record(self.topic, value, key) for value in values])


async def come(
    member: Subscription, count: int, patience_s: float = PATIENCE_S
) -> list[Delivery]:
    """Return so many deliveries, or those that have come when patience ends."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience_s
    found: list[Delivery] = []
    while len(found) < count and loop.time() < end:
        found += await member.fetch(count - len(found), STEP_S)
    return found


async def nothing_comes(member: Subscription) -> bool:
    return not await come(member, 1, QUIET_S)


def values(deliveries: Iterable[Delivery]) -> list[bytes | None]:
    return [each.value for each in deliveries]


def by_key(deliveries: Iterable[Delivery]) -> dict[bytes | None, list[bytes | None]]:
    found = defaultdict(list)
    for each in deliveries:
        found[each.key].append(each.value)
    return dict(found)


def numbers(count: int, first: int = 0) -> list[bytes]:
    return [b"%d" % number for number in range(first, first + count)]


class Server(Protocol):
    """A broker that keeps its port and its records while it is gone."""

    def kill(self) -> None: ...

    def start(self) -> None: ...


class TransportSuite:
    """Subclasses may say what their broker refuses, and what it takes.

    Attributes:
        refused_topics: Names that no topic can have.
        longest_topic: How many letters a topic may have; None for any number.
        huge_bytes: A large value that the broker still takes.
        new_loop: Makes the event loop of a test.

    """

    refused_topics: tuple[str, ...] = ("no topic has / such a name",)
    longest_topic: int | None = 249
    huge_bytes = 700_000
    new_loop = staticmethod(asyncio.new_event_loop)

    @pytest.fixture
    def connect(self) -> Connect:
        raise NotImplementedError

    @pytest.fixture
    def outage(self, server: Server) -> Callable[[], AbstractContextManager[object]]:
        """Return what takes the broker away for the length of a `with`."""
        return partial(_gone, server)

    @pytest.fixture
    def topic(self) -> str:
        return f"t-{uuid4().hex}"

    @pytest.fixture
    def stage(self, connect: Connect, topic: str) -> Stage:
        return Stage(connect, topic)

    @played
    async def test_what_is_sent_comes_whole_and_in_the_order_of_its_key(self, stage):
        async with stage:
            keys = [b"a", b"b", b"c"]
            records = [
                Record(stage.topic, value, key) for value in numbers(30) for key in keys
            ]
            receipts = await stage.broker.send(records)
            member = await stage.member()

            got = await come(member, 90)

            assert len(receipts) == 90
            assert {each.topic for each in receipts} == {stage.topic}
            assert by_key(got) == dict.fromkeys(keys, numbers(30))
            assert await nothing_comes(member)

    @played
    async def test_given_a_group_that_waits_when_sent_then_it_comes(self, stage):
        async with stage:
            member = await stage.member()
            fetching = asyncio.create_task(come(member, 3))
            await stage.send(*numbers(3))

            assert values(await fetching) == numbers(3)

    @played
    async def test_what_comes_says_where_it_was_and_when_it_was_sent(self, stage):
        async with stage:
            before = datetime.now(UTC) - timedelta(seconds=5)
            await stage.send(b"v")
            member = await stage.member()

            (got,) = await come(member, 1)

            assert got.topic == stage.topic
            assert got.lane in member.lanes()
            assert got.attempt == 1
            if got.sent_at is not None:
                assert before <= got.sent_at <= datetime.now(UTC) + timedelta(seconds=5)

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"\x00\x00\x00\x00\x01\xff\xfe", id="bytes"),
            pytest.param("grün ✓ \U0001f600".encode(), id="non-ascii"),
            pytest.param(None, id="tombstone"),
        ],
    )
    @pytest.mark.parametrize(
        "key",
        [
            pytest.param(b"order 1/2.*>", id="signs"),
            pytest.param("schlüssel".encode(), id="non-ascii"),
            pytest.param(b"\x00\xff\x80", id="bytes"),
            pytest.param(b"k" * 200, id="long"),
        ],
    )
    @played
    async def test_values_and_keys_come_as_they_were_sent(self, stage, key, value):
        async with stage:
            await stage.broker.send([Record(stage.topic, value, key)])
            member = await stage.member()

            (got,) = await come(member, 1)

            assert (got.key, got.value) == (key, value)

    @played
    async def test_a_record_without_a_key_has_none_when_it_comes(self, stage):
        async with stage:
            await stage.send(b"v", key=None)
            member = await stage.member()

            (got,) = await come(member, 1)

            assert got.key is None

    @played
    async def test_a_huge_value_comes_whole(self, stage):
        async with stage:
            value = bytes(range(256)) * (self.huge_bytes // 256)
            await stage.send(value)
            member = await stage.member()

            (got,) = await come(member, 1)

            assert got.value == value

    @played
    async def test_headers_come_in_their_order(self, stage):
        async with stage:
            headers = (("ce_id", b"1"), ("b", b"x"), ("a", b"two words"))
            await stage.broker.send([Record(stage.topic, b"v", b"k", headers)])
            member = await stage.member()

            (got,) = await come(member, 1)

            assert sorted(got.headers) == sorted(headers)

    @played
    async def test_headers_of_any_kind_come_as_they_were_sent_or_are_refused(
        self, stage
    ):
        async with stage:
            odd = (("a", b"1"), ("a", b"\xff\x00"), ("none", None), ("empty", b""))
            record = Record(stage.topic, b"v", b"k", odd)
            if not stage.broker.capabilities.has_any_header:
                with pytest.raises(RecordRefusedError):
                    await stage.broker.send([record])
                return
            await stage.broker.send([record])
            member = await stage.member()

            (got,) = await come(member, 1)

            assert got.headers == odd

    @played
    async def test_given_two_members_when_records_come_then_each_is_given_to_one(
        self, stage
    ):
        async with stage:
            first = await stage.member(on=await stage.connected())
            second = await stage.member(on=await stage.connected())
            await stage.broker.send(
                [Record(stage.topic, each, b"key-" + each) for each in numbers(60)]
            )

            got = await _shared(60, first, second)

            assert sorted(values(got)) == sorted(numbers(60))
            await asyncio.gather(first.close(), second.close())
            assert await nothing_comes(await stage.member())

    @played
    async def test_given_two_groups_when_records_come_then_each_has_all(self, stage):
        async with stage:
            one, other = await stage.member("one"), await stage.member("other")
            await stage.send(*numbers(10))

            assert values(await come(one, 10)) == numbers(10)
            assert values(await come(other, 10)) == numbers(10)

    @played
    async def test_a_group_may_have_several_topics(self, stage):
        async with stage:
            topics = (stage.topic, f"{stage.topic}-more")
            member = await stage.member(topics=topics)
            await stage.broker.send([Record(each, b"v", b"k") for each in topics])

            got = await come(member, 2)

            assert {each.topic for each in got} == set(topics)

    @pytest.mark.parametrize(
        ("group", "ending", "other_group"),
        [
            pytest.param("g.h", ".more", "g.h", id="one-group"),
            pytest.param("b.c", ".b", "c", id="dots-that-meet"),
        ],
    )
    @played
    async def test_given_a_topic_with_dots_then_it_and_its_beginning_do_not_meet(
        self, stage, group, ending, other_group
    ):
        async with stage:
            topic, longer = stage.topic, f"{stage.topic}{ending}"
            short = await stage.broker.subscribe([topic], group)
            long = await stage.broker.subscribe([longer], other_group)
            await stage.broker.send([Record(topic, b"short"), Record(longer, b"long")])

            assert values(await come(short, 1)) == [b"short"]
            assert values(await come(long, 1)) == [b"long"]
            assert await nothing_comes(short)

    @played
    async def test_given_nothing_acked_when_the_member_closes_then_all_comes_again(
        self, stage
    ):
        async with stage:
            await stage.send(*numbers(3))
            member = await stage.member()
            assert len(await come(member, 3)) == 3
            await member.close()

            again = await come(await stage.member(), 3)

            assert values(again) == numbers(3)

    @played
    async def test_given_all_acked_when_opened_again_then_nothing_comes(self, stage):
        async with stage:
            await stage.send(*numbers(3))
            member = await stage.member()
            await member.ack(await come(member, 3))
            await member.close()

            again = await stage.member()
            assert await nothing_comes(again)
            await stage.send(b"next")
            assert values(await come(again, 1)) == [b"next"]

    @played
    async def test_given_the_second_acked_before_the_first_when_it_closes_then_the_first_comes_again(  # noqa: E501 - a claim
        self, stage
    ):
        async with stage:
            await stage.send(*numbers(3))
            member = await stage.member()
            got = await come(member, 3)
            await member.ack(got[1:2])
            await member.close()

            again = values(await come(await stage.member(), 3, 2 * QUIET_S))

            assert again[0] == b"0"
            assert b"2" in again

    @played
    async def test_given_gaps_filled_later_when_opened_again_then_nothing_comes(
        self, stage
    ):
        async with stage:
            await stage.send(*numbers(3))
            member = await stage.member()
            got = await come(member, 3)
            await member.ack(got[2:])
            await member.ack(got[:1])
            await member.ack(got[1:2])
            await member.close()

            assert await nothing_comes(await stage.member())

    @played
    async def test_given_a_nack_when_the_delay_is_over_then_it_comes_again(self, stage):
        async with stage:
            await stage.send(b"v")
            member = await stage.member()
            await member.nack(await come(member, 1), delay_s=1.0)
            loop = asyncio.get_running_loop()
            handed_back = loop.time()

            (again,) = await come(member, 1)

            assert again.value == b"v"
            assert loop.time() - handed_back >= 0.8
            await member.ack([again])
            assert await nothing_comes(member)

    @played
    async def test_given_a_nack_without_delay_then_what_follows_is_not_lost(
        self, stage
    ):
        async with stage:
            await stage.send(*numbers(4))
            member = await stage.member()
            got = await come(member, 2)
            await member.nack(got)

            again = await come(member, 4)

            assert sorted(values(again)) == numbers(4)
            await member.ack(again)
            await member.close()
            assert await nothing_comes(await stage.member())

    @played
    async def test_given_a_nack_with_delay_then_others_wait_as_capabilities_say(
        self, stage
    ):
        async with stage:
            await stage.send(b"0")
            member = await stage.member()
            await member.nack(await come(member, 1), delay_s=2.0)
            await stage.send(b"1")

            got = values(await come(member, 2))

            is_overtaken = stage.broker.capabilities.delays
            assert got == ([b"1", b"0"] if is_overtaken else [b"0", b"1"])

    @played
    async def test_given_paused_lanes_when_resumed_then_they_go_on_where_they_were(
        self, stage
    ):
        async with stage:
            member = await stage.member()
            await stage.send(b"0")
            (first,) = await come(member, 1)
            await member.ack([first])
            member.pause([first.lane])
            await stage.send(b"1")
            assert await nothing_comes(member)

            member.resume([first.lane])

            assert values(await come(member, 1)) == [b"1"]

    @played
    async def test_given_a_limit_then_no_more_comes_at_once(self, stage):
        async with stage:
            await stage.send(*numbers(10))
            member = await stage.member()

            got = await member.fetch(4, PATIENCE_S)

            assert 1 <= len(got) <= 4

    @played
    async def test_lag_counts_what_is_not_settled(self, stage):
        async with stage:
            await stage.send(*numbers(5))
            member = await stage.member()
            got = await come(member, 5)

            before = await member.lag()
            await member.ack(got)
            after = await _lag_of(member, 0)

            assert sum(each.messages for each in before.values()) == 5
            assert set(before) <= set(member.lanes())
            behind = [each for each in before.values() if each.messages]
            assert all(each.seconds is None or each.seconds >= 0 for each in behind)
            assert after == 0

    @played
    async def test_given_a_second_member_when_lanes_are_revoked_then_it_is_told_first(
        self, stage
    ):
        async with stage:
            if not stage.broker.capabilities.has_partitions:
                pytest.skip("a broker without partitions revokes no lane")
            told: list[Lane] = []

            async def revoked(lanes: Sequence[Lane]) -> None:
                told.extend(lanes)

            first = await stage.member(revoked=revoked, on=await stage.connected())
            await _lanes_come(first)
            had = set(first.lanes())
            second = await _joined(stage, first)

            assert set(told) <= had
            assert set(second.lanes()) <= set(told)
            assert second.lanes()

    @played
    async def test_given_a_revoked_callback_that_acks_then_nothing_comes_twice(
        self, stage
    ):
        async with stage:
            if not stage.broker.capabilities.has_partitions:
                pytest.skip("a broker without partitions revokes no lane")
            in_hand: list[Delivery] = []

            async def revoked(lanes: Sequence[Lane]) -> None:
                await first.ack([each for each in in_hand if each.lane in lanes])

            first = await stage.member(revoked=revoked, on=await stage.connected())
            await stage.broker.send(
                [Record(stage.topic, each, b"key-" + each) for each in numbers(30)]
            )
            in_hand += await come(first, 30)
            second = await _joined(stage, first)

            assert await nothing_comes(second)

    @played
    async def test_given_a_lane_lost_when_acked_late_then_the_ack_is_dropped(
        self, stage
    ):
        async with stage:
            if not stage.broker.capabilities.has_partitions:
                pytest.skip("a broker without partitions has no generations")
            first = await stage.member(on=await stage.connected())
            await stage.broker.send(
                [Record(stage.topic, each, b"key-" + each) for each in numbers(30)]
            )
            in_hand = await come(first, 30)
            second = await _joined(stage, first)
            lost = [each for each in in_hand if each.lane in second.lanes()]

            await first.ack(lost)

            got = await come(second, len(lost))
            assert sorted(values(got)) == sorted(values(lost))
            await second.close()
            await first.close()
            again = await come(await stage.member(), 30)
            assert sorted(values(again)) == sorted(numbers(30))

    @played
    async def test_given_a_fetch_that_is_cancelled_then_no_record_is_lost(self, stage):
        async with stage:
            member = await stage.member()
            got: list[Delivery] = []
            for number in range(20):
                fetching = asyncio.create_task(member.fetch(10, PATIENCE_S))
                await asyncio.sleep(0)
                await stage.send(b"%d" % number)
                fetching.cancel()
                done = await asyncio.gather(fetching, return_exceptions=True)
                got += [] if isinstance(done[0], BaseException) else done[0]

            got += await come(member, 20 - len(got))

            assert values(got) == numbers(20)

    @played
    async def test_given_a_fetch_without_records_then_it_ends_with_nothing(self, stage):
        async with stage:
            member = await stage.member()

            assert list(await member.fetch(1, STEP_S)) == []

    @played
    async def test_topics_that_cannot_be_are_refused(self, stage):
        async with stage:
            for topic in self.refused_topics:
                with pytest.raises(RecordRefusedError) as caught:
                    await stage.broker.send([Record(topic, b"v", b"k")])

                assert caught.value.topic == topic

    @played
    async def test_given_the_longest_topic_then_it_works_and_a_longer_one_has_a_fault(
        self, stage
    ):
        if self.longest_topic is None:
            pytest.skip("the broker takes any name")
        topic = stage.topic.ljust(self.longest_topic, "x")
        async with stage:
            broker = stage.broker
            member = await broker.subscribe([topic], "g")
            await broker.send([Record(topic, b"v", b"k")])

            assert broker.find_name_fault(topic, "g") is None
            assert values(await come(member, 1)) == [b"v"]
            assert str(len(topic)) in (broker.find_name_fault(f"{topic}x") or "")
            with pytest.raises(RecordRefusedError):
                await broker.send([Record(f"{topic}x", b"v", b"k")])
            await member.close()

    @played
    async def test_sending_nothing_is_fine(self, stage):
        async with stage:
            assert list(await stage.broker.send([])) == []

    @played
    async def test_opening_and_closing_twice_is_as_good_as_once(self, stage):
        async with stage:
            await stage.send(b"v")
            member = await stage.member()
            await stage.broker.open()
            await member.close()
            await member.close()
            await stage.broker.close()

            await stage.broker.close()

    @played
    async def test_given_a_closed_transport_then_what_was_in_hand_comes_again(
        self, stage
    ):
        async with stage:
            await stage.send(b"v")
            other = await stage.connected()
            member = await stage.member(on=other)
            assert len(await come(member, 1)) == 1

            await other.close()

            assert values(await come(await stage.member(), 1)) == [b"v"]

    @played
    async def test_given_an_outage_then_it_is_told_and_afterwards_nothing_is_lost(
        self, stage, outage
    ):
        async with stage:
            await stage.send(b"before")
            member = await stage.member()
            with outage():
                with pytest.raises(BrokerUnavailableError):
                    await stage.send(b"meanwhile")
                with pytest.raises(BrokerUnavailableError):
                    await come(member, 1)
            await _sent_at_last(stage, b"after")

            got = await _come_at_last(member, {b"before", b"after"})

            assert {b"before", b"after"} <= {*values(got)}

    @played
    async def test_given_an_outage_when_opened_then_it_is_told(
        self, stage, connect, outage
    ):
        async with stage:
            with outage():
                transport = connect()
                with pytest.raises(BrokerUnavailableError):
                    await transport.open()
                await transport.close()


@contextmanager
def _gone(server: Server) -> Iterator[None]:
    server.kill()
    try:
        yield
    finally:
        server.start()


async def _shared(count: int, *members: Subscription) -> list[Delivery]:
    """Return what members get together, acked at once."""
    got: list[Delivery] = []

    async def take(member: Subscription) -> None:
        while len(got) < count:
            found = await member.fetch(5, STEP_S)
            await member.ack(found)
            got.extend(found)

    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*map(take, members))
    return got


async def _lanes_come(member: Subscription) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not member.lanes():
            await member.fetch(1, STEP_S)


async def _joined(stage: Stage, first: Subscription) -> Subscription:
    """Return a second member that has its lanes; the first one fetches meanwhile."""

    async def keep_up() -> None:
        while True:
            first.pause(first.lanes())
            await first.fetch(1, STEP_S)

    keeping = asyncio.create_task(keep_up())
    try:
        second = await stage.member(on=await stage.connected())
        second.pause(second.lanes())
        async with asyncio.timeout(PATIENCE_S):
            while not second.lanes():  # noqa: ASYNC110 - the port tells no such event
                await asyncio.sleep(0.05)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    second.resume(second.lanes())
    return second


async def _lag_of(member: Subscription, wanted: int) -> int:
    """Return the lag when it is as wanted; brokers may tell it a moment later."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE_S
    while True:
        lags = await member.lag()
        found = sum(each.messages for each in lags.values())
        if found == wanted or loop.time() > end:
            return found
        await asyncio.sleep(0.05)


async def _sent_at_last(stage: Stage, value: bytes) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await stage.send(value)
            except BrokerUnavailableError:
                await asyncio.sleep(STEP_S)
            else:
                return


async def _come_at_last(
    member: Subscription, wanted: set[bytes | None]
) -> list[Delivery]:
    got: list[Delivery] = []
    async with asyncio.timeout(PATIENCE_S):
        while not wanted <= {*values(got)}:
            try:
                got += await member.fetch(10, STEP_S)
            except BrokerUnavailableError:
                await asyncio.sleep(STEP_S)
    return got
