"""The broker in memory: the suite of all transports, and what only it has."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.suites.transport import (
    Stage,
    TransportSuite,
    come,
    numbers,
    played,
    values,
)
from wirepact import BrokerUnavailableError, RecordRefusedError
from wirepact.testing._virtual_time import VirtualTimeLoop
from wirepact.transports.memory import Memory, MemoryBroker
from wirepact.transports.port import Lane, Record


class TestLog(TransportSuite):
    new_loop = VirtualTimeLoop

    @pytest.fixture
    def broker(self):
        return MemoryBroker()

    @pytest.fixture
    def connect(self, broker):
        return lambda: Memory(broker)

    @pytest.fixture
    def outage(self, broker):
        return broker.outage


class TestQueue(TestLog):
    @pytest.fixture
    def broker(self):
        return MemoryBroker(delays=True)


@pytest.fixture
def broker():
    return MemoryBroker(partitions=2)


@pytest.fixture
def stage(broker):
    return Stage(lambda: Memory(broker), "orders")


@played
async def test_given_a_killed_process_then_what_it_had_in_hand_comes_again(
    stage, broker
):
    async with stage:
        await stage.send(*numbers(3))
        dying = Memory(broker)
        member = await dying.subscribe(["orders"], "g-orders")
        got = await come(member, 3)
        await member.ack(got[:1])

        dying.kill()

        again = await come(await stage.member(), 2)
        assert values(again) == numbers(2, first=1)
        assert [each.attempt for each in again] == [2, 2]
        await member.ack(got)
        assert broker.committed("g-orders")[got[0].lane] == 1


@played
async def test_given_a_killed_process_when_it_is_told_of_revoked_lanes_then_nobody_waits(  # noqa: E501 - a claim
    stage, broker
):
    async with stage:
        told = asyncio.Event()

        async def revoked(_lanes):
            told.set()
            await asyncio.Event().wait()

        dying = Memory(broker)
        await dying.subscribe(["orders"], "g-orders", revoked)
        joining = asyncio.create_task(stage.member())
        await told.wait()

        dying.kill()

        assert len((await joining).lanes()) >= 1
        await stage.send(b"v")
        await broker.groups["g-orders"].settled_down()
        assert len((await joining).lanes()) == 2


@played
async def test_given_a_callback_that_fails_then_the_lanes_are_revoked_all_the_same(
    stage, caplog
):
    async with stage:

        async def revoked(_lanes):
            raise RuntimeError("no")

        await stage.member(revoked=revoked)
        second = await stage.member()

        assert len(second.lanes()) == 1
        assert "has failed" in caplog.text


@played
async def test_given_a_clock_then_records_and_lags_are_timed_by_it():
    times = [datetime(2026, 1, 1, tzinfo=UTC)]
    broker = MemoryBroker(partitions=1, clock=lambda: times[-1])
    async with Stage(lambda: Memory(broker), "orders") as stage:
        await stage.send(b"v")
        times.append(times[0] + timedelta(seconds=90))
        member = await stage.member()

        lag = await member.lag()

        assert lag == {Lane("orders", 0): (1, 90.0)}
        assert (await come(member, 1))[0].sent_at == times[0]


@played
async def test_given_records_to_keep_when_all_groups_have_settled_then_older_ones_go():
    broker = MemoryBroker(partitions=1, keep=10)
    async with Stage(lambda: Memory(broker), "orders") as stage:
        slow, fast = await stage.member("slow"), await stage.member("fast")
        await stage.send(*numbers(3000))
        await fast.ack(await come(fast, 3000))
        await stage.send(b"more")
        assert len(broker.records("orders")) == 3001

        await slow.ack(await come(slow, 3001))
        await stage.send(b"last")

        assert len(broker.records("orders")) == 10
        assert values(await come(slow, 1)) == [b"last"]
        later = await stage.member("later")
        assert len(await come(later, 10)) == 10


@played
async def test_given_records_to_keep_when_others_come_one_by_one_then_few_more_stay():
    broker = MemoryBroker(partitions=1, keep=80)
    kept = []
    async with Stage(lambda: Memory(broker), "orders") as stage:
        member = await stage.member()
        for number in numbers(400):
            await stage.send(number)
            await member.ack(await come(member, 1))
            kept.append(len(broker.records("orders")))

    assert set(kept[80:]) == set(range(80, 91))


@played
async def test_idleness_is_waited_for_until_all_is_settled(stage, broker):
    async with stage:
        member = await stage.member()
        await stage.send(b"v")
        idle = asyncio.create_task(broker.run_until_idle())
        (got,) = await come(member, 1)
        assert not idle.done()

        await member.ack([got])

        await idle


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(Record("orders", b"v" * 11, b""), id="large"),
        pytest.param(Record("orders", b"", b"", partition=2), id="no such partition"),
        pytest.param(Record("", b"v"), id="no name"),
    ],
)
@played
async def test_given_records_of_which_one_is_refused_then_none_is_taken(record):
    broker = MemoryBroker(partitions=2, most_bytes=10)
    memory = Memory(broker)

    with pytest.raises(RecordRefusedError):
        await memory.send([Record("orders", b"v"), record])

    assert broker.records("orders") == []


@played
async def test_given_an_outage_when_it_begins_then_who_waits_is_told(stage, broker):
    async with stage:
        member = await stage.member()
        fetching = asyncio.create_task(member.fetch(1, 30))
        await asyncio.sleep(0)

        with broker.outage(), pytest.raises(BrokerUnavailableError):
            await fetching
