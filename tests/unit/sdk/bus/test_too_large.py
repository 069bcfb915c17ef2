"""Dead letters that a broker does not take as they are: less of them is kept."""

import asyncio
import logging

from tests.doubles.bus import Desk, OrderCreated, headers_of, virtual
from wirepact import DeadLetters, LetterHeaders, RecordRefusedError, RecordTooLargeError
from wirepact.redriving import Criteria, Plan, Redriving, Ruling, Verdict
from wirepact.transports.memory import Memory
from wirepact.transports.port import Lane, Record

GARBAGE = b"garbage" * 100
ENVELOPE = (
    ("ce_specversion", b"1.0"),
    ("ce_id", b"m-1"),
    ("ce_source", b"/test"),
    ("ce_type", b"bus.OrderCreated"),
)


class Narrow(Memory):
    """A connection that takes less in topics of dead letters."""

    def __init__(self, broker, most_bytes):
        super().__init__(broker)
        self.most_bytes = most_bytes
        self.refused = []

    async def send(self, records):
        for record in records:
            size = len(record.value or b"") + len(record.key or b"")
            size += sum(len(n) + len(v or b"") for n, v in record.headers)
            if record.topic.endswith(".dlq") and size > self.most_bytes:
                self.refused.append(record)
                raise RecordTooLargeError(record.topic, f"it has {size} bytes")
        return await super().send(records)


async def buried(desk, line, record, *, letters=True):
    """Let a message that cannot be read come, and a good one of its lane."""
    app, handled = desk.app(broker=line), []

    @app.on(OrderCreated, topic="orders", dead_letter=letters)
    async def bill(event):
        handled.append(event.order_id)

    async with app.running():
        await desk.memory.send([record])
        await app.publish(OrderCreated("o-1"), "orders")
        await desk.idle()
    committed = desk.broker.committed("billing")[Lane("orders", 0)]
    return handled, committed, desk.records("orders.billing.dlq")


def played(desk, most_bytes, record, *, letters=True):
    async def scenario():
        return await buried(
            desk, Narrow(desk.broker, most_bytes), record, letters=letters
        )

    handled, committed, (letter,) = virtual(scenario)
    assert handled == ["o-1"]
    assert committed == 2
    return letter


def errors_of(caplog):
    return [
        each.getMessage()
        for each in caplog.records
        if each.levelno == logging.ERROR and each.name == "wirepact._burying"
    ]


def test_given_headers_that_are_too_much_then_the_essential_ones_are_kept(caplog):
    desk = Desk(partitions=1)
    noise = ("noise", b"n" * 1000)
    foreign = ("NServiceBus.MessageId", b"theirs")
    record = Record("orders", GARBAGE, b"k", (*ENVELOPE, foreign, noise))

    spring = DeadLetters(headers=LetterHeaders.SPRING)
    letter = played(desk, 1500, record, letters=spring)

    assert (letter.value, letter.key) == (GARBAGE, b"k")
    told = headers_of(letter)
    assert {name: told[name] for name, _ in ENVELOPE} == {
        name: value.decode() for name, value in ENVELOPE
    }
    assert told["NServiceBus.MessageId"] == "theirs"
    assert told["dlq-reason"] == "deserialize"
    assert told["dlq-original-offset"] == "0"
    assert "noise" not in told
    assert "dlq-left-out" not in told
    (said,) = errors_of(caplog)
    assert "without most of its headers" in said


def test_given_a_value_that_is_too_much_then_it_is_left_out_loudly(caplog):
    desk = Desk(partitions=1)
    record = Record("orders", GARBAGE * 10, b"k", ENVELOPE)

    letter = played(desk, 1500, record)

    assert (letter.value, letter.key) == (b"", b"k")
    told = headers_of(letter)
    assert told["dlq-left-out"] == "value"
    assert told["ce_id"] == "m-1"
    place = [told[f"dlq-original-{each}"] for each in ("topic", "partition", "offset")]
    assert place == ["orders", "0", "0"]
    (said,) = errors_of(caplog)
    assert "WITHOUT ITS VALUE" in said
    assert "orders/0/0" in said


def test_given_a_key_that_is_too_much_then_it_is_left_out_as_well():
    desk = Desk(partitions=1)
    record = Record("orders", GARBAGE, b"k" * 5000, ENVELOPE)

    letter = played(desk, 1500, record)

    assert (letter.value, letter.key) == (b"", None)
    assert headers_of(letter)["dlq-left-out"] == "key, value"


def test_given_a_refusal_for_another_reason_then_no_value_is_left_out():
    class Closed(Narrow):
        async def send(self, records):
            if records[0].topic.endswith(".dlq") and self.most_bytes == 0:
                raise RecordRefusedError(records[0].topic, "nobody may write there")
            return await super().send(records)

    async def scenario():
        desk = Desk(partitions=1)
        line = Closed(desk.broker, 0)
        asyncio.get_running_loop().call_later(600, setattr, line, "most_bytes", 9999)
        record = Record("orders", GARBAGE, b"k", ENVELOPE)
        return await buried(desk, line, record)

    handled, committed, (letter,) = virtual(scenario)
    assert handled == ["o-1"]
    assert committed == 2
    assert letter.value == GARBAGE


def test_given_neighbours_that_are_refused_with_a_large_one_then_they_stay_whole():
    class Sharing(Narrow):
        """Refuses all that is under way together with what is too large."""

        under_way = 0

        async def send(self, records):
            if not records[0].topic.endswith(".dlq"):
                return await super().send(records)
            self.under_way += 1
            try:
                await asyncio.sleep(0.1)
                if self.under_way > 1:
                    raise RecordTooLargeError(records[0].topic, "one of them is")
                return await super().send(records)
            finally:
                await asyncio.sleep(0)
                self.under_way -= 1

    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app(broker=Sharing(desk.broker, 5000))

        @app.on(OrderCreated, topic="orders", concurrency=8)
        async def bill(event): ...

        async with app.running():
            await desk.memory.send(
                [
                    Record("orders", GARBAGE * (10 if n == 3 else 1), b"k-%d" % n)
                    for n in range(8)
                ]
            )
            await desk.idle()
        return desk.records("orders.billing.dlq")

    letters = virtual(scenario)
    assert sorted(len(each.value) for each in letters) == [0] + [700] * 7


def test_given_a_letter_without_its_value_then_it_is_not_redriven():
    desk = Desk(partitions=1)
    played(desk, 1500, Record("orders", GARBAGE * 10, b"k", ENVELOPE))
    verdicts: list[Verdict] = []

    async def scenario():
        redriving = Redriving(Memory(desk.broker), tell_verdict=verdicts.append)
        await redriving.run(Plan("orders.billing.dlq", Criteria()))

    virtual(scenario)
    (verdict,) = verdicts
    assert verdict.ruling is Ruling.INCOMPLETE
    assert "orders/0/0" in verdict.why
    assert len(desk.records("orders")) == 2
    assert len(desk.records("orders.billing.dlq")) == 1


def test_given_a_broker_that_takes_nothing_at_all_then_the_message_waits():
    async def scenario():
        desk = Desk(partitions=1)
        line = Narrow(desk.broker, 100)
        app = desk.app(broker=line)

        @app.on(OrderCreated, topic="orders")
        async def bill(event): ...

        async with app.running():
            await desk.memory.send([Record("orders", GARBAGE, b"k", ENVELOPE)])
            await asyncio.sleep(600)
            return desk.broker.committed("billing"), len(line.refused)

    committed, refused = virtual(scenario)
    assert not any(committed.values())
    assert refused > 3
