"""Dead letters in a broker in memory: a log, and a queue."""

import asyncio
from datetime import UTC, datetime, timedelta
from struct import pack
from typing import Any

import pytest

from tests.doubles.bus import Desk, OrderCreated, virtual
from tests.suites.redriving import NOW, RedrivingSuite, Scene, letter_of
from wirepact import (
    BrokerUnavailableError,
    RecordRefusedError,
    RegistryUnavailableError,
    Retry,
)
from wirepact._sifting import MOST_HELD
from wirepact.async_serializer import AsyncDeserializer
from wirepact.envelope import KAFKA
from wirepact.redriving import (
    Criteria,
    Judge,
    Letter,
    Pace,
    Plan,
    Redriving,
    Ruling,
    Verdict,
    look,
)
from wirepact.testing._virtual_time import VirtualTimeLoop
from wirepact.transports.memory import Memory, MemoryBroker
from wirepact.transports.port import Delivery, Record


class TestLog(RedrivingSuite):
    new_loop = staticmethod(VirtualTimeLoop)

    @pytest.fixture
    def connect(self):
        broker = MemoryBroker()
        return lambda: Memory(broker)


class TestLogThatDelays(RedrivingSuite):
    new_loop = staticmethod(VirtualTimeLoop)

    @pytest.fixture
    def connect(self):
        broker = MemoryBroker(partitions=1, delays=True)
        return lambda: Memory(broker)


def failing_desk():
    """Return a desk whose handler fails as long as `is_broken` says so."""
    desk = Desk(partitions=2)
    state = {"is_broken": True}
    handled = []
    app = desk.app()

    @app.on(OrderCreated, topic="orders", name="billing.bill", retry=Retry(1))
    async def bill(event: OrderCreated):
        if state["is_broken"]:
            raise ValueError(event.order_id)
        handled.append(event.order_id)

    return desk, app, state, handled


def test_what_a_service_could_not_handle_is_handled_when_it_is_mended_and_redriven():
    async def scenario():
        desk, app, state, handled = failing_desk()
        verdicts: list[Verdict] = []
        async with app.running():
            for number in range(4):
                await app.publish(OrderCreated(f"o-{number}"), "orders")
            await desk.raw("orders", b"not framed")
            await desk.idle()
            state["is_broken"] = False
            judge = Judge(AsyncDeserializer(desk.registry.async_client()))
            redriving = Redriving(
                Memory(desk.broker), judge, tell_verdict=verdicts.append
            )
            await redriving.run(Plan("orders.billing.dlq", Criteria()))
            await asyncio.sleep(1)
            await desk.broker.run_until_idle()
        return verdicts, handled

    verdicts, handled = virtual(scenario)

    assert sorted(handled) == [f"o-{number}" for number in range(4)]
    (kept,) = [each for each in verdicts if each.ruling is Ruling.UNREADABLE]
    assert kept.letter.delivery.value == b"not framed"
    assert kept.why.startswith("FramingError")


def test_given_a_registry_that_is_out_then_nothing_is_ruled_or_sent():
    async def scenario():
        broker = MemoryBroker()
        memory = Memory(broker)
        await memory.send([letter_of("orders", 1, memory)])

        class Out:
            async def decode(self, topic, data, headers=None):
                raise RegistryUnavailableError("it is out")

            def type_of(self, data, headers):
                return None

        verdicts: list[Verdict] = []
        redriving = Redriving(memory, Judge(Out()), tell_verdict=verdicts.append)
        with pytest.raises(RegistryUnavailableError):
            await redriving.run(Plan("orders.billing.dlq", Criteria()))
        return broker, verdicts

    broker, verdicts = virtual(scenario)

    assert verdicts == []
    assert broker.records("orders") == []


def test_given_a_letter_without_a_topic_then_it_is_kept_and_said_why():
    async def scenario():
        memory = Memory()
        await memory.send([Record("dead", b"v", b"k")])
        verdicts: list[Verdict] = []
        await Redriving(memory, tell_verdict=verdicts.append).run(
            Plan("dead", Criteria())
        )
        return verdicts

    (verdict,) = virtual(scenario)

    assert verdict.ruling is Ruling.HOMELESS
    assert "--to" in verdict.why


class Choosy(Memory):
    """A connection to a broker that takes no large records on one topic."""

    async def send(self, records):
        for record in records:
            if record.topic == "orders" and record.value == b"v-1":
                raise RecordRefusedError("orders", "it is too large")
        return await super().send(records)


def test_given_a_refused_record_then_it_is_kept_and_the_others_go():
    async def scenario():
        memory = Choosy(MemoryBroker(partitions=1))
        await memory.send([letter_of("orders", each, memory) for each in range(3)])
        verdicts: list[Verdict] = []
        await Redriving(memory, tell_verdict=verdicts.append).run(
            Plan("orders.billing.dlq", Criteria())
        )
        scene = Scene(lambda: Memory(memory.broker))
        scene.dead = "orders.billing.dlq"
        return verdicts, await scene.dead_now()

    verdicts, dead = virtual(scenario)

    rulings = {each.letter.delivery.value: each.ruling for each in verdicts}
    assert rulings == {
        b"v-0": Ruling.REDRIVEN,
        b"v-1": Ruling.REFUSED,
        b"v-2": Ruling.REDRIVEN,
    }
    assert dead == [1]


def test_given_old_messages_then_the_verdict_says_that_inboxes_have_forgotten_them():
    async def scenario(age):
        memory = Memory()
        await memory.send([letter_of("orders", 1, memory)])
        verdicts: list[Verdict] = []
        await Redriving(
            memory, tell_verdict=verdicts.append, wall_clock=lambda: NOW + age
        ).run(Plan("orders.billing.dlq", Criteria()))
        return verdicts[0].is_forgotten

    assert virtual(lambda: scenario(timedelta(days=15)))
    assert not virtual(lambda: scenario(timedelta(days=13)))


def test_given_a_rate_then_no_more_pass_in_a_second():
    async def scenario():
        memory = Memory()
        await memory.send([letter_of("orders", each, memory) for each in range(50)])
        loop = asyncio.get_running_loop()
        times = []
        redriving = Redriving(
            memory,
            pace=Pace(10, loop.time),
            tell_verdict=lambda _verdict: times.append(loop.time()),
        )
        await redriving.run(Plan("orders.billing.dlq", Criteria()))
        return times

    times = virtual(scenario)

    assert len(times) == 50
    assert times[-1] - times[0] == pytest.approx(4.0)
    for at, time in enumerate(times):
        assert sum(time <= other < time + 0.999 for other in times[at:]) <= 10


def test_given_a_slow_rate_then_they_go_one_by_one():
    assert Pace(0.5).at_once == 1
    assert Pace(1e9).at_once == Pace(None).at_once


def test_given_more_to_be_kept_than_are_held_then_a_log_is_rewritten_and_seen_to_its_end():  # noqa: E501 - a claim
    async def scenario():
        broker = MemoryBroker(partitions=1)
        memory = Memory(broker)
        await memory.send([letter_of("orders", each, memory) for each in range(30)])
        plan = Plan("orders.billing.dlq", Criteria(id="m-29"), most_held=7)
        sifted = await Redriving(memory).run(plan)
        return broker, sifted

    broker, sifted = virtual(scenario)

    (redriven,) = broker.records("orders")
    assert redriven.value == b"v-29"
    assert (sifted.looked_at, sifted.settled) == (30, 1)
    assert not sifted.is_cut_short
    lag = broker.group("wirepact-dlq")
    assert sum(lag.committed.values()) >= 29


def test_given_more_than_are_held_then_a_look_says_that_it_was_cut_short():
    async def scenario():
        memory = Memory()
        await memory.send([letter_of("orders", each, memory) for each in range(30)])
        seen = []

        async def see(letter):
            seen.append(letter)

        plan = Plan("orders.billing.dlq", Criteria(), most_held=7)
        return await look(memory, plan, see), seen

    sifted, seen = virtual(scenario)

    assert sifted.is_cut_short
    assert len(seen) == 7 < MOST_HELD


def test_given_a_crash_before_the_settling_then_there_is_a_copy_and_no_loss():
    async def scenario():
        broker = MemoryBroker(partitions=1)
        memory = Memory(broker)
        await memory.send([letter_of("orders", each, memory) for each in range(4)])

        def die(verdict):
            memory.kill()
            broker.is_out = True

        with pytest.raises(BrokerUnavailableError):
            await Redriving(memory, tell_verdict=die).run(
                Plan("orders.billing.dlq", Criteria(id="m-2"))
            )
        broker.is_out = False
        scene = Scene(lambda: Memory(broker))
        scene.dead = "orders.billing.dlq"
        return broker, await scene.dead_now()

    broker, dead = virtual(scenario)

    assert [each.value for each in broker.records("orders")] == [b"v-2"]
    assert dead == [0, 1, 2, 3]


def test_given_two_passes_at_once_then_together_they_redrive_all():
    async def scenario():
        broker = MemoryBroker(partitions=4)
        memory = Memory(broker)
        await memory.send(
            [letter_of("orders", n, memory, key=b"%d" % n) for n in range(80)]
        )
        plan = Plan("orders.billing.dlq", Criteria())
        await asyncio.gather(*(Redriving(Memory(broker)).run(plan) for _ in range(2)))
        return broker.records("orders")

    values = {each.value for each in virtual(scenario)}
    assert values == {b"v-%d" % each for each in range(80)}


class Stuttering(Memory):
    """A connection on which all comes twice."""

    async def subscribe(self, topics, group, revoked=None):
        member = await super().subscribe(topics, group, revoked)
        fetch = member.fetch

        async def twice(limit, wait_s):
            return [each for each in await fetch(limit, wait_s) for _ in range(2)]

        stuttering: Any = member
        stuttering.fetch = twice
        return member


def test_given_a_letter_that_comes_twice_then_it_is_seen_and_redriven_once():
    async def scenario():
        memory = Stuttering()
        await memory.send([letter_of("orders", each, memory) for each in range(3)])
        seen = []

        async def see(found):
            seen.append(found.delivery.value)

        plan = Plan("orders.billing.dlq", Criteria())
        await look(memory, plan, see)
        await Redriving(memory).run(plan)
        return seen, memory.broker.records("orders")

    seen, redriven = virtual(scenario)

    assert seen == [b"v-0", b"v-1", b"v-2"]
    assert len(redriven) == 3


def letter(*headers, value=b"v"):
    return Letter(Delivery("dead", 0, 7, b"k", value, headers), KAFKA)


def test_letters_of_spring_are_understood():
    found = letter(
        ("kafka_dlt-original-topic", b"orders"),
        ("kafka_dlt-original-offset", pack(">q", 17)),
        ("kafka_dlt-exception-fqcn", b"java.lang.IllegalStateException"),
    )

    assert found.topic == "orders"
    assert found.fact("dlq-original-offset") == "17"
    assert found.exception == "java.lang.IllegalStateException"
    assert [n for n, _ in found.redriven("orders").headers] == ["dlq-redrive-count"]


@pytest.mark.parametrize("raw", [b"", b"-1", b"x", b"\xff", "²".encode(), b"9" * 5000])
def test_given_a_broken_count_then_a_redrive_begins_anew(raw):
    headers = dict(letter(("dlq-redrive-count", raw)).redriven("t").headers)

    assert headers == {"dlq-redrive-count": b"1"}


@pytest.mark.parametrize("raw", [b"", b"yesterday", b"\xff\xff", b"2026-13-01"])
def test_given_a_broken_time_then_a_letter_has_no_age(raw):
    found = letter(("dlq-last-failure-time", raw), ("kafka_dlt-original-offset", b"x"))

    assert found.failed_at is None
    assert found.fact("dlq-original-offset") == ""
    now = datetime.now(UTC)
    assert not Criteria(older_than_s=0.0).fits(found, now)
    assert Criteria().fits(found, now)
